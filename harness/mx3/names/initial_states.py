"""Initial states of the magnetisation.

In: directions, senses and seeds. Out: configurations to assign to m.
"""

from __future__ import annotations

from harness.mx3.language.values import Vector, script
from harness.mx3.names.entries import Entries, quantity
from harness.mx3.session import configurations
from harness.mx3.session.configurations import Configuration
from harness.mx3.session.session import Session

_SEED = "a seed repeats within this engine, not across engines"


@script("Uniform", "The same direction everywhere.")
def uniform(session: Session, mx: float, my: float, mz: float) -> Configuration:
    return configurations.uniform(mx, my, mz)


@script("Vortex", "Vortex about z with circulation and core polarity +1 or -1.")
def vortex(session: Session, circ: int, pol: int) -> Configuration:
    return configurations.swirl(session.mesh.cell[0], circ, pol)


@script("Antivortex", "Antivortex about z with circulation and core polarity +1 or -1.")
def antivortex(session: Session, circ: int, pol: int) -> Configuration:
    return configurations.swirl(session.mesh.cell[0], circ, pol, anti=True)


@script("VortexWall", "Vortex wall between mx = left and mx = right, with circulation and core polarity.")
def vortex_wall(session: Session, left: float, right: float, circ: int, pol: int) -> Configuration:
    return configurations.vortex_wall(session.mesh.cell[0], session.mesh.size[1], left, right, circ, pol)


@script("TwoDomain", "Domain at x < 0, wall, and domain at x > 0, three components each.")
def two_domain(
    session: Session,
    mx1: float,
    my1: float,
    mz1: float,
    mxw: float,
    myw: float,
    mzw: float,
    mx2: float,
    my2: float,
    mz2: float,
) -> Configuration:
    left, wall, right = Vector((mx1, my1, mz1)), Vector((mxw, myw, mzw)), Vector((mx2, my2, mz2))
    return configurations.two_domain(session.mesh.cell[0], left, wall, right)


@script("NeelSkyrmion", "Skyrmion with radial wall, charge and core polarity.")
def neel_skyrmion(session: Session, charge: int, pol: int) -> Configuration:
    return configurations.skyrmion(session.mesh.cell[0], charge, pol, bloch=False)


@script("BlochSkyrmion", "Skyrmion with circular wall, charge and core polarity.")
def bloch_skyrmion(session: Session, charge: int, pol: int) -> Configuration:
    return configurations.skyrmion(session.mesh.cell[0], charge, pol, bloch=True)


@script("Conical", "Cone about a direction, turning with the wave vector q in rad/m.")
def conical(session: Session, q: Vector, direction: Vector, angle: float) -> Configuration:
    return configurations.conical(q, direction, angle)


@script("Helical", "Helix with the wave vector q in rad/m.")
def helical(session: Session, q: Vector) -> Configuration:
    return configurations.conical(q, q, 3.141592653589793 / 2)


@script("RandomMag", "Random directions.", note=_SEED)
def random_mag(session: Session) -> Configuration:
    return configurations.random_directions(0)


@script("RandomMagSeed", "Random directions from a seed.", note=_SEED)
def random_mag_seed(session: Session, seed: int) -> Configuration:
    return configurations.random_directions(seed)


def objects(session: Session) -> Entries:
    """The magnetisation."""
    yield quantity(session.m, "Reduced magnetisation, unit vectors.", kind="magnetisation")
