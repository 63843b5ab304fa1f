"""A MuMax3 script beside an output: what it is about, and whether it can have written that output.

In: a script; the table's fields and energies, the first state. Out: an Outline, and a Check of it: a script
that says otherwise than what lies there did not run it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.inputs import InputError
from harness.mx3.errors import ScriptError
from harness.mx3.files.ovf import VectorField
from harness.mx3.names.outside import OTHER_ENERGY, refusal
from harness.mx3.outline import Outline
from harness.runs.foreign.lines import SMALL_FIELD
from harness.runs.foreign.table import ForeignTable
from harness.study.lattice import Triple
from harness.study.protocols import PROTOCOLS

Vector = NDArray[np.float64]

SAME_FIELD = 1e-5
"""Share of the largest field by which a row's may be off the script's, which its steps add up in turn."""
SAME_MOMENT = 0.01
"""Share by which Ms V may be off; single precision and EdgeSmooth's samples keep within it."""
JUDGED = "only spheres with exchange, demagnetising field, one uniaxial axis and the applied field are judged"
LEAST_WORK = 0.1
"""Share of the largest m.B that counts when Ms V is read from the Zeeman energy."""


@dataclass(frozen=True)
class Check:
    """What of a script agrees with an output, and what does not, in words."""

    agrees: tuple[str, ...]
    differs: tuple[str, ...]


def held_against(
    outline: Outline,
    table: ForeignTable | None,
    fields_T: Vector | None,
    state: VectorField | None,
    line: Triple | None = None,
) -> Check:
    """Hold a script against what it should have written.

    Parameters
    ----------
    outline : Outline
    table : ForeignTable, optional
    fields_T : (n, 3) array, optional
        Fields of the table's rows, where it has them.
    state : VectorField, optional
        A saved magnetisation.
    line : (3,) floats, optional
        Along which alone the table has the field.
    """
    told: list[tuple[bool, str, str]] = []
    """Whether it is the same, what is, and what is not."""
    rows, known = table.rows_of_script if table else np.arange(0), len(outline.fields_T)
    if rows.size and rows[-1] >= known:
        told.append((False, "", f"it writes {known} rows, and the table has {rows[-1] + 1}"))
    elif fields_T is not None:
        fields = _fields(outline, fields_T, rows, line)
        if line and fields[0]:
            fields_T = outline.fields_T[rows]
        if fields[0] or not outline.unread:  # a mask that is lost may have made the rest of the field
            told.append(fields)
    if table and fields_T is not None and (found := moment_by_zeeman(table, fields_T)):
        own = outline.Ms_A_per_m * float(outline.fill.sum() * np.prod(outline.cell_m))
        otherwise = f"its Ms times volume is {own:.4g} A m2, by the table's Zeeman energy {found:.4g} A m2"
        told.append((_same(found, own), "Ms times volume by the Zeeman energy", otherwise))
    if state is not None:
        told += _cells(outline, state)
    agrees = tuple(what for same, what, _ in told if same)
    return Check(agrees, tuple(otherwise for same, _, otherwise in told if not same))


def _same(found: float, own: float) -> bool:
    return abs(found - own) <= SAME_MOMENT * abs(own)


def _fields(
    outline: Outline, found: Vector, rows: NDArray[np.int_], line: Triple | None
) -> tuple[bool, str, str]:
    """The script's fields against the table's, which are some of its rows: it may have been stopped early."""
    own = outline.fields_T
    if line is not None:
        own = np.outer(own @ line, line)
    n, largest = len(found), max(float(np.abs(found).max()), float(np.abs(own).max()))
    until_next = np.linalg.norm(np.diff(own, axis=0, append=own[-1:]), axis=1)
    late = np.where(np.isin(rows, list(outline.in_time)), until_next[rows], 0.0)
    off = np.linalg.norm(found - own[rows], axis=1) - late
    worst = int(off.argmax())
    script, table = (f"({', '.join(f'{x:g}' for x in of[worst])}) T" for of in (own[rows], found))
    return (
        bool(off[worst] <= SAME_FIELD * largest + 1e-12),
        f"the fields of {n} rows" + (f" (of {len(own)} that it writes)" if n < len(own) else ""),
        f"its field in row {rows[worst]} is {script}, and the table's {table}",
    )


def _cells(outline: Outline, state: VectorField) -> list[tuple[bool, str, str]]:
    """The script's cells, which of them hold a moment, and its Ms, against those of a state."""
    name = state.path.name if state.path else "the state"
    n = state.m.shape[:0:-1]
    own, found = (
        f"{'x'.join(map(str, count))} cells of {' x '.join(f'{1e9 * edge:.4g}' for edge in cell)} nm"
        for count, cell in ((outline.n, outline.cell_m), (n, state.cell_m))
    )
    same = tuple(outline.n) == n and np.allclose(outline.cell_m, state.cell_m, rtol=1e-4)
    told = [(same, f"the cells of {name}", f"it has {own}, {name} {found}")]
    magnetic, filled = int(np.any(state.m, axis=0).sum()), int((outline.fill > 0).sum())
    if same and magnetic != filled:
        told.append((False, "", f"its body fills {filled} cells, and {magnetic} of {name} are magnetic"))
    if state.unit == "A/m":
        longest = float(np.linalg.norm(state.m, axis=0).max())
        otherwise = f"its Ms is {outline.Ms_A_per_m:g} A/m, and that of {name} {longest:.6g} A/m"
        told.append((_same(longest, outline.Ms_A_per_m), f"the Ms of {name}", otherwise))
    return told


def require_no_added_terms(script: Path, error: ScriptError) -> None:
    """Refuse a script that cannot be followed because it adds terms to the energy."""
    if any(refusal(subject) in error.message for subject in OTHER_ENERGY):
        raise InputError(f"{script}: {error}: {JUDGED}")


def judged(script: Path, outline: Outline) -> Iterator[str]:
    """A line where masks add to the field of the table; InputError for a script of another energy."""
    if outline.other_problem:
        raise InputError(f"{script}: its energy {outline.other_problem}: {JUDGED}")
    largest_T = np.abs(outline.fields_T).max(initial=0.0)
    if outline.extra_T > SMALL_FIELD * largest_T and rendered_protocol(script) is None:
        yield (
            f"{script} adds a field of up to {outline.extra_T:.3g} T by masks, which is not in the field of "
            "the table, nor in continuum, models and certificates"
        )


def rendered_protocol(script: Path) -> tuple[str, dict[str, Any]] | None:
    """The protocol of a script that mxval rendered, in its head's words and as values; None of any other."""
    told = re.search(r"^// Symmetry-breaking protocol: (.*)\.$", script.read_text(), re.M)
    if not told:
        return None
    values: dict[str, Any] = {}
    for part in told[1].split(", "):
        key, _, text = part.partition(" = ")
        values[key] = text if key == "kind" else json.loads(text)
    return (told[1], values) if values.get("kind") in PROTOCOLS else None


def moment_by_zeeman(table: ForeignTable, fields_T: Vector) -> float | None:
    """Ms V in A m2, as E_Zeeman = -Ms V <m>.B of all rows has it; None where the table does not tell."""
    needed = ("E_Zeeman", "mx", "my", "mz")
    if not all(name in table.columns for name in needed):
        return None
    energy, *m = (table.columns[name] for name in needed)
    work = (np.stack(m, axis=1) * fields_T).sum(axis=1)
    if not work.any():
        return None
    told = np.abs(work) >= LEAST_WORK * np.abs(work).max()
    return float(-(work[told] @ energy[told]) / (work[told] @ work[told]))
