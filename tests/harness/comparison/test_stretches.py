"""Which branch a loop sits on, stretch by stretch: a table alone, and one with torques."""

from dataclasses import replace

import numpy as np
import pytest

from harness.comparison.comparison import compare
from harness.comparison.sources import SourceTable, require_one_sphere, together
from harness.comparison.stretches import Stretch, spans
from harness.inputs import InputError
from harness.pipeline import open_run
from harness.runs.descent import Fault, Rule
from harness.runs.foreign.output import foreign_outputs
from harness.runs.foreign.told import Told
from harness.runs.imported import import_output
from harness.verdict import Kind, judge

from .straight_continuum import CORE, SLOPE, made_branch, straight_continuum


@pytest.fixture(autouse=True)
def known_continuum(monkeypatch):
    """The continuum that these loops are held against is made, not solved."""
    monkeypatch.setattr("harness.comparison.prediction.continuum_of", lambda *_: straight_continuum())


def _table(folder, torque=None, name="away", leaves_T=0.4, last_T=-0.1):
    """A loop from 1 T down: uniform to a field, an upright vortex to -0.05 T, then a tilted one."""
    B = np.round(np.arange(1.0, last_T - 0.02, -0.025), 3)
    tilted = B / 0.129 * (CORE + SLOPE * 0.129)
    m = np.where(leaves_T <= B, 0.9995, np.where(B >= -0.05, CORE + SLOPE * B + 0.01, tilted))
    across = np.where(B < -0.06, 0.1, 0.0)
    columns = [("B (T)", B), ("mx ()", across), ("my ()", 0 * B), ("mz ()", m)]
    columns += [("maxTorque (T)", torque(B))] if torque else []
    place = folder / name
    place.mkdir()
    rows = "\n".join("\t".join(f"{x:.9g}" for x in row) for row in zip(*(c for _, c in columns), strict=True))
    (place / "loop.txt").write_text("\t".join(n for n, _ in columns) + "\n" + rows + "\n")
    return place


def _result(tmp_path, radius_nm=20.0, **how):
    (source,) = foreign_outputs([_table(tmp_path, **how)])
    told = Told.checked(radius_nm=radius_nm, material="iron", cell_nm=2.0)
    return open_run(import_output(source, told, tmp_path / "runs").folder)


def _compared(*results):
    return SourceTable(compare(together(results, 1e-3), results, whole=False))


@pytest.mark.parametrize(
    ("leaves_T", "says"),
    [
        (0.4, "Fields are known to ± 0.0125 T, half the field step."),
        (0.51, "The nucleation field is known to ± 0.0375 T: rows between could not be decided."),
    ],
)
def test_half_the_field_step_is_said_only_where_it_is(tmp_path, leaves_T, says):
    result = _result(tmp_path, leaves_T=leaves_T)
    verdict = judge(compare(together([result], 1e-3), [result], whole=False))
    (step,) = [f for f in verdict.answers[0].how_sure if f.kind is Kind.FIELD_STEP]
    assert step.text == says


@pytest.mark.parametrize(
    ("names", "state"),
    [(("mx ()", "my ()", "mz ()"), "vortex, any direction"), (("m ()",), "undecided")],
)
def test_where_every_direction_is_alike_the_moment_s_length_tells(tmp_path, names, state):
    """Without field and axis a core may stand anywhere: here at 37 degrees to the field's line."""
    B = np.round(np.arange(1.0, -0.01, -0.025), 3)
    m = np.where(B >= 0.4, 0.9995, CORE + SLOPE * B)
    columns = {"B (T)": B, "m ()": np.where(B == 0, 0.8 * m, m), "mx ()": np.where(B == 0, 0.6 * m, 0)}
    columns |= {"my ()": 0 * B, "mz ()": columns["m ()"]}
    rows = zip(*(columns[name] for name in ("B (T)", *names)), strict=True)
    lines = ["\t".join(("B (T)", *names)), *("\t".join(f"{x:.9g}" for x in row) for row in rows)]
    (file := tmp_path / "soft.txt").write_text("\n".join(lines) + "\n")
    (source,) = foreign_outputs([file])
    soft = {"Ms_A_per_m": 1.7e6, "A_J_per_m": 2.1e-11, "Ku_J_per_m3": 0.0}
    told = Told.checked(radius_nm=20.0, cell_nm=2.0, numbers=soft)
    result = open_run(import_output(source, told, tmp_path / "runs").folder)
    *_, last = next(iter(_compared(result).of_source.values()))
    assert last.first_T == last.last_T == 0.0 and last.state == state


