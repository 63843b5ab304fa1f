"""Four figures the papers lack: convergence of the grid, stability maps, energy landscapes, folded branches.

In: nothing; the iron of Adams & Michels 2026. Out: figures drawn by the results themselves.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from harness.papers.curves import PaperData
from harness.report.figures.drawn import Drawn, page_figure
from harness.report.figures.style import (
    FIELD_LABEL,
    MOMENT_LABEL,
    NU_LABEL,
    PAGE_IN,
    TAU_LABEL,
    panels,
    series,
)
from reduced_model.loops.continuation import continue_branch
from reduced_model.loops.stability_map import nucleation_map, stability_diagram
from reduced_model.models import Model
from reduced_model.papers.demag_convergence import grid_convergence
from reduced_model.papers.vortex import NU_REMANENT, iron
from reduced_model.sphere import Sphere
from reduced_model.vortex.landscape import energy_landscape

_SIZES = (11, 15, 21, 29, 41, 57)
_BETA_RAD = np.radians(30.0)


@page_figure("beyond_convergence", "Beyond the papers: convergence of the grid")
def draw_convergence(data: PaperData) -> Drawn:
    """g_d of the grid scheme against K, without and with the volume divided out."""
    figure, axes = panels(PAGE_IN, 2.6, 1, 2)
    studies = [grid_convergence(nu, _SIZES) for nu in (0.0, float(NU_REMANENT))]
    for panel, study in zip(axes, studies, strict=True):
        study.plot(panel)
    caption = (
        "Error of the paper's grid scheme (Adams & Michels 2026, Eqs. S13 to S15) against the exact series, "
        f"(a) at ν = 0, where all of it is the volume of the staircase, and (b) at ν = {NU_REMANENT}, where "
        f"with the volume divided out it falls with order {studies[1].normalised_order:.2f} in the spacing."
    )
    frames = [study.to_dataframe() for study in studies]
    return Drawn(figure, frames, caption, "Error of g_d against the grid's size.")


@page_figure("beyond_stability", "Beyond the papers: stability of the uniform state")
def draw_stability(data: PaperData) -> Drawn:
    """Both instabilities of the uniform state, in (R, B) and in (R, Ku)."""
    figure, axes = panels(PAGE_IN, 3.0, 1, 2)
    fields, radii = stability_diagram("iron", np.linspace(5e-9, 25e-9, 201)), nucleation_map("iron")
    fields.plot(axes[0])
    radii.plot(axes[1])
    caption = (
        "Where the uniform state of an iron sphere ends: (a) against radius and field; vertical lines mark "
        f"where curling and coherent rotation change places, {fields.crossings.crossing_brown_m * 1e9:.2f} "
        f"nm in the continuum and {fields.crossings.crossing_ansatz_m * 1e9:.2f} nm within the Ansatz; (b) "
        "critical radii in zero field against anisotropy, spinodals and energy crossings."
    )
    frames = [fields.to_dataframe(), radii.to_dataframe()]
    return Drawn(figure, frames, caption, "Two stability diagrams of the uniform state.")


@page_figure("beyond_landscapes", "Beyond the papers: energy landscapes")
def draw_landscapes(data: PaperData) -> Drawn:
    """H' and H'' at the field where only the second has two minima."""
    figure, axes = panels(PAGE_IN, 2.9, 1, 2)
    sphere = Sphere(20.0, iron())
    frames = []
    for panel, hamiltonian in zip(axes, (sphere.hamiltonian("H'"), sphere.hamiltonian("H''")), strict=True):
        land = energy_landscape(hamiltonian, -0.01)
        land.plot(panel)
        panel.set(xlabel=NU_LABEL, ylabel=TAU_LABEL, title=f"{Model(hamiltonian.model).symbol}, −10 mT")
        for points in panel.lines:
            points.set(markersize=4.5, path_effects=[withStroke(linewidth=2.5, foreground="w")])
        panel.legend(loc="upper right")
        scale = figure.colorbar(panel.collections[0], ax=panel, ticks=MaxNLocator(5))
        scale.set_label(r"energy above the minimum ($4\pi AR/3$)")
        frames.append(pd.DataFrame([{"model": str(hamiltonian.model), **vars(p)} for p in land.stationary]))
    caption = (
        "Energy of the iron sphere of R = 20 nm over ν and τ at −10 mT, above its minimum: H′ has one, a "
        "tilted vortex, and H″ two, the upright ones between which a loop jumps. The file lists all "
        "stationary points."
    )
    return Drawn(figure, frames, caption, "Two contour maps with stationary points.")


@page_figure("beyond_branches", "Beyond the papers: folds and false branches")
def draw_branches(data: PaperData) -> Drawn:
    """The easy axis at 30 degrees: a branch of H'' through its fold, a false branch of H' in a plane."""
    tilted = replace(iron(), axis=(float(np.sin(_BETA_RAD)), 0.0, float(np.cos(_BETA_RAD))))
    sphere = Sphere(20.0, tilted)
    start = sphere.minima(0.0)[0]
    here = (sphere.hamiltonian(), 0.0, start.nu, start.p)
    branch, back = (continue_branch(*here, direction=way, range_T=(-0.2, 0.2)) for way in (1, -1))
    figure, (folded, frozen) = panels(PAGE_IN, 2.7, 1, 2)
    branch.plot(folded)
    back.plot(folded)
    handles, labels = folded.get_legend_handles_labels()
    folded.legend(handles[-3:], labels[-3:], loc="upper left")
    free, plane = (sphere.loop(model="H'", maximum_T=0.2, frozen_omega=f) for f in (False, True))
    frozen.plot(free.B_T, free.mz, label="azimuth free", **series(0).line)
    frozen.plot(plane.B_T, plane.mz, label="azimuth frozen", **series(1).line)
    false = np.where(plane.false_branch, plane.mz, np.nan)
    frozen.plot(plane.B_T, false, color=series(1).color, linewidth=2.6, alpha=0.4, label="false branch")
    frozen.legend(loc="upper left")
    for axes in (folded, frozen):
        axes.set(xlabel=FIELD_LABEL, ylabel=MOMENT_LABEL, title="")
    caption = (
        "The easy axis turned by 30 degrees. (a) A branch of H″ followed through its fold at "
        f"{back.folds[0].B_T * 1e3:.3f} mT, where a loop jumps, and back as a saddle. (b) The loop of H′ "
        "with the azimuth of the core free, and held in the plane of axis and field: the hysteresis of the "
        "second is false."
    ).replace("-", "−")
    frames = [
        pd.DataFrame({"series": "branch", "B_T": back.B_T, "mz": back.mz, "unstable": back.unstable}),
        pd.DataFrame({"series": "free", "B_T": free.B_T, "mz": free.mz}),
        pd.DataFrame({"series": "frozen", "B_T": plane.B_T, "mz": plane.mz, "false": plane.false_branch}),
    ]
    return Drawn(figure, frames, caption, "A folded branch, and a loop with a false branch.")
