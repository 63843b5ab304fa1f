"""The curvature of the energy at a state of a magnet: its smallest eigenvalues, with their modes.

In: a `Magnet` at rest. Out: eigenvalues lambda in tesla, and modes, of
    (m.B) v - P DB[v] = lambda v,   v tangent to the cells' unit moments,
DB the derivative of the effective field B, P the projection across m: the energy's second variation over the
mean square change of m, cells weighted by Ms and fill. No matrix is made, but on small meshes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator, eigsh

from harness.mx3.magnet.fields.demag import MU0
from harness.mx3.magnet.magnet import Magnet
from harness.mx3.magnet.solvers.equilibrium import ExchangePreconditioner

Array = NDArray[np.floating]

DENSE_UP_TO = 1200
"""Unknowns, two a cell, up to which all eigenvalues are computed unless told otherwise: half a second."""
TOLERANCE_T = 1e-5
RELATIVE_TOLERANCE = 3e-3
"""Equations of the two smallest eigenvalues are met to the larger of these, the second times its size; an
eigenvalue far from others is then good to the square of that."""
SMALL_T = 1e-3
"""Eigenvalues below it are computed in double precision; in single they err by up to 1e-7 T."""
SECOND_LOOK = 0.05
"""Relative residual to which the second random start, and eigenvalues above the two smallest, must come."""
MOST_PRODUCTS = 1500
SEEDS = (1, 2)
"""Of the two random blocks."""
_SHIFT = 0.1
"""In units of mu0 Ms: added to the exchange operator before the preconditioner inverts it."""
_GUARDS = 2
"""Vectors in a block beyond the modes wanted."""
_LARGEST_BASIS, _BASIS_BYTES = 60, 400_000_000
"""Vectors kept, with their images, before a search starts again from the best of them; fewer where cells are
many, but always a few blocks."""
_MOST_STARTS = 4


class Curvature:
    """The energy's second variation at the present state of a magnet, in coordinates across the moments.

    Parameters
    ----------
    magnet : Magnet
        In double precision; its cells that are frozen or have no moment are left out.

    Attributes
    ----------
    size : int
        Number of coordinates: two for each cell that can turn. The coordinates y of a change v have the
        length |y|^2 = sum w |v|^2, w the cells' shares of the moment.
    products : int
        Products with the second variation made so far; each takes a demagnetising field.
    """

    def __init__(self, magnet: Magnet) -> None:
        self._magnet, self.m = magnet, magnet.columns
        cells = np.flatnonzero(magnet.turns)
        if not cells.size:
            raise ValueError("no cell has a moment that can turn: Msat is zero, or all are frozen")
        moments = magnet.moments[cells]
        b = magnet.effective_field(self.m)
        self._along = np.sum(b * self.m, axis=0)
        self._scaled_frame = cells, _frame(self.m[:, cells]), np.sqrt(moments / moments.sum())
        self._gradient = -self.coordinates(b)
        self.torque_T = float(np.sqrt(np.sum(np.cross(self.m, b, axis=0) ** 2, axis=0).max()))
        self.size, self.products = 2 * cells.size, 0
        shift_T = _SHIFT * MU0 * float(moments.max() / magnet.fill.max())
        self._exchange_solve = ExchangePreconditioner(magnet.exchange, shift_T, np.float32)
        self._single_m = self.m.astype(np.float32)

    @property
    def gradient(self) -> Array:
        """The energy's first variation, in the coordinates and the unit (T) of the second."""
        return self._gradient

    def change(self, y: Array) -> Array:
        """The change of the moments, (3, N), that coordinates stand for."""
        v = np.zeros_like(self.m)
        _to_change(y.reshape(2, -1), *self._scaled_frame, v)
        return v

    def coordinates(self, v: Array) -> Array:
        """Coordinates of the part across m of a field (3, N)."""
        y = np.empty((2, self._scaled_frame[0].size))
        _to_coordinates(v, *self._scaled_frame, y)
        return y.ravel()

    def times(self, y: Array, single: bool = False) -> Array:
        """The second variation times a vector, in T; on request with the rounding of single precision."""
        self.products += 1
        v = self.change(y)
        h = self._magnet.field_derivative(self.m, v, single)
        np.subtract(self._along * v, h, out=h)
        return self.coordinates(h)

    def precondition(self, y: Array) -> Array:
        """Exchange, and a shift that stands for the rest, solved for approximately; positive definite."""
        v = self.change(y).astype(np.float32)
        self._exchange_solve(self._single_m, v)
        return self.coordinates(v)

    def largest_T(self) -> float:
        """A Rayleigh quotient above zero if there is one, else the largest eigenvalue, in T."""
        y = np.random.default_rng(SEEDS[0]).standard_normal(self.size)
        if (quotient := float(y @ self.times(y) / (y @ y))) > 0:
            return quotient
        if self.size <= DENSE_UP_TO:
            return float(np.linalg.eigvalsh(self.dense())[-1])
        product = LinearOperator((self.size, self.size), matvec=self.times, dtype=float)
        return float(eigsh(product, k=1, which="LA", tol=1e-3, v0=y, return_eigenvectors=False)[0])

    def dense(self) -> Array:
        """The second variation as a matrix, (size, size); symmetric to rounding."""
        return np.stack([self.times(e) for e in np.eye(self.size)])


