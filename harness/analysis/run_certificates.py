"""The certificates of a run's saved states, kept beside it.

In: a case, its record and the paths of its states. Out: certificates by step, and why others have none. They
are read from certificates.json in the run's folder where that was made from these very states, else made and
written there; they are analysis, no part of the run's identity.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.analysis.certificate import Certificate, Certificates
from harness.analysis.certify import CertificateError, certify_case
from harness.mx3.errors import ScriptError
from harness.runs.record import RunRecord
from harness.study.study import Case
from reduced_model.results import Shown

if TYPE_CHECKING:
    import pandas as pd

FILE_NAME = "certificates.json"
REVISION = 1
"""Raised by hand when the same states would be certified otherwise."""
IN_ORDER = 60
"""States up to which all are made in path order, each from the modes before it: twice as fast as by merit."""
_KINDS: dict[str, Any] = {"float": (float, int), "int": int, "str": str, "Path": str, "tuple": list}


@dataclass(frozen=True, eq=False, repr=False)
class RunCertificates(Shown):
    """Certificates of saved states by step, without their pictures."""

    found: Mapping[int, Certificate]
    refused: Mapping[int, str]
    """Why others have none."""
    left: tuple[int, ...] = ()
    """Those that were left for the time they would have taken."""

    def to_dataframe(self) -> pd.DataFrame:
        """A row a certified state, as of `Certificates`, its step first."""
        frame = Certificates(tuple(self.found.values()), {}).to_dataframe()
        frame.insert(0, "step", list(self.found))
        return frame


def certificates_of(
    folder: Path,
    case: Case,
    record: RunRecord,
    states: Mapping[int, Path],
    *,
    within_s: float | None = None,
    first: Collection[int] = (),
    on_step: Callable[[int], None] = lambda done: None,
) -> RunCertificates:
    """Read or make the certificates of a run.

    Parameters
    ----------
    folder : Path
        The run's.
    case, record : Case, RunRecord
    states : mapping
        The saved states' files by step.
    within_s : float, optional
        Time after which the states still to be done are left; none are by default. What was left once is left
        as long as a time is given, so that a report says the same again.
    first : collection of int
        Steps of the states that come before the others where there are many and no time for all.
    on_step : callable, optional
        Takes the number of states done.
    """
    if not states:
        return RunCertificates({}, {})
    made_from = _made_from(record, states)
    kept = _read(folder / FILE_NAME, made_from)
    known = _by_step(kept or Certificates((), {}), states)
    if kept is None or (known.left and within_s is None):
        files = {step: states[step] for step in known.left}
        kept = _together(kept, _made(case, record, files, first, within_s, on_step))
        if all(made_from["outputs"].values()):
            with contextlib.suppress(OSError):  # somebody else's folder: made anew the next time
                (folder / FILE_NAME).write_text(json.dumps(_plain(made_from, kept), indent=1) + "\n")
    return _by_step(kept, states)


def kept_certificates(folder: Path, record: RunRecord, states: Mapping[int, Path]) -> RunCertificates | None:
    """Those that were made of these states before; None where none were."""
    kept = _read(folder / FILE_NAME, _made_from(record, states))
    return None if kept is None else _by_step(kept, states)


def spoilt_certificates(folder: Path) -> str:
    """What is wrong with the file of them in a run's folder; "" where there is none or it can be read."""
    try:
        _parsed(json.loads((folder / FILE_NAME).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return ""
    except _NO_CERTIFICATES:
        remedy = "the next report with certificates makes them anew"
        return f"{folder / FILE_NAME}: holds no certificates that can be read; {remedy}"
    return ""


def _made_from(record: RunRecord, states: Mapping[int, Path]) -> dict[str, Any]:
    hashes = {path.name: record.outputs.get(path.name, "") for path in states.values()}
    return {"revision": REVISION, "run": record.hash, "outputs": hashes}


def _by_step(kept: Certificates, states: Mapping[int, Path]) -> RunCertificates:
    steps = {path.name: step for step, path in states.items()}
    found = {steps[c.file.name]: c for c in kept.states}
    refused = {steps[name]: why for name, why in kept.refused.items()}
    left = tuple(step for step in sorted(states) if step not in found and step not in refused)
    return RunCertificates(dict(sorted(found.items())), refused, left)


def _made(
    case: Case,
    record: RunRecord,
    states: Mapping[int, Path],
    first: Collection[int],
    within_s: float | None,
    on_step: Callable[[int], None],
) -> Certificates:
    """Certify as many as the time allows, in the order of the path, the first before the others."""
    done, until = Certificates((), {}), float("inf")
    early = [step for step in states if step in first and within_s is not None and len(states) > IN_ORDER]
    for steps in (early, [step for step in states if step not in early]):
        files = {states[step].name: states[step] for step in steps}
        before = len(done.states) + len(done.refused)

        def count(n: int, _: int, before: int = before) -> None:
            nonlocal until
            on_step(before + n)
            if until == float("inf") and within_s is not None:  # the first of all waits for a compiler
                until = time.monotonic() + within_s

        if files:
            done = _together(done, _certified(case, record, files, count, lambda: time.monotonic() < until))
    return done


def _certified(
    case: Case,
    record: RunRecord,
    files: Mapping[str, Path],
    on_step: Callable[[int, int], None],
    go_on: Callable[[], bool],
) -> Certificates:
    try:
        return certify_case(case, files, record, on_step=on_step, go_on=go_on)
    except (CertificateError, ScriptError) as error:
        return Certificates((), {name: str(error) for name in files})


def _together(one: Certificates | None, other: Certificates) -> Certificates:
    if one is None:
        return other
    return Certificates((*one.states, *other.states), {**one.refused, **other.refused})


def _plain(made_from: Mapping[str, Any], kept: Certificates) -> dict[str, Any]:
    states = [c.to_dict() | {"file": c.file.name} for c in kept.states]
    return {**made_from, "states": states, "refused": dict(kept.refused)}


def _read(file: Path, made_from: Mapping[str, Any]) -> Certificates | None:
    """What the file holds, if it was made from these states; None otherwise."""
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
        if {key: values[key] for key in made_from} != made_from:
            return None
        return _parsed(values)
    except _NO_CERTIFICATES:
        return None


_NO_CERTIFICATES = (OSError, ValueError, KeyError, TypeError, RecursionError)
"""What reading raises where there are none, or not of this program."""


def _parsed(values: Mapping[str, Any]) -> Certificates:
    return Certificates(tuple(_certificate(each) for each in values["states"]), dict(values["refused"]))


def _certificate(values: Mapping[str, Any]) -> Certificate:
    """A certificate from plain values; TypeError or KeyError if they are not one's."""
    known: dict[str, Any] = {"cut": {}}
    for each in fields(Certificate):
        if each.name == "cut":
            continue
        value = values[each.name]
        kind = _KINDS[str(each.type).partition("[")[0]]
        if not isinstance(value, kind):
            raise TypeError(f"{each.name} = {value!r}")
        known[each.name] = tuple(value) if kind is list else value
    return Certificate(**{**known, "file": Path(known["file"])})
