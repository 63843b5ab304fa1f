"""The shipped results of the continuum: what stands in them, what made them, what pages say of them."""

import numpy as np
import pandas as pd
import pytest

from harness import shipped as places
from harness.comparison.windows import Witness
from harness.papers import spheres
from harness.papers.continuum import (
    CELLS,
    NUMBERS,
    Measured,
    full_loop,
    in_cells,
    in_the_continuum,
    shipped,
    sphere,
)
from harness.papers.curves import PaperData
from harness.papers.figures import PAPER_FIGURES
from harness.papers.open_question import windows
from harness.papers.spheres import SHOWN, TABLES, radial_profile, solve_spheres
from reduced_model.continuum.equilibrium import NotResolved
from reduced_model.continuum.loop import continuum_loop
from reduced_model.nucleation.spinodals import nucleation_field
from reduced_model.papers.vortex import NEEDS_SIMULATION, PUBLISHED_VORTEX

MATERIALS = ("iron", "permalloy", "cobalt")


@pytest.mark.parametrize("material", MATERIALS)
def test_every_table_names_the_command_that_wrote_it(material):
    makefile = (places.CHECKOUT / "Makefile").read_text(encoding="utf-8")
    names = [name for name in TABLES if (places.continuum_results() / material / f"{name}.csv").is_file()]
    assert set(TABLES) - set(names) <= {"profiles"}  # where no sphere keeps a vortex
    for found in (shipped(f"{material}/{name}.csv") for name in names):
        assert found.command.startswith(f"mxval branches --material {material} --radius-nm ")
        assert found.name in str(found) and found.command in str(found)
        assert len(found.rows)
        of_what = found.command.removeprefix("mxval branches ").removesuffix(" --accuracy 0.001")
        assert f"$(SPHERES) {of_what} --out" in makefile


def test_a_table_s_cells_are_a_study_beside_it():
    assert shipped(CELLS).command.startswith("mxval run docs/results/continuum/cells.toml")
    assert (places.continuum_results() / "cells.toml").is_file()


@pytest.mark.parametrize("material", MATERIALS)
def test_the_uniform_state_is_lost_where_theory_says(material):
    for row in shipped(f"{material}/spheres.csv").rows.itertuples():
        lost = nucleation_field(material, row.R_nm * 1e-9)
        if lost.brown_T > 0.0:
            assert (
                abs(row.nucleation_T - lost.brown_T) <= row.nucleation_error_T + 1e-6
            )  # the root's tolerance
        elif not isinstance(row.refused, str):
            assert abs(row.reversal_T - lost.uniform_lost_T) <= row.reversal_error_T + 1e-6


def test_a_sphere_below_the_crossing_radius_is_a_macrospin():
    row = sphere(8.0)
    assert row["kind"] == "uniform" and row["m"] == 1.0 and row["nu"] == 0.0
    assert row["reversal_T"] == pytest.approx(nucleation_field("iron", 8e-9).coherent_T, abs=1e-6)


