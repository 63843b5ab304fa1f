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

__all__ = ["FigureView", "figure_view", "staged"]

FORMATS = ("png", "svg", "pdf", "csv")


@dataclass(frozen=True)
class FigureView:
    """A figure as a page shows it."""

    name: str
    title: str
    caption: str
    alt: str
    image: str
    """data: address of the PNG or SVG."""
    width_rem: float
    """Width on a wide screen."""
    links: tuple[tuple[str, str], ...]


def figure_view(drawn: Drawn, folder: Path) -> FigureView:
    """Save a figure's files and embed the drawing: SVG, or PNG where that is the smaller by far."""
    files = drawn.save(folder)
    svg, png = files.svg.read_bytes(), files.png.read_bytes()
    kind, content = ("svg+xml", svg) if len(svg) < 8 * len(png) else ("png", png)
    return FigureView(
        name=drawn.name,
        title=drawn.title,
        caption=drawn.caption,
        alt=drawn.alt,
        image=f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}",
        width_rem=round(9.3 * drawn.figure.get_figwidth(), 1),
        links=tuple((suffix.upper(), f"figures/{drawn.name}.{suffix}") for suffix in FORMATS),
    )


@contextmanager
def staged(folder: Path, own_figures: Collection[str]) -> Iterator[Path]:
    """A hidden folder to prepare a page in; its files move into place at the end, the page last.

    An interruption leaves the former page, or none. Figures of an earlier page that are no longer drawn go.

    Parameters
    ----------
    folder : the page's own folder; made if need be.
    own_figures : names of all figures the page may have; only such files are ever removed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=".report-", dir=folder))
    try:
        (staging / "figures").mkdir()
        yield staging
        _move(staging, folder, own_figures)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _move(staging: Path, folder: Path, own_figures: Collection[str]) -> None:
    target = folder / "figures"
    target.mkdir(exist_ok=True)
    fresh = {file.name for file in (staging / "figures").iterdir()}
    for old in target.iterdir():
        if old.name not in fresh and old.stem in own_figures:
            old.unlink()
    for name in sorted(fresh):
        os.replace(staging / "figures" / name, target / name)
    files = [file.name for file in staging.iterdir() if file.is_file()]
    for name in sorted(files, key=lambda name: name == "index.html"):
        os.replace(staging / name, folder / name)
