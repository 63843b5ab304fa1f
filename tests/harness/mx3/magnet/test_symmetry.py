"""What the symmetry of a state holds: against group theory, and against the engine's own field."""

import numpy as np
import pytest

from harness.mx3.magnet.magnet import Magnet
from harness.mx3.magnet.mesh import Mesh
from harness.mx3.magnet.symmetry import held_by_symmetry

UNIFORM_X, UNIFORM_Z = (np.reshape(axis, (3, 1, 1, 1)) for axis in ((1.0, 0, 0), (0, 0, 1.0)))


def sphere(n=(6, 6, 6), cell=4e-9):
    mesh = Mesh(n, (cell,) * 3)
    magnet = Magnet(mesh, (np.linalg.norm(mesh.centres(), axis=0) <= 12e-9).astype(float))
    magnet.set_parameters(1.7e6, 1e-11, 4.8e4, (0, 0, 1))
    return magnet


def vortex(magnet):
    x, y, _ = magnet.mesh.centres()
    return np.stack([-y, x, np.full_like(x, 5e-9)])


@pytest.mark.parametrize(
    ("field_T", "state", "operations", "moment", "circulation"),
    [
        # D4h of the box, with those that reverse m z taken together with a reversal of all moments
        ((0, 0, 0.1), "z", 16, (0, 0, 1), (0, 0, 0)),
        ((0, 0, 0.1), "x", 4, (1, 0, 1), (0, 0, 0)),
        ((0, 0, 0.1), "vortex", 8, (0, 0, 1), (0, 0, 1)),
        ((0, 0.01, 0.1), "z", 4, (0, 1, 1), (0, 0, 0)),
        ((0, 0.01, 0.1), "vortex", 2, (0, 1, 1), (0, 1, 1)),
        ((0.003, 0.01, 0.1), "z", 2, (1, 1, 1), (0, 0, 0)),  # inversion alone
        ((0, 1e-4, 0.3), "z", 4, (0, 1, 1), (0, 0, 0)),  # a field far weaker than exchange counts too
        ((0.003, 0.01, 0.1), "vortex", 1, (1, 1, 1), (1, 1, 1)),
        ((0, 0, 0), "x", 8, (1, 0, 0), (0, 0, 0)),
    ],
)
def test_what_symmetry_holds(field_T, state, operations, moment, circulation):
    magnet = sphere()
    magnet.set_field(np.reshape(field_T, (3, 1, 1, 1)))
    magnet.set_m({"z": UNIFORM_Z, "x": UNIFORM_X, "vortex": vortex(magnet)}[state])
    held = held_by_symmetry(magnet)
    assert held.operations == operations
    np.testing.assert_allclose(held.moment, np.diag(moment), atol=1e-12)
    np.testing.assert_allclose(held.circulation, np.diag(circulation), atol=1e-12)


def test_a_descent_keeps_what_is_held():
    magnet = sphere()
    magnet.set_field(np.reshape((0, 0.2, -0.3), (3, 1, 1, 1)))
    magnet.set_m(vortex(magnet))
    held = held_by_symmetry(magnet)
    for _ in range(20):
        m = magnet.columns + 0.2 * magnet.effective_field(magnet.columns)
        magnet.move_to(m / np.linalg.norm(m, axis=0))
    moved, r = magnet.m, magnet.mesh.centres()
    mean = np.array(magnet.average(moved))
    turning = np.array(magnet.average(np.cross(r, moved, axis=0) / 12e-9))
    assert abs(mean[1]) > 0.1  # it did go somewhere
    np.testing.assert_allclose(held.moment @ mean, mean, atol=1e-12)
    np.testing.assert_allclose(held.circulation @ turning, turning, atol=1e-12)


def test_a_random_state_and_an_off_centre_body_hold_nothing():
    magnet = sphere()
    magnet.set_m(np.random.default_rng(0).standard_normal(magnet.m.shape))
    assert held_by_symmetry(magnet).operations == 1
    mesh = Mesh((6, 7, 8), (4e-9,) * 3)
    corner = np.linalg.norm(mesh.centres() - np.reshape((1e-9, 3e-9, 5e-9), (3, 1, 1, 1)), axis=0) <= 8e-9
    shifted = Magnet(mesh, corner.astype(float))
    shifted.set_parameters(1.7e6, 1e-11)
    assert held_by_symmetry(shifted).operations == 1


def test_what_differs_from_cell_to_cell_breaks_a_symmetry():
    magnet = sphere()
    ku = np.where(magnet.mesh.centres()[0] > 0, 4.8e4, 5.0e4)
    magnet.set_parameters(1.7e6, 1e-11, ku, (0, 0, 1))
    magnet.set_m(UNIFORM_Z)
    held = held_by_symmetry(magnet)
    assert 1 < held.operations < 16
    assert np.trace(held.circulation) > 0.5
