"""The paper's grid scheme for the magnetostatic energy: point dipoles on a cubic grid inside a sphere.

In: K, and a unit-magnetisation field on the grid's points (or nu, for the vortex Ansatz).
Out: the field of the dipoles and the profile g_d as Adams & Michels 2026 (Eqs. S13-S15) compute it.

This reproduces their numbers, discretisation error included; `profiles` gives the exact g_d. The sum over all
pairs is done directly, or as a convolution by FFT where there are many points; for the Ansatz, whose energy
density m.b repeats eight-fold (quarter turns about z map the texture onto itself, half turns about x and y
onto its reverse), only one point of each eight is summed.
"""

import math
from functools import cache

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray
from scipy.fft import irfftn, next_fast_len, rfftn

from reduced_model.errors import Array, ModelError, finite, whole

_DIRECT_UP_TO = 25  # K; beyond it the FFT is faster


def grid_points(K: int = 21) -> Array:
    """Points of the cubic grid in the unit sphere, (n, 3), x fastest (Adams & Michels 2026, Eq. S15).

    Whether a point on the surface belongs to the sphere is decided in integers: K = 21 has 4169 points.

    Examples
    --------
    >>> grid_points(21).shape
    (4169, 3)
    """
    return _odd_indices(K) / (K - 1.0)


def ansatz_on_grid(nu: float, K: int = 21) -> Array:
    """The vortex (Adams & Michels 2026, Eq. S2) of parameter nu >= 0 at the grid's points, shape (n, 3)."""
    if not finite("nu", nu) >= 0.0:
        raise ModelError.of("nu", nu, "zero or positive")
    points = grid_points(K)
    rho = np.hypot(points[:, 0], points[:, 1])
    swirl = nu * np.divide(np.tanh(nu * rho), nu * rho, out=np.ones_like(rho), where=nu * rho > 0.0)
    return np.stack((-swirl * points[:, 1], swirl * points[:, 0], 1.0 / np.cosh(nu * rho)), axis=1)


def grid_field(m: Array, K: int = 21, method: str = "auto") -> Array:
    """Field b_d/mu0 of the grid's dipoles at its points (Adams & Michels 2026, Eq. S14, its 2/3 m included).

    Parameters
    ----------
    m : ndarray, shape (n, 3)
        Unit vectors at `grid_points(K)`; any texture.
    K : int
        Points along an edge of the cube, at least 2.
    method : str
        "direct" (every pair, in parallel), "fft" (zero-padded convolution), or "auto".
    """
    points = _odd_indices(K)
    texture = np.ascontiguousarray(m, dtype=float)
    if texture.shape != points.shape:
        raise ModelError(f"m has shape {texture.shape}: {points.shape} is needed, a vector at every point")
    if method not in ("auto", "direct", "fft"):
        raise ModelError.of("method", method, "auto, direct or fft")
    if method == "fft" or (method == "auto" and K > _DIRECT_UP_TO):
        sums = _convolve(texture, K)
    else:
        sums = _sum_dipoles(*_transposed(points, texture), np.arange(len(points)))
    return _field(texture, sums)


def grid_g_d(nu: float | None = None, *, m: Array | None = None, K: int = 21, method: str = "auto") -> float:
    """g_d by the paper's grid scheme (Adams & Michels 2026, Eq. S13).

    Parameters
    ----------
    nu : float, optional
        The vortex parameter of the Ansatz, >= 0; or else
    m, K, method
        As for `grid_field`.

    Raises
    ------
    ModelError
        If neither or both of nu and m are given.

    Examples
    --------
    >>> print(f"{grid_g_d(0.0):.12f} {grid_g_d(4.443):.12f}")
    0.331758478875 0.479900087002
    """
    if (nu is None) == (m is None):
        raise ModelError("grid_g_d takes either nu or a texture m")
    volume = (2.0 / (whole("K", K, 2) - 1.0)) ** 3
    if m is not None or method == "fft" or K > _DIRECT_UP_TO:
        texture = ansatz_on_grid(nu, K) if m is None and nu is not None else np.asarray(m, dtype=float)
        return 3.0 / (8.0 * math.pi) * volume * float(np.sum(texture * grid_field(texture, K, method)))
    texture = ansatz_on_grid(nu, K)  # type: ignore[arg-type]
    chosen, copies = _representatives(K)
    field = _field(texture[chosen], _sum_dipoles(*_transposed(_odd_indices(K), texture), chosen))
    return 3.0 / (8.0 * math.pi) * volume * float(copies @ np.sum(texture[chosen] * field, axis=1))


