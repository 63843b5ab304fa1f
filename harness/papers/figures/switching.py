"""Suppl. Fig. 2: the switching field of a small sphere against its anisotropy.

In: published curves, if any. Out: the loops' switching fields on the line 2 n Ku/Ms.
"""

from harness.papers.curves import CURVES
from harness.papers.figures.overlay import Published, draw_curve, draw_published
from harness.report.figures.drawn import Picture, page_figure
from harness.report.figures.style import COLUMN_IN, legend, panels, series


@page_figure("figS2_switching", "Adams & Michels 2026, Suppl. Fig. 2: the macrospin limit")
def draw(published: Published) -> Picture:
    """R = 8 nm, n = 0.5 to 5."""
    figure, (axes,) = panels(COLUMN_IN, 2.4)
    points, line, columns = CURVES["figS2"].compute(), CURVES["figS2_line"].compute(), ("n", "B_SW_T")
    frames = [
        draw_curve(axes, "loops of H''", columns, points, label="loops of H″", **series(0).points),
        draw_curve(
            axes,
            "2 n Ku/Ms",
            columns,
            line,
            label=r"$2nK_{\rm u}/M_{\rm s}$",
            color="0.0",
            linestyle=(0, (6, 2)),
            linewidth=0.8,
            zorder=1,
        ),
        *draw_published(axes, published, "figS2", "figS2_line"),
    ]
    axes.set(xlabel=r"$n$ in $K_{\rm u}\rightarrow nK_{\rm u}$", ylabel=r"switching field $\mu_0 H$ (T)")
    axes.set(xlim=(0, 5.2), ylim=(0, 0.3))
    legend(axes, loc="upper left")
    caption = (
        "Switching field of the iron sphere of R = 8 nm with its anisotropy n times as large (Adams & "
        "Michels 2026, Suppl. Fig. 2; the paper does not say its radius, which below the crossing radius "
        "makes no difference)."
    )
    return Picture(figure, frames, caption, "Switching fields on a straight line.")
