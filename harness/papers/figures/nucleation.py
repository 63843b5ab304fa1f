"""The paper's Fig. 4: loops for several radii, and the nucleation field against the radius with its offset.

In: published curves, if any. Out: both panels, (b) with the three curvatures that explain the offset.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from harness.papers.curves import CURVES, PublishedCurve
from harness.papers.figures.overlay import curve_frame, draw_published, published_frames
from harness.report.figures.drawn import Drawn
from harness.report.figures.loops import FIELD_LABEL
from harness.report.figures.style import COLUMN_IN, series, styled
from reduced_model.nucleation.crossings import energy_crossing
from reduced_model.nucleation.spinodals import nucleation_field, nucleation_radius
from reduced_model.papers.procedure import paper_loop
from reduced_model.papers.vortex_claims import iron, iron_loop, nucleation_offsets

LOOP_RADII_NM = (8, 10, 12, 15, 20)
GRID_RADII_NM = tuple(np.arange(8.5, 20.01, 0.5))


@styled()
def draw_loops(published: Mapping[str, PublishedCurve]) -> Drawn:
    """Fig. 4(a); the paper names no radius but 8 nm in its text."""
    figure = Figure(figsize=(COLUMN_IN, 2.7))
    axes = figure.add_subplot()
    frames = []
    for index, radius_nm in enumerate(LOOP_RADII_NM):
        loop = iron_loop("H''", radius_nm=radius_nm)
        style = series(index)
        axes.plot(loop.B_T, loop.mz, color=style.color, linestyle=style.linestyle, label=f"{radius_nm} nm")
        frames.append(curve_frame(f"R = {radius_nm} nm", "B_T", "mz", np.stack((loop.B_T, loop.mz))))
    keys = [key for key in CURVES if key.startswith("fig4a_")]
    draw_published(axes, published, *keys)
    axes.set(xlabel=FIELD_LABEL, ylabel=r"$\langle m_z\rangle$", xlim=(-0.7, 0.7), ylim=(-1.08, 1.08))
    axes.legend(loc="lower right", title="R")
    radius = nucleation_radius("iron")
    caption = (
        "Loops of H″ for iron spheres (Adams & Michels 2026, Fig. 4(a); of its inset only R = 8 nm is in the "
        f"text). The loop stays that of a macrospin up to {radius.crossing_ansatz_m * 1e9:.2f} nm, where the "
        f"vortex nucleates before coherent rotation, not up to R_nuc = {radius.exact_m * 1e9:.2f} nm."
    )
    data = pd.concat([*frames, *published_frames(published, *keys)], ignore_index=True)
    return Drawn(figure, data, caption, "fig4a_radii", "Loops for five radii.")


@styled()
def draw_fields(published: Mapping[str, PublishedCurve]) -> Drawn:
    """Fig. 4(b): Eq. 11, the loops of the exact model and of a K = 21 table, and Brown's curling field."""
    figure = Figure(figsize=(COLUMN_IN, 3.0))
    axes = figure.add_subplot()
    radius = np.linspace(8.0, 20.0, 241)
    fields = [nucleation_field("iron", R * 1e-9) for R in radius]
    lines: tuple[tuple[str, list[float], dict[str, Any]], ...] = (
        (
            "Eq. 11, curvature 125/882",
            [f.paper_T for f in fields],
            {"color": "0.0", "linestyle": (0, (6, 2))},
        ),
        ("exact curvature 2/15", [f.ansatz_T for f in fields], {"color": "#0b3c7d"}),
        ("curling (Brown)", [f.brown_T for f in fields], {"color": "0.45", "linestyle": (0, (1, 1.5))}),
        ("coherent rotation", [f.coherent_T for f in fields], {"color": "0.7"}),
    )
    frames = []
    for label, values, line in lines:
        axes.plot(radius, values, label=label, linewidth=0.9, **line)
        frames.append(curve_frame(label, "R_nm", "B_nuc_T", np.stack((radius, values))))
    lost: dict[str, tuple[np.ndarray, dict[str, Any]]] = {
        "loops of H″, integrals": (CURVES["fig4b_loop"].compute(), {"marker": "o", "color": "#0b3c7d"}),
        "loops of H″, table K = 21": (_grid_loops(), {"marker": "s", "color": "#d1560d"}),
    }
    for label, (points, mark) in lost.items():
        axes.plot(*points, linestyle="none", label=label, **mark)
        frames.append(curve_frame(label, "R_nm", "B_nuc_T", points))
    draw_published(axes, published, "fig4b_loop", "fig4b_equation")
    axes.set(
        xlabel="radius (nm)", ylabel=r"nucleation field $\mu_0 H$ (T)", xlim=(8, 20.3), ylim=(-0.12, 0.6)
    )
    axes.legend(loc="lower right")
    frames += published_frames(published, "fig4b_loop", "fig4b_equation")
    fit, exact, grid = nucleation_offsets()
    crossing = energy_crossing("iron")
    caption = (
        "Nucleation field of iron spheres against radius (Adams & Michels 2026, Fig. 4(b)). A loop loses the "
        "uniform state exactly where its own energy does; Eq. 11 lies above because it takes the curvature "
        f"{fit.curvature:.4f} of a fitted g_d: {exact.offset_T * 1e3:.1f} mT above the integral's "
        f"({exact.curvature:.4f}) and {grid.offset_T * 1e3:.1f} mT above that of a table from the K = 21 "
        f"grid ({grid.curvature:.4f}), at every radius. In zero field the energies of Brown's texture (Eq. "
        f"S28) and of the uniform state cross at {crossing.brown_m * 1e9:.2f} nm, those of the Ansatz and of "
        f"the uniform state at {crossing.ansatz_m * 1e9:.2f} nm: another quantity than a nucleation radius."
    )
    data = pd.concat(frames, ignore_index=True)
    alt = "Nucleation field against radius: the paper's equation lies above the loops by a constant."
    return Drawn(figure, data, caption, "fig4b_nucleation", alt)


def _grid_loops() -> np.ndarray:
    """Where loops over a table of the K = 21 grid leave the uniform state for a vortex."""
    found = []
    for radius_nm in GRID_RADII_NM:
        fields = np.linspace(1.0, -1.0, 101)
        loop = paper_loop(fields, radius_m=radius_nm * 1e-9, material=iron(), profiles_from="grid")
        opened = next((event.B_T for event in loop.events if event.mode == "nu"), None)
        if opened is not None:
            found.append((radius_nm, opened))
    return np.array(found).T
