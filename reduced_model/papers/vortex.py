"""Every number and countable claim of Adams & Michels 2026 that needs no simulation, with what recomputes it.

In: nothing; the text is typed from the paper and its supplement, each entry with the place it stands at.
Out: `PUBLISHED_VORTEX`, entries whose `check()` computes value and verdict, and `NEEDS_SIMULATION`.

A statement stands once. Where the paper says that it takes a constant from a fit or from its grid, the number
is judged against that too; why a number does not follow is a `Cause`, shared by all numbers that it explains.
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
from reduced_model.papers.grid_demag import ansatz_on_grid, grid_g_d, grid_points
from reduced_model.papers.heuristics import EQUATIONS, heuristic_errors
from reduced_model.papers.procedure import Source, paper_loop
from reduced_model.papers.table import Cause, Published
from reduced_model.vortex.hamiltonian import Hamiltonian
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


def turned_energy() -> float:
    """Change of g_d (K = 21, nu = 4.443) when the texture is laid on its side, from z to x."""
    texture, points = ansatz_on_grid(float(NU_REMANENT)), grid_points()
    turn = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])  # R_y(90 degrees), Eq. S4
    places = {tuple(place): i for i, place in enumerate(np.rint(points * 10).astype(int))}
    moved = [places[tuple(place)] for place in np.rint(points @ turn * 10).astype(int)]
    return abs(grid_g_d(m=(texture @ turn.T)[moved]) - grid_g_d(m=texture))


def heuristic_error(name: str, quantity: str) -> float:
    """One number of `heuristic_errors` for one profile function."""
    error = next(error for error in heuristic_errors() if error.name == name)
    return float(getattr(error, quantity))


def exchange_growth() -> float:
    """Rise of g_ex per unit of ln(nu) between nu = 40 and 50."""
    low, high = profiles([40.0, 50.0]).g_ex
    return float(high - low) / math.log(1.25)


def bend_of_decay(model: Model | str = Model.PRIME) -> float:
    """How far <m_z> lies from the chord between nucleation and 0.12 T, as a share of its fall."""
    loop = iron_loop(model)
    B, m = loop.B_T[:501], loop.mz[:501]
    falling = (first_event_T("nu", model) >= B) & (float(OPEN_BELOW_T) <= B)
    B, m = B[falling], m[falling]
    chord = np.interp(B, [B[-1], B[0]], [m[-1], m[0]])
    return float(np.max(np.abs(m - chord)) / np.ptp(m))


def largest_jump(model: Model | str, *radii_nm: float) -> tuple[float, float]:
    """Smallest and largest over the radii of the largest change of <m_z> at one field of a loop's event."""
    loops = [iron_loop(model, "exact", R) for R in radii_nm]
    jumps = [max(abs(event.delta_mz) for event in loop.events) for loop in loops]
    return min(jumps), max(jumps)


def first_derivative_at_zero(model: Model | str = Model.DOUBLE_PRIME) -> float:
    """|dH/dnu| at nu = 0, tau = 0 in 0.3 T, from the energy alone (one-sided difference, third order)."""
    step = 0.01
    E = Hamiltonian(iron(), 20e-9, Model(model)).energy([0.0, step / 2, step], (0.0, 0.0, 1.0), 0.3)
    return abs(float(4.0 * E[1] - E[2] - 3.0 * E[0])) / step


_I, _II, _III, _FIG_4, _V, _VI, _VII = (
    partial(Published, "Adams & Michels 2026", where)
    for where in ("Suppl. Sec. I", "Suppl. Sec. II", "Suppl. Sec. III")
    + ("Fig. 4", "Sec. V", "Sec. VI", "Sec. VII")
)
_R, _B, _BY_INTEGRATION = "Eq. 10 (S25)", "Eq. 11 (S29)", "S9-S13"
_H1, _H2 = VORTEX_MODELS
_CURVATURE = "d2g_d/dnu2 at nu = 0"
_FIDELITY = (
    'Each curve over its own maximum, as the figure draws it; "high fidelity" is read as within 5 % of it.'
)
_FIT_CURVATURE = (
    "The supplement says below S24 that it takes the curvature of its fit S21, 125/882, as the full integral "
    "cannot be evaluated analytically; the curvature of the integral S13 alone is exactly 2/15 (that of the "
    "grid's own table 0.124)."
)
_FIT_RANGE = "The supplement gives S17 to S21 for 0 <= nu <= 10."

