"""What leaves the ball's energy alone, and the motions a texture can make: rotations, shifts, curling.

In: coefficients of u on a `Ball`. Out: their change under a motion, their axisymmetric part, a mode's name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from scipy.spatial.transform import Rotation

from reduced_model.continuum.basis import Array, Ball
from reduced_model.continuum.state import Point

ModeName = Literal[
    "curling",
    "coherent rotation",
    "tilt of the core",
    "azimuth of the core",
    "shift of the core",
    "breathing",
    "mixed",
]
_MAJORITY = 0.5
"""A mode is named after a motion that makes up more than this of its mean square."""


def rotated(ball: Ball, c: Array, axis: Array) -> Array:
    """Change of the coefficients under an infinitesimal rotation of the whole state about an axis."""
    turned = np.cross(axis, ball.points)
    return ball.project(np.cross(axis, ball.values(c)) - _moved(ball, c, turned))


def turned(ball: Ball, c: Array, axis: Array, angle_rad: float) -> Array:
    """Coefficients of the whole state turned about an axis of length one."""
    turn = Rotation.from_rotvec(angle_rad * axis).as_matrix()
    values = ball.at(c, ball.points.reshape(-1, 3) @ turn) @ turn.T
    return ball.project(values.reshape(*ball.shape, 3))


def half_turn(ball: Ball, c: Array) -> Array:
    """Coefficients, (..., 3, n_basis), of a field turned by 180 degrees about x."""
    sign = np.where(ball.m >= 0, 1, -1) * np.where((ball.ell + ball.m) % 2, -1, 1)
    return c * sign * np.array([1.0, -1.0, -1.0])[:, None]


def axisymmetric_part(ball: Ball, c: Array) -> Array:
    """The part of a vector field that does not change when position and vector turn about z together."""
    out = np.zeros_like(c)
    out[2] = np.where(ball.m == 0, c[2], 0.0)
    keys = zip(ball.ell.tolist(), ball.n.tolist(), ball.m.tolist(), strict=True)
    place = {key: j for j, key in enumerate(keys)}
    cosine = np.flatnonzero(ball.m == 1)
    sine = np.array([place[int(ball.ell[j]), int(ball.n[j]), -1] for j in cosine], dtype=int)
    outward = 0.5 * (c[0, cosine] + c[1, sine])
    around = 0.5 * (c[1, cosine] - c[0, sine])
    out[0, cosine], out[1, sine], out[1, cosine], out[0, sine] = outward, outward, around, -around
    return out


def frame_along(direction: Sequence[float] | Array) -> Array:
    """A rotation that takes the direction to z, (3, 3)."""
    z = np.asarray(direction, dtype=float) / np.linalg.norm(direction)
    if z[2] > 1.0 - 1e-15:
        return np.eye(3)
    x = np.eye(3)[int(abs(z[0]) >= 0.9)]
    y = np.cross(z, x)
    y /= np.linalg.norm(y)
    return np.stack((np.cross(y, z), y, z))


def mode_name(point: Point, mode: Array, core: Array) -> ModeName:
    """What a mode does to a state whose core points along `core`: the motion that is most of it."""
    ball, c = point.energy.ball, point.c
    across = frame_along(core)[:2]
    r = ball.points
    from_core = r - (r @ core)[..., None] * core
    motions: dict[ModeName, list[Array]] = {
        "curling": [ball.project(np.cross(core, r))],
        "coherent rotation": [ball.project(np.cross(axis, ball.values(c))) for axis in across],
        "tilt of the core": [rotated(ball, c, axis) for axis in across],
        "shift of the core": [ball.project(_moved(ball, c, axis + 0.0 * r)) for axis in across],
        "breathing": [ball.project(_moved(ball, c, from_core))],
    }
    moved = point.metric(mode)
    best, share = max(
        ((name, _share(point, m, mode, moved)) for name, m in motions.items()), key=lambda x: x[1]
    )
    return best if share > _MAJORITY else "mixed"


def _share(point: Point, motions: Sequence[Array], mode: Array, moved: Array) -> float:
    """How much of a mode's mean square lies in the span of some motions."""
    images = [point.metric(motion) for motion in motions]
    gram = np.array([[np.vdot(a, image) for image in images] for a in motions])
    along = np.array([np.vdot(a, moved) for a in motions])
    if gram[0, 0] < 1e-8:  # a motion that does not move this state
        return 0.0
    return float(along @ np.linalg.pinv(gram, rcond=1e-8) @ along / np.vdot(mode, moved))


def _moved(ball: Ball, c: Array, by: Array) -> Array:
    """(by . grad) u at the nodes, (phi, theta, r, 3)."""
    _, *slopes = ball.expand(c)
    along = np.einsum("ptrc,ptac->aptr", by, ball.frame)
    return np.einsum("aptr,aptrc->ptrc", along, np.stack(slopes))
