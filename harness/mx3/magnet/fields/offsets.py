"""The offsets at which the cells of a box see each other, shared by every tensor of two cells.

In: the number of cells along each axis and its periodic repetitions.
Out: where each non-negative offset is stored, images folded in, and pieces of about a second's work.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numba
import numpy as np
from numpy.typing import NDArray

ODD_AXES = ((), (), (), (0, 1), (0, 2), (1, 2))
"""Axes along which each component, xx, yy, zz, xy, xz, yz, changes sign with the offset."""
_OFFSETS_A_PIECE = 2_000_000
"""Offsets summed before Python has its turn, about a second's work."""


def pieces(*sizes: int) -> Iterator[tuple[tuple[int, ...], tuple[slice, ...]]]:
    """First offsets and slices of pieces that take about a second each: between them signals are obeyed."""
    longest = int(np.argmax(sizes))
    step = max(1, _OFFSETS_A_PIECE * sizes[longest] // math.prod(sizes))
    for begin in range(0, sizes[longest], step):
        first = tuple(begin if axis == longest else 0 for axis in range(3))
        yield first, tuple(slice(begin, begin + step) if a == longest else slice(None) for a in range(3))


def fold(n: int, repetitions: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Where each non-negative offset of one axis is stored, and its even and odd weight, shape (2, offsets).

    On a periodic axis the offsets i and -i are stored at i mod n or, where that is beyond half a period, at
    its mirror image; a place that is its own mirror image takes both.
    """
    if repetitions == 0:
        return np.arange(n), np.ones((2, n))
    offset = np.arange(n * repetitions)
    rest = offset % n
    both = (offset > 0) & (2 * rest % n == 0)
    even, odd = np.where(both, 2.0, 1.0), np.where(both, 0.0, np.where(2 * rest < n, 1.0, -1.0))
    return np.minimum(rest, n - rest), np.stack([even, odd])


@numba.njit(cache=True)
def add_folded(tensor, values, index, ix, iy, iz, wx, wy, wz):  # type: ignore[no-untyped-def]
    """Add the six components at one offset, the `index`-th along each axis, where and as `fold` says."""
    i, j, k = index
    even = wx[0, i] * wy[0, j] * wz[0, k]
    tensor[0, iz[k], iy[j], ix[i]] += even * values[0]
    tensor[1, iz[k], iy[j], ix[i]] += even * values[1]
    tensor[2, iz[k], iy[j], ix[i]] += even * values[2]
    tensor[3, iz[k], iy[j], ix[i]] += wx[1, i] * wy[1, j] * wz[0, k] * values[3]
    tensor[4, iz[k], iy[j], ix[i]] += wx[1, i] * wy[0, j] * wz[1, k] * values[4]
    tensor[5, iz[k], iy[j], ix[i]] += wx[0, i] * wy[1, j] * wz[1, k] * values[5]
