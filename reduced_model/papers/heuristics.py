"""The closed forms the paper fits to its profile functions (Adams & Michels 2026, Eqs. S17-S21), as printed.

In: nu, meant for 0 <= nu <= 10.
Out: `Profiles` to set beside the exact ones, and how far off they are; nothing else in the model uses them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from reduced_model.vortex.profiles import Profiles, profiles

EQUATIONS = {"g_ex": "S17", "g_ux": "S18", "g_uz": "S19", "g_z": "S20", "g_d": "S21"}
NAMES = tuple(EQUATIONS)
RANGE = (0.0, 10.0)
"""Where the paper calls them valid."""


@dataclass(frozen=True)
class HeuristicError:
    """How far one printed form is from its integral over 0 <= nu <= 10."""

    name: str
    equation: str
    largest: float
    """Largest |form - integral|, found at `at_nu`."""
    at_nu: float
    relative: float
    """That over the largest value of the integral."""
    normalised: float
    """Largest difference when each curve is divided by its own maximum, as in Fig. S1."""
    scale: float
    """The factor that would bring the form closest to its integral (least squares); 1 if it needs none."""


def heuristic_profiles(nu: ArrayLike) -> Profiles:
    """The printed fits (Adams & Michels 2026, Eqs. S17-S21), arrays shaped as `nu`.

    The printed g_ux tends to 1.32, while its integral (S10) is (1 - g_uz)/2 and tends to 1/2; 0.494 in place
    of 1.32 would follow it. The demagnetisation curvature at nu = 0 of the printed g_d is 125/882 = 0.1417,
    that of the integral 2/15 = 0.1333.

    """
    v = np.asarray(nu, dtype=float)
    in_plane = (v / 1.551) ** 2 + (v / 3.642) ** 4
    closure = (v / 1.512) ** 2
    return Profiles(
        g_ex=1.95 * np.log1p(159.0 * np.tanh(v / 11.0) ** 2),
        g_ux=1.32 * in_plane / (1.0 + in_plane),
        g_uz=1.0 / (1.0 + (v / 1.5) ** 2),
        g_z=1.0 / (1.0 + (v / 2.4) ** 2),
        g_d=0.332 + 0.162 * closure / (1.0 + closure),
    )


def heuristic_errors(points: int = 2001) -> tuple[HeuristicError, ...]:
    """The error of each printed form at so many points of its range, in the order of the equations.

    Examples
    --------
    >>> for error in heuristic_errors():
    ...     print(f"{error.name} ({error.equation}): {error.largest:.3f} at {error.at_nu:.1f}")
    g_ex (S17): 0.130 at 0.8
    g_ux (S18): 0.817 at 10.0
    g_uz (S19): 0.019 at 1.2
    g_z (S20): 0.017 at 1.5
    g_d (S21): 0.011 at 4.0
    """
    nu = np.linspace(*RANGE, points)
    exact, printed = profiles(nu), heuristic_profiles(nu)
    found = []
    for name, equation in EQUATIONS.items():
        g, fit = getattr(exact, name), getattr(printed, name)
        difference, normalised = np.abs(fit - g), np.max(np.abs(fit / fit.max() - g / g.max()))
        i = int(np.argmax(difference))
        numbers = (difference[i], nu[i], difference[i] / g.max(), normalised, fit @ g / (fit @ fit))
        found.append(HeuristicError(name, equation, *map(float, numbers)))
    return tuple(found)
