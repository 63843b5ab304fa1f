"""Whole scripts: hysteresis loops of the kind people write, run from text to output folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.mx3 import EngineError, NotConverged, Options, RunSummary, run_script, vet
from harness.mx3.files.ovf import Header, read_ovf, write_ovf
from harness.mx3.language.expressions import Variable
from harness.mx3.language.values import OutputFormat
from harness.mx3.names.world import World
from harness.mx3.session.session import Session

SCRIPTS = Path(__file__).with_name("scripts")

SPHERE = """
    setgridsize(10, 10, 10)          // larger than the particle needs
    SetCellSize(3e-9, 3e-9, 3e-9)
    SetGeom(ellipsoid(24e-9, 24e-9, 24e-9))
    Msat = 1.7e6; Aex = 1e-11
    Ku1 = 4.8e4; anisU = vector(0, 0, 1)
    Temp = 0; NoDemagSpins = 0; alpha = 0.5
"""


def run(folder: Path, text: str, **options: object) -> RunSummary:
    """Run a script in a fresh folder; its output is in folder/out."""
    (folder / "script.mx3").write_text(text, encoding="utf-8")
    return run_script(folder / "script.mx3", folder / "out", **options)


def table(folder: Path) -> np.ndarray:
    """Rows of the table."""
    return np.loadtxt(folder / "out" / "table.txt", ndmin=2)


@pytest.mark.parametrize("script", sorted(SCRIPTS.glob("*.mx3")), ids=lambda path: path.stem)
def test_hand_written_scripts_pass_their_own_checks(script: Path, tmp_path: Path) -> None:
    summary = run_script(script, tmp_path / "out")
    assert summary.unconverged == 0


def test_a_hysteresis_loop_of_a_sphere(tmp_path: Path) -> None:
    shape = (10, 10, 10)
    with (tmp_path / "mask.ovf").open("wb") as stream:
        mask = np.random.default_rng(0).normal(size=(3, *shape))
        write_ovf(stream, mask, Header("kick", "", 0, (3e-9,) * 3), OutputFormat.OVF2_BINARY)
    script = (
        SPHERE
        + """
        tableAdd(B_ext)
        tableAdd(E_total)
        tableAdd(maxTorque)
        i := 0
        tableAddVar(i, "step", "")
        FilenameFormat = "%s_%04d"
        m = uniform(0, 0, 1)
        for i = 0; i <= 4; i++ {
            B_ext = vector(0, 0, 1 - i/2)
            B_ext.add(loadFile("mask.ovf"), 0.01)
            relax()
            B_ext.removeExtraTerms()
            relax()
            tableSave()
            if i == 2 || i == 4 {
                saveAs(m, sprintf("m_step%06d.ovf", i))
            }
        }
    """
    )
    progress: list[int] = []
    summary = run(tmp_path, script, on_progress=progress.append)
    rows = table(tmp_path)
    assert progress == [1, 2, 3, 4, 5] and summary.rows == 5
    assert summary.searches == 10 and summary.unconverged == 0
    assert summary.residual_T <= 1e-6  # the default tolerance
    assert [p.name for p in summary.saved] == ["m_step000002.ovf", "m_step000004.ovf"]
    np.testing.assert_allclose(rows[:, 6], [1, 0.5, 0, -0.5, -1], atol=1e-7)
    np.testing.assert_array_equal(rows[:, 9], range(5))
    mz = rows[:, 3]
    assert mz[0] > 0.99 and mz[-1] < -0.99  # saturated well above the anisotropy and demagnetising fields
    assert (rows[:, 8] <= 1e-6).all()
    state = read_ovf(tmp_path / "out" / "m_step000002.ovf").m
    length = np.sqrt((state**2).sum(axis=0))
    filled = length > 0
    np.testing.assert_allclose(length[filled], 1, atol=1e-6)  # single precision in the file
    np.testing.assert_allclose(state[2][filled].mean(), mz[2], atol=1e-6)


def test_equal_runs_give_equal_files(tmp_path: Path) -> None:
    script = SPHERE + "m = randomMagSeed(3)\nB_ext = vector(0.1, 0, 0)\nminimize()\ntableSave()\nsave(m)"
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        run(tmp_path / name, script)
    for file in ("table.txt", "m000000.ovf", "solver.csv"):
        assert (tmp_path / "a/out" / file).read_bytes() == (tmp_path / "b/out" / file).read_bytes()


def test_an_unfinished_search_is_told_and_if_wanted_an_error(tmp_path: Path) -> None:
    script = SPHERE + "m = randomMagSeed(1)\nrelax()\ntableSave()"
    summary = run(tmp_path, script, options=Options(max_evaluations=3))
    assert summary.unconverged == 1 and "did not reach 1e-06 T" in summary.warnings[0]
    assert "WARNING: relax did not reach" in (tmp_path / "out" / "log.txt").read_text()
    with pytest.raises(NotConverged, match="did not reach"):
        run(tmp_path, script, options=Options(max_evaluations=3, strict=True), overwrite=True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"tolerance_T": 0},
        {"max_evaluations": 0},
        {"algorithm": "slow"},
        {"float_dtype": "float16"},
        {"demag": "exact"},
    ],
)
def test_options_refuse_what_makes_no_sense(wrong: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Options(**wrong)


def test_every_name_is_documented_and_declared_once() -> None:
    world = World(Session())
    documented = world.documented()
    names = {line.name.lower() for line in documented}
    assert len(names) == len(documented)
    assert names | {entry.name.lower() for entry in world.refused()} == set(world.names)
    assert all(line.doc.strip() for line in documented)
    assert (
        vet(
            "\n".join(
                f"{line.name} = {line.name}" for line in documented if isinstance(line.binding, Variable)
            )
        )
        == []
    )


@pytest.mark.parametrize(
    ("Msat", "Aex"), [("1e6", "1e300"), ("1e-300", "1e-11"), ("1e308", "1e300"), ("1e-3", "1e-11")]
)
def test_absurd_materials_end_in_words(tmp_path: Path, Msat: str, Aex: str) -> None:
    script = tmp_path / "absurd.mx3"
    script.write_text(
        f"SetGridSize(4,4,4)\nSetCellSize(1e-9,1e-9,1e-9)\nMsat={Msat}\nAex={Aex}\nm=randomMag()\nrelax()\n"
    )
    try:
        told = run_script(script, tmp_path / "out", options=Options(max_evaluations=300))
    except EngineError as refused:
        assert "\n" not in str(refused)
    else:
        assert told.searches == 1
