"""Where an upright vortex turns its core from the field: as a rigid texture, or as one that answers it.

In: an upright `Point` (core along +z), coordinates in its own frame. Out: what a turn costs; tilt fields.

Turned by tau as a whole the texture changes its Zeeman and anisotropy energy alone, by A tau^2/2 with
    A = b g_z - 2k (g_ux - g_uz).
In its own frame field and axis have turned instead, and b sin tau lies across the core. Coordinates q of that
frame answer it, E = A tau^2/2 + tau F.q + q.W.q/2, and leave A - F.W^-1.F. The core turns where that is zero:
    b g_z = 2k (g_ux - g_uz) + F.W^-1.F.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np
from scipy.optimize import brentq

from reduced_model.continuum.basis import Array, Ball
from reduced_model.continuum.state import Point
from reduced_model.continuum.symmetry import rotated

X, Y, Z = np.eye(3)
_TOLERANCE_T = 1e-7
_NO_NORM = 1e-7
"""Combinations of coordinates that move m by less, of a unit mean square, are left out."""


def rigid(point: Point) -> Array:
    """No coordinate besides the turn."""
    return np.zeros((0, *point.c.shape))


def shift(point: Point) -> Array:
    """The texture shifted across the turn, along y where that is towards x, (1, 3, n_basis)."""
    ball = point.energy.ball
    _, *slopes = ball.expand(point.c)
    along = np.einsum("ptac,c->apt", ball.frame, Y)
    return _tangent(point, -np.einsum("apt,aptrc->ptrc", along, np.stack(slopes)))[None]


def spins(point: Point) -> Array:
    """The spins turned, all by one angle, against their positions."""
    ball = point.energy.ball
    return ball.project(np.cross(Y, ball.values(point.c)))[None]


def polynomials(degree: int) -> Callable[[Point], Array]:
    """Every tangent field of the turn's symmetry, a polynomial in the frame that m carries from z."""

    def fields(point: Point) -> Array:
        ball, m = point.energy.ball, point.m
        across = _plane_fields(degree, ball.degree)
        lean = np.einsum("ka,jka->jk", m[:, :2], across[..., :2]) / (1.0 + m[:, 2])
        tangent = (across - lean[..., None] * (m + Z)) * point.length[:, None]
        return np.stack([ball.project(field.reshape(*ball.shape, 3)) for field in tangent])

    return fields


def stiffness(point: Point, coordinates: Array) -> float:
    """A - F.W^-1.F, the curvature of the energy along a turn that coordinates answer.

    Parameters
    ----------
    coordinates : ndarray, shape (j, 3, n_basis)
        Changes of the coefficients, in the texture's own frame; what of them is the turn itself is left out.
    """
    turn_cost, force, curvature = _expanded(point, coordinates)
    return turn_cost - float(force @ np.linalg.solve(curvature, force)) if len(force) else turn_cost


def tilt_field(
    upright: Callable[[float], Point], coordinates: Callable[[Point], Array], below_T: float, above_T: float
) -> float:
    """The first field, from one in which the core turns, at which a turn costs energy; nan if there is none.

    Parameters
    ----------
    upright : callable
        Field in T -> the upright texture in it.
    coordinates : callable
        Texture -> its coordinates, see `stiffness`.
    below_T, above_T : float
        Fields between which it is sought; at the first a turn must not cost energy.
    """

    def cost(B_T: float) -> float:
        point = upright(B_T)
        return stiffness(point, coordinates(point))

    low, step = below_T, 0.05 * (above_T - below_T)
    if cost(low) > 0.0:
        return np.nan
    while low < above_T - 1e-12:
        high = min(low + step, above_T)
        if cost(high) > 0.0:
            return float(brentq(cost, low, high, xtol=_TOLERANCE_T))
        low, step = high, 2.0 * step
    return np.nan


