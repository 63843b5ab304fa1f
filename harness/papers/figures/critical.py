"""Critical fields and radii: Adams & Michels 2026, Fig. 4 and Suppl. Fig. 2; Shi 2025, Fig. 2.

In: published curves, if any. Out: Fig. 4, (b) with the three curvatures that explain its offset; the
switching fields of a small sphere; flux-quantum and dipole radius, that at iron's true atomic density too.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from harness.analysis.result import CaseResult
from harness.papers.continuum import POINTS, full_loop, shipped
from harness.papers.curves import CURVES, PaperData, draw_curve, draw_published
from harness.report.figures.drawn import Drawn, page_figure
from harness.report.figures.style import (
    COLUMN_IN,
    FIELD_LABEL,
    MOMENT_LABEL,
    PAGE_IN,
    legend,
    panels,
    reference,
    series,
)
from reduced_model.nucleation.crossings import energy_crossing
from reduced_model.nucleation.spinodals import nucleation_field, nucleation_radius
from reduced_model.papers.procedure import paper_loop
from reduced_model.papers.vortex import iron, iron_loop, nucleation_offsets
from reduced_model.sizes.radii import IRON_ATOMS_PER_M3, dipole_radius_m

LOOP_RADII_NM = (8, 10, 12, 15, 20)
GRID_RADII_NM = tuple(np.arange(8.5, 20.01, 0.5))


@page_figure("fig4a_radii", "Adams & Michels 2026, Fig. 4(a): loops and radius")
def draw_loops(data: PaperData) -> Drawn:
    """Fig. 4(a), beside it the continuum; the paper names no radius but 8 nm in its text."""
    figure, (model, continuum, *simulated) = panels(PAGE_IN, 2.7, 1, 3 if data.results else 2, sharey=True)
    frames = []
    for index, radius_nm in enumerate(LOOP_RADII_NM):
        loop, whole = iron_loop("H''", radius_nm=radius_nm), full_loop(radius_nm)
        points, label = np.stack((loop.B_T, loop.mz)), f"R = {radius_nm} nm"
        frames.append(draw_curve(model, label, ("B_T", "mz"), points, **series(index).line))
        continuum.plot(whole["B_T"], whole["m"], label=label, **series(index).line)
        frames.append(whole.assign(series=f"continuum, {label}"))
    for panel in simulated:
        frames += _simulated_loops(panel, data.results)
    frames += draw_published(model, data.published, *(key for key in CURVES if key.startswith("fig4a_")))
    titled = [(model, "H″"), (continuum, "continuum"), *((panel, "simulation") for panel in simulated)]
    for axes, title in titled:
        axes.set(xlabel=FIELD_LABEL, xlim=(-0.7, 0.7), ylim=(-1.08, 1.08))
        axes.set_title(title)
    model.set_ylabel(MOMENT_LABEL)
    legend(model, loc="lower right", most=6)
    radius, solved = nucleation_radius("iron"), shipped("iron/spheres.csv").rows
    closed_nm = solved.loc[solved["m"].abs() <= solved["m_error"], "R_nm"].min()
    caption = (
        "Loops of H″ for iron spheres (Adams & Michels 2026, Fig. 4(a); of its inset only R = 8 nm is in the "
        f"text). The loop stays that of a macrospin up to {radius.crossing_ansatz_m * 1e9:.2f} nm, where the "
        f"vortex nucleates before coherent rotation, not up to R_nuc = {radius.exact_m * 1e9:.2f} nm. In the "
        f"continuum it does so up to {radius.crossing_brown_m * 1e9:.2f} nm, and of the spheres solved those "
        f"from {closed_nm:g} nm on keep no moment. {shipped('iron/loops.csv')} {data.runs}"
    ).rstrip()
    return Drawn(figure, frames, caption, "Loops for five radii.")


@page_figure("fig4b_nucleation", "Adams & Michels 2026, Fig. 4(b): the nucleation field and its offset")
def draw_fields(data: PaperData) -> Drawn:
    """Fig. 4(b): Eq. 11, the loops of the exact model and of a K = 21 table, and Brown's curling field."""
    figure, (axes,) = panels(COLUMN_IN, 3.0)
    radius = np.linspace(8.0, 20.0, 241)
    lines: tuple[tuple[str, str, dict[str, Any]], ...] = (
        ("Eq. 11, curvature 125/882", "paper_T", reference(0)),
        ("exact curvature 2/15", "ansatz_T", series(0).line),
        ("curling (Brown)", "brown_T", reference(1)),
        ("coherent rotation", "coherent_T", {"color": "0.7"}),
    )
    fields = [nucleation_field("iron", R * 1e-9) for R in radius]
    columns = ("R_nm", "B_nuc_T")
    frames = []
    for label, form, line in lines:
        points = np.stack((radius, [getattr(field, form) for field in fields]))
        frames.append(draw_curve(axes, label, columns, points, **line))
    frames += [
        draw_curve(axes, f"loops of H″, {source}", columns, points, **series(index).points)
        for index, (source, points) in enumerate(
            (("integrals", CURVES["fig4b_loop"].compute()), ("table K = 21", _grid_loops()))
        )
    ]
    solved = shipped("iron/spheres.csv")
    found = solved.rows[["R_nm", "nucleation_T"]].dropna().to_numpy().T
    frames += [
        draw_curve(axes, "continuum, solved", columns, found, **POINTS),
        *draw_published(axes, data.published, "fig4b_loop", "fig4b_equation"),
    ]
    marked = replace(data, results=tuple(r for r in data.results if np.isfinite(_nucleated(r)).all()))
    if marked.results:
        nucleated = np.array([_nucleated(result) for result in marked.results]).T
        look = series(2).points | {"markersize": 5.0, "markerfacecolor": "none"}
        frames.append(draw_curve(axes, f"simulation, {data.study}", columns, nucleated, **look))
    unmarked = "; ".join(result.label for result in data.results if result not in marked.results)
    axes.set(
        xlabel="radius (nm)", ylabel=r"nucleation field $\mu_0 H$ (T)", xlim=(8, 20.3), ylim=(-0.12, 0.6)
    )
    legend(axes, loc="lower right", most=7)
    fit, exact, grid = nucleation_offsets()
    crossing = energy_crossing("iron")
    caption = (
        "Nucleation field of iron spheres against radius (Adams & Michels 2026, Fig. 4(b)). A loop loses the "
        "uniform state exactly where its own energy does; Eq. 11 lies above because it takes the curvature "
        f"{fit.curvature:.4f} of a fitted g_d: {exact.offset_T * 1e3:.1f} mT above the integral's "
        f"({exact.curvature:.4f}) and {grid.offset_T * 1e3:.1f} mT above that of a table from the K = 21 "
        f"grid ({grid.curvature:.4f}), at every radius. In zero field the energies of Brown's texture (Eq. "
        f"S28) and of the uniform state cross at {crossing.brown_m * 1e9:.2f} nm, those of the Ansatz and of "
        f"the uniform state at {crossing.ansatz_m * 1e9:.2f} nm: another quantity than a nucleation radius. "
        f"The continuum, solved, leaves the uniform state at Brown's field at every radius. {solved} "
        f"{marked.runs}"
        + (f" No vortex is seen to appear on the path, so no mark: {unmarked}." if unmarked else "")
    ).rstrip()
    alt = "Nucleation field against radius: the paper's equation lies above the loops by a constant."
    return Drawn(figure, frames, caption, alt)