PREFACTOR_S18 = Cause(
    "The prefactor of S18",
    "S18 as printed tends to 1.32, while its integral S10 is (1 - g_uz)/2 and tends to 1/2; with 0.494 in "
    "place of 1.32 the form follows its integral to half a per cent. Suppl. Fig. 1 divides each curve by its "
    "own maximum, where a factor cannot be seen. With S18 as printed the core of H' tilts below 0.117 T, "
    "with the integral below 0.0655 T.",
)
OPENING = Cause(
    "Where the loop of H'' is open",
    "The upright vortex of H'' turns over where the anisotropy no longer holds it, at -B_K g_uz/g_z = "
    "-0.024 T for R = 20 nm; H'' has no g_ux, so the printed fits give the same (0.0244 T). 0.12 T is where "
    "the simulated loop closes.",
)
JUMPS = Cause(
    "The reversal of H'' is not smooth",
    "The caption says it against the rectangular loop of the macrospin, and Sec. VI has H'' hysteretic. "
    "Vortices do form continuously; but then they stand upright until they turn over in one step, by 0.91 in "
    "<m_z> at R = 12 nm and by 0.39 at 20 nm.",
)
MACROSPIN = Cause(
    "The radius of the macrospin",
    "Below R_nuc the vortex still nucleates before the moment turns, at a negative field, as long as Eq. 11 "
    "lies above -2Ku/Ms: down to 8.8 nm with the paper's constants. Between the two radii the particle is no "
    "macrospin.",
)
OFFSET = Cause(
    "The reason for the offset of Fig. 4(b)",
    "The offset is constant, as the paper says. But linear instability and loss of metastability of the "
    "uniform state are one and the same point of H'': its loop leaves where the exact spinodal lies. The "
    "offset, mu0 Ms (5/2)(125/882 - 2/15) = 0.045 T with the integrals, is the difference between the "
    "curvature of the fit S21 in Eq. 11 and that of the profile function in the loop.",
)
# A row is quantity, printed text, unit, equation, recomputation; then a note and how words are read.
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
    _I("g_d of the uniform state", "0.332", "", "S8, S13 (S21, S30)", lambda: float(profiles(0.0).g_d),
       "A uniform sphere has exactly 1/3; S13 to S15 evaluate it on a grid of K = 21, whose cubes hold "
       "99.53 % of the sphere. Below S1 stands B_d = mu0 H_d; S14 and the main text have the mu0 (H_d + M) "
       "it needs.",
       approximated=lambda: grid_g_d(0.0)),
    _I("g_d of the fit for large nu", "0.332 + 0.162", "", "S13, S21", lambda: 0.5,
       f"Full flux closure leaves no charge, and g_d = 1/2. {_FIT_RANGE}", "0.494",
       approximated=lambda: 0.332 + 0.162),
    *(_I(f"largest difference between {equation} and its integral over 0 <= nu <= 10", "high fidelity", "",
         f"{equation}, Suppl. Fig. 1", partial(heuristic_error, name, "normalised"), _FIDELITY, "< 0.05")
      for name, equation in EQUATIONS.items()),
    _I("prefactor of g_ux", "1.32", "", "S10, S18", lambda: 1.32 * heuristic_error("g_ux", "scale"),
       cause=PREFACTOR_S18),
    _I("rise of g_ex per unit of ln(nu), nu = 40 to 50", "unbounded increase", "", "S9", exchange_growth,
       f"The integral grows like 3 ln(nu). The printed S17 saturates at 1.95 ln 160 = 9.9. {_FIT_RANGE}",
       "> 0.1"),
    _I("change of g_d, K = 21, when the texture is laid on its side", "invariant", "", "S3, S8",
       turned_energy,
       "Positions and moments turned together, as the text's global rotation asks. Eqs. 5 and S3 as printed "
       "turn the moments alone, which would change g_d by 0.089.", "0.000"),
)
"""Suppl. Sec. I: the grid, the fits, the invariance."""

_LOOPS = (
    _V("field down to which the particle is saturated", "approximately 0.5", "T", "Eq. 7",
       partial(first_event_T, "nu", _H1)),
    _V("bend of <m_z> of H' between nucleation and 0.12 T, share of its fall", "approximately linear", "",
       "Eqs. 7, 8", bend_of_decay, "Largest distance from the chord; read as at most 5 %.", "< 0.05"),
    _V("field below which H' leaves the simulated loop, where its core tilts", OPEN_BELOW_T, "T",
       f"Eq. 7, {_BY_INTEGRATION}", partial(first_event_T, "tau", _H1),
       "The paper says that the curves remain close until 0.12 T, and that it integrates its profiles. By "
       "the fits S17 to S21 H' would tilt at 0.117 T; or the number is where the simulated loop closes.",
       cause=PREFACTOR_S18),
    _V("remanence of H'", "vanishing", "", "Eqs. 7, 8",
       lambda: abs(iron_loop(_H1).observables()[0].remanence), "", "0.000"),
    _V("largest difference between the branches of H'", "reversible", "", "Eqs. 7, 8",
       partial(branch_gap, _H1), "", "0.000"),
    _VI("largest difference in <m_z> between H' and H'' at |B| >= 0.12 T", "equivalent", "", "Eqs. 7-9",
        partial(models_apart, float(OPEN_BELOW_T)), "", "0.000"),
    _VI("|B| up to which the loop of H'' is open", OPEN_BELOW_T, "T", f"Eq. 9, {_BY_INTEGRATION}",
        open_below_T, cause=OPENING),
)
"""Secs. V and VI: what is read off the model curves of Figs. 2 and 3."""

