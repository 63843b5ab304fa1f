"""What the numbers suffer from, said before anything is made of them.

In: a Comparison. Out: sentences, each with the label of its case.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from harness.analysis.result import CaseResult
from harness.comparison.comparison import Comparison
from harness.verdict.evidence import tesla, witnesses
from harness.verdict.mesh import coarseness, soft_rows

ASYMMETRIC = 0.01
"""Rms difference of <m> between mirrored branches from which they are called different."""


def warnings_of(comparison: Comparison) -> Iterator[str]:
    """Everything to be wary of, what concerns the whole study first."""
    if comparison.unfinished:
        yield f"Not finished, so not in this report: {', '.join(comparison.unfinished)}."
    for prediction in comparison.predictions:
        for reason in prediction.missing:
            yield f"{prediction.label}: the model cannot be computed in full: {reason}."
    yield from coarseness(comparison)
    for own in witnesses(comparison):
        yield from (f"{own.result.label}: {text}" for text in (*_wary_of(own.result), *soft_rows(own)))


def _wary_of(result: CaseResult) -> Iterator[str]:
    """What one case's numbers suffer from."""
    tolerance, residual = result.case.solver.tolerance_T, result.loop.residual_T
    if residual is None:
        yield "the engine recorded no residual torque; how well its rows converged is not known."
    elif (above := int(np.sum(~(np.asarray(residual) <= tolerance)))) > 0:
        yield (
            f"{above} of {len(residual)} rows stayed above the torque tolerance of {tolerance:g} T; the "
            f"worst is {result.worst_residual_T:.2g} T."
        )
    skew = result.asymmetry
    if skew is not None and skew.rms > ASYMMETRIC:
        yield (
            f"the ascending branch is not the mirror image of the descending one (rms {skew.rms:.3f}, "
            f"largest {skew.largest:.2f} at {tesla(skew.B_T)}), as equilibrium branches of stable states "
            "would be."
        )
    if result.order is None:
        yield "the table has no order parameter, so nucleation fields cannot be told."
    if result.case.mesh.edge_smooth:
        yield "smoothed edges weigh the demagnetising field but not the exchange: curvatures mean nothing."
    if any(result.case.mesh.offset_cells):
        yield "the lattice is offset, which breaks inversion; compare it with centred cases apart."
    odd = [state for state in result.states if state.fit.state == "other"]
    if odd:
        count = f"{len(odd)} saved states are" if len(odd) > 1 else "one saved state is"
        yield (
            f"{count} no vortex of the Ansatz's kind, {'first ' if len(odd) > 1 else ''}at "
            f"{tesla(odd[0].B_T)}: {odd[0].fit.reason}."
        )
    for reason, steps in _by_reason(result).items():
        yield f"{len(steps)} saved {'states' if len(steps) > 1 else 'state'} not fitted: {reason}."
    yield from result.warnings


def _by_reason(result: CaseResult) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for step, reason in result.unfitted.items():
        found.setdefault(reason, []).append(step)
    return found
