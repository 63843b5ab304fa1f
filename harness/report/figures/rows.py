"""Row by row: how much the magnetisation circulates at each field, and how well each row was converged.

In: the toroidal moment and the residual torque of every row. Out: |t| over its largest value against field,
on a logarithmic scale that shows growth out of rounding errors too; the torques in the order of the path.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from harness.analysis.result import CaseResult
from harness.analysis.thresholds import ORDER_THRESHOLD
from harness.comparison.comparison import Comparison
from harness.report.figures.drawn import Drawn, NothingToDraw, page_figure
from harness.report.figures.style import (
    COLUMN_IN,
    FIELD_LABEL,
    PAGE_IN,
    draw_references,
    legend,
    panels,
    series,
)
from harness.verdict.words import among

MOST_CASES = 6
"""Cases that are drawn."""
FLOOR = 1e-12
"""Least circulation, and least torque in T, that is drawn."""


@page_figure("order_parameter", "Nucleation: circulation against field")
def draw_order_parameter(comparison: Comparison) -> Drawn:
    """Descending branch in (a), ascending in (b), nucleation fields as vertical lines with their sign."""
    results = [result for result in comparison.results if result.order is not None]
    if not results:
        raise NothingToDraw("the tables hold neither a toroidal moment nor an odd part of m")
    names = [n for n in ("descending", "ascending") if any(b.name == n for r in results for b in r.branches)]
    below = len(results[:MOST_CASES]) + len(nucleation_lines(comparison))  # of a column, a line each
    size_in = (PAGE_IN, 2.9) if len(names) > 1 else (COLUMN_IN, 2.9 + 0.15 * max(0, below - 5))
    figure, each = panels(*size_in, 1, len(names), sharey=True)
    for axes, name in zip(each, names, strict=True):
        _draw_branch(axes, results[:MOST_CASES], name)
        axes.axhline(ORDER_THRESHOLD, color="0.8", linewidth=0.6, zorder=0)
        sign = 1 if name == "descending" else -1
        draw_references(axes.axvline, [(text, sign * B) for text, B in nucleation_lines(comparison)])
        axes.set(yscale="log", ylim=(FLOOR / 2, 4), xlabel=FIELD_LABEL, title=f"{name} branch")
        if name == "descending":
            axes.invert_xaxis()
    legend(each[0], loc="lower center")
    each[0].set_ylabel("circulation\n" r"$|\langle (\mathbf{r}/R)\times\mathbf{m}\rangle|\,/\,(3\pi/16)$")
    caption = (
        "Order parameter of nucleation against field, which runs from left to right as it was swept: the "
        "share of pure circulation in the state. It is odd under inversion, so on a centred mesh it can "
        "grow only out of rounding errors or out of a perturbation. Vertical lines: where theory has the "
        "uniform state become unstable, mirrored on the ascending branch; horizontal line: the threshold "
        f"{ORDER_THRESHOLD:g} that counts as nucleated. Values below {FLOOR:g} are drawn there."
        + not_drawn(results)
    )
    alt = "; ".join(
        f"{r.label}: largest circulation {np.nanmax(r.order, initial=0.0):.2f}"
        for r in results[:MOST_CASES]
        if r.order is not None
    )
    return Drawn(figure, [_frame(r) for r in results], caption, f"Circulation against field. {alt}.")


def nucleation_lines(comparison: Comparison) -> list[tuple[str, float]]:
    """Theory's fields in T for the end of the uniform state, where all cases that have them have the same."""
    distinct = {p.nucleation_lines for p in comparison.predictions if p.nucleation_lines}
    shared = distinct.pop() if len(distinct) == 1 else ()
    return [(f"{name}: {B_T:.3f} T", B_T) for name, B_T in shared]


def _draw_branch(axes: Axes, results: Sequence[CaseResult], name: str) -> None:
    """Every case's branches of that name; the first carries the legend's label."""
    for index, result in enumerate(results):
        assert result.order is not None
        for number, branch in enumerate(b for b in result.branches if b.name == name):
            B, order = result.loop.B_T[branch.rows], result.order[branch.rows]
            label = result.label if number == 0 else None
            axes.plot(B, np.maximum(order, FLOOR), label=label, **series(index).marked(len(B)))


def not_drawn(results: Sequence[CaseResult]) -> str:
    """For a caption: the cases past the first six."""
    left = [result.label for result in results[MOST_CASES:]]
    return f" In the CSV alone: {among(left)}." if left else ""


def _frame(result: CaseResult) -> pd.DataFrame:
    columns = {"case": result.label, "step": result.loop.step, "B (T)": result.loop.B_T}
    return pd.DataFrame({**columns, "|t|/(3 pi/16) (1)": result.order})


@page_figure("residual_torque", "Convergence of every row")
def draw_residual_torque(comparison: Comparison) -> Drawn:
    """Points of every case whose engine recorded the torque, six at most."""
    results = [(i, r) for i, r in enumerate(comparison.results) if r.loop.residual_T is not None]
    if not results:
        raise NothingToDraw("the engine recorded no residual torque")
    figure, (axes,) = panels(COLUMN_IN, 2.6)
    frames: list[pd.DataFrame] = []
    worst: list[str] = []
    for index, result in results:
        loop, residual = result.loop, np.asarray(result.loop.residual_T)
        look = series(index).points | {"markersize": 1.6, "markeredgewidth": 0, "label": result.label}
        if len(frames) < MOST_CASES:
            axes.plot(loop.step, np.maximum(residual, FLOOR), **look)
        columns = {"step": loop.step, "B (T)": loop.B_T, "max |m x B_eff| (T)": residual}
        frames.append(pd.DataFrame({"case": result.label, **columns}))
        worst.append(f"{result.label}: at most {np.nanmax(residual):.2g} T")
    limits_T = sorted({r.torque_limit.value_T for _, r in results})
    draw_references(axes.axhline, [(f"limit {T:.2g} T", T) for T in limits_T])
    axes.set(yscale="log", xlabel="row of the table (step)")
    axes.set_ylabel(r"max $|\mathbf{m}\times\mathbf{B}_\mathrm{eff}|$ (T)")
    low, high = axes.get_ylim()
    axes.set_ylim(low / 3, high * 3)
    legend(axes, markerscale=2)
    caption = (
        "Largest torque left in the state of each row when it was written to the table. A row above the "
        "limit, the tolerance or ten times the rounding of single precision, is not an equilibrium; a small "
        "torque alone does not tell a minimum from a saddle." + not_drawn([r for _, r in results])
    )
    return Drawn(figure, frames, caption, "Residual torque. " + "; ".join(worst[:MOST_CASES]) + ".")
