"""Every number and countable claim of Shi 2025 and Shi & Cardwell 2026, with what recomputes it.

In: nothing; the text is typed from the papers, each entry with the place it stands at.
Out: `PUBLISHED_SIZES`, entries whose `check()` computes value and verdict.

A statement stands once, under the place that prints it with most digits; other places are named beside it.
The inputs are those the papers state: n = 1e23 per m^3 in Table I; m, kT and k of Table 1, whose fields are
given in tesla and stand for mu0 H, so x = m B/kT; Ms = 4.8e5 A/m and 10 nm across at 300 K in Table 2.
Figures 1 and 2 of Shi & Cardwell (2026) and Figure 1 of Shi (2025) are drawings without numbers. Figure 2 of
Shi (2025) draws what `flux_quantum_radius_m` and `dipole_radius_m` compute; the text gives no values.
"""

import itertools
import math
from functools import partial

from reduced_model.materials import material
from reduced_model.papers.table import Cause, Computed, Published, scaling_exponent
from reduced_model.sizes.isolation import dipole_energy_J, isolation_distance_m
from reduced_model.sizes.langevin import critical_number, langevin, langevin_variance, signal_to_noise
from reduced_model.sizes.radii import (
    FLUX_QUANTUM_WB,
    IRON_ATOMS_PER_M3,
    bohr_magnetons_per_m3,
    dipole_count,
    dipole_radius_m,
    flux_quantum_radius_m,
    required_number,
    thermal_energy_J,
)

PRINTED_DENSITY_PER_M3, _PRINTED_QUANTUM_WB = 1e23, 2.07e-15
_PRINTED_MS_A_PER_M, _MAGNETITE_RADIUS_M = 4.8e5, 5e-9
_VOLUME_M3 = 4.0 / 3.0 * math.pi * _MAGNETITE_RADIUS_M**3
_PRINTED_MOMENT_A_M2, _PRINTED_THERMAL_J, _SNR = 2.5e-19, 4.1e-21, 5.0


def _flux_radius_nm(B_T: float, flux_quantum_Wb: float = FLUX_QUANTUM_WB) -> float:
    return float(flux_quantum_radius_m(B_T, flux_quantum_Wb=flux_quantum_Wb)) * 1e9


def _dipole_radius_nm(count: float, density_per_m3: float = PRINTED_DENSITY_PER_M3) -> float:
    return float(dipole_radius_m(count, density_per_m3)) * 1e9


def _x(B_T: float) -> float:
    return B_T * _PRINTED_MOMENT_A_M2 / _PRINTED_THERMAL_J


def _number(B_T: float, k: float = _SNR) -> float:
    return float(critical_number(_x(B_T), k, sigma="zero-field"))


def _numbers(*B_T: float, k: float = _SNR) -> Computed:
    """N_c at one field, or its smallest and largest value over several."""
    values = [_number(field, k) for field in B_T]
    return values[0] if len(values) == 1 else (min(values), max(values))


def _deviations(*B_T: float) -> tuple[float, float]:
    """Smallest and largest standard deviation of m_z/m over several fields."""
    values = [math.sqrt(langevin_variance(_x(field))) for field in B_T]
    return min(values), max(values)


def _exponents(*B_T: float) -> tuple[float, float]:
    """Smallest and largest exponent of N_c in the field, between neighbouring fields."""
    values = [scaling_exponent(_number, low, high) for low, high in itertools.pairwise(B_T)]
    return min(values), max(values)


def _thermal_J(share: float = 1.0) -> float:
    return share * float(thermal_energy_J(300.0))


def _contact_energy_J() -> float:
    return float(dipole_energy_J(_PRINTED_MS_A_PER_M * _VOLUME_M3, 2.0 * _MAGNETITE_RADIUS_M))


def _distance_nm(share: float) -> float:
    return float(isolation_distance_m(_PRINTED_MS_A_PER_M * _VOLUME_M3, share)) * 1e9


