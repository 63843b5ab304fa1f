"""Initial states: a direction of the magnetisation for every point of space.

In: coordinate arrays in m. Out: vectors of any length; the magnet normalises them. The states are those of
MuMax3's `Uniform`, `Vortex` and relatives, and combine by weighted addition, shifts, rotation and scaling.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from harness.mx3.language.values import Vector, script
from harness.mx3.session.shapes import Coordinate

Field = Callable[[Coordinate, Coordinate, Coordinate], np.ndarray]


@dataclass(frozen=True, eq=False)
class Configuration:
    """Magnetisation as a function of position.

    Parameters
    ----------
    base : callable
        Takes x, y, z in m (arrays that broadcast together), returns mx, my, mz along its first axis.
    added : tuple
        Weights and configurations to add to it.
    """

    base: Field
    added: tuple[tuple[float, Configuration], ...] = ()
    script_type = "configuration"

    def __call__(self, x: Coordinate, y: Coordinate, z: Coordinate) -> np.ndarray:
        shape = np.broadcast_shapes(np.shape(x), np.shape(y), np.shape(z))
        with np.errstate(all="ignore"):
            total = np.array(np.broadcast_to(self.base(x, y, z), (3, *shape)))
            for weight, other in self.added:
                total += weight * other(x, y, z)
        return total

    @script("Add", "This state plus `weight` times another.")
    def add(self, weight: float, other: Configuration) -> Configuration:
        return Configuration(self.base, (*self.added, (weight, other)))

    @script("Transl", "The state moved by (dx, dy, dz) in m.")
    def transl(self, dx: float, dy: float, dz: float) -> Configuration:
        return Configuration(lambda x, y, z: self(x - dx, y - dy, z - dz))

    @script("Scale", "The state stretched along x, y and z.")
    def scale(self, sx: float, sy: float, sz: float) -> Configuration:
        return Configuration(lambda x, y, z: self(x / np.float64(sx), y / np.float64(sy), z / np.float64(sz)))

    @script("RotZ", "The state, positions and spins, turned about z in rad.")
    def rotz(self, angle: float) -> Configuration:
        c, s = math.cos(angle), math.sin(angle)

        def turned(x: Coordinate, y: Coordinate, z: Coordinate) -> np.ndarray:
            mx, my, mz = self(x * c + y * s, y * c - x * s, z)
            return np.stack([mx * c - my * s, mx * s + my * c, mz])

        return Configuration(turned)


def _stack(*components: np.ndarray | float) -> np.ndarray:
    return np.stack(np.broadcast_arrays(*components))


def uniform(mx: float, my: float, mz: float) -> Configuration:
    """The same direction everywhere."""
    direction = np.array([mx, my, mz], dtype=np.float64)
    return Configuration(
        lambda x, y, z: direction.reshape(3, *(1,) * max(np.ndim(x), np.ndim(y), np.ndim(z)))
    )


def swirl(cell_x: float, circulation: int, polarity: int, *, anti: bool = False) -> Configuration:
    """A vortex (or antivortex) about the z axis with a core a few cells wide.

    Parameters
    ----------
    cell_x : float
        Cell edge along x in m; it sets the core's width.
    circulation, polarity : int
        Sense of rotation, and direction of the core along z.
    """

    def field(x: Coordinate, y: Coordinate, z: Coordinate) -> np.ndarray:
        r = np.hypot(x, y)
        mx, my = (-x, y) if anti else (-y, x)
        core = 1.5 * polarity * np.exp(-((r / cell_x) ** 2) / 2)
        m = _stack(mx * circulation / r, my * circulation / r, core, z * 0)[:3]
        return np.where(np.isnan(m).any(axis=0), uniform(0, 0, polarity)(x, y, z), m)

    return Configuration(field)


def skyrmion(cell_x: float, charge: int, polarity: int, *, bloch: bool) -> Configuration:
    """A skyrmion about the z axis, about sixteen cells wide, with radial (Néel) or circular (Bloch) wall."""

    def field(x: Coordinate, y: Coordinate, z: Coordinate) -> np.ndarray:
        r = np.hypot(x, y)
        mz = 2 * polarity * (np.exp(-((r / (8 * cell_x)) ** 2)) - 0.5)
        mx, my = (-y, x) if bloch else (x, y)
        in_plane = charge * (1 - np.abs(mz)) / r
        m = _stack(mx * in_plane, my * in_plane, mz, z * 0)[:3]
        return np.where(np.isnan(m).any(axis=0), uniform(0, 0, polarity)(x, y, z), m)

    return Configuration(field)


def vortex_wall(
    cell_x: float, height: float, left: float, right: float, circ: int, pol: int
) -> Configuration:
    """A vortex between a left domain with mx = `left` and a right one with mx = `right`, `height` wide."""
    vortex = swirl(cell_x, circ, pol)

    def field(x: Coordinate, y: Coordinate, z: Coordinate) -> np.ndarray:
        m = np.where(x < -height / 2, uniform(left, 0, 0)(x, y, z), vortex(x, y, z))
        return np.where(x > height / 2, uniform(right, 0, 0)(x, y, z), m)

    return Configuration(field)


def two_domain(cell_x: float, left: Vector, wall: Vector, right: Vector) -> Configuration:
    """Two domains meeting at x = 0 with a wall a few cells wide."""

    def field(x: Coordinate, y: Coordinate, z: Coordinate) -> np.ndarray:
        weight = np.exp(-((x / (2 * cell_x)) ** 2))
        domain = np.where(x < 0, uniform(*left)(x, y, z), uniform(*right)(x, y, z))
        return (1 - weight) * domain + weight * uniform(*wall)(x, y, z)

    return Configuration(field)


def conical(q: Vector, direction: Vector, angle: float) -> Configuration:
    """Magnetisation on a cone about `direction`, half-angle in rad, turning with wave vector q in rad/m."""
    u = np.array(direction) / max(direction.len(), np.finfo(float).tiny)
    sideways = math.sqrt(max(1 - u[2] ** 2, 0.0))
    if sideways == 0:
        a, b = np.array([1.0, 0, 0]), np.array([0, 1.0, 0])
    else:
        a = np.array([u[0] * u[2], u[1] * u[2], u[2] ** 2 - 1]) / sideways
        b = np.array([-u[1], u[0], 0]) / sideways

    def field(x: Coordinate, y: Coordinate, z: Coordinate) -> np.ndarray:
        phase = q[0] * x + q[1] * y + q[2] * z
        turning = np.multiply.outer(a, np.cos(phase)) + np.multiply.outer(b, np.sin(phase))
        return math.cos(angle) * u.reshape(3, *(1,) * np.ndim(phase)) + math.sin(angle) * turning

    return Configuration(field)


def random_directions(seed: int) -> Configuration:
    """Directions spread evenly over the sphere; a seed repeats within this engine only."""
    generator = np.random.default_rng(seed % 2**63)

    def field(x: Coordinate, y: Coordinate, z: Coordinate) -> np.ndarray:
        shape = np.broadcast_shapes(np.shape(x), np.shape(y), np.shape(z))
        azimuth, mz = generator.uniform(0, 2 * math.pi, shape), generator.uniform(-1, 1, shape)
        rho = np.sqrt(1 - mz**2)
        return np.stack([rho * np.cos(azimuth), rho * np.sin(azimuth), mz])

    return Configuration(field)
