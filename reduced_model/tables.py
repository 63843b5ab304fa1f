"""What a result's `to_table` gives: the few values a person looks at first.

In: nothing. Out: the type of a title, a header, and rows of as many cells.
"""

from collections.abc import Sequence

Table = tuple[str, Sequence[str], Sequence[Sequence[object]]]
