"""Sweeps of the reduced model on disk: tables and figures of radius sweeps, phases, mean loops, sizes.

In: results of `reduced_model` that tabulate and draw themselves, a folder.
Out: a CSV with every number, and each figure as PNG, SVG, PDF and CSV.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from harness.inputs import StudyError
from harness.report.figures.drawn import Drawn, PageFigure, page_figure
from harness.report.figures.style import COLUMN_IN, PAGE_IN, panels
from reduced_model.loops.random_axes import OrientationAverage
from reduced_model.loops.sweep import PhaseDiagram, RadiusSweep
from reduced_model.sizes.size_map import SizeMap

MOST_VALUES = 20_000
PANELS = ("remanence", "coercive_field_T", "nucleation_field_T", "remanent_nu")
"""What the figure of a radius sweep shows."""
SweepResult = RadiusSweep | PhaseDiagram | OrientationAverage | SizeMap


def steps(unit: str, first: float, last: float, step: float, *, above: float | None = None) -> np.ndarray:
    """Values from first to last as the options give them, both included where the step fits.

    Raises
    ------
    StudyError
        If a number is not finite, the first not above `above`, the range empty, the step not positive, or if
        there would be too many values.

    Examples
    --------
    >>> steps("nm", 6.0, 7.0, 0.5).tolist()
    [6.0, 6.5, 7.0]
    """
    names = (f"--{unit}-from", f"--{unit}-to", f"--{unit}-step")
    if unit == "nm":
        names = ("--from-nm", "--to-nm", "--step-nm")
    problems = [
        f"{name} = {value:g}: must be a finite number"
        for name, value in zip(names, (first, last, step), strict=True)
        if not np.isfinite(value)
    ]
    if above is not None and first <= above:
        problems.append(f"{names[0]} = {first:g}: must be above {above:g}")
    if step <= 0.0:
        problems.append(f"{names[2]} = {step:g}: must be a positive number")
    if last < first:
        problems.append(f"{names[1]} = {last:g}: must be at least {names[0]} = {first:g}")
    if problems:
        raise StudyError(problems)
    count = int(np.floor((last - first) / step + 1e-9)) + 1
    if count > MOST_VALUES:
        raise StudyError([f"{names[2]} = {step:g}: would make {count} values, at most {MOST_VALUES}"])
    return np.round(first + step * np.arange(count), 12)


def write_result(result: SweepResult, folder: Path) -> tuple[Path, ...]:
    """Write the table and the figure of a result into a folder that is made if need be.

    Returns
    -------
    tuple of Path
        sweep.csv, phases.csv, mean_loop.csv or sizes.csv with every number, then the figure beside it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return tuple(FIGURES[type(result)](result).save(folder).values())


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


@page_figure("phases", "Remanent states")
def draw_phases(phases: PhaseDiagram) -> Drawn:
    """A map over radius and anisotropy."""
    name = phases.material.name
    return _one_panel(phases, 2.8, f"Remanent state of spheres of {name} against radius and anisotropy.")


@page_figure("mean_loop", "Mean loop")
def draw_mean_loop(mean: OrientationAverage) -> Drawn:
    """The mean over some of the loops it is of."""
    return _one_panel(mean, 2.6, f"Loop averaged over {len(mean.loops)} easy axes, single loops in grey.")


@page_figure("sizes", "Critical sizes")
def draw_sizes(sizes: SizeMap) -> Drawn:
    """Every size on one axis."""
    return _one_panel(sizes, 3.1, f"Critical sizes of {sizes.material.name} on one axis.")


def _one_panel(result: PhaseDiagram | OrientationAverage | SizeMap, height_in: float, caption: str) -> Drawn:
    figure, (axes,) = panels(COLUMN_IN, height_in)
    result.plot(axes)
    return Drawn(figure, [result.to_frame()], caption, caption)


FIGURES: dict[type[SweepResult], PageFigure[Any]] = {
    RadiusSweep: draw_sweep,
    PhaseDiagram: draw_phases,
    OrientationAverage: draw_mean_loop,
    SizeMap: draw_sizes,
}
"""How each kind of result is drawn; to add one, add its line."""
