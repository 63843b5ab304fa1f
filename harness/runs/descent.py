"""Rows that a field path cannot have led to, told from the table alone.

In: a Loop and its Case. Out: a Fault for every row to be left out, and one line that says so.
relax and minimize only descend: a row's energy is at most that of the row before, taken along to the new
field. MuMax3's minimize does not always: its steps can carry it up, on to an energy maximum without torque.
A moment against the field, or an energy above the uniform state along it, is no fault: every metastable
branch has them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from harness.runs.table import FLOAT32_ROUNDING, Loop
from harness.study.protocols import Bias, Imported, Kick
from harness.study.script import rounding_floor_T
from harness.study.study import Case
from reduced_model.materials import MU0

Vector = NDArray[np.float64]
TERMS = ("E_exch", "E_demag", "E_anis", "E_Zeeman")
SATURATED = 0.99
"""Moment along a field above the anisotropy field from which a state no longer knows its past."""
KERNEL_ERROR = 0.01
"""Share by which a demagnetising energy may be off: MuMax3's kernel is a quadrature, good to 1e-3."""
LEAST_ALONG = 0.01
"""Mean moment below which the rounding of its last digits shows in what is divided by it."""
LONGEST = 1 + 1e-5
"""Longest mean moment: 1, and the rounding of single-precision sums."""


class Rule(StrEnum):
    """What a row breaks."""

    START = "start"
    """its energy, the first, is above that of the uniform start"""
    DESCENT = "descent"
    """its energy is above that of the row before, taken along to its field"""
    CEILING = "ceiling"
    """its energy is above that of the uniform state against its field"""
    LENGTH = "length"
    """its mean moment is longer than 1"""
    AFTER = "after"
    """a row before it broke a rule, and the run has not been saturated since"""


_WHY = {
    Rule.START: "its energy is {:.2g} J above all that descent from the uniform start allows",
    Rule.DESCENT: "its energy is {:.2g} J above all that descent from the row before allows",
    Rule.CEILING: "its energy is {:.2g} J above that of the uniform state against the field",
    Rule.LENGTH: "its mean moment is longer than that of saturation",
    Rule.AFTER: "the run has not been saturated since a row at fault",
}


@dataclass(frozen=True)
class Fault:
    """A row to be left out."""

    step: int
    B_T: float
    rule: Rule
    excess_J: float
    """Energy above what the rule allows, rounding included; nan where the rule is about no energy."""

    @property
    def why(self) -> str:
        """What is wrong with the row, in plain words."""
        return _WHY[self.rule].format(self.excess_J)


def faults_of(loop: Loop, case: Case) -> tuple[Fault, ...]:
    """The rows that are no result of their field path, in its order.

    A row at fault spoils those that descend from it, until the run is saturated along a field above the
    anisotropy field 2 Ku/Ms: only one state is so near to saturation there, whatever came before. A table
    without energies cannot be judged: it has no faults.
    """
    if not {"E_total", *TERMS} <= set(loop.table):
        return ()
    excess, material = _excess_J(loop, case), case.material
    if elsewhere := isinstance(case.protocol, Imported):  # what each row began from is not known
        del excess[Rule.DESCENT]
    above = np.abs(loop.B_T) > 2 * material.Ku_J_per_m3 / material.Ms_A_per_m
    saturated = above & (loop.m @ np.array(case.direction) * np.sign(loop.B_T) >= SATURATED)
    long = (np.linalg.norm(loop.m, axis=1) > LONGEST) & (not elsewhere)
    faults: list[Fault] = []
    lost = False
    for k, (step, B_T) in enumerate(zip(loop.step.tolist(), loop.B_T.tolist(), strict=True)):
        rule = max(excess, key=lambda one: excess[one][k])
        if (above_J := float(excess[rule][k])) > 0:
            first = k == 0 and rule is Rule.DESCENT
            faults.append(Fault(step, B_T, Rule.START if first else rule, above_J))
        elif long[k] or (lost and not saturated[k]):
            faults.append(Fault(step, B_T, Rule.LENGTH if long[k] else Rule.AFTER, np.nan))
        lost = bool(faults) and faults[-1].step == step
    return tuple(faults)


