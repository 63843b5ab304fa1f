"""MuMax3 and the CPU engine on the shipped studies, and the record of it.

In: the engines, a folder. Out: run folders of small whole loops by every engine, and their agreement.
A record can be read and compared again anywhere: only its files are used, on the machine that made it too.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from harness import shipped
from harness.analysis.result import analyse
from harness.checks.agreement import Agreement
from harness.engines import refusal
from harness.engines.base import Engine
from harness.runs.campaign import Event, campaign
from harness.runs.folder import LOCK_NAME, runs_in
from harness.runs.output import read
from harness.runs.plan import PlannedRun, plan
from harness.runs.slots import Share
from harness.study.study import Case, Study

RECORDED = Path("mumax_runs") / "recorded"
AGREEMENT_NAME = "agreement.json"
FIELDS_A_BRANCH = 10
MOST_CELLS = 10_000

OnRun = Callable[[str, str, str], None]
"""Called with study, case and engine as each run begins."""


def comparable(study: Study, engines: Sequence[Engine]) -> tuple[Case, ...]:
    """The cases that every engine can run: MuMax3 has neither protocol certified nor a smooth surface."""
    return tuple(
        case
        for case in study.cases()
        if all(refusal(engine, [case.engine_options]) is None for engine in engines)
    )


def small_studies() -> tuple[Study, ...]:
    """The shipped studies with whole loops in few fields, on their coarser meshes."""
    return tuple(_small(name) for name in shipped.study_names())


def record(
    engines: Sequence[Engine],
    runs: Path = RECORDED,
    studies: Sequence[Study] | None = None,
    on_run: OnRun = lambda study, case, engine: None,
    share: Share | None = None,
) -> tuple[Agreement, ...]:
    """Run the studies on every engine, keep the outputs with their provenance, and compare.

    Cases that one of the engines cannot run are left out, and runs that are done are kept. Masks are taken
    away afterwards: ``mxval rerun`` makes them from run.json.

    Parameters
    ----------
    engines : sequence of Engine
        MuMax3 and the CPU engine.
    runs : Path
        Folder below which run folders are made.
    studies : sequence of Study, optional
        The small studies if not given.
    on_run : callable, optional
    share : Share, optional
        MuMax3 on its GPUs while the CPU engine works on its cores; one run after the other if not given.

    Raises
    ------
    EngineError
        If a run fails; the first failure, after the others are done.
    """
    studies = small_studies() if studies is None else studies
    tasks = [
        (run, engine)
        for study in studies
        for engine in engines
        for run in plan(study, engine, runs, comparable(study, engines))
    ]

    def tell(event: Event) -> None:
        if event.index is not None and event.state == "running" and event.rows == 0:
            run, engine = tasks[event.index]
            on_run(run.study.name, run.case.name, engine.name)

    failed = campaign(tasks, share or Share(), tell)
    for run, _ in tasks:
        _tidy(run)
    if failed:
        raise failed[min(failed)]
    return tuple(agreement for study in studies for agreement in _recorded(runs / study.name))


def _tidy(run: PlannedRun) -> None:
    """Take away what is made anew from run.json, or is of no use to others."""
    for name in (*(f"{mask}.ovf" for mask in run.rendered.masks), LOCK_NAME):
        (run.folder.path / name).unlink(missing_ok=True)


def _recorded(folder: Path) -> tuple[Agreement, ...]:
    """The agreements of a study, written beside its runs; none where no case was run."""
    found = compare_recorded(folder)
    if found:
        text = json.dumps([agreement.to_dict() for agreement in found], indent=1, allow_nan=False)
        (folder / AGREEMENT_NAME).write_text(text + "\n", encoding="utf-8")
    return found


def compare_recorded(folder: Path) -> tuple[Agreement, ...]:
    """The runs of a recorded study beside each other: MuMax3 first, the CPU engine second.

    Parameters
    ----------
    folder : Path
        The study's, with a run folder for each case and engine; a case counts that both ran.

    Raises
    ------
    EngineError
        If a run is not done, or its files are not as it left them.
    """
    results = [analyse(read(run)) for run in runs_in(folder)]
    mumax3, cpu = ({r.case.name: r for r in results if r.record.engine == name} for name in ("mumax3", "cpu"))
    return tuple(Agreement(mumax3[name], cpu[name]) for name in sorted(mumax3.keys() & cpu.keys()))


def recorded_studies(runs: Path = RECORDED) -> tuple[Path, ...]:
    """Folders of the studies on record, by name."""
    return tuple(sorted(file.parent for file in runs.glob(f"*/{AGREEMENT_NAME}")))


def _small(name: str) -> Study:
    path = shipped.find_study(name)
    values: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    if loop := values["field"].get("loop"):
        step = Decimal(repr(float(loop["max_T"]))) / FIELDS_A_BRANCH
        values["field"] = {"loop": {**loop, "step_T": float(step)}}
    values["save"] = {"ovf": "remanence"}
    sweep: Mapping[str, list[Any]] = values.get("sweep", {})
    if cells := sweep.get("cell_nm"):
        few = [cell for cell in cells if (2 * values["particle"]["radius_nm"] / cell) ** 3 <= MOST_CELLS]
        values["sweep"] = {**sweep, "cell_nm": few or [max(cells)]}
    return Study.from_values({"name": name, **values}, source=str(path))
