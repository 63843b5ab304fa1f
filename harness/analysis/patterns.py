"""Patterns in a sphere's magnetisation that tell its states apart, each a number without a fit.

In: unit moments and where they sit, in units of R. Out: shares of circulation, radial pattern, antivortex;
the splay; where the core changes direction; how many cores a plane holds.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.analysis.ansatz import PURE_CIRCULATION

Vector = NDArray[np.float64]

CLEARLY_ALONG = 0.2
"""Least |mean of m along the axis| of a slab of the core that tells which way the core points there."""
SLAB_CELLS = 1.5
"""Thickness of those slabs in cells, so that none falls between two layers."""
REVERSAL_REACH = 1.5
"""Cells from the core's line, and from the height first found, that tell where it turns over."""
IN_PLANE = 0.1
"""Least component in the plane for which its direction means something."""
LARGEST_STEP_RAD = 2 * np.pi / 3
"""Angle between neighbours beyond which cells are too coarse to say which way m turns."""
RING = ((-1, -1), (0, -1), (1, -1), (1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0))
"""The eight neighbours of a point of the plane, once around."""
RING_RADIUS = 0.15
"""Distance in R at which wide cores are gone around."""


@dataclass(frozen=True)
class Patterns:
    """How much of each pattern a state holds."""

    deviation: float
    """Rms distance of the moments from their mean direction: 0 uniform, sqrt 2 without a mean."""
    circulation: float
    """|<(r/R) x m>| over its largest value 3 pi/16: 0 uniform, 1 pure circulation."""
    radial: float
    """|<(rho/R) . m>| about the mean direction, in the same unit: 1 where all moments point away from it."""
    splay: float
    """Rms of the part of m across its mean direction z that is linear in z times the place across: positive
    where moments open above the middle and close below (flower), negative where they bulge (onion)."""
    antivortex: float
    """Share of m ~ (x, -y) in any plane, in the same unit: 1 for a pure antivortex."""

    @property
    def outward(self) -> float:
        """The larger share of the deviation that the radial pattern or the splay explains."""
        radial = self.radial * PURE_CIRCULATION / np.sqrt(0.4)  # <rho^2> of the ball
        return max(radial, abs(self.splay)) / self.deviation if self.deviation > 0 else 0.0


def toroidal_moment(points: Vector, m: Vector) -> Vector:
    """<(r/R) x m>, (3,)."""
    return np.cross(points, m, axis=0).mean(axis=1)


def patterns_of(points: Vector, m: Vector) -> Patterns:
    """Every pattern of a state: points (3, n) in units of R, unit moments (3, n)."""
    mean = m.mean(axis=1)
    length = float(np.linalg.norm(mean))
    along = mean / length if length > 0 else np.array([0.0, 0.0, 1.0])
    height = along @ points
    across = points - np.outer(along, height)
    outward = (across * m).sum(axis=0)
    least, _, most = np.linalg.eigvalsh(_shear(points, m))
    return Patterns(
        deviation=float(np.sqrt(max(2 - 2 * length, 0.0))),
        circulation=float(np.linalg.norm(toroidal_moment(points, m))) / PURE_CIRCULATION,
        radial=float(abs(outward.mean())) / PURE_CIRCULATION,
        splay=_splay(height, across, m, along),
        antivortex=2 * float(max(min(most, -least), 0.0)) / PURE_CIRCULATION,
    )


def _splay(height: Vector, across: Vector, m: Vector, along: Vector) -> float:
    """Amplitude of m = z S r across z, S symmetric, by its eigenvalues of the trace's sign, and that sign."""
    frame = np.stack(tangents(along))
    place, part = height * (frame @ across), frame @ m
    norm = place @ place.T / len(height)
    slope = np.linalg.pinv(norm, rcond=1e-6) @ (place @ part.T) / len(height)
    values, vectors = np.linalg.eigh((slope + slope.T) / 2)
    kept = values * np.sign(values.sum()) > 0
    squares = (values**2 * np.einsum("ik,ij,jk->k", vectors, norm, vectors))[kept]
    return float(np.sign(values.sum()) * np.sqrt(squares.sum()))


def half_moments(points: Vector, m: Vector) -> tuple[float, float]:
    """Mean of m along its mean direction, on either side of that line where the moments differ most."""
    along = m.mean(axis=1) / np.linalg.norm(m.mean(axis=1))
    frame = np.stack(tangents(along))
    place = frame @ points
    bent = place * (along @ points) @ (frame @ m).T
    side = np.linalg.eigh((bent + bent.T) / 2)[1][:, 0] @ place > 0
    first, second = ((along @ m)[half].mean() for half in (side, ~side))
    return float(first), float(second)


def _shear(points: Vector, m: Vector) -> Vector:
    """Symmetric part of <m r>, (3, 3): eigenvalues (g, 0, -g) for an antivortex, 0 for a vortex."""
    first = m @ points.T / m.shape[1]
    return (first + first.T) / 2


def as_vortex(points: Vector, m: Vector) -> Vector:
    """An antivortex mirrored in its spins into the vortex it is the image of."""
    inward, _, outward = np.linalg.eigh(_shear(points, m))[1].T
    return m - np.outer(outward - inward, (outward - inward) @ m)


