"""Torques that grow row by row: on a saddle they do, on a minimum they do not."""

from pathlib import Path

import numpy as np
import pytest

from harness.analysis.torque_growth import torque_growths
from harness.runs.foreign.table import read_foreign_table

RECORDED = Path(__file__).parents[3] / "mumax_runs" / "recorded"


def _growths(case):
    table = read_foreign_table(RECORDED / case / "out" / "table.txt")
    return torque_growths(table.columns["B_extz"], table.columns["maxTorque"])


def test_mumax3_s_relax_on_two_saddles():
    uniform, upright = _growths("relaxed/R20nm-c2nm-bare")
    assert (round(uniform.last_T, 2), round(upright.last_T, 2)) == (0.32, -0.12)
    assert uniform.to_torque_T > 1e3 * uniform.from_torque_T
    assert 1.5 < upright.by_row < 1.9
    assert upright.first_T > -0.005 > upright.last_T  # from about zero field on


def test_mumax3_s_relax_where_a_bias_breaks_the_symmetry():
    assert _growths("four/R20nm-c4nm-bias2mT+") == ()


def test_a_spike_beside_a_fold_is_no_growth():
    B = np.linspace(0.2, 0.0, 9)
    assert torque_growths(B, np.array([1e-6, 1e-6, 1.3e-6, 1.7e-6, 4e-6, 6e-4, 1e-6, 1e-6, 1e-6])) == ()


@pytest.mark.parametrize("scatter", [0.35, 0.7, 1.2, 2.3])
@pytest.mark.parametrize("kind", ["independent", "outliers", "neighbours alike"])
def test_scatter_is_no_growth(scatter, kind):
    """Torques that scatter by 0.3 to 2 decades: of 40 loops of 400 rows at most one is taken for a saddle."""
    random = np.random.default_rng(7)
    draw = {
        "independent": lambda: random.normal(0, scatter, 400),
        "outliers": lambda: scatter * random.standard_t(3, 400),
        "neighbours alike": lambda: np.convolve(random.normal(0, scatter, 401), (0.8, 0.6), "valid"),
    }[kind]
    B = np.linspace(1, -1, 400)
    assert sum(bool(torque_growths(B, 1e-6 * np.exp(draw()))) for _ in range(40)) <= 1


@pytest.mark.parametrize(
    ("scatter", "by_row", "n", "least"),
    [(0.1, 10.0, 4, 20), (0.35, 3.0, 6, 19), (0.7, 1.7, 15, 19), (1.2, 1.7, 18, 12)],
)
def test_growth_is_found_under_scatter(scatter, by_row, n, least):
    random, B = np.random.default_rng(3), np.linspace(1, -1, 400)
    found = []
    for _ in range(20):
        logs = random.normal(0, scatter, 400)
        logs[200 : 200 + n] += np.log(by_row) * np.arange(1, n + 1)
        found += [g for g in torque_growths(B, 1e-6 * np.exp(logs)) if 190 < g.first < g.last < 203 + n]
    assert len(found) >= least
    assert np.median([g.by_row for g in found]) == pytest.approx(by_row, rel=0.5)


def test_without_torques_nothing_is_told():
    assert torque_growths(np.zeros(3), None) == ()
