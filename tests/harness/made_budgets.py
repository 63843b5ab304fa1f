"""Error budgets made by hand: a continuum of closed form beside made runs, and windows as a test wants them.

It loses the uniform state at 0.528 T and tilts its core at 0.129 T, as iron of R = 20 nm does; its upright
moment is that of H'' less two hundredths, its tilted one straight through zero.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

from harness.comparison.error_budget import Window, Witness
from reduced_model.loops.loop import field_loop
from reduced_model.materials import material

NUCLEATES_T, TILTS_T = 0.528, 0.129
ERROR = 3e-4
SIMULATION, PRIME, DOUBLE = Witness
FALLING = np.linspace(0.8, 0.0, 801)
LESS = 0.02


def upright_m(B_T):
    """The moment of an upright vortex of positive polarity, (n,), at fields from 0 up."""
    loop = field_loop(FALLING, radius_m=20e-9, material=material("iron"), model="H''")
    return np.interp(B_T, FALLING[::-1], loop.mz[::-1]) - LESS


def kinds(vortex, across):
    """Names of states from masks."""
    return np.where(vortex, np.where(across, "tilted vortex", "upright vortex"), "uniform")


def of_kind(kind, B_T):
    """The continuum's moment on a branch, and what the branch is at that field."""
    side, height = np.where(B_T < 0, -1.0, 1.0), np.abs(B_T)
    upright = upright_m(height)
    tilted = height / TILTS_T * upright_m(TILTS_T)
    value = {"uniform": np.ones(height.size), "upright vortex": upright, "tilted vortex": tilted}[kind]
    stable = {
        "uniform": height > NUCLEATES_T,
        "upright vortex": (height > TILTS_T) & (height <= NUCLEATES_T),
        "tilted vortex": height <= TILTS_T,
    }[kind]
    return side * value, np.where(stable, "minimum", "saddle")