def fault_warning(faults: Sequence[Fault], case: Case) -> tuple[str, ...]:
    """One line on the rows at fault, none where there are none."""
    if not faults:
        return ()
    first, last = faults[0], faults[-1]
    span = f"step {first.step} ({first.B_T:g} T)"
    if len(faults) > 1:
        span += f" to step {last.step} ({last.B_T:g} T)"
    other = "relax" if case.solver.method == "guarded" else "guarded"
    return (
        f"{len(faults)} of {len(case.field_values_T)} rows, {span}, are no result of the field path and are "
        f"left out: at step {first.step} {first.why}; take solver.method = {other}, or smaller field steps",
    )


def _excess_J(loop: Loop, case: Case) -> dict[Rule, Vector]:
    """Energy of every row above what each rule allows, negative where the rule is kept."""
    B_T, energy = loop.B_T, loop.table["E_total"].to_numpy()
    along = loop.m @ np.array(case.direction)
    moment, misfit = _moment(loop, case, along)
    terms = np.abs(loop.table[list(TERMS)].to_numpy()).sum(axis=1)
    rounding = moment * rounding_floor_T(case) + FLOAT32_ROUNDING * terms + misfit
    kick_T = 1e-3 * case.protocol.b_mT if isinstance(case.protocol, Kick) else 0.0
    # Uniform cells have a third of the trace of N where they are as symmetric as a cube, at most all of it.
    largest_N = 1 if any(case.mesh.offset_cells) else 1 / 3
    uniform = moment * (1 + KERNEL_ERROR) * largest_N * MU0 * case.material.Ms_A_per_m / 2
    ceiling = uniform + moment * (np.abs(B_T) + kick_T)

    # The script starts uniform along the first field; each row then starts at the field of the next.
    axis = float(np.dot(case.material.axis, case.direction))
    easy_T = case.material.Ku_J_per_m3 / case.material.Ms_A_per_m * axis**2
    start = uniform - moment * (easy_T + abs(B_T[0]))
    taken_along = np.r_[start, energy[:-1] - moment * along[:-1] * np.diff(B_T)]
    # A search with the kick on may gain all the kick does to m, and give back what it did to m before.
    across = np.sqrt(np.clip(1 - np.r_[1.0, along[:-1]] ** 2, 0, None))
    allowed = taken_along + moment * kick_T * (1 + across) + rounding + np.r_[0.0, rounding[:-1]]
    # With smoothed edges exchange and demagnetising field weigh a cell differently: no energy need descend.
    descent = np.full(len(B_T), -np.inf) if case.mesh.edge_smooth else energy - allowed
    return {Rule.DESCENT: descent, Rule.CEILING: energy - ceiling - rounding}


def _moment(loop: Loop, case: Case, along: Vector) -> tuple[float, float]:
    """Ms V in J/T, and the most a row's Zeeman energy differs from what it says, in J.

    All rows give it, at fault or not, by E_Zeeman = -Ms V <m>.B. A bias is in that energy too, as in all that
    descends: there, and where no row is magnetised along a field, the cells are counted.
    """
    work, energy = along * loop.B_T, loop.table["E_Zeeman"].to_numpy()
    most = int(np.argmax(np.abs(work)))
    if isinstance(case.protocol, Bias) or work[most] == 0 or abs(along[most]) < LEAST_ALONG:
        inside = np.linalg.norm(case.lattice.positions(), axis=0) <= case.radius_m
        return case.material.Ms_A_per_m * float(inside.sum()) * case.cell_m**3, 0.0
    moment = -float(work @ energy / (work @ work))
    return moment, float(np.abs(energy + moment * work).max())
