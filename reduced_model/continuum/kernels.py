"""What happens at the nodes, in one pass each: the numba kernels of the continuum.

In: fields at the nodes, flattened to (n, 3), and slopes along e_r, e_theta, e_phi. Out: filled arrays, sums.
All kernels that call one another live in this file: numba's cache does not notice a callee elsewhere.
"""

import math

import numpy as np
from numba import njit

_FAST = {"reassoc", "contract", "arcp", "nsz"}
"""Sums may be taken in any order; what is not a number stays one."""


@njit(cache=True, nogil=True, fastmath=_FAST)
def normalise(u, frame, weights, m, length, load):
    """Fill m = u/|u|, |u|, and the weighted components of m along the frame, load (3, n)."""
    n_r = len(u) // len(frame)
    for i in range(len(u)):
        f = frame[i // n_r]
        rho = math.sqrt(u[i, 0] ** 2 + u[i, 1] ** 2 + u[i, 2] ** 2)
        length[i] = rho
        for c in range(3):
            m[i, c] = u[i, c] / rho
        for a in range(3):
            load[a, i] = weights[i] * (f[a, 0] * m[i, 0] + f[a, 1] * m[i, 1] + f[a, 2] * m[i, 2])


@njit(cache=True, nogil=True, fastmath=_FAST)
def tangent(u, m, length, du, frame, weights, dm, load):
    """Fill dm, the change of m when u changes by du, and its weighted components along the frame."""
    n_r = len(u) // len(frame)
    for i in range(len(u)):
        f = frame[i // n_r]
        along = m[i, 0] * du[i, 0] + m[i, 1] * du[i, 1] + m[i, 2] * du[i, 2]
        for c in range(3):
            dm[i, c] = (du[i, c] - m[i, c] * along) / length[i]
        for a in range(3):
            load[a, i] = weights[i] * (f[a, 0] * dm[i, 0] + f[a, 1] * dm[i, 1] + f[a, 2] * dm[i, 2])


@njit(cache=True, nogil=True, fastmath=_FAST)
def energy_and_pull(
    u, s, m, length, potential, frame, weights, k, d, b, axis, gauge, smooth, out, out_s, pull
):
    """Energy terms, and their derivatives along u (out), along its slopes (out_s) and along m (pull).

    `s`, `out_s` are (3, n, 3): slopes along the frame; `potential` (3, n): slopes of the potential; out and
    out_s are weighted. Returns sums over the ball: exchange, m.axis squared, (|u|^2 - 1)^2, |grad |u||^2,
    mean x, y, z.
    """
    n_r = len(u) // len(frame)
    exchange, aligned, excess, steep = 0.0, 0.0, 0.0, 0.0
    mean = np.zeros(3)
    for i in range(len(u)):
        f, w, rho = frame[i // n_r], weights[i], length[i]
        along = m[i, 0] * axis[0] + m[i, 1] * axis[1] + m[i, 2] * axis[2]
        for c in range(3):
            h = f[0, c] * potential[0, i] + f[1, c] * potential[1, i] + f[2, c] * potential[2, i]
            pull[i, c] = d * h - 2.0 * k * along * axis[c] - b[c]
            out[i, c] = 0.0
            mean[c] += w * m[i, c]
        aligned += w * along * along
        factor = 0.0  # of m in the derivative of exchange along u
        for a in range(3):
            q = m[i, 0] * s[a, i, 0] + m[i, 1] * s[a, i, 1] + m[i, 2] * s[a, i, 2]
            ss = s[a, i, 0] ** 2 + s[a, i, 1] ** 2 + s[a, i, 2] ** 2
            exchange += w * (ss - q * q) / (rho * rho)
            factor += ss - 2.0 * q * q
            steep += w * q * q
            for c in range(3):
                slope = (s[a, i, c] - m[i, c] * q) / rho
                out[i, c] += 2.0 * q * (smooth * slope - s[a, i, c] / rho**3)
                out_s[a, i, c] = 2.0 * w * (slope / rho + smooth * q * m[i, c])
        gap = rho * rho - 1.0
        excess += w * gap * gap
        across = m[i, 0] * pull[i, 0] + m[i, 1] * pull[i, 1] + m[i, 2] * pull[i, 2]
        for c in range(3):
            out[i, c] -= 2.0 * factor * m[i, c] / rho**3
            out[i, c] += (pull[i, c] - m[i, c] * across) / rho + 4.0 * gauge * gap * u[i, c]
            out[i, c] *= w
    return exchange, aligned, excess, steep, mean[0], mean[1], mean[2]


@njit(cache=True, nogil=True, fastmath=_FAST)
def second_variation(
    u, s, m, length, pull, du, ds, dm, potential, frame, weights, k, d, axis, gauge, smooth, out, out_s
):
    """Derivative of `energy_and_pull`'s out and out_s when u changes by du, its slopes by ds."""
    n_r = len(u) // len(frame)
    e, g, dg, inner, steep = np.zeros(3), np.zeros(3), np.zeros(3), np.zeros(3), np.zeros(3)
    for i in range(len(u)):
        f, w, rho = frame[i // n_r], weights[i], length[i]
        drho, turned, across, dacross = 0.0, 0.0, 0.0, 0.0
        for c in range(3):
            drho += m[i, c] * du[i, c]
            turned += dm[i, c] * axis[c]
            across += m[i, c] * pull[i, c]
        for c in range(3):
            h = f[0, c] * potential[0, i] + f[1, c] * potential[1, i] + f[2, c] * potential[2, i]
            dg[c] = d * h - 2.0 * k * turned * axis[c]
            g[c] = (pull[i, c] - m[i, c] * across) / rho
            dacross += dm[i, c] * pull[i, c] + m[i, c] * dg[c]
            inner[c], e[c], steep[c] = 0.0, 0.0, 0.0
        for a in range(3):
            q, dq, ss, sds = 0.0, 0.0, 0.0, 0.0
            for c in range(3):
                q += m[i, c] * s[a, i, c]
                dq += dm[i, c] * s[a, i, c] + m[i, c] * ds[a, i, c]
                ss += s[a, i, c] ** 2
                sds += s[a, i, c] * ds[a, i, c]
            for c in range(3):
                slope = (s[a, i, c] - m[i, c] * q) / rho
                dslope = (ds[a, i, c] - dm[i, c] * q - m[i, c] * dq - slope * drho) / rho
                out_s[a, i, c] = 2.0 * w * (dslope - slope * drho / rho) / rho
                out_s[a, i, c] += 2.0 * w * smooth * (dq * m[i, c] + q * dm[i, c])
                steep[c] += dq * slope + q * dslope
                e[c] += (ss - 2.0 * q * q) * m[i, c] + q * s[a, i, c]
                inner[c] += (2.0 * sds - 4.0 * q * dq) * m[i, c] + (ss - 2.0 * q * q) * dm[i, c]
                inner[c] += dq * s[a, i, c] + q * ds[a, i, c]
        gap = rho * rho - 1.0
        for c in range(3):
            value = (6.0 * drho / rho * e[c] - 2.0 * inner[c]) / rho**3
            value += (dg[c] - dm[i, c] * across - m[i, c] * dacross - g[c] * drho) / rho
            value += 4.0 * gauge * (2.0 * rho * drho * u[i, c] + gap * du[i, c]) + 2.0 * smooth * steep[c]
            out[i, c] = w * value


@njit(cache=True, nogil=True, fastmath=_FAST)
def metric(m, length, du, weights, out):
    """Fill out with the weighted (dm/du)^T (dm/du) du: what a change of u moves of m."""
    for i in range(len(m)):
        along = m[i, 0] * du[i, 0] + m[i, 1] * du[i, 1] + m[i, 2] * du[i, 2]
        for c in range(3):
            out[i, c] = weights[i] * (du[i, c] - m[i, c] * along) / length[i] ** 2
