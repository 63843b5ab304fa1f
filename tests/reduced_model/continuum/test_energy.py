"""Basis, magnetostatics and energy of the ball against closed forms, the Ansatz and differences."""

import math

import numpy as np
import pytest

from reduced_model.continuum.basis import Ball
from reduced_model.continuum.magnetostatics import Magnetostatics
from reduced_model.continuum.state import Energy
from reduced_model.vortex.profiles import profiles

Z = np.array([0.0, 0.0, 1.0])
LINEAR = {
    "uniform": (lambda x, y, z: (0 * x, 0 * x, 1 + 0 * x), lambda x, y, z: (0 * x, 0 * x, -1 / 3 + 0 * x)),
    "radial": (lambda x, y, z: (x, y, z), lambda x, y, z: (-x, -y, -z)),
    "circling": (lambda x, y, z: (-y, x, 0 * x), lambda x, y, z: (0 * x, 0 * x, 0 * x)),
    "shear": (lambda x, y, z: (z, 0 * x, 0 * x), lambda x, y, z: (-z / 5, 0 * x, -x / 5)),
}


def ansatz(ball: Ball, nu: float) -> np.ndarray:
    """Coefficients of the vortex of the reduced model."""
    x, y, _ = np.moveaxis(ball.points, -1, 0)
    rho = np.hypot(x, y)
    t = np.tanh(nu * rho) / rho
    return ball.project(np.stack((-t * y, t * x, 1.0 / np.cosh(nu * rho)), axis=-1))


def test_volume_and_orthonormal_basis():
    ball = Ball(5)
    assert ball.weights.sum() == pytest.approx(4.0 * math.pi / 3.0, rel=1e-14)
    values = ball.values(np.eye(ball.n_basis)).reshape(-1, ball.n_basis)
    gram = (values * ball.weights.reshape(-1, 1)).T @ values
    assert gram == pytest.approx(np.eye(ball.n_basis), abs=1e-12)
    assert ball.n_basis == 6 * 7 * 8 // 6


def test_first_exchange_mode_is_that_of_curling():
    """2.0815759778 is the first zero of j_1'."""
    assert np.linalg.eigvalsh(Ball(12).stiffness(1))[0] == pytest.approx(2.0815759778**2, rel=1e-9)


def test_values_anywhere_are_those_at_the_nodes():
    for ball in (Ball(6), Ball(7, max_order=2)):
        c = np.random.default_rng(0).standard_normal((3, ball.n_basis))
        anywhere = ball.at(c, ball.points.reshape(-1, 3))
        assert anywhere == pytest.approx(ball.values(c).reshape(-1, 3), abs=1e-11)


@pytest.mark.parametrize("name", LINEAR)
def test_field_of_uniform_and_linear_m(name):
    ball = Ball(3)
    m, h = (np.stack(f(*np.moveaxis(ball.points, -1, 0)), axis=-1) for f in LINEAR[name])
    along = np.einsum("ptac,ptrc->aptr", ball.frame, m) * ball.weights
    slopes, energy = Magnetostatics(ball).potential(along.reshape(3, -1))
    field = -np.einsum("ptac,aptr->ptrc", ball.frame, slopes.reshape(3, *ball.shape))
    assert field == pytest.approx(h, abs=1e-13)
    assert energy == pytest.approx(-0.5 * np.sum(ball.weights * (m * h).sum(axis=-1)), abs=1e-13)


def sampled(degree: int, nu: float) -> np.ndarray:
    """g_ex, g_uz, g_z and g_d of the Ansatz sampled at the nodes."""
    ball = Ball(degree)
    x, y, _ = np.moveaxis(ball.points, -1, 0)
    rho = np.hypot(x, y)
    sech, t = 1.0 / np.cosh(nu * rho), np.tanh(nu * rho) / rho
    m, weights = np.stack((-t * y, t * x, sech), axis=-1), 0.75 / math.pi * ball.weights
    along = np.einsum("ptac,ptrc->aptr", ball.frame, m) * weights
    energy = Magnetostatics(ball).potential(along.reshape(3, -1))[1] * 4.0 * math.pi / 3.0
    means = [(weights * f).sum() for f in (nu**2 * sech**2 + t**2, sech**2, sech)]
    return np.array([*means, 0.5 - energy])


