"""The saved states of several runs, certified for a report in a share of the time the runs took.

In: analysed runs. Out: the same with certificates; those made before are read, and what there was no time for
is named.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from harness.analysis.result import CaseResult
from harness.analysis.run_certificates import certificates_of, kept_certificates

SHARE = 0.5
"""Of a run's own time, what its certificates may take."""
LEAST_S = 5.0
"""Time they are given at least, which a run of seconds is not worth counting for."""
UNTIMED_S = 60.0
"""Time for the certificates of a run whose own time is not known, as that of an import."""
TOLD_EVERY_S = 2.0


def with_certificates(
    results: Sequence[CaseResult], on_step: Callable[[str], None] = lambda words: None
) -> tuple[CaseResult, ...]:
    """Certify the saved states of every run, those that matter first, as far as its time allows.

    Parameters
    ----------
    results : sequence of CaseResult
    on_step : callable, optional
        Called with a few words every other second.
    """
    total, before, told = sum(len(result.loop.states) for result in results), 0, -np.inf
    certified = []

    def count(done: int) -> None:
        nonlocal told
        if total and (now := time.monotonic()) - told >= TOLD_EVERY_S:
            told = now
            on_step(f"certifying the saved states: {before + done} of {total}")

    for result in results:
        count(0)
        if result.certified and not result.certified.left:  # beside other cases
            certified.append(result)
            continue
        found = certificates_of(
            result.folder,
            result.case,
            result.record,
            result.loop.states,
            within_s=UNTIMED_S
            if result.record.wall_s is None
            else max(LEAST_S, SHARE * result.record.wall_s),
            first=telling(result),
            on_step=count,
        )
        certified.append(replace(result, certified=found))
        before += len(result.loop.states)
    return tuple(certified)


def with_kept_certificates(results: Sequence[CaseResult]) -> tuple[CaseResult, ...]:
    """The runs with the certificates that were made of them before; nothing is made."""
    return tuple(
        replace(result, certified=kept_certificates(result.folder, result.record, result.loop.states))
        for result in results
    )


def telling(result: CaseResult) -> frozenset[int]:
    """Steps of the saved states a verdict asks for: remanent ones, and those next to an event of a branch."""
    steps, B_T = np.asarray(result.loop.step), np.asarray(result.loop.B_T)
    saved = np.isin(steps, list(result.loop.states))
    found: set[int] = set()
    for branch, of in zip(result.branches, result.observables, strict=True):
        rows = np.arange(branch.rows.start, branch.rows.stop)
        rows = rows[saved[rows]]
        events = (of.nucleation_field_T, of.coercive_field_T, of.annihilation_field_T, 0.0)
        for at_T in (*events, *(jump.B_T for jump in of.jumps)):
            away = B_T[rows] - at_T
            for side in (rows[away >= -1e-12], rows[away <= 1e-12]):
                near = side[np.argsort(np.abs(B_T[side] - at_T), kind="stable")[:1]]
                found.update(steps[near].tolist() if np.isfinite(at_T) else ())
    return frozenset(found)
