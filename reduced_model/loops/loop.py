"""Hysteresis loops of the reduced model: the state followed along a path of fields.

In: fields, a radius, a material, a model.
Out: `ModelLoop`, a state for every field, and the exact fields where a branch lost its stability.

The state is a local minimum of the energy and stays on its branch, by continuation in the field, for as long
as that branch is stable; the loop therefore does not depend on the field step. Where the smallest curvature
reaches zero the state leaves along the unstable mode and slides downhill into the next minimum. A state that
symmetry holds on a saddle (the upright vortex that wants to tilt, the uniform one that wants to curl) leaves
it too, by an infinitesimal push towards +nu, or in tau towards the easy axis' azimuth: the loop shows stable
states only.
"""

import io
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reduced_model.errors import ModelError, column
from reduced_model.loops.observables import BranchObservables, branch_table, branches, loop_observables
from reduced_model.materials import Material
from reduced_model.tables import Table
from reduced_model.vortex.hamiltonian import Hamiltonian, Model, core_too_narrow
from reduced_model.vortex.kernels import CONVERGED, NU_TOO_LARGE, follow, interpolate_many
from reduced_model.vortex.profiles import profile_table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

Array = NDArray[np.float64]
_FIELD_TOLERANCE_T = 1e-11  # bracket of a lost stability: a hundredth of the 1e-9 T promised
_SADDLE = 1e-12  # a curvature below minus this times the energy's size is negative, whatever the rounding
_OVERSHOOT_T = 1e-6  # how far beyond it the descent starts: a new nu is 1e-3 there, well above rounding


@dataclass(frozen=True)
class Event:
    """A loss of stability along the path, located to 1e-9 T."""

    B_T: float
    """Field at which the branch ends."""
    mode: Literal["nu", "tau", "omega"]
    """What dominates the unstable mode: the vortex opening or closing, its core tilting, or turning."""
    row: int
    """First row of the loop beyond it, at least 1."""
    nu_before: float
    """nu where the branch ends."""
    nu_after: float
    """nu of the minimum the state slides into, 1e-6 T further."""
    p_before: tuple[float, float, float]
    """Core direction where the branch ends."""
    p_after: tuple[float, float, float]
    """Core direction of the minimum the state slides into."""
    delta_mz: float
    """Change of the mean magnetisation; below 0.01 where a branch only bends into the next (a pitchfork)."""


