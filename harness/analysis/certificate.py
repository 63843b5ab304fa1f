"""Whether saved states are minima of the energy or saddles, whoever wrote them.

In: a run's folder; or an OVF file, or a folder of them, with the script or the study that says what body,
what material and what field they belong to. Out: a Certificate a state.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from harness.mx3.files.ovf import VectorField, read_ovf
from harness.mx3.options import Options
from harness.mx3.run import rehearse
from harness.runs.output import read
from harness.runs.record import RECORD_NAME, RunRecord
from harness.study.script import render
from harness.study.study import Case, Study
from reduced_model.errors import InputError
from reduced_model.results import Shown, Table, axes_for, table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from harness.mx3.magnet.magnet import Magnet
    from harness.mx3.magnet.stability import Stability

KERNEL_BAND_T = 1e-3
"""What another demagnetising kernel does to an eigenvalue: MuMax3's quadrature is good to 1e-3 of a field."""
_BANDS = {
    "cpu": (0.0, "none: written by this engine, whose energy is taken here"),
    "mumax3": (
        KERNEL_BAND_T,
        "MuMax3's demagnetising kernel is a quadrature, and Newell's form is taken here",
    ),
    "": (KERNEL_BAND_T, "who wrote the file is not known, nor its demagnetising kernel"),
}
DENSE_UP_TO, COUNTED_OF_MANY = 1200, 400
"""Unknowns, two a cell, up to which all eigenvalues are computed: of a single state, of each of a folder."""
SAME_BRANCH_RAD = 0.3
"""rms angle up to which the modes of the state before are a start for those of the next."""
MOST_ARROWS = 20
_LOG_BEGINS = 2000


class CertificateError(InputError):
    """A state that cannot be certified; the message is a line and says what is missing."""