def _nucleated(result: CaseResult) -> tuple[float, float]:
    """Radius in nm, and the field at which a run's vortex nucleated; nan where it did not."""
    return result.case.particle.radius_nm, result.observables[result.leading].nucleation_field_T


def _simulated_loops(axes: Axes, results: Sequence[CaseResult]) -> list[pd.DataFrame]:
    """Runs in the style of their radius; one that the paper does not print has its own, told in the panel."""
    radii_nm = list(dict.fromkeys((*LOOP_RADII_NM, *(r.case.particle.radius_nm for r in results))))
    frames = []
    for result in results:
        place = radii_nm.index(result.case.particle.radius_nm)
        alone = len(result.loop.B_T) == 1
        look = series(place).points if alone else series(place).line
        label = f"R = {radii_nm[place]:g} nm" if alone or place >= len(LOOP_RADII_NM) else None
        points, name = np.stack((result.loop.B_T, result.moment)), f"simulation, {result.label}"
        frames.append(draw_curve(axes, name, ("B_T", "mz"), points, label=label, **look))
    legend(axes, loc="lower right", most=7)
    return frames


@page_figure("figS2_switching", "Adams & Michels 2026, Suppl. Fig. 2: the macrospin limit")
def draw_switching(data: PaperData) -> Drawn:
    """R = 8 nm, n = 0.5 to 5."""
    figure, (axes,) = panels(COLUMN_IN, 2.4)
    points, line, columns = CURVES["figS2"].compute(), CURVES["figS2_line"].compute(), ("n", "B_SW_T")
    label = r"$2nK_{\rm u}/M_{\rm s}$"
    frames = [
        draw_curve(axes, "loops of H''", columns, points, label="loops of H″", **series(0).points),
        draw_curve(axes, "2 n Ku/Ms", columns, line, label=label, zorder=1, **reference(0)),
        *draw_published(axes, data.published, "figS2", "figS2_line"),
    ]
    axes.set(xlabel=r"$n$ in $K_{\rm u}\rightarrow nK_{\rm u}$", ylabel=r"switching field $\mu_0 H$ (T)")
    axes.set(xlim=(0, 5.2), ylim=(0, 0.3))
    legend(axes, loc="upper left")
    caption = (
        "Switching field of the iron sphere of R = 8 nm with its anisotropy n times as large (Adams & "
        "Michels 2026, Suppl. Fig. 2; the paper does not say its radius, which below the crossing radius "
        "makes no difference)."
    )
    return Drawn(figure, frames, caption, "Switching fields on a straight line.")


