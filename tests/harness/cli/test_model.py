"""loop, sizes, average, sweep, phases from the command line: values, files, bad input."""

import json

import pandas as pd
import pytest


def test_loop_json(mxval):
    arguments = ("--radius-nm", 20, "--material", "iron", "--model", "Hpp", "--step-T", 0.25, "--json")
    found = json.loads(mxval("loop", *arguments).stdout)
    assert set(found) >= {"B_T", "mz", "nu", "tau_rad", "omega_rad", "energy", "lambda_min", "observables"}
    assert (found["model"], found["radius_nm"], found["material"]) == ("H''", 20, "iron")
    falling = [1, 0.75, 0.5, 0.25, 0, -0.25, -0.5, -0.75, -1]
    assert found["B_T"] == falling + falling[::-1]
    assert len(found["mz"]) == len(found["nu"]) == 18
    assert [o["branch"] for o in found["observables"]] == ["descending", "ascending"]


def test_loop_as_a_table_fits_a_terminal(mxval):
    shown = mxval("loop", "--step-T", 0.25).stdout
    assert "H''" in shown and "nucleation field (T)" in shown and "ascending" in shown
    assert max(len(line) for line in shown.splitlines() if line[0] in "┏┃┡│└") <= 80


def test_loop_has_null_where_a_number_does_not_exist(mxval):
    found = json.loads(mxval("loop", "--model", "SW", "--step-T", 0.25, "--json").stdout)
    assert found["observables"][0]["nucleation_field_T"] is None


def test_sweep_as_json_and_files(mxval, tmp_path):
    done = mxval("sweep", "--from-nm", 8, "--to-nm", 20, "--step-nm", 6, "--json", "--out", tmp_path / "a")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert [row["radius_nm"] for row in found["rows"]] == [8.0, 14.0, 20.0] * 2
    assert found["rows"][0]["nucleation_field_T"] is None and found["rows"][0]["state"] == "uniform"
    files = ["sweep.csv", "sweep.pdf", "sweep.png", "sweep.svg"]
    assert sorted(f.name for f in (tmp_path / "a").iterdir()) == files


def test_one_model_of_a_sweep_as_a_table(mxval):
    done = mxval("sweep", "--model", "Hpp", "--step-nm", 0.5, "--points", 51)
    assert done.exit_code == 0
    assert "H''" in done.stdout and "H' " not in done.stdout
    assert "25 of 49 rows shown" in done.stdout


def test_phases(mxval, tmp_path):
    arguments = ("--from-nm", 8, "--to-nm", 20, "--step-nm", 12, "--Ku-to", 1e5, "--Ku-step", 1e5)
    done = mxval("phases", *arguments, "--json", "--out", tmp_path)
    rows = json.loads(done.stdout)["rows"]
    assert [row["state"] for row in rows] == ["uniform", "upright vortex"] * 2
    assert (tmp_path / "phases.csv").is_file() and (tmp_path / "phases.svg").is_file()


def test_average(mxval, tmp_path):
    arguments = ("--radius-nm", 6, "--orientations", 20, "--step-T", 0.05)
    found = json.loads(mxval("average", *arguments, "--json", "--out", tmp_path).stdout)
    assert found["observables"][0]["remanence"] == pytest.approx(0.5, abs=1e-3)  # smooth quadrature
    assert len(found["B_T"]) == len(found["mz"]) and len(found["beta_rad"]) == 20
    assert (tmp_path / "mean_loop.pdf").is_file()
    assert "random axes" in mxval("average", "--orientations", 4, "--step-T", 0.1).stdout


def test_sizes_as_json_and_files(mxval, tmp_path):
    done = mxval("sizes", "--material", "iron", "--json", "--out", tmp_path)
    sizes = {size["key"]: size["value_nm"] for size in json.loads(done.stdout)["sizes"]}
    assert sizes["exchange_length"] == pytest.approx(2.3467, abs=5e-5)  # PRB paper's iron, four decimals
    assert sizes["nucleation_ansatz"] == pytest.approx(9.472, abs=5e-4)
    written = pd.read_csv(tmp_path / "sizes.csv").set_index("key")["value_nm"]
    assert written["curling"] == pytest.approx(sizes["curling"])
    assert (tmp_path / "sizes.png").stat().st_size > 5000


def test_a_material_of_ones_own(mxval):
    done = mxval("sizes", "--material", "mine", "--Ms", 4e5, "--A", 1e-11, "--Ku", 0, "--json")
    sizes = {size["key"]: size["value_nm"] for size in json.loads(done.stdout)["sizes"]}
    assert sizes["exchange_length"] == pytest.approx((2e-11 / (4e-7 * 3.14159265 * 1.6e11)) ** 0.5 * 1e9)
    assert sizes["superparamagnetic"] is None


