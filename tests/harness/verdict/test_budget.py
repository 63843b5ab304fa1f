"""Who is nearest to the continuum: what is said of hand-made budgets, and what must not be."""

import json
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from harness.analysis.result import analyse
from harness.comparison import continuum
from harness.comparison.comparison import compare
from harness.engines import CpuEngine
from harness.pipeline import plan_study
from harness.runs.execute import execute
from harness.runs.output import read
from harness.study.study import Study
from harness.verdict import Finding, Kind, Level, judge
from harness.verdict.budget import _judgement, _mirrored, _stretches_apart, _telling, _where, crosses
from harness.verdict.head import question
from harness.verdict.words import wording
from reduced_model.continuum.branches import ContinuumBranches

from ..made_budgets import DOUBLE, EVENTS, IRON, PRIME, SIMULATION, mirrored, window, with_budgets
from .reading import believed, found, rests_on
from .samples.nearest import NOBODY_OFF, WINDOW, WINDOW_OF

SOLVED = Path(__file__).parents[1] / "comparison" / "iron_20nm.json"
"""The continuum of iron, R = 20 nm, as `continuum_branches` found it."""
REPLACED = {Kind.HAMILTONIAN, Kind.SAME_HAMILTONIANS, Kind.HAMILTONIAN_UNTOLD}


@pytest.fixture(scope="module")
def verdict(budgeted):
    return judge(budgeted)


def of_windows(comparison, *windows, events=EVENTS):
    """The verdict on a comparison whose budgets have these windows alone, falling and rising alike."""
    return judge(with_budgets(comparison, mirrored(windows), events))


def test_the_head_begins_with_who_is_nearest(verdict):
    kinds = [f.kind for f in verdict.answers[0].believe]
    assert kinds[:3] == [Kind.BUDGET_WINDOW] * 3
    assert kinds.index(Kind.NUCLEATION) > max(
        k for k, kind in enumerate(kinds) if kind in (Kind.BUDGET_EVENT,)
    )
    first, second, third = verdict.believe[:3]
    assert first == (
        "For |B| from 0.24 to 0.5 T H′ and H″ are nearest to the continuum: rms distance of ⟨m⟩ 0.02; "
        "the simulation of “kick” 0.06, 3 times as far."
    )
    assert second.startswith("For |B| = 0.08 T the simulation of “kick” holds")
    assert "0.012 from its ⟨m⟩" in second and "H′ and H″ hold an upright vortex there, a saddle" in second
    assert third.startswith("For |B| up to 0.06 T H′ is nearest") and "H″ holds an upright vortex" in third
    assert "who is nearest to the continuum, H′, H″ or the simulation?" in verdict.asked[0]


def test_the_budget_replaces_the_choice_between_the_models(verdict, comparison):
    assert REPLACED.isdisjoint(f.kind for f in verdict.findings)
    before = judge(comparison)
    assert not REPLACED.isdisjoint(f.kind for f in before.findings)
    assert not any(f.kind.startswith(("budget", "off")) for f in before.findings)
    assert "are the equilibria nearer to H′ or to H″?" in before.asked[0]


def test_no_two_sentences_of_a_head_tell_the_same(verdict):
    told = (*verdict.believe, *verdict.how_sure)
    assert len(set(told)) == len(told)
    about = [f for f in verdict.answers[0].believe if f.kind in (Kind.BUDGET_EVENT, Kind.NUCLEATION)]
    assert [f.details.get("event") for f in about] == ["tilt", None]  # nucleation is told beside Brown's
    alone = rests_on(verdict)[Kind.ONE_MESH].text
    assert "what cells contribute cannot" not in alone and "how their error falls with the cell" in alone


