"""continuum from the command line: keys, own material, bad input."""

import json

import pytest

from reduced_model.continuum import loop
from reduced_model.continuum.equilibrium import NotResolved


def test_continuum_json(mxval):
    arguments = ("--radius-nm", 20, "--material", "iron", "--fields-T", "0.5,0.45", "--accuracy", 1e-3)
    found = json.loads(mxval("continuum", *arguments, "--json").stdout)
    told = {
        "Ms_A_per_m": 1.7e6,
        "A_J_per_m": 1e-11,
        "Ku_J_per_m3": 4.8e4,
        "axis": [0, 0, 1],
        "accuracy": 1e-3,
    }
    assert {name: found[name] for name in told} == told | {"A_J_per_m": found["A_J_per_m"]}
    keys = {"B_T", "m", "m_error", "lambda_min_T", "lambda_error_T", "state", "stability", "N", "events"}
    assert keys <= set(found)
    assert found["B_T"] == [0.5, 0.45] and [len(row) for row in found["m"]] == [3, 3]
    assert found["m"][1][2] == pytest.approx(0.8840, abs=1e-3)
    assert found["state"] == ["upright vortex"] * 2 and found["stability"] == ["minimum"] * 2


def test_a_material_of_one_s_own_and_its_event(mxval):
    numbers = ("--Ms-A-per-m", 1.7e6, "--A-J-per-m", 1e-11, "--Ku-J-per-m3", 4.8e4)
    shown = mxval(
        "continuum", "--radius-nm", 8, *numbers, "--fields-T", "-0.05,0.05,0.06", "--accuracy", 1e-3
    )
    assert "custom, R = 8 nm" in shown.stdout
    assert "reversal at 0.056471 T, error below 1e-06 T" in shown.stdout
    assert "coherent rotation" in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= 80


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("--fields-T", "0.5,x"), "--fields-T = 0.5,x: must be finite numbers with commas"),
        (("--fields-T", "0.5,-1e300"), "--fields-T = -1e+300: must be from -100 to 100"),
        (("--fields-T", "0.5", "--loop"), "--fields-T and --loop: give one of them"),
        (("--fields-T", "0.5", "--accuracy", 0), "accuracy = 0.0: must be from 1e-7 to below 1"),
        (
            ("--fields-T", "0.5", "--max-T", 1.0),
            "--fields-T tells the fields: leave --max-T and --step-T out",
        ),
        (("--Ms", 1e6), "--Ms, --A and --Ku make a material together"),
        (("--material", "irn"), "--material = irn: did you mean iron? (your own: --Ms, --A, --Ku)"),
        (
            ("--material", "unobtanium"),
            "--material = unobtanium: allowed: cobalt, iron, iron_21pJ, magnetite",
        ),
    ],
)
def test_bad_input_is_one_line(refused, arguments, message):
    refused(("continuum", *arguments), message)


def test_a_material_that_no_magnet_has_is_told(mxval):
    numbers = ("--Ms", 1700, "--A", 1e-11, "--Ku", 4.8e4, "--radius-nm", 6)
    for command in (("continuum", "--fields-T", 60.0), ("branches",)):
        told = " ".join(mxval(*command, *numbers).stdout.split())
        assert "Ms_A_per_m = 1.7e+06 if kA/m or emu/cm3 was meant" in told, command


def test_branches_of_two_spheres_as_tables(mxval, tmp_path):
    arguments = ("--material", "iron", "--radius-nm", "6,8", "--out", tmp_path / "made")
    found = json.loads(mxval("branches", *arguments, "--json").stdout)
    assert [row["R_nm"] for row in found["spheres"]] == [6.0, 8.0]
    assert {row["kind"] for row in found["spheres"]} == {"uniform"}
    for row in found["spheres"]:
        assert row["reversal_T"] == pytest.approx(-2 * 4.8e4 / 1.7e6, abs=1e-6)
    first = (tmp_path / "made" / "loops.csv").read_text().splitlines()[0]
    assert first == "# mxval branches --material iron --radius-nm 6,8 --accuracy 0.001"
    shown = mxval("branches", "--material", "iron", "--radius-nm", 8).stdout
    assert "iron, continuum" in shown and "-0.0565" in shown


