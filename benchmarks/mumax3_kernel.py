"""What parts MuMax3 and the CPU engine, kernel, precision or algorithm, on MuMax3's recorded runs.

In: `python -m benchmarks.mumax3_kernel [states] [loops]`, both if none is named, from the checkout's root.
Out: the tables of docs/results/mumax3_kernel.md. Energies are in units of mu0 Ms^2 V / 2.
"""

import itertools
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from harness.checks.agreement import APART
from harness.mx3.files.ovf import read_ovf
from harness.mx3.options import FAITHFUL, Options
from harness.mx3.run import run_script
from harness.runs.output import Run
from harness.runs.table import read_table
from harness.study.script import render
from reduced_model.materials import MU0
from tests.harness.recorded_runs import NAMES, recorded_run

QUADRATURE, SINGLE = {"demag": "mumax3"}, {"float_dtype": "float32"}
CHOICES: dict[str, dict[str, Any]] = {
    "kernel": QUADRATURE,
    "precision": QUADRATURE | SINGLE,
    "algorithm": QUADRATURE | SINGLE | FAITHFUL,
}
"""MuMax3's choices, taken over by the engine one after the other; what is left then is the rest."""
TERMS = ["E_demag", "E_exch", "E_anis"]
TIGHT = {"tolerance_T": 1e-9}


def states() -> None:
    """Energies of MuMax3's saved states, and how far an equilibrium lies from them."""
    for run in map(recorded_run, NAMES):
        for step, file in run.loop.states.items():
            row = run.loop.table.loc[run.loop.table["step"] == step].iloc[0]
            field = ", ".join(repr(float(row[f"B_ext{axis}"])) for axis in "xyz")
            script = "\n".join(
                [
                    run.record.script.split("// --- Columns")[0],
                    f'm.LoadFile("{file.name}")\nB_ext = vector({field})',
                    *(f"TableAdd({term})" for term in TERMS),
                    "TableSave()\nrelax()\nTableSave()\nSave(m)",
                ]
            )
            for name, options in (("exact", {}), ("kernel", QUADRATURE), ("precision", QUADRATURE | SINGLE)):
                out = _run(run, script, TIGHT | options, file)
                table = read_table(out / "table.txt")
                off = (table.loc[0, TERMS] - row[TERMS]) / _unit_J(run)
                start, end = read_ovf(file).m, read_ovf(out / "m000000.ovf").m
                rms = np.sqrt(np.sum((end - start) ** 2) / start.any(axis=0).sum())
                energies = ", ".join(f"{value:.1e}" for value in off)
                print(f"{run.folder.parent.name}/{run.case.name} {step} {name}: {energies}; moved {rms:.1e}")


def loops() -> None:
    """Differences of whole loops, choice by choice, over the rows where all are on one branch."""
    for run in map(recorded_run, NAMES[:-1]):  # not the last, of 2 nm cells: it takes too long
        tables = [_table(run, _run(run, run.record.script, options)) for options in ({}, *CHOICES.values())]
        tables.append(_table(run, run.folder / "out"))
        pairs = dict(zip((*CHOICES, "rest"), itertools.pairwise(tables), strict=True)) | {
            "all": (tables[0], tables[-1])
        }
        together = ~np.any([_apart(*pair) for pair in pairs.values()], axis=0)
        print(f"{run.case.name}: {together.sum()} of {len(together)} rows on one branch")
        for name, (before, after) in pairs.items():
            change = (after - before)[together].abs()
            found = ", ".join(f"{c} {change[c].median():.1e} ({change[c].max():.1e})" for c in change)
            print(f"  {name}: {_apart(before, after).sum()} rows apart; {found}", flush=True)


def _apart(before: pd.DataFrame, after: pd.DataFrame) -> np.ndarray:
    """Which rows of two tables are on different branches."""
    return np.hypot(*(after - before)[["along", "across"]].to_numpy().T) > APART


def _table(run: Run, out: Path) -> pd.DataFrame:
    """Moment along and across the field, and energies, row by row."""
    table, axis = read_table(out / "table.txt"), np.array(run.case.direction)
    m = table[["mx", "my", "mz"]].to_numpy()
    along = m @ axis
    across = np.linalg.norm(m - np.outer(along, axis), axis=1)
    energies = table[["E_total", *TERMS]] / _unit_J(run)
    return pd.DataFrame({"along": along, "across": across}).join(energies)


def _unit_J(run: Run) -> float:
    return float(MU0 * run.case.material.Ms_A_per_m**2 * 4 / 3 * np.pi * run.case.radius_m**3 / 2)


def _run(run: Run, script: str, options: dict[str, Any], state: Path | None = None) -> Path:
    """Output folder of a script that finds a run's masks, and a state, beside it."""
    folder = Path(tempfile.mkdtemp(prefix="kernel-"))
    file = render(run.case).write(folder)
    file.write_text(script, encoding="utf-8")
    if state is not None:
        (folder / state.name).write_bytes(state.read_bytes())
    run_script(file, folder / "out", options=Options(**options))
    return folder / "out"


if __name__ == "__main__":
    for part in sys.argv[1:] or ("states", "loops"):
        {"states": states, "loops": loops}[part]()
