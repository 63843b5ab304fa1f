"""The profile functions g_ex, g_ux, g_uz, g_z, g_d of the hyperbolic vortex, with two derivatives.

In: nu >= 0, any array, the ratio of the particle's radius to the width of the vortex core.
Out: `Profiles` by one-dimensional quadrature to rounding error, and the table the loop kernels interpolate.

The volume averages of the Ansatz (Adams & Michels 2026, Eqs. S9-S12) depend on rho = r sin(theta) alone, and
integrating over r first leaves <f> = 3 int_0^1 f(nu s) c^2 dc with s = sqrt(1 - c^2). The texture has no
volume charge, so the sixfold magnetostatic integral (S13) reduces to the surface charge sech(nu s) c, and
with its Legendre coefficients sigma_l (l odd) g_d = 1/2 - (3/2) sum_l [sigma_l/(2l + 1)]^2.
Every integrand is analytic in c but for poles at c^2 = 1 + (pi/2nu)^2, so that Gauss-Legendre nodes in c and
the series in l both converge like rho^-2n, rho = exp(asinh(pi/2nu)): 640 nodes serve nu = 50.
"""

import math
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numba import njit
from numpy.typing import ArrayLike

from reduced_model.errors import Array, ModelError
from reduced_model.results import Result
from reduced_model.vortex.kernels import DEGREE, NU_MAX, PANELS

_RULES = (32, 64, 128, 192, 256, 320, 384, 448, 512, 576, 640)  # Gauss nodes on -1 < c < 1; c > 0 are used


@dataclass(frozen=True, eq=False, repr=False)
class Profiles(Result):
    """The five profile functions, each an array shaped as the nu they were asked for."""

    g_ex: Array
    """Exchange (002 Eq. S9), 2 nu^2 at small nu."""
    g_ux: Array
    """Anisotropy with the axis across the core (S10), (1 - g_uz)/2."""
    g_uz: Array
    """Anisotropy with the axis along the core (S11), <sech^2>."""
    g_z: Array
    """Mean magnetisation along the core (S12), <sech>."""
    g_d: Array
    """Magnetostatic gain (S13), 1/3 for the uniform state, 1/2 for full flux closure."""
    first: "Profiles | None" = None
    """d/dnu of each, if asked for."""
    second: "Profiles | None" = None
    """d2/dnu2 of each, if asked for."""

    table_columns = ("g_ex", "g_ux", "g_uz", "g_z", "g_d")


def profiles(nu: ArrayLike, derivatives: int = 0) -> Profiles:
    """Profile functions of the vortex Ansatz, exact to rounding (Adams & Michels 2026, Eqs. S9-S13).

    Parameters
    ----------
    nu : array_like, shape (...)
        Vortex parameter, 0 to 50.
    derivatives : int
        0, 1 or 2: how many derivatives with respect to nu come along in `.first`, `.second`.

    Returns
    -------
    Profiles
        Arrays shaped as `nu`; absolute error below 1e-13.

    Examples
    --------
    >>> g = profiles([1.0, 4.443], derivatives=1)
    >>> g.g_d.round(8), g.first.g_d.round(8)
    (array([0.38242417, 0.48858984]), array([0.07217201, 0.00642485]))
    """
    values = np.asarray(nu, dtype=float)
    if derivatives not in (0, 1, 2):
        raise ModelError.of("derivatives", derivatives, "0, 1 or 2")
    bad = ~((values >= 0.0) & (values <= NU_MAX))
    if bad.any():
        raise ModelError.of("nu", float(values[bad].flat[0]), f"between 0 and {NU_MAX:g}")
    flat = np.ascontiguousarray(values.ravel())
    result = np.empty((3, 5, flat.size))
    sizes = np.searchsorted([_largest_nu(n) for n in _RULES[:-1]], flat)
    for i in np.unique(sizes):
        chosen = sizes == i
        result[:, :, chosen] = _quadrature(flat[chosen], _RULES[i], derivatives)
    shaped = result.reshape((3, 5) + values.shape)
    value, first, second = (Profiles(*columns) for columns in shaped)
    return replace(value, first=first if derivatives else None, second=second if derivatives > 1 else None)


def _largest_nu(nodes: int) -> float:
    """The nu up to which a rule's error, about rho^-2n, stays below 1e-19."""
    return 0.5 * math.pi / math.sinh(44.0 / (2 * nodes))


def _quadrature(nu: Array, nodes: int, derivatives: int) -> Array:
    """The five functions and their derivatives, shape (3, 5, n), with a rule of `nodes` nodes."""
    c, s, weight, kernel = _rule(nodes)
    result = np.zeros((3, 5, nu.size))
    charge = np.empty((derivatives + 1, nu.size, c.size))
    _averages(nu, c, s, weight, -np.expm1(-nu[:, None] * s), result, charge)
    potential = charge[0] @ kernel
    result[0, 4] = 0.5 - 1.5 * _dots(potential, charge[0])
    if derivatives:
        result[1, 4] = -3.0 * _dots(potential, charge[1])
    if derivatives == 2:
        result[2, 4] = -3.0 * (_dots(charge[1] @ kernel, charge[1]) + _dots(potential, charge[2]))
    return result


def _dots(a: Array, b: Array) -> Array:
    """Scalar products of the rows of two matrices."""
    return np.asarray(np.einsum("ij,ij->i", a, b))


