"""From which radius on a curling texture lies below the uniform state in zero field: energies, not stability.

In: a material.
Out: `EnergyCrossing`: the radius for Brown's fixed texture, for the vortex Ansatz, and Brown's lower bound.

A texture with exchange g_ex, axial average <m_z^2> and magnetostatic g_d has the energy of the uniform state
where g_ex = 2 (R/l_ex)^2 [g_d - 1/3 - kappa (1 - <m_z^2>)], kappa = Ku/(mu0 Ms^2). This is no spinodal: the
uniform state may stay metastable beyond it.
"""

import math
from dataclasses import dataclass

import numpy as np

from reduced_model.errors import ModelError
from reduced_model.materials import Material, material
from reduced_model.nucleation.spinodals import nucleation_radius
from reduced_model.results import Tabled
from reduced_model.vortex.kernels import NU_MAX
from reduced_model.vortex.profiles import profiles

BROWN_G_EX = 12.0 * (1.0 - math.pi / 4.0) + 8.0 / 5.0
"""Exchange of m_z = 1 - rho^2/R^2 (Adams & Michels 2026, Eq. S28): <4/(2 - rho^2) + 2 - rho^2>."""
BROWN_G_UZ = 3.0 / 7.0
"""Its <m_z^2>."""
BROWN_G_D = 0.5 - 1.5 * (0.6**2 / 3.0**2 + 0.4**2 / 7.0**2)
"""Its magnetostatic profile: the surface charge is c^3 = (3/5) P_1 + (2/5) P_3."""
_SMALLEST_NU = 1e-3  # below it the differences of profiles lose digits; the limit nu = 0 is known


@dataclass(frozen=True)
class EnergyCrossing(Tabled):
    """Radii beyond which a texture costs less than the uniform state, B = 0; infinite where it never does."""

    brown_m: float
    """Brown's texture, 4.5292 l_ex [1 - 5.6150 kappa]^(-1/2) (Eq. S27)."""
    ansatz_m: float
    """The Ansatz at its best nu: an upper bound of the true crossing, as Brown's is, and the sharper one."""
    ansatz_nu: float
    """That nu; 0 where the crossing is the spinodal itself, a continuous transition."""
    lower_bound_m: float
    """Brown's theorem: below q sqrt(3) l_ex = 3.6054 l_ex the uniform state is the lowest of all."""


def brown_prefactor() -> tuple[float, float]:
    """Radius in units of l_ex without anisotropy, and the factor of Ku/(mu0 Ms^2), for Brown's texture (S27).

    Examples
    --------
    >>> print("{:.4f} {:.4f}".format(*brown_prefactor()))
    4.5292 5.6150
    """
    gain = BROWN_G_D - 1.0 / 3.0
    return math.sqrt(BROWN_G_EX / (2.0 * gain)), (1.0 - BROWN_G_UZ) / gain


def energy_crossing(material_or_name: Material | str) -> EnergyCrossing:
    """Energy-crossing radii of a material with its easy axis along z (Adams & Michels 2026, Eqs. S26-S28).

    Examples
    --------
    >>> radii = energy_crossing("iron")
    >>> print(f"{radii.brown_m * 1e9:.2f} {radii.ansatz_m * 1e9:.2f} {radii.lower_bound_m * 1e9:.2f}")
    11.05 9.47 8.46
    """
    chosen = material(material_or_name)
    if abs(chosen.axis[2]) < 1.0 - 1e-12 and chosen.Ku_J_per_m3 > 0.0:
        raise ModelError.of("axis", chosen.axis, "along (0, 0, 1) for an energy crossing")
    kappa = chosen.Ku_J_per_m3 / chosen.magnetostatic_J_per_m3
    length = chosen.exchange_length_m
    prefactor, hardness = brown_prefactor()
    share = 1.0 - hardness * kappa
    squared, nu = _ansatz_crossing(kappa)
    spinodal = nucleation_radius(chosen)
    return EnergyCrossing(
        brown_m=prefactor * length / math.sqrt(share) if share > 0.0 else math.inf,
        ansatz_m=min(math.sqrt(squared) * length, spinodal.exact_m),
        ansatz_nu=nu if math.sqrt(squared) * length < spinodal.exact_m else 0.0,
        lower_bound_m=spinodal.crossing_brown_m,
    )


def _ansatz_crossing(kappa: float) -> tuple[float, float]:
    """The least (R/l_ex)^2 at which some nu > 0 has the uniform state's energy, and that nu."""
    low, high = _SMALLEST_NU, NU_MAX
    best, at = math.inf, 0.0
    for _ in range(6):  # each pass narrows the bracket about forty-fold
        nu = np.geomspace(low, high, 161)
        g = profiles(nu)
        gain = g.g_d - 1.0 / 3.0 - kappa * (1.0 - g.g_uz)
        squared = np.where(gain > 0.0, g.g_ex / (2.0 * np.where(gain > 0.0, gain, 1.0)), np.inf)
        i = int(np.argmin(squared))
        best, at = float(squared[i]), float(nu[i])
        if not math.isfinite(best):
            break
        low, high = float(nu[max(i - 2, 0)]), float(nu[min(i + 2, nu.size - 1)])
    return best, at
