"""Rows that no descent can have led to: found where they are, and nowhere else."""

from dataclasses import replace

import numpy as np
import pytest

from harness.engines import CpuEngine
from harness.engines.base import OutputForeign
from harness.runs.descent import Rule, fault_warning, faults_of
from harness.runs.execute import execute
from harness.runs.output import read
from harness.runs.plan import plan
from harness.study.script import rounding_floor_T
from harness.study.study import Study
from reduced_model.materials import MU0

from ..recorded_runs import NAMES, recorded_run

MAXIMUM = "four/R20nm-c4nm-minimize-tilt2deg"
KICKED_MAXIMUM = "finer/R20nm-c4nm-minimize-kick5mT-seed1"
ASCENDING = (-0.5, -0.2, 0.0, 0.1, 0.2, 0.4)
UNTIDY = (0.3, -0.05, 0.1, -0.4, -0.4, 0.02, 0.0, -0.2, 0.35, 0.05, -0.1, 0.25)


def study_of(**changes):
    values = {
        "name": "small",
        "material": {"name": "iron"},
        "particle": {"radius_nm": 9},
        "mesh": {"cell_nm": 3},
        "field": {"values_T": UNTIDY},
        "save": {"ovf": "none"},
        "protocol": [{"kind": "bare"}],
    }
    return Study.from_values(values | changes)


def runs_of(study, folder, **options):
    """The runs of a study's cases by the CPU engine."""

    class Engine(CpuEngine):
        def options(self, *given, **asked):
            return super().options(*given, **asked) | options

    engine = Engine()
    return [read(execute(run, engine), run.case) for run in plan(study, engine, folder)]


def with_energy(loop, row, more_J):
    """The loop with one row's energy raised, as if it sat somewhere else."""
    table = loop.table.copy()
    table.loc[row, "E_total"] += more_J
    return replace(loop, table=table)


def moment_of(run):
    """Ms V in J/T, from the cells themselves."""
    r = np.linalg.norm(run.case.lattice.positions(), axis=0)
    return run.case.material.Ms_A_per_m * (r <= run.case.radius_m).sum() * run.case.cell_m**3


@pytest.mark.parametrize(
    ("name", "first", "count", "B_T"), [(MAXIMUM, 25, 89, 0.075), (KICKED_MAXIMUM, 94, 36, -0.06)]
)
def test_an_energy_maximum_is_at_fault(name, first, count, B_T):
    run = recorded_run(name)
    faults = faults_of(run.loop, run.case)
    assert [f.step for f in faults] == list(range(first, first + count))
    assert (faults[0].B_T, faults[0].rule) == (B_T, Rule.DESCENT)
    assert faults[0].excess_J == pytest.approx(2.4e-16, rel=0.01)
    assert all(fault.excess_J > 1e-16 for fault in faults)
    (line,) = fault_warning(faults, run.case)
    assert line.startswith(f"{count} of {len(run.loop.step)} rows, step {first} ({B_T:g} T) to step")
    assert "2.4e-16 J above all that descent from the row before allows" in line and "= guarded" in line


@pytest.mark.parametrize("name", sorted(set(NAMES) - {MAXIMUM, KICKED_MAXIMUM}))
def test_sound_runs_of_mumax3_are_without_fault(name):
    run = recorded_run(name)
    assert faults_of(run.loop, run.case) == ()
    assert fault_warning((), run.case) == ()


BARE, TILT, BIAS, KICK = ({"kind": kind} for kind in ("bare", "tilt", "bias", "kick"))
TILTED = [TILT | {"theta_deg": 25, "phi_deg": 40}, TILT | {"theta_deg": 90}]
LOOP = {"loop": {"max_T": 0.6, "step_T": 0.05}}
SOFT = {"name": "soft", "Ms_A_per_m": 8e5, "A_J_per_m": 1.3e-11, "Ku_J_per_m3": 0.0}
HARD = {"name": "hard", "Ms_A_per_m": 1.4e6, "A_J_per_m": 3e-11, "Ku_J_per_m3": 5.2e5, "axis": [1, 0, 1]}
WAYS = {
    "untidy": {"protocol": [BARE, *TILTED]},
    "bias": {"protocol": [BIAS | {"b0_mT": 2}, BIAS | {"b0_mT": 300, "chirality": -1}]},
    "bias, one field": {"field": {"values_T": [0.05]}, "protocol": [BIAS | {"b0_mT": 300}, BARE]},
    "vortex, held field": {
        "field": {"values_T": [0.2, 0.2]},
        "particle": {"radius_nm": 16},
        "mesh": {"cell_nm": 4},
        "protocol": [BARE, KICK, BIAS],
    },
    "kick": {"protocol": [KICK, KICK | {"b_mT": 200, "seed": 5}]},
    "ascending": {"field": {"values_T": ASCENDING}, "protocol": [BARE, BIAS, KICK]},
    "zero field": {"field": {"values_T": [0.0]}, "protocol": [BARE, TILTED[1], BIAS]},
    "vortex": {"field": LOOP, "particle": {"radius_nm": 16}, "mesh": {"cell_nm": 4}},
    "soft": {"material": SOFT, "protocol": [BARE, KICK]},
    "hard": {"material": HARD, "protocol": [BARE, KICK]},
    "smoothed": {"mesh": {"cell_nm": 3, "edge_smooth": 4}, "protocol": [BARE, KICK]},
    "offset": {"mesh": {"cell_nm": 3, "offset_cells": [0.3, 0.1, 0.45]}, "protocol": TILTED},
}


