"""Torques that grow row by row: on a saddle they do, on a minimum they do not."""

from pathlib import Path

import numpy as np

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


def test_rounding_is_no_growth():
    noise = 1e-6 * np.exp(np.random.default_rng(0).normal(0, 0.7, 400))
    assert torque_growths(np.linspace(1, -1, 400), noise) == ()


def test_without_torques_nothing_is_told():
    assert torque_growths(np.zeros(3), None) == ()
