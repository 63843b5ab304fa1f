"""Figures: the same bytes for the same data, data beside every picture, and a reason where there is none."""

from dataclasses import replace
from itertools import pairwise

import matplotlib
import numpy as np
import pandas as pd
import pytest

from harness.comparison.comparison import compare
from harness.report.figures import FIGURES, NothingToDraw, draw_all, loops, mesh, states
from harness.report.figures.drawn import KINDS
from harness.report.figures.style import COLUMN_IN, PAGE_IN, SETTINGS, series, styled
from reduced_model.models import VORTEX_MODELS


@pytest.fixture(scope="module")
def figures(comparison):
    """Every figure of the comparison, drawn once."""
    drawn, missing = draw_all(comparison)
    return {figure.name: figure for figure in drawn}, missing


@pytest.fixture(scope="module")
def saved(figures, tmp_path_factory):
    """The files of one of them."""
    return figures[0]["loop_h_double_prime"].save(tmp_path_factory.mktemp("saved"))


def test_every_figure_is_drawn_or_says_why_not(figures):
    drawn, missing = figures
    assert sorted([*drawn, *missing]) == sorted(FIGURES)
    assert missing == {
        "budget": "no continuum was computed to hold simulation and models against",
        "sweeps": "the cases differ in none of R, cell, Ms, A, Ku, EdgeSmooth, field to axis, tolerance, "
        "b, θ, φ",
        "spheres": "all cases are of one sphere on one path",
        "mesh": "all cases have one cell size",
        "extrapolated_loop": "no series of cases has three cell sizes",
    }
    for figure in drawn.values():
        assert len(figure.data) > 0
        assert figure.caption.endswith(".")
        assert len(figure.alt) > 20
        assert figure.figure.get_figwidth() in (COLUMN_IN, PAGE_IN)


def test_every_figure_brings_its_own_heading():
    titles = [figure.title for figure in FIGURES.values()]
    assert all(titles) and len(set(titles)) == len(titles)
    for model in VORTEX_MODELS:
        assert model.symbol in FIGURES[f"loop_h_{model.key}"].title


def test_axes_say_what_they_show_and_panels_have_letters(figures):
    for name, drawn in figures[0].items():
        panels = [axes for axes in drawn.figure.axes if axes.get_label() != "<colorbar>"]
        assert any(axes.get_xlabel() for axes in panels) and any(axes.get_ylabel() for axes in panels), name
        if len(panels) > 1:
            assert [axes.get_title(loc="left").strip() for axes in panels] == [
                f"({letter})" for letter in "abcdefghijkl"[: len(panels)]
            ], name


def test_saved_twice_is_saved_alike(comparison, saved, tmp_path):
    with matplotlib.rc_context({"axes.facecolor": "pink"}):  # another library's taste must not leak in
        again = loops.draw_h_double_prime(comparison).save(tmp_path)
    for suffix in ("png", "svg", "pdf", "csv"):
        one, two = saved[suffix], again[suffix]
        assert one.name == two.name == f"loop_h_double_prime.{suffix}"
        assert one.read_bytes() == two.read_bytes()
        assert one.stat().st_size > 1000


@pytest.mark.parametrize("kind", KINDS)
def test_a_disk_that_fills_up_is_an_error_of_the_system_and_leaves_no_part(figures, tmp_path, kind):
    picture = tmp_path / f"x.{kind}"
    picture.symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        figures[0]["loop_h_double_prime"].write(picture)
    assert not picture.is_symlink()


def test_csv_gives_back_the_drawn_numbers(comparison, saved):
    table = pd.read_csv(saved["csv"])
    assert list(table.columns) == ["series", "branch", "step", "B (T)", "<m> (1)", "tau (deg)", "nu (1)"]
    bare = table[table["series"] == "bare"]
    # The default text form of a float64 reads back to the same number.
    np.testing.assert_array_equal(bare["B (T)"], comparison.results[0].loop.B_T)
    np.testing.assert_array_equal(bare["<m> (1)"], comparison.results[0].moment)
    assert bare["nu (1)"].notna().sum() == 10


