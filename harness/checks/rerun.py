"""A finished run, repeated from its run.json alone and compared.

In: a run folder. Out: a second run beside it, and how far the two agree.
The script is the recorded one, word for word; the masks are made again and must have the recorded hashes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.analysis.result import analyse
from harness.checks.agreement import Agreement
from harness.engines import Choice, choose_engine
from harness.engines.base import Engine
from harness.runs.execute import execute
from harness.runs.folder import RunFolder
from harness.runs.output import read
from harness.runs.plan import PlannedRun
from harness.runs.record import NotARun, RunRecord
from harness.study.script import RenderedCase, identity, render
from reduced_model.results import Table

COMPARED = (".ovf", ".txt")
PATHS_AND_TIMES = ("log.txt",)
"""Files that name the folder, and so differ between equal runs."""


@dataclass(frozen=True, eq=False)
class Rerun:
    """A run and its repetition."""

    folder: Path
    """Where the repetition is."""
    identical: bool
    """Whether tables and states are the same byte for byte."""
    agreement: Agreement
    """The two compared."""
    remarks: tuple[str, ...]
    """What differs between then and now, one line each."""

    def to_dict(self) -> dict[str, Any]:
        """The outcome as JSON values."""
        outcome = {"folder": str(self.folder), "identical": self.identical, "remarks": self.remarks}
        return outcome | self.agreement.to_dict()

    def to_table(self) -> Table:
        """The comparison for people: title, header, rows."""
        return self.agreement.to_table()


def rerun(folder: Path, out: Path | None = None, engine: str | Choice | None = None) -> Rerun:
    """Repeat a finished run and compare.

    Parameters
    ----------
    folder : Path
        The run's folder.
    out : Path, optional
        Where to repeat it; ``<folder>-rerun`` if not given.
    engine : str or Choice, optional
        Who runs it; the one that ran it if not given.

    Returns
    -------
    Rerun

    Raises
    ------
    NotARun
        If the folder holds no finished run, or its run.json does not fit together.
    EngineError
        If the output is not as the run left it, or the repetition fails.
    """
    before = analyse(read(folder))
    record = before.record
    chosen = choose_engine(engine or record.engine).engine
    rendered = _as_recorded(record, folder)
    options = _options(record, chosen, folder)
    again = RunFolder(out or folder.with_name(f"{folder.name}-rerun"), record.hash)
    if again.path.resolve() == folder.resolve():
        raise NotARun(f"{folder}: a run is not repeated in its own folder; give another with --out")
    if again.path.exists() and any(again.path.iterdir()) and not _same_run(again, record):
        raise NotARun(f"{again.path}: holds something else; give another folder with --out")
    planned = PlannedRun(record.study, record.case, rendered, options, again)
    after = analyse(read(execute(planned, chosen, redo=True)))
    identical = _hashes(RunFolder(folder, record.hash)) == _hashes(again)
    return Rerun(again.path, identical, Agreement(before, after), _remarks(record, rendered, chosen, options))


def _as_recorded(record: RunRecord, folder: Path) -> RenderedCase:
    """Script and masks of the run."""
    now = render(record.case)
    if now.mask_hashes() != record.masks:
        raise NotARun(
            f"{folder}: the masks of its case are not those it ran with; take the mxval that ran it"
        )
    return RenderedCase(record.script, now.masks, now.cell_m)


def _options(record: RunRecord, engine: Engine, folder: Path) -> dict[str, Any]:
    """The recorded options for the engine that ran it, for another the usual ones of that engine."""
    usual = engine.options(record.case.solver.tolerance_T)
    if engine.name != record.engine:
        return usual
    if unknown := sorted(record.options.keys() - usual.keys()):
        raise NotARun(
            f"{folder}: option {unknown[0]} is not one of engine {engine.name}; take the mxval that ran it"
        )
    return dict(record.options)


def _remarks(
    record: RunRecord, rendered: RenderedCase, engine: Engine, options: dict[str, Any]
) -> tuple[str, ...]:
    remarks = []
    if engine.name != record.engine:
        remarks.append(f"run by {record.engine} then, by {engine.name} now")
    elif record.engine_version != engine.version():
        remarks.append(f"{engine.name} {record.engine_version} then, {engine.version()} now")
    elif identity(rendered, engine=engine.name, options=options, revision=engine.revision) != record.hash:
        remarks.append("its hash is not that of its script, masks and options under this version")
    return tuple(remarks)


def _same_run(folder: RunFolder, record: RunRecord) -> bool:
    """Whether the folder holds a repetition of this run already."""
    there = folder.record()
    return there is not None and there.hash == record.hash


def _hashes(folder: RunFolder) -> dict[str, str]:
    return {
        name: digest
        for name, digest in folder.output_hashes().items()
        if name.endswith(COMPARED) and name not in PATHS_AND_TIMES
    }
