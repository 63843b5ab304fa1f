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
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator, lobpcg

from reduced_model.continuum.basis import Array
from reduced_model.continuum.equilibrium import NotResolved, Solver
from reduced_model.continuum.state import Point

_RANDOM = 2
"""Random vectors in a block: one alone lets a mode pass that a start of neighbouring ones lacks."""
_LARGER_SHIFTS = 6
_STALLED = 10.0
"""Residuals, over the tolerance, from which a search was led astray by the modes that it began from."""


@dataclass(frozen=True, eq=False)
class Turn:
    """A rotation of the whole state whose cost is known: about the easy axis it is the field's alone.

    The nodes themselves pin where a narrow core points across the axis, by some mT at degree 12 and more than
    a field near the axis does: of what they find along a turn, what is known takes the place.
    """

    mode: Array
    """Change of the coefficients, (3, n_basis)."""
    product: Array
    """The Hessian times it, (3, n_basis)."""

    def corrected(self, point: Point, odd: bool) -> Callable[[Array], Array]:
        """The Hessian's product with vectors of the turn's own sector, exact along the turn."""
        moved = point.metric(self.mode, odd)
        scale = float(np.vdot(self.mode, moved)) ** -0.5
        mode, moved = scale * self.mode, scale * moved
        excess = point.times(mode, odd) - scale * self.product
        both = float(np.vdot(mode, excess))

        def product(v: Array) -> Array:
            share = float(np.vdot(moved, v))
            lessened = float(np.vdot(excess, v)) - both * share
            return point.times(v, odd) - excess * share - moved * lessened

        return product


@dataclass(frozen=True, eq=False)
class Spectrum:
    """The smallest eigenvalues of the curvature, ascending, with modes of the coefficients."""

    eigenvalues: Array
    modes: Array
    """(k, 3, n_basis), each of unit mean square change of m."""
    residuals: Array
    """Of the eigenvalues' equation, in the solver's scaled norm."""
    odd: NDArray[np.bool_] | None = None
    """Of an even state, whether a half turn about y with reversed time inverts the mode."""

    def with_others(self, others: Spectrum) -> Spectrum:
        """These modes and others, ascending."""
        if not len(self.modes):
            return others
        order = np.argsort(np.concatenate((self.eigenvalues, others.eigenvalues)), kind="stable")
        return Spectrum(
            np.concatenate((self.eigenvalues, others.eigenvalues))[order],
            np.concatenate((self.modes, others.modes))[order],
            np.concatenate((self.residuals, others.residuals))[order],
            None if self.odd is None or others.odd is None else np.concatenate((self.odd, others.odd))[order],
        )


def hessian_product(point: Point, odd: bool, turn: Turn | None) -> Callable[[Array], Array]:
    """The Hessian's product with vectors of one sector, exact along a turn if that sector has it."""
    if turn is None or (point.energy.ball.half and not odd):
        return lambda v: point.times(v, odd)
    return turn.corrected(point, odd)


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
    odd: bool = False,
    turn: Turn | None = None,
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
    odd : bool
        On a half ball, whether odd modes are sought, or even ones.
    turn : Turn, optional
        A rotation whose cost is known, an odd change of an even state.
    """
    for _ in range(_LARGER_SHIFTS):
        try:
            found = _shifted_spectrum(
                solver, point, k, start, zero_modes, shift, tolerance, max_steps, seed, odd, turn
            )
        except (ValueError, np.linalg.LinAlgError):  # the shifted curvature is not positive
            shift *= 2.0
            continue
        if start is not None and len(start) and found.residuals.max() > _STALLED * tolerance:
            start = None  # modes that lack a symmetry of what has become soft keep it out
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
    odd: bool,
    turn: Turn | None,
) -> Spectrum:
    """`spectrum` with one shift."""
    coordinates = solver.coordinates
    to_c, of_g, of_c = coordinates.to_coefficients, coordinates.of_gradient, coordinates.of_coefficients
    n, times = 3 * solver.ball.n_basis, hessian_product(point, odd, turn)

    def metric(y: Array) -> Array:
        return of_g(point.metric(to_c(y), odd))

    def shifted(y: Array) -> Array:
        c = to_c(y)
        return of_g(times(c) + shift * point.metric(c, odd))

    def operator(product: Callable[[Array], Array]) -> LinearOperator:
        def block(Y: Array) -> Array:
            return np.stack([product(y) for y in Y.T], axis=1)

        return LinearOperator((n, n), matvec=lambda y: product(y.ravel()), matmat=block, dtype=float)

    half, sector = solver.ball.half, solver.ball.sectors[odd].ravel()
    begin = np.random.default_rng(seed).standard_normal((n, k + _RANDOM))
    known = [] if start is None else [of_c(mode) for mode in start]
    held = [] if zero_modes is None else [of_c(mode) for mode in zero_modes]
    if half:
        begin *= sector[:, None]
        known, held = ([y * sector for y in ys if _mostly(y, sector)] for ys in (known, held))
    for j, y in enumerate(known[:k]):  # random ones besides: a start of one symmetry never sees another's
        begin[:, j] = y
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", UserWarning
        )  # that it stopped at max_steps: the residuals say how good it is
        theta, Y, history = lobpcg(
            *(operator(metric), begin, operator(shifted)),
            Y=np.stack(held, axis=1) if held else None,
            largest=True,
            tol=tolerance,
            maxiter=max_steps,
            retResidualNormsHistory=True,
        )
    order = np.argsort(-theta)[:k]
    modes = np.stack([to_c(y) for y in Y.T[order]])
    norms = [np.vdot(mode, point.metric(mode, odd)) ** 0.5 for mode in modes]
    modes /= np.array(norms)[:, None, None]
    residuals = np.asarray(history[-1])[order]
    return Spectrum(1.0 / theta[order] - shift, modes, residuals, np.full(k, odd) if half else None)


def _mostly(y: Array, sector: Array) -> bool:
    return float(np.linalg.norm(y * sector)) > 0.5 * float(np.linalg.norm(y))


def spectrum_of_even(solver: Solver, point: Point, k: int = 4, **options: Any) -> Spectrum:
    """As `spectrum` of an even state on a half ball: half of the modes are even ones, half odd ones."""
    parts = [spectrum(solver, point, max(k // 2, 1), odd=odd, **options) for odd in (False, True)]
    return parts[0].with_others(parts[1])
