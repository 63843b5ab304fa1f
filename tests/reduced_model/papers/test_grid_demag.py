"""The paper's dipole grid: its numbers, its convergence, and the two ways to sum it."""

import numpy as np
import pytest

from reduced_model import ModelError
from reduced_model.papers.grid_demag import ansatz_on_grid, grid_field, grid_g_d, grid_points
from reduced_model.vortex.profiles import profiles


def plain_sum(m, K):
    """Equations S13 and S14 as printed, a point at a time."""
    points, volume = grid_points(K), (2 / (K - 1)) ** 3
    field = 2 / 3 * m
    for i, point in enumerate(points):
        r = np.delete(point - points, i, axis=0)
        others = np.delete(m, i, axis=0)
        distance = np.linalg.norm(r, axis=1)[:, None]
        dot = np.sum(r * others, axis=1)[:, None]
        field[i] += volume / (4 * np.pi) * np.sum(3 * r * dot / distance**5 - others / distance**3, axis=0)
    return field, 3 / (4 * np.pi) * volume / 2 * np.sum(m * field)


def random_texture(K):
    m = np.random.default_rng(5).normal(size=grid_points(K).shape)
    return m / np.linalg.norm(m, axis=1, keepdims=True)


def test_the_papers_grid_has_4169_points():
    points = grid_points(21)
    assert points.shape == (4169, 3)
    assert [1, 0, 0] in points.tolist()  # points on the surface belong to it
    assert np.linalg.norm(points, axis=1).max() == 1.0


def test_published_scheme_at_two_nu():
    # twelve decimals of a summation of the printed equations in 80-bit floating point
    assert grid_g_d(0.0) == pytest.approx(0.331758478875, abs=1e-12)
    assert grid_g_d(4.443) == pytest.approx(0.479900087002, abs=1e-12)


@pytest.mark.parametrize("K", [2, 3, 8, 9])
def test_every_way_of_summing_is_the_printed_equation(K):
    m = random_texture(K)
    field, g_d = plain_sum(m, K)
    for method in ("direct", "fft"):
        # rounding of sums of a few hundred terms
        np.testing.assert_allclose(grid_field(m, K, method), field, atol=1e-12)
        assert grid_g_d(m=m, K=K, method=method) == pytest.approx(g_d, abs=1e-13)


@pytest.mark.parametrize("K", [8, 11])
def test_symmetry_of_the_ansatz_changes_nothing(K):
    for nu in (0.0, 1.3, 6.0):
        assert grid_g_d(nu, K=K) == pytest.approx(grid_g_d(m=ansatz_on_grid(nu, K), K=K), abs=1e-13)


def test_large_grids_go_by_fft_to_the_same_number():
    assert grid_g_d(2.0, K=27) == pytest.approx(
        grid_g_d(m=ansatz_on_grid(2.0, 27), K=27, method="direct"), abs=1e-12
    )


def test_energy_is_a_symmetric_form():
    a, b = random_texture(7), random_texture(7)[::-1]
    assert np.sum(a * grid_field(b, 7)) == pytest.approx(np.sum(b * grid_field(a, 7)), rel=1e-12)


def test_uniform_sphere_errs_by_its_staircase_volume_only():
    """Cubic symmetry leaves no other error at nu = 0: g_d = 1/3 times the share of volume the cells fill."""
    for K in (11, 21):
        share = len(grid_points(K)) * (2 / (K - 1)) ** 3 / (4 * np.pi / 3)
        assert grid_g_d(0.0, K=K) == pytest.approx(share / 3, abs=1e-12)
    assert share == pytest.approx(0.99527, abs=1e-5)


def test_volume_normalised_values_approach_the_exact_profile():
    nu, exact = 2.0, float(profiles(2.0).g_d)
    errors = []
    for K in (11, 21, 41):
        share = len(grid_points(K)) * (2 / (K - 1)) ** 3 / (4 * np.pi / 3)
        errors.append(abs(grid_g_d(nu, K=K) / share - exact))
    # the surface layer is resolved to first order in the spacing
    assert errors[2] < errors[1] < errors[0]
    assert errors[2] < 0.35 * errors[0]


def test_ansatz_is_of_unit_length():
    np.testing.assert_allclose(np.linalg.norm(ansatz_on_grid(3.0, 9), axis=1), 1, atol=1e-15)
    np.testing.assert_array_equal(ansatz_on_grid(0.0, 3), np.tile([0.0, 0.0, 1.0], (7, 1)))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: grid_points(1), "K = 1: must be .* at least 2"),
        (lambda: grid_points(2.5), "K = 2.5"),
        (lambda: grid_g_d(-1.0), "nu = -1.0"),
        (lambda: grid_g_d(), "either nu or a texture"),
        (lambda: grid_g_d(m=np.zeros((3, 3))), r"m has shape \(3, 3\): \(4169, 3\) is needed"),
        (lambda: grid_field(ansatz_on_grid(1.0, 5), 5, "slow"), "method = 'slow'"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ModelError, match=message):
        call()
