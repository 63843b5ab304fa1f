"""From a study to its runs, before anything is written.

In: a Study, an engine, the folder of all runs. Out: PlannedRuns, each with its script, options and folder.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.engines.base import Engine
from harness.runs.folder import RunFolder
from harness.study.script import RenderedCase, identity, render
from harness.study.study import Case, Study

__all__ = ["PlannedRun", "plan"]


@dataclass(frozen=True)
class PlannedRun:
    """A case with everything needed to run it.

    Attributes
    ----------
    study, case : what is asked for.
    rendered : script and masks.
    options : the engine's options for it.
    folder : where it runs, or ran.
    """

    study: Study
    case: Case
    rendered: RenderedCase
    options: Mapping[str, Any]
    folder: RunFolder

    def to_dict(self) -> dict[str, Any]:
        """What is planned and what exists of it, as JSON values."""
        return {
            "name": self.case.name,
            "hash": self.folder.hash,
            "state": self.folder.state(),
            "note": self.folder.note(),
            "fields": len(self.case.field_values_T),
            "grid": self.case.grid,
            "folder": str(self.folder.path),
        }


def plan(study: Study, engine: Engine, runs: Path) -> tuple[PlannedRun, ...]:
    """Render every case and find its folder by the identity of its run; writes nothing.

    Parameters
    ----------
    study : Study
    engine : Engine
        Its name, options and revision are part of a run's identity.
    runs : Path
        Folder that holds the studies' folders.

    Returns
    -------
    tuple of PlannedRun
        One a case, in the study's order.
    """
    return tuple(_planned(study, case, engine, runs) for case in study.cases())


def _planned(study: Study, case: Case, engine: Engine, runs: Path) -> PlannedRun:
    rendered = render(case)
    options = engine.options(case.solver.tolerance_T)
    run_hash = identity(rendered, engine=engine.name, options=options, revision=engine.revision)
    folder = RunFolder.of(runs, case.study_name, case.name, run_hash)
    return PlannedRun(study, case, rendered, options, folder)