def test_a_finding_of_a_window_holds_its_numbers_and_rows(verdict, budgeted):
    first = found(verdict, Kind.BUDGET_WINDOW, "kick")[0]
    assert first.level is Level.INFERENCE and set(first.cases) == {"bare", "kick"}
    n = first.numbers
    assert (n["rms_simulation"], n["rms_prime"], n["rms_double_prime"]) == (0.06, 0.02, 0.02)
    assert (n["factor"], n["error"], n["n_rows"]) == (pytest.approx(3.0), 3e-4, 56)
    kick = budgeted.results[1]
    (source,) = [rows for rows in first.rows if rows.run == kick.folder.name]
    fields = np.abs(kick.loop.B_T[list(source.steps)])
    assert fields.min() == pytest.approx(0.24) and fields.max() == pytest.approx(0.5) and len(fields) == 56


def test_a_window_that_only_the_other_branch_mirrors_is_not_told_of_both_signs(comparison):
    """An open loop: at 0.04 T on the way down other than at -0.04 T."""
    falling = window(0.04, -0.02, {SIMULATION: 0.06, PRIME: 0.02}, DOUBLE_PRIME="upright vortex")
    rising = replace(falling, branch="ascending", first_T=-0.04, last_T=0.02)
    verdict = judge(with_budgets(comparison, (falling, rising), EVENTS))
    where = "From 0.04 to −0.02 T on the descending branch, and mirrored on the other, H′ is nearest"
    assert verdict.believe[0].startswith(where)
    alone = judge(with_budgets(comparison, (falling,), EVENTS))
    assert alone.believe[0].startswith("From 0.04 to −0.02 T H′ is nearest")


def test_a_window_that_neither_sign_nor_branch_pairs_is_told_where_it_is(comparison):
    """Three of four: what is mirrored is told as that, the third with its own field and rows."""
    falling = window(-0.3, -0.5, {SIMULATION: 0.06, PRIME: 0.02, DOUBLE: 0.02})
    rising = [replace(falling, branch="ascending", first_T=s * 0.3, last_T=s * 0.5) for s in (-1, 1)]
    verdict = judge(with_budgets(comparison, (falling, *rising), EVENTS))
    assert [f.text.split(" H′")[0] for f in found(verdict, Kind.BUDGET_WINDOW, "kick")] == [
        "From −0.3 to −0.5 T on the descending branch, and mirrored on the other,",
        "From −0.3 to −0.5 T",
    ]
    assert [f.numbers["n_rows"] for f in found(verdict, Kind.BUDGET_WINDOW, "kick")] == [8, 4]
    same = judge(with_budgets(comparison, (falling, rising[0]), EVENTS))
    (both,) = found(same, Kind.BUDGET_WINDOW, "kick")
    assert both.text.startswith("From −0.3 to −0.5 T H′") and "descending and ascending, 8 rows" in both.text


def test_windows_of_any_number_of_branches_are_told_once(comparison):
    falling = window(-0.3, -0.5, {SIMULATION: 0.06, PRIME: 0.02, DOUBLE: 0.02}, branch="1st descending")
    again = replace(falling, branch="2nd descending")
    rising = [replace(falling, branch="ascending", first_T=s * 0.3, last_T=s * 0.5) for s in (-1, 1)]

    def told(*windows):
        return [[w.branch for w in alike] for alike in _mirrored(windows, _judgement)]

    assert told(falling, rising[1], again) == [["1st descending", "ascending", "2nd descending"]]
    assert told(falling, *rising, again) == [["1st descending", "ascending", "2nd descending"], ["ascending"]]
    assert told(falling, *rising) == [["1st descending", "ascending"], ["ascending"]]
    assert told(falling, falling, *rising)[1:] == [["ascending"]]
    where = _where((falling, rising[1], again))
    assert (where["both_signs"], where["mirrored"]) == (False, ("ascending",))
    span = wording("budget_window", WINDOW, WINDOW_OF | NOBODY_OFF | where, ())
    assert "on the 1st descending and 2nd descending branches, and mirrored on the ascending branch" in span


