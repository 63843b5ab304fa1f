"""Every number and countable claim of Adams & Michels 2026 that needs no simulation, with what recomputes it.

In: nothing; the text is typed from the paper and its supplement, each entry with the place it stands at.
Out: `PUBLISHED_VORTEX`, entries whose `check()` computes value and verdict, and `NEEDS_SIMULATION`.

Where a constant of the paper comes from a fit that stands for an integral, it appears twice: against the fit,
from which it follows, and against the integral the paper defines.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

import numpy as np

from reduced_model.loops.loop import ModelLoop
from reduced_model.materials import Material, material
from reduced_model.models import VORTEX_MODELS, Model
from reduced_model.nucleation.crossings import brown_prefactor
from reduced_model.nucleation.spinodals import nucleation_field, nucleation_radius
from reduced_model.papers.demag_convergence import grid_curvature
from reduced_model.papers.grid_demag import ansatz_on_grid, grid_field, grid_g_d, grid_points
from reduced_model.papers.heuristics import EQUATIONS, heuristic_errors, heuristic_profiles
from reduced_model.papers.procedure import Source, paper_loop
from reduced_model.papers.table import Published
from reduced_model.vortex.profiles import profiles

NU_REMANENT, JUMP_T, OPEN_BELOW_T = "4.443", "0.36", "0.12"
"""Printed results of the paper's MuMax3 run on 2 nm cells; the last is claimed for H'' as well."""


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


def iron() -> Material:
    """The paper's material (Sec. II)."""
    return material("iron")


@cache
def iron_loop(model: Model | str, source: Source = "exact", radius_nm: float = 20.0) -> ModelLoop:
    """The paper's cycle: from 1 T down and back."""
    falling = np.linspace(1.0, -1.0, 501)
    path = np.concatenate((falling, -falling))
    return paper_loop(path, radius_m=radius_nm * 1e-9, model=model, profiles_from=source)


def first_event_T(mode: str, model: Model | str, source: Source = "exact", radius_nm: float = 20.0) -> float:
    """Field at which the branch coming from saturation first loses stability in one coordinate."""
    events = iron_loop(model, source, radius_nm).events
    return next((event.B_T for event in events if event.mode == mode), math.nan)


def open_below_T(source: Source = "exact") -> float:
    """|B| up to which the two branches of H'' differ: where the upright vortex turns over."""
    return abs(first_event_T("tau", Model.DOUBLE_PRIME, source))


def remanent_nu(model: Model | str) -> float:
    """nu in zero field."""
    loop = iron_loop(model)
    return float(loop.nu[int(np.argmin(np.abs(loop.B_T)))])


def branch_gap(model: Model | str) -> float:
    """Largest difference in m between the two branches."""
    falling, rising = np.split(iron_loop(model).mz, 2)
    return float(np.max(np.abs(falling - rising[::-1])))


def models_apart(least_T: float) -> float:
    """Largest difference in m between H' and H'' at |B| >= least_T."""
    one, other = iron_loop(Model.PRIME), iron_loop(Model.DOUBLE_PRIME)
    return float(np.max(np.abs(one.mz - other.mz)[np.abs(one.B_T) >= least_T]))


def fit_curvature() -> float:
    """Curvature of the printed form S21 at nu = 0."""
    return 2.0 * 0.162 / 1.512**2


def curvature(name: str) -> float:
    """Curvature of a profile function at nu = 0, by integration."""
    return float(getattr(profiles(0.0, derivatives=2).second, name))


@dataclass(frozen=True)
class NucleationOffset:
    """What one curvature of g_d makes of Eq. 11, for the paper's iron."""

    curvature_of: str
    curvature: float
    """d2g_d/dnu2 at nu = 0."""
    offset_T: float
    """How far Eq. 11 lies above the nucleation field that follows from it, at every radius."""


