"""Polynomials on the unit ball: an orthonormal basis, quadrature nodes, and transforms between the two.

In: a degree N. Out: a `Ball` that turns coefficients of any number of components into values and gradients
at the nodes, and back by the transposed maps. Lengths are in units of the sphere's radius.

Basis (Zernike polynomials in three dimensions, real spherical harmonics Y_lm), orthonormal on the ball:
    Z_nlm = sqrt(2n+3) r^l P_s^(0, l+1/2)(2r^2-1) Y_lm,   n = l + 2s <= N.
Nodes: Gauss-Jacobi in r^2, Gauss-Legendre in cos theta, equispaced in phi. Every map is a product of three
small matrices, radial, polar, azimuthal: O(N^4) a field.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import eval_jacobi, roots_jacobi, roots_legendre

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Ball:
    """Polynomials of degree up to N on the unit ball, and nodes that integrate products of them."""

    degree: int
    """N, largest total degree."""
    nodes_degree: int | None = None
    """Degree whose nodes are taken, N if None: balls of one `nodes_degree` share their nodes."""
    max_order: int | None = None
    """Largest azimuthal number, N if None: 1 holds every state that is axisymmetric about z, for a tenth of
    the work, and 2 the modes that tilt one."""
    oversampling: float = 1.5
    """Nodes a direction over those that integrate the products of two basis functions exactly."""
    half: bool = False
    """Nodes of the upper half alone, for fields that a half turn about y with reversed time leaves as they
    are (even) or inverts (odd): what is integrated must then be even, and the nodes' weights are doubled."""

    @property
    def n_basis(self) -> int:
        """Number of basis functions, (N+1)(N+2)(N+3)/6."""
        return len(self.n)

    @cached_property
    def extent(self) -> tuple[int, int, int]:
        """Extent (l, s, m) of the padded array of coefficients; m = 0, then cos and sin of 1, 2, ..."""
        return self.degree + 1, self.degree // 2 + 1, 2 * self.order + 1

    @property
    def order(self) -> int:
        """Largest azimuthal number."""
        return self.degree if self.max_order is None else min(self.max_order, self.degree)

    @cached_property
    def _where(self) -> tuple[NDArray[np.int64], ...]:
        """Places (l, s, m) of the basis functions in the padded array."""
        ell, s, m = np.indices(self.extent)
        inside = (ell + 2 * s <= self.degree) & ((m + 1) // 2 <= ell)
        return ell[inside], s[inside], m[inside]

    @cached_property
    def ell(self) -> NDArray[np.int64]:
        """Angular degree of every basis function."""
        return self._where[0]

    @cached_property
    def n(self) -> NDArray[np.int64]:
        """Total degree of every basis function."""
        return self._where[0] + 2 * self._where[1]

    @cached_property
    def m(self) -> NDArray[np.int64]:
        """Azimuthal number: m for cos(m phi), -m for sin(m phi)."""
        place = self._where[2]
        return np.where(place % 2, (place + 1) // 2, -(place // 2))

    @cached_property
    def turned(self) -> NDArray[np.int64]:
        """Sign that every basis function takes in a half turn about y, (n_basis,)."""
        return np.where(self.m >= 0, 1, -1) * np.where(self.ell % 2, -1, 1)

    @cached_property
    def sectors(self) -> tuple[Array, Array]:
        """Ones where an even vector field has coefficients, and where an odd one has, (3, n_basis) each."""
        even = np.stack([self.turned > 0, self.turned < 0, self.turned > 0])
        return even.astype(float), (~even).astype(float)

    @cached_property
    def _rule(self) -> tuple[Array, Array, Array, Array, Array]:
        """Nodes and weights: r, w_r, cos theta, w_theta, phi."""
        degree = self.degree if self.nodes_degree is None else self.nodes_degree
        per_side = math.ceil(self.oversampling * (degree + 2))
        t, w = roots_jacobi(per_side // 2 + 2, 0.0, 0.5)  # in 2 r^2 - 1: the weight is r^2 dr up to a factor
        r, w_r = np.sqrt((1.0 + t) / 2.0), w * 0.5 * 2.0**-1.5
        c, w_c = roots_legendre(per_side)
        if self.half:
            upper = c > -1e-12
            c, w_c = c[upper], np.where(c[upper] > 1e-12, 2.0, 1.0) * w_c[upper]
        n_phi = 2 * per_side if self.order == self.degree else min(2 * per_side, 4 * (self.order + 1))
        return r, w_r, c, w_c, 2.0 * math.pi * np.arange(n_phi) / n_phi

    @property
    def shape(self) -> tuple[int, int, int]:
        """Nodes (phi, theta, r)."""
        r, _, c, _, phi = self._rule
        return phi.size, c.size, r.size

    @cached_property
    def weights(self) -> Array:
        """Quadrature weights at the nodes; they sum to 4 pi/3."""
        _, w_r, _, w_c, phi = self._rule
        return np.broadcast_to(w_c[:, None] * w_r * (2.0 * math.pi / phi.size), self.shape).copy()

    @cached_property
    def frame(self) -> Array:
        """Unit vectors e_r, e_theta, e_phi at the nodes, (phi, theta, 3 vectors, 3 components)."""
        _, _, c, _, phi = self._rule
        s = np.sqrt(1.0 - c**2)
        C, S, c, s = np.cos(phi)[:, None], np.sin(phi)[:, None], c[None], s[None]
        zero = np.zeros_like(C * c)
        rows = ((s * C, s * S, c + zero), (c * C, c * S, zero - s), (zero - S, C + zero, zero))
        return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)

    @cached_property
    def points(self) -> Array:
        """Nodes (phi, theta, r, 3)."""
        return self.frame[:, :, None, 0, :] * self._rule[0][:, None]

    @cached_property
    def _radial(self) -> tuple[Array, Array]:
        """(l, r, s): radial functions and their derivatives; zero where n > N."""
        r = self._rule[0]
        ell, s, _ = self.extent
        return radial_functions(r, np.arange(ell), np.arange(s), self.degree)

    @cached_property
    def _polar(self) -> tuple[Array, Array]:
        """(m, theta, l): normalised Legendre functions and their derivatives in theta."""
        P, dP = legendre_functions(self._rule[2], self.degree)
        order = (np.arange(2 * self.order + 1) + 1) // 2
        return P[order], dP[order]

    @cached_property
    def _azimuthal(self) -> tuple[Array, Array]:
        """(phi, m): cosines and sines, and their derivatives in phi; normalised."""
        phi = self._rule[4]
        return trigonometric_functions(phi, self.order)

    @cached_property
    def _per_r(self) -> Array:
        return 1.0 / self._rule[0]

    @cached_property
    def _per_sin(self) -> Array:
        c = self._rule[2]
        return 1.0 / np.sqrt(1.0 - c**2)

    def pad(self, coefficients: Array) -> Array:
        """(C, n_basis) as the padded array (l, s, C, m)."""
        ell, s, m = self._where
        extent = self.extent
        padded = np.zeros((extent[0], extent[1], coefficients.shape[0], extent[2]))
        padded[ell, s, :, m] = coefficients.T
        return padded

    def unpad(self, padded: Array) -> Array:
        """The padded array (l, s, C, m) as (C, n_basis)."""
        ell, s, m = self._where
        return np.ascontiguousarray(padded[ell, s, :, m].T)

    def values(self, coefficients: Array) -> Array:
        """(C, n_basis) -> (phi, theta, r, C)."""
        C = coefficients.shape[0]
        middle = self._to_polar(self._radial_of(coefficients, self._radial[0]), self._polar[0])
        return self._to_phi(middle, self._azimuthal[0], C)

    def expand(self, coefficients: Array) -> tuple[Array, Array, Array, Array]:
        """Values and the derivatives along e_r, e_theta, e_phi, each (phi, theta, r, C)."""
        C = coefficients.shape[0]
        padded = self.pad(coefficients)
        R = self._radial_of(padded, self._radial[0])
        slope = self._radial_of(padded, self._radial[1])
        (P, dP), (T, dT) = self._polar, self._azimuthal
        RP = self._to_polar(R, P)
        per_r = self._per_r[:, None]
        value = self._to_phi(RP, T, C)
        along_phi = self._to_phi(RP, dT, C) * (self._per_sin[:, None, None] * per_r)
        along_theta = self._to_phi(self._to_polar(R, dP), T, C) * per_r
        along_r = self._to_phi(self._to_polar(slope, P), T, C)
        return value, along_r, along_theta, along_phi

    def collect(self, value: Array | None, along_r: Array, along_theta: Array, along_phi: Array) -> Array:
        """The transposed map of `expand`: fields at the nodes -> (C, n_basis); weights are the caller's."""
        C = along_r.shape[-1]
        (P, dP), (T, dT) = self._polar, self._azimuthal
        per_r = self._per_r[:, None]
        RP = self._from_phi(along_phi * (self._per_sin[:, None, None] * per_r), dT)
        if value is not None:
            RP += self._from_phi(value, T)
        R = self._from_polar(RP, P, C) + self._from_polar(self._from_phi(along_theta * per_r, T), dP, C)
        slope = self._from_polar(self._from_phi(along_r, T), P, C)
        return self.unpad(self._from_radial(R, self._radial[0]) + self._from_radial(slope, self._radial[1]))

    def project(self, value: Array) -> Array:
        """Coefficients of the polynomial nearest a field at the nodes, (phi, theta, r, C) -> (C, n_basis)."""
        return self.gather(value * self.weights[..., None])

    def gather(self, weighted: Array) -> Array:
        """The transposed map of `values`, (phi, theta, r, C) -> (C, n_basis)."""
        C = weighted.shape[-1]
        middle = self._from_polar(self._from_phi(weighted, self._azimuthal[0]), self._polar[0], C)
        return self.unpad(self._from_radial(middle, self._radial[0]))

    def carried(self, c: Array, other: Ball) -> Array:
        """Coefficients of this ball on another; what the other lacks is left out."""
        index = {key: j for j, key in enumerate(zip(*(place.tolist() for place in self._where), strict=True))}
        found = [index.get(key, -1) for key in zip(*(place.tolist() for place in other._where), strict=True)]
        return np.where(np.array(found) >= 0, c[:, found], 0.0)

    def at(self, c: Array, points: Array) -> Array:
        """Values at any points of the ball, (C, n_basis) and (n, 3) -> (n, C)."""
        r = np.linalg.norm(points, axis=1)
        cosine = np.divide(points[:, 2], r, out=np.zeros_like(r), where=r > 0.0)
        L, S, _ = self.extent
        R = radial_functions(r, np.arange(L), np.arange(S), self.degree)[0]
        P = legendre_functions(np.clip(cosine, -1.0, 1.0), self.degree, slopes=False)[0]
        T = trigonometric_functions(np.arctan2(points[:, 1], points[:, 0]), self.order)[0]
        order = (np.arange(T.shape[1]) + 1) // 2
        of_radial = np.einsum("lps,lsCm->mlpC", R, self.pad(c))
        return np.einsum("mlpC,mpl,pm->pC", of_radial, P[order], T, optimize=True)

    def stiffness(self, ell: int) -> Array:
        """(s, s): integral of grad Z . grad Z' over the ball for functions of angular degree l."""
        r, w = self._rule[:2]
        n = (self.degree - ell) // 2 + 1
        value, slope = self._radial[0][ell, :, :n] / r[:, None], self._radial[1][ell, :, :n]
        return (slope * w[:, None]).T @ slope + ell * (ell + 1) * (value * w[:, None]).T @ value

    def _radial_of(self, coefficients: Array, matrix: Array) -> Array:
        padded = coefficients if coefficients.ndim == 4 else self.pad(coefficients)
        ell, s, C, m = padded.shape
        out = np.matmul(matrix, padded.reshape(ell, s, C * m)).reshape(ell, -1, C, m)
        return np.ascontiguousarray(out.transpose(3, 0, 1, 2)).reshape(m, ell, -1)

    @staticmethod
    def _to_polar(of_radial: Array, matrix: Array) -> Array:
        return np.matmul(matrix, of_radial)

    def _to_phi(self, of_polar: Array, matrix: Array, C: int) -> Array:
        m = of_polar.shape[0]
        n_phi, n_theta, n_r = self.shape
        out = np.empty((n_phi, n_theta, n_r * C))
        by_theta = of_polar.reshape(m, n_theta, -1).transpose(1, 0, 2)
        np.matmul(matrix, by_theta, out=out.transpose(1, 0, 2))  # small products: a BLAS starts no threads
        return out.reshape(n_phi, n_theta, n_r, C)

    def _from_phi(self, field: Array, matrix: Array) -> Array:
        n_phi, n_theta = field.shape[:2]
        by_theta = field.reshape(n_phi, n_theta, -1).transpose(1, 0, 2)
        out = np.empty((matrix.shape[1], n_theta, by_theta.shape[2]))
        np.matmul(matrix.T, by_theta, out=out.transpose(1, 0, 2))
        return out

    def _from_polar(self, of_phi: Array, matrix: Array, C: int) -> Array:
        out = np.matmul(matrix.transpose(0, 2, 1), of_phi)
        m, ell = out.shape[:2]
        return np.ascontiguousarray(out.reshape(m, ell, -1, C).transpose(1, 2, 3, 0))

    @staticmethod
    def _from_radial(of_polar: Array, matrix: Array) -> Array:
        ell, r, C, m = of_polar.shape
        return np.matmul(matrix.transpose(0, 2, 1), of_polar.reshape(ell, r, C * m)).reshape(ell, -1, C, m)


def radial_functions(
    r: Array, ell: NDArray[np.int64], s: NDArray[np.int64], degree: int
) -> tuple[Array, Array]:
    """sqrt(2n+3) r^l P_s^(0, l+1/2)(2r^2-1) and its derivative, (l, r, s), zero where n = l + 2s > degree."""
    L, S, r = ell[:, None, None], s[None, None, :], np.asarray(r)[None, :, None]
    inside = degree >= L + 2 * S
    scale = np.sqrt(2.0 * (L + 2 * S) + 3.0) * inside
    x = 2.0 * r**2 - 1.0
    P = eval_jacobi(S, 0.0, L + 0.5, x)
    dP = np.where(S > 0, 0.5 * (S + L + 1.5) * eval_jacobi(np.maximum(S - 1, 0), 1.0, L + 1.5, x), 0.0)
    lower = np.where(L > 0, L * r ** np.maximum(L - 1, 0), 0.0)
    return scale * r**L * P, scale * (lower * P + 4.0 * r ** (L + 1) * dP)


def legendre_functions(c: Array, degree: int, *, slopes: bool = True) -> tuple[Array, Array]:
    """Normalised associated Legendre functions of cos theta and their derivatives in theta, (m, theta, l).

    Normalised so that the integral of P_lm^2 over cos theta is 1; zero where l < m.
    """
    c = np.asarray(c)
    s = np.sqrt(1.0 - c**2)
    P = np.zeros((degree + 1, c.size, degree + 1))
    dP = np.zeros_like(P)
    top = np.full(c.size, math.sqrt(0.5))
    for m in range(degree + 1):
        if m:
            top = top * s * math.sqrt((2 * m + 1) / (2 * m))
        P[m, :, m] = top
        if m < degree:
            P[m, :, m + 1] = math.sqrt(2 * m + 3) * c * top
        for ell in range(m + 2, degree + 1):
            a = math.sqrt((4 * ell * ell - 1) / (ell * ell - m * m))
            b = math.sqrt(((ell - 1) ** 2 - m * m) / (4 * (ell - 1) ** 2 - 1))
            P[m, :, ell] = a * (c * P[m, :, ell - 1] - b * P[m, :, ell - 2])
        for ell in range(m, degree + 1) if slopes else ():
            below = P[m, :, ell - 1] if ell > m else 0.0
            factor = math.sqrt((2 * ell + 1) * (ell * ell - m * m) / (2 * ell - 1)) if ell > m else 0.0
            dP[m, :, ell] = (ell * c * P[m, :, ell] - factor * below) / s
    return P, dP


def trigonometric_functions(phi: Array, degree: int) -> tuple[Array, Array]:
    """1/sqrt(2 pi), then cos and sin of m phi over sqrt(pi), and their derivatives in phi, (phi, m)."""
    phi = np.asarray(phi)
    T, dT = np.zeros((2, phi.size, 2 * degree + 1))
    T[:, 0] = 1.0 / math.sqrt(2.0 * math.pi)
    for m in range(1, degree + 1):
        C, S = np.cos(m * phi) / math.sqrt(math.pi), np.sin(m * phi) / math.sqrt(math.pi)
        T[:, 2 * m - 1], T[:, 2 * m] = C, S
        dT[:, 2 * m - 1], dT[:, 2 * m] = -m * S, m * C
    return T, dT
