"""Saved states against their run: what passes, what is refused."""

from dataclasses import replace

import numpy as np
import pytest

from harness.engines import CpuEngine
from harness.engines.base import Diverged, OutputForeign, OutputInvalid
from harness.pipeline import plan_study
from harness.runs import output
from harness.runs.execute import execute
from harness.runs.output import check, read
from harness.runs.plan import plan
from harness.study.study import Study

from ..conftest import TINY


@pytest.fixture(scope="module")
def folder(tiny, tmp_path_factory):
    """The bare tiny case, run by the CPU engine."""
    return execute(plan(tiny, CpuEngine(), tmp_path_factory.mktemp("runs"))[0], CpuEngine())


@pytest.mark.parametrize(
    "mesh",
    [{"cell_nm": 3, "edge_smooth": 4}, {"cell_nm": 3, "offset_cells": [0.5, 0.25, 0]}, {"cell_nm": 2.5}],
)
def test_states_of_every_mesh_pass(tmp_path, mesh):
    """Partly filled cells, an offset, an odd number of cells: the engine's own output is never refused."""
    study = Study.from_values({**TINY, "mesh": mesh, "save": {"ovf": "all"}, "protocol": [{"kind": "kick"}]})
    run = plan_study(study, CpuEngine(), tmp_path)[0]
    assert len(read(execute(run, CpuEngine())).loop.states) == 10


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        (lambda m: 0 * m, OutputForeign, "holds no unit vectors"),
        (lambda m: 2 * m, OutputForeign, "holds no unit vectors"),
        (lambda m: -m, OutputForeign, "its mean moment is 2 away from row 2"),
        (lambda m: m[:, :, :, :-1], OutputForeign, "3x4x4 cells of 3 nm, the case has 4x4x4 of 3 nm"),
        (lambda m: m[:1], OutputForeign, r"has 1 component\(s\) in each cell where 3 belong"),
        (lambda m: np.nan * m, Diverged, "not finite; the run diverged"),
    ],
)
def test_foreign_states_are_refused_when_the_run_ends_and_when_they_are_read(
    folder, monkeypatch, change, kind, message
):
    run, real = read(folder), output.read_ovf
    monkeypatch.setattr(output, "read_ovf", lambda path: replace(real(path), m=change(real(path).m)))
    for look in (lambda: check(folder.out, run.case), lambda: run.state(2)):
        with pytest.raises(kind, match=message) as caught:
            look()
        assert "m_step000002.ovf" in str(caught.value) and "\n" not in str(caught.value)


def test_what_is_no_ovf_file_is_named_with_what_to_do(folder, monkeypatch):
    run = read(folder)
    monkeypatch.setitem(run.loop.states, 2, folder.out / "log.txt")
    with pytest.raises(OutputInvalid, match=r"log.txt: not a readable OVF file: .*; run the case again"):
        run.state(2)