@pytest.mark.parametrize(
    "turns",
    [
        (0.6, -0.6, 0.6, -0.6),
        (0.6, -0.6, 0.6, -0.6, 0.6),
        (0.6, 0.2, 0.6, -0.6, 0.6),
        (0.0, 0.6, -0.6, 0.6),
        (0.6, -0.6, 0.6, 0.6, -0.6),
    ],
)
def test_a_study_of_any_number_of_branches_is_judged(turns, tmp_path, make_comparison, make_study):
    """Three, four, a minor loop first, a virgin curve first."""
    ends = [(a, b) for a, b in pairwise(turns) if a != b]
    path = {"segments": [{"start_T": a, "stop_T": b, "step_T": 0.1} for a, b in ends]}
    made = make_comparison(tmp_path, make_study(field=path, save={"ovf": [0.0]}), bare={"shift_T": 0.05})
    (bare, _) = made.results
    leading = bare.branches[bare.leading]
    assert np.ptp(bare.loop.B_T[leading.rows]) == pytest.approx(1.2)
    assert len({branch.label for branch in bare.branches}) == len(bare.branches)
    assert question(replace(made, whole=False)).numbers["turn_T"] == (-0.6, -0.6)
    verdict = judge(with_budgets(made))
    assert found(verdict, Kind.ASYMMETRY, "bare") and found(verdict, Kind.OFF_BRANCH) and verdict.believe
    assert not found(verdict, Kind.ASYMMETRY, "kick")


def test_the_branch_from_the_largest_field_leads_though_a_later_one_is_wider(
    tmp_path, make_comparison, make_study
):
    turns = (0.6, -0.2, 0.4, -0.6)
    path = {"segments": [{"start_T": a, "stop_T": b, "step_T": 0.1} for a, b in pairwise(turns)]}
    made = make_comparison(tmp_path, make_study(field=path, save={"ovf": [0.0]}))
    assert [result.leading for result in made.results] == [0, 0]


def test_an_unequal_window_of_the_other_branch_is_a_finding_of_its_own(comparison):
    falling = window(0.5, 0.3, {SIMULATION: 0.06, PRIME: 0.02, DOUBLE: 0.02})
    rising = window(-0.5, -0.28, {SIMULATION: 0.01, PRIME: 0.02, DOUBLE: 0.02}, branch="ascending")
    verdict = judge(with_budgets(comparison, (falling, rising)))
    told = [f.text for f in found(verdict, Kind.BUDGET_WINDOW)]  # of two cases, whose rows are not alike
    down = [text for text in told if text.startswith("From 0.5 to 0.3 T H′ and H″ are nearest")]
    up = [text for text in told if text.startswith("From −0.5 to −0.28 T the simulation is nearest")]
    assert down and up and len(down) + len(up) == len(told)
    assert all("(descending, 4 rows)" in text for text in down)
    assert all("2 times as far" in text for text in up)
    assert "from −0.5" not in " ".join(verdict.believe).lower()  # the head is about the leading branch


