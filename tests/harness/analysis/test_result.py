"""What one run says where some of its rows are no result."""

from dataclasses import replace

import numpy as np
import pytest

from harness.analysis.result import analyse
from harness.comparison.table import OPENING

from ..recorded_runs import recorded_run


@pytest.fixture(scope="module")
def maximum():
    """Rows 25 to 113, from 0.075 T on, sit in an energy maximum."""
    return analyse(recorded_run("four/R20nm-c4nm-minimize-tilt2deg"))


def test_nothing_is_read_from_rows_at_fault(maximum):
    down, up = maximum.observables
    assert (down.branch, down.starts_as, down.nucleation_field_T) == (
        "descending",
        "uniform",
        pytest.approx(0.3875),
    )
    for value in (down.remanence, down.coercive_field_T, down.annihilation_field_T):
        assert np.isnan(value)
    assert down.jumps == () and (up.branch, up.starts_as, up.jumps) == ("ascending", "unknown", ())
    for name in ("remanence", "coercive_field_T", "nucleation_field_T", "annihilation_field_T"):
        assert np.isnan(getattr(up, name))
    assert np.isfinite(maximum.moment[:25]).all() and np.isnan(maximum.moment[25:]).all()
    assert np.isfinite(maximum.order[:25]).all() and np.isnan(maximum.order[25:]).all()
    assert maximum.asymmetry is None
    assert [state.step for state in maximum.states] == [24]
    assert maximum.unfitted == {28: "the row is no result of the field path"} and 28 not in maximum.kept


def test_a_fault_is_a_warning_even_where_the_record_is_older(maximum):
    assert maximum.record.warnings == ()
    (line,) = maximum.warnings
    assert line.startswith("89 of 114 rows, step 25 (0.075 T) to step 113 (0.7 T)")
    record = maximum.record.updated(warnings=("of the engine", line))
    assert replace(maximum, record=record).warnings == ("of the engine", line)


def test_the_branch_before_the_fault_is_read_whole():
    """The kicked run falls into its maximum on the way back: its descending branch stands."""
    kicked = analyse(recorded_run("finer/R20nm-c4nm-minimize-kick5mT-seed1"))
    down, up = kicked.observables
    assert down.nucleation_field_T == pytest.approx(0.49) and down.annihilation_field_T == pytest.approx(
        -0.49
    )
    assert down.remanence == pytest.approx(0.052, abs=1e-3) and down.coercive_field_T == pytest.approx(
        -0.0252, abs=1e-4
    )
    assert (up.starts_as, up.nucleation_field_T) == ("uniform", pytest.approx(-0.49))
    for value in (up.remanence, up.coercive_field_T, up.annihilation_field_T):
        assert np.isnan(value)
    assert kicked.asymmetry.rms < 1e-3  # of the fields both branches hold


def test_what_needs_both_branches_is_not_said_of_half_a_pair():
    from harness.comparison.comparison import compare

    results = [analyse(recorded_run(f"four/R20nm-c4nm-{way}")) for way in ("bare", "minimize-tilt2deg")]
    quantities = [(row.protocol, row.quantity) for row in compare(results[0].record.study, results).rows]
    assert ("bare", OPENING) in quantities and ("tilt2deg", OPENING) not in quantities
