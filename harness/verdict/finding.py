"""What a verdict is made of: findings, each of a kind, with the numbers and the rows it rests on.

In: what the modules beside this one found. Out: Finding, its Kind and Level; equal ones made one.
Nothing here is words: those are in templates/verdict.txt.j2, a block a kind.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from harness.verdict.words import wording
from reduced_model.results import Shown

Number = float | tuple[float, ...]
Detail = str | bool | tuple[str, ...]


class Level(StrEnum):
    """How a finding is known."""

    FACT = "fact"
    """read from rows, or following from an equation"""
    INFERENCE = "inference"
    """concluded from runs held against one another or against theory"""
    CAUTION = "caution"
    """what weakens the others"""


class Part(StrEnum):
    """What a finding is to the head of a verdict; findings without one stay below it."""

    BUDGET = "budget"
    """who is nearest to the continuum"""
    FATE = "fate"
    """what became of the uniform state: the gist of a case"""
    CHOICE = "choice"
    """which Hamiltonian the equilibria follow"""
    BASIS = "basis"
    """what the answer rests on, found of the case to believe alone"""
    WEAKENS = "weakens"
    """what else is to be said of the numbers of the case to believe"""


class Kind(StrEnum):
    """What a finding is about, in the order of a report: its name, its level, its part in the head."""

    level: Level
    part: Part | None

    def __new__(cls, name: str, level: Level, part: Part | None = None) -> Kind:
        kind = str.__new__(cls, name)
        kind._value_, kind.level, kind.part = name, level, part
        return kind

    QUESTION = "question", Level.FACT
    LOOPS = "loops", Level.FACT
    DOUBTFUL_VALUES = "doubtful_values", Level.CAUTION
    CONTRADICTED = "contradicted", Level.FACT
    REPLICAS = "replicas", Level.FACT
    DIRECTIONS = "directions", Level.FACT
    LOOPS_EVENT = "loops_event", Level.FACT
    SITS_ON = "sits_on", Level.INFERENCE
    # who is nearest to the continuum
    BUDGET_WINDOW = "budget_window", Level.INFERENCE, Part.BUDGET
    BUDGET_NOBODY = "budget_nobody", Level.INFERENCE, Part.BUDGET
    BUDGET_UNDECIDED = "budget_undecided", Level.INFERENCE, Part.BUDGET
    OFF_BRANCH = "off_branch", Level.INFERENCE, Part.BUDGET
    BUDGET_EVENT = "budget_event", Level.FACT, Part.BUDGET
    # how the uniform state ended
    ROWS_AT_FAULT = "rows_at_fault", Level.CAUTION, Part.FATE
    NUCLEATION = "nucleation", Level.FACT, Part.FATE
    ROUNDING_DECIDES = "rounding_decides", Level.CAUTION, Part.FATE
    BIAS = "bias", Level.CAUTION, Part.FATE
    STARTS_WITH_VORTEX = "starts_with_vortex", Level.FACT, Part.FATE
    SINGLE_DOMAIN = "single_domain", Level.FACT, Part.FATE
    ENDS_BEFORE_THEORY = "ends_before_theory", Level.FACT, Part.FATE
    BETWEEN_THEORIES = "between_theories", Level.FACT, Part.FATE
    NO_VORTEX = "no_vortex", Level.FACT, Part.FATE
    OUTLIVES_THEORY = "outlives_theory", Level.INFERENCE, Part.FATE
    CURLING_REVERSAL = "curling_reversal", Level.INFERENCE, Part.FATE
    COHERENT_REVERSAL = "coherent_reversal", Level.FACT, Part.FATE
    NO_ORDER_PARAMETER = "no_order_parameter", Level.CAUTION, Part.FATE
    SADDLES = "saddles", Level.FACT
    TORQUE_GROWS = "torque_grows", Level.INFERENCE
    CELLS_HOLD = "cells_hold", Level.FACT
    RUNS_DIFFER = "runs_differ", Level.FACT
    RUNS_AGREE = "runs_agree", Level.FACT
    # what is left in zero field, and whose equilibria they are
    REMANENT_STATE = "remanent_state", Level.FACT
    COLLAR = "collar", Level.FACT
    LATTICE_PINS = "lattice_pins", Level.CAUTION
    CORE_BY_CELLS = "core_by_cells", Level.FACT
    HAMILTONIAN = "hamiltonian", Level.INFERENCE, Part.CHOICE
    SAME_HAMILTONIANS = "same_hamiltonians", Level.FACT, Part.CHOICE
    HAMILTONIAN_UNTOLD = "hamiltonian_untold", Level.CAUTION, Part.CHOICE
    # how sure
    FIELD_STEP = "field_step", Level.FACT, Part.BASIS
    SYMMETRY_UNKNOWN = "symmetry_unknown", Level.CAUTION, Part.BASIS
    CERTIFIED = "certified", Level.FACT
    MESH_TREND = "mesh_trend", Level.INFERENCE
    MESH_LIMIT = "mesh_limit", Level.INFERENCE
    ONE_MESH = "one_mesh", Level.CAUTION, Part.BASIS
    PART_OF_LOOP = "part_of_loop", Level.CAUTION, Part.WEAKENS
    BY_MOMENT = "by_moment", Level.CAUTION, Part.WEAKENS
    NOT_CERTIFIED = "not_certified", Level.CAUTION
    COARSE_CELLS = "coarse_cells", Level.CAUTION, Part.WEAKENS
    CONVERGED = "converged", Level.FACT, Part.WEAKENS
    UNCONVERGED_ROWS = "unconverged_rows", Level.CAUTION, Part.WEAKENS
    NO_RESIDUALS = "no_residuals", Level.CAUTION, Part.WEAKENS
    SOFT_ROWS = "soft_rows", Level.CAUTION, Part.WEAKENS
    STRONG_KICK = "strong_kick", Level.CAUTION, Part.WEAKENS
    ASYMMETRY = "asymmetry", Level.CAUTION, Part.WEAKENS
    RUNS_PART = "runs_part", Level.CAUTION, Part.WEAKENS
    CELLS_SHIFT = "cells_shift", Level.CAUTION, Part.WEAKENS
    EDGE_SMOOTH = "edge_smooth", Level.CAUTION, Part.WEAKENS
    OFFSET = "offset", Level.CAUTION, Part.WEAKENS
    FOREIGN_STATES = "foreign_states", Level.CAUTION, Part.WEAKENS
    THEORY_MISSING = "theory_missing", Level.CAUTION, Part.WEAKENS
    UNFITTED = "unfitted", Level.CAUTION
    MATERIAL = "material", Level.CAUTION
    ENGINE_WARNING = "engine_warning", Level.CAUTION
    UNFINISHED = "unfinished", Level.CAUTION
    NOTHING_FINISHED = "nothing_finished", Level.CAUTION


@dataclass(frozen=True)
class RunRows:
    """Rows of one run's table; no steps stand for the run as a whole."""

    run: str
    """Name of the run's folder."""
    steps: tuple[int, ...] = ()


