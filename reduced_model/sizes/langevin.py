"""Independent classical moments in a field: mean, variance, and how many make a signal.

In: x = m B / kT or the quantities it is made of; numbers or arrays.
Out: Langevin function, variance of one moment, critical numbers N_c, all to rounding for any x and shaped as
the arguments broadcast; a `ModelError` names the key and value of one that is out of range.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from reduced_model.errors import Array, ModelError, finite_values, non_negative_values, positive_values
from reduced_model.sizes.radii import ROOM_TEMPERATURE_K, thermal_energy_J

Sigma = Literal["in-field", "zero-field"]
SIGMAS: tuple[Sigma, ...] = ("zero-field", "in-field")
"""Standard deviation of m_z: that of the moment in its field, or the paper's m/sqrt(3) at every field."""

_SMALL = 2.0  # below it the closed forms lose digits and the continued fraction needs few
_DEPTH = 14  # leaves a relative error of 1e-19 at x = 2


def langevin(x: ArrayLike) -> Array:
    """Mean of cos(theta) of a free moment, L(x) = coth x - 1/x, odd in x.

    Below |x| = 2 by the continued fraction x/(3 + x^2/(5 + x^2/(7 + ...))), all of it positive: the
    relative accuracy is that of the arithmetic, down to the smallest x.

    Examples
    --------
    >>> print(langevin([0.0, 1e-9, 1.0, 1e6]))
    [0.00000000e+00 3.33333333e-10 3.13035285e-01 9.99999000e-01]
    """
    x = finite_values("x", x)
    size = np.abs(x)
    small, large = np.minimum(size, _SMALL), np.maximum(size, _SMALL)
    value = np.where(size < _SMALL, small / _fraction(small, 3), 1.0 / np.tanh(large) - 1.0 / large)
    return np.copysign(value, x)[()]


def langevin_variance(x: ArrayLike) -> Array:
    """Variance of cos(theta), 1 - L^2 - 2L/x = L'(x): 1/3 without a field, 1/x^2 in a strong one.

    Examples
    --------
    >>> print(langevin_variance([0.0, 1.0, 6.1]).round(6))
    [0.333333 0.275938 0.026854]
    """
    size = np.abs(finite_values("x", x))
    small, large = np.minimum(size, _SMALL), np.maximum(size, _SMALL)
    first, second = _fraction(small, 3), _fraction(small, 5)
    near = (first + small**2 * (first - second) / second) / first**2
    decay = np.exp(-large) ** 2
    far = (1.0 / large) ** 2 - 4.0 * decay / (1.0 - decay) ** 2
    return np.where(size < _SMALL, near, far)[()]


def _fraction(x: Array, first: int) -> Array:
    """first + x^2/(first + 2 + x^2/(first + 4 + ...)), for 0 <= x <= 2."""
    value = np.full_like(x, first + 2.0 * _DEPTH)
    for odd in range(first + 2 * _DEPTH - 2, first - 2, -2):
        value = odd + x * x / value
    return value


def field_parameter(
    B_T: ArrayLike, moment_A_m2: ArrayLike, temperature_K: ArrayLike = ROOM_TEMPERATURE_K
) -> Array:
    """x = m B / kT, with B = mu0 H (Shi & Cardwell 2026, Sec. 1.6).

    Parameters
    ----------
    B_T, moment_A_m2, temperature_K : array_like, shape (...)
        Field of either sign; moment and temperature, > 0.

    Examples
    --------
    >>> print(f"{field_parameter(1e-3, 2.5e-19):.4f}")
    0.0604
    """
    moment = positive_values("moment_A_m2", moment_A_m2)
    return finite_values("B_T", B_T) * moment / thermal_energy_J(temperature_K)


def signal_to_noise(x: ArrayLike, count: ArrayLike, *, sigma: Sigma = "in-field") -> Array:
    """Mean over standard deviation of the summed moment of N independent dipoles, sqrt(N) L / (sigma/m).

    Parameters
    ----------
    x, count : array_like, shape (...)
        m B / kT, >= 0; N, > 0.
    sigma : str
        "in-field" for the exact standard deviation, "zero-field" for the paper's m/sqrt(3).
    """
    x = non_negative_values("x", x)
    spread = np.sqrt(_variance(x, sigma))
    return np.sqrt(positive_values("count", count)) * langevin(x) / spread


