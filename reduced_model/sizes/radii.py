"""Sizes below which a particle is no longer a piece of continuum: flux quantum, counted dipoles, heat.

In: fields, numbers and densities of dipoles, anisotropies; numbers or arrays, in SI units.
Out: radii, counts and moments, shaped as the arguments broadcast; a `ModelError` names the key and value of
one that is out of range.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from reduced_model.errors import Array, finite_values, non_negative_values, positive, positive_values
from reduced_model.materials import Material, material

PLANCK_J_S = 6.62607015e-34
ELEMENTARY_CHARGE_C = 1.602176634e-19
BOLTZMANN_J_PER_K = 1.380649e-23
AVOGADRO_PER_MOL = 6.02214076e23
BOHR_MAGNETON_A_M2 = 9.2740100657e-24
"""CODATA 2022; the four constants above are exact in the SI."""

FLUX_QUANTUM_WB = PLANCK_J_S / (2.0 * ELEMENTARY_CHARGE_C)
"""h/2e (Shi 2025, Eq. 2): the quantum of a superconducting ring, whose carriers have charge 2e."""

IRON_ATOMS_PER_M3 = 7874.0 / 55.845e-3 * AVOGADRO_PER_MOL
"""Atoms in a cubic metre of iron, from its density and molar mass: 8.5e28."""

ROOM_TEMPERATURE_K = 300.0


def flux_quantum_radius_m(B_T: ArrayLike, *, flux_quantum_Wb: float = FLUX_QUANTUM_WB) -> Array:
    """Radius of the circle of one flux quantum in a field, R = sqrt(Phi0 / (pi B)) (Shi 2025, Eqs. 3, 4).

    Parameters
    ----------
    B_T : array_like, shape (...)
        > 0.
    flux_quantum_Wb : float
        > 0; the paper works with 2.07e-15 Wb.

    Examples
    --------
    >>> print(np.round(flux_quantum_radius_m([1, 0.1, 0.01]) * 1e9, 1))
    [ 25.7  81.1 256.6]
    >>> print(np.round(flux_quantum_radius_m([1, 0.1, 0.01], flux_quantum_Wb=2.07e-15) * 1e9, 1))
    [ 25.7  81.2 256.7]
    """
    quantum = positive("flux_quantum_Wb", flux_quantum_Wb)
    return np.sqrt(quantum / (math.pi * positive_values("B_T", B_T)))


def dipole_radius_m(count: ArrayLike, density_per_m3: ArrayLike) -> Array:
    """Radius of the sphere that holds `count` dipoles on average, (3N / 4 pi n)^(1/3) (Shi 2025, Table I).

    Parameters
    ----------
    count, density_per_m3 : array_like, shape (...)
        N, >= 0; n, > 0.

    Examples
    --------
    >>> print(np.round(dipole_radius_m([1, 10, 100, 1000, 10000], 1e23) * 1e9, 1))
    [ 13.4  28.8  62.  133.7 287.9]
    """
    volume = non_negative_values("count", count) / positive_values("density_per_m3", density_per_m3)
    return np.cbrt(0.75 / math.pi * volume)


def dipole_count(radius_m: ArrayLike, density_per_m3: ArrayLike) -> Array:
    """Mean number of dipoles in a sphere, N = n (4 pi/3) R^3; the inverse of `dipole_radius_m`."""
    radius = non_negative_values("radius_m", radius_m)
    return 4.0 / 3.0 * math.pi * positive_values("density_per_m3", density_per_m3) * radius**3


def bohr_magnetons_per_m3(material_or_name: Material | str) -> float:
    """Density of dipoles of a material, each counted as one Bohr magneton: Ms / mu_B."""
    return material(material_or_name).Ms_A_per_m / BOHR_MAGNETON_A_M2


def particle_moment_A_m2(material_or_name: Material | str, radius_m: ArrayLike) -> Array:
    """Moment of a uniformly magnetised sphere, Ms (4 pi/3) R^3 (Shi & Cardwell 2026, Sec. 1.9).

    Examples
    --------
    >>> print(f"{particle_moment_A_m2('magnetite', 5e-9):.3e}")
    2.513e-19
    """
    radius = positive_values("radius_m", radius_m)
    return 4.0 / 3.0 * math.pi * material(material_or_name).Ms_A_per_m * radius**3


def required_number(epsilon: ArrayLike) -> Array:
    """Dipoles for a relative fluctuation `epsilon`, N = 1/epsilon^2 (Shi & Cardwell 2026, Sec. 1.6).

    This takes mean and standard deviation of one moment for equal. The exact number carries the factor
    (sigma/<m_z>)^2 of the moments at hand: it is `critical_number` with k = 1/epsilon.

    Examples
    --------
    >>> print(np.round(required_number([0.1, 0.01])))
    [  100. 10000.]
    """
    return positive_values("epsilon", epsilon) ** -2.0


def superparamagnetic_radius_m(
    Ku_J_per_m3: ArrayLike, *, temperature_K: float = ROOM_TEMPERATURE_K, barrier: float = 25.0
) -> Array:
    """Radius at which the uniaxial barrier Ku V is `barrier` times kT (Bean & Livingston 1959).

    25 kT are about a hundred seconds of stability, at an attempt frequency of 1e9 per second.

    Parameters
    ----------
    Ku_J_per_m3 : array_like, shape (...)
        Uniaxial anisotropy constant of either sign.
    temperature_K, barrier : float
        > 0; the barrier is Ku V / kT.

    Returns
    -------
    ndarray, shape (...)
        nan where Ku <= 0: there is no barrier. At 0 nothing holds the moment; below it the axis is hard and
        the moment turns freely about it, so |Ku| V is what leaving the plane costs, not what reversal does.

    Examples
    --------
    >>> print(np.round(superparamagnetic_radius_m([4.8e4, 0.0, -5e3]) * 1e9, 2))
    [8.02  nan  nan]
    """
    heat = positive("barrier", barrier) * thermal_energy_J(temperature_K)
    Ku = finite_values("Ku_J_per_m3", Ku_J_per_m3)
    volume = np.divide(heat, Ku, out=np.full_like(Ku, np.nan), where=Ku > 0.0)
    return np.cbrt(0.75 / math.pi * volume)


def thermal_energy_J(temperature_K: ArrayLike = ROOM_TEMPERATURE_K) -> Array:
    """k_B T."""
    return BOLTZMANN_J_PER_K * positive_values("temperature_K", temperature_K)


@dataclass(frozen=True)
class CellMoments:
    """How many Bohr magnetons a cubic simulation cell stands for. Informational."""

    material: str
    cell_nm: float
    bohr_magnetons: float
    """Ms c^3 / mu_B, c the edge of the cell."""
    epsilon: float
    """Relative fluctuation asked for."""
    required: float
    """1/epsilon^2."""

    @property
    def note(self) -> str:
        """What the two numbers say, and what they do not."""
        relation = "more" if self.bohr_magnetons >= self.required else "fewer"
        return (
            f"Informational: a {self.cell_nm:g} nm cell of {self.material} holds {self.bohr_magnetons:.3g} "
            f"Bohr magnetons, {relation} than the 1/epsilon^2 = {self.required:g} of a relative fluctuation "
            f"of {self.epsilon:.3g}. This is no limit of the discretisation: a cell samples a continuum, at "
            "zero temperature and held by exchange; what a cell must resolve is the exchange length."
        )


def cell_moments(material_or_name: Material | str, cell_nm: float, epsilon: float = 0.01) -> CellMoments:
    """Count the Bohr magnetons of a simulation cell beside N >= 1/epsilon^2.

    Parameters
    ----------
    cell_nm, epsilon : float
        Edge of the cubic cell, > 0; relative fluctuation, above 0 and below 1.

    Examples
    --------
    >>> print(f"{cell_moments('iron', 2).bohr_magnetons:.0f}")
    1466
    """
    chosen = material(material_or_name)
    edge, share = positive("cell_nm", cell_nm), positive("epsilon", epsilon, below=1.0)
    count = bohr_magnetons_per_m3(chosen) * (edge * 1e-9) ** 3
    return CellMoments(chosen.name, edge, count, share, float(required_number(share)))
