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
from harness.engines.base import Engine
from harness.runs.execute import execute
from harness.runs.folder import LOCK_NAME
from harness.runs.output import read
from harness.runs.plan import plan
from harness.runs.record import RECORD_NAME
from harness.study.study import Study

RECORDED = Path("mumax_runs") / "recorded"
AGREEMENT_NAME = "agreement.json"
FIELDS_A_BRANCH = 10
MOST_CELLS = 10_000

OnRun = Callable[[str, str, str], None]
"""Called with study, case and engine as each run begins."""


def small_studies() -> tuple[Study, ...]:
    """The shipped studies with whole loops in few fields, on their coarser meshes."""
    return tuple(_small(name) for name in shipped.study_names())


def record(
    engines: Sequence[Engine],
    runs: Path = RECORDED,
    studies: Sequence[Study] | None = None,
    on_run: OnRun = lambda study, case, engine: None,
) -> tuple[Agreement, ...]:
    """Run the studies on every engine, keep the outputs with their provenance, and compare.

    Runs that are done are kept. Masks are taken away afterwards: ``mxval rerun`` makes them from run.json.

    Parameters
    ----------
    engines : sequence of Engine
        MuMax3 and the CPU engine.
    runs : Path
        Folder below which run folders are made.
    studies : sequence of Study, optional
        The small studies if not given.
    on_run : callable, optional

    Raises
    ------
    EngineError
        If a run fails.
    """
    agreements: list[Agreement] = []
    for study in studies or small_studies():
        for engine in engines:
            for run in plan(study, engine, runs):
                on_run(study.name, run.case.name, engine.name)
                execute(run, engine)
                for mask in run.rendered.masks:
                    (run.folder.path / f"{mask}.ovf").unlink(missing_ok=True)
                (run.folder.path / LOCK_NAME).unlink(missing_ok=True)
        found = compare_recorded(runs / study.name)
        text = json.dumps([agreement.to_dict() for agreement in found], indent=1, allow_nan=False)
        (runs / study.name / AGREEMENT_NAME).write_text(text + "\n", encoding="utf-8")
        agreements += found
    return tuple(agreements)


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
    results = [analyse(read(record.parent)) for record in sorted(folder.glob(f"*/{RECORD_NAME}"))]
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
