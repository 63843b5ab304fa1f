"""How the result moves with the size of the cells.

In: cases that differ in cell size. Out: nucleation field and remanent nu against cell size, beside theory.
"""

import numpy as np
import pandas as pd

from harness.analysis.result import CaseResult
from harness.comparison.comparison import Comparison
from harness.comparison.table import Row
from harness.report.figures.drawn import Drawn, NothingToDraw, page_figure
from harness.report.figures.rows import nucleation_lines
from harness.report.figures.style import NU_LABEL, PAGE_IN, draw_references, legend, panels, series
from reduced_model.models import VORTEX_MODELS

NUCLEATION = "nucleation field"
UNIFORM = 0.1
"""nu up to which no vortex is worth a panel."""
_PANELS = {NUCLEATION: r"nucleation field $\mu_0 H$ (T)", "nu at B = 0": rf"{NU_LABEL} at $B = 0$"}


@page_figure("mesh", "Nucleation and remanence against cell size")
def draw(comparison: Comparison) -> Drawn:
    """One line for all that differs in cell size alone, descending if any branch does; two sizes at least."""
    cells = sorted({result.case.mesh.cell_nm for result in comparison.results})
    if len(cells) < 2:
        raise NothingToDraw("all cases have one cell size")
    cases = [result.case for result in comparison.results]
    if len({(case.material, case.particle, case.field) for case in cases}) > 1:
        raise NothingToDraw("the cases differ in material, particle or field path, not in cell size alone")
    shown = [row for row in comparison.rows if row.quantity in _PANELS]
    branch = "descending" if any(row.branch == "descending" for row in shown) else "ascending"
    rows = [row for row in shown if row.branch == branch]
    held = {q: [r.simulated for r in rows if r.quantity == q and np.isfinite(r.simulated)] for q in _PANELS}
    told = {
        q: label for q, label in _PANELS.items() if held[q] and (q == NUCLEATION or max(held[q]) > UNIFORM)
    }
    if not told:
        raise NothingToDraw("no case nucleates or holds a vortex")
    frame = pd.DataFrame([_values(row, comparison.by_run[row.folder]) for row in rows])
    figure, both = panels(PAGE_IN, 3.2, 1, len(told))
    for axes, (quantity, label) in zip(both, told.items(), strict=True):
        of_quantity = frame[frame["quantity"] == quantity]
        for index, (name, group) in enumerate(of_quantity.groupby("series", sort=False)):
            ordered = group.sort_values("cell (nm)")
            columns = (ordered[column] for column in ("cell (nm)", "simulated", "uncertainty"))
            look = series(index).line | {"marker": series(index).marker, "elinewidth": 0.7}
            axes.errorbar(*columns, label=name, **look)
        draw_references(axes.axhline, _theory(of_quantity, comparison, 1 if branch == "descending" else -1))
        axes.set(xlabel="cell size (nm)", ylabel=label, xlim=(0, 1.08 * cells[-1]))
        legend(axes, most=12, loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2)  # off the error bars
    says = {
        NUCLEATION: "Nucleation field, bars half the field step, with its three theoretical forms.",
        "nu at B = 0": "ν of the remanent state, bars half the spread between estimators, with both models.",
    }
    letters = [f"({letter}) " if len(told) > 1 else "" for letter in "ab"]
    parts = " ".join(letter + says[quantity] for letter, quantity in zip(letters, told, strict=False))
    caption = f"{branch.capitalize()} branch against the size of the cells. {parts}"
    alt = f"Nucleation field and nu for cells of {', '.join(f'{c:g}' for c in cells)} nm."
    return Drawn(figure, [frame], caption, alt)


def _theory(frame: pd.DataFrame, comparison: Comparison, side: int) -> list[tuple[str, float]]:
    """The forms of the nucleation field, for nu the values of both models."""
    if (frame["unit"] == "T").any():
        return [(text, side * B_T) for text, B_T in nucleation_lines(comparison)]
    values = {model: frame[model].iloc[0] for model in VORTEX_MODELS if frame[model].notna().any()}
    return [(f"{model.symbol}: {value:.3f}", value) for model, value in values.items()]


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