@pytest.mark.parametrize("way", WAYS)
def test_no_run_of_the_cpu_engine_is_at_fault(tmp_path, way):
    for run in runs_of(study_of(**WAYS[way]), tmp_path):
        assert faults_of(run.loop, run.case) == (), run.case.name


@pytest.mark.parametrize("method", ["relax", "minimize"])
def test_neither_are_mumax3s_own_algorithms_in_single_precision(tmp_path, method):
    study = study_of(particle={"radius_nm": 6}, field={"values_T": UNTIDY[:6]}, solver={"method": method})
    (run,) = runs_of(study, tmp_path, algorithm="faithful", float_dtype="float32", max_evaluations=200_000)
    assert faults_of(run.loop, run.case) == ()


def test_a_moment_against_the_field_and_an_energy_above_the_uniform_state_along_it_are_no_fault(tmp_path):
    """A single-domain particle held against the field by its anisotropy: metastable, not wrong."""
    fields, tilt = {"values_T": [0.1, 0.0, -0.02, -0.03, -0.2, 0.0, 0.03]}, [TILT | {"theta_deg": 5}]
    (run,) = runs_of(study_of(particle={"radius_nm": 6}, field=fields, protocol=tilt), tmp_path)
    loop, material = run.loop, run.case.material
    held = loop.m[:, 2] * loop.B_T < -0.01
    assert loop.step[held].tolist() == [2, 3, 6]
    easy_T = material.Ku_J_per_m3 / material.Ms_A_per_m
    along = moment_of(run) * (MU0 * material.Ms_A_per_m / 6 - easy_T - np.abs(loop.B_T))
    assert (loop.table["E_total"][held] > along[held] + moment_of(run) * 0.02).all()
    assert faults_of(loop, run.case) == ()


def test_energy_that_rises_beyond_rounding_is_told_row_by_row(tmp_path):
    """Raised by four roundings of its fields a row is at fault, by one it is not, and lowered never."""
    (run,) = runs_of(study_of(field={"values_T": [0.4, 0.4, 0.4, 0.4]}), tmp_path)  # four times one state
    rounding = moment_of(run) * rounding_floor_T(run.case)
    for row in range(1, 4):
        for more, faulty in ((4.0, [row]), (1.0, []), (-1.0, [])):
            faults = faults_of(with_energy(run.loop, row, more * rounding), run.case)
            assert [f.step for f in faults] == faulty
        assert faults_of(with_energy(run.loop, row, 4 * rounding), run.case)[0].excess_J < 4 * rounding


def test_a_kick_may_add_its_own_energy_and_no_more(tmp_path):
    protocol = [{"kind": "kick", "b_mT": 20}]
    (run,) = runs_of(study_of(field={"values_T": [0.5, 0.5]}, protocol=protocol), tmp_path)
    moment = moment_of(run)
    assert faults_of(with_energy(run.loop, 1, 0.02 * moment), run.case) == ()
    (fault,) = faults_of(with_energy(run.loop, 1, 2 * 0.02 * moment), run.case)
    assert (fault.step, fault.rule) == (1, Rule.DESCENT)


def test_the_first_row_is_held_against_the_start(tmp_path):
    (run,) = runs_of(study_of(field={"values_T": [-0.5, -0.5]}), tmp_path)
    (fault,) = faults_of(with_energy(run.loop, 0, 0.05 * moment_of(run)), run.case)
    assert (fault.step, fault.rule) == (0, Rule.START) and "uniform start" in fault.why


