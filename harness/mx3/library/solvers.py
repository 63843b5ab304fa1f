"""Finding equilibria, and the refusal of what needs time to pass.

In: relax() and minimize(). Out: the session's magnetisation at the nearest equilibrium.
"""

from __future__ import annotations

from harness.mx3.errors import ScriptError
from harness.mx3.expressions import BoolFunction, Variable
from harness.mx3.library.entries import Entries, variable
from harness.mx3.session import Session
from harness.mx3.values import script

_TIME = "time integration is not supported here, only relax() and minimize(); run this script with MuMax3"
_FAST = "found by this engine's own minimiser, to the tolerance it was started with"
_STOP = "kept, but the engine's tolerance decides"


@script("Relax", "Go to the nearest equilibrium.", note=_FAST)
def relax(session: Session) -> None:
    session.equilibrate("relax")


@script("Minimize", "Go to the nearest equilibrium.", note=_FAST)
def minimize(session: Session) -> None:
    session.equilibrate("minimize")


def _no_time(name: str, amount: float | None) -> str | None:
    return None if amount == 0 else f"{name}: {_TIME}"


@script("Run", "Let time pass.", note="0 only", vet=lambda seconds: _no_time("Run", seconds))
def run(session: Session, seconds: float) -> None:
    session.make_due_output()


@script("Steps", "Take time steps.", note="0 only", vet=lambda n: _no_time("Steps", n))
def steps(session: Session, n: int) -> None:
    session.make_due_output()


@script(
    "RunWhile",
    "Let time pass while a condition holds.",
    note="not supported",
    vet=lambda c: f"RunWhile: {_TIME}",
)
def run_while(session: Session, condition: BoolFunction) -> None:
    raise ScriptError(None, f"RunWhile: {_TIME}")


@script("SetSolver", "Time integrator, by number.", note="no effect: time does not advance")
def set_solver(session: Session, number: int) -> None:
    if number not in (-1, 1, 2, 3, 4, 5, 6):
        raise ScriptError(None, f"SetSolver: there is no solver {number}")


@script("ThermSeed", "Seed of thermal noise.", note="no effect: temperature is not supported")
def therm_seed(session: Session, seed: int) -> None:
    """There is no thermal noise here."""


def objects(session: Session) -> Entries:
    """Stopping criteria of MuMax3's algorithms."""
    yield variable("MinimizerStop", Variable(float, 1e-6), "Where Minimize stops, as change of m.", _STOP)
    yield variable("MinimizerSamples", Variable(int, 10), "Steps Minimize looks back on.", _STOP)
    yield variable("RelaxTorqueThreshold", Variable(float, -1.0), "Where Relax stops, as torque in T.", _STOP)
