"""The energy over vortex parameter and core angle at one field, with its minima, saddles and maxima.

In: a `Hamiltonian`, a field, a range of nu.
Out: `Landscape`, arrays and `StationaryPoint`s; it draws itself.

The angle runs in the plane of easy axis and field, counted from the field towards the axis; out of it lies no
stationary point that matters (see `directions`). A point whose azimuth would leave it is no minimum here
either. Every stationary point is found from a cell of the grid in which both slopes change sign.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from reduced_model.errors import Array, ModelError, finite, positive
from reduced_model.models import VORTEX_MODELS
from reduced_model.results import Result, axes_for
from reduced_model.vortex.hamiltonian import Hamiltonian
from reduced_model.vortex.kernels import NU_MAX

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Kind = Literal["minimum", "saddle", "maximum"]
_MARKERS: dict[Kind, str] = {"minimum": "o", "saddle": "x", "maximum": "^"}
_SAME = 1e-6  # two points closer than this in nu and tau are one
_FLAT = 1e-12  # a curvature smaller than this times the energy's size has no sign


@dataclass(frozen=True)
class StationaryPoint:
    """A state on which no torque acts."""

    nu: float
    tau_rad: float
    """Angle from the field, positive towards the easy axis' azimuth."""
    energy: float
    """In units of (4 pi/3) A R."""
    kind: Kind
    """By the signs of all curvatures, that of the azimuth included; a direction free of cost is left out."""


@dataclass(frozen=True, eq=False, repr=False)
class Landscape(Result):
    """Energy (m, n) over tau (m) and nu (n), in units of (4 pi/3) A R."""

    nu: Array
    tau_rad: Array
    """0 to pi where axis and field are parallel, else -pi to pi."""
    energy: Array
    stationary: tuple[StationaryPoint, ...]
    """Lowest energy first."""
    B_T: float
    hamiltonian: Hamiltonian

    def columns(self, *more: str) -> dict[str, Any]:
        """A row a place of the grid; `more` attributes beside it."""
        tau_rad, nu = (each.ravel() for each in np.meshgrid(self.tau_rad, self.nu, indexing="ij"))
        places = {"nu": nu, "tau_rad": tau_rad, "energy": self.energy.ravel()}
        return places | {name: getattr(self, name) for name in more}

    @property
    def minima(self) -> tuple[StationaryPoint, ...]:
        """The stable states."""
        return tuple(point for point in self.stationary if point.kind == "minimum")

    def plot(self, ax: "Axes | None" = None, levels: int = 24) -> "Axes":
        """Contours of the energy above its minimum, stationary points marked; returns the axes."""
        ax = axes_for(ax)
        above = self.energy - self.energy.min()
        spaced = above.max() * np.linspace(0.0, 1.0, levels) ** 2  # close where the minima are
        tau_deg = np.degrees(self.tau_rad)
        ax.contourf(self.nu, tau_deg, above, levels=spaced, cmap="Blues_r")
        ax.contour(self.nu, tau_deg, above, levels=spaced, colors="0.4", linewidths=0.3)
        for kind, marker in _MARKERS.items():
            points = [(p.nu, math.degrees(p.tau_rad)) for p in self.stationary if p.kind == kind]
            if points:
                nu, tau = np.transpose(points)
                ax.plot(nu, tau, marker, color="k", markerfacecolor="w", clip_on=False, label=kind)
        ax.set(xlabel=r"$\nu$", ylabel=r"$\tau$ (deg)", title=f"{self.hamiltonian.model}, {self.B_T:g} T")
        ax.legend(loc="upper right", fontsize="small", frameon=True, facecolor="w", framealpha=0.9)
        return ax


def energy_landscape(
    hamiltonian: Hamiltonian, B_T: float = 0.0, *, nu_max: float = 8.0, points: tuple[int, int] = (241, 181)
) -> Landscape:
    """Tabulate the energy and find its stationary points.

    Parameters
    ----------
    hamiltonian : Hamiltonian
        Of "H'" or "H''", its axis at any angle to the field.
    B_T : float
        Field along z, tesla.
    nu_max : float
        End of the range of nu, above 0, at most 50; stationary points beyond it are not listed.
    points : tuple of int
        Numbers of nu and tau, each at least 16.

    Raises
    ------
    ModelError
        If the model has no nu.

    Examples
    --------
    >>> from reduced_model import Sphere
    >>> land = energy_landscape(Sphere(20).hamiltonian("H''"), 0.0)
    >>> [f"{p.kind} nu {p.nu:.2f} tau {np.degrees(p.tau_rad):.0f}" for p in land.stationary]
    ['minimum nu 4.85 tau 0', 'minimum nu 4.85 tau 180', 'saddle nu 5.06 tau 90', 'saddle nu 0.00 tau 0',
     'saddle nu 0.00 tau 180', 'maximum nu 0.00 tau 90']
    """
    field = finite("B_T", B_T)
    top = positive("nu_max", nu_max)
    if top > NU_MAX:
        raise ModelError.of("nu_max", nu_max, f"at most {NU_MAX:g}")
    if hamiltonian.model not in VORTEX_MODELS:
        raise ModelError.of("model", str(hamiltonian.model), "H' or H'' for a landscape in nu and tau")
    if len(points) != 2 or min(points) < 16:
        raise ModelError.of("points", points, "two numbers of at least 16")
    nu = np.linspace(0.0, top, points[0])
    first = 0.0 if hamiltonian.axis_tilt_rad == 0.0 else -math.pi
    tau = np.linspace(first, math.pi, points[1])
    grid_nu, grid_tau = np.meshgrid(nu, tau)
    energy = hamiltonian.energy(grid_nu, _direction(hamiltonian, grid_tau), field)
    found: list[StationaryPoint] = []
    for start in _candidates(hamiltonian, field, nu, tau):
        point = _polished(hamiltonian, field, start)
        if point is not None and point.nu <= top and not any(_same(point, other) for other in found):
            found.append(point)
    found.sort(key=lambda point: (round(point.energy, 9), point.tau_rad))
    return Landscape(nu, tau, energy, tuple(found), field, hamiltonian)


