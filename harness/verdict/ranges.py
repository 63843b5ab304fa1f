"""Sentences that differ in their numbers alone, told as one.

In: texts. Out: the words that they share; one text with the ends of what differs.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

_NUMBER = r"(?<!\w)−?\d+(?:\.\d+)?(?:e[-−+]?\d+)?"
_PAIR = rf"{_NUMBER}(?: (?:±|to) {_NUMBER})?"
"""A number, with its error if it has one; or a stretch from one to another."""
STRETCH = rf"{_NUMBER} to {_NUMBER}"
_CODE = "`[^`]*`"


def words_of(text: str, names: Collection[str] = ()) -> str:
    """A text without what `ranged` tells the ends of: its numbers, but for those of a key, and such names.

    >>> words_of("at −0.5 T, from 0.1 to 0.2 T: `cell_nm = 2`")
    'at # T, from # to # T: `cell_nm = 2`'
    """
    return _told_apart_by(names).sub(lambda one: "@" if one[0] in names else _kind(one[0]), text)


def ranged(texts: Sequence[str], names: Collection[str] = ()) -> str:
    """Texts that differ in numbers and such names alone as one, with both of two texts, the ends of more.

    >>> ranged(["at −0.5 T, 3 of 4", "at 0.02 T, 3 of 4", "at 0.1 T, 3 of 4"])
    'at −0.5 … 0.1 T, 3 of 4'
    >>> ranged(["5 nm cells", "2.5 nm cells"]), ranged(["5 nm cells", "2.5 nm cells", "5 nm cells"])
    ('5 and 2.5 nm cells', '2.5 … 5 nm cells')
    >>> ranged(["0.1 T (seed1)", "0.2 T (seed3)"], ["seed1", "seed3"])
    '0.1 and 0.2 T (seed1 and seed3)'
    >>> ranged(["from 0.1 to 0.9 T", "from 0.3 to 0.9 T"]), ranged(["0.31 ± 0.04 T", "0.1290 ± 0.0008 T"])
    ('from between 0.1 and 0.3 to 0.9 T', '0.31 ± 0.04 and 0.1290 ± 0.0008 T')
    """
    spans = iter([_span(list(column), names) for column in _columns(texts, names)])
    return _told_apart_by(names).sub(lambda _: next(spans), texts[0])


def differing(texts: Sequence[str]) -> int:
    """In how many numbers texts of the same words differ.

    >>> differing(["at 0.1 T, 3 of 4", "at 0.2 T, 3 of 4"]), differing(["0.1 and 2", "0.3 and 4"])
    (1, 2)
    """
    return sum(len({*column}) > 1 for column in _columns(texts))


def _columns(texts: Sequence[str], names: Collection[str] = ()) -> Iterable[tuple[str, ...]]:
    told = _told_apart_by(names)
    return zip(*(told.findall(text) for text in texts), strict=True)


def _told_apart_by(names: Collection[str]) -> re.Pattern[str]:
    """What texts may differ in: a name, whatever numbers are in it, or a number; and code, which is kept."""
    ordered = sorted(filter(None, names), key=len, reverse=True)
    return re.compile("|".join([_CODE, *(rf"\b{re.escape(name)}\b" for name in ordered), _PAIR]))


def _kind(told: str) -> str:
    """What stands for a number, with an error or without, and what for a stretch; code itself."""
    return told if told[0] == "`" else "# to #" if " to " in told else "#"


def _span(each: Sequence[str], names: Collection[str]) -> str:
    """What stands for a number of every text: of two texts both, of more the ends."""
    told = list(dict.fromkeys(each))
    if len(told) == 1:
        return told[0]
    if _kind(told[0]) == "# to #":
        ends = zip(*(stretch.split(" to ") for stretch in told), strict=True)
        return " to ".join(
            f"between {min(end, key=_value)} and {max(end, key=_value)}" if len({*end}) > 1 else end[0]
            for end in ends
        )
    if len(each) == 2:
        return " and ".join(told)
    told.sort(key=None if told[0] in names else _value)
    return f"{told[0]} … {told[-1]}"


def _value(told: str) -> float:
    """Of a number, without its error."""
    return float(told.split(" ± ")[0].replace("−", "-"))