def test_the_way_up_is_the_way_down_turned():
    loop = full_loop()
    down, up = loop.iloc[: len(loop) // 2], loop.iloc[len(loop) // 2 :]
    assert (np.diff(down["B_T"]) < 0).all() and (np.diff(up["B_T"]) > 0).all()
    assert np.allclose(up["m"], -down["m"]) and down["m"].iloc[0] == 1.0


def test_numbers_stand_beside_quantities_that_the_papers_print():
    quantities = {entry.quantity for entry in (*PUBLISHED_VORTEX, *NEEDS_SIMULATION)}
    assert set(NUMBERS) <= quantities
    assert in_the_continuum("grid points inside the sphere, K = 21") is None
    tilt = in_the_continuum("field below which H' leaves the simulated loop, where its core tilts")
    assert abs(tilt.value - 0.129) <= 2e-3 and 0.0 < tilt.error < 2e-3  # N = 24 alone gives 0.12908 T
    assert in_the_continuum("|B| up to which the loop of H'' is open").value == 0.0
    assert in_the_continuum("R_nuc of iron").value == pytest.approx(8.88, abs=0.2)


@pytest.mark.parametrize(
    ("measured", "text"),
    [
        (Measured(0.129046, 9e-4), "0.1290 ± 0.0009"),
        (Measured(0.528184, 1e-11), "0.5282"),
        (Measured(5.03, 0.24), "5.03 ± 0.24"),
        (Measured(5.03, 0.2401237), "5.0 ± 0.2"),
        (Measured(0.0, 0.0), "0"),
    ],
)
def test_a_number_is_told_to_the_place_of_its_error(measured, text):
    assert str(measured) == text


@pytest.mark.parametrize(
    "name", ["fig1b_profile", "fig2_h_prime", "fig3_h_double_prime", "fig4a_radii", "figS3_cells"]
)
def test_figures_show_the_continuum_and_name_its_file_and_command(name):
    drawn = PAPER_FIGURES[name](PaperData())
    assert any(text.startswith("continuum") for text in drawn.data["series"])
    assert "Continuum: iron/" in drawn.caption and "`mxval branches --material iron" in drawn.caption


def test_smaller_cells_come_nearer_and_the_model_is_nearest_where_the_caption_says_so():
    rows = PAPER_FIGURES["figS3_cells"](PaperData()).data.dropna(subset="above_continuum")
    at = rows[np.isclose(rows["B_T"], 0.3)].set_index("series")["above_continuum"]
    cells = [at[f"{size} nm cells"] for size in ("4", "2.5", "2", "1.25", "1")]
    assert sorted(cells, reverse=True) == cells and cells[-1] > at["H'"] > 0.0


def test_windows_say_who_is_nearest_and_never_score_another_branch():
    found = windows()
    assert [w.stable_kind for w in found][:2] == ["upright vortex"] * 2
    assert found[-1].stable_kind == "tilted vortex"
    assert sum(w.n_rows for w in found) == 27  # every 0.02 T from 0.52 T to zero
    for window in found:
        assert not set(window.rms) & set(window.off_branch)
        assert window.stable_kind not in window.off_branch.values()
        asked = 1e-2 if window.stable_kind == "tilted vortex" else 1e-3
        assert window.error < asked if window.rms else np.isnan(window.error)
    upright = found[1]
    assert (upright.nearest, upright.equals) == (Witness.PRIME, (Witness.DOUBLE_PRIME,))
    assert 2.0 * upright.rms[Witness.PRIME] < 1.02 * upright.rms[Witness.SIMULATION]
    turned, low = (next(w for w in found if w.first_T == B_T) for B_T in (0.12, 0.04))
    assert set(turned.off_branch) == {Witness.PRIME, Witness.DOUBLE_PRIME}
    assert turned.nearest is low.nearest is Witness.SIMULATION
    assert low.off_branch == {Witness.DOUBLE_PRIME: "upright vortex"}


def test_a_profile_s_shells_have_the_mean_moment_of_the_ball():
    state = continuum_loop([0.3], radius_m=20e-9, accuracy=1e-3).states[0]
    profile = radial_profile(state)
    rho = profile["rho_over_R"]
    whole = np.trapezoid(3.0 * profile["m_z"] * rho * np.sqrt(1.0 - rho**2), rho)
    assert whole == pytest.approx(state.along, abs=5e-3)  # trapezoids of 1/50, a root at rho = 1
    assert profile["m_phi"].iloc[0] == pytest.approx(0.0, abs=1e-12) and profile["m_phi"].min() > -1e-12
    assert (profile["m_rho"].abs() < 1e-6).all()  # odd in z
    assert (profile["m_z_error"] < 0.02).all()


def test_a_sphere_that_is_refused_is_a_row_with_the_solver_s_words(monkeypatch, tmp_path):
    solve = spheres.continuum_branches

    def some(*, radius_m, **problem):
        if radius_m > 10e-9:
            raise NotResolved("B = 0.1 T: a Bloch point")
        return solve(radius_m=radius_m, **problem)

    monkeypatch.setattr(spheres, "continuum_branches", some)
    study = solve_spheres([8.0, 60.0], "iron")
    assert [row[-1] for row in study.to_table()[2]] == ["uniform", "B = 0.1 T: a Bloch point"]
    assert study.loops["R_nm"].unique().tolist() == [8.0]
    files = study.write(tmp_path / "made", "mxval branches")
    again = pd.read_csv(files[0], comment="#")
    assert again["refused"].tolist()[1] == "B = 0.1 T: a Bloch point"


@pytest.mark.validate
@pytest.mark.parametrize(("radius_nm", "fields_T"), [(10.0, (0.16, 0.06, 0.0)), (20.0, (0.54, 0.2, 0.1))])
def test_a_few_points_are_what_they_were(radius_nm, fields_T):
    rows = shipped("iron/loops.csv").of(radius_nm).set_index("B_T")
    loop = continuum_loop(fields_T, radius_m=radius_nm * 1e-9, accuracy=1e-4)
    for B, m, error, kind in zip(loop.B_T, loop.m_along, loop.m_error, loop.state, strict=True):
        row = rows.loc[B]
        assert kind == row["kind"]
        assert abs(m - row["m"]) <= error + row["m_error"] + 1e-6  # and the digits of the file
    assert set(SHOWN) <= set(rows.columns)


def test_the_page_s_table_is_that_of_the_files():
    text = (places.CHECKOUT / "docs/results/continuum.md").read_text(encoding="utf-8")
    lines = text.split("| B (T) | ⟨m⟩ |")[1].split("\n\n")[0].splitlines()[2:]
    loop = shipped("iron/loops.csv").of(20.0).set_index("B_T")
    cells = [table.set_index("B_T")["m"] for table in in_cells().values()]
    assert len(lines) == 29
    for line in lines:
        told = [cell.split(" ")[0].replace("−", "-") for cell in line.strip("| ").split(" | ")]
        row = loop.loc[float(told[0])]
        assert abs(row["m"] - float(told[1])) <= 5e-5 and row["kind"].startswith(told[3])
        apart = [table[float(told[0])] - row["m"] for table in cells]
        assert np.allclose(apart, [float(each) for each in told[6:]], atol=5.1e-5)


def test_a_run_of_a_radius_that_is_not_printed_has_a_style_and_a_name_of_its_own(
    tmp_path, make_comparison, make_study
):
    study = make_study(
        particle={},
        sweep={"radius_nm": [9.0, 12.0, 13.0]},
        field={"values_T": [0.3]},
        save={"ovf": "none"},
        protocol=[{"kind": "kick"}],
    )
    runs = make_comparison(tmp_path, study, kick={"nucleates_below_T": -1.0}).results
    drawn = PAPER_FIGURES["fig4a_radii"](PaperData(results=runs, study="few"))
    model, _, simulated = drawn.figure.axes
    printed = {line.get_color() + line.get_linestyle() for line in model.lines}
    looks = [line.get_color() + line.get_marker() for line in simulated.lines]
    assert len(set(looks)) == 3 and all(line.get_marker() not in "_None" for line in simulated.lines)
    assert [t.get_text() for t in simulated.get_legend().get_texts()] == [f"R = {R} nm" for R in (9, 12, 13)]
    assert not {looks[0], looks[2]} & printed
    fields = PAPER_FIGURES["fig4b_nucleation"](PaperData(results=runs, study="few"))
    assert "no vortex is seen to appear on the path, so no mark: r = 9 nm" in fields.caption.lower()
    assert "Simulated" not in fields.caption and not any("few" in name for name in fields.data["series"])
