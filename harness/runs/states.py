"""Saved states, checked against the run they should be of.

In: a loop as read, its case. Out: nothing, or the first state that is missing, foreign or spoilt.
A full disk can cut a state short while MuMax3 ends well, and a file of another run looks like any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.engines.base import OutputForeign, OutputIncomplete
from harness.runs.output import AGAIN, VectorField, read_ovf

if TYPE_CHECKING:
    from harness.runs.output import Loop
    from harness.study.study import Case

LENGTH_TOLERANCE = 1e-3
"""How far from 1 the length of m may be; float32 keeps it to 1e-6."""

MEAN_TOLERANCE = 1e-3
"""How far a state's mean may be from its row; float32 sums over a million cells are good to about 1e-4."""


def require_states(loop: Loop, case: Case) -> None:
    """Check that the states asked for are there and belong to this run.

    Parameters
    ----------
    loop : the run's table, and its states.
    case : what was asked for.

    Raises
    ------
    OutputIncomplete
        If a state is missing.
    OutputForeign
        If a state was not asked for, is on another grid, holds no unit vectors, or has not its row's mean.
    OutputInvalid
        If a state cannot be read or holds numbers that are not finite.
    """
    wanted, found = set(case.saved_steps), set(loop.states)
    if missing := sorted(wanted - found):
        raise OutputIncomplete(
            f"m_step{missing[0]:06d}.ovf: the state of step {missing[0]} was not saved; {AGAIN}"
        )
    if extra := sorted(found - wanted):
        raise OutputForeign(f"{loop.states[extra[0]]}: a state that was not asked for; {AGAIN}")
    rows = {int(step): k for k, step in enumerate(loop.step)}
    for step, path in loop.states.items():
        state = read_ovf(path)
        _require_grid(state, case)
        mean = require_unit_vectors(state)
        off = float(np.abs(mean - loop.m[rows[step]]).max())
        # Partly filled cells weigh less in the table, so their plain mean is another number.
        if case.mesh.edge_smooth == 0 and off > MEAN_TOLERANCE:
            raise OutputForeign(
                f"{path}: its mean moment is {off:.2g} away from row {step} of the table; {AGAIN}"
            )


def _require_grid(state: VectorField, case: Case) -> None:
    grid = state.m.shape[:0:-1]
    if grid != case.grid or not np.allclose(state.cell_m, case.cell_m, rtol=1e-5, atol=0):
        raise OutputForeign(
            f"{state.path}: {'x'.join(map(str, grid))} cells of {state.cell_m[0] * 1e9:.4g} nm, the case has "
            f"{'x'.join(map(str, case.grid))} of {case.mesh.cell_nm:g} nm; {AGAIN}"
        )


def require_unit_vectors(state: VectorField) -> np.ndarray:
    """The mean over the magnetic cells of a magnetisation.

    Raises
    ------
    OutputForeign
        If the vectors of the cells that hold one are not of length 1, as those of a field or a mask.
    """
    length = np.linalg.norm(state.m, axis=0)
    magnetic = length > 0
    if not magnetic.any() or np.abs(length[magnetic] - 1).max() > LENGTH_TOLERANCE:
        raise OutputForeign(f"{state.path}: holds no unit vectors, so it is no magnetisation; {AGAIN}")
    return state.m[:, magnetic].mean(axis=1)