def test_the_table_says_what_a_cell_holds(mxval):
    shown = mxval("sizes", "--cell-nm", 3).stdout
    assert "superparamagnetic" in shown
    assert "a 3 nm cell of iron holds 4.95e+03 Bohr magnetons" in shown
    assert "no limit of the discretisation" in shown


def test_reproduce_shows_what_does_not_follow_and_everything_on_request(mxval):
    short, whole = (mxval("reproduce", *options).stdout for options in ((), ("--all",)))
    found = json.loads(mxval("reproduce", "--json").stdout)
    (agrees, _), *_, (fails, n_fails) = found["counts"].items()
    quantities = {n["verdict"]: n["quantity"] for n in found["numbers"]}
    assert all(n["paper"] in short for n in found["numbers"])
    assert quantities[fails] in short and quantities[agrees] not in short and quantities[agrees] in whole
    assert short.count("printed ") >= n_fails and whole.count("computed ") >= len(found["numbers"])
    assert all(n["quantity"] in whole and n["note"] in whole for n in found["numbers"])
    assert all(cause["why"] in short for cause in found["causes"])
    assert len(short.splitlines()) < len(whole.splitlines()) / 1.5


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (("loop", "--radius-nm", -1), ("radius_nm = -1", "greater than 0")),
        (("loop", "--radius-nm", "nan"), ("radius_nm = NaN", "finite")),
        (("loop", "--material", "unobtainium"), ("material", "unobtainium", "iron")),
        (("loop", "--step-T", 0.3), ("step_T = 0.3", "does not divide")),
        (("loop", "--max-T", 1e300), ("max_T = 1e+300", "at most 100")),
        (("sweep", "--step-nm", 0), ("--step-nm = 0", "positive number")),
        (("sweep", "--from-nm", -3), ("--from-nm = -3", "above 0")),
        (("sweep", "--to-nm", 2), ("--to-nm = 2", "at least --from-nm = 6")),
        (("sweep", "--step-nm", 1e-6), ("--step-nm = 1e-06", "at most 20000")),
        (("sweep", "--to-nm", "inf"), ("--to-nm = inf", "finite number")),
        (("sweep", "--material", "steel"), ("material = 'steel'", "iron")),
        (("sweep", "--points", 10), ("points = 10", "odd")),
        (("sweep", "--model", "Hpp", "--model", "H"), ("model = 'H'", "H''", "Hp, Hpp, SW")),
        (("phases", "--Ku-from", -1), ("Ku_J_per_m3 = -1.0", "positive")),
        (("average", "--orientations", 1), ("orientations = 1", "2")),
        (("average", "--radius-nm", 0), ("radius_nm = 0", "greater than 0")),
        (("average", "--workers", 0), ("workers = 0", "at least 1")),
        (("sizes", "--Ms", 1e6), ("--Ms, --A and --Ku", "all three")),
        (("sizes", "--Ms", 1, "--A", 1e-11, "--Ku", 0), ("Ms_A_per_m = 1", "at least 1000")),
        (("sizes", "--cell-nm", 1e300), ("cell_nm = 1e+300", "at most 1000")),
        (("sizes", "--epsilon", 5), ("epsilon = 5", "below 1")),
        (("reproduce", "--published", "nowhere"), ("nowhere", "no such folder")),
    ],
)
def test_bad_input_is_one_line(refused, arguments, parts):
    assert refused(arguments, *parts)


def test_materials_say_their_constants_sources_and_what_they_stand_for(mxval):
    found = {m["name"]: m for m in json.loads(mxval("materials", "--json").stdout)["materials"]}
    assert (found["iron"]["A_J_per_m"], found["iron_21pJ"]["A_J_per_m"]) == (1e-11, 2.1e-11)
    assert found["cobalt"]["exchange_length_m"] == pytest.approx(4.88e-9, abs=5e-12)
    shown = mxval("materials").stdout
    for name, each in found.items():
        assert each["source"] in shown and f"{name}: {each['note']}" in shown
    for name in ("magnetite", "nickel"):
        assert "cubic crystal with K1 < 0" in found[name]["note"]
    assert "A = 10 pJ/m where most sources have 21" in mxval("loop", "--step-T", 0.5).stdout


def test_an_average_gives_the_coercive_field_with_its_error(mxval):
    shown = mxval("average", "--model", "SW", "--orientations", 16, "--step-T", 0.05).stdout
    assert "-0.02723" in shown and "±" in shown  # 0.4822 of iron's 0.0565 T, not a step of 0.05 T
