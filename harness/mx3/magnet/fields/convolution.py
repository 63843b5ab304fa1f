"""Convolution of a vector field on a box with a symmetric tensor, by fast Fourier transforms made for it.

In: three components on the box, the tensor's transform. Out: three components on the box.

Four savings over a general transform.  A line of n values, padded with zeros to 2h, is transformed as two
lines of h: the even frequencies of x, and those of x times a slow wave, so nothing is spent on zeros.  The
frequencies stay in the order the passes leave them in; the tensor is looked up accordingly.  Two real lines
travel as one complex line.  The last axis is transformed, multiplied and transformed back in one go, a few
lines at a time, so that the padded spectrum never exists in memory.

Everything is in one precision, double or single.

Each pass works on many lines at once, kept side by side as lanes, real and imaginary parts apart: loops over
lanes become vector instructions.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]

LANES = 192
"""Lines worked on side by side: enough to pay for a pass's preparations, few enough for the cache."""
VECTOR = 8
"""Numbers one vector instruction takes; lanes come in multiples of it."""
_DOUBLE = np.dtype(np.float64)
_RADICES = (4, 5, 3, 2)
_COS_1, _COS_2 = math.cos(2 * math.pi / 5), math.cos(4 * math.pi / 5)
_SIN_1, _SIN_2 = math.sin(2 * math.pi / 5), math.sin(4 * math.pi / 5)
_SIN_3 = math.sqrt(3) / 2
# a bare number in a compiled loop is double and makes the whole loop double: loops take theirs, such as
# `half`, in the precision of the data


@dataclass(frozen=True, eq=False)
class Axis:
    """How lines of n values are transformed.

    Attributes
    ----------
    n, half, blocks : int
        Values of a line; its padded length is blocks * half (one block only for a single value).
    factors : int array
        Radices of the passes.
    twiddles : array, shape (2, passes' factors)
        Real and imaginary parts, pass by pass.
    wave : array, shape (2, half)
        exp(-2 pi i j / (2 half)), which makes the even transform one of the odd frequencies.
    frequency : int array, shape (blocks * half,)
        Frequency found at each place after a transform.
    """

    n: int
    half: int
    blocks: int
    factors: NDArray[np.int64]
    twiddles: Array
    wave: Array
    frequency: NDArray[np.int64]

    @classmethod
    def of(cls, n: int, dtype: np.dtype = _DOUBLE) -> Axis:
        """The cheapest transform for lines of n values, its factors in this precision."""
        half = n
        while not _smooth(half):
            half += 1
        blocks = 1 if n == 1 else 2
        factors = _factors(half)
        order = _order(half, factors)
        frequency = np.concatenate([blocks * order + block for block in range(blocks)])
        wave = np.exp(-1j * np.pi * np.arange(half) / half)
        twiddles = _parts(_twiddles(half, factors), dtype)
        return cls(n, half, blocks, np.array(factors, np.int64), twiddles, _parts(wave, dtype), frequency)

    @property
    def padded(self) -> int:
        """Length of a padded line."""
        return self.blocks * self.half

    @property
    def place(self) -> NDArray[np.int64]:
        """Where each frequency is found."""
        return np.argsort(self.frequency)


def _smooth(n: int) -> bool:
    for r in (2, 3, 5):
        while n % r == 0:
            n //= r
    return n == 1


def _factors(n: int) -> list[int]:
    found = []
    for r in _RADICES:
        while n % r == 0:
            found.append(r)
            n //= r
    return found


def _order(n: int, factors: list[int]) -> NDArray[np.int64]:
    """Frequency at each place after passes that leave their results where they took their input."""
    order = np.zeros(1, np.int64)
    step = 1
    for r in factors:
        order = (order[:, None] + step * np.arange(r)).ravel()
        step *= r
    return order


