"""One case as a witness: the branch that left saturation, its numbers, the theory it is held against.

In: a Comparison. Out: an Evidence a case, with what the findings need, and the maker of its findings.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.analysis.result import CaseResult
from harness.comparison.comparison import Comparison, engine_of
from harness.comparison.error_budget import ErrorBudget
from harness.comparison.lattices import cell_in_exchange_lengths, resolved
from harness.comparison.prediction import Prediction
from harness.comparison.states import simulated_states
from harness.comparison.table import Row
from harness.study.protocols import Bare, Bias, Imported, Tilt
from harness.study.study import Case
from harness.verdict.finding import Detail, Finding, Kind, Number, RunRows
from reduced_model.loops.observables import BranchObservables

MOMENTS_DIFFER = 0.02
"""Difference of <m> from which two are not the same, as for an open loop."""
HELD = 0.5
"""Moment from which a state counts as held on one side of the field."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """A case with its prediction, read along its leading branch.

    That is the one that starts uniform at the largest field, whichever way it runs, or else any such one.
    Fields are compared as heights: B where the branch comes from saturation along the field, -B where it
    comes from the other side, so that what happens earlier on the way from saturation is higher.
    """

    result: CaseResult
    prediction: Prediction
    rows: Mapping[tuple[str, str, int], Row]
    """The first row of every run, quantity and branch; the same for all cases."""
    peers: Sequence[Evidence]
    """All cases of the comparison, this one among them."""
    budget: ErrorBudget | None = None
    """How far simulation and models are from the continuum; None where there is none."""

    @property
    def case(self) -> Case:
        """What was to be run."""
        return self.result.case

    @property
    def run(self) -> str:
        """Name of the run's folder."""
        return self.result.folder.name

    @property
    def number(self) -> int:
        """Place of the leading branch on the path."""
        return self.result.leading

    @property
    def branch(self) -> BranchObservables:
        """Observables of the leading branch."""
        return self.result.observables[self.number]

    @cached_property
    def side(self) -> float:
        """+1 where the moment stands along the field's direction as the leading branch begins, -1 against it.

        Where it stands across, as a vortex can, the way the field runs tells: down from saturation, or up.
        """
        begins = float(self.result.moment[self.result.branches[self.number].rows.start])
        if abs(begins) > HELD:
            return 1.0 if begins > 0 else -1.0
        return 1.0 if self.branch.branch == "descending" else -1.0

    @cached_property
    def fields_T(self) -> np.ndarray:
        """Fields of the leading branch, in path order, as far as its rows are sound."""
        rows = self.result.sound_part(self.result.branches[self.number])
        return np.asarray(self.result.loop.B_T)[rows]

    @property
    def lowest_T(self) -> float:
        """The smallest height the leading branch reaches; inf where not even its first row is sound."""
        return float((self.side * self.fields_T).min(initial=np.inf))

    def row(self, quantity: str) -> Row | None:
        """A quantity of the leading branch."""
        return self.rows.get((self.run, quantity, self.number))

    @property
    def nucleation(self) -> Row:
        """The nucleation field of the leading branch, nan where there is none."""
        return self.rows[self.run, "nucleation field", self.number]

    @property
    def coercive(self) -> Row:
        """The coercive field of the leading branch, nan where there is none."""
        return self.rows[self.run, "coercive field", self.number]

    def height(self, value_T: float) -> float:
        """A signed field of the leading branch as a height; a height as a signed field just as well."""
        return self.side * value_T

    def lower_model_T(self, row: Row) -> float:
        """Height of the later of the two models' fields; nan where either has none."""
        return float((self.side * np.array([row.model_prime, row.model_double_prime])).min())

    def rows_at(self, which: NDArray[Any] | list[int]) -> RunRows:
        """The rows of the run that a mask or indices select."""
        return RunRows(self.run, tuple(map(int, np.asarray(self.result.loop.step)[which])))

    @property
    def particle(self) -> str:
        """What the head of a report calls the particle: its radius, its material where there are several."""
        radius = f"R = {self.case.particle.radius_nm:g} nm"
        several = len({e.case.material for e in self.peers}) > 1
        return f"{self.case.material.label}, {radius}" if several else radius

    @property
    def name(self) -> str:
        """The label without the particle, which the head of a report names before it."""
        return self.result.short_label

    @property
    def way(self) -> str:
        """The name without cells and their smoothing: what is left is how the case was run."""
        mesh = self.case.mesh
        cells = (f"{mesh.cell_nm:g} nm cells", f"EdgeSmooth {mesh.edge_smooth}")
        return self.result.label_without(f"R = {self.case.particle.radius_nm:g} nm", *cells)

    @property
    def engine(self) -> str:
        """Engine and algorithm of the run."""
        return engine_of(self.result)

    def finding(self, kind: Kind, *rows: Row | RunRows, **values: Number | Detail) -> Finding:
        """A finding about this case: its numbers and details by name, the rows it was read from.

        Without rows of its own it rests on the run as a whole.
        """
        sources = [row if isinstance(row, RunRows) else RunRows(row.folder, row.steps) for row in rows]
        if self.run not in {source.run for source in sources}:
            sources.insert(0, RunRows(self.run))
        details: dict[str, Any] = {}
        numbers: dict[str, Any] = {}
        for name, value in values.items():
            first = value[0] if isinstance(value, tuple) and value else value
            (details if isinstance(first, str | bool | tuple) else numbers)[name] = value
        return Finding(kind, numbers, (self.result.label,), tuple(sources), details)

    @property
    def moments(self) -> pd.DataFrame:
        """The rows of the error budget that are about the moment along the field; none without a budget."""
        return pd.DataFrame() if self.budget is None else self.budget.moments

    def continuum_T(self, event: str) -> float:
        """Field of the continuum's event on the leading branch; nan without one, or without a budget."""
        if self.budget is None:
            return float("nan")
        events, branch = self.budget.events, self.result.branches[self.number].label
        fields = events.loc[(events["branch"] == branch) & (events["event"] == event), "continuum_T"]
        return float(fields.iloc[0]) if len(fields) else float("nan")

    @cached_property
    def problem(self) -> tuple[object, ...]:
        """What makes two cases one physical problem on one mesh: the field's direction too."""
        case = self.case
        return (case.material, case.particle, case.mesh, case.field, case.solver, case.direction)

    @property
    def mesh_problem(self) -> tuple[object, ...]:
        """The same, whatever algorithm solves it and however far its path was followed."""
        case = self.case
        return (case.material, case.particle, case.mesh, case.solver.surface, case.direction)

    def is_part_of(self, other: Evidence) -> bool:
        """Whether its path is the other's, or the beginning of it, so that what is left out was not run."""
        own, whole = self.case.field_values_T, other.case.field_values_T
        return len(own) <= len(whole) and np.allclose(own, whole[: len(own)], rtol=0, atol=1e-9)

    @cached_property
    def rivals(self) -> tuple[Evidence, ...]:
        """Other protocols on the same problem and mesh that do not perturb the rows themselves."""
        return tuple(e for e in self.peers if e is not self and not e.perturbed and e.problem == self.problem)

    @property
    def nucleates(self) -> bool:
        """Whether a vortex appears on the leading branch."""
        return bool(np.isfinite(self.nucleation.simulated))

    @property
    def stays_uniform(self) -> bool:
        """Whether the leading branch starts uniform and no vortex appears on it."""
        return self.branch.starts_as == "uniform" and not self.nucleates

    @property
    def holds_vortex(self) -> bool:
        """Whether a row of the leading branch holds one, by circulation, state or moment."""
        known = simulated_states(self.result, self.prediction.axis_angle_rad)
        vortex = (self.budget.simulated.states if self.budget else known).vortex
        return bool(vortex[self.result.sound_part(self.result.branches[self.number])].any())

    @property
    def left_T(self) -> float:
        """Height at which a vortex ended the uniform state, or to which none did."""
        return self.height(self.nucleation.simulated) if self.nucleates else self.held_to_T

    @property
    def held_to_T(self) -> float:
        """Height of the last row at which a branch without a vortex was still on the side it came from."""
        reversal = self.height(self.coercive.simulated) + float(np.nan_to_num(self.coercive.uncertainty))
        return reversal if np.isfinite(reversal) else self.lowest_T

    @property
    def single_domain(self) -> bool:
        """Whether theory has coherent rotation end the uniform state, before any vortex."""
        if self.prediction.closed_form:
            return self.prediction.nucleation.brown_T <= self.prediction.nucleation.coherent_T
        models = [loop.observables()[self.number] for loop in self.prediction.on_path.values()]
        uniform = [m.starts_as == "uniform" and np.isnan(m.nucleation_field_T) for m in models]
        return bool(models) and all(uniform)

    @property
    def of_sphere(self) -> tuple[Case, ...]:
        """The cases of the same sphere, its own among them."""
        own = self.case.material, self.case.particle
        return tuple(e.case for e in self.peers if (e.case.material, e.case.particle) == own)

    @property
    def whole_beside(self) -> bool:
        """Whether the same sphere is among the cases in whole cells of this size."""
        wanted = self.case.mesh.cell_nm, 0
        return any((c.mesh.cell_nm, c.mesh.edge_smooth) == wanted for c in self.of_sphere)

    @property
    def perturbed(self) -> bool:
        """Whether the protocol still perturbs as a row is written: it rounds the transition, tests none."""
        return isinstance(self.case.protocol, Bias)

    @property
    def isotropic(self) -> bool:
        """Whether the material has no anisotropy."""
        return self.case.material.Ku_J_per_m3 == 0.0

    @property
    def circulation(self) -> np.ndarray:
        """Share of pure circulation along the leading branch; nan without an order parameter."""
        rows = self.result.branches[self.number].rows
        return np.full(1, np.nan) if self.result.order is None else self.result.order[rows]

    @property
    def offset(self) -> bool:
        """Whether the lattice is off the sphere's centre by what breaks inversion: half a cell does not."""
        return any((2.0 * shift) % 1.0 for shift in self.case.mesh.offset_cells)

    @property
    def keeps_inversion(self) -> bool:
        """Whether nothing but rounding breaks m(r) = m(-r) in this run."""
        return not self.offset and isinstance(self.case.protocol, Bare | Tilt)

    @property
    def imported(self) -> bool:
        """Whether another program ran it, so that what broke its symmetry is not known."""
        return isinstance(self.case.protocol, Imported)

    @property
    def cell_in_exchange_lengths(self) -> float:
        """Size of a cell in units of l_ex."""
        return cell_in_exchange_lengths(self.case)

    @property
    def cells_across(self) -> float:
        """Cells along the diameter."""
        return self.case.cells_across

    @property
    def resolved(self) -> bool:
        """Whether the cells can hold a vortex core, so that nu, tau and the Hamiltonians mean something."""
        return resolved(self.case)

    @property
    def sketch(self) -> bool:
        """Whether the cells cannot hold a vortex core where there is one, in the simulation or in theory."""
        return not self.resolved and (self.holds_vortex or not self.single_domain)


