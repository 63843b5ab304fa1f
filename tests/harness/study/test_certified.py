"""Protocol certified from study to observables, and where it cannot go."""

import csv

import pytest

from harness.analysis.result import analyse
from harness.comparison.comparison import compare
from harness.comparison.table import TURN
from harness.engines import CpuEngine
from harness.engines.mumax3.program import MuMax3
from harness.inputs import InputError
from harness.mx3.options import Options
from harness.runs.execute import execute
from harness.runs.output import read
from harness.runs.plan import plan
from harness.study.script import script_tokens
from harness.study.study import Study


def study(**changes):
    values = {
        "name": "certified",
        "material": {"name": "iron"},
        "particle": {"radius_nm": 12},
        "mesh": {"cell_nm": 4},
        "continuum": {"solve": False},
        "field": {"values_T": [0.4, 0.25, 0.15, 0.05]},
        "protocol": [{"kind": "certified"}, {"kind": "bare"}],
    }
    return Study.from_values(values | changes)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    runs = plan(study(), CpuEngine(), tmp_path_factory.mktemp("runs"))
    return [(run, analyse(read(execute(run, CpuEngine())))) for run in runs]


def lines(run, name):
    with (run.folder.out / name).open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_script_is_the_bare_one_and_the_option_is_in_the_record(results):
    (certified, found), (bare, _) = results
    assert script_tokens(certified.rendered.script) == script_tokens(bare.rendered.script)
    assert found.record.options["leave_saddles"] is True
    assert "leave_saddles" not in bare.options
    assert certified.folder.hash != bare.folder.hash


def test_every_row_says_what_it_is(results):
    (certified, _), (bare, _) = results
    rows = [line for line in lines(certified, "solver.csv") if line["event"] == "tablesave"]
    assert [line["verdict"] for line in rows] == ["minimum"] * 4
    assert all(float(line["lambda_min_T"]) > 0 for line in rows)
    assert "verdict" not in lines(bare, "solver.csv")[0]
    assert not (bare.folder.out / "events.csv").exists()


def test_the_side_not_kept_goes_to_a_table_of_its_own(results):
    (certified, _), _ = results
    curling, tilt = lines(certified, "rejected.csv")
    assert (curling["step"], curling["mode"]) == ("1", "curling")
    assert (tilt["step"], tilt["mode"]) == ("3", "tilt of the core")
    assert float(tilt["mx_kept"]) > 0 > float(tilt["mx_rejected"])
    assert float(tilt["lambda_min_T"]) < 0
    assert float(tilt["energy_kept_J"]) <= float(tilt["energy_rejected_J"]) * (1 + 1e-9)


def test_located_events_are_the_observables(results):
    (certified, found), (_, bare) = results
    nucleation, tilt = lines(certified, "events.csv")
    assert [nucleation["kind"], tilt["kind"]] == ["nucleation", "tilt"]
    (branch,) = found.observables
    assert branch.nucleation_field_T == float(nucleation["B_along_T"])
    assert branch.nucleation_error_T <= 0.5e-5
    assert [e.kind for e in found.loop.events] == ["nucleation", "tilt"]
    assert bare.loop.events == ()


def test_the_table_takes_them_with_their_error(results):
    (certified, found), _ = results
    table = compare(study(), [found]).table.set_index("quantity")
    for quantity, line in zip(("nucleation field", TURN), lines(certified, "events.csv"), strict=True):
        assert table.simulated[quantity] == float(line["B_along_T"])
        assert table.uncertainty[quantity] <= 0.5e-5


def test_mumax3_is_refused_in_one_line(tmp_path):
    with pytest.raises(InputError) as refusal:
        plan(study(), MuMax3(), tmp_path)
    assert "protocol certified" in str(refusal.value) and "--engine cpu" in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("table", "values", "key"),
    [
        ("solver", {"algorithm": "faithful"}, "solver.algorithm = faithful"),
        ("solver", {"precision": "single"}, "solver.precision = single"),
        ("mesh", {"cell_nm": 4, "edge_smooth": 4}, "mesh.edge_smooth = 4"),
    ],
)
def test_what_has_no_curvature_is_refused(table, values, key):
    with pytest.raises(InputError) as refusal:
        study(**{table: values})
    assert f"{key}: protocol certified needs" in str(refusal.value)


def test_options_say_what_they_need():
    with pytest.raises(ValueError, match="leave_saddles needs algorithm fast and float_dtype float64"):
        Options(leave_saddles=True, float_dtype="float32")
