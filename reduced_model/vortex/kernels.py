"""The numba kernels of the reduced model: profiles by table, energy, gradient, Hessian, loops.

In: the profile table of `profiles.profile_table()` and plain numbers in reduced units.
Out: tuples and filled arrays; `hamiltonian.py` and `loop.py` turn them into results.

Conventions. The field is along z and the easy axis u = (ux, 0, uz) lies in the x-z plane with ux, uz >= 0.
`physics` is the tuple (k, d, f, ux, uz), f = 1 for H' and 0 for H''. Derivatives are taken along nu and along
the two orthonormal directions e_tau, e_omega of the sphere of core directions p. `live` is a tuple of three
flags: a coordinate that is frozen (nu in the Stoner-Wohlfarth model) or free of cost (omega, when the axis
lies along the field) takes no part in stability. All energies are even in nu, so nu = 0 is an ordinary
symmetric point here and a negative nu is the other chirality.
All kernels that call one another live in this file: numba's cache does not notice a callee elsewhere. Arrays
are copied by element: a slice assignment makes numba compile what words its error, a third of the whole time.
"""

import math

import numpy as np
from numba import njit

NU_MAX = 50.0
PANELS = 24
DEGREE = 12
_PANELS_PER_UNIT = PANELS / math.log1p(NU_MAX * NU_MAX)

CONVERGED, LOST, NU_TOO_LARGE, STUCK, TOO_MANY_EVENTS = 0, 1, 2, 3, 4
_STEP_TOLERANCE = 1e-10  # Newton converges quadratically: the state itself is then good to about 1e-16
_LARGEST_CORRECTION = 0.05  # what Newton may add to the tangent prediction before the field step is halved
_LARGEST_PREDICTION = 0.3
_KICK = 1e-3  # nudge along an unstable mode, in nu or radians; only its sign decides anything
_SOFT = 1e-14  # a curvature below this times the size of the energy's terms is none
_ROUNDING = 1e-15  # and so is such a difference of energies
_SYMMETRIC = 1e-6  # after a descent, a coordinate this close to a symmetry is on it


@njit(cache=True)
def interpolate(table, nu, out):
    """Fill `out` (15) with g, g'/nu and g'' of (g_ex, g_ux, g_uz, g_z, g_d) at |nu| <= NU_MAX."""
    x = math.log1p(nu * nu) * _PANELS_PER_UNIT
    panel = min(int(x), table.shape[0] - 1)
    t = 2.0 * (x - panel) - 1.0
    top = table.shape[1] - 1
    for j in range(15):
        out[j] = table[panel, top, j]
    for i in range(top - 1, -1, -1):
        for j in range(15):
            out[j] = out[j] * t + table[panel, i, j]


@njit(cache=True)
def interpolate_many(table, nu, out):
    """`interpolate` for n values: nu (n) -> out (n, 15)."""
    for i in range(len(nu)):
        interpolate(table, nu[i], out[i])


@njit(cache=True)
def expand(table, physics, b, x, g, w):
    """Expand the reduced energy about the state x = (nu, px, py, pz) in the field b.

    Writes into w (5, 3): row 0 the gradient, rows 1-3 the Hessian, row 4 the derivative of the gradient by
    b; g (15) receives the profiles. Returns the energy (Adams & Michels 2026, Eqs. 7 and 9, for any
    easy axis).
    """
    k, d, f, ux, uz = physics
    nu, px, py, pz = x[0], x[1], x[2], x[3]
    interpolate(table, nu, g)
    along = px * ux + pz * uz
    along2 = along * along
    delta = g[2] - f * g[1]
    delta1 = (g[7] - f * g[6]) * nu
    delta2 = g[12] - f * g[11]
    gz, gz1, gz2 = g[3], g[8] * nu, g[13]

    sine = math.hypot(px, py)
    cosine_w, sine_w = 1.0, 0.0
    if sine > 0.0:
        cosine_w, sine_w = px / sine, py / sine
    u_t = pz * cosine_w * ux - sine * uz  # u . e_tau, with e_tau = (pz cos w, pz sin w, -sine)
    u_w = -sine_w * ux  # u . e_omega, with e_omega = (-sin w, cos w, 0); z . e_tau = -sine

    pull = -2.0 * k * delta * along
    pull1 = -2.0 * k * delta1 * along
    radial = pull * along - b * gz * pz
    w[0, 0] = nu * (g[5] - k * f * g[6] - d * g[9]) - k * delta1 * along2 - b * gz1 * pz
    w[0, 1] = pull * u_t + b * gz * sine
    w[0, 2] = pull * u_w
    w[1, 0] = g[10] - k * (f * g[11] + delta2 * along2) - b * gz2 * pz - d * g[14]
    w[1, 1] = w[2, 0] = pull1 * u_t + b * gz1 * sine
    w[1, 2] = w[3, 0] = pull1 * u_w
    w[2, 1] = -2.0 * k * delta * u_t * u_t - radial
    w[2, 2] = w[3, 1] = -2.0 * k * delta * u_t * u_w
    w[3, 2] = -2.0 * k * delta * u_w * u_w - radial
    w[4, 0] = -gz1 * pz
    w[4, 1] = gz * sine
    w[4, 2] = 0.0
    return g[0] - k * (f * g[1] + delta * along2) - b * gz * pz - d * g[4]


