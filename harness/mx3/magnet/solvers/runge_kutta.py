"""Time integration of the Landau-Lifshitz equation by Runge-Kutta steps on the sphere.

In: unit vectors (3, N) and their torque as a callable. Out: unit vectors a step later, with an estimate of
the step's error and the step to take next.

The methods, the renormalisation after every stage and the rule that adapts the step are those MuMax3
documents, so that MaxErr means the same; sources of the tableaux are named beside them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numba
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Torque = Callable[[float, Array, Array], None]
"""Called with time (s), unit vectors, and the array to fill with the torque over gamma in T."""

SHORTEST_STEP_S = 1e-24
"""A step shorter than any field can ask for: the error does not shrink with the step."""
_LARGEST_CHANGE = 2.0


@dataclass(frozen=True, eq=False)
class Tableau:
    """An explicit Runge-Kutta method."""

    name: str
    nodes: tuple[float, ...]
    """Time of each stage as a share of the step."""
    stages: tuple[tuple[float, ...], ...]
    """Weights of earlier torques in each stage."""
    weights: tuple[float, ...]
    """Weights of all torques in the result."""
    error: tuple[float, ...]
    """Weights of all torques in the error estimate."""
    order: int
    """The error estimate of a step of length h is taken to go as h^order."""

    @property
    def first_same_as_last(self) -> bool:
        """Whether the last stage is the result, so that its torque opens the next step."""
        return self.stages[-1] == self.weights[:-1] and self.weights[-1] == 0


EULER = Tableau("Euler", (0,), ((),), (1,), (1,), 1)
HEUN = Tableau("Heun", (0, 1), ((), (1,)), (1 / 2, 1 / 2), (-1, 1), 2)
# Bogacki & Shampine, Appl. Math. Lett. 2, 321 (1989)
BOGACKI_SHAMPINE = Tableau(
    "Bogacki-Shampine",
    (0, 1 / 2, 3 / 4, 1),
    ((), (1 / 2,), (0, 3 / 4), (2 / 9, 1 / 3, 4 / 9)),
    (2 / 9, 1 / 3, 4 / 9, 0),
    (5 / 72, -1 / 12, -1 / 9, 1 / 8),
    3,
)
RUNGE_KUTTA_4 = Tableau(
    "Runge-Kutta",
    (0, 1 / 2, 1 / 2, 1),
    ((), (1 / 2,), (0, 1 / 2), (0, 0, 1)),
    (1 / 6, 1 / 3, 1 / 3, 1 / 6),
    (1, 0, 0, -1),
    4,
)
# Dormand & Prince, J. Comput. Appl. Math. 6, 19 (1980)
DORMAND_PRINCE = Tableau(
    "Dormand-Prince",
    (0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1),
    (
        (),
        (1 / 5,),
        (3 / 40, 9 / 40),
        (44 / 45, -56 / 15, 32 / 9),
        (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
        (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
        (35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
    ),
    (35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84, 0),
    (71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40),
    5,
)
# Fehlberg, NASA TR R-287 (1968), the pair of orders 5 and 6
FEHLBERG = Tableau(
    "Fehlberg",
    (0, 1 / 6, 4 / 15, 2 / 3, 4 / 5, 1, 0, 1),
    (
        (),
        (1 / 6,),
        (4 / 75, 16 / 75),
        (5 / 6, -8 / 3, 5 / 2),
        (-8 / 5, 144 / 25, -4, 16 / 25),
        (361 / 320, -18 / 5, 407 / 128, -11 / 80, 55 / 128),
        (-11 / 640, 0, 11 / 256, -11 / 160, 11 / 256),
        (93 / 640, -18 / 5, 803 / 256, -11 / 160, 99 / 256, 0, 1),
    ),
    (7 / 1408, 0, 1125 / 2816, 9 / 32, 125 / 768, 0, 5 / 66, 5 / 66),
    (-5 / 66, 0, 0, 0, 0, -5 / 66, 5 / 66, 5 / 66),
    6,
)

TABLEAUX = {1: EULER, 2: HEUN, 3: BOGACKI_SHAMPINE, 4: RUNGE_KUTTA_4, 5: DORMAND_PRINCE, 6: FEHLBERG}
"""Methods by MuMax3's number."""


@dataclass(frozen=True)
class StepControl:
    """How long steps may be; lengths in s, 0 for no limit."""

    max_error: float
    """Largest error estimate of a step, as change of a unit vector."""
    headroom: float
    """Share of the ideal step that is taken."""
    shortest_s: float
    longest_s: float
    fixed_s: float
    """The fixed step that switches adaption off."""


class StepTooShort(Exception):
    """The step shrank to nothing without its error becoming small: fields are absurd or not finite."""


