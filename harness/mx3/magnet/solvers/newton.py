"""The stationary point next to a state, be it a minimum or a saddle: Newton steps on the torque.

In: a `Magnet` near rest, in double precision. Out: the magnet at rest, and how far that was.
A minimiser would leave a saddle. MINRES solves for the step on the indefinite second variation, as far as
the step is worth; a step is kept where it leads nearer. Modes of a neighbouring state, if known, take
the soft ones out.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from harness.mx3.magnet.curvature import Array, Curvature
from harness.mx3.magnet.magnet import Magnet

LARGEST_STEP = 0.2
"""Largest angle in radians by which one step may turn a cell."""
_SHORTEST_STEP = 1e-12
_PATIENCE = 6
"""Steps in which the torque must have fallen by half, or there is no stationary point to come to."""
_PRODUCTS_A_STEP = 60
_LARGEST_SHARE, _SMALLEST_SHARE = 1e-2, 1e-6
"""Of its right side, what an equation for a step may leave: not more than the step before fell short by."""
_SOFTEST_T = 1e-5
"""Curvature of a mode below which it counts as this, before its inverse preconditions."""


@dataclass(frozen=True)
class Polished:
    """What a polish did."""

    torque_before_T: float
    torque_T: float
    """Largest |m x B| before and after."""
    moved_rad: float
    """rms angle between the moments before and after, weighted by moment."""
    most_moved_rad: float
    """Largest such angle of a cell."""
    steps: int
    products: int
    """With the second variation, and the fields that the steps ended in."""
    converged: bool


@dataclass(frozen=True, eq=False)
class Modes:
    """Changes of a state near by, (k, 3, N), of unit mean square, with their curvatures in T, (k,)."""

    changes: Array
    curvatures_T: Array


def polish(
    magnet: Magnet,
    tolerance_T: float = 1e-8,
    most_steps: int = 20,
    near: Modes | None = None,
    farthest_rad: float = np.inf,
) -> tuple[Curvature, Polished]:
    """Move a magnet to the stationary point of its own branch; its curvature there, and what that took.

    Parameters
    ----------
    magnet : Magnet
    tolerance_T : float
        Largest torque to come to, if rounding lets it.
    most_steps : int
    near : Modes, optional
        The softest modes of a state near by, which precondition the steps.
    farthest_rad : float
        rms angle from the start at which to give up.
    """
    before = magnet.columns.copy()
    goal_T = max(tolerance_T, 10 * magnet.rounding_floor_T)
    at = Curvature(magnet)
    apply = preconditioner(at, near)
    start_T, radius, steps, products = at.torque_T, LARGEST_STEP, 0, 0
    lengths, share = [_length(at, apply, near)], _LARGEST_SHARE
    v, moved = None, 0.0
    while at.torque_T > goal_T and steps < most_steps and radius > _SHORTEST_STEP and moved <= farthest_rad:
        if steps >= _PATIENCE and lengths[-1] > lengths[-1 - _PATIENCE] / 2:
            break
        steps += 1
        if v is None:
            share = max(share, 0.1 * goal_T / at.torque_T)
            v = at.change(minres(partial(at.times, single=True), apply, -at.gradient, share))
            products += at.products
        longest = np.sqrt(np.sum(v**2, axis=0).max())
        part = min(1.0, radius / longest)
        following = _moved(magnet, at, part * v)
        products += 1
        there = preconditioner(following, near)
        if (length := _length(following, there, near)) < lengths[-1]:
            at, apply, radius, v = following, there, min(2 * radius, LARGEST_STEP), None
            share = float(np.clip((length / lengths[-1]) ** 2, _SMALLEST_SHARE, _LARGEST_SHARE))
            moved, _ = _angles(magnet, before)
        else:
            magnet.move_to(at.m)
            length, radius = lengths[-1], part * longest / 4
        lengths.append(length)
    done = at.torque_T <= goal_T
    return at, Polished(start_T, at.torque_T, *_angles(magnet, before), steps, products, done)


def _length(at: Curvature, apply: Callable[[Array], Array], near: Modes | None) -> float:
    """What a step must shorten: the torque; with modes known, the step itself, as far as they tell it.

    A turn along a soft mode brings torques of its own, larger than those that ask for it.

    References
    ----------
    Deuflhard, Newton Methods for Nonlinear Problems (Springer, 2011), section 3.3: the natural test.
    """
    return float(np.linalg.norm(at.gradient if near is None else apply(at.gradient)))


def preconditioner(at: Curvature, near: Modes | None) -> Callable[[Array], Array]:
    """The curvature's own, but on the modes of a state near by the inverse of their curvatures."""
    if near is None:
        return at.precondition
    modes = np.linalg.qr(np.stack([at.coordinates(v) for v in near.changes]).T)[0]
    inverse = 1 / np.maximum(np.abs(near.curvatures_T), _SOFTEST_T)

    def apply(y: Array) -> Array:
        along = modes.T @ y
        z = at.precondition(y - modes @ along)
        solved: Array = z + modes @ (inverse * along - modes.T @ z)
        return solved

    return apply


def minres(
    times: Callable[[Array], Array],
    precondition: Callable[[Array], Array],
    b: Array,
    share: float,
    most: int = _PRODUCTS_A_STEP,
) -> Array:
    """Solve A x = b for a symmetric A to a residual of a share of b, both in the preconditioner's norm.

    References
    ----------
    Paige and Saunders, SIAM J. Numer. Anal. 12, 617 (1975); preconditioned as in Elman, Silvester and Wathen,
    Finite Elements and Fast Iterative Solvers (Oxford, 2014), algorithm 4.1.
    """
    x, w, w_before = np.zeros((3, b.size))
    v, v_before, z = b, np.zeros_like(b), precondition(b)
    size, size_before = math.sqrt(float(z @ v)), 1.0
    left, goal = size, share * size
    c, c_before, s, s_before = 1.0, 1.0, 0.0, 0.0
    for _ in range(most):
        if abs(left) <= goal or size == 0:
            break
        z = z / size
        following = times(z)
        along = float(following @ z)
        following = following - (along / size) * v - (size / size_before) * v_before
        v, v_before = following, v
        z, z_before = precondition(v), z
        size, size_before = math.sqrt(max(0.0, float(z @ v))), size
        alpha = c * along - c_before * s * size_before
        diagonal = math.hypot(alpha, size)
        above = s * along + c_before * c * size_before
        if diagonal == 0:
            break
        w, w_before = (z_before - s_before * size_before * w_before - above * w) / diagonal, w
        c, c_before, s, s_before = alpha / diagonal, c, size / diagonal, s
        x = x + (c * left) * w
        left = -s * left
    return x


def _angles(magnet: Magnet, before: Array) -> tuple[float, float]:
    """rms angle of the moments from where they were, weighted by moment, and the largest of a cell."""
    angle = 2 * np.arcsin(np.clip(np.linalg.norm(magnet.columns - before, axis=0) / 2, 0, 1))
    return float(np.sqrt(np.average(angle**2, weights=magnet.moments))), float(angle.max())


def _moved(magnet: Magnet, at: Curvature, v: Array) -> Curvature:
    """The curvature after every moment has turned along v."""
    m = at.m + v
    magnet.move_to(m / np.sqrt(np.sum(m**2, axis=0)))
    return Curvature(magnet)