@pytest.mark.parametrize(
    ("of", "kind", "says"),
    [
        (
            window(0.5, 0.3, {SIMULATION: 0.06, PRIME: 0.02, DOUBLE: 0.03}),
            Kind.BUDGET_WINDOW,
            "H′ is nearest",
        ),
        (
            window(0.5, 0.3, {SIMULATION: 0.06, PRIME: 1e-5, DOUBLE: 1e-5}),
            Kind.BUDGET_WINDOW,
            "within the error of 0.0003; the simulation of “kick” 0.06, over 50 times as far",
        ),
        (
            window(0.08, 0.08, {SIMULATION: 0.012}, "alone", PRIME="upright vortex", DOUBLE_PRIME="uniform"),
            Kind.BUDGET_WINDOW,
            "H′ holds an upright vortex there, a saddle of the continuum, H″ holds a uniform state there",
        ),
        (
            window(0.5, 0.3, {SIMULATION: 0.0201, PRIME: 0.02, DOUBLE: 0.0202}, "undecided"),
            Kind.BUDGET_UNDECIDED,
            "nobody can be called the nearest to the continuum",
        ),
        (
            window(0.8, 0.54, {SIMULATION: 0.0, PRIME: 1e-5, DOUBLE: 1e-5}, "undecided"),
            Kind.BUDGET_UNDECIDED,
            "the simulation, H′ and H″ agree with the continuum within its error, 0.0003 in ⟨m⟩",
        ),
        (
            window(
                *(0.08, 0.06, {}, "nobody"),
                **{
                    "SIMULATION": "uniform",
                    "PRIME": "upright vortex",
                    "DOUBLE_PRIME": "another tilted vortex",
                },
            ),
            Kind.BUDGET_NOBODY,
            "neither “kick” nor a model holds the continuum's stable state",
        ),
        (
            window(0.1, 0.08, {PRIME: 0.02, DOUBLE: 0.04}, SIMULATION="unknown"),
            Kind.BUDGET_WINDOW,
            "H′ is nearest to the continuum: rms distance of ⟨m⟩ 0.02; H″ 0.04, 2 times as far; "
            "what the simulation holds there is not told.",
        ),
        (
            window(0.1, 0.08, {PRIME: 0.02}, "undecided", SIMULATION="unknown", DOUBLE_PRIME="uniform"),
            Kind.BUDGET_UNDECIDED,
            "nobody can be called the nearest to the continuum: rms distance of ⟨m⟩ 0.02 (H′); "
            "what the simulation holds there is not told, H″ holds a uniform state there",
        ),
    ],
)
def test_every_answer_has_its_sentence_and_claims_no_other(comparison, of, kind, says):
    verdict = of_windows(comparison, of, events=EVENTS[:0])
    first = verdict.answers[0].believe[0]
    assert first.kind is kind and says in verdict.believe[0]
    assert "only the simulation of" not in verdict.believe[0]  # other cases may hold it too
    nearest = re.findall(r"(?:is|are) nearest|only |(?<!model )holds? the continuum's", verdict.believe[0])
    assert bool(nearest) == (kind is Kind.BUDGET_WINDOW)
    assert not re.search(r"\bnan\b|\binf\b|None", verdict.believe[0] + first.text)


def test_nobody_is_called_nearest_who_is_about_as_far_as_the_next(comparison):
    close = window(0.5, 0.3, {SIMULATION: 0.0214, PRIME: 0.02, DOUBLE: 0.03})
    assert of_windows(comparison, close, events=EVENTS[:0]).believe[0] == (
        "For |B| from 0.3 to 0.5 T H′ and the simulation of “kick” are about equally far from the continuum: "
        "rms distance of ⟨m⟩ 0.02 (H′), 0.021 (the simulation), 0.03 (H″)."
    )
    told = {**close.rms, SIMULATION: 0.0242}
    assert "0.024, 1.2 times as far" in of_windows(comparison, window(0.5, 0.3, told)).believe[0]
    assert "H' nearest, the next about as far, rms H' 0.02; simulation 0.021" in str(close)


def test_three_windows_at_most_open_the_head(comparison):
    many = [
        window(
            0.5 - 0.1 * k,
            0.44 - 0.1 * k,
            {SIMULATION: 0.06 + 0.01 * k, PRIME: 0.02, DOUBLE: 0.03},
            n_rows=4 + k,
        )
        for k in range(5)
    ]
    verdict = of_windows(comparison, *many)
    shown = [f for f in verdict.answers[0].believe if f.kind is Kind.BUDGET_WINDOW]
    assert [f.numbers["first_T"] for f in shown] == pytest.approx(
        [0.3, 0.2, 0.1]
    )  # the widest, as on the path
    assert len(found(verdict, Kind.BUDGET_WINDOW, "kick")) == 5


def test_undecided_windows_give_way_to_decided_ones(verdict):
    assert Kind.BUDGET_UNDECIDED not in believed(verdict)
    assert len(found(verdict, Kind.BUDGET_UNDECIDED, "kick")) == 2


