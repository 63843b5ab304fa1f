"""Where the solver's own curvature of the uniform state vanishes, beside Brown's closed form.

    python -m benchmarks.brown docs/results/continuum/brown.csv

In: spheres of three materials in which curling comes first. Out: the field solved at two degrees N; half a
minute. Loops and branches take the closed form; here it is what is tested.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from reduced_model import nucleation_field
from reduced_model.continuum.equilibrium import solver
from reduced_model.continuum.problem import Continuum
from reduced_model.continuum.stationary import uniform_coefficients
from reduced_model.materials import material

ALONG = np.array([0.0, 0.0, 1.0])
SPHERES_NM = {
    "iron": (9, 10, 12, 15, 20, 25, 30),
    "permalloy": (25, 40),
    "cobalt": (25, 40),
}
DEGREES = (8, 12)
REACH_T = 0.01
"""How far from where it is expected the field is sought."""


def solved_curvature_T(problem: Continuum, degree: int, B_T: float) -> float:
    """The smallest curvature of the uniform state along the field, from the eigenproblem alone."""
    at = solver(degree, 1)
    point = problem.energy(at, B_T).at(uniform_coefficients(at.ball, ALONG))
    return problem.certified(B_T, point, True, k=2, shift=15.0, tolerance=1e-7).solved_lambda_T


def solved_end_T(problem: Continuum, degree: int, near_T: float) -> float:
    """The field where it vanishes."""
    ends = near_T - REACH_T, near_T + 1.2 * REACH_T
    return float(brentq(lambda B_T: solved_curvature_T(problem, degree, B_T), *ends, xtol=1e-12))


def fields() -> pd.DataFrame:
    """A row a sphere and degree."""
    rows = []
    for name, radii in SPHERES_NM.items():
        for R_nm in radii:
            exact = nucleation_field(name, R_nm * 1e-9)
            assert exact.brown_T > exact.coherent_T, (name, R_nm)
            problem = Continuum(material(name), R_nm * 1e-9, ALONG)
            for N in DEGREES:
                rows.append((name, R_nm, N, solved_end_T(problem, N, exact.brown_T), exact.brown_T))
    return pd.DataFrame(rows, columns=["material", "R_nm", "N", "solved_T", "brown_T"])


if __name__ == "__main__":
    written = "# python -m benchmarks.brown docs/results/continuum/brown.csv\n"
    Path(sys.argv[1]).write_text(written + fields().to_csv(index=False, float_format="%.12f"), "utf-8")
