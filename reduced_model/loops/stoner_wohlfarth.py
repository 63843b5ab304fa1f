"""The Stoner-Wohlfarth particle, the nu = 0 limit of the model: switching, loops and random ensembles.

In: the angle beta between easy axis and field; fields in units of the anisotropy field, h = B/B_K.
Out: switching and coercive fields, loops m(h), averages over random axes, in the same units.

The closed forms here follow from the energy -(1/2) cos^2(phi) - h cos(phi - beta) per 2 Ku; `field_loop` with
model "SW" follows the same states numerically, in tesla.
"""

import math
from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from reduced_model.errors import Array, ModelError, column, whole
from reduced_model.vortex.directions import follow_moment


def switching_field(beta_rad: ArrayLike) -> Array:
    """Field of the astroid at which the metastable state ends, (cos^(2/3) beta + sin^(2/3) beta)^(-3/2).

    1 at 0 and 90 degrees, 1/2 at 45. Source: Stoner & Wohlfarth 1948; Adams & Michels 2026, Eq. S32.

    Parameters
    ----------
    beta_rad : array_like, shape (...)
        Angle between easy axis and field, 0 to pi.

    Examples
    --------
    >>> switching_field(np.radians([0, 1, 5, 45, 90])).round(3)
    array([1.   , 0.907, 0.766, 0.5  , 1.   ])
    """
    beta = _angle(beta_rad)
    return (np.cbrt(np.cos(beta)) ** 2 + np.cbrt(np.sin(beta)) ** 2) ** -1.5


def coercive_field(beta_rad: ArrayLike) -> Array:
    """Field at which m changes sign, for `beta_rad` as in `switching_field`.

    Up to 45 degrees the magnetisation reverses by switching; beyond it the component along the field vanishes
    before, at h = sin(beta) cos(beta).
    """
    beta = _angle(beta_rad)
    return np.where(beta <= 0.25 * math.pi, switching_field(beta), np.sin(beta) * np.cos(beta))


def sw_loop(h: ArrayLike, beta_rad: float) -> Array:
    """Magnetisation along the field of one particle on a path of fields h (n,).

    Its axis is at `beta_rad`, 0 to pi; it comes from saturation on the side of h[0] and leaves the symmetric
    saddle of beta = 0 at |h| = 1.
    """
    return _follow(column("h", h), _angle([beta_rad]))[0]


def random_axes_loop(h: ArrayLike, orientations: int = 400) -> Array:
    """Mean magnetisation of particles with random easy axes on a path of fields h (n,).

    Averaged over cos(beta) by Gauss-Legendre with at least 2 `orientations`; between |h| = 1/2 and 1, where
    the particles switch one after another, the sum is a staircase with an error of about 1/orientations.

    Examples
    --------
    >>> round(float(random_axes_loop([2.0, 0.0])[1]), 9)
    0.5
    """
    beta, weights = random_axes(whole("orientations", orientations, 2))
    return weights @ _follow(column("h", h), beta)


def random_axes_coercivity() -> float:
    """Coercive field of particles with random easy axes.

    It lies below 1/2, the least switching field of all: the mean passes zero by reversible rotation alone.

    Examples
    --------
    >>> round(random_axes_coercivity(), 4)
    0.4822
    """
    low, high = 0.4, 0.5
    while high - low > 1e-12:
        middle = 0.5 * (low + high)
        if random_axes_loop([2.0, -middle])[1] > 0.0:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


@cache
def random_axes(orientations: int) -> tuple[Array, Array]:
    """beta (rad) of random axes and weights that sum to one, read-only: Gauss-Legendre over cos(beta)."""
    nodes, weights = np.polynomial.legendre.leggauss(orientations)
    beta, share = np.arccos(0.5 * (nodes + 1.0)), 0.5 * weights
    beta.flags.writeable = share.flags.writeable = False
    return beta, share


def _follow(h: Array, beta: Array) -> Array:
    m = np.empty((beta.size, h.size))
    follow_moment(h, beta, m)
    return m


def _angle(beta_rad: ArrayLike) -> Array:
    """Angles folded to 0 ... pi/2: either end of the axis is as good."""
    beta = np.asarray(beta_rad, dtype=float)
    if not ((beta >= 0.0) & (beta <= math.pi)).all():
        raise ModelError.of("beta_rad", beta_rad, "between 0 and pi")
    return np.minimum(beta, math.pi - beta)
