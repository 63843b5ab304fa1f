"""Which rows of a table are a loop's: searches, and branches that were sorted by field."""

from pathlib import Path

import numpy as np
import pytest

from harness.inputs import InputError
from harness.runs.foreign.columns import told_fields
from harness.runs.foreign.rows import OR_SORTED, last_at_each_field
from harness.runs.foreign.table import ForeignTable

B = np.round(np.linspace(0.7, -0.7, 29), 12)


def down(B_T, opens_T=0.2):
    """A branch that leaves saturation late and jumps, and is reversible beyond."""
    return np.where(opens_T > B_T, np.clip(1.6 * B_T, -1, 1), np.clip(4 * B_T, -1, 1))


def kept(B_T, m, **more):
    columns = {"B": np.asarray(B_T), "mz": np.asarray(m), **more}
    table = ForeignTable(Path("loop.txt"), "", columns, {"B": "T", **dict.fromkeys(list(columns)[1:], "")})
    return last_at_each_field(table, told_fields(table, None, None))


def by_field(B_T, m, order=None):
    at = np.argsort(B_T, kind="stable") if order is None else np.lexsort((order, B_T))
    return B_T[at], m[at]


LOOP = np.append(B, -B), np.append(down(B), -down(B))


@pytest.mark.parametrize("order", [None, LOOP[1], np.random.default_rng(1).random(58)])
@pytest.mark.parametrize("way", [1, -1])
def test_a_loop_sorted_by_field_is_refused(order, way):
    B_T, m = by_field(*LOOP, order)
    with pytest.raises(InputError, match=r"loop.txt: its rows look sorted by field.*as the loop was run"):
        kept(B_T[::way], m[::way])


def test_so_is_one_whose_branches_are_no_mirror_images():
    B_T, m = by_field(LOOP[0], np.append(down(B), down(-B, 0.6) * -1))
    with pytest.raises(InputError, match="further apart than 2 steps from field to field, as at"):
        kept(B_T, m)


SHIFTED = LOOP[0] + np.repeat([0.0, 1e-7], 29), LOOP[1]
NOISY = LOOP[0] + np.random.default_rng(2).normal(size=58) * 2e-8, LOOP[1]
FINE = np.round(np.linspace(0.7, -0.7, 57), 12)
WIDE = np.where(FINE > -0.4, 0.9, -0.9) + 0.1 * FINE
INTERLEAVED = np.append(FINE[::2], -FINE[1::2]), np.append(WIDE[::2], -WIDE[1::2])


@pytest.mark.parametrize("loop", [SHIFTED, NOISY, INTERLEAVED])
@pytest.mark.parametrize("way", [1, -1])
def test_so_is_one_whose_branches_have_fields_of_their_own(loop, way):
    B_T, m = by_field(*loop)
    with pytest.raises(InputError, match=r"its rows look sorted by field.*as the loop was run"):
        kept(B_T[::way], m[::way])
    assert kept(B_T, m, t=np.arange(float(len(m)))).n_rows == len(m)
    assert kept(*loop).n_rows == len(m)


@pytest.mark.parametrize("seed", range(5))
def test_a_branch_that_is_noisy_steep_or_on_either_of_two_curves_by_chance_is_none(seed):
    rng, fields = np.random.default_rng(seed), np.linspace(0.7, -0.7, 141)
    for m in (
        np.tanh(9 * fields) + 0.05 * rng.normal(size=141),
        np.where(fields > 0.1, 1.0, -1.0),
        np.where(rng.random(141) > 0.5, 0.8, -0.8) * (np.abs(fields) < 0.4) + fields,
    ):
        assert kept(fields, m).n_rows == 141


@pytest.mark.parametrize("sigma", [0.003, 0.03, 0.3])
@pytest.mark.parametrize("readings", [2, 3, 5])
def test_readings_at_one_field_are_no_branches(sigma, readings):
    """As a magnetometer takes them, on a whole loop and on one branch, of which no column counts."""
    rng = np.random.default_rng(readings)
    for off_T in (0.0, 1e-5):
        for B_T, m in ([each[np.arange(58) != 29] for each in LOOP], (FINE, WIDE)):
            noise = rng.normal(size=(2, readings * 57))
            found = kept(
                np.repeat(B_T, readings) + off_T * noise[0], np.repeat(m, readings) + sigma * noise[1]
            )
            np.testing.assert_allclose(found.columns["B"], B_T, atol=1e-4)


@pytest.mark.parametrize("ripple", [1e-3, 1e-2])
def test_a_ripple_is_no_branch(ripple):
    assert kept(FINE, np.clip(4 * FINE, -1, 1) + ripple * (-1.0) ** np.arange(57)).n_rows == 57


def test_the_column_of_time_tells_rows_of_a_search_from_branches():
    B_T, m = by_field(*LOOP)
    assert kept(B_T, m, t=np.arange(58.0)).n_rows == 29


@pytest.mark.parametrize("part", [0.0, 0.6])
def test_the_last_row_of_each_search_counts(part):
    """The row before is where the last search ended, or on the way from there."""
    m = down(B)
    before = np.append(1.0, (1 - part) * m[:-1] + part * m[1:])
    found = kept(np.repeat(B, 2), np.stack([before, m], axis=1).ravel())
    np.testing.assert_array_equal(found.columns["mz"], m)
    assert found.notes[0].endswith(f"its last reading{OR_SORTED if part else ''}: 29 rows left out")


def test_a_moment_that_turns_at_zero_field_alone_is_a_search():
    fields = np.array([0.3, 0.2, 0.1, 0.0, -0.1, -0.2, -0.3])
    m = np.where(fields > 0, 1.0, -1.0)
    assert kept(np.repeat(fields, 2), np.repeat(m, 2)[np.r_[0, :13]]).n_rows == 7
