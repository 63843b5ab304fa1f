"""The direction of a uniform moment, or of a vortex core of given width, in a field and an easy axis.

In: the energy -kappa cos^2(phi) - h cos(phi - beta), phi counted from the axis towards the field at beta.
Out: its minima, each from an interval on which the slope changes sign once, and the path of one particle.

Minima out of the plane of axis and field do not exist: at a stationary phi the curvature across the plane is
h sin(beta)/sin(phi), so only 0 < phi < pi is stable, and there the signs of the slope leave at most two
minima for kappa > 0 (inside the astroid) and one for kappa <= 0. Kernels that call one another live in this
file.
"""

import math

import numpy as np
from numba import njit

from reduced_model.errors import Array


@njit(cache=True)
def direction_minimum(kappa, h, beta, metastable):
    """phi of the minimum on the field's side, or of the metastable one, nan where there is none; h >= 0."""
    if metastable:
        tangent = math.tan(beta) ** (1.0 / 3.0)
        if kappa <= 0.0 or h >= 2.0 * kappa * astroid(beta):
            return math.nan
        low, high = math.pi - math.atan(tangent), math.pi  # from where the curvature vanishes on the astroid
        if h * math.sin(beta) == 0.0:
            return high
    elif kappa > 0.0:
        low, high = 0.0, beta
    else:
        low, high = beta, 0.5 * math.pi
    slope = kappa * math.sin(2.0 * low) + h * math.sin(low - beta)
    if slope > 0.0 or (slope == 0.0 and 2.0 * kappa * math.cos(2.0 * low) + h * math.cos(low - beta) >= 0.0):
        return low
    if kappa * math.sin(2.0 * high) + h * math.sin(high - beta) < 0.0:
        return high
    phi = 0.5 * (low + high)
    for _ in range(100):
        slope = kappa * math.sin(2.0 * phi) + h * math.sin(phi - beta)
        if slope < 0.0:
            low = phi
        else:
            high = phi
        curvature = 2.0 * kappa * math.cos(2.0 * phi) + h * math.cos(phi - beta)
        following = 0.5 * (low + high)
        if curvature > 0.0 and low < phi - slope / curvature < high:
            following = phi - slope / curvature
        if abs(following - phi) < 1e-16 or high - low < 4e-16:
            return following
        phi = following
    return phi


@njit(cache=True)
def astroid(beta):
    """Field in units of 2 kappa at which the metastable minimum ends, 0 <= beta <= pi/2."""
    c, s = abs(math.cos(beta)) ** (2.0 / 3.0), abs(math.sin(beta)) ** (2.0 / 3.0)
    return (c + s) ** -1.5


@njit(cache=True)
def _minima(kappa, h, beta, out):
    for i in range(len(kappa)):
        for branch in range(2):  # a literal True or False would be compiled once more for each
            out[branch, i] = direction_minimum(kappa[i], h[i], beta, branch == 1)


def direction_minima(kappa: Array, h: Array, beta: float) -> Array:
    """phi (2, n) of both minima (see `direction_minimum`) for kappa and h (n) at once, 0 <= beta <= pi/2."""
    out = np.empty((2, len(kappa)))
    _minima(kappa, h, beta, out)
    return out


@njit(cache=True)
def follow_moment(h, beta, m):
    """Fill m (k, n), the moment along the field, for axes at beta (k) and a path h (n) in units of 2Ku/Ms.

    A particle comes from saturation on the side of h[0] and stays on its branch up to the astroid.
    """
    for a in range(len(beta)):
        side = -1.0 if h[0] < 0.0 else 1.0  # which end of its axis the moment is at
        limit = astroid(beta[a])
        for i in range(len(h)):
            against = h[i] * side < 0.0
            if against and abs(h[i]) >= limit:
                side, against = -side, False
            phi = direction_minimum(0.5, abs(h[i]), beta[a], against)
            field_side = math.copysign(1.0, h[i]) if h[i] != 0.0 else side
            m[a, i] = field_side * math.cos(phi - beta[a])
