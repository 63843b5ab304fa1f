"""What a static bias moves: the budget counts it as mesh error, for the continuum has no bias.

In: the Evidence of a biased case. Out: a Finding, with the shift measured beside a run without the bias on
the same cells, or else bounded to first order by the smallest curvature.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from harness.comparison.testimony import on_branches
from harness.study.protocols import Bias
from harness.verdict.evidence import Evidence
from harness.verdict.finding import Finding, Kind

MEAN = math.sqrt(0.4)
"""Rms over a ball of the mask rho/R that the amplitude is multiplied by."""


def bias_findings(evidence: Evidence) -> Iterator[Finding]:
    """How far the bias shifts the moment; nothing of other protocols."""
    protocol = evidence.case.protocol
    if not isinstance(protocol, Bias):
        return
    numbers = {"bias_T": 1e-3 * protocol.b_mT, "rms": np.nan, "largest": np.nan, "at_T": np.nan}
    free = sorted(evidence.rivals, key=lambda rival: rival.keeps_inversion)
    if free:
        numbers |= _shift(evidence, free[0])
    yield evidence.finding(
        Kind.BIAS,
        evidence.nucleation,
        **numbers,
        bound=np.nan if free else _bound(evidence, 1e-3 * protocol.b_mT),
        beside=free[0].name if free else "",
        counted=evidence.budget is not None,
    )


def _shift(evidence: Evidence, rival: Evidence) -> dict[str, float]:
    """Distance of <m> from a run without the bias, over the rows both have."""
    n = min(len(e.result.loop.B_T) for e in (evidence, rival))
    sound = evidence.result.sound[:n] & rival.result.sound[:n]
    apart = np.where(sound, np.abs(evidence.result.moment[:n] - rival.result.moment[:n]), 0.0)
    most, rms = int(np.argmax(apart)), float(np.sqrt(np.mean(apart[sound] ** 2)))
    return {"rms": rms, "largest": float(apart[most]), "at_T": float(evidence.result.loop.B_T[most])}


def _bound(evidence: Evidence, bias_T: float) -> float:
    """Largest first-order change of <m> at the median row: the bias over the smallest curvature, rms both.

    The curvature is that of the continuum's branch of each row's kind; nan without a budget.
    """
    if (budget := evidence.budget) is None:
        return math.nan
    B_T = np.asarray(evidence.result.loop.B_T)
    like = budget.simulated.like
    curvature, _ = on_branches(budget.theory.continuum, like, "lambda_min_T", B_T)
    known = curvature[evidence.result.sound & (like >= 0)]
    return float(np.median(MEAN * bias_T / np.abs(known))) if known.size else math.nan
