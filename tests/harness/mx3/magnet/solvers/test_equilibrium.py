"""Equilibria of the embedded engine: what they must reach, and what they must not do."""

import numpy as np
import pytest

from harness.mx3.magnet.magnet import Magnet
from harness.mx3.magnet.mesh import Mesh

IRON = {"Msat": 1.7e6, "Aex": 1e-11, "Ku1": 4.8e4}
B_K = 2 * IRON["Ku1"] / IRON["Msat"]


def _sphere(n: int, radius: float, shift=(0.0, 0.0, 0.0)) -> Magnet:
    cell = 2 * radius / n
    mesh = Mesh((n, n, n), (cell, cell, cell))
    r = mesh.centres() - np.reshape(shift, (3, 1, 1, 1)) * cell
    magnet = Magnet(mesh, (r**2).sum(axis=0) <= radius**2 * (1 + 1e-12))
    magnet.set_parameters(**IRON)
    return magnet


def _switching_field(angle_deg: float, step: float, n: int = 8) -> float:
    """Reduced field |B|/B_K at which an 8 nm particle, saturated against it, switches."""
    magnet = _sphere(n, 4e-9)
    angle = np.radians(angle_deg)
    axis = np.array([np.sin(angle), 0, np.cos(angle)])
    magnet.set_m(axis)
    for b in np.arange(0.45, 1.02, step):
        magnet.set_field(-b * B_K * np.array([0.0, 0.0, 1.0]))
        magnet.set_parameters(**IRON, anisU=axis)
        magnet.equilibrate()
        if np.dot(magnet.average(magnet.m), axis) < 0:
            return b - step / 2
    return np.inf


@pytest.mark.parametrize(("angle", "astroid"), [(1, 0.907), (5, 0.766), (45, 0.500)])
def test_a_small_particle_switches_on_the_astroid(angle, astroid):
    """Stoner & Wohlfarth (1948): B_sw/B_K = (cos^(2/3) + sin^(2/3))^(-3/2) of the angle field to axis."""
    step = 0.004
    s, c = np.sin(np.radians(angle)) ** (2 / 3), np.cos(np.radians(angle)) ** (2 / 3)
    assert (s + c) ** -1.5 == pytest.approx(astroid, abs=5e-4)
    # half a field step, plus the small deviation of a staircase sphere of 1 nm cells from a macrospin
    assert _switching_field(angle, step) == pytest.approx(astroid, abs=step)


def test_a_sphere_of_32_cells_is_no_macrospin():
    """2 nm cells make a staircase whose shape anisotropy rivals Ku: it switches far below the astroid."""
    assert _switching_field(1, 0.01, n=4) < 0.8


def test_the_exactly_aligned_particle_stays_on_its_saddle():
    """At any field beyond -B_K the aligned state is a saddle of vanishing torque: nothing turns it."""
    magnet = _sphere(4, 4e-9)
    magnet.set_m((0, 0, 1))
    for b in (0.0, 1.01, 1.5, 3.0):
        magnet.set_field((0, 0, -b * B_K))
        magnet.equilibrate()
        assert magnet.average(magnet.m)[2] > 0.999


def test_a_field_below_the_tolerance_still_turns_the_magnetisation():
    """Without other fields to compete with, 0.5 uT decides; a fixed 1e-6 T would leave m where it is."""
    magnet = Magnet(Mesh((4, 4, 4), (2e-9, 2e-9, 2e-9)))
    magnet.enable_demag = False
    magnet.set_parameters(8e5, 13e-12)
    magnet.set_m((1, 0, 0))
    magnet.set_field((0, 0, 0.5e-6))
    found = magnet.equilibrate()
    assert found.converged and found.tolerance_T == pytest.approx(0.5e-9)
    assert magnet.average(magnet.m)[2] == pytest.approx(1, abs=1e-6)


def test_a_weak_magnet_is_solved_like_a_strong_one():
    """Its demagnetising field, 0.1 uT, is all that turns it."""
    ends = []
    for saturation in (1e6, 0.1):
        magnet = Magnet(Mesh((8, 2, 2), (2e-9, 2e-9, 2e-9)))
        magnet.set_parameters(saturation, 1e-11 * (saturation / 1e6) ** 2)
        magnet.set_m((1, 1, 0.5))
        assert magnet.equilibrate().converged
        ends.append(magnet.m)
    assert ends[0] == pytest.approx(ends[1], abs=1e-4)  # the torque left over the field, 1e-3 at most, twice


