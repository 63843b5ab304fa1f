"""What Adams & Michels 2026 print about the profile functions (Suppl. Sec. I): grid, fits, invariance.

In: nothing; the text is typed from the supplement.
Out: `PUBLISHED_PROFILES`, a part of `published_vortex.PUBLISHED_VORTEX`.
"""

from functools import partial

from reduced_model.papers.grid_demag import grid_g_d, grid_points
from reduced_model.papers.heuristics import heuristic_errors
from reduced_model.papers.table import Published
from reduced_model.papers.vortex_claims import (
    energy_without_M,
    exchange_growth,
    heuristic_error,
    turned_energy,
)
from reduced_model.vortex.profiles import profiles


def _entries() -> tuple[Published, ...]:
    """Suppl. Sec. I: the grid, the fits, the invariance."""
    at = partial(Published, "Adams & Michels 2026", "Suppl. Sec. I")
    high_fidelity = 'The paper says "high fidelity"; read as less than 5 % of the largest value.'
    fits = [
        at(
            f"largest error of {error.equation} over 0 <= nu <= 10, share of the integral's largest value",
            "high fidelity",
            "",
            error.equation,
            partial(heuristic_error, error.name, "relative"),
            note=high_fidelity
            if error.name != "g_ux"
            else "S18 tends to 1.32, its integral S10 to 1/2; Suppl. Fig. 1 normalises it away.",
            reading="< 0.05",
        )
        for error in heuristic_errors()
    ]
    return (
        at("grid points inside the sphere, K = 21", "4169", "", "S15", lambda: float(len(grid_points(21)))),
        at(
            "g_d of the uniform state on the grid, K = 21",
            "0.332",
            "",
            "S13-S15, S21, S30",
            lambda: grid_g_d(0.0),
            note="The grid's 4169 cubes hold 99.53 % of the sphere's volume.",
        ),
        at(
            "g_d of the uniform state, continuum",
            "0.332",
            "",
            "S8",
            lambda: float(profiles(0.0).g_d),
            note="A uniform sphere has exactly 1/3; 0.332 is the value of the K = 21 grid.",
        ),
        at(
            "g_d of the uniform state with B_d = mu0 H_d, as defined below S1",
            "0.332",
            "",
            "S8, S13",
            energy_without_M,
            note="S14 and the main text have B_d = mu0 (H_d + M); without M the sign is opposite.",
        ),
        at(
            "limit of the fitted g_d for large nu",
            "0.332 + 0.162",
            "",
            "S8, S21",
            lambda: 0.5,
            note="Full flux closure leaves no charge and g_d = 1/2; the fit serves nu up to 10.",
            reading="0.494",
        ),
        *fits,
        at(
            "largest error of S18 in the normalisation of Suppl. Fig. 1",
            "high fidelity",
            "",
            "S18",
            partial(heuristic_error, "g_ux", "normalised"),
            note="Each curve over its own maximum: the factor of 2.6 between them cannot be seen there.",
            reading="< 0.05",
        ),
        at(
            "prefactor of g_ux",
            "1.32",
            "",
            "S10",
            lambda: 1.32 * heuristic_error("g_ux", "scale"),
            note="With 0.494 in place of 1.32 the form follows its integral to half a per cent.",
        ),
        at(
            "rise of the fitted g_ex per unit of ln(nu), nu = 40 to 50",
            "unbounded increase",
            "",
            "S17",
            partial(exchange_growth, False),
            note="tanh is bounded, so S17 saturates at 1.95 ln 160 = 9.9.",
            reading="> 0.1",
        ),
        at(
            "rise of the exchange integral per unit of ln(nu), nu = 40 to 50",
            "unbounded increase",
            "",
            "S9",
            partial(exchange_growth, True),
            note="The integral grows like 3 ln(nu).",
            reading="> 0.1",
        ),
        at(
            "change of g_d, K = 21, when the texture is laid on its side as a whole",
            "invariant",
            "",
            "S3, S8",
            partial(turned_energy, True),
            note="Positions and spins turned together: what the invariance needs.",
            reading="0.000",
        ),
        at(
            "change of g_d, K = 21, when the spins alone are turned, as printed",
            "invariant",
            "",
            "Eq. 5, S3",
            partial(turned_energy, False),
            note="R acts on m alone in Eqs. 5 and S3: the turned texture is another one, with charges.",
            reading="0.000",
        ),
    )


PUBLISHED_PROFILES: tuple[Published, ...] = _entries()
"""In the order of the supplement."""