def nucleation_offsets() -> tuple[NucleationOffset, ...]:
    """The offset of Fig. 4(b) by numbers: mu0 Ms (5/2) times the difference of the curvatures."""
    curvatures = {
        "the fit S21 (125/882, Eq. 11)": fit_curvature(),
        "the integral (2/15, exact)": curvature("g_d"),
        "the table of the grid K = 21": grid_curvature(),
    }
    unit_T, fit = 2.5 * iron().mu0Ms_T, fit_curvature()
    return tuple(NucleationOffset(name, value, unit_T * (fit - value)) for name, value in curvatures.items())


def loop_below_spinodal_T(spinodal: str, source: Source) -> np.ndarray:
    """Distance from a closed form ("paper_T", "ansatz_T") down to the loops of H'', 12 to 20 nm."""
    radii = [float(R) for R in range(12, 21)]
    closed = [getattr(nucleation_field("iron", R * 1e-9), spinodal) for R in radii]
    return np.array(closed) - [first_event_T("nu", Model.DOUBLE_PRIME, source, R) for R in radii]


def switching_field_T(n: float, radius_m: float = 8e-9) -> float:
    """Field at which the loop of H'' leaves the uniform state when Ku is n times iron's (Suppl. Fig. 2)."""
    base = iron()
    scaled = Material("iron, n Ku", base.Ms_A_per_m, base.A_J_per_m, n * base.Ku_J_per_m3)
    fields = np.linspace(1.0, -1.0, 201)
    return -paper_loop(fields, radius_m=radius_m, material=scaled, profiles_from="exact").events[0].B_T


def turned_energy(positions_too: bool) -> float:
    """Change of g_d (K = 21, nu = 4.443) when the core is laid from z to x."""
    texture, points = ansatz_on_grid(float(NU_REMANENT)), grid_points()
    turn = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])  # R_y(90 degrees), Eq. S4
    turned = texture @ turn.T
    if positions_too:
        places = {tuple(place): i for i, place in enumerate(np.rint(points * 10).astype(int))}
        turned = turned[[places[tuple(place)] for place in np.rint(points @ turn * 10).astype(int)]]
    return abs(grid_g_d(m=turned) - grid_g_d(m=texture))


def energy_without_M() -> float:
    """g_d(0) of the grid with B_d = mu0 H_d, the field of the magnet less its own M."""
    upright, spacing = ansatz_on_grid(0.0), 2.0 / 20.0
    density = np.sum(upright * (grid_field(upright) - upright))
    return 3.0 / (8.0 * math.pi) * spacing**3 * float(density)


def heuristic_error(name: str, quantity: str) -> float:
    """One number of `heuristic_errors` for one profile function."""
    error = next(error for error in heuristic_errors() if error.name == name)
    return float(getattr(error, quantity))


def exchange_growth(exact: bool) -> float:
    """Rise of g_ex per unit of ln(nu) between nu = 40 and 50."""
    low, high = (profiles if exact else heuristic_profiles)([40.0, 50.0]).g_ex
    return float(high - low) / math.log(1.25)


_I, _II, _III, _FIG_4, _FIG_4A, _V, _VI, _VII = (
    partial(Published, "Adams & Michels 2026", where)
    for where in ("Suppl. Sec. I", "Suppl. Sec. II", "Suppl. Sec. III", "Fig. 4", "Fig. 4(a)")
    + ("Sec. V", "Sec. VI", "Sec. VII")
)
_R, _B, _BY_INTEGRATION, _BY_FITS = "Eq. 10 (S25)", "Eq. 11 (S29)", "S9-S13", "S17-S21"
_H1, _H2 = VORTEX_MODELS
_CURVATURE = "d2g_d/dnu2 at nu = 0"
_FIDELITY = 'The paper says "high fidelity"; read as less than 5 % of the largest value.'
_FIT_CURVATURE = "The paper takes the curvature of its fit S21, 125/882; that of the integral is 2/15."

