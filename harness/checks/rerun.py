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
from harness.runs.record import IMPORTED, NotARun, RunRecord
from harness.study.script import RenderedCase, identity, render
from reduced_model.results import Table

OTHER_MXVAL = "take the mxval that ran it"


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

    Raises
    ------
    NotARun
        If the folder holds no finished run, or its run.json does not fit together.
    EngineError
        If the output is not as the run left it, or the repetition fails.
    """
    before = analyse(read(folder))
    record = before.record
    if record.engine == IMPORTED:
        raise NotARun(f"{folder}: was imported, and what ran it is not here; give a run of mxval")
    chosen = choose_engine(engine or record.engine).engine
    now = render(record.case)
    if now.mask_hashes() != record.masks:
        raise NotARun(f"{folder}: the masks of its case are not those it ran with; {OTHER_MXVAL}")
    rendered = RenderedCase(record.script, now.masks, now.cell_m)
    options = _options(record, chosen, folder)
    again = RunFolder(out or folder.with_name(f"{folder.name}-rerun"), record.hash)
    if again.path.resolve() == folder.resolve():
        raise NotARun(f"{folder}: a run is not repeated in its own folder; give another with --out")
    there = again.record()
    same = there is not None and there.hash == record.hash
    if again.path.exists() and any(again.path.iterdir()) and not same:
        raise NotARun(f"{again.path}: holds something else; give another folder with --out")
    planned = PlannedRun(record.study, record.case, rendered, options, again, record.replica)
    after = analyse(read(execute(planned, chosen, redo=True)))
    identical = _hashes(RunFolder(folder, record.hash)) == _hashes(again)
    return Rerun(again.path, identical, Agreement(before, after), _remarks(record, rendered, chosen, options))


def _options(record: RunRecord, engine: Engine, folder: Path) -> dict[str, Any]:
    """The recorded options for the engine that ran it, for another the usual ones of that engine."""
    usual = engine.options(**record.case.engine_options)
    if engine.name != record.engine:
        return usual
    if unknown := sorted(record.options.keys() - usual.keys()):
        raise NotARun(f"{folder}: option {unknown[0]} is not one of engine {engine.name}; {OTHER_MXVAL}")
    return dict(record.options)


def _remarks(
    record: RunRecord, rendered: RenderedCase, engine: Engine, options: dict[str, Any]
) -> tuple[str, ...]:
    if engine.name != record.engine:
        return (f"run by {record.engine} then, by {engine.name} now",)
    if record.engine_version != engine.version():
        return (f"{engine.name} {record.engine_version} then, {engine.version()} now",)
    asked: dict[str, Any] = {"engine": engine.name, "options": options, "revision": engine.revision}
    if identity(rendered, **asked, replica=record.replica) != record.hash:
        return ("its hash is not that of its script, masks and options under this version",)
    return ()


def _hashes(folder: RunFolder) -> dict[str, str]:
    """Of tables and states; the log names the folder, and so differs between equal runs."""
    hashes = folder.output_hashes().items()
    return {name: h for name, h in hashes if name.endswith((".ovf", ".txt")) and name != "log.txt"}
