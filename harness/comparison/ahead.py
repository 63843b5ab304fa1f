"""What a report will need, worked out while cases run.

In: a study, or a finished run of it. Out: errands for free cores. A continuum and certificates are kept where
the report looks for them; an analysed run is what its errand returns.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from harness.runs.output import read
from harness.runs.plan import PlannedRun
from harness.runs.worker import Errand
from harness.study.study import Case, Study

if TYPE_CHECKING:
    from harness.analysis.result import CaseResult


def continua(study: Study) -> Sequence[Errand]:
    """The continua that the comparison will ask for, solved while cases run."""
    if not study.continuum.solve:
        return ()
    from harness.comparison.continuum import continua_of, expected_s, usual_s  # a quarter of a second

    errands, usual = [], usual_s()
    for case, reach_T in continua_of(study):
        seconds, known = expected_s(case, study.continuum.accuracy, reach_T, usual)
        words = f"solving the continuum: {case.material.label}, R = {case.particle.radius_nm:g} nm"
        call = partial(_solve, case, study.continuum.accuracy, reach_T)
        errands.append(Errand(words, call, seconds, known))
    return errands


def _solve(case: Case, accuracy: float, reach_T: float) -> None:
    from harness.comparison.continuum import continuum_of  # as above

    continuum_of(case, accuracy, maximum_T=reach_T)


def analysis(run: PlannedRun) -> Errand | None:
    """A finished run's states fitted and, where the study asks for it, certified while other cases run."""
    if not run.case.saved_steps:
        return None
    certify = run.study.save.certify
    words = f"fitting{' and certifying' if certify else ''} the saved states: {run.case.name}"
    return Errand(words, partial(_analyse, run, certify))


def _analyse(run: PlannedRun, certify: bool) -> CaseResult:
    from harness.analysis.certified import with_certificates  # half a second with scipy
    from harness.analysis.result import analyse

    result = analyse(read(run.folder, run.case))
    return with_certificates([result])[0] if certify else result
