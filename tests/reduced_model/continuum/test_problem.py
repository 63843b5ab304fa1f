"""States of the continuum: where the uniform one ends, known values, errors, zero modes, refusals."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import brentq

from reduced_model.continuum.basis import Ball
from reduced_model.continuum.curvature import spectrum
from reduced_model.continuum.equilibrium import NotResolved, Solver, solver
from reduced_model.continuum.follow import first_state, next_state
from reduced_model.continuum.problem import Continuum
from reduced_model.continuum.state import Energy
from reduced_model.materials import Material, material
from reduced_model.nucleation.spinodals import nucleation_field

Z = np.array([0.0, 0.0, 1.0])


@pytest.fixture(scope="module")
def iron():
    """The sphere of the papers, R = 20 nm."""
    return Continuum(material("iron"), 20e-9, Z)


@pytest.fixture(scope="module")
def upright(iron):
    """Its upright vortex at 0.30 T, N = 12."""
    return iron.with_errors(first_state(iron, 0.30, 12).state)


@pytest.fixture(scope="module")
def tilted(iron, upright):
    """Its tilted vortex at 0.10 T, N = 12."""
    before = next_state(iron, 0.16, upright).state
    return next_state(iron, 0.10, next_state(iron, 0.12, before).state).state


def uniform_lost(problem, degree, near_T):
    """Field where the smallest curvature of the uniform state vanishes."""
    at = solver(degree, 1)
    c = Z[:, None] * at.ball.project(np.ones((*at.ball.shape, 1)))

    modes = None

    def smallest(B_T):
        nonlocal modes
        point = problem.energy(at, B_T).at(c)
        state = problem.certified(B_T, point, True, modes, k=2, shift=15.0, tolerance=1e-7)
        modes = state.spectrum.modes
        return state.solved_lambda_T  # lambda_min_T is the closed form

    return brentq(smallest, near_T - 0.01, near_T + 0.012, xtol=1e-12)


@pytest.mark.parametrize("name, radius_nm", [("iron", 20), ("permalloy", 30), ("cobalt", 25)])
@pytest.mark.parametrize("degree", [8, 11])
def test_brown_s_curling_field(name, radius_nm, degree):
    exact = nucleation_field(name, radius_nm * 1e-9).brown_T
    found = uniform_lost(Continuum(material(name), radius_nm * 1e-9, Z), degree, exact)
    assert found == pytest.approx(exact, abs=1e-9)


def test_coherent_rotation():
    """Below 8.46 nm iron's uniform state is lost to it, at -2Ku/Ms."""
    iron = Continuum(material("iron"), 8e-9, Z)
    exact = -material("iron").anisotropy_field_T
    assert uniform_lost(iron, 8, exact) == pytest.approx(exact, abs=1e-9)


@pytest.mark.parametrize("B_T, mz", [(0.45, 0.8840), (0.16, 0.4143)])
def test_known_values_of_the_upright_vortex(iron, upright, B_T, mz):
    state = iron.with_errors(next_state(iron, B_T, upright).state)
    assert state.along == pytest.approx(mz, abs=1e-4)
    assert state.kind == "upright vortex" and state.m_error < 5e-4


def test_degrees_agree_within_the_error(iron, upright):
    """0.6442689 is N = 24's."""
    assert abs(upright.along - 0.6442689) < upright.m_error < 2e-4
    assert upright.stability == "minimum"
    assert upright.with_inertia().inertia == (0, 0)


@pytest.mark.parametrize("other", [{"gauge": 12.0}, {"oversampling": 2.2}])
def test_gauges_and_node_sets_agree_within_the_error(iron, upright, other):
    b = upright.point.energy.b
    at = Solver(Ball(12, max_order=1, oversampling=other.get("oversampling", 1.5)))
    energy = Energy(at.ball, iron.k, iron.d, b, Z, other.get("gauge", 3.0))
    point = at.polish(energy.at(iron.carried(upright, at)))
    assert abs(point.mean[2] - upright.along) < upright.m_error


