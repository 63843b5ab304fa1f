"""The model curves of the paper's Figs. 2 and 3: moment, core angle and nu over the field cycle.

In: published curves, if any. Out: exact profiles as a line, the paper's printed fits as a second one.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from harness.papers.figures.overlay import Published, draw_published
from harness.report.figures.drawn import Drawn, PageFigure
from harness.report.figures.loops import PAPER_FIGURE, loop_panels, panel_values
from harness.report.figures.style import legend, series
from reduced_model.loops.loop import ModelLoop
from reduced_model.models import Model
from reduced_model.papers.vortex import iron_loop

_LINES: dict[str, tuple[str, dict[str, Any]]] = {
    "exact": ("profile functions by integration", series(0).line | {"linewidth": 1.3}),
    "fits": ("printed fits, Eqs. S17 to S21", series(1).line | {"linewidth": 0.9}),
}


def _over(model: Model) -> PageFigure[Published]:
    """The figure of one model's loop."""
    number = PAPER_FIGURE[model].removeprefix("Fig. ")
    title = f"Adams & Michels 2026, {PAPER_FIGURE[model]}: the loop of {model.symbol}"
    return PageFigure(f"fig{number}_h_{model.key}", title, lambda published: _draw(published, model, number))


draw_h_prime, draw_h_double_prime = _over(Model.PRIME), _over(Model.DOUBLE_PRIME)


def _draw(published: Published, model: Model, number: str) -> Drawn:
    figure, axes = loop_panels()
    loops = {"exact": iron_loop(model), "fits": iron_loop(model, "fits")}
    frames = []
    for source, loop in loops.items():
        label, line = _LINES[source]
        for panel, values in zip(axes, panel_values(loop), strict=True):
            panel.plot(loop.B_T, values, label=label, **line)
        columns = dict(zip(("B_T", "mz", "tau_deg", "nu"), (loop.B_T, *panel_values(loop)), strict=True))
        frames.append(pd.DataFrame({"series": f"{model} {source}", **columns}))
    for panel, letter in zip(axes, "abc", strict=True):
        frames += draw_published(panel, published, f"fig{number}{letter}")
    legend(axes[0], loc="lower right")
    axes[2].set_ylim(-0.25, 7.2)
    caption = (
        f"The cycle of {model.symbol} for the iron sphere of R = 20 nm, from +1 T and back (Adams & Michels "
        f"2026, {PAPER_FIGURE[model]}; the curves of the simulation are `mxval run fe_sphere_40nm`). (a) "
        f"Mean moment, (b) angle of the core, (c) ν. {_events(loops)}"
    )
    alt = f"Loops of {model.symbol} with exact profile functions and with the printed fits."
    return Drawn(figure, frames, caption, alt)


def _events(loops: Mapping[str, ModelLoop]) -> str:
    """Where stability is lost on the way down, for both sets of profiles."""
    texts = []
    for source, loop in loops.items():
        half = loop.B_T.size // 2
        first = {event.mode: event.B_T for event in reversed(loop.events) if event.row < half}
        what = "by integration" if source == "exact" else "by the fits"
        texts.append(
            f"{what} the vortex opens at {first['nu']:.3f} T and its core tilts at {first['tau']:.3f} T"
        )
    return f"On the way down, {'; '.join(texts)}.".replace("-", "−")
