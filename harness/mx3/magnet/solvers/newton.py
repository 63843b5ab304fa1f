"""The stationary point next to a state, be it a minimum or a saddle: Newton steps on the torque.

In: a `Magnet` near rest, in double precision. Out: the magnet at rest, and how far that was.
A minimiser would leave a saddle. MINRES solves for the step on the indefinite second variation and is cut off
where the step gets long; a step is kept where it lowers the torque.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse.linalg import LinearOperator, minres

from harness.mx3.magnet.curvature import Array, Curvature
from harness.mx3.magnet.magnet import Magnet

LARGEST_STEP = 0.2
"""Largest angle in radians by which one step may turn a cell."""
_SHORTEST_STEP = 1e-12
_PATIENCE = 6
"""Steps in which the torque must have fallen by half, or there is no stationary point to come to."""
_PRODUCTS_A_STEP = 60
_RELATIVE_RESIDUAL = 1e-5
"""By MINRES's own measure, which takes the largest curvature for all: soft modes need so small a number."""


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
    converged: bool


def polish(magnet: Magnet, tolerance_T: float = 1e-8, most_steps: int = 20) -> tuple[Curvature, Polished]:
    """Move a magnet to the stationary point of its own branch; its curvature there, and what that took."""
    before = magnet.columns.copy()
    goal_T = max(tolerance_T, 10 * magnet.rounding_floor_T)
    at = Curvature(magnet)
    start_T, radius, steps, products = at.torque_T, LARGEST_STEP, 0, 0
    lengths = [float(np.linalg.norm(at.gradient))]
    v = None
    while at.torque_T > goal_T and steps < most_steps and radius > _SHORTEST_STEP:
        if steps >= _PATIENCE and lengths[-1] > lengths[-1 - _PATIENCE] / 2:
            break
        steps += 1
        if v is None:
            v = at.change(_newton_direction(at))
            products += at.products
        longest = np.sqrt(np.sum(v**2, axis=0).max())
        share = min(1.0, radius / longest)
        following = _moved(magnet, at, share * v)
        if (length := float(np.linalg.norm(following.gradient))) < lengths[-1]:
            at, radius, v = following, min(2 * radius, LARGEST_STEP), None
        else:
            magnet.move_to(at.m)
            length, radius = lengths[-1], share * longest / 4
        lengths.append(length)
    angle = 2 * np.arcsin(np.clip(np.linalg.norm(magnet.columns - before, axis=0) / 2, 0, 1))
    rms = float(np.sqrt(np.average(angle**2, weights=magnet.moments)))
    done = at.torque_T <= goal_T
    return at, Polished(start_T, at.torque_T, rms, float(angle.max()), steps, products, done)


def _newton_direction(at: Curvature) -> Array:
    """The step at which the torque vanishes to first order, as well as so many products give it."""
    square = (at.size, at.size)
    step, _ = minres(
        LinearOperator(square, at.times, dtype=float),
        -at.gradient,
        M=LinearOperator(square, at.precondition, dtype=float),
        rtol=_RELATIVE_RESIDUAL,
        maxiter=_PRODUCTS_A_STEP,
    )
    return step


def _moved(magnet: Magnet, at: Curvature, v: Array) -> Curvature:
    """The curvature after every moment has turned along v."""
    m = at.m + v
    magnet.move_to(m / np.sqrt(np.sum(m**2, axis=0)))
    return Curvature(magnet)
