"""How well each row of the table was converged.

In: the residual torque of every row. Out: its values in the order of the path, with the tolerance asked for.
"""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from harness.comparison.comparison import Comparison
from harness.report.figures.drawn import Drawn, NothingToDraw
from harness.report.figures.style import COLUMN_IN, series, styled

FLOOR_T = 1e-12


@styled()
def draw(comparison: Comparison) -> Drawn:
    """One line a case whose engine recorded the torque."""
    results = [(i, r) for i, r in enumerate(comparison.results) if r.loop.residual_T is not None]
    if not results:
        raise NothingToDraw("the engine recorded no residual torque")
    figure = Figure(figsize=(COLUMN_IN, 2.4))
    axes = figure.add_subplot()
    frames, worst = [], []
    for index, result in results:
        residual = np.asarray(result.loop.residual_T)
        style = series(index)
        axes.plot(
            result.loop.step,
            np.maximum(residual, FLOOR_T),
            color=style.color,
            marker=style.marker,
            linestyle="none",
            markersize=1.6,
            markeredgewidth=0,
            label=result.label,
        )
        frames.append(
            pd.DataFrame(
                {
                    "case": result.label,
                    "step": result.loop.step,
                    "B (T)": result.loop.B_T,
                    "max |m x B_eff| (T)": residual,
                }
            )
        )
        worst.append(f"{result.label}: at most {np.nanmax(residual):.2g} T")
    for tolerance in sorted({r.case.solver.tolerance_T for _, r in results}):
        axes.axhline(
            tolerance, color="0.35", linestyle=(0, (6, 2)), linewidth=0.8, label=f"tolerance {tolerance:g} T"
        )
    axes.set(
        yscale="log",
        xlabel="row of the table (step)",
        ylabel=r"max $|\mathbf{m}\times\mathbf{B}_\mathrm{eff}|$ (T)",
    )
    low, high = axes.get_ylim()
    axes.set_ylim(low / 3, high * 3)
    axes.legend(loc="best", markerscale=2, frameon=True, framealpha=0.85, edgecolor="none")
    caption = (
        "Largest torque left in the state of each row when it was written to the table. A row above the "
        "tolerance is not an equilibrium; a small torque alone does not tell a minimum from a saddle."
    )
    return Drawn(
        figure,
        pd.concat(frames, ignore_index=True),
        caption,
        "residual_torque",
        "Residual torque. " + "; ".join(worst) + ".",
    )
