"""How small a torque counts as none: the tolerance asked for, or what single precision can tell.

In: a Case, and who ran it. Out: the TorqueLimit of its rows, and one line on those above it.
MuMax3 computes in single precision and knows no tolerance of ours: its rows are judged by the rounding of
its fields on the mesh at hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.runs.table import Loop
from harness.study.script import rounding_floor_T
from harness.study.study import Case

ABOVE_FLOOR = 10.0
"""Times the single-precision floor from which a torque is a rest and no rounding; sound rows of MuMax3 stay
below three."""


@dataclass(frozen=True)
class TorqueLimit:
    """The largest |m x B| with which a row counts as an equilibrium."""

    value_T: float
    floor_T: float = np.nan
    """Torque that rounding in single precision leaves; nan where the tolerance alone decides."""

    @property
    def words(self) -> str:
        """The limit, with what it is."""
        if np.isnan(self.floor_T):
            return f"the torque tolerance of {self.value_T:g} T"
        times = self.value_T / self.floor_T
        return f"{self.value_T:.2g} T, {times:.3g} times the single-precision floor of this mesh"


def torque_limit(case: Case, engine: str, details: Mapping[str, Any]) -> TorqueLimit:
    """The limit for a run: its tolerance where the CPU engine's own search in double precision kept it.

    Else ten times the single-precision floor, or the tolerance if that is larger.
    """
    tolerance_T = case.solver.tolerance_T
    own = details.get("algorithm", "fast") == "fast" and details.get("float_dtype", "float64") == "float64"
    if engine == "cpu" and own:
        return TorqueLimit(tolerance_T)
    floor_T = rounding_floor_T(case)
    return TorqueLimit(max(tolerance_T, ABOVE_FLOOR * floor_T), floor_T)


def unsettled_warning(loop: Loop, limit: TorqueLimit) -> tuple[str, ...]:
    """One line on the rows whose torque is above the limit, none where there are none."""
    if not (over := unsettled(loop, limit)).any():
        return ()
    residual = np.asarray(loop.residual_T)
    worst = int(np.nanargmax(residual))
    return (
        f"{int(over.sum())} of {len(over)} rows are no equilibrium: |m x B| above {limit.words}, largest "
        f"{residual[worst]:.2g} T at step {loop.step[worst]} ({loop.B_T[worst]:g} T); "
        "take smaller field steps, or another solver.method",
    )


def unsettled(loop: Loop, limit: TorqueLimit) -> NDArray[np.bool_]:
    """The rows whose torque is above the limit, (n,); none where the engine recorded no torque."""
    if loop.residual_T is None:
        return np.zeros(len(loop.B_T), dtype=bool)
    return ~(np.asarray(loop.residual_T) <= limit.value_T)
