"""MuMax3's demagnetising kernel in scripts: MuMax3's own energies at its own states, and DemagAccuracy."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from harness.mx3 import Options, ScriptError, run_script
from harness.mx3.files.ovf import read_ovf
from harness.mx3.magnet.fields.demag import MU0
from harness.mx3.magnet.magnet import Magnet
from harness.mx3.magnet.mesh import Mesh
from harness.mx3.options import FAITHFUL
from harness.runs.output import Run
from harness.study.script import render

from ..recorded_runs import NAMES, recorded_run

RUNS = [recorded_run(name) for name in NAMES]
KEPT = [(run, step) for run in RUNS for step in run.loop.states]
TERMS = ("E_exch", "E_demag", "E_anis")


def rows(folder: Path, script: str, **options: object) -> dict[str, np.ndarray]:
    """Columns of the table of a script, by name."""
    file, out = folder / "script.mx3", folder / "out"
    file.write_text(script, encoding="utf-8")
    run_script(file, out, options=Options(**options), overwrite=True)  # type: ignore[arg-type]
    names, *_ = (out / "table.txt").read_text(encoding="utf-8").splitlines()
    table = np.loadtxt(out / "table.txt", ndmin=2)
    return dict(zip(re.sub(r"# | \(\S*\)", "", names).split("\t"), table.T, strict=True))


def beside(run: Run, step: int, folder: Path, **options: object) -> dict[str, float]:
    """How far energies are from those of MuMax3's table, at a state it saved, by its own script.

    In units of the energy, or of mu0 Ms^2 V / 2 where that is more: fields round to about mu0 Ms.
    """
    state = run.loop.states[step]
    (folder / "state.ovf").write_bytes(state.read_bytes())
    head = run.record.script.split("// --- Columns")[0]
    adds = "\n".join(f"TableAdd({term})" for term in TERMS)
    found = rows(folder, f'{head}\nm.LoadFile("state.ovf")\n{adds}\nTableSave()', **options)
    volume = read_ovf(state).m.any(axis=0).sum() * (1e-9 * run.case.mesh.cell_nm) ** 3
    unit_J = MU0 * run.case.material.Ms_A_per_m**2 * volume / 2
    table = run.loop.table
    written = {term: float(table.loc[table["step"] == step, term].iloc[0]) for term in TERMS}
    return {term: abs(found[term][0] - J) / max(abs(J), unit_J) for term, J in written.items()}


@pytest.mark.parametrize(("run", "step"), KEPT, ids=[f"{run.case.name}-{step}" for run, step in KEPT])
def test_energies_of_mumax3s_states_are_mumax3s(run: Run, step: int, tmp_path: Path) -> None:
    """To the rounding of sums and fields in single precision, 6e-8 each."""
    double = beside(run, step, tmp_path, demag="mumax3")
    single = beside(run, step, tmp_path, demag="mumax3", float_dtype="float32")
    assert max(double.values()) < 2e-7
    assert max(single.values()) < 1e-7
    exact = beside(run, step, tmp_path)
    assert 1e-5 < exact["E_demag"] < 1e-2
    assert exact["E_exch"] == double["E_exch"]


def test_mumax3s_kernel_tells_x_from_y_where_cubic_cells_do_not() -> None:
    """A tilted core turned by 90 degrees: equal for the exact tensor, 1e-4 of E_demag apart for MuMax3's."""
    run, step = KEPT[0]
    m = read_ovf(run.loop.states[step]).m
    x, y, z = m.swapaxes(2, 3)[..., ::-1]
    n, d = m.shape[1], 1e-9 * run.case.mesh.cell_nm
    found = {}
    for accuracy in (None, 6.0, 12.0):
        magnet = Magnet(Mesh((n, n, n), (d, d, d)), m.any(axis=0))
        magnet.demag_accuracy = accuracy
        magnet.set_parameters(run.case.material.Ms_A_per_m, 0.0)
        energy = []
        for state in (m, np.stack([-y, x, z])):
            magnet.set_m(state)
            energy.append(magnet.energy("demag"))
        found[accuracy] = abs(energy[1] / energy[0] - 1)
    assert found[None] < 1e-13  # rounding
    assert 1e-4 < found[6.0] < 3e-4 and 1e-5 < found[12.0] < 1e-4


