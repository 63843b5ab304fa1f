"""What saved states were certified to be: how many minima, which saddles, and why others are not known.

In: the Evidence of a case. Out: Findings; of some rows the certificate that decides, as numbers and details.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.analysis.certificate import FALLING, Certificate
from harness.comparison.comparison import LEFT
from harness.verdict.evidence import Evidence
from harness.verdict.finding import Finding, Kind, RunRows

Rows = NDArray[np.bool_]
ALL_BUT_UNIFORM = 0.98
"""Mean moment along the field from which on theory's coherent rotation is that of the state."""


def certificates(evidence: Evidence) -> dict[int, Certificate]:
    """The certificates of the run's sound rows, by row."""
    result = evidence.result
    found = result.certified.found if result.certified else {}
    steps = result.loop.step.tolist()
    return {row: found[step] for row, step in enumerate(steps) if step in found and result.sound[row]}


def proof(evidence: Evidence, rows: Rows) -> dict[str, Any]:
    """What was certified at some rows: the lowest saddle, or else the lowest minimum; "" for nothing."""
    known = {row: c for row, c in certificates(evidence).items() if rows[row]}
    for verdict, among in (("saddle", FALLING), ("minimum", ("minimum",))):
        of = {row: c for row, c in known.items() if c.verdict in among}
        if of:
            row = min(of, key=lambda row: of[row].lambda_min_T)
            numbers = {"certified_T": float(evidence.result.loop.B_T[row])}
            numbers["lambda_min_T"] = of[row].lambda_min_T
            return {"certified": verdict, "mode": of[row].mode, **numbers}
    return {"certified": "", "mode": "", "certified_T": np.nan, "lambda_min_T": np.nan}


def certified_findings(evidence: Evidence) -> Iterator[Finding]:
    """How many saved states are minima, which are saddles and along what, and why others are not known."""
    known = certificates(evidence)
    if known:
        yield _counted(evidence, known)
    if saddles := {row: c for row, c in known.items() if c.verdict in FALLING}:
        yield _saddles(evidence, saddles, len(known))
    certified, states = evidence.result.certified, evidence.result.loop.states
    reasons = Counter(certified.refused.values() if certified else ())
    reasons |= {LEFT: len(certified.left)} if certified and certified.left else {}
    if (reasons or not known) and not evidence.case.mesh.edge_smooth:  # told with the smoothing
        yield evidence.finding(
            Kind.NOT_CERTIFIED,
            RunRows(evidence.run, tuple(sorted((*certified.refused, *certified.left)) if certified else ())),
            n_states=tuple(map(float, reasons.values())),
            reasons=tuple(reasons),
            nothing=not known,
            saved=bool(states),
        )


def _counted(evidence: Evidence, known: dict[int, Certificate]) -> Finding:
    count = Counter("saddle" if c.verdict in FALLING else c.verdict for c in known.values())
    minima = {row: c for row, c in known.items() if c.verdict == "minimum"}
    softest = min(minima, key=lambda row: minima[row].lambda_min_T, default=None)
    return evidence.finding(
        Kind.CERTIFIED,
        evidence.rows_at(sorted(known)),
        n_states=len(known),
        **{f"n_{verdict}": count[verdict] for verdict in ("minimum", "saddle", "undecided")},
        softest_T=np.nan if softest is None else float(evidence.result.loop.B_T[softest]),
        lambda_min_T=np.nan if softest is None else minima[softest].lambda_min_T,
    )


def _saddles(evidence: Evidence, saddles: dict[int, Certificate], n_states: int) -> Finding:
    """The saddles mode by mode, each at its lowest curvature."""
    lowest: dict[str, int] = {}
    for row in sorted(saddles, key=lambda row: saddles[row].lambda_min_T):
        lowest.setdefault(saddles[row].mode, row)
    return evidence.finding(
        Kind.SADDLES,
        evidence.rows_at(sorted(saddles)),
        n_saddles=len(saddles),
        n_states=n_states,
        n_maxima=sum(c.verdict == "maximum" for c in saddles.values()),
        at_T=tuple(float(evidence.result.loop.B_T[row]) for row in lowest.values()),
        lambda_T=tuple(saddles[row].lambda_min_T for row in lowest.values()),
        modes=tuple(lowest),
        borne_to_T=_borne_to_T(evidence, lowest.get("coherent rotation")),
    )


def _borne_to_T(evidence: Evidence, row: int | None) -> float:
    """To what field along its moment theory has a uniform state that rotates here bear rotation; or nan."""
    if row is None or evidence.isotropic or evidence.prediction.axis_angle_rad > 0.0:
        return np.nan
    m, theory_T = evidence.result.moment[row], evidence.prediction.nucleation.coherent_T
    along_T = np.sign(m) * evidence.result.loop.B_T[row]
    return float(np.sign(m) * theory_T) if abs(m) > ALL_BUT_UNIFORM and along_T > theory_T else np.nan
