"""Every number and countable claim of Shi 2025 and Shi & Cardwell 2026, with what recomputes it.

In: nothing; the text is typed from the papers, each entry with the place it stands at.
Out: `PUBLISHED_SIZES`, entries whose `check()` computes value and verdict.

The inputs are those the papers state: n = 1e23 per m^3 in Table I; m, kT and k of Table 1, whose fields are
given in tesla and stand for mu0 H, so x = m B/kT; Ms = 4.8e5 A/m and 10 nm across at 300 K in Table 2.
Figures 1 and 2 of Shi & Cardwell (2026) and Figure 1 of Shi (2025) are drawings without numbers. Figure 2 of
Shi (2025) draws what `flux_quantum_radius_m` and `dipole_radius_m` compute; the text gives no values.
"""

import math
from functools import partial

from reduced_model.materials import Material, material
from reduced_model.papers.table import Computed, Published, scaling_exponent
from reduced_model.sizes.isolation import dipole_energy_J, isolation_distance_m
from reduced_model.sizes.langevin import critical_number, langevin, langevin_variance, signal_to_noise
from reduced_model.sizes.radii import (
    FLUX_QUANTUM_WB,
    IRON_ATOMS_PER_M3,
    bohr_magnetons_per_m3,
    dipole_count,
    dipole_radius_m,
    flux_quantum_radius_m,
    particle_moment_A_m2,
    required_number,
    thermal_energy_J,
)

PRINTED_DENSITY_PER_M3, _PRINTED_QUANTUM_WB = 1e23, 2.07e-15
_PRINTED_MS_A_PER_M, _PRINTED_VOLUME_M3, _MAGNETITE_RADIUS_M = 4.8e5, 5.24e-25, 5e-9
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


def _signal_to_noise(B_T: float, *count: int) -> Computed:
    ratios = [float(signal_to_noise(_x(B_T), n, sigma="zero-field")) for n in count]
    return min(ratios), max(ratios)


def _thermal_J(share: float = 1.0) -> float:
    return share * float(thermal_energy_J(300.0))


def _contact_energy_J() -> float:
    return float(dipole_energy_J(_PRINTED_MS_A_PER_M * _VOLUME_M3, 2.0 * _MAGNETITE_RADIUS_M))


def _distance_m(share: float, Ms_A_per_m: float = _PRINTED_MS_A_PER_M) -> float:
    return float(isolation_distance_m(Ms_A_per_m * _VOLUME_M3, share))


def _distance_nm(share: float) -> float:
    return _distance_m(share) * 1e9


_SHI, _CARDWELL = partial(Published, "Shi 2025"), partial(Published, "Shi & Cardwell 2026")
_MEAN_FIELD, _FIG_2 = partial(_SHI, "Statistical mean-field approach"), partial(_SHI, "text on Fig. 2")
_TABLE_1, _TABLE_2 = partial(_CARDWELL, "Table 1"), partial(_CARDWELL, "Table 2")
_1_5, _1_6, _1_8, _1_9 = (partial(_CARDWELL, f"Sec. 1.{n}") for n in (5, 6, 8, 9))
_FLUX = "R = sqrt(Phi0/(pi B)), Phi0 = h/2e"
_COUNT = "R = (3N/(4 pi n))^(1/3)"
_CRITICAL = "N_c = (k/(sqrt(3) L(x)))^2, x = m B/kT, k = 5"
_DISTANCE = "r = [(mu0/4 pi) 2 m^2/(f kT)]^(1/3)"
_ROUNDED = "The paper works with Phi0 rounded to 2.07e-15 Wb; h/2e is 2.0678e-15 Wb."
_SLIP = "The printed x is 3.9e-6 times m B/kT."
_SATURATES = "The paper's own N_c tends to k^2/3 = 8.3 in a strong field; it is 1e10 at 1.4 microtesla."