# A row is quantity, printed text, unit, equation, recomputation; then why it may fail and how words are read.
# fmt: off
NEEDS_SIMULATION = (
    Simulated("Fig. 1(b)", "nu of the remanent state, 2 nm cells", NU_REMANENT, "", "fe_sphere_40nm",
              partial(remanent_nu, _H2)),
    Simulated("Sec. V", "field of MuMax3's jump, 2 nm cells", JUMP_T, "T", "fe_sphere_40nm",
              partial(first_event_T, "nu", _H2)),
    Simulated("Sec. V", "|B| below which MuMax3's loop is open", OPEN_BELOW_T, "T", "fe_sphere_40nm",
              open_below_T),
    Simulated("Suppl. Fig. 3", "loops for several cell sizes", "curves only", "", "fe_sphere_mesh"),
)
"""What the paper reads off its MuMax3 runs."""

_PROFILES = (
    _I("grid points inside the sphere, K = 21", "4169", "", "S15", lambda: float(len(grid_points(21)))),
    _I("g_d of the uniform state on the grid, K = 21", "0.332", "", "S13-S15, S21, S30",
       lambda: grid_g_d(0.0), "The grid's 4169 cubes hold 99.53 % of the sphere's volume."),
    _I("g_d of the uniform state, continuum", "0.332", "", "S8", lambda: float(profiles(0.0).g_d),
       "A uniform sphere has exactly 1/3; 0.332 is the value of the K = 21 grid."),
    _I("g_d of the uniform state with B_d = mu0 H_d, as defined below S1", "0.332", "", "S8, S13",
       energy_without_M,
       "S14 and the main text have B_d = mu0 (H_d + M); without M the sign is opposite."),
    _I("limit of the fitted g_d for large nu", "0.332 + 0.162", "", "S8, S21", lambda: 0.5,
       "Full flux closure leaves no charge and g_d = 1/2; the fit serves nu up to 10.", "0.494"),
    *(_I(f"largest error of {equation} over 0 <= nu <= 10, share of the integral's largest value",
         "high fidelity", "", equation, partial(heuristic_error, name, "relative"),
         "S18 tends to 1.32, its integral S10 to 1/2; Suppl. Fig. 1 normalises it away."
         if name == "g_ux" else _FIDELITY, "< 0.05") for name, equation in EQUATIONS.items()),
    _I("largest error of S18 in the normalisation of Suppl. Fig. 1", "high fidelity", "", "S18",
       partial(heuristic_error, "g_ux", "normalised"),
       "Each curve over its own maximum: the factor of 2.6 between them cannot be seen there.", "< 0.05"),
    _I("prefactor of g_ux", "1.32", "", "S10", lambda: 1.32 * heuristic_error("g_ux", "scale"),
       "With 0.494 in place of 1.32 the form follows its integral to half a per cent."),
    _I("rise of the fitted g_ex per unit of ln(nu), nu = 40 to 50", "unbounded increase", "", "S17",
       partial(exchange_growth, False),
       "tanh is bounded, so S17 saturates at 1.95 ln 160 = 9.9.", "> 0.1"),
    _I("rise of the exchange integral per unit of ln(nu), nu = 40 to 50", "unbounded increase", "", "S9",
       partial(exchange_growth, True),
       "The integral grows like 3 ln(nu).", "> 0.1"),
    _I("change of g_d, K = 21, when the texture is laid on its side as a whole", "invariant", "", "S3, S8",
       partial(turned_energy, True),
       "Positions and spins turned together: what the invariance needs.", "0.000"),
    _I("change of g_d, K = 21, when the spins alone are turned, as printed", "invariant", "", "Eq. 5, S3",
       partial(turned_energy, False),
       "R acts on m alone in Eqs. 5 and S3: the turned texture is another one, with charges.", "0.000"),
)
"""Suppl. Sec. I: the grid, the fits, the invariance."""

