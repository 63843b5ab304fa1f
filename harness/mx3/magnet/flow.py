"""Down the flow of steepest descent, from a saddle or a branch's end, without leaping over a ridge.

In: a `Magnet` off its equilibrium. Out: the magnet near the rest that dm/dt = B - m (m B) comes to, if it
comes there within a bounded number of fields.

A minimiser goes down as well, but by steps that may end in another valley. Here each step is one of Euler's,
implicit: rest in a field that holds every moment where it is, which is given up in favour of a new one.
"""

from __future__ import annotations

import numpy as np

from harness.mx3.magnet.curvature import Array
from harness.mx3.magnet.magnet import Magnet

STEP_RAD = 0.1
"""Root mean square change of m that a step aims at."""
WEAKEST_T = 1e-3
"""Of the holding field: where a step of it is short, a minimiser does the rest."""
_INNER = 0.05


def flow_down(magnet: Magnet, max_evaluations: int) -> tuple[int, bool]:
    """Move a magnet down the flow until it is about at rest; how many fields that took, and whether it is."""
    used = 0
    while used < max_evaluations - 1:
        held, torque = magnet.columns.copy(), _torque(magnet)
        size = float(np.sqrt(_mean(magnet, torque)))
        hold_T = max(WEAKEST_T, size / STEP_RAD)
        goal_T = _INNER * float(np.sqrt(np.sum(torque**2, axis=0).max()))
        used += 1 + _step(magnet, hold_T * held, goal_T, max_evaluations - used - 1)
        moved = float(np.sqrt(_mean(magnet, magnet.columns - held)))
        if used < max_evaluations and hold_T == WEAKEST_T and moved < STEP_RAD / 4:
            return used, True
    return used, False


def _step(magnet: Magnet, holding: Array, goal_T: float, max_evaluations: int) -> int:
    """To rest in a further field of columns (3, N)."""
    return magnet.equilibrate(goal_T, max_evaluations, lambda _: holding).field_evaluations


def _torque(magnet: Magnet) -> Array:
    """Part of the effective field across the moments, (3, N), in T."""
    m = magnet.columns
    field = magnet.effective_field(m)
    return np.asarray(field - m * np.sum(m * field, axis=0), dtype=float)


def _mean(magnet: Magnet, v: Array) -> float:
    """Mean square of columns (3, N), weighted by the moments."""
    return float(np.average(np.sum(v**2, axis=0), weights=magnet.moments))
