"""Mathematics: functions, constants and random numbers.

In: numbers. Out: numbers as Go's math package gives them: NaN and Inf where a result is undefined, never an
error.
"""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable

import numpy as np

from harness.mx3.errors import ScriptError
from harness.mx3.language.signatures import ScriptName, Signature, script
from harness.mx3.language.values import Elapsed, Instant, Vector
from harness.mx3.names.entries import Entries, constant
from harness.mx3.session.session import Session

_AS_IN_NUMPY = "abs cbrt ceil exp exp2 expm1 floor log log10 log1p log2 sign sqrt trunc"
_WITH_INVERSE = ("cos", "cosh", "sin", "sinh", "tan", "tanh")
_ONE_ARGUMENT: dict[str, Callable[[float], float]] = {
    **{name: getattr(np, name) for name in (*_AS_IN_NUMPY.split(), *_WITH_INVERSE)},
    **{f"a{name}": getattr(np, f"arc{name}") for name in _WITH_INVERSE},
    "logb": lambda x: np.frexp(np.abs(x))[1] - 1.0 if x and np.isfinite(x) else np.log(np.abs(x)),
    "heaviside": lambda x: np.heaviside(x, 0.5),
    "norm": lambda x: np.exp(-x * x / 2) / np.sqrt(2 * np.pi),
    "sinc": lambda x: np.sin(x) / x if x else 1.0,
}
_TWO_ARGUMENTS: dict[str, Callable[[float, float], float]] = {
    "atan2": np.arctan2,
    "hypot": np.hypot,
    "max": np.maximum,
    "min": np.minimum,
    "mod": np.fmod,
    "pow": np.power,
    "remainder": lambda x, y: math.remainder(x, y) if np.isfinite(x) and y else math.nan,
}
_SPECIAL = ("erf", "erfc", "gamma", "j0", "j1", "y0", "y1")
_BESSEL = ("jn", "yn")
_MEANINGS = {
    "norm": "Density of the standard normal distribution.",
    "heaviside": "0 below zero, 1 above, 0.5 at zero.",
    "sinc": "sin(x)/x, 1 at zero.",
    "mod": "Remainder of x/y with the sign of x.",
    "logb": "Binary exponent.",
    "jn": "Bessel function of the first kind and order n.",
    "yn": "Bessel function of the second kind and order n.",
}


def _quiet(function: Callable[..., object], *arguments: float) -> float:
    with np.errstate(all="ignore"):
        return float(function(*map(np.float64, arguments)))  # type: ignore[arg-type]


def _special(name: str) -> Callable[..., object]:
    """A function of scipy, which is slow to load and seldom wanted."""

    def call(*arguments: float) -> object:
        import scipy.special  # slow to load, seldom wanted

        return getattr(scipy.special, name)(*arguments)

    return call


def functions() -> tuple[Signature, ...]:
    """The functions of one and two numbers."""
    one, special = {**_ONE_ARGUMENT, **{name: _special(name) for name in _SPECIAL}}, map(_special, _BESSEL)
    return (
        *(_signature(name, function, x=float) for name, function in one.items()),
        *(_signature(name, function, x=float, y=float) for name, function in _TWO_ARGUMENTS.items()),
        *(_signature(name, bessel, n=int, x=float) for name, bessel in zip(_BESSEL, special, strict=True)),
    )


def _signature(name: str, function: Callable[..., object], **arguments: type) -> Signature:
    mark = ScriptName(name, _MEANINGS.get(name, f"{name}({', '.join(arguments)})."), pure=True)
    call = functools.partial(_quiet, function)
    return Signature(mark, call, tuple(arguments), tuple(arguments.values()), float)


@script("ilogb", "Binary exponent as an integer.", pure=True)
def ilogb(x: float) -> int:
    if not x or not math.isfinite(x):
        raise ScriptError(None, f"ilogb({x:g}) is not defined")
    return math.frexp(x)[1] - 1


@script("pow10", "10 to the power n.", pure=True)
def pow10(n: int) -> float:
    return 0.0 if n < -323 else math.inf if n > 308 else float(f"1e{n}")


@script("ldexp", "x times 2 to the power n.", pure=True)
def ldexp(x: float, n: int) -> float:
    return _quiet(lambda v: np.ldexp(v, max(-5000, min(n, 5000))), x)


@script("isNaN", "Whether x is not a number.", pure=True)
def is_nan(x: float) -> bool:
    return math.isnan(x)


@script("isInf", "Whether x is infinite: above (sign > 0), below (sign < 0) or either (sign = 0).", pure=True)
def is_inf(x: float, sign: int) -> bool:
    return math.isinf(x) and (sign == 0 or (x > 0) == (sign > 0))


@script("vector", "Vector with the given components.", pure=True)
def vector(x: float, y: float, z: float) -> Vector:
    return Vector((x, y, z))


@script(
    "randSeed", "Seed of the random numbers below.", note="numbers differ from MuMax3's for the same seed"
)
def rand_seed(session: Session, seed: int) -> None:
    session.random = np.random.default_rng(seed % 2**63)


@script("rand", "Random number between 0 and 1.")
def rand(session: Session) -> float:
    return float(session.random.random())


@script("randExp", "Exponentially distributed random number with mean 1.")
def rand_exp(session: Session) -> float:
    return float(session.random.exponential())


@script("randNorm", "Normally distributed random number.")
def rand_norm(session: Session) -> float:
    return float(session.random.normal())


@script("randInt", "Random integer from 0 up to, not including, n.")
def rand_int(session: Session, n: int) -> int:
    if n < 1:
        raise ScriptError(None, f"randInt needs a positive limit, got {n}")
    return int(session.random.integers(n))


@script("now", "The current time.")
def now() -> Instant:
    return Instant(time.time_ns())


@script("since", "Time elapsed since a moment.")
def since(start: Instant) -> Elapsed:
    return now().sub(start)


def objects(session: Session) -> Entries:
    """Named numbers."""
    yield constant("pi", math.pi, "Circumference over diameter.")
    yield constant("inf", math.inf, "Infinity.")
    yield constant("mu0", 4e-7 * math.pi, "Vacuum permeability in Tm/A.")
    yield constant("true", True, "Truth.")
    yield constant("false", False, "Falsehood.")
