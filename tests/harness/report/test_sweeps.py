"""Observables against what was swept, and a panel a sphere."""

from dataclasses import replace

import numpy as np
import pytest

from harness.report.figures import FIGURES
from harness.report.figures.drawn import NothingToDraw
from harness.report.figures.style import COLUMN_IN, PAGE_IN, series


@pytest.fixture(scope="module")
def swept(tmp_path_factory, make_comparison, make_study):
    study = make_study(
        particle={},
        mesh={},
        sweep={"radius_nm": [16.0, 20.0], "cell_nm": [5.0, 4.0]},
        field={"values_T": [0.8, 0.4, 0.0]},
        save={"ovf": "none"},
        protocol=[{"kind": "kick"}],
    )
    return make_comparison(tmp_path_factory.mktemp("swept"), study)


def test_every_swept_key_has_a_column_and_every_case_a_row(swept):
    drawn = FIGURES["sweeps"](swept)
    assert sorted(drawn.data["radius_nm"].unique()) == [16.0, 20.0] and len(drawn.data) == 4
    labels = {axes.get_xlabel() for axes in drawn.figure.axes} - {""}
    assert labels == {"R (nm)", "cell (nm)"}
    field = next(row.simulated for row in swept.rows if row.quantity == "nucleation field")
    assert drawn.data["nucleation field (T)"].iloc[0] == pytest.approx(field)


def test_no_axis_shows_what_lies_below_an_error_or_the_last_digit(swept):
    noisy = [replace(row, simulated=row.simulated + 1e-7 * k) for k, row in enumerate(swept.rows)]
    drawn = FIGURES["sweeps"](replace(swept, rows=tuple(noisy)))
    for axes in drawn.figure.axes:
        if (label := axes.get_ylabel()).startswith("vortex appears"):
            assert np.ptp(axes.get_ylim()) >= 0.79  # four errors, half the field step each
        elif label:
            assert np.ptp(axes.get_ylim()) >= 4e-4


def test_every_sphere_has_its_panel(swept):
    drawn = FIGURES["spheres"](swept)
    titles = [axes.get_title(loc="right") for axes in drawn.figure.axes]
    assert titles == ["iron, R = 16 nm", "iron, R = 20 nm"]
    assert len(drawn.data["case"].unique()) == 4


@pytest.fixture(scope="module")
def of_protocols(tmp_path_factory, make_comparison, make_study):
    """Kicks of two strengths and two seeds, and a bare run, in cells of two sizes."""
    study = make_study(
        mesh={},
        sweep={"cell_nm": [5.0, 4.0]},
        field={"values_T": [0.8, 0.4, 0.0]},
        save={"ovf": "none"},
        protocol=[{"kind": "bare"}, *({"kind": "kick", "b_mT": b, "seeds": [1, 2]} for b in (2.0, 5.0))],
    )
    return make_comparison(tmp_path_factory.mktemp("protocols"), study)


def test_numbers_of_protocols_are_swept_too_and_no_line_joins_other_seeds(of_protocols):
    drawn = FIGURES["sweeps"](of_protocols)
    assert {axes.get_xlabel() for axes in drawn.figure.axes} - {""} == {"cell (nm)", "b (mT)"}
    by_cell, by_strength = drawn.figure.axes[:2]
    assert len(by_cell.containers) == 5  # a bare run, two strengths of two seeds
    assert sorted(len(bars.lines[0].get_xdata()) for bars in by_strength.containers) == [2, 2, 2, 2]
    assert drawn.data["b_mT"].isna().sum() == 2  # bare runs have none, and no place on its axis
    assert "Bars are the errors of the table" in drawn.caption


def test_seeds_of_one_shade_are_told_by_their_marks_and_the_broken_line_by_the_legend(of_protocols, swept):
    drawn = FIGURES["sweeps"](of_protocols)
    of_one_shade: dict[object, list[str]] = {}
    for bars in drawn.figure.axes[1].containers:
        of_one_shade.setdefault(bars.lines[0].get_color(), []).append(bars.lines[0].get_fillstyle())
    assert list(of_one_shade.values()) == [["full", "none"]] * 2
    assert "filled in another way where shade and mark are shared" in drawn.caption
    plain = FIGURES["sweeps"](swept)
    assert "filled in another way" not in plain.caption
    for column in plain.figure.axes[:2]:
        assert column.get_legend().get_texts()[-1].get_text() == "continuum"


def test_legends_stand_over_the_panels_and_no_protocol_covers_another(of_protocols, swept):
    for drawn in map(FIGURES["sweeps"], (of_protocols, swept)):
        drawn.figure.draw_without_rendering()
        for column in drawn.figure.axes[:2]:
            legend = column.get_legend().get_window_extent()
            assert not column.get_window_extent().overlaps(legend) and legend.y1 < drawn.figure.bbox.y1
            assert legend.x1 < drawn.figure.bbox.x1
    by_cell = FIGURES["sweeps"](of_protocols).figure.axes[0]
    bare, *kicked = [bars.lines[0].get_linewidth() for bars in by_cell.containers]
    assert bare > max(kicked)


def test_a_grey_line_is_told_by_the_legend(of_protocols):
    by_cell, by_strength = FIGURES["sweeps"](of_protocols).figure.axes[:2]
    told = [[text.get_text() for text in axes.get_legend().get_texts()] for axes in (by_cell, by_strength)]
    assert "no b" in told[0] and "no b" not in told[1]
    (grey,) = (h for h in by_cell.get_legend().legend_handles if h.get_label() == "no b")
    assert grey.get_color() == by_cell.containers[0].lines[0].get_color()  # of the bare runs


