"""The continuum of a case's particle, solved once and kept on disk.

In: a case, and the accuracy asked for. Out: its `ContinuumBranches`, in the frame whose z is the field's.
What is kept lies below the user's cache folder, a file a problem; one that is damaged is solved anew.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import time
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
from filelock import FileLock

from harness.study.study import Case, Study
from reduced_model.continuum.branches import ContinuumBranches
from reduced_model.continuum.equilibrium import NotResolved
from reduced_model.continuum.survey import continuum_branches
from reduced_model.materials import Material, axis_angle_rad

__all__ = ["continua_of", "continuum_of", "expected_s", "sphere_of", "usual_s"]

REVISION = 10
"""Of what the solver finds; raise it with any change of `reduced_model.continuum` that moves a result."""
STATES_LAST_S = 30 * 86400.0
"""Time after which what was solved of a problem is dropped if nobody went on with it."""
SOLVING_S = 30.0
"""About what a sphere's continuum takes, until one was solved here."""
MOST_ASKED = 10
"""Solved problems whose time is asked for; the newest."""
TELL_EVERY_S = 15.0
"""Time between words on a problem in hand."""


def continua_of(study: Study) -> tuple[tuple[Case, float], ...]:
    """A case of each sphere whose continuum `compare` will ask for, with the largest field of that sphere."""
    found: dict[tuple[Any, ...], tuple[Case, float]] = {}
    for case in study.cases():
        far = max(map(abs, case.field_values_T))
        first, before = found.get(sphere_of(case), (case, far))
        found[sphere_of(case)] = first, max(far, before)
    return tuple(found.values())


def sphere_of(case: Case) -> tuple[Any, ...]:
    """What the continuum's branches depend on; they are solved once for all paths."""
    m = case.material
    angle = axis_angle_rad(m.axis, case.direction) if m.Ku_J_per_m3 else 0.0
    return m.Ms_A_per_m, m.A_J_per_m, m.Ku_J_per_m3, case.radius_m, angle


def continuum_of(
    case: Case,
    accuracy: float = 1e-3,
    on_step: Callable[[str], None] = lambda words: None,
    maximum_T: float | None = None,
    aside: str = "",
) -> ContinuumBranches:
    """The branches of a case's continuum over its fields, from disk where they were solved before.

    Parameters
    ----------
    case : Case
        Cells and protocol do not count, but for the field's direction.
    accuracy : float
        Wanted error of the moment, see `continuum_branches`.
    on_step : callable, optional
        Called with a few words as the work begins.
    maximum_T : float, optional
        Field up to which they are solved; the case's largest by default.
    aside : str
        How to do without, for who waits.

    Raises
    ------
    NotResolved
        If polynomials do not hold its states, or the sphere is too large for them; that is remembered too.
    """
    given = case.material
    problem, material = _problem(case, accuracy, maximum_T)
    place = _place(problem)
    with _alone(place, on_step):
        kept = _read(place, problem) or _of_wider_fields(problem)
        if kept is None:
            words = f"solving the continuum: {given.label}, R = {case.particle.radius_nm:g} nm"
            on_step(words)
            states = _States(place, problem)
            if states:
                on_step(f"going on from what was solved before: {len(states)} of its states")
            began = None if states else time.monotonic()
            kept = _solved(problem, material, _now_and_then(words, on_step, aside), states)
            _keep(place, problem, kept, time.monotonic() - began if began else None)
            states.clear()
    if isinstance(kept, str):
        raise NotResolved(kept)
    return kept


def expected_s(
    case: Case, accuracy: float, maximum_T: float, usual: tuple[float, int] | None = None
) -> tuple[float, int]:
    """Seconds that `continuum_of` may take, none if it is kept, else as `usual_s` has it."""
    place = _place(_problem(case, accuracy, maximum_T)[0])
    if place.is_file() or max(_ranges(place), default=0.0) >= maximum_T:
        return 0.0, 0
    return usual or usual_s()


def usual_s() -> tuple[float, int]:
    """Seconds that a continuum takes here, and of how many solved here that is the mean."""
    took = [s for file in _newest(_folder(), MOST_ASKED) if (s := _took_s(file))]
    return (fmean(took), len(took)) if took else (SOLVING_S, 0)


def _problem(case: Case, accuracy: float, maximum_T: float | None) -> tuple[dict[str, Any], Material]:
    """All that a continuum depends on, and its material with the axis in the frame whose z is the field's."""
    Ms_A_per_m, A_J_per_m, Ku_J_per_m3, radius_m, angle = sphere_of(case)
    numbers = (Ms_A_per_m, A_J_per_m, Ku_J_per_m3)
    material = Material(case.material.label, *numbers, axis=(math.sin(angle), 0.0, math.cos(angle)))
    problem: dict[str, Any] = {
        **dict(zip(("Ms_A_per_m", "A_J_per_m", "Ku_J_per_m3"), numbers, strict=True)),
        "axis_angle_rad": angle,
        "radius_m": radius_m,
        "maximum_T": maximum_T or float(np.abs(case.field_values_T).max()) or material.mu0Ms_T,
        "accuracy": accuracy,
        "revision": REVISION,
    }
    return problem, material