@dataclass(frozen=True, eq=False, repr=False)
class Certificate(Shown):
    """What one saved state is."""

    file: Path
    B_T: tuple[float, float, float]
    """Mean applied field."""
    lambda_min_T: float
    """Smallest curvature of the energy, over the mean square change of m, at the stationary point of the
    state's branch; soft modes left out."""
    residual_T: float
    """An exact eigenvalue lies within it of lambda_min_T."""
    verdict: str
    """"minimum", "saddle" or "undecided"."""
    basis: str
    """Why no smaller eigenvalue is believed to exist."""
    mode: str
    """What the mode of lambda_min_T does."""
    soft_T: tuple[float, ...]
    """Eigenvalues of soft modes: turns of the whole state that only the cells resist."""
    eigenvalues_T: tuple[float, ...]
    modes: tuple[str, ...]
    """The smallest eigenvalues, ascending, and what each mode does."""
    band_T: float
    band_reason: str
    """Eigenvalues nearer to zero than the band are undecided, and why."""
    torque_before_T: float
    torque_T: float
    """Largest |m x B| as saved and at the stationary point."""
    moved_rad: float
    most_moved_rad: float
    """Angle by which the moments turned on the way: rms, and of the cell that turned most."""
    n_cells: int
    cut: Mapping[str, NDArray[np.float64]] = field(repr=False)
    """State and mode in the plane of cells through the centre that lies most across the core; empty where the
    certificate was read from a run's certificates.json."""

    def to_dict(self) -> dict[str, Any]:
        """The numbers as plain values, for JSON."""
        return {name: value for name, value in vars(self).items() if name != "cut"}

    def to_table(self) -> Table:
        """The numbers for people: title, header, rows."""
        return Certificates((self,), {}, True).to_table()

    def lines(self) -> Iterator[str]:
        """What the numbers say, in words."""
        at = f"lambda_min = {self.lambda_min_T:.4g} T (residual {self.residual_T:.1g} T), {self.mode}"
        said = {
            "saddle": "saddle: the energy falls along its mode",
            "minimum": "minimum: no direction was found in which the energy falls",
            "undecided": "undecided: zero is within the band or the residual, or the search did not converge",
        }
        yield f"{said[self.verdict]}; {at}"
        yield f"basis: {self.basis}"
        for value in self.soft_T:
            yield f"soft mode: azimuth of the core, {value:.4g} T; only the cells set it: not in the verdict"
        yield (
            f"the state was moved onto its stationary point by {self.moved_rad:.2g} rad rms "
            f"({self.most_moved_rad:.2g} at most): torque {self.torque_before_T:.2g} T before, "
            f"{self.torque_T:.2g} T after"
        )
        if self.band_T:
            yield f"undecided within {1e3 * self.band_T:g} mT of zero: {self.band_reason}"

    def to_frame(self) -> pd.DataFrame:
        """State and mode in the plane, a row a cell."""
        return table(self.cut)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the mode in the plane: arrows of its part in it, shades of its part out of it."""
        ax = axes_for(ax)
        names = [name for name in self.cut if name.endswith("(nm)")]
        u, v = (self.cut[name] for name in names)
        in_plane = [self.cut[f"d{name[0]}"] for name in names]
        (out,) = (self.cut[name] for name in ("dx", "dy", "dz") if name[1] not in (names[0][0], names[1][0]))
        sides = np.unique(u), np.unique(v)
        shades = np.full((sides[1].size, sides[0].size), np.nan)
        shades[np.searchsorted(sides[1], v), np.searchsorted(sides[0], u)] = out
        most = max(float(np.abs(list(self.cut[f"d{c}"] for c in "xyz")).max()), 1e-12)
        ax.pcolormesh(*sides, shades, cmap="Greys", vmin=-1.5 * most, vmax=3 * most, shading="nearest")
        stride = -(-max(side.size for side in sides) // MOST_ARROWS)
        kept = np.isin(u, sides[0][::stride]) & np.isin(v, sides[1][::stride])
        spacing = stride * (sides[0][1] - sides[0][0]) if sides[0].size > 1 else 1.0
        arrows = (part[kept] for part in in_plane)
        ax.quiver(u[kept], v[kept], *arrows, scale=most / (1.2 * spacing), pivot="mid", **_ARROWS)
        ax.set(aspect="equal", xlabel=names[0], ylabel=names[1])
        return ax


_ARROWS: dict[str, Any] = {"units": "xy", "angles": "xy", "scale_units": "xy", "color": "black"}


@dataclass(frozen=True, eq=False, repr=False)
class Certificates(Shown):
    """Certificates of several states, in the order in which they were saved."""

    states: tuple[Certificate, ...]
    refused: Mapping[str, str]
    """Why others have none, by file name."""
    of_file: bool = False
    """Whether one file was asked for, rather than a folder."""

    def to_dict(self) -> dict[str, Any]:
        """The numbers as plain values: of a folder a list a key, of a file its own."""
        if self.of_file:
            return self.states[0].to_dict()
        columns = [each.to_dict() for each in self.states]
        listed = {key: [values[key] for values in columns] for key in (columns[0] if columns else ())}
        return {**listed, "refused": dict(self.refused)}

    def words(self) -> tuple[str, ...]:
        """How many of each, on what basis, and within what band of zero nothing is claimed."""
        count = Counter(c.verdict for c in self.states)
        bases = Counter(c.basis for c in self.states)
        bands = dict.fromkeys((c.band_T, c.band_reason) for c in self.states)
        return (
            ", ".join(f"{n} {verdict}" for verdict, n in sorted(count.items())),
            *(f"basis of {n}: {basis}" for basis, n in bases.items()),
            *(f"undecided within {1e3 * T:g} mT of zero: {reason}" for T, reason in bands if T),
        )

    def to_table(self) -> Table:
        """The numbers for people: title, header, rows."""
        header = ("state", "B (T)", "verdict", "lambda_min (T)", "mode", "soft (T)", "moved (rad)")
        rows = [
            (c.file.name, c.B_T, c.verdict, c.lambda_min_T, c.mode, c.soft_T or "", c.moved_rad)
            for c in self.states
        ]
        return "", header, rows


def certify(
    target: Path,
    *,
    script: Path | None = None,
    study: Study | None = None,
    case: str | None = None,
    band_T: float | None = None,
    on_step: Callable[[int, int], None] | None = None,
) -> Certificates:
    """Certify saved states.

    Parameters
    ----------
    target : Path
        The folder of a finished run, a state of one, an OVF file, or a folder of OVF files.
    script, study : Path, Study, optional
        What the states belong to, where they do not lie in a run's folder: the script that saved them, or the
        study whose case has their cells.
    case : str, optional
        Name of the study's case, where several have those cells.
    band_T : float, optional
        Eigenvalues within it of zero are undecided; by default what the kernel of the states' engine asks.
    on_step : callable, optional
        Takes the number of states done and of all.

    Raises
    ------
    CertificateError
        If something is missing, a state has other cells than the script's magnet, or the only state is far
        from stationary or of partly filled cells.
    """
    if script is not None and study is not None:
        raise CertificateError("--script and --study: give one of them")
    if case is not None and study is None:
        raise CertificateError(f"--case {case}: give --study with it")
    files, run = _states(target), _run_of(target)
    if script is None and study is None:
        if run is None:
            raise CertificateError(
                f"{target}: an OVF file holds neither body nor material nor field; give --script with the "
                "script that saved it, or --study, or a state in the folder of its run"
            )
        engine, options, source = run.engine, _options(run), _script_of_run(run.case, run)
    else:
        source = _script_of(script, study, case, next(iter(files.values())))
        engine, options = _writer(next(iter(files.values())).parent), Options()
    band = _BANDS[engine] if band_T is None else (band_T, "as asked for")
    of_file = not target.is_dir()
    with source as place:
        done = _Certifier(
            files, band, count_up_to=DENSE_UP_TO if of_file else COUNTED_OF_MANY, on_step=on_step
        )
        rehearse(place, done.take, next(iter(files.values())).parent, options)
    return done.certificates(place.name, of_file=of_file)


def certify_case(case: Case, files: Mapping[str, Path], record: RunRecord) -> Certificates:
    """Certify states of a case by their names, with the engine and the options of its record.

    Raises CertificateError where none can be certified, with the reason of the first.
    """
    with _script_of_run(case, record) as place:
        done = _Certifier(files, _BANDS[record.engine], count_up_to=COUNTED_OF_MANY)
        rehearse(place, done.take, options=_options(record))
    return done.certificates(place.name, of_file=False)


class _Certifier:
    """Takes each saved state as the script comes to it; keeps the modes of the one before."""

    def __init__(
        self,
        files: Mapping[str, Path],
        band: tuple[float, str],
        count_up_to: int,
        on_step: Callable[[int, int], None] | None = None,
    ) -> None:
        self._files, self._band, self._count_up_to, self._on_step = files, band, count_up_to, on_step
        self._found: dict[str, Certificate] = {}
        self._refused: dict[str, str] = {}
        self._saved: list[str] = []
        self._before: tuple[Stability, NDArray[np.floating]] | None = None

    def take(self, name: str, magnet: Magnet) -> None:
        """Certify the state of that name, if it is asked for, in the magnet it was saved in."""
        self._saved.append(name)
        if name not in self._files:
            return
        from harness.mx3.magnet.stability import NotStationary, stability  # compiled code

        file = self._files[name]
        magnet.set_m(_matching(read_ovf(file), magnet))
        try:
            start = self._start(magnet)
            counted = start is None and 2 * magnet.n_cells <= self._count_up_to
            found = stability(magnet, start, dense=counted)
        except NotStationary as far:
            self._refused[name] = f"{far}; is it the state of this script, in this field, at rest?"
        except ValueError as reason:
            self._refused[name] = str(reason)
        else:
            self._before = found, magnet.m
            self._found[name] = _certificate(file, magnet, found, *self._band)
        if self._on_step is not None:
            self._on_step(len(self._found) + len(self._refused), len(self._files))

    def _start(self, magnet: Magnet) -> NDArray[np.floating] | None:
        """The modes of the state before, where this one is near."""
        if self._before is None or self._before[1].shape != (m := magnet.m).shape:
            return None
        chord = np.sum((m - self._before[1]) ** 2, axis=0)[magnet.fill > 0]
        return self._before[0].changes if np.sqrt(chord.mean()) < SAME_BRANCH_RAD else None

    def certificates(self, script: str, *, of_file: bool) -> Certificates:
        """What there is; CertificateError where it is nothing."""
        missing = [name for name in self._files if name not in self._found and name not in self._refused]
        if missing and not self._found:
            saved = f"saves {self._saved[0]} (1 of {len(self._saved)})" if self._saved else "saves no m"
            raise CertificateError(f"{missing[0]}: {script} never saves m under that name; it {saved}")
        if self._refused and not self._found:
            name, why = next(iter(self._refused.items()))
            raise CertificateError(f"{self._files[name]}: {why}")
        return Certificates(tuple(self._found.values()), self._refused, of_file)


def _certificate(
    file: Path, magnet: Magnet, found: Stability, band_T: float, band_reason: str
) -> Certificate:
    """The certificate of a state whose magnet now stands at its stationary point."""
    applied = magnet.field("zeeman")[:, magnet.fill > 0].mean(axis=1)
    values = tuple(float(value) for value in found.spectrum.eigenvalues_T)
    decisive = found.decisive
    polished = found.polished
    return Certificate(
        file=file,
        B_T=tuple(round(float(b), 9) + 0.0 for b in applied),  # type: ignore[arg-type]
        lambda_min_T=found.lambda_min_T,
        residual_T=found.residual_T,
        verdict=found.verdict(band_T),
        basis=found.basis(band_T),
        mode="" if decisive is None else found.names[decisive],
        soft_T=tuple(value for value, soft in zip(values, found.soft, strict=True) if soft),
        eigenvalues_T=values,
        modes=found.names,
        band_T=band_T,
        band_reason=band_reason,
        torque_before_T=polished.torque_before_T,
        torque_T=polished.torque_T,
        moved_rad=polished.moved_rad,
        most_moved_rad=polished.most_moved_rad,
        n_cells=magnet.n_cells,
        cut=_cut(magnet, found.changes[decisive or 0], found.core),
    )


def _cut(
    magnet: Magnet, change: NDArray[np.floating], core: NDArray[np.floating]
) -> dict[str, NDArray[np.float64]]:
    """State m and mode d in the plane of cells through the centre that lies most across the core."""
    axis = int(np.abs(core).argmax())
    layer = magnet.mesh.n[axis] // 2
    plane = [slice(None)] * 3
    plane[2 - axis] = layer  # type: ignore[call-overload]
    where = (slice(None), *plane)
    inside = (magnet.fill > 0)[tuple(plane)]
    centres = 1e9 * magnet.mesh.centres()[where][:, inside]
    columns = {f"{c} (nm)": centres[k] for k, c in enumerate("xyz") if k != axis}
    columns |= {f"m{c}": magnet.m[where][k][inside] for k, c in enumerate("xyz")}
    return columns | {f"d{c}": change[where][k][inside] for k, c in enumerate("xyz")}


def _states(target: Path) -> dict[str, Path]:
    """The OVF files asked for, by name."""
    if not target.is_dir():
        return {target.name: target}
    run = _run_of(target)
    if run is not None:
        files = [path for _, path in sorted(read(target).loop.states.items())]
    else:
        files = sorted(target.glob("*.ovf"))
    if not files:
        raise CertificateError(f"{target}: no state was saved there; [save] ovf says which are")
    return {path.name: path for path in files}


def _run_of(target: Path) -> RunRecord | None:
    """The record of the run that a folder is, or that a file is the output of."""
    folder = target if target.is_dir() else target.resolve().parent.parent
    return RunRecord.read(folder) if (folder / RECORD_NAME).is_file() else None


def _options(run: RunRecord) -> Options:
    """The engine's options of a run, in double precision."""
    return replace(Options(**run.options), float_dtype="float64") if run.engine == "cpu" else Options()  # type: ignore[arg-type]