_SHI, _CARDWELL = partial(Published, "Shi 2025"), partial(Published, "Shi & Cardwell 2026")
_MEAN_FIELD, _FIG_2 = partial(_SHI, "Statistical mean-field approach"), partial(_SHI, "text on Fig. 2")
_TABLE_1, _TABLE_2 = partial(_CARDWELL, "Table 1"), partial(_CARDWELL, "Table 2")
_1_5, _1_6, _1_8, _1_9 = (partial(_CARDWELL, f"Sec. 1.{n}") for n in (5, 6, 8, 9))
_FLUX = "R = sqrt(Phi0/(pi B)), Phi0 = h/2e"
_COUNT = "R = (3N/(4 pi n))^(1/3)"
_CRITICAL = "N_c = (k/(sqrt(3) L(x)))^2, x = m B/kT, k = 5"
_DISTANCE = "r = [(mu0/4 pi) 2 m^2/(f kT)]^(1/3)"
_ROUNDED = "The paper works with Phi0 rounded to 2.07e-15 Wb; h/2e is 2.0678e-15 Wb."

DENSITY = Cause(
    "The density 1e23 per cubic metre",
    "Iron has 8.5e28 atoms in a cubic metre, 8.5e22 in a cubic centimetre: the printed number reads like one "
    "per cm^3. Table I follows from 1e23 per m^3 as printed; with atoms the radii of 1 to 10,000 dipoles are "
    "0.14 to 3.0 nm, and the two models of the paper do not converge.",
)
MU0_TWICE = Cause(
    "x of Table 1, likely mu0 twice",
    "With m, kT and the field as given x = m B/kT is 0.061 at 1 mT, not 2.4e-7. Read literally, "
    "x = mu0 m H/kT with the table's H in tesla multiplies by mu0 a second time and gives 7.7e-8, which has "
    "the size of the printed numbers. With x = m B/kT the paper's own formula gives N_c = 2.0e4 at 1 mT and "
    "8.6 at 1 T, so that a thousand particles reach the ratio of 5 above 4.5 mT. The ranges of Secs. 1.5 and "
    "1.6 follow the table.",
)
COLUMNS = Cause(
    "N_c and L of Table 1, a factor of ten apart",
    "From the printed L the paper's formula gives 1.30e15 at 1 mT, a tenth of the printed N_c. Either N_c is "
    "off by a decade; or it was computed from x = 7.7e-8 (3 k^2/x^2 = 1.28e16), and the column of L holds "
    "that x, rounded to 8e-8, and that of x three times it. The printed digits fit both.",
)
CONTRADICTION = Cause(
    "Two numbers for multi-tesla fields",
    "Sec. 1.5 gives about 1e10 and Sec. 1.6 10 to 1000 for the same particles; the paper's formula gives "
    "8.4, its limit in strong fields being k^2/3 = 8.3.",
)

# A row is quantity, printed text, unit, equation, recomputation; then a note, how words are read, and the
# value from inputs rounded as the paper prints them.
# fmt: off
_FLUX_QUANTUM = (
    _1_8("flux quantum", "2.07e-15", "Wb", "Phi0 = h/2e", lambda: FLUX_QUANTUM_WB),
    *(place(f"flux-quantum radius at {B_T:g} T", printed, "nm", _FLUX, partial(_flux_radius_nm, B_T),
            _ROUNDED, "", partial(_flux_radius_nm, B_T, _PRINTED_QUANTUM_WB))
      for place, B_T, printed in (
        (partial(_SHI, "abstract, Eq. 4; Shi & Cardwell 2026, Sec. 1.8"), 1.0, "25.7"),
        (_1_8, 0.1, "81.2"), (_1_8, 0.01, "256.7"))),
    _SHI("text on Fig. 1", "exponent of R in B", "inverse square root", "", _FLUX,
         partial(scaling_exponent, _flux_radius_nm, 0.01, 1.0), "", "-0.500"),
    _FIG_2("flux-quantum radii, 1 T to 10 mT", "tens to hundreds", "nm", _FLUX,
           lambda: (_flux_radius_nm(1.0), _flux_radius_nm(0.01)), "", "10-1000"),
    _SHI("Determining critical size via quantum flux quantization",
         "Bohr magnetons in an iron sphere that carries one flux quantum at B = mu0 Ms",
         "more than a single Bohr magneton", "", "N = (Ms/mu_B) (4 pi/3) R^3",
         lambda: float(dipole_count(flux_quantum_radius_m(material("iron").mu0Ms_T),
                                    bohr_magnetons_per_m3("iron"))), "", "> 1"),
)
"""The flux-quantum radius, printed in both papers."""

