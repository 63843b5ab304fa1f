"""What a screen, a pipe and an ASCII terminal are shown: every digit, every name, no place in a library."""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import warnings
from dataclasses import replace
from io import StringIO
from types import SimpleNamespace

import pytest
from rich.console import Console

from harness.cli import progress, terminal
from harness.cli.progress import CaseLines, case_lines
from harness.pipeline import CaseProgress
from harness.study.study import Study

from ..conftest import TINY
from .test_app import PATHS

WIDE = """
from harness.cli.app import main
from harness.cli.terminal import Answer, plain_streams, show
plain_streams()
names = [f"R20nm-c2.5nm-offset0.25_0.25_0.25-minimize-tol1e-08T-kick5mT-seed{k}" for k in (1, 2)]
rows = [(name, 4.652e-08, 1.234e-15, "some words that may well be wrapped here", "H′ ± ½") for name in names]
show(Answer({}, "ν of τ", ("case", "torque (T)", "energy (J)", "note", "m"), rows[:COUNT]), False)
"""


def on_screen(columns, code, **environment):
    """What a program of its own writes to a screen that wide."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    settings = {k: v for k, v in PATHS.items() if k not in ("COLUMNS", "NO_COLOR")}
    settings |= {"TERM": "xterm", **environment}
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, env=settings, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        written = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:
                break
            if not piece:
                break
            written += piece
    os.close(ours)
    assert process.returncode == 0, written
    return re.sub(rb"\x1b\[[0-9;?]*[A-Za-z]", b"", written)


@pytest.mark.parametrize("columns", [40, 60, 80, 120, 200])
def test_no_digit_and_no_name_is_lost_on_a_narrow_screen(columns):
    shown = on_screen(columns, WIDE.replace("COUNT", "2"), PYTHONIOENCODING="utf-8").decode()
    assert "..." not in shown and "…" not in shown
    for value in ("4.652e-08", "1.234e-15", "seed1", "seed2", "offset0.25_0.25_0.25-minimize-tol1e-08T"):
        assert value in shown, shown
    drawn = [len(line) for line in shown.splitlines() if "│" in line]
    assert bool(drawn) == (columns >= 120) and all(length <= columns for length in drawn)


def test_in_a_pipe_a_row_is_a_line():
    code = WIDE.replace("COUNT", "2")
    piped = subprocess.run([sys.executable, "-c", code], env=PATHS | {"COLUMNS": "40"}, capture_output=True)
    rows = [line for line in piped.stdout.decode().splitlines() if "R20nm" in line]
    assert len(rows) == 2 and all("4.652e-08" in row and "wrapped here" in row for row in rows)


def test_an_ascii_terminal_gets_other_letters():
    for shown in (
        on_screen(200, WIDE.replace("COUNT", "1"), PYTHONIOENCODING="ascii", LC_ALL="C"),
        subprocess.run(
            [sys.executable, "-c", WIDE.replace("COUNT", "1")],
            env=PATHS | {"PYTHONIOENCODING": "ascii"},
            capture_output=True,
        ).stdout,
    ):
        assert b"nu of tau" in shown and b"H' +- 1/2" in shown and shown.isascii()


def test_a_librarys_warning_is_a_line_without_a_place(capsys, monkeypatch):
    monkeypatch.setattr(warnings, "showwarning", terminal._show_warning)
    place = "/somewhere/lib/python3.11/site-packages/matplotlib/axes/_base.py"
    warnings.showwarning(UserWarning("no\n  artists"), UserWarning, place, 12)
    assert capsys.readouterr().err == "mxval: note: matplotlib: no artists\n"


def reports(*states):
    """Progress of the tiny study's cases in turn."""
    cases = Study.from_values(TINY).cases()
    for number, (case, state) in enumerate(zip(cases, states, strict=True)):
        if state == "done":
            yield CaseProgress(case, "running", 0, 10, number, len(cases))
        yield CaseProgress(case, state, 10, 10, number, len(cases))


