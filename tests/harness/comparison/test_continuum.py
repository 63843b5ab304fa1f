"""The continuum of a case: solved once, kept on disk, refused in words, no part of any run."""

import json
import os
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from harness.analysis.result import analyse
from harness.comparison import continuum as module
from harness.comparison.comparison import compare
from harness.comparison.continuum import continuum_of
from harness.comparison.error_budget import Witness
from harness.comparison.prediction import predict
from harness.engines import CpuEngine
from harness.inputs import InputError
from harness.pipeline import plan_study
from harness.runs.execute import execute
from harness.runs.output import read
from harness.study.study import Study
from harness.study.tables import ContinuumTable
from reduced_model.continuum.equilibrium import NotResolved

from .made_continuum import made_continuum, made_result, made_study, stable_states

DOWN = (0.8, 0.4, 0.0, -0.4)


@pytest.fixture
def solved(monkeypatch, tmp_path):
    """The problems that were solved, by a solver that knows the answer; a cache of this test alone."""
    calls = []

    def solve(**problem):
        calls.append(problem)
        return made_continuum()

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(module, "continuum_branches", solve)
    return calls


def case_of(fields=DOWN, **changes):
    (case,) = made_study(fields, **changes).cases()
    return case


def kept(tmp_path):
    return sorted((tmp_path / "cache" / "mxval" / "continuum").glob("*.json"))


def test_a_problem_is_solved_once(solved, tmp_path):
    steps = []
    first = continuum_of(case_of(), on_step=steps.append)
    again = continuum_of(case_of(), on_step=steps.append)
    assert steps == ["solving the continuum: iron, R = 20 nm"]
    assert first.to_dict() == again.to_dict()
    (problem,) = solved
    assert (problem["radius_m"], problem["maximum_T"], problem["accuracy"]) == (20e-9, 0.8, 1e-3)
    assert len(kept(tmp_path)) == 1


@pytest.mark.parametrize(
    "same",
    [
        {"mesh": {"cell_nm": 2.0}},
        {"protocol": [{"kind": "kick"}]},
        {"fields": (-0.8, 0.1, 0.8)},  # its mirror image, and other fields of the same range
        {"material": {"name": "iron", "axis": [0, 0, -1]}},
    ],
)
def test_what_does_not_count_is_the_same_problem(solved, same):
    continuum_of(case_of())
    continuum_of(case_of(**{"fields": DOWN, **same}))
    assert len(solved) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"fields": (0.9, 0.0)},
        {"particle": {"radius_nm": 19.0}},
        {"material": {"name": "iron_21pJ"}},
        {"protocol": [{"kind": "tilt", "theta_deg": 2.0}]},
    ],
)
def test_another_problem_is_solved_anew(solved, tmp_path, other):
    continuum_of(case_of())
    continuum_of(case_of(**{"fields": DOWN, **other}))
    assert len(solved) == len(kept(tmp_path)) == 2


def test_fields_within_those_that_were_solved_are_not_solved_again(solved, tmp_path):
    continuum_of(case_of((1.0, 0.0)))
    for fields in ((0.6, 0.0), (0.3, -0.99)):
        assert continuum_of(case_of(fields)).to_dict() == made_continuum().to_dict()
    assert len(solved) == 1
    continuum_of(case_of((1.1, 0.0)))
    assert len(solved) == len(kept(tmp_path)) == 2


def test_accuracy_and_the_solver_s_revision_count(solved, monkeypatch):
    continuum_of(case_of())
    continuum_of(case_of(), accuracy=1e-4)
    monkeypatch.setattr(module, "REVISION", module.REVISION + 1)
    continuum_of(case_of())
    assert [problem["accuracy"] for problem in solved] == [1e-3, 1e-4, 1e-3]


@pytest.mark.parametrize("spoilt", ["", "{", "[]", '{"problem": 1}', '{"problem": {}, "refused": ""}'])
def test_a_damaged_file_is_solved_anew(solved, tmp_path, spoilt):
    continuum_of(case_of())
    (file,) = kept(tmp_path)
    whole = file.read_text()
    file.write_text(spoilt)
    continuum_of(case_of())
    again, before = json.loads(file.read_text()), json.loads(whole)
    assert len(solved) == 2 and again.pop("seconds") >= 0 and before.pop("seconds") >= 0
    assert again == before
    values = json.loads(whole)
    del values["branches"]["branches"][0]["values"]
    file.write_text(json.dumps(values))
    continuum_of(case_of())
    assert len(solved) == 3


