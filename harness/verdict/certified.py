"""What saved states were certified to be, as findings, and as the proof of what rivals can only suggest.

In: the Evidence of a case. Out: Findings; of some rows the certificate that decides, as numbers and details.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.analysis.certificate import Certificate
from harness.comparison.comparison import LEFT
from harness.verdict.evidence import Evidence
from harness.verdict.finding import Finding, Kind, RunRows

Rows = NDArray[np.bool_]


def certificates(evidence: Evidence) -> dict[int, Certificate]:
    """The certificates of the run's sound rows, by row."""
    result = evidence.result
    found = result.certified.found if result.certified else {}
    steps = result.loop.step.tolist()
    return {row: found[step] for row, step in enumerate(steps) if step in found and result.sound[row]}


def proof(evidence: Evidence, rows: Rows) -> dict[str, Any]:
    """What was certified at some rows: the lowest saddle, or else the lowest minimum; "" for nothing."""
    known = {row: c for row, c in certificates(evidence).items() if rows[row]}
    for verdict in ("saddle", "minimum"):
        of = {row: c for row, c in known.items() if c.verdict == verdict}
        if of:
            row = min(of, key=lambda row: of[row].lambda_min_T)
            return _told(evidence, row, of[row])
    return {"certified": "", "mode": "", "certified_T": np.nan, "lambda_min_T": np.nan}


def _told(evidence: Evidence, row: int, certificate: Certificate) -> dict[str, Any]:
    return {
        "certified": certificate.verdict,
        "mode": certificate.mode,
        "certified_T": float(evidence.result.loop.B_T[row]),
        "lambda_min_T": certificate.lambda_min_T,
    }


def saddle_findings(evidence: Evidence, told: Rows) -> Iterator[Finding]:
    """The saved states that are saddles, those told of elsewhere aside; why others have no certificate."""
    known = certificates(evidence)
    saddles = [row for row, c in known.items() if c.verdict == "saddle"]
    B_T = np.asarray(evidence.result.loop.B_T)
    if untold := [row for row in saddles if not told[row]]:
        row = min(untold, key=lambda row: (abs(B_T[row]) > 1e-12, known[row].lambda_min_T))
        yield evidence.finding(
            Kind.SADDLES,
            evidence.rows_at([row]),
            n_saddles=len(saddles),
            n_states=len(known),
            **_told(evidence, row, known[row]),
        )
    if (certified := evidence.result.certified) and (certified.refused or certified.left):
        reasons = Counter(certified.refused.values())
        if certified.left:
            reasons[LEFT] = len(certified.left)
        yield evidence.finding(
            Kind.NOT_CERTIFIED,
            RunRows(evidence.run, (*certified.refused, *certified.left)),
            n_states=tuple(map(float, reasons.values())),
            reasons=tuple(reasons),
        )


def certified_finding(evidence: Evidence) -> Finding | None:
    """How many of the saved states are minima; None where none was certified."""
    known = certificates(evidence)
    if not known:
        return None
    count = Counter(c.verdict for c in known.values())
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
