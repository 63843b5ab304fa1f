"""Grids this engine refuses: cells of odd size, and more cells than fit into memory.

In: cell edges or cell counts from the script. Out: nothing, or a ScriptError that says what is wrong.
"""

from __future__ import annotations

import math

import psutil

from harness.mx3.errors import ScriptError

BYTES_PER_CELL = 1000
"""Memory one cell of the grid needs at worst, demagnetising kernel and padded work arrays included."""

SMALLEST_CELL_M, LARGEST_CELL_M, LARGEST_ASPECT = 1e-15, 1e3, 1e4
"""Cell edges beyond these are slips of the pen (1 m is a habit of tests that need no length)."""


def refuse_odd_cell(cell: tuple[float, float, float]) -> None:
    """Refuse cell edges (m) that are not positive, or far from any magnet's."""
    shown = ", ".join(f"{c:g}" for c in cell)
    if not all(0 < c < math.inf for c in cell):
        raise ScriptError(None, f"cell edges must be positive lengths in m, got {shown}")
    if not (
        all(SMALLEST_CELL_M <= c <= LARGEST_CELL_M for c in cell) and max(cell) <= LARGEST_ASPECT * min(cell)
    ):
        limits = f"{SMALLEST_CELL_M:g} and {LARGEST_CELL_M:g} m, and within a factor {LARGEST_ASPECT:g}"
        raise ScriptError(None, f"cell edges must lie between {limits} of each other; got {shown}")


def refuse_too_large(n: tuple[int, int, int]) -> None:
    """Refuse a grid that does not fit into the memory that is free."""
    needed = n[0] * n[1] * n[2] * BYTES_PER_CELL
    available = psutil.virtual_memory().available
    if needed > available:
        raise ScriptError(
            None,
            f"a grid of {n[0]}×{n[1]}×{n[2]} cells needs about {needed / 1e9:.3g} GB of memory, "
            f"{available / 1e9:.3g} GB are free",
        )
