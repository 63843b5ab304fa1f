"""What vortex a magnetisation field is: the hyperbolic Ansatz fitted to every magnetic cell of a sphere.

In: a vector field of a sphere (as read from an OVF file), the sphere's radius and its centre.
Out: a VortexFit (nu, core axis, chirality, polarity, residual, state) with the radial profile.
"""

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from harness.analysis.ansatz import PURE_CIRCULATION, texture
from harness.analysis.profile import RadialProfile, bin_profile
from reduced_model.errors import InputError
from reduced_model.results import Shown, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Vector = NDArray[np.float64]

ORDER_THRESHOLD = 0.02
"""Share of pure circulation below which a state counts as uniform, for states and loops alike (nu = 0.03)."""
TILT_THRESHOLD_RAD = np.deg2rad(1.0)
"""Angle from the field's line above which a vortex is tilted; fits of upright ones stay below 0.1 degree."""
MISFIT_LIMIT = 0.5
"""Rms |m - Ansatz| above which the state is no vortex of this kind (0.5 is 29 degrees in every cell)."""
LEAST_CELLS = 4
"""Fewest magnetic cells that are fitted."""
START_NU = (0.05, 1.0, 3.0, 8.0)


class FitError(InputError):
    """The field cannot be fitted: too few magnetic cells, a bad radius, or values that are not numbers."""


class Field(Protocol):
    """What a fit needs of a vector field: m (3, nz, ny, nx) and cell_m, the three cell sides in m."""

    @property
    def m(self) -> Vector: ...

    @property
    def cell_m(self) -> Any: ...