def test_a_loop_on_a_saddle_until_it_flips(tmp_path):
    table = _compared(_result(tmp_path))
    (found,) = table.of_source.values()
    told = [(s.first_T, s.last_T, s.kind, s.core, s.stability) for s in found]
    assert told == [
        (1.0, 0.55, "uniform", "up", "minimum"),
        (0.525, 0.5, "", "", ""),  # where two branches meet the moment cannot tell them apart
        (0.475, 0.4, "uniform", "up", "saddle"),
        (0.375, 0.15, "upright vortex", "up", "minimum"),
        (0.125, 0.125, "", "", ""),
        (0.1, -0.05, "upright vortex", "up", "saddle"),
        (-0.075, -0.1, "tilted vortex", "", "minimum"),
    ]
    assert {s.told_by for s in found} == {"mean moment"}
    assert [s.state for s in found if not s.kind] == ["undecided"] * 2
    assert found[5].distance == pytest.approx(0.01, abs=1e-3)
    (line,) = table.lines()
    assert "11 of 45 rows on a saddle of the continuum (0.475 to 0.4 T down, 0.1 to −0.05 T down)" in line


def test_a_uniform_state_that_turns_over_on_one_branch_is_up_and_then_down(tmp_path, monkeypatch):
    """As where the easy axis stands across the field."""
    B = np.linspace(-0.5, 0.5, 11)
    leaning = made_branch("uniform", B, 2 * B, np.rad2deg(np.arccos(2 * B)), (-0.5, 0.5))
    across = replace(straight_continuum(), branches=(leaning,), links=((-1, -1),), events=())
    monkeypatch.setattr("harness.comparison.prediction.continuum_of", lambda *_: across)
    rows = "\n".join(f"{b:.9g}\t{2 * b:.9g}" for b in (0.5, 0.3, 0.1, -0.1, -0.3, -0.5))
    (file := tmp_path / "across.txt").write_text(f"B (T)\tm ()\n{rows}\n")
    (source,) = foreign_outputs([file])
    told = Told.checked(radius_nm=20.0, material="iron", cell_nm=2.0)
    result = open_run(import_output(source, told, tmp_path / "runs").folder)
    (found,) = _compared(result).of_source.values()
    assert [(s.last_T, s.core) for s in found] == [(0.1, "up"), (-0.5, "down")]


@pytest.mark.parametrize(("off", "told"), [(0.14, False), (0.16, True)])
def test_a_kind_whose_moment_is_far_from_its_branch_is_told(tmp_path, off, told):
    """As of another body: kind and branch agree, and 20 cells across explain 0.05."""
    table = _compared(_result(tmp_path))
    ((label, found),) = table.of_source.items()
    table.__dict__["of_source"] = {label: (replace(found[0], distance=off), *found[1:])}
    said = [line for line in table.lines() if "its moment is" in line]
    why = "off the branch of its kind (1 to 0.55 T down), more than 3 times the 0.05 that its cells explain"
    assert said == [f"{label}: its moment is up to {off} (rms) {why}"] * told


def test_a_loop_that_its_files_contradict_is_told_before_where_it_sits(tmp_path):
    result = _result(tmp_path)
    other = ["Ms", "A/m", 1.7e6, 8e5, "m.ovf", ""]
    doubt = "the moment is opposed to the field"
    details = {"contradicted": [other], "doubts": [doubt]}
    result = replace(result, record=result.record.updated(details=details))
    mistaken, told, sits = _compared(result).lines()
    assert f"{doubt}: do not believe what is said of it before that is mended" in mistaken
    assert "m.ovf: Ms is 800000 A/m by it, and 1.7e+06 A/m is taken: do not believe" in told
    assert "rows on a saddle" in sits


def test_a_loop_of_one_row_is_told_as_one(tmp_path):
    (line,) = _compared(_result(tmp_path, last_T=1.0)).lines()
    assert line.endswith(": its only row on a minimum of the continuum")


