"""The engine's convolution with transforms of scipy, ducc0 and FFTW: one call, and whole field loops.

In: nothing. Out: seconds of a convolution, and of a loop from its first row to its last; loops differ by some
evaluations of the field, as their rounding errors do.

Each library does what its users can make it do: real lines, no line of zeros transformed, in place where it
can be, the padded spectrum in pieces that stay in cache, threads that share the pieces.  FFTW measures its
plans, so two processes may round differently; with FFTW_ESTIMATE, which does not, it is slower than scipy.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np
import scipy.fft

from benchmarks.field_loop import LoopTimes, film_loop, sphere_loop
from benchmarks.timing import Seconds, best_of

PROBLEMS: dict[str, tuple[tuple[int, int, int], Callable[[], LoopTimes]]] = {
    "4nm": ((10, 10, 10), lambda: sphere_loop(4, 0.05)),
    "2nm": ((20, 20, 20), lambda: sphere_loop(2, 0.1)),
    "2nm_float32": ((20, 20, 20), lambda: sphere_loop(2, 0.1, "float32")),
    "1.25nm": ((32, 32, 32), lambda: sphere_loop(1.25, 0.4)),
    "1nm": ((40, 40, 40), lambda: sphere_loop(1, 1)),
    "film": ((128, 32, 1), film_loop),
}
"""Box of the particle, and a loop with fewer fields than the study's."""
PIECE = 1_000_000
"""Bytes of spectrum worked on at a time."""


