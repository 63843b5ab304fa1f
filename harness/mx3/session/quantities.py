"""Quantities: what scripts tabulate, save, average and combine.

In: the grid, and functions that compute arrays from the present state. Out: objects with name, unit,
components, values on the grid and an average, and the methods scripts call on them.

Averages follow MuMax3: m and everything computed from other quantities average over the magnet, weighted by
fill; fields such as B_demag, energy densities, parameters and excitations average over the whole box.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from harness.mx3.errors import ScriptError
from harness.mx3.language.signatures import script
from harness.mx3.language.values import Mask, Numbers, Vector
from harness.mx3.magnet.mesh import Mesh
from harness.mx3.session.grid import Grid

Values = np.ndarray
"""Shape (components, nz, ny, nx)."""
Compute = Callable[[], Values]


class Quantity:
    """Anything with values in every cell.

    Parameters
    ----------
    grid : Grid
    name, unit : str
        As in MuMax3's table header.
    compute : callable
        Returns the values, shape (components, nz, ny, nx).
    whole_box : bool
        Whether its average runs over the whole box instead of the magnet.
    """

    script_type = "quantity"

    def __init__(
        self, grid: Grid, name: str, unit: str, components: int, compute: Compute, *, whole_box: bool = False
    ) -> None:
        self.grid, self.name, self.unit, self.components = grid, name, unit, components
        self.whole_box, self._compute = whole_box, compute

    @property
    def mesh(self) -> Mesh:
        """Grid the values live on."""
        return self.grid.mesh

    def values(self) -> Values:
        """Present values, shape (components, nz, ny, nx)."""
        return self._compute()

    def mean(self) -> tuple[float, ...]:
        """Average of each component, over the box or the magnet."""
        if self.whole_box:
            return tuple(float(c.mean()) for c in self.values())
        return self.grid.average(self.values())

    @script("Name", "Name in the table.")
    def script_name(self) -> str:
        return self.name

    @script("Unit", "Unit in the table.")
    def script_unit(self) -> str:
        return self.unit

    @script("NComp", "Number of components.")
    def script_components(self) -> int:
        return self.components

    def __str__(self) -> str:
        return self.name


class Operator(Quantity):
    """A quantity computed from others (`Cross(a, b)` …); nameless in MuMax3, hence its odd table header."""

    def __init__(self, grid: Grid, go_type: str, components: int, compute: Compute) -> None:
        super().__init__(grid, f"unnamed.*engine.{go_type}", "?", components, compute)


class ScalarValue(Quantity):
    """One number for the whole magnet, such as an energy."""

    script_type = "scalar value"

    def __init__(self, grid: Grid, name: str, unit: str, number: Callable[[], float]) -> None:
        super().__init__(grid, name, unit, 1, lambda: np.full((1, *grid.mesh.shape), number()))
        self.number = number

    def mean(self) -> tuple[float, ...]:
        return (self.number(),)

    @script("Get", "Present value.")
    def get(self) -> float:
        return self.number()

    @script("Average", "Present value.")
    def average(self) -> float:
        return self.number()


class ScalarQuantity(Quantity):
    """One number in every cell."""

    script_type = "scalar field"

    @script("Average", "Average value.")
    def average(self) -> float:
        return self.mean()[0]

    @script("Region", "The quantity inside one region, zero elsewhere.")
    def region(self, index: int) -> ScalarQuantity:
        return ScalarInRegion(self, index)


class VectorQuantity(Quantity):
    """A vector in every cell."""

    script_type = "vector field"

    @script("Average", "Average vector.")
    def average(self) -> Vector:
        return Vector(self.mean())

    @script("HostCopy", "Present values, as a mask.")
    def host_copy(self) -> Mask:
        return Mask(self.values().copy())

    @script("Comp", "One component: 0, 1 or 2.")
    def comp(self, c: int) -> ScalarQuantity:
        if not 0 <= c < self.components:
            last = self.components - 1
            raise ScriptError(None, f"{self.name} has no component {c}: they count from 0 to {last}")
        name = f"{self.name}_{'xyz'[c]}"
        return ScalarQuantity(self.grid, name, self.unit, 1, lambda: self.values()[c : c + 1])

    @script("Region", "The quantity inside one region, zero elsewhere.")
    def region(self, index: int) -> VectorQuantity:
        return VectorInRegion(self, index)


class _InRegion(Quantity):
    """A quantity restricted to one region; its average runs over the region's cells, whatever the body."""

    def __init__(self, parent: Quantity, index: int) -> None:
        def inside() -> Values:
            return np.where(parent.grid.regions == index, parent.values(), 0.0)

        name = f"{parent.name}.region{index}"
        super().__init__(parent.grid, name, parent.unit, parent.components, inside)
        self._index = index

    def mean(self) -> tuple[float, ...]:
        cells = self.grid.regions == self._index
        if not cells.any():
            return (float("nan"),) * self.components
        return tuple(float(c[cells].mean()) for c in self.values())


class ScalarInRegion(_InRegion, ScalarQuantity):
    """A scalar quantity restricted to one region."""


class VectorInRegion(_InRegion, VectorQuantity):
    """A vector quantity restricted to one region."""


class Cropped(Quantity):
    """A block of cells cut out of a quantity."""

    def __init__(self, parent: Quantity, ranges: tuple[tuple[int, int], ...]) -> None:
        parts = []
        for axis, (low, high), n in zip("xyz", ranges, parent.mesh.n, strict=True):
            if not 0 <= low < high <= n:
                raise ScriptError(None, f"Crop: {axis} range {low}…{high} is outside 0…{n}")
            if (low, high) != (0, n):
                parts.append(f"{axis}range{low}_" if low + 1 == high else f"{axis}range{low}-{high}_")
        name = f"{parent.name}_{''.join(parts)}"
        (x1, x2), (y1, y2), (z1, z2) = ranges

        def block() -> Values:
            return parent.values()[:, z1:z2, y1:y2, x1:x2]

        super().__init__(parent.grid, name, parent.unit, parent.components, block, whole_box=True)
        self._mesh = Mesh((x2 - x1, y2 - y1, z2 - z1), parent.mesh.cell)

    @script("Average", "Average of each component.")
    def average(self) -> Numbers:
        return Numbers(self.mean())

    @property
    def mesh(self) -> Mesh:
        return self._mesh
