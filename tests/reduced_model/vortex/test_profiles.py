"""Profile functions: the published table, direct integration, limits, derivatives, refused input."""

import mpmath
import numpy as np
import pytest
from numba import njit
from scipy.special import ellipk

from reduced_model import ModelError
from reduced_model.papers.heuristics import heuristic_profiles
from reduced_model.vortex.kernels import interpolate, interpolate_many
from reduced_model.vortex.profiles import _quadrature, profile_table, profiles

NAMES = ("g_ex", "g_ux", "g_uz", "g_z", "g_d")
TABLE = {
    0.5: (0.461750578625, 0.045648931417, 0.908702137165, 0.952788268812, 0.348635054007),
    1.0: (1.508211430109, 0.144691881362, 0.710616237275, 0.837617865462, 0.382424167111),
    2.0: (3.566927784773, 0.314566013827, 0.370867972346, 0.575460972844, 0.442039218484),
    4.443: (6.202986102271, 0.450182976478, 0.099634047044, 0.223867846692, 0.488589842934),
    8.0: (8.009665510330, 0.484007750949, 0.031984498101, 0.081035103715, 0.497657206424),
}


def columns(p):
    return np.array([getattr(p, name) for name in NAMES])


@pytest.mark.parametrize("nu", TABLE)
def test_profiles_match_the_reference_table(nu):
    # the table has twelve decimals
    np.testing.assert_allclose(columns(profiles(nu)), TABLE[nu], rtol=0, atol=1e-11)


def test_profiles_are_the_volume_averages_of_the_texture():
    """Direct two-dimensional quadrature over the unit sphere, without the reduction to one dimension."""
    nu = 2.7
    x, wx = np.polynomial.legendre.leggauss(80)
    r, wr = 0.5 * (x + 1), 0.5 * wx
    r, theta = np.meshgrid(r, 0.5 * np.pi * (x + 1), indexing="ij")
    weight = np.outer(wr, 0.5 * np.pi * wx) * 1.5 * r**2 * np.sin(theta)
    rho = r * np.sin(theta)
    sech, tanh = 1 / np.cosh(nu * rho), np.tanh(nu * rho)
    g = profiles(nu)
    # eighty nodes a side integrate these smooth functions to rounding
    assert np.sum(weight * (nu**2 * sech**2 + tanh**2 / rho**2)) == pytest.approx(float(g.g_ex), abs=1e-12)
    assert np.sum(weight * sech**2) == pytest.approx(float(g.g_uz), abs=1e-12)
    assert np.sum(weight * tanh**2 / 2) == pytest.approx(float(g.g_ux), abs=1e-12)
    assert np.sum(weight * sech) == pytest.approx(float(g.g_z), abs=1e-12)


@pytest.mark.parametrize("nu", [0.03, 3.3, 17.0, 50.0])
def test_averages_and_derivatives_in_high_precision(nu):
    with mpmath.workdps(25):
        cuts = [0, *(2.0**k / (nu + 1) for k in range(6) if 2.0**k < nu + 1), mpmath.pi / 2]  # core, then log

        def average(f):
            return 3 * mpmath.quadgl(
                lambda th: f(mpmath.sin(th)) * mpmath.cos(th) ** 2 * mpmath.sin(th), cuts
            )

        def both(v):
            """g_z as the real part and g_ex as the imaginary one, from one quadrature."""

            def texture(s):
                sech = mpmath.sech(v * s)
                return mpmath.mpc(sech, v**2 * sech**2 + (1 - sech**2) / s**2)

            return average(texture)

        g = profiles(nu, derivatives=2)
        exact = mpmath.diffs(both, nu, 2)
        for ours, theirs in zip((g, g.first, g.second), exact, strict=True):
            # numerical differentiation at 25 digits is good to about 1e-15; ours promises 1e-12
            assert float(theirs.real - float(ours.g_z)) == pytest.approx(0, abs=1e-12)
            assert float(theirs.imag - float(ours.g_ex)) == pytest.approx(0, abs=1e-12)


def test_the_magnetostatic_series_is_converged():
    nu = np.array([0.3, 9.0, 24.0, 36.0, 50.0])
    ours = profiles(nu, derivatives=2)
    finer = _quadrature(nu, 1280, 2)
    for order, p in enumerate((ours, ours.first, ours.second)):
        # twice the nodes and twice the multipoles change nothing beyond rounding
        np.testing.assert_allclose(columns(p), finer[order], rtol=0, atol=2e-13)


