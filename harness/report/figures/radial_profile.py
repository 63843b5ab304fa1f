"""The remanent state's radial profile with its tanh and sech (Adams & Michels 2026, Fig. 1(b)).

In: the fits of the states saved nearest zero field. Out: one panel a case.
"""

import pandas as pd
from matplotlib.figure import Figure

from harness.comparison.comparison import Comparison
from harness.report.figures.drawn import Drawn, NothingToDraw
from harness.report.figures.style import COLUMN_IN, PAGE_IN, panel_letter, styled

MOST_PANELS = 6


@styled()
def draw(comparison: Comparison) -> Drawn:
    """One panel a case, at most six; the caption names what is left out."""
    states = comparison.remanent_states()
    if not states:
        raise NothingToDraw("no state was saved, so there is no profile to draw")
    shown, left = states[:MOST_PANELS], states[MOST_PANELS:]
    columns = min(len(shown), 2 if len(shown) in (2, 4) else 3)
    rows = -(-len(shown) // columns)
    figure = Figure(figsize=(COLUMN_IN if columns == 1 else PAGE_IN, 2.4 * rows))
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
    for letter, axes, state in zip("abcdef", grid.flat, shown, strict=False):
        state.fit.plot(axes)
        axes.label_outer()
        panel_letter(axes, letter)
        fit = state.fit
        told = f"$\\nu$ = {fit.nu:.3f}" if fit.state != "other" else "no vortex of this kind"
        axes.set_title(f"{state.label}, {told}, rms misfit {fit.rms:.3f}")
    for axes in grid.flat[len(shown) :]:
        axes.set_axis_off()
    grid[0, 0].legend(loc="center right")
    frames = [
        state.fit.profile.frame.assign(case=state.label, step=state.step, **{"B (T)": state.B_T})
        for state in shown
    ]
    caption = (
        "Magnetisation in the vortex's own frame against the distance from its axis: symbols are the cells "
        "of the saved state nearest zero field, binned in ρ/R, bars the scatter of the cells in a bin; "
        "lines are tanh(νρ/R), sech(νρ/R) and 0 with the fitted ν. m_φ is counted along the circulation. "
        + "; ".join(
            f"({letter}) {s.label} at {s.B_T:g} T" for letter, s in zip("abcdef", shown, strict=False)
        )
        + "."
        + (f" Not shown: {', '.join(s.label for s in left)}." if left else "")
    )
    alt = "; ".join(f"{s.label}: nu {s.fit.nu:.3f}, {s.fit.state}" for s in shown)
    return Drawn(
        figure, pd.concat(frames, ignore_index=True), caption, "radial_profile", f"Radial profiles. {alt}."
    )