@njit(cache=True)
def expand_many(table, physics, b, x, energy, gradient, hessian):
    """`expand` for n states: b (n), x (n, 4) -> energy (n), gradient (n, 3), hessian (n, 3, 3)."""
    g, w = np.empty(15), np.empty((5, 3))
    for i in range(len(b)):
        energy[i] = expand(table, physics, b[i], x[i], g, w)
        for j in range(3):
            gradient[i, j] = w[0, j]
            for k in range(3):
                hessian[i, j, k] = w[j + 1, k]


@njit(cache=True)
def diagonalise(w, live, values, vectors):
    """Jacobi eigenvalues of the live block of the Hessian in w; returns the index of the smallest.

    A coordinate that is not live is decoupled, so the eigenvector of the same index stays its unit vector.
    """
    a = vectors  # rotated in place below; the matrix itself sits in six scalars
    h00, h11, h22 = w[1, 0], w[2, 1], w[3, 2]
    h01 = w[1, 1] if live[0] and live[1] else 0.0
    h02 = w[1, 2] if live[0] and live[2] else 0.0
    h12 = w[2, 2] if live[1] and live[2] else 0.0
    for i in range(3):
        for j in range(3):
            a[i, j] = 1.0 if i == j else 0.0
    for _ in range(30):
        size = abs(h00) + abs(h11) + abs(h22)
        if abs(h01) + abs(h02) + abs(h12) <= 1e-17 * size:
            break
        if h01 != 0.0:
            t, c, s = _rotation(h00, h11, h01)
            h00, h11, h01 = h00 - t * h01, h11 + t * h01, 0.0
            h02, h12 = c * h02 - s * h12, s * h02 + c * h12
            _rotate(a, 0, 1, c, s)
        if h02 != 0.0:
            t, c, s = _rotation(h00, h22, h02)
            h00, h22, h02 = h00 - t * h02, h22 + t * h02, 0.0
            h01, h12 = c * h01 - s * h12, s * h01 + c * h12
            _rotate(a, 0, 2, c, s)
        if h12 != 0.0:
            t, c, s = _rotation(h11, h22, h12)
            h11, h22, h12 = h11 - t * h12, h22 + t * h12, 0.0
            h01, h02 = c * h01 - s * h02, s * h01 + c * h02
            _rotate(a, 1, 2, c, s)
    values[0], values[1], values[2] = h00, h11, h22
    lowest = -1
    for i in range(3):
        if live[i] and (lowest < 0 or values[i] < values[lowest]):
            lowest = i
    return lowest


@njit(cache=True)
def _rotation(hpp, hqq, hpq):
    """Tangent, cosine and sine of the Jacobi rotation that removes hpq."""
    theta = 0.5 * (hqq - hpp) / hpq
    t = 1.0 / (abs(theta) + math.sqrt(theta * theta + 1.0))
    if theta < 0.0:
        t = -t
    c = 1.0 / math.sqrt(t * t + 1.0)
    return t, c, t * c


@njit(cache=True)
def _rotate(vectors, p, q, c, s):
    for i in range(3):
        vp, vq = vectors[i, p], vectors[i, q]
        vectors[i, p], vectors[i, q] = c * vp - s * vq, s * vp + c * vq


