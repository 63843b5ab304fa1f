"""Branches through folds: the loop's events are their folds, states are equilibria, ends are where said."""

import dataclasses

import numpy as np
import pytest
from matplotlib.figure import Figure

from reduced_model import ModelError, Sphere, continue_branch, field_loop, material

TILTED = dataclasses.replace(material("iron"), axis=(0.5, 0.0, 0.75**0.5))


@pytest.mark.parametrize(("magnet", "model"), [(TILTED, "H''"), (TILTED, "SW")])
def test_a_loop_jumps_where_its_branch_folds(magnet, model):
    sphere = Sphere(20, magnet)
    start = max(sphere.minima(0.0, model=model), key=lambda minimum: minimum.mz)
    branch = continue_branch(sphere.hamiltonian(model), 0.0, start.nu, start.p)
    loop = field_loop([1.0, -1.0], radius_m=20e-9, material=magnet, model=model)
    jump = next(event for event in loop.events if abs(event.delta_mz) > 0.1)
    assert pytest.approx(jump.B_T, abs=1e-9) == branch.folds[0].B_T  # both promise that much


def test_states_are_equilibria_and_lose_one_curvature_at_the_fold():
    sphere = Sphere(20, TILTED)
    start = sphere.minima(0.0)[0]
    branch = continue_branch(sphere.hamiltonian(), 0.0, start.nu, start.p)
    sine = np.sin(branch.tau_rad)
    p = np.stack(
        (sine * np.cos(branch.omega_rad), sine * np.sin(branch.omega_rad), np.cos(branch.tau_rad)), -1
    )
    torque = sphere.hamiltonian().gradient(branch.nu, p, branch.B_T)
    assert np.abs(torque).max() < 1e-9  # terms of size 100, Newton to 1e-11 in the state
    row = branch.folds[0].row
    assert set(branch.unstable[:row]) == {0} and set(branch.unstable[row : row + 5]) == {1}
    assert (np.diff(branch.B_T[:row]) < 0).all() and (np.diff(branch.B_T[row : row + 5]) > 0).all()


def test_a_vortex_branch_ends_in_the_uniform_state():
    sphere = Sphere(20)
    start = sphere.minima(0.3)[0]
    branch = continue_branch(sphere.hamiltonian(), 0.3, start.nu, start.p, direction=1)
    assert branch.nu[-1] < 0.05 and branch.folds == ()
    assert branch.B_T[-1] == pytest.approx(sphere.nucleation_field().ansatz_T, abs=1e-3)  # one step short


def test_the_walk_stops_at_the_range_and_draws_itself():
    start = Sphere(20).minima(0.3)[0]
    branch = continue_branch(Sphere(20).hamiltonian(), 0.3, start.nu, start.p, range_T=(0.1, 0.4))
    assert 0.1 <= branch.B_T[-1] < 0.12
    assert not branch.B_T.flags.writeable
    assert branch.plot(Figure().add_subplot()).lines


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"direction": 0}, "direction = 0"),
        ({"B_T": 2.0}, "inside range_T"),
        ({"nu": 2.0}, "no equilibrium close by"),
        ({"p": (0, 0, 0)}, "p = "),
        ({"step": 0}, "step = 0"),
    ],
)
def test_bad_input(change, message):
    start = Sphere(20).minima(0.3)[0]
    values = {"B_T": 0.3, "nu": start.nu, "p": start.p} | change
    with pytest.raises(ModelError, match=message):
        continue_branch(Sphere(20).hamiltonian(), **values)
