"""The closed forms the paper fits to its profile functions (Adams & Michels 2026, Eqs. S17-S21), as printed.

In: nu, meant for 0 <= nu <= 10.
Out: `Profiles` to set beside the exact ones; nothing else in the model uses them.
"""

import numpy as np
from numpy.typing import ArrayLike

from .profiles import Profiles


def heuristic_profiles(nu: ArrayLike) -> Profiles:
    """The printed fits, shaped as `nu`.

    Notes
    -----
    The printed g_ux tends to 1.32, while its integral (S10) is (1 - g_uz)/2 and tends to 1/2; 0.495 in place
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
