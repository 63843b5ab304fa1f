"""One self-contained page that says what a study found, and the files it links to.

In: a Comparison and a folder. Out: index.html with every figure and script inside it, figures/ with PNG, SVG,
PDF and CSV, observables.csv, certificates.csv, mesh.csv; of runs of any origin branches.csv too. The page is
put in place last and at one stroke.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pandas as pd

from harness import __version__
from harness.analysis.convergence import FEWEST, LEVEL
from harness.analysis.result import CaseResult
from harness.comparison.comparison import LEFT, Comparison, engine_of
from harness.comparison.equations import EQUATIONS, PAPER, PAPER_DOI
from harness.comparison.mesh import LatticeValues, MeshStudy
from harness.comparison.sources import SourceTable
from harness.comparison.table import OPENING, Row
from harness.report.figures import OF_SOURCES, draw_all
from harness.report.kept import PAGE_NAME
from harness.report.page import FigureView, figure_view, staged
from harness.runs.record import IMPORTED
from harness.verdict import Level, Part, RunRows, Verdict, closest_model
from harness.verdict.words import page_environment

__all__ = ["write_report"]

TEMPLATE = "report.html.j2"
TABLE_NAME = "observables.csv"
CERTIFICATES_NAME = "certificates.csv"
BRANCHES_NAME = "branches.csv"
MESH_NAME = "mesh.csv"
DECIMALS = {"T": 4, "deg": 2, "": 3}
LEVEL_TITLES = {
    Level.FACT: "Facts: read from the rows, or following from an equation",
    Level.INFERENCE: "Inferences: concluded from runs held against one another and against theory",
    Level.CAUTION: "Cautions: what weakens them",
}


def write_report(
    comparison: Comparison,
    verdict: Verdict,
    folder: Path,
    on_step: Callable[[str], None] = lambda words: None,
) -> Path:
    """Write the report into a folder, made if need be, and return the path of its page.

    An interruption leaves the former page, or none; see `staged`.

    Parameters
    ----------
    comparison : Comparison
        The study's finished cases beside the models.
    verdict : Verdict
        What they show.
    folder : Path
    on_step : callable, optional
        Called with a few words at the beginning of each step.
    """
    folder = Path(folder)
    with staged(folder, OF_SOURCES) as staging:
        on_step("drawing the figures")
        drawn, missing = draw_all(comparison)
        figures = []
        for number, figure in enumerate(drawn, start=1):
            on_step(f"saving figure {number} of {len(drawn)}: {figure.title}")
            figures.append(figure_view(figure, staging / "figures"))
        for name, table in tables(comparison).items():
            table.to_csv(staging / name, index=False)
        page = _page(comparison, verdict, figures, missing, folder)
        (staging / PAGE_NAME).write_text(page, encoding="utf-8")
    return folder / PAGE_NAME


def tables(comparison: Comparison) -> dict[str, pd.DataFrame]:
    """Every number of the report, by the name of its file."""
    tends_to = [study.frame for study in comparison.mesh] or [pd.DataFrame(columns=["series"])]
    found = {
        TABLE_NAME: comparison.table,
        CERTIFICATES_NAME: comparison.certificates,
        MESH_NAME: pd.concat(tends_to, ignore_index=True),
    }
    return found if comparison.whole else found | {BRANCHES_NAME: SourceTable(comparison).frame}


def _page(
    comparison: Comparison,
    verdict: Verdict,
    figures: list[FigureView],
    missing: Mapping[str, str],
    folder: Path,
) -> str:
    first = ("sources", "budget", f"loop_h_{closest_model(comparison).key}")
    by_name = {view.drawn.name: view for view in figures}
    key = next((by_name[name] for name in (*first, *by_name) if name in by_name), None)
    findings = list(_finding_views(verdict, comparison))
    shown: dict[str, Any] = {
        "study": comparison.study,
        "heading": _heading(comparison),
        "verdict": verdict,
        "why": _why(verdict),
        "levels": [(LEVEL_TITLES[level], [f for f in findings if f["level"] is level]) for level in Level],
        "key_figure": key,
        "figures": [view for view in figures if view is not key],
        "missing": [(OF_SOURCES[name].title, reason) for name, reason in missing.items()],
        "branches": None if comparison.whole else SourceTable(comparison),
        "certified": any(result.certified for result in comparison.results),
        "groups": list(_groups(comparison, folder)),
        "meshes": [_mesh_view(study) for study in comparison.mesh if len(study.cell_nm) >= FEWEST],
        "percent": f"{100 * LEVEL:g}",
        "cases": [_case_view(result, folder) for result in comparison.results],
        "equations": EQUATIONS,
        "paper": PAPER,
        "paper_doi": PAPER_DOI,
        "version": __version__,
    }
    return page_environment().get_template(TEMPLATE).render(shown)


def _heading(comparison: Comparison) -> str:
    """What the page is called: the study, the one loop, or how many there are."""
    if comparison.whole:
        return comparison.study.name
    n = len(comparison.results)
    return comparison.results[0].label if n == 1 else f"{n} loops of one sphere"


def _finding_views(verdict: Verdict, comparison: Comparison) -> Iterator[dict[str, Any]]:
    """Findings with links to the rows, or else the runs, they hold for and were held against."""
    runs, rows = comparison.by_run, dict[tuple[str, tuple[int, ...]], str]()
    for place, row in enumerate(comparison.rows, start=1):
        if _has_value(row):
            rows.setdefault((row.folder, row.steps), f"row-{place}")
    for place, finding in enumerate(verdict.findings, start=1):
        links = [(runs[s.run].label, rows.get((s.run, s.steps), _anchor(runs[s.run]))) for s in finding.rows]
        yield {
            "anchor": f"finding-{place}",
            "level": finding.level,
            "text": finding.text,
            "equation": "continuum" if finding.kind.part is Part.BUDGET else "",
            "about": [link for link in links if link[0] in finding.cases],
            "beside": [link for link in links if link[0] not in finding.cases],
        }


def _why(verdict: Verdict) -> dict[str, str]:
    """Anchor of the finding behind each sentence of the head."""
    places: dict[tuple[str, RunRows], str] = {}
    for place, finding in enumerate(verdict.findings, start=1):
        for source in finding.rows:
            places.setdefault((finding.kind, source), f"finding-{place}")
    return {
        text: places[key]
        for text, finding in verdict.behind.items()
        if finding.rows and (key := (finding.kind, finding.rows[0])) in places
    }


def _groups(comparison: Comparison, folder: Path) -> Iterator[tuple[str, str, list[dict[str, str]]]]:
    """The table's rows by case and branch: (case label, branch, rows)."""
    numbered = list(enumerate(comparison.rows, start=1))
    for (run, branch), rows in groupby(numbered, key=lambda pair: (pair[1].folder, pair[1].branch)):
        result = comparison.by_run[run]
        shown = [_row_view(number, row, result, folder) for number, row in rows if _has_value(row)]
        if shown:
            yield result.label, branch, shown


