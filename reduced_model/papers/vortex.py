"""Every number and countable claim of Adams & Michels 2026 that needs no simulation, with what recomputes it.

In: nothing; the text is typed from the paper and its supplement, each entry with the place it stands at.
Out: `PUBLISHED_VORTEX`, entries whose `check()` computes value and verdict, and `NEEDS_SIMULATION`.

Where a constant of the paper comes from a fit that stands for an integral, it appears twice: against the fit,
from which it follows, and against the integral the paper defines.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from reduced_model.nucleation.crossings import brown_prefactor
from reduced_model.papers.demag_convergence import grid_curvature
from reduced_model.papers.profiles import PUBLISHED_PROFILES
from reduced_model.papers.table import Published
from reduced_model.papers.vortex_claims import (
    NU_REMANENT,
    branch_gap,
    crossing_radius_nm,
    curvature_term,
    exact_curvature,
    first_event_T,
    fit_curvature,
    iron,
    iron_loop,
    macrospin_T,
    models_apart,
    nucleation_radius_nm,
    offset_spread_T,
    open_below_T,
    remanence,
    remanent_nu,
    stability_offset_T,
    switching_error_T,
)
from reduced_model.vortex.profiles import profiles

JUMP_T, OPEN_BELOW_T = "0.36", "0.12"
"""Printed results of the paper's MuMax3 run on 2 nm cells; the second is claimed for H'' as well."""

_paper = partial(Published, "Adams & Michels 2026")
_CURVATURE = "d2g_d/dnu2 at nu = 0"
_RADIUS = "Eq. 10 (S25)"
_FIELD = "Eq. 11 (S29)"
_FIT_CURVATURE = "The paper takes the curvature of its fit S21, 125/882; that of the integral is 2/15."


@dataclass(frozen=True)
class Simulated:
    """A printed number that only a simulation can check."""

    where: str
    quantity: str
    printed: str
    unit: str
    study: str
    """The ready study that repeats the simulation."""
    recompute: Callable[[], float] | None = None
    """What the exact H'' gives for the same quantity, where it has it."""

    @property
    def by_model(self) -> float:
        """The value of H'' in `unit`; nan where it has none."""
        return self.recompute() if self.recompute is not None else math.nan


_simulated = partial(Simulated, study="fe_sphere_40nm")
NEEDS_SIMULATION = (
    _simulated(
        "Fig. 1(b)",
        "nu of the remanent state, 2 nm cells",
        NU_REMANENT,
        "",
        recompute=partial(remanent_nu, "H''"),
    ),
    _simulated(
        "Sec. V",
        "field of MuMax3's jump, 2 nm cells",
        JUMP_T,
        "T",
        recompute=partial(first_event_T, "nu", "H''"),
    ),
    _simulated(
        "Sec. V",
        "|B| below which MuMax3's loop is open",
        OPEN_BELOW_T,
        "T",
        recompute=partial(open_below_T, "H''"),
    ),
    Simulated("Suppl. Fig. 3", "loops for several cell sizes", "curves only", "", "fe_sphere_mesh"),
)
"""What the paper reads off its MuMax3 runs."""


def _loop_entries() -> tuple[Published, ...]:
    """Secs. V and VI: what is read off the model curves of Figs. 2 and 3."""
    five, six = partial(_paper, "Sec. V"), partial(_paper, "Sec. VI")
    return (
        five(
            "field down to which the particle is saturated",
            "approximately 0.5",
            "T",
            "Eq. 7",
            partial(first_event_T, "nu", "H'"),
        ),
        five(
            "field below which H' tilts, profiles by integration",
            OPEN_BELOW_T,
            "T",
            "Eq. 7, S9-S13",
            partial(first_event_T, "tau", "H'"),
            note="With the integral S10 the term that turns the core is 2.6 times weaker than with S18.",
        ),
        five(
            "field below which H' tilts, profiles by the printed fits",
            OPEN_BELOW_T,
            "T",
            "Eq. 7, S17-S21",
            partial(first_event_T, "tau", "H'", "fits"),
            note="The printed number follows from the fits, g_ux = 1.32 included, not from the integrals.",
        ),
        five("remanence of H'", "vanishing", "", "Eqs. 7, 8", partial(remanence, "H'"), reading="0.000"),
        five(
            "largest difference between the branches of H'",
            "reversible",
            "",
            "Eqs. 7, 8",
            partial(branch_gap, "H'"),
            reading="0.000",
        ),
        six(
            "largest difference in <m_z> between H' and H'' at |B| >= 0.12 T",
            "equivalent",
            "",
            "Eqs. 7-9",
            partial(models_apart, float(OPEN_BELOW_T)),
            reading="0.000",
        ),
        six(
            "|B| below which the loop of H'' is open, profiles by integration",
            OPEN_BELOW_T,
            "T",
            "Eq. 9, S9-S13",
            partial(open_below_T, "H''"),
            note="The upright vortex of H'' turns over at -B_K g_uz/g_z = -0.024 T.",
        ),
        six(
            "|B| below which the loop of H'' is open, profiles by the printed fits",
            OPEN_BELOW_T,
            "T",
            "Eq. 9, S17-S21",
            partial(open_below_T, "H''", "fits"),
            note="H'' has no g_ux, so that the fits change little here.",
        ),
    )


