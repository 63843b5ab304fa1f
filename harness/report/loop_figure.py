"""The loop to look into: simulations, models and continuum in one figure that zooms, tells and hides.

In: a Comparison. Out: an InteractiveLoop: the figure as JSON for Bokeh, the library's text to embed once, and
the groups of curves that the page lets a reader hide.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.analysis.result import CaseResult
from harness.comparison.comparison import Comparison
from harness.comparison.prediction import Prediction
from harness.report.figures.ribbon import WORDS, kind_of
from harness.report.figures.style import ON_DARK, series
from reduced_model.continuum.branches import ContinuumBranches
from reduced_model.models import VORTEX_MODELS

if TYPE_CHECKING:
    from bokeh.plotting import figure

ONE_FIELD_T = 1e-6
"""Span of fields that is one, and needs room on both sides."""
MOST_CASES = 48
"""Loops in the figure; with more it takes seconds to open."""
MOST_SHOWN = 6
"""Loops of a sphere that are shown before a reader asks for more."""
MOST_ROWS = 1000
"""Rows of a loop; of longer ones every second, third... is drawn."""
CURVE_POINTS = 400
MARKERS = {"minimum": "square", "soft": "circle", "saddle": "x", "maximum": "triangle", "undecided": "dash"}
"""Of the certified states, as in the other figures; a state without certificate is a dot."""
SIZES = {"dot": 4, "saddle": 12, "maximum": 12, "undecided": 12}
"""Of the marks: those of a grave state stand out from under a minimum's of another loop."""
MODELS, CONTINUUM = "#8b929a", "#000000"
DARK = ON_DARK | {CONTINUUM: "#f2f4f6", MODELS: MODELS}
"""Each colour's counterpart on a dark page."""
MODEL_LOOK: dict[str, dict[str, Any]] = {
    "H'": {"line_width": 5, "line_alpha": 0.45},
    "H''": {"line_width": 5, "line_alpha": 0.45, "line_dash": [10, 4]},
}


@dataclass(frozen=True)
class Curve:
    """Curves that are shown and hidden together."""

    key: str
    """Name of their parts in the figure."""
    label: str
    color: str
    dash: str
    """As an SVG line has it."""
    width: float
    sphere: int
    """Place of the sphere and path they belong to."""
    shown: bool = True


@dataclass(frozen=True)
class InteractiveLoop:
    """The figure and what the page needs to steer it."""

    item: str
    """JSON that Bokeh embeds."""
    theory: tuple[Curve, ...]
    cases: tuple[Curve, ...]
    spheres: tuple[str, ...]
    left_out: int
    most_shown: int = MOST_SHOWN
    dark: str = field(default=json.dumps(DARK))

    @property
    def has_continuum(self) -> bool:
        """Whether any sphere's was solved."""
        return any(curve.key.startswith("continuum") for curve in self.theory)

    @property
    def library(self) -> str:
        """The text of Bokeh's core, as its package carries it."""
        import bokeh  # a second, and only a page embeds it

        folder = Path(bokeh.__file__).parent / "server" / "static" / "js"
        return (folder / "bokeh.min.js").read_text(encoding="utf-8").replace("</script", "<\\/script")


def interactive_loop(comparison: Comparison) -> InteractiveLoop | None:
    """The figure of all cases and of what theory says beside them; None where no case has finished."""
    if not comparison.results:
        return None
    shown = comparison.results[:MOST_CASES]
    spheres = list(dict.fromkeys(comparison.drawn_with[:MOST_CASES]))
    plot = _empty_figure()
    lowest, highest = (float(of([of(result.loop.B_T) for result in shown])) for of in (np.min, np.max))
    if highest - lowest < ONE_FIELD_T:
        plot.x_range.update(start=lowest - 0.1, end=highest + 0.1)
    theory = [curve for place, of in enumerate(spheres) for curve in _draw_theory(plot, of, place)]
    counts = [0] * len(spheres)
    cases = []
    for index, result in enumerate(shown):
        sphere = spheres.index(comparison.drawn_with[index])
        place, counts[sphere] = counts[sphere], counts[sphere] + 1
        label = result.label if len(spheres) == 1 else result.short_label
        cases.append(_draw_case(plot, result, label, index, place, sphere))
    labels = tuple(sphere.label for sphere in spheres)
    return InteractiveLoop(
        _as_json(plot), tuple(theory), tuple(cases), labels, len(comparison.results) - len(shown)
    )