@dataclass
class RungeKutta:
    """Steps of one method, with what a step leaves behind for the next."""

    tableau: Tableau
    torque: Torque
    gamma: float
    """Gyromagnetic ratio in rad/(T s)."""
    evaluations: int = 0
    """Torques computed so far."""
    error: float = 0.0
    """Error estimate of the last step."""
    _torques: Array | None = field(default=None, repr=False)
    _ready: bool = field(default=False, repr=False)

    def step(self, time_s: float, m: Array, dt_s: float, control: StepControl) -> tuple[Array, float, float]:
        """Take a step, shortened until its error is within bounds.

        Returns
        -------
        m : array, shape (3, N)
            Unit vectors after the step; a new array.
        taken_s, next_s : float
            The step that was taken and the one to try next.

        Raises
        ------
        StepTooShort
            If no step is short enough.
        """
        dt_s = control.fixed_s or dt_s
        while True:
            after, self.error = self._attempt(time_s, m, dt_s)
            fits = self.error < control.max_error or dt_s <= control.shortest_s
            if control.fixed_s:
                if not math.isfinite(self.error):
                    raise StepTooShort(f"a fixed time step of {dt_s:.3g} s led to values that are not finite")
                self._keep_last_torque()
                return after, dt_s, dt_s
            order = self.tableau.order if fits else self.tableau.order + 1
            following_s = max(dt_s * _change(control, self.error, order), control.shortest_s)
            if control.longest_s:
                following_s = min(following_s, control.longest_s)
            if fits:
                self._keep_last_torque()
                return after, dt_s, following_s
            if following_s < SHORTEST_STEP_S or not math.isfinite(self.error):
                raise StepTooShort(f"the time step shrank to {following_s:.3g} s")
            dt_s = following_s

    def slope(self, time_s: float, m: Array) -> Array:
        """Torque over gamma in T at the state the next step starts from; not to be changed."""
        if not self._ready:
            self._evaluate(0, time_s, m)
            self._ready = True
        return self._arrays(m)[0]

    def _attempt(self, time_s: float, m: Array, dt_s: float) -> tuple[Array, float]:
        method, h = self.tableau, dt_s * self.gamma
        self.slope(time_s, m)
        torques, moved = self._arrays(m), np.empty_like(m)
        for stage in range(1, len(method.nodes)):
            _move(m, torques, np.array(method.stages[stage]), h, moved)
            self._evaluate(stage, time_s + method.nodes[stage] * dt_s, moved)
        if not method.first_same_as_last:
            _move(m, torques, np.array(method.weights), h, moved)
        return moved, h * _largest(torques, np.array(method.error))

    def _keep_last_torque(self) -> None:
        assert self._torques is not None
        if self.tableau.first_same_as_last:
            self._torques[0] = self._torques[-1]
        self._ready = self.tableau.first_same_as_last

    def _evaluate(self, stage: int, time_s: float, m: Array) -> None:
        self.torque(time_s, m, self._arrays(m)[stage])
        self.evaluations += 1

    def _arrays(self, m: Array) -> Array:
        if self._torques is None:
            self._torques = np.empty((len(self.tableau.nodes), *m.shape), m.dtype)
        return self._torques


def _change(control: StepControl, error: float, order: int) -> float:
    """Factor for the next step; 1/2 to 2, as MuMax3 limits it."""
    if error == 0:
        return _LARGEST_CHANGE
    wanted = control.headroom * (control.max_error / error) ** (1 / order)
    return min(_LARGEST_CHANGE, max(1 / _LARGEST_CHANGE, wanted)) if wanted == wanted else 0.5


@numba.njit(cache=True)
def landau_lifshitz(m, b, alpha, precess, out):  # type: ignore[no-untyped-def]
    """Fill `out` with the torque over gamma in T.

    -[m x B + alpha m x (m x B)]/(1 + alpha^2), or without precession -m x (m x B).

    Parameters
    ----------
    m, b, out : arrays, shape (3, N)
        Unit vectors, effective field in T, torque.
    alpha : array, shape (N,)
        Damping.
    precess : bool
    """
    for i in range(m.shape[1]):
        x, y, z = m[0, i], m[1, i], m[2, i]
        px = y * b[2, i] - z * b[1, i]
        py = z * b[0, i] - x * b[2, i]
        pz = x * b[1, i] - y * b[0, i]
        dx, dy, dz = y * pz - z * py, z * px - x * pz, x * py - y * px
        if precess:
            a, f = alpha[i], -1.0 / (1.0 + alpha[i] * alpha[i])
            out[0, i], out[1, i], out[2, i] = f * (px + a * dx), f * (py + a * dy), f * (pz + a * dz)
        else:
            out[0, i], out[1, i], out[2, i] = -dx, -dy, -dz


@numba.njit(cache=True, inline="always")
def _weighted(torques, weights, i):  # type: ignore[no-untyped-def]
    """Weighted sum of the torques on cell i."""
    x, y, z = 0.0, 0.0, 0.0
    for s in range(weights.size):
        w = weights[s]
        x += w * torques[s, 0, i]
        y += w * torques[s, 1, i]
        z += w * torques[s, 2, i]
    return x, y, z


@numba.njit(cache=True)
def _move(m, torques, weights, h, out):  # type: ignore[no-untyped-def]
    """Unit vectors along m plus h times the weighted torques."""
    for i in range(m.shape[1]):
        x, y, z = _weighted(torques, weights, i)
        x, y, z = m[0, i] + h * x, m[1, i] + h * y, m[2, i] + h * z
        f = 1 / math.sqrt(x * x + y * y + z * z)
        out[0, i], out[1, i], out[2, i] = f * x, f * y, f * z


@numba.njit(cache=True)
def _largest(torques, weights):  # type: ignore[no-untyped-def]
    """Largest length of the weighted sum of torques; NaN if any is."""
    largest = 0.0
    for i in range(torques.shape[2]):
        x, y, z = _weighted(torques, weights, i)
        length = x * x + y * y + z * z
        if not length <= largest:
            largest = length
            if length != length:
                return np.nan
    return math.sqrt(largest)
