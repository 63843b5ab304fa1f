"""The vortex model as the papers draw it: its profile functions (Suppl. Fig. 1) and loops (Figs. 2 and 3).

In: published curves, if any. Out: the profile functions with the true errors of their printed fits; moment,
core angle and nu over the field cycle, by exact profiles, by the printed fits, and of the continuum.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from harness.papers.continuum import draw_continuum, full_loop, shipped, sphere
from harness.papers.curves import PaperData, draw_published
from harness.report.figures.drawn import Drawn, PageFigure, page_figure
from harness.report.figures.loops import PAPER_FIGURE, draw_loop, draw_states, loop_panels, panel_values
from harness.report.figures.style import NU_LABEL, PAGE_IN, legend, panels, series
from reduced_model.loops.loop import ModelLoop
from reduced_model.models import Model
from reduced_model.papers.heuristics import NAMES, RANGE, heuristic_errors, heuristic_profiles
from reduced_model.papers.vortex import iron_loop
from reduced_model.vortex.profiles import profiles

_LINES: dict[str, tuple[str, dict[str, Any]]] = {
    "exact": ("profile functions by integration", series(0).line | {"linewidth": 1.3}),
    "fits": ("printed fits, Eqs. S17 to S21", series(1).line | {"linewidth": 0.9}),
}


def _over(model: Model) -> PageFigure[PaperData]:
    """The figure of one model's loop."""
    number = PAPER_FIGURE[model].removeprefix("Fig. ")
    title = f"Adams & Michels 2026, {PAPER_FIGURE[model]}: the loop of {model.symbol}"
    return PageFigure(f"fig{number}_h_{model.key}", title, lambda data: _draw(data, model, number))


draw_h_prime, draw_h_double_prime = _over(Model.PRIME), _over(Model.DOUBLE_PRIME)


_SIMULATED = "; with the simulation's curves: `mxval figure 2` and `3`"


def _draw(data: PaperData, model: Model, number: str) -> Drawn:
    figure, axes = loop_panels()
    loops = {"exact": iron_loop(model), "fits": iron_loop(model, "fits")}
    frames = []
    for source, loop in loops.items():
        label, line = _LINES[source]
        for panel, values in zip(axes, panel_values(loop), strict=True):
            panel.plot(loop.B_T, values, label=label, **line)
        columns = dict(zip(("B_T", "mz", "tau_deg", "nu"), (loop.B_T, *panel_values(loop)), strict=True))
        frames.append(pd.DataFrame({"series": f"{model} {source}", **columns}))
    continuum = full_loop()
    for panel, name in zip(axes, ("m", "core_angle_deg", "nu"), strict=True):
        draw_continuum(panel, continuum, "B_T", name)
    frames.append(continuum.assign(series="continuum"))
    for index, result in enumerate(data.results, start=2):
        draw_loop(axes[0], result, index)
        draw_states(axes[1:], result, index)
        rows = result.to_dataframe().rename(columns={"m": "mz", "core_angle_deg": "tau_deg"})
        frames.append(rows.assign(series=result.label))
    for panel, letter in zip(axes, "abc", strict=True):
        frames += draw_published(panel, data.published, f"fig{number}{letter}")
    legend(axes[0], loc="lower right")
    axes[2].set_ylim(-0.25, 7.2)
    caption = (
        f"The cycle of {model.symbol} for the iron sphere of R = 20 nm, from +1 T and back (Adams & Michels "
        f"2026, {PAPER_FIGURE[model]}{_SIMULATED if not data.results else ''}). (a) "
        f"Mean moment, (b) angle of the core, (c) ν. {_events(loops)} {_continuum()} {data.runs}".rstrip()
    )
    alt = f"Loops of {model.symbol} with exact profile functions and with the printed fits; the continuum's."
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


def _continuum() -> str:
    """What the continuum does instead, with its files."""
    iron = sphere()
    return (
        f"In the continuum they do so at {iron['nucleation_T']:.3f} T and {iron['tilt_T']:.3f} T, and its "
        f"two branches are one. {shipped('iron/loops.csv')}"
    )


SYMBOLS = {
    "g_ex": r"$g_{\rm ex}$",
    "g_ux": r"$g_{\rm u}^x$",
    "g_uz": r"$g_{\rm u}^z$",
    "g_z": r"$g_{\rm z}^z$",
    "g_d": r"$g_{\rm d}$",
}


@page_figure("figS1_profiles", "Adams & Michels 2026, Suppl. Fig. 1: profile functions")
def draw_profiles(data: PaperData) -> Drawn:
    """Both panels over 0 <= nu <= 10."""
    figure, (shapes, errors) = panels(PAGE_IN, 2.7, 1, 2)
    nu = np.linspace(*RANGE, 501)
    exact, printed = profiles(nu), heuristic_profiles(nu)
    frames = []
    for index, name in enumerate(NAMES):
        g, fit = getattr(exact, name), getattr(printed, name)
        shapes.plot(nu, g / g.max(), color=series(index).color, label=SYMBOLS[name])
        shapes.plot(nu, fit / fit.max(), color="0.0", linestyle=(0, (3, 2)), linewidth=0.7)
        errors.semilogy(nu, np.abs(fit - g) / g.max(), label=SYMBOLS[name], **series(index).line)
        frames.append(pd.DataFrame({"profile": name, "nu": nu, "integral": g, "printed fit": fit}))
    keys = (f"figS1_{name}{suffix}" for name in NAMES for suffix in ("", "_fit"))
    frames += draw_published(shapes, data.published, *keys)
    shapes.set(xlabel=NU_LABEL, ylabel="share of own maximum", xlim=RANGE, ylim=(0, 1.05))
    errors.set(xlabel=NU_LABEL, ylabel="|fit − integral| / largest integral", xlim=RANGE, ylim=(1e-4, 3))
    legend(shapes, loc="center right", most=6)
    legend(errors, loc="lower right", ncols=2)
    largest = {error.name: error for error in heuristic_errors()}
    off = largest.pop("g_ux")
    caption = (
        "Profile functions by integration (lines) and the printed fits, Eqs. S17 to S21 (dashes; Adams & "
        "Michels 2026, Suppl. Fig. 1). (a) Each curve over its own maximum, as the paper draws them. (b) The "
        f"fits' errors without that: at most {max(e.relative for e in largest.values()):.1%} but for g_ux, "
        f"which S18 gives {1 / off.scale:.2f} times too large ({off.relative:.0%} of the integral's largest "
        f"value); in (a) it is within {off.normalised:.1%}."
    )
    return Drawn(figure, frames, caption, "Five profile functions with their fits and errors.")