def test_a_repeat_is_told_from_the_first_run_of_its_case(capsys):
    with case_lines(quiet=False) as (show, _):
        for report in reports("done", "kept"):
            show(replace(report, replica=1))
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 3 and all("-r2: " in line for line in lines)


def test_off_a_terminal_lines_come_as_cases_begin_and_end(capsys):
    with case_lines(quiet=False) as (show, step):
        for report in reports("done", "kept"):
            show(report)
            assert capsys.readouterr().err.endswith("\n")
        step("drawing the figures")
        assert capsys.readouterr().err == "report: drawing the figures\n"


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("kept", "done before, kept"),
        ("busy", "another mxval is at work on it"),
        ("failed", "failed after 0 s"),
    ],
)
def test_how_a_case_ended_is_said_as_it_is(capsys, state, said):
    with case_lines(quiet=False) as (show, _):
        for report in reports(state, "kept"):
            show(report)
    first, _ = capsys.readouterr().err.splitlines()
    assert first == f"[1/2] R6nm-c3nm-bare: {said}"


def test_a_case_in_hand_is_told_again_after_a_while(capsys, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    case, _ = Study.from_values(TINY).cases()
    with case_lines(quiet=False) as (show, _):
        for done in range(0, 10):
            show(CaseProgress(case, "running", done, 10, 0, 2, waiting=1, left_s=120.0))
            clock[0] += 12.0
    first, *rest = capsys.readouterr().err.splitlines()
    assert first == "[1/2] R6nm-c3nm-bare: 0 of 10 fields; 1 more to run; about 2 min 0 s in all"
    assert rest[0] == (
        "[1/2] R6nm-c3nm-bare: 3 of 10 fields; about 1 min 24 s left; 1 more to run; about 2 min 0 s in all"
    )


def test_no_time_for_all_beside_a_case_that_is_still_estimated(capsys, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    case, _ = Study.from_values(TINY).cases()
    with case_lines(quiet=False) as (show, _):
        for done in (0, 1):
            show(CaseProgress(case, "running", done, 102, 0, 2, waiting=1, left_s=5.0))
            clock[0] += 40.0
        lines = CaseLines(Console(file=(screen := StringIO()), force_terminal=True, width=100))
        for done, left_s in ((0, None), (1, 5.0), (50, 60.0)):
            lines.drawn = -1.0
            lines.show(CaseProgress(case, "running", done, 102, 0, 2, waiting=1, left_s=left_s))
            clock[0] += 10.0
            assert ("in all" in screen.getvalue()) == (done == 50)
        lines.close()
    assert capsys.readouterr().err.splitlines()[1] == (
        "[1/2] R6nm-c3nm-bare: 1 of 102 fields; estimating; 1 more to run"
    )


def test_the_case_in_hand_stays_on_a_screen():
    """The longest name is whole, however many cases have gone before it."""
    code = """
import json
from harness.cli.progress import case_lines
from harness.pipeline import CaseProgress
from harness.study.study import Study
study = Study.from_values(json.loads(STUDY))
cases = study.cases()
with case_lines(quiet=False) as (show, step):
    for k, case in enumerate(cases):
        for done in (0, 5, 10):
            show(CaseProgress(case, "running", done, 10, k, len(cases), waiting=len(cases) - k - 1))
        show(CaseProgress(case, "done", 10, 10, k, len(cases), waiting=len(cases) - k - 1))
""".replace("STUDY", repr(json.dumps(TINY | {"protocol": [{"kind": "kick", "seeds": list(range(30))}]})))
    shown = on_screen(60, code, PYTHONIOENCODING="utf-8").decode()
    assert "[30/30] R6nm-c3nm-kick5mT-seed29: 10 fields in 0 s" in shown
    assert "5 of 10 fields" in shown and "29 more to run" in shown and "…" not in shown
