"""The demagnetising tensor against high-precision arithmetic, near and far, and against its sum rules."""

import mpmath as mp
import numpy as np
import pytest

from harness.mx3.magnet.fields import offsets
from harness.mx3.magnet.fields.newell import NEAR, demag_tensor


def _reference(component: str, offset, cell, digits=60) -> float:
    """One tensor component by second differences of the closed forms in `digits` decimal digits."""
    with mp.workdps(digits):
        d = [mp.mpf(c) for c in cell]
        r = [k * e for k, e in zip(offset, d, strict=True)]
        order = {"xx": (0, 1, 2), "yy": (1, 0, 2), "zz": (2, 1, 0), "xy": (0, 1, 2), "xz": (0, 2, 1)}
        a, b, c = order.get(component, (1, 2, 0))
        closed = _f if component[0] == component[1] else _g
        total = mp.mpf(0)
        for i, wi in ((-1, 1), (0, -2), (1, 1)):
            for j, wj in ((-1, 1), (0, -2), (1, 1)):
                for k, wk in ((-1, 1), (0, -2), (1, 1)):
                    point = [r[0] + i * d[0], r[1] + j * d[1], r[2] + k * d[2]]
                    total += wi * wj * wk * closed(point[a], point[b], point[c])
        return total / (-4 * mp.pi * d[0] * d[1] * d[2])


def _safe(factor, function, a, b):
    return factor * function(a / b) if b != 0 else mp.mpf(0)


def _f(x, y, z):
    r = mp.sqrt(x * x + y * y + z * z)
    value = (2 * x * x - y * y - z * z) * r / 6
    value += _safe(y * (z * z - x * x) / 2, mp.asinh, y, mp.sqrt(x * x + z * z))
    value += _safe(z * (y * y - x * x) / 2, mp.asinh, z, mp.sqrt(x * x + y * y))
    return value - _safe(x * y * z, mp.atan, y * z, x * r)


def _g(x, y, z):
    r = mp.sqrt(x * x + y * y + z * z)
    value = -x * y * r / 3
    value += _safe(x * y * z, mp.asinh, z, mp.sqrt(x * x + y * y))
    value += _safe(y * (3 * z * z - y * y) / 6, mp.asinh, x, mp.sqrt(y * y + z * z))
    value += _safe(x * (3 * z * z - x * x) / 6, mp.asinh, y, mp.sqrt(x * x + z * z))
    value -= _safe(z**3 / 6, mp.atan, x * y, z * r)
    value -= _safe(z * y * y / 2, mp.atan, x * z, y * r)
    return value - _safe(z * x * x / 2, mp.atan, y * z, x * r)


@pytest.mark.parametrize("cell", [(1, 1, 1), (1, 1, 0.3), (2.5, 1, 1), (1, 0.25, 0.2)])
def test_tensor_equals_high_precision_values_near_and_far(cell):
    n = (30, 30, 30)
    tensor = demag_tensor(n, cell)
    offsets = [(0, 0, 0), (1, 0, 0), (1, 1, 1), (0, 2, 3), (3, 2, 1), (4, 0, 0), (4, 1, 0), (3, 3, 2)]
    offsets += [(5, 6, 7), (12, 1, 0), (0, 0, 29), (29, 28, 27)]
    for i, j, k in offsets:
        exact = np.array(
            [float(_reference(c, (i, j, k), cell)) for c in ("xx", "yy", "zz", "xy", "xz", "yz")]
        )
        # 1e-10 of the tensor's size is what the engine promises at every distance and aspect ratio
        assert np.abs(tensor[:, k, j, i] - exact).max() <= 1e-10 * np.linalg.norm(exact), (i, j, k)


def test_self_term_of_a_cube_is_one_third():
    tensor = demag_tensor((2, 2, 2), (2e-9, 2e-9, 2e-9))
    assert tensor[:3, 0, 0, 0] == pytest.approx([1 / 3] * 3, abs=1e-15)  # rounding of one division


@pytest.mark.parametrize("cell", [(1, 1, 1), (1, 2, 0.5)])
def test_trace_is_one_at_home_and_zero_elsewhere(cell):
    tensor = demag_tensor((9, 8, 7), cell)
    trace = tensor[:3].sum(axis=0)
    size = np.sqrt((tensor**2).sum(axis=0))
    assert trace[0, 0, 0] == pytest.approx(1, abs=1e-14)
    trace[0, 0, 0] = 0
    assert (np.abs(trace) / size).max() < 1e-10  # the promised relative accuracy


def test_the_two_evaluations_meet(monkeypatch):
    """Moving the border between closed forms and Gauss rule changes nothing."""
    here = demag_tensor((9, 9, 9), (1, 1, 1))
    monkeypatch.setattr("harness.mx3.magnet.fields.newell.NEAR", 1.6 * NEAR)
    there = demag_tensor((9, 9, 9), (1, 1, 1))
    size = np.sqrt((here**2).sum(axis=0))
    assert (np.abs(here - there) / size).max() < 1e-12


def test_far_away_the_cells_are_dipoles():
    tensor = demag_tensor((200, 1, 1), (1, 1, 1))
    dipole = -2 / (4 * np.pi * 199**3)  # H = -N M along the axis of a point dipole of moment M V
    assert tensor[0, 0, 0, 199] == pytest.approx(dipole, rel=1e-8)  # next order is (d/r)^4


def test_a_sum_in_pieces_is_the_same_sum(monkeypatch):
    n, cell, repetitions = (6, 5, 3), (1.0, 2.0, 1.5), (3, 4, 0)
    whole = demag_tensor(n, cell, repetitions)
    monkeypatch.setattr(offsets, "_OFFSETS_A_PIECE", 100)
    assert len(list(offsets.pieces(18, 20, 3))) > 5
    assert demag_tensor(n, cell, repetitions) == pytest.approx(whole, abs=1e-15)
