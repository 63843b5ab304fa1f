"""What vortex a magnetisation field is: the hyperbolic Ansatz fitted to every magnetic cell of a sphere.

In: a vector field of a sphere (as read from an OVF file), the sphere's radius and its centre.
Out: a VortexFit (nu, core axis and place, chirality, polarity, residual, state) with the radial profile.
"""

from dataclasses import asdict, dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from harness.analysis.patterns import Patterns
from harness.analysis.profile import RadialProfile, bin_profile
from harness.analysis.recognition import MEAN_STATES, UNIFORM_STATES, VORTICES, Cells, recognise, tilt_of
from harness.analysis.texture_fit import Error, Modulation, Texture, fit_component, fit_modulation
from harness.analysis.thresholds import TILT_THRESHOLD_RAD
from reduced_model.errors import InputError
from reduced_model.results import Shown, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Vector = NDArray[np.float64]

LEAST_CELLS = 4
"""Fewest magnetic cells that are fitted."""


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

    What is no single vortex has no nu (nan); the uniform state's is 0 within its error. Of a Bloch point nu
    is that of the circulation, whose axis is given, and both signs are undetermined; the axis of flower and
    onion is the moment's. What is unnamed, or holds several vortices, has no tilt or core either; its axis is
    that of the best fit, and only the cuts use it.

    Errors are half-widths of intervals that hold the number with 68 % (`..._error`) and 95 %
    (`..._error_95`): what it would scatter by if the misfit were a random field of this size and this
    correlation between cells. What the Ansatz itself does to nu is `nu_spread`.
    """

    nu: float
    """Core parameter, R over the core's width, from all cells and components."""
    nu_error: float
    nu_error_95: float = field(repr=False)
    nu_by_estimator: dict[str, float]
    """nu from "all" components, from "m_phi" alone and from "m_z" alone, in the fitted frame."""
    axis: tuple[float, float, float]
    """Unit vector p along the core's magnetisation."""
    axis_error_rad: float
    """Half the opening of the cone that holds the axis; of a core too wide for its place to be told, with the
    angle by which one free to leave the centre would turn it."""
    axis_error_95_rad: float = field(repr=False)
    core_m: tuple[float, float, float]
    """Point of the core's line nearest to the sphere's centre, from there, in m; across the axis, so two
    numbers are free. nu and axis are those of a core there."""
    core_error_m: float
    """Radius of the circle that holds that point."""
    core_error_95_m: float = field(repr=False)
    core_reversals_m: tuple[float, ...]
    """Heights along the axis at which the core turns over (Bloch points), in m."""
    cores: tuple[int, int] | None
    """Vortices and antivortices in the plane through the centre; None where the misfit gave no reason to
    count."""
    chirality: int
    """+1, -1; 0 where the state is no vortex or no sign can be told."""
    polarity: int
    """Sign of p along the field direction; 0 where the axis lies across it within the tilt threshold, or
    where the core has no single direction."""
    tilt_rad: float
    """Angle between p and the field direction, 0 to pi: the model's tau."""
    rms: float
    """Root mean square of |m - Ansatz| over the magnetic cells."""
    modulation: Modulation
    """The axial modulation of the core's width (Eq. 6), of a vortex."""
    independent_residuals: float
    """How many independent residuals the cells' are worth."""
    patterns: Patterns
    """Deviation from uniformity, circulation, radial pattern, splay and antivortex, each without a fit."""
    state: str
    """"uniform", "flower", "vortex", "tilted vortex", "displaced vortex", "tilted displaced vortex",
    "Bloch point", "antivortex", "onion", "two vortices" (or more) or "unnamed"."""
    reason: str
    """Why it is called that, in one sentence."""
    n_cells: int
    radius_m: float
    profile: RadialProfile
    """Of the moments as the fit takes them: a Bloch point's core turned one way, an antivortex mirrored."""
    texture: Texture = field(repr=False)
    """The Ansatz that was fitted, lengths in R."""

    @property
    def described(self) -> bool:
        """Whether the minimal model has such states, so that nu and tilt can stand beside its own."""
        return self.state in UNIFORM_STATES | VORTICES

    @property
    def is_vortex(self) -> bool:
        """Whether the state is one vortex of the Ansatz, so that the fit leaves a residual to look at."""
        return self.state in VORTICES

    @property
    def is_uniform(self) -> bool:
        """Whether the state has a mean direction and no core; the axis is then the moment's."""
        return self.state in MEAN_STATES

    @property
    def nu_uncertainty(self) -> float:
        """How well nu is known: the larger of half the spread of its estimators and its error."""
        return float(np.fmax(self.nu_spread / 2, self.nu_error))

    @property
    def kappa(self) -> float:
        """Axial modulation of the core: nu(z) = nu (1 - kappa z^2/R^2). Adams & Michels 2026, Eq. 6."""
        return self.modulation.kappa

    @property
    def kappa_error(self) -> float:
        """Of kappa, as of nu."""
        return self.modulation.kappa_error.one

    @property
    def circulation(self) -> float:
        """|<(r/R) x m>| over its largest value 3 pi/16: 0 uniform, 1 pure circulation."""
        return self.patterns.circulation

    @property
    def nu_spread(self) -> float:
        """Largest minus smallest of the three estimates of nu: what the choice of estimator is worth."""
        values = self.nu_by_estimator.values()
        return max(values) - min(values)

    @property
    def core_radius_m(self) -> float:
        """R/nu, the scale of the core (infinite for the uniform state). Adams & Michels 2026, Eq. 3."""
        return self.radius_m / self.nu if self.nu != 0 else float("inf")

    def to_table(self) -> Table:
        """The numbers for people: title, header, rows."""
        values = {name: value for name, value in self.to_dict().items() if name != "kappa_verdict"}
        told = f" ({self.modulation.verdict})" if self.modulation.verdict else ""
        return (
            self.state,
            ("quantity", "value"),
            [(name + told * (name == "kappa"), v) for name, v in values.items()],
        )

    def to_dict(self) -> dict[str, Any]:
        """The numbers as plain values, for JSON; the glossary says what each key holds."""
        names = (
            *("nu", "nu_error", "nu_error_95", "nu_by_estimator", "nu_spread", "independent_residuals"),
            *("axis", "axis_error_rad", "axis_error_95_rad", "tilt_rad"),
            *("core_m", "core_error_m", "core_error_95_m", "core_reversals_m"),
            *("cores", "chirality", "polarity", "rms"),
        )
        of = self.modulation
        modulation = {
            "kappa": of.kappa,
            "kappa_error": of.kappa_error.one,
            "kappa_error_95": of.kappa_error.two,
            "kappa_bic": of.bic,
            "kappa_verdict": of.verdict or None,
            "nu_with_kappa": of.nu,
            "nu_with_kappa_error": of.nu_error.one,
            "nu_with_kappa_error_95": of.nu_error.two,
            "rms_with_kappa": of.rms,
        }
        values = {name: getattr(self, name) for name in names} | modulation | asdict(self.patterns)
        values |= {name: getattr(self, name) for name in ("state", "reason", "n_cells", "radius_m")}
        lists = {name: list(value) for name, value in values.items() if isinstance(value, tuple)}
        return values | lists | {"nu_by_estimator": dict(self.nu_by_estimator)}

    def row(self) -> tuple[Any, ...]:
        """State, nu with error and spread, kappa with error and verdict, tilt in degrees, rms misfit."""
        kappa = (self.kappa, self.kappa_error, self.modulation.verdict)
        return (
            self.state,
            self.nu,
            self.nu_error,
            self.nu_spread,
            *kappa,
            float(np.rad2deg(self.tilt_rad)),
            self.rms,
        )

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the radial profile and the fitted tanh and sech (the paper's Fig. 1(b))."""
        return self.profile.plot(ax, self.nu)

    def _repr_html_(self) -> str:
        px, py, pz = self.axis
        estimates = ", ".join(f"{name}: {value:.3f}" for name, value in self.nu_by_estimator.items())
        x, y, z = (1e9 * value for value in self.core_m)
        rows = {
            "state": self.state,
            "nu": f"{self.nu:.4f} ± {self.nu_error:.2g} (fit), spread {self.nu_spread:.2g} ({estimates})",
            "kappa": f"{self.kappa:.3g} ± {self.kappa_error:.2g}: {self.modulation.verdict}",
            "core axis p": f"({px:.4f}, {py:.4f}, {pz:.4f}), {np.rad2deg(self.tilt_rad):.2f}° from the field",
            "core's line at": f"({x:.2f}, {y:.2f}, {z:.2f}) nm ± {1e9 * self.core_error_m:.2g} nm",
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
    """Name a sphere's state, and fit nu, core axis, core position and chirality to all its magnetic cells.

    Least squares of the tanh/sech vortex over cells and components, see fit_texture. Cells with |m| < 1/2
    count as outside.

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
    cells = _magnetic_cells(field, radius_m, centre_m)
    direction = np.asarray(field_direction, dtype=float) / np.linalg.norm(field_direction)
    found = recognise(cells, direction)
    texture, nan = found.texture, float("nan")
    rho, components = _cylindrical(
        cells.points - texture.place[:, None], found.moments.m, texture.axis, texture.side
    )
    nu, nu_error, modulation = nan, Error(), Modulation()
    tilt, axis_error = nan, Error()
    by = dict.fromkeys(("all", "m_phi", "m_z"), nan)
    core, core_error = np.full(3, nan), Error()
    if found.has_axis:
        tilt, axis_error = tilt_of(texture.axis, direction), texture.axis_error
    if found.has_nu:
        nu, nu_error = texture.nu, texture.nu_error
        by["all"] = nu
        by["m_phi"] = fit_component(rho, components[1], nu, np.tanh)
        by["m_z"] = fit_component(rho, components[2], nu, _sech)
    if found.has_axis and found.state not in MEAN_STATES:
        core, core_error = texture.core, texture.core_error * radius_m
    if found.state in VORTICES:
        modulation = fit_modulation(found.moments, texture)
    one_way = found.has_axis and not found.reversals.size
    across = abs(tilt - np.pi / 2) < TILT_THRESHOLD_RAD
    return VortexFit(
        nu=nu,
        nu_error=nu_error.one,
        nu_error_95=nu_error.two,
        nu_by_estimator=by,
        axis=_triple(texture.axis),
        axis_error_rad=axis_error.one,
        axis_error_95_rad=axis_error.two,
        core_m=_triple(core * radius_m),
        core_error_m=core_error.one,
        core_error_95_m=core_error.two,
        core_reversals_m=tuple(float(height) * radius_m for height in found.reversals),
        cores=found.cores,
        chirality=texture.side if found.state in VORTICES else 0,
        polarity=int(np.sign(texture.axis @ direction)) if one_way and not across else 0,
        tilt_rad=tilt,
        rms=texture.rms,
        modulation=modulation,
        independent_residuals=texture.independent,
        patterns=found.patterns,
        state=found.state,
        reason=found.reason,
        n_cells=cells.m.shape[1],
        radius_m=radius_m,
        profile=bin_profile(rho, components, n_bins),
        texture=texture,
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
    cells = _magnetic_cells(field, radius_m, centre_m)
    direction = np.asarray(axis, dtype=float) / np.linalg.norm(axis)
    return bin_profile(*_cylindrical(cells.points, cells.m, direction, -1 if chirality < 0 else 1), n_bins)


def _magnetic_cells(field: Field, radius_m: float, centre_m: tuple[float, float, float]) -> Cells:
    """The cells that hold a moment, lengths in units of R."""
    if not (np.isfinite(radius_m) and radius_m > 0):
        raise FitError(f"radius_m = {radius_m:g}: must be a positive number of metres")
    if not np.isfinite(field.m).all():
        raise FitError("the magnetisation holds values that are not finite")
    length = np.sqrt(np.einsum("i...,i...->...", field.m, field.m))
    magnetic = length > 0.5
    if (count := int(np.count_nonzero(magnetic))) < LEAST_CELLS:
        raise FitError(f"{count} magnetic cell{'s' * (count != 1)}: a fit needs at least {LEAST_CELLS}")
    grid = np.where(magnetic, field.m / np.where(magnetic, length, 1.0), 0.0)
    index = np.argwhere(magnetic)[:, ::-1]
    middle = (np.array(magnetic.shape[::-1]) - 1) / 2
    points = (np.asarray(field.cell_m) * (index - middle) - np.asarray(centre_m)) / radius_m
    cell, centre = (np.asarray(lengths, dtype=float) / radius_m for lengths in (field.cell_m, centre_m))
    return Cells(points.T, grid[:, magnetic], grid, cell, centre)


def _triple(vector: Vector) -> tuple[float, float, float]:
    x, y, z = (float(value) for value in vector)
    return x, y, z


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
