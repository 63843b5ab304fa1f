"""Physical quantities: fields, energies, energy densities, torque, and the solver's counters.

In: the session. Out: the quantities scripts tabulate and save, under MuMax3's names and units.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from harness.mx3.names.entries import Entries, quantity, variable
from harness.mx3.session.quantities import ScalarField, ScalarValue, VectorField
from harness.mx3.session.session import Session

_FIELDS = (
    ("B_demag", "demag", "Demagnetising field."),
    ("B_exch", "exch", "Exchange field."),
    ("B_anis", "anis", "Anisotropy field."),
    ("B_eff", "eff", "Effective field: the sum of all terms."),
)
_ENERGIES = (
    ("total", "total", "Sum of all terms"),
    ("demag", "demag", "Demagnetising"),
    ("exch", "exch", "Exchange"),
    ("anis", "anis", "Anisotropy"),
    ("Zeeman", "zeeman", "Zeeman"),
)


def torque(session: Session) -> np.ndarray:
    """-(m x B + alpha m x (m x B))/(1 + alpha²), MuMax3's torque/γ in T, shape (3, nz, ny, nx).

    Without precession -m x (m x B); zero where spins are frozen.
    """
    magnet = session.magnet
    m, alpha = magnet.m, session.alpha.values()
    precession = np.cross(m, magnet.field("eff"), axis=0)
    damping = np.cross(m, precession, axis=0)
    precess = session.evolution.precess.value
    torque = -(precession + alpha * damping) / (1 + alpha**2) if precess else -damping
    return np.where(session.frozen_spins.values() != 0, 0.0, torque)


def max_torque(session: Session) -> float:
    """Largest |torque|: max |m x B_eff| / sqrt(1 + alpha²), in T."""
    alpha = session.alpha
    if not session.evolution.precess.value:
        return session.max_torque()
    if alpha.is_uniform():
        return session.max_torque() / math.hypot(1, alpha.get_region(0))
    return float(np.sqrt((torque(session) ** 2).sum(axis=0).max()))


def objects(session: Session) -> Entries:
    """The quantities."""
    for name, term, doc in _FIELDS:
        yield quantity(VectorField(session, name, "T", 3, _field(session, term), whole_box=True), doc)
    for name, term, doc in _ENERGIES:
        yield quantity(ScalarValue(session, f"E_{name}", "J", _energy(session, term)), f"{doc} energy.")
        density = ScalarField(session, f"Edens_{name}", "J/m3", 1, _density(session, term), whole_box=True)
        yield quantity(density, f"{doc} energy density.")
    full = VectorField(session, "m_full", "A/m", 3, lambda: _full_magnetisation(session), whole_box=True)
    yield quantity(full, "Magnetisation: m times Msat times the cell's fill.")
    for name in ("torque", "LLtorque"):
        field = VectorField(session, name, "T", 3, lambda: torque(session), whole_box=True)
        yield quantity(field, "Torque over γ.")
    yield quantity(
        ScalarValue(session, "maxTorque", "T", lambda: max_torque(session)), "Largest torque over γ."
    )
    yield variable("t", session.time, "Simulated time in s.")
    yield variable("step", session.step, "Steps taken, iterations of relax and minimize included.")
    evolution, error = session.evolution, "or residual torque in T of the last relax or minimize."
    counters: tuple[tuple[str, str, Callable[[], float], str], ...] = (
        ("dt", "s", lambda: evolution.taken_s, "Time step."),
        ("LastErr", "", lambda: session.last_error, f"Error of the last time step, {error}"),
        ("PeakErr", "", lambda: session.peak_error, "Largest LastErr so far."),
        (
            "NEval",
            "",
            lambda: float(session.totals.field_evaluations + evolution.evaluations),
            "Effective-field evaluations.",
        ),
    )
    for name, unit, number, doc in counters:
        yield quantity(ScalarValue(session, name, unit, number), doc)


def _field(session: Session, term: str) -> Callable[[], np.ndarray]:
    return lambda: session.magnet.field(term)


def _energy(session: Session, term: str) -> Callable[[], float]:
    return lambda: session.energy(term)


def _density(session: Session, term: str) -> Callable[[], np.ndarray]:
    return lambda: session.magnet.energy_density(term)[None]


def _full_magnetisation(session: Session) -> np.ndarray:
    magnet = session.magnet
    return magnet.m * session.msat.values() * magnet.fill
