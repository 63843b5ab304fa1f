"""Suppl. Fig. 1: the profile functions and their printed fits, each over its own maximum, with true errors.

In: published curves, if any. Out: (a) what the paper draws, (b) the fits' errors without that normalisation.
"""

import numpy as np
import pandas as pd

from harness.papers.figures.overlay import Published, draw_published
from harness.report.figures.drawn import Drawn, page_figure
from harness.report.figures.style import NU_LABEL, PAGE_IN, legend, panels, series
from reduced_model.papers.heuristics import NAMES, RANGE, heuristic_errors, heuristic_profiles
from reduced_model.vortex.profiles import profiles

SYMBOLS = {
    "g_ex": r"$g_{\rm ex}$",
    "g_ux": r"$g_{\rm u}^x$",
    "g_uz": r"$g_{\rm u}^z$",
    "g_z": r"$g_{\rm z}^z$",
    "g_d": r"$g_{\rm d}$",
}


@page_figure("figS1_profiles", "Adams & Michels 2026, Suppl. Fig. 1: profile functions")
def draw(published: Published) -> Drawn:
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
    frames += draw_published(shapes, published, *keys)
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
