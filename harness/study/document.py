"""Every key of a study file, made from the models: the page `docs/study.md`, and a study to start from.

In: nothing, or a name; `python -m harness.study.document docs/study.md` writes the page. Out: Markdown; or a
study in TOML, in which every key stands with its meaning, those that have a default as comments.
"""

import inspect
import json
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from harness.inputs import StrictModel, allowed
from harness.study.field_path import FieldPath, FullLoop, Segment
from harness.study.numbers import number
from harness.study.protocols import PROTOCOLS
from harness.study.study import (
    ContinuumTable,
    MaterialTable,
    MeshTable,
    ParticleTable,
    SaveTable,
    SolverTable,
    Study,
)
from harness.study.sweep import SWEEPABLE
from reduced_model.materials import MATERIALS

TABLES: dict[str, type[StrictModel]] = {
    "material": MaterialTable,
    "particle": ParticleTable,
    "mesh": MeshTable,
    "field": FieldPath,
    "solver": SolverTable,
    "save": SaveTable,
    "continuum": ContinuumTable,
}
WRITTEN: dict[str, Any] = {
    "material.name": "iron",
    "particle.radius_nm": 20,
    "mesh.cell_nm": 4,
    "field.loop": {"max_T": 0.8, "step_T": 0.01},
    "kick.kind": "kick",
    "kick.b_mT": 5,
}
"""The keys a new study sets; every other one is a comment."""
EXAMPLES: dict[str, Any] = {
    "material.Ms_A_per_m": 1.7e6,
    "material.A_J_per_m": 1e-11,
    "material.Ku_J_per_m3": 4.8e4,
    "field.segments": [{"start_T": 0.8, "stop_T": -0.8, "step_T": 0.01}],
    "field.values_T": [0.8, 0.4, 0, -0.4],
    "save.every_T": 0.1,
    "tilt.theta_deg": 2,
    "kick.seeds": [1, 2, 3],
}
"""Values shown for keys that have no default."""
SWEPT: dict[str, Any] = {
    "material": ["iron", "cobalt"],
    "radius_nm": [15, 20],
    "cell_nm": [4, 2.5],
    "edge_smooth": [0, 8],
    "offset_cells": [[0, 0, 0], [0.5, 0.5, 0.5]],
    "solver": ["relax", "minimize"],
}
"""Values shown for keys of [sweep]; for the others, their own default or example."""


PAGE_HEAD = """# The keys of a study file

Made from the models by `python -m harness.study.document docs/study.md`; a test keeps it so. `mxval new NAME`
writes a study with every key in it. A key that is not listed here is refused, as is a value outside its
range; values in it that no magnet has are named by `mxval plan` and `run`, and first in the report.
From Python, `study.with_(radius_nm=14)` gives the study with any key of `[sweep]`, or any table, changed.

## At the top
"""
SWEEP_HEAD = """
## [sweep]

Lists of values; every combination is run, for each protocol and seed. A key stands here or in its table, not
in both; a protocol's is swept in every `[[protocol]]` that has it. A material whose numbers are swept is
named after them, `iron_Ku100000`: it is iron no longer.

| key | stands for |
| --- | --- |
"""


def page() -> str:
    """The page of keys, as Markdown."""
    top = {key: Study.model_fields[key] for key in ("name", "description", "repeats")}
    swept = (f"| `{key}` | `{table}.{field}` |" for key, (table, field) in SWEEPABLE.items())
    sections = (line for name, model in TABLES.items() for line in _section(name, model))
    lines = (PAGE_HEAD, *_table(top), *sections, *_protocols(), SWEEP_HEAD + "\n".join(swept))
    return "\n".join(lines) + "\n"


def _section(name: str, model: type[StrictModel]) -> Iterator[str]:
    """A table of the file."""
    yield from ("", f"## [{name}]", "", _sentence(model), "", *_table(model.model_fields))
    if name == "material":
        known = ", ".join(f"`{known}`" for known in MATERIALS)
        yield from ("", f"Known names: {known}; `mxval materials` has their numbers and sources.")
    if name == "field":
        for inner, table in (("loop", FullLoop), ("segments", Segment)):
            yield from ("", f"`{inner}`: {_sentence(table)}", "", *_table(table.model_fields))