def witnesses(comparison: Comparison) -> tuple[Evidence, ...]:
    """Every case of a comparison, in its order."""
    rows = {(row.folder, row.quantity, row.branch_number): row for row in reversed(comparison.rows)}
    peers: list[Evidence] = []
    each = zip(comparison.results, comparison.prediction_of, comparison.budgets, strict=True)
    for result, prediction, budget in each:
        peers.append(Evidence(result, prediction, rows, peers, budget))
    return tuple(peers)


def grouped(cases: Iterable[Evidence], key: Callable[[Evidence], object]) -> list[list[Evidence]]:
    """The cases that share a key together, in order."""
    groups: dict[object, list[Evidence]] = {}
    for evidence in cases:
        groups.setdefault(key(evidence), []).append(evidence)
    return list(groups.values())


def measured(name: str, row: Row) -> dict[str, float]:
    """A field and its error as numbers of a finding."""
    return {f"{name}_T": row.simulated, f"{name}_error_T": row.uncertainty}


def same_T(one: Row, other: Row) -> bool:
    """Whether two fields may be the same: the rows around them overlap."""
    margin_T = sum(row.uncertainty for row in (one, other) if math.isfinite(row.uncertainty))
    return abs(one.simulated - other.simulated) < max(margin_T - 1e-12, 1e-12)
