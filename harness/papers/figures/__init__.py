"""The papers' figures, recomputed, and some they lack. To add one, write its file and add its line here.

In: published curves, where a user has some. Out: for each figure a Drawn.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from harness.papers.curves import PublishedCurve
from harness.papers.figures import (
    beyond,
    critical_radii,
    model_loops,
    nucleation,
    profile_functions,
    switching,
)
from harness.report.figures.drawn import Drawn

__all__ = ["PAPER_FIGURES", "PaperFigure"]


@dataclass(frozen=True)
class PaperFigure:
    """A figure of the page: its heading, and what draws it over published curves."""

    title: str
    draw: Callable[[Mapping[str, PublishedCurve]], Drawn]


PAPER_FIGURES: dict[str, PaperFigure] = {
    "fig2_h_prime": PaperFigure("Adams & Michels 2026, Fig. 2: the loop of H′", model_loops.draw_h_prime),
    "fig3_h_double_prime": PaperFigure(
        "Adams & Michels 2026, Fig. 3: the loop of H″", model_loops.draw_h_double_prime
    ),
    "fig4a_radii": PaperFigure("Adams & Michels 2026, Fig. 4(a): loops and radius", nucleation.draw_loops),
    "fig4b_nucleation": PaperFigure(
        "Adams & Michels 2026, Fig. 4(b): the nucleation field and its offset", nucleation.draw_fields
    ),
    "figS1_profiles": PaperFigure(
        "Adams & Michels 2026, Suppl. Fig. 1: profile functions", profile_functions.draw
    ),
    "figS2_switching": PaperFigure(
        "Adams & Michels 2026, Suppl. Fig. 2: the macrospin limit", switching.draw
    ),
    "shi2025_fig2_radii": PaperFigure("Shi 2025, Fig. 2: critical radii", critical_radii.draw),
    "beyond_convergence": PaperFigure("Beyond the papers: convergence of the grid", beyond.draw_convergence),
    "beyond_stability": PaperFigure(
        "Beyond the papers: stability of the uniform state", beyond.draw_stability
    ),
    "beyond_landscapes": PaperFigure("Beyond the papers: energy landscapes", beyond.draw_landscapes),
    "beyond_branches": PaperFigure("Beyond the papers: folds and false branches", beyond.draw_branches),
}
"""By the stem of their files, in the order they are shown."""
