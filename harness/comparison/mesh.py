"""What a study tends to as its cells shrink: events and whole loops, field by field, beside the continuum.

In: the analysed cases of a study, their table, their error budgets. Out: a `MeshStudy` for every way of
running one particle on two cell sizes or more. Only lattices that hold the same kind of state are combined.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from harness.analysis.convergence import Extrapolation, extrapolate
from harness.analysis.loop import Branch
from harness.analysis.result import CaseResult
from harness.comparison.error_budget import ErrorBudget
from harness.comparison.events import Events, model_events
from harness.comparison.lattices import but_cells, lattice_values, tells_nucleation, volume_ratio
from harness.comparison.prediction import Prediction
from harness.comparison.states import KINDS, UNKNOWN, UPRIGHT, simulated_states
from harness.comparison.table import TURN, Row
from harness.comparison.testimony import SAME_POLARITY_DEG
from reduced_model.loops.loop import ModelLoop
from reduced_model.models import VORTEX_MODELS
from reduced_model.results import BLUE, DRAWING_IN, Shown, axes_for, notebook_html, rows_of, table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["LatticeValues", "MeshStudy", "mesh_studies"]

Vector = NDArray[np.float64]

EVENTS = {
    "nucleation field": "nucleation",
    TURN: "tilt",
    "coercive field": "reversal",
    "annihilation field": "annihilation",
}
"""Quantities of the table that are fields of events, by the budget's name of the event."""
OF_ROWS = {"m": "", "core_angle_deg": "deg", "nu": ""}
"""What is extrapolated at every field, with its unit."""
MOST = {"m": 1.0, "core_angle_deg": 180.0}
"""Largest size that it can have."""
WORDS = {"m": "⟨m⟩", "core_angle_deg": "core angle", "nu": "ν", TURN: "core leaves the field's line"}
TYPICAL = 0.57
"""Share of Brown's field near which a field stands for the upright vortex: 0.30 T for the paper's sphere."""
NOTHING = (math.nan, math.nan)


@dataclass(frozen=True, eq=False, repr=False)
class LatticeValues(Shown):
    """One quantity on the lattices that have it, coarsest first, and what it tends to."""

    quantity: str
    """A key of EVENTS or OF_ROWS."""
    unit: str
    branch: str
    branch_number: int
    B_T: float
    """The row's field; nan for events."""
    kind: str
    """Of the states combined; empty for events."""
    results: tuple[CaseResult, ...]
    uncertainty: tuple[float, ...]
    found: Extrapolation
    continuum: tuple[float, float]
    """Value and error of the spectral continuum's branch of this kind, of nucleation Brown's; or nan."""
    theory: tuple[tuple[str, float], ...]
    """Other values of theory, by name: H' and H'', of nucleation its closed forms."""
    left_out: int
    """Lattices that hold another kind of state, or have no such event."""

    @property
    def name(self) -> str:
        """The quantity in words, with its field."""
        name = WORDS.get(self.quantity, self.quantity)
        return name if math.isnan(self.B_T) else f"{name} at {self.B_T:g} T"

    @property
    def agrees(self) -> bool | None:
        """Whether the continuum lies within the interval; None where one of them is not known."""
        known = self.found.converges and math.isfinite(self.continuum[0])
        return self.found.holds(self.continuum[0], float(np.nan_to_num(self.continuum[1]))) if known else None

    def to_dict(self) -> dict[str, Any]:
        """The numbers by name, as mesh.csv has them."""
        f = self.found
        return {
            **{"branch": self.branch, "quantity": self.quantity, "unit": self.unit, "B_T": self.B_T},
            **{"kind": self.kind, "lattices": len(f.cell_m), "left_out": self.left_out},
            **{"finest_cell_nm": round(f.cell_m[-1] * 1e9, 9), "finest": f.finest, "index": f.index},
            **{"outcome": f.outcome, "extrapolated": f.continuum, "low": f.low, "high": f.high},
            **{"order": f.order, "order_low": f.order_low, "order_high": f.order_high, "scatter": f.scatter},
            **{"per_log_radius": f.per_log_radius if f.excess is not None else math.nan},
            **{"continuum": self.continuum[0], "continuum_error": self.continuum[1], "agrees": self.agrees},
            **dict(self.theory),
        }

    def plot(self, ax: Axes | None = None, **look: Any) -> Axes:
        """Draw the values against cell size over the extrapolation's band, its interval at 0.

        Lattices off their centre are open. `look` goes to the markers.
        """
        ax, found = axes_for(ax), self.found
        look = {"color": BLUE, "marker": "o"} | look
        label = look.pop("label", None)
        if found.converges:
            cells = np.linspace(0.0, 1.04 * float(found.cell_m[0]), 60)
            middle, low, high = found.band(cells)
            ax.fill_between(cells * 1e9, low, high, color=look["color"], alpha=0.16, linewidth=0)
            ax.plot(cells * 1e9, middle, color=look["color"], linewidth=0.8)
            bars = [[found.continuum - found.low], [found.high - found.continuum]]
            ax.errorbar([0.0], [found.continuum], bars, capsize=2.5, clip_on=False, **look)
        for moved in (False, True):
            which = [k for k, r in enumerate(self.results) if any(r.case.mesh.offset_cells) is moved]
            if which:
                faces = {"markerfacecolor": "white"} if moved else {"label": label}
                of = ([a[k] for k in which] for a in (found.cell_m * 1e9, found.value, self.uncertainty))
                x, y, error = of
                ax.errorbar(x, y, np.nan_to_num(error), linestyle="none", elinewidth=0.7, **look, **faces)
        ax.set(xlabel="cell size (nm)", ylabel=f"{self.name} ({self.unit})" if self.unit else self.name)
        ax.set_xlim(left=0)
        return ax


