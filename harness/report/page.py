"""What every page that mxval writes has in common: figures inside, files beside it, put in place at once.

In: finished figures, a folder with everything ready. Out: views for templates, files where they belong.
"""

import base64
import os
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.report.figures.drawn import Drawn
from harness.report.kept import STAGING

__all__ = ["FigureView", "figure_view", "staged", "view_of"]

SMALL_BYTES = 150_000
"""Drawing that is embedded as SVG, whatever a PNG would weigh."""


@dataclass(frozen=True)
class FigureView:
    """A figure as a page shows it."""

    drawn: Drawn
    image: str
    """data: address of the PNG or SVG."""
    width_rem: float
    """Width on a wide screen."""
    links: tuple[tuple[str, str], ...]


def figure_view(drawn: Drawn, folder: Path) -> FigureView:
    """Save a figure's files and embed the drawing, see `view_of`."""
    drawn.save(folder)
    return view_of(drawn, folder)


def view_of(drawn: Drawn, folder: Path) -> FigureView:
    """Embed a drawing whose files are saved: SVG while it is small, else the smaller of SVG and PNG."""
    svg, png = ((folder / f"{drawn.name}.{kind}").read_bytes() for kind in ("svg", "png"))
    kind, content = ("svg+xml", svg) if len(svg) < max(SMALL_BYTES, len(png)) else ("png", png)
    image = f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"
    links = tuple((k.upper(), f"figures/{drawn.name}.{k}") for k in ("png", "svg", "pdf", "csv"))
    return FigureView(drawn, image, round(9.3 * drawn.figure.get_figwidth(), 1), links)


@contextmanager
def staged(folder: Path, names: Collection[str]) -> Iterator[Path]:
    """A hidden folder to prepare a page in; its files move into place at the end, the page last.

    An interruption leaves the former page, or no trace. Figures of an earlier one no longer drawn go.

    Parameters
    ----------
    folder : Path
        The page's; made if need be.
    names : collection of str
        All figures the page may have; only files of such names are ever removed.
    """
    target, is_new = folder / "figures", not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=STAGING, dir=folder))
    try:
        (staging / "figures").mkdir()
        yield staging
        target.mkdir(exist_ok=True)
        fresh = sorted(file.name for file in (staging / "figures").iterdir())
        for old in target.iterdir():
            if old.name not in fresh and old.stem in names:
                old.unlink()
        for name in fresh:
            os.replace(staging / "figures" / name, target / name)
        files = [file.name for file in staging.iterdir() if file.is_file()]
        for name in sorted(files, key=lambda name: name == "index.html"):
            os.replace(staging / name, folder / name)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        if is_new and not any(folder.iterdir()):
            folder.rmdir()
