"""The figures of a report, in the order they are shown. To add one, write its file and add its line here.

In: a Comparison. Out: for each figure a Drawn, or the reason there is nothing to draw.
"""

from harness.comparison.comparison import Comparison
from harness.report.figures import (
    cross_section,
    loops,
    mesh,
    order_parameter,
    radial_profile,
    residual_torque,
)
from harness.report.figures.drawn import Drawn, FigureFiles, NothingToDraw, PageFigure

_ALL: tuple[PageFigure[Comparison], ...] = (
    loops.draw_h_double_prime,
    loops.draw_h_prime,
    order_parameter.draw,
    radial_profile.draw,
    cross_section.draw,
    mesh.draw,
    residual_torque.draw,
)
FIGURES = {figure.name: figure for figure in _ALL}
"""By the stem of their files."""

__all__ = ["FIGURES", "Drawn", "FigureFiles", "NothingToDraw", "draw_all"]


def draw_all(comparison: Comparison) -> tuple[tuple[Drawn, ...], dict[str, str]]:
    """Draw what can be drawn.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    tuple of Drawn
    dict
        Names of the figures there is nothing to draw for, with the reason.
    """
    drawn, missing = [], {}
    for name, figure in FIGURES.items():
        try:
            drawn.append(figure(comparison))
        except NothingToDraw as nothing:
            missing[name] = str(nothing)
    return tuple(drawn), missing
