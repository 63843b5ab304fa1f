"""The keys of [sweep]: what each stands for, and what that does to the tables of a study file.

In: nested tables, as a file holds them. Out: the same with values set, taken out, or completed from a sweep.
A key of a protocol stands for it in every [[protocol]] table of a kind that has it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from harness.inputs import InputError, KeyPath, key_path, suggestion
from harness.study.protocols import PROTOCOLS
from reduced_model.materials import MATERIALS

NUMBERS = {"Ms_A_per_m": "Ms", "A_J_per_m": "A", "Ku_J_per_m3": "Ku"}
"""The constants of a material, with what they are called in names."""

SWEEPABLE: dict[str, tuple[str, str]] = {
    "material": ("material", "name"),
    **{key: ("material", key) for key in NUMBERS},
    "radius_nm": ("particle", "radius_nm"),
    "cell_nm": ("mesh", "cell_nm"),
    "edge_smooth": ("mesh", "edge_smooth"),
    "offset_cells": ("mesh", "offset_cells"),
    "solver": ("solver", "method"),
    "tolerance_T": ("solver", "tolerance_T"),
    "algorithm": ("solver", "algorithm"),
    "precision": ("solver", "precision"),
    "demag": ("solver", "demag"),
    "surface": ("solver", "surface"),
    **{
        key: ("protocol", key)
        for protocol in PROTOCOLS.values()
        for key in protocol.model_fields
        if key not in ("kind", "seed", "seeds")  # seeds multiply by themselves
    },
}
"""Keys of [sweep], each with the table and key it stands for."""

Table = Mapping[str, Any]


def tables_of(values: Table, key: str) -> Iterator[tuple[KeyPath, Table]]:
    """The tables a swept key stands for, with their places, as far as they are tables."""
    table, field = SWEEPABLE[key]
    given = values.get(table, {})
    if table != "protocol":
        given = [given]
    for place, each in enumerate(given if isinstance(given, list | tuple) else ()):
        if isinstance(each, Mapping) and (table != "protocol" or field in _keys(each)):
            yield (table, place) if table == "protocol" else (table,), each


def with_value(values: Table, key: str, value: Any, source: str) -> dict[str, Any]:
    """Values with another one at all places of a swept key; raises InputError if there is none."""
    table, field = SWEEPABLE[key]
    if table == "protocol" and not any(tables_of(values, key)):
        kinds = " or ".join(kind for kind, model in PROTOCOLS.items() if field in model.model_fields)
        raise InputError(f"{key}: there is no [[protocol]] of kind {kinds} to have it ({source})")
    return _changed(values, key, lambda given: {**given, field: value})


def without(values: Table, key: str) -> dict[str, Any]:
    """Values that leave out a swept key; without its name a material has no numbers either."""
    gone = {SWEEPABLE[key][1], *(NUMBERS if key == "material" else ())}
    return _changed(values, key, lambda given: {k: v for k, v in given.items() if k not in gone})


def with_first_swept_values(values: Table, source: str) -> dict[str, Any]:
    """Complete the tables with the first value of each sweep, after checking the sweep itself."""
    complete, sweep = dict(values), values.get("sweep", {})
    if not isinstance(sweep, Mapping):
        raise InputError(f"sweep: must be a table of lists ({source})")
    for key, listed in sweep.items():
        if key not in SWEEPABLE:
            raise InputError(f"sweep.{key}: cannot be swept; {suggestion(key, SWEEPABLE)} ({source})")
        if not isinstance(listed, list | tuple) or not listed:
            raise InputError(f"sweep.{key} = {listed}: must be a list of one or more values ({source})")
        field = SWEEPABLE[key][1]
        for place, given in tables_of(values, key):
            if field in given:
                at = f"{key_path((*place, field))} = {given[field]}"
                raise InputError(f"{at}: stands in [sweep] too; keep one of them ({source})")
        if not (key in NUMBERS and _known_material(values)):  # it brings its numbers
            complete = with_value(complete, key, listed[0], source)
    return complete


def if_listed(path: KeyPath) -> str:
    """What to do where a list stands and one value belongs."""
    ends = (path[0], path[-1])
    key = next((key for key, place in SWEEPABLE.items() if place == ends), None)
    if path[0] == "protocol":
        return "write a [[protocol]] table for each" + (
            f", or list them as {key} under [sweep]" if key else ""
        )
    if key:
        return f"to run several, list them as {key} under [sweep]"
    return f"only {', '.join(SWEEPABLE)} can be listed, under [sweep]"


def _changed(values: Table, key: str, change: Callable[[Table], Table]) -> dict[str, Any]:
    """Values with every table of a swept key changed."""
    changed = dict(values)
    for (table, *place), given in tables_of(values, key):
        if place:
            changed[str(table)] = [*changed[str(table)]]
            changed[str(table)][place[0]] = change(given)
        else:
            changed[str(table)] = change(given)
    return changed


def _keys(protocol: Table) -> tuple[str, ...]:
    """The keys of a protocol's kind; none where there is no such kind."""
    kind = protocol.get("kind")
    return tuple(PROTOCOLS[kind].model_fields) if isinstance(kind, str) and kind in PROTOCOLS else ()


def _known_material(values: Table) -> bool:
    """Whether the study names its material, or sweeps names."""
    material = values.get("material", {})
    name = material.get("name") if isinstance(material, Mapping) else None
    return "material" in values["sweep"] or (isinstance(name, str) and name in MATERIALS)