def test_there_are_recorded_states_of_both_kinds() -> None:
    moments = [abs(read_ovf(run.loop.states[step]).m.mean(axis=(1, 2, 3))).max() for run, step in KEPT]
    assert len(KEPT) >= 5 and min(moments) < 0.1


BAR = """
SetGridSize(8, 4, 2); SetCellSize(2e-9, 2e-9, 3e-9)
Msat = 8e5; Aex = 13e-12; m = vortex(1, 1); TableAdd(E_demag)
"""


def demag(folder: Path, script: str, **options: object) -> np.ndarray:
    return rows(folder, BAR + script, **options)["E_demag"]


def test_accuracy_is_six_unless_the_script_says_otherwise(tmp_path: Path) -> None:
    (exact,) = demag(tmp_path, "TableSave()")
    (usual,) = demag(tmp_path, "TableSave()", demag="mumax3")
    (spelled,) = demag(tmp_path, "DemagAccuracy = 6; TableSave()", demag="mumax3")
    (finer,) = demag(tmp_path, "DemagAccuracy = 40; TableSave()", demag="mumax3")
    (ignored,) = demag(tmp_path, "DemagAccuracy = 1; TableSave()")
    assert usual == spelled != exact == ignored
    assert abs(finer / exact - 1) < 0.5 * abs(usual / exact - 1)


def test_accuracy_counts_from_the_next_grid_on_as_in_mumax3(tmp_path: Path) -> None:
    script = (
        "TableSave(); DemagAccuracy = 2; TableSave(); SetGridSize(8, 4, 4); SetGridSize(8, 4, 2); TableSave()"
    )
    first, second, third = demag(tmp_path, script, demag="mumax3")
    (coarse,) = demag(tmp_path, "DemagAccuracy = 2; TableSave()", demag="mumax3")
    assert first == second
    assert abs(coarse / first - 1) > 1e-4 and third == pytest.approx(coarse, rel=1e-6)


def test_the_log_names_the_kernel_where_it_is_not_the_exact_one(tmp_path: Path) -> None:
    line = "//demagnetising kernel: MuMax3's quadrature, to DemagAccuracy\n"
    demag(tmp_path, "TableSave()", demag="mumax3")
    assert line in (tmp_path / "out" / "log.txt").read_text(encoding="utf-8")
    demag(tmp_path, "TableSave()")
    assert "demagnetising kernel" not in (tmp_path / "out" / "log.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("accuracy", "allowed"), [("100", "at most 69 for them"), ("1e9", "at most 69"), ("-1", "positive")]
)
def test_an_accuracy_that_would_never_end_is_refused_in_words(tmp_path: Path, accuracy, allowed) -> None:
    with pytest.raises(ScriptError, match=rf"DemagAccuracy.*{allowed}"):
        demag(tmp_path, f"DemagAccuracy = {accuracy}; TableSave()", demag="mumax3")


@pytest.mark.validate
def test_a_loop_by_mumax3s_kernel_precision_and_algorithm_is_mumax3s(tmp_path: Path) -> None:
    """To rounding at most fields; where the state is soft, to 6e-5. By the exact kernel: 2e-4."""
    run = recorded_run("four/R20nm-c4nm-minimize-kick5mT-seed1")
    render(run.case).write(tmp_path)
    found = {}
    for demag in ("mumax3", "newell"):
        table = rows(tmp_path, run.record.script, **FAITHFUL, float_dtype="float32", demag=demag)
        found[demag] = np.abs(table["mz"] - run.loop.table["mz"])
    assert np.median(found["mumax3"]) < 1e-6 and found["mumax3"].max() < 1e-3
    assert 1e-4 < np.median(found["newell"]) < 3e-4