def _nucleation_entries() -> tuple[Published, ...]:
    """Sec. VII, Fig. 4, Suppl. Sec. II: nucleation."""
    seven, two = partial(_paper, "Sec. VII"), partial(_paper, "Suppl. Sec. II")
    figure = partial(_paper, "Fig. 4")
    return (
        two("curvature of g_ex at nu = 0", "4", "", "S9, S24", partial(curvature_term, "g_ex")),
        two(
            "curvature of g_uz at nu = 0",
            "4/5",
            "",
            "S11, S24",
            partial(curvature_term, "g_uz"),
            reading="0.800",
        ),
        two(
            "curvature of g_z at nu = 0",
            "2/5",
            "",
            "S12, S24",
            partial(curvature_term, "g_z"),
            reading="0.400",
        ),
        two(f"{_CURVATURE}, of the fit", "125/882", "", "S21, S24", fit_curvature, reading="0.1417"),
        two(
            f"{_CURVATURE}, of the integral",
            "125/882",
            "",
            "S13, S24",
            exact_curvature,
            note=_FIT_CURVATURE,
            reading="0.1417",
        ),
        two(
            f"{_CURVATURE}, of the grid K = 21",
            "125/882",
            "",
            "S13-S15, S24",
            grid_curvature,
            note="The fit serves 0 to 10 and misses the curvature of the table it was fitted to.",
            reading="0.1417",
        ),
        two(
            "prefactor of R_nuc from the fitted curvature",
            "3.76",
            "l_ex",
            _RADIUS,
            lambda: math.sqrt(2.0 / fit_curvature()),
        ),
        two(
            "prefactor of R_nuc from the integral's curvature",
            "3.76",
            "l_ex",
            _RADIUS,
            lambda: math.sqrt(2.0 / exact_curvature()),
            note="The square root of 15, as 2/15 stands for 125/882.",
        ),
        two(
            "factor of Ku/(mu0 Ms^2) from the fitted curvature",
            "5.64",
            "",
            _RADIUS,
            lambda: 0.8 / fit_curvature(),
        ),
        two(
            "factor of Ku/(mu0 Ms^2) from the integral's curvature",
            "5.64",
            "",
            _RADIUS,
            lambda: 0.8 / exact_curvature(),
            note="It is 6.",
        ),
        two("largest Ku/(mu0 Ms^2) with a finite R_nuc", "0.177", "", _RADIUS, lambda: fit_curvature() / 0.8),
        two(
            "largest Ku/(mu0 Ms^2) with a finite R_nuc, from the integral",
            "0.177",
            "",
            _RADIUS,
            lambda: exact_curvature() / 0.8,
            note="It is 1/6.",
        ),
        two(
            "prefactor of Brown's radius",
            "4.53",
            "l_ex",
            "S27, S28",
            lambda: brown_prefactor()[0],
            note="An energy crossing of the texture S28, not a spinodal: not to be set beside R_nuc.",
        ),
        two(
            "factor of Ku/(mu0 Ms^2) in Brown's radius",
            "5.62",
            "",
            "S27, S28",
            lambda: brown_prefactor()[1],
            note="The texture gives (4/7)/0.10177 = 5.615, just below the tie.",
        ),
        two(
            "exchange length of iron",
            "3-10",
            "nm",
            "S26",
            lambda: iron().exchange_length_m * 1e9,
            note='The range is given for "many magnetic materials"; the paper\'s own iron lies outside it.',
        ),
        seven("R_nuc of iron", "9.2", "nm", _RADIUS, partial(nucleation_radius_nm, "paper_m")),
        seven(
            "R_nuc of iron with the integral's curvature",
            "9.2",
            "nm",
            "Eq. 9, S9-S13",
            partial(nucleation_radius_nm, "exact_m"),
            note=_FIT_CURVATURE,
        ),
        seven(
            "prefactor of mu0 Ms in B_nuc, from the fitted curvature",
            "625/1764",
            "",
            _FIELD,
            lambda: 2.5 * fit_curvature(),
            reading="0.3543",
        ),
        seven(
            "prefactor of mu0 Ms in B_nuc, from the integral's curvature",
            "625/1764",
            "",
            _FIELD,
            lambda: 2.5 * exact_curvature(),
            note="It is 1/3, as in Brown's curling field.",
            reading="0.3543",
        ),
        seven(
            "radius below which the particle is a macrospin, from the paper's own B_nuc",
            "R_nuc = 9.2",
            "nm",
            "Eq. 11, S32",
            crossing_radius_nm,
            note="Below R_nuc a vortex still nucleates at a negative field, down to where B_nuc = -2Ku/Ms.",
            reading="9.2",
        ),
        seven(
            "difference in nucleation field between H' and H''",
            "the same",
            "T",
            "Eqs. 7, 9",
            lambda: abs(first_event_T("nu", "H'") - first_event_T("nu", "H''")),
            reading="0.000",
        ),
        figure(
            "change of the offset over 12 to 20 nm, profiles by integration",
            "constant",
            "T",
            "Eqs. 9, 11",
            partial(offset_spread_T, "exact"),
            note="The offset itself is mu0 Ms (5/2) (125/882 - 2/15) = 0.045 T, the same at every radius.",
            reading="0.000",
        ),
        figure(
            "change of the offset over 12 to 20 nm, profiles by the printed fits",
            "constant",
            "T",
            "Eq. 11, S17-S21",
            partial(offset_spread_T, "fits"),
            note="S17 has the exchange curvature 5.1 for 4: with it the offset would depend on R.",
            reading="0.000",
        ),
        figure(
            "distance between loss of metastability and linear instability of one and the same H''",
            "a constant offset",
            "T",
            "Eq. 9",
            stability_offset_T,
            note="The paper calls Eq. 11 a local instability analysis; the loop of one H'' does the same.",
            reading="> 0.001",
        ),
    )


