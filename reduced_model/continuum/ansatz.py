"""What the best Ansatz leaves of a vortex of the continuum: how much, in which component, where, and why.

In: a `ContinuumState` that circulates. Out: an `AnsatzResidual`, in the cylindrical frame of the core (rho,
phi, z) and in units of the radius.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import least_squares

from reduced_model.continuum.basis import Array, Ball
from reduced_model.continuum.family import Coordinate, core_width, outward, radial, texture
from reduced_model.continuum.problem import ContinuumState
from reduced_model.continuum.state import PREFACTOR, Point
from reduced_model.continuum.symmetry import frame_along
from reduced_model.continuum.texture import Kind
from reduced_model.continuum.vortex_fit import AnsatzFit, fit_ansatz
from reduced_model.errors import ModelError
from reduced_model.materials import Material
from reduced_model.results import Result, Table, axes_for, table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

COMPONENTS = ("rho", "phi", "z")
LETTERS = {"rho": "ρ", "phi": "φ", "z": "z"}
SHIFT = "shift of the core"
TERMS: dict[str, tuple[Coordinate, ...]] = {
    SHIFT: (),
    "axial modulation (Eq. 6)": (core_width(2),),
    "radial profile": (radial(1), radial(2)),
    "radial component": (outward(), outward(2), outward(0, 3)),
    "profile along the core": (radial(1, 2), radial(2, 2)),
}
"""What may be missing, with its coordinates; all but the first leave the core where it is."""
ALL = "all of these"
_GRID = (24, 48, 8)
"""Places in rho, z and phi of the maps."""
_NODES_DEGREE = 10
"""Degree whose nodes the residual is averaged over and fitted at."""
_SLICES = 6
_ENOUGH = 1e-6
"""Relative change of a mean square, or of what it is fitted with, at which a fit ends."""


@dataclass(frozen=True, eq=False, repr=False)
class AnsatzResidual(Result):
    """m - Ansatz over the ball, for the Ansatz that comes nearest to a state in mean square."""

    B_T: float
    kind: Kind
    fit: AnsatzFit
    """Its core is beside the centre where that is clearly nearer."""
    core_angle_deg: float
    """Of the core to the field."""
    components: Mapping[str, float]
    """Shares of rho, phi and z in the mean square."""
    collar_volume: float
    """Part of the ball, core apart, where m points against the core."""
    collar_share: float
    """Its share in the mean square."""
    least_m_z: float
    """Least component along the core."""
    explained: Mapping[str, float]
    """Part of the mean square about a centred Ansatz that a term takes away when it is fitted with it."""
    kappa: float
    """Of the axial modulation psi = nu rho (1 - kappa z^2) alone."""
    slice_z: Array
    """Middles of slices across the core, by distance from the centre, (s,)."""
    slice_nu: Array
    """nu fitted in each, (s,)."""
    rho: Array
    """Places of the map, (24,)."""
    z: Array
    """Places of the map, (48,)."""
    residual: Array
    """Residual's components, averaged around the core, (3, z, rho); nan outside the ball."""

    def to_dict(self) -> dict[str, Any]:
        """The residual for programs; maps are left to `to_dataframe`."""
        names = ("B_T", "kind", "core_angle_deg", "components", "collar_volume", "collar_share", "least_m_z")
        return {
            **{name: getattr(self, name) for name in (*names, "explained", "kappa", "slice_z", "slice_nu")},
            **{name: getattr(self.fit, name) for name in ("nu", "nu_m_phi", "nu_m_z", "rms")},
            "core_shift": self.core_shift,
        }

    @property
    def core_shift(self) -> float:
        """Distance of the fitted core's line from the centre."""
        return float(np.linalg.norm(self.fit.core))

    def to_dataframe(self) -> pd.DataFrame:
        """The map, a row a place inside the ball."""
        z, rho = (each.ravel() for each in np.meshgrid(self.z, self.rho, indexing="ij"))
        columns = {name: each.ravel() for name, each in zip(COMPONENTS, self.residual, strict=True)}
        inside = np.isfinite(columns["rho"])
        found = {
            "B_T": np.full(rho.shape, self.B_T),
            "rho": rho,
            "z": z,
            **{f"residual_{name}": each for name, each in columns.items()},
        }
        return table({name: each[inside] for name, each in found.items()})

    def plot(self, ax: Axes | None = None, component: str = "z") -> Axes:
        """Map one component over rho and z: grey by its size, contours solid above zero, dashed below."""
        ax = axes_for(ax)
        shown = self.residual[COMPONENTS.index(component)]
        top = float(np.nanmax(np.abs(self.residual)))
        ax.pcolormesh(
            self.rho, self.z, np.abs(shown), cmap="Greys", vmin=0.0, vmax=1.3 * top, rasterized=True
        )
        levels = [level for level in np.linspace(-top, top, 11) if abs(level) > 1e-9]
        lines = ax.contour(self.rho, self.z, shown, levels=levels, colors="k", linewidths=0.7)
        ax.clabel(lines, fontsize=6, fmt="%.2f")
        ax.set_aspect("equal")
        ax.set_xlabel("ρ/R")
        ax.set_ylabel("z/R")
        ax.set_title(f"m_{LETTERS[component]}, {self.B_T:g} T", loc="right")
        return ax

    def __repr__(self) -> str:
        return f"AnsatzResidual({self.B_T:g} T, {self.kind}, nu = {self.fit.nu:.3f}, rms {self.fit.rms:.4f})"


