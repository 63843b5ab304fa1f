"""mx3, fit and certify: what they write, what they find, what they refuse."""

import csv
import json

import numpy as np
import pytest

from harness.study.lattice import fit_lattice

SCRIPT = """
setGridSize(2, 2, 2)
setCellSize(1e-9, 1e-9, 1e-9)
Msat = 1e6
Aex = 1e-11
m = uniform(0, 0, 1)
tableSave()
"""


def test_mx3_runs_a_script(here, mxval, refused):
    (here / "a.mx3").write_text(SCRIPT)
    result = mxval("mx3", "a.mx3")
    assert result.exit_code == 0, result.output
    assert (here / "a.out" / "table.txt").is_file()
    assert refused(("mx3", "a.mx3"), "a.out: exists already")
    assert json.loads(mxval("mx3", "a.mx3", "-o", "b", "--json").stdout)["out"] == "b"


def test_mx3_takes_a_tolerance(here, mxval, refused):
    (here / "a.mx3").write_text(SCRIPT)
    result = mxval("mx3", "a.mx3", "--tolerance", "2e-8")
    assert "fast minimiser to 2e-08 T" in result.stdout
    assert refused(("mx3", "a.mx3", "-o", "b", "--tolerance", "0"), "tolerance_T = 0.0", "at least 1e-12")
    assert refused(
        ("mx3", "a.mx3", "-o", "b", "--faithful", "--tolerance", "2e-8"),
        "--tolerance 2e-08: --faithful stops by MuMax3's own rules",
        "RelaxTorqueThreshold or MinimizerStop",
    )
    assert not (here / "b").exists()


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("ext_makegrains(1e-9, 256, 1)", ("line 8",)),
        ("m = ", ("line",)),
        ("setGridSiz(1, 1, 1)", ("line 8",)),
    ],
)
def test_mx3_refuses_bad_scripts_before_they_start(here, refused, line, parts):
    (here / "a.mx3").write_text(SCRIPT + line + "\n")
    assert refused(("mx3", "a.mx3"), *parts)
    assert not (here / "a.out").exists()


def test_mx3_only_checks_a_script(here, mxval, refused):
    (here / "a.mx3").write_text(SCRIPT)
    assert "a.mx3: no problems" in mxval("mx3", "--vet", "a.mx3").stdout
    assert json.loads(mxval("mx3", "--vet", "a.mx3", "--json").stdout) == {"problems": [], "cautions": []}
    (here / "b.mx3").write_text(SCRIPT.replace("tableSave", "relax"))
    told = mxval("mx3", "--vet", "b.mx3").stdout
    assert "caution: line 6: relax starts" in told and told.endswith("running; 1 caution\n")
    (here / "a.mx3").write_text('SetGridSize(2, 2, 2)\nm.LoadFile("b.ovf"); m.LoadFile("o/c.ovf")\n')
    (missing,) = mxval("mx3", "--vet", "a.mx3", "-o", "o").stderr.splitlines()
    assert 'a.mx3: script line 2: file "b.ovf" not found beside the script' in missing
    (here / "a.mx3").write_text("foo()\nTemp = 300\n")
    vetted = mxval("mx3", "--vet", "a.mx3")
    assert vetted.exit_code == 2
    first, second = vetted.stderr.splitlines()
    assert "a.mx3: script line 1: unknown name" in first and "script line 2: Temp must stay 0" in second
    (here / "a.mx3").write_bytes(b"\xff\xfe")
    assert refused(("mx3", "--vet", "a.mx3"), "a.mx3 is not a text file in UTF-8")
    assert not (here / "a.out").exists()


def test_mx3_cautions_about_a_script_it_would_run(here, mxval):
    (here / "a.mx3").write_text(SCRIPT + "Msat = 1700\nminimize()\n")
    vetted = mxval("mx3", "--vet", "a.mx3")
    assert vetted.exit_code == 0
    assert "a.mx3: caution: line 8: Msat = 1700 A/m" in vetted.stdout
    found = json.loads(mxval("mx3", "--vet", "a.mx3", "--json").stdout)["cautions"]
    assert {caution["line"] for caution in found} == {6, 8}
    (here / "a.mx3").write_text(SCRIPT + "Msat = 1700\nfoo()\n")
    vetted = mxval("mx3", "--vet", "a.mx3")
    assert vetted.exit_code == 2 and "script line 9: unknown name" in vetted.stderr
    assert "a.mx3: caution: line 8: Msat = 1700 A/m" in vetted.stdout
    (here / "a.mx3").write_text(SCRIPT + "B_ext = vector(0, 0, sin(t)/t)\n")
    assert mxval("mx3", "--vet", "a.mx3").exit_code == 2


