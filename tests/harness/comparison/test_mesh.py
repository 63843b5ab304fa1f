"""Series of cell sizes: what is combined, what it tends to, what stands beside it."""

from dataclasses import replace

import numpy as np
import pytest

from harness.comparison.comparison import compare
from harness.comparison.error_budget import budget_of, theory_of
from harness.comparison.lattices import volume_ratio
from harness.comparison.mesh import mesh_studies
from harness.comparison.table import TURN, rows_of
from reduced_model.models import Model
from reduced_model.sphere import Sphere

from .made_continuum import made_prediction, made_result, made_study, stable_states

FIELDS = (0.6, 0.4, 0.3, 0.2, 0.12, 0.06, 0.0, -0.06, -0.3, -0.6)
CELLS_NM = (4.0, 2.5, 2.0, 1.25, 1.0)
ONE_CELL_NM = 0.015
"""Error of m on cells of 1 nm; it goes as the cell to the 1.2."""


def series(folder, cells_nm=CELLS_NM, offset=(0.0, 0.0, 0.0), turned=(4.0, 2.5), fields=FIELDS):
    """Made runs that tend to the made continuum; on coarse cells the core has turned too early, at 0.12 T."""
    results, m = [], stable_states(fields)[0]
    for cell in cells_nm:
        _, angle, nu = stable_states(fields)
        error = np.where(nu > 0, np.sign(m) * ONE_CELL_NM * cell**1.2, 0.0)
        angle = np.where(np.isclose(fields, 0.12), 15.0 if cell in turned else 0.0, angle)
        study = made_study(fields, mesh={"cell_nm": cell, "offset_cells": offset})
        name = f"c{cell:g}-{offset[0]:g}"
        made = made_result(folder / name, study, m + error, angle, nu)
        results.append(replace(made, label=f"{cell:g} nm cells"))
    return results


def studied(results):
    prediction = made_prediction(results[0].case)
    theory = theory_of(prediction, results[0].case.field_values_T)
    budgets = [budget_of(result, theory) for result in results]
    rows = [row for r, b in zip(results, budgets, strict=True) for row in rows_of(r, prediction, b)]
    return mesh_studies(results, [prediction] * len(results), budgets, rows)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    (found,) = studied(series(tmp_path_factory.mktemp("series")))
    return found


def test_the_loop_tends_field_by_field_to_the_continuum_it_was_made_of(study):
    assert study.cell_nm == CELLS_NM and study.results[-1].case.mesh.cell_nm == 1.0
    for field in (0.4, 0.3, 0.2, -0.3):
        found = study.at("m", field)
        assert (found.B_T, found.kind, found.left_out) == (field, "upright vortex", 0)
        exact = float(stable_states([field])[0][0])
        assert found.found.holds(exact) and found.agrees is True
        assert found.continuum == pytest.approx((exact, 1e-3))
        assert found.found.order == pytest.approx(1.2, abs=0.15)
        assert found.found.finest_error == pytest.approx(np.sign(field) * ONE_CELL_NM, abs=2e-3)
        assert dict(found.theory).keys() == {"H′", "H″"}
    assert study.at("m", 0.6).found.outcome == "same"  # saturated on all of them


def test_only_states_of_one_kind_are_combined(study):
    early = study.at("m", 0.12)
    assert early.kind == "upright vortex" and early.left_out == 2
    assert [result.case.mesh.cell_nm for result in early.results] == [2.0, 1.25, 1.0]
    assert early.found.converges
    assert study.at("core_angle_deg", 0.12).B_T == 0.06  # only turned cores have an angle to tell


def test_where_every_direction_is_alike_no_moment_is_combined(tmp_path):
    """Without anisotropy nothing in zero field tells where a moment or a core points."""
    soft = {"name": "soft_iron", "Ms_A_per_m": 1.7e6, "A_J_per_m": 1e-11, "Ku_J_per_m3": 0.0}
    m, angle, nu = stable_states(FIELDS)
    studies = [made_study(FIELDS, mesh={"cell_nm": cell}, material=soft) for cell in (4.0, 2.0)]
    results = [made_result(tmp_path / f"{k}", s, m, angle, nu) for k, s in enumerate(studies)]
    (found,) = studied(results)
    assert 0.0 not in found.frame.loc[found.frame["quantity"] == "m", "B_T"].to_list()
    assert found.at("m", 0.3).found.outcome == "few"


def test_a_continuum_out_of_reach_is_said_not_to_agree(tmp_path):
    results = series(tmp_path)
    off = [replace(r, loop=replace(r.loop, m=r.loop.m + np.array([0.0, 0.0, 0.02]))) for r in results]
    (found,) = studied(off)
    assert found.at("m", 0.3).agrees is False


