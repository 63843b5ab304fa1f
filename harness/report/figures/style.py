"""The one plot style: journal columns, SI units, told apart in grey as well as in colour.

In: matplotlib's defaults. Out: the settings, labels of axes, lettered panels, legends, reference lines, and
series styles that repeat in a fixed order.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from string import ascii_lowercase
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reduced_model.results import BLUE, GOLD, GREEN, GREY, ORANGE, PURPLE

COLUMN_IN = 3.4
"""Width of one journal column in inches."""
PAGE_IN = 7.0
"""Width of two columns and the gap between them."""
FIELD_LABEL = r"applied field $\mu_0 H$ (T)"
MOMENT_LABEL = r"$\langle m\rangle$ along the field"
TAU_LABEL = r"core angle $\tau$ (deg)"
NU_LABEL = r"core parameter $\nu$"

_TICKS = {"direction": "in", "labelsize": 7, "major.width": 0.6}
SETTINGS: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 7.5,
    "axes.labelsize": 8,
    "axes.titlesize": 8,
    "axes.linewidth": 0.6,
    "axes.formatter.use_mathtext": True,
    "legend.fontsize": 6.5,
    "legend.framealpha": 0.85,
    "legend.edgecolor": "none",
    "legend.handlelength": 2.6,
    "lines.linewidth": 1.0,
    "lines.markersize": 3.2,
    "lines.markeredgewidth": 0.7,
    **{f"{axis}tick.{key}": v for axis in "xy" for key, v in _TICKS.items()},
    "xtick.top": True,
    "ytick.right": True,
    "figure.constrained_layout.use": True,
    "savefig.dpi": 200,
    "svg.hashsalt": "mxval",
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
}

TITLE_PT = 6.5
_REFERENCES = (("0.0", (0, (6, 2))), ("0.35", (0, (1, 1.5))), ("0.0", (0, (6, 2, 1, 2))))


@dataclass(frozen=True)
class CaseStyle:
    """How one simulated case looks in every figure of a report."""

    color: str
    linestyle: Any
    marker: str
    offset: float
    """Share of the markers' spacing by which its markers are moved along the line."""
    face: str | None = None
    """Of its markers; filled in the line's colour if None."""

    @property
    def on_dark(self) -> str:
        """Its colour on a dark page."""
        return ON_DARK[self.color]

    @property
    def dash_px(self) -> tuple[int, ...]:
        """Its dashes and gaps in pixels of a page; none of a whole line."""
        return () if self.linestyle == "-" else tuple(round(2 * length) for length in self.linestyle[1])

    @property
    def line(self) -> dict[str, Any]:
        """Keywords of a plain line."""
        return {"color": self.color, "linestyle": self.linestyle}

    @property
    def points(self) -> dict[str, Any]:
        """Keywords of markers without a line."""
        face = {} if self.face is None else {"markerfacecolor": self.face}
        return {"color": self.color, "marker": self.marker, "linestyle": "none"} | face

    def marked(self, n: int) -> dict[str, Any]:
        """Keywords of a line of n points with a couple of dozen markers, set off from the other series'."""
        spacing = max(1, n // 24)
        return self.line | {"marker": self.marker, "markevery": (int(self.offset * spacing), spacing)}


# Dark to light as printed in grey, so that neighbours differ there too.
_STYLES = (
    CaseStyle(BLUE, "-", "o", 0.0),
    CaseStyle(ORANGE, (0, (4, 1.5)), "s", 0.5),
    CaseStyle(GREEN, (0, (1, 1)), "^", 0.25),
    CaseStyle(PURPLE, (0, (5, 1.5, 1, 1.5)), "v", 0.75),
    CaseStyle(GOLD, (0, (8, 2)), "D", 0.125),
    CaseStyle(GREY, (0, (3, 1, 1, 1, 1, 1)), "P", 0.625),
    CaseStyle(BLUE, (0, (1, 2.5)), "X", 0.375, "0.8"),
    CaseStyle(ORANGE, (0, (10, 2, 2, 2)), "<", 0.875, "0.8"),
    CaseStyle(GREEN, (0, (6, 3)), ">", 0.0625, "0.8"),
    CaseStyle(PURPLE, (0, (2, 2)), "p", 0.5625, "0.8"),
    CaseStyle(GOLD, (0, (5, 1, 1, 1, 1, 1, 1, 1)), "h", 0.3125, "0.8"),
    CaseStyle(GREY, (0, (12, 3)), "*", 0.8125, "0.8"),
)
"""From the seventh on colours come again: markers, their faces and the lines' dashes are others."""
ON_DARK = {
    **{BLUE: "#79b0ff", ORANGE: "#ff9a56", GREEN: "#4fd1a9", PURPLE: "#e08ac4"},
    **{GOLD: "#e3b341", GREY: "#b4bcc4"},
}
"""Each colour's counterpart on a dark page."""
_BANDS = ("0.78", "0.62", "0.88", "0.70")


def series(index: int) -> CaseStyle:
    """Style of the case with that index; the list repeats after twelve."""
    return _STYLES[index % len(_STYLES)]


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


def panels(
    width_in: float, height_in: float, rows: int = 1, columns: int = 1, **subplots: Any
) -> tuple[Figure, list[Axes]]:
    """A figure and its panels, row by row, each with its letter where there are several.

    ``subplots`` takes more arguments of `matplotlib.figure.Figure.subplots`, such as ``sharex``.
    """
    figure = Figure(figsize=(width_in, height_in))
    axes = list(figure.subplots(rows, columns, squeeze=False, **subplots).flat)
    if len(axes) > 1:
        letter(*axes)
    return figure, axes


def letter(*axes: Axes) -> None:
    """Put "(a)", "(b)"... over the left ends of the frames, where no curve can run into them."""
    for name, panel in zip(ascii_lowercase, axes, strict=False):
        panel.set_title(f"({name})", loc="left")


def title(panel: Axes, text: str) -> None:
    """Name a panel at the right end of its frame, away from its letter; in two lines where it is long."""
    grid, figure = panel.get_subplotspec(), panel.figure
    assert grid and isinstance(figure, Figure)
    room = 0.7 * 72 * figure.get_figwidth() / grid.get_gridspec().ncols / (0.55 * TITLE_PT)
    lines = text.rpartition(", ")[::2] if len(text) > room else (text,)
    panel.set_title("\n".join(filter(None, lines)), loc="right", fontsize=TITLE_PT)


def legend(axes: Axes, *others: Axes, loc: str = "best", most: int = 5, **keywords: Any) -> None:
    """The legend of a panel: inside it if it has no more than `most` entries, else below the whole figure.

    With other panels it is theirs too: a label counts once, so it must look the same in all.
    """
    entries: dict[str, Any] = {}
    for panel in (axes, *others):
        for handle, label in zip(*panel.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, handle)
    if not entries:
        return
    labels, handles = list(entries), list(entries.values())
    if len(handles) <= most:
        axes.legend(handles, labels, loc=loc, **keywords)
        return
    figure = axes.figure
    assert isinstance(figure, Figure)
    # A letter is about half as wide as the type is high; line and gaps of an entry take some six heights.
    width_in = (0.5 * max(map(len, labels)) + 6) * matplotlib.rcParams["legend.fontsize"] / 72
    columns = min(
        4 if figure.get_figwidth() > COLUMN_IN else 2, max(1, int(figure.get_figwidth() / width_in))
    )
    figure.legend(handles, labels, loc="outside lower center", ncols=columns, **keywords)


def upon(place: int, n: int) -> int:
    """How many of n series lie upon the one at a place, two at most: drawn larger, it is seen below them."""
    return min(n - 1 - place, 2)


def reference(index: int) -> dict[str, Any]:
    """Keywords of a thin line of theory; the list repeats after three."""
    color, dashes = _REFERENCES[index % len(_REFERENCES)]
    return {"color": color, "linestyle": dashes, "linewidth": 0.8}


def draw_references(draw: Callable[..., object], values: Iterable[tuple[str, float]]) -> None:
    """Draw lines across a panel: ``draw`` is its axhline or axvline, a value a label and a place."""
    for index, (label, value) in enumerate(values):
        draw(value, label=label, **reference(index))