@dataclass(frozen=True, eq=False, repr=False)
class AnsatzResiduals(Result):
    """The residuals of a sphere's vortices in a few fields."""

    states: tuple[AnsatzResidual, ...]
    radius_m: float
    material: Material

    @property
    def title(self) -> str:
        """Material and radius in a few words."""
        return f"{self.material.name}, R = {self.radius_m * 1e9:g} nm, the best Ansatz against the continuum"

    def to_dict(self) -> dict[str, Any]:
        """A record a state, for programs."""
        return {
            "radius_nm": round(self.radius_m * 1e9, 9),
            "material": self.material.name,
            "states": [state.to_dict() for state in self.states],
        }

    def to_table(self) -> Table:
        """A column a field: title, header, rows."""
        shown: dict[str, list[str]] = {
            "state": [r.kind for r in self.states],
            "core to field (°)": [f"{r.core_angle_deg:.1f}" for r in self.states],
            "ν": [f"{r.fit.nu:.3f}" for r in self.states],
            "shift of the core (R)": [f"{r.core_shift:.3f}" for r in self.states],
            "rms of m - Ansatz": [f"{r.fit.rms:.4f}" for r in self.states],
            **{
                f"in m_{LETTERS[name]} (%)": [f"{100.0 * r.components[name]:.0f}" for r in self.states]
                for name in COMPONENTS
            },
            "least m_z": [f"{r.least_m_z:.3f}" for r in self.states],
            "collar (% of volume)": [f"{100.0 * r.collar_volume:.0f}" for r in self.states],
            "in the collar (%)": [f"{100.0 * r.collar_share:.0f}" for r in self.states],
            **{
                f"explained by {name} (%)": [f"{100.0 * r.explained[name] + 0.0:.0f}" for r in self.states]
                for name in (*TERMS, ALL)
            },
            "κ": [f"{r.kappa:.2f}" for r in self.states],
            "ν at the centre, at |z| = 0.83": [
                f"{r.slice_nu[0]:.2f}, {r.slice_nu[-1]:.2f}" for r in self.states
            ],
        }
        rows = [(name, *cells) for name, cells in shown.items()]
        return self.title, ("", *(f"{r.B_T:g} T" for r in self.states)), rows

    def to_dataframe(self) -> pd.DataFrame:
        """A row a field."""
        rows = []
        for r in self.states:
            row = r.to_dict()
            shares = {f"share_{name}": part for name, part in row.pop("components").items()}
            explained = {f"explained, {name}": part for name, part in row.pop("explained").items()}
            z, nu = row.pop("slice_z"), row.pop("slice_nu")
            slices = {f"nu at z = {at:g}": value for at, value in zip(z.round(3), nu, strict=True)}
            rows.append({**row, **shares, **explained, **slices})
        return table(rows)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw what explains the squared residual, a line a field."""
        ax = axes_for(ax)
        names = (*TERMS, ALL)
        for j, (state, style) in enumerate(zip(self.states, ("-", "--", "-.", ":") * 9, strict=False)):
            parts = [100.0 * state.explained[name] for name in names]
            ax.plot(parts, style, marker="o", color=str(0.2 * (j % 4)), label=f"{state.B_T:g} T")
        ax.set_xticks(range(len(names)), names, rotation=30, ha="right")
        ax.set_ylabel("of the squared residual (%)")
        ax.legend()
        return ax


def ansatz_residual(state: ContinuumState) -> AnsatzResidual:
    """Fit the Ansatz to a state over the whole ball, and tell what is left.

    Raises
    ------
    ModelError
        If the state does not circulate: it has no core to fit; if it is no state of the continuum.
    """
    if not isinstance(state, ContinuumState):
        raise ModelError.of("state", state, "a ContinuumState, such as continuum_loop(...).states[0]")
    if state.chirality == 0:
        raise ModelError(f"B = {state.B_T:g} T: the state is {state.kind}, no vortex; leave the field out")
    return residual_of(state.point, state.B_T, state.kind, state.core, state.chirality)


def residual_of(point: Point, B_T: float, kind: Kind, core: Array, chirality: int) -> AnsatzResidual:
    """The residual of any point that circulates about `core`, (3,), with a handedness."""
    fit = fit_ansatz(point, core, chirality)
    nodes = Ball(_NODES_DEGREE, max_order=min(point.energy.ball.order, _NODES_DEGREE))
    frame = _Frame.of(point, nodes.points.reshape(-1, 3), fit.chirality)
    weights = PREFACTOR * nodes.weights.ravel()
    rho, z, m = frame.seen(fit.axis, fit.core)
    local = (m - texture((core_width(),), [fit.nu], rho, z)) ** 2
    squares, collar = local @ weights, m[2] < 0.0
    centred = _Fit(frame, weights, fit)
    rest = {name: centred.with_(added, name == SHIFT)[1] for name, added in TERMS.items()}
    rest[ALL] = centred.with_(tuple(c for added in TERMS.values() for c in added), True)[1]
    _, base = centred.with_((), False)
    modulated, _ = centred.with_(TERMS["axial modulation (Eq. 6)"], False)
    edges = np.linspace(0.0, 0.9, _SLICES + 1)
    slices = [(np.abs(z) >= low) & (np.abs(z) < high) for low, high in pairwise(edges)]
    return AnsatzResidual(
        B_T=B_T,
        kind=kind,
        fit=fit,
        core_angle_deg=float(np.degrees(np.arccos(np.clip(fit.axis[2], -1.0, 1.0)))),
        components={
            name: float(part) for name, part in zip(COMPONENTS, squares / squares.sum(), strict=True)
        },
        collar_volume=float(weights[collar].sum()),
        collar_share=float((local @ (weights * collar)).sum() / squares.sum()),
        least_m_z=float(m[2].min()),
        explained={name: 1.0 - left / base for name, left in rest.items()},
        kappa=float(-modulated[1] / modulated[0]),
        slice_z=0.5 * (edges[1:] + edges[:-1]),
        slice_nu=np.array([_nu_in(rho[s], z[s], m[:, s], weights[s], fit.nu) for s in slices]),
        **_map(point, fit),
    )


@dataclass(frozen=True, eq=False)
class _Frame:
    """Places and magnetisation of a state, to be seen from a core's frame."""

    points: Array
    m: Array
    chirality: int

    @classmethod
    def of(cls, point: Point, places: Array, chirality: int) -> _Frame:
        """A state at any places of the ball, (n, 3)."""
        u = point.energy.ball.at(point.c, places)
        return cls(places, u / np.linalg.norm(u, axis=1, keepdims=True), chirality)

    def seen(self, axis: Array, core: Array) -> tuple[Array, Array, Array]:
        """rho, z and the (rho, phi, z) components of m, (3, n), mirrored to a chirality of +1."""
        turn = frame_along(axis)
        x, y, z = turn @ (self.points - core).T
        mx, my, mz = turn @ self.m.T
        rho = np.hypot(x, y)
        per_rho = 1.0 / np.where(rho > 0.0, rho, 1.0)
        around = self.chirality * (x * my - y * mx) * per_rho
        return rho, z, np.stack(((x * mx + y * my) * per_rho, around, mz))


