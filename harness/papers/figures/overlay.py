"""Curves and published points drawn the same way in every figure, and kept as rows of its CSV.

In: axes, values, what was published. Out: lines, open circles where points are given, and tables of both.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from harness.papers.curves import CURVES

Published = Mapping[str, NDArray[np.float64]]
"""What was published, (2, n) points by the keys of the curves."""
POINTS: dict[str, Any] = {
    "linestyle": "none",
    "marker": "o",
    "markersize": 2.4,
    "markerfacecolor": "none",
    "markeredgecolor": "0.0",
    "markeredgewidth": 0.5,
    "zorder": 5,
}


def draw_curve(
    axes: Axes, series: str, columns: tuple[str, str], values: NDArray[np.float64], **look: Any
) -> pd.DataFrame:
    """Plot one computed curve.

    Parameters
    ----------
    axes : Axes
    series : str
        Name of the curve in the table, and in the legend unless ``label`` is given.
    columns : (str, str)
        Names of the abscissa and the ordinate in the table.
    values : ndarray, shape (2, n)
        In the units of the axes.
    **look
        Keywords of ``axes.plot``.

    Returns
    -------
    DataFrame
        One row a point.
    """
    axes.plot(*values, **{"label": series, **look})
    return pd.DataFrame({"series": series, **dict(zip(columns, values, strict=True))})


def draw_published(axes: Axes, published: Published, *keys: str) -> list[pd.DataFrame]:
    """Mark the published points of these curves, if any; only the first set carries a label.

    Returns
    -------
    list of DataFrame
        One a curve that has points, one row a point.
    """
    frames: list[pd.DataFrame] = []
    for key in keys:
        if key in published:
            label = None if frames else "published"
            columns = (CURVES[key].x, CURVES[key].y)
            look = POINTS | {"label": label}
            frames.append(draw_curve(axes, f"published {key}", columns, published[key], **look))
    return frames