def test_without_a_folder_to_keep_it_in_it_is_solved_all_the_same(solved, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert len(continuum_of(case_of()).branches) == 5


def test_where_it_cannot_be_kept_nothing_is_left_half_written(solved, tmp_path, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, "replace", full)
    continuum_of(case_of())
    assert kept(tmp_path) == []
    assert list((tmp_path / "cache" / "mxval" / "continuum").glob("*.part")) == []


def test_a_second_process_waits_for_the_first(solved, monkeypatch):
    quick = module.continuum_branches

    def slow(**problem):
        time.sleep(0.3)
        return quick(**problem)

    monkeypatch.setattr(module, "continuum_branches", slow)
    threads = [threading.Thread(target=continuum_of, args=(case_of(),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(solved) == 1


def test_what_is_not_resolved_is_remembered_and_said(solved, monkeypatch):
    def refuse(**problem):
        solved.append(problem)
        raise NotResolved("B = 0.1 T: |u| falls to 0.04")

    monkeypatch.setattr(module, "continuum_branches", refuse)
    for _ in range(2):
        prediction = predict(case_of(), ContinuumTable())
        assert prediction.continuum is None
        assert prediction.missing == (
            "the continuum is not solved, so there is no error budget: B = 0.1 T: |u| falls to 0.04",
        )
    assert len(solved) == 1


def test_what_is_followed_in_part_says_how_far(solved, monkeypatch):
    part = replace(made_continuum(), refused="B = -0.2 T: |u| falls to 0.04")
    monkeypatch.setattr(module, "continuum_branches", lambda **problem: part)
    prediction = predict(case_of(), ContinuumTable())
    assert prediction.continuum is part
    assert prediction.missing == ("the continuum is solved in part: B = -0.2 T: |u| falls to 0.04",)


def test_a_long_wait_is_seen_to_pass(solved, monkeypatch, tmp_path):
    def solve(*, on_step, **problem):
        for number in range(5):
            on_step(number + 1, 9)
        return made_continuum()

    monkeypatch.setattr(module, "continuum_branches", solve)
    monkeypatch.setattr(module, "TELL_EVERY_S", 0.0)
    steps = []
    predict(case_of(), ContinuumTable(), steps.append, of_study=True)
    assert len(steps) == 6 and ": 5 of about 9 states" in steps[-1]
    assert "`solve = false` under [continuum]" in steps[-1]
    kept(tmp_path)[0].unlink()
    predict(case_of(), ContinuumTable(), steps.append)
    assert steps[-1].endswith(": 5 of about 9 states (once, then kept)")  # a loop of any origin has no file


def test_a_sphere_too_large_is_refused_before_anything_is_solved(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(NotResolved, match=r"radius_nm = 60 is 25\.6 exchange lengths"):
        continuum_of(case_of(particle={"radius_nm": 60.0}))
    assert json.loads(kept(tmp_path)[0].read_text())["branches"] is None


def test_a_study_that_asks_for_none_gets_none(solved, tmp_path):
    study = made_study(DOWN, continuum={"solve": False})
    result = made_result(tmp_path, study, *stable_states(DOWN))
    made = compare(study, [result])
    assert solved == [] and made.budgets == (None,) and made.predictions[0].missing == ()


def test_a_comparison_has_a_budget_a_case_and_the_continuum_in_its_table(solved, tmp_path):
    fields = (0.8, 0.4, 0.2, 0.05, 0.0, -0.05, -0.2, -0.4, -0.6)
    study = made_study(fields, continuum={"accuracy": 1e-2})
    result = made_result(tmp_path, study, *stable_states(fields))
    steps = []
    made = compare(study, [result], steps.append)
    assert steps == ["solving the continuum: iron, R = 20 nm"] and solved[0]["accuracy"] == 1e-2
    (budget,) = made.budgets
    assert budget.case == "R20nm-c4nm-bare"
    values = {row.quantity: row.continuum for row in made.rows}
    assert values["remanence"] == pytest.approx(0.0, abs=1e-12)
    assert values["coercive field"] == 0.0
    assert values["annihilation field"] == -0.5
    assert values["core leaves the field's line, at"] == 0.1
    assert values["nucleation field"] == pytest.approx(0.52818, abs=5e-6)  # Brown, in closed form
    assert "<th>continuum</th>" in made._repr_html_() and "Brown" not in made._repr_html_()


def test_it_is_no_part_of_a_run_s_identity(tmp_path):
    asked = [made_study(DOWN, continuum=table) for table in ({}, {"solve": False}, {"accuracy": 1e-5})]
    hashes = {run.folder.hash for study in asked for run in plan_study(study, CpuEngine(), tmp_path)}
    assert len(hashes) == 1


@pytest.mark.parametrize(
    "table, message",
    [
        ({"accuracy": 0}, "continuum.accuracy = 0"),
        ({"accuracy": 0.2}, "at most 0.1"),
        ({"solve": 1}, "continuum.solve = 1"),
        ({"solves": True}, "did you mean solve?"),
    ],
)
def test_its_keys_are_checked(table, message):
    with pytest.raises(InputError, match=message):
        made_study(DOWN, continuum=table)


def test_the_cases_of_one_sphere_share_one_problem(solved, tmp_path):
    study = made_study(DOWN, mesh={}, sweep={"cell_nm": [4.0, 5.0]})
    results = []
    for case in study.cases():
        single = made_study(DOWN, mesh={"cell_nm": case.mesh.cell_nm})
        results.append(made_result(tmp_path / case.name, single, *stable_states(DOWN)))
    made = compare(study, results)
    assert len(solved) == 1
    assert made.budgets[0].theory is made.budgets[1].theory


def test_a_solution_that_was_broken_off_goes_on_from_its_states(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def broken_off(kept, **problem):
        kept["first"], kept["second"] = {"m": [1.0]}, None
        raise KeyboardInterrupt

    def whole(kept, **problem):
        assert dict(kept) == {"first": {"m": [1.0]}}  # the second was not written whole
        return made_continuum()

    monkeypatch.setattr(module, "continuum_branches", broken_off)
    with pytest.raises(KeyboardInterrupt):
        continuum_of(case_of())
    (states,) = (tmp_path / "cache" / "mxval" / "continuum").glob("*.states")
    states.write_text(states.read_text()[:-8])
    forgotten, recent = (states.with_name(f"{name}.states") for name in ("forgotten", "recent"))
    for other, days in ((forgotten, 31), (recent, 29)):
        other.write_text("{}\n")
        os.utime(other, (time.time() - days * 86400,) * 2)
    monkeypatch.setattr(module, "continuum_branches", whole)
    steps = []
    continuum_of(case_of(), on_step=steps.append)
    assert steps[1] == "going on from what was solved before: 1 of its states"
    assert not states.exists() and len(kept(tmp_path)) == 1
    assert recent.exists() and not forgotten.exists() and not list(states.parent.glob("*.part"))


def test_states_are_whole_on_disk_while_they_are_read_back(monkeypatch, tmp_path):
    """A kill at opening leaves what was solved before: the file is replaced, never emptied."""
    problem, place = {"revision": 1}, tmp_path / "problem.json"
    module._States(place, problem)["first"] = 1.0
    before = place.with_suffix(".states").read_text()

    def killed(part, whole):
        assert place.with_suffix(".states").read_text() == before
        raise KeyboardInterrupt

    monkeypatch.setattr(module.os, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        module._States(place, problem)
    monkeypatch.undo()
    assert dict(module._States(place, problem)) == {"first": 1.0}


def test_the_cache_is_the_user_s(monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(module.Path, "home", lambda: Path("/home/somebody"))
    assert module._folder() == Path("/home/somebody/.cache/mxval/continuum")


def test_a_path_that_never_leaves_zero_has_a_range(solved):
    continuum_of(case_of((0.0,)))
    assert solved[0]["maximum_T"] == pytest.approx(4e-7 * np.pi * 1.7e6)


@pytest.mark.validate
def test_a_study_solves_its_own_continuum(tmp_path, monkeypatch):
    """R = 12 nm, nothing prepared: the continuum is solved, kept, and found again."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    study = Study.from_values(
        {
            "name": "small",
            "material": {"name": "iron"},
            "particle": {"radius_nm": 12},
            "mesh": {"cell_nm": 3},
            "field": {"values_T": [0.4, 0.2, 0.1, -0.1, -0.4]},
            "save": {"ovf": "none"},
            "protocol": [{"kind": "kick"}],
        }
    )
    (run,) = plan_study(study, CpuEngine(), tmp_path)
    result, steps = analyse(read(execute(run, CpuEngine()))), []
    made = compare(study, [result], steps.append)
    told = len(steps)
    again = compare(study, [result], steps.append)
    assert len(steps) == told  # found again
    assert steps[0] == "solving the continuum: iron, R = 12 nm"
    assert made.budgets[0].windows == again.budgets[0].windows
    continuum = made.predictions[0].continuum
    nucleation = continuum.events[0]
    brown = made.predictions[0].nucleation.brown_T
    assert abs(nucleation.B_T - brown) < nucleation.error_T + 1e-6
    window = next(w for w in made.budgets[0].windows if w.first_T >= 0.2 >= w.last_T)
    # The Ansatz nucleates at 0.247 T, 0.055 T below Brown's field: so near to it, H' has opened less.
    assert window.nearest is Witness.SIMULATION and window.error < 1e-3
    ansatz = made.budgets[0].split("m", Witness.PRIME).set_index("B_T")["ansatz_error"]
    assert -0.06 < ansatz[0.2] < -0.03


def test_the_time_to_come_is_that_of_what_was_solved_here(solved):
    """A guess at first, nothing where it is kept, be it over wider fields, then the mean of those kept."""
    case = case_of()
    assert module.expected_s(case, 1e-3, 0.5) == (module.SOLVING_S, 0)
    continuum_of(case, maximum_T=0.5)
    assert module.expected_s(case, 1e-3, 0.5) == module.expected_s(case, 1e-3, 0.4) == (0.0, 0)
    seconds, known = module.expected_s(case, 1e-4, 0.5)
    assert known == 1 and 0 < seconds < module.SOLVING_S  # the stand-in takes no time
