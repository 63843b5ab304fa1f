"""Initial states of the magnetisation.

In: directions, senses and seeds. Out: states to assign to m, functions of position in m.
"""

from __future__ import annotations

import math

import numpy as np

from harness.mx3.language.signatures import ScriptName, Signature, script, variant
from harness.mx3.language.values import Vector
from harness.mx3.names.entries import Entries, quantity
from harness.mx3.session.grid import Grid
from harness.mx3.session.initial_states import InitialState, random_directions
from harness.mx3.session.sample import Sample
from harness.mx3.session.shapes import Coordinate

_SEED = "a seed repeats within this engine, not across engines"


@script("Uniform", "The same direction everywhere.")
def uniform(mx: float, my: float, mz: float) -> InitialState:
    direction = np.array([mx, my, mz], dtype=np.float64)
    return InitialState(lambda x, y, z: direction.reshape(3, *(1,) * max(np.ndim(x), np.ndim(y), np.ndim(z))))


def _swirl(grid: Grid, circ: int, pol: int, anti: bool) -> InitialState:
    """A vortex (or antivortex) about z, its core a few cells wide."""
    cell_x = grid.mesh.cell[0]

    def directions(x: Coordinate, y: Coordinate, z: Coordinate) -> np.ndarray:
        r = np.hypot(x, y)
        mx, my = (-x, y) if anti else (-y, x)
        core = 1.5 * pol * np.exp(-((r / cell_x) ** 2) / 2)
        return _or_along_z(pol, mx * circ / r, my * circ / r, core, z)

    return InitialState(directions)


def _skyrmion(grid: Grid, charge: int, pol: int, bloch: bool) -> InitialState:
    """A skyrmion about z, about sixteen cells wide, with circular (Bloch) or radial (Néel) wall."""
    cell_x = grid.mesh.cell[0]

    def directions(x: Coordinate, y: Coordinate, z: Coordinate) -> np.ndarray:
        r = np.hypot(x, y)
        mz = 2 * pol * (np.exp(-((r / (8 * cell_x)) ** 2)) - 0.5)
        mx, my = (-y, x) if bloch else (x, y)
        in_plane = charge * (1 - np.abs(mz)) / r
        return _or_along_z(pol, mx * in_plane, my * in_plane, mz, z)

    return InitialState(directions)


def _or_along_z(pol: int, mx: Coordinate, my: Coordinate, mz: Coordinate, z: Coordinate) -> np.ndarray:
    """The components as one array over space; the core's direction on the axis, where none is."""
    m = np.stack(np.broadcast_arrays(mx, my, mz, z * 0))[:3]
    core = np.reshape([0.0, 0.0, pol], (3, *(1,) * (m.ndim - 1)))
    return np.where(np.isnan(m).any(axis=0), core, m)


@script("VortexWall", "Vortex wall between mx = left and mx = right, with circulation and core polarity.")
def vortex_wall(grid: Grid, left: float, right: float, circ: int, pol: int) -> InitialState:
    vortex, half_m = _swirl(grid, circ, pol, anti=False), grid.mesh.size[1] / 2

    def directions(x: Coordinate, y: Coordinate, z: Coordinate) -> np.ndarray:
        m = np.where(x < -half_m, uniform(left, 0, 0)(x, y, z), vortex(x, y, z))
        return np.where(x > half_m, uniform(right, 0, 0)(x, y, z), m)

    return InitialState(directions)


@script("TwoDomain", "Domain at x < 0, wall, and domain at x > 0, three components each.")
def two_domain(
    grid: Grid, mx1: float, my1: float, mz1: float, mxw: float, myw: float, mzw: float,
    mx2: float, my2: float, mz2: float,
) -> InitialState:  # fmt: skip
    left, wall, right = uniform(mx1, my1, mz1), uniform(mxw, myw, mzw), uniform(mx2, my2, mz2)
    width = 2 * grid.mesh.cell[0]

    def directions(x: Coordinate, y: Coordinate, z: Coordinate) -> np.ndarray:
        share = np.exp(-((x / width) ** 2))
        return (1 - share) * np.where(x < 0, left(x, y, z), right(x, y, z)) + share * wall(x, y, z)

    return InitialState(directions)


@script("Conical", "Cone about a direction, turning with the wave vector q in rad/m.")
def conical(q: Vector, direction: Vector, angle: float) -> InitialState:
    u = np.array(direction) / max(direction.len(), np.finfo(float).tiny)
    sideways = math.sqrt(max(1 - u[2] ** 2, 0.0))
    if sideways == 0:
        a, b = np.array([1.0, 0, 0]), np.array([0, 1.0, 0])
    else:
        a = np.array([u[0] * u[2], u[1] * u[2], u[2] ** 2 - 1]) / sideways
        b = np.array([-u[1], u[0], 0]) / sideways

    def directions(x: Coordinate, y: Coordinate, z: Coordinate) -> np.ndarray:
        phase = q[0] * x + q[1] * y + q[2] * z
        turning = np.multiply.outer(a, np.cos(phase)) + np.multiply.outer(b, np.sin(phase))
        return math.cos(angle) * u.reshape(3, *(1,) * np.ndim(phase)) + math.sin(angle) * turning

    return InitialState(directions)


_VORTEX = "{} about z with circulation and core polarity +1 or -1."
_SKYRMION = "Skyrmion with {} wall, charge and core polarity."
_VARIANTS = (
    (ScriptName("Vortex", _VORTEX.format("Vortex")), _swirl, "circ", "pol", False),
    (ScriptName("Antivortex", _VORTEX.format("Antivortex")), _swirl, "circ", "pol", True),
    (ScriptName("NeelSkyrmion", _SKYRMION.format("radial")), _skyrmion, "charge", "pol", False),
    (ScriptName("BlochSkyrmion", _SKYRMION.format("circular")), _skyrmion, "charge", "pol", True),
    (ScriptName("Helical", "Helix with the wave vector q in rad/m."), conical, "q", "q", math.pi / 2),
    (ScriptName("RandomMag", "Random directions.", _SEED), random_directions, 0),
    (ScriptName("RandomMagSeed", "Random directions from a seed.", _SEED), random_directions, "seed"),
)


def functions() -> tuple[Signature, ...]:
    """States that differ from another by a fixed argument."""
    return tuple(variant(mark, function, *arguments) for mark, function, *arguments in _VARIANTS)


def objects(sample: Sample) -> Entries:
    """The magnetisation."""
    yield quantity(sample.m, "Reduced magnetisation, unit vectors.")
