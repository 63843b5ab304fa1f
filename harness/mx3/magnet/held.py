"""Equilibria whose mean moment is held: the energy of a state against the direction of its core.

In: a `Magnet` near rest, and directions that its mean moment shall have no part along. Out: the magnet at the
lowest state so held that a descent finds, and its energy. All else, the inclination of a core whose azimuth
is held among it, is free.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.ndimage import distance_transform_edt, map_coordinates
from scipy.spatial.transform import Rotation

from harness.mx3.magnet.fields.demag import MU0
from harness.mx3.magnet.magnet import Array, Magnet

STIFFNESS = 2.0
"""Of the hold, in units of mu0 Ms: a field for each unit of the mean moment along a direction held."""
HELD = 1e-6
"""Part of the mean moment along a direction held that counts as none."""
_ROUNDS = 12


@dataclass(frozen=True)
class Held:
    """A state held."""

    energy_J: float
    """The magnet's own, without the hold."""
    moment: tuple[float, float, float]
    """Mean moment over Ms."""
    field_T: float
    """Uniform field across the mean moment that holds it."""
    converged: bool
    """Whether state and hold are at rest."""


def held(magnet: Magnet, across: ArrayLike, tolerance_T: float = 1e-7, max_evaluations: int = 5000) -> Held:
    """Move a magnet to rest with no part of its mean moment along some directions.

    The hold is a uniform field, Lagrange's multiplier of the constraint, found by augmented Lagrangians: a
    state is held as well where its free energy has a maximum.

    Parameters
    ----------
    magnet : Magnet
        In double precision, at a state near the one wanted.
    across : array_like, shape (k, 3)
        Orthogonal unit vectors.
    tolerance_T, max_evaluations
        Of each descent, as `Magnet.equilibrate` has them.

    Raises
    ------
    ValueError
        If cells are partly filled: there is then no energy.
    """
    if np.any((magnet.fill > 0) & (magnet.fill < 1)):
        raise ValueError("cells are partly filled (EdgeSmooth), so there is no energy; take EdgeSmooth = 0")
    along = np.atleast_2d(np.asarray(across, dtype=float))
    shares = magnet.moments / magnet.moments.sum()
    stiffness_T = STIFFNESS * MU0 * float(magnet.moments.max())
    multiplier = np.zeros(len(along))

    def hold(m: Array) -> Array:
        pull = multiplier + stiffness_T * (along @ (m @ shares))
        return np.repeat(-(pull @ along)[:, None], m.shape[1], axis=1)

    for _ in range(_ROUNDS):
        found = magnet.equilibrate(tolerance_T, max_evaluations, hold)
        off = along @ (magnet.columns @ shares)
        multiplier = multiplier + stiffness_T * off
        if np.abs(off).max() < HELD:
            break
    x, y, z = magnet.columns @ shares
    at_rest = found.converged and bool(np.abs(off).max() < HELD)
    return Held(magnet.energy(), (float(x), float(y), float(z)), float(np.linalg.norm(multiplier)), at_rest)


def turned(magnet: Magnet, rotation: Rotation) -> Array:
    """The magnet's texture turned about the body's centre, places and moments, (3, nz, ny, nx).

    Values between cells are linear, those outside the body the nearest cell's; of no unit length.
    """
    nearest = distance_transform_edt(magnet.fill == 0, return_distances=False, return_indices=True)
    m = magnet.m[:, *nearest]
    centres = magnet.mesh.centres()
    middle = np.average(centres[:, magnet.fill > 0], axis=1, weights=magnet.moments)[:, None]
    from_places = middle + rotation.inv().apply((centres.reshape(3, -1) - middle).T).T
    from_places = from_places.reshape(centres.shape)
    edges, counts = np.array(magnet.mesh.cell), np.array(magnet.mesh.n)
    indices = from_places / edges[:, None, None, None] + ((counts - 1) / 2)[:, None, None, None]
    there = np.stack([map_coordinates(part, indices[::-1], order=1, mode="nearest") for part in m])
    turned_to: Array = rotation.apply(there.reshape(3, -1).T).T.reshape(there.shape)
    return turned_to
