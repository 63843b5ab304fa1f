"""A case's run as a page tells of it: how it was run, what its files are, where every byte came from.

In: an analysed run and the page's folder. Out: a view for the template.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from harness.analysis.certificate import PLURAL
from harness.analysis.result import CaseResult
from harness.comparison.comparison import LEFT, engine_of
from harness.report.places import anchor, link
from harness.runs.record import IMPORTED


def case_view(result: CaseResult, folder: Path, *, whole: bool = True) -> dict[str, Any]:
    """One case's protocol, run and, if it is to be shown whole, script and provenance."""
    case = result.case
    nx, ny, nz = case.grid
    record, imported = result.record.to_dict(), result.record.engine == IMPORTED
    residual = f"{result.worst_residual_T:.2g} T" if np.isfinite(result.worst_residual_T) else "not recorded"
    asymmetry = f"{result.asymmetry.rms:.2g}" if result.asymmetry else "one branch only"
    settings = (
        ("protocol", f"{_parameters(case.protocol.model_dump())}: {case.protocol.summary}"),
        ("engine", f"{engine_of(result)} from {_origin(result)}" if imported else _engine(record)),
        ("material", _material(case)),
        ("particle", f"sphere, R = {case.particle.radius_nm:g} nm"),
        ("mesh", f"{case.mesh.cell_nm:g} nm cells, {nx} × {ny} × {nz}, EdgeSmooth {case.mesh.edge_smooth}"),
        ("solver", "not known" if imported else _solver(case, record)),
        ("rows", f"{len(result.loop.step)} of {len(case.field_values_T)}"),
        ("saved states", str(len(result.fits))),
        ("certificates", _certificates(result)),
        ("remanent state", _remanent(result)),
        ("worst residual torque", residual),
        ("branch asymmetry (rms)", asymmetry),
    )
    script = next(iter(sorted(result.folder.glob("script.*"))), result.folder / "script.mx3")
    names = (script.name, "out/table.txt", "out/log.txt", "run.json")
    present = [name for name in names if (result.folder / name).is_file()]
    return {
        "anchor": anchor(result),
        "label": result.label,
        "name": case.name,
        "settings": settings,
        "links": (
            ("run folder", link(result.folder, folder) + "/"),
            *((name, link(result.folder / name, folder)) for name in present),
        ),
        "script": script.read_text(encoding="utf-8") if whole and script.is_file() else "",
        "provenance": tuple(_flat({k: v for k, v in record.items() if k != "script"})) if whole else (),
    }


def _origin(result: CaseResult) -> str:
    """Where the table of an import lay, or its first state."""
    return next(iter(result.record.details.get("originals", ())), "an unknown folder")


def _remanent(result: CaseResult) -> str:
    """State, chirality, polarity of the first state saved at zero field."""
    for state in result.states:
        if abs(state.B_T) < 1e-12:
            fit = state.fit
            labels = f"chirality {_sign(fit.chirality)}, polarity {_sign(fit.polarity)}"
            return f"{fit.state} ({labels}): {fit.reason}"
    return f"not fitted: {next(iter(result.unfitted.values()))}" if result.unfitted else "not saved"


def _certificates(result: CaseResult) -> str:
    """How many saved states are what, and why others have no certificate."""
    if (certified := result.certified) is None:
        return "not made"
    count = Counter(certificate.verdict for certificate in certified.found.values())
    refused = Counter(certified.refused.values())
    told = [f"{n} {PLURAL[verdict] if n > 1 else verdict}" for verdict, n in sorted(count.items())]
    told += [f"{n} refused: {reason}" for reason, n in refused.items()]
    told += [f"{len(certified.left)} {LEFT}"] if certified.left else []
    return "; ".join(told) or "no state saved"


def _sign(value: int) -> str:
    return {1: "+1", -1: "−1"}.get(value, "undefined")


def _parameters(values: Mapping[str, Any]) -> str:
    """A protocol's kind and parameters as one reads them: kick (b_mT = 5, seed = 1)."""
    given = [f"{key} = {value}" for key, value in values.items() if key != "kind" and value is not None]
    return values["kind"] + (f" ({', '.join(given)})" if given else "")


def _engine(record: Mapping[str, Any]) -> str:
    """Engine, version, options and time of a run, as far as its record tells."""
    options = ", ".join(f"{key} = {value}" for key, value in record.get("options", {}).items())
    took = f"{record['wall_s']:.1f} s" if "wall_s" in record else ""
    named = " ".join(str(record[key]) for key in ("engine", "engine_version") if record.get(key))
    return "; ".join(part for part in (named, options, took) if part) or "not recorded"


def _solver(case: Any, record: Mapping[str, Any]) -> str:
    """The method, and whose algorithm ran under its name."""
    method, precision = case.solver.method, case.solver.precision
    statement = "relax" if method == "relax" else "minimize"
    kernel = ", with MuMax3's demagnetising kernel" * (record.get("options", {}).get("demag") == "mumax3")
    match (record.get("details") or {}).get("algorithm"):
        case "fast":
            tolerance = f"torque tolerance {case.solver.tolerance_T:g} T"
            whose = f"the CPU engine's own minimiser, so no test of MuMax3's {statement}"
            return f"{method}, {tolerance}; by {whose}{kernel}"
        case "faithful":
            return f"{method}, by MuMax3's algorithms on the CPU engine, {precision} precision{kernel}"
    return str(method)


def _material(case: Any) -> str:
    m = case.material
    axis = ", ".join(f"{x:g}" for x in m.axis)
    numbers = f"Ms = {m.Ms_A_per_m:g} A/m, A = {m.A_J_per_m:g} J/m, Ku = {m.Ku_J_per_m3:g} J/m³"
    origin = f"; {m.origin}" if m.origin else ""
    return f"{m.name or 'unnamed'}: {numbers} along ({axis}){origin}"


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """A record as dotted keys and texts."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
            yield f"{prefix}{key}", text
