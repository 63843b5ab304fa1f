"""Loops of several origins beside the continuum: their moments, and under them which rows sit on minima.

In: a comparison of runs of one sphere. Out: one figure; a strip a loop, of the branch that leaves saturation.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.comparison.comparison import Comparison
from harness.comparison.sources import SourceTable
from harness.comparison.stretches import Stretch
from harness.report.figures.budget import LETTERS, MODEL_LOOKS, draw_continuum
from harness.report.figures.drawn import Drawn, NothingToDraw, page_figure
from harness.report.figures.style import FIELD_LABEL, MOMENT_LABEL, PAGE_IN, CaseStyle, legend, series
from harness.verdict.words import among

LOOKS: dict[str, dict[str, Any]] = {
    "minimum": {"facecolor": "0.35"},
    "saddle": {"facecolor": "white", "hatch": "/////"},
    "": {"facecolor": "0.88"},
}
"""Of the strips, by what the continuum's branch is there."""
MARKERS = 40
"""Markers a branch of a loop."""


@page_figure("sources", "Which branch each loop sits on")
def draw(comparison: Comparison) -> Drawn:
    """All loops over the continuum's branches and the models; a strip each."""
    table = SourceTable(comparison)
    if not any(table.of_source.values()):
        raise NothingToDraw("no continuum was computed, whose branches loops could sit on")
    n = len(comparison.results)
    figure = Figure(figsize=(PAGE_IN, 3.4 + 0.2 * n))
    top, strips = figure.subplots(2, 1, sharex=True, height_ratios=(3.0, 0.1 + 0.2 * n))
    prediction = comparison.predictions[0]
    for witness, look in MODEL_LOOKS.items() if prediction.curves else ():
        curve = prediction.curves[witness.value]
        top.plot(curve.B_T, curve.mz, label=LETTERS[witness], **look)
    fields = np.concatenate([np.asarray(result.loop.B_T) for result in comparison.results])
    if prediction.continuum:
        draw_continuum(top, prediction.continuum, float(fields.min()), float(fields.max()))
    for index, result in enumerate(comparison.results):
        style, found = series(index), table.of_source[result.label]
        _draw_loop(top, style, np.asarray(result.loop.B_T), result.moment, found, result.label)
        _draw_strip(strips, -index, style, result.branches[result.leading].label, found)
    top.set(ylabel=MOMENT_LABEL, ylim=(-1.08, 1.08))
    strips.set(xlabel=FIELD_LABEL, ylim=(0.6 - n, 0.6), yticks=())
    strips.tick_params(top=False)
    legend(top, most=0)
    labels = list(table.of_source)
    drawn_with = zip(labels, comparison.drawn_with, strict=True)
    others = [label for label, of in drawn_with if of is not prediction]
    return Drawn(figure, [table.frame], _caption(labels, prediction.label, others), _alt(table))


def _draw_loop(
    axes: Axes, style: CaseStyle, B_T: Any, moment: Any, found: tuple[Stretch, ...], label: str
) -> None:
    """Some markers a branch: filled on a minimum of the continuum, open elsewhere."""
    on = np.zeros(len(B_T), dtype=bool)
    for stretch in found:
        on[stretch.first_row : stretch.last_row + 1] = stretch.stability == "minimum"
    spacing = max(1, len(B_T) // (2 * MARKERS))
    kept = np.arange(len(B_T)) % spacing == int(style.offset * spacing)
    look = style.points | {"markersize": 2.8, "zorder": 3, "markerfacecolor": style.color}
    axes.plot(B_T[kept & on], moment[kept & on], label=label, **look)
    axes.plot(B_T[kept & ~on], moment[kept & ~on], **look | {"markerfacecolor": "white"})


def _draw_strip(axes: Axes, y: int, style: CaseStyle, branch: str, found: tuple[Stretch, ...]) -> None:
    """What the rows of one branch sit on, from left to right."""
    own = [stretch for stretch in found if stretch.branch == branch]
    for k, stretch in enumerate(own):
        before = own[k - 1].last_T if k else stretch.first_T
        after = own[k + 1].first_T if k + 1 < len(own) else stretch.last_T
        ends = ((before + stretch.first_T) / 2, (after + stretch.last_T) / 2)
        axes.fill_betweenx(
            (y - 0.36, y + 0.36),
            min(ends),
            max(ends),
            edgecolor="0.3",
            linewidth=0.4,
            **LOOKS[stretch.stability],
        )
    axes.plot(1.015, y, transform=axes.get_yaxis_transform(), clip_on=False, **style.points)


def _caption(labels: list[str], drawn: str, others: list[str]) -> str:
    """What is seen; the continuum of ``others`` is not the one that is drawn."""
    order = ", ".join(labels)
    apart = (
        f" Drawn: the continuum of {drawn}; that of {among(others)}, in a field of another direction, is not."
    )
    return (
        "Mean moment along the field of every loop (markers, filled where the row is on a minimum of the "
        "continuum, open elsewhere) over its branches, solved without a mesh (black: solid where a minimum, "
        f"dashed where a saddle), H′ and H″ (grey). Strips, from the top: {order}: the branch that leaves "
        "saturation; dark on a minimum of the continuum, hatched on a saddle, light on none or undecided."
        f"{apart if others else ''}"
    )


def _alt(table: SourceTable) -> str:
    return "Loops beside the continuum. " + ". ".join(table.lines())