def _mesh_view(study: MeshStudy) -> dict[str, Any]:
    """A series of cell sizes: what a few quantities tend to, and the volume of its lattices."""
    ratios = [
        f"{mesh.cell_nm:g} nm{', off centre' * any(mesh.offset_cells)}: {volume:.4f}"
        for mesh, volume in zip((r.case.mesh for r in study.results), study.volume_ratios, strict=True)
        if np.isfinite(volume)
    ]
    return {
        "way": study.way,
        "cells": ", ".join(f"{cell:g}" for cell in study.cell_nm),
        "volumes": "; ".join(ratios),
        "rows": [_limit_view(values) for values in study.telling],
    }


def _limit_view(values: LatticeValues) -> dict[str, str]:
    """One quantity's continuum value from its lattices as text, or why it has none."""
    found, text = values.found, f".{DECIMALS[values.unit] + (values.unit != 'deg')}f"
    known = np.isfinite(values.continuum[0])
    error = f" ± {values.continuum[1]:{text}}" if values.continuum[1] > 0 else ""
    return {
        "name": values.name,
        "unit": values.unit.replace("deg", "°") or "1",
        "finest": _plain(found.finest, text),
        "index": _plain(found.index, text),
        "extrapolated": _plain(found.continuum, text) if found.converges else found.reason,
        "interval": f"{_plain(found.low, text)} to {_plain(found.high, text)}" if found.converges else "–",
        "order": f"{found.order:.1f}" if np.isfinite(found.order) and found.converges else "–",
        "continuum": _plain(values.continuum[0], text) + error if known else "–",
        "agrees": {True: "yes", False: "no", None: "–"}[values.agrees],
    }


