"""Error budgets beside made runs: of a continuum made by hand, with windows and events as a test wants."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

from harness.comparison.error_budget import ErrorBudget, Window, Witness, budget_of, theory_of

from .comparison.made_continuum import made_continuum

ERROR = 3e-4
SIMULATION, PRIME, DOUBLE = Witness


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
    """Windows of a descending branch at either sign of the field, and the same of the ascending one."""
    crossing = [w for w in windows if w.first_T * w.last_T < 0]
    beyond = [replace(w, first_T=-w.last_T, last_T=-w.first_T) for w in windows if w not in crossing]
    falling = (*windows, *reversed(beyond))
    return (
        *falling,
        *(replace(w, branch="ascending", first_T=-w.first_T, last_T=-w.last_T) for w in falling),
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
        window(0.22, 0.1, {SIMULATION: 0.0201, PRIME: 0.02, DOUBLE: 0.02}, "undecided", n_rows=5),
        window(
            *(0.08, 0.08, {SIMULATION: 0.012}, "alone"),
            n_rows=1,
            PRIME="upright vortex",
            DOUBLE_PRIME="upright vortex",
        ),
        window(0.06, -0.06, {SIMULATION: 0.02, PRIME: 0.008}, n_rows=7, DOUBLE_PRIME="upright vortex"),
    )
)


@dataclass(frozen=True, eq=False)
class MadeBudget:
    """What verdict and figures read of an ErrorBudget."""

    frame: pd.DataFrame
    windows: tuple[Window, ...]
    events: pd.DataFrame
    own: ErrorBudget

    @property
    def moments(self):
        return self.frame[self.frame["observable"] == "m"]

    def __getattr__(self, name):
        return getattr(self.own, name)


def with_budgets(comparison, windows=None, events=None):
    """A comparison beside the made continuum; windows and events given stand in place of its budgets' own."""
    known = {p: replace(p, continuum=made_continuum()) for p in comparison.predictions}
    predictions = tuple(known[p] for p in comparison.prediction_of)
    budgets = []
    for result, prediction in zip(comparison.results, predictions, strict=True):
        own = budget_of(result, theory_of(prediction, result.case.field_values_T))
        mine = own.windows if windows is None else tuple(windows)
        budgets.append(MadeBudget(own.frame, mine, own.events if events is None else events, own))
    return replace(comparison, prediction_of=predictions, budgets=tuple(budgets))


@pytest.fixture(scope="session")
def budgeted(comparison):
    """The made comparison, with the windows and events of iron of R = 20 nm for both of its cases."""
    return with_budgets(comparison, IRON, EVENTS)
