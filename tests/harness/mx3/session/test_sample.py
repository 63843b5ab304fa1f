"""The magnet of a script: what single cells take."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from harness.mx3 import run_script


def test_setcell_leaves_cells_alone_whose_centre_is_outside_the_shape(tmp_path: Path) -> None:
    """As MuMax3 since 3.10: the shape decides, not the share that EdgeSmooth fills."""
    (tmp_path / "script.mx3").write_text("""
        SetGridSize(4, 1, 1); SetCellSize(1e-9, 1e-9, 1e-9); EdgeSmooth = 8
        SetGeom(XRange(-0.25e-9, 0.75e-9)); Msat = 8e5; m = uniform(0, 0, 1)
        m.SetCell(1, 0, 0, vector(2, 0, 0)); m.SetCell(2, 0, 0, vector(0, 3, 0))
        TableAdd(geom.Region(0)); TableSave()
    """)
    run_script(tmp_path / "script.mx3", tmp_path / "out")
    row = np.loadtxt(tmp_path / "out" / "table.txt", ndmin=2)[0]
    # the first is filled to a quarter with its centre outside, the second to three quarters with it inside
    assert row[1:] == pytest.approx([0, 0.75, 0.25, 0.25])
