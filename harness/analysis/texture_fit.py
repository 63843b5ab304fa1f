"""The Ansatz fitted to unit moments by least squares, its core through the centre or beside it.

In: moments and where they sit, in units of R. Out: the Texture that comes nearest, with standard errors.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from harness.analysis.ansatz import PURE_CIRCULATION, texture
from harness.analysis.patterns import tangents, toroidal_moment
from harness.analysis.thresholds import OFFSET_THRESHOLD, ORDER_THRESHOLD, SIGMAS

if TYPE_CHECKING:
    import lmfit

Vector = NDArray[np.float64]

WELL_FITTED, BETTER = 0.15, 0.8
"""Rms misfit up to which no core far off is looked for, and how much smaller one must make it."""
MOMENT_ACROSS = 0.05
"""Least |<m>| across the circulation that a core far off, or a bend about one, leaves."""
FAR_CORES = (0.5, 1.5)
"""Distances, in R, from which it is looked for."""
MOST_EVALUATIONS = 1000
"""Of the residuals in one fit; those of vortices take 10 to 100, and one cut short has no standard errors."""
START_NU = (0.05, 1.0, 3.0, 8.0)


@dataclass(frozen=True, eq=False)
class Texture:
    """The Ansatz nearest to a state: m(r) = texture(r - core, signed_nu, axis)."""

    signed_nu: float
    """n = c nu, the chirality as its sign."""
    nu_error: float
    axis: Vector
    axis_error: float
    """In rad."""
    core: Vector
    """Point of the core's line nearest to the centre, in R, (3,)."""
    core_error: float
    """Of its two coordinates together, in R."""
    rms: float
    """Root mean square of |m - Ansatz| over the cells."""
    displaced: bool = False
    """Whether nu and axis are those of a core beside the centre."""

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
    def outside(self) -> bool:
        """Whether the core's line passes outside the sphere, so that the state only bends about it."""
        return self.displaced and self.offset >= 1

    @property
    def circulates(self) -> bool:
        """Whether nu differs from 0; not where the data set no bound."""
        return self.nu > SIGMAS * self.nu_error


def fit_texture(points: Vector, m: Vector) -> Texture:
    """Least squares in n = c nu (so that nu = 0 is no edge), two coordinates of the axis, two of the core.

    nu and axis are those of a core through the centre unless the one beside it is clearly off: 0.03 R and
    three standard errors. Otherwise the free core shows what its place may be, and by how much it would turn
    the axis, which the axis's error then includes.

    Parameters
    ----------
    points, m : (3, n) arrays
        Positions in units of R, unit moments.

    Source: Adams & Michels 2026, Eq. 2.
    """
    centred = _least_squares(points, m, *_start(points, m))
    free = centred
    if centred.circulates:
        free = _least_squares(points, m, centred.signed_nu, centred.axis, np.zeros(3))
    if free.rms > WELL_FITTED or not centred.circulates:
        far = _far_core(points, m)
        free = far if far is not None and far.rms < BETTER * free.rms else free
    if free.offset > OFFSET_THRESHOLD and free.offset > SIGMAS * free.core_error:
        return free
    turned = float(np.linalg.norm(np.cross(free.axis, centred.axis)))
    axis_error = float(np.hypot(centred.axis_error, turned))
    return replace(centred, core=free.core, core_error=free.core_error, axis_error=axis_error)


def fit_component(rho: Vector, component: Vector, nu: float, curve: Any) -> float:
    """nu from one cylindrical component alone; the start stays off nu = 0, where sech has no slope."""
    import lmfit  # with scipy.stats a second to load

    start = lmfit.create_params(n=max(nu, 0.5))
    return abs(lmfit.minimize(lambda p: curve(p["n"].value * rho) - component, start).params["n"].value)


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
    points: Vector, m: Vector, signed_nu: float, start: Vector, core: Vector | None = None
) -> Texture:
    """The best texture about a start, its core free where the start has one, with standard errors."""
    import lmfit  # as above

    first, second = tangents(start)

    def unpack(values: dict[str, float]) -> tuple[float, Vector, Vector]:
        axis = start + values["a"] * first + values["b"] * second
        axis /= np.linalg.norm(axis)
        across = values.get("u", 0.0) * first + values.get("v", 0.0) * second
        return values["n"], axis, across - (axis @ across) * axis

    def residual(parameters: "lmfit.Parameters") -> Vector:
        n, axis, place = unpack(parameters.valuesdict())
        return (texture(points if core is None else points - place[:, None], n, axis) - m).ravel()

    places = {} if core is None else {"u": float(core @ first), "v": float(core @ second)}
    start_values = lmfit.create_params(n=signed_nu, a=0.0, b=0.0, **places)
    fit = lmfit.minimize(residual, start_values, max_nfev=MOST_EVALUATIONS)
    n, axis, place = unpack(fit.params.valuesdict())
    errors = {name: _error(fit, name) for name in fit.params}
    return Texture(
        signed_nu=n,
        nu_error=errors["n"],
        axis=axis + 0.0,
        axis_error=float(np.hypot(errors["a"], errors["b"])),
        core=np.full(3, np.nan) if core is None else place,
        core_error=float("nan") if core is None else float(np.hypot(errors["u"], errors["v"])),
        rms=float(np.sqrt(fit.chisqr / m.shape[1])),
        displaced=core is not None,
    )


def _error(fit: Any, name: str) -> float:
    """Standard error of a parameter; 0 where the residual is rounding alone, nan where the data set no bound.

    Least squares counts three residuals a cell, and a unit vector is free to move in two.
    """
    if (error := fit.params[name].stderr) is not None:
        return float(error * np.sqrt(fit.nfree / max(2 * fit.ndata / 3 - fit.nvarys, 1)))
    return 0.0 if fit.chisqr < 1e-18 * fit.ndata else float("nan")
