"""What a loop says, against the radius and against radius and anisotropy.

In: radii, a material, models; for a phase diagram anisotropy constants too.
Out: `RadiusSweep` and `PhaseDiagram`: remanence, coercive, nucleation, annihilation fields, remanent nu, tau,
read off the descending branch of a full loop; both are tables and draw themselves.
"""

import dataclasses
import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reduced_model.errors import (
    Array,
    ModelError,
    column,
    non_negative_values,
    positive,
    positive_values,
    whole,
)
from reduced_model.loops.loop import ModelLoop, OnStep, field_loop, in_parallel
from reduced_model.loops.observables import loop_observables
from reduced_model.loops.path import branches, full_loop
from reduced_model.materials import Material, material
from reduced_model.models import VORTEX_MODELS, Model
from reduced_model.nucleation.spinodals import nucleation_radius
from reduced_model.results import BLUE, ORANGE, Result, Shown, Table, axes_for, table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

State = Literal["uniform", "upright vortex", "tilted vortex", "tilted uniform"]
STATES: tuple[State, ...] = ("uniform", "upright vortex", "tilted vortex", "tilted uniform")
_LINES: dict[Model, dict[str, Any]] = {
    Model.PRIME: {"color": ORANGE, "linestyle": (0, (4, 1.5))},
    Model.DOUBLE_PRIME: {"color": BLUE, "linestyle": "-"},
    Model.STONER_WOHLFARTH: {"color": "0.5", "linestyle": (0, (1, 1.5))},
}
_SHADES = ("0.97", "#9db8d9", "#e6a57e", "0.8")
_ORDER = 0.02  # nu from which a state counts as a vortex, as in `loop_observables`
_TILTED_RAD = math.radians(1.0)
_SCREEN_ROWS = 40
_HEADINGS = {
    "model": "model",
    "Ku_J_per_m3": "Ku (J/m³)",
    "radius_nm": "R (nm)",
    "remanence": "m(0)",
    "coercive_field_T": "Bc (T)",
    "nucleation_field_T": "Bn (T)",
    "remanent_nu": "ν(0)",
    "state": "remanent state",
}
"""Columns that fit a screen; the files hold all."""


@dataclass(frozen=True, repr=False)
class LoopSummary(Shown):
    """The descending branch of one loop in six numbers; nan where something does not occur."""

    remanence: float
    coercive_field_T: float
    nucleation_field_T: float
    """Where the uniform state loses stability to a vortex, exact."""
    annihilation_field_T: float
    """Where the vortex is gone again, exact."""
    remanent_nu: float
    remanent_tau_rad: float

    @property
    def state(self) -> State:
        """The remanent state in words."""
        tilted = min(self.remanent_tau_rad, math.pi - self.remanent_tau_rad) > _TILTED_RAD
        if self.remanent_nu < _ORDER:
            return "tilted uniform" if tilted else "uniform"
        return "tilted vortex" if tilted else "upright vortex"


QUANTITIES = tuple(field.name for field in dataclasses.fields(LoopSummary))
_Row = tuple[dict[str, Any], LoopSummary]
"""Where a loop was computed, and what it says."""


