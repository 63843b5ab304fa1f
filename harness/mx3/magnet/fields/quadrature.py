"""MuMax3's demagnetising tensor: the interaction of two equal cells by midpoint sums instead of closed forms.

In: cell edges, the number of cells along each axis, its periodic repetitions, an accuracy.
Out: the six tensor components on the octant of non-negative cell offsets, stored as Newell's tensor is.

A cell magnetised along an edge has charges on the two faces at its ends, and what it does to another cell is
their field averaged over that cell. Both integrals are sums over midpoints: n_a points along each edge d_a of
the cell that feels the field, 2 n_a along the edges of the charged faces, with n_a = d_a accuracy / gap
rounded, at least 1. The gap is the distance between the nearest corners of the two cells; where they touch,
the shortest edge. Staggered so, no two points meet, but a component is off by up to some 1e-3.

The scheme is MuMax3's (Vansteenkiste et al., AIP Advances 4, 107133, 2014), its numbers of points are those
of 3.11.1. Only distances between points enter, and along an edge the 2 n^2 pairs of points have but 4 n - 2
different ones; so three sums with weights do what five do point by point.
"""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray

from harness.mx3.magnet.fields.offsets import add_folded, fold, pieces

_MOST_POINTS = 5e5
"""Points in a cell that touches its neighbour; each stands for about 2000 terms in the sums of all cells."""


def quadrature_tensor(
    n: tuple[int, int, int],
    cell: tuple[float, float, float],
    repetitions: tuple[int, int, int] = (0, 0, 0),
    accuracy: float = 6.0,
) -> NDArray[np.float64]:
    """Demagnetising tensor between a cell and those at non-negative offsets, as MuMax3 integrates it.

    Parameters
    ----------
    n, cell : (nx, ny, nz) and (dx, dy, dz)
        Number of cells and cell edges along x, y, z; only the ratios of the edges matter.
    repetitions : (px, py, pz)
        As `demag_tensor` takes them.
    accuracy : float
        Points along an edge as long as the gap; 6 in MuMax3 unless a script sets DemagAccuracy.

    Returns
    -------
    ndarray, shape (6, sz, sy, sx)
        Components xx, yy, zz, xy, xz, yz with H = -N M, stored as `demag_tensor` stores them. The charges are
        those of the first axis, the field is along the second.

    Examples
    --------
    >>> abs(float(quadrature_tensor((1, 1, 1), (1e-9, 1e-9, 1e-9))[0, 0, 0, 0]) - 1 / 3) < 1e-3
    True
    """
    (ix, wx), (iy, wy), (iz, wz) = (fold(*axis) for axis in zip(n, repetitions, strict=True))
    tensor = np.zeros((6, *(int(index.max()) + 1 for index in (iz, iy, ix))))
    for first, (along_x, along_y, along_z) in pieces(ix.size, iy.size, iz.size):
        where = ix[along_x], iy[along_y], iz[along_z]
        share = wx[:, along_x], wy[:, along_y], wz[:, along_z]
        _add_offsets(tensor, np.array(cell, dtype=np.float64), accuracy, first, *where, *share)
    return tensor


def largest_accuracy(cell: tuple[float, float, float]) -> float:
    """Accuracy up to which the sums, which grow with its third power, take about ten seconds at most."""
    return float(f"{(_MOST_POINTS * min(cell) ** 3 / math.prod(cell)) ** (1 / 3):.2g}")


@numba.njit(cache=True)
def _add_offsets(tensor, cell, accuracy, first, ix, iy, iz, wx, wy, wz):  # type: ignore[no-untyped-def]
    """Add to `tensor` the offsets from `first` on, where and as `fold` says."""
    offset, points = np.empty(3, np.int64), np.empty(3, np.int64)
    for k in range(iz.size):
        for j in range(iy.size):
            for i in range(ix.size):
                offset[0], offset[1], offset[2] = first[0] + i, first[1] + j, first[2] + k
                _count_points(points, offset, cell, accuracy)
                xx, xy, zx = _averaged_field(0, 1, 2, offset, points, cell)
                yy, yz, _ = _averaged_field(1, 2, 0, offset, points, cell)
                zz, _, _ = _averaged_field(2, 0, 1, offset, points, cell)
                add_folded(tensor, (-xx, -yy, -zz, -xy, -zx, -yz), (i, j, k), ix, iy, iz, wx, wy, wz)


@numba.njit(cache=True)
def _count_points(points, offset, cell, accuracy):  # type: ignore[no-untyped-def]
    """Points along each edge of a cell at this offset."""
    square = 0.0
    for a in range(3):
        gap = max(offset[a] - 1, 0) * cell[a]
        square += gap * gap
    largest_step = (math.sqrt(square) if square > 0.0 else cell.min()) / accuracy
    for a in range(3):
        points[a] = int(max(cell[a] / largest_step, 1.0) + 0.5)


@numba.njit(cache=True)
def _averaged_field(u, v, w, offset, points, cell):  # type: ignore[no-untyped-def]
    """Field along u, v and w of a cell of unit magnetisation along u, averaged over the cell at `offset`."""
    nu, nv, nw = points[u], points[v], points[w]
    hu = hv = hw = 0.0
    for a in range(2 * nu):  # the first half are distances from the face of positive charge
        ru = cell[u] * (offset[u] + (a + 0.5) / nu - 1.0)
        charge = 1.0 if a < nu else -1.0
        for b in range(1 - 2 * nv, 2 * nv - 1):
            rv = cell[v] * (offset[v] + (b + 0.5) / (2 * nv))
            pairs_v = nv - (max(b, -1 - b) + 1) // 2
            for c in range(1 - 2 * nw, 2 * nw - 1):
                rw = cell[w] * (offset[w] + (c + 0.5) / (2 * nw))
                pairs = pairs_v * (nw - (max(c, -1 - c) + 1) // 2)
                square = ru * ru + rv * rv + rw * rw
                pull = charge * pairs / (square * math.sqrt(square))
                hu += pull * ru
                hv += pull * rv
                hw += pull * rw
    share = cell[v] * cell[w] / (16.0 * math.pi * nu * (nv * nw) ** 2)
    return hu * share, hv * share, hw * share
