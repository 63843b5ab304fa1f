"""What symmetry saves is what would have been solved: images on a path, negative modes in blocks."""

import numpy as np
import pytest

from reduced_model import Sphere
from reduced_model.continuum import loop as loops
from reduced_model.continuum.equilibrium import solver
from reduced_model.continuum.follow import first_state, next_state
from reduced_model.continuum.inertia import azimuthal_blocks, negative_modes
from reduced_model.continuum.mirror import Path, image_of
from reduced_model.continuum.problem import Continuum
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
    unlike = Continuum(Material("iron", 1.7e6, 1e-11, 4.8e4, (0.0, 0.6, 0.8)), 14e-9, Z)
    assert not unlike.turns_back


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
    assert saved.lambda_min_T == pytest.approx(solved.lambda_min_T, abs=1e-5)
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