class ScipyConvolution:
    """Stands in for the engine's Convolution; see there for the parameters."""

    def __init__(
        self, n: tuple[int, int, int], tensor: np.ndarray, *, dtype: np.dtype, threads: int = 1
    ) -> None:
        nz = n[2]
        self.n, self.real_type, self.type = n, dtype, np.result_type(dtype, np.complex64)
        self.padded = [1 if k == 1 else 2 * (t - 1) for k, t in zip(n, tensor.shape[:0:-1], strict=True)]
        _, py, pz = self.padded
        hx = tensor.shape[3]
        tensor = np.transpose(tensor / math.prod(self.padded), (2, 1, 0, 3))
        self.tensor = np.repeat(tensor, 2, axis=-1).astype(dtype)  # for real and imaginary parts
        self.spectrum = self.empty((3 * nz, py, hx), self.type)
        plane, row = py * hx * self.type.itemsize, 3 * pz * hx * self.type.itemsize
        self.planes, self.rows = _pieces(3 * nz, plane), _pieces(py, row)
        self.kept = threading.local()
        self.threads = threads
        self.pool = ThreadPoolExecutor(threads) if threads > 1 else None

    def empty(self, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        """Room for data that are transformed."""
        return np.zeros(shape, dtype)

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """The convolution of values (3, nz, ny, nx)."""
        out = np.empty_like(values)
        self.share(self.forward, self.planes, values.reshape(-1, *values.shape[2:]))
        self.share(self.multiply, self.rows)
        self.share(self.backward, self.planes, out.reshape(-1, *values.shape[2:]))
        return out

    def share(self, leg: Callable[..., None], pieces: list[slice], *arguments: np.ndarray) -> None:
        """Have all pieces done."""
        if self.pool is None or len(pieces) == 1:
            for piece in pieces:
                leg(piece, *arguments)
        else:
            for done in [self.pool.submit(leg, piece, *arguments) for piece in pieces]:
                done.result()

    def multiply(self, rows: slice) -> None:
        """Along z transform, multiply and transform back; multiply only, where there is one layer."""
        nz, (_, py, pz) = self.n[2], self.padded
        spectrum = self.spectrum.reshape(3, nz, py, -1)[:, :, rows]
        if nz == 1:
            _multiply(spectrum.view(self.real_type), self.tensor, rows.start, py, 1)
            return
        if not hasattr(self.kept, "block"):
            self.kept.block = self.empty((3, pz, self.rows[0].stop, spectrum.shape[3]), self.type)
        block = self.kept.block[:, :, : spectrum.shape[2]]
        block[:, :nz], block[:, nz:] = spectrum, 0
        self.transform(block, 1)
        _multiply(block.view(self.real_type), self.tensor, rows.start, py, pz)
        self.transform(block, 1, back=True)
        spectrum[...] = block[:, :nz]

    def forward(self, planes: slice, values: np.ndarray) -> None:
        """Transform along x and y."""
        spectrum, (px, py, _), ny = self.spectrum[planes], self.padded, self.n[1]
        spectrum[:, :ny] = scipy.fft.rfft(values[planes], px)
        if py > 1:
            spectrum[:, ny:] = 0
            self.transform(spectrum, 1)

    def backward(self, planes: slice, out: np.ndarray) -> None:
        """Transform back along y and x."""
        spectrum, (px, py, _), (nx, ny, _) = self.spectrum[planes], self.padded, self.n
        if py > 1:
            self.transform(spectrum, 1, back=True)
        out[planes] = scipy.fft.irfft(spectrum[:, :ny], px, norm="forward")[..., :nx]

    def transform(self, data: np.ndarray, axis: int, back: bool = False) -> None:
        """Transform complex data in place."""
        if back:
            found = scipy.fft.ifft(data, axis=axis, norm="forward", overwrite_x=True)
        else:
            found = scipy.fft.fft(data, axis=axis, overwrite_x=True)
        assert np.may_share_memory(found, data)


class Ducc0Convolution(ScipyConvolution):
    """With ducc0, which writes real transforms into arrays that are kept."""

    def __init__(self, n: tuple[int, int, int], *arguments: object, **options: object) -> None:
        super().__init__(n, *arguments, **options)  # type: ignore[arg-type]
        self.lines = self.empty((3 * n[2], n[1], self.padded[0]), self.real_type)

    def forward(self, planes: slice, values: np.ndarray) -> None:
        spectrum, lines, (nx, ny, _) = self.spectrum[planes], self.lines[planes], self.n
        lines[..., :nx], lines[..., nx:] = values[planes], 0
        self.to_complex(lines, spectrum[:, :ny])
        if self.padded[1] > 1:
            spectrum[:, ny:] = 0
            self.transform(spectrum, 1)

    def backward(self, planes: slice, out: np.ndarray) -> None:
        spectrum, lines, (nx, ny, _) = self.spectrum[planes], self.lines[planes], self.n
        if self.padded[1] > 1:
            self.transform(spectrum, 1, back=True)
        self.to_real(spectrum[:, :ny], lines)
        out[planes] = lines[..., :nx]

    def transform(self, data: np.ndarray, axis: int, back: bool = False) -> None:
        import ducc0

        ducc0.fft.c2c(data, axes=(axis,), forward=not back, out=data)

    def to_complex(self, lines: np.ndarray, spectrum: np.ndarray) -> None:
        """Transform real lines along x."""
        import ducc0

        ducc0.fft.r2c(lines, axes=(2,), out=spectrum)

    def to_real(self, spectrum: np.ndarray, lines: np.ndarray) -> None:
        """Transform back along x."""
        import ducc0

        ducc0.fft.c2r(
            spectrum,
            axes=(2,),
            lastsize=lines.shape[2],
            forward=False,
            out=lines,
            allow_overwriting_input=True,
        )


class FftwConvolution(Ducc0Convolution):
    """With FFTW: a measured plan for every piece, on aligned arrays."""

    def __init__(self, *arguments: object, **options: object) -> None:
        self.plans: dict[tuple[object, ...], Callable[[], None]] = {}
        super().__init__(*arguments, **options)  # type: ignore[arg-type]

    def empty(self, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        import pyfftw

        return pyfftw.zeros_aligned(shape, dtype)

    def run(self, data: np.ndarray, out: np.ndarray, axis: int, back: bool) -> None:
        """Execute the plan for these arrays, made when they first come."""
        key = (data.ctypes.data, data.shape, data.dtype, axis, back)
        if key not in self.plans:
            import pyfftw

            given = data.copy()  # planning writes over the arrays
            plan = pyfftw.FFTW(
                data,
                out,
                axes=(axis,),
                direction="FFTW_BACKWARD" if back else "FFTW_FORWARD",
                flags=("FFTW_MEASURE", "FFTW_DESTROY_INPUT"),
            )
            data[...] = given
            self.plans[key] = plan.execute
        self.plans[key]()

    def transform(self, data: np.ndarray, axis: int, back: bool = False) -> None:
        self.run(data, data, axis, back)

    def to_complex(self, lines: np.ndarray, spectrum: np.ndarray) -> None:
        self.run(lines, spectrum, 2, False)

    def to_real(self, spectrum: np.ndarray, lines: np.ndarray) -> None:
        self.run(spectrum, lines, 2, True)


def _pieces(total: int, size: int) -> list[slice]:
    """Equal shares of a number of rows or planes of so many bytes, each at most PIECE or a single one."""
    count = -(-total // max(1, PIECE // size))
    step = -(-total // count)
    return [slice(start, min(start + step, total)) for start in range(0, total, step)]


@numba.njit(cache=True, fastmath={"contract"}, nogil=True)
def _multiply(spectrum, tensor, first, py, pz):  # type: ignore[no-untyped-def]
    """Multiply rows of (3, pz, rows, 2 hx) by the tensor; signs follow the parity of each component."""
    _, _, rows, count = spectrum.shape
    one = tensor.dtype.type(1)
    for row in range(rows):
        j = first + row
        jj, sy = (j, one) if 2 * j <= py else (py - j, -one)
        for k in range(pz):
            kk, sz = (k, one) if 2 * k <= pz else (pz - k, -one)
            syz, t = sy * sz, tensor[jj, kk]
            a, b, c = spectrum[0, k, row], spectrum[1, k, row], spectrum[2, k, row]
            if pz == 1:
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


LIBRARIES = {"scipy": ScipyConvolution, "ducc0": Ducc0Convolution, "pyfftw": FftwConvolution}


def _times(library: str, problem: str) -> dict[str, Seconds]:
    from harness.mx3.magnet.fields import demag

    box, loop = PROBLEMS[problem]
    dtype = np.dtype("float32" if problem.endswith("float32") else "float64")
    values = np.random.default_rng(0).normal(size=(3, *box[::-1])).astype(dtype)
    if library != "ours":
        expected = demag.Demag(box, (1e-9,) * 3, dtype).field(values)
        demag.Convolution = LIBRARIES[library]  # type: ignore[misc, assignment]
    field = demag.Demag(box, (1e-9,) * 3, dtype).field
    if library != "ours":
        field(values)  # FFTW plans
        error = np.abs(field(values) - expected).max() / np.abs(expected).max()
        assert error < (1e-13 if dtype == np.float64 else 2e-6), f"{library} differs by {error}"
    convolution = best_of(lambda: field(values))
    return {"convolution": convolution, "loop": loop().between_rows}


def __getattr__(name: str) -> Callable[[], dict[str, Seconds]]:
    """`ours_2nm`, `scipy_film` …: a library in a problem."""
    library, _, problem = name.partition("_")
    if library in {"ours", *LIBRARIES} and problem in PROBLEMS:
        return lambda: _times(library, problem)
    raise AttributeError(name)
