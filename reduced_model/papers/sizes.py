"""Every number and countable claim of Shi 2025 and Shi & Cardwell 2026, with what recomputes it.

In: nothing; the text is typed from the papers, each entry with the place it stands at.
Out: `PUBLISHED_SIZES`, entries whose `check()` computes value and verdict.

The inputs are those the papers state: n = 1e23 per m^3 in Table I, Ms = 4.8e5 A/m and 10 nm across at 300 K
in Table 2; Table 1 and its text are in `published_critical_numbers.py`. Figures 1 and 2 of Shi & Cardwell
(2026) and Figure 1 of Shi (2025) are drawings without numbers. Figure 2 of Shi (2025) draws what
`flux_quantum_radius_m` and `dipole_radius_m` compute; the text gives no values of its curves.
"""

import math
from functools import partial

from reduced_model.materials import material
from reduced_model.papers.critical_numbers import PUBLISHED_CRITICAL_NUMBERS
from reduced_model.papers.table import Published, scaling_exponent
from reduced_model.sizes.isolation import dipole_energy_J, isolation_distance_m
from reduced_model.sizes.langevin import signal_to_noise
from reduced_model.sizes.radii import (
    FLUX_QUANTUM_WB,
    IRON_ATOMS_PER_M3,
    bohr_magnetons_per_m3,
    dipole_count,
    dipole_radius_m,
    flux_quantum_radius_m,
    thermal_energy_J,
)

_shi = partial(Published, "Shi 2025")
_mean_field = partial(_shi, "Statistical mean-field approach")
_cardwell = partial(Published, "Shi & Cardwell 2026")

_FLUX = "R = sqrt(Phi0/(pi B)), Phi0 = h/2e"
_COUNT = "R = (3N/(4 pi n))^(1/3)"
_DISTANCE = "r = [(mu0/4 pi) 2 m^2/(f kT)]^(1/3)"
PRINTED_DENSITY_PER_M3 = 1e23
_PRINTED_QUANTUM_WB = 2.07e-15
_PRINTED_MS_A_PER_M = 4.8e5
_PRINTED_VOLUME_M3 = 5.24e-25
_MAGNETITE_RADIUS_M = 5e-9


def _flux_radius_nm(B_T: float, flux_quantum_Wb: float = FLUX_QUANTUM_WB) -> float:
    return float(flux_quantum_radius_m(B_T, flux_quantum_Wb=flux_quantum_Wb)) * 1e9


def _dipole_radius_nm(count: float, density_per_m3: float = PRINTED_DENSITY_PER_M3) -> float:
    return float(dipole_radius_m(count, density_per_m3)) * 1e9


def _relative_variance(count: float) -> float:
    return float(signal_to_noise(1.0, count)) ** -2


def _volume_m3() -> float:
    return 4.0 / 3.0 * math.pi * _MAGNETITE_RADIUS_M**3


def _moment_A_m2() -> float:
    return _PRINTED_MS_A_PER_M * _volume_m3()


def _thermal_J(share: float = 1.0) -> float:
    return share * float(thermal_energy_J(300.0))


def _contact_energy_J() -> float:
    return float(dipole_energy_J(_moment_A_m2(), 2.0 * _MAGNETITE_RADIUS_M))


def _distance_m(share: float, Ms_A_per_m: float = _PRINTED_MS_A_PER_M) -> float:
    return float(isolation_distance_m(Ms_A_per_m * _volume_m3(), share))


def _distance_nm(share: float) -> float:
    return _distance_m(share) * 1e9


def _flux_entries() -> tuple[Published, ...]:
    """The flux-quantum radius, printed in both papers."""
    radii = (
        (_shi, "abstract, Eq. 4", 1.0, "25.7"),
        (_cardwell, "Sec. 1.8", 1.0, "25.7"),
        (_cardwell, "Sec. 1.8", 0.1, "81.2"),
        (_cardwell, "Sec. 1.8", 0.01, "256.7"),
    )
    return (
        _cardwell("Sec. 1.8", "flux quantum", "2.07e-15", "Wb", "Phi0 = h/2e", lambda: FLUX_QUANTUM_WB),
        *(
            paper(
                where,
                f"flux-quantum radius at {B_T:g} T",
                printed,
                "nm",
                _FLUX,
                partial(_flux_radius_nm, B_T),
                note="The paper works with Phi0 rounded to 2.07e-15 Wb; h/2e is 2.0678e-15 Wb.",
                rounded_inputs=partial(_flux_radius_nm, B_T, _PRINTED_QUANTUM_WB),
            )
            for paper, where, B_T, printed in radii
        ),
        _shi(
            "text on Fig. 1",
            "exponent of R in B",
            "inverse square root",
            "",
            _FLUX,
            partial(scaling_exponent, _flux_radius_nm, 0.01, 1.0),
            reading="-0.500",
        ),
        _shi(
            "text on Fig. 2",
            "flux-quantum radii, 1 T to 10 mT",
            "tens to hundreds",
            "nm",
            _FLUX,
            lambda: (_flux_radius_nm(1.0), _flux_radius_nm(0.01)),
            reading="10-1000",
        ),
        _shi(
            "Determining critical size via quantum flux quantization",
            "Bohr magnetons in an iron sphere that carries one flux quantum at B = mu0 Ms",
            "more than a single Bohr magneton",
            "",
            "N = (Ms/mu_B) (4 pi/3) R^3",
            lambda: float(
                dipole_count(flux_quantum_radius_m(material("iron").mu0Ms_T), bohr_magnetons_per_m3("iron"))
            ),
            reading="> 1",
        ),
    )


