"""Fields and energies against another program's arrays, direct sums and closed forms."""

import math
from pathlib import Path

import numpy as np
import pytest

from harness.mx3.magnet.fields.demag import MU0, Demag
from harness.mx3.magnet.fields.newell import demag_tensor
from harness.mx3.magnet.magnet import Magnet
from harness.mx3.magnet.mesh import Mesh
from reduced_model.vortex.profiles import profiles

IRON = {"Msat": 1.7e6, "Aex": 1e-11, "Ku1": 4.8e4}


def _sphere(n: int, radius: float = 20e-9) -> Magnet:
    cell = 2 * radius / n
    mesh = Mesh((n, n, n), (cell, cell, cell))
    magnet = Magnet(mesh, (mesh.centres() ** 2).sum(axis=0) <= radius**2 * (1 + 1e-12))
    magnet.set_parameters(**IRON)
    return magnet


@pytest.mark.parametrize("term", ["demag", "exch", "anis"])
def test_fields_equal_those_of_magnumnp(term):
    """Random state of a staircase sphere of unequal cell edges; arrays written by magnum.np."""
    given = np.load(Path(__file__).parent / "oracle" / "magnumnp_fields.npz")
    magnet = Magnet(Mesh(tuple(map(int, given["n"])), tuple(given["cell"])), given["fill"])
    magnet.set_parameters(*(given[k] for k in ("Msat", "Aex", "Ku1", "anisU")))
    magnet.set_m(np.where(given["fill"] > 0, given["m"], 1))
    expected = given[term]
    difference = np.abs(magnet.field(term) - expected)[:, given["fill"] > 0].max()
    # mu0 differs by 5e-10 between its 2018 value and 4 pi 1e-7
    assert difference / np.abs(expected).max() <= 1e-9


@pytest.mark.parametrize("n", [(5, 4, 3), (6, 1, 4), (1, 1, 1), (7, 3, 1)])
def test_convolution_equals_the_direct_sum(n):
    cell = (2e-9, 3e-9, 2.5e-9)
    rng = np.random.default_rng(3)
    magnetisation = rng.normal(size=(3, *n[::-1])) * 1e6
    tensor = demag_tensor(n, cell)
    index = np.array([[0, 3, 4], [3, 1, 5], [4, 5, 2]])
    points = np.array(list(np.ndindex(*n[::-1])))
    expected = np.zeros_like(magnetisation)
    for p in points:
        for q in points:
            shift = (p - q)[::-1]  # x, y, z
            full = tensor[:, abs(shift[2]), abs(shift[1]), abs(shift[0])][index]
            sign = np.outer(np.where(shift < 0, -1, 1), np.where(shift < 0, -1, 1))
            np.fill_diagonal(sign, 1)
            expected[(slice(None), *p)] -= MU0 * (sign * full) @ magnetisation[(slice(None), *q)]
    field = Demag(n, cell).field(magnetisation)
    assert np.abs(field - expected).max() <= 1e-13 * np.abs(expected).max()  # rounding of the transforms


def test_reciprocity_of_the_demagnetising_field():
    magnet = _sphere(8)
    rng = np.random.default_rng(5)
    a, b = rng.normal(size=(2, 3, *magnet.mesh.shape))
    demag = Demag(magnet.mesh.n, magnet.mesh.cell)
    assert np.sum(a * demag.field(b)) == pytest.approx(np.sum(b * demag.field(a)), rel=1e-12)


def _ansatz(magnet: Magnet, nu: float, radius: float = 20e-9) -> np.ndarray:
    x, y, _ = magnet.mesh.centres() / radius
    rho = np.hypot(x, y)
    with np.errstate(invalid="ignore"):
        circle = np.where(rho > 0, np.tanh(nu * rho) / np.where(rho > 0, rho, 1), nu)
    return np.stack([-y * circle, x * circle, 1 / np.cosh(nu * rho)])


@pytest.mark.parametrize("nu", [1.0, 4.443])
def test_energies_of_the_ansatz_converge_to_the_profile_functions(nu):
    """E_exch -> (4 pi/3) A R g_ex and E_demag -> (4 pi/3) R^3 mu0 Ms^2 (1/2 - g_d), per magnetic volume."""
    radius = 20e-9
    exact = profiles(nu)
    volume = 4 / 3 * np.pi * radius**3
    errors = []
    for n in (16, 32, 64):
        magnet = _sphere(n)
        magnet.set_m(_ansatz(magnet, nu))
        share = magnet.n_cells * magnet.mesh.cell_volume / volume
        demag = magnet.energy("demag") / (share * volume * MU0 * IRON["Msat"] ** 2)
        exchange = magnet.energy("exch") / (share * volume / radius**2 * IRON["Aex"])
        errors.append((abs(demag / (0.5 - float(exact.g_d)) - 1), abs(exchange / float(exact.g_ex) - 1)))
    errors = np.array(errors)
    # The free faces of the staircase are first order in the cell, and its volume jitters with the lattice.
    # A vortex has hardly any charge, so its demagnetising energy is all surface and converges slowest.
    assert errors[-1, 0] < 0.25 if nu > 4 else errors[-1, 0] < 0.02
    assert errors[-1, 1] < 0.02
    assert (errors[-1] < 0.6 * errors[0]).all()


