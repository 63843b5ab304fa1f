"""What happens on the path of a state: where its branch ends, what has then changed, and what fell where.

In: the last stable state of a branch and what is beyond it, as `steps` has them. Out: an `Event`, by the name
that physicists have for it; a `Fall`, with both ends of the mode that was followed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from harness.mx3.magnet.curvature import Array
from harness.mx3.magnet.magnet import Magnet
from harness.mx3.magnet.steps import RESOLUTION_T, Lost, State, Way

EventKind = Literal[
    "nucleation",
    "tilt",
    "upright",
    "rotation",
    "reversal",
    "switching",
    "annihilation",
    "fold",
    "other",
]
"""`rotation`: a moment without a vortex leaves the line of the field or comes back to it; at a `reversal` the
moment along the field changes its sign, at a `switching` it turns over without that; `other` has no name."""

LEAST_MOMENT = 1e-3
"""Of a mean moment, along the line of the field or across it, from which it has a side."""
TILTED = 1e-3
"""Sine of a core's angle to the line of the field from which it is tilted."""


@dataclass(frozen=True)
class Instability:
    """Where a branch loses its stability."""

    B_T: float
    """Along the line on which the field changes."""
    error_T: float
    mode: str
    """What the critical mode does; it may be a soft one where a branch folds."""
    lambda_before_T: float
    lambda_after_T: float
    """Its curvature either side; nan beyond a fold, where the branch has no state."""

    @property
    def is_fold(self) -> bool:
        """Whether the branch ends there, rather than going on as a saddle."""
        return bool(np.isnan(self.lambda_after_T))


@dataclass(frozen=True)
class Event:
    """A change of state on the path: a loss of stability, or a branch that runs into a more symmetric one."""

    kind: EventKind
    at: Instability

    def to_dict(self) -> dict[str, float | str]:
        """The numbers by name, as events.csv has them."""
        at = dict(vars(self.at))
        return {"kind": self.kind, "B_along_T": at.pop("B_T"), **at}


@dataclass(frozen=True)
class Fall:
    """A saddle that was left, with the two ends of its mode; the kept one is the lower."""

    B_T: float
    lambda_min_T: float
    mode: str
    energy_kept_J: float
    energy_rejected_J: float
    m_kept: tuple[float, ...]
    m_rejected: tuple[float, ...]

    def to_dict(self) -> dict[str, float | str]:
        """The numbers by name, as rejected.csv has them."""
        values = {name: value for name, value in vars(self).items() if not name.startswith("m_")}
        values["B_along_T"] = values.pop("B_T")
        for end in ("kept", "rejected"):
            values |= {f"m{c}_{end}": m for c, m in zip("xyz", getattr(self, f"m_{end}"), strict=True)}
        return values


def end_of_branch(way: Way, last: State, lost: Lost) -> Instability:
    """Where between its last stable state and what is beyond a branch ends, and by which mode."""
    values = last.found.spectrum.eigenvalues_T
    critical = (
        int(np.abs(values).argmin()) if lost.critical is None else lost.critical
    )  # it may be a soft one
    after_T = float("nan") if lost.beyond is None else lost.beyond.found.lambda_min_T
    ends = way.B_T(last.s), way.B_T(lost.s)
    B_T, error_T = sum(ends) / 2, round(abs(ends[1] - ends[0]) / 2, 12)
    if lost.critical is not None:
        B_T, error_T = ends[1], RESOLUTION_T / 2
    name = last.found.names[critical]
    return Instability(B_T, error_T, name, float(values[critical]), after_T)


def kind_of(magnet: Magnet, way: Way, before: State, after: State) -> EventKind | None:
    """What has changed between two states; None if nothing that has a name."""
    means = np.array([mean_moment(magnet, state.m) for state in (before, after)])
    one, other = (float(along) for along in means @ way.axis)
    if one * other < 0 and min(abs(one), abs(other)) > LEAST_MOMENT:
        return "reversal"
    across = means - np.outer([one, other], way.axis)
    off = bool(np.linalg.norm(across, axis=1).min() > LEAST_MOMENT)
    if not (before.found.circulates or after.found.circulates) and off and across[0] @ across[1] < 0:
        return "switching"
    if before.found.circulates != after.found.circulates:
        return "nucleation" if after.found.circulates else "annihilation"
    was_off, is_off = (sine(way, state) > TILTED for state in (before, after))
    if was_off == is_off:
        return None
    if not before.found.circulates:
        return "rotation"
    return "tilt" if is_off else "upright"


def sine(way: Way, state: State) -> float:
    """Of the angle of a state's core, or moment, to the line of the field."""
    return float(np.linalg.norm(np.cross(state.found.core, way.axis)))


def mean_moment(magnet: Magnet, m: Array) -> tuple[float, ...]:
    """Of moments (3, N), weighted as they count."""
    return tuple(float(c) + 0.0 for c in np.average(m, axis=1, weights=magnet.moments))
