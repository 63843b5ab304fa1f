"""The remanent state's radial profile with its tanh and sech (Adams & Michels 2026, Fig. 1(b)).

In: the fits of the states saved nearest zero field. Out: one panel a case.
"""

from matplotlib.axes import Axes

from harness.analysis.result import SavedState
from harness.comparison.comparison import Comparison
from harness.report.figures.drawn import Drawn, NothingToDraw, page_figure
from harness.report.figures.state_panels import MOST_PANELS, listed, state_panels


@page_figure("radial_profile", "Radial profile of the remanent state")
def draw(comparison: Comparison) -> Drawn:
    """One panel a case, at most six; the caption names what is left out."""
    states = comparison.remanent_states()
    if not states:
        raise NothingToDraw("no state was saved, so there is no profile to draw")
    figure, axes = state_panels(states, _draw_profile, _title)
    axes[0].legend(loc="center right")
    shown = states[:MOST_PANELS]
    frames = [
        state.fit.profile.frame.assign(case=state.label, step=state.step, **{"B (T)": state.B_T})
        for state in shown
    ]
    caption = (
        "Magnetisation in the vortex's own frame against the distance from its axis: symbols are the cells "
        "of the saved state nearest zero field, binned in ρ/R, bars the scatter of the cells in a bin; "
        "lines are tanh(νρ/R), sech(νρ/R) and 0 with the fitted ν. m_φ is counted along the circulation. "
    ) + listed(states, lambda state: f"{state.label} at {state.B_T:g} T")
    alt = "; ".join(f"{s.label}: nu {s.fit.nu:.3f}, {s.fit.state}" for s in shown)
    return Drawn(figure, frames, caption, f"Radial profiles. {alt}.")


def _draw_profile(axes: Axes, state: SavedState) -> None:
    state.fit.plot(axes)


def _title(state: SavedState) -> str:
    fit = state.fit
    vortex = f"$\\nu$ = {fit.nu:.3f}" if fit.state != "other" else "no vortex of this kind"
    return f"{state.label}\n{vortex}, rms misfit {fit.rms:.3f}"
