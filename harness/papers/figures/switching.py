"""Suppl. Fig. 2: the switching field of a small sphere against its anisotropy.

In: published curves, if any. Out: the loops' switching fields on the line 2 n Ku/Ms.
"""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from harness.papers.curves import CURVES, PublishedCurve
from harness.papers.figures.overlay import curve_frame, draw_published, published_frames
from harness.report.figures.drawn import Drawn
from harness.report.figures.style import COLUMN_IN, styled


@styled()
def draw(published: Mapping[str, PublishedCurve]) -> Drawn:
    """R = 8 nm, n = 0.5 to 5."""
    figure = Figure(figsize=(COLUMN_IN, 2.4))
    axes = figure.add_subplot()
    points, line = CURVES["figS2"].compute(), CURVES["figS2_line"].compute()
    axes.plot(*line, color="0.0", linestyle=(0, (6, 2)), linewidth=0.8, label=r"$2nK_{\rm u}/M_{\rm s}$")
    axes.plot(*points, linestyle="none", marker="o", color="#0b3c7d", label="loops of H″")
    keys = ("figS2", "figS2_line")
    draw_published(axes, published, *keys)
    axes.set(xlabel=r"$n$ in $K_{\rm u}\rightarrow nK_{\rm u}$", ylabel=r"switching field $\mu_0 H$ (T)")
    axes.set(xlim=(0, 5.2), ylim=(0, 0.3))
    axes.legend(loc="upper left")
    frames = [
        curve_frame("loops of H''", "n", "B_SW_T", points),
        curve_frame("2 n Ku/Ms", "n", "B_SW_T", line),
        *published_frames(published, *keys),
    ]
    caption = (
        "Switching field of the iron sphere of R = 8 nm with its anisotropy n times as large (Adams & "
        "Michels 2026, Suppl. Fig. 2; the paper does not say its radius, which below the crossing radius "
        "makes no difference)."
    )
    data = pd.concat(frames, ignore_index=True)
    return Drawn(figure, data, caption, "figS2_switching", "Switching fields on a straight line.")