_DIPOLES = (
    *(_SHI("Table I", f"radius of {count:,} dipoles", printed, "nm", f"{_COUNT}, n = 1e23 m^-3",
           partial(_dipole_radius_nm, count))
      for count, printed in ((1, "13.4"), (10, "28.8"), (100, "62.0"), (1000, "134"), (10_000, "288"))),
    _MEAN_FIELD("exponent of R in N", "cube root", "", _COUNT,
                partial(scaling_exponent, _dipole_radius_nm, 1.0, 1e4), "", "0.333"),
    _MEAN_FIELD("atomic density of a magnetic material, here iron", "10^23", "m^-3",
                "n = density N_A / molar mass", lambda: IRON_ATOMS_PER_M3, cause=DENSITY),
    _FIG_2("radii of 1 to 10,000 dipoles at iron's atomic density", "tens to hundreds", "nm",
           f"{_COUNT}, n = 8.5e28 m^-3",
           lambda: (_dipole_radius_nm(1, IRON_ATOMS_PER_M3), _dipole_radius_nm(10_000, IRON_ATOMS_PER_M3)),
           "With the printed density 13.4 to 288 nm.", "10-1000", cause=DENSITY),
    _MEAN_FIELD("atoms in an iron sphere of the 1 T flux-quantum radius", "the number of dipoles is small",
                "", "N = n (4 pi/3) R^3",
                lambda: float(dipole_count(flux_quantum_radius_m(1.0), IRON_ATOMS_PER_M3)),
                'Said of particles at the critical size; "small" is read as the largest number of Table I.',
                "< 10^4", cause=DENSITY),
    _1_8("exponent in N of the relative variance of the summed moment", "1/N", "",
         "(delta B/<B>)^2 = (sigma/<m_z>)^2/N",
         partial(scaling_exponent, lambda count: float(signal_to_noise(1.0, count)) ** -2, 1.0, 1000.0),
         "div B itself is zero for any number of dipoles; what falls as 1/N is this variance.", "-1.00"),
)
"""Shi 2025, Table I and what its text says of it."""


def _table_1_at(B_T: float, x: str, L: str, number: str, also: str) -> tuple[Published, ...]:
    """A column of Table 1, recomputed from the field; `also` is what the text says of the same N_c."""
    at = f"at {B_T * 1e3:g} mT"
    return (
        _TABLE_1(f"x {at}", x, "", "x = m B/kT", partial(_x, B_T), cause=MU0_TWICE),
        _TABLE_1(f"L(x) {at}", L, "", "L = coth x - 1/x", lambda: float(langevin(_x(B_T))), cause=MU0_TWICE),
        _TABLE_1(f"N_c {at}", number, "", _CRITICAL, partial(_number, B_T), also, cause=MU0_TWICE),
    )


_TABLE_1_COLUMNS = (
    (1e-3, "2.4e-7", "8e-8", "1.3e16", "Also 10^14 to 10^16 (Sec. 1.6), about 10^16 below (Sec. 1.5)."),
    (1e-2, "2.4e-6", "8e-7", "1.3e14", "Also 10^12 to 10^14 up to 0.1 T (Sec. 1.5)."),
    (1e-1, "2.4e-5", "8e-6", "1.3e12", "Also 10^12 to 10^13 (Sec. 1.6)."),
    (1.0, "2.4e-4", "8e-5", "1.3e10", "Also about 10^10 (Sec. 1.6)."),
)


def _table_1_ratio() -> tuple[float, float]:
    """Printed N_c over that from the printed L, smallest and largest of Table 1."""
    ratios = [float(N) * 3.0 * float(L) ** 2 / _SNR**2 for _, _, L, N, _ in _TABLE_1_COLUMNS]
    return min(ratios), max(ratios)


