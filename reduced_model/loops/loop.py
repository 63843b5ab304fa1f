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

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reduced_model.errors import Array, ModelError, column, whole
from reduced_model.loops.observables import BranchObservables, branch_table, loop_observables
from reduced_model.loops.path import branches, draw_branches
from reduced_model.materials import Material
from reduced_model.materials import material as known_material
from reduced_model.models import Model
from reduced_model.results import Result, Table, Tabled, axes_for
from reduced_model.vortex.hamiltonian import Hamiltonian, core_too_narrow
from reduced_model.vortex.kernels import CONVERGED, NU_TOO_LARGE, follow, interpolate_many
from reduced_model.vortex.profiles import profile_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Mode = Literal["nu", "tau", "omega"]
MODES: tuple[Mode, ...] = ("nu", "tau", "omega")
OnStep = Callable[[int, int], None]
"""Called with the steps done and their number."""
Item = TypeVar("Item")
Outcome = TypeVar("Outcome")

_FIELD_TOLERANCE_T = 1e-11  # bracket of a lost stability: a hundredth of the 1e-9 T promised
_SADDLE = 1e-12  # a curvature below minus this times the energy's size is negative, whatever the rounding
_OVERSHOOT_T = 1e-6  # how far beyond it the descent starts: a new nu is 1e-3 there, well above rounding


@dataclass(frozen=True)
class Event(Tabled):
    """A loss of stability along the path, located to 1e-9 T."""

    B_T: float
    """Field at which the branch ends."""
    mode: Mode
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