def test_mx3_certifies_every_equilibrium(here, mxval):
    """Of one cell: the two curvatures are B_K + B along its axis, B - B_K and B across it; B_K = 0.1 T."""
    (here / "a.mx3").write_text(
        """SetGridSize(1, 1, 1); SetCellSize(2e-9, 2e-9, 2e-9)
Msat = 1e6; Aex = 1e-11; Ku1 = 5e4; anisU = vector(0, 0, 1); m = uniform(0, 0, 1)
B_ext = vector(0, 0, -0.2)
minimize()
m = uniform(0, 1, 0); B_ext = vector(0, 0.08, 0)
relax()
for i := 0; i < 2; i++ {
    B_ext = vector(0, 0.15+0.05*i, 0)
    relax()
}
"""
    )
    shown = mxval("mx3", "a.mx3", "--certify")
    assert (
        "relax: saddle, lambda_min = -0.02 T, coherent rotation" in (here / "a.out" / "log.txt").read_text()
    )
    assert "│ saddle  │" in shown.stdout
    found = json.loads(mxval("mx3", "a.mx3", "--certify", "--json", "--overwrite").stdout)["found"]
    assert [(each["line"], each["event"], each["verdict"]) for each in found] == [
        (4, "minimize", "maximum"),
        (6, "relax", "saddle"),
        (9, "relax", "minimum"),
        (9, "relax", "minimum"),
    ]
    np.testing.assert_allclose([each["lambda_min_T"] for each in found], [-0.1, -0.02, 0.05, 0.1], atol=1e-9)
    with (here / "a.out" / "solver.csv").open() as lines:
        searches = [row for row in csv.DictReader(lines) if row["event"] in ("relax", "minimize")]
    assert [row["verdict"] for row in searches] == [each["verdict"] for each in found]


def test_mx3_certify_says_where_there_is_no_search(here, mxval):
    (here / "a.mx3").write_text(
        """SetGridSize(1, 1, 1); SetCellSize(2e-9, 2e-9, 2e-9)
Msat = 1e6; Aex = 1e-11; m = uniform(0, 0, 1); B_ext = vector(0, 0, 0.2)
run(1e-13)
"""
    )
    shown = mxval("mx3", "a.mx3", "--certify")
    assert "nothing to certify: no relax or minimize was carried out" in shown.stdout
    assert "lambda_min" not in shown.stdout
    assert json.loads(mxval("mx3", "a.mx3", "--certify", "--json", "--overwrite").stdout)["found"] == []


def test_mx3_certify_shows_soft_modes_only_where_one_was_left_out(here, mxval):
    """A core tilted to a diagonal of its cells: what holds its azimuth is of the cells alone."""
    script = """SetGridSize(6, 6, 6); SetCellSize(4e-9, 4e-9, 4e-9)
SetGeom(Ellipsoid(24e-9, 24e-9, 24e-9)); Msat = 1.7e6; Aex = 1e-11; Ku1 = 4.8e4; anisU = vector(0, 0, 1)
m = vortex(1, 1); B_ext = vector(0, 0, 0.3)
minimize()
"""
    (here / "a.mx3").write_text(script)
    shown = mxval("mx3", "a.mx3", "--certify")
    assert "minimum" in shown.stdout and "soft" not in shown.stdout
    lean = "B_ext = vector(0.001, 0.001, 0.02); minimize(); B_ext = vector(0, 0, 0.02); minimize()\n"
    (here / "a.mx3").write_text(script + lean)
    shown = mxval("mx3", "a.mx3", "--certify", "--overwrite")
    assert "soft mode 0.01426 T, left out" in (here / "a.out" / "log.txt").read_text()
    assert "soft (T)" in shown.stdout and "(0.01426)" in shown.stdout
    assert "only the cells resist; left out of lambda_min" in shown.stdout
    found = json.loads(mxval("mx3", "a.mx3", "--certify", "--json", "--overwrite").stdout)["found"]
    assert [len(each["soft_T"]) for each in found] == [0, 0, 1]
    assert found[-1]["lambda_min_T"] > found[-1]["soft_T"][0] == pytest.approx(0.014256, abs=1e-5)


