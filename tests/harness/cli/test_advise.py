"""mxval advise: what it asks for, prints and writes; what it refuses."""

import json

import pytest

import harness.comparison.advice
from harness.comparison.cell_advice import CellAdvice
from harness.comparison.cell_error import error_law
from harness.comparison.cell_runs import CellRun, Reference
from reduced_model.materials import material

CELLS_M = (4e-9, 3.2e-9, 2.5e-9, 2e-9)


@pytest.fixture
def advice():
    """Advice on m, which errs as the cell, and on a tilted core, which errs as it likes."""
    values = {"m": [0.21 + 0.02 * h / 4e-9 for h in CELLS_M], "core_angle_deg": [30.0, 61.0, 49.0, 58.0]}
    wanted, exact, unit = (
        {"m": 0.01, "core_angle_deg": 0.57},
        {"m": 0.21, "core_angle_deg": 54.0},
        ("", "deg"),
    )
    laws = tuple(
        error_law(
            *(name, unit[name != "m"], 0.08),
            radius_m=20e-9,
            continuum=(exact[name], 1e-3),
            per_log_radius=0.0,
            wanted=wanted[name],
            cell_m=CELLS_M,
            value=values[name],
        )
        for name in values
    )
    runs = tuple(CellRun(h, 500, 1.0, {0.08: "tilted vortex"}, {0.08: {}}, 0.5) for h in CELLS_M)
    state = Reference(0.08, "tilted vortex", exact, dict.fromkeys(exact, 1e-3), dict.fromkeys(exact, 0.0))
    left_out = ("0.02 T: left out",)
    return CellAdvice(20e-9, material("iron"), 0.01, (state,), runs, laws, left_out)


@pytest.fixture
def asked(monkeypatch, advice):
    """What the command asks for, and the advice in its place."""
    given = {}
    monkeypatch.setattr(harness.comparison.advice, "cell_advice", lambda **kw: given.update(kw) or advice)
    return given


def test_json_and_files(mxval, asked, advice, tmp_path):
    out = tmp_path / "advice"
    options = ("--error", 0.01, "--fields-T", "0.08,0.02", "--cells-nm", "4,3.2,2.5,2", "--out", out)
    found = json.loads(mxval("advise", "--radius-nm", 20, *options, "--json").stdout)
    assert asked.pop("on_step") is None
    cells, fields = [4.0, 3.2, 2.5, 2.0], [0.08, 0.02]
    assert asked == {
        "radius_nm": 20,
        "material": material("iron"),
        "error": 0.01,
        "fields_T": fields,
        "cells_nm": cells,
    }
    assert found["cell_nm"] == pytest.approx(advice.laws[0].advised_m * 1e9)
    assert found["undecided"] == ["core angle at 0.08 T"] and found["limited_by"] == "m at 0.08 T"
    m, angle = found["observables"]
    assert (m["outcome"], angle["outcome"], angle["cell_nm"], angle["power"]) == (
        "law",
        "scatter",
        None,
        None,
    )
    assert [run["cells_across"] for run in found["runs"]] == [10, 12.5, 16, 20]
    names = [f"cell_advice.{kind}" for kind in ("csv", "pdf", "png", "svg")]
    assert sorted(f.name for f in out.iterdir()) == names


def test_for_people(mxval, asked, advice):
    shown = mxval("advise").stdout
    assert "iron, R = 20 nm, cells for an error of 0.01" in shown and "unknown" in shown
    assert "all that could be told" in shown and "core angle: unknown" in shown
    assert "core angle at 0.08 T: no cell is known; it goes from -24 to 7 deg on the lattices run" in shown
    assert "0.02 T: left out" in shown


def test_own_numbers_make_the_material(mxval, asked):
    mxval("advise", "--Ms-A-per-m", 1e6, "--A-J-per-m", 1e-11, "--Ku-J-per-m3", 0, "--json")
    assert (asked["material"].Ms_A_per_m, asked["material"].name) == (1e6, "custom")


def test_the_easy_axis_may_be_off_the_field(mxval, asked):
    mxval("advise", "--axis", "0,1,1", "--json")
    assert asked["material"].axis == pytest.approx((0.0, 0.5**0.5, 0.5**0.5))


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        (("--error", 2), ("error = 2", "from 0.001 to 0.3")),
        (("--cells-nm", "4,x,2"), ("--cells-nm = 4,x,2", "numbers with commas")),
        (("--cells-nm", "4,2"), ("cells_nm = 4, 2", "at least 3")),
        (
            ("--Ms", 1e6, "--A", 1e-11, "--Ku", 0, "--radius-nm", 6),
            ("radius_nm = 6", "ends at 0.0000 T by coherent rotation"),
        ),
        (("--material", "cobalt"), ("radius_nm = 20", "no vortex", "-0.4327 T by curling")),
    ],
)
def test_bad_input_is_a_line(refused, options, parts):
    refused(("advise", *options), *parts)