@dataclass(frozen=True, eq=False, repr=False)
class MeshStudy(Shown):
    """One particle, run in one way on lattices of several cell sizes."""

    way: str
    """What tells it from the other series of the comparison."""
    results: tuple[CaseResult, ...]
    """Coarsest first, of one size the centred lattice last."""
    prediction: Prediction
    budgets: tuple[ErrorBudget | None, ...]
    rows: tuple[Row, ...]
    """Of the comparison's table those of these cases."""

    @property
    def cell_nm(self) -> tuple[float, ...]:
        """The cell sizes, coarsest first."""
        return tuple(sorted({result.case.mesh.cell_nm for result in self.results}, reverse=True))

    @cached_property
    def leading(self) -> int:
        """Place of the branch that leaves saturation."""
        return self.results[-1].leading

    @cached_property
    def events(self) -> tuple[LatticeValues, ...]:
        """The fields of events on every branch."""
        return tuple(
            found
            for number, branch in enumerate(self.results[-1].branches)
            for quantity in EVENTS
            if (found := self._event(quantity, number, branch)) is not None
        )

    def loop(self, observable: str = "m") -> tuple[LatticeValues, ...]:
        """An observable of OF_ROWS at every field of the path that has it, in its order."""
        return self._loops[observable]

    @cached_property
    def _loops(self) -> Mapping[str, tuple[LatticeValues, ...]]:
        lattices = [_Rows.of(result, self.prediction.axis_angle_rad) for result in self.results]
        return {name: tuple(self._at_rows(name, lattices)) for name in OF_ROWS}

    @cached_property
    def excess(self) -> tuple[float, ...] | None:
        """ln of each lattice's radius by volume over the sphere's; None where cells are partly filled."""
        ratios = self.volume_ratios
        return tuple(math.log(each) / 3 for each in ratios) if np.isfinite(ratios).all() else None

    @cached_property
    def volume_ratios(self) -> tuple[float, ...]:
        """Volume of each lattice over the sphere's."""
        return tuple(volume_ratio(result) for result in self.results)

    def at(self, observable: str, B_T: float, branch: int | None = None) -> LatticeValues | None:
        """An observable at the row of a branch (the leading one if none is given) nearest to a field."""
        number = self.leading if branch is None else branch
        rows = [each for each in self.loop(observable) if each.branch_number == number]
        return min(rows, key=lambda each: abs(each.B_T - B_T), default=None)

    @property
    def telling(self) -> tuple[LatticeValues, ...]:
        """What stands for the whole: nucleation, tilt, the upright vortex at a field, the remanent state."""
        events = {e.quantity: e for e in self.events if e.branch_number == self.leading}
        shown = [events.get("nucleation field"), events.get(TURN), self._upright()]
        for name in ("m", "core_angle_deg", "nu"):
            remanent = self.at(name, 0.0)
            shown.append(remanent if remanent is not None and abs(remanent.B_T) < 1e-9 else None)
        return tuple(each for each in shown if each is not None and len(each.results) > 1)

    def _upright(self) -> LatticeValues | None:
        """m where the vortex stands upright on most lattices, near the middle of its fields."""
        rows = [e for e in self.loop("m") if e.branch_number == self.leading and e.kind == KINDS[UPRIGHT]]
        most = max((len(each.results) for each in rows), default=0)
        rows = [each for each in rows if len(each.results) == most and each.B_T > 0]
        brown_T = self.prediction.nucleation.brown_T
        if not rows:
            return None
        middle = TYPICAL * brown_T if brown_T > 0 else float(np.median([each.B_T for each in rows]))
        return min(rows, key=lambda each: abs(each.B_T - middle))

    @property
    def everything(self) -> tuple[LatticeValues, ...]:
        """Events, then every observable at every field."""
        return (*self.events, *(each for name in OF_ROWS for each in self.loop(name)))

    @property
    def frame(self) -> pd.DataFrame:
        """A row a quantity, branch and field: what it tends to beside the continuum and the models."""
        return table({"series": self.way, **each.to_dict()} for each in self.everything)

    def _repr_html_(self) -> str:
        """Its quantities, for a notebook; `plot` draws one of them."""
        return notebook_html(None, DRAWING_IN, rows_of(self.frame))

    def to_dataframe(self) -> pd.DataFrame:
        """What its quantities tend to, as `frame` has it."""
        return self.frame

    @property
    def lattices(self) -> pd.DataFrame:
        """A row a lattice: cell size, offset, filled cells, their volume over the sphere's, their moment."""
        return table(lattice_values(result) for result in self.results)

    def plot(self, quantity: str = "nucleation field", B_T: float = 0.0, ax: Axes | None = None) -> Axes:
        """Draw a quantity of the leading branch against cell size: an event, or an observable at a field.

        Raises
        ------
        ValueError
            If no lattice has it.
        """
        found = self.at(quantity, B_T) if quantity in OF_ROWS else None
        for event in self.events:
            if event.quantity == quantity and event.branch_number == self.leading:
                found = event
        if found is None:
            known = dict.fromkeys([*(e.quantity for e in self.events), *OF_ROWS])
            raise ValueError(f"quantity = {quantity}: no lattice has it; there are {', '.join(known)}")
        return found.plot(ax)

    def _extrapolated(
        self,
        which: Sequence[int],
        values: Sequence[float],
        errors: Sequence[float],
        most: float = math.inf,
    ) -> Extrapolation:
        cells = [self.results[k].case.cell_m for k in which]
        excess = None if self.excess is None else [self.excess[k] for k in which]
        return extrapolate(cells, values, error=errors, excess=excess, most=most)

    def _event(self, quantity: str, number: int, branch: Branch) -> LatticeValues | None:
        rows = {
            row.folder: row for row in self.rows if (row.quantity, row.branch_number) == (quantity, number)
        }
        each = [rows.get(result.folder.name) for result in self.results]
        if quantity == "nucleation field":
            told = map(tells_nucleation, self.results)
            each = [row if tells else None for row, tells in zip(each, told, strict=True)]
        which = [k for k, row in enumerate(each) if row is not None and math.isfinite(row.simulated)]
        if not which:
            return None
        held = [row for row in each if row is not None and math.isfinite(row.simulated)]
        errors = [float(np.nan_to_num(row.uncertainty)) for row in held]
        side = 1.0 if branch.name == "descending" else -1.0
        lines = tuple((name, side * B_T) for name, B_T in self.prediction.nucleation_lines)
        models = {who: of[number][EVENTS[quantity]][0] for who, of in self._model_events.items()}
        return LatticeValues(
            *(quantity, "T", branch.label, number, math.nan, ""),
            results=tuple(self.results[k] for k in which),
            uncertainty=tuple(errors),
            found=self._extrapolated(which, [row.simulated for row in held], errors),
            continuum=(held[-1].continuum, self._event_error(EVENTS[quantity], branch.label)),
            theory=lines if quantity == "nucleation field" else _known(models),
            left_out=len(self.results) - len(which),
        )

    @cached_property
    def _model_events(self) -> dict[str, tuple[Events, ...]]:
        """The events of the models' branches on the same fields, by the models' symbols."""
        loops, angle = self.prediction.on_path, self.prediction.axis_angle_rad
        return {model.symbol: model_events(loops[model], angle) for model in VORTEX_MODELS if model in loops}

    def _event_error(self, event: str, branch: str) -> float:
        """Error of the continuum's field of an event; nan where it has none, 0 for Brown's."""
        if event == "nucleation":
            return 0.0
        events = next((b.events for b in self.budgets if b is not None), None)
        if events is None:
            return math.nan
        found = events.loc[(events["branch"] == branch) & (events["event"] == event), "continuum_error_T"]
        return float(found.iloc[0]) if len(found) else math.nan

    def _at_rows(self, name: str, lattices: Sequence[_Rows]) -> Iterator[LatticeValues]:
        """An observable at every row of the finest lattice that has it."""
        last, finest = self.results[-1], lattices[-1]
        for number, branch in enumerate(last.branches):
            start = branch.rows.start + (number > 0)  # a turning row counts to the branch it ends
            for row in range(start, branch.rows.stop):
                kind, angle = finest.kind[row], finest.angle_deg[row]
                if kind == UNKNOWN or not math.isfinite(finest.values[name][row]):
                    continue
                if name == "m" and math.isnan(angle):  # every direction is alike
                    continue
                which = [k for k, each in enumerate(lattices) if each.holds(name, row, kind, angle)]
                values = [float(lattices[k].values[name][row]) for k in which]
                yield LatticeValues(
                    *(name, OF_ROWS[name], branch.label, number, float(last.loop.B_T[row]), KINDS[kind]),
                    results=tuple(self.results[k] for k in which),
                    uncertainty=(0.0,) * len(which),
                    found=self._extrapolated(which, values, [0.0] * len(which), MOST.get(name, math.inf)),
                    continuum=self._like(name, row),
                    theory=_known(self._models(name, row)),
                    left_out=len(self.results) - len(which),
                )

    def _like(self, name: str, row: int) -> tuple[float, float]:
        """The continuum's branch of the kind that the finest lattice holds, at a row."""
        budget = self.budgets[-1]
        if budget is None or name not in budget.simulated.like_values:
            return NOTHING
        value, error = budget.simulated.like_values[name]
        return float(value[row]), float(error[row])

    def _models(self, name: str, row: int) -> dict[str, float]:
        loops = self.prediction.on_path
        return {model.symbol: _of_model(loops[model], name, row) for model in VORTEX_MODELS if model in loops}