def test_rows_that_are_left_out_are_told_with_why(tmp_path):
    result = replace(_result(tmp_path), faults=(Fault(0, 1.0, Rule.CEILING, 1e-18),))
    left_out, _ = _compared(result).lines()
    assert "1 of 45 rows, step 0 (1 T), are no result of the field path and are left out: " in left_out
    assert left_out.endswith("its energy is 1e-18 J above that of the uniform state against the field")


def test_torques_that_grow_are_told_of_their_stretch(tmp_path):
    def torque(B):
        return np.where((B < 0.11) & (B >= -0.05), 1e-6 * 8 ** ((0.125 - B) / 0.025), 1e-6)

    table = _compared(_result(tmp_path, torque=torque))
    (found,) = table.of_source.values()
    assert [bool(s.growth) for s in found] == [*[False] * 4, True, True, False]
    assert found[5].verdict == "saddle; torque grows"
    certified = replace(found[5], certified=(("minimum", 1), ("saddle", 3)))
    assert certified.verdict == "saddle; 1 certified minimum, 3 certified saddles; torque grows"
    assert "8 times each" in list(table.lines())[1]


def test_nucleation_and_tilt_are_told_by_the_moment(tmp_path):
    (budget,) = _compared(_result(tmp_path)).comparison.budgets
    events = budget.events.set_index("event")
    assert events.loc["nucleation", "simulation_T"] == pytest.approx(0.3875)
    assert events.loc["nucleation", "simulation_error_T"] == pytest.approx(0.0125)
    assert events.loc["tilt", "simulation_T"] == pytest.approx(-0.0625)


def test_several_loops_share_a_table(tmp_path):
    one, other = _result(tmp_path, name="one"), _result(tmp_path, name="other")
    table = _compared(one, other)
    assert list(table.of_source) == ["one", "other"]
    frame = table.frame
    assert set(frame["source"]) == {"one", "other"} and set(frame["stability"]) == {"", "minimum", "saddle"}
    told = table.to_dict()["sources"]
    assert [each["program"] for each in told] == ["another program, imported"] * 2
    assert told[0]["budget"]["windows"] and told[0]["stretches"][2]["stability"] == "saddle"


def test_loops_of_two_spheres_are_not_compared(tmp_path):
    results = _result(tmp_path, name="one"), _result(tmp_path, radius_nm=12.0, name="small")
    with pytest.raises(InputError, match=r"radius 12 nm, where .* has 20 nm; compare runs of one sphere"):
        require_one_sphere(results)


def test_without_a_continuum_its_branches_are_not_known(tmp_path):
    table = _compared(_result(tmp_path))
    bare = SourceTable(replace(table.comparison, budgets=(None,)))
    assert list(bare.of_source.values()) == [()]
    assert "the continuum is not solved" in next(bare.lines())


def _stretch(first_T, last_T, n_rows, **changed):
    of = {"kind": "", "core": "", "stability": "", "told_by": "", "distance": np.nan, "undecided": True}
    rows = {"first_row": 0, "last_row": n_rows - 1}
    return Stretch(**{"branch": "descending"} | rows | of | changed, first_T=first_T, last_T=last_T)


def test_of_many_stretches_the_graver_are_named():
    undecided = [_stretch(B, B - 0.05, 5) for B in (0.6, 0.5, 0.4, 0.3)]
    told = spans([*undecided, _stretch(0.2, 0.2, 1, undecided=False)])
    assert told.endswith("0.4 to 0.35 T down, 0.2 T and 1 more")
    saddle = {"stability": "saddle", "undecided": False}
    held = [_stretch(B, B - 0.05, 5, **saddle, certified=(("minimum", 5),)) for B in (0.6, 0.5, 0.4, 0.3)]
    assert "0.2 T and 1 more" in spans([*held, _stretch(0.2, 0.2, 1, **saddle, growth="it grows")])


def test_a_field_that_is_named_twice_is_so_with_its_branch():
    again = [_stretch(0.2, 0.2, 1), _stretch(-0.2, -0.2, 1), _stretch(0.2, 0.2, 1, branch="ascending")]
    assert spans(again) == "0.2 T down, −0.2 T, 0.2 T up"


def test_two_rows_at_one_field_are_at_that_field():
    assert _stretch(0.0, 0.0, 2).fields == "0"
