"""Magnetostatic field of cells by a zero-padded Fourier convolution with Newell's tensor.

In: the box of cells, the cell edges, a magnetisation in A/m on that box.
Out: the field mu0*H in tesla on the same box.

Padding is added, and cropped again, axis by axis, so that most one-dimensional transforms run over the
unpadded planes only.  The transformed tensor is real and even or odd along each axis; an octant is stored.
"""

from __future__ import annotations

import ctypes
import os
import sys

import numba
import numpy as np
import scipy.fft
from numpy.typing import NDArray

from .newell import demag_tensor

MU0 = 4e-7 * np.pi
THREADS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
_THREADED_FROM = 48**3
"""Padded points from which more than one thread pays."""
_ODD_AXES = ((), (), (), (0, 1), (0, 2), (1, 2))


class Demag:
    """Demagnetising-field operator of a box of equal cells.

    Parameters
    ----------
    n : (nx, ny, nz)
        Cells of the box.
    cell : (dx, dy, dz)
        Cell edges in m.
    """

    def __init__(self, n: tuple[int, int, int], cell: tuple[float, float, float]) -> None:
        self.n = n
        self.padded = tuple(
            1 if size == 1 else scipy.fft.next_fast_len(2 * size - 1, real=axis == 0)
            for axis, size in enumerate(n)
        )
        _keep_freed_memory()
        self._workers = THREADS if np.prod(self.padded) >= _THREADED_FROM else 1
        self._kernel = _transformed_kernel(demag_tensor(n, cell), self.padded)

    def field(self, magnetisation: NDArray[np.float64]) -> NDArray[np.float64]:
        """Field mu0*H in T, shape (3, nz, ny, nx), of a magnetisation in A/m of the same shape."""
        nx, ny, nz = self.n
        px, py, pz = self.padded
        w = self._workers
        spectrum = scipy.fft.rfft(magnetisation, px, axis=3, workers=w)
        if py > 1:
            spectrum = scipy.fft.fft(spectrum, py, axis=2, workers=w, overwrite_x=True)
        if pz > 1:
            spectrum = scipy.fft.fft(spectrum, pz, axis=1, workers=w, overwrite_x=True)
        (_multiply_threaded if w > 1 else _multiply)(spectrum, self._kernel)
        if pz > 1:
            spectrum = scipy.fft.ifft(spectrum, axis=1, workers=w, overwrite_x=True)[:, :nz]
        if py > 1:
            spectrum = scipy.fft.ifft(spectrum, axis=2, workers=w, overwrite_x=True)[:, :, :ny]
        return scipy.fft.irfft(spectrum, px, axis=3, workers=w, overwrite_x=True)[..., :nx]


def _keep_freed_memory() -> None:
    """Have glibc reuse large blocks: at 40^3 points, page faults cost more than the transforms."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        if hasattr(libc, "mallopt"):
            mmap_threshold, trim_threshold = -3, -1
            libc.mallopt(mmap_threshold, 1 << 30)
            libc.mallopt(trim_threshold, 1 << 30)


def _transformed_kernel(tensor: NDArray[np.float64], padded: tuple[int, ...]) -> NDArray[np.float64]:
    """-mu0 N in Fourier space on an octant of wave numbers, shape (6, pz/2+1, py/2+1, px/2+1).

    A component that is odd along two axes has a transform that is real too, minus the product of sines.
    """
    out = np.empty((6, *(p // 2 + 1 for p in reversed(padded))))
    for c in range(6):
        part = tensor[c]
        for axis in range(3):
            part = _transform_axis(part, 2 - axis, padded[axis], odd=axis in _ODD_AXES[c])
        out[c] = -MU0 * part * (-1.0 if _ODD_AXES[c] else 1.0)
    return out


def _transform_axis(part: NDArray[np.float64], axis: int, p: int, odd: bool) -> NDArray[np.float64]:
    """Fourier transform of a sequence given for non-negative offsets and continued evenly or oddly."""
    size = part.shape[axis]
    moved = np.moveaxis(part, axis, -1)
    full = np.zeros((*moved.shape[:-1], p))
    full[..., :size] = moved
    if size > 1:
        full[..., p - size + 1 :] = (-1 if odd else 1) * moved[..., :0:-1]
    transform = scipy.fft.rfft(full, axis=-1)
    # an odd sequence gives -i times a real one; the two factors -i make the minus sign put back by the caller
    return np.moveaxis(-transform.imag if odd else transform.real, -1, axis)


def _multiply_body(s, kernel):  # type: ignore[no-untyped-def]
    """Multiply the spectrum of M, in place, by the tensor; signs follow the parity of each component."""
    _, pz, py, hx = s.shape
    for k in numba.prange(pz):
        kk, sz = (k, 1.0) if 2 * k <= pz else (pz - k, -1.0)
        for j in range(py):
            jj, sy = (j, 1.0) if 2 * j <= py else (py - j, -1.0)
            for i in range(hx):
                mx, my, mz = s[0, k, j, i], s[1, k, j, i], s[2, k, j, i]
                xy = sy * kernel[3, kk, jj, i]
                xz = sz * kernel[4, kk, jj, i]
                yz = sy * sz * kernel[5, kk, jj, i]
                s[0, k, j, i] = kernel[0, kk, jj, i] * mx + xy * my + xz * mz
                s[1, k, j, i] = xy * mx + kernel[1, kk, jj, i] * my + yz * mz
                s[2, k, j, i] = xz * mx + yz * my + kernel[2, kk, jj, i] * mz


_multiply = numba.njit(cache=True)(_multiply_body)
_multiply_threaded = numba.njit(cache=True, parallel=True)(_multiply_body)
