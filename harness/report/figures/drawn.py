"""A figure that pages show, the finished figure with the numbers in it, and how it gets onto disk.

In: a function from what a page shows to a picture.
Out: PNG, SVG, PDF and CSV files that are the same bytes for the same data.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
import pandas as pd
from matplotlib import rcParams
from matplotlib.backend_bases import FigureCanvasBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from harness.report.figures.style import styled
from reduced_model.errors import InputError

__all__ = ["KINDS", "Drawn", "NothingToDraw", "PageFigure", "page_figure"]

Shown = TypeVar("Shown")
"""What a page shows: a `Comparison` in a report."""

# Who prints each format, and what it would otherwise stamp with the time or the version of matplotlib.
_PRINTERS: dict[str, tuple[type[FigureCanvasBase], dict[str, None]]] = {
    "png": (FigureCanvasAgg, {"Software": None}),
    "svg": (FigureCanvasSVG, {"Date": None, "Creator": None}),
    "pdf": (FigureCanvasPdf, {"CreationDate": None, "Creator": None, "Producer": None}),
}
KINDS = tuple(_PRINTERS)
"""The pictures a figure is written as."""
LONE_PT = 16.0
"""Length of the dash that stands for a line of one point."""


class NothingToDraw(Exception):
    """What is shown holds no data for this figure; the message says what is missing."""


@dataclass(frozen=True, eq=False)
class Drawn:
    """One figure of a page, drawn."""

    figure: Figure
    frames: Sequence[pd.DataFrame]
    """What is drawn, one row a point, with units in the column names."""
    caption: str
    alt: str
    """What a reader who cannot see the figure should know."""
    name: str = ""
    """Stem of the file names; its `PageFigure` gives it, and the heading where there is none."""
    title: str = ""

    @cached_property
    def data(self) -> pd.DataFrame:
        """The frames as one table."""
        return pd.concat(self.frames, ignore_index=True)

    @styled()
    def save(self, folder: Path, kinds: Sequence[str] = KINDS) -> dict[str, Path]:
        """Write csv and `kinds` of picture into a folder that exists; their paths by those names."""
        files = {kind: folder / f"{self.name}.{kind}" for kind in ("csv", *kinds)}
        for kind in kinds:
            self.write(files[kind])
        self.data.to_csv(files["csv"], index=False)
        return files

    @styled()
    def write(self, file: Path) -> None:
        """Write the picture alone, as the file's ending says; InputError for one that is not of `KINDS`."""
        kind = file.suffix.lower().removeprefix(".")
        if kind not in KINDS:
            raise InputError(f"{file}: must end in .{', .'.join(KINDS[:-1])} or .{KINDS[-1]}")
        canvas, metadata = _PRINTERS[kind]
        self.figure.set_dpi(rcParams["savefig.dpi"])
        if self.figure.axes and (layout := self.figure.get_layout_engine()):
            layout.execute(self.figure)
            self.figure.set_layout_engine("none")  # found once; every format then shows the same layout
            for axes in self.figure.axes:  # its last digit is not the same each time, and names clips in SVG
                axes.set_position(Bbox(np.round(axes.get_position(original=True).get_points(), 12)))
        # not savefig, which draws once more to find a layout
        buffer = BytesIO()  # what writes pictures meets a full disk with errors of its own
        getattr(canvas(self.figure), f"print_{kind}")(buffer, metadata=metadata)
        try:
            file.write_bytes(buffer.getvalue())
        except OSError:
            file.unlink(missing_ok=True)
            raise

    @styled()
    def _repr_png_(self) -> bytes:
        """The figure itself, for notebooks."""
        buffer = BytesIO()
        self.figure.savefig(buffer, format="png")
        return buffer.getvalue()


@dataclass(frozen=True)
class PageFigure(Generic[Shown]):
    """A figure of a page, not yet drawn; called with what the page shows, it draws itself."""

    name: str
    """Stem of the file names."""
    title: str
    """Heading on the page."""
    picture: Callable[[Shown], Drawn]

    @styled()
    def __call__(self, shown: Shown) -> Drawn:
        """Draw it in the one style; `NothingToDraw` if what is shown holds no data for it."""
        drawn = self.picture(shown)
        _mark_lone_points(drawn.figure)
        return replace(drawn, name=self.name, title=drawn.title or self.title)


def _mark_lone_points(figure: Figure) -> None:
    """Give a line of one point, which would not be seen, a dash as wide as the line."""
    for line in (line for axes in figure.axes for line in axes.lines):
        points = np.asarray(line.get_xydata(), dtype=float)
        points = points[np.isfinite(points).all(axis=1)]
        if (
            len(points)
            and not np.ptp(points, axis=0).any()
            and line.get_linestyle() != "None"
            and line.get_marker() in (None, "None", "")
        ):
            line.set(marker="_", markersize=LONE_PT, markeredgewidth=line.get_linewidth())


def page_figure(name: str, title: str) -> Callable[[Callable[[Shown], Drawn]], PageFigure[Shown]]:
    """Make a figure of a page of a function that draws it: name and title stand above the function."""
    return lambda picture: PageFigure(name, title, picture)
