"""Smallest curvatures of the energy: closed forms, the dense matrix, rotations, planted saddles."""

import typing

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from harness.mx3.magnet.curvature import Curvature, _Found, _in_double, spectrum
from harness.mx3.magnet.fields.demag import MU0
from harness.mx3.magnet.fields.newell import demag_tensor
from harness.mx3.magnet.magnet import Magnet
from harness.mx3.magnet.mesh import Mesh
from harness.mx3.magnet.modes import AZIMUTH, ModeName, is_round
from harness.mx3.magnet.solvers.newton import polish
from harness.mx3.magnet.stability import NotStationary, stability
from reduced_model.continuum.symmetry import ModeName as ContinuumModeName

MS, A, KU = 1.7e6, 1e-11, 4.8e4
BK = 2 * KU / MS


def box(n, cell=2e-9, **material):
    magnet = Magnet(Mesh(n, (cell,) * 3))
    magnet.set_parameters(**({"Msat": MS, "Aex": A, "Ku1": KU} | material))
    return magnet


def ball(n, radius=20e-9, B=(0, 0, 0), axis=(0, 0, 1)):
    mesh = Mesh((n,) * 3, (2 * radius / n,) * 3)
    magnet = Magnet(mesh, np.sum(mesh.centres() ** 2, axis=0) <= radius**2)
    magnet.set_parameters(MS, A, KU, axis)
    magnet.set_field(B)
    return magnet


def upright_vortex(magnet, radius=20e-9):
    x, y, _ = magnet.mesh.centres() / radius
    return np.stack([-y, x, np.full_like(x, 0.4)])


def random_magnet(seed, n=(4, 4, 5)):
    """Two materials with every anisotropy, in a random state and field."""
    rng = np.random.default_rng(seed)
    mesh = Mesh(n, (1e-9, 1.5e-9, 2e-9))
    magnet = Magnet(mesh, rng.random(mesh.shape) > 0.15)
    other = rng.random(mesh.shape) > 0.5
    magnet.set_parameters(
        np.where(other, 4e5, 1.2e6),
        np.where(other, 8e-12, 2e-11),
        2e5,
        (1, 2, 3),
        -1e5,
        (3e5, 5e5, -4e5),
        (1, 1, 0),
        (-1, 1, 0),
    )
    magnet.set_m(rng.standard_normal((3, *mesh.shape)))
    magnet.set_field(rng.standard_normal(3))
    return magnet


def test_the_matrix_is_the_second_difference_of_the_energy_and_symmetric_to_rounding():
    magnet = random_magnet(1, (2, 3, 2))
    curvature = Curvature(magnet)
    matrix, m = curvature.dense(), magnet.columns.copy()
    assert np.abs(matrix - matrix.T).max() < 1e-13 * np.abs(matrix).max()
    unit_J = magnet.mesh.cell_volume * magnet.moments.sum()

    def energy(y):
        state = m + curvature.change(y)
        magnet.move_to(state / np.linalg.norm(state, axis=0))
        return magnet.energy() / unit_J

    h = 1e-4  # the energy's rounding over h^2 and its fourth derivative times h^2 are both about 1e-7
    pairs = np.eye(curvature.size)[:, None] + np.eye(curvature.size)[None]
    apart = np.eye(curvature.size)[:, None] - np.eye(curvature.size)[None]
    for i, j in np.random.default_rng(0).integers(curvature.size, size=(60, 2)):
        ends = [energy(s * h * d[i, j]) for d in (pairs, apart) for s in (1, -1)]
        second = (ends[0] + ends[1] - ends[2] - ends[3]) / (4 * h**2)
        assert second == pytest.approx(matrix[i, j], abs=1e-5 * np.abs(matrix).max())


def test_a_field_is_its_derivative_integrated():
    magnet, rng = random_magnet(2), np.random.default_rng(3)
    m, v = magnet.columns, rng.standard_normal(magnet.columns.shape)
    h = 1e-5
    numeric = (magnet.effective_field(m + h * v) - magnet.effective_field(m - h * v)) / (2 * h)
    exact = magnet.field_derivative(m, v)
    assert np.abs(numeric - exact).max() < 1e-8 * np.abs(exact).max()


