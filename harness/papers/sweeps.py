"""Sweeps of the reduced model on disk: tables and figures of radius sweeps, phase diagrams, mean loops.

In: results of `reduced_model.loops.sweep` and `reduced_model.loops.random_axes`, a folder.
Out: a CSV with every number, and each figure as PNG, SVG, PDF and CSV.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from harness.inputs import InputError
from harness.report.figures.drawn import Drawn
from harness.report.figures.style import COLUMN_IN, PAGE_IN, panel_letter, styled
from reduced_model.loops.random_axes import OrientationAverage
from reduced_model.loops.sweep import PhaseDiagram, RadiusSweep
from reduced_model.sizes.size_map import SizeMap

__all__ = ["steps", "write_mean_loop", "write_phases", "write_size_map", "write_sweep"]

MOST_VALUES = 20_000
_PANELS = ("remanence", "coercive_field_T", "nucleation_field_T", "remanent_nu")


def steps(unit: str, first: float, last: float, step: float, *, above: float | None = None) -> np.ndarray:
    """Values from first to last as the options give them, both included where the step fits.

    Raises
    ------
    InputError
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
    for name, value in zip(names, (first, last, step), strict=True):
        if not np.isfinite(value):
            raise InputError(f"{name} = {value:g}: must be a finite number")
    if above is not None and first <= above:
        raise InputError(f"{names[0]} = {first:g}: must be above {above:g}")
    if step <= 0.0:
        raise InputError(f"{names[2]} = {step:g}: must be a positive number")
    if last < first:
        raise InputError(f"{names[1]} = {last:g}: must be at least {names[0]} = {first:g}")
    count = int(np.floor((last - first) / step + 1e-9)) + 1
    if count > MOST_VALUES:
        raise InputError(f"{names[2]} = {step:g}: would make {count} values, at most {MOST_VALUES}")
    return np.round(first + step * np.arange(count), 12)


def write_sweep(sweep: RadiusSweep, folder: Path) -> tuple[Path, ...]:
    """Write sweep.csv and the figure of a radius sweep; returns the files."""
    return _write(folder, "sweep", sweep.to_frame(), _draw_sweep(sweep))


def write_phases(phases: PhaseDiagram, folder: Path) -> tuple[Path, ...]:
    """Write phases.csv and the figure of a phase diagram; returns the files."""
    return _write(folder, "phases", phases.to_frame(), _draw_phases(phases))


def write_mean_loop(mean: OrientationAverage, folder: Path) -> tuple[Path, ...]:
    """Write mean_loop.csv and the figure of an orientation average; returns the files."""
    return _write(folder, "mean_loop", mean.to_frame(), _draw_mean(mean))


def write_size_map(sizes: SizeMap, folder: Path) -> tuple[Path, ...]:
    """Write sizes.csv and the figure of a size map; returns the files."""
    return _write(folder, "sizes", sizes.to_frame(), _draw_sizes(sizes))


def _write(folder: Path, name: str, table: pd.DataFrame, drawn: Drawn) -> tuple[Path, ...]:
    folder.mkdir(parents=True, exist_ok=True)
    files = drawn.save(folder)
    full = folder / f"{name}.csv"
    table.to_csv(full, index=False)
    return (full, files.png, files.svg, files.pdf)


@styled()
def _draw_sweep(sweep: RadiusSweep) -> Drawn:
    figure = Figure(figsize=(PAGE_IN, 4.2))
    panels = figure.subplots(2, 2, sharex=True)
    for letter, axes, quantity in zip("abcd", panels.ravel(), _PANELS, strict=True):
        sweep.plot(axes, quantity)
        panel_letter(axes, letter)
        axes.margins(x=0.0)
    for axes in panels[0]:
        axes.set_xlabel("")
    caption = f"Descending branches of spheres of {sweep.material.name} against radius."
    return Drawn(figure, sweep.to_frame(), caption, "sweep", caption)


@styled()
def _draw_sizes(sizes: SizeMap) -> Drawn:
    figure = Figure(figsize=(COLUMN_IN, 0.5 + 0.2 * len(sizes.sizes)))
    sizes.plot(figure.add_subplot())
    caption = f"Critical sizes of {sizes.material.name} on one axis."
    return Drawn(figure, sizes.to_frame(), caption, "sizes", caption)


@styled()
def _draw_phases(phases: PhaseDiagram) -> Drawn:
    figure = Figure(figsize=(COLUMN_IN, 2.8))
    phases.plot(figure.add_subplot())
    caption = f"Remanent state of spheres of {phases.material.name} against radius and anisotropy."
    return Drawn(figure, phases.to_frame(), caption, "phases", caption)


@styled()
def _draw_mean(mean: OrientationAverage) -> Drawn:
    figure = Figure(figsize=(COLUMN_IN, 2.6))
    mean.plot(figure.add_subplot())
    caption = f"Loop averaged over {len(mean.loops)} easy axes, single loops in grey."
    return Drawn(figure, mean.to_frame(), caption, "mean_loop", caption)
