"""27 runs of one script by MuMax3 on two GPUs: what docs/results/gpu.md says of them, from the tables."""

import numpy as np
import pandas as pd
import pytest

from harness import shipped

TABLES = sorted((shipped.CHECKOUT / "mumax_runs" / "recorded" / "replicas").glob("run*/table.txt"))
NUCLEATION_T, TILT_T = 0.50823, 0.15682
"""Where the uniform state and the upright core end on 2 nm cells, as roots of their smallest curvature."""


@pytest.fixture(scope="module")
def m():
    """m_z by row and run, NaN where a run was stopped before."""
    read = [pd.read_csv(table, sep="\t")["mz ()"].reindex(range(282)) for table in TABLES]
    return np.array(read).T


@pytest.fixture(scope="module")
def field():
    return np.array([*range(70, -71, -1), *range(-70, 71)]) / 100


def test_runs_part_only_where_a_saddle_was_left(m, field):
    assert m.shape == (282, 27)
    apart = np.nanmax(m, axis=1) - np.nanmin(m, axis=1)
    assert (apart > 1e-4).sum() == 40 and apart[apart < 1e-4].max() < 4e-5
    towards = np.where(np.arange(282) < 141, field, -field)
    assert np.all(towards[apart > 1e-4] < NUCLEATION_T)
    of_the_core = (
        (apart > 1e-4) & (np.abs(np.nanmin(np.abs(m), axis=1)) < 0.5) & (np.nanmax(np.abs(m), axis=1) < 0.9)
    )
    assert of_the_core.any() and np.all(towards[of_the_core] < TILT_T)


def test_fields_at_which_they_leave(m, field):
    down = [field[np.flatnonzero(np.abs(run[:141]) < 0.99)[0]] for run in m.T]
    up = [field[141 + np.flatnonzero(np.abs(run[141:]) < 0.99)[0]] for run in m.T]
    assert (min(down), max(down)) == (0.29, 0.34) and (min(up), max(up)) == (-0.34, -0.28)
    assert m[70] == pytest.approx(np.full(27, 0.15673), abs=5e-6)  # zero field: the saddle all of them hold
