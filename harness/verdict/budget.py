"""Findings of the error budget: who is nearest to the continuum at which fields, who follows another branch.

In: the Evidence of a case, with its ErrorBudget. Out: Findings, one a window, a stretch off the branch, an
event; those that open the head of a verdict.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from harness.comparison.error_budget import ErrorBudget, Window, Witness
from harness.comparison.states import TILTED, UNKNOWN, UPRIGHT, every_direction_alike
from harness.comparison.windows import times_as_far
from harness.study.study import MAX_CELLS
from harness.verdict.evidence import Evidence
from harness.verdict.finding import Finding, Kind, RunRows
from harness.verdict.uniform_state import by_cells
from harness.verdict.words import among

NAMES = {Witness.SIMULATION: "the simulation", Witness.PRIME: "H′", Witness.DOUBLE_PRIME: "H″"}
WINDOW_KINDS = {"undecided": Kind.BUDGET_UNDECIDED, "nobody": Kind.BUDGET_NOBODY}
MOST_WINDOWS = 3
"""Windows in the head."""
PAST = {"nucleation": (UPRIGHT, TILTED), "tilt": (TILTED,)}
"""Kinds of states that have an event behind them."""
LINEAR = 0.2
"""Share by which error over cell size may differ on meshes whose error is called linear in the cell."""


@dataclass(frozen=True)
class Apart:
    """Neighbouring rows at which one witness, or both models, are on another branch than the continuum."""

    branch: str
    first_T: float
    last_T: float
    n_rows: int
    kind: str
    stability: str
    """Of the continuum's branch of that kind; "" where it has none."""
    stable_kind: str


Stretch = TypeVar("Stretch", Window, Apart)


def budget_findings(evidence: Evidence) -> Iterator[Finding]:
    """What the error budget of a case shows; nothing where no continuum was computed."""
    if (budget := evidence.budget) is not None:
        yield from (_window(evidence, alike) for alike in _mirrored(budget.windows, _judgement))
        yield from _off_branch(evidence)
        yield from _events(evidence, budget)


def headline(evidence: Evidence, found: Sequence[Finding]) -> Iterator[Finding]:
    """Of a case's findings those for the head: three windows, who else is off the branch, the core's tilt.

    Where no window is decided, the first undecided one says so.
    """
    branch = evidence.result.branches[evidence.number].label
    told = [f for f in found if branch in _words(f, "branches")]
    decided = [f for f in told if f.kind is Kind.BUDGET_WINDOW]
    shown = _telling(decided) or [f for f in told if f.kind in WINDOW_KINDS.values()][:1]
    yield from shown
    events = [f for f in told if f.kind is Kind.BUDGET_EVENT and f.details["headline"]]
    said = {name for f in shown for name in _words(f, "off_names")}
    if not any(f.details["event"] == "tilt" for f in events):
        yield from (f for f in told if f.kind is Kind.OFF_BRANCH and _adds(f, said))
    yield from events


def _telling(windows: Sequence[Finding]) -> list[Finding]:
    """At most three windows, in path order: the widest of everybody who is nearest somewhere, then others.

    Where the continuum or the simulation is uniform comes last: nucleation tells of that. Of the same fields,
    on branches that run over them again, the first counts.
    """
    of_fields = [(f.numbers["first_T"], f.numbers["last_T"], _words(f, "names")) for f in windows]
    windows = [f for k, f in enumerate(windows) if of_fields[k] not in of_fields[:k]]

    def rank(f: Finding) -> tuple[bool, float]:
        uniform = f.details["stable_kind"] == "uniform" or "uniform" in _words(f, "off_kinds")
        return uniform, -float(np.max(f.numbers["n_rows"]))

    ranked = sorted(windows, key=rank)
    firsts = {_words(f, "names")[0]: f for f in reversed(ranked)}
    ordered = [f for f in ranked if f in firsts.values()] + [f for f in ranked if f not in firsts.values()]
    return [f for f in windows if f in ordered[:MOST_WINDOWS]]


def _adds(apart: Finding, said: set[str]) -> bool:
    """Whether a stretch off the branch is worth a headline: of a core, at several fields, and not told yet.

    How long the uniform state outlived the continuum's is told by where the vortex nucleates, an upright core
    by where it tilts.
    """
    several = apart.numbers["first_T"] != apart.numbers["last_T"]
    return several and apart.details["state"] != "uniform" and not said.issuperset(_words(apart, "names"))


def _words(finding: Finding, name: str) -> tuple[str, ...]:
    """A detail that is a list of words; empty where the finding has none."""
    words = finding.details.get(name, ())
    return words if isinstance(words, tuple) else ()


