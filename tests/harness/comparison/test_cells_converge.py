"""Cells of the CPU engine tend to the continuum: smaller ones come nearer, and their limit is its state."""

from itertools import pairwise

import numpy as np
import pytest

from harness.analysis.convergence import extrapolate
from harness.comparison.cell_error import radius_excess
from harness.comparison.cell_runs import measure, references
from harness.papers.continuum import in_cells, shipped
from reduced_model.materials import material

CELLS_NM = (4.0, 2.5, 2.0, 1.25)
R_M = 20e-9


def tends_to(values, exact, error):
    """Differences shrink from size to size, and what they tend to holds the continuum within its interval."""
    away = np.abs(np.array(values) - exact)
    assert all(one > 1.15 * other for one, other in pairwise(away)), away
    cells_m = [cell * 1e-9 for cell in CELLS_NM]
    found = extrapolate(cells_m, values, excess=[radius_excess(R_M, cell)[0] for cell in cells_m])
    assert found.converges and found.holds(exact, error), (found.continuum, found.half_width, exact)
    assert abs(found.continuum - exact) < 0.3 * away[-1]  # the limit is far nearer than the finest cells


@pytest.mark.parametrize("B_T", [0.4, 0.3, 0.2])
def test_the_shipped_runs_of_smaller_cells_tend_to_the_shipped_continuum(B_T):
    falling = shipped("iron/loops.csv").of(20.0)
    (exact,) = falling[np.isclose(falling["B_T"], B_T)].to_dict("records")
    loops = in_cells()
    at = {size: loop.loc[np.isclose(loop["B_T"], B_T), "m"].item() for size, loop in loops.items()}
    tends_to([at[f"{cell:g} nm cells"] for cell in CELLS_NM], exact["m"], exact["m_error"])


@pytest.mark.validate
def test_the_cpu_engine_tends_to_the_continuum():
    """Run here and now: iron, R = 20 nm, at 0.30 T."""
    iron = material("iron")
    ((reference,), _) = references([0.3], R_M, iron)
    runs = measure(CELLS_NM, [0.3], [0.6], 20.0, iron)
    assert all(run.kinds[0.3] == "vortex" for run in runs)
    for name in ("m", "nu"):
        values = [run.values[0.3][name] for run in runs]
        away = np.abs(np.array(values) - reference.values[name])
        assert (np.diff(away) < 0).all()
    tends_to([run.values[0.3]["m"] for run in runs], reference.values["m"], reference.errors["m"])
