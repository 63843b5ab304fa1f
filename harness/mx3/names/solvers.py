"""Finding equilibria and letting time pass.

In: relax(), minimize(), run() and their kin. Out: the session's magnetisation at the nearest equilibrium,
or at a later time.
"""

from __future__ import annotations

import math

from harness.mx3.language.expressions import BoolFunction
from harness.mx3.language.signatures import script
from harness.mx3.names.entries import Entries, variable
from harness.mx3.session.evolution import Evolution
from harness.mx3.session.search import Search

_FAST = (
    "found by this engine's own minimiser, to the tolerance it was started with; "
    "with --faithful by MuMax3's algorithm and stopping rule"
)
_STOP = "only with --faithful; otherwise the engine's tolerance decides"


@script("Relax", "Go to the nearest equilibrium.", note=_FAST)
def relax(search: Search) -> None:
    search.run("relax")


@script("Minimize", "Go to the nearest equilibrium.", note=_FAST)
def minimize(search: Search) -> None:
    search.run("minimize")


def _vet_duration(seconds: float | None) -> str | None:
    fits = seconds is None or 0 <= seconds < math.inf
    return None if fits else f"Run needs a time in s that is not negative, got {seconds:g}"


@script("Run", "Let an amount of time pass, in s.", vet=_vet_duration)
def run(evolution: Evolution, seconds: float) -> None:
    time = evolution.session.time
    stop_s = time.value + seconds
    evolution.advance(lambda: time.value < stop_s, stop_s)


@script("Steps", "Take a number of time steps.")
def steps(evolution: Evolution, n: int) -> None:
    step = evolution.session.step
    stop = step.value + n
    evolution.advance(lambda: step.value < stop)


@script("RunWhile", "Let time pass while a condition holds.")
def run_while(evolution: Evolution, condition: BoolFunction) -> None:
    evolution.advance(condition)


def _vet_solver(number: int | None) -> str | None:
    if number == -1:
        return "SetSolver: backward Euler (-1) is not supported here; choose 1 to 6, or run this with MuMax3"
    return None if number is None or number in SOLVERS else f"SetSolver: there is no solver {number}"


SOLVERS = {1: "Euler", 2: "Heun", 3: "Bogacki-Shampine", 4: "Runge-Kutta", 5: "Dormand-Prince", 6: "Fehlberg"}


@script(
    "SetSolver",
    f"Time integrator: {', '.join(f'{number} {name}' for number, name in SOLVERS.items())}.",
    note="-1, backward Euler, is not supported",
    vet=_vet_solver,
)
def set_solver(evolution: Evolution, number: int) -> None:
    evolution.method = number


@script("ThermSeed", "Seed of thermal noise.", note="no effect: temperature is not supported")
def therm_seed(seed: int) -> None:
    """There is no thermal noise here."""


def objects(search: Search) -> Entries:
    """Stopping criteria of MuMax3's algorithms."""
    yield variable("MinimizerStop", search.smallest_change, "Where Minimize stops, as change of m.", _STOP)
    yield variable("MinimizerSamples", search.samples, "Steps Minimize looks back on.", _STOP)
    threshold = search.torque_threshold_T
    yield variable("RelaxTorqueThreshold", threshold, "Where Relax stops, as torque in T.", _STOP)
