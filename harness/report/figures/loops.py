"""Simulated loops laid over one reduced Hamiltonian's: moment, core angle and core parameter against field.

In: a comparison. Out: for each model with a vortex the paper's Fig. 2 or 3, panels (a) to (c), as one figure.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from harness.analysis.loop import falls
from harness.analysis.result import CaseResult, SavedState
from harness.comparison.comparison import Comparison
from harness.report.figures.drawn import Drawn, NothingToDraw, PageFigure
from harness.report.figures.ribbon import MEANING, draw_ribbon
from harness.report.figures.rows import MOST_CASES, not_drawn
from harness.report.figures.style import (
    FIELD_LABEL,
    MOMENT_LABEL,
    NU_LABEL,
    PAGE_IN,
    TAU_LABEL,
    band,
    legend,
    letter,
    series,
)
from reduced_model.loops.loop import ModelLoop
from reduced_model.models import Model

PAPER_FIGURE = {Model.PRIME: "Fig. 2", Model.DOUBLE_PRIME: "Fig. 3"}
"""The figure of Adams & Michels 2026 that shows the loop of a model."""
MOST_SPHERES = 3
"""Spheres whose loops one panel can hold."""
LEAST_NU = 1e-6
"""Core parameter above which a model's state counts as a vortex: far above rounding."""
LOWEST, RIBBON = -1.08, 0.06
"""Lower end of the moment's axis, and the height of each line of marks below it."""
COLUMNS = ("series", "branch", "step", "B (T)", "<m> (1)", "tau (deg)", "nu (1)")


def loop_panels(*, vortex: bool = True) -> tuple[Figure, tuple[Axes, ...]]:
    """A figure with labelled axes for the moment, beside it the angle, below that the core parameter.

    Where there is no vortex there is no core parameter.
    """
    figure = Figure(figsize=(PAGE_IN, 3.3))
    grid = figure.add_gridspec(2 if vortex else 1, 2, width_ratios=(1.75, 1))
    moment = figure.add_subplot(grid[:, 0])
    angle = figure.add_subplot(grid[0, 1])
    panels = (moment, angle, figure.add_subplot(grid[1, 1], sharex=angle)) if vortex else (moment, angle)
    moment.set(xlabel=FIELD_LABEL, ylabel=MOMENT_LABEL, ylim=(LOWEST, -LOWEST))
    moment.axhline(0, color="0.85", linewidth=0.5, zorder=0)
    angle.set(ylabel=TAU_LABEL, yticks=(0, 45, 90, 135, 180), ylim=(-14, 194))
    panels[-1].set(xlabel=FIELD_LABEL)
    if vortex:
        angle.tick_params(labelbottom=False)
        panels[-1].set(ylabel=NU_LABEL)
        figure.align_ylabels(panels[1:])
    letter(*panels)
    for axes in panels:
        axes.margins(x=0.02)
    return figure, panels


def panel_values(loop: ModelLoop) -> tuple[NDArray[np.float64], ...]:
    """What a model's loop shows in the three panels, in their units, (n) each."""
    return loop.mz, np.rad2deg(loop.tau_rad), loop.nu


def _over(model: Model) -> PageFigure[Comparison]:
    """The figure of every case over the curves of one model."""
    kind = "minimal" if model is Model.DOUBLE_PRIME else "reduced"
    title = f"The loop over the {kind} Hamiltonian {model.symbol}"
    return PageFigure(f"loop_h_{model.key}", title, lambda comparison: _draw(comparison, model))


draw_h_prime, draw_h_double_prime = _over(Model.PRIME), _over(Model.DOUBLE_PRIME)


