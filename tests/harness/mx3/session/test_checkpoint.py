"""A loop that leaves saddles and was killed goes on where it was, and ends as one that was not."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from harness.mx3.files.folders import CHECKPOINT, Folders
from harness.mx3.magnet.branch import BranchFollower
from harness.mx3.names.world import World
from harness.mx3.options import Options
from harness.mx3.run import compiled, run_script
from harness.mx3.session import checkpoint
from harness.mx3.session.checkpoint import Checkpoint, Outcome
from harness.mx3.session.session import Session

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


class AtRest:
    """A follower with nothing to remember but where it is."""

    def memory(self):
        return {"line": np.arange(3.0)}, {}


@pytest.fixture
def kept(tmp_path):
    """The folder of a loop of two searches."""
    begun = Checkpoint(tmp_path / "kept", "one loop")
    for value in (1.0, 2.0):
        begun.keep(Outcome(np.full((3, 5), value), {}), AtRest())
    assert Checkpoint(tmp_path / "kept", "one loop").made == 2
    return tmp_path / "kept"


def test_another_loop_begins_anew(kept, tmp_path):
    (mask := tmp_path / "mask.ovf").write_bytes(b"one")
    assert Checkpoint(kept, "another loop").made == 0
    assert [file.name for file in kept.iterdir()] == ["key"]
    Checkpoint(kept, "one loop", [mask]).keep(Outcome(np.ones((3, 5)), {}), AtRest())
    assert Checkpoint(kept, "one loop", [mask]).made == 1
    mask.write_bytes(b"other")
    assert Checkpoint(kept, "one loop", [mask]).made == 0


@pytest.mark.parametrize("name", ["key", "branch.npz", "000000.npz", "000001.npz"])
@pytest.mark.parametrize("damage", ["empty", "short", "foreign", "flipped", "gone"])
def test_a_damaged_checkpoint_begins_anew(kept, name, damage):
    file = kept / name
    whole = file.read_bytes()
    flipped = whole[:150] + bytes([whole[150] ^ 255]) + whole[151:] if len(whole) > 150 else whole[::-1]
    spoilt = {"empty": b"", "short": whole[: len(whole) // 2], "foreign": b"\xff\xfe x", "flipped": flipped}
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes(spoilt[damage])
    begun = Checkpoint(kept, "one loop")
    assert begun.made == 0
    begun.keep(Outcome(np.ones((3, 5)), {}), AtRest())
    assert Checkpoint(kept, "one loop").made == 1


def test_a_disk_that_refuses_a_checkpoint_ends_no_run(tmp_path, monkeypatch):
    """What was kept before stays until the loop is whole, and is gone then."""
    (script := tmp_path / "loop.mx3").write_text(SCRIPT)
    folder, write, there = tmp_path / f"out{CHECKPOINT}", checkpoint._write, []

    def refuse(path, **values):
        if path.name == "000002.npz":
            raise OSError("no space left on device")
        write(path, **values)

    monkeypatch.setattr(checkpoint, "_write", refuse)
    look = lambda rows: there.append(sorted(file.name for file in folder.iterdir()))  # noqa: E731
    run_script(script, tmp_path / "out", options=Options(leave_saddles=True), on_progress=look)
    assert there[-1] == ["000000.npz", "000001.npz", "branch.npz", "key"]
    assert not folder.exists()
    log = (tmp_path / "out" / "log.txt").read_text()
    assert log.count("no more checkpoints, a killed run would go on from here: no space left on device") == 1


def test_a_checkpoint_that_cannot_begin_ends_no_run(tmp_path):
    (script := tmp_path / "loop.mx3").write_text(SCRIPT.split("B_ext = vector(0, 0, 0.1)")[0])
    (tmp_path / f"out{CHECKPOINT}").write_text("a file in its place")
    assert run_script(script, tmp_path / "out", options=Options(leave_saddles=True)).rows == 2
    assert "Note: no checkpoints, a killed run would begin anew" in (tmp_path / "out" / "log.txt").read_text()


def test_files_that_a_script_reads_are_known_before_it_runs(tmp_path):
    (tmp_path / "start.ovf").write_bytes(b"")
    folders = Folders(tmp_path / "loop.mx3", tmp_path / "out")
    text = SCRIPT.replace("m = uniform(0, 0, 1)", 'm.LoadFile("start.ovf")')
    assert compiled(text, World(Session(folders=folders))).problems == []
    assert folders.known_to_read == {tmp_path / "start.ovf"}