def test_lattices_off_by_half_a_cell_each_way_are_replicas_others_a_series_of_their_own(tmp_path):
    centred = series(tmp_path)
    half = series(tmp_path, (4.0, 2.5, 2.0), (0.5, 0.5, 0.5))
    along = series(tmp_path, (4.0, 2.5, 2.0), (0.0, 0.0, 0.5))
    both, other = studied([*centred, *half, *along])
    assert len(both.results) == 8 and len(other.results) == 3
    assert both.at("m", 0.3).found.value.size == 8 and both.cell_nm == CELLS_NM
    assert not any(both.results[-1].case.mesh.offset_cells)
    volumes = both.lattices
    assert list(volumes["offset_cells"])[:2] == ["0.5 0.5 0.5", "0 0 0"]
    at_4_nm = dict(zip(volumes["offset_cells"], volumes["volume_ratio"], strict=False))
    assert at_4_nm["0 0 0"] != at_4_nm["0.5 0.5 0.5"]


@pytest.mark.parametrize(("cell_nm", "percent"), [(4.0, 105.42), (2.0, 100.84), (1.0, 100.12)])
def test_the_volume_of_a_lattice_is_counted(tmp_path, cell_nm, percent):
    (result,) = series(tmp_path, (cell_nm,))
    assert 100 * volume_ratio(result) == pytest.approx(percent, abs=0.01)
    mesh = result.case.mesh.model_copy(update={"edge_smooth": 4})
    smooth = result.case.model_copy(update={"mesh": mesh})
    assert np.isnan(volume_ratio(replace(result, case=smooth)))


def test_one_size_is_no_series_and_two_tend_to_nothing(tmp_path):
    assert studied(series(tmp_path / "one", (4.0,))) == ()
    (two,) = studied(series(tmp_path / "two", (4.0, 2.0), turned=()))
    assert two.at("m", 0.3).found.outcome == "few"
    assert two.at("m", 0.3).agrees is None


def test_events_read_between_rows_say_that_the_rows_hide_the_cells(study):
    nucleation = study.telling[0]
    assert nucleation.quantity == "nucleation field"
    assert nucleation.found.outcome == "same"  # all lattices between the same two rows
    assert nucleation.found.low == pytest.approx(0.4) and nucleation.found.high == pytest.approx(0.6)
    assert [name for name, _ in nucleation.theory] == ["Ansatz", "Eq. 11", "Brown"]
    assert nucleation.continuum[0] == pytest.approx(0.528184, abs=1e-6)


def test_a_models_event_is_its_root_whatever_the_rows(study):
    """H' tips the core of this sphere where its own loop on other rows does."""
    tilt = next(event for event in study.events if event.quantity == TURN and event.branch_number == 0)
    loop = Sphere(20.0, "iron").loop(np.linspace(0.6, -0.6, 25), model=Model.PRIME)
    first = next(event.B_T for event in loop.events if event.mode == "tau")
    assert dict(tilt.theory)[Model.PRIME.symbol] == pytest.approx(first, abs=1e-6)


def test_between_far_rows_a_model_s_event_is_not_another_s(tmp_path):
    """H' tips its core between the rows where its moment changes sign too: the root is the tilt's alone."""
    (coarse,) = studied(series(tmp_path, cells_nm=(4.0, 2.5), fields=(0.6, 0.3, -0.06, -0.6)))
    by_name = {event.quantity: dict(event.theory) for event in coarse.events if event.branch_number == 0}
    (loop,) = (Sphere(20.0, "iron").loop([0.6, 0.3, -0.06, -0.6], model=Model.PRIME),)
    seen = loop.observables()[0].coercive_field_T
    assert by_name["coercive field"][Model.PRIME.symbol] == pytest.approx(seen, abs=1e-9)
    assert abs(by_name["coercive field"][Model.PRIME.symbol]) < 0.03 < 0.06 < loop.events[1].B_T


def test_table_and_drawing_show_what_was_found(study):
    frame = study.frame
    row = frame[(frame["quantity"] == "m") & (frame["B_T"] == 0.3) & (frame["branch"] == "descending")].iloc[
        0
    ]
    assert row["outcome"] == "converges" and row["low"] < row["extrapolated"] < row["high"]
    assert row["finest"] == pytest.approx(study.results[-1].moment[2])
    axes = study.plot("m", 0.3)
    assert axes.get_xlabel() == "cell size (nm)" and "0.3 T" in axes.get_ylabel()
    drawn = np.concatenate([np.asarray(line.get_xdata(), dtype=float) for line in axes.lines])
    assert set(CELLS_NM) <= set(np.round(drawn, 9))
    with pytest.raises(ValueError, match="quantity = mz: no lattice has it; there are nucleation field"):
        study.plot("mz")


def test_a_comparison_has_its_series(tmp_path, make_comparison, make_study):
    study = make_study(
        mesh={},
        sweep={"cell_nm": [8.0, 5.0, 4.0]},
        save={"ovf": "none"},
        field={"values_T": [0.8, 0.4, 0.0]},
    )
    made = make_comparison(tmp_path, study)
    assert [series.way for series in made.mesh] == ["bare", "kick"]
    assert compare(study, made.results[:2]).mesh == ()