def kept(degree: int, nu: float) -> np.ndarray:
    """The same of the state that polynomials make of it: m = u/|u|, u its projection."""
    ball = Ball(degree)
    terms = Energy(ball, 1.0, 1.0, Z, Z).at(ansatz(ball, nu)).terms
    return np.array([terms["exchange"], -terms["anisotropy"], -terms["zeeman"], 0.5 - terms["magnetostatic"]])


def exact(nu: float) -> np.ndarray:
    """The profile functions of the reduced model."""
    g = profiles(nu)
    return np.array([g.g_ex, g.g_uz, g.g_z, g.g_d])


@pytest.mark.parametrize("nu", [0.5, 2.0])
def test_sampled_ansatz_has_the_profile_functions(nu):
    assert sampled(12, nu) == pytest.approx(exact(nu), abs=1e-8)


@pytest.mark.parametrize("of", [sampled, kept])
def test_ansatz_converges_geometrically(of):
    """At nu = 4.443 poles at a distance of pi/2 nu from the axis leave a factor of five in four degrees."""
    errors = [np.abs(of(degree, 4.443) - exact(4.443)).max() for degree in (8, 12, 16)]
    assert errors[1] < errors[0] / 3.0 and errors[2] < errors[1] / 3.0


@pytest.mark.parametrize("order", [None, 2])
def test_gradient_and_hessian_are_the_energy_s(order):
    ball = Ball(5, max_order=order)
    rng = np.random.default_rng(1)
    c = ansatz(ball, 2.0) + 0.02 * rng.standard_normal((3, ball.n_basis))
    v, w = rng.standard_normal((2, 3, ball.n_basis))
    energy = Energy(ball, 2.0, 140.0, np.array([3.0, -2.0, 5.0]), np.array([0.6, 0.0, 0.8]))
    point, step = energy.at(c), 1e-4
    ahead, behind = energy.at(c + step * v), energy.at(c - step * v)
    slope = np.vdot(point.gradient, v)
    assert slope == pytest.approx((ahead.value - behind.value) / (2 * step), rel=1e-5)
    curved = (ahead.gradient - behind.gradient) / (2 * step)
    assert point.times(v) == pytest.approx(curved, abs=1e-5 * np.abs(curved).max())
    assert np.vdot(w, point.times(v)) == pytest.approx(np.vdot(v, point.times(w)), rel=1e-10)


def test_a_turned_state_costs_the_same_without_axis_and_field():
    """To the quadrature's error: m = u/|u| is no polynomial."""
    ball = Ball(8)
    energy = Energy(ball, 0.0, 140.0, np.zeros(3), Z)
    turn = np.array([[0.36, 0.48, -0.8], [-0.8, 0.6, 0.0], [0.48, 0.64, 0.6]])
    c = ansatz(ball, 2.0)
    back = ball.at(c, ball.points.reshape(-1, 3) @ turn) @ turn.T
    turned = ball.project(back.reshape(*ball.shape, 3))
    assert energy.at(turned).value == pytest.approx(energy.at(c).value, rel=1e-9)


@pytest.mark.parametrize("degree, order", [(8, None), (9, None), (9, 2)])
def test_half_of_the_ball_does_for_even_states(degree, order):
    """Energy, gradient, and the Hessian of even and of odd vectors; an axis in the xz plane."""
    whole, half = (Ball(degree, max_order=order, half=only) for only in (False, True))
    field, axis = np.array([0.0, 0.0, 1.3]), np.array([0.6, 0.0, 0.8])
    rng = np.random.default_rng(3)
    c = 0.05 * rng.standard_normal((3, whole.n_basis)) / (1.0 + whole.n)
    c[2] += whole.project(np.ones((*whole.shape, 1)))[0]
    c *= whole.sectors[0]
    one, other = (Energy(ball, 3.0, 50.0, field, axis).at(c) for ball in (whole, half))
    assert other.value == pytest.approx(one.value, rel=1e-12)
    assert other.mean == pytest.approx(one.mean, abs=1e-12)
    assert other.gradient == pytest.approx(one.gradient, abs=1e-9)
    assert not (one.gradient * whole.sectors[1]).round(9).any()
    for odd in (False, True):
        v = rng.standard_normal(c.shape) * whole.sectors[odd]
        assert other.times(v, odd) == pytest.approx(one.times(v), abs=1e-8)
        assert other.metric(v, odd) == pytest.approx(one.metric(v), abs=1e-12)