def test_one_swept_key_is_a_figure_of_one_column(of_protocols):
    ends = (of_protocols.results[0], of_protocols.results[-1])  # 5 nm bare, 4 nm kick
    rows = tuple(row for row in of_protocols.rows if row.folder in {end.folder.name for end in ends})
    drawn = FIGURES["sweeps"](replace(of_protocols, results=ends, rows=rows))
    assert drawn.figure.get_figwidth() == COLUMN_IN
    assert FIGURES["sweeps"](of_protocols).figure.get_figwidth() == PAGE_IN


def test_no_line_joins_the_runs_of_two_programs(swept):
    first, *others = swept.results
    elsewhere = replace(first, record=first.record.updated(engine="mumax3"))
    ours, mixed = (
        FIGURES["sweeps"](replace(swept, results=(one, *others))).figure.axes[0] for one in (first, elsewhere)
    )
    assert (len(ours.containers), len(mixed.containers)) == (2, 3)


def test_an_angle_has_no_gap_before_its_degree(tmp_path, make_comparison, make_study):
    given = {"field": {"values_T": [0.8, 0.4]}, "save": {"ovf": "none"}, "mesh": {}}
    tilts = [{"kind": "tilt", "theta_deg": theta} for theta in (1.0, 2.0)]
    study = make_study(sweep={"cell_nm": [5.0, 4.0]}, protocol=tilts, **given)
    drawn = FIGURES["sweeps"](make_comparison(tmp_path, study))
    legends = [axes.get_legend() for axes in drawn.figure.axes]
    told = {text.get_text() for legend in legends if legend for text in legend.get_texts()}
    assert {"1°", "2°", "5 nm"} <= told


def test_bars_are_spoken_of_only_where_they_are_drawn(of_protocols, monkeypatch):
    monkeypatch.setattr("harness.report.figures.sweeps.MOST_LINES", 1)
    assert "Bars" not in FIGURES["sweeps"](of_protocols).caption


def test_one_legend_names_every_loop_of_every_panel_by_one_look(swept, monkeypatch):
    results = [replace(r, label=name) for r, name in zip(swept.results, "abca", strict=True)]
    drawn = FIGURES["spheres"](replace(swept, results=tuple(results)))
    entries = drawn.figure.legends[0].get_texts()
    assert {"a", "b", "c"} < {text.get_text() for text in entries}
    lines = [line for axes in drawn.figure.axes for line in axes.lines if line.get_label() == "a"]
    assert len(lines) == 2 and lines[0].get_color() == lines[1].get_color()
    monkeypatch.setattr("harness.report.figures.sweeps.MOST_SPHERES", 1)
    one = FIGURES["spheres"](swept)
    assert "In the CSV alone: iron, R = 20 nm." in one.caption
    assert len(one.data["case"].unique()) == 4


def test_one_sphere_has_neither(comparison):
    for name in ("sweeps", "spheres"):
        with pytest.raises(NothingToDraw):
            FIGURES[name](comparison)


def test_every_style_has_a_colour_of_its_own_on_a_dark_page_and_dashes_in_pixels():
    styles = [series(place) for place in range(12)]
    assert all(style.on_dark != style.color for style in styles)
    assert len({(style.on_dark, style.dash_px) for style in styles}) == 12
    assert [style.dash_px for style in styles[:3]] == [(), (8, 3), (2, 2)]


def test_cases_of_two_tilts_are_joined_and_a_lone_value_of_the_continuum_is_not_cut(
    tmp_path, make_comparison, make_study
):
    tilts = [{"kind": "tilt", "theta_deg": theta} for theta in (1.0, 30.0)]
    given = {"field": {"values_T": [0.8, 0.4]}, "save": {"ovf": "none"}, "mesh": {}, "protocol": tilts}
    made = make_comparison(tmp_path, make_study(sweep={"cell_nm": [5.0, 4.0]}, **given))
    known = tuple(replace(row, continuum=0.5 if "tilt1deg" in row.folder else np.nan) for row in made.rows)
    drawn = FIGURES["sweeps"](replace(made, rows=known))
    assert {axes.get_xlabel() for axes in drawn.figure.axes} - {""} == {"cell (nm)", "θ (°)"}
    assert "filled" not in drawn.caption and "a short bar where it has no neighbour" in drawn.caption
    for column, bars in enumerate(drawn.figure.axes[1].containers):
        assert np.allclose(bars.lines[0].get_xdata(), (1.0, 30.0)), column
    marks = [line for line in drawn.figure.axes[1].lines if line.get_marker() == "_"]
    assert marks and not any(line.get_clip_on() for line in marks)


def test_large_numbers_on_an_axis_are_counted_in_powers_of_ten(tmp_path, make_comparison, make_study):
    given = {"field": {"values_T": [0.8, 0.4]}, "save": {"ovf": "none"}, "protocol": [{"kind": "kick"}]}
    swept = {"material": {"name": "iron"}, "sweep": {"Ku_J_per_m3": [0.0, 5e4, 2e5]}}
    figure = FIGURES["sweeps"](make_comparison(tmp_path, make_study(**swept, **given))).figure
    figure.draw_without_rendering()
    assert "10^{5}" in figure.axes[-1].xaxis.get_offset_text().get_text()
