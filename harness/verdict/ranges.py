"""Sentences that differ in their numbers alone, told as one.

In: texts. Out: the words that they share; one text with the ends of what differs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from harness.verdict.words import among

_NUMBER = r"(?<!\w)−?\d+(?:\.\d+)?(?:e[-−+]?\d+)?"
_PAIR = rf"{_NUMBER}(?: (?:±|to) {_NUMBER})?"
"""A number, with its error if it has one; or a stretch from one to another."""
_TOLD = re.compile(rf"`[^`]*`|“[^”]*”|{_PAIR}")
"""A key, a quoted name or such a number."""
_LIST = re.compile(rf"{_PAIR} and {_PAIR} and {_PAIR}")


def words_of(text: str) -> str:
    """A text without what `ranged` tells the ends of: names and numbers, but for keys and stretches.

    >>> words_of("“a 2” at −0.5 ± 0.1 T, from 0.1 to 0.2 T: `cell_nm = 2`")
    '“” at # T, from 0.1 to 0.2 T: `cell_nm = 2`'
    """
    return _TOLD.sub(lambda one: _kind(one[0]), text)


def ranged(texts: Sequence[str]) -> str:
    """Texts of the same words as one, with both numbers of two texts, the ends of more, and the names.

    >>> ranged(["at −0.5 T, 3 of 4", "at 0.02 T, 3 of 4", "at 0.1 T, 3 of 4"])
    'at −0.5 … 0.1 T, 3 of 4'
    >>> ranged(["5 nm cells", "2.5 nm cells"]), ranged(["5 nm cells", "2.5 nm cells", "5 nm cells"])
    ('5 and 2.5 nm cells', '2.5 … 5 nm cells')
    >>> ranged(["0.31 ± 0.04 T (“seed1”)", "0.1290 ± 0.0008 T (“seed3”)"])
    '0.31 ± 0.04 and 0.1290 ± 0.0008 T (“seed1” and “seed3”)'
    """
    spans = map(_span, _columns(texts))
    return _TOLD.sub(lambda _: next(spans), texts[0])


def readable(texts: Sequence[str]) -> bool:
    """Whether texts of the same words can be read as one: which number of two, and which of names, is whose.

    >>> readable(["at 0.1 T, 3 of 4", "at 0.2 T, 3 of 4"]), readable(["by 0.1, most 2", "by 0.3, most 4"])
    (True, False)
    >>> readable(["0.1 and 2", "0.3 and 2"]), readable(["by 0.1, most 2", "by 0.3, most 4", "by 0.2, most 4"])
    (False, True)
    >>> readable(["0.1 T (“a”, “b”)", "0.1 T (“c”, “d”)"])
    False
    """
    few = differing(texts) <= 1 and not _LIST.search(ranged(texts))
    return (len(texts) > 2 or few) and len(_differing(texts, "“”")) <= 1


def differing(texts: Sequence[str]) -> int:
    """In how many numbers texts of the same words differ, the same ones said twice counted once.

    >>> differing(["at 0.1 T, 3 of 4", "at 0.2 T, 3 of 4"]), differing(["0.1 and 2", "0.3 and 4"])
    (1, 2)
    """
    return len(_differing(texts, "#"))


def _differing(texts: Sequence[str], kind: str) -> set[tuple[str, ...]]:
    return {column for column in _columns(texts) if len({*column}) > 1 and _kind(column[0]) == kind}


def _columns(texts: Sequence[str]) -> Iterable[tuple[str, ...]]:
    return zip(*(_TOLD.findall(text) for text in texts), strict=True)


def _kind(told: str) -> str:
    """What stands for a name, what for a number, with an error or without; a key and a stretch themselves."""
    return "“”" if told[0] == "“" else told if told[0] == "`" or " to " in told else "#"


def _span(each: Sequence[str]) -> str:
    """What stands for a number of every text: of two texts both, of more the ends; for a name, the names."""
    told = list(dict.fromkeys(each))
    if len(told) == 1 or len(each) == 2 or told[0][0] == "“":
        return among(told)
    told.sort(key=_value)
    return f"{told[0]} … {told[-1]}"


def _value(told: str) -> float:
    """Of a number, without its error."""
    return float(told.split(" ± ")[0].replace("−", "-"))