def test_frozen_cells_and_cells_without_a_moment_are_left_out():
    magnet = box((3, 3, 1), Msat=np.where(np.arange(9).reshape(1, 3, 3) == 4, 0, MS), frozen=np.eye(3)[None])
    curvature = Curvature(magnet)
    assert curvature.size == 2 * 6
    mode = curvature.change(np.ones(curvature.size))
    assert not mode[:, [0, 4, 8]].any()


def test_one_cell_has_two_curvatures_in_closed_form():
    magnet = Magnet(Mesh((1, 1, 1), (1e-9, 1e-9, 3e-9)))
    magnet.set_parameters(MS, A, KU, Ku2=1e4)
    magnet.set_field((0, 0, 0.3))
    n = demag_tensor((1, 1, 1), (1e-9, 1e-9, 3e-9))[:3, 0, 0, 0]
    expected = 0.3 + BK + 4 * 1e4 / MS + MU0 * MS * (n[0] - n[2])
    found = stability(magnet)
    assert found.spectrum.eigenvalues_T == pytest.approx([expected, expected], abs=1e-12)
    assert found.verdict() == "minimum"


@pytest.mark.parametrize(("excess_T", "verdict"), [(-1e-5, "maximum"), (0.0, "undecided"), (1e-5, "minimum")])
def test_stoner_wohlfarth_loses_stability_at_the_anisotropy_field(excess_T, verdict):
    magnet = box((1, 1, 1))
    magnet.set_field((0, 0, -BK + excess_T))
    found = stability(magnet)
    assert found.lambda_min_T == pytest.approx(excess_T, abs=1e-12)
    assert found.verdict() == verdict
    assert set(found.names) == {"coherent rotation"}


def test_a_small_ball_turns_as_one_at_the_anisotropy_field():
    magnet = ball(8, 6e-9, (0, 0, -BK))
    found = stability(magnet, dense=False)
    assert found.names[:2] == ("coherent rotation",) * 2
    assert found.lambda_min_T == pytest.approx(0, abs=1e-3)  # the staircase's own demagnetising fields


def test_a_box_without_demagnetising_field_has_cosines_as_modes():
    magnet = box((12, 7, 6))
    magnet.enable_demag = False
    magnet.set_field((0, 0, 0.1))
    magnet.set_m((0, 0, 1))
    stiffness = 2 * A / (MS * 4e-18)
    softest = [2 * stiffness * (1 - np.cos(np.pi * k / 12)) for k in (0, 0, 1, 1)]
    found = spectrum(Curvature(magnet), dense=False)
    assert found.converged
    exact = 0.1 + BK + np.array(softest)
    assert found.eigenvalues_T[:2] == pytest.approx(exact[:2], abs=1e-6)
    assert (np.abs(found.eigenvalues_T - exact) <= found.residuals_T + 1e-12).all()


def test_curling_tends_to_browns_field_as_cells_shrink():
    brown_T = MU0 * MS / 3 - BK - 2 * 2.0815759778**2 * A / (MS * 20e-9**2)
    excess = []
    for n in (10, 14, 20):
        magnet = ball(n, B=(0, 0, 0.6))
        magnet.equilibrate(1e-8)
        found = stability(magnet, dense=False)
        assert found.verdict() == "minimum"
        assert found.names[0] == "curling"
        excess.append(found.lambda_min_T - (0.6 - brown_T))
    assert excess[0] > excess[1] > excess[2] > 0
    # first order in the cell: the finer two extrapolate to zero within a tenth of the coarsest error
    assert abs(excess[2] + (excess[2] - excess[1]) * 14 / 6) < 0.1 * excess[0]


