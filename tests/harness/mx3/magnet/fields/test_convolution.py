"""The engine's own transforms: against numpy's, and whole convolutions against sums written out."""

from __future__ import annotations

import numpy as np
import pytest

from harness.mx3.magnet.fields.convolution import Axis, Convolution, _transform, _transform_back
from harness.mx3.magnet.fields.demag import MU0, Demag
from harness.mx3.magnet.fields.newell import demag_tensor

CELL = (1e-9, 2e-9, 1.5e-9)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 7, 11, 20, 33, 45])
def test_a_line_is_transformed_and_back(n: int) -> None:
    axis, lanes = Axis.of(n), 8
    random = np.random.default_rng(n)
    line = random.normal(size=(n, lanes)) + 1j * random.normal(size=(n, lanes))
    a, b = (np.zeros((axis.padded, lanes)) for _ in range(2))
    a[:n], b[:n] = line.real, line.imag
    _transform(a, b, n, axis.factors, axis.twiddles, axis.wave, lanes)
    expected = np.fft.fft(line, axis.padded, axis=0)[axis.frequency]
    assert a + 1j * b == pytest.approx(expected, abs=1e-13 * n)
    _transform_back(a, b, n, axis.factors, axis.twiddles, axis.wave, lanes)
    assert (a + 1j * b)[:n] / axis.padded == pytest.approx(line, abs=1e-14)


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


def test_threads_change_nothing() -> None:
    n = (9, 14, 11)
    axes = [Axis.of(size) for size in n]
    random = np.random.default_rng(2)
    tensor = random.normal(size=(6, *(axis.padded // 2 + 1 for axis in reversed(axes))))
    m = random.normal(size=(3, *n[::-1]))
    alone, shared = (Convolution(n, tensor, threads=threads)(m) for threads in (1, 3))
    assert (alone == shared).all()
