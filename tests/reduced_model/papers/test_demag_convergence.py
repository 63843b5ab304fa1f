"""The grid scheme against the series: order, volume, curvature."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from reduced_model import ModelError
from reduced_model.papers.demag_convergence import grid_convergence, grid_curvature
from reduced_model.papers.grid_demag import grid_g_d


def test_at_nu_zero_the_whole_error_is_the_volume():
    study = grid_convergence(0.0, K=(11, 21, 31))
    np.testing.assert_allclose(study.normalised_error, 0.0, atol=1e-13)  # rounding of sums over 1e4 points
    assert np.isnan(study.normalised_order)
    assert study.points[1] == 4169
    assert study.volume_ratio[1] == pytest.approx(0.99528, abs=5e-6)  # 4169 cubes of 0.1^3


def test_a_vortex_converges_at_first_order():
    study = grid_convergence(4.443, K=(21, 31, 41, 61))
    # point dipoles miss the surface layer, whose share of the volume falls with the spacing
    assert study.normalised_order == pytest.approx(1.0, abs=0.2)
    assert (np.diff(np.abs(study.normalised_error)) < 0).all()
    assert study.g_d[0] == pytest.approx(0.479900087002, abs=1e-11)


def test_curvature_is_that_of_the_scheme_itself():
    h = 0.02
    quotients = [2 * (grid_g_d(n * h) - grid_g_d(0.0)) / (n * h) ** 2 for n in (1, 2)]
    richardson = (4 * quotients[0] - quotients[1]) / 3
    assert grid_curvature(21) == pytest.approx(richardson, abs=1e-6)  # next term of order h^4
    assert grid_curvature(21) < grid_curvature(41) < 2 / 15


def test_table_and_drawing():
    study = grid_convergence(1.0, K=(11, 15, 21))
    assert list(study.to_dataframe()["K"]) == [11, 15, 21]
    assert len(study.plot(Figure().add_subplot()).lines) == 2


@pytest.mark.parametrize(("nu", "K"), [(4.0, (21,)), (4.0, (2, 21)), (4.0, ("a", 21)), (-1.0, (11, 21))])
def test_bad_input(nu, K):
    with pytest.raises(ModelError):
        grid_convergence(nu, K)
