"""Several loops together: the events of all in one sentence each, and where loops of one script disagree.

In: the findings of every loop, those of runs beside one another. Out: Findings, of all loops.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from harness.comparison.table import TURN
from harness.study.script import SCRIPT_NAME
from harness.verdict.budget import lacks
from harness.verdict.evidence import Evidence, grouped, same_T
from harness.verdict.finding import Finding, Kind, RunRows
from harness.verdict.words import quoted

WHERE = {
    "nucleation field": "where the vortex appears",
    TURN: "where the core leaves the field's line",
    "coercive field": "where the moment changes sign",
}
"""What loops of one script are held against one another in, in words."""


def loops_together(
    found: Mapping[Evidence, Sequence[Finding]], together: Sequence[Finding]
) -> Iterator[Finding]:
    """Whose fields stand otherwise, where loops of one script or on the same cells disagree, each event."""
    ways = grouped(found, _angle_deg)
    if len(ways) > 1:
        yield Finding(
            Kind.DIRECTIONS,
            {"angle_deg": tuple(_angle_deg(way[0]) for way in ways)},
            rows=tuple(RunRows(e.run) for e in found),
            details={"names": tuple(quoted([e.result.label for e in way]) for way in ways)},
        )
    settings = grouped(found, _setting)
    for group in settings:
        yield from _replicas(group)
    for finding in together:
        alike = any(set(finding.cases) <= {e.result.label for e in group} for group in settings)
        if finding.kind is Kind.RUNS_DIFFER and not alike:
            yield finding
    for way in ways:
        for event in ("nucleation", "tilt"):
            for told in _event(event, {e: found[e] for e in way}, settings):
                angle_deg = _angle_deg(way[0]) if len(ways) > 1 else np.nan
                yield replace(told, numbers={**told.numbers, "angle_deg": angle_deg})


def _angle_deg(evidence: Evidence) -> float:
    """The field's angle to the easy axis, to a tenth; 0 of a sphere that has none."""
    return 0.0 if evidence.isotropic else round(float(np.rad2deg(evidence.prediction.axis_angle_rad)), 1)


def _setting(evidence: Evidence) -> tuple[object, ...]:
    """What decides what a program does: loops that share it are the same run again, or a part of it.

    A loop without its script is like no other.
    """
    result, case = evidence.result, evidence.case
    script = result.folder / SCRIPT_NAME
    if not script.is_file():
        return (result.folder,)
    options = json.dumps(result.record.options, sort_keys=True)
    return evidence.engine, options, script.read_bytes(), case.mesh, case.material, case.particle


def _replicas(group: Sequence[Evidence]) -> Iterator[Finding]:
    """That loops of one script disagree by more than their field steps, quantity by quantity."""
    told: dict[str, dict[Evidence, tuple[float, float]]] = {}
    for quantity in WHERE:
        rows = {e: row for e in group if (row := e.row(quantity)) and np.isfinite(row.simulated)}
        low, high = (pick(rows.values(), key=lambda row: row.simulated, default=None) for pick in (min, max))
        if low and high and not same_T(low, high):
            told[quantity] = {e: (row.simulated, row.uncertainty) for e, row in rows.items()}
    if not told:
        return
    values = [[value for value, _ in of.values()] for of in told.values()]
    ends = [[pick(of, key=lambda e: of[e][0]) for pick in (max, min)] for of in told.values()]
    errors = [[of[e][1] for e in two] for of, two in zip(told.values(), ends, strict=True)]
    yield Finding(
        Kind.REPLICAS,
        {
            "n_loops": float(len(group)),
            "n_told": tuple(float(len(of)) for of in values),
            "high_T": tuple(max(of) for of in values),
            "low_T": tuple(min(of) for of in values),
            "high_error_T": tuple(high for high, _ in errors),
            "low_error_T": tuple(low for _, low in errors),
            "scatter_T": tuple(float(np.std(of, ddof=1)) if len(of) > 2 else np.nan for of in values),
        },
        tuple(e.result.label for e in group),
        tuple(RunRows(e.run) for e in group),
        {
            "names": quoted([e.result.label for e in group]),
            "where": tuple(WHERE[quantity] for quantity in told),
            "highest": tuple(high.result.label for high, _ in ends),
            "lowest": tuple(low.result.label for _, low in ends),
        },
    )


def _event(
    event: str, found: Mapping[Evidence, Sequence[Finding]], settings: Sequence[Sequence[Evidence]]
) -> Iterator[Finding]:
    """An event, of theory on the widest path, and in every loop; those of one script are told as one.

    A loop that has it nowhere is told, too, where one has it.
    """
    of = {
        evidence: f
        for evidence, findings in found.items()
        for f in findings
        if f.kind is Kind.BUDGET_EVENT and f.details["event"] == event
    }
    if not of:
        return
    groups = [[e for e in group if e in found and e.budget] for group in settings]
    groups = [group for group in groups if group]
    value, error = (
        {e: float(of[e].numbers[name]) if e in of else np.nan for group in groups for e in group}  # type: ignore[arg-type]
        for name in ("simulation_T", "simulation_error_T")
    )
    known = [[e for e in group if np.isfinite(value[e])] for group in groups]
    told = [those or group[:1] for those, group in zip(known, groups, strict=True)]
    high, low = ([pick(those, key=value.__getitem__) for those in told] for pick in (max, min))
    theory = of[max(of, key=lambda e: np.ptp(e.result.loop.B_T[e.result.branches[e.number].rows]))]
    yield Finding(
        Kind.LOOPS_EVENT,
        {
            **theory.numbers,
            "loop_T": tuple(value[e] for e in high),
            "loop_error_T": tuple(error[e] for e in high),
            "low_T": tuple(value[e] for e in low),
            "low_error_T": tuple(error[e] for e in low),
            "n_loops": tuple(float(len(group)) for group in groups),
            "n_known": tuple(float(len(those)) for those in known),
        },
        (),
        tuple(row for e in value for row in (of[e].rows if e in of else [RunRows(e.run)])),
        {
            **theory.details,
            "names": tuple(group[0].result.label for group in groups),
            "lacks": tuple("" if k else lacks(g[0], event) for k, g in zip(known, groups, strict=True)),
        },
    )