def test_mx3_certifies_single_precision_and_says_where_there_is_no_telling(here, mxval):
    sphere = """SetGridSize(6, 6, 6); SetCellSize(4e-9, 4e-9, 4e-9)
SetGeom(Ellipsoid(24e-9, 24e-9, 24e-9)); Msat = 1.7e6; Aex = 1e-11; m = vortex(1, 1)
minimize()
"""
    (here / "a.mx3").write_text(sphere)
    found = [
        json.loads(mxval("mx3", "a.mx3", "--certify", "--json", "--overwrite", *options).stdout)["found"][0]
        for options in ((), ("--float32",), ("--faithful", "--float32"))
    ]
    assert {each["verdict"] for each in found} == {found[0]["verdict"]}
    np.testing.assert_allclose([each["lambda_min_T"] for each in found], found[0]["lambda_min_T"], rtol=1e-6)
    (here / "a.mx3").write_text("EdgeSmooth = 4\n" + sphere)
    shown = mxval("mx3", "a.mx3", "--certify", "--overwrite")
    assert shown.exit_code == 0
    assert "line 4: no telling: " in shown.stdout and "partly filled (EdgeSmooth)" in shown.stdout


def test_mx3_runs_mumax3s_own_algorithms(here, mxval):
    (here / "a.mx3").write_text(SCRIPT + "relax()\n")
    assert mxval("mx3", "a.mx3", "--faithful").exit_code == 0
    assert "relax: faithful" in (here / "a.out" / "log.txt").read_text()
    assert mxval("mx3", "a.mx3", "--overwrite").exit_code == 0
    assert "relax: fast" in (here / "a.out" / "log.txt").read_text()


def test_mx3_runs_in_single_precision_on_request(here, mxval):
    (here / "a.mx3").write_text(SCRIPT + "relax()\n")
    assert mxval("mx3", "a.mx3", "--float32").exit_code == 0
    assert "CPU engine, float32" in (here / "a.out" / "log.txt").read_text()
    assert mxval("mx3", "a.mx3", "--overwrite").exit_code == 0
    assert "CPU engine, float64" in (here / "a.out" / "log.txt").read_text()
    assert mxval("mx3", "a.mx3", "--float32", "--faithful", "--overwrite").exit_code == 0


def test_mx3_takes_mumax3s_kernel_on_request(here, mxval, refused):
    (here / "a.mx3").write_text(SCRIPT)
    assert mxval("mx3", "a.mx3", "--demag", "mumax3").exit_code == 0
    assert "kernel: MuMax3's quadrature" in (here / "a.out" / "log.txt").read_text()
    assert mxval("mx3", "a.mx3", "--demag", "newell", "--overwrite").exit_code == 0
    assert "quadrature" not in (here / "a.out" / "log.txt").read_text()
    assert refused(("mx3", "a.mx3", "-o", "b", "--demag", "exact"), 'demag = "exact"', "newell", "mumax3")
    assert not (here / "b").exists()


def test_mx3_a_failed_expectation_is_a_failed_run(here, mxval):
    (here / "a.mx3").write_text(SCRIPT + 'expect("one", 1, 2, 0)\n')
    result = mxval("mx3", "a.mx3")
    assert result.exit_code == 1
    assert "mxval: a.mx3: script line 8: expect: one: have 1, want 2" in result.stderr


def write_vortex(path, nu, length=1.0, unit="", within=lambda r: True):
    """A sampled Ansatz, upright and right-handed, as an OVF file; of the sphere only what lies within."""
    from harness.mx3.files.ovf import Header, write_ovf
    from harness.mx3.language.values import OutputFormat

    lattice = fit_lattice(20, 2)
    r = lattice.positions() / lattice.radius_m
    rho, phi = np.hypot(r[0], r[1]), np.arctan2(r[1], r[0])
    m = np.stack([-np.tanh(nu * rho) * np.sin(phi), np.tanh(nu * rho) * np.cos(phi), 1 / np.cosh(nu * rho)])
    m *= length * ((r**2).sum(axis=0) <= 1) * within(r)
    with path.open("wb") as stream:
        write_ovf(stream, m, Header("m", unit, 0.0, (2e-9,) * 3), OutputFormat.OVF2_BINARY)


