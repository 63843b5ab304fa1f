"""One panel a case for the state saved nearest zero field: what its two figures share.

In: saved states. Out: a figure with a titled panel for each of the first six, and the caption's list of them.
"""

from collections.abc import Callable, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harness.analysis.result import SavedState
from harness.report.figures.style import COLUMN_IN, PAGE_IN, panels

MOST_PANELS = 6


def state_panels(
    states: Sequence[SavedState], draw: Callable[[Axes, SavedState], None], title: Callable[[SavedState], str]
) -> tuple[Figure, list[Axes]]:
    """Draw the first six states, each in a panel of its own; outer axes carry the labels.

    Parameters
    ----------
    states : sequence of SavedState
        At least one.
    draw : callable
        Draws a state, axis labels included.
    title : callable
        Gives the panel's title.

    Returns
    -------
    Figure
    list of Axes
    """
    count = min(len(states), MOST_PANELS)
    columns = min(count, 2 if count in (2, 4) else 3)
    rows = -(-count // columns)
    size = (COLUMN_IN if columns == 1 else PAGE_IN, (2.4 if columns == 3 else 2.9) * rows)
    figure, axes = panels(*size, rows, columns, sharex=True, sharey=True)
    for number, (panel, state) in enumerate(zip(axes, states, strict=False)):
        draw(panel, state)
        words = title(state)
        panel.set_title(words)
        panel.set_title(panel.get_title("left") + "\n" * words.count("\n"), loc="left")  # on the first line
        below, beside = number + columns < count, number % columns > 0
        panel.tick_params(labelbottom=not below, labelleft=not beside)
        panel.set(**({"xlabel": ""} if below else {}), **({"ylabel": ""} if beside else {}))
    for unused in axes[count:]:
        unused.remove()
    return figure, axes[:count]


def listed(states: Sequence[SavedState], text: Callable[[SavedState], str]) -> str:
    """The states by the letters of their panels, and the cases there was no panel for."""
    shown = "; ".join(f"({a}) {text(state)}" for a, state in zip("abcdef", states, strict=False))
    left = ", ".join(state.label for state in states[MOST_PANELS:])
    return f"{shown}." + (f" Not shown: {left}." if left else "")