def _macrospin_entries() -> tuple[Published, ...]:
    """Suppl. Sec. III and Fig. 4(a): the Stoner-Wohlfarth limit."""
    three = partial(_paper, "Suppl. Sec. III")
    figure = partial(_paper, "Fig. 4(a)")
    return (
        three("switching field of iron", "0.056", "T", "S32", lambda: iron().anisotropy_field_T),
        three(
            "largest |B_SW - 2 n Ku/Ms|, n = 0.5 to 5",
            "perfectly agrees",
            "T",
            "S22, S32",
            switching_error_T,
            reading="0.000",
        ),
        three(
            "demagnetising constant of the uniform state",
            "0.332",
            "",
            "S30",
            lambda: float(profiles(0.0).g_d),
            note="1/3 in the continuum; 0.332 is the K = 21 grid's.",
        ),
        figure(
            "switching field of the 8 nm sphere in the loop of H''",
            "0.056",
            "T",
            "Eq. 9",
            partial(macrospin_T, 8.0),
        ),
        figure(
            "remanence of the 8 nm sphere",
            "rectangular",
            "",
            "Eqs. 8, 9",
            lambda: iron_loop("H''", "exact", 8.0).observables()[0].remanence,
            reading="1.000",
        ),
    )


PUBLISHED_VORTEX: tuple[Published, ...] = (
    *PUBLISHED_PROFILES,
    *_loop_entries(),
    *_nucleation_entries(),
    *_macrospin_entries(),
)
"""In the order of the argument: profiles, loops, nucleation, the macrospin limit."""
