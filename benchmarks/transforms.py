"""The engine's convolution, whose transforms are scipy's, beside ducc0's and FFTW's: one call, and loops.

In: nothing. Out: seconds of a convolution, and of a loop from its first row to its last; loops differ by some
evaluations of the field, as their rounding errors do.

The libraries do what the engine has scipy do, in place on arrays that are kept.  FFTW measures its plans, so
two processes may round differently; with FFTW_ESTIMATE, which does not, it is slower than scipy.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.field_loop import LoopTimes, film_loop, sphere_loop
from benchmarks.timing import Seconds, best_of
from harness.mx3.magnet.fields.convolution import Convolution, _as_planes, _multiply_by_tensor

PROBLEMS: dict[str, tuple[tuple[int, int, int], Callable[[], LoopTimes]]] = {
    "4nm": ((10, 10, 10), lambda: sphere_loop(4, 0.05)),
    "2nm": ((20, 20, 20), lambda: sphere_loop(2, 0.1)),
    "2nm_float32": ((20, 20, 20), lambda: sphere_loop(2, 0.1, "float32")),
    "1.25nm": ((32, 32, 32), lambda: sphere_loop(1.25, 0.4)),
    "1nm": ((40, 40, 40), lambda: sphere_loop(1, 1)),
    "film": ((128, 32, 1), film_loop),
}
"""Box of the particle, and a loop with fewer fields than the study's."""


class Ducc0Convolution(Convolution):
    """With ducc0."""

    def __init__(self, n: tuple[int, int, int], *arguments: Any, **options: Any) -> None:
        super().__init__(n, *arguments, **options)
        self._spectrum = self.empty(self._spectrum.shape, self._spectrum.dtype)
        self._lines = self.empty((3 * n[2], n[1], self._padded[0]), self._tensor.dtype)
        self._kept = threading.local()

    def empty(self, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        """Room for data that are transformed."""
        return np.zeros(shape, dtype)

    def _to_spectrum(self, planes: slice, values: np.ndarray) -> None:
        (nx, ny, _), py = self._n, self._padded[1]
        spectrum, lines = _as_planes(self._spectrum)[planes], self._lines[planes]
        lines[..., :nx], lines[..., nx:] = _as_planes(values)[planes], 0
        self.to_complex(lines, spectrum[:, :ny])
        if py > 1:
            spectrum[:, ny:] = 0
            self.transform(spectrum, back=False)

    def _multiply(self, rows: slice) -> None:
        nz, (_, py, pz) = self._n[2], self._padded
        if pz == 1:
            super()._multiply(rows)
            return
        spectrum = self._spectrum[:, :, rows]
        if not hasattr(self._kept, "block"):
            self._kept.block = self.empty((3, pz, self._rows[0].stop, spectrum.shape[3]), spectrum.dtype)
        block = self._kept.block[:, :, : spectrum.shape[2]]
        block[:, :nz], block[:, nz:] = spectrum, 0
        self.transform(block, back=False)
        _multiply_by_tensor(block.view(self._tensor.dtype), self._tensor, rows.start, py)
        self.transform(block, back=True)
        spectrum[...] = block[:, :nz]

    def _from_spectrum(self, planes: slice, out: np.ndarray) -> None:
        (nx, ny, _), py = self._n, self._padded[1]
        spectrum, lines = _as_planes(self._spectrum)[planes], self._lines[planes]
        if py > 1:
            self.transform(spectrum, back=True)
        self.to_real(spectrum[:, :ny], lines)
        _as_planes(out)[planes] = lines[..., :nx]

    def transform(self, data: np.ndarray, back: bool) -> None:
        """Transform complex data along their second axis, in place."""
        import ducc0

        ducc0.fft.c2c(data, axes=(1,), forward=not back, out=data)

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

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.plans: dict[tuple[object, ...], Callable[[], None]] = {}
        super().__init__(*arguments, **options)

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

    def transform(self, data: np.ndarray, back: bool) -> None:
        self.run(data, data, 1, back)

    def to_complex(self, lines: np.ndarray, spectrum: np.ndarray) -> None:
        self.run(lines, spectrum, 2, False)

    def to_real(self, spectrum: np.ndarray, lines: np.ndarray) -> None:
        self.run(spectrum, lines, 2, True)


LIBRARIES = {"ducc0": Ducc0Convolution, "pyfftw": FftwConvolution}


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
    """`ours_2nm`, `ducc0_film` …: a library in a problem."""
    library, _, problem = name.partition("_")
    if library in {"ours", *LIBRARIES} and problem in PROBLEMS:
        return lambda: _times(library, problem)
    raise AttributeError(name)
