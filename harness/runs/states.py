"""A saved state of a run, read and checked.

In: a run's loop and case, the step of a state. Out: its VectorField, or the first thing wrong with it.
A full disk can cut a state short while MuMax3 ends well, and a file of another run looks like any other.
"""

from __future__ import annotations

import numpy as np

from harness.engines.base import Diverged, OutputForeign, OutputInvalid
from harness.mx3.files.ovf import OvfError, VectorField, read_ovf
from harness.runs.table import AGAIN, ELSEWHERE, Loop
from harness.study.study import Case

__all__ = ["read_state", "require_unit_vectors"]

LENGTH_TOLERANCE = 1e-3
"""How far from 1 the length of m may be; float32 keeps it to 1e-6."""

MEAN_TOLERANCE = 1e-3
"""How far a state's mean may be from its row; float32 sums over a million cells are good to about 1e-4."""


def read_state(loop: Loop, case: Case, step: int) -> VectorField:
    """Read the state saved at a step of the field path.

    Parameters
    ----------
    loop : Loop
        The run's table, and its states.
    case : Case
        What was asked for.
    step : int
        A key of ``loop.states``.

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
    _require_grid(state, case)
    mean = require_unit_vectors(state)
    row = int(np.flatnonzero(loop.step == step)[0])
    off = float(np.abs(mean - loop.m[row]).max())
    # Partly filled cells weigh less in the table, so their plain mean is another number.
    if case.mesh.edge_smooth == 0 and off > MEAN_TOLERANCE:
        raise OutputForeign(
            f"{path}: its mean moment is {off:.2g} away from row {step} of the table; {AGAIN}"
        )
    return state


def _require_grid(state: VectorField, case: Case) -> None:
    grid = state.m.shape[:0:-1]
    if grid != case.grid or not np.allclose(state.cell_m, case.cell_m, rtol=1e-5, atol=0):
        raise OutputForeign(
            f"{state.path}: {'x'.join(map(str, grid))} cells of {state.cell_m[0] * 1e9:.4g} nm, the case has "
            f"{'x'.join(map(str, case.grid))} of {case.mesh.cell_nm:g} nm; {AGAIN}"
        )


def require_unit_vectors(state: VectorField) -> np.ndarray:
    """The mean over the magnetic cells of a magnetisation, (3,).

    Raises
    ------
    OutputForeign
        If the values have not three components, or those of the cells that hold one are not of length 1, as
        those of a field or a mask.
    """
    if len(state.m) != 3:
        raise OutputForeign(
            f"{state.path}: has {len(state.m)} component(s) in each cell where 3 belong; {AGAIN}"
        )
    length = np.linalg.norm(state.m, axis=0)
    magnetic = length > 0
    if not magnetic.any() or np.abs(length[magnetic] - 1).max() > LENGTH_TOLERANCE:
        raise OutputForeign(f"{state.path}: holds no unit vectors, so it is no magnetisation; {AGAIN}")
    return state.m[:, magnetic].mean(axis=1)
