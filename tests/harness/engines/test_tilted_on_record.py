"""MuMax3 on a GPU and the CPU engine, the easy axis 30 degrees off the field: one loop, kicked."""

import numpy as np
import pytest

from harness.engines.cpu import CpuEngine
from harness.runs.table import read_loop

from ..recorded_runs import recorded_run

KICKED = "tilted/R25nm-c2.5nm-kick5mT-seed1"


@pytest.mark.validate
def test_the_kicked_loop_of_a_tilted_sphere_is_the_same(tmp_path):
    run = recorded_run(KICKED)
    engine = CpuEngine()
    engine.run(run.folder / "script.mx3", tmp_path / "out", engine.options(1e-6))
    ours = read_loop(tmp_path / "out", run.case.field_values_T, run.case.direction)
    np.testing.assert_allclose(ours.m, run.loop.m, rtol=0, atol=5e-6)


def test_as_run_it_holds_a_saddle_two_rows_longer():
    """Without a kick MuMax3 reverses two steps after the continuum's uniform state has become a saddle."""
    bare, kicked = (recorded_run(name).loop for name in ("tilted/R25nm-c2.5nm-bare", KICKED))
    apart = np.abs(bare.m - kicked.m).max(axis=1) > 0.02
    np.testing.assert_allclose(bare.B_T[apart], [-0.26, -0.28, 0.26, 0.28])