def _now_and_then(words: str, on_step: Callable[[str], None], aside: str) -> Callable[[int, int], None]:
    """What takes the solver's reports and hands on one in a while, so that the wait is seen to pass."""
    told = time.monotonic()

    def report(solved: int, expected: int) -> None:
        nonlocal told
        if time.monotonic() - told >= TELL_EVERY_S:
            told = time.monotonic()
            on_step(f"{words}: {solved} of about {expected} states (once, then kept{aside})")

    return report


class _States(MutableMapping[str, Any]):
    """The states of a problem in hand, a line each: where it was broken off, it goes on.

    Those of problems that nobody has gone on with for long go.
    """

    def __init__(self, place: Path, problem: Mapping[str, Any]) -> None:
        self._file, self._known = place.with_suffix(".states"), dict[str, Any]()
        head = json.dumps(problem)
        try:
            lines = self._file.read_text(encoding="utf-8").split("\n")
        except (OSError, ValueError):  # there is none, or it is no text
            lines = []
        for line in lines[1:-1] if lines[:1] == [head] else ():  # the last of a broken write is not whole
            try:
                self._known.update(json.loads(line))
            except (ValueError, TypeError):
                break
        whole = [head, *(json.dumps({name: values}) for name, values in self._known.items()), ""]
        _write(self._file, "\n".join(whole))
        for other in place.parent.glob("*.states"):
            with suppress(OSError):
                if time.time() - other.stat().st_mtime > STATES_LAST_S:
                    other.unlink()

    def __getitem__(self, name: str) -> Any:
        return self._known[name]

    def __setitem__(self, name: str, values: Any) -> None:
        self._known[name] = values
        with suppress(OSError), self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps({name: values}) + "\n")

    def __delitem__(self, name: str) -> None:
        del self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def clear(self) -> None:
        """The problem is solved: they are needed no more."""
        self._known.clear()
        with suppress(OSError):
            self._file.unlink()


def _solved(
    problem: Mapping[str, Any],
    material: Material,
    on_state: Callable[[int, int], None],
    kept: MutableMapping[str, Any],
) -> ContinuumBranches | str:
    """The branches, or why there are none."""
    try:
        return continuum_branches(
            radius_m=problem["radius_m"],
            material=material,
            maximum_T=problem["maximum_T"],
            accuracy=problem["accuracy"],
            on_step=on_state,
            kept=kept,
        )
    except NotResolved as why:
        return str(why)


def _place(problem: Mapping[str, Any]) -> Path:
    """Where a problem is kept: a name for the sphere, behind it the fields."""
    sphere = {key: value for key, value in problem.items() if key != "maximum_T"}
    digest = hashlib.sha256(json.dumps(sphere, sort_keys=True).encode()).hexdigest()
    return _folder() / f"{digest[:32]}_{problem['maximum_T']:.9g}T.json"


def _of_wider_fields(problem: Mapping[str, Any]) -> ContinuumBranches | None:
    """The same sphere's branches as they are kept over a wider range of fields; None where none are."""
    for maximum_T in _ranges(_place(problem)):
        wider = {**problem, "maximum_T": maximum_T}
        if maximum_T > problem["maximum_T"] and isinstance(
            found := _read(_place(wider), wider), ContinuumBranches
        ):
            return found
    return None


def _ranges(place: Path) -> list[float]:
    """The largest fields, T, up to which a place's sphere is kept."""
    stem = place.stem.partition("_")[0]
    return sorted(float(f.stem.partition("_")[2][:-1]) for f in place.parent.glob(f"{stem}_*T.json"))


def _newest(folder: Path, most: int) -> list[Path]:
    with suppress(OSError):
        return sorted(folder.glob("*T.json"), key=lambda file: file.stat().st_mtime)[-most:]
    return []


def _took_s(file: Path) -> float | None:
    """Seconds that what is kept there took, if it was solved at one go."""
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return float(json.loads(file.read_text(encoding="utf-8"))["seconds"])
    return None


def _folder() -> Path:
    """Where solved problems are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mxval" / "continuum"


@contextmanager
def _alone(place: Path, on_step: Callable[[str], None]) -> Iterator[None]:
    """One process solves a problem, the next waits for it; each its own where the folder is not ours."""
    lock = FileLock(place.with_suffix(".lock"))
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except TimeoutError:
        on_step("waiting for another mxval that solves this continuum")
        lock.acquire()
    except (OSError, NotImplementedError):  # no such folder to be had, or no locks on it
        pass
    try:
        yield
    finally:
        lock.release()


def _read(place: Path, problem: Mapping[str, Any]) -> ContinuumBranches | str | None:
    """What is kept of a problem; None if it is not there, not whole or of another problem."""
    try:
        kept = json.loads(place.read_text(encoding="utf-8"))
        if kept["problem"] != problem:
            return None
        return str(kept["refused"]) if kept["refused"] else ContinuumBranches.from_dict(kept["branches"])
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _keep(
    place: Path, problem: Mapping[str, Any], found: ContinuumBranches | str, seconds: float | None
) -> None:
    """Keep a problem's solution and what it took; where that fails it is solved anew another time."""
    refused = found if isinstance(found, str) else ""
    branches = None if isinstance(found, str) else found.to_dict()
    told = {"problem": problem, "seconds": seconds, "refused": refused, "branches": branches}
    _write(place, json.dumps(told))


def _write(place: Path, text: str) -> None:
    """Write a file at one stroke, or not at all where there is no room or no folder."""
    part = place.with_suffix(f".{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8")
        os.replace(part, place)
    except OSError:
        with suppress(OSError):
            part.unlink()
