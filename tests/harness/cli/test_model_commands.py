"""Sweeps, phase diagrams and mean loops from the command line."""

import json

import pytest
from typer.testing import CliRunner

from harness.cli.app import app


def mxval(*arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments])


def test_sweep_as_json_and_files(tmp_path):
    done = mxval("sweep", "--from-nm", 8, "--to-nm", 20, "--step-nm", 6, "--json", "--out", tmp_path / "a")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert [row["radius_nm"] for row in told["rows"]] == [8.0, 14.0, 20.0] * 2
    assert told["rows"][0]["nucleation_field_T"] is None and told["rows"][0]["state"] == "uniform"
    assert sorted(f.name for f in (tmp_path / "a").iterdir()) == [
        "sweep.csv",
        "sweep.pdf",
        "sweep.png",
        "sweep.svg",
    ]


def test_one_model_of_a_sweep_as_a_table():
    done = mxval("sweep", "--model", "Hpp", "--step-nm", 0.5, "--points", 51)
    assert done.exit_code == 0
    assert "H''" in done.stdout and "H' " not in done.stdout
    assert "25 of 49 rows shown" in done.stdout


def test_phases(tmp_path):
    arguments = ("--from-nm", 8, "--to-nm", 20, "--step-nm", 12, "--Ku-to", 1e5, "--Ku-step", 1e5)
    done = mxval("phases", *arguments, "--json", "--out", tmp_path)
    rows = json.loads(done.stdout)["rows"]
    assert [row["state"] for row in rows] == ["uniform", "upright vortex"] * 2
    assert (tmp_path / "phases.csv").is_file() and (tmp_path / "phases.svg").is_file()


def test_average(tmp_path):
    done = mxval(
        "average", "--radius-nm", 6, "--orientations", 20, "--step-T", 0.05, "--json", "--out", tmp_path
    )
    told = json.loads(done.stdout)
    assert told["observables"][0]["remanence"] == pytest.approx(0.5, abs=1e-3)  # smooth quadrature
    assert len(told["B_T"]) == len(told["mz"]) and len(told["beta_rad"]) == 20
    assert (tmp_path / "mean_loop.pdf").is_file()
    assert "random axes" in mxval("average", "--orientations", 4, "--step-T", 0.1).stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("sweep", "--step-nm", 0), "--step-nm = 0: must be a positive number"),
        (("sweep", "--from-nm", -3), "--from-nm = -3: must be above 0"),
        (("sweep", "--to-nm", 2), "--to-nm = 2: must be at least --from-nm = 6"),
        (("sweep", "--step-nm", 1e-6), "at most 20000"),
        (("sweep", "--to-nm", "inf"), "--to-nm = inf: must be a finite number"),
        (("sweep", "--material", "steel"), "material = 'steel'"),
        (("sweep", "--points", 10), "points = 10: must be an odd integer"),
        (("phases", "--Ku-from", -1), "Ku_J_per_m3 = -1.0"),
        (("average", "--orientations", 1), "orientations = 1"),
        (("average", "--radius-nm", 0), "radius_nm = 0"),
        (("average", "--workers", 0), "workers = 0"),
    ],
)
def test_bad_input_is_one_line(arguments, message):
    done = mxval(*arguments)
    assert done.exit_code == 2 and done.stdout == ""
    assert message in done.stderr and done.stderr.count("\n") == 1
