"""Certifying saved states, whoever wrote them.

In: a run's folder; or an OVF file, or a folder of them, with the script or the study that says what body,
what material and what field they belong to. Out: a Certificate a state.
"""

from __future__ import annotations

import shlex
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from harness.analysis.certificate import Certificate, Certificates, applied_T, certificate_of
from harness.mx3.files.ovf import VectorField, read_ovf
from harness.mx3.options import Options
from harness.mx3.run import SMOOTH_IN_LOG, rehearse
from harness.runs.folder import runs_in
from harness.runs.output import read
from harness.runs.program import QUADRATURE, log_begin, program_of
from harness.runs.record import IMPORTED, RECORD_NAME, RunRecord
from harness.study.script import render
from harness.study.study import Case, Study
from reduced_model.errors import InputError

if TYPE_CHECKING:
    from harness.mx3.magnet.magnet import Magnet
    from harness.mx3.magnet.stability import Series
    from harness.runs.foreign.output import ForeignOutput

KERNEL_BAND_T = 1e-3
"""What another demagnetising kernel does to an eigenvalue: MuMax3's quadrature is good to 1e-3 of a field."""
_BANDS = {
    "cpu": (0.0, "none: written by this engine, whose energy is taken here"),
    "mumax3": (0.0, "none: MuMax3's own quadrature of the demagnetising kernel is taken"),
    "oommf": (0.0, "none: written by OOMMF, whose demagnetising tensor is Newell's too"),
    "": (KERNEL_BAND_T, "the demagnetising kernel of what wrote the file is not known"),
}
DENSE_UP_TO, COUNTED_OF_MANY = 1200, 400
"""Unknowns, two a cell, up to which all eigenvalues are computed: of a single state, of each of a folder."""


Found = TypeVar("Found")


class CertificateError(InputError):
    """A state that cannot be certified; the message is a line and says what is missing."""


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
        What the states belong to, where they do not lie in a run's folder: the script that saved them, by
        default the one that lies beside their folder; or the study whose case has their cells.
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
    if target.is_file():
        read_ovf(target)  # what is no state needs no script
    run, beside = _run_of(target), None
    output = None if run else _output_of(target)
    files = _states(target, output)
    if script is None and study is None and run is None:
        beside = script = output.script if output else None
        if script is None or not target.is_dir():
            raise CertificateError(f"{target}: {_lacks_its_script(target, output)}")
    if script is None and study is None:
        assert run
        engine, options, source = run.program, _options(run), _script_of_run(run.case, run)
    else:
        source = _script_of(script, study, case, next(iter(files.values())))
        engine, options = _writer(next(iter(files.values())))
    band = _band(engine) if band_T is None else (band_T, "as asked for")
    of_file = not target.is_dir()
    wrong = _misfiled(output, script, files)
    sound = {name: file for name, file in files.items() if name not in wrong}
    with source as place:
        done = _Certifier(
            sound, band, count_up_to=DENSE_UP_TO if of_file else COUNTED_OF_MANY, on_step=on_step
        )
        if sound:
            rehearse(place, done.take, next(iter(files.values())).parent, options)
        without_field = "b_ext" not in place.read_text(encoding="utf-8", errors="replace").lower()
    if wrong and not done.any_found:
        name, why = next(iter(wrong.items()))
        more = f"; so it is with {len(wrong) - 1} more" if len(wrong) > 1 else ""
        raise CertificateError(f"{files[name]}: {why}{more}")
    found = done.certificates(place.name, of_file=of_file)
    notes = (f"{place.name} sets no B_ext: certified in zero field",) if without_field else ()
    found = replace(found, refused={**wrong, **found.refused}, script=beside, notes=notes)
    if found.refused and not found.states:
        name, why = next(iter(found.refused.items()))
        raise CertificateError(f"{files[name]}: {why}")
    return found


def certify_case(
    case: Case,
    files: Mapping[str, Path],
    record: RunRecord,
    *,
    on_step: Callable[[int, int], None] | None = None,
    go_on: Callable[[], bool] = lambda: True,
) -> Certificates:
    """Certify states of a case by their names, with the engine and the options of its record.

    States that come after `go_on` said no are neither certified nor refused. Raises CertificateError where
    the case's script saves none of them.
    """
    with _script_of_run(case, record) as place:
        done = _Certifier(
            files, _band(record.program), count_up_to=COUNTED_OF_MANY, on_step=on_step, go_on=go_on
        )
        rehearse(place, done.take, options=_options(record))
    return done.certificates(place.name, of_file=False)


def at_saved_state(file: Path, act: Callable[[Magnet], Found]) -> Found:
    """What `act` makes of the magnet of a state in the folder of its run, in double precision.

    Raises CertificateError where the file lies in no run's folder, or the run's script has another magnet.
    """
    run, found = _run_of(file), []
    if run is None or not file.is_file():
        raise CertificateError(f"{file}: no state in the out folder of a run")

    def take(name: str, magnet: Magnet) -> None:
        if name == file.name:
            magnet.set_m(_matching(read_ovf(file), magnet))
            found.append(act(magnet))

    with _script_of_run(run.case, run) as place:
        rehearse(place, take, file.parent, _options(run))
    if not found:
        raise CertificateError(f"{file.name}: the run's script never saves m under that name")
    return found[0]


