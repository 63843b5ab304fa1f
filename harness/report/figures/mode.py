"""The mode of a certificate: what a state does along the smallest curvature of its energy.

In: a Certificate, a folder. Out: PNG, SVG, PDF and the numbers as CSV.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from harness.analysis.certificate import Certificate
from harness.report.figures.drawn import Drawn, page_figure
from harness.report.figures.style import COLUMN_IN, panels


def write_mode(certificate: Certificate, folder: Path) -> tuple[Path, ...]:
    """Draw the mode into a folder that is made if need be; the files are named after the state's."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = draw_mode(certificate)
    return tuple(replace(drawn, name=f"mode_{certificate.file.stem}").save(folder).values())


@page_figure("mode", "Mode of the smallest curvature")
def draw_mode(certificate: Certificate) -> Drawn:
    """Arrows for the part of the mode in the plane, shades for the part out of it."""
    figure, (axes,) = panels(COLUMN_IN, 3.2)
    certificate.plot(axes)
    axes.set_title(f"{certificate.mode}, {1e3 * certificate.lambda_min_T:.3g} mT: {certificate.verdict}")
    caption = (
        f"Change of m along the mode of the smallest curvature, {certificate.lambda_min_T:.4g} T "
        f"({certificate.mode}), of {certificate.file.name}, in the plane of cells through the centre that "
        "lies most across the core: arrows in it, shades across it; 1 is the largest component here."
    )
    return Drawn(figure, [certificate.to_dataframe()], caption, caption)