@dataclass(frozen=True, eq=False)
class ModelLoop:
    """A field-following loop of the reduced model; all arrays (n,), read-only, in path order."""

    B_T: Array
    """Field along z."""
    mz: Array
    """Mean magnetisation along the field, g_z(nu) cos(tau)."""
    nu: Array
    """Vortex parameter, 0 for the uniform state."""
    tau_rad: Array
    """Angle of the core to the field, 0 to pi."""
    omega_rad: Array
    """Azimuth of the core; 0 where it has none or turning it costs nothing."""
    energy: Array
    """Energy in units of (4 pi/3) A R."""
    lambda_min: Array
    """Smallest curvature of the energy, same units; directions free of cost left out."""
    events: tuple[Event, ...]
    """Losses of stability, in path order."""
    model: Model
    """H', H'' or SW."""
    radius_m: float
    """Radius of the sphere."""
    material: Material
    """Its material, with the easy axis."""
    frozen_omega: bool = False
    """Whether the azimuth was kept from taking part in stability."""

    @cached_property
    def hamiltonian(self) -> Hamiltonian:
        """The energy whose minima these are."""
        return Hamiltonian(self.material, self.radius_m, self.model, self.frozen_omega)

    @property
    def energy_J(self) -> Array:
        """Energy in joules."""
        return self.energy * self.hamiltonian.energy_unit_J

    @cached_property
    def false_branch(self) -> NDArray[np.bool_]:
        """(n,) where the state is no minimum but for its azimuth being frozen: a saddle taken for a branch.

        All false unless the loop was asked for with `frozen_omega`.
        """
        if not self.frozen_omega or self.hamiltonian.axis_tilt_rad == 0.0:
            return np.zeros(self.B_T.size, dtype=bool)
        sine = np.sin(self.tau_rad)
        p = np.stack((sine * np.cos(self.omega_rad), sine * np.sin(self.omega_rad), np.cos(self.tau_rad)), -1)
        curvature = self.hamiltonian.hessian(self.nu, p, self.B_T)[:, 2, 2]  # mirror symmetry decouples it
        return curvature < -_SADDLE * (4.0 + self.hamiltonian.d)

    def to_dict(self) -> dict[str, Any]:
        """The loop by column name, with its settings and observables."""
        names = ("B_T", "mz", "nu", "tau_rad", "omega_rad", "energy", "lambda_min")
        return {
            "model": self.model,
            "radius_nm": round(self.radius_m * 1e9, 9),
            "material": self.material.name,
            **{name: getattr(self, name) for name in names},
            "observables": self.observables(),
        }

    def to_table(self) -> Table:
        """The observables for people: title, header, rows."""
        return branch_table(self._title(), self.observables())

    def observables(self, nu_threshold: float = 0.02) -> tuple[BranchObservables, ...]:
        """Remanence, coercive field, nucleation, annihilation, jumps of each branch, to a field step."""
        return loop_observables(self.B_T, self.mz, order=self.nu, order_threshold=nu_threshold)

    def to_frame(self) -> "pd.DataFrame":
        """The loop as a table, one row a field."""
        import pandas as pd

        names = ("B_T", "mz", "nu", "tau_rad", "omega_rad", "energy", "lambda_min")
        return pd.DataFrame({name: getattr(self, name) for name in names})

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw m_z against field, one line a branch; returns the axes."""
        if ax is None:
            import matplotlib.pyplot as plt

            ax = plt.subplots()[1]
        for first, last in branches(self.B_T):
            rows = slice(first, last + 1)
            line, label = ("-", "falling") if self.B_T[last] < self.B_T[first] else ("--", "rising")
            ax.plot(self.B_T[rows], self.mz[rows], line, label=label)
        ax.set(xlabel=r"$B_0$ (T)", ylabel=r"$\langle m_z\rangle$", title=self._title())
        ax.legend(frameon=False)
        return ax

    def _title(self) -> str:
        return f"{self.material.name}, R = {self.radius_m * 1e9:g} nm, {self.model}"

    def __repr__(self) -> str:
        return f"ModelLoop({self._title()}, {self.B_T.size} fields, {len(self.events)} events)"

    def _repr_html_(self) -> str:
        """The drawing and the observables, for a notebook."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(4.8, 3.2), layout="constrained")
        self.plot(figure.add_subplot())
        drawing = io.StringIO()
        figure.savefig(drawing, format="svg")
        svg = drawing.getvalue()
        names = [field.name for field in fields(BranchObservables) if field.name != "jumps"]
        head = "".join(f"<th>{name}</th>" for name in (*names, "jumps_T"))
        body = ""
        for branch in self.observables():
            cells = [getattr(branch, name) for name in names]
            texts = [cell if isinstance(cell, str) else f"{cell:.4g}" for cell in cells]
            texts.append(", ".join(f"{jump.B_T:.4g}" for jump in branch.jumps) or "none")
            body += "<tr>" + "".join(f"<td>{text}</td>" for text in texts) + "</tr>"
        return f"{svg[svg.index('<svg') :]}<table><tr>{head}</tr>{body}</table>"


