"""The line of marks under a loop: what the saved states are, told apart in grey."""

from dataclasses import replace

import pytest

from harness.analysis.run_certificates import RunCertificates
from harness.report.figures import budget, loops
from harness.report.figures.ribbon import LOOKS, marks

from ..made_budgets import IRON, with_budgets
from ..verdict.test_certified import certificate

OF_FIELD = {
    0.4: certificate("saddle", -0.03),
    0.2: certificate("minimum", 0.01),
    0.0: certificate("minimum", 0.01, soft_T=(0.003,)),
    -0.2: certificate("undecided", 1e-9),
    -0.4: certificate("minimum", 0.02),
}


@pytest.fixture(scope="module")
def marked(comparison):
    """The made comparison with certificates and budgets; on the ascending branch all states are minima."""
    results = []
    for result in comparison.results:
        B_T = dict(zip(result.loop.step.tolist(), result.loop.B_T.tolist(), strict=True))
        turn = result.branches[1].rows.start
        found = {
            step: OF_FIELD[round(B_T[step], 9)] if step < turn else certificate("minimum", 0.01)
            for step in result.loop.states
        }
        results.append(replace(result, certified=RunCertificates(found, {})))
    return with_budgets(replace(comparison, results=tuple(results)), IRON)


def test_the_gravest_state_of_a_field_is_the_one_marked(marked):
    assert {name: list(fields) for name, fields in marks(marked.results[0]).items()} == {
        "maximum": [],
        "saddle": [0.4],
        "undecided": [-0.2],
        "soft": [0.0],
        "minimum": [0.2, -0.4],
    }


def test_rows_at_fault_and_runs_without_certificates_have_no_mark(comparison):
    assert not any(marks(comparison.results[0]).values())


def test_the_looks_differ_without_colour():
    shapes = {(look["marker"], look.get("markerfacecolor")) for look in LOOKS.values()}
    assert len(shapes) == len(LOOKS) == 5


def test_the_first_figure_has_a_line_of_marks_for_each_case(marked):
    drawn = budget.draw(marked)
    loop, _, states, distance = drawn.figure.axes
    assert states.get_ylabel() == "states" and loop.get_xlim() == states.get_xlim()
    assert {line.get_ydata()[0] for line in states.lines if len(line.get_xdata())} == {0, -1}
    assert {line.get_marker() for line in states.lines} == {look["marker"] for look in LOOKS.values()}
    assert distance.get_yscale() == "log"
    assert "cross, saddle" in drawn.caption


def test_the_loops_have_it_at_their_lower_edge(marked, comparison):
    drawn = loops.draw_h_prime(marked)
    moment = drawn.figure.axes[0]
    crosses = [line for line in moment.lines if line.get_marker() == "x"]
    assert [list(line.get_xdata()) for line in crosses] == [[0.4], [0.4]]
    assert "cross, saddle" in drawn.caption
    assert "cross, saddle" not in loops.draw_h_prime(comparison).caption