def test_a_quarter_turn_of_everything_changes_no_curvature():
    upright = ball(10, B=(0.02, 0.01, 0.1))
    upright.set_m(upright_vortex(upright))
    upright.equilibrate(1e-9)
    lying = ball(10, B=(0.1, 0.01, -0.02), axis=(1, 0, 0))  # z to x, x to -z
    turned = np.swapaxes(upright.m, 1, 3)[:, ::-1]
    lying.set_m(np.stack([turned[2], turned[1], -turned[0]]))
    assert lying.energy() == pytest.approx(upright.energy(), rel=1e-12)
    first, second = (stability(magnet, dense=False) for magnet in (upright, lying))
    values, others = first.spectrum.eigenvalues_T, second.spectrum.eigenvalues_T
    # the square of the residuals over the eigenvalues' distances; those above the two smallest are rougher
    assert others[:2] == pytest.approx(values[:2], abs=1e-6)
    assert others == pytest.approx(values, abs=1e-3)
    assert second.names[:2] == first.names[:2]


def test_a_small_quotient_made_anew_across_held_vectors_counts_no_residual_along_them():
    """The second look's: across a vector that is a mode but nearly, another is a mode of what is left."""

    class Matrix:
        def times(self, y):
            return np.array([-1.0, 1e-4, 1.0]) * y

    t = 1e-2
    held, across = np.array([[np.cos(t), np.sin(t), 0.0]]), np.array([[-np.sin(t), np.cos(t), 0.0]])
    found = _Found(np.zeros(1), across, np.zeros(1), True)
    assert _in_double(Matrix(), found).residuals[0] > 0.9 * t
    assert _in_double(Matrix(), found, held).residuals[0] < 1e-15


def planted(seed, least_T):
    """A random state made stationary by an applied field, its smallest curvature set to `least_T`."""
    magnet = random_magnet(seed)
    m = magnet.columns.copy()
    grid = magnet.m

    def hold(along_T):
        magnet.set_field((0, 0, 0))
        internal = np.zeros_like(grid)
        internal[:, magnet.fill > 0] = magnet.effective_field(m)
        magnet.set_field((0, 0, 0), along_T * grid - internal)

    hold(0.0)
    smallest_T = np.linalg.eigvalsh(Curvature(magnet).dense())[0]
    hold(least_T - smallest_T)  # a field along every moment adds the same to every curvature
    return magnet


PLANTED = st.integers(0, 10_000), st.sampled_from([-1.0, -1e-2, -1e-4, 1e-3, 0.1])


@settings(max_examples=15)
@given(*PLANTED)
def test_planted_saddles_are_always_found_and_minima_never_called_so(seed, least_T):
    found_as_planted(seed, least_T)


@pytest.mark.validate
@settings(max_examples=200)
@given(*PLANTED)
def test_many_planted_saddles(seed, least_T):
    found_as_planted(seed, least_T)


def found_as_planted(seed, least_T):
    magnet = planted(seed, least_T)
    found = stability(magnet, dense=False)
    assert found.verdict() == ("saddle" if least_T < 0 else "minimum")
    assert found.lambda_min_T == pytest.approx(least_T, abs=1e-4 + 1e-2 * abs(least_T))
    counted = stability(magnet, dense=True)
    assert ("0 of them negative" in counted.spectrum.basis) == (least_T > 0)


def test_an_upright_core_that_should_tilt_is_a_saddle_and_its_tilted_state_a_soft_minimum():
    magnet = ball(10)
    magnet.set_m(upright_vortex(magnet))
    magnet.equilibrate(1e-8)
    upright = stability(magnet)
    assert upright.verdict() == "saddle"
    assert upright.names[:2] == ("tilt of the core",) * 2
    magnet.set_field((0, 0, 0.05))
    turn = Rotation.from_rotvec([0.5, 0.2, 0]).as_matrix()
    magnet.set_m(np.einsum("ij,jzyx->izyx", turn, magnet.m))
    magnet.equilibrate(1e-8)
    tilted = stability(magnet)
    assert tilted.verdict() == "minimum"
    assert (tilted.names[0], tilted.soft[0]) == (AZIMUTH, True)
    assert tilted.lambda_min_T == tilted.spectrum.eigenvalues_T[1]


