"""How numbers and names are written in a verdict, and the one template its words are in.

In: a block of templates/verdict.txt.j2 and what it needs. Out: a sentence or two, plain text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from harness.shipped import template_environment
from reduced_model.results import with_error as value_with_error

if TYPE_CHECKING:
    import jinja2

TEMPLATE = "verdict.txt.j2"
MOST_NAMES = 4
_PATH = re.compile(r"[^\s:]*/")
"""What a sentence may begin with that has no capital."""


def wording(block: str, numbers: Mapping[str, Any], details: Mapping[str, Any], cases: Sequence[str]) -> str:
    """The words of a block, "" where the template has none of that name; line breaks are not kept."""
    macro: Callable[..., str] | None = getattr(_blocks(), block, None)
    text = " ".join(macro(numbers, details, cases).split()) if macro else ""
    return text if _PATH.match(text) else text[:1].upper() + text[1:]


@cache
def _blocks() -> Any:
    environment = template_environment()
    filters: tuple[Callable[..., str], ...] = (
        signed,
        digits,
        tesla,
        apart,
        among,
        quoted,
        cells,
        beyond,
        at_most,
    )
    environment.filters |= {"pm": with_error} | {function.__name__: function for function in filters}
    environment.tests["finite"] = math.isfinite
    return environment.get_template(TEMPLATE).module


def page_environment() -> jinja2.Environment:
    """The templates of pages: everything is escaped, and keys in `backticks` are set as code."""
    from markupsafe import Markup, escape  # comes with jinja2, for pages alone

    environment = template_environment().overlay(autoescape=True)
    environment.filters["code"] = lambda text: Markup(
        re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text)))
    )
    environment.filters["among"] = among
    return environment


def signed(value: float, decimals: int = 4) -> str:
    """A number with a true minus and no minus zero.

    >>> signed(-0.0565, 3), signed(-0.0)
    ('−0.057', '0.0000')
    """
    return f"{round(value, decimals) + 0.0:.{decimals}f}".replace("-", "−")


def digits(value: float, most: int = 3) -> str:
    """A number in three digits, or so many, with a true minus.

    >>> digits(-0.025612), digits(0.0000123), digits(0.0000123, 1)
    ('−0.0256', '1.23e−05', '1e−05')
    """
    return f"{value:.{most}g}".replace("-", "−")


def tesla(value: float) -> str:
    """A field of the path as its author wrote it: 0.2 T.

    >>> tesla(-0.04)
    '−0.04 T'
    """
    return f"{value + 0.0:g} T".replace("-", "−")


def with_error(value: float, error: float, unit: str = " T") -> str:
    """Value and error, with as many decimals as the error needs.

    >>> with_error(0.4825, 0.0025), with_error(-0.5, float("nan")), with_error(0.129046, 0.000916)
    ('0.4825 ± 0.0025 T', '−0.5000 T', '0.1290 ± 0.0009 T')
    """
    if not math.isfinite(error):
        return f"{signed(value)}{unit}"
    return f"{value_with_error(value, error)}{unit}".replace("-", "−")


def apart(value: float, error: float, theory: float) -> str:
    """How a simulated field lies to a theoretical one of the same sign, no finer than the field step.

    >>> apart(0.495, 0.005, 0.5282), apart(0.51, 0.01, 0.5086), apart(0.005406, 5e-6, 0.003905)
    ('0.033 T below', 'within its error of', '0.0015 T above')
    """
    if within(value, error, theory):
        return "within its error of"
    off = abs(value - theory)
    told = digits(off, 2) if error < 5e-4 and off < 0.01 else f"{off:.3f}"
    return f"{told} T {'above' if value > theory else 'below'}"


def beyond(value_T: float, start_T: float) -> str:
    """A field rounded away from where the path comes from, so that a path to it passes the value.

    >>> beyond(-0.0523, 0.8), beyond(0.5246, 0.2), beyond(0.5246, 0.8)
    ('−0.06 T', '0.53 T', '0.52 T')
    """
    outward = math.floor if value_T < start_T else math.ceil
    return tesla(outward(round(100 * value_T, 6)) / 100)


def at_most(value: float) -> str:
    """Two digits of a limit, rounded down so that they keep to it.

    >>> at_most(2.349), at_most(2.25), at_most(0.8)
    ('2.3', '2.2', '0.8')
    """
    digit = 10.0 ** (math.floor(math.log10(value)) - 1)
    return f"{math.floor(value / digit + 1e-9) * digit:.2g}"


def within(value: float, error: float, theory: float) -> bool:
    """Whether a field cannot be told from another by its own error."""
    return math.isfinite(error) and abs(value - theory) <= error


def among(names: Sequence[str]) -> str:
    """A list as one says it, its tail counted where it is long.

    >>> among(["4", "2.5", "1"]), among(["a"]), among(list("abcdef"))
    ('4, 2.5 and 1', 'a', 'a, b, c, d and 2 more')
    """
    if len(names) > MOST_NAMES + 1:
        names = [*names[:MOST_NAMES], f"{len(names) - MOST_NAMES} more"]
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def named_particles(names: Sequence[str]) -> str:
    """Particles of a study, what they share said once.

    >>> named_particles(["R = 9 nm", "R = 12 nm"]), named_particles(["a, R = 6 nm", "b, R = 6 nm"])
    ('R = 9 and 12 nm', 'a and b, R = 6 nm')
    >>> named_particles(["a, R = 6 nm", "b, R = 6 nm", "a, R = 9 nm"])
    'a with R = 6 nm, b with R = 6 nm and a with R = 9 nm'
    """
    materials, radii = zip(*(name.rpartition("R = ")[::2] for name in names), strict=True)
    if len({*materials}) == 1 and all("R = " in name and name.endswith(" nm") for name in names):
        return f"{materials[0]}R = {among([radius.removesuffix(' nm') for radius in radii])} nm"
    if len({*radii}) == 1 and all(materials):
        return f"{among([material.removesuffix(', ') for material in materials])}, R = {radii[0]}"
    return among([name.replace(", R = ", " with R = ") for name in names])


def quoted(names: Sequence[str]) -> str:
    """Labels of cases in a sentence.

    >>> quoted(["bare", "kick"])
    '“bare” and “kick”'
    """
    return among([f"“{name}”" for name in names])


def cells(sizes_nm: Sequence[float]) -> str:
    """Cell sizes as one says them: 4 and 2.5 nm.

    >>> cells((4.0, 2.5))
    '4 and 2.5 nm'
    """
    return f"{among([f'{size:g}' for size in sizes_nm])} nm"
