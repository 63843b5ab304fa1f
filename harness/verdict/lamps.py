"""Three lamps over a verdict: may one trust the simulation, its mesh, the model?

In: the findings and the error budget of the case to believe of every particle. Out: a Lamp each, with its
number, how well it is known, and the finding behind it; of several particles the worst. `rules` words it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.comparison.error_budget import Witness
from harness.comparison.placed import SIGMAS
from harness.comparison.states import every_direction_alike
from harness.comparison.stretches import stretches
from harness.runs.foreign.possible import noise_beyond
from harness.verdict.evidence import Evidence
from harness.verdict.finding import Finding, Kind
from harness.verdict.uniform_state import late
from harness.verdict.words import quoted, wording
from reduced_model.materials import MU0
from reduced_model.results import Shown

NEAR, FAR = 0.02, 0.05
"""Rms distance of <m> up to which a loop is called near to the continuum's, and from which it is far."""
ELSEWHERE = 0.1
"""Share of the fields at which a mesh may hold another state than the continuum and still be trusted."""
FEWEST_CERTIFIED = 0.5
"""Share of the saved states that must be certified before a simulation is trusted."""
FEWEST_STATES = 5
"""Certified states of a loop, but of protocol `certified`, from which on they say something of its rows."""
MISTAKEN = (Kind.DOUBTFUL_VALUES, Kind.CONTRADICTED)
WRONG = (*MISTAKEN, Kind.ROWS_AT_FAULT, Kind.SADDLES, Kind.TORQUE_GROWS)
"""What takes all trust from a simulation, gravest first."""
DOUBTS = (
    *(Kind.ROUNDING_DECIDES, Kind.OUTLIVES_THEORY, Kind.BIAS, Kind.UNCONVERGED_ROWS, Kind.REPLICAS),
    *(Kind.RUNS_DIFFER, Kind.RUNS_PART, Kind.ASYMMETRY, Kind.SOFT_ROWS, Kind.STRONG_KICK),
    *(Kind.EDGE_SMOOTH, Kind.NO_RESIDUALS),
)
"""What makes it doubtful."""
ON_SADDLE = "sits_on_saddle"
"""Besides: rows on a saddle of the continuum, where no minimum of the cells is certified."""
STATE_LOST = "state_lost"
"""And such rows, or rows on no branch, whose saved state, which would tell, is lost: doubtful."""
OF_MESH = (
    *(Kind.CELLS_SHIFT, Kind.CORE_BY_CELLS, Kind.MESH_LIMIT, Kind.COARSE_CELLS),
    *(Kind.MESH_TREND, Kind.ONE_MESH),
)
OF_MODEL = (
    *(Kind.BUDGET_WINDOW, Kind.BUDGET_NOBODY, Kind.OFF_BRANCH, Kind.BUDGET_UNDECIDED),
    Kind.HAMILTONIAN,
)
"""The findings that a lamp's number is explained by, the first that is there."""
Found = Mapping[Kind, Finding]


def rules(*, whole: bool = True) -> str:
    """How the lamps are set, in words: those of a study's cases, or of loops of any origin."""
    limits = {"near": NEAR, "far": FAR, "elsewhere": ELSEWHERE, "fewest_certified": FEWEST_CERTIFIED}
    limits["fewest_states"] = FEWEST_STATES
    kinds = {"whole": whole, "wrong": (*WRONG, ON_SADDLE), "doubts": (STATE_LOST, *DOUBTS)}
    return wording("lamp_rules", limits, kinds, ())


class Light(StrEnum):
    """What a lamp shows, the worst first."""

    NOT_TRUSTED = "not trusted"
    DOUBTFUL = "doubtful"
    UNDECIDED = "undecided"
    TRUSTED = "trusted"


Lit = tuple[Light, str, dict[str, float], Finding | None]
"""A light, what decided it, its numbers and the finding behind it."""


