"""Quantities: what scripts tabulate, save, average and combine.

In: functions that compute arrays from the session's present state. Out: objects with name, unit, components,
values on the grid and an average, and the methods scripts call on them.

Averages follow MuMax3: m and everything computed from other quantities average over the magnet, weighted by
fill; fields such as B_demag, energy densities, parameters and excitations average over the whole box.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from harness.mx3.errors import ScriptError
from harness.mx3.language.values import Numbers, Vector, script
from harness.mx3.magnet.mesh import Mesh

if TYPE_CHECKING:
    from harness.mx3.session.session import Session

Values = np.ndarray
"""Shape (components, nz, ny, nx)."""


class Quantity:
    """Anything with values in every cell.

    Parameters
    ----------
    session : Session
    name, unit : str
        As in MuMax3's table header.
    components : int
    compute : callable
        Returns the values, shape (components, nz, ny, nx).
    whole_box : bool
        Whether its average runs over the whole box instead of the magnet.
    """

    script_type = "quantity"

    def __init__(
        self,
        session: Session,
        name: str,
        unit: str,
        components: int,
        compute: Callable[[], Values],
        *,
        whole_box: bool = False,
    ) -> None:
        self.session, self.name, self.unit, self.components = session, name, unit, components
        self.whole_box, self._compute = whole_box, compute

    @property
    def mesh(self) -> Mesh:
        """Grid the values live on."""
        return self.session.mesh

    def values(self) -> Values:
        """Present values, shape (components, nz, ny, nx)."""
        return self._compute()

    def mean(self) -> tuple[float, ...]:
        """Average of each component, over the box or the magnet."""
        if self.whole_box:
            return tuple(float(c.mean()) for c in self.values())
        return self.session.magnet.average(self.values())

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

    def __init__(
        self, session: Session, go_type: str, components: int, compute: Callable[[], Values]
    ) -> None:
        super().__init__(session, f"unnamed.*engine.{go_type}", "?", components, compute)


class ScalarValue(Quantity):
    """One number for the whole magnet, such as an energy."""

    script_type = "scalar quantity"

    def __init__(self, session: Session, name: str, unit: str, number: Callable[[], float]) -> None:
        super().__init__(session, name, unit, 1, lambda: np.full((1, *session.mesh.shape), number()))
        self.number = number

    def mean(self) -> tuple[float, ...]:
        return (self.number(),)

    @script("Get", "Present value.")
    def get(self) -> float:
        return self.number()

    @script("Average", "Present value.")
    def average(self) -> float:
        return self.number()


class ScalarField(Quantity):
    """One number in every cell."""

    script_type = "scalar field"

    @script("Average", "Average value.")
    def average(self) -> float:
        return self.mean()[0]

    @script("Region", "The quantity inside one region, zero elsewhere.")
    def region(self, index: int) -> ScalarField:
        return ScalarRegion(self, index)


class VectorField(Quantity):
    """A vector in every cell."""

    script_type = "vector field"

    @script("Average", "Average vector.")
    def average(self) -> Vector:
        return Vector(self.mean())

    @script("Comp", "One component: 0, 1 or 2.")
    def comp(self, c: int) -> ScalarField:
        return component(self, c)

    @script("Region", "The quantity inside one region, zero elsewhere.")
    def region(self, index: int) -> VectorField:
        return VectorRegion(self, index)


def component(parent: Quantity, c: int) -> ScalarField:
    """Component c of a quantity, averaged over the magnet."""
    if not 0 <= c < parent.components:
        raise ScriptError(
            None, f"{parent.name} has no component {c}: they count from 0 to {parent.components - 1}"
        )
    name = f"{parent.name}_{'xyz'[c]}"
    return _OnMeshOf(parent, name, lambda: parent.values()[c : c + 1])


class _OnMeshOf(ScalarField):
    """A scalar field on its parent's grid."""

    def __init__(self, parent: Quantity, name: str, compute: Callable[[], Values]) -> None:
        super().__init__(parent.session, name, parent.unit, 1, compute)
        self._parent = parent

    @property
    def mesh(self) -> Mesh:
        return self._parent.mesh

    def mean(self) -> tuple[float, ...]:
        if self._parent.mesh.shape != self.session.mesh.shape:
            return tuple(float(c.mean()) for c in self.values())
        return super().mean()


def _inside_region(parent: Quantity, index: int) -> Values:
    return np.where(parent.session.regions == index, parent.values(), 0.0)


def _region_mean(quantity: Quantity, index: int) -> tuple[float, ...]:
    """Average over the region's cells, whatever the geometry, as MuMax3."""
    cells = quantity.session.regions == index
    if not cells.any():
        return (float("nan"),) * quantity.components
    return tuple(float(c[cells].mean()) for c in quantity.values())


class ScalarRegion(ScalarField):
    """A scalar quantity restricted to one region."""

    def __init__(self, parent: Quantity, index: int) -> None:
        name = f"{parent.name}.region{index}"
        super().__init__(parent.session, name, parent.unit, 1, lambda: _inside_region(parent, index))
        self._index = index

    def mean(self) -> tuple[float, ...]:
        return _region_mean(self, self._index)


class VectorRegion(VectorField):
    """A vector quantity restricted to one region."""

    def __init__(self, parent: Quantity, index: int) -> None:
        name = f"{parent.name}.region{index}"
        super().__init__(parent.session, name, parent.unit, 3, lambda: _inside_region(parent, index))
        self._index = index

    def mean(self) -> tuple[float, ...]:
        return _region_mean(self, self._index)


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
        super().__init__(
            parent.session,
            name,
            parent.unit,
            parent.components,
            lambda: parent.values()[:, z1:z2, y1:y2, x1:x2],
            whole_box=True,
        )
        self._mesh = Mesh((x2 - x1, y2 - y1, z2 - z1), parent.mesh.cell)

    @script("Average", "Average of each component.")
    def average(self) -> Numbers:
        return Numbers(self.mean())

    @property
    def mesh(self) -> Mesh:
        return self._mesh
