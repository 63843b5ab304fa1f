"""Physical quantities: fields, energies, energy densities, torque, and the solver's counters.

In: the session. Out: the quantities scripts tabulate and save, under MuMax3's names and units.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from harness.mx3.names.entries import Entries, Entry, quantity, variable
from harness.mx3.session.evolution import Evolution
from harness.mx3.session.grid import Grid
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
_ABSENT = (
    ("DindCoupling", "arb.", 1, "the Dzyaloshinskii-Moriya interaction"),
    ("STTorque", "T", 3, "spin-transfer torque"),
    ("B_therm", "T", 3, "temperature"),
    ("Edens_therm", "J/m3", 1, "temperature"),
    ("E_therm", "J", 0, "temperature"),
    ("B_mel", "T", 3, "magnetoelastic coupling"),
    ("F_mel", "N/m3", 3, "magnetoelastic coupling"),
    ("Edens_mel", "J/m3", 1, "magnetoelastic coupling"),
    ("E_mel", "J", 0, "magnetoelastic coupling"),
    ("B_custom", "T", 3, "adding field terms"),
    ("Edens_custom", "J/m3", 1, "adding energy terms"),
    ("E_custom", "J", 0, "adding energy terms"),
    ("TotalShift", "m", 0, "shifting the window"),
)
"""Outputs of effects this engine lacks: name, unit, components (0 for a number), effect."""
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


def _beside(values: np.ndarray, axis: int, step: int, sample: Sample) -> np.ndarray:
    """Values of the next cell along an axis (-1: x); past the end the other end's if periodic, else own."""
    n = values.shape[axis]
    periodic = sample.grid.mesh.repetitions[-1 - axis] > 0
    places = np.arange(n) + step
    return np.take(values, places % n if periodic else np.clip(places, 0, n - 1), axis=axis)


def _couplings(sample: Sample) -> Iterator[tuple[int, int, np.ndarray]]:
    """Axis and direction of each neighbour, and the stiffness to it by region, in J/m, shape (nz, ny, nx)."""
    from harness.mx3.magnet.fields.exchange import stiffness_between  # compiled code: checking needs none

    stiffness = sample.aex.values()[0] * (sample.msat.values()[0] > 0)
    for axis in (-1, -2, -3) if sample.grid.mesh.n[2] > 1 else (-1, -2):
        for step in (-1, 1):
            yield axis, step, stiffness_between(stiffness, _beside(stiffness, axis, step, sample))


def exchange_coupling(sample: Sample) -> np.ndarray:
    """Exchange stiffness between a cell and its neighbours, averaged over them, shape (1, nz, ny, nx).

    A film of one layer has four neighbours a cell; regions count, whether the cells hold matter or not.
    """
    return np.mean([coupling for *_, coupling in _couplings(sample)], axis=0)[None]


def spin_angle(sample: Sample) -> np.ndarray:
    """Largest angle in rad between m and that of the neighbours it couples to, shape (1, nz, ny, nx)."""
    m, angle = sample.magnet.m, np.zeros((1, *sample.grid.mesh.shape))
    for axis, step, coupling in _couplings(sample):
        other = _beside(m, axis, step, sample)
        both = m.any(axis=0) & other.any(axis=0) & (coupling != 0)
        np.maximum(angle, np.where(both, np.arccos(np.clip((m * other).sum(axis=0), -1, 1)), 0), out=angle)
    return angle


def objects(session: Session, evolution: Evolution, search: Search) -> Entries:
    """The quantities."""
    grid, sample, precess = session.grid, session.sample, evolution.precess

    def vector(name: str, unit: str, compute: Callable[[], np.ndarray], doc: str) -> Entry:
        return quantity(VectorQuantity(grid, name, unit, 3, compute, whole_box=True), doc)

    def number(name: str, unit: str, compute: Callable[[], float], doc: str) -> Entry:
        return quantity(ScalarValue(grid, name, unit, compute), doc)

    def scalar(name: str, unit: str, compute: Callable[[], np.ndarray], doc: str) -> Entry:
        return quantity(ScalarQuantity(grid, name, unit, 1, compute, whole_box=True), doc)

    for name, term, doc in _FIELDS:
        yield vector(name, "T", _field(sample, term), doc)
    for name, term, doc in _ENERGIES:
        yield number(f"E_{name}", "J", partial(sample.energy, term), f"{doc} energy.")
        yield scalar(f"Edens_{name}", "J/m3", _density(sample, term), f"{doc} energy density.")
    for name, unit, components, effect in _ABSENT:
        zero = f"Zero: {effect} is not supported."
        if components == 0:
            yield number(name, unit, lambda: 0.0, zero)
        else:
            make = vector if components == 3 else scalar
            yield make(name, unit, partial(_zeros, grid, components), zero)
    average = "Exchange stiffness to the neighbours, averaged over them, in J/m."
    yield scalar("ExchCoupling", "arb.", lambda: exchange_coupling(sample), average)
    yield scalar("spinAngle", "rad", lambda: spin_angle(sample), "Largest angle to a neighbour.")
    largest = "Largest angle between neighbours."
    yield number("MaxAngle", "rad", lambda: float(spin_angle(sample).max()), largest)
    azimuth, polar = "Azimuth of m, from x towards y.", "Polar angle of m, from z."
    yield scalar("ext_phi", "rad", lambda: np.arctan2(*sample.magnet.m[1::-1])[None], azimuth)
    yield scalar("ext_theta", "rad", lambda: np.arccos(np.clip(sample.magnet.m[2:], -1, 1)), polar)
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


def _zeros(grid: Grid, components: int) -> np.ndarray:
    return np.zeros((components, *grid.mesh.shape))


def _field(sample: Sample, term: str) -> Callable[[], np.ndarray]:
    return lambda: sample.magnet.field(term)


def _density(sample: Sample, term: str) -> Callable[[], np.ndarray]:
    return lambda: sample.magnet.energy_density(term)[None]
