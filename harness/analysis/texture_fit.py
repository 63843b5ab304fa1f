"""The Ansatz fitted to unit moments by least squares, its core where it is or through the centre.

In: moments and where they sit, in units of R. Out: the Texture that comes nearest, with errors that know that
neighbouring cells share their misfit; its axial modulation, and whether the cells ask for one.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from harness.analysis.ansatz import PURE_CIRCULATION, texture, texture_slopes
from harness.analysis.correlated import TWO, Moments, Scatter
from harness.analysis.patterns import tangents, toroidal_moment
from harness.analysis.thresholds import (
    BIC_DECIDES,
    OFFSET_THRESHOLD,
    ORDER_THRESHOLD,
    SIGMAS,
    WEAK_NU,
)

Vector = NDArray[np.float64]

WELL_FITTED, BETTER = 0.15, 0.8
"""Rms misfit up to which no core far off is looked for, and how much smaller one must make it."""
MOMENT_ACROSS = 0.05
"""Least |<m>| across the circulation that a core far off, or a bend about one, leaves."""
FAR_CORES = (0.5, 1.5)
"""Distances, in R, from which it is looked for."""
MOST_EVALUATIONS = 200
"""Of the residuals in one fit; those of vortices take 5 to 20."""
YOUNG = 0.02
"""nu up to which there is no core to look for."""
CLOSE = 1e-10
"""Relative change of values and of the sum of squares at which a fit ends."""
START_NU = (0.05, 1.0, 3.0, 8.0)
WIDEST_NU = 100.0
"""nu up to which one component's own is looked for: a core of R/100."""


@dataclass(frozen=True)
class Error:
    """Half-widths of the intervals that hold a number with 68 % and with 95 %."""

    one: float = float("nan")
    two: float = float("nan")

    @classmethod
    def of(cls, width: Callable[..., float], index: int) -> "Error":
        """Of a parameter of a Scatter, or of a pair of them."""
        return cls(width(index), width(index, TWO))

    def __mul__(self, factor: float) -> "Error":
        return Error(self.one * factor, self.two * factor)


@dataclass(frozen=True, eq=False)
class Texture:
    """The Ansatz nearest to a state: m(r) = texture(r - core, signed_nu, axis)."""

    signed_nu: float
    """n = c nu, the chirality as its sign."""
    axis: Vector
    core: Vector
    """Point of the core's line nearest to the centre, in R, (3,)."""
    rms: float
    """Root mean square of |m - Ansatz| over the cells."""
    free: bool = False
    """Whether nu and axis are those of a core where it is, rather than through the centre."""
    kappa: float = 0.0
    nu_error: Error = Error()
    axis_error: Error = Error()
    """In rad: of the cone that holds the axis."""
    core_error: Error = Error()
    """In R: of the circle across the axis that holds the point."""
    nu_noise: float = float("nan")
    """Standard error of nu if cells shared nothing: what tells it from 0."""
    independent: float = float("nan")
    """Effective number of independent residuals."""

    @property
    def nu(self) -> float:
        """Core parameter, >= 0."""
        return abs(self.signed_nu)

    @property
    def side(self) -> int:
        """Handedness of the circulation about the axis, +1 or -1."""
        return -1 if self.signed_nu < 0 else 1

    @property
    def offset(self) -> float:
        """Distance of the core's line from the centre, in R."""
        return float(np.linalg.norm(self.core))

    @property
    def displaced(self) -> bool:
        """Whether the core is clearly beside the centre: beyond its error of 95 %."""
        return self.free and self.offset > max(OFFSET_THRESHOLD, self.core_error.two)

    @property
    def outside(self) -> bool:
        """Whether the core's line passes outside the sphere, so that the state only bends about it."""
        return self.displaced and self.offset >= 1

    @property
    def circulates(self) -> bool:
        """Whether nu differs from 0: by the cells' scatter, and a small one beyond its own error of 95 %.

        Not where the data set no bound.
        """
        told = self.nu > WEAK_NU or not self.nu <= self.nu_error.two
        return told and self.nu > SIGMAS * self.nu_noise

    @property
    def place(self) -> Vector:
        """Where the core's line passes that nu and axis are those of, (3,)."""
        return self.core if self.free else np.zeros(3)

    def of(self, points: Vector) -> Vector:
        """Its moments at points, (3, n)."""
        return texture(points - self.place[:, None], self.signed_nu, self.axis, self.kappa)


