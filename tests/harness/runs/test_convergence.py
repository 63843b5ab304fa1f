"""How small a torque counts as none, by engine, precision and mesh."""

import numpy as np
import pytest

from harness.mx3.magnet.magnet import Magnet
from harness.mx3.magnet.mesh import Mesh
from harness.runs.convergence import (
    TorqueLimit,
    torque_limit,
    unsettled,
    unsettled_warning,
)
from harness.study.script import rounding_floor_T
from harness.study.study import Study

from ..recorded_runs import NAMES, recorded_run


def limit_of(name):
    run = recorded_run(name)
    return run, torque_limit(run.case, run.record.engine, run.record.details)


@pytest.mark.parametrize(("name", "floor_T"), [(NAMES[0], 1.4e-6), (NAMES[-1], 4.5e-6)])
def test_the_floor_is_the_cpu_engines_own(name, floor_T):
    run, limit = limit_of(name)
    case = run.case
    inside = np.linalg.norm(case.lattice.positions(), axis=0) <= case.radius_m
    magnet = Magnet(Mesh(case.grid, (case.cell_m,) * 3), inside, dtype="float32")
    magnet.set_parameters(case.material.Ms_A_per_m, case.material.A_J_per_m, case.material.Ku_J_per_m3)
    magnet.set_field((0, 0, max(case.field_values_T)))
    assert limit.floor_T == pytest.approx(magnet.rounding_floor_T, rel=1e-7)  # summed in single there
    assert limit.floor_T == pytest.approx(floor_T, rel=0.05)
    assert limit.value_T == 10 * limit.floor_T


@pytest.mark.parametrize(
    ("engine", "details", "single"),
    [
        ("mumax3", {}, True),
        ("cpu", {}, False),
        ("cpu", {"algorithm": "fast", "float_dtype": "float64"}, False),
        ("cpu", {"algorithm": "fast", "float_dtype": "float32"}, True),
        ("cpu", {"algorithm": "faithful", "float_dtype": "float64"}, True),
    ],
)
def test_who_is_judged_by_the_floor(engine, details, single):
    case = recorded_run(NAMES[0]).case
    limit = torque_limit(case, engine, details)
    assert np.isfinite(limit.floor_T) == single
    assert limit.value_T == (10 * rounding_floor_T(case) if single else 1e-6)
    assert ("single-precision floor of this mesh" in limit.words) == single


def test_a_tolerance_above_the_floor_is_taken_at_its_word():
    values = recorded_run(NAMES[0]).record.study.model_dump() | {"sweep": {}}
    (case, *_) = Study.from_values(values | {"solver": {"tolerance_T": 1e-3}}).cases()
    assert torque_limit(case, "mumax3", {}).value_T == 1e-3
    assert torque_limit(case, "mumax3", {}).words.startswith("0.001 T, 719 times the single-precision floor")


@pytest.mark.parametrize(
    ("name", "fields_T", "worst"),
    [
        ("four/R20nm-c4nm-bare", [0.375, 0.35, -0.375, -0.35], "0.0013 T at step 14 (0.35 T)"),
        (
            "four/R20nm-c4nm-kick5mT-seed1",
            [0.475, 0.175, 0.075, -0.125, -0.475, -0.175, -0.15, 0.125],
            "0.00028 T at step 79 (-0.15 T)",
        ),
        (
            "relaxed/R20nm-c2nm-bare",
            [0.33, 0.32, -0.05, -0.06, -0.07, -0.08, -0.09, -0.1, -0.11, -0.12],
            "0.0022 T at step 54 (-0.12 T)",
        ),
    ],
)
def test_rows_that_relax_leaves_near_folds_are_news(name, fields_T, worst):
    run, limit = limit_of(name)
    over = unsettled(run.loop, limit)
    assert run.loop.B_T[over].tolist() == pytest.approx(fields_T)
    (line,) = unsettled_warning(run.loop, limit)
    assert (
        line.startswith(f"{len(fields_T)} of {len(run.loop.step)} rows are no equilibrium") and worst in line
    )


@pytest.mark.parametrize("name", [n for n in NAMES if "minimize" in n or "bias" in n])
def test_rows_within_rounding_are_none(name):
    """Dozens of them are above 1e-6 T, which single precision cannot reach on these cells."""
    run, limit = limit_of(name)
    if "minimize" in name:
        assert (run.loop.residual_T > 1e-6).sum() > 50
    assert not unsettled(run.loop, limit).any() and unsettled_warning(run.loop, limit) == ()


def test_an_engine_that_records_no_torque_leaves_nothing_to_say(tmp_path, write_table):
    from harness.runs.table import read_loop

    write_table(tmp_path, (1.0,), lambda lines: [line.replace("maxTorque", "other") for line in lines])
    loop = read_loop(tmp_path, (1.0,))
    assert loop.residual_T is None and unsettled_warning(loop, TorqueLimit(1e-6)) == ()