def _mirrored(stretches: Iterable[Stretch], what: Any) -> list[list[Stretch]]:
    """Stretches that one phrase tells together, in path order: the same holds at the opposite fields."""
    groups: dict[object, list[Stretch]] = {}
    for each in stretches:
        place = max(_interval(each.first_T, each.last_T), _interval(-each.first_T, -each.last_T))
        groups.setdefault((place, what(each)), []).append(each)
    return [part for alike in groups.values() for part in _told_together(alike)]


def _told_together(alike: list[Stretch]) -> list[list[Stretch]]:
    """All; where some branches have both signs and others one, these with their mirror images first."""
    of_branch = _intervals(alike)
    single = {name for name, own in of_branch.items() if len(own) == 1}
    if not single or len(single) == len(of_branch):
        return [alike]
    lonely = next(each for each in alike if each.branch in single)
    opposite = _interval(-lonely.first_T, -lonely.last_T)
    told = [e for e in alike if e.branch in single or _interval(e.first_T, e.last_T) == opposite]
    return [told, [each for each in alike if each not in told]]


def _intervals(alike: Iterable[Window | Apart]) -> dict[str, set[tuple[float, ...]]]:
    """The fields of stretches by their branch."""
    of_branch: dict[str, set[tuple[float, ...]]] = {}
    for each in alike:
        of_branch.setdefault(each.branch, set()).add(_interval(each.first_T, each.last_T))
    return of_branch


def _where(alike: Sequence[Window] | Sequence[Apart]) -> dict[str, Any]:
    """The fields of mirrored stretches: those of the first, and where else the same holds.

    At either sign of the field on each of their branches, or mirrored on other branches alone.
    """
    of_branch = _intervals(alike)
    turned = {name: {_interval(-low, -high) for low, high in own} for name, own in of_branch.items()}
    both_signs = all(turned[name] == own for name, own in of_branch.items())
    here = _interval(alike[0].first_T, alike[0].last_T)
    mirrored = tuple(name for name, own in of_branch.items() if here not in own)
    return {
        "first_T": alike[0].first_T,
        "last_T": alike[0].last_T,
        "both_signs": both_signs,
        "mirrored": () if both_signs else mirrored,
        "branches": tuple(of_branch),
    }


def _interval(first_T: float, last_T: float) -> tuple[float, ...]:
    """Two fields in ascending order, without their rounding errors."""
    return tuple(sorted((round(first_T, 9) + 0.0, round(last_T, 9) + 0.0)))


def _judgement(window: Window) -> tuple[object, ...]:
    return window.reason, window.nearest, tuple(sorted(window.off_branch.items()))


def _window(evidence: Evidence, alike: Sequence[Window]) -> Finding:
    """One finding of a window and its mirror images: distances of all on the branch, nearest first."""
    window, rows = alike[0], _rows_in(evidence, alike)
    counts = np.array([each.n_rows for each in alike])

    def joint(values: Sequence[float]) -> float:
        """Root mean squares of windows as one of all their rows."""
        return float(np.sqrt(np.average(np.square(values), weights=counts)))

    rms = {witness: joint([each.rms[witness] for each in alike]) for witness in window.rms}
    names, distance = _standing(rms)
    error = joint([each.error for each in alike])
    kind = WINDOW_KINDS.get(window.reason, Kind.BUDGET_WINDOW)
    numbers = {f"rms_{w.name.lower()}": rms.get(w, np.nan) for w in Witness}
    smaller_nm, others_nm = np.nan, tuple[float, ...]()
    if window.reason == "nearer" and window.nearest in (Witness.PRIME, Witness.DOUBLE_PRIME):
        smaller_nm, others_nm = _nearer_cell(evidence, rows, window.nearest)
    return evidence.finding(
        kind,
        _steps(evidence, rows),
        **_where(alike),
        n_rows=int(counts.sum()),
        distance=distance,
        factor=distance[1] / max(distance[0], error) if len(distance) > 1 and error > 0 else np.inf,
        error=error,
        **numbers,
        smaller_cell_nm=smaller_nm,
        linear_cells_nm=others_nm,
        names=names,
        times=times_as_far(distance, error),
        reason=window.reason,
        stable_kind=_most(rows["stable_kind"]),
        crosses=crosses(_with_neighbours(evidence.moments, rows), window.nearest, error),
        **_off(window, rows),
    )


