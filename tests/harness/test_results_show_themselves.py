"""Every public result shows itself in a notebook, becomes a table and draws itself; a new one is met here."""

import inspect
import json
import pkgutil
from importlib import import_module
from pathlib import Path

import discretisedfield
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import harness
import mxval
import reduced_model as model
from reduced_model.results import Tabled
from reduced_model.vortex.profiles import profiles

ASKED = {"Case", "Hamiltonian", "Material", "Model", "Sphere", "Study"}
"""What is asked for, by a user or of a model: no results."""
NUMBERS = {
    *("AnsatzFit", "BranchObservables", "ContinuumEvent", "EnergyCrossing", "Event", "Jump", "Minimum"),
    *("NucleationField", "NucleationRadius", "Verdict"),
    "Profiles",  # do not know the nu they were asked for
}
"""Results that are a few numbers or words: nothing to draw."""
BRANCHES = Path(__file__).parent / "comparison" / "iron_20nm.json"
MADE_ELSEWHERE = {"AnsatzLadder", "AnsatzResiduals", "CellAdvice"}
"""Those that take long: their own tests make them."""


PUBLIC = {name: getattr(mxval, name) for name in mxval.__all__}
RESULTS = [
    name
    for name, each in PUBLIC.items()
    if inspect.isclass(each) and name not in ASKED and not issubclass(each, Exception)
]


@pytest.fixture(scope="module")
def made(really_run):
    """One of every result, by the name of its class, but those that take long."""
    iron, case = model.Sphere(20), really_run.results[0]
    state = next(state for state in case.states if state.fit.is_vortex)
    loop = iron.loop()
    followed = iron.continuum_loop(np.linspace(0.56, 0.44, 4), accuracy=1e-2)
    branches = model.ContinuumBranches.from_dict(json.loads(BRANCHES.read_text(encoding="utf-8")))
    lowest = iron.minima(0.2)[0]
    found = [
        *(really_run, really_run.verdict, case, case.loop, case.observables[0]),
        *(state, state.fit, state.read()),
        *(loop, loop.events[0], lowest, iron.landscape(), iron.random_axes_loop(orientations=4)),
        *(iron.nucleation_field(), iron.nucleation_radius()),
        model.Sphere(8).loop().observables()[0].jumps[0],
        *(model.energy_crossing("iron"), model.size_map("iron"), profiles([0.5, 1.0])),
        *(followed, followed.events[0], followed.states[-1], followed.states[-1].fit),
        *(branches, branches.branches[0], model.ansatz_residual(followed.states[-1])),
        *(model.grid_convergence(1.0, K=(5, 7)), model.stability_diagram()),
        model.nucleation_map("iron", [0.0, 1e4]),
        *(model.radius_sweep([8e-9], points=11), model.phase_diagram([8e-9, 2e-8], [0.0, 1e4], points=11)),
        model.continue_branch(iron.hamiltonian(), 0.2, lowest.nu, lowest.p),
    ]
    return {type(each).__name__: each for each in found}


def test_the_table_of_results_is_whole(made):
    assert set(made) == set(RESULTS) - MADE_ELSEWHERE
    assert set(RESULTS) > NUMBERS and set(mxval.__all__) > ASKED


@pytest.mark.parametrize("name", RESULTS)
def test_every_result_can_show_itself(name):
    wanted = {"to_dataframe", "_repr_html_"} | (set() if name in NUMBERS else {"plot"})
    each = getattr(mxval, name)
    assert {attribute for attribute in wanted if callable(getattr(each, attribute, None))} == wanted


@pytest.mark.parametrize("name", sorted(set(RESULTS) - MADE_ELSEWHERE))
def test_it_does(made, name):
    result, axes = made[name], Figure().add_subplot()
    frame = result.to_dataframe()
    assert isinstance(frame, pd.DataFrame) and frame.size
    assert not any("(" in str(column) for column in frame)  # units are suffixes
    html = result._repr_html_()
    assert html.startswith("<") and len(html) < 400_000
    if name not in NUMBERS:
        assert result.plot(ax=axes) is axes and axes.has_data()


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("Loop", {"step", "B_T", "m_x", "m_y", "m_z", "residual_T", "state"}),
        ("CaseResult", {"B_T", "branch", "m", "core_angle_deg", "nu", "nu_error", "state"}),
        ("StudyResult", {"case", "B_T", "m"}),
        ("SavedState", {"B_T", "nu", "nu_error", "axis_x", "core_x_m", "tilt_rad", "radius_m"}),
        ("VectorField", {"x_m", "y_m", "z_m", "m_x", "m_y", "m_z"}),
        ("Verdict", {"level", "kind", "cases", "text"}),
        ("NucleationField", {"ansatz_T", "brown_T"}),
        ("ContinuumState", {"B_T", "kind", "lambda_min_T", "nu", "total_J"}),
    ],
)
def test_columns_carry_their_units(made, name, columns):
    assert columns <= set(made[name].to_dataframe())


def test_a_table_holds_the_result_s_own_numbers(made):
    loop, case, state, field = (made[name] for name in ("Loop", "CaseResult", "SavedState", "VectorField"))
    frame = loop.to_dataframe()
    assert (frame["m_z"] == loop.m[:, 2]).all() and (frame["B_T"] == loop.B_T).all()
    row = case.to_dataframe().set_index("step").loc[state.step]
    assert (row["B_T"], row["nu"], row["state"]) == (state.B_T, state.fit.nu, state.fit.state)
    cells = field.to_dataframe()
    assert len(cells) == state.fit.n_cells
    assert np.allclose(np.linalg.norm(cells[["m_x", "m_y", "m_z"]], axis=1), 1.0)
    assert cells["z_m"].min() == pytest.approx(field.origin_m[2] + field.cell_m[2] / 2)
    study = made["StudyResult"]
    assert len(study.to_dataframe()) == sum(len(result.loop.step) for result in study.results)


def test_a_state_is_a_field_of_discretisedfield(made):
    for field in (made["SavedState"].field, made["VectorField"].field, made["ContinuumState"].field()):
        assert isinstance(field, discretisedfield.Field) and field.nvdim == 3


def test_whatever_draws_itself_draws_on_given_axes():
    for package in (harness, model):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                import_module(module.name)
    drawn = [each for each in _below(Tabled) if hasattr(each, "plot")]
    assert len(drawn) > 20
    for each in drawn:
        parameters = inspect.signature(each.plot).parameters
        more = [p for p in list(parameters.values())[1:] if p.name != "ax" and p.kind is not p.VAR_KEYWORD]
        assert "ax" in parameters and all(p.default is not p.empty for p in more), each


def _below(base):
    return {kind for each in base.__subclasses__() for kind in {each, *_below(each)}}
