"""What scripts assign to: material parameters, applied fields, and the magnetisation itself.

In: numbers, vectors, expressions of t, masks and initial states. Out: values region by region or cell by
cell, which the session hands to the magnet before anything is computed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.mx3.errors import ScriptError
from harness.mx3.files.input_files import load
from harness.mx3.language.expressions import ScalarFunction, VectorFunction
from harness.mx3.language.values import Mask, Vector, script
from harness.mx3.session.configurations import Configuration
from harness.mx3.session.quantities import (
    Quantity,
    ScalarField,
    VectorField,
)
from harness.mx3.session.shapes import UNIVERSE, Shape, grid_coordinates

if TYPE_CHECKING:
    from harness.mx3.session.session import Session

N_REGIONS = 256


@dataclass(frozen=True)
class Rule:
    """Which values a parameter takes in this engine.

    Attributes
    ----------
    least : float
        Smallest value allowed.
    only : tuple of float, or None
        The one value that switches the effect off, where the effect itself is not supported.
    reason : str
        Why others are refused.
    """

    least: float = -np.inf
    only: tuple[float, ...] | None = None
    reason: str = ""

    def refusal(self, name: str, value: Any) -> str | None:
        """Why a value is refused, or None."""
        numbers = value if isinstance(value, tuple) else (value,)
        if not all(np.isfinite(numbers)):
            return f"{name} must be finite"
        if min(numbers) < self.least:
            return f"{name} must not be below {self.least:g}, got {min(numbers):g}"
        if self.only is not None and any(n not in self.only for n in numbers):
            return f"{name} = {self.only[0]:g} is the only value supported: {self.reason}"
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
        self._store(regions, function())
        for region in regions:
            self.timed.pop(region, None)
        if function.timed:
            fixed = function.fixed()
            self.timed.update(dict.fromkeys(regions, fixed))  # type: ignore[arg-type]

    def refresh(self) -> None:
        """Evaluate the expressions of t at the present time."""
        for function in set(self.timed.values()):
            value = function()
            for region in (r for r, f in self.timed.items() if f is function):
                self._store(range(region, region + 1), value)

    def _store(self, regions: range, value: Any) -> None:
        refusal = self.rule.refusal(self.name, value)
        if refusal:
            raise ScriptError(None, refusal)
        new = np.reshape(value, (-1, 1))
        columns = self.table[:, regions.start : regions.stop]
        if (columns != new).any():
            columns[:] = new
            self.version += 1

    def uniform(self, regions: np.ndarray) -> bool:
        """Whether all cells share one value."""
        first = self.table[:, :1]
        return bool((self.table == first).all() or (self.table[:, np.unique(regions)] == first).all())

    def on_cells(self, regions: np.ndarray) -> np.ndarray:
        """Values cell by cell, shape (components, nz, ny, nx)."""
        return self.table[:, regions]

    def compact(self, regions: np.ndarray) -> np.ndarray:
        """Values as (components,) if uniform, else cell by cell."""
        return self.table[:, 0] if self.uniform(regions) else self.on_cells(regions)


def _checked_region(region: int) -> range:
    if region == -1:
        return range(N_REGIONS)
    if not 0 <= region < N_REGIONS:
        raise ScriptError(None, f"region {region} is outside 0 to {N_REGIONS - 1}")
    return range(region, region + 1)


class _Regional(Quantity):
    """A quantity whose values come from a table of regions."""

    def __init__(
        self, session: Session, name: str, unit: str, default: tuple[float, ...], rule: Rule | None = None
    ) -> None:
        rule = rule or Rule()
        table = np.repeat(np.array(default, dtype=np.float64)[:, None], N_REGIONS, axis=1)
        self.by_region = RegionTable(name, rule, table)
        super().__init__(session, name, unit, len(default), self._on_cells, whole_box=True)

    def _on_cells(self) -> np.ndarray:
        self.by_region.refresh()
        return self.by_region.on_cells(self.session.regions)

    def assign(self, value: Any) -> None:
        """Take a value everywhere."""
        self.by_region.set(range(N_REGIONS), value)

    def vet(self, value: Any) -> str | None:
        """Why a value known before the run is refused, or None."""
        return None if value is None else self.by_region.rule.refusal(self.name, value)


class ScalarParameter(_Regional, ScalarField):
    """A number that may differ between regions, such as Msat."""

    script_type = "parameter"
    input_type = ScalarFunction

    @script("SetRegion", "Value in one region.")
    def set_region(self, region: int, value: ScalarFunction) -> None:
        self.by_region.set(_checked_region(region), value)

    @script("GetRegion", "Value in one region.")
    def get_region(self, region: int) -> float:
        self.by_region.refresh()
        return float(self.by_region.table[0, _checked_region(region)[0]])

    @script("Set", "Value everywhere.")
    def set(self, value: float) -> None:
        self.by_region._store(range(N_REGIONS), value)
        self.by_region.timed.clear()

    @script("IsUniform", "Whether all regions share one value.")
    def is_uniform(self) -> bool:
        return bool((self.by_region.table == self.by_region.table[:, :1]).all())


class VectorParameter(_Regional, VectorField):
    """A vector that may differ between regions, such as anisU."""

    script_type = "vector parameter"
    input_type = VectorFunction

    @script("SetRegion", "Value in one region.")
    def set_region(self, region: int, value: VectorFunction) -> None:
        self.by_region.set(_checked_region(region), value)

    @script("GetRegion", "Value in one region.")
    def get_region(self, region: int) -> Vector:
        self.by_region.refresh()
        return Vector(self.by_region.table[:, _checked_region(region)[0]])


class Excitation(VectorParameter):
    """An applied vector field: values by region, plus any number of masks times amplitudes."""

    script_type = "excitation"

    def __init__(self, session: Session, name: str, unit: str, rule: Rule | None = None) -> None:
        super().__init__(session, name, unit, (0.0, 0.0, 0.0), rule)
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
        total = np.zeros((3, *self.session.mesh.shape))
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
        refusal = self.by_region.rule.refusal(self.name, amplitude()) if self.by_region.rule.only else None
        if refusal:
            raise ScriptError(None, refusal)
        cells = np.array(mask.resampled(self.session.mesh.shape))
        self._terms.append((cells, amplitude if amplitude.timed else None, amplitude()))
        self._changes += 1

    @script("RemoveExtraTerms", "Drop all masks added.")
    def remove_extra_terms(self) -> None:
        if self._terms:
            self.session.log(f"REMOVING EXTRA TERMS FROM {self.name}")
            self._terms.clear()
            self._changes += 1


class Magnetisation(VectorField):
    """The reduced magnetisation m."""

    script_type = "magnetisation"
    input_type = Configuration

    def __init__(self, session: Session) -> None:
        super().__init__(session, "m", "", 3, lambda: session.magnet.m)

    def assign(self, value: Configuration) -> None:
        """Take an initial state everywhere."""
        self.set_in_shape(UNIVERSE, value)

    def vet(self, value: Any) -> str | None:
        """Any configuration will do."""
        return None

    def _take(self, m: np.ndarray) -> None:
        self.session.set_m(m)

    @script("Set", "Take an initial state everywhere.")
    def set(self, value: Configuration) -> None:
        self.assign(value)

    @script("SetInShape", "Take an initial state inside a shape.")
    def set_in_shape(self, shape: Shape, value: Configuration) -> None:
        r = grid_coordinates(self.session.mesh)
        self._take(np.where(shape(*r), value(*r), self.session.magnet.m))

    @script("SetRegion", "Take an initial state inside a region.")
    def set_region(self, region: int, value: Configuration) -> None:
        r = grid_coordinates(self.session.mesh)
        self._take(np.where(self.session.regions == region, value(*r), self.session.magnet.m))

    @script("SetArray", "Take the state from a mask, fitted to the grid by nearest neighbour.")
    def set_array(self, mask: Mask) -> None:
        if len(mask.array) != 3:
            raise ScriptError(None, f"m needs a mask with 3 components, got {len(mask.array)}")
        self._take(mask.resampled(self.session.mesh.shape))

    @script("LoadFile", "Take the state from an OVF file beside the script.")
    def load_file(self, name: str) -> None:
        self.set_array(load(self.session.script_folder, name))

    @script("SetCell", "Take a direction in one cell.")
    def set_cell(self, ix: int, iy: int, iz: int, direction: Vector) -> None:
        cell = self.session.checked_cell(ix, iy, iz)
        m = self.session.magnet.m
        if self.session.magnet.fill[cell] > 0:
            m[(slice(None), *cell)] = direction
            self._take(m)

    @script("GetCell", "Direction in one cell.")
    def get_cell(self, ix: int, iy: int, iz: int) -> Vector:
        return Vector(self.session.magnet.m[(slice(None), *self.session.checked_cell(ix, iy, iz))])
