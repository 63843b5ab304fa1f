"""Results on disk: sweeps, phases, mean loops, sizes, advice on cells, the Ansatz beside the continuum.

In: results that tabulate and draw themselves, a folder.
Out: a CSV with every number, and each figure as PNG, SVG, PDF and CSV.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.comparison.cell_advice import CellAdvice
from harness.report.figures.drawn import Drawn, PageFigure, page_figure
from harness.report.figures.style import COLUMN_IN, PAGE_IN, panels
from reduced_model.continuum.ansatz import COMPONENTS, AnsatzResiduals
from reduced_model.continuum.ladder import AnsatzLadder
from reduced_model.loops.random_axes import OrientationAverage
from reduced_model.loops.sweep import PhaseDiagram, RadiusSweep
from reduced_model.sizes.size_map import SizeMap

PANELS = ("remanence", "coercive_field_T", "nucleation_field_T", "remanent_nu")
"""What the figure of a radius sweep shows."""
SweepResult = (
    RadiusSweep | PhaseDiagram | OrientationAverage | SizeMap | CellAdvice | AnsatzLadder | AnsatzResiduals
)


def write_result(result: SweepResult, folder: Path) -> tuple[Path, ...]:
    """Write the table and the figure of a result into a folder that is made if need be.

    Returns
    -------
    tuple of Path
        A CSV with every number, named as its figure, then the figure beside it.
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
    return Drawn(figure, [sweep.to_dataframe()], caption, caption)


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


@page_figure("cell_advice", "Cell sizes")
def draw_cell_advice(advice: CellAdvice) -> Drawn:
    """The most demanding error of each observable against the cell."""
    caption = (
        f"Mesh errors of a sphere of {advice.material.name} against the continuum, by the size of the cells: "
        "marks are runs, lines their laws without the part of the cells' volume, bands the laws' bounds."
    )
    return _one_panel(advice, 3.4, caption)


@page_figure("ansatz_ladder", "From the Ansatz to the continuum")
def draw_ladder(ladder: AnsatzLadder) -> Drawn:
    """What every coordinate buys in energy, and what answers a turn of the core."""
    figure, axes = panels(PAGE_IN, 3.4, 1, 2)
    ladder.plot(axes[0])
    ladder.plot_answers(axes[1])
    caption = "Left: energy of the upright vortex above the continuum. Right: field at which its core turns."
    return Drawn(figure, [ladder.to_dataframe()], caption, caption)


@page_figure("ansatz_residual", "What the best Ansatz leaves")
def draw_residuals(found: AnsatzResiduals) -> Drawn:
    """Maps of the residual, a row of panels a field."""
    rows = len(found.states)
    figure, axes = panels(PAGE_IN, 2.6 * rows, rows, len(COMPONENTS))
    places = [(state, component) for state in found.states for component in COMPONENTS]
    for panel, (state, component) in zip(axes, places, strict=True):
        state.plot(panel, component)
    caption = "m less its best Ansatz about the core, grey by size; contours dashed where it is negative."
    return Drawn(figure, [state.to_dataframe() for state in found.states], caption, caption)


def _one_panel(
    result: PhaseDiagram | OrientationAverage | SizeMap | CellAdvice, height_in: float, caption: str
) -> Drawn:
    figure, (axes,) = panels(COLUMN_IN, height_in)
    result.plot(axes)
    return Drawn(figure, [result.to_dataframe()], caption, caption)


FIGURES: dict[type[SweepResult], PageFigure[Any]] = {
    RadiusSweep: draw_sweep,
    PhaseDiagram: draw_phases,
    OrientationAverage: draw_mean_loop,
    SizeMap: draw_sizes,
    CellAdvice: draw_cell_advice,
    AnsatzLadder: draw_ladder,
    AnsatzResiduals: draw_residuals,
}
"""How each kind of result is drawn; to add one, add its line."""