def test_exchange_energy_of_a_spiral():
    """m turns by q per metre along x: E = A q^2 V in the continuum, (1 - cos qd) on the lattice."""
    n, d, turns = 64, 1e-9, 2
    magnet = Magnet(Mesh((n, 1, 1), (d, d, d)))
    magnet.set_parameters(**IRON)
    q = 2 * np.pi * turns / (n * d)
    x = magnet.mesh.centres()[0]
    magnet.set_m(np.stack([np.cos(q * x), np.sin(q * x), 0 * x]))
    pairs = n - 1  # the free ends carry no coupling
    lattice = 2 * IRON["Aex"] / d**2 * (1 - np.cos(q * d)) * pairs * d**3
    assert magnet.energy("exch") == pytest.approx(lattice, rel=1e-12)
    continuum = IRON["Aex"] * q**2 * pairs * d**3
    assert magnet.energy("exch") == pytest.approx(continuum, rel=(q * d) ** 2 / 6)  # leading lattice error


@pytest.mark.parametrize(
    ("a", "b", "between"),
    [
        (1e-11, 3e-11, 1.5e-11),
        (-1e-11, -3e-11, -1.5e-11),
        (1e-11, 0, 0),
        (1e-11, -1e-11, 0),
        (4e-11, -1e-11, math.sqrt(2e-11 * 3e-11 / 2)),
        (1e-11, -4e-11, -math.sqrt(2e-11 * 3e-11 / 2)),
    ],
)
def test_exchange_between_stiffnesses_is_mumax3s_mean(a, b, between):
    """Harmonic where signs agree, else the geometric mean of geometric and arithmetic mean (3.10 on)."""
    magnet = Magnet(Mesh((2, 1, 1), (1e-9, 1e-9, 1e-9)))
    magnet.set_parameters(1e6, np.reshape([a, b], (1, 1, 2)))
    magnet.set_m(np.array([[1.0, 0], [0, 1], [0, 0]]).reshape(3, 1, 1, 2))
    field = 2 * between / 1e6 / 1e-18
    assert magnet.field("exch")[:, 0, 0, 0] == pytest.approx([-field, field, 0], abs=1e-12)


def test_a_search_with_negative_stiffness_ends_in_antiparallel_neighbours():
    magnet = Magnet(Mesh((6, 1, 1), (2e-9, 2e-9, 2e-9)))
    magnet.set_parameters(8e5, -1e-11, 1e4, (0, 0, 1))
    magnet.set_m(np.random.default_rng(2).normal(size=(3, 1, 1, 6)))
    assert magnet.equilibrate().converged
    m = magnet.m[:, 0, 0]
    assert np.sum(m[:, 1:] * m[:, :-1], axis=0) == pytest.approx(
        -1, abs=1e-2
    )  # the demagnetising field bends


def _half_without_moment(demag: bool = False) -> Magnet:
    """Twenty cells in a row, the left half along x, the right one along z and without Ms."""
    magnet = Magnet(Mesh((20, 1, 1), (2e-9, 2e-9, 2e-9)))
    right = (np.arange(20) >= 10).reshape(1, 1, 20)
    magnet.enable_demag = demag
    magnet.set_parameters(np.where(right, 0.0, 8e5), 13e-12)
    magnet.set_m(np.stack([~right, 0 * right, right]))
    return magnet


def test_cells_without_moment_exert_no_exchange():
    """MuMax3 3.11.1 counts their Aex as 0."""
    magnet = _half_without_moment()
    assert not magnet.field("exch").any() and magnet.energy("exch") == 0
    magnet.equilibrate()
    assert magnet.m[:, 0, 0, :10] == pytest.approx(np.tile([[1.0], [0], [0]], 10), abs=0)
    assert magnet.m[:, 0, 0, 10:] == pytest.approx(np.tile([[0.0], [0], [1]], 10), abs=0)


