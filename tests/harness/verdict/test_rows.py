"""Rows at fault and rows that are no equilibrium: MuMax3's recorded runs, judged."""

import pytest

from harness.analysis.result import analyse
from harness.comparison.comparison import compare
from harness.verdict import Kind, Level, judge

from ..recorded_runs import recorded_run
from .reading import found, kinds_of, the


@pytest.fixture(scope="module")
def four():
    """MuMax3's relax and minimize on one mesh; one run of minimize sits in an energy maximum."""
    ways = ("bare", "kick5mT-seed1", "minimize-kick5mT-seed1", "minimize-tilt2deg")
    results = [analyse(recorded_run(f"four/R20nm-c4nm-{way}")) for way in ways]
    return compare(results[0].record.study, results)


def test_rows_at_fault_are_named_and_kept_from_the_head(four):
    verdict = judge(four)
    fault = the(verdict, Kind.ROWS_AT_FAULT)
    assert (fault.cases, fault.level) == (("minimize, tilt",), Level.CAUTION)
    assert fault.rows[0].steps == tuple(range(25, 114))
    assert fault.numbers["first_T"] == 0.075 and fault.numbers["excess_J"] == pytest.approx(2.4e-16, rel=0.01)
    before_it, of_the_mesh = {Kind.NUCLEATION, Kind.ROUNDING_DECIDES}, {Kind.COARSE_CELLS, Kind.CONVERGED}
    said = before_it | of_the_mesh | {Kind.ROWS_AT_FAULT, Kind.UNFITTED, Kind.MATERIAL, Kind.NOT_CERTIFIED}
    assert kinds_of(verdict, "minimize, tilt") == said  # no remanence, no reversal, no choice of Hamiltonian
    assert "minimize, tilt" not in verdict.answers[0].believe[0].cases


def test_a_run_at_fault_alone_is_believed_as_far_as_it_is_sound(four):
    (tilted,) = (r for r in four.results if r.faults)
    verdict = judge(compare(four.study, [tilted]))
    assert the(verdict, Kind.NUCLEATION).numbers["nucleation_T"] == pytest.approx(0.3875)
    assert verdict.answers[0].believe[0].kind is Kind.ROWS_AT_FAULT
    assert "from 0.075 T on, are no result of the field path" in verdict.believe[0]
    assert any('`solver.method = "guarded"`' in step for step in verdict.surer)
    assert not found(verdict, Kind.SAME_HAMILTONIANS) and not found(verdict, Kind.HAMILTONIAN)


def test_the_head_says_when_runs_on_one_mesh_differ_and_whose_rows_are_no_equilibria(four):
    head = " ".join(judge(four).believe)
    assert "0.4875 ± 0.0125 T (“minimize, kick”), 0.4625 ± 0.0125 T (“relax, kick”)" in head
    assert "“relax, kick” held on to the uniform state are no equilibria." in head
    assert Kind.NUCLEATION not in {f.kind for f in judge(four).answers[0].believe if "kick" in f.text}


def test_torques_of_mumax3_are_held_against_single_precision(four):
    verdict = judge(four)
    settled, restless = the(verdict, Kind.CONVERGED), the(verdict, Kind.UNCONVERGED_ROWS, "relax, kick")
    assert settled.cases == ("minimize, kick", "minimize, tilt")
    assert restless.numbers["floor_T"] == pytest.approx(1.4e-6, rel=0.01)
    assert restless.numbers["limit_T"] == 10 * restless.numbers["floor_T"]
    assert (restless.numbers["n_above"], restless.numbers["worst_at_T"]) == (8, -0.15)
    assert restless.rows[0].steps == (9, 21, 25, 33, 66, 78, 79, 90)
    assert not found(verdict, Kind.ENGINE_WARNING)  # said as findings, not twice