@dataclass(frozen=True, eq=False)
class Spectrum:
    """The smallest eigenvalues of a curvature, ascending."""

    eigenvalues_T: Array
    """(k,)"""
    modes: Array
    """Coordinates of the modes, (k, size), of length 1."""
    residuals_T: Array
    """Lengths of H y - lambda y, (k,): within each of its eigenvalue lies one of the exact ones."""
    basis: str
    """Why no smaller eigenvalue is believed to exist."""
    converged: bool
    """Whether the eigenvalues' equations are met as well as asked, and the second look found no others."""
    negative: int | None = None
    """Number of negative eigenvalues of all; None where they were not counted."""


def spectrum(
    curvature: Curvature,
    k: int = 4,
    *,
    start: Array | None = None,
    dense: bool | None = None,
    seeds: tuple[int, int] = SEEDS,
) -> Spectrum:
    """The k smallest eigenvalues, by block Davidson steps from random vectors; on small meshes, all of them.

    After the first block has converged, a second random one looks, across the modes found, for what the first
    missed; what it finds is taken in and the search goes on.

    Parameters
    ----------
    curvature : Curvature
    k : int
        Eigenvalues wanted; fewer where there are fewer.
    start : array, shape (j, size), optional
        Modes of a neighbouring state. They save half the work, and stand in for the second look.
    dense : bool, optional
        Whether the matrix is made; by default for up to `DENSE_UP_TO` unknowns without a start.
    seeds : (int, int)
        Of the two random blocks.

    References
    ----------
    Davidson, J. Comput. Phys. 17, 87 (1975); Morgan and Scott, SIAM J. Sci. Stat. Comput. 7, 817 (1986).
    """
    k = min(k, curvature.size)
    if dense is None:
        dense = start is None and curvature.size <= DENSE_UP_TO
    if dense or curvature.size < 4 * (k + _GUARDS):
        return _all_of_them(curvature, k)
    first, second = (np.random.default_rng(seed) for seed in seeds)
    if start is not None:
        block = np.vstack([start[:k], _random(curvature, first, max(1, k + 1 - len(start)))])
        basis = f"modes of a neighbouring state and a random vector, seed {seeds[0]}"
        return _davidson(curvature, block, k, _goal, guards=1)._as_spectrum(k, basis)
    found = _davidson(curvature, _random(curvature, first, k + _GUARDS), k, _goal)
    basis = f"two random block starts, seeds {seeds[0]} and {seeds[1]}"
    for _ in range(_MOST_STARTS):
        block = _random(curvature, second, 2 + _GUARDS)
        missed = _davidson(
            curvature, block, 1, lambda values: SECOND_LOOK * np.abs(values), found.vectors[:k]
        )
        if missed.converged and missed.values[0] > found.values[k - 1] - found.residuals[k - 1]:
            return found._as_spectrum(k, basis)
        found = _davidson(curvature, np.vstack([found.vectors[:k], missed.vectors]), k, _goal)
    return found._as_spectrum(k, basis, converged=False)


def _goal(values: Array) -> Array:
    """Residuals to come to: the two smallest eigenvalues decide, the others show what lies above."""
    relative = np.where(np.arange(values.size) < 2, RELATIVE_TOLERANCE, SECOND_LOOK)
    return np.maximum(TOLERANCE_T, relative * np.abs(values))


def _all_of_them(curvature: Curvature, k: int) -> Spectrum:
    """From the dense matrix: the count of negative eigenvalues is exact, by Sylvester's law."""
    matrix = curvature.dense()
    matrix = (matrix + matrix.T) / 2
    values, vectors = np.linalg.eigh(matrix)
    modes = vectors.T[:k]
    residuals = np.linalg.norm(modes @ matrix - values[:k, None] * modes, axis=1)
    negative = int(np.count_nonzero(values < 0))
    basis = f"all {values.size} eigenvalues of the dense matrix, {negative} of them negative"
    return Spectrum(values[:k], modes, residuals, basis, True, negative)


@dataclass(frozen=True, eq=False)
class _Found:
    values: Array
    vectors: Array
    residuals: Array
    converged: bool

    def _as_spectrum(self, k: int, basis: str, *, converged: bool = True) -> Spectrum:
        return Spectrum(
            self.values[:k], self.vectors[:k], self.residuals[:k], basis, converged and self.converged
        )


