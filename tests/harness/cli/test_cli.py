"""The command line: exit codes, one-line messages, JSON."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import harness
from harness.cli.app import app
from harness.study.lattice import fit_lattice

PATHS = os.environ | {"PYTHONPATH": str(Path(harness.__file__).parent.parent)}
"""Lets a fresh interpreter find the package under test, installed or not."""

STUDY = """
name = "tiny"
[material]
name = "iron"
[particle]
radius_nm = 6
[mesh]
cell_nm = 3
[field]
values_T = [0.4, 0]
"""


def mxval(*arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments])


@pytest.fixture
def finished_run(tmp_path):
    """Folder of the one run of STUDY, made on the CPU engine."""
    (tmp_path / "tiny.toml").write_text(STUDY)
    assert mxval("run", tmp_path / "tiny.toml", "--runs", tmp_path, "--engine", "cpu").exit_code == 0
    return next((tmp_path / "tiny").glob("R6nm*"))


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.toml").write_text(STUDY)
    return tmp_path


def refused(result, *parts):
    """Exit 2 with one line that holds these parts, and nothing else."""
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("mxval: ")
    for part in parts:
        assert str(part) in lines[0]
    return True


@pytest.mark.parametrize("command", ["run", "plan", "status", "report", "render"])
@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("radius_nm = 6", "radius_m = 6e-9", ("particle.radius_m", "did you mean radius_nm?")),
        ("radius_nm = 6", "radius_nm = -6", ("particle.radius_nm = -6", "greater than 0")),
        ("cell_nm = 3", "cell_nm = 30", ("mesh.cell_nm = 30", "larger than the particle")),
        ("cell_nm = 3", "cell_nm = [3, 4]", ("mesh.cell_nm = [3, 4]", "under [sweep]")),
        ("[field]", "colour = 1\n[field]", ("mesh.colour", "unknown key")),
        ("[field]", "[field", ("not valid TOML",)),
    ],
)
def test_bad_studies(here, command, old, new, parts):
    (here / "tiny.toml").write_text(STUDY.replace(old, new))
    out = ("-o", "scripts") if command == "render" else ()
    assert refused(mxval(command, "tiny.toml", *out), "tiny.toml", *parts)
    assert [p.name for p in here.iterdir()] == ["tiny.toml"]


def test_missing_study_names_the_ready_ones(here):
    assert refused(mxval("run", "gone.toml"), "gone.toml: no such study file", "demo")


def test_plan_writes_nothing(here):
    result = mxval("plan", "tiny.toml", "--engine", "cpu", "--json")
    assert result.exit_code == 0
    (case,) = json.loads(result.stdout)["cases"]
    assert case["state"] == "planned" and case["name"] == "R6nm-c3nm-bare" and len(case["hash"]) == 64
    assert case["grid"] == [4, 4, 4] and case["fields"] == 2
    assert [p.name for p in here.iterdir()] == ["tiny.toml"]
    assert "R6nm-c3nm-bare" in mxval("plan", "tiny.toml").stdout


def test_run_and_status(here):
    assert mxval("status", "tiny.toml", "--engine", "cpu").exit_code == 0
    result = mxval("run", "tiny.toml", "--engine", "cpu", "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert [c["state"] for c in told["cases"]] == ["done"] and Path(told["report"]).is_file()
    status = mxval("status", "tiny.toml", "--engine", "cpu", "--json")
    assert status.exit_code == 0
    assert json.loads(status.stdout)["cases"][0]["state"] == "done"


def test_report_of_nothing(here):
    result = mxval("report", "tiny.toml", "--engine", "cpu")
    assert result.exit_code == 1 and "R6nm-c3nm-bare: not run yet (planned)" in result.stderr
    assert [p.name for p in here.iterdir()] == ["tiny.toml"]


def test_engine_that_cannot_run(here, monkeypatch):
    monkeypatch.setenv("MUMAX3", str(here / "nothing"))
    result = mxval("run", "tiny.toml", "--engine", "mumax3")
    assert result.exit_code == 1
    assert result.stderr.startswith("mxval: engine mumax3 cannot run: no program")
    assert [p.name for p in here.iterdir()] == ["tiny.toml"]


def test_interruption_says_how_to_go_on(here, monkeypatch):
    def stop(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("harness.pipeline.run_study", stop)
    result = mxval("run", "tiny.toml")
    assert result.exit_code == 130 and "give the same command again" in result.stderr


def test_runs_below_a_folder_that_cannot_be(here):
    (here / "file").write_text("")
    result = mxval("run", "tiny.toml", "--engine", "cpu", "--runs", "file")
    assert result.exit_code == 1 and "Not a directory" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_render_never_overwrites(here):
    result = mxval("render", "tiny.toml", "-o", "scripts", "--json")
    (case,) = json.loads(result.stdout)["cases"]
    script = Path(case["script"])
    script.write_text("mine")
    assert refused(mxval("render", "tiny.toml", "-o", "scripts"), "exists already")
    assert script.read_text() == "mine"


SCRIPT = """
setGridSize(2, 2, 2)
setCellSize(1e-9, 1e-9, 1e-9)
Msat = 1e6
Aex = 1e-11
m = uniform(0, 0, 1)
tableSave()
"""


def test_mx3_runs_a_script(here):
    (here / "a.mx3").write_text(SCRIPT)
    result = mxval("mx3", "a.mx3")
    assert result.exit_code == 0, result.output
    assert (here / "a.out" / "table.txt").is_file()
    assert refused(mxval("mx3", "a.mx3"), "a.out: exists already")
    assert json.loads(mxval("mx3", "a.mx3", "-o", "b", "--json").stdout)["out"] == "b"


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("ext_makegrains(1e-9, 256, 1)", ("line 8",)),
        ("m = ", ("line",)),
        ("setGridSiz(1, 1, 1)", ("line 8",)),
    ],
)
def test_mx3_refuses_bad_scripts_before_they_start(here, line, parts):
    (here / "a.mx3").write_text(SCRIPT + line + "\n")
    assert refused(mxval("mx3", "a.mx3"), *parts)
    assert not (here / "a.out").exists()


def test_mx3_only_checks_a_script(here):
    (here / "a.mx3").write_text(SCRIPT)
    assert "a.mx3: no problems" in mxval("mx3", "--vet", "a.mx3").stdout
    assert json.loads(mxval("mx3", "--vet", "a.mx3", "--json").stdout) == {"problems": []}
    (here / "a.mx3").write_text("foo()\nTemp = 300\n")
    told = mxval("mx3", "--vet", "a.mx3")
    assert told.exit_code == 2
    first, second = told.stderr.splitlines()
    assert "a.mx3: script line 1: unknown name" in first and "a.mx3: script line 2: Temp = 0" in second
    (here / "a.mx3").write_bytes(b"\xff\xfe")
    assert refused(mxval("mx3", "--vet", "a.mx3"), "a.mx3 is not a text file in UTF-8")
    assert not (here / "a.out").exists()


def test_mx3_runs_mumax3s_own_algorithms(here):
    (here / "a.mx3").write_text(SCRIPT + "relax()\n")
    assert mxval("mx3", "a.mx3", "--faithful").exit_code == 0
    assert "relax: faithful" in (here / "a.out" / "log.txt").read_text()
    assert mxval("mx3", "a.mx3", "--overwrite").exit_code == 0
    assert "relax: fast" in (here / "a.out" / "log.txt").read_text()


def test_mx3_runs_in_single_precision_on_request(here):
    (here / "a.mx3").write_text(SCRIPT + "relax()\n")
    assert mxval("mx3", "a.mx3", "--float32").exit_code == 0
    assert "CPU engine, float32" in (here / "a.out" / "log.txt").read_text()
    assert mxval("mx3", "a.mx3", "--overwrite").exit_code == 0
    assert "CPU engine, float64" in (here / "a.out" / "log.txt").read_text()
    assert mxval("mx3", "a.mx3", "--float32", "--faithful", "--overwrite").exit_code == 0


def test_mx3_a_failed_expectation_is_a_failed_run(here):
    (here / "a.mx3").write_text(SCRIPT + 'expect("one", 1, 2, 0)\n')
    result = mxval("mx3", "a.mx3")
    assert result.exit_code == 1
    assert "script line 8: expect: one: have 1, want 2" in result.stderr


def test_mx3_missing_script(here):
    assert refused(mxval("mx3", "gone.mx3"), "gone.mx3: no such script")


def test_loop_json():
    result = mxval(
        "loop", "--radius-nm", 20, "--material", "iron", "--model", "Hpp", "--step-T", 0.25, "--json"
    )
    told = json.loads(result.stdout)
    assert set(told) >= {"B_T", "mz", "nu", "tau_rad", "omega_rad", "energy", "lambda_min", "observables"}
    assert told["B_T"] == [1, 0.75, 0.5, 0.25, 0, -0.25, -0.5, -0.75, -1] + [
        -1,
        -0.75,
        -0.5,
        -0.25,
        0,
        0.25,
        0.5,
        0.75,
        1,
    ]
    assert len(told["mz"]) == len(told["nu"]) == 18
    assert [o["branch"] for o in told["observables"]] == ["descending", "ascending"]


def test_loop_has_null_where_a_number_does_not_exist():
    told = json.loads(mxval("loop", "--model", "SW", "--step-T", 0.25, "--json").stdout)
    assert told["observables"][0]["nucleation_field_T"] is None


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        (("--radius-nm", -1), ("radius_nm = -1", "greater than 0")),
        (("--material", "unobtainium"), ("material", "iron")),
        (("--step-T", 0.3), ("step_T = 0.3", "does not divide")),
    ],
)
def test_loop_refuses(options, parts):
    assert refused(mxval("loop", *options), *parts)


def write_vortex(path, nu):
    """A sampled Ansatz, upright and right-handed, as an OVF file."""
    from harness.mx3.files.ovf import Header, write_ovf
    from harness.mx3.language.values import OutputFormat

    lattice = fit_lattice(20, 2)
    r = lattice.positions() / lattice.radius_m
    rho, phi = np.hypot(r[0], r[1]), np.arctan2(r[1], r[0])
    m = np.stack([-np.tanh(nu * rho) * np.sin(phi), np.tanh(nu * rho) * np.cos(phi), 1 / np.cosh(nu * rho)])
    m[:, (r**2).sum(axis=0) > 1] = 0
    with path.open("wb") as stream:
        write_ovf(stream, m, Header("m", "", 0.0, (2e-9,) * 3), OutputFormat.OVF2_BINARY)


def test_fit_finds_the_vortex(here):
    write_vortex(here / "m.ovf", nu=4.0)
    told = json.loads(mxval("fit", "m.ovf", "--radius-nm", 20, "--json").stdout)
    assert told["nu"] == pytest.approx(4.0, rel=1e-5)  # float32 values in the file
    assert (told["chirality"], told["polarity"], told["state"]) == (1, 1, "vortex")
    assert set(told) >= {"nu_by_estimator", "nu_error", "axis", "rms"}
    guessed = json.loads(mxval("fit", "m.ovf", "--json").stdout)
    assert guessed["nu"] == pytest.approx(4.0, rel=0.02)  # radius from the staircase volume
    assert "chirality" in mxval("fit", "m.ovf").stdout


def test_fit_refuses(here):
    assert refused(mxval("fit", "gone.ovf"), "gone.ovf: no such file")
    (here / "bad.ovf").write_text("no field")
    result = mxval("fit", "bad.ovf")
    assert result.exit_code == 2 and "not a readable OVF file" in result.stderr


def test_as_a_module_without_traceback(here):
    def call(*arguments):
        command = [sys.executable, "-m", "harness", *arguments]
        return subprocess.run(command, capture_output=True, text=True, cwd=here, env=PATHS, timeout=120)

    shown = call("--help")
    assert shown.returncode == 0 and "report" in shown.stdout
    (here / "tiny.toml").write_text(STUDY.replace("radius_nm", "radius_mm"))
    refusal = call("run", "tiny.toml")
    assert refusal.returncode == 2 and "Traceback" not in refusal.stderr
    assert (
        refusal.stderr.strip()
        == "mxval: particle.radius_mm: unknown key; did you mean radius_nm? (tiny.toml)"
    )


def test_help_is_quick_because_nothing_heavy_is_imported():
    heavy = ("numpy", "pydantic", "numba", "pandas", "matplotlib")
    code = f"import sys, harness.cli.app; print([m for m in {heavy} if m in sys.modules])"
    command = [sys.executable, "-c", code]
    shown = subprocess.run(command, capture_output=True, text=True, env=PATHS, timeout=120)
    assert shown.stdout.strip() == "[]"


def test_unknown_command_and_version():
    assert mxval("nonsense").exit_code == 2
    from harness import __version__

    assert mxval("--version").stdout.strip() == f"mxval {__version__}"


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)])
def test_stopped_while_running(here, sent, code):
    """Stopped in the midst of its fields, a run is seen as interrupted and says how to go on."""
    (here / "tiny.toml").write_text(
        STUDY.replace("values_T = [0.4, 0]", "loop = {max_T = 1, step_T = 0.0001}")
    )
    command = [sys.executable, "-m", "harness", "run", "tiny.toml", "--engine", "cpu"]
    with subprocess.Popen(command, cwd=here, env=PATHS, stderr=subprocess.PIPE, text=True) as process:
        while not list(here.glob("mumax_runs/tiny/*/out/table.txt")) and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(sent)
        _, said = process.communicate(timeout=60)
    assert process.returncode == code and "Traceback" not in said
    assert ("give the same command again" in said) == (sent == signal.SIGINT)
    (case,) = json.loads(mxval("plan", "tiny.toml", "--engine", "cpu", "--json").stdout)["cases"]
    assert case["state"] == "interrupted"
    assert mxval("status", "tiny.toml", "--engine", "cpu").exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "demo", "--engine", "foo"], "'foo' is not one of"),
        (["bogus"], "No such command 'bogus'"),
        (["run"], "Missing argument 'STUDY'"),
    ],
)
def test_a_wrong_command_line_is_told_in_one_line(arguments, message):
    done = mxval(*arguments)
    assert done.exit_code == 2
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_fit_takes_the_radius_of_its_run_and_refuses_what_it_is_not(tmp_path, finished_run):
    state = next((finished_run / "out").glob("m_step*.ovf"))
    fitted = json.loads(mxval("fit", state, "--json").stdout)
    case = json.loads((finished_run / "run.json").read_text())["case"]
    assert fitted["radius_m"] == pytest.approx(case["particle"]["radius_nm"] * 1e-9)
    assert finished_run.name in fitted["radius_from"]
    alone = tmp_path / "alone.ovf"
    alone.write_bytes(state.read_bytes())
    counted = json.loads(mxval("fit", alone, "--json").stdout)
    assert "by the volume of the cells" in counted["radius_from"]
    mask = mxval("fit", finished_run / "position.ovf")
    assert (mask.exit_code, "no magnetisation" in mask.stderr) == (2, True)


def test_status_tells_a_finished_run_whose_output_was_changed(finished_run):
    runs = finished_run.parent.parent
    table = finished_run / "out" / "table.txt"
    table.write_text(table.read_text() + "# more\n")
    done = mxval("status", runs / "tiny.toml", "--runs", runs, "--engine", "cpu", "--json")
    assert done.exit_code == 1
    assert "was changed" in json.loads(done.stdout)["cases"][0]["note"]