def test_a_core_off_the_branch_is_told_where_nothing_else_tells_it(comparison):
    told = of_windows(comparison, *IRON[:5])
    apart = [f for f in found(told, Kind.OFF_BRANCH, "kick") if f.details["names"] == ("H″",)]
    assert apart[0].details["state"] == "upright vortex" and apart[0].details["stability"] == "saddle"
    assert apart[0].numbers["first_T"] == pytest.approx(0.08)

    def headlined(verdict):
        return [f.details["names"] for f in verdict.answers[0].believe if f.kind is Kind.OFF_BRANCH]

    assert ("H″",) not in headlined(told)  # its window says so
    assert headlined(of_windows(comparison, IRON[1])) == []  # where its core tilts, or not, says so
    assert ("H″",) in headlined(of_windows(comparison, IRON[1], events=EVENTS[:1]))


@pytest.mark.parametrize(("Ku_J_per_m3", "fields_T"), [(0.0, [0.1, -0.1]), (4.8e4, [0.1, 0.0, -0.1])])
def test_where_every_direction_is_alike_nobody_is_off_the_branch(Ku_J_per_m3, fields_T):
    """In zero field without anisotropy no state is known by its direction: others are told, it is not."""
    held = {"witness": SIMULATION, "branch": "descending", "on_branch": False, "like_stability": ""}
    states = {"kind": ["tilted vortex", "uniform", "tilted vortex"], "stable_kind": "upright vortex"}
    moments = pd.DataFrame({"B_T": [0.1, 0.0, -0.1]} | states).assign(**held)
    case = SimpleNamespace(material=SimpleNamespace(Ku_J_per_m3=Ku_J_per_m3))
    apart = list(_stretches_apart(SimpleNamespace(case=case, moments=moments), SIMULATION))
    assert [each.first_T for each in apart] == [each.last_T for each in apart] == fields_T


def test_events_stand_beside_the_continuum_s(verdict):
    tilt = next(f for f in found(verdict, Kind.BUDGET_EVENT) if f.details["event"] == "tilt")
    assert tilt.level is Level.FACT
    assert tilt.text == (
        "The core leaves the field's line at 0.1290 ± 0.0009 T in the continuum, at 0.15 ± 0.01 T in the "
        "simulation, at 0.0655 T in H′, nowhere on this branch in H″ (descending)."
    )
    assert {f.details["event"] for f in found(verdict, Kind.BUDGET_EVENT)} == {
        "nucleation",
        "tilt",
        "reversal",
    }


def by_mesh(tmp_path, make_comparison, make_study, factor):
    """Two meshes on the same fields, the error of the finer so many times that of the coarser."""
    study = make_study(
        mesh={"edge_smooth": 0},
        sweep={"cell_nm": [4.0, 2.0]},
        save={"ovf": "none"},
        protocol=[{"kind": "kick"}],
    )
    made = with_budgets(
        make_comparison(tmp_path, study),
        (window(0.48, 0.24, {SIMULATION: 0.02 * factor, PRIME: 0.005, DOUBLE: 0.005}),),
    )
    budgets = []
    for budget, error in zip(made.budgets, (0.02, 0.02 * factor), strict=True):
        frame = budget.frame.copy()
        frame["difference"] = np.where(frame["witness"] == SIMULATION, error, 0.005)
        budgets.append(replace(budget, frame=frame))
    return judge(replace(made, budgets=tuple(budgets)))


@pytest.mark.parametrize(("factor", "told"), [(0.5, True), (0.55, True), (0.9, False), (0.1, False)])
def test_smaller_cells_are_advised_only_where_two_meshes_are_linear(
    tmp_path, make_comparison, make_study, factor, told
):
    """0.02 in 4 nm cells, 0.01 in 2 nm: 1 nm cells would have the model's 0.005."""
    verdict = by_mesh(tmp_path, make_comparison, make_study, factor)
    advice = [step for step in verdict.surer if "would bring the simulation nearer" in step]
    assert bool(advice) == told
    if factor == 0.5:
        assert "cells, cells below 1 nm" in advice[0] and "in 4 and 2 nm cells" in advice[0]


def test_one_mesh_advises_no_cell_by_its_error(verdict):
    assert not any("would bring the simulation" in step for step in verdict.surer)


