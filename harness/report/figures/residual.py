"""What a fit leaves of a state: m less Ansatz in two planes through the core, by the fit's own directions.

In: a saved state and its fit. Out: a figure and its table; of a report's remanent vortices, or of one file.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from harness.analysis.patterns import tangents
from harness.analysis.vortex import Field, VortexFit
from harness.comparison.comparison import Comparison
from harness.report.figures.drawn import Drawn, NothingToDraw, page_figure
from harness.report.figures.states import at_zero
from harness.report.figures.style import PAGE_IN, letter, styled
from harness.verdict.words import among

Vector = NDArray[np.float64]

MOST_STATES = 3
ROW_LETTERS = 22
"""Letters of a line that a row is high enough for."""
SHADES = {"size": "Greys", "component": "cividis"}
"""Both grow lighter or darker one way only, so that grey print tells the same."""
COLUMNS = (
    ("|m - fit| (1)", r"$|m - \mathrm{fit}|$"),
    ("rho (1)", r"outward, $\rho$"),
    ("phi (1)", r"around, $\varphi$"),
    ("axis (1)", "along the axis"),
)
PLANES = ("across the axis", "along the axis")


@page_figure("residual", "What the Ansatz leaves of the remanent state")
def draw(comparison: Comparison) -> Drawn:
    """A state in both planes, or up to three in the one along the axis; the caption names the others."""
    states = [state for state in comparison.remanent_states() if state.fit.is_vortex]
    if not states:
        raise NothingToDraw(
            "no single vortex was saved nearest zero field, so no fit leaves anything to show"
        )
    shown, left = states[:MOST_STATES], [state.label for state in states[MOST_STATES:]]
    names = [f"{state.label}, {state.B_T:g} T" for state in shown]
    frames = [
        residual_frame(state.read(), state.fit, state.centre_m).assign(case=state.label, step=state.step)
        for state in shown
    ]
    drawn = _drawn(frames, names, [state.fit for state in shown])
    title = "" if at_zero(shown) else "What the Ansatz leaves of the state saved nearest zero field"
    caption = drawn.caption + (f" Not shown: {among(left)}." if left else "")
    return replace(drawn, caption=caption, title=title)


@styled()
def write_residual(
    field: Field, fit: VortexFit, centre_m: tuple[float, float, float], png: Path
) -> tuple[Path, Path]:
    """Draw the residual of one vortex into a PNG file, its numbers into a CSV file beside it."""
    frame = residual_frame(field, fit, centre_m)
    figure = _drawn([frame], [png.stem], [fit]).figure
    table = png.with_suffix(".csv")
    png.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(png, format="png", metadata={"Software": None})
    frame.to_csv(table, index=False)
    return png, table


def residual_frame(field: Field, fit: VortexFit, centre_m: tuple[float, float, float]) -> pd.DataFrame:
    """m less fit on both planes, a row a point, each a cell side from the next, from the cell it lies in.

    The planes pass through the point of the core's line nearest to the centre: one across the axis, one
    through the axis and the core's displacement, or where there is none any direction across it.
    """
    axis = np.asarray(fit.axis)
    place = fit.texture.place * fit.radius_m
    off = float(np.linalg.norm(place))
    right = place / off if off > 1e-3 * fit.radius_m else tangents(axis)[0]
    frames = []
    for name, up in zip(PLANES, (np.cross(axis, right), axis), strict=True):
        u, v, from_centre, m = _cells(field, np.asarray(centre_m), place, right, up)
        points = from_centre / fit.radius_m
        around = fit.texture.side * np.cross(axis, points - fit.texture.place[:, None], axisb=0, axisc=0)
        length = np.linalg.norm(around, axis=0)
        around = around / np.where(length > 0, length, 1.0)
        outward = fit.texture.side * np.cross(around, axis, axisa=0, axisc=0)
        left = m - fit.texture.of(points)
        parts = ((outward * left).sum(axis=0), (around * left).sum(axis=0), axis @ left)
        values = (np.linalg.norm(left, axis=0), *parts)
        table = {"plane": name, "u (nm)": 1e9 * u, "v (nm)": 1e9 * v}
        frames.append(
            pd.DataFrame(table | {key: each for (key, _), each in zip(COLUMNS, values, strict=True)})
        )
    return pd.concat(frames, ignore_index=True)


def _cells(
    field: Field, centre: Vector, place: Vector, right: Vector, up: Vector
) -> tuple[Vector, Vector, Vector, Vector]:
    """u and v of points on a plane, the middles of the cells they lie in from the centre, those cells' m."""
    cell, counts = np.asarray(field.cell_m, dtype=float), np.array(field.m.shape[:0:-1])
    points = int(np.ceil(np.linalg.norm(counts * cell) / cell.min()))
    line = cell.min() * (np.arange(points) - (points - 1) / 2)
    u, v = (each.ravel() for each in np.meshgrid(line, line))
    at = (centre + place)[:, None] + np.outer(right, u) + np.outer(up, v)
    middle = (counts[:, None] - 1) / 2
    index = np.rint(at / cell[:, None] + middle + 1e-6).astype(int)  # a plane between two layers shows one
    kept = ((index >= 0) & (index < counts[:, None])).all(axis=0)
    ix, iy, iz = index[:, kept]
    m = field.m[:, iz, iy, ix]
    length = np.linalg.norm(m, axis=0)
    full = length > 0.5
    from_centre = (index[:, kept][:, full] - middle) * cell[:, None] - centre[:, None]
    return u[kept][full], v[kept][full], from_centre, m[:, full] / length[full]


