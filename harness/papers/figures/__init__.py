"""The papers' figures, recomputed, and some they lack. To add one, write its file and add its line here.

In: published curves, where a user has some. Out: for each figure a Drawn.
"""

from harness.papers.figures import (
    beyond,
    critical_radii,
    model_loops,
    nucleation,
    profile_functions,
)
from harness.papers.figures.overlay import Published
from harness.report.figures.drawn import PageFigure

__all__ = ["PAPER_FIGURES"]

_ALL: tuple[PageFigure[Published], ...] = (
    model_loops.draw_h_prime,
    model_loops.draw_h_double_prime,
    nucleation.draw_loops,
    nucleation.draw_fields,
    profile_functions.draw,
    nucleation.draw_switching,
    critical_radii.draw,
    beyond.draw_convergence,
    beyond.draw_stability,
    beyond.draw_landscapes,
    beyond.draw_branches,
)
PAPER_FIGURES = {figure.name: figure for figure in _ALL}
"""By the stem of their files, in the order they are shown."""