@dataclass(frozen=True, eq=False, repr=False)
class VortexFit(Shown):
    """A sphere's state in the coordinates of the minimal vortex model.

    (axis, chirality) names a vortex uniquely: the axis points along the core's magnetisation, the chirality
    is the handedness of the circulation about it. Turning both over gives the same circulation with the
    opposite core, a different state.
    """

    nu: float
    """Core parameter, R over the core's width, from all cells and components."""
    nu_error: float
    """Standard error of nu by lmfit. The residuals are what the Ansatz cannot describe, not noise, and
    neighbouring cells share them: read it as a lower bound and nu_spread as the honest scale."""
    nu_by_estimator: dict[str, float]
    """nu from "all" components, from "m_phi" alone and from "m_z" alone, in the fitted frame."""
    axis: tuple[float, float, float]
    """Unit vector p along the core's magnetisation."""
    axis_error_rad: float
    """Standard error of the axis direction (the same caveat as nu_error)."""
    chirality: int
    """+1, -1; 0 where the state is uniform and no sign can be told."""
    polarity: int
    """Sign of p along the field direction; 0 where the axis lies across it within the tilt threshold."""
    tilt_rad: float
    """Angle between p and the field direction, 0 to pi: the model's tau."""
    rms: float
    """Root mean square of |m - Ansatz| over the magnetic cells."""
    circulation: float
    """|<(r/R) x m>| over its largest value 3 pi/16: 0 uniform, 1 pure circulation."""
    state: str
    """"uniform", "vortex", "tilted vortex" or "other"."""
    reason: str
    """Why it is called that, in one sentence."""
    n_cells: int
    radius_m: float
    profile: RadialProfile

    @property
    def nu_spread(self) -> float:
        """Largest minus smallest of the three estimates of nu: what the choice of estimator is worth."""
        values = self.nu_by_estimator.values()
        return max(values) - min(values)

    @property
    def core_radius_m(self) -> float:
        """R/nu, the scale of the core (infinite for the uniform state). Adams & Michels 2026, Eq. 3."""
        return self.radius_m / self.nu if self.nu > 0 else float("inf")

    def to_table(self) -> Table:
        """The numbers for people: title, header, rows."""
        return self.state, ("quantity", "value"), list(self.to_dict().items())

    def to_dict(self) -> dict[str, Any]:
        """The numbers as plain values, for JSON."""
        names = (
            *("nu", "nu_error", "nu_by_estimator", "nu_spread", "axis", "axis_error_rad", "tilt_rad"),
            *("chirality", "polarity", "rms", "circulation", "state", "reason", "n_cells", "radius_m"),
        )
        values = {name: getattr(self, name) for name in names}
        return values | {"nu_by_estimator": dict(self.nu_by_estimator), "axis": list(self.axis)}

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the radial profile and the fitted tanh and sech (the paper's Fig. 1(b))."""
        return self.profile.plot(self.nu, ax)

    def _repr_html_(self) -> str:
        px, py, pz = self.axis
        estimates = ", ".join(f"{name}: {value:.3f}" for name, value in self.nu_by_estimator.items())
        rows = {
            "state": self.state,
            "nu": f"{self.nu:.4f} ± {self.nu_error:.2g} (fit), spread {self.nu_spread:.2g} ({estimates})",
            "core axis p": f"({px:.4f}, {py:.4f}, {pz:.4f}), {np.rad2deg(self.tilt_rad):.2f}° from the field",
            "chirality, polarity": f"{self.chirality:+d}, {self.polarity:+d}",
            "rms misfit": f"{self.rms:.3g}",
            "why": self.reason,
        }
        cells = "".join(f"<tr><th>{escape(k)}</th><td>{escape(v)}</td></tr>" for k, v in rows.items())
        return f"<table>{cells}</table>"


def fit_vortex(
    field: Field,
    radius_m: float,
    centre_m: tuple[float, float, float] = (0.0, 0.0, 0.0),
    field_direction: tuple[float, float, float] = (0.0, 0.0, 1.0),
    n_bins: int = 16,
) -> VortexFit:
    """Fit nu, core axis and chirality of the tanh/sech vortex to all magnetic cells of a sphere.

    Least squares over cells and components with three free parameters: n = c nu (so that nu = 0 is no edge)
    and two tangent coordinates of p about the best of a few starting directions, which come from the data:
    the toroidal moment <(r/R) x m> and <m>. Cells with |m| < 1/2 count as outside.

    Parameters
    ----------
    field : VectorField, or anything with m and cell_m
        The magnetisation, m (3, nz, ny, nx) and cell_m.
    radius_m : float
        Radius of the sphere in m.
    centre_m : (3,) floats
        The sphere's centre from the centre of the grid, in m.
    field_direction : (3,) floats
        The direction tilt and polarity refer to.
    n_bins : int
        Bins of the radial profile.

    Raises
    ------
    FitError
        If fewer than four cells are magnetic, a value is not finite, or the radius is not positive.

    Source: Adams & Michels 2026, Eq. 2 and Fig. 1(b).
    """
    points, m = _magnetic_cells(field, radius_m, centre_m)
    u = np.asarray(field_direction, dtype=float) / np.linalg.norm(field_direction)
    toroidal = np.cross(points, m, axis=0).mean(axis=1)
    mean = m.mean(axis=1)
    signed_nu, nu_error, axis, axis_error = _fit_texture(points, m, *_start(points, m, toroidal, mean))
    rms = _misfit(points, m, signed_nu, axis)
    circulation = float(np.linalg.norm(toroidal)) / PURE_CIRCULATION
    tilt = float(np.arctan2(np.linalg.norm(np.cross(axis, u)), axis @ u))
    state, reason = _classify(abs(signed_nu), nu_error, circulation, rms, tilt)
    side = -1 if signed_nu < 0 else 1
    rho, components = _cylindrical(points, m, axis, side)
    return VortexFit(
        nu=abs(signed_nu),
        nu_error=nu_error,
        nu_by_estimator={
            "all": abs(signed_nu),
            "m_phi": abs(_fit_component(rho, components[1], abs(signed_nu), np.tanh)),
            "m_z": abs(_fit_component(rho, components[2], abs(signed_nu), _sech)),
        },
        axis=(float(axis[0]), float(axis[1]), float(axis[2])),
        axis_error_rad=axis_error,
        chirality=0 if state == "uniform" else side,
        polarity=0 if abs(tilt - np.pi / 2) < TILT_THRESHOLD_RAD else int(np.sign(axis @ u)),
        tilt_rad=tilt,
        rms=rms,
        circulation=circulation,
        state=state,
        reason=reason,
        n_cells=m.shape[1],
        radius_m=radius_m,
        profile=bin_profile(rho, components, n_bins),
    )


def radial_profile(
    field: Field,
    radius_m: float,
    axis: tuple[float, float, float],
    chirality: int = 1,
    centre_m: tuple[float, float, float] = (0.0, 0.0, 0.0),
    n_bins: int = 16,
) -> RadialProfile:
    """Components outward, along the circulation and along the core, binned against rho/R about an axis.

    Parameters are those of fit_vortex; chirality 0 counts as +1. Raises FitError as fit_vortex does.

    Source: Adams & Michels 2026, Fig. 1(b).
    """
    points, m = _magnetic_cells(field, radius_m, centre_m)
    direction = np.asarray(axis, dtype=float) / np.linalg.norm(axis)
    return bin_profile(*_cylindrical(points, m, direction, -1 if chirality < 0 else 1), n_bins)


def _magnetic_cells(
    field: Field, radius_m: float, centre_m: tuple[float, float, float]
) -> tuple[Vector, Vector]:
    """Positions in units of R and unit magnetisation of the magnetic cells, each (3, n)."""
    if not (np.isfinite(radius_m) and radius_m > 0):
        raise FitError(f"radius_m = {radius_m:g}: must be a positive number of metres")
    if not np.isfinite(field.m).all():
        raise FitError("the magnetisation holds values that are not finite")
    length = np.sqrt(np.einsum("i...,i...->...", field.m, field.m))
    magnetic = length > 0.5
    if (count := int(np.count_nonzero(magnetic))) < LEAST_CELLS:
        raise FitError(f"{count} magnetic cell{'s' * (count != 1)}: a fit needs at least {LEAST_CELLS}")
    index = np.argwhere(magnetic)[:, ::-1]
    middle = (np.array(magnetic.shape[::-1]) - 1) / 2
    points = (np.asarray(field.cell_m) * (index - middle) - np.asarray(centre_m)) / radius_m
    return points.T, field.m[:, magnetic] / length[magnetic]


def _start(points: Vector, m: Vector, toroidal: Vector, mean: Vector) -> tuple[float, Vector]:
    """The best of a few (n, p): p along <m> and both ways along the toroidal moment, n of either sign."""
    axes = [v / np.linalg.norm(v) for v in (mean, toroidal, -toroidal) if np.linalg.norm(v) > 1e-6]
    axes = axes or [np.array([0.0, 0.0, 1.0])]
    starts = []
    for p in axes:
        along = float(toroidal @ p)  # tells the handedness, unless it is too small to tell
        signs = (1.0, -1.0) if abs(along) < 1e-3 else (float(np.sign(along)),)
        starts += [(sign * nu, p) for nu in START_NU for sign in signs]
    return min(starts, key=lambda start: _misfit(points, m, *start))


def _misfit(points: Vector, m: Vector, signed_nu: float, axis: Vector) -> float:
    return float(np.sqrt(3 * np.mean((m - texture(points, signed_nu, axis)) ** 2)))


def _fit_texture(
    points: Vector, m: Vector, signed_nu: float, start: Vector
) -> tuple[float, float, Vector, float]:
    """Least squares in (n, two tangent coordinates of p): n, its error, p, its error in rad."""
    import lmfit  # with scipy.stats a second to load

    first, second = _tangents(start)

    def axis_of(values: dict[str, float]) -> Vector:
        axis = start + values["a"] * first + values["b"] * second
        return axis / np.linalg.norm(axis)

    def residual(parameters: "lmfit.Parameters") -> Vector:
        values = parameters.valuesdict()
        return (texture(points, values["n"], axis_of(values)) - m).ravel()

    fit = lmfit.minimize(residual, lmfit.create_params(n=signed_nu, a=0.0, b=0.0))
    n, a, b = (fit.params[name] for name in ("n", "a", "b"))
    axis_error = float(np.hypot(_error(a, fit), _error(b, fit)))
    return n.value, _error(n, fit), axis_of(fit.params.valuesdict()) + 0.0, axis_error


def _fit_component(rho: Vector, component: Vector, nu: float, curve: Any) -> float:
    """nu from one cylindrical component alone; the start stays off nu = 0, where sech has no slope."""
    import lmfit  # as above

    start = lmfit.create_params(n=max(nu, 0.5))
    return lmfit.minimize(lambda p: curve(p["n"].value * rho) - component, start).params["n"].value


def _error(parameter: Any, fit: Any) -> float:
    """lmfit's standard error; 0 where the residual is rounding alone, nan where the data set no bound."""
    if parameter.stderr is not None:
        return float(parameter.stderr)
    return 0.0 if fit.chisqr < 1e-18 * fit.ndata else float("nan")


def _tangents(axis: Vector) -> tuple[Vector, Vector]:
    """Two unit vectors that complete the axis to a right-handed frame."""
    first = np.cross(axis, np.eye(3)[np.argmin(np.abs(axis))])
    first /= np.linalg.norm(first)
    return first, np.cross(axis, first)


def _cylindrical(points: Vector, m: Vector, axis: Vector, side: int) -> tuple[Vector, Vector]:
    """rho/R (n,) and the components (3, n) outward, along the circulation of that handedness, along p."""
    outward = points - np.outer(axis, axis @ points)
    rho = np.linalg.norm(outward, axis=0)
    outward = outward / np.where(rho > 0, rho, 1.0)
    around = side * np.cross(axis, outward, axisa=0, axisb=0, axisc=0)
    return rho, np.stack(((outward * m).sum(axis=0), (around * m).sum(axis=0), axis @ m))


def _sech(x: Vector) -> Vector:
    decay = np.exp(-np.abs(x))
    return 2 * decay / (1 + decay * decay)


def _classify(nu: float, error: float, circulation: float, rms: float, tilt: float) -> tuple[str, str]:
    """Name of the state and the sentence that says why."""
    if rms > MISFIT_LIMIT:
        return "other", f"the Ansatz misses the cells by {rms:.2f} rms, more than {MISFIT_LIMIT:g}"
    if circulation < ORDER_THRESHOLD or nu <= 3 * error:
        why = f"circulation {circulation:.2g} of the pure vortex's, threshold {ORDER_THRESHOLD:g}"
        return "uniform", f"{why}: nu = {nu:.2g} is compatible with 0"
    degrees, limit = np.rad2deg(min(tilt, np.pi - tilt)), np.rad2deg(TILT_THRESHOLD_RAD)
    if degrees > limit:
        why = f"the core axis is {degrees:.1f} degrees from the field's line, limit {limit:g}"
        return "tilted vortex", why
    why = f"circulation {circulation:.2f} of the pure vortex's, axis along the field within {limit:g} degree"
    return "vortex", why
