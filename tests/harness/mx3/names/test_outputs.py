"""Outputs beyond fields and energies: couplings, angles, zeros, cancelled charges, the time of day."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.mx3 import ScriptError, run_script, vet
from harness.mx3.files.ovf import read_ovf


def run(folder: Path, text: str) -> Path:
    """Run a script; returns its output folder."""
    (folder / "script.mx3").write_text(text, encoding="utf-8")
    run_script(folder / "script.mx3", folder / "out")
    return folder / "out"


def test_coupling_and_angles_to_the_neighbours(tmp_path: Path) -> None:
    """Three cells in a row: four neighbours each, a cell's own stiffness at the ends of the grid."""
    text = """
        SetGridSize(3, 1, 1); SetCellSize(1e-9, 1e-9, 1e-9)
        DefRegion(1, XRange(-0.5e-9, 0.5e-9)); DefRegion(2, XRange(0.5e-9, inf))
        Msat = 1e6
        Aex = 1e-11; Aex.SetRegion(1, 3e-11); Aex.SetRegion(2, -3e-11)
        m.SetRegion(0, uniform(1, 0, 0)); m.SetRegion(1, uniform(1, 1, 0)); m.SetRegion(2, uniform(0, 0, 1))
        OutputFormat = OVF2_TEXT
        save(ExchCoupling); save(spinAngle); save(ext_phi); save(ext_theta)
        expect("largest", MaxAngle, pi/4, 1e-12)
        Aex.SetRegion(1, 0)
        expect("none is coupled", MaxAngle, 0, 0)
        Aex.SetRegion(1, 3e-11); Msat.SetRegion(1, 0)
        expect("nor one without Msat", MaxAngle, 0, 0)
    """
    out = run(tmp_path, text)
    saved = {name: read_ovf(out / f"{name}000000.ovf").m.ravel() for name in ("ExchCoupling", "spinAngle")}
    harmonic = 2 / (1 / 1e-11 + 1 / 3e-11)
    expected = [(3 * 1e-11 + harmonic) / 4, (harmonic + 0 + 2 * 3e-11) / 4, (0 - 3 * 3e-11) / 4]
    np.testing.assert_allclose(saved["ExchCoupling"], expected, rtol=1e-6)  # saved in single precision
    # cells 2 and 3 have opposite stiffness, whose mean is 0: they do not couple
    np.testing.assert_allclose(saved["spinAngle"], [np.pi / 4, np.pi / 4, 0], atol=1e-6)
    phi, theta = (read_ovf(out / f"ext_{name}000000.ovf").m.ravel() for name in ("phi", "theta"))
    np.testing.assert_allclose(phi, [0, np.pi / 4, 0], atol=1e-6)
    np.testing.assert_allclose(theta, [np.pi / 2, np.pi / 2, 0], atol=1e-6)


@pytest.mark.parametrize(("a", "b"), [(-1e-11, -1e-11), (1e-11, -3e-11), (3e-11, -1e-11)])
def test_negative_exchange_turns_neighbours_apart(tmp_path: Path, a: float, b: float) -> None:
    """Two cells cost 4 A_ij V/d² to turn antiparallel; where A_ij < 0 that is where they end."""
    between = a if a == b else np.sign(a + b) * np.sqrt(np.sqrt(-a * b) * abs(a + b) / 2)  # as MuMax3
    text = f"""
        SetGridSize(2, 1, 1); SetCellSize(1e-9, 1e-9, 1e-9); EnableDemag = false
        DefRegion(1, XRange(0, inf)); Msat = 1e6; Aex = {a}; Aex.SetRegion(1, {b})
        m.SetRegion(0, uniform(1, 0, 0)); m.SetRegion(1, uniform(-1, 0, 0))
        expect("energy", E_exch, {4 * between * 1e-9}, 1e-26)
        m.SetRegion(1, uniform(1, 0.1, 0))
        relax()
        expect("end", Sum(Mul(m, Shifted(m, 1, 0, 0))), {-1 if between < 0 else 1}, 1e-9)
    """
    run(tmp_path, text)


