"""Paths of fields: the full cycle, and the monotone branches a path consists of.

In: the largest field and a number of points; or any path of fields along z, in tesla.
Out: fields in path order; first and last row of each branch.
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from reduced_model.errors import Array, positive, whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def full_loop(maximum_T: float = 1.0, points: int = 401) -> Array:
    """Fields (2 * points,) from +maximum_T > 0 to -maximum_T and back, with both ends on both branches.

    Each branch has `points` fields, at least 2; an odd number has zero among them.
    """
    top, count = positive("maximum_T", maximum_T), whole("points", points, 2)
    falling = top * (1.0 - 2.0 * np.arange(count) / (count - 1))
    return np.concatenate((falling, -falling))


def branches(B_T: Array) -> tuple[tuple[int, int], ...]:
    """First and last row, both inclusive, of each monotone stretch of a path of fields (n,).

    Where a path turns on a field held over several rows, the first of them closes the one branch and the last
    opens the next. A path that never moves is one branch.
    """
    moves = np.flatnonzero(np.diff(B_T))
    if moves.size == 0:
        return ((0, B_T.size - 1),)
    signs = np.sign(np.diff(B_T)[moves])
    turns = np.flatnonzero(signs[1:] != signs[:-1])
    ends = [int(moves[i]) + 1 for i in turns] + [B_T.size - 1]
    starts = [0] + [int(moves[i + 1]) for i in turns]
    return tuple(zip(starts, ends, strict=True))


def draw_branches(ax: "Axes", B_T: Array, mz: Array, title: str, **line: Any) -> "Axes":
    """Draw m_z against field, falling branches as lines and rising ones dashed; returns the axes."""
    for first, last in branches(B_T):
        rows = slice(first, last + 1)
        style, label = ("-", "falling") if B_T[last] < B_T[first] else ("--", "rising")
        ax.plot(B_T[rows], mz[rows], style, label=label, **line)
    ax.set(xlabel=r"$B_0$ (T)", ylabel=r"$\langle m_z\rangle$", title=title)
    ax.legend(frameon=False)
    return ax
