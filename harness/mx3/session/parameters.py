"""What scripts assign numbers to: material parameters, applied fields, and settings with bounds.

In: numbers, vectors, expressions of t and masks. Out: values region by region or cell by cell, which the
sample hands to its magnet before anything is computed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from harness.mx3.errors import ScriptError
from harness.mx3.language.expressions import ScalarFunction, VectorFunction
from harness.mx3.language.signatures import script
from harness.mx3.language.values import Mask, Vector
from harness.mx3.session.grid import N_REGIONS, Grid, checked_region
from harness.mx3.session.quantities import Quantity, ScalarQuantity, VectorQuantity

_EVERYWHERE = range(N_REGIONS)


@dataclass(frozen=True)
class Rule:
    """Which values a parameter takes in this engine."""

    least: float = -np.inf
    only: float | None = None
    """The one value that switches the effect off, where the effect itself is not supported."""
    reason: str = ""
    """Why others are refused."""

    def refusal(self, name: str, value: Any) -> str | None:
        """Why a value is refused, or None."""
        numbers = value if isinstance(value, tuple) else (value,)
        if not all(np.isfinite(numbers)):
            return f"{name} must be finite"
        if min(numbers) < self.least:
            return f"{name} must not be below {self.least:g}, got {min(numbers):g}"
        if self.only is not None and any(n != self.only for n in numbers):
            return f"{name} = {self.only:g} is the only value supported: {self.reason}"
        return None


@dataclass
class RegionTable:
    """Values of one parameter in each of the 256 regions, constant or functions of t."""

    name: str
    rule: Rule
    table: np.ndarray
    timed: dict[int, ScalarFunction | VectorFunction] = field(default_factory=dict)
    version: int = 0

    def set(self, regions: range, function: ScalarFunction | VectorFunction) -> None:
        """Take a new value in some regions; an expression of t is kept and re-evaluated."""
        self.store(regions, function())
        fixed = function.fixed()
        for region in regions:
            self.timed.pop(region, None)
            if function.timed:
                self.timed[region] = fixed  # type: ignore[assignment]

    def refresh(self) -> None:
        """Evaluate the expressions of t at the present time."""
        for function in set(self.timed.values()):
            value = function()
            for region in (r for r, f in self.timed.items() if f is function):
                self.store(range(region, region + 1), value)

    def store(self, regions: range, value: Any) -> None:
        """Take a value in some regions; ScriptError if the rule forbids it."""
        if refusal := self.rule.refusal(self.name, value):
            raise ScriptError(None, refusal)
        new = np.reshape(value, (-1, 1))
        columns = self.table[:, regions.start : regions.stop]
        if (columns != new).any():
            columns[:] = new
            self.version += 1

    def on_cells(self, regions: np.ndarray) -> np.ndarray:
        """Values cell by cell, shape (components, nz, ny, nx)."""
        return self.table[:, regions]

    def compact(self, regions: np.ndarray) -> np.ndarray:
        """Values as (components,) if all cells share one, else cell by cell."""
        same = self.table == self.table[:, :1]
        return self.table[:, 0] if same.all() or same[:, np.unique(regions)].all() else self.on_cells(regions)


def _regions(index: int) -> range:
    """The region of an index, all of them for -1."""
    return _EVERYWHERE if index == -1 else range(checked_region(index), index + 1)


class _Regional(Quantity):
    """A quantity whose values come from a table of regions."""

    def __init__(
        self, grid: Grid, name: str, unit: str, default: tuple[float, ...], rule: Rule | None = None
    ) -> None:
        table = np.repeat(np.array(default, dtype=np.float64)[:, None], N_REGIONS, axis=1)
        self.by_region = RegionTable(name, rule or Rule(), table)
        super().__init__(grid, name, unit, len(default), self._on_cells, whole_box=True)

    def _on_cells(self) -> np.ndarray:
        self.by_region.refresh()
        return self.by_region.on_cells(self.grid.regions)

    def assign(self, value: Any) -> None:
        """Take a value everywhere."""
        self.by_region.set(_EVERYWHERE, value)

    def vet(self, value: Any) -> str | None:
        """Why a value known before the run is refused, or None."""
        return None if value is None else self.by_region.rule.refusal(self.name, value)


class ScalarParameter(_Regional, ScalarQuantity):
    """A number that may differ between regions, such as Msat."""

    script_type = "parameter"
    input_type = ScalarFunction

    @script("SetRegion", "Value in one region.")
    def set_region(self, region: int, value: ScalarFunction) -> None:
        self.by_region.set(_regions(region), value)

    @script("GetRegion", "Value in one region.")
    def get_region(self, region: int) -> float:
        self.by_region.refresh()
        return float(self.by_region.table[0, _regions(region)[0]])

    @script("Set", "Value everywhere.")
    def set(self, value: float) -> None:
        self.by_region.store(_EVERYWHERE, value)
        self.by_region.timed.clear()

    @script("IsUniform", "Whether all regions share one value.")
    def is_uniform(self) -> bool:
        return bool((self.by_region.table == self.by_region.table[:, :1]).all())


class VectorParameter(_Regional, VectorQuantity):
    """A vector that may differ between regions, such as anisU."""

    script_type = "vector parameter"
    input_type = VectorFunction

    @script("SetRegion", "Value in one region.")
    def set_region(self, region: int, value: VectorFunction) -> None:
        self.by_region.set(_regions(region), value)

    @script("GetRegion", "Value in one region.")
    def get_region(self, region: int) -> Vector:
        self.by_region.refresh()
        return Vector(self.by_region.table[:, _regions(region)[0]])


class Excitation(VectorParameter):
    """An applied vector field: values by region, plus any number of masks times amplitudes."""

    script_type = "excitation"

    def __init__(self, grid: Grid, name: str, unit: str, rule: Rule | None = None) -> None:
        super().__init__(grid, name, unit, (0.0, 0.0, 0.0), rule)
        self._terms: list[tuple[np.ndarray, ScalarFunction | None, float]] = []
        self._changes = 0

    @property
    def version(self) -> tuple[float, ...]:
        """Changes whenever the field may have changed."""
        self.by_region.refresh()
        return (self.by_region.version, self._changes, *(f() for _, f, _ in self._terms if f is not None))

    def extra(self) -> np.ndarray | None:
        """Sum of the mask terms, shape (3, nz, ny, nx), or None if there are none."""
        if not self._terms:
            return None
        total = np.zeros((3, *self.grid.mesh.shape))
        for mask, function, amplitude in self._terms:
            total += mask * (amplitude if function is None else function())
        return total

    def values(self) -> np.ndarray:
        extra = self.extra()
        base = super().values()
        return base if extra is None else base + extra

    @script("Add", "Add a mask times an amplitude; it survives assignments to the field.")
    def add(self, mask: Mask, amplitude: ScalarFunction) -> None:
        if len(mask.array) != 3:
            raise ScriptError(None, f"{self.name}.Add needs a mask with 3 components, got {len(mask.array)}")
        if not np.isfinite(mask.array).all():
            raise ScriptError(None, f"the mask added to {self.name} holds NaN or Inf")
        rule = self.by_region.rule
        if rule.only is not None and (refusal := rule.refusal(self.name, amplitude())):
            raise ScriptError(None, refusal)
        cells = mask.resampled(self.grid.mesh.shape).copy()
        self._terms.append((cells, amplitude if amplitude.timed else None, amplitude()))
        self._changes += 1

    @script("RemoveExtraTerms", "Drop all masks added.")
    def remove_extra_terms(self) -> None:
        if self._terms:
            self.grid.log(f"REMOVING EXTRA TERMS FROM {self.name}")
            self._terms.clear()
            self._changes += 1


def positive(name: str, *, or_zero: bool = False) -> Callable[[Any], None]:
    """Check of a setting that must be a positive number."""

    def accept(value: float) -> None:
        if not (0 < value < math.inf or (or_zero and value == 0)):
            wanted = "zero or a positive number" if or_zero else "a positive number"
            raise ScriptError(None, f"{name} must be {wanted}, got {value:g}")

    return accept
