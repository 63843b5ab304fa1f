"""What nothing tells of a foreign loop, asked for in one line.

In: what the user says of it, and what its files tell. Out: Lackings, each with its flag; a line of them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from harness.runs.foreign.states import moments
from harness.runs.foreign.told import Told
from harness.study.sweep import NUMBERS


class Lacking(NamedTuple):
    """What nothing tells of a loop."""

    what: str
    flag: str
    """That tells it, with what may be said of it."""


def lacking(
    asked: Told, *, radius_told: bool, material_told: bool, cell_told: bool, state: Path | None
) -> list[Lacking]:
    """What nothing tells of sphere, material and cells; a state tells the cells, and about the radius."""
    found = []
    if asked.radius_nm is None and not radius_told:
        filled_nm = 1e9 * moments(state)[0].sphere_radius_m if state else 0.0
        guess = f" (its magnetic cells fill a sphere of {filled_nm:.4g} nm)" if state else ""
        found.append(Lacking("the sphere's radius", f"--radius-nm{guess}"))
    if asked.numbers and not asked.material:
        flags = [f"--{key.replace('_', '-')}" for key in NUMBERS if key not in asked.numbers]
        found += [Lacking("a number of the material", ", ".join(flags))] if flags else []
    elif not asked.material and not material_told:
        own = "--Ms-A-per-m, --A-J-per-m, --Ku-J-per-m3"
        found.append(Lacking("the material", f"--material NAME (or {own})"))
    if asked.cell_nm is None and not (cell_told or state):
        found.append(Lacking("the size of its cells", "--cell-nm (of finite elements, the edge)"))
    return found


def asked_for(place: Path, found: Sequence[Lacking], scripted: bool) -> str:
    """All that a loop lacks in a line, each with its flag.

    >>> asked_for(Path("a.txt"), [Lacking("its radius", "--radius-nm"), Lacking("its name", "--name")], True)
    'a.txt: its radius and its name are not told; give --radius-nm and --name'
    """
    what, flags = (_listed([each[k] for each in found]) for k in (0, 1))
    script = "" if scripted else ", or --script with the script that ran it"
    return f"{place}: {what} {'are' if len(found) > 1 else 'is'} not told; give {flags}{script}"


def _listed(each: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(each[:-1]), each[-1])))