class _Certifier:
    """Takes each saved state as the script comes to it; keeps the modes of the one before."""

    def __init__(
        self,
        files: Mapping[str, Path],
        band: tuple[float, str],
        count_up_to: int,
        on_step: Callable[[int, int], None] | None = None,
        go_on: Callable[[], bool] = lambda: True,
    ) -> None:
        self._files, self._band, self._count_up_to, self._on_step = files, band, count_up_to, on_step
        self._go_on, self._stopped = go_on, False
        self._found: dict[str, Certificate] = {}
        self._refused: dict[str, str] = {}
        self._saved: list[str] = []
        self._series: Series | None = None

    def take(self, name: str, magnet: Magnet) -> None:
        """Certify the state of that name, if it is asked for, in the magnet it was saved in."""
        self._saved.append(name)
        self._stopped = self._stopped or (name in self._files and not self._go_on())
        if name not in self._files or self._stopped:
            return
        from harness.mx3.magnet.stability import NotStationary, Series  # compiled code

        file = self._files[name]
        self._series = self._series or Series(self._count_up_to)
        try:
            magnet.set_m(_matching(read_ovf(file), magnet))
            found = self._series.of(magnet)
        except NotStationary as far:
            field = ", ".join(f"{B:.4g}" for B in applied_T(magnet))
            self._refused[name] = (
                f"{far}; is it the state of this script, in its field of ({field}) T, at rest?"
            )
        except ValueError as reason:
            self._refused[name] = str(reason).removeprefix(f"{file}: ")
        else:
            self._found[name] = certificate_of(file, magnet, found, *self._band)
        if self._on_step is not None:
            self._on_step(len(self._found) + len(self._refused), len(self._files))

    @property
    def any_found(self) -> bool:
        """Whether a state was certified."""
        return bool(self._found)

    def certificates(self, script: str, *, of_file: bool) -> Certificates:
        """What there is; CertificateError where the script saves none of them."""
        missing = [name for name in self._files if name not in self._found and name not in self._refused]
        if missing and not (self._found or self._stopped):
            saved = f"saves {self._saved[0]} (1 of {len(self._saved)})" if self._saved else "saves no m"
            raise CertificateError(
                f"{missing[0]}: {script} never saves m under that name; it {saved}; "
                "mxval import makes a run of its folder, whose table tells the field"
            )
        return Certificates(tuple(self._found.values()), self._refused, of_file)


def _output_of(target: Path) -> ForeignOutput | None:
    """What a folder, or that of a file, holds of a loop, states and script; None unless it is one loop."""
    from harness.runs.foreign.output import foreign_outputs  # a run needs none

    try:
        (found,) = foreign_outputs([target if target.is_dir() else target.parent])
    except InputError:
        return None
    return found


def _misfiled(output: ForeignOutput | None, script: Path | None, files: Mapping[str, Path]) -> dict[str, str]:
    """Why states cannot be those that their script saved by these names, as the table beside them tells."""
    if output is None or script is None or len(output.tables) != 1:
        return {}
    from harness.runs.foreign.filing import misfiled  # a run needs none

    return misfiled(output.tables[0], script, files)


def _lacks_its_script(target: Path, output: ForeignOutput | None) -> str:
    """Why states cannot be certified that come without script or study, with the call that would."""
    lacks = "OVF files hold neither body nor material nor field; "
    if output and output.script:
        return f"{lacks}if {output.script} saved it, give --script {shlex.quote(str(output.script))}"
    if output and output.tables:
        place = shlex.quote(str(target if target.is_dir() else target.parent))
        return f"{lacks}give --script or --study, or certify the run that mxval import {place} makes"
    return (
        f"{lacks}give --script with the script that saved it, or --study, or a state in the folder of its run"
    )


def _states(target: Path, output: ForeignOutput | None) -> dict[str, Path]:
    """The OVF files asked for, by name: of a run, of the output in a folder, or all of a folder's."""
    if not target.is_dir():
        return {target.name: target}
    run = _run_of(target)
    if run is not None:
        files = [path for _, path in sorted(read(target).loop.states.items())]
    else:
        files = [*output.states] if output else sorted((*target.glob("*.ovf"), *target.glob("*.omf")))
    if not files:
        runs = [each.name for each in runs_in(target)]
        there = "no OVF file is in it; give a folder that has some, or that of a finished run"
        if runs:
            there = f"it holds {len(runs)} runs; give one of them, as {target / runs[0]}"
        if run is not None:
            imported = run.engine == IMPORTED
            mend = "import its table with its states" if imported else "[save] ovf says which are"
            there = f"no state was saved there; {mend}"
        raise CertificateError(f"{target}: {there}")
    return {path.name: path for path in files}


def _run_of(target: Path) -> RunRecord | None:
    """The record of the run that a folder is, or that a file is the output of."""
    folder = target if target.is_dir() else target.resolve().parent.parent
    return RunRecord.read(folder) if (folder / RECORD_NAME).is_file() else None


def _band(engine: str) -> tuple[float, str]:
    """The undecided band of an engine's states in T, and why."""
    return _BANDS.get(engine, _BANDS[""])


def _options(run: RunRecord) -> Options:
    """The engine's options of a run, in double precision."""
    if run.engine == "cpu":
        return replace(Options(**run.options), float_dtype="float64")  # type: ignore[arg-type]
    return _energy_of(run.program)


def _energy_of(program: str) -> Options:
    """The options with which this engine has the energy of a program."""
    return Options(demag="mumax3") if program in ("mumax3", QUADRATURE) else Options()


def _writer(file: Path) -> tuple[str, Options]:
    """The program that wrote a state and its energy, by its folder's log or its title; "" if not known."""
    program = program_of(file.parent) or ("oommf" if read_ovf(file).title.startswith("Oxs_") else "")
    smooth = SMOOTH_IN_LOG in log_begin(file.parent)
    options = replace(_energy_of(program), surface="smooth" if smooth else "cells")
    return ("cpu" if program == QUADRATURE else program), options


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
        whole = "; the script fills its whole box: is SetGeom missing?" if inside.all() else ""
        alone = f"{other} cells are magnetic in the file alone or in the script alone"
        raise CertificateError(f"{state.path}: another body: {alone}{whole}")
    return state.m
