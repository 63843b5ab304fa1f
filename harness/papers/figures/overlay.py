"""Published points drawn over a computed curve, the same way in every figure, and curves as tables.

In: axes, the curve's key, what was published. Out: open circles, if any; rows for a figure's CSV.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from harness.papers.curves import CURVES, PublishedCurve

PUBLISHED: dict[str, Any] = {
    "linestyle": "none",
    "marker": "o",
    "markersize": 2.4,
    "markerfacecolor": "none",
    "markeredgecolor": "0.0",
    "markeredgewidth": 0.5,
    "zorder": 5,
}


def draw_published(axes: Axes, published: Mapping[str, PublishedCurve], *keys: str) -> None:
    """Mark the published points of these curves; only the first set carries a label."""
    label: str | None = "published"
    for key in keys:
        if key in published:
            axes.plot(published[key].x, published[key].y, label=label, **PUBLISHED)
            label = None


def curve_frame(series: str, x: str, y: str, values: NDArray[np.float64]) -> pd.DataFrame:
    """Rows of one computed curve (2, n)."""
    return pd.DataFrame({"series": series, x: values[0], y: values[1]})


def published_frames(published: Mapping[str, PublishedCurve], *keys: str) -> list[pd.DataFrame]:
    """Rows of the published points of these curves."""
    return [
        curve_frame(f"published {key}", CURVES[key].x, CURVES[key].y, np.stack((given.x, given.y)))
        for key in keys
        if (given := published.get(key)) is not None
    ]