def _writer(folder: Path) -> str:
    """The engine that wrote a folder, by its log; "" where that is not known."""
    try:
        with (folder / "log.txt").open(encoding="utf-8", errors="replace") as log:
            begin = log.read(_LOG_BEGINS)
    except OSError:
        return ""
    return "cpu" if "mxval CPU engine" in begin else "mumax3" if "mumax" in begin else ""


@contextmanager
def _script_of(script: Path | None, study: Study | None, case: str | None, file: Path) -> Iterator[Path]:
    """The script a state belongs to, with the masks it loads beside it."""
    if script is not None:
        yield script
        return
    assert study is not None
    with tempfile.TemporaryDirectory() as folder:
        yield render(_case_of(study, case, file)).write(Path(folder))


@contextmanager
def _script_of_run(case: Case, record: RunRecord) -> Iterator[Path]:
    """The script a run had, word for word, with the masks of its case beside it."""
    with tempfile.TemporaryDirectory() as folder:
        script = render(case).write(Path(folder))
        script.write_text(record.script, encoding="utf-8")
        yield script


def _case_of(study: Study, name: str | None, file: Path) -> Case:
    """The case a state belongs to: of that name, or the only one with its cells."""
    cases = study.cases()
    if name is not None:
        for case in cases:
            if case.name == name:
                return case
        raise CertificateError(f"--case {name}: study {study.name} has {', '.join(c.name for c in cases)}")
    state = read_ovf(file)
    grid = state.m.shape[:0:-1]
    fits = [c for c in cases if c.grid == grid and np.allclose(state.cell_m, c.cell_m, rtol=1e-5, atol=0)]
    if len(fits) == 1:
        return fits[0]
    cells = f"{'x'.join(map(str, grid))} cells of {1e9 * state.cell_m[0]:.4g} nm"
    if not fits:
        raise CertificateError(f"{file}: {cells}, which no case of study {study.name} has")
    names = ", ".join(c.name for c in fits)
    raise CertificateError(f"{file}: several cases of study {study.name} have {cells}; give --case: {names}")


def _matching(state: VectorField, magnet: Magnet) -> NDArray[np.float64]:
    """The state's moments, once its cells are the magnet's."""
    mesh = magnet.mesh
    if len(state.m) != 3:
        raise CertificateError(f"{state.path}: {len(state.m)} component(s) a cell, where m has 3")
    if not np.isfinite(state.m).all():
        raise CertificateError(f"{state.path}: holds values that are not finite")
    grid = state.m.shape[:0:-1]
    if grid != mesh.n or not np.allclose(state.cell_m, mesh.cell, rtol=1e-5, atol=0):
        ours, theirs = (
            f"{'x'.join(map(str, n))} cells of {'x'.join(f'{1e9 * c:.4g}' for c in cell)} nm"
            for n, cell in ((mesh.n, mesh.cell), (grid, state.cell_m))
        )
        raise CertificateError(f"{state.path}: wrong mesh: {theirs}, where the script has {ours}")
    filled, inside = state.m.any(axis=0), magnet.fill > 0
    if (other := int(np.count_nonzero(filled != inside))) > 0:
        raise CertificateError(
            f"{state.path}: another body: {other} cells are magnetic in the file alone or in the script alone"
        )
    return state.m