@njit(cache=True)
def _averages(nu, c, s, weight, falls, result, charge):
    """From falls[i, j] = 1 - exp(-nu_i s_j): averages into result[:, :4], the surface charge into charge."""
    orders = charge.shape[0]  # sums stay in registers: that is worth a third of the time
    for i in range(nu.size):
        v = nu[i]
        ex0, uz0, z0, ex1, uz1, z1, ex2, uz2, z2 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        for j in range(c.size):
            sj, q = s[j], falls[i, j]
            vs, e = v * sj, 1.0 - q
            inverse = 1.0 / (1.0 + e * e)
            t, h = q * (2.0 - q) * inverse, 2.0 * e * inverse  # tanh and sech, without cancellation
            h2, w = h * h, 3.0 * c[j] * c[j] * weight[j]
            over = t / sj
            ex0 += w * (v * v * h2 + over * over)
            uz0 += w * h2
            z0 += w * h
            charge[0, i, j] = h * c[j]
            if orders > 1:
                slope = h * t * sj
                ex1 += w * 2.0 * h2 * (v + over - v * vs * t)
                uz1 -= w * 2.0 * h * slope
                z1 -= w * slope
                charge[1, i, j] = -slope * c[j]
            if orders > 2:
                bend = sj * sj * h * (1.0 - 2.0 * h2)
                ex2 += w * h2 * (2.0 - 8.0 * vs * t + vs * vs * (4.0 - 6.0 * h2) + 2.0 * (3.0 * h2 - 2.0))
                uz2 += w * sj * sj * h2 * (4.0 - 6.0 * h2)
                z2 += w * bend
                charge[2, i, j] = bend * c[j]
        result[0, 0, i], result[0, 1, i], result[0, 2, i], result[0, 3, i] = ex0, (1.0 - uz0) / 2.0, uz0, z0
        if orders > 1:
            result[1, 0, i], result[1, 1, i], result[1, 2, i], result[1, 3, i] = ex1, -uz1 / 2.0, uz1, z1
        if orders > 2:
            result[2, 0, i], result[2, 1, i], result[2, 2, i], result[2, 3, i] = ex2, -uz2 / 2.0, uz2, z2


@cache
def _rule(nodes: int) -> tuple[Array, ...]:
    """Gauss-Legendre rule on 0 < c < 1: c, s = sqrt(1 - c^2), weights, and the kernel of the series for g_d.

    The series is the quadratic form of the surface charge with sum_l P_l(c) P_l(c'), odd l < nodes, weighted.

    Newton's method in theta on a recurrence in 1 - c: the outermost s, where a narrow core sits, would
    otherwise lose five digits to the rounding of c.
    """
    theta = np.pi * (np.arange(1, nodes // 2 + 1) - 0.25) / (nodes + 0.5)
    for _ in range(5):  # the estimate is good to 1e-4 and Newton is quadratic; the last pass only evaluates
        s = np.sin(theta)
        p, difference = _legendre(nodes, 2.0 * np.sin(theta / 2.0) ** 2)
        slope = nodes / s * (2.0 * np.sin(theta / 2.0) ** 2 * p[nodes] - difference)  # sin(theta) P'(cos)
        theta = theta + p[nodes] / slope
    weight = 2.0 / (slope * slope)
    weighted = weight * p[1:nodes:2]
    return np.cos(theta), np.sin(theta), weight, weighted.T @ weighted


def _legendre(degree: int, z: Array) -> tuple[Array, Array]:
    """P_0 ... P_degree at c = 1 - z, shape (degree + 1, len(z)), and P_degree - P_(degree-1)."""
    p = np.empty((degree + 1, z.size))
    p[0], p[1] = 1.0, 1.0 - z
    difference = -z
    for n in range(1, degree):
        difference = (n * difference - (2 * n + 1) * z * p[n]) / (n + 1)
        p[n + 1] = p[n] + difference
    return p, difference


@cache
def profile_table() -> Array:
    """The piecewise polynomial that `kernels.interpolate` evaluates, built once (about 20 ms).

    Coefficients (panels, degree + 1, 15), read-only, of g, g'/nu and g'' of the five functions. All fifteen
    are even in nu and analytic but on the imaginary axis beyond i pi/2, so panels of equal width in
    log(1 + nu^2) need the same low degree everywhere, and the symmetry at nu = 0 is exact.
    """
    t, nu2 = panel_nodes()
    nu = np.sqrt(nu2)
    g = profiles(np.minimum(nu, NU_MAX), derivatives=2)
    columns = [(p.g_ex, p.g_ux, p.g_uz, p.g_z, p.g_d) for p in (g, g.first, g.second) if p is not None]
    samples = np.stack([*columns[0], *(column / nu for column in columns[1]), *columns[2]], axis=-1)
    chebyshev = np.cos(np.outer(np.arange(DEGREE + 1), np.arccos(t))) * (2.0 / (DEGREE + 1))
    chebyshev[0] /= 2.0
    return as_powers(chebyshev @ samples)


def panel_nodes() -> tuple[Array, Array]:
    """Chebyshev nodes (degree + 1) on -1 < t < 1, and nu^2 (panels, degree + 1) at them in every panel."""
    t = np.cos(np.pi * (np.arange(DEGREE + 1) + 0.5) / (DEGREE + 1))
    width = math.log1p(NU_MAX**2) / PANELS
    return t, np.expm1(width * (np.arange(PANELS)[:, None] + 0.5 * (t + 1.0)))


def as_powers(coefficients: Array) -> Array:
    """Chebyshev coefficients (panels, degree + 1, n) as those of powers of t, read-only."""
    power = np.zeros((DEGREE + 1, DEGREE + 1))
    for n in range(DEGREE + 1):
        power[n, : n + 1] = np.polynomial.chebyshev.cheb2poly(np.eye(n + 1)[n])
    table = np.ascontiguousarray(power.T @ coefficients)  # not power.T folded into them: that costs digits
    table.flags.writeable = False
    return table