def _grid_loops() -> NDArray[np.float64]:
    """Where loops over a table of the K = 21 grid leave the uniform state for a vortex."""
    found = []
    for radius_nm in GRID_RADII_NM:
        fields = np.linspace(1.0, -1.0, 101)
        loop = paper_loop(fields, radius_m=radius_nm * 1e-9, material=iron(), profiles_from="grid")
        opened = next((event.B_T for event in loop.events if event.mode == "nu"), None)
        if opened is not None:
            found.append((radius_nm, opened))
    return np.array(found).T


@page_figure("shi2025_fig2_radii", "Shi 2025, Fig. 2: critical radii")
def draw_radii(data: PaperData) -> Drawn:
    """Two panels on logarithmic axes."""
    figure, (flux, dipoles) = panels(PAGE_IN, 2.5, 1, 2)
    by_flux, by_count = (CURVES[f"shi2025_fig2_{name}"].compute() for name in ("flux", "dipoles"))
    by_iron = np.stack((by_count[0], 1e9 * dipole_radius_m(by_count[0], IRON_ATOMS_PER_M3)))
    true, printed, atoms = r"$\sqrt{\Phi_0/\pi B}$", "n = 1e23 per m^3", "iron's atomic density"
    labels = {printed: r"$n = 10^{23}$ m$^{-3}$, as printed", atoms: "atoms of iron, 8.5 × 10²⁸ m⁻³"}
    first, second = series(0).line, series(1).line
    frames = [
        draw_curve(flux, "flux quantum", ("B_T", "R_nm"), by_flux, label=true, **first),
        draw_curve(dipoles, printed, ("N", "R_nm"), by_count, label=labels[printed], **first),
        draw_curve(dipoles, atoms, ("N", "R_nm"), by_iron, label=labels[atoms], **second),
        *draw_published(flux, data.published, "shi2025_fig2_flux"),
        *draw_published(dipoles, data.published, "shi2025_fig2_dipoles"),
    ]
    flux.set(xlabel=r"field $B$ (T)", ylim=(20, 400))
    dipoles.set(xlabel="number of dipoles $N$")
    for axes in (flux, dipoles):
        axes.set(xscale="log", yscale="log", ylabel="radius (nm)")
        legend(axes)
    caption = (
        "Critical radii of Shi 2025, Fig. 2: (a) of a flux quantum in the field B (Eq. 4), (b) of N dipoles "
        "at the printed density and at that of iron's atoms, where the radii are a hundred times smaller."
    )
    return Drawn(figure, frames, caption, "Radius against field and against number.")
