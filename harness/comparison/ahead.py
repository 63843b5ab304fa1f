"""What a report will need, worked out while cases run.

In: a study, or a finished run of it. Out: errands for free cores; the outcome is kept where the report looks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from harness.runs.output import read
from harness.runs.plan import PlannedRun
from harness.runs.worker import Errand
from harness.study.study import Case, Study


def continua(study: Study) -> Sequence[Errand]:
    """The continua that the comparison will ask for, solved while cases run."""
    from harness.comparison.comparison import continua_of  # a second with pandas, for who runs something
    from harness.comparison.continuum import expected_s, usual_s  # as above

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


def certificates(run: PlannedRun) -> Errand | None:
    """The certificates of a finished run's states, made while other cases run."""
    if not run.case.saved_steps:
        return None
    return Errand(f"certifying the saved states: {run.case.name}", partial(_certify, run.folder.path))


def _certify(folder: Path) -> None:
    from harness.analysis.certified import with_certificates  # half a second with scipy
    from harness.analysis.result import analyse

    run = read(folder)
    unfitted = analyse(replace(run, loop=replace(run.loop, states={})))
    with_certificates([replace(unfitted, loop=run.loop)])
