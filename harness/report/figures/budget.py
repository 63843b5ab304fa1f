"""The three witnesses: simulation, H' and H'' beside the continuum, and how far each is from it.

In: the error budgets of a comparison. Out: the loop; under it who is nearest at which fields, mesh error and
Ansatz error against field. Cases that share particle and path share axes.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.textpath import TextPath
from numpy.typing import NDArray

from harness.analysis.result import CaseResult
from harness.comparison.comparison import Comparison
from harness.comparison.error_budget import ErrorBudget, Window, Witness
from harness.comparison.prediction import Prediction
from harness.report.figures.drawn import Drawn, NothingToDraw, page_figure
from harness.report.figures.ribbon import MEANING, draw_ribbon
from harness.report.figures.style import (
    COLUMN_IN,
    FIELD_LABEL,
    MOMENT_LABEL,
    PAGE_IN,
    CaseStyle,
    band,
    legend,
    letter,
    series,
    title,
    upon,
)
from harness.verdict.words import among
from reduced_model.continuum.branches import ContinuumBranches

MOST_CASES = 12
MOST_PARTICLES = 3
UNNUMBERED = 4
"""Up to so many cases markers and dashes are enough to tell them; more are numbered as well."""
FINE = 401
"""Points of a continuum curve between the ends of a branch."""
LEAST = 1e-5
"""Smallest distance in <m> that is drawn."""
VISIBLE = 0.004
"""Error in <m> from which a band about a curve can be seen."""
BESIDE_ONE_T = 0.005
"""How far the continuum is drawn on either side of a path of one field."""
PANELS = 0.78
"""Part of the figure's width that the fields of all its panels take."""
TYPE_PT, LEAST_TYPE_PT = 5.5, 3.2
"""Of the letters in the strip."""
SHADES = {"S": "0.35", "H": "0.68", "H′": "0.76", "H″": "0.86", "?": "white", "–": "white"}
"""Of the strip, by who is nearest."""
LETTERS = {Witness.SIMULATION: "S", Witness.PRIME: "H′", Witness.DOUBLE_PRIME: "H″"}
MODEL_LOOKS: dict[Witness, dict[str, Any]] = {
    Witness.DOUBLE_PRIME: band(2) | {"linewidth": 4.6},
    Witness.PRIME: band(1) | {"linewidth": 2.2, "zorder": 1.5},
}
"""The wider one below, so that both are seen where they agree."""
OFF = (0, (0.5, 0.35))
"""How a broad line is broken where the model is on another branch than the stable one."""
CONTINUUM: dict[str, Any] = {"color": "black", "linewidth": 0.9, "zorder": 2}
Entry = tuple[CaseResult, ErrorBudget]


class Styled(NamedTuple):
    """A case as it is drawn."""

    style: CaseStyle
    number: str
    """By which it is told where there are many; empty where there are few."""
    result: CaseResult
    budget: ErrorBudget

    @property
    def name(self) -> str:
        """What the legend calls it."""
        return f"{self.number}: {self.result.short_label}" if self.number else self.result.short_label


@page_figure("budget", "Simulation and models beside the continuum")
def draw(comparison: Comparison) -> Drawn:
    """A column of panels for each particle and path, three at most, of twelve cases at most."""
    everyone = zip(comparison.results, comparison.budgets, comparison.drawn_with, strict=True)
    groups: dict[Prediction, list[Entry]] = {}
    for result, budget, prediction in everyone:
        if budget is not None:
            groups.setdefault(prediction, []).append((result, budget))
    if not groups:
        raise NothingToDraw("no continuum was computed to hold simulation and models against")
    shown = list(groups.items())[:MOST_PARTICLES]
    names = list(dict.fromkeys(result.short_label for _, cases in shown for result, _ in cases))
    looks = {name: series(index) for index, name in enumerate(names[:MOST_CASES])}
    shown = [(of, cases) for of, cases in shown if any(result.short_label in looks for result, _ in cases)]
    numbers = {name: str(k) if len(names) > UNNUMBERED else "" for k, name in enumerate(looks, start=1)}
    rows = max(sum(result.short_label in looks for result, _ in cases) for _, cases in shown)
    certified = any(r.certified and r.loop.states for _, cases in shown for r, _ in cases)
    strips = [0.05 + 0.07 * rows, *([0.04 + 0.045 * rows] if certified else [])]
    figure = Figure(figsize=(COLUMN_IN if len(shown) == 1 else PAGE_IN, 4.2 + 0.1 * len(strips) * (rows + 1)))
    heights = (1.25, *strips, 1.0)
    panels = figure.subplots(len(heights), len(shown), squeeze=False, sharex="col", height_ratios=heights)
    for (prediction, cases), column in zip(shown, panels.T, strict=True):
        told = [Styled(looks[n], numbers[n], r, b) for r, b in cases if (n := r.short_label) in looks]
        _draw_loop(column[0], prediction, told)
        _draw_windows(column[1], told)
        if certified:
            _draw_states(column[2], told)
        _draw_errors(column[-1], told)
        column[0].margins(x=0.02)
        column[-1].set_xlabel(FIELD_LABEL)
        if len(shown) > 1:
            title(column[0], prediction.label)
    letter(*(axes for row in (panels[0], panels[-1]) for axes in row))
    _label(figure, panels)
    frames = [budget.moments for c in groups.values() for _, budget in c]
    drawn = [entry for _, cases in shown for entry in cases if entry[0].short_label in looks]
    return Drawn(figure, frames, _caption(comparison, groups), _alt(drawn))