@pytest.mark.parametrize(
    ("field", "parameters", "weakest"),
    [
        (0.0, {}, None),
        (0.0, {"Ku1": 400.0}, 1e-3),
        (3e-4, {"Ku1": 400.0}, 3e-4),
        (1e-16, {"Ku1": 400.0}, 1e-3),  # 0.6 - 4 * 0.15
        (0.0, {"Ku2": 100.0}, 5e-4),
        (0.0, {"Kc": (0.0, -80.0, 0.0)}, 1e-4),
        (0.0, {"Msat": 8.0, "Aex": 0.0}, 8 * 4e-7 * np.pi),
        (0.0, {"Aex": 1e-16}, 2e-16 / 8e5 * (np.pi / 20e-9) ** 2),  # half a turn along the longest side
    ],
)
def test_the_weakest_field_that_acts_sets_how_far_a_search_goes(field, parameters, weakest):
    magnet = Magnet(Mesh((10, 4, 4), (2e-9, 2e-9, 2e-9)))
    magnet.set_parameters(**{"Msat": 8e5, "Aex": 13e-12} | parameters)
    magnet.set_field((0, field, 0))
    if weakest is not None:
        assert magnet.weakest_field_T == pytest.approx(weakest, rel=1e-12)
    goal = 1e-6 * min(1, magnet.weakest_field_T / 1e-3)
    assert magnet.equilibrate().tolerance_T == pytest.approx(max(goal, magnet.rounding_floor_T))
    assert magnet.equilibrate(1e-3).tolerance_T <= 1e-3


def test_without_any_field_a_search_ends_at_once():
    magnet = Magnet(Mesh((2, 2, 2), (2e-9, 2e-9, 2e-9)))
    found = magnet.equilibrate()
    assert found.converged and found.tolerance_T == 1e-6 and magnet.lowering_rotation() is None


def test_a_maximum_at_rest_is_known_by_a_turn_that_lowers_its_energy():
    magnet = Magnet(Mesh((4, 4, 4), (2e-9, 2e-9, 2e-9)))
    magnet.enable_demag = False
    magnet.set_parameters(8e5, 13e-12)
    magnet.set_m((0, 0, 1))
    assert magnet.lowering_rotation() is None
    for b in (1.0, 1e-6):
        magnet.set_field((0, 0, -b))
        axis = magnet.lowering_rotation()
        assert axis is not None and abs(axis[2]) < 1e-6 and np.hypot(*axis[:2]) == pytest.approx(1)
        magnet.set_field((0, 0, b))
        assert magnet.lowering_rotation() is None
    # an easy axis holds m against the field up to B_K = 0.1 T
    magnet.set_parameters(8e5, 13e-12, 4e4, (0, 0, 1))
    for b, held in ((0.09, True), (0.11, False)):
        magnet.set_field((0, 0, -b))
        assert (magnet.lowering_rotation() is None) == held
    magnet.set_parameters(8e5, 13e-12, frozen=1.0)
    assert magnet.lowering_rotation() is None


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_magnetisation_across_a_rod_is_a_maximum_in_one_direction_only(dtype):
    magnet = Magnet(Mesh((12, 3, 3), (2e-9, 2e-9, 2e-9)), None, dtype)
    magnet.set_parameters(8e5, 1e-10)
    magnet.set_m((0, 0, 1))
    magnet.equilibrate()
    assert magnet.lowering_rotation() == pytest.approx((0, 1, 0), abs=0.01)  # z turns to x about y
    magnet.set_m((1, 0, 0))
    magnet.equilibrate()
    assert magnet.lowering_rotation() is None


def test_no_turn_lowers_the_equilibria_of_a_loop():
    """A residual torque within the tolerance must not look like a falling energy."""
    magnet = _sphere(10, 20e-9)
    magnet.set_m((0.02, 0.01, 1))
    kick = 5e-3 * np.random.default_rng(1).normal(size=(3, *magnet.mesh.shape))
    for b in (0.6, 0.4, 0.2, 0.0, -0.2):
        magnet.set_field((0, 1e-3 * b, b), kick)
        magnet.equilibrate()
        magnet.set_field((0, 1e-3 * b, b))
        magnet.equilibrate()
        assert magnet.lowering_rotation() is None


