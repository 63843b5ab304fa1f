"""Physical quantities: fields, energies, energy densities, torque, and the solver's counters.

In: the session. Out: the quantities scripts tabulate and save, under MuMax3's names and units.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from harness.mx3.names.entries import Entries, Entry, quantity, variable
from harness.mx3.session.evolution import Evolution
from harness.mx3.session.quantities import ScalarQuantity, ScalarValue, VectorQuantity
from harness.mx3.session.sample import Sample
from harness.mx3.session.search import Search
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
_LAST_ERROR = "Error of the last time step, or residual torque in T of the last relax or minimize."


def torque(sample: Sample, precess: bool) -> np.ndarray:
    """-(m x B + alpha m x (m x B))/(1 + alpha²), MuMax3's torque/γ in T, shape (3, nz, ny, nx).

    Without precession -m x (m x B); zero where spins are frozen.
    """
    magnet = sample.magnet
    m, alpha = magnet.m, sample.alpha.values()
    precession = np.cross(m, magnet.field("eff"), axis=0)
    damping = np.cross(m, precession, axis=0)
    torque = -(precession + alpha * damping) / (1 + alpha**2) if precess else -damping
    return np.where(sample.frozen_spins.values() != 0, 0.0, torque)


def max_torque(sample: Sample, precess: bool) -> float:
    """Largest |torque|: max |m x B_eff| / sqrt(1 + alpha²), in T."""
    if not precess:
        return sample.max_torque()
    if sample.alpha.is_uniform():
        return sample.max_torque() / math.hypot(1, sample.alpha.get_region(0))
    return float(np.sqrt((torque(sample, precess) ** 2).sum(axis=0).max()))


def objects(session: Session, evolution: Evolution, search: Search) -> Entries:
    """The quantities."""
    grid, sample, precess = session.grid, session.sample, evolution.precess

    def vector(name: str, unit: str, compute: Callable[[], np.ndarray], doc: str) -> Entry:
        return quantity(VectorQuantity(grid, name, unit, 3, compute, whole_box=True), doc)

    def number(name: str, unit: str, compute: Callable[[], float], doc: str) -> Entry:
        return quantity(ScalarValue(grid, name, unit, compute), doc)

    for name, term, doc in _FIELDS:
        yield vector(name, "T", _field(sample, term), doc)
    for name, term, doc in _ENERGIES:
        yield number(f"E_{name}", "J", partial(sample.energy, term), f"{doc} energy.")
        density = ScalarQuantity(grid, f"Edens_{name}", "J/m3", 1, _density(sample, term), whole_box=True)
        yield quantity(density, f"{doc} energy density.")
    filled = "Magnetisation: m times Msat times the cell's fill."
    yield vector("m_full", "A/m", lambda: sample.magnet.m * sample.msat.values() * grid.fill, filled)
    for name in ("torque", "LLtorque"):
        yield vector(name, "T", lambda: torque(sample, precess.value), "Torque over γ.")
    yield number("maxTorque", "T", lambda: max_torque(sample, precess.value), "Largest torque over γ.")
    yield variable("t", session.time, "Simulated time in s.")
    yield variable("step", session.step, "Steps taken, iterations of relax and minimize included.")
    yield number("dt", "s", lambda: evolution.taken_s, "Time step.")
    yield number("LastErr", "", lambda: session.last_error, _LAST_ERROR)
    yield number("PeakErr", "", lambda: session.peak_error, "Largest LastErr so far.")
    work = "Effective-field evaluations."
    yield number("NEval", "", lambda: float(search.field_evaluations + evolution.evaluations), work)


def _field(sample: Sample, term: str) -> Callable[[], np.ndarray]:
    return lambda: sample.magnet.field(term)


def _density(sample: Sample, term: str) -> Callable[[], np.ndarray]:
    return lambda: sample.magnet.energy_density(term)[None]
