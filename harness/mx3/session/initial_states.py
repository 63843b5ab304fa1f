"""Initial states: a direction of the magnetisation for every point of space.

In: coordinate arrays in m. Out: vectors of any length; the magnet normalises them. The states, MuMax3's
`Config`, combine by weighted addition, shifts, rotation and scaling.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from harness.mx3.language.signatures import script
from harness.mx3.session.shapes import Coordinate

Directions = Callable[[Coordinate, Coordinate, Coordinate], np.ndarray]


@dataclass(frozen=True, eq=False)
class InitialState:
    """Magnetisation as a function of position."""

    base: Directions
    """Takes x, y, z in m (arrays that broadcast together), returns mx, my, mz along its first axis."""
    added: tuple[tuple[float, InitialState], ...] = ()
    """Weights and states to add to it."""
    script_type = "initial state"

    def __call__(self, x: Coordinate, y: Coordinate, z: Coordinate) -> np.ndarray:
        shape = np.broadcast_shapes(np.shape(x), np.shape(y), np.shape(z))
        with np.errstate(all="ignore"):
            total = np.array(np.broadcast_to(self.base(x, y, z), (3, *shape)))
            for weight, other in self.added:
                total += weight * other(x, y, z)
        return total

    @script("Add", "This state plus `weight` times another.")
    def add(self, weight: float, other: InitialState) -> InitialState:
        return InitialState(self.base, (*self.added, (weight, other)))

    @script("Transl", "The state moved by (dx, dy, dz) in m.")
    def transl(self, dx: float, dy: float, dz: float) -> InitialState:
        return InitialState(lambda x, y, z: self(x - dx, y - dy, z - dz))

    @script("Scale", "The state stretched along x, y and z.")
    def scale(self, sx: float, sy: float, sz: float) -> InitialState:
        return InitialState(lambda x, y, z: self(x / np.float64(sx), y / np.float64(sy), z / np.float64(sz)))

    @script("RotZ", "The state, positions and spins, turned about z in rad.")
    def rotz(self, angle: float) -> InitialState:
        c, s = math.cos(angle), math.sin(angle)

        def turned(x: Coordinate, y: Coordinate, z: Coordinate) -> np.ndarray:
            mx, my, mz = self(x * c + y * s, y * c - x * s, z)
            return np.stack([mx * c - my * s, mx * s + my * c, mz])

        return InitialState(turned)


def random_directions(seed: int) -> InitialState:
    """Directions spread evenly over the sphere; a seed repeats within this engine only."""
    generator = np.random.default_rng(seed % 2**63)

    def field(x: Coordinate, y: Coordinate, z: Coordinate) -> np.ndarray:
        shape = np.broadcast_shapes(np.shape(x), np.shape(y), np.shape(z))
        azimuth, mz = generator.uniform(0, 2 * math.pi, shape), generator.uniform(-1, 1, shape)
        rho = np.sqrt(1 - mz**2)
        return np.stack([rho * np.cos(azimuth), rho * np.sin(azimuth), mz])

    return InitialState(field)
