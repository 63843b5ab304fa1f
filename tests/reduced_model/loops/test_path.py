"""Paths of fields: the full cycle, and the branches any path consists of."""

import numpy as np
import pytest

from reduced_model import ModelError, full_loop
from reduced_model.loops.path import branches


def test_full_loop_is_symmetric_and_has_a_row_at_zero():
    B = full_loop(0.7, 141)
    assert B.size == 282
    np.testing.assert_array_equal(B[:141], -B[141:])
    assert (B[70], B[0], B[140]) == (0.0, 0.7, -0.7)


def test_branches_share_their_turning_points():
    assert branches(np.array([1.0, 0.0, -1.0, 0.0])) == ((0, 2), (2, 3))
    assert branches(np.array([1.0, 0.0, 0.0, 1.0])) == ((0, 1), (2, 3))  # held where it turns
    assert branches(np.array([0.3, 0.3])) == ((0, 1),)


@pytest.mark.parametrize(("arguments", "key"), [((-1.0,), "maximum_T = -1"), ((1.0, 1), "points = 1")])
def test_bad_input(arguments, key):
    with pytest.raises(ModelError, match=key):
        full_loop(*arguments)