def _label(figure: Figure, panels: NDArray[Any]) -> None:
    """Names of the axes at the left, one legend for all below the figure."""
    panels[0, 0].set_ylabel(MOMENT_LABEL)
    panels[1, 0].set_ylabel("nearest", rotation=0, ha="right", va="center")
    if len(panels) > 3:
        panels[2, 0].set_ylabel("states", rotation=0, ha="right", va="center")
    panels[-1, 0].set_ylabel(r"distance in $\langle m\rangle$")
    figure.align_ylabels(panels[[0, -1], 0])
    legend(*panels[0], most=0)


def _draw_loop(axes: Axes, prediction: Prediction, cases: Sequence[Styled]) -> None:
    """The simulations' rows over the models' curves and every branch of the continuum."""
    axes.axhline(0, color="0.9", linewidth=0.5, zorder=0)
    for witness, look in MODEL_LOOKS.items() if prediction.curves else ():
        curve = prediction.curves[witness.value]
        axes.plot(curve.B_T, curve.mz, label=LETTERS[witness], **look)
    fields = np.concatenate([case.result.loop.B_T for case in cases])
    low, high = float(fields.min()), float(fields.max())
    if prediction.continuum:
        draw_continuum(axes, prediction.continuum, low, high)
    for place, case in enumerate(cases):
        rows = _of(case.budget, Witness.SIMULATION)
        size = 2.6 + 1.1 * upon(place, len(cases))
        _mark(axes, case.style, rows["B_T"], rows["value"], rows["on_branch"], size, label=case.name)
    axes.set(ylim=(-1.08, 1.08))


def draw_continuum(axes: Axes, continuum: ContinuumBranches, low: float, high: float) -> None:
    """Solid where a branch is stable, dashed where it is not, a band where its error can be seen."""
    names = {"-": "continuum, stable", (0, (3, 2)): "continuum, saddle"}
    if high == low:
        low, high = low - BESIDE_ONE_T, high + BESIDE_ONE_T
    for branch in continuum.branches:
        start, stop = max(low, float(branch.B_T[0])), min(high, float(branch.B_T[-1]))
        if start > stop:
            continue
        turns = [B for B in branch.stable_T or () if start < B < stop]
        fields = np.unique([*np.linspace(start, stop, FINE), *turns])
        m, error = branch.at("m", fields)
        stable = np.asarray(branch.stable(fields))
        for part, style in ((stable, "-"), (~stable, (0, (3, 2)))):
            if part.any():
                axes.plot(
                    fields,
                    np.where(part, m, np.nan),
                    linestyle=style,
                    label=names.pop(style, None),
                    **CONTINUUM,
                )
        if np.nanmax(error) > VISIBLE:
            axes.fill_between(fields, m - error, m + error, color="0.5", alpha=0.35, linewidth=0)


