"""What symmetry saves is what would have been solved: images on a path, negative modes in blocks."""

import numpy as np
import pytest

from reduced_model import Sphere, continuum_loop
from reduced_model.continuum import loop as loops
from reduced_model.continuum.equilibrium import solver
from reduced_model.continuum.follow import first_state, next_state
from reduced_model.continuum.inertia import azimuthal_blocks, negative_modes
from reduced_model.continuum.mirror import Path, image_of
from reduced_model.continuum.problem import Continuum
from reduced_model.continuum.symmetry import turned
from reduced_model.materials import Material, material

Z = (0.0, 0.0, 1.0)


@pytest.fixture(scope="module")
def iron():
    """The sphere of the papers, R = 20 nm."""
    return Continuum(material("iron"), 20e-9, Z)


@pytest.fixture(scope="module")
def tilted(iron):
    """A core that has turned towards +x, N = 12."""
    before = next_state(iron, 0.16, first_state(iron, 0.3, 12).state).state
    return next_state(iron, 0.08, before).state


def test_a_tilted_core_is_even(iron, tilted):
    """A half turn about y with reversed time leaves it; it is solved on half of the nodes."""
    ball = tilted.point.energy.ball
    assert tilted.kind == "tilted vortex" and iron.is_even(ball, tilted.point.c)
    assert sorted(set(tilted.spectrum.odd.tolist())) == [False, True]
    anywhere = Continuum(Material("iron", 1.7e6, 1e-11, 4.8e4, (0.3, -0.6, 0.8)), 14e-9, Z)
    assert abs(anywhere.axis[1]) < 1e-12  # so that the half turn leaves every problem as it is
    assert np.linalg.det(anywhere.turn) == pytest.approx(1.0)
    assert anywhere.turn @ np.array(anywhere.material.axis) == pytest.approx(anywhere.axis)


@pytest.mark.parametrize("axis", [Z, (0.6, 0.0, 0.8)])
def test_the_image_of_a_state_is_stationary_at_the_opposite_field(axis):
    problem = Continuum(Material("iron", 1.7e6, 1e-11, 4.8e4, axis), 14e-9, Z)
    state = first_state(problem, 0.15, 8).state
    image = image_of(state)
    assert image.point.value == pytest.approx(state.point.value, abs=1e-9)
    assert np.abs(image.point.gradient).max() < 1e-5
    assert image.along == pytest.approx(-state.along, abs=1e-12)
    assert (image.kind, image.chirality) == (state.kind, state.chirality)
    mode = image.spectrum.modes[0]
    quotient = np.vdot(mode, image.point.times(mode)) / np.vdot(mode, image.point.metric(mode))
    assert quotient == pytest.approx(state.spectrum.eigenvalues[0], abs=1e-3)


def test_the_image_of_a_tilted_core_stays_on_its_side(tilted):
    image = image_of(tilted)
    assert image.m == pytest.approx(tilted.m * np.array([1.0, 1.0, -1.0]), abs=1e-9)
    assert image.chirality == tilted.chirality


@pytest.mark.validate
def test_what_a_path_went_through_is_not_solved_again(monkeypatch):
    """Iron, R = 12 nm: its core turns about at zero field, and goes back the way it came."""
    fields = np.array([0.34, 0.29, 0.2, 0.1, 0.0, -0.1, -0.2, -0.29, -0.34])
    sphere, calls = Sphere(12, "iron"), []

    def counted(problem, B_T, *rest):
        calls.append(B_T)
        return next_state(problem, B_T, *rest)

    monkeypatch.setattr(loops, "next_state", counted)
    saved = sphere.continuum_loop(fields, accuracy=1e-3)
    by_images = len(calls)
    monkeypatch.setattr(loops.Path, "image_at", lambda self, B_T: None)
    solved = sphere.continuum_loop(fields, accuracy=1e-3)
    assert by_images < len(calls) - by_images == len(fields) - 1
    assert saved.state == solved.state and saved.stability == solved.stability
    assert saved.m_along == pytest.approx(solved.m_along, abs=1e-6)
    within = saved.lambda_error_T + solved.lambda_error_T + 1e-9  # of other degrees at 0.29 T
    assert np.all(np.abs(saved.lambda_min_T - solved.lambda_min_T) <= within) and within.max() < 2e-4
    assert [e.kind for e in saved.events] == [e.kind for e in solved.events]
    assert [e.B_T for e in saved.events] == pytest.approx([e.B_T for e in solved.events], abs=1e-6)


def test_a_branch_that_ends_is_not_gone_back_on():
    """A macrospin's loop is open: below zero it is no image of what it was above."""
    loop = Sphere(6, "iron").continuum_loop([0.08, 0.04, 0.0, -0.04, -0.08], accuracy=1e-3)
    assert loop.mz == pytest.approx([1.0, 1.0, 1.0, 1.0, -1.0])
    assert [event.kind for event in loop.events] == ["reversal"]


