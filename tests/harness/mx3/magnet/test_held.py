"""States held: a macrospin's energy at any angle; a texture turned by a quarter, which cubic cells repeat."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from harness.mx3.magnet.held import held, turned
from harness.mx3.magnet.magnet import Magnet
from harness.mx3.magnet.mesh import Mesh

MS, A, KU = 1.7e6, 1e-11, 4.8e4


def ball(n, cell, anisotropy=KU):
    mesh = Mesh((n,) * 3, (cell,) * 3)
    magnet = Magnet(mesh, np.sum(mesh.centres() ** 2, axis=0) <= (n * cell / 2) ** 2)
    magnet.set_parameters(MS, A, anisotropy)
    return magnet


@pytest.mark.parametrize("angle_deg", [10.0, 60.0, 90.0, 130.0])
def test_a_macrospin_is_held_where_it_would_not_stay(angle_deg):
    """Uniaxial anisotropy alone: E = -Ku V cos^2, held by Ku/Ms sin 2 theta, beyond the barrier too."""
    magnet = Magnet(Mesh((1, 1, 1), (4e-9,) * 3))
    magnet.set_parameters(MS, A, KU)
    magnet.enable_demag = False
    theta = np.radians(angle_deg)
    magnet.set_m((np.sin(theta + 0.2), 0.1, np.cos(theta + 0.2)))
    found = held(magnet, [[0, 1, 0], [np.cos(theta), 0, -np.sin(theta)]])
    assert found.converged
    assert found.energy_J == pytest.approx(-KU * 64e-27 * np.cos(theta) ** 2, rel=1e-5, abs=1e-27)
    assert found.field_T == pytest.approx(abs(KU / MS * np.sin(2 * theta)), rel=1e-4, abs=1e-6)
    np.testing.assert_allclose(found.moment, (np.sin(theta), 0, np.cos(theta)), atol=2e-6)


def test_what_is_not_held_relaxes():
    magnet = Magnet(Mesh((1, 1, 1), (4e-9,) * 3))
    magnet.set_parameters(MS, A, KU)
    magnet.enable_demag = False
    magnet.set_m((1, 0.2, 0.5))
    assert held(magnet, [[0, 1, 0]]).moment == pytest.approx((0, 0, 1), abs=1e-4)


def test_partly_filled_cells_have_no_energy():
    magnet = Magnet(Mesh((2, 1, 1), (4e-9,) * 3), np.array([[[1.0, 0.5]]]))
    magnet.set_parameters(MS, A)
    with pytest.raises(ValueError, match="partly filled"):
        held(magnet, [[0, 1, 0]])


@pytest.mark.parametrize("n", [6, 7])
def test_a_quarter_turn_moves_every_cell_onto_another(n):
    magnet = ball(n, 2e-9)
    rng = np.random.default_rng(3)
    magnet.set_m(rng.standard_normal((3, n, n, n)))
    x, y, z = magnet.m
    there = np.stack([-y, x, z])  # moments turned about z; then places: (x, y) -> (-y, x)
    expected = np.rot90(there, k=1, axes=(3, 2))
    found = turned(magnet, Rotation.from_euler("z", 90, degrees=True))
    inside = magnet.fill > 0
    np.testing.assert_allclose(found[:, inside], expected[:, inside], atol=1e-12)
