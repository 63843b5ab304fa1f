"""Demagnetising tensor of two equal rectangular cells.

In: cell edges, the number of cells along each axis and its periodic repetitions.
Out: the six tensor components on the octant of non-negative cell offsets; along a periodic axis summed over
the images and folded into half a period.

Near cells use the closed forms of Newell, Williams and Dunlop (J. Geophys. Res. 98, 9551, 1993), whose
second differences lose about (r/d)^6 of the working precision; they are therefore evaluated in extended
precision and only up to a few cell edges.  Beyond, the same double volume integral is a dipole field
averaged over the distribution of the distance between two points of the two cells, which is triangular
along each axis; a Gauss rule for that weight converges geometrically and cancels nothing.
"""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray

from harness.mx3.magnet.fields.offsets import ODD_AXES, add_folded, fold, pieces

NEAR = 4.0
"""Offsets shorter than this many longest cell edges use the closed forms."""
_DIGITS = 14.0
"""Decimal digits asked of the Gauss rule."""
_MAX_NODES = 16


def demag_tensor(
    n: tuple[int, int, int],
    cell: tuple[float, float, float],
    repetitions: tuple[int, int, int] = (0, 0, 0),
) -> NDArray[np.float64]:
    """Demagnetising tensor between a cell and those at non-negative offsets.

    Parameters
    ----------
    n, cell : (nx, ny, nz) and (dx, dy, dz)
        Number of cells and cell edges along x, y, z; only the ratios of the edges matter.
    repetitions : (px, py, pz)
        0 for an open axis. On a periodic one every cell sees the cells less than p n offsets away, itself and
        its images among them, as MuMax3's SetPBC has it: the same surroundings for every cell.

    Returns
    -------
    ndarray, shape (6, sz, sy, sx)
        Components xx, yy, zz, xy, xz, yz with H = -N M. Along an open axis s = n; along a periodic one
        s = n // 2 + 1, the rest following from the parity. Without repetitions the trace is 1 at zero
        offset and 0 elsewhere.

    Examples
    --------
    >>> float(abs(demag_tensor((1, 1, 1), (1.0, 1.0, 1.0))[0, 0, 0, 0] - 1 / 3)) < 1e-15
    True
    """
    scale = max(cell)
    d = tuple(c / scale for c in cell)
    folds = [fold(*axis) for axis in zip(n, repetitions, strict=True)]
    tensor = np.zeros((6, *(int(index.max()) + 1 for index, _ in reversed(folds))))
    nodes, weights = np.zeros((2, _MAX_NODES, _MAX_NODES))
    for k in range(_MAX_NODES):
        nodes[k, : k + 1], weights[k, : k + 1] = _triangular_gauss(k + 1)
    (ix, wx), (iy, wy), (iz, wz) = folds
    for first, (along_x, along_y, along_z) in pieces(ix.size, iy.size, iz.size):
        where = ix[along_x], iy[along_y], iz[along_z]
        share = wx[:, along_x], wy[:, along_y], wz[:, along_z]
        _add_far_tensor(tensor, np.array(d), nodes, weights, NEAR, _DIGITS, first, *where, *share)
    nx, ny, nz = (min(len(folds[a][0]), math.floor(NEAR / d[a]) + 1) for a in range(3))
    block = _near_tensor((nx, ny, nz), d)
    x, y, z = (np.arange(k) * d[a] for a, k in enumerate((nx, ny, nz)))
    block *= z[:, None, None] ** 2 + y[:, None] ** 2 + x**2 < NEAR**2
    for c, odd in enumerate(ODD_AXES):
        wx, wy, wz = (w[int(axis in odd)] for axis, (_, w) in enumerate(folds))
        share = wz[:nz, None, None] * wy[:ny, None] * wx[:nx]
        np.add.at(tensor[c], np.ix_(iz[:nz], iy[:ny], ix[:nx]), share * block[c])
    return tensor


def _near_tensor(n: tuple[int, int, int], d: tuple[float, ...]) -> NDArray[np.float64]:
    """Closed-form tensor on the octant of `n` offsets, shape (6, nz, ny, nx)."""
    x, y, z = (np.arange(-1, n[a] + 1).astype(np.longdouble) * np.longdouble(d[a]) for a in range(3))
    x, y, z = x[None, None, :], y[None, :, None], z[:, None, None]
    factor = -4 * np.pi * np.longdouble(d[0]) * d[1] * d[2]
    values = (_f(x, y, z), _f(y, x, z), _f(z, y, x), _g(x, y, z), _g(x, z, y), _g(y, z, x))
    out = []
    for value in values:
        full = np.broadcast_to(value, (n[2] + 2, n[1] + 2, n[0] + 2))
        for axis in range(3):
            full = np.diff(full, 2, axis=axis)
        out.append(np.asarray(full / factor, dtype=np.float64))
    return np.stack(out)