def _direction(h: Hamiltonian, tau: Array) -> Array:
    """Unit vectors at signed angles from the field, in the plane of axis and field."""
    a = h.axis_azimuth_rad
    return np.stack((np.sin(tau) * math.cos(a), np.sin(tau) * math.sin(a), np.cos(tau)), axis=-1)


def _slopes(h: Hamiltonian, B_T: float, nu: Array, tau: Array) -> tuple[Array, Array]:
    """(1/nu) dE/dnu, its limit at nu = 0, and dE/dtau."""
    p = _direction(h, tau)
    gradient, hessian = h.gradient(nu, p, B_T), h.hessian(nu, p, B_T)
    uniform = nu == 0.0
    along_nu = np.where(uniform, hessian[..., 0, 0], gradient[..., 0] / np.where(uniform, 1.0, nu))
    return along_nu, gradient[..., 1] * np.where(np.sin(tau) < 0.0, -1.0, 1.0)


def _candidates(h: Hamiltonian, B_T: float, nu: Array, tau: Array) -> list[tuple[float, float]]:
    """Centres of cells in which both slopes change sign, and of intervals on the boundary nu = 0."""
    along_nu, along_tau = _slopes(h, B_T, *np.meshgrid(nu, tau))
    along_tau[np.abs(along_tau) < _FLAT * (4.0 + h.d)] = 0.0

    def mixed(f: Array) -> NDArray[np.bool_]:
        corners = np.stack((f[:-1, :-1], f[1:, :-1], f[:-1, 1:], f[1:, 1:]))
        return np.asarray((corners.min(axis=0) <= 0.0) & (corners.max(axis=0) >= 0.0))

    rows, columns = np.nonzero(mixed(along_nu) & mixed(along_tau))
    centre_nu, centre_tau = 0.5 * (nu[:-1] + nu[1:]), 0.5 * (tau[:-1] + tau[1:])
    inside = list(zip(centre_nu[columns], centre_tau[rows], strict=True))
    edge = along_tau[:, 0]
    boundary = [(0.0, middle) for middle in centre_tau[edge[:-1] * edge[1:] <= 0.0]]
    ends = [(0.0, float(tau[0])), (0.0, float(tau[-1]))] if h.axis_tilt_rad == 0.0 else []
    return inside + boundary + ends


def _polished(h: Hamiltonian, B_T: float, start: tuple[float, float]) -> StationaryPoint | None:
    """Newton's method in the plane from a cell's centre; None if it leaves or finds nothing."""
    nu, tau = start
    for _ in range(60):
        p = _direction(h, np.array(tau))
        side = -1.0 if math.sin(tau) < 0.0 else 1.0  # e_tau points away from +z on either side
        slope = h.gradient(nu, p, B_T)[:2] * (1.0, side)
        curvature = h.hessian(nu, p, B_T)[:2, :2] * ((1.0, side), (side, 1.0))
        if np.linalg.cond(curvature) > 1e14:
            return None
        step = np.linalg.solve(curvature, -slope)
        step *= min(1.0, 0.2 / max(float(np.abs(step).max()), 1e-300))
        nu, tau = abs(nu + step[0]), tau + step[1]
        if nu > NU_MAX:
            return None
        if np.abs(step).max() < 1e-12:
            break
    else:
        return None
    if math.hypot(nu - start[0], tau - start[1]) > 0.5:
        return None
    return _classified(h, B_T, nu if nu > _SAME else 0.0, math.remainder(tau, 2.0 * math.pi))


def _classified(h: Hamiltonian, B_T: float, nu: float, tau: float) -> StationaryPoint:
    if h.axis_tilt_rad == 0.0 or abs(abs(tau) - math.pi) < _SAME:
        tau = abs(tau)
    p = _direction(h, np.array(tau))
    live = np.flatnonzero(h.live)
    curvatures = np.linalg.eigvalsh(h.hessian(nu, p, B_T)[np.ix_(live, live)])
    falling = int(np.sum(curvatures < -_FLAT * (4.0 + h.d)))
    kind: Kind = "minimum" if falling == 0 else "maximum" if falling == live.size else "saddle"
    return StationaryPoint(float(nu), float(tau) + 0.0, float(h.energy(nu, p, B_T)), kind)


def _same(one: StationaryPoint, other: StationaryPoint) -> bool:
    return abs(one.nu - other.nu) < _SAME and abs(one.tau_rad - other.tau_rad) < _SAME
