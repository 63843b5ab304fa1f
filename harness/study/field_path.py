"""The field path of a hysteresis loop, exact in decimals.

In: segments, a loop or explicit values in tesla. Out: the fields in order, and the ramps a script counts.
Fields are whole numbers over a power of ten: zero is zero, and nothing drifts with the number of steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from harness.inputs import ListAsTuple, StrictModel

MAX_FIELD_T = 100.0
MAX_POINTS = 100_000
DECIMALS = 12


def _decimal_tesla(value: float) -> float:
    if Decimal(repr(value)).normalize().as_tuple().exponent < -DECIMALS:  # type: ignore[operator]
        raise ValueError(f"more than {DECIMALS} decimals")
    return value


Tesla = Annotated[float, Field(ge=-MAX_FIELD_T, le=MAX_FIELD_T), AfterValidator(_decimal_tesla)]
PositiveTesla = Annotated[float, Field(gt=0, le=MAX_FIELD_T), AfterValidator(_decimal_tesla)]


@dataclass(frozen=True)
class Ramp:
    """Equally spaced fields: value k is (first + k step) / scale tesla, k = 0 to count - 1, all integers."""

    first: int
    step: int
    scale: int
    count: int

    @property
    def values_T(self) -> tuple[float, ...]:
        """The fields in T; a quotient of integers is the nearest float to the decimal number."""
        return tuple((self.first + k * self.step) / self.scale for k in range(self.count))


class Segment(StrictModel):
    """A straight sweep from start to stop, both included."""

    start_T: Tesla
    """first field, T"""
    stop_T: Tesla
    """last field, T"""
    step_T: PositiveTesla
    """distance of neighbouring fields, T; its sign follows from start and stop"""

    @model_validator(mode="after")
    def _step_divides(self) -> Segment:
        first, last, step, _ = self._integers()
        if first == last:
            raise ValueError(
                f"start_T and stop_T are both {self.start_T:g}; a single field goes into values_T"
            )
        if (last - first) % step:
            raise ValueError(
                f"step_T = {self.step_T:g} does not divide the way from {self.start_T:g} to {self.stop_T:g} T"
            )
        return self

    @property
    def ramp(self) -> Ramp:
        """The sweep in integers."""
        first, last, step, scale = self._integers()
        return Ramp(first, step if last > first else -step, scale, abs(last - first) // step + 1)

    def _integers(self) -> tuple[int, int, int, int]:
        numbers = [Decimal(repr(v)).normalize() for v in (self.start_T, self.stop_T, self.step_T)]
        places = max(0, *(-int(n.as_tuple().exponent) for n in numbers))
        first, last, step = (int(n.scaleb(places)) for n in numbers)
        return first, last, step, 10**places


class FullLoop(StrictModel):
    """A whole hysteresis loop, max -> -max -> max."""

    max_T: PositiveTesla
    """largest field, T"""
    step_T: PositiveTesla
    """distance of neighbouring fields, T"""

    @model_validator(mode="after")
    def _step_divides(self) -> FullLoop:
        self.segments  # noqa: B018  a segment checks itself when it is made
        return self

    @property
    def segments(self) -> tuple[Segment, Segment]:
        """The descending and the ascending branch."""
        down = Segment(start_T=self.max_T, stop_T=-self.max_T, step_T=self.step_T)
        return down, Segment(start_T=-self.max_T, stop_T=self.max_T, step_T=self.step_T)


class FieldPath(StrictModel):
    """The fields of a run in the order they are applied: exactly one of segments, loop and values_T."""

    segments: Annotated[tuple[Segment, ...], ListAsTuple, Field(min_length=1)] | None = None
    """sweeps applied one after the other; a turning point belongs to both its sweeps"""
    loop: FullLoop | None = None
    """shorthand for a full loop"""
    values_T: Annotated[tuple[Tesla, ...], ListAsTuple, Field(min_length=1)] | None = None
    """explicit fields, T"""

    @model_validator(mode="after")
    def _one_of_three(self) -> FieldPath:
        given = [k for k in ("segments", "loop", "values_T") if getattr(self, k) is not None]
        if len(given) != 1:
            raise ValueError(f"give one of segments, loop, values_T; got {' and '.join(given) or 'none'}")
        points = len(self.values_T) if self.values_T else sum(r.count for r in self.ramps)
        if points > MAX_POINTS:
            mend = "leave some out" if self.values_T else "take a larger step_T"
            raise ValueError(f"{points} field points; at most {MAX_POINTS} are allowed: {mend}")
        return self

    @cached_property
    def ramps(self) -> tuple[Ramp, ...]:
        """The sweeps in integers; empty when the fields are given one by one."""
        return tuple(s.ramp for s in (self.loop.segments if self.loop else self.segments or ()))

    @cached_property
    def all_values_T(self) -> tuple[float, ...]:
        """Every field in path order, T. Row k of a run's table belongs to value k."""
        return self.values_T or tuple(v for ramp in self.ramps for v in ramp.values_T)
