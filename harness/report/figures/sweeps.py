"""Observables against every key the cases differ in; their loops, sphere by sphere.

In: a Comparison of several spheres, materials or meshes. Out: small multiples.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from harness.analysis.result import CaseResult
from harness.comparison.comparison import Comparison
from harness.comparison.prediction import Prediction
from harness.report.figures.budget import draw_continuum
from harness.report.figures.drawn import Drawn, NothingToDraw, page_figure
from harness.report.figures.style import (
    COLUMN_IN,
    FIELD_LABEL,
    MOMENT_LABEL,
    PAGE_IN,
    band,
    legend,
    panels,
    series,
    title,
    upon,
)
from harness.report.varied import (
    KEYS,
    OBSERVABLES,
    OF_PROTOCOLS,
    Key,
    kind_of_protocol,
    leading_rows,
    setting,
    varied,
)
from harness.verdict.words import among
from reduced_model.models import VORTEX_MODELS

MOST_KEYS = 3
MOST_LINES = 12
"""Lines of a panel that are told apart by more than a shade."""
MOST_SHADES = 6
DECADES = 100.0
"""Largest over smallest value of a key from which its axis is logarithmic."""
CONTINUUM = "0.3"
"""Of its line where the shades are no sphere's."""
BROKEN = (0, (4, 2))
BAR: dict[str, Any] = {"linestyle": "none", "marker": "_", "markersize": 9.0, "clip_on": False}
"""Of a value of the continuum beside which none is known."""
FILLS = ("full", "none", "left", "right", "top", "bottom")
"""Marks of lines of one shade, which differ in what is no number to sweep: a seed, a place on the lattice."""
OVER_LETTER = 2.4
"""Of a legend over its panel: room for the panel's letter below it, in heights of its type."""
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
    keys = varied(comparison, (*KEYS, *OF_PROTOCOLS))
    if not keys:
        known = ", ".join(key.label for key in (*KEYS, *OF_PROTOCOLS))
        raise NothingToDraw(f"the cases differ in none of {known}")
    frame = _frame(comparison, keys)
    told = [o for o in OBSERVABLES if frame[o.quantity].notna().any()]
    if not told:
        raise NothingToDraw("no case has an observable to set against what was swept")
    shown = keys[:MOST_KEYS]
    width_in = PAGE_IN if keys[1:] else COLUMN_IN
    figure, axes = panels(width_in, 1.1 + 1.3 * len(told), len(told), len(shown), sharex="col", sharey="row")
    bars = shared = False
    for place, panel in enumerate(axes):
        observable, key = told[place // len(shown)], shown[place % len(shown)]
        settings = [f"{setting(result.case, key)} {result.record.program}" for result in comparison.results]
        has_bars, alike = _draw_against(panel, frame, key, keys, settings, observable.quantity)
        bars, shared = bars or has_bars, shared or alike
        _no_closer(panel, frame[f"± {observable.quantity}"].max(), 10.0**-observable.decimals)
        if place < len(shown):
            _tell_shades(panel, frame, key, keys)
        if place % len(shown) == 0:
            panel.set_ylabel(f"{observable.label}{f' ({observable.unit})' if observable.unit else ''}")
    for panel, key in zip(axes[-len(shown) :], shown, strict=True):
        panel.set_xlabel(f"{key.label}{f' ({key.unit})' if key.unit else ''}")
        panel.ticklabel_format(axis="x", scilimits=(-3, 4))
        panel.locator_params(axis="x", nbins=7)
        values = _values(frame, key)
        if values[0] > 0.0 and values[-1] > DECADES * values[0]:
            panel.set_xscale("log")
    figure.align_ylabels(axes[:: len(shown)])
    kinds = list(dict.fromkeys(frame["protocol"]))
    marked = ", ".join(f"{mark} ({kind})" for mark, kind in zip(MARKS.values(), kinds, strict=False))
    marked += ", broader lines below finer ones" if kinds[1:] else ""
    shades = "shades, dark to light, are the values above each column; " if keys[1:] else ""
    caption = (
        "Simulated observables of the branch that leaves saturation, against what the cases differ in: "
        f"{', '.join(key.label for key in shown)}. A line joins cases alike in all else, seed, place on "
        f"the lattice and program too; {shades}marks: {marked}"
        f"{', filled in another way where shade and mark are shared' if shared else ''}. "
        f"{'Bars are the errors of the table. ' if bars else ''}"
        "Broken, or a short bar where it has no neighbour: the continuum's value (of nucleation Brown's "
        "field) where it is known."
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


def _no_closer(axes: Axes, error: float, last_digit: float) -> None:
    """Widen an axis that would show what lies below a quantity's error, or its last digit in the table."""
    low, high = axes.get_ylim()
    middle, half = (low + high) / 2, 2.0 * max(np.nan_to_num(error), last_digit)
    if high - low < 2.0 * half:
        axes.set_ylim(middle - half, middle + half)


def _draw_against(
    axes: Axes, frame: pd.DataFrame, key: Key, keys: Sequence[Key], settings: Sequence[str], quantity: str
) -> tuple[bool, bool]:
    """One observable against one key, a line for each set of the others.

    Whether any has bars, and whether lines share shade and mark.
    """
    others = [other for other in keys if other is not key]
    values = _values(frame, others[0]) if others else []
    kinds = list(dict.fromkeys(frame["protocol"]))
    by = [*(other.name for other in others), pd.Series(list(settings), index=frame.index)]
    groups = [group for _, group in frame.groupby(by, sort=False, dropna=False)]
    groups = [rows for group in groups if len(rows := group.dropna(subset=key.name).sort_values(key.name))]
    drawn: set[Hashable] = set()
    looks: Counter[Hashable] = Counter()
    told = False
    for rows in groups:
        kind = kinds.index(rows["protocol"].iloc[0])
        shade = _shade(rows[others[0].name].iloc[0], values) if others else None
        color = shade or _shade(kind, range(len(kinds)))
        bars = rows[f"± {quantity}"].to_numpy() if len(groups) <= MOST_LINES else None
        told |= bars is not None and bool(np.isfinite(bars).any())
        look: dict[str, Any] = {
            "color": color,
            "marker": list(MARKS)[kind % len(MARKS)],
            "fillstyle": FILLS[looks[color, kind] % len(FILLS)],
            "linewidth": _width(kind, kinds),
            "elinewidth": 0.6,
            "markersize": 2.0 + 1.5 * _width(kind, kinds),
        }
        looks[color, kind] += 1
        axes.errorbar(rows[key.name], rows[quantity], bars, alpha=0.9, **look)
        known = rows[f"continuum: {quantity}"]
        if known.notna().any() and (line := tuple(known.round(6))) not in drawn:
            drawn.add(line)
            own = shade if others and others[0].of_sphere else CONTINUUM
            look = {"color": own, "linestyle": BROKEN, "linewidth": 0.9, "zorder": 0}
            axes.plot(rows[key.name], known.mask(_lone(known)), **look)
            axes.plot(rows[key.name], known.where(_lone(known)), **look | BAR)
    return told, max(looks.values(), default=0) > 1


def _lone(values: pd.Series) -> pd.Series:
    """Which values have none beside them to be joined with."""
    known = values.notna()
    return known & ~known.shift(1, fill_value=False) & ~known.shift(-1, fill_value=False)


def _tell_shades(axes: Axes, frame: pd.DataFrame, key: Key, keys: Sequence[Key]) -> None:
    """Over a column what its shades stand for: the values of another key, or its ends where they are many.

    Grey has no value of that key. Without another key they are the protocols'. The broken line is told too.
    """
    frame = frame.dropna(subset=key.name)
    by = next((other for other in keys if other is not key), None)
    values: list[Any] = _values(frame, by) if by else list(dict.fromkeys(frame["protocol"]))
    lacking = by is not None and bool(frame[by.name].isna().any())
    if len(values) + lacking < 2:
        values, by, lacking = [], None, False
    told = values if by is None or len(values) <= MOST_SHADES else [values[0], values[-1]]
    unit = f" {by.unit}".removesuffix(" ").replace(" °", "°") if by else ""
    handles = [
        Line2D([], [], color=_shade(value, values), linewidth=1.5, label=f"{value:g}{unit}")
        if by
        else _protocol_handle(value, values)
        for value in told
    ]
    if by and lacking:
        handles.append(Line2D([], [], color=_shade(None, values), linewidth=1.5, label=f"no {by.label}"))
    if frame.filter(regex="^continuum: ").notna().any(axis=None):
        handles.append(Line2D([], [], color=CONTINUUM, linestyle=BROKEN, linewidth=0.9, label="continuum"))
    if not handles:
        return
    title = by.label if by else "protocol" if values else None
    above: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0.0, 1.0), "borderaxespad": OVER_LETTER}
    axes.legend(handles=handles, title=title, title_fontsize=6.5, ncols=2, alignment="left", **above)


