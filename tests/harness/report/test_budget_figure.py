"""The report's first figure: three witnesses beside the continuum, drawn for whatever a study holds."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from harness.report.figures import FIGURES, budget
from harness.report.figures.drawn import NothingToDraw
from harness.report.figures.style import COLUMN_IN, PAGE_IN, series
from harness.report.report import write_report
from harness.verdict import judge

from ..made_budgets import IRON, SIMULATION, MadeBudget, window, with_budgets


def texts(drawn):
    return [text.get_text() for axes in drawn.figure.axes for text in axes.texts]


def labels(drawn):
    return [text.get_text() for legend in drawn.figure.legends for text in legend.get_texts()]


@pytest.fixture(scope="module")
def solved(comparison):
    """The made comparison with budgets and a continuum."""
    return with_budgets(comparison, IRON)


@pytest.fixture(scope="module")
def drawn(solved):
    return budget.draw(solved)


@pytest.fixture
def few_figures(monkeypatch):
    """Reports with this figure and one of the loop alone."""
    few = {name: FIGURES[name] for name in ("budget", "loop_h_prime")}
    monkeypatch.setattr("harness.report.figures.FIGURES", few)


@pytest.mark.usefixtures("few_figures")
def test_it_is_the_first_of_all_and_not_folded(solved, tmp_path):
    assert next(iter(FIGURES)) == "budget"
    text = write_report(solved, judge(solved), tmp_path).read_text(encoding="utf-8")
    head = text[: text.index('id="findings"')]
    loop, budget_at = head.index('id="figure-loop_h_prime"'), head.index('id="figure-budget"')
    assert head.index('id="loop-figure"') < budget_at < head.index('id="loop-static"') < loop
    assert head.index("<figure ") == budget_at - len("<figure ") and loop < head.index('id="case-table"')
    assert head.index('id="windows"') > head.index('id="case-table"')
    (first, *_), table = solved.budgets[0].windows, pd.read_csv(tmp_path / "windows.csv")
    assert len(table) == sum(len(each.windows) for each in solved.budgets)
    assert table["first_T"][0] == first.first_T and "windows.csv" in text
    assert 'id="equation-continuum"' in text and '<a href="#equation-continuum">how</a>' in text
    firsts = text[text.index("<dt>Believe") : text.index("<dt>How sure")]
    anchors = [part.split('"')[0] for part in firsts.split('href="#')[1:]]
    assert len(set(anchors[:3])) == 3  # each sentence leads to its own finding


@pytest.mark.usefixtures("few_figures")
def test_without_a_continuum_it_says_so_and_the_loop_is_the_key_figure(comparison, tmp_path):
    with pytest.raises(NothingToDraw, match="no continuum"):
        budget.draw(comparison)
    text = write_report(comparison, judge(comparison), tmp_path).read_text(encoding="utf-8")
    head = text[: text.index('id="findings"')]
    assert 'id="figure-loop_h_prime"' in head and 'id="figure-budget"' not in head
    assert "no continuum was computed to hold" in text[text.index("Not drawn, and why") :]


def test_loop_and_distances_share_the_field_axis_at_column_width(drawn):
    loop, strip, distance = drawn.figure.axes
    assert drawn.figure.get_figwidth() == COLUMN_IN
    assert loop.get_xlim() == strip.get_xlim() == distance.get_xlim()
    assert distance.get_yscale() == "log"
    assert labels(drawn) == ["H″", "H′", "continuum, stable", "continuum, saddle", "bare", "kick"]
    assert {"H", "?", "H′"} <= set(texts(drawn))


def test_a_block_of_one_field_has_its_letter_in_smaller_type(drawn):
    """Of 81 fields; 0.08 T, where the simulation is nearest alone, is one."""
    sizes = {
        size for text in drawn.figure.axes[1].texts if text.get_text() == "S" and (size := text.get_size())
    }
    assert sizes and budget.LEAST_TYPE_PT <= min(sizes) < budget.TYPE_PT
    room = [text for text in drawn.figure.axes[1].texts if text.get_text() == "H"]
    assert {text.get_size() for text in room} == {budget.TYPE_PT}


def test_its_csv_holds_the_rows_of_the_moment(drawn, solved):
    assert set(drawn.data["observable"]) == {"m"}
    assert {"case", "B_T", "witness", "value", "stable", "like", "difference", "on_branch"} <= set(drawn.data)
    assert len(drawn.data) == sum(3 * len(result.loop.step) for result in solved.results)


def markers(axes, filled):
    """Fields and distances of the simulation's markers."""
    lines = [line for line in axes.lines if line.get_marker() not in ("", "None", None)]
    chosen = [line for line in lines if (line.get_markerfacecolor() != "white") == filled]
    return {x: y for line in chosen for x, y in zip(*line.get_data(), strict=True)}


def test_markers_are_open_off_the_stable_branch_and_missing_without_a_like_branch(solved):
    (one, two), _ = solved.budgets, None
    frame = one.frame.copy()
    lost = (
        (frame["witness"] == SIMULATION) & frame["B_T"].between(0.2, 0.3) & (frame["branch"] == "descending")
    )
    frame.loc[lost, ["like", "difference"]] = np.nan
    frame.loc[lost, "on_branch"] = False
    made = replace(solved, budgets=(replace(one, frame=frame), two))
    distance = budget.draw(made).figure.axes[2]
    opened, closed = markers(distance, False), markers(distance, True)
    assert all(np.isnan(y) for B, y in {**opened, **closed}.items() if 0.2 <= B <= 0.3 and B in opened)
    assert any(0.3 < B < 0.52 and np.isfinite(y) for B, y in markers(distance, True).items())
    rows = one.frame[(one.frame["witness"] == SIMULATION) & (one.frame["branch"] == "descending")]
    saddle = set(rows.loc[~rows["on_branch"], "B_T"])
    assert {B for B in opened if not 0.2 <= B <= 0.3} <= saddle | set(
        two.frame.loc[~two.frame["on_branch"].astype(bool), "B_T"]
    )


