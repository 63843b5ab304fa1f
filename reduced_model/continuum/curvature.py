"""The curvature of the energy at a stationary state: its smallest eigenvalues, with their modes.

In: a stationary `Point`. Out: eigenvalues lambda in units of the reduced field (times A/(Ms R^2) in tesla) of
    H v = lambda J^T J v,   J = dm/dc,
the second variation of the energy over the mean square change of the magnetisation. What leaves field and
axis alone leaves this energy alone too, to quadrature error: a tilted core's zero modes come out as zero.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.sparse.linalg import LinearOperator, lobpcg

from reduced_model.continuum.basis import Array
from reduced_model.continuum.equilibrium import NotResolved, Solver
from reduced_model.continuum.state import Point

_RANDOM = 2
"""Random vectors in every block."""
_LARGER_SHIFTS = 6
_NEGATIVE = 1e-6
"""A scaled eigenvalue below minus this is negative; a state is stationary to 1e-7 of the same scale."""


@dataclass(frozen=True, eq=False)
class Spectrum:
    """The smallest eigenvalues of the curvature, ascending, with modes of the coefficients."""

    eigenvalues: Array
    modes: Array
    """(k, 3, n_basis), each of unit mean square change of m."""
    residuals: Array
    """Of the eigenvalues' equation, in the solver's scaled norm."""


def spectrum(
    solver: Solver,
    point: Point,
    k: int = 4,
    *,
    start: Array | None = None,
    zero_modes: Array | None = None,
    shift: float,
    tolerance: float = 1e-5,
    max_steps: int = 60,
    seed: int = 0,
) -> Spectrum:
    """The k smallest eigenvalues by a preconditioned block solver (LOBPCG on the inverted problem).

    Parameters
    ----------
    start : ndarray, shape (j, 3, n_basis), optional
        Modes of a neighbouring state; random ones make up for what is missing.
    zero_modes : ndarray, shape (j, 3, n_basis), optional
        Directions that cost nothing by symmetry, projected out.
    shift : float
        Added to every eigenvalue, above minus the smallest; doubled where it turns out not to be.
    """
    for _ in range(_LARGER_SHIFTS):
        try:
            found = _shifted_spectrum(solver, point, k, start, zero_modes, shift, tolerance, max_steps, seed)
        except (ValueError, np.linalg.LinAlgError):  # the shifted curvature is not positive
            shift *= 2.0
            continue
        if found.eigenvalues[0] > -0.9 * shift:
            return found
        shift *= 2.0
    raise NotResolved("the curvature of a state has no lower bound that could be found")


def _shifted_spectrum(
    solver: Solver,
    point: Point,
    k: int,
    start: Array | None,
    zero_modes: Array | None,
    shift: float,
    tolerance: float,
    max_steps: int,
    seed: int,
) -> Spectrum:
    """`spectrum` with one shift."""
    coordinates = solver.coordinates
    to_c, of_g, of_c = coordinates.to_coefficients, coordinates.of_gradient, coordinates.of_coefficients
    n = 3 * solver.ball.n_basis

    def metric(y: Array) -> Array:
        return of_g(point.metric(to_c(y)))

    def shifted(y: Array) -> Array:
        c = to_c(y)
        return of_g(point.times(c) + shift * point.metric(c))

    def operator(product: Callable[[Array], Array]) -> LinearOperator:
        def block(Y: Array) -> Array:
            return np.stack([product(y) for y in Y.T], axis=1)

        return LinearOperator((n, n), matvec=lambda y: product(y.ravel()), matmat=block, dtype=float)

    begin = np.random.default_rng(seed).standard_normal((n, k + _RANDOM))
    if start is not None:  # random ones besides: a start of one symmetry would never see another's modes
        for j, mode in enumerate(start[:k]):
            begin[:, j] = of_c(mode)
    held = None if zero_modes is None or not len(zero_modes) else np.stack([of_c(z) for z in zero_modes], 1)
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", UserWarning
        )  # that it stopped at max_steps: the residuals say how good it is
        theta, Y, history = lobpcg(
            *(operator(metric), begin, operator(shifted)),
            Y=held,
            largest=True,
            tol=tolerance,
            maxiter=max_steps,
            retResidualNormsHistory=True,
        )
    order = np.argsort(-theta)[:k]
    modes = np.stack([to_c(y) for y in Y.T[order]])
    norms = [np.vdot(mode, point.metric(mode)) ** 0.5 for mode in modes]
    modes /= np.array(norms)[:, None, None]
    return Spectrum(1.0 / theta[order] - shift, modes, np.asarray(history[-1])[order])


def negative_modes(solver: Solver, point: Point, zero_modes: Array) -> int:
    """The number of negative eigenvalues of the whole Hessian, from the dense matrix.

    By Sylvester's law it is that of the curvature: the directions that change |u| alone cost energy.
    """
    to_c, of_g = solver.coordinates.to_coefficients, solver.coordinates.of_gradient
    free = solver.orthonormal(zero_modes)
    hessian = np.stack([of_g(point.times(to_c(y))) for y in np.eye(3 * solver.ball.n_basis)])
    hessian -= free @ (free.T @ hessian)
    hessian -= (hessian @ free) @ free.T
    return int(np.count_nonzero(np.linalg.eigvalsh(0.5 * (hessian + hessian.T)) < -_NEGATIVE))
