"""Work shared out among processes: all of it done, whatever becomes of them, and none of them left."""

import os
from functools import partial
from pathlib import Path

import pytest

from harness.runs import beside as module
from harness.runs.beside import beside
from harness.runs.worker import Worker


def write(folder: Path, name: str) -> None:
    """Leave the number of the process that was here; more than one line if it was done twice."""
    with (folder / name).open("a") as file:
        file.write(f"{os.getpid()}\n")


def write_where_it_lives(folder: Path, parent: int) -> None:
    """The work, which is the end of any process but the parent."""
    if os.getpid() != parent:
        os._exit(9)
    write(folder, "late")


def fail_elsewhere(folder: Path, parent: int) -> None:
    if os.getpid() != parent:
        raise MemoryError
    write(folder, "late")


def fail(folder: Path) -> None:
    raise OSError(28, "No space left on device", str(folder))


@pytest.fixture
def started(monkeypatch):
    """The workers that a block starts."""
    made = []

    class Noted(Worker):
        def __init__(self) -> None:
            super().__init__()
            made.append(self)

    monkeypatch.setattr(module, "Worker", Noted)
    return made


def test_every_process_has_its_part_and_ends(tmp_path, started):
    with beside(2, "json") as do:
        do([partial(write, tmp_path, "own"), partial(write, tmp_path, "other")])
    own, other = ((tmp_path / name).read_text().split() for name in ("own", "other"))
    assert own == [str(os.getpid())] and other == [str(started[0].process.pid)]
    assert started[0].process.returncode is not None


def test_one_core_starts_no_process(tmp_path, started):
    with beside(1, "json") as do:
        do([partial(write, tmp_path, "own")])
    assert (tmp_path / "own").exists() and not started


@pytest.mark.parametrize("what", [write_where_it_lives, fail_elsewhere])
def test_what_another_process_could_not_do_is_done_here(tmp_path, started, what):
    with beside(2, "json") as do:
        do([partial(write, tmp_path, "own"), partial(what, tmp_path, os.getpid())])
    assert (tmp_path / "late").read_text().split() == [str(os.getpid())]


def test_what_cannot_be_sent_is_done_here(tmp_path, started):
    with beside(2, "json") as do:
        do([partial(write, tmp_path, "own"), lambda: write(tmp_path, "late")])
    assert (tmp_path / "late").read_text().split() == [str(os.getpid())]


def test_an_error_of_a_part_is_raised_here_and_an_interruption_leaves_no_process(tmp_path, started):
    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(OSError, match="No space left"), beside(2, "json") as do:
        do([partial(write, tmp_path, "own"), partial(fail, tmp_path)])
    with pytest.raises(KeyboardInterrupt), beside(2, "json") as do:
        do([interrupted, partial(write, tmp_path, "other")])
    assert [worker.process.returncode is not None for worker in started] == [True, True]