@dataclass(frozen=True, repr=False)
class Lamp(Shown):
    """Whether one of the three may be trusted."""

    about: str
    """"simulation", "mesh" or "model"."""
    light: Light
    numbers: Mapping[str, float]
    """The number it goes by, and how well that is known; nan for none."""
    why: str = ""
    """What decided it, a key of the words."""
    finding: Finding | None = None
    """What it rests on."""
    particle: str = ""
    """Of which particle, or else loop; "" where there is one."""
    case: str = ""
    """Of which of its cases; "" where there is one, or a loop."""

    @property
    def text(self) -> str:
        """Its number in words."""
        of = ", ".join(filter(None, (self.particle, self.case if self.about == "simulation" else "")))
        return wording(f"lamp_{self.about}", self.numbers, {"why": self.why, "particle": of}, ())

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; nan becomes None."""
        numbers = {name: value if math.isfinite(value) else None for name, value in self.numbers.items()}
        return {
            **{"about": self.about, "light": str(self.light), "numbers": numbers, "why": self.why},
            **{"finding": str(self.finding.kind) if self.finding else None, "particle": self.particle},
            "case": self.case,
            "text": self.text,
        }


def lamps(cases: Sequence[tuple[Evidence, Sequence[Finding]]], *, whole: bool = True) -> tuple[Lamp, ...]:
    """Simulation, mesh and model, each as the worst of the cases says.

    Parameters
    ----------
    cases : sequence of (Evidence, findings)
        Of every particle the case to believe, with what was found of it, alone and beside others.
    whole : bool
        Whether these are a study's cases, told apart by their particles; else loops, by their names.
    """
    if not cases:
        return tuple(Lamp(about, Light.UNDECIDED, {}, "nothing") for about in _OF)
    return tuple(_worst(about, cases, whole) for about in _OF)


def _worst(about: str, cases: Sequence[tuple[Evidence, Sequence[Finding]]], whole: bool) -> Lamp:
    """The worst lamp of several particles or loops, with its name."""
    order, found = list(Light), []
    for evidence, findings in cases:
        first = {finding.kind: finding for finding in reversed(findings)}
        light, why, numbers, finding = _OF[about](evidence, first)
        name = evidence.particle if whole else quoted([evidence.result.label])
        several = whole and len(evidence.of_sphere) > 1
        case = quoted([evidence.name]) if several else ""
        found.append(Lamp(about, light, numbers, why, finding, name if len(cases) > 1 else "", case))
    return min(found, key=lambda lamp: order.index(lamp.light))


def _simulation(evidence: Evidence, found: Found) -> Lit:
    """By what was certified and by what weakens it: saddles, rows at fault, torques left."""
    certified, torque = (
        found.get(Kind.CERTIFIED),
        found.get(Kind.CONVERGED) or found.get(Kind.UNCONVERGED_ROWS),
    )
    of = certified.numbers if certified else {}
    numbers: dict[str, Any] = {
        name: of.get(name, math.nan) for name in ("n_states", "n_minimum", "n_undecided")
    }
    numbers["n_saved"] = float(len(evidence.result.loop.states))
    numbers |= {n: torque.numbers[n] if torque else math.nan for n in ("worst_residual_T", "limit_T")}
    sits = found.get(Kind.SITS_ON)
    if kind := next((kind for kind in WRONG if kind in found), None):
        if kind is Kind.CONTRADICTED:
            numbers |= {name: found[kind].numbers[name][0] for name in ("taken", "told")}  # type: ignore[index]
        return Light.NOT_TRUSTED, str(kind), numbers, found[kind]
    if sits and (open_ := sits.numbers["n_saddle"] - sits.numbers["n_held"]):  # type: ignore[operator]
        lost = open_ == sits.numbers.get("n_lost")
        light, why = (Light.DOUBTFUL, STATE_LOST) if lost else (Light.NOT_TRUSTED, ON_SADDLE)
        return light, why, numbers | {"n_saddle": sits.numbers["n_saddle"]}, sits
    if sits and sits.numbers.get("n_lost_off"):
        return Light.DOUBTFUL, STATE_LOST, numbers, sits
    if kind := next((kind for kind in DOUBTS if kind in found), None):
        return Light.DOUBTFUL, str(kind), numbers, found[kind]
    if not certified:
        return Light.UNDECIDED, "not_certified", numbers, found.get(Kind.NOT_CERTIFIED) or torque
    few = numbers["n_states"] < FEWEST_CERTIFIED * numbers["n_saved"]
    if few or numbers["n_minimum"] < numbers["n_states"]:
        return Light.DOUBTFUL, "few_certified" if few else "undecided", numbers, certified
    numbers["n_rows"] = float(len(evidence.result.loop.step))
    enough = min(FEWEST_STATES, numbers["n_rows"])
    if numbers["n_states"] < enough and evidence.case.protocol.kind != "certified":
        return Light.UNDECIDED, "few_rows", numbers, certified
    return Light.TRUSTED, "minima", numbers, certified


def _mesh(evidence: Evidence, found: Found) -> Lit:
    """By the distance of its <m> from the continuum's state of its kind, and by where it holds another."""
    behind = _first(found, OF_MESH)
    cells = {"cell_nm": evidence.case.mesh.cell_nm}
    if mistaken := _first(found, MISTAKEN):  # the continuum is that of other numbers
        return Light.UNDECIDED, str(mistaken.kind), {"rms": math.nan} | cells, mistaken
    numbers = (
        _distance(evidence, Witness.SIMULATION, "like") | cells | {"nucleation_off_T": _off_brown_T(evidence)}
    )
    if evidence.sketch:
        return Light.NOT_TRUSTED, "coarse", numbers, found.get(Kind.COARSE_CELLS, behind)
    if math.isfinite(numbers["rms"]):
        light = _by_distance(numbers)
        if _is_elsewhere(numbers, light) and Kind.SADDLES not in found:  # else the search is to blame
            sits = found.get(Kind.SITS_ON, behind)
            return Light.DOUBTFUL, "elsewhere", numbers, found.get(Kind.OFF_BRANCH, sits)
        if light is Light.TRUSTED and abs(numbers["nucleation_off_T"]) > NEAR * _demag_T(evidence):
            return Light.DOUBTFUL, "nucleation", numbers, found.get(Kind.NUCLEATION, behind)
        return light, "distance", numbers, behind
    if numbers["n_off"] > ELSEWHERE * numbers["n_rows"] and Kind.SADDLES not in found:
        return Light.DOUBTFUL, "other_kind", numbers, found.get(Kind.OFF_BRANCH, behind)
    if (series := found.get(Kind.MESH_TREND)) is None:
        return Light.UNDECIDED, _no_distance(evidence), numbers, behind
    fields, errors = (np.asarray(series.numbers[f"nucleation{end}"]) for end in ("_T", "_error_T"))
    numbers |= {
        "moved_T": float(np.ptp(fields)),
        "moved_error_T": float(errors.max()),
        "n_meshes": float(len(fields)),
    }
    if len(fields) < 3:
        return Light.UNDECIDED, "two_meshes", numbers, series
    same = numbers["moved_T"] <= 2.0 * numbers["moved_error_T"]
    return (Light.TRUSTED if same else Light.DOUBTFUL), "trend", numbers, series