@dataclass(frozen=True, eq=False)
class Modulation:
    """The axial modulation psi = nu rho (1 - kappa z^2), and what speaks for it.

    The criterion is Schwarz's: it asks whether a coordinate is there, and finds no more of those that are
    not as cells grow many, where Akaike's takes one in six. Correlated residuals count as few: its change is
    ln(independent residuals) - (kappa/error)^2.

    Source: Adams & Michels 2026, Eq. 6; Schwarz, Ann. Statist. 6 (1978) 461.
    """

    kappa: float = float("nan")
    kappa_error: Error = Error()
    nu: float = float("nan")
    """nu of the fit with kappa: that of the plane through the centre."""
    nu_error: Error = Error()
    rms: float = float("nan")
    """What that fit misses the cells by."""
    bic: float = float("nan")
    """Change of the criterion by kappa; negative speaks for it."""

    @property
    def verdict(self) -> str:
        """ "supported", "not supported" or "undecided"; "" where there was no fit."""
        if np.isnan(self.bic):
            return ""
        return "undecided" if abs(self.bic) < BIC_DECIDES else f"{'not ' * (self.bic > 0)}supported"


def fit_texture(moments: Moments) -> Texture:
    """Least squares in n = c nu (so that nu = 0 is no edge), two coordinates of the axis, two of the core.

    The core is fitted where it is, unless it is too wide to tell: then nu and axis are those of a core
    through the centre, and the axis's errors include the turn that a free core would give it.

    Source: Adams & Michels 2026, Eq. 2.
    """
    points, m = moments.points, moments.m
    start = _least_squares(points, m, *_start(points, m))
    found = _least_squares(points, m, start.signed_nu, start.axis, np.zeros(3)) if start.nu > YOUNG else start
    if (found.rms > WELL_FITTED or start.nu <= YOUNG) and (far := _far_core(points, m)):
        found = far if far.rms < BETTER * found.rms else found
    found = _with_errors(found, moments)
    if found.core_error.one < OFFSET_THRESHOLD or found.displaced:
        return found
    if not found.free:
        return found
    centred = _with_errors(start, moments)
    turned = float(np.linalg.norm(np.cross(found.axis, centred.axis)))
    error = Error(np.hypot(centred.axis_error.one, turned), np.hypot(centred.axis_error.two, turned))
    return replace(centred, core=found.core, core_error=found.core_error, axis_error=error)


def fit_modulation(moments: Moments, found: Texture) -> Modulation:
    """kappa fitted beside nu, axis and core, from a texture without it."""
    core = found.core if found.free else None
    fit = _least_squares(moments.points, moments.m, found.signed_nu, found.axis, core, modulated=True)
    scatter = _scatter(fit, moments, modulated=True)
    error = Error.of(scatter.of, 1)
    ratio = fit.kappa / np.sqrt(scatter.covariance[1, 1]) if scatter.covariance[1, 1] > 0 else np.nan
    bic = float(np.log(scatter.independent) - ratio**2)
    return Modulation(fit.kappa, error, fit.nu, Error.of(scatter.of, 0), fit.rms, bic)


def fit_component(rho: Vector, component: Vector, nu: float, curve: Callable[[Vector], Vector]) -> float:
    """nu from one cylindrical component alone."""
    from scipy.optimize import minimize_scalar  # a fifth of a second, and --version has no need of it

    def misfit(n: float) -> float:
        return float(((curve(n * rho) - component) ** 2).sum())

    grid = np.geomspace(max(nu, 0.1) / 4, min(max(nu, 0.1) * 4, WIDEST_NU), 9)
    best = int(np.argmin([misfit(n) for n in grid]))
    low, high = (0.0 if best == 0 else grid[best - 1]), (grid[best + 1] if best < 8 else WIDEST_NU)
    return float(minimize_scalar(misfit, bounds=(low, high), method="bounded", options={"xatol": 1e-7}).x)


def _start(points: Vector, m: Vector) -> tuple[float, Vector]:
    """The best of a few (n, p): p along <m> and both ways along the toroidal moment, n of either sign."""
    toroidal = toroidal_moment(points, m)
    directions = (m.mean(axis=1), toroidal, -toroidal)
    axes = [v / np.linalg.norm(v) for v in directions if np.linalg.norm(v) > 1e-6]
    starts = []
    for p in axes or [np.array([0.0, 0.0, 1.0])]:
        along = float(toroidal @ p)  # tells the handedness, unless it is too small to tell
        signs = (1.0, -1.0) if abs(along) < 1e-3 else (float(np.sign(along)),)
        starts += [(sign * nu, p) for nu in START_NU for sign in signs]
    return min(starts, key=lambda start: float(np.mean((m - texture(points, *start)) ** 2)))


