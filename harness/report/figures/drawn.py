"""A finished figure with the numbers in it, and how it gets onto disk.

In: a matplotlib figure, its data as a table, its caption.
Out: PNG, SVG, PDF and CSV files that are the same bytes for the same data.
"""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from harness.report.figures.style import styled

__all__ = ["Drawn", "FigureFiles", "NothingToDraw"]

# What each format would otherwise stamp with the time or the version of matplotlib.
_METADATA: dict[str, dict[str, None]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


class NothingToDraw(Exception):
    """The comparison holds no data for this figure; the message says what is missing."""


@dataclass(frozen=True)
class FigureFiles:
    """Where one figure was written."""

    png: Path
    svg: Path
    pdf: Path
    csv: Path


@dataclass(frozen=True, eq=False)
class Drawn:
    """One figure of a report."""

    figure: Figure
    data: pd.DataFrame
    """What is drawn, one row a point, with units in the column names."""
    caption: str
    name: str
    """Stem of the file names."""
    alt: str
    """What a reader who cannot see the figure should know."""

    @styled()
    def save(self, folder: Path) -> FigureFiles:
        """Write the four files into a folder that exists, and return their paths."""
        files = FigureFiles(*(folder / f"{self.name}.{kind}" for kind in ("png", "svg", "pdf", "csv")))
        FigureCanvasAgg(self.figure)
        for kind, metadata in _METADATA.items():
            self.figure.savefig(getattr(files, kind), format=kind, metadata=metadata)
            self.figure.set_layout_engine("none")  # found once; every format then shows the same layout
        self.data.to_csv(files.csv, index=False)
        return files

    def _repr_png_(self) -> bytes:
        """The figure itself, for notebooks."""
        from io import BytesIO

        buffer = BytesIO()
        with styled():
            self.figure.savefig(buffer, format="png")
        return buffer.getvalue()
