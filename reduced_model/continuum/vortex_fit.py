"""The Ansatz nearest to a state of the continuum, by the least squares that cells are fitted with.

In: a stationary `Point` whose circulation is known. Out: an `AnsatzFit`: nu by three estimators, misfit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from reduced_model.continuum.basis import Array
from reduced_model.continuum.state import Point
from reduced_model.continuum.symmetry import frame_along
from reduced_model.results import Tabled

_START_NU = 3.0
_DISPLACED = 0.03
"""Distance of the core's line from the centre, in R, from which it is fitted beside the centre."""


@dataclass(frozen=True, eq=False)
class AnsatzFit(Tabled):
    """m(r) = tanh(nu rho) e_phi + sech(nu rho) p about a core, fitted to a whole ball.

    Source: Adams & Michels 2026, Eq. 2, turned in spins and positions alike.
    """

    nu: float
    """From all components, in R over the core's width."""
    nu_m_phi: float
    """From the circulating component alone, about the same core."""
    nu_m_z: float
    """From the component along the core alone."""
    axis: Array
    """p, along the core's magnetisation, (3,)."""
    core: Array
    """Point of the core's line nearest to the centre, in R, (3,); zero unless it is clearly off."""
    chirality: int
    rms: float
    """Root mean square of |m - Ansatz| over the ball."""


def fit_ansatz(point: Point, axis: Array, chirality: int) -> AnsatzFit:
    """Fit from a start along `axis`, (3,), the direction of the core's magnetisation."""
    energy = point.energy
    r, m = energy.ball.points.reshape(-1, 3), point.m
    root = np.sqrt(energy.weights)
    across = frame_along(axis)[:2]

    def core_of(q: Array) -> tuple[Array, Array]:
        p = axis + q[1] * across[0] + q[2] * across[1]
        p = p / np.linalg.norm(p)
        place = q[3:] @ across if len(q) > 3 else np.zeros(3)
        return p, place - (place @ p) * p

    def misfit(q: Array) -> Array:
        p, place = core_of(q)
        rho, around = cylinder(r - place, p)
        swirl, core = np.tanh(q[0] * rho), sech(q[0] * rho)
        return ((swirl[:, None] * around + core[:, None] * p - m) * root[:, None]).ravel()

    best = least_squares(misfit, [chirality * _START_NU, 0.0, 0.0])
    free = least_squares(misfit, [*best.x, 0.0, 0.0])
    if np.linalg.norm(core_of(free.x)[1]) > _DISPLACED:
        best = free
    p, place = core_of(best.x)
    side = -1 if best.x[0] < 0 else 1
    rho, around = cylinder(r - place, p)
    m_phi, m_z = side * np.einsum("ij,ij->i", m, around), m @ p
    nu = abs(float(best.x[0]))
    alone = [
        least_squares(lambda n: root * (np.tanh(n * rho) - m_phi), max(nu, 0.5)),
        least_squares(lambda n: root * (sech(n * rho) - m_z), max(nu, 0.5)),
    ]
    nu_m_phi, nu_m_z = (abs(float(one.x[0])) for one in alone)
    return AnsatzFit(nu, nu_m_phi, nu_m_z, p, place, side, float(np.sqrt(2.0 * best.cost)))


def cylinder(r: Array, p: Array) -> tuple[Array, Array]:
    """Distance from an axis through the origin, (n,), and the unit vectors around it, (n, 3)."""
    around = np.cross(p, r)
    rho = np.linalg.norm(around, axis=1)
    return rho, around / np.where(rho > 0.0, rho, 1.0)[:, None]


def sech(x: Array) -> Array:
    """1/cosh, without overflow."""
    decay = np.exp(-np.abs(x))
    return np.asarray(2.0 * decay / (1.0 + decay * decay))
