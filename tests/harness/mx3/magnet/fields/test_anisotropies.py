"""Anisotropies of higher order: energies, fields that are their gradients, and equilibria."""

from __future__ import annotations

import numpy as np
import pytest

from harness.mx3.magnet.magnet import Magnet
from harness.mx3.magnet.mesh import Mesh

CELL = 2e-9
TERMS = {
    "Ku1 and Ku2": {"Ku1": 3e5, "Ku2": -2e5, "anisU": (1.0, 2.0, 2.0)},
    "Kc1": {"Kc": (4e5, 0.0, 0.0), "anisC1": (2.0, 0.0, 2.0), "anisC2": (0.0, 3.0, 0.0)},
    "Kc2": {"Kc": (0.0, 5e5, 0.0)},
    "Kc3": {"Kc": (0.0, 0.0, 6e5)},
    "all": {
        "Ku1": -1e5,
        "Ku2": 2e5,
        "Kc": (1e5, -3e5, 2e5),
        "anisC1": (1.0, 1.0, 0.0),
        "anisC2": (0.0, 0.0, 1.0),
    },
}


def one_cell(**parameters) -> Magnet:
    magnet = Magnet(Mesh((1, 1, 1), (CELL,) * 3))
    magnet.enable_demag = False
    magnet.set_parameters(1e6, 1e-11, **parameters)
    return magnet


@pytest.mark.parametrize("parameters", TERMS.values(), ids=TERMS)
def test_the_field_is_the_gradient_of_the_energy(parameters) -> None:
    magnet, random = one_cell(**parameters), np.random.default_rng(3)
    m = random.normal(size=3)
    m /= np.linalg.norm(m)

    def energy(direction) -> float:
        magnet.set_m(direction)
        return magnet.energy("anis")

    tangent = np.cross(m, random.normal(size=3))
    h = 1e-4
    # central difference along a great circle: error h^2 times a fourth derivative of a few hundred
    slope = (energy(m + h * tangent) - energy(m - h * tangent)) / (2 * h)
    magnet.set_m(m)
    field = magnet.field("anis")[:, 0, 0, 0]
    assert -1e6 * CELL**3 * field @ tangent == pytest.approx(slope, rel=1e-5, abs=1e-7 * abs(slope) + 1e-28)


def test_energies_of_cubic_axes() -> None:
    """Along an edge, a face diagonal and a space diagonal: 0; K1/4 + K3/16; K1/3 + K2/27 + K3/27."""
    kc = (3e5, 7e5, 2e5)
    magnet = one_cell(Kc=kc)
    for direction, expected in {
        (1, 0, 0): 0.0,
        (1, 1, 0): kc[0] / 4 + kc[2] / 16,
        (1, 1, 1): kc[0] / 3 + kc[1] / 27 + kc[2] / 27,
    }.items():
        magnet.set_m(direction)
        assert magnet.energy("anis") / CELL**3 == pytest.approx(expected, rel=1e-13)


def test_second_order_uniaxial_energy() -> None:
    magnet = one_cell(Ku1=2e5, Ku2=3e5)
    magnet.set_m((1, 0, 1))
    assert magnet.energy("anis") / CELL**3 == pytest.approx(-2e5 / 2 - 3e5 / 4, rel=1e-13)


@pytest.mark.parametrize("parameters", TERMS.values(), ids=TERMS)
def test_the_solver_finds_a_minimum_of_a_non_quadratic_energy(parameters) -> None:
    """On a body of several cells, from a random start, to the usual torque; no neighbour is lower."""
    magnet = Magnet(Mesh((4, 3, 2), (CELL,) * 3))
    magnet.set_parameters(1e6, 1e-11, **parameters)
    random = np.random.default_rng(1)
    magnet.set_m(random.normal(size=(3, 2, 3, 4)))
    found = magnet.equilibrate(1e-8)
    assert found.converged
    assert found.field_evaluations < 150
    m, lowest = magnet.m, magnet.energy()
    for _ in range(20):
        magnet.set_m(m + 1e-2 * random.normal(size=m.shape))
        assert magnet.energy() > lowest


def test_energy_changes_are_exact_for_the_cubic_term() -> None:
    """The line search's energy difference agrees with the difference of energies, for any step."""
    from harness.mx3.magnet.solvers.equilibrium import _Point

    magnet = one_cell(**TERMS["all"])
    m0 = np.array([[0.6], [0.0], [0.8]])
    for angle in (0.7, 1e-3):
        m1 = np.array([[0.6 * np.cos(angle)], [0.6 * np.sin(angle)], [0.8]])
        points, energies = [], []
        for m in (m0, m1):
            magnet.set_m(m[:, :, None, None])
            energies.append(magnet.energy() / (1e6 * CELL**3))
            points.append(_Point.of(m, magnet.effective_field(m)))
        change, _ = magnet._solver._energy_change(*points)
        # the plain difference of energies loses digits to cancellation: 1e-16 of 0.1 T
        assert change == pytest.approx(energies[1] - energies[0], abs=1e-15)


def test_hard_axis_loop_of_a_second_order_uniaxial_particle() -> None:
    """Perpendicular to the axis Ms B = 2 (K1 + 2 K2 (1 - s^2)) s, s = m.B/B (Sucksmith & Thompson 1954)."""
    k1, k2 = 2e5, 1e5
    magnet = one_cell(Ku1=k1, Ku2=k2)
    magnet.set_m((0.01, 0, 1))
    for s in (0.2, 0.5, 0.8):
        field = 2 * (k1 + 2 * k2 * (1 - s**2)) * s / 1e6
        magnet.set_field((field, 0, 0))
        assert magnet.equilibrate(1e-10).converged
        assert magnet.average(magnet.m)[0] == pytest.approx(s, abs=1e-8)


def test_cells_without_demag_neither_make_nor_feel_it() -> None:
    magnet = Magnet(Mesh((4, 4, 2), (CELL,) * 3))
    isolated = np.zeros((2, 4, 4))
    isolated[:, :, 2:] = 1
    magnet.set_parameters(1e6, 0.0, no_demag=isolated)
    alone = Magnet(Mesh((4, 4, 2), (CELL,) * 3), 1 - isolated)
    alone.set_parameters(1e6, 0.0)
    field = magnet.field("demag")
    assert not field[..., 2:].any()
    assert field[..., :2] == pytest.approx(alone.field("demag")[..., :2], abs=1e-12)
    assert magnet.energy("demag") == pytest.approx(alone.energy("demag"), rel=1e-12)
    assert not magnet.effective_field(magnet.columns)[:, magnet.column(isolated) != 0].any()
