"""From a study to its runs, before anything is written.

In: a Study, an engine, the folder of all runs. Out: PlannedRuns, each with its script, options and folder.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.engines.base import Engine
from harness.inputs import InputError
from harness.runs import provenance
from harness.runs.folder import Found, RunFolder
from harness.runs.record import RunRecord
from harness.study.script import RenderedCase, identity, render
from harness.study.study import Case, Study


@dataclass(frozen=True)
class PlannedRun:
    """A case with everything needed to run it."""

    study: Study
    case: Case
    rendered: RenderedCase
    options: Mapping[str, Any]
    """The engine's, for this case."""
    folder: RunFolder
    """Where it runs, or ran."""
    replica: int = 0
    """Which of the repeats of its case it is."""

    @property
    def name(self) -> str:
        """The case's name, with the number of the repeat after the first."""
        return named(self.case, self.replica)

    def record(self, engine: Engine) -> RunRecord:
        """What its run.json says before it has run."""
        return RunRecord(
            state="planned",
            hash=self.folder.hash,
            study=self.study,
            case=self.case,
            engine=engine.name,
            engine_version=engine.version(),
            revision=engine.revision,
            options=dict(self.options),
            replica=self.replica,
            script=self.rendered.script,
            masks=self.rendered.mask_hashes(),
            versions=provenance.versions(),
            host=provenance.host(),
        )

    def to_dict(self, found: Found | None = None) -> dict[str, Any]:
        """What is planned and what exists of it, as JSON values; ``found`` if that was looked at already."""
        found = found or self.folder.look()
        return {
            "name": self.name,
            "hash": self.folder.hash,
            "state": found.state,
            "note": found.note,
            "fields": len(self.case.field_values_T),
            "grid": self.case.grid,
            "folder": str(self.folder.path),
        }


def named(case: Case, replica: int) -> str:
    """What one of a case's runs is called."""
    return f"{case.name}-r{replica + 1}" if replica else case.name


def plan(
    study: Study, engine: Engine, runs: Path, cases: Sequence[Case] | None = None
) -> tuple[PlannedRun, ...]:
    """Render every case and find the folder of each of its runs by that run's identity; writes nothing.

    A case is run `repeats` times where the engine scatters; the number of the repeat is part of the identity.

    Parameters
    ----------
    study : Study
    engine : Engine
        Its name, options and revision are part of a run's identity.
    runs : Path
        Folder that holds the studies' folders.
    cases : sequence of Case, optional
        Some of the study's; all if not given.

    Raises
    ------
    InputError
        If this engine has no choice of what tells two cases apart, so that they are one run.
    """
    require_study(study)
    planned = []
    for case in study.cases() if cases is None else cases:
        rendered, options = render(case), engine.options(**case.engine_options)
        for replica in range(study.repeats if scatters(engine) else 1):
            run_hash = identity(
                rendered, engine=engine.name, options=options, revision=engine.revision, replica=replica
            )
            run = PlannedRun(study, case, rendered, options, RunFolder(runs, run_hash), replica)
            place = runs / case.study_name / f"{run.name}-{run_hash[:12]}"
            planned.append(replace(run, folder=RunFolder(place, run_hash)))
    _refuse_twins(planned, engine)
    return tuple(planned)


def require_study(study: object) -> None:
    """Refuse what is no Study, such as the name of a file."""
    if not isinstance(study, Study):
        raise InputError(f"study = {study!r}: must be a Study; of a file, Study.load(file)")


def scatters(engine: Engine) -> bool:
    """Whether an engine's numbers differ from run to run: a GPU sums in an order of its own."""
    return engine.name == "mumax3"


def _refuse_twins(planned: list[PlannedRun], engine: Engine) -> None:
    """InputError where two cases are one run: what tells them apart is nothing to this engine."""
    names: dict[str, str] = {}
    for run in planned:
        if (twin := names.setdefault(run.folder.hash, run.case.name)) != run.case.name:
            raise InputError(
                f"{twin} and {run.case.name} are the same run on engine {engine.name}, which has no choice "
                "of tolerance_T, algorithm, precision or demag: take these out of [sweep], or --engine cpu"
            )