class _LoopTable(Result, ABC):
    """Loop summaries of a material as rows."""

    material: Material
    about: ClassVar[str]
    """What the rows are, in a few words."""

    @abstractmethod
    def _rows(self) -> Iterator[_Row]:
        """Every loop, in order."""

    def to_dataframe(self) -> "pd.DataFrame":
        """One row a loop: its place, its summary and the remanent state in words."""
        return table({**at, **dataclasses.asdict(loop), "state": loop.state} for at, loop in self._rows())

    def to_dict(self) -> dict[str, Any]:
        """The material and the rows of the table."""
        return {"material": self.material.name, "rows": self.to_dataframe().to_dict(orient="records")}

    def to_table(self) -> Table:
        """Title, header and no more rows than a screen holds, evenly chosen."""
        frame = self.to_dataframe()
        shown = frame.iloc[:: max(1, -(-len(frame) // _SCREEN_ROWS))]
        names = [name for name in frame.columns if name in _HEADINGS]
        rows = [tuple(_cell(name, row[name]) for name in names) for row in shown.to_dict(orient="records")]
        return f"{self.material.name}, {self.about}", tuple(_HEADINGS[name] for name in names), rows

    @abstractmethod
    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """The rows drawn; returns the axes."""


def _cell(name: str, value: Any) -> str:
    """A value to four decimals, sizes and constants as they are, "none" for what does not occur."""
    if isinstance(value, str) or name in ("radius_nm", "Ku_J_per_m3"):
        return value if isinstance(value, str) else f"{value:g}"
    return f"{round(value, 4) + 0.0:.4f}" if math.isfinite(value) else "none"


@dataclass(frozen=True, eq=False, repr=False)
class RadiusSweep(_LoopTable):
    """Loop summaries against the radius, for one or more models."""

    radius_m: Array
    summaries: dict[Model, tuple[LoopSummary, ...]]
    material: Material

    about = "descending branch"

    def column(self, model: Model | str, quantity: str) -> Array:
        """One of `QUANTITIES` against the radius."""
        return np.array([getattr(summary, quantity) for summary in self.summaries[Model(model)]])

    def _rows(self) -> Iterator[_Row]:
        for model, summaries in self.summaries.items():
            for R, summary in zip(self.radius_m, summaries, strict=True):
                yield {"model": str(model), "radius_nm": _nanometres(R)}, summary

    def plot(self, ax: "Axes | None" = None, quantity: str = "remanence") -> "Axes":
        """One of `QUANTITIES` against the radius, a line a model; returns the axes."""
        if quantity not in QUANTITIES:
            raise ModelError.of("quantity", quantity, "one of " + ", ".join(QUANTITIES))
        ax = axes_for(ax)
        for model in self.summaries:
            values = self.column(model, quantity)
            shown = np.degrees(values) if quantity.endswith("_rad") else values
            ax.plot(self.radius_m * 1e9, shown, label=str(model), **_LINES[model])
        label = quantity.replace("_T", " (T)").replace("_rad", " (deg)").replace("_", " ")
        ax.set(xlabel="radius (nm)", ylabel=label)
        ax.legend(frameon=False)
        return ax


@dataclass(frozen=True, eq=False, repr=False)
class PhaseDiagram(_LoopTable):
    """Loop summaries over anisotropy (m) and radius (n)."""

    Ku_J_per_m3: Array
    radius_m: Array
    summaries: tuple[tuple[LoopSummary, ...], ...]
    """m rows of n."""
    model: Model
    material: Material

    about = "remanent states"

    def column(self, quantity: str) -> Array:
        """One of `QUANTITIES`, (m, n)."""
        return np.array([[getattr(summary, quantity) for summary in row] for row in self.summaries])

    @property
    def states(self) -> NDArray[np.int64]:
        """Index into `STATES` of the remanent state, (m, n)."""
        return np.array([[STATES.index(summary.state) for summary in row] for row in self.summaries])

    def _rows(self) -> Iterator[_Row]:
        for Ku, row in zip(self.Ku_J_per_m3, self.summaries, strict=True):
            for R, summary in zip(self.radius_m, row, strict=True):
                yield {"Ku_J_per_m3": float(Ku), "radius_nm": _nanometres(R)}, summary

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """The remanent states as areas, with R_nuc(Ku) of the Ansatz upon them; returns the axes."""
        from matplotlib.colors import ListedColormap  # only where something is drawn: start-up time
        from matplotlib.patches import Patch

        ax = axes_for(ax)
        radius_nm, Ku = self.radius_m * 1e9, self.Ku_J_per_m3 * 1e-3
        areas: dict[str, Any] = {"cmap": ListedColormap(_SHADES), "vmin": -0.5, "vmax": 3.5}
        ax.pcolormesh(radius_nm, Ku, self.states, rasterized=True, shading="nearest", **areas)
        magnets = _with_anisotropy(self.material, self.Ku_J_per_m3)
        critical = np.array([nucleation_radius(each).exact_m for each in magnets]) * 1e9
        shown = np.where(np.isfinite(critical), critical, np.nan)
        line = ax.plot(shown, Ku, color="0.0", label=r"$R_{\rm nuc}$")
        present = sorted(set(self.states.ravel().tolist()))
        patches = [Patch(facecolor=_SHADES[i], edgecolor="0.4", label=STATES[i]) for i in present]
        ax.legend(handles=[*line, *patches], loc="upper right", fontsize="small", frameon=True)
        title = f"{self.material.name}, {self.model}, remanent state"
        ax.set(xlabel="radius (nm)", ylabel=r"$K_{\rm u}$ (kJ/m$^3$)", title=title)
        ax.set_xlim(radius_nm[0], radius_nm[-1])
        return ax


def radius_sweep(
    radius_m: ArrayLike,
    material_or_name: Material | str = "iron",
    *,
    models: Sequence[Model | str] = VORTEX_MODELS,
    points: int = 501,
    maximum_T: float | None = None,
    workers: int | None = None,
    on_step: OnStep | None = None,
) -> RadiusSweep:
    """A full loop for every radius and model.

    Parameters
    ----------
    radius_m : array_like, shape (n,)
        Radii in metres, > 0.
    material_or_name, models
        As the material and the model of `field_loop`.
    points : int
        Fields on each branch, odd and at least 3, so that zero is one of them.
    maximum_T : float, optional
        Largest field; by default mu0 Ms/3 + 4 Ku/Ms, beyond every nucleation field of the model.
    workers, on_step
        As for `in_parallel`.

    Examples
    --------
    >>> sweep = radius_sweep([8e-9, 20e-9], models=["H''"], points=201)
    >>> [f"{s.state} {s.remanence:.3f} {s.nucleation_field_T:.4f} T" for s in sweep.summaries["H''"]]
    ['uniform 1.000 nan T', 'upright vortex 0.195 0.5086 T']
    """
    radii = positive_values("radius_m", column("radius_m", radius_m))
    chosen, kinds = material(material_or_name), [Model(model) for model in models]
    lines, path = [(chosen, model) for model in kinds], _path(chosen, points, maximum_T)
    rows = _summaries(lines, radii, path, workers, on_step)
    return RadiusSweep(radii, dict(zip(kinds, rows, strict=True)), chosen)


def phase_diagram(
    radius_m: ArrayLike,
    Ku_J_per_m3: ArrayLike,
    material_or_name: Material | str = "iron",
    *,
    model: Model | str = Model.DOUBLE_PRIME,
    points: int = 201,
    maximum_T: float | None = None,
    workers: int | None = None,
    on_step: OnStep | None = None,
) -> PhaseDiagram:
    """A full loop for every radius and anisotropy constant.

    Parameters
    ----------
    Ku_J_per_m3 : array_like, shape (m,)
        Anisotropy constants, >= 0, in place of the material's.
        Other parameters as for `radius_sweep`.

    Examples
    --------
    >>> phases = phase_diagram([8e-9, 20e-9], [0.0, 4.8e4], points=101)
    >>> [[STATES[i] for i in row] for row in phases.states]
    [['uniform', 'upright vortex'], ['uniform', 'upright vortex']]
    """
    radii = positive_values("radius_m", column("radius_m", radius_m))
    constants = non_negative_values("Ku_J_per_m3", column("Ku_J_per_m3", Ku_J_per_m3))
    chosen, kind = material(material_or_name), Model(model)
    magnets = _with_anisotropy(chosen, constants)
    path = _path(magnets[int(np.argmax(constants))], points, maximum_T)
    rows = _summaries([(magnet, kind) for magnet in magnets], radii, path, workers, on_step)
    return PhaseDiagram(constants, radii, tuple(rows), kind, chosen)


def summarise(loop: ModelLoop) -> LoopSummary:
    """Six numbers of a loop's first branch; fields where stability is lost are the events' own."""
    end = branches(loop.B_T)[0][1]
    rows = slice(0, end + 1)
    branch = loop_observables(loop.B_T[rows], loop.mz[rows], jump_threshold=2.0)[0]  # jumps: from the events
    events = [event for event in loop.events if event.row <= end]
    opened = [event.B_T for event in events if event.nu_before == 0.0 and event.nu_after > 0.0]
    closed = [event.B_T for event in events if event.nu_after == 0.0 and event.mode == "nu"]
    coercive = branch.coercive_field_T
    step = float(np.max(np.abs(np.diff(loop.B_T)), initial=0.0))
    turned = [event.B_T for event in events if event.p_before[2] * event.p_after[2] < 0.0]
    jumps = [B_T for B_T in turned if abs(B_T - coercive) <= step]
    at_zero = int(np.argmin(np.abs(loop.B_T[rows])))
    return LoopSummary(
        remanence=branch.remanence,
        coercive_field_T=jumps[0] if jumps else coercive,
        nucleation_field_T=opened[0] if opened else math.nan,
        annihilation_field_T=closed[-1] if closed else math.nan,
        remanent_nu=float(loop.nu[at_zero]),
        remanent_tau_rad=float(loop.tau_rad[at_zero]),
    )


def _summaries(
    lines: list[tuple[Material, Model]], R: Array, path: Array, workers: int | None, on_step: OnStep | None
) -> list[tuple[LoopSummary, ...]]:
    """The summary of the loop at every radius, a row for each line's material and model."""

    def summary(job: tuple[Material, Model, float]) -> LoopSummary:
        magnet, model, radius_m = job
        return summarise(field_loop(path, radius_m=radius_m, material=magnet, model=model))

    found = in_parallel(summary, [(*line, each) for line in lines for each in R.tolist()], workers, on_step)
    return [tuple(found[i : i + R.size]) for i in range(0, len(found), R.size)]


def _with_anisotropy(base: Material, Ku_J_per_m3: Array) -> list[Material]:
    return [dataclasses.replace(base, Ku_J_per_m3=float(Ku)) for Ku in Ku_J_per_m3]


def _path(magnet: Material, points: int, maximum_T: float | None) -> Array:
    if whole("points", points, 3) % 2 == 0:
        raise ModelError.of("points", points, "an odd integer of at least 3")
    top = magnet.mu0Ms_T / 3.0 + 2.0 * magnet.anisotropy_field_T
    return full_loop(top if maximum_T is None else positive("maximum_T", maximum_T), int(points))


def _nanometres(radius_m: float) -> float:
    return round(float(radius_m) * 1e9, 9)
