"""The figures of a report, in the order they are shown. To add one, write its file and add its line here.

In: a Comparison. Out: for each figure a Drawn, or the reason there is nothing to draw.
"""

from collections.abc import Callable

from harness.comparison.comparison import Comparison
from harness.report.figures import (
    cross_section,
    loop_h_double_prime,
    loop_h_prime,
    mesh,
    order_parameter,
    radial_profile,
    residual_torque,
)
from harness.report.figures.drawn import Drawn, FigureFiles, NothingToDraw

FIGURES: dict[str, Callable[[Comparison], Drawn]] = {
    "loop_h_double_prime": loop_h_double_prime.draw,
    "loop_h_prime": loop_h_prime.draw,
    "order_parameter": order_parameter.draw,
    "radial_profile": radial_profile.draw,
    "cross_section": cross_section.draw,
    "mesh": mesh.draw,
    "residual_torque": residual_torque.draw,
}

__all__ = ["FIGURES", "Drawn", "FigureFiles", "NothingToDraw", "draw_all"]


def draw_all(comparison: Comparison) -> tuple[tuple[Drawn, ...], dict[str, str]]:
    """Draw what can be drawn; the second value maps the names of the others to the reason why not."""
    drawn, missing = [], {}
    for name, draw in FIGURES.items():
        try:
            drawn.append(draw(comparison))
        except NothingToDraw as nothing:
            missing[name] = str(nothing)
    return tuple(drawn), missing
