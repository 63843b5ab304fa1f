"""The certificates of a run's saved states, kept beside it.

In: a case, its record and the paths of its states. Out: certificates by step, and why others have none. They
are read from certificates.json in the run's folder where that was made from these very states, else made and
written there; they are analysis, no part of the run's identity.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from harness.analysis.certificate import Certificate, Certificates
from harness.analysis.certify import CertificateError, certify_case
from harness.mx3.errors import ScriptError
from harness.runs.record import RunRecord
from harness.study.study import Case
from reduced_model.results import Shown

FILE_NAME = "certificates.json"
REVISION = 1
"""Raised by hand when the same states would be certified otherwise."""
_KINDS: dict[str, Any] = {"float": (float, int), "int": int, "str": str, "Path": str, "tuple": list}


@dataclass(frozen=True, eq=False, repr=False)
class RunCertificates(Shown):
    """Certificates of saved states by step, without their pictures."""

    found: Mapping[int, Certificate]
    refused: Mapping[int, str]
    """Why others have none."""


def certificates_of(
    folder: Path, case: Case, record: RunRecord, states: Mapping[int, Path]
) -> RunCertificates:
    """Read or make the certificates of a run.

    Parameters
    ----------
    folder : Path
        The run's.
    case, record : Case, RunRecord
    states : mapping
        The saved states' files by step.
    """
    if not states:
        return RunCertificates({}, {})
    hashes = {path.name: record.outputs.get(path.name, "") for path in states.values()}
    made_from = {"revision": REVISION, "run": record.hash, "outputs": hashes}
    kept = _read(folder / FILE_NAME, made_from)
    if kept is None:
        kept = _made(case, record, states)
        if all(hashes.values()):
            with contextlib.suppress(OSError):  # somebody else's folder: made anew the next time
                (folder / FILE_NAME).write_text(json.dumps(_plain(made_from, kept), indent=1) + "\n")
    steps = {path.name: step for step, path in states.items()}
    return RunCertificates(
        {steps[c.file.name]: c for c in kept.states}, {steps[name]: why for name, why in kept.refused.items()}
    )


def _made(case: Case, record: RunRecord, states: Mapping[int, Path]) -> Certificates:
    files = {path.name: path for path in states.values()}
    try:
        return certify_case(case, files, record)
    except (CertificateError, ScriptError) as error:
        return Certificates((), {name: str(error) for name in files})


def _plain(made_from: Mapping[str, Any], kept: Certificates) -> dict[str, Any]:
    states = [c.to_dict() | {"file": c.file.name} for c in kept.states]
    return {**made_from, "states": states, "refused": dict(kept.refused)}


def _read(file: Path, made_from: Mapping[str, Any]) -> Certificates | None:
    """What the file holds, if it was made from these states; None otherwise."""
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
        if {key: values[key] for key in made_from} != made_from:
            return None
        states = tuple(_certificate(each) for each in values["states"])
        return Certificates(states, dict(values["refused"]))
    except (OSError, ValueError, KeyError, TypeError):  # none there, or not one of this program's
        return None


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