def _protocols() -> Iterator[str]:
    """The protocols, each with its keys."""
    yield from (
        "",
        "## [[protocol]]",
        "",
        "What breaks the symmetry: a table each, a case each (and each seed).",
    )
    for kind, protocol in PROTOCOLS.items():
        fields = {key: field for key, field in protocol.model_fields.items() if key != "kind"}
        yield from (
            "",
            f'### kind = "{kind}"',
            "",
            f"{protocol.summary[:1].upper()}{protocol.summary[1:]}.",
            "",
        )
        yield from _table(fields) if fields else ("No keys of its own.",)


def new_study(name: str) -> str:
    """A study that can be run as it stands, with every key and its meaning."""
    lines = [
        f"# A study of mxval. `mxval plan {name}.toml` lists its cases, `mxval run {name}.toml` runs them.",
        "# A key that is commented out shows its default, or an example where it has none.",
        "",
        *_comment("name", Study.model_fields["name"]),
        f"name = {json.dumps(name)}",
        *_entry("", "description", Study.model_fields["description"]),
        *_entry("", "repeats", Study.model_fields["repeats"]),
    ]
    for table, model in TABLES.items():
        lines += ["", f"# {_sentence(model)}", f"[{table}]"]
        for key, field in model.model_fields.items():
            lines += _entry(table, key, field)
    lines += ["", '# What breaks the symmetry: a [[protocol]] table each; without any, kind = "bare".']
    for kind, protocol in sorted(PROTOCOLS.items(), key=lambda pair: f"{pair[0]}.kind" not in WRITTEN):
        mark = "" if f"{kind}.kind" in WRITTEN else "# "
        lines += ["", f"# {kind}: {protocol.summary}", f"{mark}[[protocol]]", f'{mark}kind = "{kind}"']
        for key, field in protocol.model_fields.items():
            lines += _entry(kind, key, field) if key != "kind" else ()
    rule = "# Lists of values: every combination is run. A key stands here or in its table, not in both."
    lines += ["", rule, "[sweep]"]
    lines += [f"# {key} = {_toml(_swept(key))}" for key in SWEEPABLE]
    return "\n".join(lines) + "\n"


def _entry(table: str, key: str, field: FieldInfo) -> Iterator[str]:
    """A key of a study file below its meaning, commented out unless a new study sets it."""
    place = f"{table}.{key}"
    yield from _comment(key, field)
    written = place in WRITTEN
    yield f"{'' if written else '# '}{key} = {_toml(WRITTEN[place] if written else _shown(place, field))}"


def _comment(key: str, field: FieldInfo) -> Iterator[str]:
    rule = f" ({text})" if (text := allowed(field)) else ""
    yield from textwrap.wrap(
        f"{key}: {_meaning(field)}{rule}", 98, initial_indent="# ", subsequent_indent="#   "
    )


def _table(fields: Mapping[str, FieldInfo]) -> Iterator[str]:
    """A table of keys, as Markdown."""
    yield "| key | meaning | allowed | default |"
    yield "| --- | --- | --- | --- |"
    for key, field in fields.items():
        given = _default(field)
        default = "required" if field.is_required() else "" if given is None else f"`{_toml(given)}`"
        cells = (f"`{key}`", _meaning(field), allowed(field), default)
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _shown(place: str, field: FieldInfo) -> Any:
    return EXAMPLES[place] if place in EXAMPLES else _default(field)


def _swept(key: str) -> list[Any]:
    """Values to show a sweep with."""
    if key in SWEPT:
        return list(SWEPT[key])
    table, name = SWEEPABLE[key]
    models = {kind: model for kind, model in PROTOCOLS.items() if name in model.model_fields}
    owners: dict[str, type[StrictModel]] = {**models} if table == "protocol" else {table: TABLES[table]}
    owner, model = next(iter(owners.items()))
    return [_shown(f"{owner}.{name}", model.model_fields[name])]


def _default(field: FieldInfo) -> Any:
    return None if field.is_required() else field.get_default(call_default_factory=True)


def _meaning(field: FieldInfo) -> str:
    return " ".join((field.description or "").split())


def _sentence(model: type[StrictModel]) -> str:
    """The first line of a model's docstring."""
    return (inspect.getdoc(model) or "").splitlines()[0]


def _toml(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return number(value) if isinstance(value, float) else json.dumps(value)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
