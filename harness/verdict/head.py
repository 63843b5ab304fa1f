"""The head of a report, particle by particle: what was asked, what to believe, how sure that is.

In: a Comparison and the findings of its cases. Out: the question, and for each particle what its
most trustworthy case says: the finest mesh, a protocol that breaks the symmetry, no saddle.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from harness.analysis.loop import branches, widest
from harness.comparison.comparison import Comparison, engine_of
from harness.runs.record import IMPORTED
from harness.verdict.budget import headline
from harness.verdict.evidence import Evidence, grouped
from harness.verdict.finding import Detail, Finding, Kind, Number, Part, merged
from harness.verdict.uniform_state import SAME, mesh_series, next_cell_nm, trend, trend_finding
from harness.verdict.words import among, within
from reduced_model.materials import axis_angle_rad

Found = Mapping[Evidence, Sequence[Finding]]
"""The findings of every case."""


@dataclass(frozen=True)
class ParticleAnswer:
    """What to believe of one particle, and what that rests on."""

    particle: str
    believe: tuple[Finding, ...]
    how_sure: tuple[Finding, ...]


def question(comparison: Comparison) -> Finding:
    """What the study asks: which particles, in which cells and fields, by which protocols."""
    if not comparison.whole:
        return _loops(comparison)
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
        "Ku_J_per_m3": max(case.material.Ku_J_per_m3 for case in cases),
        "axis_angle_deg": _distinct(round(float(angle), 3) for angle in angles),
    }
    kinds = Counter({case.protocol.slug: case.protocol.kind for case in cases}.values())
    names = tuple(f"{kind} × {count}" if count > 1 else kind for kind, count in kinds.items())
    materials = list(dict.fromkeys(case.material.name or "" for case in cases))
    solved = any(budget is not None for budget in comparison.budgets)
    details: dict[str, Detail] = {
        "material": among(materials),
        "several": len(materials) > 1,
        "protocols": names,
        "solved": solved,
    }
    return Finding(Kind.QUESTION, numbers, details=details)


def _loops(comparison: Comparison) -> Finding:
    """What is asked of loops of any origin: each by its name, with its program, cells and path."""
    results = comparison.results
    material = results[0].case.material
    fields = [np.asarray(result.loop.B_T) for result in results]
    angles = {round(float(np.rad2deg(axis_angle_rad(material.axis, r.case.direction))), 3) for r in results}
    numbers: dict[str, Number] = {
        "radius_nm": results[0].case.particle.radius_nm,
        "cell_nm": tuple(result.case.mesh.cell_nm for result in results),
        "n_fields": tuple(float(len(B_T)) for B_T in fields),
        "first_T": tuple(float(B_T[0]) for B_T in fields),
        "turn_T": tuple(float(B_T[widest(branches(B_T), B_T).rows.stop - 1]) for B_T in fields),
        "Ku_J_per_m3": material.Ku_J_per_m3,
        "axis_angle_deg": tuple(sorted(angles)),
    }
    details: dict[str, Detail] = {
        "material": material.name or "",
        "names": tuple(result.label for result in results),
        "programs": tuple(engine_of(result) for result in results),
    }
    return Finding(Kind.LOOPS, numbers, details=details)


def answers(
    comparison: Comparison, found: Found, together: Sequence[Finding], of_all: Sequence[Finding] = ()
) -> tuple[ParticleAnswer, ...]:
    """An answer for every particle, in the study's order; of runs of any origin for every run.

    `of_all` is what was found of several such runs as a whole.
    """
    missing = tuple(finding for finding in together if finding.kind is Kind.UNFINISHED)
    if not found:
        return (ParticleAnswer("", (Finding(Kind.NOTHING_FINISHED),), missing),)
    if not comparison.whole:
        return tuple(_of_loop(evidence, found, together, of_all) for evidence in found)
    return tuple(_answer(group, found, together, missing) for group in _particles(found))


def believed_first(comparison: Comparison, found: Found) -> tuple[Evidence, ...]:
    """Of every particle the case to believe; of runs of any origin every run."""
    return tuple(preferred(group, found) for group in _particles(found)) if comparison.whole else tuple(found)


def _particles(found: Found) -> list[list[Evidence]]:
    """The cases of each particle."""
    return grouped(found, lambda evidence: evidence.particle)


def _answer(
    group: Sequence[Evidence], found: Found, together: Sequence[Finding], missing: Sequence[Finding]
) -> ParticleAnswer:
    """What the case to believe first says of its particle, and what the other protocols say."""
    best = preferred(group, found)
    named = {finding.kind: replace(finding, cases=(best.name,)) for finding in found[best]}
    if (uniform := named.get(Kind.SINGLE_DOMAIN)) and not all(
        Kind.SINGLE_DOMAIN in _kinds(found[e]) for e in group
    ):
        named[Kind.SINGLE_DOMAIN] = replace(uniform, details={**uniform.details, "not_all": True})
    believe = tuple(_believe(best, named, group, found, together))
    how_sure = (*_how_sure(best, named, group, found, together), *missing)
    others = tuple(_others(best, group, found, (*believe, *how_sure)))
    return ParticleAnswer(best.particle, merged((*believe, *others)), how_sure)


def _of_loop(
    evidence: Evidence, found: Found, together: Sequence[Finding], of_all: Sequence[Finding]
) -> ParticleAnswer:
    """What to believe of a loop: where it sits, and the events of all; of one alone who is nearest, too."""
    named = {finding.kind: finding for finding in found[evidence]}
    mistaken, sits = (
        [named[kind] for kind in kinds if kind in named]
        for kinds in ((Kind.DOUBTFUL_VALUES, Kind.CONTRADICTED), (Kind.SITS_ON, Kind.TORQUE_GROWS))
    )
    believe = [*mistaken, *of_all, *sits]
    if len(found) == 1:
        believe += [
            *(headline(evidence, found[evidence]) if not evidence.perturbed else ()),
            *_of(named, Part.FATE),
        ]
    sure = list(_how_sure(evidence, named, [evidence], found, together))
    elsewhere: dict[str, Detail] = {}
    if evidence.result.record.engine == IMPORTED:
        elsewhere = {"imported": True, "protocol": evidence.case.protocol.kind}

    def of_it(told: Iterable[Finding]) -> tuple[Finding, ...]:
        return tuple(replace(f, cases=(), details={**f.details, **elsewhere}) for f in told)

    return ParticleAnswer(evidence.result.label, of_it(believe), of_it(sure))


def preferred(group: Sequence[Evidence], found: Found) -> Evidence:
    """The case the head speaks of: the one place where cases are preferred or put last."""
    return min(group, key=lambda evidence: _doubt(evidence, _kinds(found[evidence])))


def _kinds(findings: Iterable[Finding]) -> set[Kind]:
    return {finding.kind for finding in findings}


def _doubt(evidence: Evidence, kinds: set[Kind]) -> tuple[object, ...]:
    """What makes a case less trustworthy than another, gravest first; equal ones keep their order."""
    return (
        bool(evidence.result.faults),
        evidence.branch.starts_as == "unknown",
        evidence.perturbed,
        Kind.SADDLES in kinds,
        evidence.case.mesh.cell_nm,
        evidence.prediction.axis_angle_rad > 0.0,
        evidence.keeps_inversion,
        Kind.UNCONVERGED_ROWS in kinds,
        evidence.case.mesh.edge_smooth > 0,
    )


def _believe(
    best: Evidence,
    named: Mapping[Kind, Finding],
    group: Sequence[Evidence],
    found: Found,
    together: Sequence[Finding],
) -> Iterator[Finding]:
    """Who is nearest to the continuum, the fate of the uniform state, which states are saddles.

    Without a continuum which Hamiltonian the equilibria follow, at the end.
    """
    if Kind.DOUBTFUL_VALUES in named:
        yield named[Kind.DOUBTFUL_VALUES]
    if best.sketch:
        yield named[Kind.COARSE_CELLS]
    if not best.perturbed:
        yield from (replace(f, cases=(best.name,)) for f in headline(best, found[best]))
    beside = [f for f in together if f.kind is Kind.RUNS_DIFFER and best.result.label in f.cases]
    open_ = any(f.details["quantity"] == "nucleation field" and not f.details["chosen"] for f in beside)
    untold = {Kind.NUCLEATION, Kind.OUTLIVES_THEORY} if open_ else set()
    yield from (f for f in _of(named, Part.FATE) if f.kind not in untold)
    yield from beside
    yield from _saddles(group, found)
    if Kind.TORQUE_GROWS in named:
        yield named[Kind.TORQUE_GROWS]
    yield from (f for f in _of(named, Part.CHOICE) if not best.perturbed and not f.details.get("few"))


def _others(
    best: Evidence, group: Sequence[Evidence], found: Found, said: Sequence[Finding]
) -> Iterator[Finding]:
    """Of every kind of protocol not named yet, what its finest cells say of the uniform state."""
    names = {name for f in said for name in f.cases}
    uniform = any(f.kind is Kind.SINGLE_DOMAIN for f in said)
    ways = grouped(group, lambda e: (e.case.protocol.kind, e.case.direction))
    for way in ways:
        if best not in way and not any({e.name, e.result.label} & names for e in way):
            finest = min(way, key=lambda e: e.case.mesh.cell_nm)
            fates = (f for f in found[finest] if f.kind.part is Part.FATE)
            told = (f for f in fates if not (uniform and f.kind is Kind.SINGLE_DOMAIN))
            yield from (replace(f, cases=(finest.name,)) for f in told)


def _of(by_kind: Mapping[Kind, Finding], part: Part) -> Iterator[Finding]:
    return (by_kind[kind] for kind in Kind if kind.part is part and kind in by_kind)


def _saddles(group: Sequence[Evidence], found: Found) -> Iterator[Finding]:
    """Which states are saddles: by the finest cells, with the names of all that have some."""
    each = [(e, f) for e in group for f in found[e] if f.kind is Kind.SADDLES]
    ordered = sorted(each, key=lambda pair: pair[0].case.mesh.cell_nm)
    if ordered:
        yield replace(ordered[0][1], cases=tuple(evidence.name for evidence, _ in ordered))


def _how_sure(
    best: Evidence,
    named: Mapping[Kind, Finding],
    group: Sequence[Evidence],
    found: Found,
    together: Sequence[Finding],
) -> Iterator[Finding]:
    """What the answer rests on: field step, certificates, cells, residual torques, what else weakens it."""
    series = next((s for s in mesh_series(best.peers) if best in s), ())
    yield from _field_step(best, series)
    if best.imported:
        yield best.finding(Kind.SYMMETRY_UNKNOWN)
    yield from (named[kind] for kind in (Kind.CERTIFIED, Kind.NOT_CERTIFIED) if kind in named)
    yield from _agreeing([f for f in together if f.kind is Kind.RUNS_AGREE and best.result.label in f.cases])
    cell_nm = best.case.mesh.cell_nm
    if series:
        yield trend_finding(series)
        yield from (f for f in together if f.kind is Kind.MESH_LIMIT and best.result.label in f.cases)
    elif Kind.ENDS_BEFORE_THEORY not in named and (
        best.nucleates or all(e.case.mesh.cell_nm == cell_nm for e in group)
    ):
        others = sorted({e.case.mesh.cell_nm for e in group} - {cell_nm})
        aside = tuple(f"{other:g}" for other in others)
        yield best.finding(
            Kind.ONE_MESH,
            cell_nm=cell_nm,
            next_cell_nm=next_cell_nm(best),
            aside=aside,
            measured=best.budget is not None,
        )
    yield from (f for f in together if f.kind is Kind.CORE_BY_CELLS and best.result.label in f.cases)
    if (pinned := named.get(Kind.LATTICE_PINS)) and pinned.details["no_model_s"] and best.resolved:
        yield pinned
    yield from (f for f in _of(named, Part.CHOICE) if f.details.get("few"))
    yield from (f for f in _of(named, Part.WEAKENS) if not (best.sketch and f.kind is Kind.COARSE_CELLS))


def _agreeing(found: Sequence[Finding]) -> Iterator[Finding]:
    """One finding for all quantities in which the same runs agree."""
    for names in dict.fromkeys(f.details["names"] for f in found):
        those = [f for f in found if f.details["names"] == names]
        quantities = among([str(f.details["quantity"]) for f in those])
        yield replace(those[0], details={**those[0].details, "quantity": quantities})


def _field_step(best: Evidence, series: Sequence[Evidence]) -> Iterator[Finding]:
    """How finely the field that matters is known, and what that hides."""
    row, n = best.nucleation, best.prediction.nucleation
    theory_T: tuple[float, ...] = (n.brown_T, n.ansatz_T)
    if not best.nucleates:
        row = best.coercive
        theory_T = (
            () if best.isotropic and best.single_domain else (n.uniform_lost_T, n.uniform_lost_ansatz_T)
        )
    error_T = row.uncertainty
    if not np.isfinite([row.simulated, error_T]).all():
        return
    near = any(within(row.simulated, error_T, best.height(field)) for field in theory_T)
    still = bool(series) and trend(series) == SAME
    hides = (*(["the distance to theory"] if near else []), *(["what the cells change"] if still else []))
    scatter_T = float(np.nan_to_num(row.run_to_run))
    apart_T = float(np.sqrt(max(error_T**2 - scatter_T**2, 0.0))) if scatter_T else error_T
    fields_T = best.fields_T[np.isfinite(best.fields_T)]
    between = np.abs(fields_T - row.simulated) < apart_T - 1e-9
    steps = {"error_T": error_T, "next_step_T": 2 * apart_T / 5}
    widths_T = np.abs(np.diff(best.result.loop.B_T))
    if np.isfinite(row.run_to_run):
        steps |= {"run_to_run_T": row.run_to_run, "n_runs": float(row.runs)}
    yield best.finding(
        Kind.FIELD_STEP,
        row,
        **steps,
        hides=hides,
        listed=bool(best.case.field.values_T),
        uneven=bool(np.ptp(widths_T[widths_T > 1e-12]) > 1e-9),  # the field at which a path turns comes twice
        of=row.quantity,
        wider=bool(between.any()),  # rows that could not be decided lie inside the bracket
        located=any(event.error_T == error_T for event in best.result.loop.events),
    )


def _distinct(values: Iterator[float]) -> tuple[float, ...]:
    return tuple(dict.fromkeys(values))