def test_branches_end_with_2_where_all_are_too_large_and_with_1_where_some_are(mxval):
    for radii, code in (("1000", 2), ("6,1000", 1), ("6", 0)):
        done = mxval("branches", "--radius-nm", radii, "--json")
        assert done.exit_code == code and len(json.loads(done.stdout)["spheres"]) == radii.count(",") + 1


def test_branches_refuse_what_is_no_radius(refused):
    refused(("branches", "--radius-nm", "8,x"), "--radius-nm = 8,x: must be finite numbers with commas")
    refused(("branches", "--radius-nm", "8,-1"), "radius_nm = -1.0: should be greater than 0")


def test_an_easy_axis_off_the_field(mxval):
    """A uniform sphere in a field across its axis: m = B Ms/2Ku along the field (Stoner and Wohlfarth)."""
    asked = ("--radius-nm", 6, "--fields-T", "0.08,0.03", "--accuracy", 1e-3, "--axis", "2,0,0")
    found = json.loads(mxval("continuum", *asked, "--json").stdout)
    assert found["m"][0][2] == pytest.approx(1.0, abs=1e-3)
    assert found["m"][1][2] == pytest.approx(0.03 * 1.7e6 / (2 * 4.8e4), abs=1e-3)


def test_across_the_easy_axis_a_core_stands_upright_on_the_field(mxval):
    asked = ("--radius-nm", 12, "--fields-T", "0.35,0.3", "--accuracy", 1e-2, "--axis", "1,0,0")
    found = json.loads(mxval("continuum", *asked, "--json").stdout)
    assert found["state"][-1] == "upright vortex"
    assert found["m"][-1][:2] == pytest.approx([0.0, 0.0], abs=1e-6)


def test_what_is_no_axis_and_where_no_folder_can_be_is_refused_first(refused):
    refused(("continuum", "--axis", "1,0", "--fields-T", "0.3"), "three numbers")
    refused(("continuum", "--axis", "x", "--fields-T", "0.3"), "--axis = x: must be finite numbers")
    refused(("branches", "--out", "/dev/null/here"), "--out = /dev/null/here: no folder can be made there")


@pytest.fixture
def refusing(monkeypatch):
    """Lets the solver refuse fields from one on downwards."""

    def below(limit_T):
        solved = loop._next_on

        def next_on(path, problem, B_T, accuracy):
            if limit_T > B_T:
                raise NotResolved(f"B = {B_T:g} T: a core too narrow to resolve")
            return solved(path, problem, B_T, accuracy)

        monkeypatch.setattr(loop, "_next_on", next_on)

    return below


def test_a_refused_field_is_told_and_ends_with_1(mxval, refusing):
    refusing(0.1)
    shown = mxval("continuum", "--radius-nm", 6, "--fields-T", "0.2,0.05", "--accuracy", 1e-3)
    assert shown.exit_code == 1
    assert "refused at 0.05 T: B = 0.05 T: a core too narrow to resolve" in shown.stdout
    assert "uniform, minimum" in shown.stdout


def test_where_every_field_is_refused_each_says_why(mxval, refusing):
    refusing(1.0)
    shown = mxval("continuum", "--radius-nm", 6, "--fields-T", "0.2,0.05", "--accuracy", 1e-3)
    assert (shown.exit_code, shown.stdout) == (1, "")
    assert shown.stderr.splitlines() == [
        f"mxval: B = {B} T: a core too narrow to resolve" for B in ("0.2", "0.05")
    ]


def test_a_sphere_beyond_all_polynomials_is_bad_input(refused):
    refused(("continuum", "--radius-nm", 60, "--fields-T", "0.3"), "radius_nm = 60", "solved up to 16")