@njit(cache=True)
def newton_step(right, values, vectors, live, scale, absolute, step):
    """step = -H^-1 right on the live modes that have a stiffness, |H| for H if `absolute`; returns |step|."""
    for i in range(3):
        step[i] = 0.0
    for i in range(3):
        curvature = abs(values[i]) if absolute else values[i]
        if live[i] and abs(curvature) > _SOFT * scale:
            dot = vectors[0, i] * right[0] + vectors[1, i] * right[1] + vectors[2, i] * right[2]
            for j in range(3):
                step[j] -= vectors[j, i] * dot / curvature
    return math.sqrt(step[0] ** 2 + step[1] ** 2 + step[2] ** 2)


@njit(cache=True)
def move(x, step, scale, out):
    """out = the state x moved by scale*step: nu along the line, p along the sphere."""
    px, py, pz = x[1], x[2], x[3]
    sine = math.hypot(px, py)
    cosine_w, sine_w = 1.0, 0.0
    if sine > 0.0:
        cosine_w, sine_w = px / sine, py / sine
    t, v = scale * step[1], scale * step[2]
    px, py, pz = px + t * pz * cosine_w - v * sine_w, py + t * pz * sine_w + v * cosine_w, pz - t * sine
    norm = math.sqrt(px * px + py * py + pz * pz)
    out[0] = x[0] + scale * step[0]
    out[1], out[2], out[3] = px / norm, py / norm, pz / norm


@njit(cache=True)
def _copy(source, out):
    for i in range(len(source)):
        out[i] = source[i]


@njit(cache=True)
def settle_symmetry(x, axial):
    """Put a state that is on a symmetry to within rounding exactly on it, and label it once (nu >= 0)."""
    x[0] = 0.0 if abs(x[0]) < _SYMMETRIC else abs(x[0])
    if abs(x[2]) < _SYMMETRIC:
        x[2] = 0.0
    if abs(x[1]) < _SYMMETRIC and x[2] == 0.0:
        x[1], x[3] = 0.0, math.copysign(1.0, x[3])
    if axial:
        x[1], x[2] = math.hypot(x[1], x[2]), 0.0


@njit(cache=True)
def descend(table, physics, live, b, x, scale, g, w, values, vectors):
    """Slide from x, in place, to the minimum below it in the field b.

    On the ridge of an unstable mode the state is nudged off it (towards +nu, +x or +y where the energy leaves
    the sign open). Steps are Newton's with |H| for H, no longer than 0.1, so that the path stays close to
    steepest descent and ends in the basin a slow relaxation would reach.
    """
    step, trial = np.empty(3), np.empty(4)
    energy = expand(table, physics, b, x, g, w)
    for _ in range(5000):
        diagonalise(w, live, values, vectors)
        newton_step(w[0], values, vectors, live, scale, True, step)
        for i in range(3):
            if live[i] and values[i] < -_SOFT * scale:
                _nudge(w[0], values, vectors, i, step)
        length = math.sqrt(step[0] ** 2 + step[1] ** 2 + step[2] ** 2)
        if length < _STEP_TOLERANCE:
            settle_symmetry(x, physics[3] == 0.0)
            return CONVERGED
        part = min(1.0, 0.1 / length)
        while True:
            move(x, step, part, trial)
            if abs(trial[0]) > NU_MAX:
                return NU_TOO_LARGE
            new_energy = expand(table, physics, b, trial, g, w)
            if new_energy <= energy + _ROUNDING * scale or part * length < _STEP_TOLERANCE:
                break
            part *= 0.5
        _copy(trial, x)
        energy = new_energy
    return STUCK


@njit(cache=True)
def _nudge(gradient, values, vectors, mode, step):
    """Add _KICK along a mode to step, downhill, if the state is on its ridge; exactly there, to +."""
    slope, largest = 0.0, 0
    for j in range(3):
        slope += vectors[j, mode] * gradient[j]
        if abs(vectors[j, mode]) > abs(vectors[largest, mode]):
            largest = j
    if abs(slope) > 0.5 * _KICK * abs(values[mode]):
        return
    sign = math.copysign(1.0, vectors[largest, mode])
    if abs(slope) > 1e-13:
        sign = -math.copysign(1.0, slope)
    for j in range(3):
        step[j] += sign * _KICK * vectors[j, mode]