_NUCLEATION = (
    _II("first derivative of H'' at nu = 0", "vanishes", "", "S23", first_derivative_at_zero, "", "0.000"),
    _II("curvature of g_ex at nu = 0", "4", "", "S9, S24", partial(curvature, "g_ex")),
    _II("curvature of g_uz at nu = 0", "4/5", "", "S11, S24", lambda: abs(curvature("g_uz")), "", "0.800"),
    _II("curvature of g_z at nu = 0", "2/5", "", "S12, S24", lambda: abs(curvature("g_z")), "", "0.400"),
    _II(_CURVATURE, "125/882", "", "S13, S24", partial(curvature, "g_d"), _FIT_CURVATURE, "0.1417",
        approximated=fit_curvature),
    _II("prefactor of R_nuc", "3.76", "l_ex", _R, lambda: math.sqrt(2.0 / curvature("g_d")), _FIT_CURVATURE,
        approximated=lambda: math.sqrt(2.0 / fit_curvature())),
    _II("factor of Ku/(mu0 Ms^2) in R_nuc", "5.64", "", _R, lambda: 0.8 / curvature("g_d"), _FIT_CURVATURE,
        approximated=lambda: 0.8 / fit_curvature()),
    _II("largest Ku/(mu0 Ms^2) with a finite R_nuc", "0.177", "", _R, lambda: curvature("g_d") / 0.8,
        _FIT_CURVATURE, approximated=lambda: fit_curvature() / 0.8),
    _II("prefactor of Brown's radius", "4.53", "l_ex", "S27, S28", lambda: brown_prefactor()[0],
        "An energy crossing of the texture S28, not a spinodal: not to be set beside R_nuc."),
    _II("factor of Ku/(mu0 Ms^2) in Brown's radius", "5.62", "", "S27, S28", lambda: brown_prefactor()[1],
        "The texture gives (4/7)/0.10177 = 5.615, just below the tie."),
    _VII("R_nuc of iron", "9.2", "nm", f"Eq. 9, {_BY_INTEGRATION}",
         lambda: nucleation_radius("iron").exact_m * 1e9, _FIT_CURVATURE,
         approximated=lambda: nucleation_radius("iron").paper_m * 1e9),
    _VII("prefactor of mu0 Ms in B_nuc", "625/1764", "", _B, lambda: 2.5 * curvature("g_d"), _FIT_CURVATURE,
         "0.3543", approximated=lambda: 2.5 * fit_curvature()),
    _VII("radius below which the particle is a macrospin, from the paper's own B_nuc", "R_nuc = 9.2", "nm",
         "Eq. 11, S32", lambda: math.sqrt(2.0 / fit_curvature()) * iron().exchange_length_m * 1e9, "", "9.2",
         cause=MACROSPIN),
    _VII("difference in nucleation field between H' and H''", "the same", "T", "Eqs. 7, 9",
         lambda: abs(first_event_T("nu", _H1) - first_event_T("nu", _H2)), "", "0.000"),
    _FIG_4("change of the offset of Fig. 4(b) over 12 to 20 nm", "constant", "T", "Eqs. 9, 11",
           lambda: float(np.ptp(loop_below_spinodal_T("paper_T", "exact"))), "", "0.000"),
    _FIG_4("distance between linear instability and loss of metastability of H''",
           "expected, as Eq. 11 follows from a local instability analysis", "T", "Eq. 9",
           lambda: float(np.abs(loop_below_spinodal_T("ansatz_T", "exact")).max()),
           "12 to 20 nm; the paper's reason for the offset, read as more than 1 mT.", "> 0.001",
           cause=OFFSET),
    _FIG_4("largest step of <m_z> in the loops of H'', R = 12 to 20 nm", "smooth", "", "Eqs. 8, 9",
           partial(largest_jump, _H2, 12.0, 14.0, 16.0, 18.0, 20.0), "Read as no step above 0.05.", "< 0.05",
           cause=JUMPS),
)
"""Sec. VII, Fig. 4, Suppl. Sec. II: nucleation."""

_MACROSPIN = (
    _III("switching field of iron", "0.056", "T", "S32", lambda: iron().anisotropy_field_T),
    _III("largest |B_SW - 2 n Ku/Ms| in the loops of H'', n = 0.5 to 5", "perfectly agrees", "T", "S22, S32",
         lambda: max(abs(switching_field_T(n) - n * iron().anisotropy_field_T)
                     for n in np.arange(0.5, 5.01, 0.5)), "", "0.000"),
    _FIG_4("remanence of the 8 nm sphere", "rectangular", "", "Eqs. 8, 9",
           lambda: iron_loop(_H2, "exact", 8.0).observables()[0].remanence, "", "1.000"),
)
"""Suppl. Sec. III and Fig. 4(a): the Stoner-Wohlfarth limit."""
# fmt: on

PUBLISHED_VORTEX: tuple[Published, ...] = (*_PROFILES, *_LOOPS, *_NUCLEATION, *_MACROSPIN)
"""In the order of the argument: profiles, loops, nucleation, the macrospin limit."""
