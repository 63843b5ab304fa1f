"""The body that magnetic cells form: whether it is a sphere, of what radius, and how sure that is.

In: which cells hold a moment, how much of each is filled, the cells' sides. Out: a Body.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

LARGEST_OVERLAP = 1.0
"""Cells by which a sphere's farthest filled centre may be farther out than its nearest empty one: at most
0.25 where cells are kept by their centres, 0.9 where every cell that is touched is."""
SAMPLES = (2, 4, 8)
"""EdgeSmooth: samples along a side of a cell, of which one inside keeps it."""
CLEARER, ASKED_ACROSS = 0.05, 9
"""Cells by which a sphere that touches the cells must fit better than one that holds their centres, and cells
across from which this is asked; the latter must also miss by twice as much, as a centroid off by it does."""
ASPECT_NOISE = 9.0
"""A sphere n cells across is longer one way than another by less than a share of 9/n^2, at any offset: 6 at
most where cells are kept by their centres, 8 where every cell that is touched is."""
BOX_FILLED = 0.97
"""Share of its box from which a body is a cuboid."""


@dataclass(frozen=True, eq=False)
class Body:
    """What the magnetic cells fill."""

    shape: str
    """"sphere", "ellipsoid", "cylinder", "cuboid", "several bodies" or "other"."""
    bodies: int
    """Number of pieces that meet in no face, edge or corner."""
    radius_m: float
    """Radius of the sphere of their volume; of a sphere whose cells were kept where it touches them, and so
    stand out, between the farthest of those and the nearest of the others."""
    radius_error_m: float
    """Largest distance from that radius to the two bounds and to the radius by moments."""
    innermost_empty_m: float
    farthest_filled_m: float
    """Distances from the centroid, of cell centres or of the nearest points of touched cells: the radius of a
    sphere lies between the farthest filled and the nearest empty one."""
    kept_where_touched: bool
    """Whether the cells fit a sphere that touches them all better than one that holds their centres."""
    semi_axes_m: tuple[float, float, float]
    """Of the ellipsoid with the same second moments, descending."""
    extents_m: tuple[float, float, float]
    """Of the box around the cells, along x, y, z."""
    box_share: float
    """Share of that box that is filled: 0.524 for a ball, 0.785 for a cylinder, 1 for a cuboid."""
    centre_m: tuple[float, float, float]
    """Centroid, from the centre of the grid."""

    @property
    def is_sphere(self) -> bool:
        """Whether the cells may be those of a sphere."""
        return self.shape == "sphere"

    def __str__(self) -> str:
        axes = " × ".join(f"{2e9 * axis:.4g}" for axis in self.semi_axes_m)
        box = " × ".join(f"{1e9 * extent:.4g}" for extent in self.extents_m)
        words = {
            "sphere": f"a sphere of {1e9 * self.radius_m:.4g} ± {1e9 * self.radius_error_m:.2g} nm",
            "ellipsoid": f"an ellipsoid of {axes} nm",
            "cylinder": f"a cylinder or disc in {box} nm",
            "cuboid": f"a cuboid of {box} nm",
            "several bodies": f"{self.bodies} bodies apart in {box} nm",
        }
        reach, empty = 1e9 * self.farthest_filled_m, 1e9 * self.innermost_empty_m
        other = f"a body of {reach:.4g} nm from its centroid, with empty cells from {empty:.4g} nm on"
        return words.get(self.shape, other)


def find_body(fill: Vector, cell_m: Any) -> Body:
    """Measure a body.

    Parameters
    ----------
    fill : array, shape (nz, ny, nx)
        Share of each cell that is magnetic, 0 to 1; some cell must be.
    cell_m : (3,) floats
        Cell sides along x, y, z in m.
    """
    from scipy.ndimage import label  # a tenth of a second, and few commands need it

    cell = np.asarray(cell_m, dtype=float)
    index = np.argwhere(fill > 0)[:, ::-1]
    weights = fill[fill > 0]
    places = index * cell
    centroid = np.average(places, axis=0, weights=weights)
    away = places - centroid
    moments = (away.T * weights) @ away / weights.sum() + np.diag(cell**2 / 12)
    lengths, axes = np.linalg.eigh(5 * moments)
    semi_axes = np.sqrt(lengths[::-1])
    box = fill[tuple(slice(low, high + 1) for low, high in zip(*_ends(index[:, ::-1]), strict=True))]
    empty = np.argwhere(np.pad(box, 1) == 0)[:, ::-1] * cell + (index.min(axis=0) - 1) * cell - centroid
    radius = float((3 * weights.sum() * np.prod(cell) / (4 * np.pi)) ** (1 / 3))
    by_moments = float(np.sqrt(5 / 3 * np.trace(moments)))
    farthest, innermost = _bounds(away, empty, 0 * cell)
    by_centres = farthest - innermost
    others = [farthest, innermost, by_moments]
    reaches = [_bounds(away, empty, cell * (1 - 1 / n) / 2) for n in SAMPLES]
    clearer, best = CLEARER * float(cell.max()), min(far - near for far, near in reaches)
    resolved = bool((weights == 1).all()) and 2 * radius >= ASKED_ACROSS * float(cell.max())
    touched = resolved and by_centres > 2 * clearer and best < by_centres - clearer
    if touched:
        others = [end for each in reaches if each[0] - each[1] < best + clearer for end in each]
        farthest, innermost = min(others), max(others)
        radius = (farthest + innermost) / 2
    bodies = int(label(fill > 0, np.ones((3, 3, 3)))[1])
    share = float(box.mean())
    scaled = [np.linalg.norm(v @ axes / np.sqrt(lengths), axis=1) for v in (away, empty)]
    overlaps = (by_centres, float((scaled[0].max() - scaled[1].min()) * semi_axes[-1]))
    return Body(
        shape=_shape(box, bodies, share, [o / cell.max() for o in overlaps], semi_axes / cell.max()),
        bodies=bodies,
        radius_m=radius,
        radius_error_m=max(abs(radius - other) for other in others),
        innermost_empty_m=innermost,
        kept_where_touched=touched,
        farthest_filled_m=farthest,
        semi_axes_m=_triple(semi_axes),
        extents_m=_triple(np.array(box.shape[::-1]) * cell),
        box_share=share,
        centre_m=_triple(centroid - cell * (np.array(fill.shape[::-1]) - 1) / 2),
    )


def _shape(box: Vector, bodies: int, share: float, overlaps: list[float], semi_axes: Vector) -> str:
    """The body's name; overlaps from a sphere and from an ellipsoid, and semi-axes, in cells."""
    across = 2 * float(semi_axes.mean())
    round_enough = semi_axes[0] / semi_axes[-1] <= 1 + ASPECT_NOISE / across**2
    if bodies > 1:
        return "several bodies"
    if share >= BOX_FILLED and box.size > 1:
        return "cuboid"
    if overlaps[0] <= LARGEST_OVERLAP and round_enough:
        return "sphere"
    filled = box > 0
    for axis in range(3):
        if (filled == filled.any(axis=axis, keepdims=True)).all() and abs(share - np.pi / 4) < 0.05:
            return "cylinder"
    if overlaps[1] <= LARGEST_OVERLAP:
        return "ellipsoid"
    return "other"


def _bounds(filled: Vector, empty: Vector, half: Vector) -> tuple[float, float]:
    """How far out the nearest point of a filled cell is at most, and of an empty one at least."""
    far, near = (np.linalg.norm(np.maximum(np.abs(v) - half, 0.0), axis=1) for v in (filled, empty))
    return float(far.max()), float(near.min())


def _ends(index: NDArray[np.int64]) -> tuple[Vector, Vector]:
    return index.min(axis=0), index.max(axis=0)


def _triple(vector: Vector) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in vector)
    return x, y, z
