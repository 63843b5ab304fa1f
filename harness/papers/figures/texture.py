"""The remanent vortex of a run as a texture in space: Adams & Michels 2026, Fig. 1(a).

In: finished runs. Out: arrows on three layers across the core, shaded by the component along x.
"""

import numpy as np
from mpl_toolkits.mplot3d import Axes3D

from harness.analysis.result import CaseResult, SavedState
from harness.comparison.comparison import engine_of
from harness.papers.curves import PaperData
from harness.report.figures.drawn import Drawn, NothingToDraw, page_figure
from harness.report.figures.style import COLUMN_IN
from harness.report.figures.texture import draw_texture, placed_figure, shades_bar

MOST_FIELD_T = 0.02
"""Field up to which a saved state counts as the remanent one."""


@page_figure("fig1a_texture", "Adams & Michels 2026, Fig. 1(a): the remanent vortex")
def draw(data: PaperData) -> Drawn:
    """One state, as arrows in space."""
    result, state = remanent_vortex(data)
    case = result.case
    figure = placed_figure(COLUMN_IN, 2.9)
    axes = figure.add_axes((0.02, 0.02, 0.82, 0.98), projection="3d")
    assert isinstance(axes, Axes3D)
    frame = draw_texture(axes, state.read(), state.fit.radius_m, state.centre_m, np.asarray(state.fit.axis))
    shades_bar(figure, figure.add_axes((0.86, 0.25, 0.025, 0.5)), "m along x")
    along = ", ".join(f"{component:.2f}" for component in np.round(state.fit.axis, 2) + 0.0).replace("-", "−")
    caption = (
        f"Remanent vortex of a sphere of {case.material.label}, R = {case.particle.radius_nm:g} nm (Adams & "
        "Michels 2026, Fig. 1(a)): moments on three layers across its core, shaded by their component along "
        f"x. State saved at {state.B_T:g} T on the {state.branch} branch of {state.label}: "
        f"{state.fit.state}, "
        f"ν = {state.fit.nu:.3f} ± {state.fit.nu_error:.2g}, core along ({along}). "
        f"Simulated (study {data.study}, {engine_of(result)})."
    )
    alt = f"Arrows in a sphere: {state.fit.state}."
    return Drawn(figure, [frame.assign(series=state.label)], caption, alt)


def remanent_vortex(data: PaperData) -> tuple[CaseResult, SavedState]:
    """The run and its vortex saved nearest zero field, of the smallest cells, of the last such case.

    Cases that break the symmetry come last in the ready studies: their states are minima.
    """
    states = [(result, s) for result in data.results for s in result.states if abs(s.B_T) <= MOST_FIELD_T]
    if not states:
        raise NothingToDraw(
            f"study {data.study}: no finished run saved a state within {MOST_FIELD_T:g} T of zero field; set "
            '[save] ovf = "remanence"'
        )
    vortices = [(result, state) for result, state in states if state.fit.is_vortex]
    if not vortices:
        found = ", ".join(dict.fromkeys(state.fit.state for _, state in states))
        raise NothingToDraw(f"study {data.study}: no vortex is left in zero field: {found}")
    nearest = min(abs(state.B_T) for _, state in vortices)
    kept = [each for each in vortices if abs(each[1].B_T) == nearest]
    return min(reversed(kept), key=lambda each: each[0].case.mesh.cell_nm)