def test_ten_cases_are_told_in_grey_by_markers_dashes_and_numbers(tmp_path, make_comparison, make_study):
    study = make_study(
        field={"loop": {"max_T": 0.8, "step_T": 0.05}},
        save={"ovf": "none"},
        protocol=[{"kind": "kick", "seeds": list(range(1, 14))}],
    )
    windows = (window(0.4, 0.2, {SIMULATION: 0.06}, "alone", n_rows=2),)
    figure = budget.draw(with_budgets(make_comparison(tmp_path, study), windows))
    looks = [series(k) for k in range(budget.MOST_CASES)]
    assert len({look.marker for look in looks}) == len({str(look.linestyle) for look in looks}) == 12
    assert len({(look.color, look.face) for look in looks}) == 12
    strip, distance = figure.figure.axes[1:3]
    numbers = [str(k) for k in range(1, 13)]
    assert [text.get_text() for text in distance.texts] == numbers
    assert [text.get_text() for text in strip.texts if text.get_text() in numbers] == numbers
    assert "In the CSV alone: kick5mT-seed13." in figure.caption
    assert "seed12" in figure.alt and "seed13" not in figure.alt


def test_many_cases_of_several_particles_are_counted(tmp_path, make_comparison, make_study):
    study = make_study(
        particle={},
        sweep={"radius_nm": [14.0, 16.0, 18.0, 20.0]},
        field={"values_T": [0.8, 0.4, 0.2, 0.0, -0.2]},
        save={"ovf": "none"},
        protocol=[{"kind": "kick", "seeds": list(range(1, 9))}],
    )
    windows = (window(0.4, 0.2, {SIMULATION: 0.06}, "alone", n_rows=2),)
    made = with_budgets(make_comparison(tmp_path, study), windows)
    figure = budget.draw(made)
    assert figure.figure.get_figwidth() == PAGE_IN and len(figure.figure.axes) == 9
    assert [axes.get_title(loc="right") for axes in figure.figure.axes[:3]] == [
        f"iron, R = {radius} nm" for radius in (14, 16, 18)
    ]
    assert "In the CSV alone: iron, R = 20 nm." in figure.caption
    assert not any(axes.get_title() for axes in figure.figure.axes)  # in the middle they run into the letters
    sizes = [line.get_markersize() for line in figure.figure.axes[0].lines if line.get_label()[1:2] == ":"]
    assert sizes[0] > sizes[-1]  # what lies below is seen
    assert labels(figure)[4:] == [f"{seed}: kick5mT-seed{seed}" for seed in range(1, 9)]
    assert figure.data["case"].nunique() == 32


@pytest.mark.parametrize(
    ("changes", "branch"),
    [
        ({"field": {"segments": [{"start_T": -0.8, "stop_T": 0.8, "step_T": 0.1}]}}, "ascending"),
        (
            {
                "protocol": [{"kind": "tilt", "theta_deg": 30.0}],
                "field": {"loop": {"max_T": 0.8, "step_T": 0.1}},
            },
            "",
        ),
        ({"particle": {"radius_nm": 6.0}, "field": {"loop": {"max_T": 0.2, "step_T": 0.02}}}, ""),
        ({"field": {"values_T": [0.3]}}, ""),
    ],
    ids=["ascending", "off the axis", "no vortex", "one field"],
)
def test_every_kind_of_path_is_drawn(tmp_path, make_comparison, make_study, changes, branch, recwarn):
    made = make_comparison(tmp_path, make_study(save={"ovf": "none"}, **changes))
    first_T, last_T = (float(made.results[0].loop.B_T[k]) for k in (0, -1))
    name = branch or "descending"
    windows = (window(first_T, last_T, {SIMULATION: 0.01}, "alone", branch=name, n_rows=1),)
    figure = budget.draw(with_budgets(made, windows))
    files = replace(figure, name="budget").save(tmp_path)
    assert files["png"].stat().st_size > 1000 and len(pd.read_csv(files["csv"])) == len(figure.data)
    assert len(labels(figure)) >= 4
    assert "S" in texts(figure) or len(made.results[0].loop.B_T) > 1
    assert [str(each.message) for each in recwarn] == []
    if len(made.results[0].loop.B_T) == 1:  # a line of one point is none
        lines = {line.get_label(): line for line in figure.figure.axes[0].lines}
        assert all(lines[name].get_marker() == "_" for name in ("H′", "H″"))
        assert np.ptp(lines["continuum, stable"].get_xdata()) > 0.0


def test_a_case_without_a_continuum_is_counted(solved):
    partly = replace(solved, budgets=(solved.budgets[0], None))
    figure = budget.draw(partly)
    assert "Without a continuum: kick." in figure.caption and "kick" not in labels(figure)


def test_the_strip_is_described_for_who_cannot_see_it(drawn):
    assert "kick: ? from 0.52 to 0.8 T, H from 0.23 to 0.52 T" in drawn.alt


def test_an_empty_panel_of_distances_says_why(solved, drawn):
    apart = [b.frame.assign(difference=np.nan) for b in solved.budgets]
    none = [MadeBudget(f, b.windows, b.events, b.own) for f, b in zip(apart, solved.budgets, strict=True)]
    (note,) = [t for t in texts(budget.draw(replace(solved, budgets=tuple(none)))) if "no distance" in t]
    assert "below 1e-05" in note and not any("no distance" in text for text in texts(drawn))
