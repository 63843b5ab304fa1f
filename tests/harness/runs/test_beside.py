"""Work shared out among processes: all of it done, whatever becomes of them, and none of them left."""

import os
import signal
import time
from functools import partial
from pathlib import Path

import pytest

from harness.runs import beside as module
from harness.runs.beside import beside
from harness.runs.worker import Errand, Worker


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


def given(work, *parts):
    for part in parts:
        work.give(part)
    work.finish()


def begun(file: Path) -> None:
    """Wait for another process to be at work."""
    while not file.exists():
        time.sleep(0.01)


def test_the_others_begin_the_first_parts_while_this_process_does_the_last_and_all_end(tmp_path, started):
    with beside(2, "json") as work:
        work.give(partial(write, tmp_path, "first"))
        begun(tmp_path / "first")
        work.give(partial(time.sleep, 1.0))
        work.give(partial(write, tmp_path, "last"))
        work.finish()
    first, last = ((tmp_path / name).read_text().split() for name in ("first", "last"))
    assert first == [str(started[0].process.pid)] and last == [str(os.getpid())]
    assert started[0].process.returncode is not None


def test_one_core_starts_no_process(tmp_path, started):
    with beside(1, "json") as work:
        given(work, partial(write, tmp_path, "own"))
    assert (tmp_path / "own").read_text().split() == [str(os.getpid())] and not started


@pytest.mark.parametrize("what", [write_where_it_lives, fail_elsewhere])
def test_what_another_process_could_not_do_is_done_here(tmp_path, started, what):
    with beside(2, "json") as work:
        given(work, partial(what, tmp_path, os.getpid()), partial(write, tmp_path, "other"))
    assert (tmp_path / "late").read_text().split() == [str(os.getpid())]
    assert len((tmp_path / "other").read_text().split()) == 1


def test_what_cannot_be_sent_is_done_here(tmp_path, started):
    with beside(2, "json") as work:
        given(work, lambda: write(tmp_path, "late"))
    assert (tmp_path / "late").read_text().split() == [str(os.getpid())]


def test_an_error_of_a_part_is_raised_here_and_an_interruption_leaves_no_process(tmp_path, started):
    with pytest.raises(OSError, match="No space left"), beside(2, "json") as work:
        given(work, partial(fail, tmp_path))
    with pytest.raises(KeyboardInterrupt), beside(2, "json") as work:
        work.give(partial(time.sleep, 60.0))
        work.give(partial(write, tmp_path, "other"))
        raise KeyboardInterrupt
    assert [worker.process.returncode is not None for worker in started] == [True, True]
    assert not (tmp_path / "other").exists()


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
def test_ctrl_c_while_a_worker_still_imports_is_its_parent_s_to_answer(capfd):
    worker = Worker()
    time.sleep(0.1)
    os.kill(worker.process.pid, signal.SIGINT)
    worker.send_on(Errand("nothing", int))
    assert worker.did()
    worker.stop()
    assert worker.reap() == 128 + signal.SIGTERM and capfd.readouterr().err == ""