def test_rerun_wants_the_folder_of_a_run(here, refused):
    assert refused(("rerun", "nowhere"), "nowhere", "no such folder", "give the folder of a run")
    assert refused(("rerun", "tiny.toml"), "tiny.toml", "is no folder", "give the folder of a run")
    (here / "empty").mkdir()
    assert refused(("rerun", "empty"), "empty", "holds no run.json", "give the folder of a run")


def test_fit_finds_the_vortex(here, mxval):
    write_vortex(here / "m.ovf", nu=4.0)
    found = json.loads(mxval("fit", "m.ovf", "--radius-nm", 20, "--json").stdout)
    assert found["nu"] == pytest.approx(4.0, rel=1e-5)  # float32 values in the file
    assert (found["chirality"], found["polarity"], found["state"]) == (1, 1, "vortex")
    assert set(found) >= {"nu_by_estimator", "nu_error", "axis", "rms"}
    guessed = json.loads(mxval("fit", "m.ovf", "--json").stdout)
    assert guessed["nu"] == pytest.approx(4.0, rel=0.02)  # radius from the staircase volume
    shown = mxval("fit", "m.ovf").stdout
    assert "chirality" in shown and "m.ovf" in shown


@pytest.mark.parametrize("command", ["fit", "mx3"])
def test_files_that_are_not_there(here, refused, command):
    assert refused((command, "gone.ovf"), "gone.ovf", "not exist")
    (here / "dir.ovf").mkdir()
    assert refused((command, "dir.ovf"), "dir.ovf", "directory")


def test_fit_takes_what_other_programs_write(here, mxval, refused):
    write_vortex(here / "r_0.5T", nu=4.0, length=1.7e6, unit="A/m")
    shown = mxval("fit", "r_0.5T")
    assert shown.exit_code == 0 and "1.7e+06 A/m long" in shown.stdout
    assert "guessed: " in shown.stdout and "±" in shown.stdout and "warning" not in shown.stdout
    told = mxval("fit", "r_0.5T", "--radius-nm", 25).stdout
    assert "warning: radius_nm = 25: the cells form a sphere of 20" in told
    write_vortex(here / "m.ovf", nu=4.0)
    assert mxval("fit", "r_0.5T", "m.ovf").stdout.count("radius and centre: guessed: 20") == 2
    assert "guessed" not in mxval("fit", "r_0.5T", "m.ovf", "--radius-nm", 20).stdout
    found = json.loads(mxval("fit", "r_0.5T", "--json").stdout)
    assert (found["moment"], found["moment_unit"]) == (pytest.approx(1.7e6), "A/m")
    assert found["body"]["shape"] == "sphere" and found["radius_error_m"] < 0.5e-9
    write_vortex(here / "disc", nu=4.0, within=lambda r: abs(r[2]) < 0.3)
    assert refused(("fit", "disc"), "disc: no sphere: its cells form", "give --radius-nm")
    assert "warning: no sphere: " in mxval("fit", "disc", "--radius-nm", 20).stdout


def test_fit_prints_null_for_what_a_state_has_not(here, mxval):
    write_vortex(here / "m", nu=0.0)
    found = json.loads(mxval("fit", "m", "--json").stdout)
    assert (found["state"], found["chirality"], found["core_m"]) == ("uniform", 0, [None] * 3)


def test_fit_takes_many_and_the_others_are_still_fitted(here, mxval):
    for number in range(3):
        write_vortex(here / f"m{number}.ovf", nu=3.0 + number)
    (here / "bad.ovf").write_text("no field")
    told = mxval("fit", "m0.ovf", "bad.ovf", "m1.ovf", "m2.ovf", "--radius-nm", 20, "--json")
    found = json.loads(told.stdout)
    assert told.exit_code == 1 and list(found["states"]) == ["m0.ovf", "m1.ovf", "m2.ovf"]
    assert [each["nu"] for each in found["states"].values()] == pytest.approx([3, 4, 5], rel=1e-5)
    assert "not a readable OVF file" in found["refused"]["bad.ovf"]
    shown = mxval("fit", "m0.ovf", "bad.ovf", "m1.ovf", "--radius-nm", 20)
    assert shown.exit_code == 1 and "kappa" in shown.stdout and "bad.ovf: not a readable" in shown.stdout