def _protocol_handle(kind: str, kinds: Sequence[str]) -> Line2D:
    place = kinds.index(kind)
    marker = list(MARKS)[place % len(MARKS)]
    return Line2D(
        [], [], color=_shade(kind, kinds), marker=marker, linewidth=_width(place, kinds), label=kind
    )


def _width(place: int, kinds: Sequence[str]) -> float:
    """Width of a protocol's lines."""
    return 0.8 + 0.9 * upon(place, len(kinds))


def _values(frame: pd.DataFrame, key: Key) -> list[float]:
    """Its values in order, those of cases that have it."""
    return sorted(frame[key.name].dropna().unique())


def _shade(value: Any, values: Sequence[Any]) -> tuple[float, float, float, float]:
    """Dark to light along the values; grey without one."""
    if value not in values:
        return (0.6, 0.6, 0.6, 1.0)
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
    frames: list[pd.DataFrame] = []
    left = spheres[MOST_SPHERES:]
    drawn = [comparison.results[k] for of in shown for k in _of_sphere(comparison, of)[:MOST_LOOPS]]
    places = {name: place for place, name in enumerate(dict.fromkeys(one.short_label for one in drawn))}
    for panel, sphere in zip(axes, shown, strict=False):
        frames += _draw_sphere(panel, comparison, sphere, places)
    for unused in axes[len(shown) :]:
        unused.remove()
    for place, panel in enumerate(axes[: len(shown)]):
        if place % columns == 0:
            panel.set_ylabel(MOMENT_LABEL)
        if place + columns >= len(shown):
            panel.set_xlabel(FIELD_LABEL)
    legend(*axes[: len(shown)], most=0)
    hidden = [len(_of_sphere(comparison, sphere)) - MOST_LOOPS for sphere in shown]
    caption = (
        "Mean moment along the field, a panel a sphere: simulations over H′ and H″ (broad grey lines) and, "
        "where it was solved, the continuum (black, dashed where it is a saddle)."
        + (
            f" Of each sphere {MOST_LOOPS} loops at most are drawn; all are in the CSV."
            if max(hidden) > 0
            else ""
        )
        + (f" In the CSV alone: {among([sphere.label for sphere in left])}." if left else "")
    )
    frames += [_loop_frame(comparison.results[k]) for of in left for k in _of_sphere(comparison, of)]
    alt = f"Loops of {len(shown)} spheres: {', '.join(sphere.label for sphere in shown)}."
    return Drawn(figure, frames, caption, alt)


def _of_sphere(comparison: Comparison, sphere: Prediction) -> list[int]:
    return [k for k, of in enumerate(comparison.drawn_with) if of is sphere]


def _draw_sphere(
    axes: Axes, comparison: Comparison, sphere: Prediction, places: Mapping[str, int]
) -> list[pd.DataFrame]:
    """The loops of one sphere over theory; their rows as tables."""
    title(axes, sphere.label)
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
    for place, k in enumerate(of):
        result = comparison.results[k]
        frames.append(_loop_frame(result))
        if place < MOST_LOOPS:
            name = result.short_label
            look = series(places[name]).marked(len(result.loop.B_T)) | {"markersize": 2.2, "linewidth": 0.8}
            axes.plot(result.loop.B_T, result.moment, label=name, **look)
    axes.set(ylim=(-1.08, 1.08))
    return frames


def _loop_frame(result: CaseResult) -> pd.DataFrame:
    loop = result.loop
    columns = {"case": result.label, "step": loop.step, "B (T)": loop.B_T, "<m> (1)": result.moment}
    return pd.DataFrame(columns)
