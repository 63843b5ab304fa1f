"""SetPBC in scripts: what it changes, what it leaves, and a number MuMax3 gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.mx3 import ScriptError, run_script

START = """
SetGridSize(8, 4, 1); SetCellSize(5e-9, 5e-9, 5e-9)
Msat = 8e5; Aex = 13e-12; alpha = 1
"""


def run(folder: Path, text: str) -> np.ndarray:
    """Rows of the table of a script."""
    (folder / "script.mx3").write_text(text, encoding="utf-8")
    run_script(folder / "script.mx3", folder / "out", overwrite=True)
    return np.loadtxt(folder / "out" / "table.txt", ndmin=2)


@pytest.mark.parametrize(
    "text",
    [
        "SetPBC(2, 3, 0)" + START,
        START + "SetPBC(2, 3, 0)",
        "SetMesh(8, 4, 1, 5e-9, 5e-9, 5e-9, 2, 3, 0); Msat = 8e5; Aex = 13e-12; alpha = 1",
        START + "SetMesh(8, 4, 1, 5e-9, 5e-9, 5e-9, 2, 3, 0)",
        "SetPBC(9, 9, 9)" + START + "SetPBC(2, 3, 0)",
    ],
)
def test_periodic_repetitions_count_whenever_they_are_set(tmp_path: Path, text: str) -> None:
    state = "\nm = twodomain(1, 0, 0, 0, 1, 0, -1, 0, 0); TableAdd(E_demag); TableAdd(E_exch); TableSave()"
    row = run(tmp_path, text + state)[0]
    expected = run(tmp_path, "SetPBC(2, 3, 0)" + START + state)[0]
    open_ended = run(tmp_path, START + state)[0]
    assert row == pytest.approx(expected, rel=1e-6)
    # the wall between the first and the last cell appears only where they touch, and costs as the one within
    assert row[-1] == pytest.approx(2 * open_ended[-1], rel=0.3)
    assert abs(row[-2] / open_ended[-2] - 1) > 0.1


@pytest.mark.parametrize("text", ["SetPBC(100000, 100000, 0)" + START, START + "SetPBC(100000, 100000, 0)"])
def test_sums_that_take_days_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ScriptError, match=r"SetPBC: .* would take about .* h; allowed: an hour"):
        run(tmp_path, text)


def test_state_regions_masks_and_shape_stay_when_periodic_repetitions_change(tmp_path: Path) -> None:
    """As in MuMax3 since 3.11."""
    text = (
        START
        + """
        SetGeom(Rect(30e-9, 20e-9)); m = uniform(1, 2, 3); DefRegionCell(7, 3, 1, 0)
        mask := NewVectorMask(8, 4, 1); mask.SetVector(3, 1, 0, vector(0, 0, 1)); B_ext.Add(mask, 0.1)
        TableAdd(B_ext); TableAdd(m.Region(7)); TableAdd(geom); TableSave()
        SetPBC(1, 0, 0); TableSave()
    """
    )
    before, after = run(tmp_path, text)
    assert after == pytest.approx(before, rel=1e-6, abs=1e-12)
    assert before[6] == pytest.approx(0.1 / 32, rel=1e-6)
    assert "resizing..." in (tmp_path / "out" / "log.txt").read_text()


@pytest.mark.parametrize("text", ["SetPBC(0, -1, 0)", "n := 2; SetPBC(0, 1 - n, 0)"])
def test_negative_repetitions_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ScriptError, match=r"periodic repetitions must be 0 \(open\) or more, got 0, -1, 0"):
        run(tmp_path, START + text)


def test_a_long_sum_over_images_is_announced(tmp_path: Path) -> None:
    run(tmp_path, "SetPBC(1000, 1000, 1)" + START + "EnableDemag = false; TableSave()")
    log = (tmp_path / "out" / "log.txt").read_text()
    assert "//Note: summing the demagnetising tensor over images takes about 16 s" in log
    run(tmp_path, "SetPBC(16, 16, 0)" + START + "TableSave()")
    assert "summing" not in (tmp_path / "out" / "log.txt").read_text()


def test_a_body_across_the_ends_evolves_as_mumax3_says(tmp_path: Path) -> None:
    """A rectangle in the grid's corner, whose four pieces touch across the ends, after a nanosecond.

    The number is the one MuMax3's own regression test of this case holds. One repetition less or more moves
    m_y by 4.4e-3 or 1.2e-3.
    """
    text = """
        SetPBC(2, 2, 0)
        SetGridSize(128, 64, 1)
        SetCellSize(5e-9, 5e-9, 5e-9)
        Msat = 1e6; Aex = 1e-11; alpha = 1
        SetGeom(Rect(320e-9, 160e-9).Repeat(640e-9, 320e-9, 0).Transl(320e-9, 160e-9, 0))
        m = uniform(1, 0.1, 0.01)
        run(1e-9)
        TableSave()
    """
    mx, my, mz = run(tmp_path, text)[0, 1:4]
    assert (mx, my, mz) == pytest.approx((0.89947968, 0.23352228, -0.00010287), abs=5e-5)
