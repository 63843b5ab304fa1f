"""A run's output, checked when the run ends and read back from its folder ever after.

In: any run folder of this program. Out: a Run: its record, its loop, and its saved states when asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from harness.engines.base import Diverged, Engine, OutputForeign, OutputIncomplete, OutputInvalid
from harness.mx3.files.ovf import OvfError, VectorField, read_ovf
from harness.runs.descent import Fault, faults_of
from harness.runs.folder import RunFolder
from harness.runs.record import IMPORTED, NotARun, RunRecord
from harness.runs.table import AGAIN, ELSEWHERE, Loop, read_loop
from harness.study.study import Case

LENGTH_TOLERANCE = 1e-3
"""How far from 1 the length of m may be in a file of any origin, which may print few digits."""

LENGTH_ROUNDING = 1e-6
"""How far from 1 it may be in a run's own states; float32 keeps it to 2e-7."""

MEAN_TOLERANCE = 1e-3
"""How far a state's mean may be from its row; float32 sums over a million cells are good to about 1e-4."""


@dataclass(frozen=True, eq=False)
class Run:
    """A finished run as its folder holds it."""

    folder: Path
    case: Case
    record: RunRecord
    loop: Loop
    """The table, with the paths of the saved states."""

    @cached_property
    def faults(self) -> tuple[Fault, ...]:
        """The rows that are no result of their field path; none where a file contradicts what is taken."""
        return () if self.record.details.get("contradicted") else faults_of(self.loop, self.case)

    def state(self, step: int) -> VectorField:
        """The state saved at a step, read from disk and checked against case and row."""
        return read_state(self.loop, self.case, step)


def read(
    folder: Path | RunFolder,
    case: Case | None = None,
    engine: Engine | None = None,
    *,
    all_states: bool = True,
) -> Run:
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
    all_states : bool
        Whether every saved state must be there as it was saved; else each is looked at as it is read.

    Raises
    ------
    NotARun
        If the folder holds no finished run.
    OutputInvalid
        One of its kinds, if the output is not as the run left it.
    """
    place = folder.path if isinstance(folder, RunFolder) else folder
    record = (folder.record() if isinstance(folder, RunFolder) else None) or RunRecord.read(place)
    whole, case = RunFolder(place, record.hash), case or record.case
    if record.state != "done":
        raise NotARun(f"{place}: the run is {whole.state()}, not done; finish it first with mxval run")
    whole.check_outputs(record, but=None if all_states else ".ovf")
    ran, now = record.engine_version, engine.version() if engine else None
    if ran and now and ran != now:
        drift = f"was run by {record.engine} {ran}, and {now} is here now; --redo runs it again"
        record = record.updated(warnings=(*record.warnings, drift))
    loop = _complete_loop if record.engine != IMPORTED and all_states else _loop_of_rows
    return Run(place, case, record, loop(whole.out, case))


def _loop_of_rows(out: Path, case: Case) -> Loop:
    """The table of a loop and what states are there, as those that another program saved."""
    return read_loop(out, case.field_values_T, case.direction)


def check(out: Path, case: Case) -> Loop:
    """Look at what an engine has just written: every row and every state there, and of this run.

    Raises OutputInvalid, one of its kinds, at the first file that is missing, cut short, foreign or spoilt.
    """
    loop = _complete_loop(out, case)
    for step in loop.states:
        read_state(loop, case, step)
    return loop


def _complete_loop(out: Path, case: Case) -> Loop:
    """The table, once its rows are those asked for and so are the files of states beside it."""
    loop = read_loop(out, case.field_values_T, case.direction)
    wanted, found = set(case.saved_steps), set(loop.states)
    if wanted - found:
        step = min(wanted - found)
        raise OutputIncomplete(f"m_step{step:06d}.ovf: the state of step {step} was not saved; {AGAIN}")
    if found - wanted:
        raise OutputForeign(f"{loop.states[min(found - wanted)]}: a state that was not asked for; {AGAIN}")
    return loop


def read_state(loop: Loop, case: Case, step: int) -> VectorField:
    """Read the state saved at a step of the field path, a key of ``loop.states``, and check it.

    A full disk can cut a state short while MuMax3 ends well, and a file of another run looks like any other.

    Raises
    ------
    OutputForeign
        If the state is on another grid, holds no unit vectors, or has not its row's mean.
    OutputInvalid
        If it cannot be read, or holds numbers that are not finite.
    """
    path = loop.states[step]
    try:
        state = read_ovf(path)
    except OvfError as error:
        raise OutputInvalid(f"{path}: not a readable OVF file: {error.why}; {AGAIN}") from error
    if not np.isfinite(state.m).all():
        raise Diverged(f"{path}: holds values that are not finite; the run diverged; {ELSEWHERE}")
    grid = state.m.shape[:0:-1]
    if grid != case.grid or not np.allclose(state.cell_m, case.cell_m, rtol=1e-5, atol=0):
        raise OutputForeign(
            f"{path}: {'x'.join(map(str, grid))} cells of {state.cell_m[0] * 1e9:.4g} nm, the case has "
            f"{'x'.join(map(str, case.grid))} of {case.mesh.cell_nm:g} nm; {AGAIN}"
        )
    mean = require_unit_vectors(state, LENGTH_ROUNDING)
    row = int(np.flatnonzero(loop.step == step)[0])
    off = float(np.abs(mean - loop.m[row]).max())
    # Partly filled cells weigh less in the table, so their plain mean is another number.
    if case.mesh.edge_smooth == 0 and off > MEAN_TOLERANCE:
        raise OutputForeign(
            f"{path}: its mean moment is {off:.2g} away from row {step} of the table; {AGAIN}"
        )
    return state


def require_unit_vectors(state: VectorField, tolerance: float = LENGTH_TOLERANCE) -> np.ndarray:
    """The mean over the magnetic cells of a magnetisation, (3,).

    Raises OutputForeign unless the cells that hold one hold unit vectors, which those of a field do not.
    """
    if (count := len(state.m)) != 3:
        raise OutputForeign(f"{state.path}: has {count} component(s) in each cell where 3 belong; {AGAIN}")
    length = np.linalg.norm(state.m, axis=0)
    magnetic = length > 0
    if (off := np.abs(length[magnetic] - 1).max(initial=0.0)) > tolerance or not magnetic.any():
        by = f" (|m| is off 1 by {off:.2g})" if off else ""
        raise OutputForeign(f"{state.path}: holds no unit vectors{by}, so it is no magnetisation; {AGAIN}")
    return state.m[:, magnetic].mean(axis=1)