def test_an_azimuth_that_the_cells_push_is_no_soft_mode_but_makes_a_saddle():
    """3 nm cells, R = 12 nm, the core tilted to [110]: an independent dense Hessian has -21.0896 mT."""
    magnet = ball(8, radius=12e-9)
    axis = np.array([1.0, 1.0, 0.2])
    swirl = np.cross(axis, magnet.mesh.centres(), axisb=0, axisc=0) / 12e-9
    magnet.set_m(swirl + axis[:, None, None, None] / 2)
    magnet.equilibrate()
    found = stability(magnet, dense=True)
    assert found.names[:2] == (AZIMUTH, "tilt of the core")
    assert (found.verdict(), found.soft[0], found.spectrum.negative) == ("saddle", False, 1)
    np.testing.assert_allclose(found.spectrum.eigenvalues_T[:2], [-0.0210896, 0.0047903], atol=1e-7)


def test_neighbouring_modes_save_work_and_give_the_same():
    magnet = ball(12)
    magnet.set_m(upright_vortex(magnet))
    magnet.equilibrate(1e-8)
    before = stability(magnet, dense=False)
    magnet.set_field((0, 0, 0.005))
    magnet.equilibrate(1e-8)
    cold, warm = Curvature(magnet), Curvature(magnet)
    a = spectrum(cold, dense=False)
    inside = magnet.fill > 0
    b = spectrum(warm, start=np.stack([warm.coordinates(v[:, inside]) for v in before.changes]))
    assert b.eigenvalues_T[:2] == pytest.approx(a.eigenvalues_T[:2], abs=1e-5)
    assert b.eigenvalues_T == pytest.approx(a.eigenvalues_T, abs=1e-3)
    assert warm.products < 0.7 * cold.products


@pytest.mark.parametrize("noise", [0.0, 1e-4, 3e-3])
def test_polishing_stays_on_its_branch_be_it_a_saddle(noise):
    magnet = ball(10)
    magnet.set_m(upright_vortex(magnet))
    magnet.equilibrate(1e-9)
    rest = magnet.m
    rough = rest + noise * np.random.default_rng(0).standard_normal(rest.shape)
    magnet.set_m(np.where(magnet.fill > 0, rough, 0).astype(np.float32))
    _, done = polish(magnet)
    assert done.converged
    assert np.abs(magnet.m - rest).max() < 1e-5
    assert done.moved_rad == pytest.approx(np.sqrt(2) * noise, rel=0.1, abs=1e-6)
    magnet.set_m(np.where(magnet.fill > 0, rough, 0))
    if noise:
        magnet.equilibrate(1e-9)
        assert np.abs(magnet.m - rest).max() > 0.1  # a minimiser leaves it


def test_a_state_far_from_rest_is_refused_in_a_line():
    magnet = ball(10)
    magnet.set_m(upright_vortex(magnet))
    with pytest.raises(NotStationary, match=r"^far from stationary: torque .* T; .*rad rms") as refused:
        stability(magnet)
    assert "\n" not in str(refused.value)


def test_partly_filled_cells_are_refused_with_the_reason():
    magnet = Magnet(Mesh((2, 1, 1), (2e-9,) * 3), np.array([[[1.0, 0.5]]]))
    magnet.set_parameters(MS, A, KU)
    with pytest.raises(ValueError, match=r"1 cells are partly filled \(EdgeSmooth\).*not the exchange"):
        stability(magnet)


def test_bodies_of_revolution_are_told_from_others():
    def cells(inside):
        x = np.arange(14) - 6.5
        z, y, x = np.meshgrid(x, x, x, indexing="ij")
        return np.stack([x, y, z])[:, inside(x, y, z)]

    one, z = (1.0, 1.0, 1.0), np.array([0.0, 0.0, 1.0])
    tilted = np.array([1.0, 2.0, 2.0]) / 3
    assert is_round(cells(lambda x, y, z: x**2 + y**2 + z**2 < 49), one, tilted)
    assert is_round(cells(lambda x, y, z: x**2 + y**2 < 49), one, z)
    assert not is_round(cells(lambda x, y, z: x**2 + y**2 < 49), one, tilted)
    assert not is_round(cells(lambda x, y, z: x < 99), one, z)


def test_modes_have_the_continuums_names():
    assert {*typing.get_args(ModeName), AZIMUTH} == set(typing.get_args(ContinuumModeName))