@njit(cache=True)
def correct(table, physics, live, b, x, scale, g, w, values, vectors, step):
    """Newton's corrector, in place, at the field b; LOST unless it ends close by in a minimum."""
    moved, previous = 0.0, 2.0 * _LARGEST_CORRECTION
    for _ in range(12):
        if abs(x[0]) > NU_MAX:
            return NU_TOO_LARGE
        expand(table, physics, b, x, g, w)
        lowest = diagonalise(w, live, values, vectors)
        length = newton_step(w[0], values, vectors, live, scale, False, step)
        if length < _STEP_TOLERANCE:
            return CONVERGED if values[lowest] >= -_SOFT * scale else LOST
        moved += length
        if moved > _LARGEST_CORRECTION or length > 0.5 * previous:  # no quadratic convergence from here
            return LOST
        previous = length
        move(x, step, 1.0, x)
    return LOST


@njit(cache=True)
def _merges(x, trial, oblique):
    """Whether a step runs into the symmetric state, nu = 0 or p = +-z, where a broken-symmetry branch ends.

    Such a branch shrinks like the square root of the distance to its end; steps are shortened until they
    resolve it. Only an oblique axis leaves the plane across it without a symmetry.
    """
    closes = x[0] > 0.0 and trial[0] < 0.3 * x[0]
    return closes or (not oblique and abs(trial[1]) < 0.3 * abs(x[1]))


@njit(cache=True, nogil=True)
def follow(table, physics, live, fields, start, x, field_tolerance, overshoot, rows, events):
    """Follow a minimum along a path of fields, leaving it only where it loses stability.

    Parameters
    ----------
    fields : (n,) the path in reduced units; `start` is the field of the first state x (4), changed in place.
    field_tolerance : how closely a loss of stability is bracketed.
    overshoot : how far beyond it the descent takes place.
    rows : (n, 7) receives nu, px, py, pz, energy, smallest curvature, mean magnetisation along the field.
    events : (m, 11) receives field, unstable coordinate (0 nu, 1 tau, 2 omega), state before, state after,
        the row of `fields` on the way to which it happened.

    Returns
    -------
    status, number of events
    """
    g, w = np.empty(15), np.empty((5, 3))
    values, vectors, step, trial = np.empty(3), np.empty((3, 3)), np.empty(3), np.empty(4)
    k, d, _, _, uz = physics
    found = 0
    b = start
    status = descend(table, physics, live, b, x, 4.0 + k + d + abs(b), g, w, values, vectors)
    known = False  # whether w, values and vectors describe the state x in the field b
    for row in range(len(fields)):
        target = fields[row]
        scale = 4.0 + k + d + max(abs(b), abs(target))
        stride = target - b
        while status == CONVERGED and b != target:
            if not known:
                expand(table, physics, b, x, g, w)
                diagonalise(w, live, values, vectors)
            if abs(stride) > abs(target - b):
                stride = target - b
            reached = target if abs(stride) == abs(target - b) else b + stride
            length = abs(stride) * newton_step(w[4], values, vectors, live, scale, False, step)
            attempt, known = LOST, True
            if length <= _LARGEST_PREDICTION:
                move(x, step, stride, trial)
                attempt = correct(table, physics, live, reached, trial, scale, g, w, values, vectors, step)
                if attempt == CONVERGED and _merges(x, trial, live[2] and uz != 0.0):
                    attempt = LOST
                known = attempt == CONVERGED
            if attempt == CONVERGED:
                _copy(trial, x)
                b = reached
                stride *= 2.0
            elif attempt == NU_TOO_LARGE:
                status = attempt
            elif abs(stride) > field_tolerance:
                stride *= 0.5
            elif found == events.shape[0]:
                status = TOO_MANY_EVENTS
            else:
                beyond = target
                if overshoot < abs(target - b):
                    beyond = b + math.copysign(overshoot, stride)
                expand(table, physics, beyond, x, g, w)
                lowest, largest = diagonalise(w, live, values, vectors), 0
                for i in range(1, 3):
                    if abs(vectors[i, lowest]) > abs(vectors[largest, lowest]):
                        largest = i
                event = events[found]
                event[0], event[1], event[10] = b, largest, row
                _copy(x, event[2:6])
                b = beyond
                status = descend(table, physics, live, b, x, scale, g, w, values, vectors)
                _copy(x, event[6:10])
                found += 1
                stride = target - b
                known = False
        if status != CONVERGED:
            break
        rows[row, 4] = expand(table, physics, b, x, g, w)
        rows[row, 5] = values[diagonalise(w, live, values, vectors)]
        _copy(x, rows[row])
        rows[row, 6] = g[3] * x[3]
        known = True
    return status, found
