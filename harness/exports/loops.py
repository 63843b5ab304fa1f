"""A run's loop as a table for other programs: CSV and Parquet with units, and MaMMoS's CSV.

In: a Source that is a run, a file. Out: the file. All say what they are of; columns carry their units.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from harness.analysis.loop import branch_of_rows, moment_along, order_parameter
from harness.exports.source import Source
from harness.inputs import InputError
from reduced_model.materials import MU0


@dataclass(frozen=True, eq=False)
class Column:
    """A column of a loop."""

    name: str
    unit: str
    """"" for a number without one, a counter or a word."""
    says: str
    values: Any
    """(n,) numbers or texts."""


def loop_columns(source: Source) -> tuple[Column, ...]:
    """The loop of a run: its rows, what they hold and what is known of each."""
    assert source.run
    case, loop = source.run.case, source.run.loop
    at_fault = [fault.step for fault in source.run.faults]
    files = [loop.states[step].name if step in loop.states else "" for step in loop.step.tolist()]
    order = order_parameter(loop)

    def others() -> Iterator[Column]:
        if source.run and source.run.record.details.get("whole_vector", True):
            for axis, m in zip("xyz", loop.m.T, strict=True):
                yield Column(f"m{axis}", "", f"{axis} component of the mean magnetisation", m)
        if order is not None:
            yield Column("circulation", "", "share of the circulation of a pure vortex", order)
        if loop.residual_T is not None:
            yield Column("maxTorque", "T", "largest torque |m x B| of any cell", loop.residual_T)
        for name in loop.table:
            if name.startswith("E_"):
                yield Column(name, "J", f"{name[2:]} energy", loop.table[name].to_numpy(dtype=float))

    return (
        Column("step", "", "counter of the field path", loop.step),
        Column("branch", "", "which way the field runs", branch_of_rows(loop.B_T).tolist()),
        Column("B_ext", "T", "applied field along its direction", loop.B_T),
        Column("m", "", "mean magnetisation along the field's direction", moment_along(loop, case.direction)),
        *others(),
        Column("sound", "", "0 where the row is no result of the field path", _whole(loop, at_fault)),
        Column("state_file", "", "saved state of the row", files),
    )


def write_csv(source: Source, file: Path) -> None:
    """Comma-separated values below lines, after a #, of what it and its columns are; units in brackets."""
    columns = loop_columns(source)
    with file.open("w", encoding="utf-8", newline="") as stream:
        stream.writelines(f"# {key}: {value}\n" for key, value in source.about.items())
        stream.writelines(f"# column {c.name}: {c.says}\n" for c in columns)
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(f"{c.name} ({c.unit})" if c.unit else c.name for c in columns)
        writer.writerows(zip(*(np.asarray(c.values).tolist() for c in columns), strict=True))


def write_parquet(source: Source, file: Path) -> None:
    """Parquet: unit and meaning in each field's metadata, what it is of in the schema's, under mxval."""
    try:
        import pyarrow  # an extra: few tables need it
        from pyarrow import parquet
    except ImportError:
        raise InputError(
            "--to parquet: needs the package pyarrow, which is not installed; pip install 'mxval[parquet]'"
        ) from None
    columns = loop_columns(source)
    arrays = [pyarrow.array(np.asarray(c.values).tolist()) for c in columns]
    fields = [
        pyarrow.field(c.name, array.type, metadata={"unit": c.unit, "description": c.says})
        for c, array in zip(columns, arrays, strict=True)
    ]
    schema = pyarrow.schema(fields, metadata={"mxval": json.dumps(dict(source.about))})
    parquet.write_table(pyarrow.Table.from_arrays(arrays, schema=schema), file)


_EMMO = "https://w3id.org/emmo#EMMO_"
_MAGNETIC = "https://w3id.org/emmo/domain/magnetic-materials#EMMO_"
ONTOLOGY = {
    "MagneticFluxDensity": f"{_EMMO}961d1aba_f75e_4411_aaa4_457f7516ed6b",
    "ExternalMagneticField": f"{_MAGNETIC}da08f0d3-fe19-58bc-8fb6-ecc8992d5eb3",
    "Magnetization": f"{_EMMO}b23e7251_a488_4732_8268_027ad76d7e37",
    "Energy": f"{_EMMO}31ec09ba_1713_42cb_83c7_b38bf6f9ced2",
}
"""IRIs of the terms that a loop's columns are, by their labels in the magnetic materials ontology."""


def write_mammos(source: Source, file: Path) -> None:
    """MaMMoS's CSV, version 3, as `mammos_entity.from_csv` reads it: terms of its ontology, SI units."""
    assert source.run
    by_name = {c.name: c for c in loop_columns(source)}
    Ms, B_T = source.run.case.material.Ms_A_per_m, np.asarray(by_name["B_ext"].values)
    columns = [
        ("step", "", "", "", by_name["step"].values),
        ("B_ext", "MagneticFluxDensity", "applied field, mu0 H", "T", B_T),
        ("H", "ExternalMagneticField", "applied field along its direction", "A / m", B_T / MU0),
        ("M", "Magnetization", "mean, along the field's direction", "A / m", Ms * by_name["m"].values),
    ]
    columns += [
        (f"M{axis}", "Magnetization", f"mean, {axis} component", "A / m", Ms * by_name[f"m{axis}"].values)
        for axis in "xyz"
        if f"m{axis}" in by_name
    ]
    if "E_total" in by_name:
        columns.append(("E", "Energy", "total energy", "J", by_name["E_total"].values))
    columns.append(("sound", "", by_name["sound"].says, "", by_name["sound"].values))
    names, labels, says, units, values = zip(*columns, strict=True)
    with file.open("w", encoding="utf-8", newline="") as stream:
        rule = f"#{'-' * 40}\n"
        told = [f"# {key}: {value}\n" for key, value in source.about.items()]
        stream.writelines(["# mammos csv v3\n", rule, "# Hysteresis loop.\n", *told, rule])
        writer = csv.writer(stream, lineterminator="\n")
        iris = [ONTOLOGY.get(label, "") for label in labels]
        writer.writerows([labels, says, iris, units, names])
        writer.writerows(zip(*(np.asarray(v).tolist() for v in values), strict=True))


def _whole(loop: Any, at_fault: list[int]) -> Any:
    return (~np.isin(loop.step, at_fault)).astype(int)
