"""The remanent states: radial profiles and cuts (Adams & Michels 2026, Fig. 1), one panel a case.

In: the states saved nearest zero field, and their fits. Out: components over the distance
from the core axis, with tanh and sech; the plane through the centre across that axis, with arrows.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from numpy.typing import NDArray

from harness.analysis.result import SavedState
from harness.comparison.comparison import Comparison
from harness.mx3.files.ovf import VectorField
from harness.report.figures.drawn import Drawn, NothingToDraw, page_figure
from harness.report.figures.style import COLUMN_IN, PAGE_IN, legend, panels
from harness.verdict.words import among

MOST_PANELS = 6
MOST_ARROWS = 13
"""Arrows along a side of a panel; finer meshes show every second, third... point."""
SHADES = "cividis"
ARROWS: dict[str, Any] = {
    "color": "white",
    "edgecolor": "black",
    "linewidth": 0.35,
    "pivot": "mid",
    "angles": "xy",
    "scale_units": "xy",
    "width": 0.009,
    "headwidth": 3.4,
    "headlength": 3.6,
    "headaxislength": 3.4,
}


@page_figure("radial_profile", "Radial profile of the remanent state")
def draw_radial_profile(comparison: Comparison) -> Drawn:
    """One panel a case, at most six; the caption names what is left out."""
    states, left_out = _with_core(comparison.remanent_states(), "there is no profile to draw")

    def words(state: SavedState) -> str:
        vortex = f"$\\nu$ = {state.fit.nu:.3f}" if state.fit.described else state.fit.state
        return f"{state.label}\n{vortex}, rms misfit {state.fit.rms:.3f}"

    figure, axes = _panels(states, lambda axes, state: state.fit.plot(axes), words)
    legend(axes[0], most=0)
    shown = states[:MOST_PANELS]
    frames = [
        state.fit.profile.to_dataframe().assign(case=state.label, step=state.step, **{"B (T)": state.B_T})
        for state in shown
    ]
    caption = (
        "Magnetisation in the vortex's own frame against the distance from its axis: symbols are the cells "
        "of the saved state nearest zero field, binned in ρ/R, bars the scatter of the cells in a bin; "
        "lines are tanh(νρ/R), sech(νρ/R) and 0 with the fitted ν. m_φ is counted along the circulation. "
    ) + _listed(states, lambda state: f"{state.label} at {state.B_T:g} T", left_out)
    alt = "; ".join(f"{s.label}: {s.fit.state}, {s.fit.reason}" for s in states[:MOST_PANELS])
    title = "" if at_zero(states) else "Radial profile of the state saved nearest zero field"
    return Drawn(figure, frames, caption, f"Radial profiles. {alt}.", title=title)


@page_figure("cross_section", "The remanent state in cross-section")
def draw_cross_section(comparison: Comparison) -> Drawn:
    """Cut each state through its centre, across its core axis, seen with the axis towards the reader."""
    saved = [s for s in comparison.remanent_states() if s.path is not None]
    states, left_out = _with_core(saved, "there is nothing to cut")
    frames: list[pd.DataFrame] = []

    def draw_state(axes: Axes, state: SavedState) -> None:
        cut = cut_across(state.read(), np.asarray(state.fit.axis), state.centre_m)
        draw_cut(axes, cut)
        frames.append(cut.assign(case=state.label, step=state.step, **{"B (T)": state.B_T}))

    figure, axes = _panels(states, draw_state, lambda state: f"{state.label}, {state.B_T:g} T")
    shades = ScalarMappable(Normalize(-1, 1), SHADES)
    figure.colorbar(
        shades, ax=axes, label="component along the core axis", shrink=0.8, aspect=25, ticks=(-1, 0, 1)
    )

    def axis_of(state: SavedState) -> str:
        return f"{state.label}, axis ({', '.join(f'{x:.2f}' for x in np.asarray(state.fit.axis) + 0.0)})"

    caption = (
        "Cut through the centre of the saved state nearest zero field, across its core axis, which points "
        "towards the reader: each point shows the cell it lies in, arrows the components in the plane, "
        "brightness the component along the axis. "
    ) + _listed(states, axis_of, left_out)
    alt = "; ".join(f"{s.label}: {s.fit.state}, {s.fit.reason}" for s in states[:MOST_PANELS])
    title = "" if at_zero(states) else "The state saved nearest zero field in cross-section"
    return Drawn(figure, frames, caption, f"Cross-sections. {alt}.", title=title)


def at_zero(states: Sequence[SavedState]) -> bool:
    """Whether all of these are remanent states."""
    return all(abs(state.B_T) < 1e-9 for state in states)


def _with_core(states: Sequence[SavedState], so: str) -> tuple[list[SavedState], list[str]]:
    """The states that are not uniform, and the cases of those that are: a panel of one would be flat."""
    if not states:
        raise NothingToDraw(f"no state was saved, so {so}")
    found = [state for state in states if not state.fit.is_uniform]
    if not found:
        raise NothingToDraw(f"every state saved nearest zero field is uniform, so {so}")
    return found, [state.label for state in states if state.fit.is_uniform]


def cut_across(
    field: VectorField,
    core: NDArray[np.float64],
    centre_m: tuple[float, float, float],
    step_m: float | None = None,
) -> pd.DataFrame:
    """m on a square grid in the plane through a centre, from the cell each point lies in.

    `core` (3,) points out of the page; the points are `step_m` apart, or a cell side.
    """
    right, up = frame_across(core)
    cell = np.asarray(field.cell_m, dtype=float)
    counts = np.array(field.m.shape[:0:-1])
    points = int(counts.max())
    line = (step_m or cell.min()) * (np.arange(points) - (points - 1) / 2)
    u, v = (a.ravel() for a in np.meshgrid(line, line))
    centre = np.asarray(centre_m)[:, None]
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


def frame_across(core: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Right and up as the reader sees them with the core axis pointing out of the page."""
    x_like = np.array([0.0, 1.0, 0.0]) if abs(core[0]) > 0.99 else np.array([1.0, 0.0, 0.0])
    right = x_like - (x_like @ core) * core
    right /= np.linalg.norm(right)
    return right, np.cross(core, right)