@dataclass(frozen=True, repr=False)
class Finding(Shown):
    """One thing found, with what it rests on.

    Attributes
    ----------
    kind : what it is about; ``kind.level`` says how it is known.
    numbers : by name, the unit its suffix (``nucleation_T``, ``core_angle_deg``); nan where there is none.
    cases : labels of the cases it holds for; empty where it is about the study.
    rows : what it was read from, its own runs first, then those it was held against.
    details : names, reasons and yes or no, as the words need them.
    """

    kind: Kind
    numbers: Mapping[str, Number] = field(default_factory=dict)
    cases: tuple[str, ...] = ()
    rows: tuple[RunRows, ...] = ()
    details: Mapping[str, Detail] = field(default_factory=dict)

    @property
    def level(self) -> Level:
        """How it is known: what a certificate proves is a fact."""
        return Level.FACT if self.details.get("certified") else self.kind.level

    @property
    def text(self) -> str:
        """The finding in words, without the names of its cases."""
        return self._words(self.kind)

    @property
    def brief(self) -> str:
        """The same for the head of a report, with the names of its cases where they matter."""
        return self._words(f"{self.kind}_brief") or self.text

    @property
    def remedy(self) -> str:
        """What would make it surer, with the key to change; empty where nothing here would.

        Of a loop that others ran no key of a study can be changed: what its owner can do.
        """
        return self._words(f"{self.kind}_remedy{'_imported' if self.details.get('imported') else ''}")

    def _words(self, block: str) -> str:
        return wording(block, self.numbers, self.details, self.cases)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; nan becomes None."""
        return {
            "kind": str(self.kind),
            "level": str(self.level),
            "numbers": {name: _plain(value) for name, value in self.numbers.items()},
            "details": {k: list(v) if isinstance(v, tuple) else v for k, v in self.details.items()},
            "cases": list(self.cases),
            "rows": [{"run": source.run, "steps": list(source.steps)} for source in self.rows],
            "text": self.text,
        }


def merged(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings of one kind whose words, hence printed digits, agree, made one that names all their cases."""
    found: dict[tuple[Kind, str], Finding] = {}
    for new in findings:
        key = (new.kind, new.text)
        known = found.get(key)
        found[key] = (
            replace(known, cases=_union(known.cases, new.cases), rows=_union(known.rows, new.rows))
            if known
            else new
        )
    return tuple(found.values())


def _union(first: tuple[Any, ...], second: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys((*first, *second)))


def _plain(value: Number) -> float | list[float | None] | None:
    if isinstance(value, tuple):
        return [each if math.isfinite(each) else None for each in value]
    return value if math.isfinite(value) else None
