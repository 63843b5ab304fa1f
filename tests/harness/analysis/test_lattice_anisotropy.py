"""The lattice's own anisotropy: its symmetry, its size on coarse cells, a saved state's, bad input."""

import numpy as np
import pytest

from harness.analysis.lattice_anisotropy import lattice_anisotropy, lattice_anisotropy_of
from harness.engines.cpu import CpuEngine
from harness.mx3.magnet.magnet import Magnet
from harness.mx3.magnet.mesh import Mesh
from harness.runs.execute import execute
from harness.runs.plan import plan
from harness.study.study import Study
from reduced_model.errors import InputError

MS, A, KU = 1.7e6, 1e-11, 4.8e4


def tilted(n=8, B_T=0.0, axis=(1.0, 0.3, 0.1)):
    """A vortex of iron, R = 20 nm, its core along an axis, at rest."""
    mesh = Mesh((n,) * 3, (40e-9 / n,) * 3)
    magnet = Magnet(mesh, np.sum(mesh.centres() ** 2, axis=0) <= 20e-9**2)
    magnet.set_parameters(MS, A, KU)
    magnet.set_field((0, 0, B_T))
    p, r = np.array(axis) / np.linalg.norm(axis), mesh.centres() / 20e-9
    around = np.cross(p, r, axisb=0, axisc=0)
    rho = np.linalg.norm(around, axis=0)
    swirl = np.divide(around, rho, out=np.zeros_like(around), where=rho > 0) * np.tanh(5 * rho)
    magnet.set_m(swirl + p[:, None, None, None] / np.cosh(5 * rho))
    assert magnet.equilibrate().converged
    return magnet


def test_cubic_cells_repeat_after_a_quarter_turn_and_mirror_after_an_eighth():
    magnet = tilted()
    before = magnet.m
    found = lattice_anisotropy(magnet, np.arange(0.0, 91.0, 15.0))
    np.testing.assert_array_equal(magnet.m, before)
    np.testing.assert_allclose(found.energy_kT, found.energy_kT[::-1], atol=0.02)
    assert 5 < found.barrier_kT < 200  # cells of 5 nm
    assert found.barrier_T == pytest.approx(found.barrier_kT * 4.1419e-21 / found.moment_J_per_T, rel=1e-3)
    assert list(found.to_dataframe().columns) == ["azimuth_deg", "inclination_deg", "energy_J", "energy_kT"]


def test_the_inclination_is_held_too():
    found = lattice_anisotropy(tilted(), (0.0, 45.0), (60.0, 90.0))
    np.testing.assert_allclose(found.inclination_deg, (60, 60, 90, 90), atol=1e-3)
    assert np.isfinite(found.energy_J).all()
    assert found.energy_J[0] != pytest.approx(found.energy_J[2], abs=1e-22)


def test_an_upright_core_has_no_azimuth():
    with pytest.raises(InputError, match="the core is upright"):
        lattice_anisotropy(tilted(6, 0.3, axis=(0, 0, 1)))


def test_a_body_that_is_not_round_is_refused():
    magnet = Magnet(Mesh((4, 2, 1), (5e-9,) * 3))
    magnet.set_parameters(MS, A)
    magnet.set_m((1, 0, 0))
    with pytest.raises(InputError, match="not round"):
        lattice_anisotropy(magnet)


def test_a_saved_state_is_found_with_its_run(tmp_path):
    values = {
        "name": "pinned",
        "material": {"name": "iron"},
        "particle": {"radius_nm": 20},
        "mesh": {"cell_nm": 5},
        "field": {"values_T": [0.8, 0.4, 0.2, 0.0]},
        "protocol": [{"kind": "kick"}],
    }
    engine = CpuEngine()
    (run,) = plan(Study.from_values(values), engine, tmp_path)
    (state,) = execute(run, engine).path.glob("out/*.ovf")
    found = lattice_anisotropy_of(state, azimuths_deg=(0.0, 45.0))
    assert np.isfinite(found.energy_J).all()
    with pytest.raises(InputError, match="no state in the out folder of a run"):
        lattice_anisotropy_of(tmp_path / "elsewhere.ovf")
