"""Findings about runs beside one another: algorithms, protocols and seeds on one mesh, one of them on many.

In: all Evidence of a comparison. Out: Findings that give every value with its runs, and choose none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from harness.comparison.table import Row
from harness.runs.convergence import unsettled
from harness.verdict.certified import proof
from harness.verdict.evidence import MOMENTS_DIFFER, Evidence, grouped, same_T
from harness.verdict.finding import Finding, Kind
from harness.verdict.states import NEAR_DEG
from harness.verdict.uniform_state import by_cells, late, uniform_beyond

QUANTITIES = ("nucleation field", "coercive field", "annihilation field", "remanence")


def runs_beside(cases: Sequence[Evidence]) -> Iterator[Finding]:
    """Whether runs on one mesh agree, quantity by quantity; late and biased ones aside."""
    calm = [e for e in cases if not e.perturbed]
    for group in (path for mesh in grouped(calm, lambda e: e.mesh_problem) for path in _on_one_path(mesh)):
        longest = max(len(e.case.field_values_T) for e in group)
        for quantity in QUANTITIES:
            counted = [e for e in group if _counts(e, quantity) and _came_so_far(e, quantity, longest)]
            if len(counted) > 1:
                yield from _beside(counted, quantity)


def _on_one_path(cases: Sequence[Evidence]) -> list[list[Evidence]]:
    """Those of one path together, and with them those that followed it only in part."""
    groups: list[list[Evidence]] = []
    for evidence in sorted(cases, key=lambda e: -len(e.case.field_values_T)):
        group = next((g for g in groups if evidence.is_part_of(g[0])), None)
        groups.append([evidence]) if group is None else group.append(evidence)
    return [[e for e in cases if e in group] for group in groups]


def _came_so_far(evidence: Evidence, quantity: str, longest: int) -> bool:
    """Whether a run has a quantity; one that stopped early, and has none, may not have come to it."""
    row = evidence.row(quantity)
    whole = len(evidence.case.field_values_T) == longest
    return row is not None and (whole or bool(np.isfinite(row.simulated)))


def _counts(evidence: Evidence, quantity: str) -> bool:
    """Whether a run has a say in a quantity: of where the uniform state ends, one held on no known saddle."""
    if quantity == "nucleation field":
        return evidence.branch.starts_as == "uniform" and not late(evidence)
    if quantity == "annihilation field":
        return evidence.nucleates
    return evidence.nucleates or not evidence.isotropic  # else it points anywhere in zero field


def _beside(cases: Sequence[Evidence], quantity: str) -> Iterator[Finding]:
    """One finding that the values are the same, or that they are not."""
    rows = {e: row for e in cases if (row := e.row(quantity)) is not None}
    known = [row for row in rows.values() if np.isfinite(row.simulated)]
    if not known:
        return
    low, high = (pick(known, key=lambda row: row.simulated) for pick in (min, max))
    in_tesla = low.unit == "T"
    same = same_T(low, high) if in_tesla else high.simulated - low.simulated <= MOMENTS_DIFFER
    agree = same and len(known) == len(rows)
    if agree and quantity not in QUANTITIES[:2]:
        return
    alike = grouped(rows, lambda e: _printed(rows[e]))
    alike.sort(key=lambda those: -np.nan_to_num(rows[those[0]].simulated, nan=-np.inf))
    first, n = next(iter(rows)), next(iter(rows)).prediction.nucleation
    nucleation = quantity == QUANTITIES[0]
    first_T = max(e.left_T if e.nucleates else -np.inf for e in rows) if nucleation else np.nan
    held = {e: proof(e, uniform_beyond(e, first_T)) for e in rows}
    minima = [e for e in rows if held[e]["certified"] == "minimum"]
    found = first.finding(
        Kind.RUNS_AGREE if agree else Kind.RUNS_DIFFER,
        *rows.values(),
        value=tuple(rows[those[0]].simulated for those in alike),
        error=tuple(rows[those[0]].uncertainty for those in alike),
        n_runs=len(rows),
        radius_nm=first.case.particle.radius_nm,
        cell_nm=first.case.mesh.cell_nm,
        brown_T=first.height(n.brown_T) if nucleation and n.brown_T > n.coherent_T else np.nan,
        quantity=quantity,
        runs=tuple(", ".join(f"“{e.name}”" for e in those) for those in alike),
        names=tuple(e.name for e in rows),
        in_tesla=in_tesla,
        all_saved=all({*e.result.loop.states} >= {*e.result.loop.step} for e in rows),
        unsettled=tuple(e.name for e in rows if nucleation and _held_on_unsettled(e, first_T)),
        chosen=_agreed([row for e, row in rows.items() if not e.keeps_inversion]) and not minima,
        holder=minima[0].name if minima else "",
        **(held[minima[0]] if minima else {}),
    )
    if agree and not nucleation:
        found = replace(found, numbers={**found.numbers, **_ends_apart(list(rows))})
    yield replace(found, cases=tuple(e.result.label for e in rows))


def _ends_apart(cases: Sequence[Evidence]) -> dict[str, tuple[float, ...]]:
    """Where the vortex appears in each of these runs, should that be elsewhere and not held together."""
    late_too = any(not _counts(e, QUANTITIES[0]) for e in cases)
    rows = [e.nucleation for e in cases]
    known = [row for row in rows if np.isfinite(row.simulated)]
    same = all(same_T(one, other) for one in known for other in known)
    if not late_too or not known or (same and len(known) == len(rows)):
        return {}
    return {
        "nucleation_T": tuple(row.simulated for row in rows),
        "nucleation_error_T": tuple(row.uncertainty for row in rows),
    }


def _agreed(rows: Sequence[Row]) -> bool:
    """Whether runs, one at least, have one field."""
    return bool(rows) and all(same_T(rows[0], row) for row in rows)


def _held_on_unsettled(evidence: Evidence, first_T: float) -> bool:
    """Whether the uniform state outlived that of others in a row that is no equilibrium."""
    result = evidence.result
    part = result.sound_part(result.branches[evidence.number])
    heights = evidence.side * evidence.fields_T
    held = (heights < first_T - 1e-12) & (heights > evidence.left_T - 1e-12)
    return bool((held & unsettled(result.loop, result.torque_limit)[part]).any())


def _printed(row: Row) -> float | None:
    """The value as a sentence gives it; None where there is none."""
    return round(row.simulated, 4 if row.unit == "T" else 3) if np.isfinite(row.simulated) else None


def core_by_cells(cases: Sequence[Evidence]) -> Iterator[Finding]:
    """Where the core at B = 0 stands at different angles to the field on different meshes."""
    name = "core angle at B = 0"
    free = [e for e in cases if e.resolved and not e.perturbed and e.row(name) is not None]
    for series in by_cells(free):
        rows = [row for e in series if (row := e.row(name)) is not None]
        angles = tuple(row.simulated for row in rows)
        if np.ptp(angles) > NEAR_DEG:
            found = series[0].finding(
                Kind.CORE_BY_CELLS,
                *rows,
                radius_nm=series[0].case.particle.radius_nm,
                edge_smooth=float(series[0].case.mesh.edge_smooth),
                cell_nm=tuple(e.case.mesh.cell_nm for e in series),
                angle_deg=angles,
                angle_prime_deg=rows[0].model_prime,
                angle_double_prime_deg=rows[0].model_double_prime,
                angle_continuum_deg=rows[0].continuum,
                way=series[0].way,
            )
            yield replace(found, cases=tuple(e.result.label for e in series))
