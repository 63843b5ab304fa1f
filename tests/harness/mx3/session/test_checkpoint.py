"""A loop that leaves saddles and was killed goes on where it was, and ends as one that was not."""

import os
import signal
import subprocess
import sys

import pytest

from harness.mx3.files.folders import CHECKPOINT
from harness.mx3.magnet.branch import BranchFollower
from harness.mx3.options import Options
from harness.mx3.run import run_script

FIELDS = (0.6, 0.3, 0.1, 0.0, -0.1, -0.3)
SCRIPT = (
    """
SetGridSize(6, 6, 6)
SetCellSize(4e-9, 4e-9, 4e-9)
SetGeom(Ellipsoid(24e-9, 24e-9, 24e-9))
Msat = 1.7e6
Aex = 1e-11
Ku1 = 4.8e4
anisU = vector(0, 0, 1)
m = uniform(0, 0, 1)
TableAdd(B_ext)
"""
    + "".join(f"B_ext = vector(0, 0, {B})\nminimize()\nTableSave()\n" for B in FIELDS)
    + "save(m)\n"
)
KILLED = """
import os, signal, sys
from pathlib import Path
from harness.mx3.options import Options
from harness.mx3.run import run_script
die = lambda rows: rows == 4 and os.kill(os.getpid(), signal.SIGKILL)
run_script(Path(sys.argv[1]), Path(sys.argv[2]), options=Options(leave_saddles=True), on_progress=die)
"""


@pytest.mark.skipif(os.name == "nt", reason="no kill -9")
def test_a_killed_loop_goes_on_to_the_identical_result(tmp_path, monkeypatch):
    (script := tmp_path / "loop.mx3").write_text(SCRIPT)
    out, whole = tmp_path / "out", tmp_path / "whole"
    died = subprocess.run([sys.executable, "-c", KILLED, script, out], check=False)
    assert died.returncode == -signal.SIGKILL
    checkpoint = tmp_path / f"out{CHECKPOINT}"
    assert checkpoint.is_dir()

    followed = []
    follow = BranchFollower.follow
    monkeypatch.setattr(BranchFollower, "follow", lambda self, m: (followed.append(0), follow(self, m))[1])
    options = Options(leave_saddles=True)
    resumed = run_script(script, out, options=options, overwrite=True)
    assert len(followed) == len(FIELDS) - 4
    at_once = run_script(script, whole, options=options)
    assert len(followed) == 2 * len(FIELDS) - 4
    assert resumed.field_evaluations == at_once.field_evaluations

    assert not checkpoint.exists() and not whole.with_name(f"whole{CHECKPOINT}").exists()
    names = sorted(file.name for file in whole.iterdir())
    assert names == sorted(file.name for file in out.iterdir())
    for name in names:
        one, other = ((folder / name).read_text(errors="replace") for folder in (out, whole))
        assert one.replace(str(out), str(whole)) == other, name
    assert len((out / "events.csv").read_text().splitlines()) > 3


def test_another_loop_or_solver_begins_anew(tmp_path):
    from harness.mx3.session.checkpoint import Checkpoint

    folder = tmp_path / "kept"
    Checkpoint(folder, "one loop")
    (folder / "branch.npz").write_bytes(b"PK of a run that was killed while it wrote")
    assert Checkpoint(folder, "one loop").made == 0
    assert Checkpoint(folder, "another loop").made == 0
    assert [file.name for file in folder.iterdir()] == ["key"]