def _draw_windows(axes: Axes, cases: Sequence[Styled]) -> None:
    """A row a case: who is nearest on its leading branch, shaded, with a letter as large as there is room."""
    figure, grid = axes.figure, axes.get_subplotspec()
    assert isinstance(figure, Figure) and grid
    width_pt = 72 * PANELS * figure.get_figwidth() / grid.get_gridspec().ncols
    low, high = (float(limit([limit(case.result.loop.B_T) for case in cases])) for limit in (np.min, np.max))
    for y, case in zip(range(0, -len(cases), -1), cases, strict=True):
        for left, right, name in _extents(case.result, case.budget):
            wide = high > low  # else a path of one field has a letter without a block
            if wide:
                axes.fill_betweenx(
                    (y - 0.42, y + 0.42), left, right, facecolor=SHADES[name], edgecolor="0.4", linewidth=0.4
                )
            size = _type_pt(name, width_pt * (right - left) / (high - low)) if wide else TYPE_PT
            if size >= LEAST_TYPE_PT:
                ink = "white" if name == "S" and wide else "black"
                axes.text(
                    (left + right) / 2, y - 0.02, name, ha="center", va="center", fontsize=size, color=ink
                )
        if len(cases) > 1:
            beside = axes.get_yaxis_transform()
            axes.plot(1.025, y, transform=beside, clip_on=False, **case.style.points)
            axes.text(1.055, y - 0.02, case.number, transform=beside, va="center", fontsize=5.5)
    _bare(axes, len(cases))


def _type_pt(name: str, room_pt: float) -> float:
    """Size of type in which a name fits, with a fifth of a point at either side."""
    return min(
        TYPE_PT, TYPE_PT * (room_pt - 0.4) / float(TextPath((0, 0), name, TYPE_PT).get_extents().width)
    )


def _draw_states(axes: Axes, cases: Sequence[Styled]) -> None:
    """A line a case: what its saved states were certified to be."""
    for y, case in zip(range(0, -len(cases), -1), cases, strict=True):
        draw_ribbon(axes, case.result, y, case.style.color)
    _bare(axes, len(cases))


def _bare(axes: Axes, rows: int) -> None:
    """Room for some rows one below the other, without frame and ticks."""
    axes.set(ylim=(0.55 - rows, 0.55), yticks=())
    axes.tick_params(bottom=False, top=False, labelbottom=False)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _extents(result: CaseResult, budget: ErrorBudget) -> list[tuple[float, float, str]]:
    """Left and right end, midway between rows, of the leading branch's windows; neighbours alike as one."""
    windows = [window for window in budget.windows if window.branch == _leading(result)]
    runs = [(letter, list(run)) for letter, run in groupby(windows, key=_letter)]
    middles = [(one[-1].last_T + other[0].first_T) / 2 for (_, one), (_, other) in pairwise(runs)]
    starts = [*(run[0].first_T for _, run in runs[:1]), *middles]
    stops = [*middles, *(run[-1].last_T for _, run in runs[-1:])]
    return [(min(a, b), max(a, b), name) for a, b, (name, _) in zip(starts, stops, runs, strict=True)]


def _letter(window: Window) -> str:
    """Who is nearest, in a letter; H where both models are, ? undecided, a dash where nobody is on it."""
    rms = window.rms
    models = (rms.get(Witness.PRIME, np.nan), rms.get(Witness.DOUBLE_PRIME, np.nan))
    if window.nearest is None:
        return "?" if window.reason == "undecided" else "–"
    alike = window.nearest is not Witness.SIMULATION and np.isclose(*models, rtol=1e-6, atol=1e-12)
    return "H" if alike else LETTERS[window.nearest]


def _draw_errors(axes: Axes, cases: Sequence[Styled]) -> None:
    """Distances from the continuum of the same kind on the leading branch, over the continuum's own error."""
    first, budget = cases[0].result, cases[0].budget
    for witness, look in MODEL_LOOKS.items():
        rows = _of(budget, witness, _leading(first))
        axes.plot(rows["B_T"], _distance(rows), **look | {"linestyle": OFF, "alpha": 0.8})
        axes.plot(rows["B_T"], _distance(rows).where(rows["on_branch"]), **look)
    for case in cases:
        rows = _of(case.budget, Witness.SIMULATION, _leading(case.result))
        axes.plot(rows["B_T"], _distance(rows), linewidth=0.7, **case.style.line)
        _mark(axes, case.style, rows["B_T"], _distance(rows), rows["on_branch"])
    rows = _of(budget, Witness.SIMULATION, _leading(first))
    if len(rows) == 1:
        rows = pd.concat([rows.assign(B_T=rows["B_T"] + off_T) for off_T in (-BESIDE_ONE_T, BESIDE_ONE_T)])
    axes.fill_between(rows["B_T"], LEAST, rows["stable_error"], color="0.92", linewidth=0, zorder=0)
    if not any(np.isfinite(line.get_ydata()).any() for line in axes.lines):
        note = f"no distance to draw: below {LEAST:g},\nor of a state the continuum has not"
        axes.text(0.5, 0.5, note, transform=axes.transAxes, ha="center", va="center", fontsize=6.5)
    axes.set_yscale("log")
    axes.set_ylim(LEAST, max(0.1, 1.5 * axes.get_ylim()[1]))
    _number(axes, cases)