def draw_cut(axes: Axes, cut: pd.DataFrame) -> None:
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
    arrows = (cut[name].to_numpy()[kept] for name in ("m_u (1)", "m_v (1)"))
    axes.quiver(u[kept], v[kept], *arrows, scale=1 / (1.1 * spacing), **ARROWS)
    axes.set(aspect="equal", xlabel="u (nm)", ylabel="v (nm)")


def _panels(
    states: Sequence[SavedState],
    draw: Callable[[Axes, SavedState], object],
    title: Callable[[SavedState], str],
) -> tuple[Figure, list[Axes]]:
    """Draw the first six states, each in a panel of its own with its title; outer axes carry the labels."""
    count = min(len(states), MOST_PANELS)
    columns = min(count, 2 if count in (2, 4) else 3)
    rows = -(-count // columns)
    size = (COLUMN_IN if columns == 1 else PAGE_IN, (2.4 if columns == 3 else 2.9) * rows)
    figure, axes = panels(*size, rows, columns, sharex=True, sharey=True)
    for number, (panel, state) in enumerate(zip(axes, states, strict=False)):
        draw(panel, state)
        words = title(state)
        panel.set_title(words)
        panel.set_title(panel.get_title("left") + "\n" * words.count("\n"), loc="left")  # on the first line
        below, beside = number + columns < count, number % columns > 0
        panel.tick_params(labelbottom=not below, labelleft=not beside)
        panel.set(**({"xlabel": ""} if below else {}), **({"ylabel": ""} if beside else {}))
    for unused in axes[count:]:
        unused.remove()
    return figure, axes[:count]


def _listed(states: Sequence[SavedState], text: Callable[[SavedState], str], uniform: Sequence[str]) -> str:
    """The states by the letters of their panels, and the cases there was no panel for."""
    shown = "; ".join(f"({a}) {text(state)}" for a, state in zip("abcdef", states, strict=False))
    left = among([state.label for state in states[MOST_PANELS:]])
    return (
        f"{shown}."
        + (f" Not shown: {left}." if left else "")
        + (f" Uniform, and not shown: {among(uniform)}." if uniform else "")
    )
