"""What all results have in common: a line of text, read-only arrays, tables, axes, a notebook's HTML.

In: a result's arrays and the names of its columns. Out: pandas tables, matplotlib axes, HTML.
pandas and matplotlib are imported here and only when something is shown: they take a second of start-up.
"""

import html
import io
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

Table = tuple[str, Sequence[str], Sequence[Sequence[object]]]
"""What `to_table` gives, the values a person looks at first: title, header, rows of as many cells."""


DRAWING_IN = (4.8, 3.2)
"""Width and height of a drawing in a notebook."""
SCREEN_ROWS = 12
"""Rows of a table that a notebook shows."""
BLUE, ORANGE, GREEN, PURPLE, GOLD, GREY = "#0b3c7d", "#d1560d", "#1a8a6b", "#7a1f5c", "#b8860b", "#5a5a5a"
"""The colours of curves and marks; neighbours differ as printed in grey too."""
MOST_PLACES = 6
"""Decimals beyond which an error is written as a power of ten, and its value no further."""


def with_error(value: float, error: float) -> str:
    """Value and error to as many places as the error needs: exactly where four hold it, else to one digit.

    Without an error, six digits of the value.

    >>> with_error(0.4825, 0.0025), with_error(-0.129046, 0.000916), with_error(52.3, 12.0)
    ('0.4825 ± 0.0025', '-0.1290 ± 0.0009', '52 ± 12')
    >>> with_error(0.508559, 1e-9), with_error(0.0, 0.0), with_error(0.5, float("nan"))
    ('0.508559 ± 1e-09', '0', '0.5')
    """
    if not (math.isfinite(error) and error > 0.0):
        return f"{value + 0.0:.6g}"
    exact = (d for d in range(5) if math.isclose(round(error, d), error, rel_tol=1e-6))
    places = max(0, next(exact, -math.floor(math.log10(error))))
    shown = f"{error:.1g}" if places > MOST_PLACES else f"{error:.{places}f}"
    places = min(places, MOST_PLACES)
    return f"{round(value, places) + 0.0:.{places}f} ± {shown}"


class Tabled:
    """Base of the dataclasses that a notebook shows: a drawing, if they draw, and a table."""

    def to_dataframe(self) -> "pd.DataFrame":
        """The result as one row: its numbers and words, vectors a column a component.

        Columns are named as the attributes, with their units; lengths are in m.
        """
        given = {each.name: getattr(self, each.name) for each in fields(self)}  # type: ignore[arg-type]
        return table([dict(cell for pair in given.items() for cell in _flat(*pair))])

    def _repr_html_(self) -> str:
        """The drawing, where there is one, and the first rows of the table, for a notebook."""
        shown = self.to_table() if hasattr(self, "to_table") else rows_of(self.to_dataframe())
        return notebook_html(getattr(self, "plot", None), DRAWING_IN, shown)


class Shown(Tabled):
    """Base of the dataclasses (``repr=False``) that hold more than a screen does: their fields in short."""

    def __repr__(self) -> str:
        given = [
            f"{each.name}={in_short(getattr(self, each.name))}"
            for each in fields(self)  # type: ignore[arg-type]
            if each.repr
        ]
        line = f"{type(self).__name__}({', '.join(given)})"
        return line if len(line) <= 100 else f"{type(self).__name__}(\n  " + ",\n  ".join(given) + ",\n)"


def _flat(name: str, value: object) -> Iterator[tuple[str, object]]:
    """The cells of an attribute in a row: none where it is neither numbers nor words."""
    if isinstance(value, str | bool | int | float | np.generic):
        yield name, str(value) if isinstance(value, str) else value
    elif isinstance(value, tuple | list | np.ndarray) and np.shape(value) == (3,):
        stem, unit = re.fullmatch(r"(.+?)((?:_(?:T|m|nm|rad|deg|s|J))?)", name).groups()  # type: ignore[union-attr]
        yield from ((f"{stem}_{axis}{unit}", part) for axis, part in zip("xyz", value, strict=True))


def rows_of(frame: "pd.DataFrame") -> Table:
    """The first rows of a table, or of one row its quantities below each other."""
    if len(frame) == 1:
        return "", ("quantity", "value"), list(frame.iloc[0].items())
    rows: list[Sequence[object]] = list(frame.head(SCREEN_ROWS).itertuples(index=False))
    if (more := len(frame) - len(rows)) > 0:
        rows.append([f"and {more} more rows", *[""] * (frame.shape[1] - 1)])
    return "", list(map(str, frame)), rows


def in_short(value: object) -> str:
    """A value in no more than a line: arrays by their shape, long collections by their number.

    Floats below 1e-13 are the rounding of larger ones here, and shown as 0.

    >>> in_short(np.zeros((3, 4))), in_short(0.1 + 0.2), in_short(-1e-17), in_short(range(9))
    ('array(3, 4)', '0.3', '0', '<9 values>')
    """
    if isinstance(value, np.ndarray):
        return f"array{value.shape}"
    if isinstance(value, float):
        return "0" if abs(value) < 1e-13 else f"{value:.6g}"
    if isinstance(value, str):
        return repr(str(value) if len(value) <= 70 else f"{value[:67]}...")
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{key!s}: {in_short(entry)}" for key, entry in value.items())
        return f"{{{pairs}}}" if len(pairs) <= 70 else f"<{len(value)} entries>"
    if isinstance(value, list | tuple | range):
        parts = ", ".join(map(in_short, value)) if len(value) <= 4 else "-" * 71
        return f"({parts})" if len(parts) <= 70 else f"<{len(value)} values>"
    shown = repr(value)
    if len(shown) <= 70 and "\n" not in shown:
        return shown
    named = getattr(value, "name", None) or getattr(value, "label", None)
    return f"<{type(value).__name__}{f' {named}' if isinstance(named, str) else ''}>"


class Result(Shown):
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

    def to_dataframe(self) -> "pd.DataFrame":
        """The result as a table, one row a value of its arrays; columns are named as the attributes."""
        columns = self.columns()
        single = all(np.ndim(value) == 0 for value in columns.values())
        return table([columns] if single else columns)


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


def notebook_html(draw: "Callable[..., object] | None", size_in: tuple[float, float], shown: Table) -> str:
    """A drawing, if there is one, above a table, for a notebook."""
    _, head, rows = shown
    body = "".join(f"<tr>{_cells('td', row)}</tr>" for row in rows)
    table_ = f"<table><tr>{_cells('th', head)}</tr>{body}</table>"
    if draw is None:
        return table_
    from matplotlib.figure import Figure  # a second to load

    figure = Figure(figsize=size_in, layout="constrained")
    draw(ax=figure.add_subplot())
    drawing = io.StringIO()
    figure.savefig(drawing, format="svg")
    svg = drawing.getvalue()
    return f"{svg[svg.index('<svg') :]}{table_}"


def _cells(tag: str, values: Iterable[object]) -> str:
    texts = (f"{value:.4g}" if isinstance(value, float) else str(value) for value in values)
    return "".join(f"<{tag}>{html.escape(text)}</{tag}>" for text in texts)