def test_magnetostatics_by_direct_potential():
    """g_d from the surface charges' potential by ring integrals, at moderate precision."""
    nu = 4.443
    c, w = np.polynomial.legendre.leggauss(400)
    s = np.sqrt(1 - c**2)
    charge = c / np.cosh(nu * s)
    # mean over azimuth of 1/|r - r'| between rings, by its own Legendre-free route: the elliptic integral
    upper = 1 - np.multiply.outer(c, c) + np.multiply.outer(s, s)
    lower = 1 - np.multiply.outer(c, c) - np.multiply.outer(s, s)
    np.fill_diagonal(upper, 1.0)
    m = 1 - lower / upper
    np.fill_diagonal(m, 0.0)
    kernel = 2 / np.pi * ellipk(m) / np.sqrt(2 * upper)
    np.fill_diagonal(kernel, 0.0)
    # the singular diagonal: subtract the charge at the ring itself, whose shell potential is known
    bare = kernel @ w
    potential = (
        0.5 * (kernel @ (w * charge) - charge * bare) + charge
    )  # uniform shell of unit density: potential 1
    energy = 0.75 * np.sum(w * charge * potential)
    # the subtraction leaves an error of the order of the node spacing squared, 2e-5
    assert 0.5 - energy / 1.0 == pytest.approx(float(profiles(nu).g_d), abs=1e-4)


def test_small_nu_expansion():
    nu = np.array([1e-4, 1e-3])
    g = profiles(nu)
    # next order is nu^4
    np.testing.assert_allclose(g.g_ex, 2 * nu**2, atol=3e-12)
    np.testing.assert_allclose(g.g_uz, 1 - 0.4 * nu**2, atol=1e-12)
    np.testing.assert_allclose(g.g_z, 1 - 0.2 * nu**2, atol=1e-12)
    np.testing.assert_allclose(g.g_d, 1 / 3 + nu**2 / 15, atol=1e-12)
    curvature = profiles(0.0, derivatives=2).second
    np.testing.assert_allclose(columns(curvature), [4, 0.4, -0.8, -0.4, 2 / 15], atol=1e-13)


def test_large_nu_limits():
    g = profiles(50.0)
    # the core's share of the sphere falls off as 1/nu^2
    assert g.g_ux == pytest.approx(0.5, abs=2e-3)
    assert g.g_d == pytest.approx(0.5, abs=2e-5)
    assert 0 < g.g_uz < g.g_z < 3e-3


def test_table_reproduces_values_and_derivatives():
    nu = np.linspace(0, 50, 1531)
    g = profiles(nu, derivatives=2)
    out = np.empty((nu.size, 15))
    interpolate_many(profile_table(), nu, out)
    # promised: 1e-12 relative to values of order one, for the function and both derivatives
    np.testing.assert_allclose(out[:, :5].T, columns(g), rtol=0, atol=2e-13)
    np.testing.assert_allclose(out[:, 5:10].T * nu, columns(g.first), rtol=0, atol=2e-13)
    np.testing.assert_allclose(out[:, 10:].T, columns(g.second), rtol=0, atol=2e-13)


def test_scalar_kernel_serves_other_numba_functions():
    @njit
    def nu_of_half_moment(table):
        low, high, out = 0.0, 50.0, np.empty(15)
        while high - low > 1e-12:
            middle = 0.5 * (low + high)
            interpolate(table, middle, out)
            if out[3] > 0.5:
                low = middle
            else:
                high = middle
        return low

    assert profiles(nu_of_half_moment(profile_table())).g_z == pytest.approx(0.5, abs=1e-11)


def test_shapes_are_kept():
    g = profiles(np.ones((3, 1, 2)), derivatives=1)
    assert g.g_ex.shape == g.first.g_d.shape == (3, 1, 2)
    assert g.second is None
    assert profiles(1.0).g_z.shape == ()


@pytest.mark.parametrize("nu", [-0.1, 50.1, np.nan, np.inf])
def test_nu_outside_the_range_is_refused(nu):
    with pytest.raises(ModelError, match=r"nu = .*between 0 and 50"):
        profiles([1.0, nu])


def test_number_of_derivatives_is_checked():
    with pytest.raises(ModelError, match="derivatives = 3"):
        profiles(1.0, derivatives=3)


def test_printed_fits_follow_the_integrals_except_g_ux():
    nu = np.linspace(0, 10, 201)
    printed, exact = heuristic_profiles(nu), profiles(nu)
    for name, worst in (("g_ex", 0.13), ("g_uz", 0.02), ("g_z", 0.02), ("g_d", 0.012)):
        # what the paper's figure shows as agreement
        assert np.abs(getattr(printed, name) - getattr(exact, name)).max() < worst
    assert printed.g_ux[-1] == pytest.approx(1.31, abs=0.01)  # while the integral cannot exceed one half
    assert np.abs(printed.g_ux * 0.495 / 1.32 - exact.g_ux).max() < 0.01