@dataclass(frozen=True, eq=False)
class _Fit:
    """Least squares over the ball about a start."""

    frame: _Frame
    weights: Array
    start: AnsatzFit

    def with_(self, added: Sequence[Coordinate], shifted: bool) -> tuple[Array, float]:
        """Values of nu and the coordinates added, and the mean square that is left; the axis is free."""
        held = (core_width(), *added)
        across, root = frame_along(self.start.axis)[:2], np.sqrt(self.weights)
        n = len(held)

        def misfit(q: Array) -> Array:
            axis = self.start.axis + q[n : n + 2] @ across
            axis = axis / np.linalg.norm(axis)
            core = q[n + 2 :] @ across if shifted else np.zeros(3)
            rho, z, m = self.frame.seen(axis, core - (core @ axis) * axis)
            return np.asarray((root * (m - texture(held, q[:n], rho, z))).ravel())

        begin = np.zeros(n + 2 + 2 * shifted)
        begin[0] = self.start.nu
        if shifted:
            begin[n + 2 :] = across @ self.start.core
        found = least_squares(misfit, begin, ftol=_ENOUGH, xtol=_ENOUGH)
        return found.x[:n], 2.0 * float(found.cost)


def _nu_in(rho: Array, z: Array, m: Array, weights: Array, nu: float) -> float:
    root = np.sqrt(weights)
    found = least_squares(lambda q: (root * (m - texture((core_width(),), q, rho, z))).ravel(), [nu])
    return float(found.x[0])


def _map(point: Point, fit: AnsatzFit) -> dict[str, Array]:
    """Places and components of the residual, averaged around the core."""
    n_rho, n_z, n_phi = _GRID
    rho, z = (np.arange(n_rho) + 0.5) / n_rho, 2.0 * (np.arange(n_z) + 0.5) / n_z - 1.0
    phi = 2.0 * np.pi * np.arange(n_phi) / n_phi
    Z, P, F = np.meshgrid(z, rho, phi, indexing="ij")
    places = np.stack((P * np.cos(F), P * np.sin(F), Z), axis=-1).reshape(-1, 3) @ frame_along(fit.axis)
    places += fit.core
    inside = np.linalg.norm(places, axis=1) <= 1.0
    r, along, components = _Frame.of(point, places[inside], fit.chirality).seen(fit.axis, fit.core)
    left = np.full((3, Z.size), np.nan)
    left[:, inside] = components - texture((core_width(),), [fit.nu], r, along)
    return {"rho": rho, "z": z, "residual": left.reshape(3, n_z, n_rho, n_phi).mean(axis=-1)}