# A row is quantity, printed text, unit, equation, recomputation; then why it may fail, how words are read,
# and the value from inputs rounded as the paper prints them.
# fmt: off
_FLUX_QUANTUM = (
    _1_8("flux quantum", "2.07e-15", "Wb", "Phi0 = h/2e", lambda: FLUX_QUANTUM_WB),
    *(place(f"flux-quantum radius at {B_T:g} T", printed, "nm", _FLUX, partial(_flux_radius_nm, B_T),
            _ROUNDED, "", partial(_flux_radius_nm, B_T, _PRINTED_QUANTUM_WB))
      for place, B_T, printed in ((partial(_SHI, "abstract, Eq. 4"), 1.0, "25.7"),
                                  (_1_8, 1.0, "25.7"), (_1_8, 0.1, "81.2"), (_1_8, 0.01, "256.7"))),
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
                "n = density N_A / molar mass", lambda: IRON_ATOMS_PER_M3,
                "Iron has 8.5e22 atoms in a cubic centimetre: the printed number reads like one per cm^3."),
    _FIG_2("radii of 1 to 10,000 dipoles at the printed density", "tens to hundreds", "nm",
           f"{_COUNT}, n = 1e23 m^-3",
           lambda: (_dipole_radius_nm(1), _dipole_radius_nm(10_000)), "", "10-1000"),
    _FIG_2("radii of 1 to 10,000 dipoles at iron's atomic density", "tens to hundreds", "nm",
           f"{_COUNT}, n = 8.5e28 m^-3",
           lambda: (_dipole_radius_nm(1, IRON_ATOMS_PER_M3), _dipole_radius_nm(10_000, IRON_ATOMS_PER_M3)),
           "The paper has its two models converge; the printed density alone makes them.", "10-1000"),
    _MEAN_FIELD("atoms in an iron sphere of the 1 T flux-quantum radius", "the number of dipoles is small",
                "", "N = n (4 pi/3) R^3",
                lambda: float(dipole_count(flux_quantum_radius_m(1.0), IRON_ATOMS_PER_M3)),
                'Said of particles at the critical size; "small" is read as the largest number of Table I.',
                "< 10^4"),
    _1_8("exponent in N of the relative variance of the summed moment", "1/N", "",
         "(delta B/<B>)^2 = (sigma/<m_z>)^2/N",
         partial(scaling_exponent, lambda count: float(signal_to_noise(1.0, count)) ** -2, 1.0, 1000.0),
         "div B itself is zero for any number of dipoles; what falls as 1/N is this variance.", "-1.00"),
)
"""Shi 2025, Table I and what its text says of it."""


def _table_1_at(B_T: float, x: str, L: str, number: str) -> tuple[Published, ...]:
    """A column of Table 1, recomputed from the field, and from the printed line it is said to follow from."""
    at = f"at {B_T * 1e3:g} mT"
    return (
        _TABLE_1(f"x {at}", x, "", "x = m B/kT", partial(_x, B_T), _SLIP),
        _TABLE_1(f"L(x) {at}", L, "", "L = coth x - 1/x", lambda: float(langevin(_x(B_T))), _SLIP),
        _TABLE_1(f"L {at} from the printed x", L, "", "L = x/3", lambda: float(x) / 3.0),
        _TABLE_1(f"N_c {at}", number, "", _CRITICAL, partial(_number, B_T), _SLIP),
        _TABLE_1(f"N_c {at} from the printed L", number, "", "N_c = (k/(sqrt(3) L))^2, k = 5",
                 lambda: _SNR**2 / (3.0 * float(L) ** 2), "Ten times what the printed L gives."),
        _1_6(f"standard deviation of m_z/m {at}", "1/sqrt(3)", "", "sigma^2/m^2 = 1 - L^2 - 2L/x",
             lambda: math.sqrt(langevin_variance(_x(B_T))),
             "1/sqrt(3) holds without a field; in one the moment aligns and fluctuates less.", "0.577"),
    )


_CRITICAL_NUMBERS = (
    *_table_1_at(1e-3, "2.4e-7", "8e-8", "1.3e16"),
    *_table_1_at(1e-2, "2.4e-6", "8e-7", "1.3e14"),
    *_table_1_at(1e-1, "2.4e-5", "8e-6", "1.3e12"),
    *_table_1_at(1.0, "2.4e-4", "8e-5", "1.3e10"),
    *(place(f"N_c at {fields}", printed, "", _CRITICAL, partial(_numbers, *B_T), note, reading)
      for place, fields, printed, B_T, note, reading in (
        (_1_5, "sub-millitesla fields (0.1 to 1 mT)", "~10^16", (1e-4, 1e-3), _SATURATES, ""),
        (_1_5, "tens of millitesla to 0.1 T", "10^12-10^14", (1e-2, 1e-1), _SATURATES, ""),
        (_1_5, "multi-tesla fields (2 to 10 T)", "~10^10", (2.0, 10.0), _SATURATES, ""),
        (_1_5, "low-field magnetometry (1 to 10 mT)", "well above 10^2-10^3", (1e-3, 1e-2),
         "N_c falls below 1000 at 4.5 mT.", "> 10^3"),
        (_1_6, "0.1 T", "10^12-10^13", (0.1,), _SATURATES, ""),
        (_1_6, "multi-tesla fields (2 to 10 T)", "10^1-10^3", (2.0, 10.0), _SATURATES, ""),
        (_1_6, "1 mT", "≳ 10^14-10^16", (1e-3,), _SATURATES, "> 10^14"),
        (_1_6, "1 T", "≈ 10^10", (1.0,), _SATURATES, ""),
        (_1_6, "fields of a smooth M(H) (1 mT to 1 T)", "10^10-10^15", (1e-3, 1.0), _SATURATES, ""))),
    _1_6("N for a fluctuation of 10 %", "100", "", "N = 1/epsilon^2", lambda: float(required_number(0.1))),
    _1_6("N for a fluctuation of 1 %", "10^4", "", "N = 1/epsilon^2", lambda: float(required_number(0.01))),
    _1_6("N for a fluctuation of 10 % in 1 mT to 1 T", "100", "", "N_c with k = 1/epsilon = 10",
         partial(_numbers, 1e-3, 1.0, k=10.0),
         "1/epsilon^2 takes mean and deviation of a moment for equal; in N_c they are at 37 mT only."),
    _1_6("factor in N_c between k = 5 and k = 1", "25", "", _CRITICAL,
         lambda: _number(1e-3) / _number(1e-3, 1.0)),
    _1_6("exponent of N_c in H, 1 to 10 mT", "1/H^2", "", _CRITICAL,
         partial(scaling_exponent, _number, 1e-3, 1e-2), "", "-2.0"),
    _TABLE_1("exponent of N_c in H, 0.1 to 1 T", "1/H^2", "", _CRITICAL,
             partial(scaling_exponent, _number, 0.1, 1.0),
             "x is 6 to 61 there: L saturates, and x/3 no longer stands for it.", "-2.0"),
    _1_6("signal-to-noise ratio of 100 to 1000 particles at 0.1 T", "well below the threshold", "",
         "SNR = sqrt(3 N) L(x), threshold 5", partial(_signal_to_noise, 0.1, 100, 1000),
         "A thousand particles pass the threshold above 4.5 mT, a hundred above 15 mT.", "< 5"),
    _1_6("moment of a 10 nm particle", "2.5e-19", "A m^2", "m = Ms V",
         lambda: float(particle_moment_A_m2(Material("magnetite as printed", 4.8e5, 7e-12, 0.0), 5e-9))),
    _1_6("kT at 300 K", "4.1e-21", "J", "k_B T", _thermal_J),
)
"""Shi & Cardwell 2026, Table 1 and Secs. 1.5 and 1.6; what the text gives for ranges contradicts itself."""

