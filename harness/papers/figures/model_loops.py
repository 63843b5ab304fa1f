"""The model curves of the paper's Figs. 2 and 3: moment, core angle and nu over the field cycle.

In: published curves, if any. Out: exact profiles as a line, the paper's printed fits as a second one.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from harness.papers.curves import PublishedCurve
from harness.papers.figures.overlay import draw_published, published_frames
from harness.report.figures.drawn import Drawn
from harness.report.figures.loops import FIELD_LABEL
from harness.report.figures.style import PAGE_IN, panel_letter, styled
from reduced_model.loops.loop import ModelLoop
from reduced_model.models import Model
from reduced_model.papers.vortex_claims import iron_loop

_LINES: dict[str, tuple[str, dict[str, Any]]] = {
    "exact": ("profile functions by integration", {"color": "#0b3c7d", "linewidth": 1.3}),
    "fits": (
        "printed fits, Eqs. S17 to S21",
        {"color": "#d1560d", "linestyle": (0, (4, 1.5)), "linewidth": 0.9},
    ),
}


def draw_h_prime(published: Mapping[str, PublishedCurve]) -> Drawn:
    """Fig. 2."""
    return _draw(published, Model.PRIME, "fig2_h_prime", "2")


def draw_h_double_prime(published: Mapping[str, PublishedCurve]) -> Drawn:
    """Fig. 3."""
    return _draw(published, Model.DOUBLE_PRIME, "fig3_h_double_prime", "3")


@styled()
def _draw(published: Mapping[str, PublishedCurve], model: Model, name: str, number: str) -> Drawn:
    figure = Figure(figsize=(PAGE_IN, 3.3))
    grid = figure.add_gridspec(2, 2, width_ratios=(1.75, 1))
    moment = figure.add_subplot(grid[:, 0])
    angle = figure.add_subplot(grid[0, 1])
    core = figure.add_subplot(grid[1, 1], sharex=angle)
    loops = {"exact": iron_loop(model), "fits": iron_loop(model, "fits")}
    for source, loop in loops.items():
        label, line = _LINES[source]
        for axes, values in zip((moment, angle, core), _panels(loop), strict=True):
            axes.plot(loop.B_T, values, label=label, **line)
    keys = tuple(f"fig{number}{letter}" for letter in "abc")
    for axes, key in zip((moment, angle, core), keys, strict=True):
        draw_published(axes, published, key)
    moment.set(xlabel=FIELD_LABEL, ylabel=r"$\langle m_z\rangle$", ylim=(-1.08, 1.08))
    moment.legend(loc="lower right")
    angle.set(ylabel=r"core angle $\tau$ (deg)", yticks=(0, 45, 90, 135, 180), ylim=(-14, 214))
    angle.tick_params(labelbottom=False)
    core.set(xlabel=FIELD_LABEL, ylabel=r"core parameter $\nu$")
    core.set_ylim(-0.25, 7.2)
    figure.align_ylabels((angle, core))
    for letter, axes in zip("abc", (moment, angle, core), strict=True):
        panel_letter(axes, letter)
        axes.margins(x=0.02)
    frames = [_frame(source, loop) for source, loop in loops.items()]
    shown = model.replace("''", "″").replace("'", "′")
    caption = (
        f"The cycle of {shown} for the iron sphere of R = 20 nm, from +1 T and back (Adams & Michels 2026, "
        f"Fig. {number}; the curves of the simulation are `mxval run fe_sphere_40nm`). (a) Mean moment, (b) "
        f"angle of the core, (c) ν. {_events(loops)}"
    )
    alt = f"Loops of {shown} with exact profile functions and with the printed fits."
    data = pd.concat([*frames, *published_frames(published, *keys)], ignore_index=True)
    return Drawn(figure, data, caption, name, alt)


def _panels(loop: ModelLoop) -> tuple[np.ndarray, ...]:
    return loop.mz, np.rad2deg(loop.tau_rad), loop.nu


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
    joined = "; ".join(texts).replace("-", "−")
    return f"On the way down, {joined}."


def _frame(source: str, loop: ModelLoop) -> pd.DataFrame:
    mz, tau_deg, nu = _panels(loop)
    return pd.DataFrame(
        {"series": f"{loop.model} {source}", "B_T": loop.B_T, "mz": mz, "tau_deg": tau_deg, "nu": nu}
    )
