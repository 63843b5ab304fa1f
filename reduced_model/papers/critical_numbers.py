"""What Shi & Cardwell 2026 print about the critical number of dipoles N_c (Table 1, Secs. 1.5 and 1.6).

In: nothing; the text is typed from the paper, with the m, kT and k of its Table 1.
Out: `PUBLISHED_CRITICAL_NUMBERS`, a part of `published_sizes.PUBLISHED_SIZES`.

The fields are given in tesla and stand for mu0 H, so x = m B/kT.
"""

import math
from functools import partial

from reduced_model.materials import Material
from reduced_model.papers.table import Computed, Published, scaling_exponent
from reduced_model.sizes.langevin import critical_number, langevin, langevin_variance, signal_to_noise
from reduced_model.sizes.radii import particle_moment_A_m2, required_number, thermal_energy_J

_table = partial(Published, "Shi & Cardwell 2026", "Table 1")
_text = partial(Published, "Shi & Cardwell 2026", "Sec. 1.6")

_CRITICAL = "N_c = (k/(sqrt(3) L(x)))^2, x = m B/kT, k = 5"
_MOMENT_A_M2, _THERMAL_J, _SNR = 2.5e-19, 4.1e-21, 5.0
_SLIP = "The printed x is 3.9e-6 times m B/kT."
_SATURATES = "The paper's own N_c tends to k^2/3 = 8.3 in a strong field; it is 1e10 at 1.4 microtesla."


def _x(B_T: float) -> float:
    return B_T * _MOMENT_A_M2 / _THERMAL_J


def _langevin(B_T: float) -> float:
    return float(langevin(_x(B_T)))


def _spread(B_T: float) -> float:
    return math.sqrt(langevin_variance(_x(B_T)))


def _number(B_T: float, k: float = _SNR) -> float:
    return float(critical_number(_x(B_T), k, sigma="zero-field"))


def _numbers(*B_T: float, k: float = _SNR) -> Computed:
    """N_c at one field, or its smallest and largest value over several."""
    values = [_number(field, k) for field in B_T]
    return values[0] if len(values) == 1 else (min(values), max(values))


def _third(x: float) -> float:
    return x / 3.0


def _number_from(langevin_value: float) -> float:
    return _SNR**2 / (3.0 * langevin_value**2)


def _signal_to_noise(B_T: float, *count: int) -> Computed:
    ratios = [float(signal_to_noise(_x(B_T), n, sigma="zero-field")) for n in count]
    return min(ratios), max(ratios)


def _moment_A_m2() -> float:
    magnetite = Material("magnetite as printed", 4.8e5, 7e-12, 0.0)
    return float(particle_moment_A_m2(magnetite, 5e-9))


def _table_entries() -> tuple[Published, ...]:
    """Each column recomputed from the field, and from the printed column it is said to follow from."""
    rows = (
        (1e-3, "2.4e-7", "8e-8", "1.3e16"),
        (1e-2, "2.4e-6", "8e-7", "1.3e14"),
        (1e-1, "2.4e-5", "8e-6", "1.3e12"),
        (1.0, "2.4e-4", "8e-5", "1.3e10"),
    )
    entries: list[Published] = []
    for B_T, x, L, number in rows:
        at = f"at {B_T * 1e3:g} mT"
        entries += [
            _table(f"x {at}", x, "", "x = m B/kT", partial(_x, B_T), note=_SLIP),
            _table(f"L(x) {at}", L, "", "L = coth x - 1/x", partial(_langevin, B_T), note=_SLIP),
            _table(f"L {at} from the printed x", L, "", "L = x/3", partial(_third, float(x))),
            _table(f"N_c {at}", number, "", _CRITICAL, partial(_number, B_T), note=_SLIP),
            _table(
                f"N_c {at} from the printed L",
                number,
                "",
                "N_c = (k/(sqrt(3) L))^2, k = 5",
                partial(_number_from, float(L)),
                note="Ten times what the printed L gives.",
            ),
            _text(
                f"standard deviation of m_z/m {at}",
                "1/sqrt(3)",
                "",
                "sigma^2/m^2 = 1 - L^2 - 2L/x",
                partial(_spread, B_T),
                note="1/sqrt(3) holds without a field; in one the moment aligns and fluctuates less.",
                reading="0.577",
            ),
        ]
    return tuple(entries)