def _off_brown_T(evidence: Evidence) -> float:
    """How far above Brown's the vortex nucleates by the mesh's doing; nan within twice its error."""
    row = evidence.nucleation
    off_T = evidence.height(row.simulated - row.continuum)
    own = not (evidence.perturbed or evidence.keeps_inversion or late(evidence))
    own &= evidence.prediction.closed_form  # along the axis, where it is Brown's
    return off_T if own and abs(off_T) > 2.0 * row.uncertainty else math.nan


def _demag_T(evidence: Evidence) -> float:
    """The sphere's demagnetising field, over which the moment of a vortex turns from one to none."""
    return float(MU0 * evidence.case.material.Ms_A_per_m / 3)


def _no_distance(evidence: Evidence) -> str:
    """Why there is no distance from the continuum and no trend over meshes."""
    if evidence.budget is not None:
        return "no_such_state"
    case = evidence.case
    others = (e.case for e in evidence.peers if e.case.particle == case.particle)
    beside = any(c.material == case.material and c.mesh.cell_nm != case.mesh.cell_nm for c in others)
    return "no_trend" if beside else "one_mesh"


def _model(evidence: Evidence, found: Found) -> Lit:
    """By the distance of the nearer model's <m> from the stable continuum."""
    behind = _first(found, OF_MODEL)
    each = {w: _distance(evidence, w, "stable") for w in (Witness.PRIME, Witness.DOUBLE_PRIME)}
    known = {w: numbers for w, numbers in each.items() if math.isfinite(numbers["rms"])}
    if not known:
        missing = found.get(Kind.THEORY_MISSING)
        unsolved = "no_continuum" if evidence.budget is None else "no_such_state"
        return Light.UNDECIDED, "missing" if missing else unsolved, {}, missing or behind
    best = min(known, key=lambda w: known[w]["rms"])
    other = next((n["rms"] for w, n in known.items() if w is not best), math.nan)
    numbers = known[best] | {"prime": float(best is Witness.PRIME), "other_rms": other}
    light = _by_distance(numbers)
    if _is_elsewhere(numbers, light):
        return Light.DOUBTFUL, "elsewhere", numbers, found.get(Kind.OFF_BRANCH, behind)
    return light, "distance", numbers, behind