def _random(curvature: Curvature, generator: np.random.Generator, count: int) -> Array:
    """Random vectors, smoothed by the preconditioner: none of them lacks a mode of any symmetry."""
    return np.stack([curvature.precondition(y) for y in generator.standard_normal((count, curvature.size))])


def _davidson(
    curvature: Curvature,
    block: Array,
    k: int,
    goal: Callable[[Array], Array],
    held: Array | None = None,
    guards: int = _GUARDS,
) -> _Found:
    """The k smallest eigenvalues across `held`, to residuals within goal(eigenvalues), from a start block."""
    n, wide = curvature.size, k + guards
    most = max(4 * wide, min(_LARGEST_BASIS, _BASIS_BYTES // (16 * n)))
    basis, images = np.empty((2, max(most, len(block)), n))
    projected = np.zeros((len(basis), len(basis)))
    size, begun = 0, curvature.products
    while True:
        block = _across(block, basis[:size], held)
        new = slice(size, size + len(block))
        basis[new] = block
        images[new] = [curvature.times(y, single=True) for y in block]
        size = new.stop
        projected[:size, new] = basis[:size] @ images[new].T
        projected[new, :size] = projected[:size, new].T
        square = projected[:size, :size]
        values, turned = np.linalg.eigh((square + square.T) / 2)
        first = turned.T[:wide]
        vectors, residuals = first @ basis[:size], first @ images[:size]
        residuals -= values[:wide, None] * vectors
        if held is not None:
            residuals -= (residuals @ held.T) @ held
        lengths = np.linalg.norm(residuals, axis=1)
        good = lengths <= goal(values[:wide])
        done = bool(good[:k].all())
        if done or curvature.products - begun > MOST_PRODUCTS or not len(block):
            return _in_double(curvature, _Found(values[:wide], vectors, lengths, done), held)
        block = np.stack([curvature.precondition(r) for r in residuals[~good]])
        if size + len(block) > most:
            kept = turned.T[: 2 * wide]
            basis[: 2 * wide], images[: 2 * wide] = kept @ basis[:size], kept @ images[:size]
            size = 2 * wide
            projected[:size, :size] = np.diag(values[:size])


def _in_double(curvature: Curvature, found: _Found, held: Array | None = None) -> _Found:
    """What was found across `held`, anew where quotients are so small that single precision might count."""
    values, residuals = found.values.copy(), found.residuals.copy()
    for i in np.flatnonzero(np.abs(values) < SMALL_T):
        mode = found.vectors[i]
        image = curvature.times(mode)
        values[i] = mode @ image
        residual = image - values[i] * mode
        if held is not None:
            residual -= held.T @ (held @ residual)
        residuals[i] = np.linalg.norm(residual)
    ranked = np.argsort(values, kind="stable")
    values, residuals = values[ranked], residuals[ranked]
    return _Found(values, found.vectors[ranked], residuals, found.converged)


def _across(block: Array, basis: Array, held: Array | None) -> Array:
    """An orthonormal basis of what a block adds to a basis, across `held`."""
    block = block / np.linalg.norm(block, axis=1)[:, None]
    for _ in range(2):
        for known in (basis,) if held is None else (held, basis):
            block = block - (block @ known.T) @ known
    directions, triangle = np.linalg.qr(block.T)
    return directions.T[np.abs(np.diag(triangle)) > 1e-10]


@numba.njit(cache=True)
def _frame(m):  # type: ignore[no-untyped-def]
    """Two unit vectors across each moment, (2, 3, N).

    Duff et al., J. Comput. Graph. Tech. 6, 1 (2017).
    """
    frame = np.empty((2, 3, m.shape[1]))
    for i in range(m.shape[1]):
        x, y, z = m[0, i], m[1, i], m[2, i]
        sign = 1.0 if z >= 0 else -1.0
        a = -1.0 / (sign + z)
        frame[0, 0, i], frame[0, 1, i], frame[0, 2, i] = 1.0 + sign * x * x * a, sign * x * y * a, -sign * x
        frame[1, 0, i], frame[1, 1, i], frame[1, 2, i] = x * y * a, sign + y * y * a, -y
    return frame


@numba.njit(cache=True)
def _to_change(y, cells, frame, root, v):  # type: ignore[no-untyped-def]
    for i in range(cells.size):
        a, b, j = y[0, i] / root[i], y[1, i] / root[i], cells[i]
        for c in range(3):
            v[c, j] = a * frame[0, c, i] + b * frame[1, c, i]


@numba.njit(cache=True)
def _to_coordinates(v, cells, frame, root, y):  # type: ignore[no-untyped-def]
    for i in range(cells.size):
        j = cells[i]
        for k in range(2):
            along = v[0, j] * frame[k, 0, i] + v[1, j] * frame[k, 1, i] + v[2, j] * frame[k, 2, i]
            y[k, i] = root[i] * along