def test_tilted_core(iron, tilted):
    assert tilted.kind == "tilted vortex" and tilted.chirality == 1
    assert tilted.along == pytest.approx(0.27352, abs=1e-3)
    assert tilted.m[0] > 0.05 and abs(tilted.m[1]) < 1e-4
    assert tilted.lambda_min_T > 0.0


def test_the_turned_core_costs_nothing(iron, tilted):
    """Its quotient is the quadrature's error; with it left in, it is the smallest eigenvalue."""
    (zero,) = iron.zero_modes(tilted.point)
    quotient = np.vdot(zero, tilted.point.times(zero)) / np.vdot(zero, tilted.point.metric(zero))
    assert abs(quotient * iron.unit_T) < 1e-4 < 0.1 * tilted.lambda_min_T
    left_in = spectrum(solver(12), tilted.point, 2, start=zero[None], shift=15.0)
    assert left_in.eigenvalues[0] == pytest.approx(quotient, abs=1e-3)


def test_soft_modes_have_names(iron, upright, tilted):
    uniform = first_state(iron, 0.6, 8).state
    assert uniform.softest == "curling"
    assert next_state(iron, 0.14, upright).state.softest == "tilt of the core"
    assert first_state(Continuum(material("iron"), 8e-9, Z), 0.1, 8).state.softest == "coherent rotation"


def test_a_problem_turned_about_the_field_has_its_answer_turned():
    tilt = (0.6, 0.0, 0.8)
    found = []
    for axis in (tilt, (0.0, 0.6, 0.8)):
        problem = Continuum(Material("iron", 1.7e6, 1e-11, 4.8e4, axis), 14e-9, Z)
        found.append(first_state(problem, 0.25, 8).state)
    x, y, z = found[0].m
    # the second axis is the first turned by 90 degrees
    assert found[1].chirality == found[0].chirality == 1
    assert found[1].along == pytest.approx(z, abs=1e-5)
    assert np.hypot(*found[1].m[:2]) == pytest.approx(np.hypot(x, y), abs=1e-5)
    assert found[1].energies_J["total"] == pytest.approx(found[0].energies_J["total"], rel=1e-6)


def test_energies_count_from_mumax3_s_zero(iron):
    state = first_state(iron, 0.6, 8).state
    volume, iron_ = 4.0 / 3.0 * np.pi * 20e-9**3, material("iron")
    assert state.energies_J == pytest.approx(
        {
            "exchange": 0.0,
            "anisotropy": -4.8e4 * volume,
            "zeeman": -1.7e6 * 0.6 * volume,
            "magnetostatic": iron_.magnetostatic_J_per_m3 * volume / 6.0,
            "total": (-4.8e4 - 1.02e6 + iron_.magnetostatic_J_per_m3 / 6.0) * volume,
        },
        rel=1e-12,
        abs=1e-30,
    )


def test_m_as_a_function(upright):
    m = upright.magnetisation([[0, 0, 0], [0, 0, 19e-9], [19e-9, 0, 0], [0, 0, 21e-9]])
    assert m[0] == pytest.approx([0, 0, 1], abs=1e-9)
    assert m[2, 1] > 0.7 and np.isnan(m[3]).all()
    assert upright.magnetisation([0.95, 0, 0], in_radii=True) == pytest.approx(m[2])
    field = upright.field(10)
    inside = field.array[field.valid]
    assert np.linalg.norm(inside, axis=-1) == pytest.approx(np.full(len(inside), 1.7e6))
    assert not field.array[~field.valid].any()


def test_what_cannot_be_resolved_is_refused_by_name(iron, upright):
    """A core reversed on half of its axis: a Bloch point between."""
    at = solver(12, 1)
    c = iron.carried(upright, at)
    points = at.ball.points
    u = at.ball.values(c) * np.array([1.0, 1.0, 0.0]) + np.sign(points[..., 2:]) * Z
    spoilt = iron.energy(at, 0.3).at(at.ball.project(u))
    with pytest.raises(NotResolved, match="Bloch point"):
        iron.to_accuracy(replace(upright, point=spoilt), 1.0, ())
