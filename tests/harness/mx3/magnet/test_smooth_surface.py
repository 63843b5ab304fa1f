"""A surface taken as smooth: the uniform body's one field, still an energy, a vortex near the continuum."""

import numpy as np
import pytest

from harness.engines.cpu import CpuEngine
from harness.engines.mumax3.program import MuMax3
from harness.mx3.errors import ScriptError
from harness.mx3.magnet.curvature import Curvature
from harness.mx3.magnet.fields.demag import MU0
from harness.mx3.magnet.magnet import Magnet
from harness.mx3.magnet.mesh import Mesh, fills_ellipsoid
from harness.mx3.options import Options
from harness.mx3.run import run_script
from reduced_model.errors import InputError

MS, A, KU = 1.7e6, 1e-11, 4.8e4
CONTINUUM_AT_0_3_T = 0.64427
"""Mean moment of the upright vortex in iron, R = 20 nm, without a mesh."""


def ball(n, smooth, axes=(1.0, 1.0, 1.0)):
    mesh = Mesh((n,) * 3, (40e-9 / n,) * 3)
    places = mesh.centres() / 20e-9 / np.array(axes)[:, None, None, None]
    magnet = Magnet(mesh, np.sum(places**2, axis=0) <= 1)
    magnet.smooth_surface = smooth
    magnet.set_parameters(MS, A, KU)
    return magnet


def vortex(magnet):
    x, y, _ = magnet.mesh.centres() / 20e-9
    magnet.set_m(np.stack([-np.tanh(3 * y), np.tanh(3 * x), 1 / np.cosh(3 * np.hypot(x, y))]))


@pytest.mark.parametrize("direction", [(0, 0, 1), (1, -2, 0.5)])
def test_the_uniform_sphere_has_its_one_field_in_every_cell(direction):
    magnet, m = ball(8, smooth=True), np.array(direction) / np.linalg.norm(direction)
    magnet.set_m(m)
    inside = magnet.fill > 0
    expected = -MU0 * MS / 3 * np.repeat(m[:, None], magnet.n_cells, axis=1)
    np.testing.assert_allclose(magnet.field("demag")[:, inside], expected, atol=1e-12)
    stepped = ball(8, smooth=False)
    stepped.set_m(m)
    assert np.abs(stepped.field("demag")[:, inside] - expected).max() > 0.1
    assert magnet.energy("demag") == pytest.approx(stepped.energy("demag"), rel=1e-12)


def test_the_field_of_an_ellipsoid_is_that_of_its_axes():
    """Half as high as it is wide: Osborn's factor along z is 0.5272, and a trace of one leaves 0.2364.

    In all but a sphere the mean over the cells, which is taken, is not yet the smooth body's.
    """
    magnet = ball(24, smooth=True, axes=(1.0, 1.0, 0.5))
    for m, factor in (((0, 0, 1), 0.5272), ((1, 0, 0), 0.2364)):
        magnet.set_m(m)
        field = magnet.field("demag")[np.argmax(m)][magnet.fill > 0]
        assert np.ptp(field) < 1e-12
        assert field[0] == pytest.approx(-MU0 * MS * factor, rel=0.03)  # 24 cells across


def test_ten_cells_across_are_enough_for_the_upright_vortex():
    moments = {}
    for smooth in (False, True):
        magnet = ball(10, smooth)
        magnet.set_field((0, 0, 0.3))
        vortex(magnet)
        assert magnet.equilibrate(1e-7).converged
        moments[smooth] = magnet.average(magnet.m)[2]
    assert moments[False] - CONTINUUM_AT_0_3_T == pytest.approx(0.0634, abs=5e-4)
    assert moments[True] - CONTINUUM_AT_0_3_T == pytest.approx(0.0063, abs=5e-4)


