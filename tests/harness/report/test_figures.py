"""Figures: the same bytes for the same data, data beside every picture, and a reason where there is none."""

from dataclasses import replace

import matplotlib
import numpy as np
import pandas as pd
import pytest

from harness.comparison.comparison import compare
from harness.report.figures import (
    FIGURES,
    NothingToDraw,
    cross_section,
    draw_all,
    loop_h_double_prime,
    mesh,
    radial_profile,
)
from harness.report.figures.style import SETTINGS, series, styled


def test_every_figure_is_drawn_or_says_why_not(comparison):
    drawn, missing = draw_all(comparison)
    assert {figure.name for figure in drawn} | set(missing) == set(FIGURES)
    assert missing == {"mesh": "all cases have one cell size"}
    for figure in drawn:
        assert len(figure.data) > 0
        assert figure.caption.endswith(".")
        assert len(figure.alt) > 20


def test_saved_twice_is_saved_alike(comparison, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        with matplotlib.rc_context({"axes.facecolor": "pink"}):  # another library's taste must not leak in
            loop_h_double_prime.draw(comparison).save(tmp_path / name)
    for suffix in ("png", "svg", "pdf", "csv"):
        one, two = (tmp_path / name / f"loop_h_double_prime.{suffix}" for name in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()
        assert one.stat().st_size > 1000


def test_csv_gives_back_the_drawn_numbers(comparison, tmp_path):
    drawn = loop_h_double_prime.draw(comparison)
    table = pd.read_csv(drawn.save(tmp_path).csv)
    assert list(table.columns) == ["series", "branch", "step", "B (T)", "<m> (1)", "tau (deg)", "nu (1)"]
    bare = table[table["series"] == "bare"]
    # The default text form of a float64 reads back to the same number.
    np.testing.assert_array_equal(bare["B (T)"], comparison.results[0].loop.B_T)
    np.testing.assert_array_equal(bare["<m> (1)"], comparison.results[0].moment)
    assert bare["nu (1)"].notna().sum() == 10


def test_states_that_were_not_saved_are_missed_with_a_reason(tmp_path, make_comparison, make_study):
    bare = make_comparison(tmp_path, make_study(save={"ovf": "none"}), finished=1)
    _, missing = draw_all(bare)
    assert "no state was saved" in missing["radial_profile"]
    assert "no state was saved" in missing["cross_section"]
    with pytest.raises(NothingToDraw):
        radial_profile.draw(bare)


def test_mesh_figure_draws_nucleation_against_cell_size(tmp_path, make_comparison, make_study):
    study = make_study(
        mesh={"edge_smooth": 0},
        sweep={"cell_nm": [8.0, 5.0, 4.0]},
        save={"ovf": "remanence"},
        protocol=[{"kind": "kick"}],
    )
    drawn = mesh.draw(make_comparison(tmp_path, study))
    nucleation = drawn.data[drawn.data["quantity"] == "nucleation field"]
    assert list(nucleation["cell (nm)"]) == [8.0, 5.0, 4.0]
    assert set(nucleation["simulated"]) == {0.51}


def test_cross_section_shows_the_core_towards_the_reader_and_right_handed_circulation(comparison):
    cut = cross_section.draw(comparison).data
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
    assert "Not shown: kick5mT-seed7." in radial_profile.draw(make_comparison(tmp_path, study)).caption


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
    drawn = loop_h_double_prime.draw(compare(comparison.study, [odd, comparison.results[1]]))
    assert "fits of the 10 saved states" in drawn.caption
    assert "Not shown: 10 saved that the Ansatz does not describe" in drawn.caption


def test_one_saved_state_is_not_called_states(tmp_path, make_comparison, make_study):
    field = {"values_T": [0.8, 0.0]}
    study = make_study(field=field, save={"ovf": "remanence"}, protocol=[{"kind": "kick"}])
    assert (
        "the fit of the one saved state" in loop_h_double_prime.draw(make_comparison(tmp_path, study)).caption
    )


def test_a_tilted_field_beside_a_straight_one_keeps_the_mesh_figure(tmp_path, make_comparison, make_study):
    kinds = [{"kind": "kick"}, {"kind": "tilt", "theta_deg": 2.0}]
    study = make_study(
        mesh={"edge_smooth": 0}, sweep={"cell_nm": [5.0, 4.0]}, save={"ovf": "remanence"}, protocol=kinds
    )
    drawn = mesh.draw(make_comparison(tmp_path, study))
    labels = [text.get_text() for text in drawn.figure.axes[0].get_legend().get_texts()]
    assert {"kick", "tilt", "Brown: 0.528 T"} <= set(labels)