def field_loop(
    B_T: ArrayLike,
    *,
    radius_m: float,
    material: Material | str,
    model: Model = "H''",
    frozen_omega: bool = False,
) -> ModelLoop:
    """Follow the state of a sphere along a path of fields.

    Parameters
    ----------
    B_T : (n,) fields along z, any path, up, down or repeated
    radius_m : radius of the sphere
    material : Material or the name of one; its axis is the easy axis, at any angle to the field
    model : "H'", "H''" or "SW" (nu held at 0)
    frozen_omega : keep the azimuth of the core out of stability; with a tilted axis the loop then runs along
        branches that do not exist (see `ModelLoop.false_branch`)

    Returns
    -------
    ModelLoop
        The path is taken to come from saturation on the side of its first field (the positive one for 0).

    Raises
    ------
    ModelError
        If a parameter is out of range, or the particle so large that its core is narrower than R/50.

    Examples
    --------
    >>> loop = field_loop(np.linspace(1, -1, 401), radius_m=20e-9, material="iron")
    >>> [f"{event.B_T:.6f} T {event.mode}" for event in loop.events]
    ['0.508565 T nu', '-0.023979 T tau', '-0.508565 T nu']
    """
    path = column("B_T", B_T)
    h = Hamiltonian(material, radius_m, model, frozen_omega)  # type: ignore[arg-type]
    return follow_path(h, path, profile_table())


def follow_path(h: Hamiltonian, path: Array, table: Array) -> ModelLoop:
    """`field_loop` on checked fields, with any table of profile functions (see `profiles.profile_table`)."""
    side = -1.0 if path[0] < 0.0 else 1.0
    saturation_T = 2.0 * (h.material.mu0Ms_T + h.material.anisotropy_field_T)
    start_T = side * max(abs(path[0]), saturation_T)
    state = np.array([0.0, 0.0, 0.0, side])
    rows = np.empty((path.size, 7))
    found = np.empty((16 * (len(branches(path)) + 1), 11))
    unit = h.b_per_T
    status, count = follow(
        table,
        h.physics,
        h.live,
        path * unit,
        start_T * unit,
        state,
        _FIELD_TOLERANCE_T * unit,
        _OVERSHOOT_T * unit,
        rows,
        found,
    )
    if status == NU_TOO_LARGE:
        raise core_too_narrow(h.radius_m)
    if status != CONVERGED:
        raise ModelError(
            f"radius_m = {h.radius_m!r}: the loop of {h.material.name} lost its branch (status {status})"
        )
    events = (_event(h, table, event) for event in found[:count] if event[10] > 0)  # 0: before the path
    return ModelLoop(
        **_columns(h, path, rows),
        events=tuple(events),
        model=h.model,
        radius_m=h.radius_m,
        material=h.material,
        frozen_omega=h.frozen_omega,
    )


def _columns(h: Hamiltonian, path: Array, rows: Array) -> dict[str, Array]:
    """The read-only arrays of a loop, in the laboratory frame."""
    p = h.rotated(rows[:, 1:4], into_kernel=False)
    sine = np.hypot(p[:, 0], p[:, 1])
    columns = {
        "B_T": path,
        "mz": rows[:, 6].copy(),
        "nu": rows[:, 0].copy(),
        "tau_rad": np.arctan2(sine, p[:, 2]),
        "omega_rad": np.where(sine > 0.0, np.arctan2(p[:, 1], p[:, 0]), 0.0),
        "energy": rows[:, 4].copy(),
        "lambda_min": rows[:, 5].copy(),
    }
    for values in columns.values():
        values.flags.writeable = False
    return columns


def _event(h: Hamiltonian, table: Array, found: Array) -> Event:
    before, after = (h.rotated(found[i : i + 3], into_kernel=False) for i in (3, 7))
    moments = np.empty((2, 15))
    interpolate_many(table, found[[2, 6]], moments)
    modes: tuple[Literal["nu", "tau", "omega"], ...] = ("nu", "tau", "omega")
    return Event(
        B_T=float(found[0]) / h.b_per_T,
        mode=modes[int(found[1])],
        row=int(found[10]),
        nu_before=float(found[2]),
        nu_after=float(found[6]),
        p_before=(float(before[0]), float(before[1]), float(before[2])),
        p_after=(float(after[0]), float(after[1]), float(after[2])),
        delta_mz=float(moments[1, 3] * after[2] - moments[0, 3] * before[2]),
    )