def _f(x: NDArray, y: NDArray, z: NDArray) -> NDArray:
    """Newell's f, whose second differences along all three axes give N_xx (his Eq. 27)."""
    r = np.sqrt(x * x + y * y + z * z)
    rxz, rxy = np.sqrt(x * x + z * z), np.sqrt(x * x + y * y)
    value = (2 * x * x - y * y - z * z) * r / 6
    value = value + _times(y * (z * z - x * x) / 2, np.arcsinh, y, rxz)
    value = value + _times(z * (y * y - x * x) / 2, np.arcsinh, z, rxy)
    return value - _times(x * y * z, np.arctan, y * z, x * r)


def _g(x: NDArray, y: NDArray, z: NDArray) -> NDArray:
    """Newell's g, whose second differences along all three axes give N_xy (his Eq. 32)."""
    r = np.sqrt(x * x + y * y + z * z)
    rxy, ryz, rxz = np.sqrt(x * x + y * y), np.sqrt(y * y + z * z), np.sqrt(x * x + z * z)
    value = -x * y * r / 3
    value = value + _times(x * y * z, np.arcsinh, z, rxy)
    value = value + _times(y * (3 * z * z - y * y) / 6, np.arcsinh, x, ryz)
    value = value + _times(x * (3 * z * z - x * x) / 6, np.arcsinh, y, rxz)
    value = value - _times(z**3 / 6, np.arctan, x * y, z * r)
    value = value - _times(z * y * y / 2, np.arctan, x * z, y * r)
    return value - _times(z * x * x / 2, np.arctan, y * z, x * r)


def _times(factor: NDArray, function: np.ufunc, a: NDArray, b: NDArray) -> NDArray:
    """factor * function(a / b), zero where b vanishes (the factor vanishes there too)."""
    zero = b == 0
    return np.where(zero, 0, factor * function(a / np.where(zero, 1, b)))


def _triangular_gauss(k: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nodes and weights of the k-point Gauss rule for the weight 1 - |t| on [-1, 1].

    The recurrence coefficients come from Stieltjes' procedure on a fine Gauss-Legendre grid of each half.
    """
    t, w = np.polynomial.legendre.leggauss(64)
    t = np.concatenate([(t - 1) / 2, (t + 1) / 2])
    w = np.concatenate([w, w]) / 2 * (1 - np.abs(t))
    previous, current = np.zeros_like(t), np.ones_like(t)
    norm = w.sum()
    beta: list[float] = []
    for _ in range(k - 1):
        following = t * current - (beta[-1] if beta else 0.0) * previous
        new_norm = np.sum(w * following**2)
        beta.append(new_norm / norm)
        previous, current, norm = current, following, new_norm
    jacobi = np.diag(np.sqrt(beta), 1) + np.diag(np.sqrt(beta), -1)
    nodes, vectors = np.linalg.eigh(jacobi)
    return nodes, vectors[0] ** 2 * w.sum()


@numba.njit(cache=True)
def _add_far_tensor(tensor, d, nodes, weights, near, digits, first, ix, iy, iz, wx, wy, wz):  # type: ignore[no-untyped-def]
    """Add to `tensor` offsets from `first` on of at least `near` longest edges, where and as `fold` says."""
    nx, ny, nz = ix.size, iy.size, iz.size
    volume = d[0] * d[1] * d[2]
    count = np.empty(3, np.int64)
    for k in range(nz):
        for j in range(ny):
            for i in range(nx):
                x, y, z = (first[0] + i) * d[0], (first[1] + j) * d[1], (first[2] + k) * d[2]
                r = math.sqrt(x * x + y * y + z * z)
                if r < near:
                    continue
                for a in range(3):
                    wanted = digits * math.log(10.0) / (2 * math.log(r / d[a]))
                    count[a] = min(max(math.ceil(wanted), 1), nodes.shape[0])
                xx = yy = zz = xy = xz = yz = 0.0
                for c in range(count[2]):
                    pz = z + d[2] * nodes[count[2] - 1, c]
                    for b in range(count[1]):
                        py = y + d[1] * nodes[count[1] - 1, b]
                        wzy = weights[count[2] - 1, c] * weights[count[1] - 1, b]
                        for a in range(count[0]):
                            px = x + d[0] * nodes[count[0] - 1, a]
                            s = px * px + py * py + pz * pz
                            w = wzy * weights[count[0] - 1, a] / (s * s * math.sqrt(s))
                            xx += w * (s - 3 * px * px)
                            yy += w * (s - 3 * py * py)
                            zz += w * (s - 3 * pz * pz)
                            xy -= 3 * w * px * py
                            xz -= 3 * w * px * pz
                            yz -= 3 * w * py * pz
                f = volume / (4 * math.pi)
                values = f * xx, f * yy, f * zz, f * xy, f * xz, f * yz
                add_folded(tensor, values, (i, j, k), ix, iy, iz, wx, wy, wz)
