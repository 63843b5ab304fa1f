"""Magnetostatic field of cells by a Fourier convolution with their demagnetising tensor.

In: the box of cells, the cell edges, periodic repetitions, a magnetisation in A/m on that box.
Out: the field mu0*H in tesla on the same box.

The transformed tensor is real and even or odd along each axis; an octant is stored.
"""

from __future__ import annotations

import copy
import ctypes
import math
import os
import sys

import numba
import numpy as np
import scipy.fft
from numpy.typing import NDArray

from harness.mx3.magnet.fields.convolution import Convolution, padded_length
from harness.mx3.magnet.fields.newell import demag_tensor
from harness.mx3.magnet.fields.offsets import ODD_AXES
from harness.mx3.magnet.fields.quadrature import quadrature_tensor

MU0 = 4e-7 * np.pi
_CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
THREADS = min(_CORES, numba.config.NUMBA_NUM_THREADS)
_THREADED_FROM = 48**3
"""Padded points from which more than one thread pays, even where other programs use the cores too."""
_DOUBLE = np.dtype(np.float64)


class Demag:
    """Demagnetising-field operator of a box of equal cells.

    Parameters
    ----------
    n : (nx, ny, nz)
        Cells of the box.
    cell : (dx, dy, dz)
        Cell edges in m.
    dtype : dtype
        Precision of the convolution, which a magnetisation must have; its tensor is computed in double.
    repetitions : (px, py, pz)
        How often the box repeats along periodic axes, as `demag_tensor` takes it; 0 along open ones.
    accuracy : float or None
        That of MuMax3's quadrature of the tensor, rounded to `dtype` as MuMax3 keeps it; None for Newell's.
    """

    def __init__(
        self,
        n: tuple[int, int, int],
        cell: tuple[float, float, float],
        dtype: np.dtype = _DOUBLE,
        repetitions: tuple[int, int, int] = (0, 0, 0),
        accuracy: float | None = None,
    ) -> None:
        self.n = n
        _keep_freed_memory()
        periodic = tuple(p > 0 for p in repetitions)
        padded = tuple(map(padded_length, n, periodic))
        if accuracy is None:
            tensor = demag_tensor(n, cell, repetitions)
        else:
            tensor = quadrature_tensor(n, cell, repetitions, accuracy).astype(dtype).astype(_DOUBLE)
        kernel = _transformed_kernel(tensor, padded)
        threads = THREADS if math.prod(padded) >= _THREADED_FROM else 1
        self._convolve = Convolution(n, kernel, periodic=periodic, dtype=dtype, threads=threads)

    def field(self, magnetisation: NDArray[np.floating]) -> NDArray[np.floating]:
        """Field mu0*H in T, shape (3, nz, ny, nx), of a magnetisation in A/m of the same shape."""
        return self._convolve(magnetisation)

    def in_single(self) -> Demag:
        """The operator for magnetisations in single precision."""
        other = copy.copy(self)
        other._convolve = self._convolve.in_single()
        return other


@numba.njit(cache=True)
def scatter(m, moment, index, box):  # type: ignore[no-untyped-def]
    """Put the cells' moments, columns (3, N), where they belong in a box (3, nz, ny, nx)."""
    for c in range(3):
        flat = box[c].ravel()
        for i in range(index.size):
            flat[index[i]] = moment[i] * m[c, i]


@numba.njit(cache=True)
def gather(box, index, columns):  # type: ignore[no-untyped-def]
    """Take the cells' values out of a box."""
    for c in range(3):
        flat = box[c].ravel()
        for i in range(index.size):
            columns[c, i] = flat[index[i]]


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
            part = _transform_axis(part, 2 - axis, padded[axis], odd=axis in ODD_AXES[c])
        out[c] = -MU0 * part * (-1.0 if ODD_AXES[c] else 1.0)
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
