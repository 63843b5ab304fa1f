"""What a session keeps count of: scheduled outputs, totals of the run, and results of the present state.

In: events of the run. Out: plain records, no behaviour beyond their own arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

_ROUNDING = 1e-9
"""Share of a period by which a time may fall short of it and still count as reached: many steps add up."""


@dataclass
class Autosave:
    """When to repeat an output: every `period` seconds of simulated time, counted from `start`."""

    period: float
    start: float
    output: Callable[[], None]
    count: int = -1

    def due(self, time: float) -> bool:
        """Whether the output should be made now."""
        if self.period == 0:
            return False
        return (time - self.start) - self.count * self.period >= self.period * (1 - _ROUNDING)


@dataclass
class Totals:
    """What a run amounts to so far."""

    field_evaluations: int = 0
    residual_T: float = 0.0
    searches: int = 0
    warnings: list[str] = field(default_factory=list)


@dataclass
class Derived:
    """Energies and torque of the present state, computed once and kept until something changes."""

    energies: dict[str, float] = field(default_factory=dict)
    torque_T: float | None = None
    odd_part: float | None = None
