"""MuMax3's own relax and minimize: where they stop, what they report, and that they end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.mx3 import NotConverged, Options, RunSummary, run_script
from harness.mx3.options import FAITHFUL

VORTEX = """
SetGridSize(10, 10, 10); SetCellSize(4e-9, 4e-9, 4e-9); SetGeom(Ellipsoid(40e-9, 40e-9, 40e-9))
Msat = 1.7e6; Aex = 1e-11; Ku1 = 4.8e4; anisU = vector(0, 0, 1); B_ext = vector(0, 0, 0.2)
m = vortex(1, 1).add(0.1, uniform(0.2, 0.1, 0))
TableAdd(E_total); TableAdd(maxTorque); TableAdd(LastErr)
"""


def run(folder: Path, text: str, **options: object) -> tuple[RunSummary, np.ndarray]:
    """Run a script with MuMax3's algorithms; summary and table."""
    folder.mkdir(exist_ok=True)
    (folder / "script.mx3").write_text(text, encoding="utf-8")
    chosen = Options(**{**FAITHFUL, **options})  # type: ignore[arg-type]
    summary = run_script(folder / "script.mx3", folder / "out", options=chosen)
    return summary, np.loadtxt(folder / "out" / "table.txt", ndmin=2)


FILM = """
SetGridSize(12, 6, 1); SetCellSize(4e-9, 4e-9, 4e-9); Msat = 8e5; Aex = 1.3e-11
m = uniform(1, 0.3, 0.2); B_ext = vector(0, 0.1, 0)
TableAdd(E_total); TableAdd(maxTorque); TableAdd(LastErr)
"""


@pytest.mark.parametrize("how", ["minimize()", "RelaxTorqueThreshold = 1e-3; relax()", "relax()"])
@pytest.mark.parametrize("magnet", [VORTEX, FILM], ids=["vortex", "film"])
def test_both_algorithms_come_to_the_engines_own_equilibrium(tmp_path: Path, magnet: str, how: str) -> None:
    script = magnet + "{}\ntableSave()"
    _, ((_, *own),) = run(tmp_path / "fast", script.format("relax()"), algorithm="fast")
    options = {"max_evaluations": 5_000} if (magnet, how) == (VORTEX, "relax()") else {}
    summary, ((_, *found),) = run(tmp_path / "faithful", script.format(how), **options)
    assert summary.algorithm == "faithful"
    # without a threshold a vortex creeps on for 10^5 evaluations: bounded here
    assert summary.unconverged == len(options)
    # <m> within torque / stiffness, 1e-3 T / 0.3 T at worst; the energy is quadratic in that
    assert found[:3] == pytest.approx(own[:3], abs=5e-3)
    assert found[3] == pytest.approx(own[3], rel=1e-5)


def test_minimize_stops_by_the_change_of_m(tmp_path: Path) -> None:
    """MinimizerStop bounds the last steps' changes, and LastErr reports them."""
    for stop in (1e-3, 1e-5):
        script = VORTEX + f"MinimizerStop = {stop}; minimize(); tableSave()"
        _, (row,) = run(tmp_path / str(stop), script)
        assert 0 < row[6] <= stop


def test_relax_stops_by_the_torque_threshold(tmp_path: Path) -> None:
    for threshold in (1e-2, 1e-4):
        script = VORTEX + f"RelaxTorqueThreshold = {threshold}; relax(); tableSave()"
        _, (row,) = run(tmp_path / str(threshold), script)
        assert row[5] <= threshold * (1 + 1e-6)  # the table is float32


def test_relax_keeps_the_scripts_settings(tmp_path: Path) -> None:
    script = (
        VORTEX
        + """
    RelaxTorqueThreshold = 1e-2; MaxErr = 2e-5; FixDt = 1e-15; t = 3e-12
    relax()
    expect("MaxErr", MaxErr, 2e-5, 0); expect("FixDt", FixDt, 1e-15, 0); expect("t", t, 3e-12, 0)
    tableSave()
    """
    )
    run(tmp_path / "a", script)


def test_a_search_that_its_rule_does_not_stop_ends_at_the_bound(tmp_path: Path) -> None:
    for how in ("minimize()", "relax()"):
        script = VORTEX + f"{how}; tableSave()"
        summary, _ = run(tmp_path / how[0], script, max_evaluations=50)
        assert summary.unconverged == 1
        assert "was not stopped by MuMax3's rule within 50 field evaluations" in summary.warnings[0]
        assert summary.field_evaluations <= 60  # it looks every third step
        with pytest.raises(NotConverged, match="was not stopped by MuMax3's rule"):
            run(tmp_path / f"{how[0]}strict", script, max_evaluations=50, strict=True)


def test_log_and_record_name_the_algorithm(tmp_path: Path) -> None:
    run(tmp_path / "a", VORTEX + "minimize(); tableSave()")
    log = (tmp_path / "a" / "out" / "log.txt").read_text()
    assert "relax and minimize: faithful, by MuMax3's algorithms and stopping rules" in log
    assert "//minimize: faithful, residual" in log
