"""The papers' figures, recomputed, and some they lack. To add one, write its function and add its line here.

In: published curves, where a user has some. Out: for each figure a Drawn.
"""

from harness.papers.curves import PublishedPoints
from harness.papers.figures import beyond, continuum, critical, vortex_model
from harness.report.figures.drawn import PageFigure

__all__ = ["PAPER_FIGURES"]

_ALL: tuple[PageFigure[PublishedPoints], ...] = (
    continuum.draw_profile,
    vortex_model.draw_h_prime,
    vortex_model.draw_h_double_prime,
    critical.draw_loops,
    critical.draw_fields,
    continuum.draw_remanence,
    vortex_model.draw_profiles,
    critical.draw_switching,
    continuum.draw_cells,
    critical.draw_radii,
    beyond.draw_convergence,
    beyond.draw_stability,
    beyond.draw_landscapes,
    beyond.draw_branches,
)
PAPER_FIGURES = {figure.name: figure for figure in _ALL}
"""By the stem of their files, in the order they are shown."""