@dataclass(frozen=True)
class _Rows:
    """What one lattice holds at every row."""

    kind: NDArray[np.int_]
    angle_deg: Vector
    values: Mapping[str, Vector]

    @classmethod
    def of(cls, result: CaseResult, axis_angle_rad: float) -> _Rows:
        """Kinds by the continuum's names; nu where a state was saved, the core's angle where it is turned."""
        states, moment = simulated_states(result, axis_angle_rad), np.asarray(result.moment, dtype=float)
        rows, nu = {int(step): k for k, step in enumerate(result.loop.step)}, np.full(moment.size, np.nan)
        for step, fit in result.fits.items():
            if fit.described and not fit.is_uniform:
                nu[rows[step]] = fit.nu
        turned = states.vortex & (states.kind != UPRIGHT) & result.sound
        angle = np.where(turned, states.angle_deg, np.nan)
        return cls(states.kind, states.angle_deg, {"m": moment, "core_angle_deg": angle, "nu": nu})

    def holds(self, name: str, row: int, kind: int, angle_deg: float) -> bool:
        """Whether it has a value there, of a state of this kind on the same side of the field."""
        if row >= len(self.kind) or self.kind[row] != kind or not math.isfinite(self.values[name][row]):
            return False
        return not abs(self.angle_deg[row] - angle_deg) >= SAME_POLARITY_DEG  # nan is on no side


