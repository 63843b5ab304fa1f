"""Sweeps of the reduced model on disk: tables and figures of radius sweeps, phases, mean loops, sizes.

In: results of `reduced_model` that tabulate and draw themselves, a folder.
Out: a CSV with every number, and each figure as PNG, SVG, PDF and CSV.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from harness.report.figures.drawn import Drawn, PageFigure, page_figure
from harness.report.figures.style import COLUMN_IN, PAGE_IN, panels
from reduced_model.loops.random_axes import OrientationAverage
from reduced_model.loops.sweep import PhaseDiagram, RadiusSweep
from reduced_model.sizes.size_map import SizeMap

PANELS = ("remanence", "coercive_field_T", "nucleation_field_T", "remanent_nu")
"""What the figure of a radius sweep shows."""
Result = RadiusSweep | PhaseDiagram | OrientationAverage | SizeMap


def write_result(result: Result, folder: Path) -> tuple[Path, ...]:
    """Write the table and the figure of a result.

    Parameters
    ----------
    result : RadiusSweep, PhaseDiagram, OrientationAverage or SizeMap
    folder : Path
        Made if need be.

    Returns
    -------
    tuple of Path
        sweep.csv, phases.csv, mean_loop.csv or sizes.csv with every number, and the figure beside it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = FIGURES[type(result)](result).save(folder)
    return (files.csv, files.png, files.svg, files.pdf)


@page_figure("sweep", "Radius sweep")
def draw_sweep(sweep: RadiusSweep) -> Drawn:
    """Four quantities of the descending branch, a panel each."""
    figure, axes = panels(PAGE_IN, 4.2, 2, 2, sharex=True)
    for panel, quantity in zip(axes, PANELS, strict=True):
        sweep.plot(panel, quantity)
        panel.margins(x=0.0)
    for panel in axes[:2]:
        panel.set_xlabel("")
    caption = f"Descending branches of spheres of {sweep.material.name} against radius."
    return Drawn(figure, [sweep.to_frame()], caption, caption)


def _one_panel(name: str, title: str, height_in: float, caption: Callable[[Any], str]) -> PageFigure[Any]:
    """The figure of a result that fills a single panel by itself."""

    def draw(result: Any) -> Drawn:
        figure, (axes,) = panels(COLUMN_IN, height_in)
        result.plot(axes)
        return Drawn(figure, [result.to_frame()], caption(result), caption(result))

    return PageFigure(name, title, draw)


FIGURES: dict[type[Result], PageFigure[Any]] = {
    RadiusSweep: draw_sweep,
    PhaseDiagram: _one_panel(
        "phases",
        "Remanent states",
        2.8,
        lambda phases: f"Remanent state of spheres of {phases.material.name} against radius and anisotropy.",
    ),
    OrientationAverage: _one_panel(
        "mean_loop",
        "Mean loop",
        2.6,
        lambda mean: f"Loop averaged over {len(mean.loops)} easy axes, single loops in grey.",
    ),
    SizeMap: _one_panel(
        "sizes", "Critical sizes", 3.1, lambda sizes: f"Critical sizes of {sizes.material.name} on one axis."
    ),
}
"""How each kind of result is drawn; to add one, add its line."""