def _dipole_entries() -> tuple[Published, ...]:
    """Shi 2025, Table I and what its text says of it."""
    table = ((1, "13.4"), (10, "28.8"), (100, "62.0"), (1000, "134"), (10_000, "288"))
    return (
        *(
            _shi(
                "Table I",
                f"radius of {count:,} dipoles",
                printed,
                "nm",
                f"{_COUNT}, n = 1e23 m^-3",
                partial(_dipole_radius_nm, count),
            )
            for count, printed in table
        ),
        _mean_field(
            "exponent of R in N",
            "cube root",
            "",
            _COUNT,
            partial(scaling_exponent, _dipole_radius_nm, 1.0, 1e4),
            reading="0.333",
        ),
        _mean_field(
            "atomic density of a magnetic material, here iron",
            "10^23",
            "m^-3",
            "n = density N_A / molar mass",
            lambda: IRON_ATOMS_PER_M3,
            note="Iron has 8.5e22 atoms in a cubic centimetre: the printed number reads like one per cm^3.",
        ),
        _shi(
            "text on Fig. 2",
            "radii of 1 to 10,000 dipoles at the printed density",
            "tens to hundreds",
            "nm",
            f"{_COUNT}, n = 1e23 m^-3",
            lambda: (_dipole_radius_nm(1), _dipole_radius_nm(10_000)),
            reading="10-1000",
        ),
        _shi(
            "text on Fig. 2",
            "radii of 1 to 10,000 dipoles at iron's atomic density",
            "tens to hundreds",
            "nm",
            f"{_COUNT}, n = 8.5e28 m^-3",
            lambda: (_dipole_radius_nm(1, IRON_ATOMS_PER_M3), _dipole_radius_nm(10_000, IRON_ATOMS_PER_M3)),
            note="The paper has its two models converge; the printed density alone makes them.",
            reading="10-1000",
        ),
        _mean_field(
            "atoms in an iron sphere of the 1 T flux-quantum radius",
            "the number of dipoles is small",
            "",
            "N = n (4 pi/3) R^3",
            lambda: float(dipole_count(flux_quantum_radius_m(1.0), IRON_ATOMS_PER_M3)),
            note='Said of particles at the critical size; "small" is read as the largest number of Table I.',
            reading="< 10^4",
        ),
        _cardwell(
            "Sec. 1.8",
            "exponent in N of the relative variance of the summed moment",
            "1/N",
            "",
            "(delta B/<B>)^2 = (sigma/<m_z>)^2/N",
            partial(scaling_exponent, _relative_variance, 1.0, 1000.0),
            note="div B itself is zero for any number of dipoles; what falls as 1/N is this variance.",
            reading="-1.00",
        ),
    )


def _isolation_entries() -> tuple[Published, ...]:
    """Shi & Cardwell 2026, Sec. 1.9 with Table 2."""
    text, table = partial(_cardwell, "Sec. 1.9"), partial(_cardwell, "Table 2")
    rows = (
        (1.0, "4.14e-21", "1.45e-8", "14.5"),
        (0.1, "4.14e-22", "3.12e-8", "31.2"),
        (0.01, "4.14e-23", "6.73e-8", "67.3"),
    )
    entries = [
        text("volume", "5.24e-25", "m^3", "V = (4 pi/3) a^3", _volume_m3),
        text("moment", "2.51e-19", "A m^2", "m = Ms V", _moment_A_m2),
        text(
            "moment from the printed Ms and V",
            "2.51e-19",
            "A m^2",
            "m = 4.8e5 x 5.24e-25",
            lambda: _PRINTED_MS_A_PER_M * _PRINTED_VOLUME_M3,
            note="The product as printed is 2.515e-19; 2.51e-19 follows from the volume before rounding.",
            rounded_inputs=_moment_A_m2,
        ),
        text("kT at 300 K", "4.14e-21", "J", "k_B T", _thermal_J),
        text("energy at contact, r = 10 nm", "1.26e-20", "J", "U = (mu0/4 pi) 2 m^2/r^3", _contact_energy_J),
        text("energy at contact over kT", "≈ 3", "", "U/kT", lambda: _contact_energy_J() / _thermal_J()),
        text("distance for U = kT", "about 14-15", "nm", _DISTANCE, partial(_distance_nm, 1.0)),
        text(
            "distance for negligible coupling, U = 0.1 kT",
            "about 30",
            "nm",
            _DISTANCE,
            partial(_distance_nm, 0.1),
            note="At 30 nm the energy is 0.11 kT.",
        ),
        text(
            "gap between surfaces 30 nm apart",
            "~20",
            "nm",
            "r - 2a",
            lambda: 30.0 - 2e9 * _MAGNETITE_RADIUS_M,
        ),
        text(
            "exponent of r in Ms",
            "proportionally",
            "",
            _DISTANCE,
            partial(scaling_exponent, partial(_distance_m, 1.0), 2.4e5, 4.8e5),
            note="r goes with m^(2/3): half the magnetisation leaves 63 % of the distance, not 50 %.",
            reading="1.00",
        ),
    ]
    for share, energy, metres, nanometres in rows:
        distance = f"distance for U = {share:g} kT"
        entries += [
            table(f"U = {share:g} kT", energy, "J", "f k_B T", partial(_thermal_J, share)),
            table(distance, metres, "m", _DISTANCE, partial(_distance_m, share)),
            table(distance, nanometres, "nm", _DISTANCE, partial(_distance_nm, share)),
        ]
    return tuple(entries)


PUBLISHED_SIZES: tuple[Published, ...] = (
    *_flux_entries(),
    *_dipole_entries(),
    *PUBLISHED_CRITICAL_NUMBERS,
    *_isolation_entries(),
)
"""In the order of the argument; the two papers' numbers stand together where they are the same."""
