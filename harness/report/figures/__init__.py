"""The figures of a report, in the order they are shown. To add one, write its function and add its line here.

In: a Comparison. Out: for each figure a Drawn, or the reason there is nothing to draw.
"""

from collections.abc import Callable

from harness.comparison.comparison import Comparison
from harness.report.figures import budget, loops, mesh, residual, rows, sources, states, sweeps
from harness.report.figures.drawn import Drawn, NothingToDraw, PageFigure

_ALL: tuple[PageFigure[Comparison], ...] = (
    budget.draw,
    sweeps.draw_sweeps,
    sweeps.draw_spheres,
    loops.draw_h_double_prime,
    loops.draw_h_prime,
    rows.draw_order_parameter,
    states.draw_radial_profile,
    states.draw_cross_section,
    residual.draw,
    mesh.draw,
    mesh.draw_loop,
    rows.draw_residual_torque,
)
FIGURES = {figure.name: figure for figure in _ALL}
"""By the stem of their files."""
OF_SOURCES: dict[str, PageFigure[Comparison]] = {sources.draw.name: sources.draw, **FIGURES}
"""Those of a comparison of runs of any origin."""

__all__ = ["FIGURES", "OF_SOURCES", "Drawn", "NothingToDraw", "draw_all"]


def draw_all(
    comparison: Comparison, on_drawn: Callable[[Drawn], None] = lambda drawn: None
) -> tuple[tuple[Drawn, ...], dict[str, str]]:
    """Draw what can be drawn; of the figures there is nothing to draw for, the reason by name."""
    drawn, missing = [], {}
    for name, figure in (FIGURES if comparison.whole else OF_SOURCES).items():
        try:
            drawn.append(figure(comparison))
        except NothingToDraw as nothing:
            missing[name] = str(nothing)
        else:
            on_drawn(drawn[-1])
    return tuple(drawn), missing