def _drawn(frames: Sequence[pd.DataFrame], names: Sequence[str], fits: Sequence[VortexFit]) -> Drawn:
    """A row a plane, sizes and components in columns; one scale for sizes, one for components."""
    planes = PLANES if len(frames) == 1 else PLANES[1:]
    rows = len(planes) * len(frames)
    figure = Figure(figsize=(PAGE_IN, 1.75 * rows + 0.5))
    axes = figure.subplots(rows, len(COLUMNS), squeeze=False, sharex=True, sharey=True)
    letter(*axes.flat)
    most = max(float(frame[COLUMNS[0][0]].max()) for frame in frames)
    images: dict[str, Any] = {}
    for row, (panels, (frame, plane)) in enumerate(
        zip(axes, ((frame, plane) for frame in frames for plane in planes), strict=True)
    ):
        shown = frame[frame["plane"] == plane]
        for panel, (column, title) in zip(panels, COLUMNS, strict=True):
            kind = "size" if column == COLUMNS[0][0] else "component"
            images[kind] = _draw_plane(panel, shown, column, kind, most)
            if row == 0:
                panel.set_title(title)
        name = plane if len(frames) == 1 else fill(names[row], ROW_LETTERS)
        panels[0].set_ylabel(f"{name}\nv (nm)")
    for panel in axes[-1]:
        panel.set_xlabel("u (nm)")
    figure.colorbar(images["size"], ax=axes[:, 0], location="bottom", label="size", aspect=12, shrink=0.9)
    label = "component: negative dark, positive light"
    figure.colorbar(
        images["component"], ax=axes[:, 1:], location="bottom", label=label, aspect=40, shrink=0.9
    )
    told = "; ".join(
        f"{name}: ν = {fit.nu:.3f}, rms {fit.rms:.3f}" for name, fit in zip(names, fits, strict=True)
    )
    caption = (
        f"Magnetisation less the fitted Ansatz, in the plane {' and '.join(planes)} of the core (where v is "
        "the height), through the point of the core's line nearest to the centre: its size, and its parts "
        f"outward, along the circulation and along the core. {told}."
    )
    return Drawn(figure, frames, caption, f"Residual maps. {told}.")


def _draw_plane(panel: Axes, shown: pd.DataFrame, column: str, kind: str, most: float) -> Any:
    """One quantity on one plane, a square a point."""
    table = shown.pivot(index="v (nm)", columns="u (nm)", values=column)
    low = 0.0 if kind == "size" else -most
    edges = [_edges(np.asarray(each, dtype=float)) for each in (table.columns, table.index)]
    panel.set_aspect("equal")
    panel.set_facecolor("white")
    return panel.pcolormesh(*edges, table, cmap=SHADES[kind], vmin=low, vmax=most, rasterized=True)


def _edges(middles: Vector) -> Vector:
    """Edges of intervals by their middles."""
    if len(middles) < 2:
        return np.array([middles[0] - 0.5, middles[0] + 0.5])
    between = [(low + high) / 2 for low, high in pairwise(middles)]
    return np.array([2 * middles[0] - between[0], *between, 2 * middles[-1] - between[-1]])
