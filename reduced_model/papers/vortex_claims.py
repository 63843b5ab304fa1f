"""What recomputes the numbers and claims of Adams & Michels 2026: small functions of nothing.

In: the paper's iron, its cycle from 1 T down and back.
Out: numbers, each from one equation; `papers.vortex` sets them beside the printed ones.
"""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from reduced_model.loops.loop import ModelLoop
from reduced_model.materials import Material, material
from reduced_model.models import Model
from reduced_model.nucleation.spinodals import nucleation_field
from reduced_model.papers.demag_convergence import grid_curvature
from reduced_model.papers.grid_demag import ansatz_on_grid, grid_field, grid_g_d, grid_points
from reduced_model.papers.heuristics import heuristic_errors, heuristic_profiles
from reduced_model.papers.procedure import Source, paper_loop
from reduced_model.vortex.profiles import profiles

NU_REMANENT = "4.443"
"""nu of the remanent state of the paper's MuMax3 run on 2 nm cells, as printed (Fig. 1)."""
_RADII_NM = tuple(float(R) for R in range(12, 21))


def iron() -> Material:
    """The paper's material (Sec. II)."""
    return material("iron")


@cache
def iron_loop(model: Model | str, source: Source = "exact", radius_nm: float = 20.0) -> ModelLoop:
    """The paper's cycle: from 1 T down and back."""
    fields = np.linspace(1.0, -1.0, 501)
    path = np.concatenate((fields, -fields))
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
    return np.array(
        [
            getattr(nucleation_field("iron", R * 1e-9), spinodal)
            - first_event_T("nu", Model.DOUBLE_PRIME, source, R)
            for R in _RADII_NM
        ]
    )


def crossing_radius_nm() -> float:
    """Where Eq. 11 falls to -2Ku/Ms: below it coherent rotation comes first."""
    return math.sqrt(2.0 / fit_curvature()) * iron().exchange_length_m * 1e9


def switching_error_T() -> float:
    """Largest |B_SW - 2 n Ku/Ms| of the loops of H'' for n = 0.5 to 5, R = 8 nm."""
    return max(abs(switching_field_T(n) - n * iron().anisotropy_field_T) for n in np.arange(0.5, 5.01, 0.5))


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