def critical_number(x: ArrayLike, k: ArrayLike = 5.0, *, sigma: Sigma = "in-field") -> Array:
    """Least number of independent moments whose sum stands k standard deviations above zero.

    N_c = (k sigma / (m L(x)))^2; with the zero-field sigma this is Shi & Cardwell 2026, Sec. 1.6.

    Parameters
    ----------
    x, k : array_like, shape (...)
        m B / kT, >= 0 (see `field_parameter`); signal-to-noise ratio asked for, > 0.
    sigma : str
        "in-field" takes sigma^2/m^2 = 1 - L^2 - 2L/x, which holds at every field; "zero-field" takes 1/3 at
        every field as the paper does: N_c then never falls below k^2/3, although an aligned moment does not
        fluctuate.

    Returns
    -------
    ndarray, shape (...)
        Not rounded to whole dipoles, and below 1 where one moment is signal enough; infinite at x = 0.

    Examples
    --------
    Magnetite, 10 nm across, in 1 mT, 0.1 T and 1 T, with the paper's m = 2.5e-19 A m^2 and kT = 4.1e-21 J:

    >>> for x in np.array([1e-3, 0.1, 1.0]) * 2.5e-19 / 4.1e-21:
    ...     print(f"{critical_number(x, sigma='zero-field'):.3g} {critical_number(x):.3g}")
    2.02e+04 2.02e+04
    11.9 0.961
    8.61 0.00695
    """
    x, k = non_negative_values("x", x), positive_values("k", k)
    with np.errstate(divide="ignore", over="ignore"):
        return (k / langevin(x)) ** 2 * _variance(x, sigma)


def weak_field_critical_number(x: ArrayLike, k: ArrayLike = 5.0) -> Array:
    """N_c for x << 1, where L = x/3 and sigma = m/sqrt(3): 3 k^2/x^2 (Shi & Cardwell 2026, Sec. 1.6)."""
    x, k = non_negative_values("x", x), positive_values("k", k)
    with np.errstate(divide="ignore", over="ignore"):
        return 3.0 * (k / x) ** 2


def weakest_field_parameter(count: float, k: float = 5.0, *, sigma: Sigma = "in-field") -> float:
    """The x at which `count` moments reach a signal-to-noise ratio of k: the inverse of `critical_number`.

    Raises
    ------
    ModelError
        If no field does, which the zero-field sigma has it for count <= k^2/3.

    Examples
    --------
    The field at which N_c of 10 nm magnetite is 1e10 (the paper has 1 T there), in microtesla:

    >>> print(f"{weakest_field_parameter(1e10) * float(thermal_energy_J()) / 2.5e-19 * 1e6:.2f}")
    1.43
    """
    number, ratio = float(positive_values("count", count)), float(positive_values("k", k))
    if sigma == "zero-field" and number <= ratio**2 / 3.0 * (1.0 + 1e-12):
        raise ModelError.of("count", count, f"above k^2/3 = {ratio**2 / 3.0:g} with the zero-field sigma")

    def excess(log_x: float) -> float:
        x = np.exp(log_x)
        return float(2.0 * np.log(ratio / langevin(x)) + np.log(_variance(x, sigma) / number))

    guess = 0.5 * np.log(3.0 * ratio**2 / number)
    low, high = min(guess, 0.0) - 2.0, max(guess, 0.0) + 2.0
    while excess(high) > 0.0:
        high += 2.0
    return float(np.exp(brentq(excess, low, high, xtol=1e-14)))


def _variance(x: Array, sigma: Sigma) -> Array:
    if sigma == "in-field":
        return langevin_variance(x)
    if sigma == "zero-field":
        return np.full_like(x, 1.0 / 3.0)
    raise ModelError.of("sigma", sigma, '"in-field" or "zero-field"')
