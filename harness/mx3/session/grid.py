"""The cells of a script: the grid, how much of each cell the body fills, and the regions.

In: cell counts, cell edges, a shape and region indices from the script. Out: a mesh, fills, region indices
and averages over the body; a ScriptError for cells of odd size and for more cells than fit into memory.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import psutil

from harness.mx3.errors import ScriptError
from harness.mx3.language.expressions import Variable
from harness.mx3.language.signatures import Part
from harness.mx3.magnet.mesh import Mesh, filled_average
from harness.mx3.session.shapes import Shape, fill_fraction

N_REGIONS = 256
BYTES_PER_CELL = 1000
"""Memory one cell of the grid needs at worst, demagnetising kernel and padded work arrays included."""
SMALLEST_CELL_M, LARGEST_CELL_M, LARGEST_ASPECT = 1e-15, 1e3, 1e4
"""Cell edges beyond these are slips of the pen (1 m is a habit of tests that need no length)."""


Counts = tuple[int, int, int]
Edges = tuple[float, float, float]


class Grid(Part):
    """Cells, the body among them, and their regions.

    Attributes
    ----------
    log : callable
        Takes a line for the log of the run.
    edge_smooth : Variable
        The script's EdgeSmooth.
    version : int
        Raised whenever the regions may have changed.
    """

    def __init__(self, log: Callable[[str], None]) -> None:
        self.log = log
        self.edge_smooth = Variable(int, 0, _check_edge_smooth)
        self.version = 0
        self._n: Counts | None = None
        self._cell: Edges | None = None
        self._repetitions: Counts = (0, 0, 0)
        self._mesh: Mesh | None = None
        self._shape: Shape | None = None
        self._fill = self._regions = np.zeros(0)
        self._definitions: list[Callable[[], None]] = []

    @property
    def mesh(self) -> Mesh:
        """The mesh; ScriptError if it is not set."""
        if self._mesh is None:
            raise ScriptError(None, "set the grid first, with SetGridSize and SetCellSize")
        return self._mesh

    @property
    def cell(self) -> Edges | None:
        """Edges of a cell in m, None before they are set."""
        return self._cell

    def resize(self, n: Counts | None, cell: Edges | None) -> bool:
        """Take cell counts or cell edges (m); returns whether the mesh, known once both are, has changed."""
        if n is not None and min(n) < 1:
            raise ScriptError(None, f"the grid needs at least one cell along each axis, got {_times(n)}")
        if cell is not None:
            _refuse_odd_cell(cell)
        self._n, self._cell = n or self._n, cell or self._cell
        if self._n is None or self._cell is None:
            return False
        _refuse_too_large(self._n)
        if (mesh := Mesh(self._n, self._cell, self._repetitions)) == self._mesh:
            return False
        if self._mesh is not None:
            self.log("resizing...")
        self._mesh = mesh
        self.set_regions(np.zeros(mesh.shape, np.uint8))
        for define in self._definitions:
            define()
        self._fill = self._filled_by(self._shape)
        return True

    def repeat(self, repetitions: Counts) -> bool:
        """Take periodic repetitions; returns whether a known mesh has changed. Its cells stay as they are."""
        if refusal := negative_repetitions(*repetitions):
            raise ScriptError(None, refusal)
        self._repetitions = repetitions
        if self._mesh is None or self._mesh.repetitions == repetitions:
            return False
        self.log("resizing...")
        self._mesh = replace(self._mesh, repetitions=repetitions)
        return True

    # ---- the body -------------------------------------------------------------------------------------

    @property
    def fill(self) -> np.ndarray:
        """Share of each cell that the body fills, shape (nz, ny, nx)."""
        _ = self.mesh
        return self._fill

    @property
    def shape(self) -> Shape | None:
        """The body's shape; None where it is the box."""
        return self._shape

    def set_shape(self, shape: Shape) -> None:
        """Take the body's shape; ScriptError if no cell lies inside."""
        self._fill = self._filled_by(shape)
        self._shape = shape

    def _filled_by(self, shape: Shape | None) -> np.ndarray:
        if shape is None:
            return np.ones(self.mesh.shape)
        fill = fill_fraction(shape, self.mesh, self.edge_smooth.value)
        if not fill.any():
            raise ScriptError(
                None, "SetGeom: no cell lies inside the shape; check its size against the grid's"
            )
        return fill

    def average(self, values: np.ndarray) -> tuple[float, ...]:
        """Mean over the body of each component of values (components, nz, ny, nx), weighted by fill."""
        return filled_average(values, self.fill)

    def holds_centre(self, ix: int, iy: int, iz: int) -> bool:
        """Whether the centre of a cell lies inside the body's shape."""
        if self._shape is None:
            return True
        point = (self.mesh.axis_centres(axis)[i : i + 1] for axis, i in enumerate((ix, iy, iz)))
        return bool(self._shape(*point)[0])

    def checked_cell(self, ix: int, iy: int, iz: int) -> tuple[int, int, int]:
        """Array index (iz, iy, ix) of a cell; ScriptError if it is not on the grid."""
        if not all(0 <= i < n for i, n in zip((ix, iy, iz), self.mesh.n, strict=True)):
            raise ScriptError(None, f"cell ({ix}, {iy}, {iz}) is outside the grid of {_times(self.mesh.n)}")
        return iz, iy, ix

    # ---- regions --------------------------------------------------------------------------------------

    @property
    def regions(self) -> np.ndarray:
        """Region index of each cell, shape (nz, ny, nx)."""
        _ = self.mesh
        return self._regions

    def define_region(self, define: Callable[[], None]) -> None:
        """Apply a definition, which writes into `regions`, now and again whenever the mesh changes."""
        define()
        self._definitions.append(define)
        self.version += 1

    def set_regions(self, regions: np.ndarray) -> None:
        """Take the region index of each cell, shape (nz, ny, nx), until the mesh changes."""
        self._regions = regions
        self.version += 1