_LOOPS = (
    _V("field down to which the particle is saturated", "approximately 0.5", "T", "Eq. 7",
       partial(first_event_T, "nu", _H1)),
    _V("field below which H' tilts, profiles by integration", OPEN_BELOW_T, "T", f"Eq. 7, {_BY_INTEGRATION}",
       partial(first_event_T, "tau", _H1),
       "With the integral S10 the term that turns the core is 2.6 times weaker than with S18."),
    _V("field below which H' tilts, profiles by the printed fits", OPEN_BELOW_T, "T", f"Eq. 7, {_BY_FITS}",
       partial(first_event_T, "tau", _H1, "fits"),
       "The printed number follows from the fits, g_ux = 1.32 included, not from the integrals."),
    _V("remanence of H'", "vanishing", "", "Eqs. 7, 8",
       lambda: abs(iron_loop(_H1).observables()[0].remanence), "", "0.000"),
    _V("largest difference between the branches of H'", "reversible", "", "Eqs. 7, 8",
       partial(branch_gap, _H1), "", "0.000"),
    _VI("largest difference in <m_z> between H' and H'' at |B| >= 0.12 T", "equivalent", "", "Eqs. 7-9",
        partial(models_apart, float(OPEN_BELOW_T)), "", "0.000"),
    _VI("|B| below which the loop of H'' is open, profiles by integration", OPEN_BELOW_T, "T",
        f"Eq. 9, {_BY_INTEGRATION}", open_below_T,
        "The upright vortex of H'' turns over at -B_K g_uz/g_z = -0.024 T."),
    _VI("|B| below which the loop of H'' is open, profiles by the printed fits", OPEN_BELOW_T, "T",
        f"Eq. 9, {_BY_FITS}", partial(open_below_T, "fits"),
        "H'' has no g_ux, so that the fits change little here."),
)
"""Secs. V and VI: what is read off the model curves of Figs. 2 and 3."""

_NUCLEATION = (
    _II("curvature of g_ex at nu = 0", "4", "", "S9, S24", partial(curvature, "g_ex")),
    _II("curvature of g_uz at nu = 0", "4/5", "", "S11, S24", lambda: abs(curvature("g_uz")), "", "0.800"),
    _II("curvature of g_z at nu = 0", "2/5", "", "S12, S24", lambda: abs(curvature("g_z")), "", "0.400"),
    _II(f"{_CURVATURE}, of the fit", "125/882", "", "S21, S24", fit_curvature, "", "0.1417"),
    _II(f"{_CURVATURE}, of the integral", "125/882", "", "S13, S24", partial(curvature, "g_d"),
        _FIT_CURVATURE, "0.1417"),
    _II(f"{_CURVATURE}, of the grid K = 21", "125/882", "", "S13-S15, S24", grid_curvature,
        "The fit serves 0 to 10 and misses the curvature of the table it was fitted to.", "0.1417"),
    _II("prefactor of R_nuc from the fitted curvature", "3.76", "l_ex", _R,
        lambda: math.sqrt(2.0 / fit_curvature())),
    _II("prefactor of R_nuc from the integral's curvature", "3.76", "l_ex", _R,
        lambda: math.sqrt(2.0 / curvature("g_d")),
        "The square root of 15, as 2/15 stands for 125/882."),
    _II("factor of Ku/(mu0 Ms^2) from the fitted curvature", "5.64", "", _R, lambda: 0.8 / fit_curvature()),
    _II("factor of Ku/(mu0 Ms^2) from the integral's curvature", "5.64", "", _R,
        lambda: 0.8 / curvature("g_d"), "It is 6."),
    _II("largest Ku/(mu0 Ms^2) with a finite R_nuc", "0.177", "", _R, lambda: fit_curvature() / 0.8),
    _II("largest Ku/(mu0 Ms^2) with a finite R_nuc, from the integral", "0.177", "", _R,
        lambda: curvature("g_d") / 0.8, "It is 1/6."),
    _II("prefactor of Brown's radius", "4.53", "l_ex", "S27, S28", lambda: brown_prefactor()[0],
        "An energy crossing of the texture S28, not a spinodal: not to be set beside R_nuc."),
    _II("factor of Ku/(mu0 Ms^2) in Brown's radius", "5.62", "", "S27, S28", lambda: brown_prefactor()[1],
        "The texture gives (4/7)/0.10177 = 5.615, just below the tie."),
    _II("exchange length of iron", "3-10", "nm", "S26", lambda: iron().exchange_length_m * 1e9,
        'The range is given for "many magnetic materials"; the paper\'s own iron lies outside it.'),
    _VII("R_nuc of iron", "9.2", "nm", _R, lambda: nucleation_radius("iron").paper_m * 1e9),
    _VII("R_nuc of iron with the integral's curvature", "9.2", "nm", f"Eq. 9, {_BY_INTEGRATION}",
         lambda: nucleation_radius("iron").exact_m * 1e9, _FIT_CURVATURE),
    _VII("prefactor of mu0 Ms in B_nuc, from the fitted curvature", "625/1764", "", _B,
         lambda: 2.5 * fit_curvature(), "", "0.3543"),
    _VII("prefactor of mu0 Ms in B_nuc, from the integral's curvature", "625/1764", "", _B,
         lambda: 2.5 * curvature("g_d"), "It is 1/3, as in Brown's curling field.", "0.3543"),
    _VII("radius below which the particle is a macrospin, from the paper's own B_nuc", "R_nuc = 9.2", "nm",
         "Eq. 11, S32", lambda: math.sqrt(2.0 / fit_curvature()) * iron().exchange_length_m * 1e9,
         "Below R_nuc a vortex still nucleates at a negative field, down to where B_nuc = -2Ku/Ms.", "9.2"),
    _VII("difference in nucleation field between H' and H''", "the same", "T", "Eqs. 7, 9",
         lambda: abs(first_event_T("nu", _H1) - first_event_T("nu", _H2)), "", "0.000"),
    _FIG_4("change of the offset over 12 to 20 nm, profiles by integration", "constant", "T", "Eqs. 9, 11",
           lambda: float(np.ptp(loop_below_spinodal_T("paper_T", "exact"))),
           "The offset itself is mu0 Ms (5/2) (125/882 - 2/15) = 0.045 T, the same at every radius.",
           "0.000"),
    _FIG_4("change of the offset over 12 to 20 nm, profiles by the printed fits", "constant", "T",
           f"Eq. 11, {_BY_FITS}", lambda: float(np.ptp(loop_below_spinodal_T("paper_T", "fits"))),
           "S17 has the exchange curvature 5.1 for 4: with it the offset would depend on R.", "0.000"),
    _FIG_4("distance between loss of metastability and linear instability of one and the same H''",
           "a constant offset", "T", "Eq. 9",
           lambda: float(np.abs(loop_below_spinodal_T("ansatz_T", "exact")).max()),
           "The paper calls Eq. 11 a local instability analysis; the loop of one H'' does the same.",
           "> 0.001"),
)
"""Sec. VII, Fig. 4, Suppl. Sec. II: nucleation."""