def _is_elsewhere(numbers: Mapping[str, float], light: Light) -> bool:
    """Whether a light is too good for one that holds another state than the continuum, or none of its states,
    at many fields."""
    other, none = numbers["n_off"], numbers["n_none"]
    many = other + none > ELSEWHERE * (numbers["n_rows"] + none)
    return many and light in (Light.TRUSTED, Light.UNDECIDED)


def _distance(evidence: Evidence, witness: Witness, to: str) -> dict[str, float]:
    """Rms distance of <m> from the continuum on the leading branch, its error, the rows on another one."""
    if evidence.budget is None:
        told = ("rms", "error", "n_like", "n_rows", "n_off", "n_none", "n_unknown", "n_few", "rms_without")
        return dict.fromkeys(told, math.nan)
    rows = evidence.moments
    branch = evidence.result.branches[evidence.number].label
    noise = SIGMAS * noise_beyond(evidence.result.moment) if witness is Witness.SIMULATION else 0.0
    rows = rows[(rows["witness"] == witness) & (rows["branch"] == branch)]
    off, error = (rows["value"] - rows[to]).to_numpy(), rows[f"{to}_error"].to_numpy()
    alike = every_direction_alike(evidence.case.material.Ku_J_per_m3, rows["B_T"].to_numpy(dtype=float))
    known, told, some = rows["stable"].notna().to_numpy(), (rows["kind"] != "").to_numpy(), np.isfinite(off)
    return {
        "rms": float(np.sqrt(np.mean(off[some] ** 2))) if some.any() else math.nan,
        "error": float(np.sqrt(np.nanmean(error[some] ** 2) + noise**2)) if some.any() else math.nan,
        "n_like": float(some.sum()),
        "n_rows": float((known & told).sum()),
        "n_off": float((known & told & ~rows["on_branch"].to_numpy(dtype=bool)).sum()),
        "n_none": _on_none(evidence, branch) if (known & ~told).any() else 0.0,
        "n_unknown": float((~known & ~alike).sum()),
        **_resting_on(np.abs(off[some])),
    }


def _on_none(evidence: Evidence, branch: str) -> float:
    """How many rows are on no branch of the continuum, and so not in the distance from it."""
    assert evidence.budget
    found = (s for s in stretches(evidence.budget) if s.branch == branch)
    return float(sum(s.n_rows for s in found if not s.kind and not s.undecided))


def _resting_on(off: NDArray[np.float64]) -> dict[str, float]:
    """The few fields without which the rest would be near, and the rms of that; nan where there are none."""
    least_first = np.sort(off)
    rms = np.sqrt(np.cumsum(least_first**2) / np.arange(1, off.size + 1))
    near = int((rms <= NEAR).sum())  # the mean of ever larger ones grows
    few = 0 < off.size - near <= ELSEWHERE * off.size
    return {
        "n_few": float(off.size - near) if few else math.nan,
        "rms_without": float(rms[near - 1]) if few else math.nan,
    }


def _by_distance(numbers: Mapping[str, float]) -> Light:
    """Near, far or between, by the whole of its error bar; undecided where that reaches over a limit."""
    low, high = numbers["rms"] - numbers["error"], numbers["rms"] + numbers["error"]
    lights = [
        Light.TRUSTED if value <= NEAR else Light.DOUBTFUL if value <= FAR else Light.NOT_TRUSTED
        for value in (low, high)
    ]
    return lights[0] if lights[0] is lights[1] else Light.UNDECIDED


def _first(found: Found, kinds: Sequence[Kind]) -> Finding | None:
    return next((found[kind] for kind in kinds if kind in found), None)


_OF = {"simulation": _simulation, "mesh": _mesh, "model": _model}
"""How each lamp is lit."""