def _range_entries() -> tuple[Published, ...]:
    """Where the text gives N_c for a range of fields; these claims also contradict one another."""
    below_1000 = "N_c falls below 1000 at 4.5 mT."
    claims = (
        ("Sec. 1.5", "sub-millitesla fields (0.1 to 1 mT)", "~10^16", "", (1e-4, 1e-3), _SATURATES),
        ("Sec. 1.5", "tens of millitesla to 0.1 T", "10^12-10^14", "", (1e-2, 1e-1), _SATURATES),
        ("Sec. 1.5", "multi-tesla fields (2 to 10 T)", "~10^10", "", (2.0, 10.0), _SATURATES),
        (
            "Sec. 1.5",
            "low-field magnetometry (1 to 10 mT)",
            "well above 10^2-10^3",
            "> 10^3",
            (1e-3, 1e-2),
            below_1000,
        ),
        ("Sec. 1.6", "0.1 T", "10^12-10^13", "", (0.1,), _SATURATES),
        ("Sec. 1.6", "multi-tesla fields (2 to 10 T)", "10^1-10^3", "", (2.0, 10.0), _SATURATES),
        ("Sec. 1.6", "1 mT", "≳ 10^14-10^16", "> 10^14", (1e-3,), _SATURATES),
        ("Sec. 1.6", "1 T", "≈ 10^10", "", (1.0,), _SATURATES),
        ("Sec. 1.6", "fields of a smooth M(H) (1 mT to 1 T)", "10^10-10^15", "", (1e-3, 1.0), _SATURATES),
    )
    return tuple(
        Published(
            "Shi & Cardwell 2026",
            where,
            f"N_c at {fields}",
            printed,
            "",
            _CRITICAL,
            partial(_numbers, *B_T),
            note=note,
            reading=reading,
        )
        for where, fields, printed, reading, B_T, note in claims
    )


def _text_entries() -> tuple[Published, ...]:
    return (
        _text(
            "N for a fluctuation of 10 %", "100", "", "N = 1/epsilon^2", lambda: float(required_number(0.1))
        ),
        _text(
            "N for a fluctuation of 1 %", "10^4", "", "N = 1/epsilon^2", lambda: float(required_number(0.01))
        ),
        _text(
            "N for a fluctuation of 10 % in 1 mT to 1 T",
            "100",
            "",
            "N_c with k = 1/epsilon = 10",
            partial(_numbers, 1e-3, 1.0, k=10.0),
            note="1/epsilon^2 takes mean and deviation of a moment for equal; in N_c they are at 37 mT only.",
        ),
        _text(
            "factor in N_c between k = 5 and k = 1",
            "25",
            "",
            _CRITICAL,
            lambda: _number(1e-3) / _number(1e-3, 1.0),
        ),
        _text(
            "exponent of N_c in H, 1 to 10 mT",
            "1/H^2",
            "",
            _CRITICAL,
            partial(scaling_exponent, _number, 1e-3, 1e-2),
            reading="-2.0",
        ),
        _table(
            "exponent of N_c in H, 0.1 to 1 T",
            "1/H^2",
            "",
            _CRITICAL,
            partial(scaling_exponent, _number, 0.1, 1.0),
            note="x is 6 to 61 there: L saturates, and x/3 no longer stands for it.",
            reading="-2.0",
        ),
        _text(
            "signal-to-noise ratio of 100 to 1000 particles at 0.1 T",
            "well below the threshold",
            "",
            "SNR = sqrt(3 N) L(x), threshold 5",
            partial(_signal_to_noise, 0.1, 100, 1000),
            note="A thousand particles pass the threshold above 4.5 mT, a hundred above 15 mT.",
            reading="< 5",
        ),
        _text("moment of a 10 nm particle", "2.5e-19", "A m^2", "m = Ms V", _moment_A_m2),
        _text("kT at 300 K", "4.1e-21", "J", "k_B T", lambda: float(thermal_energy_J(300.0))),
    )


PUBLISHED_CRITICAL_NUMBERS: tuple[Published, ...] = (*_table_entries(), *_range_entries(), *_text_entries())
"""Table 1 first, then the text."""