def _plain(value: float, text: str) -> str:
    return f"{value + 0.0:{text}}".replace("-", "−") if np.isfinite(value) else "–"


def _has_value(row: Row) -> bool:
    values = (row.simulated, row.model_prime, row.model_double_prime)
    return row.quantity == OPENING or bool(np.isfinite(values).any())


def _row_view(number: int, row: Row, result: CaseResult, folder: Path) -> dict[str, str]:
    """A row of the table with its numbers as text and its sources as links."""
    text = partial(_number, row=row)
    known = np.isfinite([row.simulated, row.uncertainty]).all()
    quantity = row.quantity.replace("nu at", "ν at").replace("kappa at", "κ at")
    verdict = f" ({row.verdict})" if row.verdict else ""
    return {
        "anchor": f"row-{number}",
        "quantity": quantity.replace("m_phi", "m_φ alone").replace("m_z", "m_z alone"),
        "unit": row.unit.replace("deg", "°") or "1",
        "simulated": text(row.simulated) + (f" ± {text(row.uncertainty)}" if known else "") + verdict,
        "model_prime": text(row.model_prime),
        "model_double_prime": text(row.model_double_prime),
        "minus_prime": text(row.minus_prime, "+"),
        "minus_double_prime": text(row.minus_double_prime, "+"),
        "continuum": text(row.continuum) if np.isfinite(row.continuum) else "–",
        "published": text(row.published) if np.isfinite(row.published) else "–",
        "published_where": row.published_where.removeprefix(f"{PAPER}, "),
        "equation": row.equation,
        "case_anchor": _anchor(result),
        "table_link": _link(result.folder / "out" / "table.txt", folder),
        "steps": ", ".join(map(str, row.steps)),
    }


def _number(value: float, sign: str = "-", *, row: Row) -> str:
    """Rounded for reading, with a true minus and no minus zero; a dash for nan."""
    if not np.isfinite(value):
        return "closed" if row.quantity == OPENING and sign != "+" else "–"
    decimals = DECIMALS[row.unit]
    return f"{round(value, decimals) + 0.0:{sign}.{decimals}f}".replace("-", "−")


def _case_view(result: CaseResult, folder: Path) -> dict[str, Any]:
    """One case's protocol, run and script."""
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
        "anchor": _anchor(result),
        "label": result.label,
        "name": case.name,
        "settings": settings,
        "links": (
            ("run folder", _link(result.folder, folder) + "/"),
            *((name, _link(result.folder / name, folder)) for name in present),
        ),
        "script": script.read_text(encoding="utf-8") if script.is_file() else "",
        "provenance": tuple(_flat({k: v for k, v in record.items() if k != "script"})),
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
    told = [f"{n} {verdict}" for verdict, n in sorted(count.items())]
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


def _anchor(result: CaseResult) -> str:
    return "case-" + "".join(c if c.isalnum() or c in "-_." else "_" for c in result.folder.name)


def _link(target: Path, folder: Path) -> str:
    """Address of a file relative to the report's folder, quoted for HTML."""
    return quote(Path(os.path.relpath(target, folder)).as_posix())
