"""Convolution of a vector field on a box with a symmetric tensor, by fast Fourier transforms.

In: three components on the box, the tensor's transform. Out: three components on the box.

Open axes are padded with zeros, periodic ones are not.
Axis by axis, so that no line of zeros is transformed and nothing is transformed back that is dropped.  The
last axis is transformed, multiplied and transformed back in one go, a piece at a time, so that the padded
spectrum never exists in memory.  Everything is in one precision, double or single.
"""

from __future__ import annotations

import copy
import functools
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np
import scipy.fft
from numpy.typing import NDArray

Array = NDArray[np.floating]

PIECE = 1_000_000
"""Bytes of spectrum worked on at a time: enough to pay for a call, few enough for the cache."""
_DOUBLE = np.dtype(np.float64)


def padded_length(n: int, periodic: bool = False) -> int:
    """Length of a padded line of n values: room for all offsets, and small factors; n on a periodic axis."""
    return n if periodic else int(scipy.fft.next_fast_len(2 * n - 1, real=True))


class Convolution:
    """Convolution with one tensor on one box.

    Parameters
    ----------
    n : (nx, ny, nz)
        Cells of the box.
    tensor : array, shape (6, pz//2+1, py//2+1, px//2+1)
        The tensor's transform on the non-negative frequencies of lines padded as `padded_length` says: real,
        its components in the order xx, yy, zz, xy, xz, yz, of which xy is odd along x and y, and so on.
    periodic : (bool, bool, bool)
        Along which of x, y and z the values repeat.
    dtype : dtype
        Precision of the convolution, which the values must have: float64 or float32.
    threads : int
        How many threads share the work.
    """

    def __init__(
        self,
        n: tuple[int, int, int],
        tensor: Array,
        *,
        periodic: tuple[bool, ...] = (False, False, False),
        dtype: np.dtype = _DOUBLE,
        threads: int = 1,
    ) -> None:
        self._n, self._padded = n, tuple(map(padded_length, n, periodic))
        px, py, pz = self._padded
        # line by line along x: (y, z, component, x), and twice for real and imaginary parts side by side
        lines = np.transpose(tensor / math.prod(self._padded), (2, 1, 0, 3))
        self._tensor = np.repeat(lines, 2, axis=3).astype(dtype)
        self._spectrum = np.empty((3, n[2], py, px // 2 + 1), np.result_type(dtype, np.complex64))
        line_bytes = self._spectrum[0, 0, 0].nbytes
        self._planes = _pieces(3 * n[2], py * line_bytes)
        self._rows = _pieces(py, 3 * pz * line_bytes)
        self._threads = threads

    def in_single(self) -> Convolution:
        """The same convolution of values in single precision."""
        other = copy.copy(self)
        other._tensor = self._tensor.astype(np.float32)
        other._spectrum = np.empty_like(self._spectrum, dtype=np.complex64)
        return other

    def __call__(self, values: Array) -> Array:
        """The convolution of values (3, nz, ny, nx), as a new array of that shape."""
        out = np.empty_like(values)
        self._share(self._planes, self._to_spectrum, values)
        self._share(self._rows, self._multiply)
        self._share(self._planes, self._from_spectrum, out)
        return out

    def _share(self, pieces: list[slice], leg: Callable[..., None], *arguments: Array) -> None:
        """Have the pieces of a leg done; they are the same for any number of threads."""
        if self._threads == 1 or len(pieces) == 1:
            for piece in pieces:
                leg(piece, *arguments)
        else:
            for done in [_pool(self._threads).submit(leg, piece, *arguments) for piece in pieces]:
                done.result()

    def _to_spectrum(self, planes: slice, values: Array) -> None:
        """Transform planes of all components along x and y."""
        (px, py, _), spectrum = self._padded, _as_planes(self._spectrum)
        lines = scipy.fft.rfft(_as_planes(values)[planes], px)
        spectrum[planes] = scipy.fft.fft(lines, py, axis=1) if py > 1 else lines

    def _multiply(self, rows: slice) -> None:
        """Transform rows along z, multiply by the tensor and transform back; a single layer only multiply."""
        nz, (_, py, pz) = self._n[2], self._padded
        spectrum = self._spectrum[:, :, rows]
        block = scipy.fft.fft(spectrum, pz, axis=1) if pz > 1 else spectrum
        _multiply_by_tensor(block.view(self._tensor.dtype), self._tensor, rows.start, py)
        if pz > 1:
            spectrum[...] = scipy.fft.ifft(block, axis=1, norm="forward", overwrite_x=True)[:, :nz]

    def _from_spectrum(self, planes: slice, out: Array) -> None:
        """Undo `_to_spectrum`, up to a factor of the padded lengths."""
        (nx, ny, _), (px, py, _) = self._n, self._padded
        lines = _as_planes(self._spectrum)[planes]
        if py > 1:
            lines = scipy.fft.ifft(lines, axis=1, norm="forward", overwrite_x=True)[:, :ny]
        _as_planes(out)[planes] = scipy.fft.irfft(lines, px, norm="forward")[..., :nx]


def _as_planes(array: NDArray) -> NDArray:
    """The planes of all components one after another."""
    return array.reshape(-1, *array.shape[2:])


def _pieces(total: int, size: int) -> list[slice]:
    """So many planes or rows, each of so many bytes, cut into equal pieces of at most PIECE bytes."""
    step = math.ceil(total / math.ceil(total / max(1, PIECE // size)))
    return [slice(start, min(start + step, total)) for start in range(0, total, step)]


@functools.cache
def _pool(threads: int) -> ThreadPoolExecutor:
    """Threads kept for the life of the process; numba's own spin where the cores are shared with others."""
    return ThreadPoolExecutor(threads, thread_name_prefix="convolution")


@numba.njit(cache=True, fastmath={"contract"}, nogil=True)
def _multiply_by_tensor(block, tensor, first_row, py):  # type: ignore[no-untyped-def]
    """Multiply rows (3, pz, rows, x) in place; signs follow the parity of each component."""
    _, pz, rows, count = block.shape
    one = tensor.dtype.type(1)  # a bare number is double and would make the whole loop double
    for row in range(rows):
        j = first_row + row
        jj, sy = (j, one) if 2 * j <= py else (py - j, -one)
        for k in range(pz):
            kk, sz = (k, one) if 2 * k <= pz else (pz - k, -one)
            syz, t = sy * sz, tensor[jj, kk]
            a, b, c = block[0, k, row], block[1, k, row], block[2, k, row]
            if pz == 1:  # nothing couples to z
                for i in range(count):
                    u, v, xy = a[i], b[i], sy * t[3, i]
                    a[i], b[i] = t[0, i] * u + xy * v, xy * u + t[1, i] * v
                    c[i] *= t[2, i]
            else:
                for i in range(count):
                    u, v, w = a[i], b[i], c[i]
                    xy, xz, yz = sy * t[3, i], sz * t[4, i], syz * t[5, i]
                    a[i] = t[0, i] * u + xy * v + xz * w
                    b[i] = xy * u + t[1, i] * v + yz * w
                    c[i] = xz * u + yz * v + t[2, i] * w