def _empty_figure() -> figure:
    """Axes, zoom and what the pointer tells."""
    from bokeh.models import HoverTool  # a second, and only a page draws one
    from bokeh.plotting import figure

    plot = figure(
        height=460,
        sizing_mode="stretch_width",
        tools="pan,box_zoom,wheel_zoom,reset,save",
        active_scroll=None,
        active_drag="box_zoom",
        x_axis_label="applied field μ₀H (T)",
        y_axis_label="⟨m⟩ along the field",
        output_backend="canvas",
        name="loop",
    )
    plot.toolbar.logo = None
    plot.toolbar.autohide = False
    tips = [("", "@name"), ("field", "$x{0.0000} T"), ("⟨m⟩", "$y{0.0000}")]
    plot.add_tools(HoverTool(tooltips=tips, renderers=[], name="lines", line_policy="nearest"))
    told = [
        ("", "@name"),
        ("field", "@B{0.0000} T"),
        ("⟨m⟩", "@m{0.0000}"),
        ("state", "@state"),
        ("ν", "@nu"),
        ("is", "@verdict"),
    ]
    plot.add_tools(HoverTool(tooltips=told, renderers=[], name="states"))
    return plot


def _line(plot: figure, key: str, name: str, x: Any, y: Any, **look: Any) -> None:
    """A line that tells its name under the pointer; of one field, a mark."""
    source: dict[str, Any] = {"x": _short(x), "y": _short(y), "name": [name] * len(x)}
    drawn: Any = plot.line("x", "y", source=source, name=key, **look)
    if np.ptp(x) == 0.0:
        mark: dict[str, Any] = {"marker": "diamond", "size": 13, "fill_alpha": 0.0, "line_width": 1.6}
        mark |= {"line_color": look["line_color"], "visible": look["visible"]}
        drawn = plot.scatter("x", "y", source=source, name=key, **mark)
    _hover(plot, "lines").renderers.append(drawn)


def _hover(plot: figure, name: str) -> Any:
    return next(tool for tool in plot.tools if tool.name == name)


def _draw_theory(plot: figure, of: Prediction, sphere: int) -> Iterator[Curve]:
    """Both models and the continuum's branches with their errors."""
    shown = {"visible": sphere == 0}
    for model in VORTEX_MODELS:
        if (curve := of.curves.get(model)) is None:
            continue
        key, color = f"{model.key}-{sphere}", MODELS
        rows = np.unique(np.linspace(0, len(curve.B_T) - 1, 2 * CURVE_POINTS).astype(int))
        look = MODEL_LOOK[str(model.value)]
        _line(plot, key, model.symbol, curve.B_T[rows], curve.mz[rows], line_color=color, **look, **shown)
        yield Curve(
            key, model.symbol, color, " ".join(map(str, look.get("line_dash", []))), 5, sphere, sphere == 0
        )
    if of.continuum is not None:
        key, color = f"continuum-{sphere}", CONTINUUM
        reach = max((float(np.abs(curve.B_T).max()) for curve in of.curves.values()), default=np.inf)
        _draw_continuum(plot, key, of.continuum, reach, visible=sphere == 0)
        yield Curve(key, "continuum (dashed: saddle)", color, "", 1.6, sphere, sphere == 0)


