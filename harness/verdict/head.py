"""The head of a report, particle by particle: what was asked, what to believe, how sure that is.

In: a Comparison and the findings of its cases. Out: the question, and an Answer for each particle: what its
most trustworthy case says, that is the finest mesh, a protocol that breaks the symmetry, no saddle.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from harness.analysis.loop import branches
from harness.comparison.comparison import Comparison
from harness.comparison.prediction import axis_angle_rad
from harness.verdict.evidence import Evidence
from harness.verdict.finding import Finding, Kind, Number, Part
from harness.verdict.mesh import SAME, next_cell_nm, series_of, trend_of
from harness.verdict.nucleation import confirming
from harness.verdict.words import within

Found = Mapping[Evidence, Sequence[Finding]]
"""The findings of every case."""

ARTEFACTS = tuple(kind for kind in Kind if kind.part is Part.ARTEFACT)


@dataclass(frozen=True)
class Answer:
    """What to believe of one particle, and what that rests on."""

    particle: str
    believe: tuple[Finding, ...]
    how_sure: tuple[Finding, ...]


def question(comparison: Comparison) -> Finding:
    """What the study asks: which particles, in which cells and fields, by which protocols."""
    cases, material = comparison.study.cases(), comparison.study.material
    path = np.asarray(cases[0].field_values_T)
    steps = np.abs(np.diff(path))
    steps = steps[steps > 1e-12]
    angles = [np.rad2deg(axis_angle_rad(material.axis, case.direction)) for case in cases]
    numbers: dict[str, Number] = {
        "radius_nm": _distinct(case.particle.radius_nm for case in cases),
        "cell_nm": _distinct(case.mesh.cell_nm for case in cases),
        "turns_T": (float(path[0]), *(float(path[branch.rows.stop - 1]) for branch in branches(path))),
        "steps_T": (float(steps.min()), float(steps.max())) if steps.size else (),
        "n_fields": len(path),
        "Ku_J_per_m3": material.Ku_J_per_m3,
        "axis_angle_deg": _distinct(round(float(angle), 3) for angle in angles),
    }
    kinds = Counter({case.protocol.slug: str(case.protocol.model_dump()["kind"]) for case in cases}.values())
    names = tuple(f"{kind} × {count}" if count > 1 else kind for kind, count in kinds.items())
    return Finding(Kind.QUESTION, numbers, details={"material": material.name or "", "protocols": names})


def answers(comparison: Comparison, found: Found, together: Sequence[Finding]) -> tuple[Answer, ...]:
    """An answer for every particle, in the study's order."""
    missing = tuple(finding for finding in together if finding.kind is Kind.UNFINISHED)
    if not found:
        return (Answer("", (Finding(Kind.NOTHING_FINISHED),), missing),)
    groups: dict[float, list[Evidence]] = {}
    for own in found:
        groups.setdefault(own.result.case.particle.radius_nm, []).append(own)
    return tuple(
        Answer(
            f"R = {radius_nm:g} nm",
            tuple(_believe(best(group, found), group, found, together)),
            (*_how_sure(best(group, found), group, found), *missing),
        )
        for radius_nm, group in groups.items()
    )


def best(group: Sequence[Evidence], found: Found) -> Evidence:
    """The case to believe first."""
    return min(group, key=lambda own: _doubt(own, {finding.kind for finding in found[own]}))


def _doubt(own: Evidence, kinds: set[Kind]) -> tuple[object, ...]:
    """What makes a case less trustworthy than another, gravest first; equal ones keep their order."""
    case = own.result.case
    return (
        own.branch.starts_as == "unknown",
        own.perturbed,
        not kinds.isdisjoint(ARTEFACTS[:3]),
        case.mesh.cell_nm,
        own.prediction.axis_angle_rad > 0.0,
        own.keeps_inversion,
        case.mesh.edge_smooth > 0,
    )


def _believe(
    own: Evidence, group: Sequence[Evidence], found: Found, together: Sequence[Finding]
) -> Iterator[Finding]:
    """The fate of the uniform state, what is no physics, and which Hamiltonian the equilibria follow."""
    mine = {finding.kind: replace(finding, cases=(own.name,)) for finding in found[own]}
    if not own.resolved:
        yield mine[Kind.COARSE_CELLS]
    yield from _of(mine, Part.FATE)
    yield from _artefacts(group, found)
    yield from (f for f in _of(mine, Part.CHOICE) if not own.perturbed and not _few(f))
    rivals = {e.result.label for e in group if e.problem == own.problem}
    yield from (f for f in together if f.kind is Kind.PROTOCOL_DECIDES and rivals.issuperset(f.cases))