def budget_frame(result, prediction):
    """The rows of a budget of m, of all three witnesses."""
    B = np.asarray(result.loop.B_T)
    stable_kind = np.where(
        np.abs(B) > NUCLEATES_T, "uniform", np.where(np.abs(B) > TILTS_T, "upright vortex", "tilted vortex")
    )
    branch = np.full(B.size, "", dtype=object)
    for piece in result.branches:
        branch[piece.rows] = piece.name
    toroidal = np.asarray(result.loop.toroidal)
    core = np.abs(toroidal[:, 2]) / np.maximum(np.linalg.norm(toroidal, axis=1), 1e-30)
    states = {SIMULATION: (result.moment, kinds(result.order > 0.02, core < 0.9998))}
    for witness, loop in zip((PRIME, DOUBLE), prediction.on_path.values(), strict=True):
        states[witness] = (loop.mz, kinds(loop.nu > 0.02, np.abs(np.cos(loop.tau_rad)) < 0.9998))
    names = ("uniform", "upright vortex", "tilted vortex")
    table = {name: of_kind(name, B) for name in names}
    frames = []
    for witness, (value, kind) in states.items():
        like = np.choose([names.index(k) for k in kind], [table[name][0] for name in names])
        stability = np.where(
            kind == "uniform",
            table["uniform"][1],
            np.where(kind == "upright vortex", table["upright vortex"][1], table["tilted vortex"][1]),
        )
        like = np.where((kind == "tilted vortex") & (np.abs(B) > TILTS_T), np.nan, like)
        stable = np.choose([names.index(k) for k in stable_kind], [table[name][0] for name in names])
        frames.append(
            pd.DataFrame(
                {
                    "case": result.label,
                    "step": result.loop.step,
                    "branch": branch,
                    "B_T": B,
                    "observable": "m",
                    "unit": "",
                    "witness": witness,
                    "value": value,
                    "value_error": 0.0,
                    "kind": kind,
                    "stable": stable,
                    "stable_error": ERROR,
                    "stable_kind": stable_kind,
                    "like": like,
                    "like_error": ERROR,
                    "like_stability": np.where(np.isfinite(like), stability, ""),
                    "difference": value - like,
                    "on_branch": kind == stable_kind,
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def window(first_T, last_T, rms, reason="nearer", branch="descending", n_rows=4, error=ERROR, **off):
    """A window; the nearest is the one of the least rms, those off the branch are given by name."""
    nearest = min(rms, key=rms.get) if reason in ("nearer", "alone") else None
    away = sorted(rms.values())
    factor = away[1] / away[0] if len(away) > 1 and away[0] else np.inf
    return Window(
        branch,
        first_T,
        last_T,
        n_rows,
        nearest,
        factor,
        rms,
        error,
        {Witness[k]: v for k, v in off.items()},
        reason,
    )


def mirrored(windows):
    """Windows of a descending branch, and the same of the ascending one."""
    return (
        *windows,
        *(replace(w, branch="ascending", first_T=-w.first_T, last_T=-w.last_T) for w in windows),
    )


EVENTS = pd.DataFrame(
    {
        "branch": ["descending"] * 3,
        "event": ["nucleation", "tilt", "reversal"],
        "simulation_T": [0.51, 0.15, 0.0],
        "simulation_error_T": 0.01,
        "H'_T": [0.508565, 0.065473, 0.0],
        "H'_error_T": 0.0,
        "H''_T": [0.508565, np.nan, -0.024],
        "H''_error_T": 0.0,
        "continuum_T": [0.528184, 0.129046, 0.0],
        "continuum_error_T": [1e-10, 9e-4, 0.0],
    }
)
IRON = mirrored(
    (
        window(0.8, 0.54, dict.fromkeys(Witness, 0.0), "undecided", n_rows=14),
        window(0.5, 0.24, {SIMULATION: 0.06, PRIME: 0.02, DOUBLE: 0.02}, n_rows=14),
        window(0.22, 0.14, {SIMULATION: 0.0201, PRIME: 0.02, DOUBLE: 0.02}, "undecided", n_rows=5),
        window(
            0.12,
            0.08,
            {SIMULATION: 0.012},
            "alone",
            n_rows=3,
            PRIME="upright vortex",
            DOUBLE_PRIME="upright vortex",
        ),
        window(0.06, -0.06, {SIMULATION: 0.02, PRIME: 0.008}, n_rows=7, DOUBLE_PRIME="upright vortex"),
    )
)


def with_budgets(comparison, windows=IRON, events=EVENTS):
    """A comparison all of whose cases have a budget with these windows."""
    pairs = zip(comparison.results, comparison.prediction_of, strict=True)
    budgets = tuple(MadeBudget(budget_frame(*pair), tuple(windows), events) for pair in pairs)
    return replace(comparison, budgets=budgets)


@dataclass(frozen=True, eq=False)
class MadeBudget:
    """What verdict and figures read of an ErrorBudget."""

    frame: pd.DataFrame
    windows: tuple[Window, ...]
    events: pd.DataFrame


@pytest.fixture(scope="session")
def budgeted(comparison):
    """The made comparison, with the budget of iron of R = 20 nm for both of its cases."""
    return with_budgets(comparison)


@dataclass(frozen=True, eq=False)
class MadeBranch:
    """A branch of the made continuum as a figure reads it."""

    kind: str
    B_T: tuple[float, float]
    stable_T: tuple[float, float] | None
    side: float
    error: float

    def at(self, name, B_T):
        """m and its error, (n,) each."""
        assert name == "m"
        m, _ = of_kind(self.kind, np.asarray(B_T))
        m = m if self.kind == "tilted vortex" else self.side * np.abs(m)
        return m, np.full(np.shape(B_T), self.error)

    def stable(self, B_T):
        """Where it is a minimum, (n,)."""
        low_T, high_T = self.stable_T
        return (low_T <= np.asarray(B_T)) & (np.asarray(B_T) <= high_T)


class MadeContinuum:
    """Its branches."""

    branches = (
        MadeBranch("uniform", (0.0, 1.0), (NUCLEATES_T, 1.0), 1.0, 0.0),
        MadeBranch("upright vortex", (0.0, NUCLEATES_T), (TILTS_T, NUCLEATES_T), 1.0, 1e-5),
        MadeBranch("tilted vortex", (-TILTS_T, TILTS_T), (-TILTS_T, TILTS_T), 1.0, 0.02),
        MadeBranch("upright vortex", (-NUCLEATES_T, 0.0), (-NUCLEATES_T, -TILTS_T), -1.0, 1e-5),
        MadeBranch("uniform", (-1.0, 0.0), (-1.0, -NUCLEATES_T), -1.0, 0.0),
    )


def with_continuum(comparison):
    """A comparison all of whose predictions have the made continuum."""
    known = {p: replace(p, continuum=MadeContinuum()) for p in comparison.predictions}
    return replace(comparison, prediction_of=tuple(known[p] for p in comparison.prediction_of))
