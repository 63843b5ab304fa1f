"""Four figures the papers lack: convergence of the grid, stability maps, energy landscapes, folded branches.

In: nothing; the iron of Adams & Michels 2026. Out: figures drawn by the results themselves.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from harness.papers.curves import PublishedCurve
from harness.report.figures.drawn import Drawn
from harness.report.figures.loops import FIELD_LABEL
from harness.report.figures.style import PAGE_IN, panel_letter, styled
from reduced_model.loops.continuation import continue_branch
from reduced_model.loops.stability_map import nucleation_map, stability_diagram
from reduced_model.models import VORTEX_MODELS
from reduced_model.papers.demag_convergence import grid_convergence
from reduced_model.papers.vortex_claims import iron
from reduced_model.sphere import Sphere
from reduced_model.vortex.landscape import energy_landscape

_SIZES = (11, 15, 21, 29, 41, 57)
_BETA_RAD = np.radians(30.0)


@styled()
def draw_convergence(published: Mapping[str, PublishedCurve]) -> Drawn:
    """g_d of the grid scheme against K, without and with the volume divided out."""
    figure = Figure(figsize=(PAGE_IN, 2.6))
    studies = [grid_convergence(nu, _SIZES) for nu in (0.0, 4.443)]
    for letter, axes, study in zip("ab", figure.subplots(1, 2), studies, strict=True):
        study.plot(axes)
        panel_letter(axes, letter)
    vortex = studies[1]
    caption = (
        "Error of the paper's grid scheme (Adams & Michels 2026, Eqs. S13 to S15) against the exact series, "
        "(a) at ν = 0, where all of it is the volume of the staircase, and (b) at ν = 4.443, where with the "
        f"volume divided out it falls with order {vortex.normalised_order:.2f} in the spacing."
    )
    data = pd.concat([study.to_frame() for study in studies], ignore_index=True)
    return Drawn(figure, data, caption, "beyond_convergence", "Error of g_d against the grid's size.")


@styled()
def draw_stability(published: Mapping[str, PublishedCurve]) -> Drawn:
    """Both instabilities of the uniform state, in (R, B) and in (R, Ku)."""
    figure = Figure(figsize=(PAGE_IN, 3.0))
    fields, radii = stability_diagram("iron", np.linspace(5e-9, 25e-9, 201)), nucleation_map("iron")
    panels = figure.subplots(1, 2)
    fields.plot(panels[0])
    radii.plot(panels[1])
    for axes, letter in zip(panels, "ab", strict=True):
        axes.set_title(f"({letter})", loc="left")
        axes.get_legend().set(frame_on=True)
    caption = (
        "Where the uniform state of an iron sphere ends: (a) against radius and field; vertical lines mark "
        f"where curling and coherent rotation change places, {fields.crossings.crossing_brown_m * 1e9:.2f} "
        f"nm in the continuum and {fields.crossings.crossing_ansatz_m * 1e9:.2f} nm within the Ansatz; (b) "
        "critical radii in zero field against anisotropy, spinodals and energy crossings."
    )
    data = pd.concat([fields.to_frame(), radii.to_frame()], ignore_index=True)
    return Drawn(figure, data, caption, "beyond_stability", "Two stability diagrams of the uniform state.")


@styled()
def draw_landscapes(published: Mapping[str, PublishedCurve]) -> Drawn:
    """H' and H'' at the field where only the second has two minima."""
    figure = Figure(figsize=(PAGE_IN, 2.9))
    frames = []
    for axes, model in zip(figure.subplots(1, 2), VORTEX_MODELS, strict=True):
        land = energy_landscape(Sphere(20.0, iron()).hamiltonian(model), -0.01)
        land.plot(axes)
        frames.append(pd.DataFrame([{"model": str(model), **vars(point)} for point in land.stationary]))
    caption = (
        "Energy of the iron sphere of R = 20 nm over ν and τ at −10 mT, above its minimum: H′ has one, a "
        "tilted vortex, and H″ two, the upright ones between which a loop jumps. The file lists all "
        "stationary points."
    )
    data = pd.concat(frames, ignore_index=True)
    return Drawn(figure, data, caption, "beyond_landscapes", "Two contour maps with stationary points.")


@styled()
def draw_branches(published: Mapping[str, PublishedCurve]) -> Drawn:
    """The easy axis at 30 degrees: a branch of H'' through its fold, a false branch of H' in a plane."""
    tilted = replace(iron(), axis=(float(np.sin(_BETA_RAD)), 0.0, float(np.cos(_BETA_RAD))))
    sphere = Sphere(20.0, tilted)
    start = sphere.minima(0.0)[0]
    branch = continue_branch(sphere.hamiltonian(), 0.0, start.nu, start.p, direction=1, range_T=(-0.2, 0.2))
    back = continue_branch(sphere.hamiltonian(), 0.0, start.nu, start.p, range_T=(-0.2, 0.2))
    figure = Figure(figsize=(PAGE_IN, 2.7))
    folded, frozen = figure.subplots(1, 2)
    branch.plot(folded)
    folded.get_legend().remove()
    back.plot(folded)
    handles, labels = folded.get_legend_handles_labels()
    folded.legend(handles[-3:], labels[-3:], loc="upper left")
    folded.set(xlabel=FIELD_LABEL, title="")
    free, plane = (sphere.loop(model="H'", maximum_T=0.2, frozen_omega=f) for f in (False, True))
    frozen.plot(free.B_T, free.mz, color="#0b3c7d", label="azimuth free")
    frozen.plot(plane.B_T, plane.mz, color="#d1560d", linestyle=(0, (4, 1.5)), label="azimuth frozen")
    false = np.where(plane.false_branch, plane.mz, np.nan)
    frozen.plot(plane.B_T, false, color="#d1560d", linewidth=2.6, alpha=0.4, label="false branch")
    frozen.set(xlabel=FIELD_LABEL, ylabel=r"$\langle m_z\rangle$")
    frozen.legend(loc="upper left")
    for axes, letter in zip((folded, frozen), "ab", strict=True):
        axes.set_title(f"({letter})", loc="left")
    fold = back.folds[0]
    caption = (
        "The easy axis turned by 30 degrees. (a) A branch of H″ followed through its fold at "
        f"{fold.B_T * 1e3:.3f} mT, where a loop jumps, and back as a saddle. (b) The loop of H′ with the "
        "azimuth of the core free, and held in the plane of axis and field: the hysteresis of the second is "
        "false."
    ).replace("-", "−")
    data = pd.concat(
        [
            pd.DataFrame({"series": "branch", "B_T": back.B_T, "mz": back.mz, "unstable": back.unstable}),
            pd.DataFrame({"series": "free", "B_T": free.B_T, "mz": free.mz}),
            pd.DataFrame({"series": "frozen", "B_T": plane.B_T, "mz": plane.mz, "false": plane.false_branch}),
        ],
        ignore_index=True,
    )
    return Drawn(figure, data, caption, "beyond_branches", "A folded branch, and a loop with a false branch.")
