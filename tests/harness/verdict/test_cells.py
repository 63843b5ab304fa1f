"""How far cells move the moment: measured where there is a continuum, else told as another sphere's."""

from types import SimpleNamespace

import pandas as pd
import pytest

from harness.verdict import Kind, judge
from harness.verdict.cells import cell_findings
from harness.verdict.evidence import witnesses

from .reading import found

ROWS = pd.DataFrame(
    {
        "step": [0, 1, 2, 3, 4],
        "B_T": [0.6, 0.4, 0.3, 0.2, 0.1],
        "witness": ["simulation", "simulation", "simulation", "H'", "simulation"],
        "on_branch": [True, True, True, True, False],
        "kind": ["uniform", *["upright vortex"] * 4],
        "difference": [0.2, 0.03, -0.04, 0.5, 0.9],
        "like_error": 1e-4,
    }
)


def evidence(rows=ROWS, edge_smooth=0, engine="cpu", surface="cells", cells_across=20.0, uniform=False):
    """What the module reads of an Evidence."""
    case = SimpleNamespace(
        mesh=SimpleNamespace(cell_nm=2.0, edge_smooth=edge_smooth), solver=SimpleNamespace(surface=surface)
    )
    return SimpleNamespace(
        case=case,
        budget=None if rows is None else object(),
        moments=pd.DataFrame() if rows is None else rows,
        result=SimpleNamespace(record=SimpleNamespace(engine=engine)),
        run="a run",
        peers=(),
        cells_across=cells_across,
        stays_uniform=uniform,
        whole_beside=False,
        finding=lambda kind, rows, **values: SimpleNamespace(kind=kind, rows=rows, **values),
    )


def test_of_upright_vortices_on_the_branch_the_worst_is_told():
    (told,) = cell_findings(evidence())
    assert (told.shift, told.at_T, told.n_rows, told.rows.steps) == (-0.04, 0.3, 2, (2,))
    assert told.rms == pytest.approx(0.00125**0.5)
    assert told.measured and told.on_cpu


@pytest.mark.parametrize(
    "changed",
    [{"difference": 0.004}, {"like_error": 0.02}, {"kind": "tilted vortex"}, {"on_branch": False}],
)
def test_what_is_small_or_unsure_or_of_another_state_is_not_told(changed):
    assert not list(cell_findings(evidence(ROWS.assign(**changed))))


def test_whole_cells_without_a_continuum_are_not_judged():
    assert not list(cell_findings(evidence(None)))


@pytest.mark.parametrize(
    ("across", "nearest", "shift"), [(9.0, 10, 0.149), (19.0, 20, 0.086), (60.0, 32, 0.058)]
)
def test_smoothed_edges_without_a_continuum_are_told_another_spheres_number(across, nearest, shift):
    (told,) = cell_findings(evidence(None, edge_smooth=8, cells_across=across))
    assert (told.across, told.shift, told.measured) == (nearest, shift, False)


@pytest.mark.parametrize("how", [{"surface": "smooth"}, {"engine": "mumax3"}])
def test_no_smooth_surface_is_advised_where_there_is_one_or_none(how):
    assert not next(cell_findings(evidence(**how))).on_cpu


def test_a_verdict_tells_it_of_every_case(budgeted):
    told = found(judge(budgeted), Kind.CELLS_SHIFT)
    assert {case for f in told for case in f.cases} == {
        each.result.label for each in witnesses(budgeted) if list(cell_findings(each))
    }
    assert all("from the continuum's" in f.text for f in told) and told


def test_of_a_particle_that_stays_uniform_no_vortex_is_said_to_move():
    assert list(cell_findings(evidence(None, edge_smooth=4)))
    assert not list(cell_findings(evidence(None, edge_smooth=4, uniform=True)))
