"""What a user says of a foreign loop, checked; and what is noted of it, told.

In: values of flags or keywords; notes. Out: a Told, in which None is found out from the files, or asked for;
the notes, each cause in a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from harness.inputs import InputError, checked, suggestion
from harness.study.lattice import Triple, unit_vector
from harness.study.study import MeshTable, ParticleTable
from harness.study.sweep import NUMBERS
from reduced_model.materials import MATERIALS

DISBELIEVE = "do not believe what is said of it before that is mended"
MOST_ALIKE = 3
"""Notes that differ in numbers alone and are still told each."""
SAME = 1e-3
"""Share by which a number may be off that of a file, which may be text of four digits."""


def disbelieved(line: str) -> str:
    """A line that takes all trust from a loop."""
    return f"{line}: {DISBELIEVE}"


class Contradiction(NamedTuple):
    """A number that is taken where a file of the loop has another."""

    what: str
    unit: str
    taken: float
    told: float
    by: str
    """The file."""
    hint: str = ""

    @property
    def is_large(self) -> bool:
        """Whether what is said of the loop is said of another one."""
        return abs(self.taken - self.told) > SAME * abs(self.told)

    def __str__(self) -> str:
        told, taken = f"{self.told:.6g} {self.unit}", f"{self.taken:.6g} {self.unit}"
        hint = f" ({self.hint})" if self.hint else ""
        line = f"{self.by}: {self.what} is {told} by it, and {taken} is taken{hint}"
        return disbelieved(line) if self.is_large else line


@dataclass(frozen=True)
class Told:
    """What the user says of a loop; None is found out, or asked for."""

    radius_nm: float | None = None
    material: str | None = None
    """Name of a known one, or a label for the numbers."""
    numbers: Mapping[str, float] = field(default_factory=dict)
    """Ms_A_per_m, A_J_per_m, Ku_J_per_m3."""
    axis: Triple | None = None
    cell_nm: float | None = None
    field_column: str | None = None
    field_direction: Triple | None = None
    full_moment: float | None = None
    fields_T: tuple[float, ...] | None = None

    @classmethod
    def checked(cls, **values: Any) -> Told:
        """The same of values that a study file could hold; InputError for what it could not."""
        if unknown := sorted(values.keys() - cls.__dataclass_fields__.keys()):
            raise InputError(f"{unknown[0]}: unknown; {suggestion(unknown[0], cls.__dataclass_fields__)}")
        for key, table in (("radius_nm", ParticleTable), ("cell_nm", MeshTable)):
            if values.get(key) is not None:
                values[key] = getattr(checked(table, {key: values[key]}), key)
        for key in ("axis", "field_direction"):
            if values.get(key) is not None:
                try:
                    values[key] = unit_vector(values[key])
                except (TypeError, ValueError, IndexError):
                    raise InputError(f"{key} = {values[key]}: must be three numbers, not all 0") from None
        full = values.get("full_moment")
        if full is not None and not 0.0 < full < float("inf"):
            raise InputError(f"full_moment = {full}: must be a positive number")
        return cls(**values)


def told_by_header(about: Mapping[str, str], place: str) -> Told:
    """What a table that this program exported says of its loop; InputError for what no loop has."""

    def numbers(key: str) -> tuple[float, ...] | None:
        try:
            return tuple(map(float, about[key].split())) if key in about else None
        except ValueError:
            raise InputError(f"{place}: its header has {key}: {about[key]}, which is no number") from None

    def number(key: str) -> float | None:
        found = numbers(key)
        return found[0] if found else None

    own = {key: value for key in NUMBERS if (value := number(key)) is not None}
    if own.keys() != NUMBERS.keys():
        own = {}
    known = next((m.name for m in MATERIALS.values() if own == {k: getattr(m, k) for k in NUMBERS}), None)
    values = {key: number(key) for key in ("radius_nm", "cell_nm")}
    axes = {"axis": numbers("easy_axis"), "field_direction": numbers("field_direction")}
    try:
        return Told.checked(**values, **axes, numbers=own, material=known)
    except InputError as error:
        raise InputError(f"{place}: its header: {error}") from None


def told_once(notes: Iterable[str]) -> tuple[str, ...]:
    """Notes, of many that differ in numbers alone, as by file and row, the first with their count.

    >>> told_once([f"m{k}.ovf: {20 - k} off row {k}: left out" for k in range(41)])
    ('m0.ovf: 20 off row 0: left out; so it is with 40 more',)
    """
    alike: dict[str, list[str]] = {}
    for note in dict.fromkeys(notes):
        alike.setdefault(re.sub(r"-?\d+(\.\d+)?(e[-+]?\d+)?", "#", note), []).append(note)
    return tuple(
        line
        for first, *more in alike.values()
        for line in (
            [first, *more] if len(more) < MOST_ALIKE else [f"{first}; so it is with {len(more)} more"]
        )
    )
