"""What the literature prints about the iron sphere, and the equations the report computes with.

In: the numbers as `reduced_model.papers.vortex` holds them, each with the place it stands at.
Out: PRINTED values (applied only to the very particle they belong to) and EQUATIONS with stable names.
"""

import math
from dataclasses import dataclass

from reduced_model.papers.vortex import JUMP_T, NU_REMANENT, OPEN_BELOW_T, iron

__all__ = ["EQUATIONS", "PAPER", "PAPER_DOI", "PRINTED", "Equation", "Printed", "is_paper_particle"]

PAPER = "Adams & Michels 2026"
PAPER_DOI = "https://doi.org/10.1103/8rkf-j2kn"


@dataclass(frozen=True)
class Printed:
    """A number as a paper prints it."""

    value: float
    where: str


@dataclass(frozen=True)
class Equation:
    """An equation the numbers of a report come from."""

    key: str
    title: str
    formula: str
    source: str


PRINTED = {
    # nu of the remanent state on 2 nm cells
    "nu_remanent": Printed(float(NU_REMANENT), f"{PAPER}, Fig. 1"),
    # jump of the MuMax3 loop on 2 nm cells, upper branch
    "jump_T": Printed(float(JUMP_T), f"{PAPER}, Sec. V"),
    # |B| below which the MuMax3 loop is open
    "hysteresis_T": Printed(float(OPEN_BELOW_T), f"{PAPER}, Sec. VI"),
}


def is_paper_particle(Ms_A_per_m: float, A_J_per_m: float, Ku_J_per_m3: float, radius_m: float) -> bool:
    """Whether this is the sphere the paper simulates: its iron, 40 nm across.

    Examples
    --------
    >>> is_paper_particle(1.7e6, 1e-11, 4.8e4, 20e-9)
    True
    >>> is_paper_particle(1.7e6, 1e-11, 4.8e4, 19e-9)
    False
    """
    paper = iron()
    given = (Ms_A_per_m, A_J_per_m, Ku_J_per_m3, radius_m)
    printed = (paper.Ms_A_per_m, paper.A_J_per_m, paper.Ku_J_per_m3, 20e-9)
    return all(math.isclose(g, p, rel_tol=1e-9) for g, p in zip(given, printed, strict=True))


EQUATIONS = (
    Equation(
        "ansatz",
        "Vortex Ansatz",
        "m′(ρ, φ) = (−tanh(νρ/R) sin φ, tanh(νρ/R) cos φ, sech(νρ/R)),  m(r) = Q m′(Qᵀr)",
        f"{PAPER}, Eq. 2; its Eqs. 5 and S3 print the turn of the spins without that of the positions. "
        "Here the texture turns as a whole, as the rotation invariance of exchange and demagnetisation "
        "requires.",
    ),
    Equation("moment", "Mean moment along the field", "⟨m_z⟩ = g_z(ν) cos τ", f"{PAPER}, Eq. 8"),
    Equation(
        "H'",
        "Reduced Hamiltonian H′",
        "H′ = g_ex − (KᵤR²/A)[g_ux sin²τ + g_uz cos²τ] − (MₛR²B/A) g_z cos τ − (μ₀Mₛ²R²/A) g_d",
        f"{PAPER}, Eq. 7, with the exact profile functions (not the paper's fits, Eqs. S17 to S21)",
    ),
    Equation(
        "H''",
        "Minimal Hamiltonian H″",
        "H″ = H′ without the term in g_ux",
        f"{PAPER}, Eq. 9, with the exact profile functions",
    ),
    Equation(
        "nucleation-ansatz",
        "Vortex nucleation field within the Ansatz",
        "B = μ₀Mₛ/3 − 2Kᵤ/Mₛ − 10A/(MₛR²)",
        f"the curvature 4 + (4/5)k + (2/5)b − (2/15)d of H′ and H″ at ν = 0 ({PAPER}, Eq. S24, "
        "with the exact curvature 2/15 of g_d)",
    ),
    Equation(
        "nucleation-paper",
        "Vortex nucleation field as the paper prints it",
        "B = (625/1764) μ₀Mₛ − 2Kᵤ/Mₛ − 10A/(MₛR²)",
        f"{PAPER}, Eq. 11: the curvature 125/882 of its fitted g_d stands for 2/15",
    ),
    Equation(
        "nucleation-brown",
        "Curling field of the continuum",
        "B = μ₀Mₛ/3 − 2Kᵤ/Mₛ − 2q²A/(MₛR²),  q = 2.0816 (first zero of j₁′)",
        "Brown 1963; Aharoni 2000. The Ansatz is a trial function: its nucleation field lies below this one.",
    ),
    Equation(
        "continuum",
        "The sphere's continuum, without a mesh",
        "E = ∫ [A|∇m|² − Kᵤ(m·u)² − Mₛ m·B − (μ₀Mₛ/2) m·h] dV over the ball, m = w/|w|, w = Σ c Z_nlm;  "
        "simulation − model = (simulation − continuum) + (continuum − model)",
        "W. F. Brown, Micromagnetics (1963); solved in polynomials orthonormal on the ball, h = −∇φ exact "
        "for them, and followed from saturation along stable states. It loses the uniform state at the "
        "curling field, given in closed form. An error is the change from N to N − 1 and N − 4, and what "
        "interpolation between solved fields adds. A state is held against the branch of its own kind and "
        "polarity: mesh error and Ansatz error.",
    ),
    Equation(
        "order",
        "Order parameter",
        "t = ⟨(r/R) × m⟩,  order = |t| / (3π/16)",
        "3π/16 = ⟨ρ/R⟩ of a sphere: pure circulation. It vanishes for every state with m(r) = m(−r).",
    ),
    Equation(
        "observables",
        "Observables of a branch",
        "remanence ⟨m⟩ at B = 0; coercive field where ⟨m⟩ = 0; nucleation and annihilation where the order "
        "passes 0.02, midway between the rows either side; jumps of ⟨m⟩ between neighbouring rows; the core "
        "leaves the field's line midway between the last row within 1° of it and the next; loop open, going "
        "outward from B = 0, to midway between the last row whose branches differ by 0.02 and the next",
        "The same definitions, on the same fields, for the simulation and for the models. Where saturation "
        "itself circulates (a lattice without inversion, a bias), three times that raises the threshold.",
    ),
    Equation(
        "fit",
        "Vortex fit",
        "least squares of ν, p and c over all magnetic cells; ν again from m_φ alone and from m_z alone; "
        "κ of ψ = νρ(1 − κz²) beside ν (Eq. 6), judged by Schwarz's criterion",
        "What stands behind ν ± is the larger of half the spread of its three estimates and its error, which "
        "knows that neighbouring cells share the Ansatz's misfit; behind κ ± its error.",
    ),
    Equation(
        "curvature",
        "Smallest curvature, minimum or saddle",
        "(m·B) v − P DB[v] = λ v,  v across m: λ_min < 0 on a saddle",
        "Of the energy on cells, at the stationary point of the saved state's own branch, to which Newton "
        "steps on the torque lead; turns of the whole state that only the cells resist are left out. Beside "
        "it the continuum's of the branch of its kind and polarity.",
    ),
)