def checked_region(index: int) -> int:
    """The index of a region; ScriptError if there is none of it."""
    if not 0 <= index < N_REGIONS:
        raise ScriptError(None, f"region {index} is outside 0 to {N_REGIONS - 1}")
    return index


def negative_repetitions(*repetitions: int | None) -> str | None:
    """Why periodic repetitions are refused, None among them where they are not known yet; or None."""
    if all(p is None or p >= 0 for p in repetitions):
        return None
    return "periodic repetitions must be 0 (open) or more, got " + ", ".join(
        "?" if p is None else str(p) for p in repetitions
    )


def _times(n: Counts) -> str:
    return "×".join(map(str, n))


def _refuse_odd_cell(cell: Edges) -> None:
    """Refuse cell edges (m) that are not positive, or far from any magnet's."""
    shown = ", ".join(f"{c:g}" for c in cell)
    if not all(0 < c < math.inf for c in cell):
        raise ScriptError(None, f"cell edges must be positive lengths in m, got {shown}")
    low, high = min(cell), max(cell)
    if low < SMALLEST_CELL_M or high > LARGEST_CELL_M or high > LARGEST_ASPECT * low:
        limits = f"{SMALLEST_CELL_M:g} and {LARGEST_CELL_M:g} m, and within a factor {LARGEST_ASPECT:g}"
        raise ScriptError(None, f"cell edges must lie between {limits} of each other; got {shown}")


def _refuse_too_large(n: Counts) -> None:
    """Refuse a grid that does not fit into the memory that is free."""
    needed, free = math.prod(n) * BYTES_PER_CELL, psutil.virtual_memory().available
    if needed > free:
        memory = f"about {needed / 1e9:.3g} GB of memory, {free / 1e9:.3g} GB are free"
        raise ScriptError(None, f"a grid of {_times(n)} cells needs {memory}")


def _check_edge_smooth(value: int) -> None:
    if not 0 <= value <= 64:
        raise ScriptError(None, f"EdgeSmooth must lie between 0 and 64, got {value}")