def test_exchange_counts_up_to_the_surface():
    """The energy of m that turns slowly along x, A |dm/dx|^2 V: whole cells lack half a cell at both ends."""
    off = {}
    for smooth in (False, True):
        magnet = ball(16, smooth)
        angle = 0.05 * magnet.mesh.centres()[0] / 20e-9
        magnet.set_m(np.stack([np.cos(angle), np.sin(angle), 0 * angle]))
        volume = magnet.n_cells * magnet.mesh.cell_volume
        off[smooth] = magnet.energy("exch") / (A * (0.05 / 20e-9) ** 2 * volume) - 1
    assert off[False] == pytest.approx(-3 / 4 / 8, rel=0.1)  # half a cell on the cross-section, twice
    assert abs(off[True]) < 1e-5


def test_field_and_curvature_are_those_of_one_energy():
    magnet = ball(6, smooth=True)
    magnet.set_field((0.01, 0, 0.2))
    vortex(magnet)
    at, weights = magnet.columns.copy(), magnet.moments * magnet.mesh.cell_volume
    v = np.cross(np.random.default_rng(1).standard_normal(at.shape), at, axis=0)

    def energy(step):
        moved = at + step * v
        magnet.move_to(moved / np.linalg.norm(moved, axis=0))
        return magnet.energy()

    slope = (energy(1e-4) - energy(-1e-4)) / 2e-4
    magnet.move_to(at)
    assert slope == pytest.approx(-float(np.sum(weights * v * magnet.effective_field(at))), rel=1e-6)
    matrix = Curvature(magnet).dense()
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-12 * np.abs(matrix).max())


def test_another_magnetisation_has_another_field():
    magnet = ball(6, smooth=True)
    magnet.set_m((0, 0, 1))
    before = magnet.field("demag")
    magnet.set_parameters(2 * MS, A)
    np.testing.assert_allclose(magnet.field("demag"), 2 * before, rtol=1e-12)


@pytest.mark.parametrize("n", [6, 7, 10, 16])
@pytest.mark.parametrize("offset", [0.0, 0.25, 0.5])
def test_a_sphere_of_cells_is_told_from_other_bodies(n, offset):
    mesh = Mesh((n + 2,) * 3, (1e-9,) * 3)
    x, y, z = mesh.centres() / (n / 2 * 1e-9) - 2 * offset / n
    assert fills_ellipsoid(mesh, x**2 + y**2 + z**2 <= 1)
    assert not fills_ellipsoid(mesh, (x**2 + y**2 + z**2 <= 1) * 0.5)
    assert not fills_ellipsoid(mesh, np.maximum(np.maximum(abs(x), abs(y)), abs(z)) <= 1)
    assert not fills_ellipsoid(Mesh(mesh.n, mesh.cell, (1, 0, 0)), x**2 + y**2 + z**2 <= 1)


SCRIPT = """
SetGridSize(8, 8, 8)
SetCellSize(5e-9, 5e-9, 5e-9)
{geometry}
Msat = 1.7e6
Aex = 1e-11
m = uniform(0, 0, 1)
TableAdd(E_demag)
TableAdd(B_demag)
TableSave()
"""


@pytest.mark.parametrize(
    "geometry", ["SetGeom(Cylinder(40e-9, 40e-9))", "EdgeSmooth = 4\nSetGeom(Ellipsoid(40e-9, 40e-9, 40e-9))"]
)
def test_a_script_of_another_body_is_refused(tmp_path, geometry):
    script = tmp_path / "body.mx3"
    script.write_text(SCRIPT.format(geometry=geometry))
    with pytest.raises(ScriptError, match="--surface smooth: takes whole cells that fill an ellipsoid"):
        run_script(script, tmp_path / "out", options=Options(surface="smooth"))


def test_a_script_says_that_its_surface_is_smooth(tmp_path):
    script = tmp_path / "ball.mx3"
    script.write_text(SCRIPT.format(geometry="SetGeom(Ellipsoid(40e-9, 40e-9, 40e-9))"))
    run_script(script, tmp_path / "out", options=Options(surface="smooth"))
    assert "surface: smooth" in (tmp_path / "out" / "log.txt").read_text()


def test_only_the_cpu_engine_has_a_smooth_surface():
    assert "surface" not in CpuEngine().options(1e-6)
    assert CpuEngine().options(1e-6, surface="smooth")["surface"] == "smooth"
    with pytest.raises(InputError, match="engine mumax3 has no other surface"):
        MuMax3().options(1e-6, surface="smooth")
