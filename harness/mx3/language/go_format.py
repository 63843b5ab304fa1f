"""Text of numbers and values as Go's fmt package writes them, for logs, tables and file names.

In: script values (int, float, bool, str, vectors). Out: the strings MuMax3 would print; `sprintf` knows Go's
verbs, and its answers to wrong verbs (`%!d(float64=2)`) too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np

from harness.mx3.errors import ScriptError

MAX_FIELD = 1000
"""Largest width or precision `sprintf` accepts, in characters."""
MAX_TEXT = 1_000_000
"""Longest string a script may build, in characters."""
_VERB = re.compile(
    r"%(?P<flags>[-+# 0]*)(?P<width>\*|\d*)(?:\.(?P<precision>\*|\d*))?(?P<verb>.?)", re.DOTALL
)


def float_text(x: float, bits: int = 64) -> str:
    """Shortest decimal text that reads back as the same number, laid out as Go's %v.

    Parameters
    ----------
    x : float
    bits : {64, 32}
        32 rounds to single precision first, as MuMax3's tables do.

    Examples
    --------
    >>> float_text(0.1), float_text(0.1 + 2e-9, 32), float_text(1e6), float_text(float("inf"))
    ('0.1', '0.1', '1e+06', '+Inf')
    """
    if not np.isfinite(x):
        return "NaN" if np.isnan(x) else "+Inf" if x > 0 else "-Inf"
    if bits == 32:
        with np.errstate(over="ignore"):
            number: np.floating | float = np.float32(x)
        if not np.isfinite(number):
            return float_text(float(number))
    else:
        number = x
    mantissa, exponent = np.format_float_scientific(number, unique=True, trim="-").split("e")
    sign, digits = ("-", mantissa[1:]) if mantissa[0] == "-" else ("", mantissa)
    power = int(exponent)
    if power < -4 or power >= 6:
        return f"{sign}{digits}e{power:+03d}"
    digits = digits.replace(".", "")
    if power < 0:
        return sign + "0." + "0" * (-power - 1) + digits
    whole, fraction = digits[: power + 1].ljust(power + 1, "0"), digits[power + 1 :]
    return sign + whole + ("." + fraction if fraction else "")


def value_text(value: object) -> str:
    """A value as Go's %v: `true`, `3`, `1e-09`, `[1 2 3]`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return float_text(value)
    if isinstance(value, tuple):
        return "[" + " ".join(map(value_text, value)) + "]"
    return str(value)


def sprintln(values: Iterable[object]) -> str:
    """Values separated by single spaces, as Go's Sprintln without its newline."""
    return _bounded(" ".join(map(value_text, values)))


def sprint(values: Sequence[object]) -> str:
    """Values joined as Go's Sprint: a space only between two neighbours that are both not strings."""
    parts: list[str] = []
    for i, value in enumerate(values):
        if i and not isinstance(value, str) and not isinstance(values[i - 1], str):
            parts.append(" ")
        parts.append(value_text(value))
    return _bounded("".join(parts))


def sprintf(template: str, values: Sequence[object]) -> str:
    """Format as Go's Sprintf; ScriptError beyond a width or precision of `MAX_FIELD`, or `MAX_TEXT` in all.

    Examples
    --------
    >>> sprintf("m%06d_%v_%.2f%%", [12, 1e-9, 0.5])
    'm000012_1e-09_0.50%'
    >>> sprintf("%d %s", [2.0])
    '%!d(float64=2) %!s(MISSING)'
    """
    queue = list(values)

    def take_size(text: str | None) -> int | None:
        if text == "*":
            size = queue.pop(0) if queue else 0
            if not isinstance(size, int) or isinstance(size, bool):
                raise ScriptError(None, "sprintf: a width given as * needs an integer argument")
        else:
            size = int(text[:5]) if text else None
        if size is not None and abs(size) > MAX_FIELD:
            raise ScriptError(None, f"sprintf: width and precision are limited to {MAX_FIELD} characters")
        return size

    def replace(match: re.Match[str]) -> str:
        width, verb = take_size(match["width"]), match["verb"]
        precision = 0 if match["precision"] == "" else take_size(match["precision"])
        if verb == "":
            return "%!(NOVERB)"
        if verb == "%":
            return "%"
        if not queue:
            return f"%!{verb}(MISSING)"
        return _formatted(queue.pop(0), verb, match["flags"], width, precision)

    text = _VERB.sub(replace, template)
    if queue:
        extra = ", ".join(f"{_go_type(v)}={value_text(v)}" for v in queue)
        text += f"%!(EXTRA {extra})"
    return _bounded(text)


def _bounded(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise ScriptError(None, f"a text grew beyond {MAX_TEXT} characters")
    return text


def _go_type(value: object) -> str:
    names = {bool: "bool", int: "int", float: "float64", str: "string"}
    return names.get(type(value), "data.Vector" if isinstance(value, tuple) else type(value).__name__)


def _formatted(value: object, verb: str, flags: str, width: int | None, precision: int | None) -> str:
    if isinstance(value, tuple):
        return "[" + " ".join(_formatted(v, verb, flags, width, precision) for v in value) + "]"
    text = _verb_text(value, verb, flags, precision)
    if text is None:
        return f"%!{verb}({_go_type(value)}={value_text(value)})"
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    if numeric and not text.startswith(("-", "+")):
        text = ("+" if "+" in flags else " " if " " in flags else "") + text
    if width is None:
        return text
    if "-" in flags or width < 0:
        return text.ljust(abs(width))
    finite = not isinstance(value, float) or np.isfinite(value)
    if "0" in flags and finite and not (isinstance(value, int) and precision is not None):
        return text.zfill(width)
    return text.rjust(width)


def _verb_text(value: object, verb: str, flags: str, precision: int | None) -> str | None:
    """Text of one value without padding; None if the verb does not suit the type."""
    if isinstance(value, bool):
        return value_text(value) if verb in "vt" else None
    if isinstance(value, int):
        return _int_text(value, verb, flags, precision)
    if isinstance(value, float):
        return _float_verb_text(value, verb, precision)
    if isinstance(value, str) and verb in "vs":
        return value if precision is None else value[:precision]
    if isinstance(value, str) and verb == "q":
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return value_text(value) if verb in "vs" else None


def _int_text(value: int, verb: str, flags: str, precision: int | None) -> str | None:
    if verb not in "dvboxX":
        return None
    digits = format(abs(value), verb.replace("v", "d")).rjust(precision or 0, "0")
    prefix = {"x": "0x", "X": "0X", "o": "0", "b": "0b"}.get(verb, "") if "#" in flags else ""
    return ("-" if value < 0 else "") + prefix + digits


def _float_verb_text(value: float, verb: str, precision: int | None) -> str | None:
    if verb not in "vgGeEfF":
        return None
    if not np.isfinite(value) or (verb in "vgG" and precision is None):
        text = float_text(value)
        return text.replace("e", "E") if verb == "G" else text
    kind = "g" if verb == "v" else verb
    return format(value, f".{6 if precision is None else precision}{kind}")
