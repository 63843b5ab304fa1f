"""What a simulation gives for the numbers that the paper reads off its own.

In: the finished runs of `fe_sphere_40nm`. Out: a few words a number, run by run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from harness.analysis.loop import central_opening
from harness.analysis.result import CaseResult
from harness.comparison.table import nucleation_jump, reach_T
from harness.papers.curves import PaperData
from harness.papers.figures.texture import remanent_vortex
from harness.papers.numbered import SERVED_BY
from harness.report.figures.drawn import NothingToDraw
from reduced_model.results import with_error

OPEN_BY = 0.02
"""Difference of the branches' moments from which a loop counts as open."""
Simulations = Mapping[str, PaperData]
"""Finished runs by the name of their study."""


def in_the_simulation(quantity: str, simulations: Simulations) -> str:
    """A quantity of `NEEDS_SIMULATION` by the runs at hand, in words; empty without them."""
    data = simulations.get(SERVED_BY["2"])
    tell = _NUMBERS.get(quantity)
    return tell(data) if data is not None and data.results and tell is not None else ""


def _remanent_nu(data: PaperData) -> str:
    try:
        _, state = remanent_vortex(data)
    except NothingToDraw as why:
        return str(why)
    error = float(np.fmax(state.fit.nu_spread / 2, state.fit.nu_error))
    return f"{with_error(state.fit.nu, error)} ({state.label})"


def _jump(result: CaseResult) -> str:
    leading = result.observables[result.leading]
    jump = nucleation_jump(leading, reach_T(result.loop.B_T[result.branches[result.leading].rows]))
    if jump is None:
        return "the vortex opens without a jump" if math.isfinite(leading.nucleation_field_T) else "no vortex"
    return with_error(jump.B_T, abs(jump.B_before_T - jump.B_after_T) / 2)


def _opening(result: CaseResult) -> str:
    found = central_opening(result.loop.B_T, result.moment, OPEN_BY)
    if found is None:
        return "not both branches"
    closed = f"closed to {OPEN_BY:g} at B = 0"
    return with_error(found.B_T, found.uncertainty_T) if math.isfinite(found.B_T) else closed


def _run_by_run(of: Callable[[CaseResult], str]) -> Callable[[PaperData], str]:
    return lambda data: "; ".join(f"{of(result)} ({result.label})" for result in data.results)


_NUMBERS: dict[str, Callable[[PaperData], str]] = {
    "nu of the remanent state, 2 nm cells": _remanent_nu,
    "field of MuMax3's jump, 2 nm cells": _run_by_run(_jump),
    "|B| below which MuMax3's loop is open": _run_by_run(_opening),
}