@pytest.fixture(scope="module")
def really(tmp_path_factory):
    """Iron, R = 20 nm in 4 nm cells, kicked at a few falling fields, beside its continuum as solved."""
    fields = [0.8, 0.55, 0.45, 0.4, 0.35, 0.3, 0.25, 0.2, 0.1, 0.05]
    study = Study.from_values(
        {"name": "iron", "material": {"name": "iron"}, "particle": {"radius_nm": 20}, "mesh": {"cell_nm": 4}}
        | {"field": {"values_T": fields}, "save": {"ovf": "none"}, "protocol": [{"kind": "kick"}]}
    )
    folder = tmp_path_factory.mktemp("iron")
    (run,) = plan_study(study, CpuEngine(), folder)
    solved = ContinuumBranches.from_dict(json.loads(SOLVED.read_text()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
        patch.setattr(continuum, "continuum_branches", lambda **problem: solved)
        return compare(study, [analyse(read(execute(run, CpuEngine())))])


def test_what_is_said_of_a_real_run_follows_from_its_rows(really):
    """The window and its numbers again, from the rows and the continuum's moments alone."""
    verdict = judge(really)
    first = verdict.answers[0].believe[0]
    assert first.kind is Kind.BUDGET_WINDOW and first.details["names"] == ("H′ and H″", "the simulation")
    (result,), (prediction,) = really.results, really.predictions
    B = np.asarray(result.loop.B_T)
    upright = prediction.continuum.like("upright vortex", 0.0, 0.3)
    rows = (first.numbers["last_T"] - 1e-9 <= B) & (first.numbers["first_T"] + 1e-9 >= B)
    stable, _ = upright.at("m", B[rows])
    moments = (result.moment, prediction.on_path["H'"].mz, prediction.on_path["H''"].mz)
    cells, prime, double = (float(np.sqrt(np.mean((m[rows] - stable) ** 2))) for m in moments)
    assert (first.numbers["first_T"], first.numbers["last_T"], rows.sum()) == (0.45, 0.2, 6)
    assert first.numbers["distance"] == pytest.approx((prime, cells)) and prime == pytest.approx(double)
    assert first.numbers["factor"] == pytest.approx(cells / prime) and cells / prime > 4
    tilt = next(f for f in found(verdict, Kind.BUDGET_EVENT) if f.details["event"] == "tilt")
    assert abs(tilt.numbers["continuum_T"] - 0.1290) < tilt.numbers["continuum_error_T"] + 1e-4
    assert "no theory" not in verdict.believe[0] and "neither" not in " ".join(verdict.believe)


def test_an_error_that_passes_through_zero_is_told(comparison):
    """H' errs upwards at strong fields and downwards at weak ones: near by passing, not by being right."""
    rows = pd.DataFrame(
        {
            "witness": ["H'"] * 4,
            "B_T": [0.4, 0.2, -0.2, -0.4],
            "difference": [0.02, -0.01, 0.01, -0.02],
            "like": [0.9, 0.8, -0.8, -0.9],
            "like_error": [1e-3] * 4,
        }
    )
    at_zero = rows.iloc[:2].assign(B_T=[0.1, 0.0], like=[0.5, 0.4])
    assert crosses(at_zero, PRIME) and not crosses(at_zero.assign(like=[0.5, -0.4]), PRIME)
    assert crosses(rows, PRIME) and not crosses(rows.iloc[[0, 3]], PRIME)
    assert not crosses(rows.assign(like_error=0.015), PRIME)


def test_a_window_that_other_branches_run_over_again_is_told_once():
    """A minor loop within a whole one: the same fields and the same order on its branches, too."""

    def window(first_T, *names):
        numbers = {"first_T": first_T, "last_T": 0.1, "n_rows": 4}
        return Finding(Kind.BUDGET_WINDOW, numbers, details={"names": names, "stable_kind": "upright vortex"})

    first, again, other = (window(0.16, "H′"), window(0.16, "H′"), window(0.3, "H′"))
    assert _telling([first, again, other]) == [first, other] and first is _telling([first, again])[0]
    nearer = window(0.16, "the simulation")
    assert _telling([first, nearer]) == [first, nearer]
