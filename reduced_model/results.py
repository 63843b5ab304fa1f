"""What all results have in common: arrays nobody can write to, tables, axes to draw on, a notebook's HTML.

In: a result's arrays and the names of its columns. Out: pandas tables, matplotlib axes, HTML.
pandas and matplotlib are imported here and only when something is shown: they take a second of start-up.
"""

import html
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

Table = tuple[str, Sequence[str], Sequence[Sequence[object]]]
"""What `to_table` gives, the values a person looks at first: title, header, rows of as many cells."""


class Result:
    """Base of the frozen dataclasses that carry arrays: makes them read-only and tabulates them."""

    table_columns: ClassVar[tuple[str, ...]] = ()
    """Attributes that make the table, in its order."""

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if isinstance(value, np.ndarray):
                shown = value.view()
                shown.flags.writeable = False
                object.__setattr__(self, name, shown)

    def columns(self, *more: str) -> dict[str, Any]:
        """The table's columns, and `more` attributes, by name."""
        return {name: getattr(self, name) for name in (*self.table_columns, *more)}

    def to_frame(self) -> "pd.DataFrame":
        """The result as a table, one row a value of its arrays; columns are named as the attributes."""
        return table(self.columns())


def table(data: "Mapping[str, Any] | Iterable[Mapping[str, Any]]") -> "pd.DataFrame":
    """Columns by name, or records, as a table."""
    import pandas as pd  # half a second to load

    return pd.DataFrame(data if isinstance(data, Mapping) else list(data))


def axes_for(ax: "Axes | None", **figure: Any) -> "Axes":
    """The axes given, or those of a new figure with these arguments of `plt.subplots`."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt  # a second to load

    return plt.subplots(**figure)[1]


def notebook_html(
    draw: "Callable[[Axes], object]",
    size_in: tuple[float, float],
    head: Iterable[str],
    rows: Iterable[Iterable[str]],
) -> str:
    """A drawing above a table, for a notebook."""
    from matplotlib.figure import Figure  # likewise

    figure = Figure(figsize=size_in, layout="constrained")
    draw(figure.add_subplot())
    drawing = io.StringIO()
    figure.savefig(drawing, format="svg")
    svg = drawing.getvalue()
    body = "".join(f"<tr>{_cells('td', row)}</tr>" for row in rows)
    return f"{svg[svg.index('<svg') :]}<table><tr>{_cells('th', head)}</tr>{body}</table>"


def _cells(tag: str, texts: Iterable[str]) -> str:
    return "".join(f"<{tag}>{html.escape(text)}</{tag}>" for text in texts)
