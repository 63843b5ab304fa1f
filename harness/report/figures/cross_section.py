"""The remanent state itself: a cut through the sphere (Adams & Michels 2026, Fig. 1(a)).

In: the vector fields of the states saved nearest zero field, and their fits. Out: one panel a case, the plane
through the centre across the core axis; arrows in the plane, brightness along the axis.
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from harness.analysis.result import SavedState
from harness.comparison.comparison import Comparison
from harness.report.figures.drawn import Drawn, NothingToDraw
from harness.report.figures.style import COLUMN_IN, PAGE_IN, panel_letter, styled

MOST_PANELS = 6
MOST_ARROWS = 13
"""Arrows along a side of a panel; finer meshes show every second, third... point."""
SHADES = "cividis"


@styled()
def draw(comparison: Comparison) -> Drawn:
    """Cut each state through its centre, across its core axis, seen with the axis towards the reader."""
    states = [s for s in comparison.remanent_states() if s.path is not None]
    if not states:
        raise NothingToDraw("no state was saved, so there is nothing to cut")
    shown, left = states[:MOST_PANELS], states[MOST_PANELS:]
    columns = min(len(shown), 2 if len(shown) in (2, 4) else 3)
    rows = -(-len(shown) // columns)
    size = (COLUMN_IN if columns == 1 else PAGE_IN, (2.9 if columns < 3 else 2.4) * rows)
    figure = Figure(figsize=size)
    grid = figure.subplots(rows, columns, squeeze=False, sharex=len(shown) > 1, sharey=len(shown) > 1)
    frames, axes_of_cores = [], []
    for letter, axes, state in zip("abcdef", grid.flat, shown, strict=False):
        cut = _cut(state)
        _draw_cut(axes, cut)
        axes.label_outer()
        panel_letter(axes, letter)
        axes.set_title(f"{state.label}, {state.B_T:g} T")
        frames.append(cut.assign(case=state.label, step=state.step, **{"B (T)": state.B_T}))
        core = ", ".join(f"{x:.2f}" for x in np.asarray(state.fit.axis) + 0.0)
        axes_of_cores.append(f"({letter}) {state.label}, axis ({core})")
    for axes in grid.flat[len(shown) :]:
        axes.set_axis_off()
    shades = ScalarMappable(Normalize(-1, 1), SHADES)
    figure.colorbar(
        shades, ax=grid, label="component along the core axis", shrink=0.8, aspect=25, ticks=(-1, 0, 1)
    )
    caption = (
        "Cut through the centre of the saved state nearest zero field, across its core axis, which points "
        "towards the reader: each point shows the cell it lies in, arrows the components in the plane, "
        "brightness the component along the axis. "
        + "; ".join(axes_of_cores)
        + "."
        + (f" Not shown: {', '.join(s.label for s in left)}." if left else "")
    )
    alt = "; ".join(f"{s.label}: {s.fit.state}, {s.fit.reason}" for s in shown)
    data = pd.concat(frames, ignore_index=True)
    return Drawn(figure, data, caption, "cross_section", f"Cross-sections. {alt}.")


def _cut(state: SavedState) -> pd.DataFrame:
    """m on a square grid in the plane, one point a cell side apart, from the cell each point lies in."""
    field = state.read()
    core = np.asarray(state.fit.axis)
    right, up = _frame(core)
    cell = np.asarray(field.cell_m, dtype=float)
    counts = np.array(field.m.shape[:0:-1])
    points = int(counts.max())
    line = cell.min() * (np.arange(points) - (points - 1) / 2)
    u, v = (a.ravel() for a in np.meshgrid(line, line))
    centre = np.asarray(state.centre_m)[:, None]
    place = centre + np.outer(right, u) + np.outer(up, v)
    index = np.rint(place / cell[:, None] + (counts[:, None] - 1) / 2).astype(int)
    kept = ((index >= 0) & (index < counts[:, None])).all(axis=0)
    ix, iy, iz = index[:, kept]
    m = field.m[:, iz, iy, ix]
    magnetic = (m**2).sum(axis=0) > 0.25
    columns = {"u (nm)": u[kept], "v (nm)": v[kept]}
    columns = {name: 1e9 * values[magnetic] for name, values in columns.items()}
    components = (("m_u (1)", right), ("m_v (1)", up), ("m_core (1)", core))
    return pd.DataFrame(columns | {name: (direction @ m)[magnetic] for name, direction in components})


def _frame(core: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Right and up as the reader sees them with the core axis pointing out of the page."""
    x_like = np.array([0.0, 1.0, 0.0]) if abs(core[0]) > 0.99 else np.array([1.0, 0.0, 0.0])
    right = x_like - (x_like @ core) * core
    right /= np.linalg.norm(right)
    return right, np.cross(core, right)


def _draw_cut(axes: Axes, cut: pd.DataFrame) -> None:
    """Squares shaded by the component along the core, arrows on them."""
    u, v = cut["u (nm)"].to_numpy(), cut["v (nm)"].to_numpy()
    table = cut.pivot(index="v (nm)", columns="u (nm)", values="m_core (1)")
    axes.pcolormesh(
        table.columns, table.index, table, cmap=SHADES, vmin=-1, vmax=1, shading="nearest", rasterized=True
    )
    sides = np.unique(u), np.unique(v)
    stride = -(-max(map(len, sides)) // MOST_ARROWS)
    kept = np.isin(u, sides[0][::stride]) & np.isin(v, sides[1][::stride])
    spacing = stride * (sides[0][1] - sides[0][0]) if len(sides[0]) > 1 else 1.0
    axes.quiver(
        u[kept],
        v[kept],
        cut["m_u (1)"].to_numpy()[kept],
        cut["m_v (1)"].to_numpy()[kept],
        color="white",
        edgecolor="black",
        linewidth=0.35,
        pivot="mid",
        angles="xy",
        scale_units="xy",
        scale=1 / (1.1 * spacing),
        width=0.009,
        headwidth=3.4,
        headlength=3.6,
        headaxislength=3.4,
    )
    axes.set(aspect="equal", xlabel="u (nm)", ylabel="v (nm)")