def _far_core(points: Vector, m: Vector) -> Texture | None:
    """The best fit from cores far off, on the side that the circulation and <m> across it say, if it does."""
    toroidal = toroidal_moment(points, m)
    side = np.cross(toroidal, m.mean(axis=1))
    order = float(np.linalg.norm(toroidal))
    if order < ORDER_THRESHOLD * PURE_CIRCULATION or np.linalg.norm(side) < MOMENT_ACROSS * order:
        return None
    axis, side = (v / np.linalg.norm(v) for v in (toroidal, side))
    starts = [(c * 3.0, c * axis, d * side) for c in (1, -1) for d in FAR_CORES]
    return min((_least_squares(points, m, *start) for start in starts), key=lambda fit: fit.rms)


def _least_squares(
    points: Vector,
    m: Vector,
    signed_nu: float,
    start: Vector,
    core: Vector | None = None,
    *,
    modulated: bool = False,
) -> Texture:
    """The best texture about a start, its core free where the start has one."""
    from scipy.optimize import leastsq  # as above

    first, second = tangents(start)
    across = np.stack((first, second))
    free = core is not None

    def unpack(values: Vector) -> tuple[float, float, Vector, Vector]:
        """n, kappa, p and the core's place."""
        turned = start + values[-2:] @ across
        axis = turned / np.linalg.norm(turned)
        aside = values[1:3] @ across if free else np.zeros(3)
        return values[0], values[-3] if modulated else 0.0, axis, aside - (axis @ aside) * axis

    def moved(values: Vector) -> Vector:
        """How p and the core move with each of u, v, a, b."""
        _, _, axis, _ = unpack(values)
        aside = values[1:3] @ across if free else np.zeros(3)
        length = np.linalg.norm(start + values[-2:] @ across)
        turns = (across - np.outer(across @ axis, axis)) / length
        carried = -np.outer(turns @ aside, axis) - (axis @ aside) * turns
        shifts = [np.stack((np.zeros(3), e - (axis @ e) * axis)) for e in across]
        return np.stack([*(shifts if free else []), *np.stack((turns, carried), axis=1)])

    seen: dict[bytes, tuple[Vector, Vector]] = {}

    def at(values: Vector) -> tuple[Vector, Vector]:
        """Residual and slopes, kept until the values change."""
        if values.tobytes() not in seen:
            n, kappa, axis, place = unpack(values)
            there, slopes = texture_slopes(points - place[:, None], n, axis, kappa, moved(values))
            moves = slopes[2:]
            columns = [slopes[:1], moves[:-2], *([slopes[1:2]] if modulated else []), moves[-2:]]
            seen.clear()
            seen[values.tobytes()] = (there - m).ravel(), np.concatenate(columns).reshape(len(values), -1)
        return seen[values.tobytes()]

    places = [core @ first, core @ second] if core is not None else []
    begin = np.array([signed_nu, *places, *([0.0] * modulated), 0.0, 0.0])
    options = {
        "Dfun": lambda v: at(v)[1],
        "col_deriv": True,
        "full_output": True,
        "xtol": CLOSE,
        "ftol": CLOSE,
    }
    with np.errstate(over="ignore"):  # of its own covariance, which is not used
        values, _, told, *_ = leastsq(lambda v: at(v)[0], begin, maxfev=MOST_EVALUATIONS, **options)
    n, kappa, axis, place = unpack(values)
    rms = float(np.sqrt((told["fvec"] ** 2).sum() / m.shape[1]))
    return Texture(float(n), axis + 0.0, place if free else np.full(3, np.nan), rms, free, float(kappa))


def _scatter(fit: Texture, moments: Moments, *, modulated: bool = False) -> Scatter:
    """Of n, kappa where it was fitted, then two of the axis, two of the core where it was free."""
    turns = [np.stack((e, np.zeros(3))) for e in tangents(fit.axis)]
    shifts = [move[::-1] for move in turns] if fit.free else []
    there, slopes = texture_slopes(
        moments.points - fit.place[:, None], fit.signed_nu, fit.axis, fit.kappa, np.stack([*turns, *shifts])
    )
    return moments.scatter(there, slopes if modulated else np.delete(slopes, 1, axis=0))


def _with_errors(fit: Texture, moments: Moments) -> Texture:
    """The same with its errors."""
    scatter = _scatter(fit, moments)
    return replace(
        fit,
        nu_error=Error.of(scatter.of, 0),
        axis_error=Error.of(scatter.of_pair, 1),
        core_error=Error.of(scatter.of_pair, 3) if fit.free else Error(),
        nu_noise=float(np.sqrt(scatter.noise[0, 0])),
        independent=scatter.independent,
    )