def _with_neighbours(moments: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of a stretch with those of a field before and after, where they hold the same."""
    beside = {step + one for step in rows["step"] for one in (-1, 0, 1)}
    alike = [moments[name].isin(rows[name].unique()) for name in ("branch", "kind")]
    return moments[moments["step"].isin(beside) & alike[0] & alike[1]]


def crosses(rows: pd.DataFrame, nearest: Witness | None, error: float = 0.0) -> bool:
    """Whether the nearest's error changes its sign among rows, beyond what the continuum's own error may."""
    own = rows[rows["witness"] == str(nearest)]
    side = np.sign(np.where(own["B_T"].abs() > 1e-9, own["B_T"], own["like"]))
    outward = own["difference"].to_numpy() * side
    sure = np.abs(outward) > np.fmax(own["like_error"].to_numpy(), error)
    return bool((outward[sure] > 0.0).any() and (outward[sure] < 0.0).any())


def _standing(rms: Mapping[Witness, float]) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Names and distances of those on the branch, nearest first; models that agree are named together."""
    told = {NAMES[witness]: distance for witness, distance in rms.items()}
    prime, double = rms.get(Witness.PRIME), rms.get(Witness.DOUBLE_PRIME)
    if prime is not None and double is not None and math.isclose(prime, double, rel_tol=1e-6, abs_tol=1e-12):
        told = {name: value for name, value in told.items() if name not in ("H′", "H″")} | {
            "H′ and H″": prime
        }
    ordered = sorted(told.items(), key=lambda pair: pair[1])
    return tuple(name for name, _ in ordered), tuple(value for _, value in ordered)


def _off(window: Window, rows: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Who is on another branch in a window: names, what they hold, what that is in the continuum."""
    held: dict[tuple[str, str], list[str]] = {}
    for witness, kind in window.off_branch.items():
        stability = _most(rows.loc[rows["witness"] == witness, "like_stability"])
        held.setdefault((kind, stability), []).append(NAMES[witness])
    return {
        "off_names": tuple(name for names in held.values() for name in names),
        "off_who": tuple(among(names) for names in held.values()),
        "off_kinds": tuple(kind for kind, _ in held),
        "off_stability": tuple(stability for _, stability in held),
    }


def _most(values: pd.Series) -> str:
    """The most frequent of some words, "" of none."""
    return max(Counter(values.astype(str)).items(), key=lambda pair: pair[1], default=("", 0))[0]


def _rows_in(evidence: Evidence, stretches: Iterable[Window | Apart]) -> pd.DataFrame:
    """The rows of the moment in some stretches."""
    rows = evidence.moments
    inside = np.zeros(len(rows), dtype=bool)
    for each in stretches:
        low, high = sorted((each.first_T, each.last_T))
        inside |= (rows["branch"] == each.branch) & rows["B_T"].between(low - 1e-12, high + 1e-12)
    return rows[inside]


def _steps(evidence: Evidence, rows: pd.DataFrame) -> RunRows:
    return RunRows(evidence.run, tuple(map(int, dict.fromkeys(rows["step"]))))


def _nearer_cell(evidence: Evidence, rows: pd.DataFrame, nearest: Witness) -> tuple[float, tuple[float, ...]]:
    """The cell below which the simulation would be nearer than a model in some rows, and the sizes that tell.

    That is: on two meshes at least its error is the same multiple of the cell size, over more than half of
    the rows, and the cells are no more than a study may have. Else nan, and no sizes.
    """
    series = next((s for s in by_cells(evidence.peers) if evidence in s), ())
    away = [_away(peer.moments, Witness.SIMULATION, rows) for peer in series if peer.budget is not None]
    if len(away) < max(2, len(series)):
        return np.nan, ()
    model, *errors = (each.to_numpy() for each in _shared(_away(rows, nearest, rows), *away))
    if len(model) <= rows["step"].nunique() / 2:
        return np.nan, ()
    sizes_nm = tuple(peer.case.mesh.cell_nm for peer in series)
    per_nm = np.array([_rms(error) / cell for error, cell in zip(errors, sizes_nm, strict=True)])
    if np.ptp(per_nm) > LINEAR * per_nm.max():
        return np.nan, ()
    cell_nm = _rms(model) / float(per_nm[-1])
    within_reach = (2.0 * evidence.case.particle.radius_nm / cell_nm) ** 3 <= MAX_CELLS
    return (cell_nm, sizes_nm) if within_reach else (np.nan, ())


def _away(moments: pd.DataFrame, witness: Witness, rows: pd.DataFrame) -> pd.Series:
    """A witness's distances from the stable continuum by step, at those rows where it is on its branch."""
    kept = moments["on_branch"] & (moments["witness"] == witness) & moments["step"].isin(rows["step"])
    return moments[kept].set_index("step")["difference"]


def _shared(*series: pd.Series) -> list[pd.Series]:
    """The same at the steps that all of them have."""
    steps = sorted(set.intersection(*(set(each.index) for each in series)))
    return [each.loc[steps] for each in series]


def _rms(values: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean(values**2)))


def _off_branch(evidence: Evidence) -> Iterator[Finding]:
    """Every stretch of fields on which a witness holds what is not the continuum's stable state."""
    found: dict[tuple[Apart, ...], list[Witness]] = {}
    for witness in Witness:
        for alike in _mirrored(
            _stretches_apart(evidence, witness), lambda s: (s.kind, s.stability, s.stable_kind)
        ):
            found.setdefault(tuple(alike), []).append(witness)
    for apart, who in found.items():
        alike = list(apart)
        rows = _rows_in(evidence, alike)
        yield evidence.finding(
            Kind.OFF_BRANCH,
            _steps(evidence, rows[rows["witness"].isin(who)]),
            **_where(alike),
            n_rows=sum(each.n_rows for each in alike),
            names=tuple(NAMES[witness] for witness in who),
            state=alike[0].kind,
            stability=alike[0].stability,
            stable_kind=alike[0].stable_kind,
        )


def _stretches_apart(evidence: Evidence, witness: Witness) -> Iterator[Apart]:
    """Neighbouring rows of one branch with a witness off the continuum's, its state of one kind."""
    rows = evidence.moments
    rows = rows[rows["witness"] == witness]
    any_way = every_direction_alike(evidence.case.material.Ku_J_per_m3, rows["B_T"].to_numpy(dtype=float))
    rows = rows.assign(kind=rows["kind"].mask(any_way, ""))  # no direction to be off by
    held = rows[["branch", "on_branch", "kind", "like_stability", "stable_kind"]].itertuples(index=False)
    numbered = zip(held, rows["B_T"], strict=True)
    for (branch, on_branch, kind, stability, stable), run in groupby(numbered, key=lambda pair: pair[0]):
        fields = [float(B_T) for _, B_T in run]
        if not on_branch and kind:  # of what is not told nothing is known
            yield Apart(branch, fields[0], fields[-1], len(fields), kind, stability, stable)


def _events(evidence: Evidence, budget: ErrorBudget) -> Iterator[Finding]:
    """Where the leading branch changes its kind of state: simulation, both models, continuum."""
    branch, loop = evidence.result.branches[evidence.number], evidence.result.loop
    for event in budget.events[budget.events["branch"] == branch.label].to_dict("records"):
        fields, errors = (
            {name: float(event[f"{name}{end}"]) for name in (*Witness, "continuum")}
            for end in ("_T", "_error_T")
        )
        apart_T = abs(fields[Witness.SIMULATION] - fields["continuum"])
        error_T = errors[Witness.SIMULATION] + errors["continuum"]
        differ = not apart_T <= error_T + 1e-12  # nan: only one has it
        name = str(event["event"])
        passed = {w.name.lower(): w for w in Witness} | {"continuum": "continuum"}
        held = _kinds_at(budget, branch.rows.start)
        without = [who for who, key in passed.items() if not np.isfinite(fields[key])]
        before = tuple(who for who in without if held[who] in PAST.get(name, ()))
        yield evidence.finding(
            Kind.BUDGET_EVENT,
            evidence.rows_at(list(branch.around(loop.B_T, fields[Witness.SIMULATION]))),
            **{f"{w.name.lower()}_T": fields[w] for w in Witness},
            **{f"{w.name.lower()}_error_T": errors[w] for w in Witness},
            continuum_T=fields["continuum"],
            continuum_error_T=errors["continuum"],
            first_T=float(loop.B_T[branch.rows.start]),
            event=name,
            before=before,
            untold=_untold(budget, branch.rows, name),
            branches=(branch.label,),
            headline=name == "tilt" or (name == "reversal" and differ and evidence.nucleates),
        )


def _untold(budget: ErrorBudget, rows: slice, event: str) -> tuple[str, ...]:
    """Who may have an event on a branch where it is not seen: whose states are not known at all rows."""
    kinds = {"simulation": budget.simulated.states.kind, "continuum": budget.theory.kind}
    hidden = [who for who, kind in kinds.items() if (kind[rows] == UNKNOWN).any()]
    return tuple(who for who in hidden if who == "continuum" or event != "reversal")


def lacks(evidence: Evidence, event: str) -> str:
    """Why a loop has no event: it begins beyond it ("before"), or may have it ("untold"); else ""."""
    assert evidence.budget is not None
    rows = evidence.result.branches[evidence.number].rows
    if evidence.budget.simulated.states.kind[rows.start] in PAST.get(event, ()):
        return "before"
    return "untold" if "simulation" in _untold(evidence.budget, rows, event) else ""


def _kinds_at(budget: ErrorBudget, row: int) -> dict[str, int]:
    """The kind of state that everybody holds at a row, by their names in a finding."""
    kinds = {one.witness.name.lower(): int(one.states.kind[row]) for one in budget.witnesses}
    own = {witness.name.lower(): UNKNOWN for witness in Witness} | kinds
    return own | {"continuum": int(budget.theory.kind[row])}