def core_reversals(points: Vector, m: Vector, axis: Vector, cell: float) -> tuple[Vector, NDArray[np.bool_]]:
    """Heights along the axis at which the core turns over, and the cells in whose height it points along it.

    The core is followed through slabs of the cells within one cell side of the axis; ``cell`` is the largest
    cell side, it and the heights in units of R.
    """
    height = axis @ points
    near = np.linalg.norm(points - np.outer(axis, height), axis=0) <= cell
    slab = np.unique(np.floor(height[near] / (SLAB_CELLS * cell)), return_inverse=True)[1]
    count = np.bincount(slab)
    mean, place = (np.bincount(slab, values[near]) / count for values in (axis @ m, height))
    clear = np.abs(mean) >= CLEARLY_ALONG
    mean, place = mean[clear], place[clear]
    turned = np.flatnonzero(mean[1:] * mean[:-1] < 0)
    below, above = mean[turned], mean[turned + 1]
    at = place[turned] + (place[turned + 1] - place[turned]) * below / (below - above)
    along_below = not mean.size or mean[0] > 0
    return at, (np.searchsorted(at, height) % 2 == 0) == along_below


def reversal_height(points: Vector, m: Vector, axis: Vector, near: float, cell: float) -> float:
    """Where along its line, to a share of a cell, a core turns over that does so near a height.

    The moments within a cell and a half of the line, m along it, are fitted with (z - h)/w between -1 and 1;
    points count from the core. Of heights and widths that fit alike the mean is taken: where whole layers
    turn at once nothing tells where between them.
    """
    height = axis @ points
    away = np.linalg.norm(points - np.outer(axis, height), axis=0)
    seen = (away <= REVERSAL_REACH * cell) & (np.abs(height - near) <= 2 * REVERSAL_REACH * cell)
    z, along = height[seen], np.clip((axis @ m)[seen], -1.0, 1.0)
    sign = 1.0 if (z - near) @ along >= 0 else -1.0
    places = near + cell * np.linspace(-REVERSAL_REACH, REVERSAL_REACH, 121)
    widths = cell * np.array([1e-3, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0])
    curves = np.clip((z - places[:, None, None]) / widths[:, None], -1.0, 1.0)
    weights = np.exp(-((away[seen] / cell) ** 2))
    misfit = (weights * (curves - sign * along) ** 2).sum(axis=-1)
    best = misfit <= misfit.min() + 1e-9
    return float(places[np.nonzero(best)[0]].mean())


def count_cores(
    m: Vector, magnetic: NDArray[np.bool_], cell: Vector, centre: Vector, axis: Vector
) -> tuple[int, int]:
    """Vortices and antivortices in the plane through the centre across an axis.

    Around a core the component in the plane turns once, with the way around it or against it. It is
    followed along eight points around each of a grid as fine as the cells, one cell and 0.15 R away, where
    it is more than 0.1 and turns by less than a third of a circle from one to the next.

    Parameters
    ----------
    m : (3, nz, ny, nx) array
        Unit moments.
    magnetic : (nz, ny, nx) array
        Where there are any.
    cell, centre : (3,) arrays
        Cell sides, and the sphere's centre from that of the grid, in units of R.
    axis : (3,) array
        Unit vector.
    """
    from scipy.ndimage import label, map_coordinates  # a tenth of a second, and few states need it

    plane = np.stack(tangents(axis))
    step = float(cell.min())
    line = step * np.arange(-np.ceil(1 / step), np.ceil(1 / step) + 1)
    place = np.einsum("ki,kuv->iuv", plane, np.stack(np.meshgrid(line, line, indexing="ij")))
    middle = (np.array(magnetic.shape[::-1]) - 1) / 2
    index = ((place + centre[:, None, None]) / cell[:, None, None] + middle[:, None, None])[::-1]
    first, second = (map_coordinates(np.einsum("i,i...->...", e, m), index, order=1) for e in plane)
    whole = map_coordinates(magnetic.astype(float), index, order=1) > 0.999
    angle = np.where(whole & (np.hypot(first, second) > IN_PLANE), np.arctan2(second, first), np.nan)
    found = []
    for reach in {1, max(1, round(RING_RADIUS / step))}:
        around = np.stack([np.roll(angle, (-reach * i, -reach * j), (0, 1)) for i, j in (*RING, RING[0])])
        steps = (np.diff(around, axis=0) + np.pi) % (2 * np.pi) - np.pi
        turns = np.where(np.abs(steps) < LARGEST_STEP_RAD, steps, np.nan).sum(axis=0) / (2 * np.pi)
        vortices, antivortices = (int(label(np.abs(turns - sign) < 0.5)[1]) for sign in (1, -1))
        found.append((vortices, antivortices))
    return max(found)


def tangents(axis: Vector) -> tuple[Vector, Vector]:
    """Two unit vectors that complete the axis to a right-handed frame."""
    first = np.cross(axis, np.eye(3)[np.argmin(np.abs(axis))])
    first /= np.linalg.norm(first)
    return first, np.cross(axis, first)
