"""mxval budget: what it says of runs that are done, what it refuses, what it writes."""

import json
from dataclasses import replace

import pandas as pd
import pytest

from harness.cli.budget import _each_once
from harness.comparison import continuum as module

from ..made_budgets import DOUBLE, PRIME, SIMULATION, window

NONE = "[continuum]\nsolve = false\n"


@pytest.fixture
def asked(here, finished_run):
    """The arguments for the small study's only run, which is done."""
    return ("budget", "tiny.toml", "--runs", here, "--engine", "cpu")


def test_windows_come_before_events(asked, mxval):
    said = mxval(*asked)
    assert said.exit_code == 0, said.output
    first, second, *_ = said.stdout.splitlines()
    assert first == "R6nm-c3nm-bare, m: nearest to the continuum"
    assert second.startswith("  0.4 to 0 T descending: H' and H'' nearer by over 50 x")  # a uniform sphere
    assert "simulation 0.00" in second and "error" in second


def test_a_run_folder_says_the_same_by_itself(asked, finished_run, mxval):
    assert mxval("budget", finished_run).stdout == mxval(*asked).stdout


def test_the_folder_of_a_study_s_runs_says_the_same(asked, finished_run, mxval):
    assert mxval("budget", finished_run.parent).stdout == mxval(*asked).stdout


def test_json_has_windows_events_and_rows(asked, mxval):
    said = json.loads(mxval(*asked, "--json").stdout)
    (case,) = said["cases"]
    assert (said["study"], said["observable"], case["case"]) == ("tiny", "m", "R6nm-c3nm-bare")
    (window,) = case["windows"]
    assert (window["nearest"], window["reason"], window["n_rows"]) == ("H'", "nearer", 2)
    assert set(window["rms"]) == {"simulation", "H'", "H''"}
    assert len(case["rows"]) == 6 and case["rows"][0]["stable"] == 1.0
    assert {row["observable"] for row in case["rows"]} == {"m"}
    assert said["failures"] == {} and said["files"] == []


def test_another_observable(asked, mxval):
    said = json.loads(mxval(*asked, "--json", "--observable", "anisotropy_J").stdout)
    assert {row["unit"] for row in said["cases"][0]["rows"]} == {"J"}


def test_every_row_as_csv(asked, here, mxval):
    said = mxval(*asked, "--out", here / "out")
    assert said.exit_code == 0 and f"written: {here}/out/budget.csv" in said.stdout
    rows, windows = (pd.read_csv(here / "out" / f"{name}.csv") for name in ("budget", "windows"))
    assert {"m", "total_J"} <= set(rows["observable"])
    assert "nu" not in set(rows["observable"])  # both states are uniform
    assert list(windows["nearest"]) == ["H'"] and list(windows["equals"]) == ["H''"]
    assert (here / "out" / "events.csv").is_file()


def test_nothing_is_written_but_what_is_asked_for(asked, here, finished_run, mxval):
    before = {file: file.stat().st_mtime_ns for file in finished_run.rglob("*")}
    mxval(*asked)
    assert {file: file.stat().st_mtime_ns for file in finished_run.rglob("*")} == before
    assert not (here / "tiny" / "report" / "budget.csv").exists()


@pytest.mark.parametrize(
    "arguments, parts",
    [
        (("--observable", "moment"), ("--observable = moment: no case has it", "m, magnetostatic_J")),
        (("--observable", "core_angle_deg"), ("--observable = core_angle_deg: no case has it",)),
    ],
)
def test_an_observable_that_no_case_has(asked, refused, arguments, parts):
    assert refused((*asked, "--json", *arguments), *parts)


def test_a_study_without_a_continuum_has_no_budget(asked, here, refused):
    (here / "tiny.toml").write_text((here / "tiny.toml").read_text() + NONE)
    assert refused(asked, "continuum.solve = false", "set it to true", "tiny.toml")


def test_nothing_run_yet(here, mxval):
    said = mxval("budget", "tiny.toml", "--runs", here / "none", "--engine", "cpu", "--json")
    assert said.exit_code == 2
    remedy = f"mxval run tiny.toml --runs {here / 'none'} makes them"
    assert said.stderr.strip() == f"mxval: tiny.toml: no case is done; {remedy}"


def test_no_study_and_no_run(here, refused, mxval):
    assert refused(("budget", "nowhere.toml"), "nowhere.toml")
    (here / "empty").mkdir()
    said = mxval("budget", "empty")
    assert said.exit_code in (1, 2) and len(said.stderr.splitlines()) == 1 and "run.json" in said.stderr


def test_a_sphere_that_is_not_resolved_is_refused_in_a_line(asked, mxval, monkeypatch, tmp_path):
    def refuse(**problem):
        raise module.NotResolved("B = 0.1 T: |u| falls to 0.04")

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "own"))
    monkeypatch.setattr(module, "continuum_branches", refuse)
    said = mxval(*asked, "--json")
    assert said.exit_code == 1 and "the continuum is not solved" in said.stderr
    assert "|u| falls to 0.04" in said.stderr


def test_a_case_that_is_missing_is_named(asked, here, mxval):
    study = (here / "tiny.toml").read_text() + "[[protocol]]\nkind = 'bare'\n[[protocol]]\nkind = 'kick'\n"
    (here / "tiny.toml").write_text(study)
    said = mxval(*asked)
    assert said.exit_code == 1
    assert "R6nm-c3nm-kick5mT-seed1: not run yet (planned)" in said.stderr
    assert "R6nm-c3nm-bare, m: nearest" in said.stdout


def test_windows_that_differ_in_their_error_alone_are_one_line_with_the_largest():
    falling = window(0.9, 0.5, {SIMULATION: 0.002, PRIME: 3e-16, DOUBLE: 3e-16}, error=4e-6)
    rising = replace(falling, branch="ascending", first_T=-0.9, last_T=-0.5, error=6e-6)
    farther = falling.rms | {SIMULATION: 0.003}
    other = replace(falling, branch="ascending", first_T=0.5, last_T=0.9, rms=farther)
    line, apart = _each_once([falling, rising, other])
    assert line.startswith("0.9 to 0.5 T descending: ") and "rms H' 0;" in line
    assert line.endswith(", error 6e-06 (and its mirror image)") and apart.endswith("error 4e-06")


def test_only_the_opposite_field_on_the_other_branch_is_called_a_mirror_image():
    down = window(0.9, 0.5, {SIMULATION: 0.002, PRIME: 3e-16, DOUBLE: 3e-16}, error=4e-6)
    back, opposite = (
        replace(down, branch="ascending", first_T=0.5, last_T=0.9),
        replace(down, first_T=-0.5, last_T=-0.9),
    )
    image = replace(back, first_T=-0.9, last_T=-0.5)
    for others, told in (
        ([back], "on the way back"),
        ([opposite], "at the opposite field"),
        ([image], "its mirror image"),
        ([opposite, image, back], "at the opposite field, its mirror image and on the way back"),
    ):
        (line,) = _each_once([down, *others])
        assert line.endswith(f" (and {told})")
    across = replace(down, first_T=0.9, last_T=-0.5)
    assert len(_each_once([down, across])) == 2