def _of(mine: Mapping[Kind, Finding], part: Part) -> Iterator[Finding]:
    return (mine[kind] for kind in Kind if kind.part is part and kind in mine)


def _artefacts(group: Sequence[Evidence], found: Found) -> Iterator[Finding]:
    """What is no physics, one finding a kind: by the finest cells, with the names of all it holds for.

    Of each case the gravest counts; a late reversal only where symmetry could have held the moment.
    """
    gravest: dict[Kind, list[tuple[Evidence, Finding]]] = {}
    for own in group:
        first = next(_of({finding.kind: finding for finding in found[own]}, Part.ARTEFACT), None)
        if first and (own.keeps_inversion or first.kind is not Kind.LATE_REVERSAL):
            gravest.setdefault(first.kind, []).append((own, first))
    for kind in ARTEFACTS:
        if kind in gravest:
            ordered = sorted(gravest[kind], key=lambda pair: pair[0].result.case.mesh.cell_nm)
            yield replace(ordered[0][1], cases=tuple(own.name for own, _ in ordered))


def _few(finding: Finding) -> bool:
    return bool(finding.details.get("few"))


def _how_sure(own: Evidence, group: Sequence[Evidence], found: Found) -> Iterator[Finding]:
    """What the answer rests on: field step, symmetry, cells, residual torques, and what else weakens it."""
    mine = {finding.kind: replace(finding, cases=(own.name,)) for finding in found[own]}
    series = next((s for s in series_of(own.peers) if own in s.members), None)
    row, n = own.nucleation, own.prediction.nucleation
    theory_T: tuple[float, ...] = (n.brown_T, n.ansatz_T)
    if not own.nucleates:
        row, theory_T = own.coercive, (n.coherent_T,)
    if np.isfinite(row.simulated) and np.isfinite(row.uncertainty):
        near = any(within(row.simulated, row.uncertainty, own.height(field)) for field in theory_T)
        still = series is not None and series.trend == SAME
        hides = (*(["the distance to theory"] if near else []), *(["what the cells change"] if still else []))
        yield own.finding(
            Kind.FIELD_STEP, row, error_T=row.uncertainty, next_step_T=2 * row.uncertainty / 5, hides=hides
        )
    settled = {Kind.ENDS_BEFORE_THEORY, Kind.ROUNDING_DECIDES}
    yield from _symmetry(own, group, found, matters=not own.perturbed and settled.isdisjoint(mine))
    if series:
        yield trend_of(series)
    elif Kind.ENDS_BEFORE_THEORY not in mine and (own.nucleates or _one_mesh(group)):
        yield own.finding(Kind.ONE_MESH, cell_nm=own.result.case.mesh.cell_nm, next_cell_nm=next_cell_nm(own))
    yield from (f for f in _of(mine, Part.CHOICE) if _few(f))
    yield from (f for f in _of(mine, Part.WEAKENS) if own.resolved or f.kind is not Kind.COARSE_CELLS)


def _one_mesh(group: Sequence[Evidence]) -> bool:
    return len({own.result.case.mesh.cell_nm for own in group}) == 1


def _symmetry(own: Evidence, group: Sequence[Evidence], found: Found, matters: bool) -> Iterator[Finding]:
    """Whether a run on these cells breaks the symmetry that can hold a saddle, and who sat on one."""
    here = [own, *own.rivals]
    breaking = [e for e in here if not e.keeps_inversion]
    if matters and breaking:
        yield own.finding(
            Kind.SYMMETRY_BROKEN,
            *(e.nucleation for e in breaking),
            by=tuple(e.name for e in breaking),
            offset=any(own.result.case.mesh.offset_cells),
            agreeing=tuple(e.name for e in here if e.keeps_inversion and confirming(e)),
        )
    elif matters:
        yield own.finding(Kind.SYMMETRY_KEPT)
    suspects = [e for e in group if not {f.kind for f in found[e]}.isdisjoint(ARTEFACTS[:2])]
    if suspects or (matters and breaking):
        yield own.finding(Kind.UNCERTIFIED, suspects=tuple(e.name for e in suspects))


def _distinct(values: Iterator[float]) -> tuple[float, ...]:
    return tuple(dict.fromkeys(values))
