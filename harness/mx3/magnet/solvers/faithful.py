"""MuMax3's own two ways to an equilibrium, with its stopping rules, for studies that compare algorithms.

In: unit vectors (3, N) and callables for torque and energy. Out: the state where the rule stopped, and what
that took. Neither rule bounds the residual torque; every search here is bounded in field evaluations.
Both algorithms run in the precision of m.  The numbers whose last digits end a relaxation, energy and
mean torque, are rounded to single precision first, as MuMax3 computes them; in double precision they would go
on decreasing long after.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

import numba
import numpy as np
from numpy.typing import NDArray

from harness.mx3.magnet.solvers.runge_kutta import RungeKutta, StepControl

Array = NDArray[np.floating]

STEPS_BETWEEN_LOOKS = 3
"""Steps of `relax` between two looks at the energy or torque."""
_FINEST_ERROR = 1e-9
_FIRST_STEP_PER_T = 1e-4
"""Length of the minimiser's first step, and of one after a division by zero, in 1/T."""


@dataclass(frozen=True, eq=False)
class Descent:
    """Where one of MuMax3's searches stopped."""

    m: Array
    """Unit vectors, shape (3, N)."""
    field_evaluations: int
    iterations: int
    stopped: bool
    """Whether its rule stopped it, not the bound on evaluations."""
    dt_s: float = 0.0
    """For `relax`, the time step to go on with."""
    last_change: float = 0.0
    """For `minimize`, the largest change of a unit vector in the last steps."""


class _OutOfEvaluations(Exception):
    """The bound on field evaluations is reached."""


@dataclass
class _Relaxation:
    """A relaxation on its way."""

    stepper: RungeKutta
    time_s: float
    m: Array
    dt_s: float
    control: StepControl
    bound: int
    iterations: int = 0

    def advance(self) -> None:
        """Take a few steps in which time stands still."""
        for _ in range(STEPS_BETWEEN_LOOKS):
            if self.stepper.evaluations >= self.bound:
                raise _OutOfEvaluations
            self.m, _, self.dt_s = self.stepper.step(self.time_s, self.m, self.dt_s, self.control)
            self.iterations += 1

    def refine(self) -> None:
        """Ask for smaller errors from here on."""
        self.control = replace(self.control, max_error=self.control.max_error / math.sqrt(2))

    @property
    def torque(self) -> Array:
        """Torque in T at the present state, without an evaluation of its own."""
        return self.stepper.slope(self.time_s, self.m)

    @property
    def summed_torque(self) -> np.float32:
        return np.float32(np.sum(self.torque**2))

    @property
    def largest_torque(self) -> float:
        return float(np.sqrt(np.sum(self.torque**2, axis=0).max()))


def relax(
    stepper: RungeKutta,
    time_s: float,
    m: Array,
    dt_s: float,
    control: StepControl,
    energy: Callable[[Array], float],
    threshold_T: float,
    bound: int,
) -> Descent:
    """Relax by Bogacki-Shampine steps without precession, first by energy, then by torque.

    Parameters
    ----------
    stepper : RungeKutta
    time_s : float
        The time, which stands still.
    m, dt_s, control
        Start, first step and bounds on steps.
    energy : callable
        Total energy of a state in J.
    threshold_T : float
        RelaxTorqueThreshold; unless positive, steps are taken as long as the torque falls.
    bound : int
        Torques that may be computed.
    """
    run = _Relaxation(stepper, time_s, m, dt_s, control, bound)
    try:
        _follow_energy(run, energy)
        if threshold_T > 0:
            _follow_largest_torque(run, threshold_T)
        else:
            _follow_summed_torque(run)
        stopped = True
    except _OutOfEvaluations:
        stopped = False
    return Descent(run.m, stepper.evaluations, run.iterations, stopped, dt_s=run.dt_s)


def _follow_energy(run: _Relaxation, energy: Callable[[Array], float]) -> None:
    run.advance()
    before = np.float32(energy(run.m) * 1e18)  # single precision has no numbers below 1e-45 J
    run.advance()
    after = np.float32(energy(run.m) * 1e18)
    while after < before:
        run.advance()
        before, after = after, np.float32(energy(run.m) * 1e18)


def _follow_largest_torque(run: _Relaxation, threshold_T: float) -> None:
    while True:
        while run.largest_torque > threshold_T:
            run.advance()
        run.refine()
        if run.control.max_error < _FINEST_ERROR:
            return


def _follow_summed_torque(run: _Relaxation) -> None:
    after = run.summed_torque
    while run.control.max_error > _FINEST_ERROR:
        run.refine()
        run.advance()
        before, after = after, run.summed_torque
        while after < before:
            run.advance()
            before, after = after, run.summed_torque


def minimize(
    m: Array,
    torque: Callable[[Array], Array],
    smallest_change: float,
    samples: int,
    bound: int,
    first_step: int = 0,
) -> Descent:
    """Steepest descent with alternating Barzilai-Borwein steps (Exl et al., JAP 115, 17D118, 2014).

    Parameters
    ----------
    m : array, shape (3, N)
        Start.
    torque : callable
        -m x (m x B) in T as a new array.
    smallest_change, samples
        MinimizerStop and MinimizerSamples: it stops when no unit vector moved more in any of the last steps.
    bound : int
        Torques that may be computed.
    first_step : int
        Steps the script has taken before; their parity decides which formula comes first.
    """
    changes: deque[float] = deque(maxlen=samples)
    k, h, evaluations, step = torque(m), _FIRST_STEP_PER_T, 1, first_step
    while len(changes) < samples or max(changes) > smallest_change:
        if evaluations >= bound:
            break
        moved = np.empty_like(m)
        changes.append(_rotate(m, k, h, moved))
        k_there = torque(moved)
        evaluations += 1
        mm, mk, kk = _products(m, moved, k, k_there)
        over, under = (mm, mk) if step % 2 == 0 else (mk, kk)
        h = over / under if under else _FIRST_STEP_PER_T
        m, k, step = moved, k_there, step + 1
    largest = max(changes, default=math.inf)
    stopped = len(changes) == samples and largest <= smallest_change
    return Descent(m, evaluations, step - first_step, stopped, last_change=largest)


@numba.njit(cache=True)
def _rotate(m, k, h, out):  # type: ignore[no-untyped-def]
    """Turn m towards k by the angle 2 atan(h|k|/2), a Cayley step that keeps lengths; the largest change."""
    largest = 0.0
    for i in range(m.shape[1]):
        square = h * h * (k[0, i] ** 2 + k[1, i] ** 2 + k[2, i] ** 2)
        along, across = (4 - square) / (4 + square), 4 * h / (4 + square)
        change, length = 0.0, 0.0
        for c in range(3):
            value = along * m[c, i] + across * k[c, i]
            out[c, i] = value
            change += (value - m[c, i]) ** 2
            length += value * value
        for c in range(3):
            out[c, i] /= math.sqrt(length)
        largest = max(largest, change)
    return math.sqrt(largest)


@numba.njit(cache=True)
def _products(m0, m1, k0, k1):  # type: ignore[no-untyped-def]
    """Inner products of the changes dm and dk, dk with the sign of an energy gradient."""
    mm, mk, kk = 0.0, 0.0, 0.0
    for i in range(m0.shape[1]):
        for c in range(3):
            dm, dk = m1[c, i] - m0[c, i], k0[c, i] - k1[c, i]
            mm += dm * dm
            mk += dm * dk
            kk += dk * dk
    return mm, mk, kk
