"""Suppl. Fig. 1: the profile functions and their printed fits, each over its own maximum, with true errors.

In: published curves, if any. Out: (a) what the paper draws, (b) the fits' errors without that normalisation.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from harness.papers.curves import PublishedCurve
from harness.papers.figures.overlay import draw_published, published_frames
from harness.report.figures.drawn import Drawn
from harness.report.figures.style import PAGE_IN, panel_letter, series, styled
from reduced_model.papers.heuristics import NAMES, RANGE, heuristic_errors, heuristic_profiles
from reduced_model.vortex.profiles import profiles

SYMBOLS = {
    "g_ex": r"$g_{\rm ex}$",
    "g_ux": r"$g_{\rm u}^x$",
    "g_uz": r"$g_{\rm u}^z$",
    "g_z": r"$g_{\rm z}^z$",
    "g_d": r"$g_{\rm d}$",
}


@styled()
def draw(published: Mapping[str, PublishedCurve]) -> Drawn:
    """Both panels over 0 <= nu <= 10."""
    figure = Figure(figsize=(PAGE_IN, 2.7))
    shapes, errors = figure.subplots(1, 2)
    nu = np.linspace(*RANGE, 501)
    exact, printed = profiles(nu), heuristic_profiles(nu)
    frames = []
    for index, name in enumerate(NAMES):
        g, fit = getattr(exact, name), getattr(printed, name)
        style = series(index)
        shapes.plot(nu, g / g.max(), color=style.color, label=SYMBOLS[name])
        shapes.plot(nu, fit / fit.max(), color="0.0", linestyle=(0, (3, 2)), linewidth=0.7)
        share = np.abs(fit - g) / g.max()
        errors.semilogy(nu, share, color=style.color, linestyle=style.linestyle, label=SYMBOLS[name])
        frames.append(pd.DataFrame({"profile": name, "nu": nu, "integral": g, "printed fit": fit}))
    keys = [f"figS1_{name}{suffix}" for name in NAMES for suffix in ("", "_fit")]
    draw_published(shapes, published, *keys)
    shapes.set(xlabel=r"$\nu$", ylabel="share of own maximum", xlim=RANGE, ylim=(0, 1.05))
    shapes.legend(loc="center right")
    errors.set(xlabel=r"$\nu$", ylabel="|fit − integral| / largest integral", xlim=RANGE, ylim=(1e-4, 3))
    errors.legend(loc="lower right", ncols=2)
    panel_letter(errors, "b")
    shapes.set_title("(a)", loc="left")
    largest = {error.name: error for error in heuristic_errors()}
    off = largest.pop("g_ux")
    caption = (
        "Profile functions by integration (lines) and the printed fits, Eqs. S17 to S21 (dashes; Adams & "
        "Michels 2026, Suppl. Fig. 1). (a) Each curve over its own maximum, as the paper draws them. (b) The "
        f"fits' errors without that: at most {max(e.relative for e in largest.values()):.1%} but for g_ux, "
        f"which S18 gives {1 / off.scale:.2f} times too large ({off.relative:.0%} of the integral's largest "
        f"value); in (a) it is within {off.normalised:.1%}."
    )
    data = pd.concat([*frames, *published_frames(published, *keys)], ignore_index=True)
    return Drawn(
        figure, data, caption, "figS1_profiles", "Five profile functions with their fits and errors."
    )
