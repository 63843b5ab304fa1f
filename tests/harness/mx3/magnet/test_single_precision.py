"""Single precision against double: what it costs in accuracy, and that it says where it ends."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.mx3 import Options, RunSummary, run_script
from harness.mx3.magnet.magnet import TERMS, Magnet
from harness.mx3.magnet.mesh import Mesh
from harness.mx3.options import FAITHFUL


def balls(n: int) -> tuple[Magnet, Magnet]:
    """The same iron ball in 2 nm cells, in double and in single precision."""
    mesh = Mesh((n,) * 3, (2e-9,) * 3)
    inside = np.linalg.norm(mesh.centres(), axis=0) <= n * 1e-9
    both = Magnet(mesh, inside, "float64"), Magnet(mesh, inside, "float32")
    for magnet in both:
        magnet.set_parameters(1.7e6, 1e-11, 4.8e4, Kc=(1e4, 0.0, 0.0))
        magnet.set_field((0.1, 0.0, -0.2))
    return both


def states(mesh: Mesh) -> dict[str, np.ndarray]:
    x, y, z = mesh.centres()
    random = np.random.default_rng(3).normal(size=(3, *mesh.shape))
    return {"random": random, "vortex": np.stack([-y, x, 1e-9 + 0 * z])}


@pytest.mark.parametrize("state", ["random", "vortex"])
@pytest.mark.parametrize("n", [9, 20])  # radices 3 and 5, and the odd length
def test_fields_and_energies_differ_by_rounding(n: int, state: str) -> None:
    double, single = balls(n)
    for magnet in (double, single):
        magnet.set_m(states(magnet.mesh)[state])
    assert single.columns.dtype == single.effective_field(single.columns).dtype == np.float32
    error = single.effective_field(single.columns) - double.effective_field(double.columns)
    assert 0 < np.sqrt(np.sum(error**2, axis=0)).max() <= single.rounding_floor_T
    # a few roundings of 6e-8 in each of the transforms
    stray = double.field("demag")
    assert single.field("demag") == pytest.approx(stray, abs=1e-6 * np.abs(stray).max())
    for term in TERMS:
        assert single.energy(term) == pytest.approx(double.energy(term), rel=1e-6)


def test_a_search_ends_at_the_rounding_floor_beside_the_double_one() -> None:
    double, single = balls(20)
    for magnet in (double, single):
        magnet.set_field(0.0)
        magnet.set_m(np.stack([*states(magnet.mesh)["vortex"][:2], np.full(magnet.mesh.shape, 10e-9)]))
    exact, found = double.equilibrate(1e-6), single.equilibrate(1e-6)
    assert exact.tolerance_T == 1e-6 < found.tolerance_T == single.rounding_floor_T < 1e-5
    assert exact.converged and found.converged and single.max_torque() <= 1.01 * found.tolerance_T
    # torque over stiffness, 1e-5 T / 0.1 T; the energy is quadratic in that, and its sum rounds terms
    assert single.average(single.m) == pytest.approx(double.average(double.m), abs=1e-4)
    assert single.energy() == pytest.approx(double.energy(), rel=1e-6)
    # a tolerance above the floor is kept
    assert single.equilibrate(1e-3).tolerance_T == 1e-3


BALL = """
SetGridSize(10, 10, 10); SetCellSize(4e-9, 4e-9, 4e-9); SetGeom(Ellipsoid(40e-9, 40e-9, 40e-9))
Msat = 1.7e6; Aex = 1e-11; Ku1 = 4.8e4; anisU = vector(0, 0, 1); alpha = 0.1
m = uniform(0, 0, 1)
TableAdd(E_total)
"""
KICKED_LOOP = """
kick := newVectorMask(10, 10, 10)
for ix := 0; ix < 10; ix++ {
    for iy := 0; iy < 10; iy++ {
        for iz := 0; iz < 10; iz++ {
            kick.setVector(ix, iy, iz, vector(4.5 - iy + 0.3*iz, ix - 4.5, 0.2*ix))
        }
    }
}
for i := 0; i < 9; i++ {
    B_ext = vector(0, 0, 0.6 - 0.15*i)
    B_ext.add(kick, 1e-3)
    relax()
    B_ext.removeExtraTerms()
    relax()
    tableSave()
}
"""


def run(folder: Path, text: str, **options: object) -> tuple[RunSummary, np.ndarray]:
    folder.mkdir()
    (folder / "script.mx3").write_text(text, encoding="utf-8")
    summary = run_script(folder / "script.mx3", folder / "out", options=Options(**options))  # type: ignore[arg-type]
    return summary, np.loadtxt(folder / "out" / "table.txt", ndmin=2)[:, 1:]


def test_a_kicked_loop_is_the_same(tmp_path: Path) -> None:
    """Saturation, nucleation, the vortex and its way to the other side.

    The kick is no uniform field: that would leave the symmetry which only rounding breaks then.
    """
    _, double = run(tmp_path / "double", BALL + KICKED_LOOP)
    summary, single = run(tmp_path / "single", BALL + KICKED_LOOP, float_dtype="float32")
    assert summary.unconverged == 0 and summary.float_dtype == "float32"
    assert double[0, 2] > 0.99 > 0.5 > double[3, 2]  # saturated, then a vortex
    # torque over stiffness, 1e-5 T / 0.1 T
    assert single[:, 2] == pytest.approx(double[:, 2], abs=1e-4)
    assert single[:, 3] == pytest.approx(double[:, 3], rel=1e-5)


@pytest.mark.parametrize("how", ["minimize()", "RelaxTorqueThreshold = 1e-3; relax()"])
def test_mumax3s_algorithms_come_to_the_same_state(tmp_path: Path, how: str) -> None:
    script = BALL.replace("uniform(0, 0, 1)", "vortex(1, 1)") + f"{how}; tableSave()"
    _, (double,) = run(tmp_path / "double", script, **FAITHFUL)
    summary, (single,) = run(tmp_path / "single", script, float_dtype="float32", **FAITHFUL)
    assert summary.unconverged == 0
    # both stop at torques of 1e-3 T, over a stiffness of 0.3 T
    assert single[:3] == pytest.approx(double[:3], abs=5e-3)
    assert single[3] == pytest.approx(double[3], rel=1e-5)


def test_time_passes_alike(tmp_path: Path) -> None:
    script = BALL + "B_ext = vector(0.3, 0, -0.5); run(2e-11); tableSave()"
    (_, double), (_, single) = (
        run(tmp_path / precision, script, float_dtype=precision) for precision in ("float64", "float32")
    )
    # a hundred steps, each rounding m by 6e-8
    assert single[:, :3] == pytest.approx(double[:, :3], abs=1e-5)


def test_log_names_the_precision_and_the_floor(tmp_path: Path) -> None:
    script = BALL + "B_ext = vector(0.01, 0, 0); relax()\ntableSave()"
    summary, _ = run(tmp_path / "single", script, float_dtype="float32")
    log = (tmp_path / "single" / "out" / "log.txt").read_text()
    assert "//mxval CPU engine, float32" in log
    assert "(rounding floor of float32: " in log and summary.unconverged == 0
    summary, _ = run(tmp_path / "double", script)
    assert summary.float_dtype == "float64"
    assert "rounding floor" not in (tmp_path / "double" / "out" / "log.txt").read_text()


def test_a_field_that_is_not_finite_is_no_equilibrium(tmp_path: Path) -> None:
    script = BALL + "B_ext = vector(1e39, 0, 0); relax()\ntableSave()"  # infinite in single precision
    summary, _ = run(tmp_path / "single", script, float_dtype="float32")
    assert summary.unconverged == 1
