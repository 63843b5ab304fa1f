"""What the cells themselves do to a sphere: how far they move the moment of an upright vortex.

In: the Evidence of a case. Out: a Finding, measured against the continuum on the case's own rows; where
smoothed edges make it worse and there is no continuum, from docs/results/cells.md, and said to be so.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from harness.comparison.error_budget import Witness
from harness.verdict.evidence import Evidence
from harness.verdict.finding import Finding, Kind, RunRows

NOTICED = 0.005
"""Shift of <m> from which whole cells are worth a caution."""
KNOWN_ACROSS = (10, 16, 20, 32)
KNOWN_WHOLE = (0.063, 0.036, 0.027, 0.015)
KNOWN_SMOOTHED = (0.149, 0.114, 0.086, 0.058)
"""Shifts of <m> at 0.30 T on iron, R = 20 nm, by cells across: of whole cells, and with EdgeSmooth 8."""


def cell_findings(evidence: Evidence) -> Iterator[Finding]:
    """How far the cells of a case move the moment."""
    mesh = evidence.case.mesh
    found = _measured(evidence)
    if found is None and (not mesh.edge_smooth or evidence.stays_uniform):
        return
    numbers = {"cell_nm": mesh.cell_nm, "edge_smooth": float(mesh.edge_smooth)} | (found or _known(evidence))
    rows = RunRows(evidence.run, () if found is None else (int(numbers.pop("step")),))
    beside = any(each.case.solver.surface == "smooth" for each in (evidence, *evidence.peers))
    whole_on_cpu = not beside and evidence.result.record.engine == "cpu"
    yield evidence.finding(
        Kind.CELLS_SHIFT,
        rows,
        **numbers,
        measured=found is not None,
        on_cpu=whole_on_cpu,
        whole_beside=evidence.whole_beside,
    )


def _measured(evidence: Evidence) -> dict[str, float] | None:
    """The largest distance of an upright vortex from the continuum's, and their rms; None if it is small."""
    if evidence.budget is None:
        return None
    rows = evidence.moments
    rows = rows[
        (rows["witness"] == Witness.SIMULATION) & rows["on_branch"] & (rows["kind"] == "upright vortex")
    ]
    off = rows["difference"].to_numpy()
    if not off.size or np.abs(off).max() < max(NOTICED, 3.0 * float(rows["like_error"].max())):
        return None
    worst = rows.iloc[int(np.abs(off).argmax())]
    return {
        "step": float(worst["step"]),
        "shift": float(worst["difference"]),
        "at_T": float(worst["B_T"]),
        "rms": float(np.sqrt(np.mean(off**2))),
        "n_rows": float(off.size),
    }


def _known(evidence: Evidence) -> dict[str, float]:
    """The shifts of iron's sphere in as many cells, as near as there is a number."""
    nearest = int(np.abs(np.log(np.array(KNOWN_ACROSS) / evidence.cells_across)).argmin())
    return {
        "across": float(KNOWN_ACROSS[nearest]),
        "shift": KNOWN_SMOOTHED[nearest],
        "whole": KNOWN_WHOLE[nearest],
    }