_MACROSPIN = (
    _III("switching field of iron", "0.056", "T", "S32", lambda: iron().anisotropy_field_T),
    _III("largest |B_SW - 2 n Ku/Ms|, n = 0.5 to 5", "perfectly agrees", "T", "S22, S32",
         lambda: max(abs(switching_field_T(n) - n * iron().anisotropy_field_T)
                     for n in np.arange(0.5, 5.01, 0.5)), "", "0.000"),
    _III("demagnetising constant of the uniform state", "0.332", "", "S30", lambda: float(profiles(0.0).g_d),
         "1/3 in the continuum; 0.332 is the K = 21 grid's."),
    _FIG_4A("switching field of the 8 nm sphere in the loop of H''", "0.056", "T", "Eq. 9",
            lambda: abs(first_event_T("tau", _H2, radius_nm=8.0))),
    _FIG_4A("remanence of the 8 nm sphere", "rectangular", "", "Eqs. 8, 9",
            lambda: iron_loop(_H2, "exact", 8.0).observables()[0].remanence, "", "1.000"),
)
"""Suppl. Sec. III and Fig. 4(a): the Stoner-Wohlfarth limit."""
# fmt: on

PUBLISHED_VORTEX: tuple[Published, ...] = (*_PROFILES, *_LOOPS, *_NUCLEATION, *_MACROSPIN)
"""In the order of the argument: profiles, loops, nucleation, the macrospin limit."""
