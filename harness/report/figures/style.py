"""The one plot style: journal columns, SI units, told apart in grey as well as in colour.

In: matplotlib's defaults. Out: the settings, and series styles that repeat in a fixed order.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib
from matplotlib.axes import Axes

__all__ = [
    "COLUMN_IN",
    "PAGE_IN",
    "REFERENCE_STYLES",
    "Series",
    "band",
    "panel_letter",
    "series",
    "styled",
]

COLUMN_IN = 3.4
"""Width of one journal column in inches."""
PAGE_IN = 7.0
"""Width of two columns and the gap between them."""

SETTINGS: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 7.5,
    "axes.labelsize": 8,
    "axes.titlesize": 8,
    "axes.linewidth": 0.6,
    "axes.formatter.use_mathtext": True,
    "legend.fontsize": 6.5,
    "legend.frameon": False,
    "legend.handlelength": 2.6,
    "lines.linewidth": 1.0,
    "lines.markersize": 3.2,
    "lines.markeredgewidth": 0.7,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.top": True,
    "ytick.right": True,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "figure.constrained_layout.use": True,
    "savefig.dpi": 200,
    "svg.hashsalt": "mxval",
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
}

REFERENCE_STYLES = (("0.0", (0, (6, 2))), ("0.35", (0, (1, 1.5))), ("0.0", (0, (6, 2, 1, 2))))
"""Colour and dashes of reference lines: first the Ansatz, then the paper's equation, then the continuum."""


@dataclass(frozen=True)
class Series:
    """How one simulated case looks in every figure of a report."""

    color: str
    linestyle: Any
    marker: str
    offset: float
    """Share of the markers' spacing by which its markers are moved along the line."""

    def line(self, n: int) -> dict[str, Any]:
        """Keywords of a line of n points with a couple of dozen markers, set off from the other series'."""
        spacing = max(1, n // 24)
        return {
            "color": self.color,
            "linestyle": self.linestyle,
            "marker": self.marker,
            "markevery": (int(self.offset * spacing), spacing),
        }


# Dark to light as printed in grey, so that neighbours differ there too.
_SERIES = (
    Series("#0b3c7d", "-", "o", 0.0),
    Series("#d1560d", (0, (4, 1.5)), "s", 0.5),
    Series("#1a8a6b", (0, (1, 1)), "^", 0.25),
    Series("#7a1f5c", (0, (5, 1.5, 1, 1.5)), "v", 0.75),
    Series("#b8860b", (0, (8, 2)), "D", 0.125),
    Series("#5a5a5a", (0, (3, 1, 1, 1, 1, 1)), "P", 0.625),
)
_BANDS = ("0.78", "0.62", "0.88", "0.70")


def series(index: int) -> Series:
    """Style of the case with that index; the list repeats after six."""
    return _SERIES[index % len(_SERIES)]


def band(index: int = 0) -> dict[str, Any]:
    """Keywords of a model curve: a broad grey line that simulations are drawn upon."""
    return {"color": _BANDS[index % len(_BANDS)], "linewidth": 3.4, "solid_capstyle": "butt", "zorder": 1}


@contextmanager
def styled() -> Iterator[None]:
    """Use the style inside a with block, or as a decorator of a function that draws.

    It starts from matplotlib's own defaults: other libraries change the current ones when they are imported.
    """
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(SETTINGS)
        yield


def panel_letter(axes: Axes, letter: str) -> None:
    """Put "(a)" in the upper left corner, inside the frame."""
    axes.annotate(
        f"({letter})", (0, 1), xytext=(4, -4), xycoords="axes fraction", textcoords="offset points", va="top"
    )