def _twiddles(n: int, factors: list[int]) -> NDArray[np.complex128]:
    found: list[NDArray[np.complex128]] = [np.empty(0, np.complex128)]
    for r in factors:
        exponents = np.arange(n // r)[:, None] * np.arange(1, r)
        found.append(np.exp(-2j * np.pi * exponents.ravel() / n))
        n //= r
    return np.concatenate(found)


def _parts(values: NDArray[np.complex128], dtype: np.dtype) -> Array:
    return np.ascontiguousarray(np.stack([values.real, values.imag]), dtype)


class Convolution:
    """Convolution with one tensor on one box.

    Parameters
    ----------
    n : (nx, ny, nz)
        Cells of the box.
    tensor : array, shape (6, pz//2+1, py//2+1, px//2+1)
        The tensor's transform on the non-negative frequencies of lines padded as `Axis.of` says: real, its
        components in the order xx, yy, zz, xy, xz, yz, of which xy is odd along x and y, and so on.
    dtype : dtype
        Precision of the convolution, which the values must have: float64 or float32.
    threads : int
        How many threads share the work.
    """

    def __init__(
        self, n: tuple[int, int, int], tensor: Array, *, dtype: np.dtype = _DOUBLE, threads: int = 1
    ) -> None:
        x, y, z = (Axis.of(size, dtype) for size in n)
        self._threads = threads
        points = x.padded * y.padded * z.padded
        # the passes want the tensor line by line along x: (y, z, component, x)
        self._tensor = np.ascontiguousarray(np.transpose(tensor / points, (2, 1, 0, 3)), dtype)
        self._spectrum = np.empty((2, 3, y.padded, n[2], x.padded // 2 + 1), dtype)
        self._plane = (x.factors, x.twiddles, x.wave, x.place, y.factors, y.twiddles, y.wave)
        self._line = (z.factors, z.twiddles, z.wave, z.frequency)
        self._frequency = y.frequency

    def __call__(self, values: Array) -> Array:
        """The convolution of values (3, nz, ny, nx), as a new array of that shape."""
        out, spectrum = np.empty_like(values), self._spectrum
        (nz, ny), (py, hx) = values.shape[1:3], spectrum.shape[2:5:2]
        planes, lines = _plane_tasks(nz, ny, hx)[1], _line_tasks(py, hx)[3]
        self._share(_to_spectrum, planes, values, spectrum, *self._plane)
        if nz == 1:
            self._share(_multiply_in_place, py, spectrum, self._tensor, self._frequency)
        else:
            self._share(_multiply_along_z, lines, spectrum, self._tensor, *self._line, self._frequency)
        self._share(_from_spectrum, planes, spectrum, out, *self._plane)
        return out

    def _share(self, leg: Callable[..., None], tasks: int, *arguments: object) -> None:
        """Have the tasks of a leg done, in equal shares if there are several threads."""
        if self._threads == 1:
            leg((0, tasks), *arguments)
            return
        bounds = np.linspace(0, tasks, self._threads + 1).astype(int).tolist()
        shares = list(itertools.pairwise(bounds))
        others = [_pool(self._threads).submit(leg, share, *arguments) for share in shares[1:]]
        leg(shares[0], *arguments)
        for other in others:
            other.result()


@functools.cache
def _pool(threads: int) -> ThreadPoolExecutor:
    """Threads kept for the life of the process; numba's own spin where the cores are shared with others."""
    return ThreadPoolExecutor(threads - 1, thread_name_prefix="convolution")


_compiled = numba.njit(cache=True, fastmath={"contract"}, nogil=True)


# ---- passes over lanes -----------------------------------------------------------------------------------


@_compiled
def _constants(like):  # type: ignore[no-untyped-def]
    """1/2 and the sines and cosines of the radices 5 and 3, in the precision of an array."""
    of = like.dtype.type
    return of(0.5), of(_COS_1), of(_COS_2), of(_SIN_1), of(_SIN_2), of(_SIN_3)


@_compiled
def _forward(a, b, first, h, factors, w, lanes):  # type: ignore[no-untyped-def]
    """Transform rows first…first+h of a + ib along the rows, results in the order of `_order`."""
    half, cos_1, cos_2, sin_1, sin_2, sin_3 = _constants(w)
    n, t, blocks = h, 0, 1
    for r in factors:
        m = n // r
        for block in range(blocks):
            for j in range(m):
                i, s = first + block * n + j, t + j * (r - 1)
                if r == 4:
                    a0, a1, a2, a3 = a[i], a[i + m], a[i + 2 * m], a[i + 3 * m]
                    b0, b1, b2, b3 = b[i], b[i + m], b[i + 2 * m], b[i + 3 * m]
                    p1, p2, p3 = w[0, s], w[0, s + 1], w[0, s + 2]
                    q1, q2, q3 = w[1, s], w[1, s + 1], w[1, s + 2]
                    for k in range(lanes):
                        er, ei, fr, fi = a0[k] + a2[k], b0[k] + b2[k], a0[k] - a2[k], b0[k] - b2[k]
                        gr, gi, hr, hi = a1[k] + a3[k], b1[k] + b3[k], a1[k] - a3[k], b1[k] - b3[k]
                        a0[k], b0[k] = er + gr, ei + gi
                        x, y = fr + hi, fi - hr
                        a1[k], b1[k] = x * p1 - y * q1, x * q1 + y * p1
                        x, y = er - gr, ei - gi
                        a2[k], b2[k] = x * p2 - y * q2, x * q2 + y * p2
                        x, y = fr - hi, fi + hr
                        a3[k], b3[k] = x * p3 - y * q3, x * q3 + y * p3
                elif r == 5:
                    a0, a1, a2, a3, a4 = a[i], a[i + m], a[i + 2 * m], a[i + 3 * m], a[i + 4 * m]
                    b0, b1, b2, b3, b4 = b[i], b[i + m], b[i + 2 * m], b[i + 3 * m], b[i + 4 * m]
                    p1, p2, p3, p4 = w[0, s], w[0, s + 1], w[0, s + 2], w[0, s + 3]
                    q1, q2, q3, q4 = w[1, s], w[1, s + 1], w[1, s + 2], w[1, s + 3]
                    for k in range(lanes):
                        x0, y0 = a0[k], b0[k]
                        er, ei, fr, fi = a1[k] + a4[k], b1[k] + b4[k], a1[k] - a4[k], b1[k] - b4[k]
                        gr, gi, hr, hi = a2[k] + a3[k], b2[k] + b3[k], a2[k] - a3[k], b2[k] - b3[k]
                        a0[k], b0[k] = x0 + er + gr, y0 + ei + gi
                        ur, ui = x0 + cos_1 * er + cos_2 * gr, y0 + cos_1 * ei + cos_2 * gi
                        vr, vi = sin_1 * fi + sin_2 * hi, -sin_1 * fr - sin_2 * hr
                        x, y = ur + vr, ui + vi
                        a1[k], b1[k] = x * p1 - y * q1, x * q1 + y * p1
                        x, y = ur - vr, ui - vi
                        a4[k], b4[k] = x * p4 - y * q4, x * q4 + y * p4
                        ur, ui = x0 + cos_2 * er + cos_1 * gr, y0 + cos_2 * ei + cos_1 * gi
                        vr, vi = sin_2 * fi - sin_1 * hi, -sin_2 * fr + sin_1 * hr
                        x, y = ur + vr, ui + vi
                        a2[k], b2[k] = x * p2 - y * q2, x * q2 + y * p2
                        x, y = ur - vr, ui - vi
                        a3[k], b3[k] = x * p3 - y * q3, x * q3 + y * p3
                elif r == 3:
                    a0, a1, a2, b0, b1, b2 = a[i], a[i + m], a[i + 2 * m], b[i], b[i + m], b[i + 2 * m]
                    p1, p2, q1, q2 = w[0, s], w[0, s + 1], w[1, s], w[1, s + 1]
                    for k in range(lanes):
                        x0, y0 = a0[k], b0[k]
                        er, ei, fr, fi = a1[k] + a2[k], b1[k] + b2[k], a1[k] - a2[k], b1[k] - b2[k]
                        a0[k], b0[k] = x0 + er, y0 + ei
                        ur, ui, vr, vi = x0 - half * er, y0 - half * ei, sin_3 * fi, -sin_3 * fr
                        x, y = ur + vr, ui + vi
                        a1[k], b1[k] = x * p1 - y * q1, x * q1 + y * p1
                        x, y = ur - vr, ui - vi
                        a2[k], b2[k] = x * p2 - y * q2, x * q2 + y * p2
                else:
                    a0, a1, b0, b1 = a[i], a[i + m], b[i], b[i + m]
                    p1, q1 = w[0, s], w[1, s]
                    for k in range(lanes):
                        x, y = a0[k] - a1[k], b0[k] - b1[k]
                        a0[k], b0[k] = a0[k] + a1[k], b0[k] + b1[k]
                        a1[k], b1[k] = x * p1 - y * q1, x * q1 + y * p1
        t, blocks, n = t + m * (r - 1), blocks * r, m


@_compiled
def _backward(b, a, first, h, factors, w, lanes):  # type: ignore[no-untyped-def]
    """Undo `_forward`, up to a factor h: its passes reversed, real and imaginary parts exchanged."""
    half, cos_1, cos_2, sin_1, sin_2, sin_3 = _constants(w)
    t, blocks, m = w.shape[1], h, 1
    for index in range(factors.size - 1, -1, -1):
        r = factors[index]
        n, blocks, t = m * r, blocks // r, t - m * (r - 1)
        for block in range(blocks):
            for j in range(m):
                i, s = first + block * n + j, t + j * (r - 1)
                if r == 4:
                    a0, a1, a2, a3 = a[i], a[i + m], a[i + 2 * m], a[i + 3 * m]
                    b0, b1, b2, b3 = b[i], b[i + m], b[i + 2 * m], b[i + 3 * m]
                    p1, p2, p3 = w[0, s], w[0, s + 1], w[0, s + 2]
                    q1, q2, q3 = w[1, s], w[1, s + 1], w[1, s + 2]
                    for k in range(lanes):
                        x1, y1 = a1[k] * p1 - b1[k] * q1, a1[k] * q1 + b1[k] * p1
                        x2, y2 = a2[k] * p2 - b2[k] * q2, a2[k] * q2 + b2[k] * p2
                        x3, y3 = a3[k] * p3 - b3[k] * q3, a3[k] * q3 + b3[k] * p3
                        er, ei, fr, fi = a0[k] + x2, b0[k] + y2, a0[k] - x2, b0[k] - y2
                        gr, gi, hr, hi = x1 + x3, y1 + y3, x1 - x3, y1 - y3
                        a0[k], b0[k], a1[k], b1[k] = er + gr, ei + gi, fr + hi, fi - hr
                        a2[k], b2[k], a3[k], b3[k] = er - gr, ei - gi, fr - hi, fi + hr
                elif r == 5:
                    a0, a1, a2, a3, a4 = a[i], a[i + m], a[i + 2 * m], a[i + 3 * m], a[i + 4 * m]
                    b0, b1, b2, b3, b4 = b[i], b[i + m], b[i + 2 * m], b[i + 3 * m], b[i + 4 * m]
                    p1, p2, p3, p4 = w[0, s], w[0, s + 1], w[0, s + 2], w[0, s + 3]
                    q1, q2, q3, q4 = w[1, s], w[1, s + 1], w[1, s + 2], w[1, s + 3]
                    for k in range(lanes):
                        x0, y0 = a0[k], b0[k]
                        x1, y1 = a1[k] * p1 - b1[k] * q1, a1[k] * q1 + b1[k] * p1
                        x2, y2 = a2[k] * p2 - b2[k] * q2, a2[k] * q2 + b2[k] * p2
                        x3, y3 = a3[k] * p3 - b3[k] * q3, a3[k] * q3 + b3[k] * p3
                        x4, y4 = a4[k] * p4 - b4[k] * q4, a4[k] * q4 + b4[k] * p4
                        er, ei, fr, fi = x1 + x4, y1 + y4, x1 - x4, y1 - y4
                        gr, gi, hr, hi = x2 + x3, y2 + y3, x2 - x3, y2 - y3
                        a0[k], b0[k] = x0 + er + gr, y0 + ei + gi
                        ur, ui = x0 + cos_1 * er + cos_2 * gr, y0 + cos_1 * ei + cos_2 * gi
                        vr, vi = sin_1 * fi + sin_2 * hi, -sin_1 * fr - sin_2 * hr
                        a1[k], b1[k], a4[k], b4[k] = ur + vr, ui + vi, ur - vr, ui - vi
                        ur, ui = x0 + cos_2 * er + cos_1 * gr, y0 + cos_2 * ei + cos_1 * gi
                        vr, vi = sin_2 * fi - sin_1 * hi, -sin_2 * fr + sin_1 * hr
                        a2[k], b2[k], a3[k], b3[k] = ur + vr, ui + vi, ur - vr, ui - vi
                elif r == 3:
                    a0, a1, a2, b0, b1, b2 = a[i], a[i + m], a[i + 2 * m], b[i], b[i + m], b[i + 2 * m]
                    p1, p2, q1, q2 = w[0, s], w[0, s + 1], w[1, s], w[1, s + 1]
                    for k in range(lanes):
                        x0, y0 = a0[k], b0[k]
                        x1, y1 = a1[k] * p1 - b1[k] * q1, a1[k] * q1 + b1[k] * p1
                        x2, y2 = a2[k] * p2 - b2[k] * q2, a2[k] * q2 + b2[k] * p2
                        er, ei, vr, vi = x1 + x2, y1 + y2, sin_3 * (y1 - y2), -sin_3 * (x1 - x2)
                        ur, ui = x0 - half * er, y0 - half * ei
                        a0[k], b0[k], a1[k], b1[k] = x0 + er, y0 + ei, ur + vr, ui + vi
                        a2[k], b2[k] = ur - vr, ui - vi
                else:
                    a0, a1, b0, b1 = a[i], a[i + m], b[i], b[i + m]
                    p1, q1 = w[0, s], w[1, s]
                    for k in range(lanes):
                        x1, y1 = a1[k] * p1 - b1[k] * q1, a1[k] * q1 + b1[k] * p1
                        x0, y0 = a0[k], b0[k]
                        a0[k], b0[k], a1[k], b1[k] = x0 + x1, y0 + y1, x0 - x1, y0 - y1
        m = n


@_compiled
def _transform(a, b, n, factors, w, wave, lanes):  # type: ignore[no-untyped-def]
    """Transform rows 0…n, padded with zeros to twice the half length, into all rows."""
    h = wave.shape[1]
    if a.shape[0] > h:
        for j in range(h):
            a0, b0, a1, b1 = a[j], b[j], a[h + j], b[h + j]
            if j < n:
                p, q = wave[0, j], wave[1, j]
                for k in range(lanes):
                    x, y = a0[k], b0[k]
                    a1[k], b1[k] = x * p - y * q, x * q + y * p
            else:
                for k in range(lanes):
                    a0[k] = b0[k] = a1[k] = b1[k] = 0.0
        _forward(a, b, h, h, factors, w, lanes)
    _forward(a, b, 0, h, factors, w, lanes)


@_compiled
def _transform_back(a, b, n, factors, w, wave, lanes):  # type: ignore[no-untyped-def]
    """Undo `_transform`, up to a factor of the padded length, for rows 0…n."""
    h = wave.shape[1]
    _backward(a, b, 0, h, factors, w, lanes)
    if a.shape[0] > h:
        _backward(a, b, h, h, factors, w, lanes)
        for j in range(n):
            a0, b0, a1, b1 = a[j], b[j], a[h + j], b[h + j]
            p, q = wave[0, j], -wave[1, j]
            for k in range(lanes):
                x, y = a1[k], b1[k]
                a0[k], b0[k] = a0[k] + x * p - y * q, b0[k] + x * q + y * p


@_compiled
def _multiply(a, b, row, tensor, frequency, py, zfrequency):  # type: ignore[no-untyped-def]
    """Multiply by the tensor at one frequency along y; signs follow the parity of each component."""
    pz, count = zfrequency.size, tensor.shape[3]
    one = tensor.dtype.type(1)
    jj, sy = (frequency, one) if 2 * frequency <= py else (py - frequency, -one)
    for z in range(pz):
        kk, sz = (zfrequency[z], one) if 2 * zfrequency[z] <= pz else (pz - zfrequency[z], -one)
        syz = sy * sz
        for part in (a, b):
            for i in range(count):
                u, v, w = part[z, 0, row, i], part[z, 1, row, i], part[z, 2, row, i]
                xy, xz, yz = sy * tensor[jj, kk, 3, i], sz * tensor[jj, kk, 4, i], syz * tensor[jj, kk, 5, i]
                part[z, 0, row, i] = tensor[jj, kk, 0, i] * u + xy * v + xz * w
                part[z, 1, row, i] = xy * u + tensor[jj, kk, 1, i] * v + yz * w
                part[z, 2, row, i] = xz * u + yz * v + tensor[jj, kk, 2, i] * w


@_compiled
def _tile(rows, lanes, like):  # type: ignore[no-untyped-def]
    """Room for lines side by side, their number rounded up to whole vectors of eight; zero."""
    return np.zeros((rows, (lanes + VECTOR - 1) // VECTOR * VECTOR), like.dtype)


# ---- the three legs --------------------------------------------------------------------------------------


@_compiled
def _plane_tasks(nz, ny, hx):  # type: ignore[no-untyped-def]
    """Planes of one component that are worked on together, and how many tasks that makes."""
    group = max(1, LANES // max(hx, (ny + 1) // 2))
    return group, 3 * ((nz + group - 1) // group)


@_compiled
def _to_spectrum(tasks, values, spectrum, xf, xw, xwave, xplace, yf, yw, ywave):  # type: ignore[no-untyped-def]
    """Transform along x and y: values (3, nz, ny, nx) into spectrum (2, 3, py, nz, hx)."""
    _, nz, ny, nx = values.shape
    _, _, py, _, hx = spectrum.shape
    px, pairs = xplace.size, (ny + 1) // 2
    zero, half = xw.dtype.type(0), xw.dtype.type(0.5)
    group, all_tasks = _plane_tasks(nz, ny, hx)
    for task in range(tasks[0], tasks[1]):
        c, z0 = task // (all_tasks // 3), task % (all_tasks // 3) * group
        planes = min(group, nz - z0)
        lanes = planes * pairs
        a, b = _tile(px, lanes, xw), _tile(px, lanes, xw)
        for z in range(planes):
            for j in range(pairs):
                k, mate = z * pairs + j, j + pairs
                for i in range(nx):
                    a[i, k] = values[c, z0 + z, j, i]
                    b[i, k] = values[c, z0 + z, mate, i] if mate < ny else zero
        _transform(a, b, nx, xf, xw, xwave, a.shape[1])
        d, e = _tile(py, planes * hx, yw), _tile(py, planes * hx, yw)
        for i in range(hx):
            one, two = xplace[i], xplace[(px - i) % px]
            for z in range(planes):
                for j in range(pairs):
                    k, mate = z * pairs + j, j + pairs
                    x, y, u, v = a[one, k], b[one, k], a[two, k], b[two, k]
                    d[j, z * hx + i], e[j, z * hx + i] = half * (x + u), half * (y - v)
                    if mate < ny:
                        d[mate, z * hx + i], e[mate, z * hx + i] = half * (y + v), half * (u - x)
        _transform(d, e, ny, yf, yw, ywave, d.shape[1])
        for j in range(py):
            for z in range(planes):
                for i in range(hx):
                    spectrum[0, c, j, z0 + z, i] = d[j, z * hx + i]
                    spectrum[1, c, j, z0 + z, i] = e[j, z * hx + i]


@_compiled
def _from_spectrum(tasks, spectrum, values, xf, xw, xwave, xplace, yf, yw, ywave):  # type: ignore[no-untyped-def]
    """Undo `_to_spectrum`, up to a factor of the padded lengths."""
    _, nz, ny, nx = values.shape
    _, _, py, _, hx = spectrum.shape
    px, pairs = xplace.size, (ny + 1) // 2
    zero = xw.dtype.type(0)
    group, all_tasks = _plane_tasks(nz, ny, hx)
    for task in range(tasks[0], tasks[1]):
        c, z0 = task // (all_tasks // 3), task % (all_tasks // 3) * group
        planes = min(group, nz - z0)
        d, e = _tile(py, planes * hx, yw), _tile(py, planes * hx, yw)
        for j in range(py):
            for z in range(planes):
                for i in range(hx):
                    d[j, z * hx + i] = spectrum[0, c, j, z0 + z, i]
                    e[j, z * hx + i] = spectrum[1, c, j, z0 + z, i]
        _transform_back(d, e, ny, yf, yw, ywave, d.shape[1])
        lanes = planes * pairs
        a, b = _tile(px, lanes, xw), _tile(px, lanes, xw)
        for i in range(hx):
            one, two = xplace[i], xplace[(px - i) % px]
            for z in range(planes):
                for j in range(pairs):
                    k, mate = z * pairs + j, j + pairs
                    x, y, u, v = d[j, z * hx + i], e[j, z * hx + i], zero, zero
                    if mate < ny:
                        u, v = d[mate, z * hx + i], e[mate, z * hx + i]
                    a[two, k], b[two, k] = x + v, u - y
                    a[one, k], b[one, k] = x - v, y + u
        _transform_back(a, b, nx, xf, xw, xwave, a.shape[1])
        for z in range(planes):
            for j in range(pairs):
                k, mate = z * pairs + j, j + pairs
                for i in range(nx):
                    values[c, z0 + z, j, i] = a[i, k]
                if mate < ny:
                    for i in range(nx):
                        values[c, z0 + z, mate, i] = b[i, k]


@_compiled
def _line_tasks(py, hx):  # type: ignore[no-untyped-def]
    """Pieces a row along x is cut into, their width, rows worked on together, and the number of tasks."""
    pieces = (3 * hx + LANES - 1) // LANES
    width = (hx + VECTOR * pieces - 1) // (VECTOR * pieces) * VECTOR
    pieces = (hx + width - 1) // width
    group = max(1, LANES // (3 * width))
    return pieces, width, group, pieces * ((py + group - 1) // group)


@_compiled
def _multiply_along_z(tasks, spectrum, tensor, zf, zw, zwave, zfrequency, yfrequency):  # type: ignore[no-untyped-def]
    """Along z transform, multiply by the tensor and transform back, in place."""
    _, _, py, nz, hx = spectrum.shape
    pz = zfrequency.size
    pieces, width, group, _ = _line_tasks(py, hx)
    for task in range(tasks[0], tasks[1]):
        j0, i0 = (task // pieces) * group, (task % pieces) * width
        rows, count = min(group, py - j0), min(width, hx - i0)
        a, b = np.zeros((pz, 3, rows, width), zw.dtype), np.zeros((pz, 3, rows, width), zw.dtype)
        lanes = 3 * rows * width
        for z in range(nz):
            for c in range(3):
                for row in range(rows):
                    for i in range(count):
                        a[z, c, row, i] = spectrum[0, c, j0 + row, z, i0 + i]
                    for i in range(count):
                        b[z, c, row, i] = spectrum[1, c, j0 + row, z, i0 + i]
        _transform(a.reshape(pz, lanes), b.reshape(pz, lanes), nz, zf, zw, zwave, lanes)
        for row in range(rows):
            _multiply(a, b, row, tensor[..., i0 : i0 + count], yfrequency[j0 + row], py, zfrequency)
        _transform_back(a.reshape(pz, lanes), b.reshape(pz, lanes), nz, zf, zw, zwave, lanes)
        for z in range(nz):
            for c in range(3):
                for row in range(rows):
                    for i in range(count):
                        spectrum[0, c, j0 + row, z, i0 + i] = a[z, c, row, i]
                    for i in range(count):
                        spectrum[1, c, j0 + row, z, i0 + i] = b[z, c, row, i]


@_compiled
def _multiply_in_place(tasks, spectrum, tensor, yfrequency):  # type: ignore[no-untyped-def]
    """Multiply by the tensor where there is a single layer: nothing to transform, nothing couples to z."""
    _, _, py, _, hx = spectrum.shape
    one = tensor.dtype.type(1)
    for j in range(tasks[0], tasks[1]):
        frequency = yfrequency[j]
        jj, sy = (frequency, one) if 2 * frequency <= py else (py - frequency, -one)
        for part in range(2):
            for i in range(hx):
                u, v, xy = spectrum[part, 0, j, 0, i], spectrum[part, 1, j, 0, i], sy * tensor[jj, 0, 3, i]
                spectrum[part, 0, j, 0, i] = tensor[jj, 0, 0, i] * u + xy * v
                spectrum[part, 1, j, 0, i] = xy * u + tensor[jj, 0, 1, i] * v
                spectrum[part, 2, j, 0, i] *= tensor[jj, 0, 2, i]
