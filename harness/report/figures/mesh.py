"""How the result moves with the size of the cells.

In: cases that differ in cell size. Out: nucleation field and remanent nu against cell size, beside theory.
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.analysis.result import CaseResult
from harness.comparison.comparison import Comparison
from harness.comparison.table import Row
from harness.report.figures.drawn import Drawn, NothingToDraw
from harness.report.figures.loops import shared_nucleation_lines
from harness.report.figures.style import PAGE_IN, REFERENCE_STYLES, panel_letter, series, styled
from reduced_model.models import VORTEX_MODELS

_PANELS = (
    ("nucleation field", r"nucleation field $\mu_0 H$ (T)"),
    ("nu at B = 0", r"core parameter $\nu$ at $B = 0$"),
)


@styled()
def draw(comparison: Comparison) -> Drawn:
    """One line for all that differs in cell size alone, on the descending branch; two sizes at least."""
    cells = sorted({result.case.mesh.cell_nm for result in comparison.results})
    if len(cells) < 2:
        raise NothingToDraw("all cases have one cell size")
    if len({(result.case.particle, result.case.field) for result in comparison.results}) > 1:
        raise NothingToDraw("the cases differ in particle or field path, not in cell size alone")
    frame = _table(comparison)
    figure = Figure(figsize=(PAGE_IN, 2.6))
    panels = figure.subplots(1, 2)
    for letter, axes, (quantity, label) in zip("ab", panels, _PANELS, strict=True):
        of_quantity = frame[frame["quantity"] == quantity]
        _draw_series(axes, of_quantity)
        _draw_theory(axes, of_quantity, comparison)
        axes.set(xlabel="cell size (nm)", ylabel=label, xlim=(0, 1.08 * cells[-1]))
        axes.legend(loc="best", frameon=True, framealpha=0.85, edgecolor="none")
        panel_letter(axes, letter)
    caption = (
        "Descending branch against the size of the cells. (a) Nucleation field, bars half the field step, "
        "with its three theoretical forms. (b) ν of the remanent state, bars half the spread between "
        "estimators, with both models."
    )
    alt = f"Nucleation field and nu for cells of {', '.join(f'{c:g}' for c in cells)} nm."
    return Drawn(figure, frame, caption, "mesh", alt)


def _draw_series(axes: Axes, frame: pd.DataFrame) -> None:
    for index, (label, group) in enumerate(frame.groupby("series", sort=False)):
        style = series(index)
        ordered = group.sort_values("cell (nm)")
        axes.errorbar(
            ordered["cell (nm)"],
            ordered["simulated"],
            ordered["uncertainty"],
            color=style.color,
            linestyle=style.linestyle,
            marker=style.marker,
            elinewidth=0.7,
            label=label,
        )


def _draw_theory(axes: Axes, frame: pd.DataFrame, comparison: Comparison) -> None:
    """The forms of the nucleation field as lines, for nu the values of both models."""
    if (frame["unit"] == "T").any():
        lines = [(f"{name}: {B:.3f} T", B) for name, B in shared_nucleation_lines(comparison)]
    else:
        values = {model: frame[model].iloc[0] for model in VORTEX_MODELS if frame[model].notna().any()}
        lines = [(f"{model.symbol}: {value:.3f}", value) for model, value in values.items()]
    for (label, value), (color, dashes) in zip(lines, REFERENCE_STYLES, strict=False):
        axes.axhline(value, color=color, linestyle=dashes, linewidth=0.8, label=label)


def _table(comparison: Comparison) -> pd.DataFrame:
    """The descending branch's rows of the two quantities, with the cell size beside them."""
    results = {result.folder.name: result for result in comparison.results}
    wanted = {quantity for quantity, _ in _PANELS}
    rows = [row for row in comparison.rows if row.quantity in wanted and row.branch == "descending"]
    return pd.DataFrame([_values(row, results[row.folder]) for row in rows])


def _values(row: Row, result: CaseResult) -> dict[str, object]:
    cell_nm = result.case.mesh.cell_nm
    other_than_cell = result.label.replace(f"{cell_nm:g} nm cells", "").strip(", ")
    return {
        "series": other_than_cell or row.protocol,
        "cell (nm)": cell_nm,
        "quantity": row.quantity,
        "unit": row.unit or "1",
        "simulated": row.simulated,
        "uncertainty": np.nan_to_num(row.uncertainty),
        "H'": row.model_prime,
        "H''": row.model_double_prime,
    }
