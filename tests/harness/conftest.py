"""Small studies and output folders for the tests of the pipeline rooms."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.study import Study

SMALL: dict[str, Any] = {
    "name": "small",
    "material": {"name": "iron"},
    "particle": {"radius_nm": 8},
    "mesh": {"cell_nm": 4},
    "field": {"loop": {"max_T": 1, "step_T": 0.5}},
}

HEADER = (
    "# t (s)\tmx ()\tmy ()\tmz ()\tstep ()\tB_extx (T)\tB_exty (T)\tB_extz (T)\tmaxTorque (T)"
    "\tunnamed.*engine.crossProductx (?)\tunnamed.*engine.crossProducty (?)"
    "\tunnamed.*engine.crossProductz (?)"
)


def _small_with(path: str, value: Any) -> dict[str, Any]:
    values = copy.deepcopy(SMALL)
    table = values
    *parents, key = path.split(".")
    for parent in parents:
        table = table.setdefault(parent, {})
    table[key] = value
    return values


def _write_table(
    out: Path, fields_T: Sequence[float], spoil: Callable[[list[str]], list[str]] = list
) -> None:
    out.mkdir(parents=True, exist_ok=True)
    rows = [
        f"0\t0\t0\t{1 if B >= 0 else -1}\t{k}\t0\t0\t{B:.7g}\t1e-07\t0\t0\t0.01"
        for k, B in enumerate(fields_T)
    ]
    (out / "table.txt").write_text("\n".join(spoil([HEADER, *rows])) + "\n")


@pytest.fixture
def small() -> Study:
    """A loop of ten fields on a few cells, bare."""
    return Study.from_values(SMALL)


@pytest.fixture
def small_with() -> Callable[[str, Any], dict[str, Any]]:
    """Makes the values of the small study with one of them set, at a dotted path."""
    return _small_with


@pytest.fixture
def write_table() -> Callable[..., None]:
    """Writes a table as MuMax3 does, m following the sign of the field; ``spoil`` may change its lines."""
    return _write_table