def test_both_loop_figures_show_the_same_runs_over_their_own_model(figures):
    drawn, _ = figures
    tables = {model: drawn[f"loop_h_{model.key}"].data for model in VORTEX_MODELS}
    runs = [table[table["series"].isin(["bare", "kick"])].reset_index(drop=True) for table in tables.values()]
    pd.testing.assert_frame_equal(*runs)
    for model, table in tables.items():
        assert {name.split(" ")[0] for name in table["series"]} == {model, "bare", "kick"}


def test_states_that_were_not_saved_are_missed_with_a_reason(tmp_path, make_comparison, make_study):
    bare = make_comparison(tmp_path, make_study(save={"ovf": "none"}), finished=1)
    _, missing = draw_all(bare)
    assert "no state was saved" in missing["radial_profile"]
    assert "no state was saved" in missing["cross_section"]
    with pytest.raises(NothingToDraw):
        states.draw_radial_profile(bare)


@pytest.fixture(scope="module")
def meshes(three_sizes):
    return mesh.draw(three_sizes)


@pytest.fixture(scope="module")
def three_sizes(tmp_path_factory, make_comparison, make_study):
    """Three cell sizes, the field along the axis and tilted, in few fields."""
    study = make_study(
        mesh={"edge_smooth": 0},
        sweep={"cell_nm": [4.5, 4.0, 2.5]},
        field={"values_T": [0.8, 0.52, 0.5, 0.2, 0.0]},
        save={"ovf": "remanence"},
        protocol=[{"kind": "kick"}, {"kind": "tilt", "theta_deg": 2.0}],
    )
    return make_comparison(tmp_path_factory.mktemp("meshes"), study)


def test_mesh_figure_draws_nucleation_against_cell_size(meshes):
    nucleation = meshes.data[meshes.data["quantity"] == "nucleation field"]
    assert set(nucleation["series"]) == {"kick", "tilt"}
    for _, one in nucleation.groupby("series"):
        assert list(one["cell (nm)"]) == [4.5, 4.0, 2.5]
        assert one["simulated"].tolist() == pytest.approx([0.51] * 3)  # midway between two fields


def test_a_tilted_field_beside_a_straight_one_keeps_the_mesh_figure(meshes):
    labels = [text.get_text() for text in meshes.figure.axes[0].get_legend().get_texts()]
    assert {"kick", "tilt", "Brown: 0.528 T"} <= set(labels)
    bars = meshes.figure.axes[0].containers  # both at the same fields: one is seen below the other
    size = {each.get_label(): each.lines[0].get_markersize() for each in bars}
    assert size["kick"] > size["tilt"]


def test_mesh_figure_tells_what_the_cells_tend_to(meshes):
    rows = meshes.data[(meshes.data["quantity"] == "nucleation field") & (meshes.data["series"] == "kick")]
    assert set(rows["outcome"]) == {"same"} and set(rows["low"].round(9)) == {0.5}
    assert "nucleation field (kick): 0.5100 (0.5000 to 0.5200) T" in meshes.caption
    volumes = dict(zip(rows["cell (nm)"], rows["volume (1)"], strict=True))
    assert volumes[4.0] == pytest.approx(1.0542, abs=1e-4)


def test_extrapolated_loop_has_a_row_a_field_and_says_how_many_it_tells(three_sizes):
    drawn = mesh.draw_loop(three_sizes)
    assert list(drawn.data["B_T"]) == [0.8, 0.52, 0.5, 0.2, 0.0]
    assert set(drawn.data["outcome"]) == {"same"}  # made runs do not know their cells
    assert "Extrapolated at 5 of 5 fields" in drawn.caption


def test_cross_section_shows_the_core_towards_the_reader_and_right_handed_circulation(figures):
    cut = figures[0]["cross_section"].data
    for case, plane in cut.groupby("case"):
        r2 = plane["u (nm)"] ** 2 + plane["v (nm)"] ** 2
        assert plane.loc[r2.idxmin(), "m_core (1)"] > 0.7, case
        torque = plane["u (nm)"] * plane["m_v (1)"] - plane["v (nm)"] * plane["m_u (1)"]
        assert (torque > 0).all(), case  # chirality +1, cell by cell
        length = plane["m_u (1)"] ** 2 + plane["m_v (1)"] ** 2 + plane["m_core (1)"] ** 2
        np.testing.assert_allclose(length, 1, atol=1e-7)  # the OVF's nine digits