def mesh_studies(
    results: Sequence[CaseResult],
    predictions: Sequence[Prediction],
    budgets: Sequence[ErrorBudget | None],
    rows: Sequence[Row],
) -> tuple[MeshStudy, ...]:
    """The series of cases that differ in cells alone; lattices off by half a cell each way are replicas."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for k, result in enumerate(results):
        groups.setdefault((*but_cells(result), predictions[k]), []).append(k)
    found = []
    for group in groups.values():
        mesh = {k: results[k].case.mesh for k in group}
        if len({each.cell_nm for each in mesh.values()}) < 2:
            continue
        ranked = sorted(group, key=lambda k: (-mesh[k].cell_nm, not any(mesh[k].offset_cells)))
        folders = {results[k].folder.name for k in group}
        found.append(
            MeshStudy(
                _way([results[k] for k in ranked]),
                tuple(results[k] for k in ranked),
                predictions[ranked[0]],
                tuple(budgets[k] for k in ranked) if budgets else (None,) * len(ranked),
                tuple(row for row in rows if row.folder in folders),
            )
        )
    return tuple(found)


def _way(results: Sequence[CaseResult]) -> str:
    """The parts of the labels that all of them share, or else the protocol."""
    count = Counter(part for result in results for part in dict.fromkeys(result.label.split(", ")))
    shared = [part for part, n in count.items() if n == len(results)]
    return ", ".join(shared) or results[0].case.protocol.slug


def _of_model(loop: ModelLoop, name: str, row: int) -> float:
    value = {"m": loop.mz, "core_angle_deg": np.rad2deg(loop.tau_rad), "nu": loop.nu}[name]
    return float(value[row])


def _known(values: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    return tuple((name, value) for name, value in values.items() if math.isfinite(value))
