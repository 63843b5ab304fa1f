"""A number as a paper prints it, beside what the paper's own equation gives.

In: printed text ("25.7", "1.3e16", "10^1-10^3", "~30", "> 10^3") and a computed number or interval.
Out: one of four verdicts, from the printed digits and the computed values alone; none is ever stored.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from reduced_model.errors import ModelError

Outcome = Literal[
    "agrees",
    "rounds differently",
    "approximation the paper declares",
    "does not follow from the paper's own equation",
]
AGREES: Outcome = "agrees"
ROUNDS: Outcome = "rounds differently"
DECLARED: Outcome = "approximation the paper declares"
FAILS: Outcome = "does not follow from the paper's own equation"
OUTCOMES: tuple[Outcome, ...] = (AGREES, ROUNDS, DECLARED, FAILS)

Computed = float | tuple[float, float]
"""A number, or the two ends of an interval where a claim is about a range of conditions."""

_SLACK = 1e-12  # a computed tie at a rounding boundary agrees, whatever its last bit
_TELLING_DIGITS = 3  # fewer printed digits cannot tell a slip in rounding from a wrong number
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_NOTATION = (
    ("−", "-"),
    (r"\s*(–|—|\bto\b)\s*", "-"),
    (r"\s*[x×·*]\s*(?=10\^)", "*"),
    (r"about|around|approximately|≈|∼", "~"),
    ("≳|≥|⩾", ">"),
    ("≲|≤|⩽", "<"),
    (r"\s+", ""),
)
_NUMBER = r"10\^[-+]?\d{1,2}|[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[-+]?\d{1,2}|\*10\^[-+]?\d{1,2})?"
_FORM = re.compile(rf"(?P<mark>[~<>]*)(?P<first>{_NUMBER})(?:-(?P<last>{_NUMBER}))?")
_PARTS = re.compile(r"(?P<mantissa>[-+]?\d+(?:\.(?P<decimals>\d+))?)(?:e(?P<exponent>[-+]?\d+))?")


@dataclass(frozen=True)
class PrintedNumber:
    """What a printed number says: the interval of values that would be printed so."""

    low: float
    """Smallest value that rounds to the text; -inf for an upper bound."""
    high: float
    """Largest value that rounds to the text; inf for a lower bound."""
    value: float
    """The number itself; nan for a range or a bound."""
    last_place: float
    """One unit of the last digit printed; nan for a bare power of ten, a range or a bound."""
    digits: int
    """Significant digits printed; 0 for a bare power of ten, a range or a bound."""

    def holds(self, computed: Computed) -> bool:
        """Whether the computed number, or the whole computed interval, would be printed so."""
        low, high = computed if isinstance(computed, tuple) else (computed, computed)
        lowest, highest = self.low - _SLACK * abs(self.low), self.high + _SLACK * abs(self.high)
        return lowest <= min(low, high) and max(low, high) <= highest and not math.isnan(low + high)

    def is_one_place_off(self, computed: Computed) -> bool:
        """Whether the computed number rounds to a neighbour of one printed with three digits or more."""
        if isinstance(computed, tuple) or self.digits < _TELLING_DIGITS:
            return False
        return abs(computed - self.value) <= (1.5 + _SLACK) * self.last_place


def read_printed(text: str) -> PrintedNumber:
    """The interval of values a printed number stands for.

    Parameters
    ----------
    text : str
        "25.7", "10,000", "1.3e16", "1.3 × 10¹⁶" (digits count); "10^16" (the order of magnitude, half a
        decade either way); "14–15", "10^1-10^3" (ranges); "> 10^3", "≲ 5" (bounds); a "~" or "about" in front
        makes trailing zeros of a whole number insignificant ("~30" is 25 to 35).

    Examples
    --------
    >>> for text in ("81.2", "~30", "10^16", "10^1-10^3", "> 10^3"):
    ...     number = read_printed(text)
    ...     print(f"{text}: {number.low:.4g} to {number.high:.4g}")
    81.2: 81.15 to 81.25
    ~30: 25 to 35
    10^16: 3.162e+15 to 3.162e+16
    10^1-10^3: 3.162 to 3162
    > 10^3: 1000 to inf
    """
    match = _FORM.fullmatch(_plain(text)) if isinstance(text, str) else None
    if match is None:
        raise ModelError.of("printed", text, 'a number as papers print them, such as "25.7" or "10^1-10^3"')
    mark = match["mark"]
    first = _read_number(match["first"], approximate="~" in mark)
    if match["last"] is not None:
        last = _read_number(match["last"], approximate="~" in mark)
        if "<" in mark or ">" in mark or not first.value <= last.value:
            raise ModelError.of("printed", text, "a range from a smaller to a larger number")
        return PrintedNumber(first.low, last.high, math.nan, math.nan, 0)
    if "<" in mark and ">" in mark:
        raise ModelError.of("printed", text, "bounded from one side")
    if ">" in mark:
        return PrintedNumber(first.value, math.inf, math.nan, math.nan, 0)
    if "<" in mark:
        return PrintedNumber(-math.inf, first.value, math.nan, math.nan, 0)
    return first


def _plain(text: str) -> str:
    """The text in ASCII without spaces: superscripts as ^, every dash a hyphen, every times sign a star."""
    plain = re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]+", lambda found: "^" + found[0].translate(_SUPERSCRIPTS), text.strip())
    for pattern, replacement in _NOTATION:
        plain = re.sub(pattern, replacement, plain)
    return plain


def _read_number(text: str, *, approximate: bool) -> PrintedNumber:
    if text.startswith("10^"):
        power = int(text[3:])
        return PrintedNumber(10.0 ** (power - 0.5), 10.0 ** (power + 0.5), 10.0**power, math.nan, 0)
    parts = _PARTS.fullmatch(text.replace(",", "").replace("*10^", "e"))
    assert parts is not None  # _FORM matched
    mantissa, decimals = parts["mantissa"], parts["decimals"] or ""
    figures = mantissa.lstrip("+-0").replace(".", "").lstrip("0")
    idle = len(figures) - len(figures.rstrip("0")) if approximate and not decimals else 0
    exponent = int(parts["exponent"] or 0)
    value = float(f"{mantissa}e{exponent}")
    place = float(f"1e{exponent - len(decimals) + idle}")
    return PrintedNumber(value - 0.5 * place, value + 0.5 * place, value, place, len(figures) - idle)


def verdict(
    printed: str,
    computed: Computed,
    rounded_inputs: Computed | None = None,
    approximated: Computed | None = None,
) -> Outcome:
    """Compare a printed number (see `read_printed`) with what the paper's equation gives.

    A computed interval must lie in the printed one as a whole. The verdict is "agrees" if the computed value
    rounds to the printed text; "approximation the paper declares" if the value by an approximation that the
    paper names does; "rounds differently" if it does so from inputs or intermediate results rounded as the
    paper prints them, or misses by one unit of the last of at least three digits; else "does not follow from
    the paper's own equation".

    Examples
    --------
    >>> verdict("25.7", 25.656), verdict("81.2", 81.130, rounded_inputs=81.173)
    ('agrees', 'rounds differently')
    >>> verdict("3.76", 15**0.5, approximated=3.757)
    'approximation the paper declares'
    >>> verdict("1.3e16", 2.0e4)
    "does not follow from the paper's own equation"
    """
    number = read_printed(printed)
    if number.holds(computed):
        return AGREES
    if approximated is not None and number.holds(approximated):
        return DECLARED
    explained = rounded_inputs is not None and number.holds(rounded_inputs)
    return ROUNDS if explained or number.is_one_place_off(computed) else FAILS


def scaling_exponent(function: Callable[[float], float], first: float, last: float) -> float:
    """Exponent of the power law through two points of a function, for claims such as "goes with 1/H^2".

    Examples
    --------
    >>> print(f"{scaling_exponent(lambda x: 5 * x**-2.0, 1.0, 10.0):.3f}")
    -2.000
    """
    return math.log(function(last) / function(first)) / math.log(last / first)


@dataclass(frozen=True)
class Cause:
    """One reason why printed numbers do not follow from their equations; many numbers may share it."""

    title: str
    why: str
    """Sentences one would write to the authors."""


@dataclass(frozen=True)
class Published:
    """A number or claim a paper prints, with the function that recomputes it.

    A statement is one entry, however many places print it and however many ways lead to it.
    """

    paper: str
    """"Shi 2025", "Shi & Cardwell 2026", "Adams & Michels 2026"."""
    where: str
    """Table, figure or section."""
    quantity: str
    printed: str
    """As it stands in the paper, without its unit."""
    unit: str
    equation: str
    """What the paper says it is computed from."""
    recompute: Callable[[], Computed]
    """The value in `unit`, from that equation."""
    note: str = ""
    """What a reader should know of this number alone; a sentence, no verdict."""
    reading: str = ""
    """A claim in words read as a number, where `printed` has no digits."""
    rounded_inputs: Callable[[], Computed] | None = None
    """The value from inputs or intermediate results rounded as the paper prints them."""
    approximated: Callable[[], Computed] | None = None
    """The value by an approximation that the paper names; its `note` says where."""
    cause: Cause | None = None
    """Why it does not follow, if it does not."""

    def check(self) -> "Checked":
        """Recompute it now."""
        others = (self.rounded_inputs, self.approximated)
        return Checked(self, self.recompute(), *(other() if other is not None else None for other in others))


@dataclass(frozen=True)
class Checked:
    """A published number beside the computed one."""

    entry: Published
    computed: Computed
    rounded_inputs: Computed | None = None
    approximated: Computed | None = None

    @cached_property
    def number(self) -> PrintedNumber:
        """The printed number, or the reading of a claim in words."""
        return read_printed(self.entry.reading or self.entry.printed)

    @property
    def verdict(self) -> Outcome:
        """See `verdict`."""
        printed = self.entry.reading or self.entry.printed
        return verdict(printed, self.computed, self.rounded_inputs, self.approximated)

    @property
    def difference(self) -> float:
        """Computed minus printed; nan where either is a range or a bound."""
        return math.nan if isinstance(self.computed, tuple) else self.computed - self.number.value

    @property
    def computed_text(self) -> str:
        """The computed value, with one digit more than is printed."""
        return self._text(self.computed)

    @property
    def approximated_text(self) -> str:
        """The value by the approximation that the paper declares; empty without one."""
        return "" if self.approximated is None else self._text(self.approximated)

    def _text(self, value: Computed) -> str:
        ends = value if isinstance(value, tuple) else (value,)
        return " to ".join(f"{end:.{max(self.number.digits, 2) + 1}g}" for end in ends)
