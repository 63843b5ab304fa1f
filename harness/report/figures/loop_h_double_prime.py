"""The loop over the minimal Hamiltonian H'' (Adams & Michels 2026, Fig. 3).

In: a comparison. Out: moment, core angle and nu against field.
"""

from harness.comparison.comparison import Comparison
from harness.report.figures.drawn import Drawn
from harness.report.figures.loops import draw_against


def draw(comparison: Comparison) -> Drawn:
    """The simulated loops over H''."""
    return draw_against(comparison, "H''", "loop_h_double_prime", "Fig. 3")
