"""Loops over the paper's approximations: tables that hold their functions, and what follows."""

import numpy as np
import pytest

from reduced_model import ModelError, field_loop, heuristic_profiles
from reduced_model.nucleation.spinodals import nucleation_field
from reduced_model.papers.demag_convergence import grid_curvature
from reduced_model.papers.heuristics import NAMES, heuristic_errors
from reduced_model.papers.procedure import fitted_table, paper_loop
from reduced_model.vortex.kernels import interpolate_many

FIELDS = np.linspace(1, -1, 201)


def test_the_table_holds_the_printed_fits():
    nu = np.linspace(0, 10, 301)
    out = np.empty((nu.size, 15))
    interpolate_many(fitted_table(), nu, out)
    g = heuristic_profiles(nu)
    for column, name in enumerate(NAMES):
        np.testing.assert_allclose(out[:, column], getattr(g, name), atol=1e-9)  # degree 12, the forms' poles
    step = 1e-4
    slope = (heuristic_profiles(nu + step).g_z - heuristic_profiles(np.abs(nu - step)).g_z) / (2 * step)
    np.testing.assert_allclose(out[:, 8] * nu, slope, atol=1e-7)  # central differences, step^2


def test_exact_profiles_give_the_field_loop():
    np.testing.assert_array_equal(
        paper_loop(FIELDS, radius_m=15e-9, profiles_from="exact").mz,
        field_loop(FIELDS, radius_m=15e-9, material="iron").mz,
    )


@pytest.mark.parametrize("radius_nm", [12, 20])
def test_a_grid_table_nucleates_at_its_own_curvature(radius_nm):
    loop = paper_loop(FIELDS, radius_m=radius_nm * 1e-9, profiles_from="grid")
    field = nucleation_field("iron", radius_nm * 1e-9)
    expected = field.ansatz_T + 2.5 * (grid_curvature() - 2 / 15) * loop.material.mu0Ms_T
    assert pytest.approx(expected, abs=1e-6) == loop.events[0].B_T  # second derivative of an interpolation


def test_fits_tilt_H_prime_where_the_paper_says():
    events = paper_loop(FIELDS, radius_m=20e-9, model="H'", profiles_from="fits").events
    assert next(e.B_T for e in events if e.mode == "tau") == pytest.approx(
        0.12, abs=0.005
    )  # two digits printed


def test_errors_of_the_fits():
    errors = {error.name: error for error in heuristic_errors()}
    assert errors.pop("g_ux").relative > 1
    assert max(error.relative for error in errors.values()) < 0.025  # what Suppl. Fig. 1 shows by eye


def test_an_unknown_source_is_refused():
    with pytest.raises(ModelError, match="profiles_from = 'guess': must be one of exact, fits, grid"):
        paper_loop(FIELDS, radius_m=20e-9, profiles_from="guess")