_ISOLATION = (
    _1_9("volume", "5.24e-25", "m^3", "V = (4 pi/3) a^3", lambda: _VOLUME_M3),
    _1_9("moment", "2.51e-19", "A m^2", "m = Ms V", lambda: _PRINTED_MS_A_PER_M * _VOLUME_M3),
    _1_9("moment from the printed Ms and V", "2.51e-19", "A m^2", "m = 4.8e5 x 5.24e-25",
         lambda: _PRINTED_MS_A_PER_M * _PRINTED_VOLUME_M3,
         "The product as printed is 2.515e-19; 2.51e-19 follows from the volume before rounding.", "",
         lambda: _PRINTED_MS_A_PER_M * _VOLUME_M3),
    _1_9("kT at 300 K", "4.14e-21", "J", "k_B T", _thermal_J),
    _1_9("energy at contact, r = 10 nm", "1.26e-20", "J", "U = (mu0/4 pi) 2 m^2/r^3", _contact_energy_J),
    _1_9("energy at contact over kT", "≈ 3", "", "U/kT", lambda: _contact_energy_J() / _thermal_J()),
    _1_9("distance for U = kT", "about 14-15", "nm", _DISTANCE, partial(_distance_nm, 1.0)),
    _1_9("distance for negligible coupling, U = 0.1 kT", "about 30", "nm", _DISTANCE,
         partial(_distance_nm, 0.1), "At 30 nm the energy is 0.11 kT."),
    _1_9("gap between surfaces 30 nm apart", "~20", "nm", "r - 2a",
         lambda: 30.0 - 2e9 * _MAGNETITE_RADIUS_M),
    _1_9("exponent of r in Ms", "proportionally", "", _DISTANCE,
         partial(scaling_exponent, partial(_distance_m, 1.0), 2.4e5, 4.8e5),
         "r goes with m^(2/3): half the magnetisation leaves 63 % of the distance, not 50 %.", "1.00"),
    *(entry
      for share, energy, metres, nanometres in ((1.0, "4.14e-21", "1.45e-8", "14.5"),
                                                (0.1, "4.14e-22", "3.12e-8", "31.2"),
                                                (0.01, "4.14e-23", "6.73e-8", "67.3"))
      for entry in (
        _TABLE_2(f"U = {share:g} kT", energy, "J", "f k_B T", partial(_thermal_J, share)),
        _TABLE_2(f"distance for U = {share:g} kT", metres, "m", _DISTANCE, partial(_distance_m, share)),
        _TABLE_2(f"distance for U = {share:g} kT", nanometres, "nm", _DISTANCE,
                 partial(_distance_nm, share)))),
)
"""Shi & Cardwell 2026, Sec. 1.9 with Table 2."""
# fmt: on

PUBLISHED_SIZES: tuple[Published, ...] = (*_FLUX_QUANTUM, *_DIPOLES, *_CRITICAL_NUMBERS, *_ISOLATION)
"""In the order of the argument; the two papers' numbers stand together where they are the same."""