def _draw(comparison: Comparison, model: Model) -> Drawn:
    frames = []
    spheres = len(comparison.predictions)
    if spheres > MOST_SPHERES:
        raise NothingToDraw(f"{spheres} spheres in one panel cannot be read; see the loops sphere by sphere")
    predictions = [p for p in comparison.predictions if p.curves]
    drawn = comparison.results[:MOST_CASES]
    described = [state for result in drawn for state in _described(result)]
    vortex = any(state.fit.state != "uniform" for state in described)
    vortex = vortex or any(bool((p.curves[model].nu > LEAST_NU).any()) for p in predictions)
    figure, panels = loop_panels(vortex=vortex)
    for index, prediction in enumerate(predictions):
        curve = prediction.curves[model]
        text = prediction.label if len(comparison.predictions) > 1 else "model"
        for axes, values in zip(panels, panel_values(curve), strict=False):  # the last may be missing
            axes.plot(curve.B_T, values, label=f"{model.symbol} ({text})", **band(index))
        frames.append(_frame(f"{model} {prediction.label}", "", "", curve.B_T, *panel_values(curve)))
    for index, result in enumerate(drawn):
        draw_loop(panels[0], result, index)
        draw_ribbon(panels[0], result, LOWEST - RIBBON * (index + 0.4), series(index).color)
        draw_states(panels[1:], result, index)
    frames += [frame for result in comparison.results for frame in _loop_frames(result)]
    certified = any(result.certified and result.loop.states for result in drawn)
    if certified:
        panels[0].set_ylim(bottom=LOWEST - RIBBON * (len(drawn) + 0.3))
    legend(panels[0])
    if vortex:
        panels[2].set_ylim(-0.25, max(1.0, panels[2].get_ylim()[1]))
    saved = len(described)
    others = sum(len(result.fits) for result in drawn) - saved
    fits = "the fit of the one saved state" if saved == 1 else f"fits of the {saved} saved states"
    shown = f"{fits}, bars half the spread of ν between estimators" if saved else "no state to show"
    caption = (
        f"Hysteresis loop of the simulation over the reduced Hamiltonian {model.symbol} (broad grey line; "
        f"Adams & Michels 2026, {PAPER_FIGURE[model]}). (a) Mean moment along the field; filled symbols "
        "descending, open ascending branch"
        + (f"; at the lower edge the saved states ({MEANING}). " if certified else ". ")
        + (
            f"(b) Angle τ between core and field and (c) core parameter ν: {shown}."
            if vortex
            else "(b) Angle between moment and field; neither model nor saved states hold a vortex: ν = 0."
        )
        + (f" Not shown: {others} saved that the Ansatz does not describe." if others else "")
        + " The grey line of (b) has no meaning where ν = 0 but for the direction of the uniform moment."
        + (
            " The continuum is in “Simulation and models beside the continuum”."
            if any(comparison.budgets)
            else ""
        )
        + (" The band about a loop in (a) spans its repeats." if any(r.replicas for r in drawn) else "")
        + not_drawn(comparison.results)
    )
    labels = ", ".join(result.label for result in drawn)
    alt = f"Loops of {labels} over the model {model.symbol}, with core angle and nu."
    return Drawn(figure, frames, caption, alt)


def draw_loop(axes: Axes, result: CaseResult, index: int) -> None:
    """Both branches in one style, over what repeats span; only the first carries the legend's label."""
    style, (low, high) = series(index), result.span
    for branch in result.branches:
        if result.replicas:
            ends = low[branch.rows], high[branch.rows]
            axes.fill_between(result.loop.B_T[branch.rows], *ends, color=style.color, alpha=0.25, lw=0)
        B, m = result.loop.B_T[branch.rows], result.moment[branch.rows]
        label = result.label if branch is result.branches[0] else None
        axes.plot(B, m, label=label, markerfacecolor=_fill(branch.name, index), **style.marked(len(B)))


def draw_states(panels: Sequence[Axes], result: CaseResult, index: int) -> None:
    """Angle and, where there is a panel for it, core parameter of the saved states."""
    for state in _described(result):
        look = series(index).points | {"markerfacecolor": _fill(state.branch, index), "elinewidth": 0.7}
        panels[0].errorbar(state.B_T, np.rad2deg(state.fit.tilt_rad), **look)
        for core in panels[1:]:
            core.errorbar(state.B_T, state.fit.nu, state.fit.nu_spread / 2, **look)


def _fill(branch: str, index: int) -> str:
    """Markers of descending branches are filled, those of others open."""
    return series(index).color if falls(branch) else "white"


def _described(result: CaseResult) -> list[SavedState]:
    """The saved states that nu and tau mean something for."""
    return [state for state in result.states if state.fit.described]


def _frame(*values: Any) -> pd.DataFrame:
    return pd.DataFrame(dict(zip(COLUMNS, values, strict=True)))


def _loop_frames(result: CaseResult) -> Iterator[pd.DataFrame]:
    """One row a table row; tau and nu stand where the state was saved. What repeats span follows."""
    tau = pd.Series({s: np.rad2deg(fit.tilt_rad) for s, fit in result.fits.items()}, dtype=float)
    nu = pd.Series({s: fit.nu for s, fit in result.fits.items()}, dtype=float)
    step = pd.Index(result.loop.step)
    fitted = (values.reindex(step).to_numpy() for values in (tau, nu))
    of_row = result.branch_of_row, step, result.loop.B_T
    yield _frame(result.label, *of_row, result.moment, *fitted)
    for word, m in zip(("least", "largest"), result.span if result.replicas else (), strict=False):
        name = f"{result.label}, {word} of {1 + len(result.replicas)} runs"
        yield _frame(name, *of_row, m, np.nan, np.nan)
