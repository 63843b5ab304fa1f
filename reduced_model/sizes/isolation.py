"""How far apart magnetic particles must be to leave each other alone.

In: moments, distances, a share of kT; or a material and a radius.
Out: dipole-dipole energies and isolation distances (Shi & Cardwell 2026, Sec. 1.9), shaped as the arguments
broadcast; a `ModelError` names the key and value of one that is out of range.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from reduced_model.errors import Array, positive_values
from reduced_model.materials import MU0, Material
from reduced_model.sizes.radii import ROOM_TEMPERATURE_K, particle_moment_A_m2, thermal_energy_J


def dipole_energy_J(moment_A_m2: ArrayLike, distance_m: ArrayLike) -> Array:
    """Largest energy two equal dipoles can gain, in line head to tail: (mu0/4 pi) 2 m^2/r^3.

    Parameters
    ----------
    moment_A_m2, distance_m : array_like, shape (...)
        Moment of each, distance between the centres, > 0.

    Examples
    --------
    Two magnetite spheres of 10 nm in contact:

    >>> print(f"{dipole_energy_J(particle_moment_A_m2('magnetite', 5e-9), 10e-9):.3g}")
    1.26e-20
    """
    moment, distance = positive_values("moment_A_m2", moment_A_m2), positive_values("distance_m", distance_m)
    return MU0 / (2.0 * math.pi) * moment**2 / distance**3


def isolation_distance_m(
    moment_A_m2: ArrayLike, share: ArrayLike = 1.0, temperature_K: ArrayLike = ROOM_TEMPERATURE_K
) -> Array:
    """Distance between the centres at which that energy is `share` times kT.

    r = [(mu0/4 pi) 2 m^2 / (f kT)]^(1/3): it goes with m^(2/3), so with Ms^(2/3), not with Ms.

    Parameters
    ----------
    moment_A_m2, share, temperature_K : array_like, shape (...)
        > 0; share f = 1 is comparable, 0.1 small, 0.01 very small (the paper's three).

    Examples
    --------
    >>> moment = particle_moment_A_m2("magnetite", 5e-9)
    >>> print(np.round(isolation_distance_m(moment, [1, 0.1, 0.01]) * 1e9, 1))
    [14.5 31.2 67.3]
    """
    moment, share = positive_values("moment_A_m2", moment_A_m2), positive_values("share", share)
    return np.cbrt(MU0 / (2.0 * math.pi) * moment**2 / (share * thermal_energy_J(temperature_K)))


def particle_isolation_distance_m(
    material_or_name: Material | str,
    radius_m: ArrayLike,
    share: ArrayLike = 1.0,
    temperature_K: ArrayLike = ROOM_TEMPERATURE_K,
) -> Array:
    """`isolation_distance_m` of two equal uniformly magnetised spheres; below 2 R they would overlap."""
    return isolation_distance_m(particle_moment_A_m2(material_or_name, radius_m), share, temperature_K)