def _number(axes: Axes, cases: Sequence[Styled]) -> None:
    """The cases' numbers on their lines, each at another field, so that they stand apart in grey too."""
    for k, case in enumerate(cases):
        rows = _of(case.budget, Witness.SIMULATION, _leading(case.result))
        seen = np.flatnonzero(_distance(rows).notna())
        if case.number and seen.size:
            row = rows.iloc[[seen[int((k + 0.5) / len(cases) * seen.size)]]]
            axes.text(
                float(row["B_T"].iloc[0]),
                float(_distance(row).iloc[0]),
                case.number,
                fontsize=5.5,
                ha="center",
                va="center",
                zorder=4,
                bbox={"boxstyle": "circle,pad=0.15", "facecolor": "white", "linewidth": 0.4},
            )


def _distance(rows: pd.DataFrame) -> pd.Series:
    """Distances from the continuum; nan, hence a gap, below the least."""
    distance = rows["difference"].abs()
    return distance.where(distance >= LEAST)


def _of(budget: ErrorBudget, witness: Witness, branch: str | None = None) -> pd.DataFrame:
    """A witness's rows of the moment, of one branch or all."""
    rows = budget.moments[budget.moments["witness"] == witness]
    return rows if branch is None else rows[rows["branch"] == branch]


def _leading(result: CaseResult) -> str:
    """Label of the branch that leaves saturation."""
    return result.branches[result.leading].label


def _mark(
    axes: Axes,
    style: CaseStyle,
    B: pd.Series,
    values: pd.Series,
    on: pd.Series,
    size: float = 2.6,
    **named: Any,
) -> None:
    """A couple of dozen markers a branch, open where the row is on another branch than the continuum's."""
    spacing = max(1, round(len(B) / (18 * (1 + (np.diff(np.sign(np.diff(B))) != 0).sum()))))
    kept, on_branch = np.arange(len(B)) % spacing == int(style.offset * spacing), on.to_numpy(dtype=bool)
    look = style.points | {"markersize": size, "markeredgewidth": 0.5, "zorder": 3}
    axes.plot(B[kept & on_branch], values[kept & on_branch], **look, **named)
    axes.plot(B[kept & ~on_branch], values[kept & ~on_branch], **look | {"markerfacecolor": "white"})


def _caption(comparison: Comparison, groups: dict[Prediction, list[Entry]]) -> str:
    """What is drawn how, and what is left out."""
    shown = list(groups.values())[:MOST_PARTICLES]
    names = list(dict.fromkeys(result.short_label for cases in shown for result, _ in cases))
    dropped = [result for cases in shown for result, _ in cases if result.short_label in names[MOST_CASES:]]
    beyond = list(groups)[MOST_PARTICLES:]
    without = [r.label for r, b in zip(comparison.results, comparison.budgets, strict=True) if b is None]
    left = [
        *([among([result.label for result in dropped])] if dropped else []),
        *([among([prediction.label for prediction in beyond])] if beyond else []),
    ]
    return (
        "Simulation (markers), H′ and H″ (narrower and broader grey line) beside the continuum of the "
        "sphere, solved without a mesh (black: solid where it is a minimum, dashed where it is a saddle). "
        "Top: mean moment along the field. Strip: who is nearest to the continuum on the branch that leaves "
        "saturation: S (dark) simulation, H both models alike, ? undecided, – nobody on its branch. "
        + (
            f"Marks: the simulations' saved states ({MEANING}). "
            if any(r.certified and r.loop.states for r in comparison.results)
            else ""
        )
        + "Bottom: "
        "mesh error (simulation − continuum) and Ansatz error (model − continuum), each against the "
        "continuum's branch of its own kind of state; gaps where the continuum has none, open markers and "
        "broken lines where that branch is not the stable one, shaded the continuum's error. Distances below "
        f"{LEAST:g} are not drawn."
        + (f" In the CSV alone: {'; '.join(left)}." if left else "")
        + (f" Without a continuum: {among(without)}." if without else "")
    )


def _alt(drawn: Sequence[Entry]) -> str:
    """Who is nearest from where to where, in words."""
    parts = []
    for result, budget in drawn:
        told = (f"{name} from {a:.3g} to {b:.3g} T" for a, b, name in _extents(result, budget))
        parts.append(f"{result.label}: {', '.join(told)}")
    return f"Who is nearest to the continuum. {'; '.join(parts)}."