def _draw_continuum(
    plot: figure, key: str, continuum: ContinuumBranches, reach_T: float, *, visible: bool
) -> None:
    """Solid where a branch is stable, dashed where not, over a band of its error."""
    for branch in continuum.branches:
        low, high = max(float(branch.B_T[0]), -reach_T), min(float(branch.B_T[-1]), reach_T)
        if low > high:
            continue
        turns = [B for B in branch.stable_T or () if low < B < high]
        fields = np.unique([*np.linspace(low, high, CURVE_POINTS // 2), *turns])
        m, error = branch.at("m", fields)
        stable = np.asarray(branch.stable(fields))
        band = {"x": _short(fields), "low": _short(m - error), "high": _short(m + error)}
        plot.varea(
            "x", "low", "high", source=band, fill_color=CONTINUUM, fill_alpha=0.18, name=key, visible=visible
        )
        for part, dash, word in ((stable, [], "minimum"), (~stable, [5, 3], "saddle")):
            if part.any():
                name = f"continuum, {branch.kind}: {word}"
                look: dict[str, Any] = {"line_color": CONTINUUM, "line_width": 1.6, "line_dash": dash}
                _line(plot, key, name, fields, np.where(part, m, np.nan), visible=visible, **look)


def _draw_case(plot: figure, result: CaseResult, label: str, index: int, place: int, sphere: int) -> Curve:
    """A loop's rows as a line, and its saved states as marks on it."""
    key, color, dash = f"case-{index}", series(place).color, list(series(place).dash_px)
    loop = result.loop
    stride = -(-len(loop.B_T) // MOST_ROWS)
    shown = sphere == 0 and place < MOST_SHOWN
    look: dict[str, Any] = {"line_color": color, "line_width": 1.6, "line_dash": dash, "visible": shown}
    _line(plot, key, label, np.asarray(loop.B_T)[::stride], result.moment[::stride], **look)
    for branch in result.branches if result.replicas else ():
        low, high = (_short(end[branch.rows][::stride]) for end in result.span)
        band = {"x": _short(loop.B_T[branch.rows][::stride]), "low": low, "high": high}
        plot.varea("x", "low", "high", source=band, fill_color=color, fill_alpha=0.2, name=key, visible=shown)
    if (marks := _marks(result, label))["B"]:
        style: dict[str, Any] = {
            "line_color": color,
            "fill_color": color,
            "line_width": 1.3,
            "visible": shown,
        }
        style |= {"fill_alpha": "filled", "size": "size", "marker": "marker"}
        drawn = plot.scatter("B", "m", source=marks, name=key, **style)
        _hover(plot, "states").renderers.append(drawn)
    return Curve(key, label, color, " ".join(map(str, dash)), 1.6, sphere, shown)


def _marks(result: CaseResult, label: str) -> dict[str, list[Any]]:
    """The saved states, each with the mark of what it was certified to be and with what is known of it."""
    certified = result.certified
    names = ("B", "m", "marker", "size", "filled", "name", "state", "nu", "verdict")
    found: dict[str, list[Any]] = {name: [] for name in names}
    for row, step in enumerate(result.loop.step.tolist()):
        if step not in result.loop.states or not result.sound[row]:
            continue
        certificate = certified.found.get(step) if certified else None
        fit = result.fits.get(step)
        kind = kind_of(certificate) if certificate else "dot"
        described = fit is not None and fit.described and np.isfinite(fit.nu)
        values = {
            "B": round(float(result.loop.B_T[row]), 6),
            "m": round(float(result.moment[row]), 5),
            "marker": MARKERS.get(kind, "circle"),
            "size": SIZES.get(kind, 8),
            "filled": 0.0 if kind == "soft" else 1.0,
            "name": label,
            "state": fit.state if fit else f"not fitted: {result.unfitted.get(step, 'no reason known')}",
            "nu": f"{fit.nu:.3f} ± {fit.nu_uncertainty:.3f}" if fit and described else "–",
            "verdict": WORDS.get(kind, WORDS[""]),
        }
        for name, value in values.items():
            found[name].append(value)
    return found


def _short(values: Any) -> np.ndarray:
    """Single precision: a tenth of what a screen can show, at half the bytes."""
    return np.asarray(values, dtype=np.float32)


def _as_json(plot: figure) -> str:
    """The figure for the page, the same text for the same data: Bokeh's own numbers go on counting."""
    from bokeh.core.types import ID  # a second, and only a page needs it
    from bokeh.embed import json_item

    text = json.dumps(json_item(plot, ID("loop-figure")), ensure_ascii=False, separators=(",", ":"))
    own = r'(?<=id":)"p\d+"'  # and no loop that is called p1
    numbers = {name: f'"p{place}"' for place, name in enumerate(dict.fromkeys(re.findall(own, text)))}
    text = re.sub(own, lambda found: numbers[found[0]], text)
    uuid = r'(?<=id":)"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"'
    return re.sub(uuid, '"loop"', text).replace("</", "<\\/")