def test_more_cases_than_panels_are_named_in_the_caption(tmp_path, make_comparison, make_study):
    study = make_study(
        field={"values_T": [0.8, 0.0]},
        save={"ovf": "remanence"},
        protocol=[{"kind": "kick", "seeds": list(range(1, 8))}],
    )
    assert "Not shown: kick5mT-seed7." in states.draw_radial_profile(make_comparison(tmp_path, study)).caption


def test_neighbouring_series_differ_in_grey():
    """Luminance, line style or marker: in grey the first is gone for close ones, so all three must differ."""
    styles = [series(index) for index in range(6)]
    assert len({style.marker for style in styles}) == 6
    assert len({str(style.linestyle) for style in styles}) == 6
    assert len({style.color for style in styles}) == 6


def test_style_starts_from_defaults_whatever_was_set_before():
    with matplotlib.rc_context({"axes.grid": True, "axes.facecolor": "#eaeaf2"}), styled():
        assert matplotlib.rcParams["axes.facecolor"] == "white"
        assert not matplotlib.rcParams["axes.grid"]
        assert matplotlib.rcParams["svg.hashsalt"] == SETTINGS["svg.hashsalt"]


def test_a_single_domain_particle_gets_no_curling_lines(tmp_path, make_comparison, make_study):
    study = make_study(
        particle={"radius_nm": 6.0}, mesh={"cell_nm": 1.0}, save={"ovf": "none"}, protocol=[{"kind": "kick"}]
    )
    drawn = FIGURES["order_parameter"](make_comparison(tmp_path, study))
    labels = [text.get_text() for text in drawn.figure.axes[0].get_legend().get_texts()]
    assert labels == ["kick", "coherent rotation: -0.056 T"]


def test_states_the_ansatz_does_not_describe_are_left_out_of_nu_and_tau(comparison):
    odd = replace(
        comparison.results[0],
        fits={k: replace(f, state="other") for k, f in comparison.results[0].fits.items()},
    )
    drawn = loops.draw_h_double_prime(compare(comparison.study, [odd, comparison.results[1]]))
    assert "fits of the 10 saved states" in drawn.caption
    assert "Not shown: 10 saved that the Ansatz does not describe" in drawn.caption


def test_one_saved_state_is_not_called_states(tmp_path, make_comparison, make_study):
    field = {"values_T": [0.8, 0.0]}
    study = make_study(field=field, save={"ovf": "remanence"}, protocol=[{"kind": "kick"}])
    drawn = loops.draw_h_double_prime(make_comparison(tmp_path, study))
    assert "the fit of the one saved state" in drawn.caption


@pytest.mark.parametrize(
    "field",
    [
        {"segments": [{"start_T": -0.8, "stop_T": 0.8, "step_T": 0.1}]},
        {"values_T": [0.0, 0.4, 0.8]},
        {"values_T": [0.8, 0.4, 0.0]},
        {"values_T": [0.3]},
    ],
    ids=["ascending", "rising", "descending", "one field"],
)
def test_a_path_of_one_branch_is_drawn_without_a_warning(
    tmp_path, make_comparison, make_study, field, recwarn
):
    study = make_study(
        mesh={"edge_smooth": 0}, sweep={"cell_nm": [5.0, 4.0]}, field=field, save={"ovf": "remanence"}
    )
    drawn, _ = draw_all(make_comparison(tmp_path, study))
    assert "mesh" in {figure.name for figure in drawn}  # of one field the moment there
    assert [str(each.message) for each in recwarn] == []


