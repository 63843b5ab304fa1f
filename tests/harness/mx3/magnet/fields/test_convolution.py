"""Convolutions against sums written out, whole and in pieces."""

from __future__ import annotations

import numpy as np
import pytest

from harness.mx3.magnet.fields import convolution
from harness.mx3.magnet.fields.convolution import Convolution, padded_length
from harness.mx3.magnet.fields.demag import MU0, Demag
from harness.mx3.magnet.fields.newell import demag_tensor

CELL = (1e-9, 2e-9, 1.5e-9)


@pytest.mark.parametrize("n", [(1, 1, 1), (5, 1, 1), (1, 6, 1), (1, 1, 7), (5, 3, 1), (4, 3, 2), (3, 5, 6)])
def test_the_field_is_the_sum_over_all_pairs(n: tuple[int, int, int]) -> None:
    m = np.random.default_rng(1).normal(size=(3, *n[::-1]))
    tensor = demag_tensor(n, CELL)
    expected = np.zeros_like(m)
    component = {(0, 0): 0, (1, 1): 1, (2, 2): 2, (0, 1): 3, (0, 2): 4, (1, 2): 5}
    for to in np.ndindex(*m.shape[1:]):
        for source in np.ndindex(*m.shape[1:]):
            offset = np.subtract(to, source)
            sign = np.where(offset[::-1] < 0, -1, 1)
            for i in range(3):
                for j in range(3):
                    odd = sign[i] * sign[j] if i != j else 1
                    entry = tensor[(component[min(i, j), max(i, j)], *np.abs(offset))]
                    expected[(i, *to)] -= MU0 * odd * entry * m[(j, *source)]
    assert Demag(n, CELL).field(m) == pytest.approx(expected, abs=1e-14 * np.abs(expected).max() * m.size)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 7, 11, 20, 33, 45])
def test_a_padded_line_holds_all_offsets(n: int) -> None:
    assert 2 * n - 1 <= padded_length(n) <= 2.4 * n


@pytest.mark.parametrize("n", [(9, 14, 11), (9, 14, 1)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_pieces_and_threads_change_nothing(n, dtype, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(2)
    tensor = random.normal(size=(6, *(padded_length(size) // 2 + 1 for size in reversed(n))))
    m = random.normal(size=(3, *n[::-1])).astype(dtype)
    whole = Convolution(n, tensor, dtype=np.dtype(dtype))(m)
    monkeypatch.setattr(convolution, "PIECE", 5000)
    alone, shared = (Convolution(n, tensor, dtype=np.dtype(dtype), threads=t)(m) for t in (1, 3))
    assert (alone == shared).all()
    assert np.abs(alone - whole).max() <= 10 * np.finfo(dtype).eps * np.abs(whole).max()  # rounding
