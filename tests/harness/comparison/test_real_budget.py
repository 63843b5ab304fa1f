"""The paper's sphere on coarse cells beside its continuum: who is right where, and by how much."""

import json
from pathlib import Path

import numpy as np
import pytest

from harness.analysis.result import analyse
from harness.comparison import continuum as module
from harness.comparison.comparison import compare
from harness.comparison.error_budget import Witness
from harness.engines import CpuEngine
from harness.pipeline import plan_study
from harness.runs.execute import execute
from harness.runs.output import read
from harness.study.study import Study
from reduced_model.continuum.branches import ContinuumBranches

SIMULATION, PRIME, DOUBLE_PRIME = Witness
SOLVED = Path(__file__).with_name("iron_20nm.json")
"""What continuum_branches(radius_m=20e-9, material="iron", maximum_T=0.8) found."""


@pytest.fixture(scope="module")
def comparison(tmp_path_factory):
    """Iron, R = 20 nm in 4 nm cells, kicked; states saved at 0.3 T and in zero field."""
    study = Study.from_values(
        {
            "name": "iron",
            "material": {"name": "iron"},
            "particle": {"radius_nm": 20},
            "mesh": {"cell_nm": 4},
            "field": {"values_T": [0.8, 0.55, 0.5, 0.4, 0.3, 0.2, 0.1, 0.06, 0.0]},
            "save": {"ovf": [0.3, 0.0]},
            "protocol": [{"kind": "kick"}],
        }
    )
    runs = tmp_path_factory.mktemp("iron")
    (run,) = plan_study(study, CpuEngine(), runs)
    result = analyse(read(execute(run, CpuEngine())))
    solved = ContinuumBranches.from_dict(json.loads(SOLVED.read_text()))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(runs / "cache"))
        patch.setattr(module, "continuum_branches", lambda **problem: solved)
        return compare(study, [result])


@pytest.fixture(scope="module")
def budget(comparison):
    """Its budget."""
    return comparison.budgets[0]


def at(budget, observable, witness, B_T):
    frame = budget.frame
    (row,) = frame[
        (frame["observable"] == observable) & (frame["witness"] == witness) & (frame["B_T"] == B_T)
    ].to_dict("records")
    return row


def test_the_model_is_nearer_while_the_core_stands(budget):
    window = next(w for w in budget.windows if w.first_T >= 0.3 >= w.last_T)
    assert (window.nearest, window.equals, window.reason) == (PRIME, (DOUBLE_PRIME,), "nearer")
    assert (window.first_T, window.last_T) == (0.4, 0.2)
    assert window.factor > 4.0


def test_values_at_a_field_are_those_known(budget):
    """0.6443 by the continuum, 0.6483 by H', 0.7077 by 4 nm cells: three programs found them."""
    cells, model = (at(budget, "m", witness, 0.3) for witness in ("simulation", "H'"))
    assert cells["stable"] == pytest.approx(0.6443, abs=5e-4)
    assert model["value"] == pytest.approx(0.6483, abs=5e-5)
    assert cells["value"] == pytest.approx(0.7077, abs=5e-5)
    parts = budget.split("m", PRIME).set_index("B_T").loc[0.3]
    assert parts["difference"] == pytest.approx(0.7077 - 0.6483, abs=1e-4)
    assert parts["mesh_error"] == pytest.approx(0.0634, abs=5e-4)
    assert parts["ansatz_error"] == pytest.approx(-0.0040, abs=5e-4)


def test_where_the_core_has_turned_the_model_holds_another_state(budget):
    window = next(w for w in budget.windows if w.first_T == 0.1)
    assert window.off_branch == {PRIME: "upright vortex", DOUBLE_PRIME: "upright vortex"}
    assert (window.nearest, window.reason) == (SIMULATION, "alone")
    held = at(budget, "m", "H'", 0.1)
    assert held["like_stability"] == "saddle" and abs(held["difference"]) < 0.01
    late = next(w for w in budget.windows if w.first_T == 0.5)
    assert late.off_branch == {SIMULATION: "uniform"}  # Brown's field is 0.528 T


def test_events_of_the_four_stand_in_one_row(budget):
    events = budget.events.set_index("event")
    assert events.loc["nucleation", "continuum_T"] == pytest.approx(0.52818, abs=1e-4)
    assert events.loc["tilt", "continuum_T"] == pytest.approx(0.129, abs=1e-3)
    assert events.loc["tilt", "H'_T"] == pytest.approx(0.0655, abs=1e-3)


def test_nu_is_compared_at_saved_states_by_the_same_estimator(budget):
    frame = budget.frame
    nu = frame[frame["observable"].isin(["nu", "nu_m_phi", "nu_m_z"])]
    assert sorted(nu["B_T"].unique()) == [0.0, 0.3] and len(nu) == 3 * 3 * 2
    fit = next(iter(budget.result.fits.values()))
    assert at(budget, "nu_m_z", "simulation", 0.3)["value"] == fit.nu_by_estimator["m_z"]
    assert abs(at(budget, "nu", "H'", 0.3)["difference"]) < 0.2  # of some 2.6


def test_the_table_has_the_continuum_beside_the_fit(comparison, budget):
    values = {row.quantity: row for row in comparison.rows}
    for quantity, name in (("nu at B = 0", "nu"), ("nu at B = 0, by m_phi", "nu_m_phi")):
        assert values[quantity].continuum == at(budget, name, "simulation", 0.0)["stable"]
        assert 4.0 < values[quantity].continuum < values[quantity].model_prime  # a turned core is wider
    assert values["core angle at B = 0"].continuum == pytest.approx(90.0, abs=0.1)


def test_energies_of_model_and_cells_lie_on_the_continuum_s_zero(budget):
    """In the uniform state the continuum is known in closed form, and cells are a per cent of volume off."""
    for name in ("anisotropy_J", "zeeman_J", "magnetostatic_J", "total_J"):
        model, cells = (at(budget, name, witness, 0.8) for witness in ("H'", "simulation"))
        assert model["difference"] == pytest.approx(0.0, abs=1e-9 * abs(model["value"]))
        assert cells["value"] == pytest.approx(cells["stable"], rel=0.03)
    for name in ("exchange_J", "magnetostatic_J", "total_J"):
        model = at(budget, name, "H'", 0.3)
        assert model["value"] == pytest.approx(model["stable"], rel=0.05)
        # the Ansatz is a trial function: no state of it lies below the continuum's minimum
    model = at(budget, "total_J", "H'", 0.3)
    assert model["difference"] > -model["like_error"]


def test_every_part_adds_up_on_every_row(budget):
    for observable in budget.observables:
        parts = budget.split(observable, DOUBLE_PRIME)
        whole = parts["mesh_error"] + parts["branch_difference"] + parts["ansatz_error"]
        scale = np.nanmax(np.abs(parts[["mesh_error", "ansatz_error", "difference"]].to_numpy()))
        assert (np.abs(whole - parts["difference"]).dropna() <= 1e-12 * scale).all()
