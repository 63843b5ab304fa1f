"""What the cells of a study tend to as they shrink, and whether that is the spectral continuum.

In: a Comparison, its mesh studies of three cell sizes or more. Out: Findings, one a study.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator

import numpy as np

from harness.analysis.convergence import FEWEST, LEVEL
from harness.comparison.comparison import Comparison
from harness.comparison.mesh import LatticeValues, MeshStudy
from harness.verdict.finding import Finding, Kind, Number, RunRows

NOTHING = (math.nan, math.nan, math.nan)


def mesh_findings(comparison: Comparison) -> Iterator[Finding]:
    """What each series of cells tends to; those of two sizes tend to nothing that could be told."""
    certified = any(result.case.protocol.kind == "certified" for result in comparison.results)
    yield from (_finding(study, certified) for study in comparison.mesh if len(study.cell_nm) >= FEWEST)


def _finding(study: MeshStudy, certified: bool) -> Finding:
    case = study.results[-1].case
    leading = [each for each in study.loop("m") if each.branch_number == study.leading]
    known = [each for each in leading if each.agrees is not None]
    exact = np.array([each.continuum[0] for each in known])
    telling = {each.quantity: each for each in reversed(study.telling)}
    nucleation, m = telling.get("nucleation field"), telling.get("m")
    refused = Counter(each.found.reason for each in leading if not each.found.converges)
    numbers: dict[str, Number] = {
        **{"radius_nm": case.particle.radius_nm, "cell_nm": study.cell_nm, "percent": 100 * LEVEL},
        **{"edge_smooth": float(case.mesh.edge_smooth), "n_lattices": len(study.results)},
        **{"n_fields": len(leading), "n_told": sum(each.found.converges for each in leading)},
        **{"n_known": len(known), "n_agree": sum(bool(each.agrees) for each in known)},
        "rms_extrapolated": _rms(np.array([each.found.continuum for each in known]) - exact),
        "rms_finest": _rms(np.array([each.found.finest for each in known]) - exact),
        **_numbers("nucleation", nucleation),
        **_numbers("m", m),
        "m_at_T": m.B_T if m else math.nan,
        "n_refused": tuple(map(float, refused.values())),
    }
    return Finding(
        Kind.MESH_LIMIT,
        numbers,
        tuple(result.label for result in study.results),
        tuple(RunRows(result.folder.name) for result in study.results),
        {
            **{"way": study.way, "branch": study.results[-1].branches[study.leading].label},
            **{"nucleation_why": nucleation.found.reason if nucleation else "", "reasons": tuple(refused)},
            "rows": not certified and bool(nucleation and nucleation.found.outcome in ("rows", "same")),
        },
    )


def _numbers(name: str, values: LatticeValues | None) -> dict[str, Number]:
    """A quantity's continuum value with its interval, its order, the finest cells' error, what theory has."""
    found = values.found if values else None
    told = (found.continuum, found.low, found.high) if found else NOTHING
    of = dict(zip(("", "_low", "_high"), told, strict=True))
    of |= {"_order": found.order, "_finest_error": found.finest_error} if found else {}
    of["_continuum"] = values.continuum[0] if values else math.nan
    of["_agrees"] = float(bool(values.agrees)) if values and values.agrees is not None else math.nan
    return {f"{name}{end}": value for end, value in of.items()}


def _rms(away: np.ndarray) -> float:
    return float(np.sqrt(np.mean(away**2))) if away.size else math.nan
