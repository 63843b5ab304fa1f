"""Observables against every key the cases differ in; their loops, sphere by sphere.

In: a Comparison of several spheres, materials or meshes. Out: small multiples.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from harness.comparison.comparison import Comparison
from harness.comparison.prediction import Prediction
from harness.report.figures.budget import draw_continuum
from harness.report.figures.drawn import Drawn, NothingToDraw, page_figure
from harness.report.figures.style import FIELD_LABEL, MOMENT_LABEL, PAGE_IN, band, legend, panels, series
from harness.report.varied import OBSERVABLES, Key, kind_of_protocol, leading_rows, varied
from reduced_model.models import VORTEX_MODELS

MOST_KEYS = 3
MOST_LINES = 12
"""Lines of a panel that are told apart by more than a shade."""
MOST_SHADES = 6
MOST_SPHERES = 9
MOST_LOOPS = 6
MARKS = {
    "o": "circles",
    "s": "squares",
    "^": "triangles",
    "v": "triangles on their tip",
    "D": "diamonds",
    "P": "pluses",
}


@page_figure("sweeps", "Observables against what was swept")
def draw_sweeps(comparison: Comparison) -> Drawn:
    """A column a key, a row an observable that somebody has."""
    keys = varied(comparison)
    if not keys:
        raise NothingToDraw("the cases differ in no number")
    frame = _frame(comparison, keys)
    told = [o for o in OBSERVABLES if frame[o.quantity].notna().any()]
    if not told:
        raise NothingToDraw("no case has an observable to set against what was swept")
    shown = keys[:MOST_KEYS]
    figure, axes = panels(PAGE_IN, 0.7 + 1.3 * len(told), len(told), len(shown), sharex="col", sharey="row")
    for place, panel in enumerate(axes):
        observable, key = told[place // len(shown)], shown[place % len(shown)]
        _draw_against(panel, frame, key, keys, observable.quantity)
        if place < len(shown):
            _tell_shades(panel, frame, key, keys)
        if place % len(shown) == 0:
            panel.set_ylabel(f"{observable.label}{f' ({observable.unit})' if observable.unit else ''}")
    for panel, key in zip(axes[-len(shown) :], shown, strict=True):
        panel.set_xlabel(f"{key.label}{f' ({key.unit})' if key.unit else ''}")
    figure.align_ylabels(axes[:: len(shown)])
    kinds = list(dict.fromkeys(frame["protocol"]))
    marked = ", ".join(f"{mark} ({kind})" for mark, kind in zip(MARKS.values(), kinds, strict=False))
    shades = "shades, dark to light, are the values of the next of these; " if keys[1:] else ""
    caption = (
        "Simulated observables of the branch that leaves saturation, against what the cases differ in: "
        f"{', '.join(key.label for key in shown)}. A line joins cases alike in all others; {shades}"
        f"marks: {marked}. Bars are half the field step, dashed lines the continuum's value "
        "(of nucleation Brown's field) where it is known."
    )
    if left := keys[MOST_KEYS:]:
        caption += f" Not shown: against {', '.join(key.label for key in left)}."
    names = {o.quantity: f"{o.quantity} ({o.unit or 1})" for o in OBSERVABLES}
    alt = f"{len(told)} observables of {len(frame)} cases against {', '.join(key.label for key in shown)}."
    return Drawn(figure, [frame.rename(columns=names)], caption, alt)


def _frame(comparison: Comparison, keys: Sequence[Key]) -> pd.DataFrame:
    """A row a case: the keys, the observables with error and continuum."""
    rows, table = leading_rows(comparison), []
    for result in comparison.results:
        values: dict[str, object] = {"case": result.label, "protocol": kind_of_protocol(result)}
        values |= {key.name: key.of(result.case) for key in keys}
        for observable in OBSERVABLES:
            row = rows.get((result.folder.name, observable.quantity))
            values[observable.quantity] = row.simulated if row else np.nan
            values[f"± {observable.quantity}"] = row.uncertainty if row else np.nan
            values[f"continuum: {observable.quantity}"] = row.continuum if row else np.nan
        table.append(values)
    return pd.DataFrame(table)


def _draw_against(axes: Axes, frame: pd.DataFrame, key: Key, keys: Sequence[Key], quantity: str) -> None:
    """One observable against one key: a line for each set of the other keys and protocols."""
    others = [other.name for other in keys if other is not key]
    shade_by = others[0] if others else None
    values = sorted(frame[shade_by].unique()) if shade_by else []
    kinds = list(dict.fromkeys(frame["protocol"]))
    groups = list(frame.groupby([*others, "protocol"], sort=False))
    drawn: set[Hashable] = set()
    for _, group in groups:
        rows = group.sort_values(key.name)
        kind = kinds.index(rows["protocol"].iloc[0])
        color = _shade(rows[shade_by].iloc[0], values) if shade_by else _shade(kind, range(len(kinds)))
        bars = rows[f"± {quantity}"].to_numpy() if len(groups) <= MOST_LINES else None
        look: dict[str, Any] = {
            "color": color,
            "marker": list(MARKS)[kind % len(MARKS)],
            "linewidth": 0.8,
            "elinewidth": 0.6,
        }
        axes.errorbar(rows[key.name], rows[quantity], bars, markersize=2.6, alpha=0.9, **look)
        known = rows[f"continuum: {quantity}"]
        if known.notna().any() and (line := tuple(known.round(6))) not in drawn:
            drawn.add(line)
            axes.plot(rows[key.name], known, color=color, linestyle=(0, (4, 2)), linewidth=0.9, zorder=0)


def _tell_shades(axes: Axes, frame: pd.DataFrame, key: Key, keys: Sequence[Key]) -> None:
    """What the shades of a column stand for: the values of the next key, or its ends where they are many."""
    by = next((other for other in keys if other is not key), None)
    if by is None:
        return
    values = sorted(frame[by.name].unique())
    told = values if len(values) <= MOST_SHADES else [values[0], values[-1]]
    handles = [
        Line2D(
            [],
            [],
            color=_shade(value, values),
            linewidth=1.5,
            label=f"{value:g}{f' {by.unit}' if by.unit else ''}",
        )
        for value in told
    ]
    look: dict[str, Any] = {
        "fontsize": 5.5,
        "title_fontsize": 5.5,
        "ncols": 2,
        "handlelength": 1.2,
        "columnspacing": 0.8,
    }
    axes.legend(handles=handles, title=by.label, **look)


def _shade(value: float, values: Sequence[float]) -> tuple[float, float, float, float]:
    """Dark to light along the values."""
    return colormaps["viridis"](0.85 * list(values).index(value) / max(len(values) - 1, 1))


@page_figure("spheres", "The loops, sphere by sphere")
def draw_spheres(comparison: Comparison) -> Drawn:
    """A panel a sphere, nine at most, with six of its loops at most over what theory says."""
    spheres = comparison.predictions
    if len(spheres) < 2:
        raise NothingToDraw("all cases are of one sphere on one path")
    shown = spheres[:MOST_SPHERES]
    columns = 2 if len(shown) in (2, 4) else 3
    rows = -(-len(shown) // columns)
    figure, axes = panels(PAGE_IN, 0.6 + 1.75 * rows, rows, columns, sharey=True)
    frames, left = [], len(spheres) - len(shown)
    for panel, sphere in zip(axes, shown, strict=False):
        frames += _draw_sphere(panel, comparison, sphere)
    for unused in axes[len(shown) :]:
        unused.remove()
    for place, panel in enumerate(axes[: len(shown)]):
        if place % columns == 0:
            panel.set_ylabel(MOMENT_LABEL)
        if place + columns >= len(shown):
            panel.set_xlabel(FIELD_LABEL)
    fullest = max(axes[: len(shown)], key=lambda panel: len(panel.get_legend_handles_labels()[1]))
    legend(fullest, most=0)
    hidden = [len(_of_sphere(comparison, sphere)) - MOST_LOOPS for sphere in shown]
    caption = (
        "Mean moment along the field, a panel a sphere: simulations over H′ and H″ (broad grey lines) and, "
        "where it was solved, the continuum (black, dashed where it is a saddle)."
        + (
            f" Of each sphere {MOST_LOOPS} loops at most are drawn; all are in the CSV."
            if max(hidden) > 0
            else ""
        )
        + (f" Not shown: {left} more spheres." if left else "")
    )
    alt = f"Loops of {len(shown)} spheres: {', '.join(sphere.label for sphere in shown)}."
    return Drawn(figure, frames, caption, alt)


def _of_sphere(comparison: Comparison, sphere: Prediction) -> list[int]:
    return [k for k, of in enumerate(comparison.drawn_with) if of is sphere]


def _draw_sphere(axes: Axes, comparison: Comparison, sphere: Prediction) -> list[pd.DataFrame]:
    """The loops of one sphere over theory; their rows as tables."""
    axes.set_title(sphere.label, fontsize=6.5)
    axes.axhline(0, color="0.9", linewidth=0.5, zorder=0)
    for place, model in enumerate(reversed(VORTEX_MODELS)):
        if curve := sphere.curves.get(model):
            axes.plot(
                curve.B_T, curve.mz, label=model.symbol, **band(2 - place) | {"linewidth": 4.2 - 2 * place}
            )
    frames, of = [], _of_sphere(comparison, sphere)
    fields = [comparison.results[k].loop.B_T for k in of]
    if sphere.continuum is not None:
        draw_continuum(
            axes, sphere.continuum, float(min(map(np.min, fields))), float(max(map(np.max, fields)))
        )
    radius = f"R = {comparison.results[of[0]].case.particle.radius_nm:g} nm, "
    for place, k in enumerate(of):
        result = comparison.results[k]
        loop = {
            "case": result.label,
            "step": result.loop.step,
            "B (T)": result.loop.B_T,
            "<m> (1)": result.moment,
        }
        frames.append(pd.DataFrame(loop))
        if place < MOST_LOOPS:
            look = series(place).marked(len(result.loop.B_T)) | {"markersize": 2.2, "linewidth": 0.8}
            label = result.label.replace(radius, "").removeprefix(f"{result.case.material.label}, ")
            axes.plot(result.loop.B_T, result.moment, label=label, **look)
    axes.set(ylim=(-1.08, 1.08))
    return frames
