"""Saved states against their run: what passes, what is refused."""

import numpy as np
import pytest

from harness.engines import CpuEngine
from harness.engines.base import OutputForeign
from harness.pipeline import plan_study, run_case
from harness.runs.output import VectorField
from harness.runs.states import require_states
from harness.study.study import Study

from ..conftest import TINY


@pytest.mark.parametrize(
    "mesh",
    [{"cell_nm": 3, "edge_smooth": 4}, {"cell_nm": 3, "offset_cells": [0.5, 0.25, 0]}, {"cell_nm": 2.5}],
)
def test_states_of_every_mesh_pass(tmp_path, mesh):
    """Partly filled cells, an offset, an odd number of cells: the engine's own output is never refused."""
    study = Study.from_values({**TINY, "mesh": mesh, "save": {"ovf": "all"}, "protocol": [{"kind": "kick"}]})
    run = plan_study(study, CpuEngine(), tmp_path)[0]
    assert len(run_case(study, run, CpuEngine()).loop.states) == 10


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: 0 * m, "holds no unit vectors"),
        (lambda m: 2 * m, "holds no unit vectors"),
        (lambda m: -m, "its mean moment is 2 away from row 2"),
        (lambda m: m[:, :, :, :-1], "3x4x4 cells of 3 nm, the case has 4x4x4 of 3 nm"),
    ],
)
def test_foreign_states_are_refused(tiny, tmp_path, monkeypatch, change, message):
    run = plan_study(tiny, CpuEngine(), tmp_path)[0]
    loop = run_case(tiny, run, CpuEngine()).loop
    from harness.runs import states

    real = states.read_ovf

    def changed(path):
        field = real(path)
        return VectorField(np.asarray(change(field.m)), field.cell_m, field.origin_m, path)

    monkeypatch.setattr(states, "read_ovf", changed)
    with pytest.raises(OutputForeign, match=message):
        require_states(loop, run.case)
