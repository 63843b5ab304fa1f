"""How well each row of the table was converged.

In: the residual torque of every row. Out: its values in the order of the path, with the tolerance asked for.
"""

import numpy as np
import pandas as pd

from harness.comparison.comparison import Comparison
from harness.report.figures.drawn import Drawn, NothingToDraw, page_figure
from harness.report.figures.style import COLUMN_IN, draw_references, legend, panels, series

FLOOR_T = 1e-12


@page_figure("residual_torque", "Convergence of every row")
def draw(comparison: Comparison) -> Drawn:
    """One line a case whose engine recorded the torque."""
    results = [(i, r) for i, r in enumerate(comparison.results) if r.loop.residual_T is not None]
    if not results:
        raise NothingToDraw("the engine recorded no residual torque")
    figure, (axes,) = panels(COLUMN_IN, 2.6)
    frames, worst = [], []
    for index, result in results:
        loop, residual = result.loop, np.asarray(result.loop.residual_T)
        look = series(index).points | {"markersize": 1.6, "markeredgewidth": 0, "label": result.label}
        axes.plot(loop.step, np.maximum(residual, FLOOR_T), **look)
        columns = {"step": loop.step, "B (T)": loop.B_T, "max |m x B_eff| (T)": residual}
        frames.append(pd.DataFrame({"case": result.label, **columns}))
        worst.append(f"{result.label}: at most {np.nanmax(residual):.2g} T")
    tolerances_T = sorted({r.case.solver.tolerance_T for _, r in results})
    draw_references(axes.axhline, [(f"tolerance {T:g} T", T) for T in tolerances_T])
    axes.set(yscale="log", xlabel="row of the table (step)")
    axes.set_ylabel(r"max $|\mathbf{m}\times\mathbf{B}_\mathrm{eff}|$ (T)")
    low, high = axes.get_ylim()
    axes.set_ylim(low / 3, high * 3)
    legend(axes, markerscale=2)
    caption = (
        "Largest torque left in the state of each row when it was written to the table. A row above the "
        "tolerance is not an equilibrium; a small torque alone does not tell a minimum from a saddle."
    )
    return Drawn(figure, frames, caption, "Residual torque. " + "; ".join(worst) + ".")