def test_what_follows_a_fault_is_left_out_until_saturation(tmp_path):
    """Also where it descends as it should: it descends from a state that was none."""
    fields, tilt = {"values_T": [0.6, 0.2, 0.1, 0.0, -0.02, -0.2, 0.0, 0.6]}, [TILT | {"theta_deg": 5}]
    (run,) = runs_of(study_of(particle={"radius_nm": 6}, field=fields, protocol=tilt), tmp_path)
    faults = faults_of(with_energy(run.loop, 2, 0.1 * moment_of(run)), run.case)
    assert [(f.step, f.rule) for f in faults] == [(2, Rule.DESCENT), (3, Rule.AFTER), (4, Rule.AFTER)]
    assert np.isnan(faults[1].excess_J) and "not been saturated since" in faults[1].why
    (line,) = fault_warning(faults, run.case)
    assert line.startswith("3 of 8 rows, step 2 (0.1 T) to step 4 (-0.02 T)")


def test_a_state_along_a_field_below_the_anisotropy_field_still_knows_its_past(tmp_path):
    """At 0.03 T iron may be held on either side, so a row along that field after a fault proves nothing."""
    fields = [0.6, 0.03, 0.03, 0.03]
    (run,) = runs_of(study_of(particle={"radius_nm": 6}, field={"values_T": fields}), tmp_path)
    assert (run.loop.m[:, 2] > 0.99).all()
    faults = faults_of(with_energy(run.loop, 1, 4 * moment_of(run)), run.case)
    assert [f.step for f in faults] == [1, 2, 3]


def test_smoothed_edges_are_held_against_the_ceiling_alone(tmp_path):
    """Their exchange and demagnetising fields weigh a cell differently, so torque leads down no energy."""
    (run,) = runs_of(
        study_of(mesh={"cell_nm": 3, "edge_smooth": 4}, field={"values_T": [0.4, 0.4]}), tmp_path
    )
    moment = moment_of(run)
    assert faults_of(with_energy(run.loop, 1, 0.1 * moment), run.case) == ()
    (fault,) = faults_of(with_energy(run.loop, 1, 4 * moment), run.case)
    assert fault.rule is Rule.CEILING


def test_a_mean_moment_longer_than_saturation_is_at_fault(tmp_path):
    (run,) = runs_of(study_of(field={"values_T": [0.6, 0.5]}), tmp_path)
    m = run.loop.m.copy()
    m[1] *= 1.0003 / np.linalg.norm(m[1])
    (fault,) = faults_of(replace(run.loop, m=m), run.case)
    assert (fault.step, fault.rule) == (1, Rule.LENGTH) and "longer" in fault.why


def test_cells_of_a_saved_state_have_unit_length(tmp_path):
    """To single precision: what a mean moment within a thousandth cannot show."""
    from harness.mx3.files.ovf import Header, read_ovf, write_ovf
    from harness.mx3.language.values import OutputFormat

    (run,) = runs_of(study_of(field={"values_T": [0.6, 0.5]}, save={"ovf": [0.5]}), tmp_path)
    path = run.loop.states[1]
    m = read_ovf(path).m.astype(float)
    assert run.state(1).m.shape == m.shape
    m[:, *np.argwhere(np.linalg.norm(m, axis=0) > 0)[0]] *= 1 + 1e-5
    with path.open("wb") as stream:
        write_ovf(stream, m, Header("m", "", 0.0, (run.case.cell_m,) * 3), OutputFormat.OVF2_BINARY)
    with pytest.raises(OutputForeign, match=r"no unit vectors \(\|m\| is off 1 by 1e-05\)"):
        run.state(1)


def test_a_static_bias_is_part_of_the_energy():
    """MuMax3 counts an added field in E_Zeeman: -Ms V (<m>.B + b <(r/R) x m>.z), here of b = 2 mT."""
    run = recorded_run("four/R20nm-c4nm-bias2mT+")
    work = run.loop.m[:, 2] * run.loop.B_T + 0.002 * run.loop.toroidal[:, 2]
    energy = run.loop.table["E_Zeeman"] / moment_of(run)
    assert np.abs(energy + work).max() < 2e-7
    assert np.abs(energy + run.loop.m[:, 2] * run.loop.B_T).max() > 1e-3


def test_a_table_without_energies_has_no_faults(tmp_path, write_table):
    from harness.runs.table import read_loop

    (case,) = study_of(field={"values_T": [1.0, -1.0]}).cases()
    write_table(tmp_path, (1.0, -1.0))
    assert faults_of(read_loop(tmp_path, (1.0, -1.0)), case) == ()