def test_outputs_of_missing_effects_are_zero(tmp_path: Path) -> None:
    names = "E_therm E_mel E_custom TotalShift STTorque DindCoupling B_therm B_mel F_mel Edens_mel B_custom"
    columns = "\n".join(f"tableAdd({name})" for name in names.split())
    grid = "SetGridSize(2, 2, 1); SetCellSize(1e-9, 1e-9, 1e-9)\n"
    out = run(
        tmp_path, f"{grid}{columns}\next_EnableUnsafe()\ntableSave()\nsave(STTorque); save(Edens_therm)"
    )
    assert not np.loadtxt(out / "table.txt")[4:].any()
    assert read_ovf(out / "STTorque000000.ovf").m.shape == (3, 1, 2, 2)


def test_charges_of_a_wires_ends_are_cancelled(tmp_path: Path) -> None:
    """The field on the axis is that of two charged rectangles, mu0 Ms/pi atan(ab/(x sqrt(x² + a² + b²)))."""
    nx, ny, nz, d = 60, 5, 3, 2e-9
    text = f"""
        SetGridSize({nx}, {ny}, {nz}); SetCellSize({d}, {d}, {d}); Msat = 8e5
        m = uniform(1, 0, 0)
        ext_rmSurfaceCharge(0, 1, 1)
        saveAs(B_ext, "cancel"); saveAs(Add(B_ext, B_demag), "left")
    """
    out = run(tmp_path, text)
    field, left = (read_ovf(out / f"{name}.ovf").m for name in ("cancel", "left"))
    x, a, b = (np.arange(nx) + 0.5) * d, ny * d / 2, nz * d / 2
    face = np.arctan(a * b / (x * np.sqrt(x**2 + a**2 + b**2))) * 4e-7 * 8e5
    axis, far = field[0, nz // 2, ny // 2], slice(4, -4)  # nearer to an end single charges show
    np.testing.assert_allclose(axis[far], (face + face[::-1])[far], rtol=0.01)
    np.testing.assert_allclose(field[0, ..., far], field[0, :, ::-1, far], rtol=1e-6)
    assert (
        abs(left[0, ..., far]).max() < 0.002
    )  # T, of 1.005 T; the demagnetising field alone has 0.12 T there


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("ext_rmSurfaceCharge(0, 1, 0.5)", "ext_rmSurfaceCharge needs mx = 1 or -1 at either end, got 0.5"),
        ("ext_rmSurfaceCharge(0, 1, 1)", "ext_rmSurfaceCharge: Msat is 0 in region 0"),
    ],
)
def test_wrong_ends_are_told(tmp_path: Path, call: str, told: str) -> None:
    with pytest.raises(ScriptError, match=f"^script line 2: {told}$"):
        run(tmp_path, f"SetGridSize(2, 2, 1); SetCellSize(1e-9, 1e-9, 1e-9)\n{call}")


def test_averages_and_settings_by_method(tmp_path: Path) -> None:
    text = """
        SetGridSize(4, 1, 1); SetCellSize(1e-9, 1e-9, 1e-9); SetGeom(XRange(-2e-9, 0))
        DefRegion(256, Universe()); expect("256 is 0", regions.getCell(0, 0, 0), 0, 0)
        DefRegion(4, XRange(0, inf))
        expect("over the box", regions.average(), 2, 0)
        B_ext = vector(0, 0, t); B_ext.Set(vector(0, 1, 0)); t = 1
        expectv("set for good", B_ext.average(), vector(0, 1, 0), 0)
        B_ext.setRegion(4, vector(0, 0, 1))
        if B_ext.isUniform() { expect("differs", 1, 0, 0) }
    """
    run(tmp_path, text)


def test_the_time_gives_seeds_and_names(tmp_path: Path) -> None:
    text = """
        start := now()
        ThermSeed(start.Nanosecond()); randSeed(now().Nanosecond()); m0 := RandomMagSeed(now().Nanosecond())
        expect("date", start.Year(), 2100, 100); expect("hour", start.Hour(), 12, 12)
        fprintln(sprintf("%d.txt", start.Unix()), start.UnixNano(), since(start).Milliseconds())
        if now().Before(start) { expect("order", 1, 0, 0) }
        expect("passed", since(start).Seconds(), 0, 60)
    """
    out = run(tmp_path, text)
    (stamped,) = (path for path in out.iterdir() if path.stem.isdigit())
    assert stamped.read_text().startswith(stamped.stem)


def test_int64_is_no_integer_in_mumax3() -> None:
    assert [p.message for p in vet("ThermSeed(now().UnixNano())")] == [
        "an integer is needed here, not an int64, which MuMax3 does not convert; "
        ".Nanosecond() of a time is an integer"
    ]