def test_cells_without_moment_feel_no_demagnetising_field_and_follow_the_applied_one():
    magnet = _half_without_moment(demag=True)
    assert not magnet.field("demag")[..., 10:].any() and magnet.field("demag")[..., :10].any()
    magnet.set_field((0, 0.1, 0))
    assert magnet.max_torque() == pytest.approx(0.1, rel=0.2)
    found = magnet.equilibrate()
    assert found.converged
    assert magnet.m[:, 0, 0, 10:] == pytest.approx(np.tile([[0.0], [1], [0]], 10), abs=1e-5)  # 1e-6 T / 0.1 T
    # the left half ends where it would without them
    alone = Magnet(Mesh((10, 1, 1), (2e-9, 2e-9, 2e-9)))
    alone.set_parameters(8e5, 13e-12)
    alone.set_m((1, 0, 0))
    alone.set_field((0, 0.1, 0))
    alone.equilibrate()
    assert magnet.m[..., :10] == pytest.approx(alone.m, abs=1e-4)
    assert magnet.energy() == pytest.approx(alone.energy(), rel=1e-8)


def test_exchange_between_two_materials_uses_the_harmonic_mean():
    magnet = Magnet(Mesh((2, 1, 1), (1e-9, 1e-9, 1e-9)))
    stiffness = np.array([1e-11, 3e-11])
    magnet.set_parameters(1e6, stiffness.reshape(1, 1, 2))
    magnet.set_m(np.array([[1.0, 0], [0, 1], [0, 0]]).reshape(3, 1, 1, 2))
    mean = 2 / (1 / stiffness).sum()
    expected = 2 * mean / 1e6 / 1e-18
    assert magnet.field("exch")[:, 0, 0, 0] == pytest.approx([-expected, expected, 0])


def test_uniform_energies_in_closed_form():
    """Cube: E_demag = mu0 Ms^2 V / 6; anisotropy -Ku (m.u)^2 V; Zeeman -Ms B.m V."""
    n, d = 4, 5e-9
    magnet = Magnet(Mesh((n, n, n), (d, d, d)))
    magnet.set_parameters(**IRON, anisU=(0, 0, 2))  # the axis is normalised
    m = np.array([0.6, 0.0, 0.8])
    magnet.set_m(m)
    magnet.set_field((0.1, -0.2, 0.3))
    volume = (n * d) ** 3
    assert magnet.energy("demag") == pytest.approx(MU0 * IRON["Msat"] ** 2 * volume / 6, rel=1e-12)
    assert magnet.energy("anis") == pytest.approx(-IRON["Ku1"] * 0.64 * volume, rel=1e-12)
    assert magnet.energy("zeeman") == pytest.approx(-IRON["Msat"] * 0.3 * volume, rel=1e-12)
    assert magnet.energy("exch") == pytest.approx(0, abs=1e-30)
    total = sum(magnet.energy(t) for t in ("demag", "exch", "anis", "zeeman"))
    assert magnet.energy() == pytest.approx(total)
    density = magnet.energy_density().sum() * magnet.mesh.cell_volume
    assert density == pytest.approx(total, rel=1e-12)


def test_the_field_is_minus_the_gradient_of_the_energy():
    """Central difference of the energy along a rotation of one cell, on a state far from equilibrium."""
    magnet = _sphere(6)
    magnet.set_field((0.05, 0.02, -0.1))
    rng = np.random.default_rng(8)
    m = rng.normal(size=(3, *magnet.mesh.shape))
    magnet.set_m(m)
    m = magnet.m
    torque_free = magnet.field("eff")
    k, j, i = 3, 2, 3
    direction = np.cross(m[:, k, j, i], [0.3, -0.5, 0.8])
    step = 1e-4
    energies = []
    for sign in (1, -1):
        moved = m.copy()
        moved[:, k, j, i] += sign * step * direction
        magnet.set_m(np.where(magnet.fill > 0, moved, 1))
        energies.append(magnet.energy())
    slope = (energies[0] - energies[1]) / (2 * step)
    expected = -IRON["Msat"] * magnet.mesh.cell_volume * torque_free[:, k, j, i] @ direction
    assert slope == pytest.approx(expected, rel=1e-6)  # second-order difference of step 1e-4


def test_the_grid_may_be_larger_than_the_particle():
    small = _sphere(8)
    cell = small.mesh.cell
    mesh = Mesh((13, 12, 11), cell)
    fill = np.zeros(mesh.shape)
    fill[1:9, 2:10, 4:12] = small.fill
    large = Magnet(mesh, fill)
    large.set_parameters(**IRON)
    state = np.random.default_rng(2).normal(size=(3, *small.mesh.shape))
    small.set_m(state)
    padded = np.ones((3, *mesh.shape))
    padded[:, 1:9, 2:10, 4:12] = state
    large.set_m(padded)
    assert large.energy() == pytest.approx(small.energy(), rel=1e-13)
    inside = large.field("demag")[:, 1:9, 2:10, 4:12]
    assert np.abs(inside - small.field("demag")).max() < 1e-13
    assert np.abs(large.field("demag")[:, 0]).max() > 0  # the stray field outside is there too
