"""The turn of an upright vortex: what it costs, what answers it, where the core turns."""

import numpy as np
import pytest

from reduced_model.continuum.basis import Ball
from reduced_model.continuum.family import Family, UprightBranch, core_width
from reduced_model.continuum.problem import Continuum
from reduced_model.continuum.state import Energy
from reduced_model.continuum.tilt import joined, polynomials, rigid, shift, spins, stiffness, tilt_field
from reduced_model.loops.loop import field_loop
from reduced_model.materials import material
from reduced_model.vortex.profiles import profiles

Z = np.array([0.0, 0.0, 1.0])


@pytest.fixture(scope="module")
def iron():
    """The sphere of the papers, R = 20 nm."""
    return Continuum(material("iron"), 20e-9, Z)


@pytest.fixture(scope="module")
def ansatz(iron):
    """The Ansatz at its upright minimum in any field."""
    family = Family(iron)
    return lambda B_T: family.minimum((core_width(),), B_T).on(12)


@pytest.fixture(scope="module")
def continuum(iron):
    """The continuum's upright vortex in any field."""
    branch = UprightBranch(iron)
    return lambda B_T: branch.wide(B_T, 12, 2)


def test_a_rigid_turn_costs_field_and_axis_alone(iron):
    nu, B_T = 3.0, 0.1
    upright = Family(iron).minimum((core_width(),), B_T)
    point, g = upright.on(16), profiles(upright.nu)
    exact = B_T / iron.unit_T * g.g_z - 2.0 * iron.k * (g.g_ux - g.g_uz)
    assert stiffness(point, rigid(point)) == pytest.approx(exact, abs=1e-7)
    assert nu < upright.nu < 4.0


def test_the_rigid_ansatz_turns_where_h_prime_does(ansatz):
    loop = field_loop([0.2, 0.0], radius_m=20e-9, material="iron", model="H'")
    (event,) = (event for event in loop.events if event.mode == "tau")
    assert tilt_field(ansatz, rigid, 0.05, 0.1) == pytest.approx(event.B_T, abs=1e-6)


def turned_and_shifted(energy, nu, tau, q):
    """Energy of the Ansatz turned about y by tau, its core off the centre by q along y in its own frame."""
    ball, c, s = energy.ball, np.cos(tau), np.sin(tau)
    turn = np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])
    x, y, _ = np.moveaxis(ball.points @ turn - np.array([0.0, q, 0.0]), -1, 0)
    rho = np.hypot(x, y)
    t = np.tanh(nu * rho) / rho
    return energy.at(ball.project(np.stack((-t * y, t * x, 1.0 / np.cosh(nu * rho)), axis=-1) @ turn.T)).value


def test_turn_and_shift_against_differences(iron):
    """A shift turns every m on a great circle here, the texture moves there: 1 % apart."""
    B_T, tau, q = 0.1, 0.05, 0.02
    family = Family(iron)
    nu = family.minimum((core_width(),), B_T).nu
    energy = Energy(Ball(16), iron.k, iron.d, Z * B_T / iron.unit_T, Z, gauge=0.0)

    def at(*place):
        return turned_and_shifted(energy, nu, *place)

    rest = at(0.0, 0.0)
    A = (2.0 * at(tau, 0.0) - 2.0 * rest) / tau**2
    W = (at(0.0, q) + at(0.0, -q) - 2.0 * rest) / q**2
    F = (at(tau, q) - at(tau, -q)) / (2.0 * q * tau)
    point = family.minimum((core_width(),), B_T).on(16)
    moves = shift(point)
    assert stiffness(point, rigid(point)) == pytest.approx(A, abs=5e-3)
    assert stiffness(point, moves) == pytest.approx(A - F**2 / W, abs=0.01 * F**2 / W)


def test_the_averages_of_the_continuum_do_not_turn_its_core(continuum):
    """The same rigid turn, at the same field as the model's 0.0655 T."""
    assert tilt_field(continuum, rigid, 0.05, 0.1) == pytest.approx(0.0658, abs=2e-4)


def test_the_shift_of_the_core_is_most_of_what_is_missing(ansatz, continuum):
    for upright, known in ((ansatz, 0.1061), (continuum, 0.1042)):
        assert tilt_field(upright, shift, 0.09, 0.12) == pytest.approx(known, abs=2e-4)


def test_the_whole_answer_is_the_tilt_of_the_continuum(continuum):
    """The field where the smallest curvature vanishes, 0.12908 T."""
    everything = joined(shift, spins, polynomials(12))
    below, above = (stiffness(point, everything(point)) for point in map(continuum, (0.1287, 0.1294)))
    assert below < 0.0 < above


def test_more_coordinates_cost_less(continuum):
    point = continuum(0.13)
    costs = [
        stiffness(point, fields(point))
        for fields in (rigid, shift, joined(shift, spins), joined(shift, spins, polynomials(4)))
    ]
    assert (np.diff(costs) < 0.0).all()


def test_an_axis_across_which_no_core_would_lie_leaves_no_tilt_field():
    """With Ku < 0, which no `Material` has, z is easy for a narrow core's shell."""
    hard = Continuum(material("iron"), 20e-9, Z)
    hard.k *= -1.0
    family = Family(hard)
    assert np.isnan(tilt_field(lambda B: family.minimum((core_width(),), B).on(12), rigid, 0.0, 0.1))