@dataclass(frozen=True, eq=False, repr=False)
class ModelLoop(Result):
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
    radius_m: float
    """Radius of the sphere."""
    material: Material
    """Its material, with the easy axis."""
    frozen_omega: bool = False
    """Whether the azimuth was kept from taking part in stability."""

    table_columns = ("B_T", "mz", "nu", "tau_rad", "omega_rad", "energy", "lambda_min")

    @cached_property
    def hamiltonian(self) -> Hamiltonian:
        """The energy whose minima these are."""
        return Hamiltonian(self.material, self.radius_m, self.model, self.frozen_omega)

    @property
    def energy_J(self) -> Array:
        """Energy in joules."""
        return self.energy * self.hamiltonian.energy_unit_J

    @cached_property
    def p(self) -> Array:
        """Direction of the core, (n, 3)."""
        sine, w = np.sin(self.tau_rad), self.omega_rad
        return np.stack((sine * np.cos(w), sine * np.sin(w), np.cos(self.tau_rad)), axis=-1)

    @property
    def energies_J(self) -> dict[str, Array]:
        """Energy terms and their total in joules, from MuMax3's zero (see `Hamiltonian.energies_J`)."""
        return self.hamiltonian.energies_J(self.nu, self.p, self.B_T)

    @cached_property
    def false_branch(self) -> NDArray[np.bool_]:
        """(n,) where the state is no minimum but for its azimuth being frozen: a saddle taken for a branch.

        All false unless the loop was asked for with `frozen_omega`.
        """
        if not self.frozen_omega or self.hamiltonian.axis_tilt_rad == 0.0:
            return np.zeros(self.B_T.size, dtype=bool)
        hessian = self.hamiltonian.hessian(self.nu, self.p, self.B_T)
        curvature = hessian[:, 2, 2]  # mirror symmetry decouples it
        return curvature < -_SADDLE * (4.0 + self.hamiltonian.d)

    def to_dict(self) -> dict[str, Any]:
        """The loop by column name, with its settings and observables."""
        return {**self.settings, **self.columns(), "observables": self.observables()}

    def to_table(self) -> Table:
        """The observables for people: title, header, rows."""
        return branch_table(self.title, self.observables())

    def observables(self, nu_threshold: float = 0.02) -> tuple[BranchObservables, ...]:
        """Remanence, coercive field, nucleation, annihilation, jumps of each branch, to a field step."""
        return loop_observables(self.B_T, self.mz, order=self.nu, order_threshold=nu_threshold)

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw m_z against field, one line a branch; returns the axes."""
        return draw_branches(axes_for(ax), self.B_T, self.mz, self.title)

    @property
    def settings(self) -> dict[str, Any]:
        """Model, radius and material by name."""
        radius_nm = round(self.radius_m * 1e9, 9)
        return {"model": self.model, "radius_nm": radius_nm, "material": self.material.name}

    @property
    def title(self) -> str:
        """Material, radius and model in a few words."""
        return f"{self.material.name}, R = {self.radius_m * 1e9:g} nm, {self.model}"

    def __repr__(self) -> str:
        return f"ModelLoop({self.title}, {self.B_T.size} fields, {len(self.events)} events)"


def field_loop(
    B_T: ArrayLike,
    *,
    radius_m: float,
    material: Material | str,
    model: Model | str = Model.DOUBLE_PRIME,
    frozen_omega: bool = False,
) -> ModelLoop:
    """Follow the state of a sphere along a path of fields (Adams & Michels 2026, Eqs. 7 to 9).

    Parameters
    ----------
    B_T : array_like, shape (n,)
        Fields along z in tesla: any path, up, down or repeated.
    radius_m : float
        Radius of the sphere in metres, > 0.
    material : Material or str
        Its axis is the easy axis, at any angle to the field.
    model : Model or str
        "H'", "H''" or "SW" (nu held at 0).
    frozen_omega : bool
        Keep the azimuth of the core out of stability; with a tilted axis the loop then runs along branches
        that do not exist (see `ModelLoop.false_branch`).

    Returns
    -------
    ModelLoop
        The path is taken to come from saturation on the side of its first field (the positive one for 0).

    Raises
    ------
    ModelError
        If the particle is so large that its core is narrower than R/50.

    Examples
    --------
    >>> loop = field_loop(np.linspace(1, -1, 401), radius_m=20e-9, material="iron")
    >>> [f"{event.B_T:.6f} T {event.mode}" for event in loop.events]
    ['0.508565 T nu', '-0.023979 T tau', '-0.508565 T nu']
    """
    path = column("B_T", B_T)
    h = Hamiltonian(known_material(material), radius_m, Model(model), frozen_omega)
    return follow_path(h, path, profile_table())


def in_parallel(
    work: Callable[[Item], Outcome],
    items: Sequence[Item],
    workers: int | None = None,
    on_step: OnStep | None = None,
) -> list[Outcome]:
    """Map over items in threads, `workers` at a time (as many as there are cores if None), in order.

    The loop kernel holds no lock. `on_step` is called with the items done and their number.
    """
    threads = (os.cpu_count() or 1) if workers is None else whole("workers", workers, 1)
    profile_table()  # once, before the threads
    results = []
    with ThreadPoolExecutor(threads) as pool:
        for result in pool.map(work, items):
            results.append(result)
            if on_step is not None:
                on_step(len(results), len(items))
    return results


def follow_path(h: Hamiltonian, path: Array, table: Array) -> ModelLoop:
    """`field_loop` on checked fields, with any table of profile functions (see `profiles.profile_table`)."""
    side = -1.0 if path[0] < 0.0 else 1.0
    saturation_T = 2.0 * (h.material.mu0Ms_T + h.material.anisotropy_field_T)
    start_T = side * max(abs(path[0]), saturation_T)
    state = np.array([0.0, 0.0, 0.0, side])
    rows, found = np.empty((path.size, 7)), np.empty((16 * (len(branches(path)) + 1), 11))
    unit = h.b_per_T
    within = (_FIELD_TOLERANCE_T * unit, _OVERSHOOT_T * unit)
    status, count = follow(table, h.physics, h.live, path * unit, start_T * unit, state, *within, rows, found)
    if status == NU_TOO_LARGE:
        raise core_too_narrow(h.radius_m)
    if status != CONVERGED:
        lost = f"the loop of {h.material.name} lost its branch (status {status})"
        raise ModelError(f"radius_m = {h.radius_m!r}: {lost}")
    p = h.rotated(rows[:, 1:4], into_kernel=False)
    sine = np.hypot(p[:, 0], p[:, 1])
    tau, omega = np.arctan2(sine, p[:, 2]), np.where(sine > 0.0, np.arctan2(p[:, 1], p[:, 0]), 0.0)
    nu, energy, lambda_min, mz = np.ascontiguousarray(rows[:, [0, 4, 5, 6]].T)
    events = tuple(_event(h, table, event) for event in found[:count] if event[10] > 0)  # 0: before the path
    settings = (h.model, h.radius_m, h.material, h.frozen_omega)
    return ModelLoop(path, mz, nu, tau, omega, energy, lambda_min, events, *settings)


def _event(h: Hamiltonian, table: Array, found: Array) -> Event:
    before, after = (h.rotated(found[i : i + 3], into_kernel=False).tolist() for i in (3, 7))
    moments = np.empty((2, 15))
    interpolate_many(table, found[[2, 6]], moments)
    return Event(
        B_T=float(found[0]) / h.b_per_T,
        mode=MODES[int(found[1])],
        row=int(found[10]),
        nu_before=float(found[2]),
        nu_after=float(found[6]),
        p_before=tuple(before),
        p_after=tuple(after),
        delta_mz=float(moments[1, 3] * after[2] - moments[0, 3] * before[2]),
    )