def test_a_tilted_field_alone_nucleates_no_vortex_and_a_kick_does():
    """A centred sphere in a uniform field keeps m(r) = m(-r); the vortex is odd, so only a kick finds it."""
    tilted = _sphere(10, 20e-9)
    tilted.set_m((0, 0, 1))
    for b in (1.0, 0.6, 0.5, 0.4, 0.3):
        tilted.set_field(b * np.array([np.sin(0.05), 0, np.cos(0.05)]))
        assert tilted.equilibrate().converged
    assert tilted.odd_part() < 1e-6  # what rounding can grow to in five short searches

    kicked = _sphere(10, 20e-9)
    kicked.set_m((0, 0, 1))
    kick = 5e-3 * np.random.default_rng(1).normal(size=(3, *kicked.mesh.shape))
    for b in (1.0, 0.6, 0.5, 0.4, 0.3):
        kicked.set_field((0, 0, b), kick)
        kicked.equilibrate()
        kicked.set_field((0, 0, b))
        assert kicked.equilibrate().converged
    assert kicked.odd_part() > 0.5
    assert kicked.energy() < tilted.energy()


@pytest.mark.parametrize("tolerance", [1e-4, 1e-6, 1e-8])
def test_the_residual_torque_is_the_one_asked_for(tolerance):
    magnet = _sphere(8, 15e-9)
    magnet.set_field((0.01, 0, 0.1))
    magnet.set_m(np.random.default_rng(4).normal(size=(3, *magnet.mesh.shape)))
    found = magnet.equilibrate(tolerance_T=tolerance)
    assert found.converged
    assert magnet.max_torque() <= tolerance * (1 + 1e-6)  # the same torque, formed as a cross product
    assert found.residual_T == pytest.approx(magnet.max_torque(), rel=1e-3, abs=1e-12)


def test_an_unreachable_tolerance_is_reported_not_hidden():
    magnet = _sphere(8, 15e-9)
    magnet.set_m(np.random.default_rng(4).normal(size=(3, *magnet.mesh.shape)))
    found = magnet.equilibrate(max_evaluations=3)
    assert not found.converged
    assert found.field_evaluations == 3
    assert found.residual_T > 1e-6


def test_the_energy_falls_and_lengths_stay_one():
    magnet = _sphere(8, 15e-9)
    magnet.set_m(np.random.default_rng(6).normal(size=(3, *magnet.mesh.shape)))
    before = magnet.energy()
    magnet.equilibrate()
    assert magnet.energy() < before
    length = np.sqrt((magnet.m**2).sum(axis=0))[magnet.fill > 0]
    assert np.abs(length - 1).max() < 1e-14  # normalised after every step


def test_edge_smoothing_converges_too():
    """With partly filled cells the field is not an energy gradient; the torque must vanish all the same."""
    n, radius = 8, 15e-9
    cell = 2 * radius / n
    mesh = Mesh((n, n, n), (cell, cell, cell))
    fill = np.zeros(mesh.shape)
    for shift in np.ndindex(4, 4, 4):
        r = mesh.centres() + (np.reshape(shift, (3, 1, 1, 1)) - 1.5) * cell / 4
        fill += ((r**2).sum(axis=0) <= radius**2) / 64
    magnet = Magnet(mesh, fill)
    magnet.set_parameters(**IRON)
    magnet.set_m(np.random.default_rng(9).normal(size=(3, *mesh.shape)))
    assert magnet.equilibrate().converged


def test_a_cell_without_magnetisation_feels_nothing():
    magnet = Magnet(Mesh((4, 4, 4), (2e-9, 2e-9, 2e-9)))
    saturation = np.full(magnet.mesh.shape, 1.7e6)
    saturation[0] = 0
    magnet.set_parameters(saturation, 1e-11)
    magnet.set_field((0, 0, -0.1))
    assert magnet.equilibrate().converged


def test_odd_part_measures_inversion_asymmetry():
    magnet = _sphere(10, 20e-9)
    x, y, _ = magnet.mesh.centres()
    magnet.set_m((0.3, 0.4, 0.5))
    assert magnet.odd_part() == 0
    magnet.set_m(np.stack([-y, x, 0 * x]))
    assert magnet.odd_part() == pytest.approx(1)


@pytest.mark.parametrize("bad", [np.zeros(3), np.array([np.nan, 0, 1])])
def test_a_magnetisation_without_direction_is_refused(bad):
    with pytest.raises(ValueError, match="zero or not finite"):
        _sphere(4, 4e-9).set_m(bad)


def test_an_empty_geometry_is_refused():
    mesh = Mesh((2, 2, 2), (1e-9, 1e-9, 1e-9))
    with pytest.raises(ValueError, match="no cell"):
        Magnet(mesh, np.zeros(mesh.shape))