def _field(m: Array, sums: Array) -> Array:
    """b_d/mu0 from the dipole sums over odd indices: they are 2r/spacing, so that dV/r^3 = 8/index^3."""
    return 2.0 / 3.0 * m + 8.0 / (4.0 * math.pi) * sums


def _transposed(points: NDArray[np.int64], m: Array) -> tuple[Array, Array]:
    """Both as (3, n) floats, so that the pair loop reads along memory."""
    return np.ascontiguousarray(points.T, dtype=float), np.ascontiguousarray(m.T)


@cache
def _odd_indices(K: int) -> NDArray[np.int64]:
    """Twice the points' positions in units of the spacing: integers of one parity, (n, 3), x fastest."""
    edge = whole("K", K, 2) - 1
    i = np.arange(-edge, edge + 1, 2)
    z, y, x = np.meshgrid(i, i, i, indexing="ij")
    inside = x * x + y * y + z * z <= edge * edge
    points = np.stack((x[inside], y[inside], z[inside]), axis=1)
    points.flags.writeable = False
    return points


@cache
def _representatives(K: int) -> tuple[NDArray[np.int64], Array]:
    """Index of one point of each set that the Ansatz's symmetry relates, and the sizes of these sets."""
    x, y, z = _odd_indices(K).T
    edge = K - 1
    turned = [(x, y, z), (-y, x, z), (-x, -y, z), (y, -x, z)]  # about z
    images = turned + [(a, -b, -c) for a, b, c in turned]  # and then half a turn about x
    base = 2 * edge + 1
    labels = [((c + edge) * base + b + edge) * base + a + edge for a, b, c in images]
    _, chosen, copies = np.unique(np.max(labels, axis=0), return_index=True, return_counts=True)
    return chosen, copies.astype(float)


@njit(parallel=True, fastmath=True, cache=True)
def _sum_dipoles(points, m, chosen):
    """Sum over j != i of 3 (m_j.r) r/r^5 - m_j/r^3 at the chosen points i, shape (len(chosen), 3)."""
    out = np.empty((len(chosen), 3))
    for a in prange(len(chosen)):
        i = chosen[a]
        bx, by, bz = 0.0, 0.0, 0.0
        for first, last in ((0, i), (i + 1, points.shape[1])):
            for j in range(first, last):
                x, y = points[0, i] - points[0, j], points[1, i] - points[1, j]
                z = points[2, i] - points[2, j]
                inverse2 = 1.0 / (x * x + y * y + z * z)
                inverse3 = inverse2 * math.sqrt(inverse2)
                dot = 3.0 * inverse2 * (m[0, j] * x + m[1, j] * y + m[2, j] * z)
                bx += inverse3 * (dot * x - m[0, j])
                by += inverse3 * (dot * y - m[1, j])
                bz += inverse3 * (dot * z - m[2, j])
        out[a, 0], out[a, 1], out[a, 2] = bx, by, bz
    return out


def _convolve(m: Array, K: int) -> Array:
    """The same sums at all points as a convolution on the zero-padded cube."""
    size = next_fast_len(2 * K - 1, real=True)
    shape = (size, size, size)
    z, y, x = ((_odd_indices(K) + (K - 1)) // 2).T[::-1]
    spectra = []
    for component in range(3):
        cube = np.zeros((K, K, K))
        cube[z, y, x] = m[:, component]
        spectra.append(rfftn(cube, s=shape))
    lags = np.fft.fftfreq(size, 0.5 / size)
    r = (lags[None, None, :], lags[None, :, None], lags[:, None, None])
    r2 = r[0] ** 2 + r[1] ** 2 + r[2] ** 2
    r2[0, 0, 0] = 1.0
    decay = r2**-2.5
    decay[0, 0, 0] = 0.0
    totals = [np.zeros_like(spectra[0]) for _ in range(3)]
    for p in range(3):
        for q in range(p + 1):
            kernel = rfftn((3.0 * r[p] * r[q] - (r2 if p == q else 0.0)) * decay)
            totals[p] += kernel * spectra[q]
            if p != q:
                totals[q] += kernel * spectra[p]
    return np.stack([irfftn(total, s=shape)[z, y, x] for total in totals], axis=1)
