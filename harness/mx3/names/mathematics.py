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
from harness.mx3.language.values import Elapsed, Instant, Signature, Vector, script, signature
from harness.mx3.names.entries import Entries, constant
from harness.mx3.session.session import Session

_ONE_ARGUMENT: dict[str, Callable[[float], float]] = {
    "abs": np.abs,
    "acos": np.arccos,
    "acosh": np.arccosh,
    "asin": np.arcsin,
    "asinh": np.arcsinh,
    "atan": np.arctan,
    "atanh": np.arctanh,
    "cbrt": np.cbrt,
    "ceil": np.ceil,
    "cos": np.cos,
    "cosh": np.cosh,
    "exp": np.exp,
    "exp2": np.exp2,
    "expm1": np.expm1,
    "floor": np.floor,
    "log": np.log,
    "log10": np.log10,
    "log1p": np.log1p,
    "log2": np.log2,
    "logb": lambda x: np.frexp(np.abs(x))[1] - 1.0 if x and np.isfinite(x) else np.log(np.abs(x)),
    "sin": np.sin,
    "sinh": np.sinh,
    "sqrt": np.sqrt,
    "tan": np.tan,
    "tanh": np.tanh,
    "trunc": np.trunc,
    "heaviside": lambda x: np.heaviside(x, 0.5),
    "norm": lambda x: np.exp(-x * x / 2) / np.sqrt(2 * np.pi),
    "sinc": lambda x: np.sin(x) / x if x else 1.0,
    "sign": np.sign,
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
_SPECIAL = {"erf": "erf", "erfc": "erfc", "gamma": "gamma", "j0": "j0", "j1": "j1", "y0": "y0", "y1": "y1"}
_MEANINGS = {
    "norm": "Density of the standard normal distribution.",
    "heaviside": "0 below zero, 1 above, 0.5 at zero.",
    "sinc": "sin(x)/x, 1 at zero.",
    "mod": "Remainder of x/y with the sign of x.",
    "logb": "Binary exponent.",
}


def _quiet(function: Callable[..., object], *arguments: float) -> float:
    with np.errstate(all="ignore"):
        return float(function(*map(np.float64, arguments)))  # type: ignore[arg-type]


def _one(name: str, function: Callable[[float], float]) -> Signature:
    @script(name, _MEANINGS.get(name, f"{name}(x)."), pure=True)
    def call(session: Session, x: float) -> float:
        return _quiet(function, x)

    return signature(call)


def _two(name: str, function: Callable[[float, float], float]) -> Signature:
    @script(name, _MEANINGS.get(name, f"{name}(x, y)."), pure=True)
    def call(session: Session, x: float, y: float) -> float:
        return _quiet(function, x, y)

    return signature(call)


def _special(name: str, scipy_name: str) -> Signature:
    @script(name, f"{name}(x).", pure=True)
    def call(session: Session, x: float) -> float:
        import scipy.special

        return _quiet(getattr(scipy.special, scipy_name), x)

    return signature(call)


@functools.cache
def functions() -> tuple[Signature, ...]:
    """The functions of one and two arguments."""
    return (
        *(_one(name, f) for name, f in _ONE_ARGUMENT.items()),
        *(_two(name, f) for name, f in _TWO_ARGUMENTS.items()),
        *(_special(name, scipy_name) for name, scipy_name in _SPECIAL.items()),
    )


@script("jn", "Bessel function of the first kind and order n.", pure=True)
def bessel_j(session: Session, n: int, x: float) -> float:
    import scipy.special

    return _quiet(scipy.special.jn, n, x)


@script("yn", "Bessel function of the second kind and order n.", pure=True)
def bessel_y(session: Session, n: int, x: float) -> float:
    import scipy.special

    return _quiet(scipy.special.yn, n, x)


@script("ilogb", "Binary exponent as an integer.", pure=True)
def ilogb(session: Session, x: float) -> int:
    if not x or not math.isfinite(x):
        raise ScriptError(None, f"ilogb({x:g}) is not defined")
    return math.frexp(x)[1] - 1


@script("pow10", "10 to the power n.", pure=True)
def pow10(session: Session, n: int) -> float:
    return 0.0 if n < -323 else math.inf if n > 308 else float(f"1e{n}")


@script("ldexp", "x times 2 to the power n.", pure=True)
def ldexp(session: Session, x: float, n: int) -> float:
    return _quiet(lambda v: np.ldexp(v, max(-5000, min(n, 5000))), x)


@script("isNaN", "Whether x is not a number.", pure=True)
def is_nan(session: Session, x: float) -> bool:
    return math.isnan(x)


@script("isInf", "Whether x is infinite: above (sign > 0), below (sign < 0) or either (sign = 0).", pure=True)
def is_inf(session: Session, x: float, sign: int) -> bool:
    return math.isinf(x) and (sign == 0 or (x > 0) == (sign > 0))


@script("vector", "Vector with the given components.", pure=True)
def vector(session: Session, x: float, y: float, z: float) -> Vector:
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
def now(session: Session) -> Instant:
    return Instant(time.time())


@script("since", "Time elapsed since a moment.")
def since(session: Session, start: Instant) -> Elapsed:
    return Elapsed(time.time() - start.seconds)


def objects(session: Session) -> Entries:
    """Named numbers."""
    yield constant("pi", math.pi, "Circumference over diameter.")
    yield constant("inf", math.inf, "Infinity.")
    yield constant("mu0", 4e-7 * math.pi, "Vacuum permeability in Tm/A.")
    yield constant("true", True, "Truth.")
    yield constant("false", False, "Falsehood.")