def test_blocks_hold_every_direction_once():
    half = solver(7, None, True).ball
    even, odd = (azimuthal_blocks(half, odd) for odd in (False, True))
    assert sum(b.copies * b.basis.shape[1] for b in [*even, *odd]) == 3 * half.n_basis
    for block in [*even, *odd]:
        gram = (block.basis.T @ block.basis).toarray()
        assert gram == pytest.approx(np.eye(len(gram)))
        outside = block.basis.toarray() * (1.0 - half.sectors[block.odd].ravel()[:, None])
        assert not outside.any()


@pytest.mark.parametrize("B_T, expected", [(0.45, 1), (0.3, 2), (0.0, 7)])
def test_negative_modes_in_blocks_are_those_of_the_whole_hessian(iron, B_T, expected):
    """Of the uniform state far below its nucleation: curling, and pairs of higher azimuthal numbers."""
    at = solver(8)
    c = np.array(Z)[:, None] * at.ball.project(np.ones((*at.ball.shape, 1)))
    whole, half = iron.energy(at, B_T).at(c), iron.energy(at.half, B_T).at(c)
    none = np.zeros((0, 3, at.ball.n_basis))
    assert negative_modes(at.half, half, none, True) == expected
    assert negative_modes(at.half, half, none, False) == expected
    assert negative_modes(at, whole, none, False) == expected


def test_a_path_knows_where_it_has_been(iron):
    """Two upright vortices, then the second one's image: the next is the first one's."""
    first = first_state(iron, 0.4, 8).state
    second = next_state(iron, 0.35, first).state
    path = Path()
    for state in (first, second, image_of(second)):
        path.add(state, [], None)
    assert path.images == [None, None, 1]
    row, image, found = path.image_at(-0.4)
    assert (row, image.B_T, found) == (0, -0.4, None)
    assert image.along == pytest.approx(-first.along, abs=1e-12)
    assert path.image_at(-0.3) is None
    straight = Path()
    for state in (first, second):
        straight.add(state, [], None)
    assert straight.image_at(-0.35) is None  # it may have turned over, or not


@pytest.fixture(scope="module")
def oblique():
    """A tilted core in a field 20 degrees off the easy axis."""
    axis = (np.sin(np.radians(20)), 0.0, np.cos(np.radians(20)))
    return continuum_loop(
        [0.5, 0.2, 0.05], radius_m=14e-9, material=Material("iron", 1.7e6, 1e-11, 4.8e4, axis), accuracy=1e-2
    ).states[-1]


def test_what_a_turn_about_the_axis_costs_does_not_depend_on_the_nodes(oblique):
    """Exchange, anisotropy and magnetostatics do not feel it: b.m across the axis is all."""
    problem, point = oblique.problem, oblique.point
    turn = problem.turn_about_axis(point)
    b, across = point.energy.b, point.mean - (point.mean @ problem.axis) * problem.axis
    assert np.vdot(turn.mode, turn.product) == pytest.approx(b @ across, rel=1e-8)
    product = turn.corrected(point, False)
    assert product(turn.mode) == pytest.approx(turn.product, abs=1e-8)
    v, w = np.random.default_rng(1).standard_normal((2, *point.c.shape))
    assert np.vdot(v, product(w)) == pytest.approx(np.vdot(w, product(v)), rel=1e-9)


def test_a_state_turned_about_the_axis_loses_the_field_energy_alone(oblique):
    problem, point = oblique.problem, oblique.point
    other = point.energy.at(turned(point.energy.ball, point.c, problem.axis, 0.7))
    for name in ("exchange", "anisotropy", "magnetostatic"):
        assert other.terms[name] == pytest.approx(point.terms[name], rel=2e-3)  # quadrature at degree 8
    assert other.terms["zeeman"] > point.terms["zeeman"]


@pytest.mark.validate
def test_two_degrees_off_the_axis_the_core_turns_over_where_the_field_vanishes():
    """A core across the axis, on the side of the field, is a saddle on the other: b.m across the axis < 0."""
    axis = (np.sin(np.radians(2)), 0.0, np.cos(np.radians(2)))
    fields = [0.6, 0.4, 0.2, 0.09, 0.03]
    loop = continuum_loop(
        [*fields, *(-B for B in fields[::-1])],
        radius_m=20e-9,
        material=Material("iron", 1.7e6, 1e-11, 4.8e4, axis),
        accuracy=1e-3,
    )
    nucleation, reversal, annihilation = loop.events
    assert [event.kind for event in loop.events] == ["nucleation", "reversal", "annihilation"]
    assert nucleation.B_T == pytest.approx(0.5283, abs=1e-3) == pytest.approx(-annihilation.B_T, abs=1e-3)
    assert abs(reversal.B_T) < 1e-6 and reversal.error_T < 1e-6
    assert loop.m_along == pytest.approx(-loop.m_along[::-1], abs=1e-3)
    assert set(loop.stability[3:-3]) == {"minimum"} and np.abs(loop.m[:, 1]).max() < 1e-6
