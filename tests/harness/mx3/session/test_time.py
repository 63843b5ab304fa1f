"""Time integration: precession, damping, energy, solvers, time-dependent fields and scheduled output."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from harness.mx3 import ScriptError, run_script
from harness.mx3.magnet.solvers.runge_kutta import TABLEAUX

GAMMA = 1.7595e11
ONE_CELL = """
SetGridSize(1, 1, 1)
SetCellSize(2e-9, 2e-9, 2e-9)
EnableDemag = false
Msat = 1e6
Aex = 1e-11
"""


def run(folder: Path, text: str) -> np.ndarray:
    """Run a script; its table."""
    (folder / "script.mx3").write_text(text, encoding="utf-8")
    run_script(folder / "script.mx3", folder / "out")
    return np.loadtxt(folder / "out" / "table.txt", ndmin=2)


@pytest.mark.parametrize("number", sorted(TABLEAUX))
def test_every_method_is_of_its_order(number: int) -> None:
    """Conditions on the tableau: quadrature of t^(p-1), consistent nodes, and an error zero at rest."""
    method = TABLEAUX[number]
    weights, nodes = np.array(method.weights), np.array(method.nodes)
    accuracy = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6}[number]
    for power in range(accuracy):
        assert weights @ nodes**power == pytest.approx(1 / (power + 1), abs=1e-14)
    for node, stage in zip(method.nodes, method.stages, strict=True):
        assert sum(stage) == pytest.approx(node, abs=1e-14)
    if number > 1:
        assert sum(method.error) == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize("number", sorted(TABLEAUX))
def test_every_solver_follows_the_precession(tmp_path: Path, number: int) -> None:
    """A moment without damping turns by gamma B t about the field."""
    angle = GAMMA * 0.5 * 20e-12
    # Euler errs by half the angle of a step at every step: let it take small fixed ones
    fixed = "FixDt = 1e-15" if number == 1 else "MaxErr = 1e-7"
    script = ONE_CELL + f"m = uniform(1, 0, 1)\nB_ext = vector(0, 0, 0.5)\nSetSolver({number})\n{fixed}\n"
    (row,) = run(tmp_path, script + "run(20e-12)\ntableSave()")
    expected = np.array([math.cos(angle), math.sin(angle), 1]) / math.sqrt(2)
    # Euler: angle of all steps times half the angle of one, 1.8 * 4e-5
    assert row[1:4] == pytest.approx(expected, abs=1e-4)
    assert row[0] == 20e-12


def test_damping_turns_a_moment_into_the_field(tmp_path: Path) -> None:
    """tan(theta/2) decays as exp(-alpha gamma B t/(1 + alpha^2)) (Kikuchi 1956)."""
    alpha, field, time = 0.1, 1.0, 50e-12
    script = ONE_CELL + f"m = uniform(1, 0, 0)\nalpha = {alpha}\nB_ext = vector(0, 0, {field})\n"
    (row,) = run(tmp_path, script + f"MaxErr = 1e-8\nrun({time})\ntableSave()")
    theta = 2 * math.atan(math.exp(-alpha * GAMMA * field * time / (1 + alpha**2)))
    turned = GAMMA * field * time / (1 + alpha**2)
    expected = [math.sin(theta) * math.cos(turned), math.sin(theta) * math.sin(turned), math.cos(theta)]
    assert row[1:4] == pytest.approx(expected, abs=1e-6)  # MaxErr times a few hundred steps


def test_damping_follows_the_regions(tmp_path: Path) -> None:
    script = (
        ONE_CELL
        + "alpha.SetRegion(1, 0.5)\nm = uniform(1, 0, 0)\nB_ext = vector(0, 0, 1)\nsteps(1); tableSave()\n"
    )
    undamped, damped = run(tmp_path, script + "DefRegion(1, universe())\nrun(5e-12)\ntableSave()")
    # a damping of 0.5 turns by about alpha gamma B t/(1 + alpha^2) = 0.35 rad
    assert undamped[3] == pytest.approx(0, abs=1e-9) and damped[3] > 0.3


def test_energy_is_conserved_without_damping_and_falls_with_it(tmp_path: Path) -> None:
    magnet = """
    SetGridSize(8, 6, 2); SetCellSize(2e-9, 3e-9, 2e-9)
    Msat = 8e5; Aex = 1e-11; Ku1 = 5e4; Ku2 = 2e4; anisU = vector(1, 1, 0)
    Kc1 = 3e4; Kc2 = 2e4; Kc3 = 1e4; anisC1 = vector(1, 0, 1); anisC2 = vector(0, 1, 0)
    B_ext = vector(0.05, 0, 0.1); m = randomMagSeed(4); alpha = 1; run(2e-12); alpha = 0
    TableAdd(E_total); MaxErr = 1e-8; tableautosave(1e-12); run(10e-12); alpha = 0.5; run(10e-12)
    """
    energy = run(tmp_path, magnet)[:, 4]
    span = energy.max() - energy.min()
    # float32 in the table: 6e-8 of the energy itself, here of the order of the span
    assert np.ptp(energy[:11]) < 1e-6 * span
    assert (np.diff(energy[11:]) < 0).all()


def test_a_rotating_field_carries_the_moment_along(tmp_path: Path) -> None:
    """With B_z = omega/gamma the precession is in step with the rotating field: in its frame only it acts."""
    frequency, amplitude, time = 5e9, 0.01, 100e-12
    script = (
        ONE_CELL
        + f"""
    f := {frequency}; B0 := {amplitude}; Bz := 2*pi*f/GammaLL
    m = uniform(0, 0, 1); MaxErr = 1e-7
    B_ext = vector(B0*cos(2*pi*f*t), B0*sin(2*pi*f*t), Bz)
    run({time}); tableSave()
    """
    )
    (row,) = run(tmp_path, script)
    # Rabi's formula at resonance; MaxErr times a few hundred steps
    assert row[3] == pytest.approx(math.cos(GAMMA * amplitude * time), abs=1e-5)


def test_a_parameter_and_a_mask_may_depend_on_time(tmp_path: Path) -> None:
    """A field that grows linearly turns the moment by gamma times its integral."""
    script = (
        ONE_CELL
        + """
    mask := NewVectorMask(1, 1, 1); mask.SetVector(0, 0, 0, vector(0, 0, 1))
    B_ext.Add(mask, 1e10*t); m = uniform(1, 0, 0); MaxErr = 1e-8
    alpha = 0.5 - 1e12*t
    run(0.5e-12); alpha = 0; m = uniform(1, 0, 0); t = 0; run(20e-12); tableSave()
    """
    )
    (row,) = run(tmp_path, script)
    angle = GAMMA * 1e10 * (20e-12) ** 2 / 2
    assert row[1:4] == pytest.approx([math.cos(angle), math.sin(angle), 0], abs=1e-6)


def test_scheduled_output_is_made_on_the_way(tmp_path: Path) -> None:
    script = (
        ONE_CELL
        + """
    m = uniform(1, 0, 0); B_ext = vector(0, 0, 0.1); FixDt = 1e-13
    tableautosave(1e-12); autosave(m, 5e-12); run(10e-12)
    """
    )
    rows = run(tmp_path, script)
    assert rows[:, 0] == pytest.approx(np.arange(11) * 1e-12, abs=1.01e-13)  # a row falls on a step's end
    assert sorted(p.name for p in (tmp_path / "out").glob("*.ovf")) == [f"m{i:06d}.ovf" for i in range(3)]


def test_steps_counters_and_limits(tmp_path: Path) -> None:
    script = (
        ONE_CELL
        + """
    TableAdd(dt); TableAdd(NEval); TableAdd(LastErr); TableAddVar(step, "step", "")
    m = uniform(1, 0, 0); B_ext = vector(0, 0, 1); MaxDt = 3e-13
    steps(40); tableSave()
    MinDt = 1e-13; MaxErr = 1e-30; steps(1); tableSave()
    FixDt = 2e-15; steps(3); tableSave()
    """
    )
    (adapted, shortest, fixed) = run(tmp_path, script)
    assert adapted[4] == pytest.approx(3e-13)
    assert 0 < adapted[6] < 1e-5
    assert shortest[4] == pytest.approx(1e-13)
    assert fixed[4] == pytest.approx(2e-15)
    assert [row[7] for row in (adapted, shortest, fixed)] == [40, 41, 44]
    assert adapted[5] >= 6 * 40  # Dormand-Prince reuses its seventh torque


def test_run_while_ends_with_its_condition(tmp_path: Path) -> None:
    script = (
        ONE_CELL
        + """
    m = uniform(1, 0, 0.1); alpha = 1; B_ext = vector(0, 0, 1)
    RunWhile(m.comp(2).average() < 0.9); tableSave()
    """
    )
    (row,) = run(tmp_path, script)
    assert 0.9 <= row[3] < 0.95


def test_without_precession_a_moment_turns_straight_into_the_field(tmp_path: Path) -> None:
    script = (
        ONE_CELL
        + """
    m = uniform(1, 0, 0.1); B_ext = vector(0, 0, 1); DoPrecess = false; run(5e-12); tableSave()
    """
    )
    (row,) = run(tmp_path, script)
    assert row[2] == 0
    assert row[3] > 0.6


def test_relax_and_minimize_leave_the_time_alone(tmp_path: Path) -> None:
    script = ONE_CELL + "m = uniform(1, 0, 0.1)\nB_ext = vector(0, 0, 1)\nrelax()\ntableSave()"
    (row,) = run(tmp_path, script)
    assert row[0] == 0
    assert row[3] == 1


def test_frozen_spins_stay(tmp_path: Path) -> None:
    script = """
    SetGridSize(4, 1, 1); SetCellSize(2e-9, 2e-9, 2e-9); Msat = 1e6; Aex = 1e-11; alpha = 0.5
    DefRegion(1, xrange(-inf, -2e-9)); DefRegion(2, xrange(2e-9, inf))
    frozenspins.SetRegion(1, 1); frozenspins.SetRegion(2, 1)
    m = uniform(1, 0, 0); m.SetRegion(2, uniform(0, 1, 0)); EnableDemag = false; MaxErr = 1e-8
    TableAdd(maxTorque)
    {move}
    tableSave()
    expectv("left", m.GetCell(0, 0, 0), vector(1, 0, 0), 0)
    expectv("right", m.GetCell(3, 0, 0), vector(0, 1, 0), 0)
    expect("a wall of equal turns", m.GetCell(1, 0, 0).X(), cos(pi/6), 1e-6)
    """
    for number, move in enumerate(("relax()", "minimize()", "run(300e-12)")):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert run(folder, script.replace("{move}", move))[0, 4] < 1e-5


def test_a_step_that_cannot_succeed_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(
        ScriptError, match=r"^script line 8: the time step shrank to .*: check the parameters"
    ):
        run(tmp_path, ONE_CELL + "m = uniform(1, 0, 0)\nB_ext = vector(0, 0, 1e300); run(1e-12)")