def test_mesh_figure_of_an_ascending_branch_has_theory_on_its_side(tmp_path, make_comparison, make_study):
    segments = [{"start_T": -0.8, "stop_T": 0.8, "step_T": 0.1}]
    study = make_study(
        mesh={"edge_smooth": 0},
        sweep={"cell_nm": [4.5, 4.0]},
        field={"segments": segments},
        save={"ovf": "none"},
        protocol=[{"kind": "kick"}],
    )
    made = mesh.draw(make_comparison(tmp_path, study))
    assert made.caption.startswith("Ascending branch")
    brown = next(line for line in made.figure.axes[0].lines if str(line.get_label()).startswith("Brown"))
    assert brown.get_ydata()[0] == pytest.approx(-0.52818, abs=5e-6)
    nucleation = made.data[made.data["quantity"] == "nucleation field"]
    assert nucleation["simulated"].max() < 0


def test_mesh_figure_keeps_its_legends_off_the_panels(meshes):
    for axes in meshes.figure.axes:
        assert axes.get_legend().get_bbox_to_anchor().x0 >= axes.bbox.x1


def test_uniform_particles_get_no_empty_panels(tmp_path, make_comparison, make_study):
    uniform = make_comparison(tmp_path, make_study(particle={"radius_nm": 6.0}, mesh={"cell_nm": 2.0}))
    drawn, missing = draw_all(uniform)
    other = ("mesh", "extrapolated_loop", "budget", "sweeps", "spheres")
    assert {n: reason[:11] for n, reason in missing.items() if n not in other} == {
        "radial_profile": "every state",
        "cross_section": "every state",
        "residual": "no single v",
    }
    figure = next(f for f in drawn if f.name == "loop_h_prime")
    assert [axes.get_title(loc="left") for axes in figure.figure.axes] == ["(a)", "(b)"]
    assert "(c)" not in figure.caption and "hold a vortex: ν = 0" in figure.caption
    assert figure.save(tmp_path)["svg"].stat().st_size > 1000


def test_a_uniform_case_beside_a_vortex_is_named(comparison):
    one, other = comparison.results
    flat = {step: replace(fit, state="uniform") for step, fit in one.fits.items()}
    mixed = replace(comparison, results=(replace(one, fits=flat), other))
    for draw in (states.draw_radial_profile, states.draw_cross_section):
        assert draw(mixed).caption.endswith(f"Uniform, and not shown: {one.label}.")


def test_states_saved_in_a_field_are_not_called_remanent(tmp_path, make_comparison, make_study, figures):
    study = make_study(field={"values_T": [0.8, 0.1]}, save={"ovf": "all"}, protocol=[{"kind": "kick"}])
    made = make_comparison(tmp_path, study)
    names = ("radial_profile", "cross_section", "residual")
    assert not [FIGURES[n](made).title for n in names if "nearest zero field" not in FIGURES[n](made).title]
    assert all("remanent state" in figures[0][name].title for name in names)


def test_the_label_of_the_circulation_fits_its_axis(tmp_path, make_comparison, make_study):
    study = make_study(
        particle={},
        sweep={"radius_nm": [6.0, 7.0, 8.0]},
        field={"values_T": [0.8, 0.4]},
        save={"ovf": "none"},
        protocol=[{"kind": "bare"}, {"kind": "tilt", "theta_deg": 1.0}],
    )
    figure = FIGURES["order_parameter"](make_comparison(tmp_path, study)).figure
    figure.draw_without_rendering()
    label = figure.axes[0].yaxis.label.get_window_extent()
    assert figure.bbox.y0 <= label.y0 and label.y1 <= figure.bbox.y1


def test_rows_of_residuals_are_named_without_overlap_and_a_profile_s_legend_hides_no_data(comparison):
    one = comparison.results[0]
    named = [replace(one, label=f"R = {n} nm, EdgeSmooth {n}, kick5mT-seed{n}") for n in (1, 2, 3)]
    of_three = replace(comparison, results=tuple(named))
    figure = FIGURES["residual"](of_three).figure
    figure.draw_without_rendering()
    labels = [axes.yaxis.label.get_window_extent() for axes in figure.axes[:12:4]]
    assert len(labels) == 3 and not any(a.overlaps(b) for a, b in pairwise(labels))
    profile = FIGURES["radial_profile"](of_three).figure
    assert profile.legends and not any(axes.get_legend() for axes in profile.axes)