def test_fits_shared_out_among_processes_are_the_same(here):
    from harness.analysis.saved_state import FILES_A_WORKER, fit_saved_states

    write_vortex(here / "m.ovf", nu=4.0)
    files = [here / "m.ovf"] * (2 * FILES_A_WORKER)
    steps = []
    apart = list(fit_saved_states(files, 20, lambda done, total: steps.append((done, total)), workers=2))
    (alone,) = fit_saved_states(files[:1], 20)
    assert [each.fit.nu for each in apart] == [alone.fit.nu] * len(files)
    assert steps == [(done, len(files)) for done in range(1, len(files) + 1)]


def test_fit_draws_what_it_leaves(here, mxval, refused):
    write_vortex(here / "m.ovf", nu=4.0)
    shown = mxval("fit", "m.ovf", "--radius-nm", 20, "--residual", "out/left.png")
    assert shown.exit_code == 0 and "out/left.csv" in shown.stdout
    assert (here / "out" / "left.png").read_bytes().startswith(b"\x89PNG")
    lines = (here / "out" / "left.csv").read_text().splitlines()
    assert lines[0] == "plane,u (nm),v (nm),|m - fit| (1),rho (1),phi (1),axis (1)"
    assert {line.split(",")[0] for line in lines[1:]} == {"across the axis", "along the axis"}
    assert max(float(line.split(",")[3]) for line in lines[1:]) < 1e-5  # the state is the Ansatz itself
    write_vortex(here / "u.ovf", nu=0.0)
    assert refused(("fit", "u.ovf", "--residual", "u.png"), "u.ovf: uniform", "no single vortex")
    assert refused(("fit", "m.ovf", "--residual", "u.pdf"), "--residual u.pdf", "PNG")
    assert refused(("fit", "m.ovf", "m.ovf", "--residual", "u.png"), "holds one state")


def test_fit_refuses(here, mxval, refused):
    (here / "bad.ovf").write_text("no field")
    result = mxval("fit", "bad.ovf")
    assert result.exit_code == 2 and "not a readable OVF file" in result.stderr
    assert refused(("fit", "bad.ovf", "--radius-nm", "nan"), "radius_nm = NaN", "greater than 0")


def test_fit_takes_the_radius_of_its_run_and_refuses_what_it_is_not(here, mxval, finished_run):
    state = next((finished_run / "out").glob("m_step*.ovf"))
    fitted = json.loads(mxval("fit", state, "--json").stdout)
    case = json.loads((finished_run / "run.json").read_text())["case"]
    assert fitted["radius_m"] == pytest.approx(case["particle"]["radius_nm"] * 1e-9)
    assert finished_run.name in fitted["radius_from"]
    alone = here / "alone.ovf"
    alone.write_bytes(state.read_bytes())
    counted = json.loads(mxval("fit", alone, "--json").stdout)
    assert "by the volume of the cells" in counted["radius_from"]
    assert "again" not in mxval("fit", finished_run / "position.ovf").stderr  # no run of theirs is at fault
    mask = mxval("fit", finished_run / "position.ovf")
    assert (mask.exit_code, "no magnetisation" in mask.stderr) == (2, True)


def test_certify_a_run_and_a_state_of_it(finished_run, here, mxval, refused):
    result = mxval("certify", finished_run)
    assert result.exit_code == 0, result.output
    assert "m_step000001.ovf" in result.stdout
    assert "1 minimum" in result.stdout
    listed = json.loads(mxval("certify", finished_run, "--json").stdout)
    state = finished_run / "out" / "m_step000001.ovf"
    alone = json.loads(mxval("certify", state, "--json", "--out", "modes").stdout)
    for key in ("lambda_min_T", "verdict", "basis", "mode"):
        assert listed[key] == [alone[key]]
    assert alone["verdict"] == "minimum"
    assert alone["lambda_min_T"] > 0
    assert sorted(path.suffix for path in (here / "modes").iterdir()) == [".csv", ".pdf", ".png", ".svg"]
    assert "minimum: no direction was found" in mxval("certify", state).stdout
    lost = here / "lost.ovf"
    lost.write_bytes(state.read_bytes())
    assert refused(("certify", lost), "lost.ovf", "neither body nor material nor field")
    assert refused(("certify", lost, "--study", "tiny.toml"), "never saves m under that name")
