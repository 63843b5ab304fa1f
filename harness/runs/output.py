"""A run's output, checked when the run ends and read back from its folder ever after.

In: any run folder of this program. Out: a Run: its record, its loop, and its saved states when asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from harness.engines.base import Engine, OutputForeign, OutputIncomplete
from harness.mx3.files.ovf import VectorField
from harness.runs.folder import RunFolder
from harness.runs.record import NotARun, RunRecord
from harness.runs.states import read_state
from harness.runs.table import AGAIN, Loop, read_loop
from harness.study.study import Case

__all__ = ["Run", "check", "read"]


@dataclass(frozen=True, eq=False)
class Run:
    """A finished run as its folder holds it.

    Attributes
    ----------
    folder : where it is.
    case : what was asked for.
    record : what run.json says.
    loop : the table, with the paths of the saved states.
    """

    folder: Path
    case: Case
    record: RunRecord
    loop: Loop

    def state(self, step: int) -> VectorField:
        """The state saved at a step, read from disk and checked against case and row."""
        return read_state(self.loop, self.case, step)


def read(folder: Path | RunFolder, case: Case | None = None, engine: Engine | None = None) -> Run:
    """Read a finished run.

    Parameters
    ----------
    folder : Path or RunFolder
        The folder of a run.
    case : Case, optional
        The case as its study words it today; the record's may differ where identity does not, as in the
        material's label.
    engine : Engine, optional
        The engine at hand: the record's warnings then say if another version of it ran this.

    Returns
    -------
    Run

    Raises
    ------
    NotARun
        If the folder holds no finished run.
    OutputInvalid
        One of its kinds, if the output is not as the run left it.
    """
    place = folder.path if isinstance(folder, RunFolder) else folder
    record = RunRecord.read(place)
    if record.state != "done":
        raise NotARun(f"{place}: the run is {record.state}, not done; finish it first with mxval run")
    whole = RunFolder(place, record.hash)
    whole.check_outputs()
    case = case or record.case
    noted = record.updated(warnings=(*record.warnings, *_drift(record, engine)))
    return Run(place, case, noted, _complete_loop(whole.out, case))


def check(out: Path, case: Case) -> Loop:
    """Look at what an engine has just written: every row and every state there, and of this run.

    Raises
    ------
    OutputInvalid
        One of its kinds, at the first file that is missing, cut short, foreign or spoilt.
    """
    loop = _complete_loop(out, case)
    for step in loop.states:
        read_state(loop, case, step)
    return loop


def _complete_loop(out: Path, case: Case) -> Loop:
    """The table, once its rows are those asked for and so are the files of states beside it."""
    loop = read_loop(out, case.field_values_T, case.direction)
    wanted, found = set(case.saved_steps), set(loop.states)
    if missing := sorted(wanted - found):
        raise OutputIncomplete(
            f"m_step{missing[0]:06d}.ovf: the state of step {missing[0]} was not saved; {AGAIN}"
        )
    if extra := sorted(found - wanted):
        raise OutputForeign(f"{loop.states[extra[0]]}: a state that was not asked for; {AGAIN}")
    return loop


def _drift(record: RunRecord, engine: Engine | None) -> tuple[str, ...]:
    """A warning if this engine is not quite the one that ran it."""
    ran, now = record.engine_version, engine.version() if engine else None
    if not ran or not now or ran == now:
        return ()
    return (f"was run by {record.engine} {ran}, and {now} is here now; --redo runs it again",)
