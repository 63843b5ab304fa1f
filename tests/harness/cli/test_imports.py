"""The commands import and compare, as a user meets them."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.cli.app import app
from harness.engines.base import OutputIncomplete
from harness.inputs import InputError

from ..comparison.straight_continuum import straight_continuum

OOMMF = Path(__file__).parents[1] / "runs" / "foreign" / "oommf"


def _run(*arguments):
    return CliRunner().invoke(app, [*map(str, arguments)])


def test_import_shows_what_it_found_out(tmp_path):
    done = _run("import", OOMMF, "--radius-nm", 20, "--runs", tmp_path, "--no-report")
    assert done.exit_code == 0
    for told in ("iron: Ms = 1.7e+06", "sphere.mif", "25 rows, 0.6 to -0.6 T", "their stage", "imported as"):
        assert told in done.stdout
    again = _run("import", OOMMF, "--radius-nm", 20, "--runs", tmp_path, "--no-report")
    assert "imported before, as" in again.stdout


def test_import_as_json(tmp_path):
    done = _run("import", OOMMF, "--radius-nm", 20, "--runs", tmp_path, "--no-report", "--json")
    (told,) = json.loads(done.stdout)["imported"]
    assert told["fresh"] and Path(told["folder"], "run.json").is_file()
    assert {
        "what": "cells",
        "value": "5 nm",
        "source": "sphere-Oxs_MinDriver-Magnetization-04-0000139.omf",
    } in told["inferred"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((OOMMF,), "--radius-nm"),
        ((OOMMF, "--radius-nm", -1), "radius_nm"),
        ((OOMMF, "--radius-nm", 20, "--Ms", 1e6), "--A-J-per-m, --Ku-J-per-m3"),
        ((OOMMF, "--radius-nm", 20, "--axis", "0,0"), "--axis"),
        ((OOMMF, "--radius-nm", 20, "--field-column", "B"), "--field-column B"),
        (("nowhere",), "no such file or folder"),
        ((Path(__file__).parent, "--radius-nm", 20), "is no output of MuMax3 or OOMMF"),
    ],
)
def test_what_is_missing_or_wrong_is_one_line(tmp_path, arguments, told):
    done = _run("import", *arguments, "--runs", tmp_path / "runs", "--no-report")
    assert done.exit_code == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("mxval: ") and told in line
    assert not (tmp_path / "runs").exists()


def test_a_folder_of_several_loops_is_taken_apart_by_the_user(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "table.txt").write_text("# t (s)\tmz ()\n0\t1\n")
    done = _run("import", tmp_path, "--radius-nm", 20, "--runs", tmp_path / "runs")
    assert done.exit_code == 2
    assert f"folders that do (one, two); give those: {tmp_path}/one {tmp_path}/two" in done.stderr


def test_a_folder_of_several_outputs_is_not_read_in_part(tmp_path):
    """As out, out2, or as MuMax3 names them, a.out, b.out; only what is read itself is read without them."""
    folder, table = tmp_path / "loop", "B (T)\tmz ()\n1\t0.99\n0\t0.1\n-1\t-0.99\n"
    given = ("--radius-nm", 20, "--material", "iron", "--cell-nm", 5, "--runs", tmp_path / "runs")
    for name, other in (("out", "out2"), ("a.out", "b.out"), ("out", "again/out")):
        for each in (name, other):
            (folder / each).mkdir(parents=True)
            (folder / each / "table.txt").write_text(table)
        other = folder / other.partition("/")[0]
        done, both = _run("import", folder, *given, "--no-report"), sorted((folder / name, other))
        assert done.exit_code == 2 and done.stdout == ""
        assert done.stderr.endswith(f"give those: {both[0]} {both[1]}\n")
        if name == "a.out":
            (folder / "loop.txt").write_text(table)
            done = _run("import", folder, *given, "--no-report")
            assert done.exit_code == 0 and f"without its {name}, {other.name}; give " in done.stderr
        shutil.rmtree(folder)


def test_what_its_files_contradict_is_told_once(tmp_path, monkeypatch):
    monkeypatch.setattr("harness.comparison.prediction.continuum_of", lambda *_: straight_continuum())
    monkeypatch.setattr("harness.report.report.draw_all", lambda *_: ([], {}))
    given = (OOMMF, "--radius-nm", 20, "--Ms", 1e6, "--A", 1e-11, "--Ku", 48000, "--runs", tmp_path)
    for command in (("import",), ("import", "--no-report"), ("compare",)):
        done = _run(*command, *given)
        assert done.exit_code == 0, done.stderr
        assert (done.stdout + done.stderr).count("sphere.mif: Ms is 1.7e+06 A/m by it, and 1e+06 A/m") == 1


def test_what_its_files_contradict_is_told_once_where_the_judgement_fails_too(tmp_path, monkeypatch):
    def fails(*_, **__):
        raise OutputIncomplete("m.ovf: lost")

    monkeypatch.setattr("harness.sources.compare_runs", fails)
    given = (OOMMF, "--radius-nm", 20, "--Ms", 1e6, "--A", 1e-11, "--Ku", 48000, "--runs", tmp_path)
    for command in ("import", "compare"):
        done = _run(command, *given)
        assert done.exit_code and "m.ovf: lost" in done.stderr
        assert done.stderr.count("sphere.mif: Ms is 1.7e+06 A/m by it, and 1e+06 A/m") == 1


def test_compare_refuses_two_spheres(tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    (small / "loop.txt").write_text("B (T)\tmz ()\n1\t0.99\n0.5\t0.9\n0\t0.3\n")
    given = ("--radius-nm", 12, "--material", "iron", "--cell-nm", 2, "--runs", tmp_path, "--no-report")
    assert _run("import", small, *given).exit_code == 0
    assert _run("import", OOMMF, "--radius-nm", 20, "--runs", tmp_path, "--no-report").exit_code == 0
    done = _run("compare", *(tmp_path / "imported").iterdir(), "--runs", tmp_path)
    assert done.exit_code == 2 and "compare runs of one sphere" in done.stderr
    assert not (tmp_path / "compare").exists()


def test_a_study_s_folder_stands_for_its_runs_and_hidden_files_for_nothing(tmp_path):
    (loop := tmp_path / "loop").mkdir()
    (loop / "loop.txt").write_text("B (T)\tmz ()\n1\t0.99\n0.5\t0.9\n0\t0.3\n")
    (loop / "._loop.txt").write_bytes(b"\0\5\26\7")  # a Mac's
    given = ("--material", "iron", "--cell-nm", 2, "--runs", tmp_path, "--no-report")
    for radius in (12, 13):
        assert _run("import", loop, "--radius-nm", radius, *given).exit_code == 0
    (tmp_path / "imported" / ".costs.csv").write_text("what a study keeps of its runs")
    done = _run("compare", tmp_path / "imported", "--runs", tmp_path)
    assert done.exit_code == 2 and "compare runs of one sphere" in done.stderr


def test_a_loop_that_is_given_twice_counts_once(tmp_path, monkeypatch):
    given = ("--radius-nm", 20, "--runs", tmp_path)
    assert _run("import", OOMMF, OOMMF, *given, "--no-report").exit_code == 0
    (run,) = (tmp_path / "imported").iterdir()
    again = _run("import", run, "--no-report", "--runs", tmp_path)
    assert again.stdout == f"{run}: is a run already, taken as it is\n"
    compared = []

    def together(results, accuracy):
        compared.append(results)
        raise InputError("far enough")

    monkeypatch.setattr("harness.comparison.sources.together", together)
    done = _run("compare", run, OOMMF, run, *given)
    assert done.exit_code == 2 and len(compared[0]) == 1
    assert done.stderr.count("is given twice and counts once") == 1


def test_what_is_no_loop_is_left_out_of_several(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "loop.txt").write_text("B (T)\tmz ()\n1\t0.99\n0\t0.1\n-1\t-0.99\n")
    flags = ["--radius-nm", "20", "--material", "iron", "--cell-nm", "5", "--runs", str(tmp_path / "runs")]
    asked = ["import", str(tmp_path / "empty"), str(tmp_path / "loop.txt"), *flags, "--no-report"]
    answer = CliRunner().invoke(app, asked)
    assert answer.exit_code == 1 and "imported as" in answer.stdout
    (line,) = [line for line in answer.stderr.splitlines() if "empty" in line]
    assert "neither a table nor a state in it" in line and line.endswith(": left out")
