"""What is exported: a run, or one saved state, with all that a file of another format should say of it.

In: a run's folder, the folder of several, or an OVF file of any program. Out: Sources with their States.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

import harness
from harness.inputs import InputError
from harness.runs.folder import runs_in
from harness.runs.foreign.states import moments, told_Ms
from harness.runs.foreign.told import SAME
from harness.runs.output import Run, read, read_state
from harness.runs.record import RECORD_NAME, RunRecord
from harness.study.study import Case

if TYPE_CHECKING:
    from harness.mx3.files.ovf import VectorField

About = dict[str, str | float]
"""What a file says of itself, flat: numbers with their unit in the key, and texts."""
SAME_FIELD_T = 1e-9


@dataclass(frozen=True, eq=False)
class State:
    """A saved magnetisation."""

    name: str
    """Of its file, without suffix."""
    path: Path
    field: VectorField
    about: About
    centre_m: NDArray[np.float64]
    """The body's centre in the file's coordinates, (3,)."""
    Ms_A_per_m: float | None
    """None where neither a run nor the file tells."""

    @property
    def about_metres(self) -> About:
        """What a file says whose lengths are in m and whose values are those of the state."""
        return self.about | {"unit_of_lengths": "m", "unit_of_values": self.field.unit or "1"}

    @property
    def unit_vectors(self) -> NDArray[np.float64]:
        """(3, nz, ny, nx); zero where there is no moment."""
        return moments(self.path)[1]


@dataclass(frozen=True, eq=False)
class Source:
    """A run, or one state that belongs to none."""

    name: str
    about: About
    run: Run | None
    steps: tuple[int, ...] = ()
    """Of its states that are exported."""
    file: Path | None = None
    """The state of no run."""
    Ms_A_per_m: float | None = None

    @property
    def place(self) -> Path:
        """What stands for it in messages."""
        return self.run.folder if self.run else self.file or Path(self.name)

    @property
    def n_states(self) -> int:
        """How many states it has."""
        return 1 if self.file else len(self.steps)

    def states(self) -> Iterator[State]:
        """Its states in path order, each read when it is asked for."""
        if self.file:
            yield self._of_no_run(self.file)
            return
        assert self.run
        case, loop = self.run.case, self.run.loop
        field_T = dict(zip(loop.step.tolist(), loop.B_T.tolist(), strict=True))
        for step in self.steps:
            path, state = loop.states[step], read_state(loop, case, step)
            own: dict[str, str | float] = {"B_T": field_T[step], "step": step, "state_file": path.name}
            own["state_sha256"] = _sha256(path)
            box = np.array(state.m.shape[:0:-1]) * state.cell_m
            centre = state.origin_m + box / 2 + np.array(case.lattice.centre_m)
            yield State(path.stem, path, state, self.about | own, centre, case.material.Ms_A_per_m)

    def _of_no_run(self, file: Path) -> State:
        state, unit, length = moments(file)
        magnetic = np.argwhere(unit.any(axis=0))[:, ::-1]
        centre = state.origin_m + (magnetic.mean(axis=0) + 0.5) * state.cell_m
        Ms = self.Ms_A_per_m or told_Ms(state, length)
        own: dict[str, str | float] = {"state_file": file.name, "state_sha256": _sha256(file)}
        about = self.about | ({"Ms_A_per_m": Ms} if Ms else {}) | own
        return State(file.stem, file, state, about, centre, Ms)

    def at(self, fields_T: Sequence[float]) -> Source:
        """The same with the states at some fields only; InputError if one of them has none."""
        if self.run is None:
            return self
        loop = self.run.loop
        saved = {step: float(B) for step, B in zip(loop.step.tolist(), loop.B_T, strict=True)}
        for B_T in fields_T:
            if not any(abs(saved[step] - B_T) < SAME_FIELD_T for step in self.steps):
                near = sorted({saved[step] for step in self.steps}, key=lambda have: abs(have - B_T))[:3]
                fields = ", ".join(f"{have:g}" for have in near)
                told = f" there; the nearest are at {fields} T" if near else ""
                raise InputError(f"--fields-T {B_T:g}: {self.place} saved no state{told}")
        kept = [step for step in self.steps if any(abs(saved[step] - B_T) < SAME_FIELD_T for B_T in fields_T)]
        return replace(self, steps=tuple(kept))


def sources_of(path: Path, Ms_A_per_m: float | None = None) -> tuple[Source, ...]:
    """What a path holds: a run, the finished runs of a study's folder, or one saved state.

    Raises
    ------
    InputError
        If it is none of them, or tells another Ms.
    NotARun, OutputInvalid
        If a run did not end well, or was changed since.
    """
    if path.is_file():
        return (_of_file(path, Ms_A_per_m),)
    if not path.is_dir():
        raise InputError(f"{path}: no such file or folder; give a run's folder, a study, or a saved state")
    if (folders := runs_in(path)) == [path]:
        return (_of_run(read(path), Ms_A_per_m),)
    done = [f for f in folders if RunRecord.read(f).state == "done"]
    if not done:
        what = f"none of its {len(folders)} runs is done" if folders else f"no {RECORD_NAME} is in it"
        raise InputError(
            f"{path}: {what}; give the folder of a finished run, or of a study's runs; output of another "
            "program after mxval import"
        )
    return tuple(_of_run(read(folder), Ms_A_per_m) for folder in done)


def _of_file(path: Path, Ms_A_per_m: float | None) -> Source:
    """A state of the run in whose output it lies, or of none."""
    folder = path.resolve().parent.parent
    if path.resolve().parent.name == "out" and (folder / RECORD_NAME).is_file():
        run = read(folder)
        steps = tuple(step for step, file in run.loop.states.items() if file.name == path.name)
        if steps:
            return replace(_of_run(run, Ms_A_per_m), steps=steps)
    if Ms_A_per_m:
        state, _, length = moments(path)
        _require_same_Ms(Ms_A_per_m, told_Ms(state, length), path)
    about: dict[str, str | float] = {"written_by": f"mxval {harness.__version__}", "source": path.name}
    return Source(path.stem, about, None, file=path, Ms_A_per_m=Ms_A_per_m)


def _of_run(run: Run, Ms_A_per_m: float | None) -> Source:
    if Ms_A_per_m:
        _require_same_Ms(Ms_A_per_m, run.case.material.Ms_A_per_m, run.folder)
    return Source(run.folder.resolve().name, _about(run), run, tuple(run.loop.states))


def _require_same_Ms(given: float, told: float | None, place: Path) -> None:
    if told and abs(given / told - 1) > SAME:
        raise InputError(f"--Ms-A-per-m {given:g}: {place} has Ms = {told:.6g} A/m; drop the flag")


def _about(run: Run) -> About:
    """What every file of a run says."""
    case: Case = run.case
    m, record = case.material, run.record
    program = " ".join(filter(None, (record.program or "another program", record.engine_version or "")))
    return {
        "written_by": f"mxval {harness.__version__}",
        "source": run.folder.resolve().name,
        "run_sha256": record.hash,
        "program": program,
        "material": m.label,
        "Ms_A_per_m": m.Ms_A_per_m,
        "A_J_per_m": m.A_J_per_m,
        "Ku_J_per_m3": m.Ku_J_per_m3,
        "easy_axis": " ".join(f"{x:g}" for x in m.axis),
        "radius_nm": case.particle.radius_nm,
        "cell_nm": case.mesh.cell_nm,
        "field_direction": " ".join(f"{x:g}" for x in case.direction),
    }


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
