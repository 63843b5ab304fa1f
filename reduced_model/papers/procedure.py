"""The same loops with the paper's approximations of the profile functions in place of the exact ones.

In: fields, a radius, a material, a model, and whose profiles: the closed fits (Adams & Michels 2026, Eqs.
S17-S21) or the integrals with g_d from the paper's grid of K = 21 (Eqs. S13-S15).
Out: `ModelLoop`, to see which printed numbers come from which approximation.
"""

import math
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from reduced_model.errors import Array, ModelError, column
from reduced_model.loops.loop import ModelLoop, follow_path
from reduced_model.materials import Material
from reduced_model.materials import material as known_material
from reduced_model.models import Model
from reduced_model.papers.grid_demag import grid_g_d
from reduced_model.papers.heuristics import NAMES, heuristic_profiles
from reduced_model.vortex.hamiltonian import Hamiltonian
from reduced_model.vortex.kernels import DEGREE, NU_MAX, PANELS
from reduced_model.vortex.profiles import as_powers, panel_nodes, profile_table, profiles

Source = Literal["exact", "fits", "grid"]


def paper_loop(
    B_T: ArrayLike,
    *,
    radius_m: float,
    material: Material | str = "iron",
    model: Model | str = Model.DOUBLE_PRIME,
    profiles_from: Source = "fits",
) -> ModelLoop:
    """`field_loop` with the paper's profile functions.

    Parameters
    ----------
    profiles_from : str
        "fits" (the closed forms as printed), "grid" (exact but for g_d, taken from the grid of K = 21
        points; the first call takes some seconds) or "exact". Other parameters as for `field_loop`.

    Examples
    --------
    >>> fields = np.linspace(1, -1, 401)
    >>> for source in ("exact", "fits"):
    ...     loop = paper_loop(fields, radius_m=20e-9, model="H'", profiles_from=source)
    ...     print(source, [f"{event.B_T:.3f} {event.mode}" for event in loop.events][:2])
    exact ['0.509 nu', '0.065 tau']
    fits ['0.583 nu', '0.117 tau']
    """
    if profiles_from not in _TABLES:
        raise ModelError.of("profiles_from", profiles_from, "one of " + ", ".join(_TABLES))
    h = Hamiltonian(known_material(material), radius_m, Model(model))
    return follow_path(h, column("B_T", B_T), _TABLES[profiles_from]())


@cache
def fitted_table() -> Array:
    """The closed fits in the form that the loop kernel reads (see `profiles.profile_table`)."""
    g = heuristic_profiles(_nu())
    return _table(np.stack([getattr(g, name) for name in NAMES], axis=-1))


@cache
def grid_table() -> Array:
    """The integrals, with g_d of the K = 21 grid, in the form that the loop kernel reads."""
    g = profiles(_nu())
    g_d = np.array([grid_g_d(float(v)) for v in _nu().flat]).reshape(_nu().shape)
    return _table(np.stack((g.g_ex, g.g_ux, g.g_uz, g.g_z, g_d), axis=-1))


_TABLES = {"exact": profile_table, "fits": fitted_table, "grid": grid_table}


def _nu() -> Array:
    """nu at the nodes of every panel."""
    return np.minimum(np.sqrt(panel_nodes()[1]), NU_MAX)


def _table(samples: Array) -> Array:
    """Tabulate five even functions, given at the nodes, with the derivatives of the interpolating polynomial.

    With x = log(1 + nu^2): g'/nu = 2 g_x/(1 + nu^2) and g'' = g'/nu + nu d(g'/nu)/dnu. Differentiating costs
    digits: about 1e-9 is left of the second derivative, enough for functions that are themselves fits.
    """
    t, nu2 = panel_nodes()
    inverse = np.asarray(np.linalg.inv(np.polynomial.chebyshev.chebvander(t, DEGREE)), dtype=np.float64)
    slope = np.polynomial.chebyshev.chebvander(t, DEGREE - 1) @ np.polynomial.chebyshev.chebder(inverse)
    per_x = 2.0 / (math.log1p(NU_MAX**2) / PANELS) * slope
    spread = 2.0 / (1.0 + nu2)[..., None]
    over_nu = spread * (per_x @ samples)
    second = over_nu + nu2[..., None] * spread * (per_x @ over_nu)
    return as_powers(inverse @ np.concatenate((samples, over_nu, second), axis=-1))
