"""The error budget of a case: simulation and models beside the continuum, like branch with like branch.

In: a case's loop, its models, the continuum's branches. Out: an ErrorBudget: distances, windows, events.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

__all__ = ["ErrorBudget", "Window", "Witness"]


class Witness(StrEnum):
    """Who is held against the continuum."""

    SIMULATION = "simulation"
    PRIME = "H'"
    DOUBLE_PRIME = "H''"


@dataclass(frozen=True)
class Window:
    """Neighbouring fields of one branch at which the same witness is nearest to the continuum."""

    branch: str
    first_T: float
    last_T: float
    n_rows: int
    nearest: Witness | None
    factor: float
    rms: Mapping[Witness, float]
    error: float
    off_branch: Mapping[Witness, str]
    reason: str


@dataclass(frozen=True, eq=False)
class ErrorBudget:
    """How far simulation, H' and H'' are from the continuum at every row of a case."""

    frame: pd.DataFrame
    windows: tuple[Window, ...]
    events: pd.DataFrame