def tilt_fields(
    upright: Callable[[float], Point], ladder: Mapping[str, Callable[[Point], Array]], nucleation_T: float
) -> dict[str, float]:
    """Tilt fields (T) with more and more coordinates, each set holding the one before; nan if there is none.

    The turn about +y, towards +x, stands for all: field and axis lie along z.
    """
    fields: dict[str, float] = {}
    below_T = 0.0
    points = lru_cache(maxsize=64)(upright)
    for name, coordinates in ladder.items():
        fields[name] = tilt_field(points, coordinates, below_T, nucleation_T)
        below_T = fields[name] if np.isfinite(fields[name]) else below_T
    return fields


def joined(*parts: Callable[[Point], Array]) -> Callable[[Point], Array]:
    """Several sets of coordinates as one."""
    return lambda point: np.concatenate([part(point) for part in parts])


def _expanded(point: Point, coordinates: Array) -> tuple[float, Array, Array]:
    """A, F, W of the coordinates, made orthonormal and free of the turn."""
    energy, m = point.energy, point.m
    ball, weights, k, b = energy.ball, energy.weights, energy.k, float(energy.b[2])
    cost = 2.0 * k * float(weights @ (m[:, 2] ** 2 - m[:, 0] ** 2)) + b * float(weights @ m[:, 2])
    if not len(coordinates):
        return cost, np.zeros(0), np.zeros((0, 0))
    turn = _tangent(point, ball.values(rotated(ball, point.c, Y)))
    moved = point.metric(turn)
    along = np.einsum("jca,ca->j", coordinates, moved) / np.vdot(turn, moved)
    free = coordinates - along[:, None, None] * turn
    norm = _form(free, np.stack([point.metric(v) for v in free]))
    scale = np.diag(norm) ** -0.5
    values, vectors = np.linalg.eigh(norm * scale * scale[:, None])
    kept = values > _NO_NORM
    mix = (vectors[:, kept] / np.sqrt(values[kept])) * scale[:, None]
    basis = np.einsum("ji,jca->ica", mix, free)
    force = np.array([_force(point, v, k, b) for v in basis])
    curvature = _form(basis, np.stack([point.times(v) for v in basis]))
    return cost, force, 0.5 * (curvature + curvature.T)


def _tangent(point: Point, du: Array) -> Array:
    """The part of a field at the nodes that turns m, as polynomials."""
    m = point.m.reshape(du.shape)
    return point.energy.ball.project(du - np.einsum("ptrc,ptrc->ptr", du, m)[..., None] * m)


def _force(point: Point, v: Array, k: float, b: float) -> float:
    """d2E/dtau dq of field and axis, which lean by tau towards -x in the texture's frame."""
    m, weights = point.m, point.energy.weights
    du = point.energy.ball.values(v).reshape(-1, 3)
    dm = (du - np.einsum("ia,ia->i", m, du)[:, None] * m) / point.length[:, None]
    return float(weights @ (b * dm[:, 0] + 2.0 * k * (dm[:, 2] * m[:, 0] + m[:, 2] * dm[:, 0])))


def _form(left: Array, right: Array) -> Array:
    return left.reshape(len(left), -1) @ right.reshape(len(right), -1).T


@lru_cache(maxsize=16)
def _plane_fields(degree: int, nodes_degree: int) -> Array:
    """Polynomial fields across z that turn with the tilt, at the nodes, (j, n, 3).

    Of azimuthal number one about z, odd under time reversal with a half turn about x: products of even
    degrees in z along x, of odd ones along y.
    """
    ball = Ball(max(degree, 3), nodes_degree, 2)  # from 3 on its nodes are those of a state's ball
    place = {
        key: j for j, key in enumerate(zip(ball.ell.tolist(), ball.n.tolist(), ball.m.tolist(), strict=True))
    }
    fields = []
    for (ell, n, m), j in place.items():
        if n > degree or m not in (0, 2):
            continue
        c, even = np.zeros((3, ball.n_basis)), ell % 2 == 0
        if m == 0:
            c[0 if even else 1, j] = 1.0
        else:
            sine = place[ell, n, -2]
            c[0, j if even else sine], c[1, sine if even else j] = 1.0, (1.0 if even else -1.0)
        fields.append(ball.values(c).reshape(-1, 3))
    return np.stack(fields)
