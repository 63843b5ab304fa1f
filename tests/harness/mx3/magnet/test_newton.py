"""Newton's steps on the torque: their equation, and what modes of a neighbour save along soft directions."""

import numpy as np
import pytest

from harness.mx3.magnet.magnet import Magnet
from harness.mx3.magnet.mesh import Mesh
from harness.mx3.magnet.solvers.newton import minres, polish
from harness.mx3.magnet.stability import modes_of, stability


@pytest.mark.parametrize("share", [1e-2, 1e-6, 1e-11])
def test_minres_solves_indefinite_equations_to_the_residual_asked_for(share):
    rng = np.random.default_rng(0)
    turn = np.linalg.qr(rng.standard_normal((40, 40)))[0]
    A = turn @ np.diag(np.append(rng.uniform(0.5, 2, 38), [-0.3, 1e-3])) @ turn.T
    root = np.diag(rng.uniform(0.5, 2, 40))
    b = rng.standard_normal(40)
    x = minres(lambda v: A @ v, lambda v: root @ (root @ v), b, share)
    left, all_of_it = (np.linalg.norm(root @ v) for v in (A @ x - b, b))
    assert left <= 1.01 * share * all_of_it
    if share < 1e-9:
        np.testing.assert_allclose(x, np.linalg.solve(A, b), atol=1e-6)


def test_nothing_is_solved_by_nothing():
    assert not minres(lambda v: v, lambda v: v, np.zeros(3), 1e-3).any()


def test_modes_of_a_neighbour_save_products_and_lead_to_the_same_state():
    """A tilted core, whose softest curvature is 6 mT beside 0.2 T."""
    n, radius = 10, 20e-9
    mesh = Mesh((n,) * 3, (2 * radius / n,) * 3)
    magnet = Magnet(mesh, np.sum(mesh.centres() ** 2, axis=0) <= radius**2)
    magnet.set_parameters(1.7e6, 1e-11, 4.8e4)
    magnet.set_field((0, 0, 0.15))
    x, y, _ = mesh.centres() / radius
    magnet.set_m(np.stack([0.4 - y, 0.2 + x, np.full_like(x, 0.6)]))
    magnet.equilibrate(1e-9)
    found, rest = stability(magnet), magnet.columns.copy()
    assert found.verdict() == "minimum" and found.lambda_min_T < 0.01
    magnet.set_field((0, 0, 0.151))
    ends = []
    for near in (None, modes_of(found, magnet)):
        magnet.move_to(rest.copy())
        _, done = polish(magnet, near=near)
        assert done.converged
        ends.append((magnet.columns.copy(), done.products))
    assert np.abs(ends[0][0] - ends[1][0]).max() < 1e-6
    assert ends[1][1] < 0.7 * ends[0][1]