_CRITICAL_NUMBERS = (
    *(entry for column in _TABLE_1_COLUMNS for entry in _table_1_at(*column)),
    _TABLE_1("N_c as printed over that from the printed L", "the columns of one table", "",
             "N_c = (k/(sqrt(3) L))^2, k = 5", _table_1_ratio, "", "1.0", cause=COLUMNS),
    _1_5("N_c at multi-tesla fields (2 to 10 T)", "~10^10", "", _CRITICAL, partial(_numbers, 2.0, 10.0),
         cause=MU0_TWICE),
    _1_6("N_c at multi-tesla fields (2 to 10 T)", "10^1-10^3", "", _CRITICAL, partial(_numbers, 2.0, 10.0)),
    _1_6("decades between the two N_c printed for multi-tesla fields", "one number", "", "Secs. 1.5, 1.6",
         lambda: math.log10(1e10 / 1e3), "From 10^10 to the upper end of 10^1 to 10^3.", "~0",
         cause=CONTRADICTION),
    _1_6("standard deviation of m_z/m, 1 mT to 1 T", "1/sqrt(3)", "", "sigma^2/m^2 = 1 - L^2 - 2L/x",
         partial(_deviations, 1e-3, 1e-2, 1e-1, 1.0),
         "The paper gives it next to its weak-field limit, x << 1, where it holds; in a field the moment "
         "aligns and fluctuates less.", "0.577", approximated=partial(_deviations, 1e-4)),
    _1_6("exponent of N_c in H, 1 mT to 1 T", "1/H^2", "", _CRITICAL,
         partial(_exponents, 1e-3, 1e-2, 1e-1, 1.0),
         "The paper derives it for weak fields, L = x/3; L saturates, and at 1 T N_c hardly falls.", "-2.00",
         approximated=partial(_exponents, 1e-5, 1e-4)),
    _1_6("N for a fluctuation of 10 %", "100", "", "N = 1/epsilon^2", lambda: float(required_number(0.1))),
    _1_6("N for a fluctuation of 1 %", "10^4", "", "N = 1/epsilon^2", lambda: float(required_number(0.01))),
    _1_6("factor in N_c between k = 5 and k = 1", "25", "", _CRITICAL,
         lambda: _number(1e-3) / _number(1e-3, 1.0)),
)
"""Shi & Cardwell 2026, Table 1 and Secs. 1.5 and 1.6."""

_ISOLATION = (
    _1_9("volume", "5.24e-25", "m^3", "V = (4 pi/3) a^3", lambda: _VOLUME_M3),
    _1_9("moment", "2.51e-19", "A m^2", "m = Ms V", lambda: _PRINTED_MS_A_PER_M * _VOLUME_M3,
         "2.5e-19 in Sec. 1.6."),
    _1_9("kT at 300 K", "4.14e-21", "J", "k_B T", _thermal_J, "4.1e-21 in Sec. 1.6."),
    _1_9("energy at contact, r = 10 nm", "1.26e-20", "J", "U = (mu0/4 pi) 2 m^2/r^3", _contact_energy_J),
    _1_9("energy at contact over kT", "≈ 3", "", "U/kT", lambda: _contact_energy_J() / _thermal_J()),
    _1_9("gap between surfaces 30 nm apart", "~20", "nm", "r - 2a",
         lambda: 30.0 - 2e9 * _MAGNETITE_RADIUS_M),
    *(_TABLE_2(f"distance for U = {share:g} kT", printed, "nm", _DISTANCE, partial(_distance_nm, share), note)
      for share, printed, note in (
        (1.0, "14.5", "14 to 15 nm in Sec. 1.9. r goes with Ms^(2/3), where the text says proportionally."),
        (0.1, "31.2", "About 30 nm in Sec. 1.9, where the energy is 0.11 kT."), (0.01, "67.3", ""))),
)
"""Shi & Cardwell 2026, Sec. 1.9 with Table 2."""
# fmt: on

PUBLISHED_SIZES: tuple[Published, ...] = (*_FLUX_QUANTUM, *_DIPOLES, *_CRITICAL_NUMBERS, *_ISOLATION)
"""In the order of the argument."""
