"""The papers' figures, recomputed, and some they lack. To add one, write its function and add its line here.

In: published curves and finished runs, where a user has some. Out: for each figure a Drawn.
"""

from harness.papers.curves import PaperData
from harness.papers.figures import beyond, continuum, critical, texture, vortex_model
from harness.report.figures.drawn import PageFigure

__all__ = ["NUMBERED", "PAPER_FIGURES"]

_ALL: tuple[PageFigure[PaperData], ...] = (
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
"""By the stem of their files, in the order they are shown; none of them needs a run."""
NUMBERED: dict[str, PageFigure[PaperData]] = {
    "1a": texture.draw,
    "1b": continuum.draw_profile,
    "2": vortex_model.draw_h_prime,
    "3": vortex_model.draw_h_double_prime,
    "4a": critical.draw_loops,
    "4b": critical.draw_fields,
    "s1": vortex_model.draw_profiles,
    "s2": critical.draw_switching,
    "s3": continuum.draw_cells,
}
"""The figures of Adams & Michels 2026 and its supplement, by their numbers."""
