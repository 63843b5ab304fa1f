"""A simulated loop laid over one reduced Hamiltonian's: moment, core angle and core parameter against field.

In: a comparison and the model's name. Out: the paper's Figs. 2 and 3, panels (a) to (c), as one figure.
"""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.analysis.result import CaseResult, SavedState
from harness.comparison.comparison import Comparison
from harness.comparison.prediction import Prediction
from harness.report.figures.drawn import Drawn
from harness.report.figures.style import PAGE_IN, band, panel_letter, series, styled
from reduced_model.models import Model

FIELD_LABEL = r"applied field $\mu_0 H$ (T)"
COLUMNS = ("series", "branch", "step", "B (T)", "<m> (1)", "tau (deg)", "nu (1)")


@styled()
def draw_against(comparison: Comparison, model: str, name: str, paper_figure: str) -> Drawn:
    """Draw every case over the curves of one model.

    Parameters
    ----------
    model : "H'" or "H''".
    name : stem of the files.
    paper_figure : the figure of Adams & Michels 2026 this repeats.
    """
    figure = Figure(figsize=(PAGE_IN, 3.3))
    grid = figure.add_gridspec(2, 2, width_ratios=(1.75, 1))
    moment = figure.add_subplot(grid[:, 0])
    angle = figure.add_subplot(grid[0, 1])
    core = figure.add_subplot(grid[1, 1], sharex=angle)
    frames = []
    shown = Model(model).symbol
    for index, prediction in enumerate(p for p in comparison.predictions if p.curves):
        text = f"{shown} ({prediction.label})" if len(comparison.predictions) > 1 else f"{shown} (model)"
        _draw_model((moment, angle, core), prediction, model, index, text)
        frames.append(_model_frame(prediction, model))
    for index, result in enumerate(comparison.results):
        _draw_loop(moment, result, index)
        _draw_states(angle, core, result, index)
        frames.append(_loop_frame(result))
    moment.set(xlabel=FIELD_LABEL, ylabel=r"$\langle m\rangle$ along the field", ylim=(-1.08, 1.08))
    moment.axhline(0, color="0.85", linewidth=0.5, zorder=0)
    moment.legend(loc="best")
    angle.set(ylabel=r"core angle $\tau$ (deg)", yticks=(0, 45, 90, 135, 180), ylim=(-14, 214))
    angle.tick_params(labelbottom=False)
    core.set(xlabel=FIELD_LABEL, ylabel=r"core parameter $\nu$")
    core.set_ylim(bottom=-0.25)
    figure.align_ylabels((angle, core))
    for letter, axes in zip("abc", (moment, angle, core), strict=True):
        panel_letter(axes, letter)
        axes.margins(x=0.02)
    saved = sum(len(_described(result)) for result in comparison.results)
    others = sum(len(result.fits) for result in comparison.results) - saved
    caption = (
        f"Hysteresis loop of the simulation over the reduced Hamiltonian {shown} (broad grey line; "
        f"Adams & Michels 2026, {paper_figure}). (a) Mean moment along the field; filled symbols descending, "
        f"open ascending branch. (b) Angle τ between core and field and (c) core parameter ν: "
        + (
            f"{_fits_of(saved)}, bars half the spread of ν between estimators."
            if saved
            else "no state to show."
        )
        + (f" Not shown: {others} saved that the Ansatz does not describe." if others else "")
        + " The grey line of (b) has no meaning where ν = 0 but for the direction of the uniform moment."
    )
    labels = ", ".join(result.label for result in comparison.results)
    alt = f"Loops of {labels} over the model {shown}, with core angle and nu."
    return Drawn(figure, pd.concat(frames, ignore_index=True), caption, name, alt)


def _draw_model(
    panels: tuple[Axes, Axes, Axes], prediction: Prediction, model: str, index: int, text: str
) -> None:
    curve = prediction.curves[model]
    values = (curve.mz, np.rad2deg(curve.tau_rad), curve.nu)
    for axes, value in zip(panels, values, strict=True):
        axes.plot(curve.B_T, value, label=text, **band(index))


def _draw_loop(axes: Axes, result: CaseResult, index: int) -> None:
    """Both branches with one line style; only the first carries the legend's label."""
    style = series(index)
    for branch in result.branches:
        B, m = result.loop.B_T[branch.rows], result.moment[branch.rows]
        fill = style.color if branch.name == "descending" else "white"
        label = result.label if branch is result.branches[0] else None
        axes.plot(B, m, label=label, markerfacecolor=fill, **style.line(len(B)))


def _draw_states(angle: Axes, core: Axes, result: CaseResult, index: int) -> None:
    style = series(index)
    for state in _described(result):
        fill = style.color if state.branch == "descending" else "white"
        shared: dict[str, Any] = {
            "color": style.color,
            "marker": style.marker,
            "markerfacecolor": fill,
            "linestyle": "none",
        }
        angle.errorbar(state.B_T, np.rad2deg(state.fit.tilt_rad), elinewidth=0.7, **shared)
        core.errorbar(state.B_T, state.fit.nu, state.fit.nu_spread / 2, elinewidth=0.7, **shared)


def shared_nucleation_lines(comparison: Comparison) -> tuple[tuple[str, float], ...]:
    """Theory's fields for the end of the uniform state, where all cases that have them have the same."""
    distinct = {p.nucleation_lines for p in comparison.predictions if p.nucleation_lines}
    return distinct.pop() if len(distinct) == 1 else ()


def _described(result: CaseResult) -> list[SavedState]:
    """The saved states that nu and tau mean something for."""
    return [state for state in result.states if state.fit.state != "other"]


def _fits_of(count: int) -> str:
    return "the fit of the one saved state" if count == 1 else f"fits of the {count} saved states"


def _model_frame(prediction: Prediction, model: str) -> pd.DataFrame:
    curve = prediction.curves[model]
    values = (f"{model} {prediction.label}", "", "", curve.B_T, curve.mz, np.rad2deg(curve.tau_rad), curve.nu)
    return pd.DataFrame(dict(zip(COLUMNS, values, strict=True)))


def _loop_frame(result: CaseResult) -> pd.DataFrame:
    """One row a table row; tau and nu stand where the state was saved."""
    tau = pd.Series({s: np.rad2deg(fit.tilt_rad) for s, fit in result.fits.items()}, dtype=float)
    nu = pd.Series({s: fit.nu for s, fit in result.fits.items()}, dtype=float)
    step = pd.Index(result.loop.step)
    branch = np.full(len(step), "", dtype=object)
    for piece in result.branches:
        branch[piece.rows] = piece.name
    values = (
        result.label,
        branch,
        step,
        result.loop.B_T,
        result.moment,
        tau.reindex(step).to_numpy(),
        nu.reindex(step).to_numpy(),
    )
    return pd.DataFrame(dict(zip(COLUMNS, values, strict=True)))
