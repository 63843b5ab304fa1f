"""What scripts assign numbers to: material parameters, applied fields, and settings with bounds.

In: numbers, vectors, expressions of t and masks. Out: values region by region or cell by cell, which the
sample hands to its magnet before anything is computed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from harness.mx3.errors import ScriptError
from harness.mx3.language.expressions import Deferred, ScalarFunction, VectorFunction, circumstances
from harness.mx3.language.go_format import float_text
from harness.mx3.language.signatures import script
from harness.mx3.language.values import Mask, Vector
from harness.mx3.session.grid import N_REGIONS, Grid, checked_region
from harness.mx3.session.quantities import Quantity, ScalarQuantity, VectorQuantity

_EVERYWHERE = range(N_REGIONS)


@dataclass(frozen=True)
class Rule:
    """Which values a parameter takes in this engine."""

    least: float = -np.inf
    absent: str = ""
    """The effect it stands for, where this engine lacks it: then 0 is the only value."""

    def refusal(self, name: str, value: Any) -> str | None:
        """Why a value is refused, or None."""
        numbers = value if isinstance(value, tuple) else (value,)
        if bad := [i for i, number in enumerate(numbers) if not math.isfinite(number)]:
            which = f"component {'xyz'[bad[0]]} of {name}" if len(numbers) > 1 else name
            return f"{which} is {float_text(numbers[bad[0]])}"
        if min(numbers) < self.least:
            return f"{name} must not be below {self.least:g}, got {min(numbers):g}"
        if self.absent and any(numbers):
            return f"{name} must stay {_zero(numbers)}: {self._advice}"
        return None

    def unseen(self, name: str, components: int) -> str | None:
        """Why a value is refused that is not known before the run, or None."""
        if not self.absent:
            return None
        return f"{name} must stay {_zero((0,) * components)}, and this may be another value: {self._advice}"

    @property
    def _advice(self) -> str:
        return f"{self.absent} is not supported here; run this script with MuMax3"


def _zero(numbers: Sequence[float]) -> str:
    return "0" if len(numbers) == 1 else "vector(0, 0, 0)"


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
        self.store(regions, self._checked(function))
        for region in regions if self.timed else ():
            self.timed.pop(region, None)
        if function.timed:
            self.timed |= dict.fromkeys(regions, function.fixed())  # type: ignore[arg-type]

    def fix(self, value: Any) -> None:
        """Take one value in all regions, whatever t."""
        self.store(_EVERYWHERE, value)
        self.timed.clear()

    def refresh(self) -> None:
        """Evaluate the expressions of t at the present time."""
        for function in set(self.timed.values()):
            self.store([r for r, f in self.timed.items() if f is function], self._checked(function))

    def _checked(self, function: ScalarFunction | VectorFunction) -> Any:
        """The present value of an expression; ScriptError if the rule forbids it, with the cause."""
        value = function()
        if refusal := self.rule.refusal(self.name, value):
            raise ScriptError(None, refusal + circumstances(function.expr))
        return value

    def store(self, regions: Sequence[int], value: Any) -> None:
        """Take a value in some regions; ScriptError if the rule forbids it."""
        if refusal := self.rule.refusal(self.name, value):
            raise ScriptError(None, refusal)
        new = np.reshape(value, (-1, 1))
        at = list(regions)
        if (self.table[:, at] != new).any():
            self.table[:, at] = new
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

    def present(self, regions: np.ndarray) -> np.ndarray:
        """Values in some regions at the present time, shape (components, regions)."""
        self.by_region.refresh()
        return self.by_region.table[:, regions]

    def acts(self, regions: np.ndarray) -> bool:
        """Whether it is at present anything but 0 in some regions, or a mask is added to it."""
        return bool(self.present(regions).any()) or self.has_masks

    @property
    def has_masks(self) -> bool:
        """Whether masks are added to it."""
        return False

    def assign(self, value: Any) -> None:
        """Take a value everywhere."""
        self.by_region.set(_EVERYWHERE, value)

    def vet(self, value: Any) -> str | None:
        """Why a value is refused before the run, None where it is not yet known; or None."""
        rule = self.by_region.rule
        if value is None:
            return rule.unseen(self.name, self.components)
        number = value() if isinstance(value, Deferred) else value
        refusal = rule.refusal(self.name, number)
        return refusal and refusal + (circumstances(value.expr) if isinstance(value, Deferred) else "")

    @script("IsUniform", "Whether all regions share one value.")
    def is_uniform(self) -> bool:
        return bool((self.by_region.table == self.by_region.table[:, :1]).all())


def _vet_set(self: _Regional | None, value: Any) -> str | None:
    return None if self is None else self.vet(value)


def _vet_set_region(self: _Regional | None, region: int | None, value: Any) -> str | None:
    if region is not None:
        _regions(region)
    return _vet_set(self, value)


class ScalarParameter(_Regional, ScalarQuantity):
    """A number that may differ between regions, such as Msat."""

    script_type = "parameter"
    input_type = ScalarFunction

    @script("SetRegion", "Value in one region.", vet=_vet_set_region)
    def set_region(self, region: int, value: ScalarFunction) -> None:
        self.by_region.set(_regions(region), value)

    @script("GetRegion", "Value in one region.")
    def get_region(self, region: int) -> float:
        self.by_region.refresh()
        return float(self.by_region.table[0, _regions(region)[0]])

    @script("Set", "Value everywhere.", vet=_vet_set)
    def set(self, value: float) -> None:
        self.by_region.fix(value)


class VectorParameter(_Regional, VectorQuantity):
    """A vector that may differ between regions, such as anisU."""

    script_type = "vector parameter"
    input_type = VectorFunction

    @script("SetRegion", "Value in one region.", vet=_vet_set_region)
    def set_region(self, region: int, value: VectorFunction) -> None:
        self.by_region.set(_regions(region), value)

    @script("GetRegion", "Value in one region.")
    def get_region(self, region: int) -> Vector:
        self.by_region.refresh()
        return Vector(self.by_region.table[:, _regions(region)[0]])


def _vet_add(self: _Regional | None, mask: Mask | None, amplitude: Any) -> str | None:
    """No mask may be added to a field that must stay 0."""
    if self is None or not self.by_region.rule.absent:
        return None
    zero = amplitude is not None and amplitude() == 0
    return None if zero else self.by_region.rule.unseen(self.name, self.components)


class ScalarExcitation(ScalarParameter):
    """A number by region plus masks, such as a strain; this engine has only such as must stay 0."""

    script_type = "scalar excitation"
    _masked = False

    @property
    def has_masks(self) -> bool:
        return self._masked

    @script("Add", "Add a mask times an amplitude.", vet=_vet_add)
    def add(self, mask: Mask, amplitude: ScalarFunction) -> None:
        """Note it where the amplitude is not 0, as it may be in a script that is only followed."""
        self._masked |= amplitude.timed or amplitude() != 0

    @script("RemoveExtraTerms", "Drop all masks added.")
    def remove_extra_terms(self) -> None:
        self._masked = False


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

    @property
    def has_masks(self) -> bool:
        return bool(self._terms)

    def extra(self) -> np.ndarray | None:
        """Sum of the mask terms, shape (3, nz, ny, nx), or None if there are none."""
        if not self._terms:
            return None
        total = np.zeros((3, *self.grid.mesh.shape))
        for mask, function, amplitude in self._terms:
            total += mask * (amplitude if function is None else self._finite(function))
        return total

    def _finite(self, amplitude: ScalarFunction) -> float:
        """The present amplitude of a mask; ScriptError if it is not finite."""
        value = float(amplitude())
        if not math.isfinite(value):
            found = f"the amplitude of a mask of {self.name} is {float_text(value)}"
            raise ScriptError(None, found + circumstances(amplitude.expr))
        return value

    @script("Set", "Vector everywhere.", vet=_vet_set)
    def set(self, value: Vector) -> None:
        self.by_region.fix(value)

    def values(self) -> np.ndarray:
        extra = self.extra()
        base = super().values()
        return base if extra is None else base + extra

    @script("Add", "Add a mask times an amplitude; it survives assignments to the field.", vet=_vet_add)
    def add(self, mask: Mask, amplitude: ScalarFunction) -> None:
        if len(mask.array) != 3:
            raise ScriptError(None, f"{self.name}.Add needs a mask with 3 components, got {len(mask.array)}")
        if len(bad := np.argwhere(~np.isfinite(mask.array))):
            (c, iz, iy, ix), number = bad[0], mask.array[tuple(bad[0])]
            where = f"component {'xyz'[c]} of cell ({ix}, {iy}, {iz})"
            raise ScriptError(None, f"{where} of the mask added to {self.name} is {float_text(number)}")
        cells = mask.resampled(self.grid.mesh.shape).copy()
        self.add_cells(cells, amplitude if amplitude.timed else None, self._finite(amplitude))

    def add_cells(
        self, cells: np.ndarray, function: ScalarFunction | None = None, amplitude: float = 1.0
    ) -> None:
        """Add a field (3, nz, ny, nx) times a function of t, or times an amplitude if there is none."""
        self._terms.append((cells, function, amplitude))
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
