"""One self-contained page that says what a study found, and the files it links to.

In: a Comparison and a folder. Out: index.html with every figure and script inside it, figures/ with PNG, SVG,
PDF and CSV, observables.csv, certificates.csv; with a continuum windows.csv, of several cell sizes mesh.csv,
of runs of any origin branches.csv too. The page is put in place last and at one stroke.
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from harness import __version__
from harness.analysis.convergence import LEVEL
from harness.comparison.comparison import Comparison
from harness.comparison.equations import EQUATIONS, PAPER, PAPER_DOI
from harness.comparison.sources import SourceTable
from harness.report.case_views import case_view
from harness.report.figures import OF_SOURCES, draw_all
from harness.report.figures.ribbon import MARKS
from harness.report.figures.style import series
from harness.report.findings import findings_by_level, why
from harness.report.kept import PAGE_NAME
from harness.report.loop_figure import interactive_loop
from harness.report.observables import (
    WINDOW_COLUMNS,
    case_table,
    mesh_views,
    quantity_groups,
    row_places,
    window_rows,
)
from harness.report.page import FigureView, staged, view_of
from harness.report.saved_states import states_to_view
from harness.runs.beside import beside
from harness.verdict import Verdict, closest_model
from harness.verdict.lamps import rules
from harness.verdict.words import page_environment

__all__ = ["write_report"]

TEMPLATE = "report.html.j2"
TABLE_NAME = "observables.csv"
CERTIFICATES_NAME = "certificates.csv"
BRANCHES_NAME = "branches.csv"
MESH_NAME = "mesh.csv"
WINDOWS_NAME = "windows.csv"
MOST_WHOLE = 12
"""Cases whose script, provenance and every quantity are on the page; those of the others lie beside it."""
FIGURES_EACH = 3
"""Fewest figures that a process is started for, which takes it a second or two."""
LEAD = "budget"
"""The figure below the loop that can be zoomed."""
OPEN = ("sources", "budget", "sweeps", "spheres")
"""Figures that are shown; the others are folded."""


def write_report(
    comparison: Comparison,
    verdict: Verdict,
    folder: Path,
    on_step: Callable[[str], None] = lambda words: None,
    cores: int = 1,
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
    cores : int
        At most so many processes save the figures, this one included; the files are the same in any case.
    """
    folder, cores = Path(folder), max(1, min(cores, len(OF_SOURCES) // FIGURES_EACH))
    with staged(folder, OF_SOURCES) as staging, beside(cores, view_of.__module__) as work:
        on_step("drawing the figures")
        place = staging / "figures"
        drawn, missing = draw_all(comparison, lambda figure: work.give(partial(figure.save, place)))
        shown = _shown(comparison, verdict, missing, folder)
        on_step(f"saving {len(drawn)} figures")
        work.finish()
        written = tables(comparison)
        for name, table in written.items():
            table.to_csv(staging / name, index=False)
        page = _page(shown, [view_of(figure, place) for figure in drawn])
        (staging / PAGE_NAME).write_text(page, encoding="utf-8")
    for name in {MESH_NAME, WINDOWS_NAME} - set(written):
        (folder / name).unlink(missing_ok=True)  # of an earlier page
    return folder / PAGE_NAME


def tables(comparison: Comparison) -> dict[str, pd.DataFrame]:
    """Every number of the report, by the name of its file."""
    found = {TABLE_NAME: comparison.table, CERTIFICATES_NAME: comparison.certificates}
    if comparison.mesh:
        found[MESH_NAME] = pd.concat([study.frame for study in comparison.mesh], ignore_index=True)
    if windows := [
        {"case": budget.case, **window.to_row()}
        for budget in comparison.budgets
        if budget
        for window in budget.windows
    ]:
        found[WINDOWS_NAME] = pd.DataFrame(windows)
    return found if comparison.whole else found | {BRANCHES_NAME: SourceTable(comparison).frame}


def _shown(
    comparison: Comparison, verdict: Verdict, missing: Mapping[str, str], folder: Path
) -> dict[str, Any]:
    """What the page shows but for its figures."""
    of_models = sorted(
        ("loop_h_prime", "loop_h_double_prime"), key=f"loop_h_{closest_model(comparison).key}".__ne__
    )
    static = (*of_models, "spheres", "budget", "sources")
    whole = {result.folder.name for result in comparison.results[:MOST_WHOLE]}
    rows = {key: place for key, place in row_places(comparison).items() if key[0] in whole}
    groups = list(quantity_groups(comparison, folder))
    labels = [result.label for result in comparison.results[:MOST_WHOLE]]
    return {
        "study": comparison.study,
        "heading": _heading(comparison),
        "verdict": verdict,
        "rules": rules(whole=comparison.whole),
        "why": why(verdict),
        "levels": findings_by_level(verdict, comparison, rows),
        "interactive": interactive_loop(comparison),
        "static": static,
        "marks": MARKS,
        "states": states_to_view(comparison),
        "profile_colours": {
            "light": [series(place).color for place in (0, 1)],
            "dark": [series(place).on_dark for place in (0, 1)],
        },
        "missing": [(OF_SOURCES[name].title, reason) for name, reason in missing.items()],
        "branches": None if comparison.whole else SourceTable(comparison),
        "table": case_table(comparison),
        "repeated": any(result.replicas for result in comparison.results),
        "certified": any(result.certified and result.loop.states for result in comparison.results),
        "window_columns": WINDOW_COLUMNS,
        "windows": list(window_rows(comparison, MOST_WHOLE)),
        "groups": (groups := [group for group in groups if group[0] in labels]),
        "anchors": {row["anchor"] for _, _, of in groups for row in of},
        "meshes": (meshes := mesh_views(comparison.mesh)),
        "mesh_apart": bool(comparison.mesh) and not meshes,
        "percent": f"{100 * LEVEL:g}",
        "cases": [case_view(r, folder, whole=r.folder.name in whole) for r in comparison.results],
        "most_whole": MOST_WHOLE,
        "equations": EQUATIONS,
        "paper": PAPER,
        "paper_doi": PAPER_DOI,
        "version": __version__,
    }


def _page(shown: dict[str, Any], figures: list[FigureView]) -> str:
    by_name = {view.drawn.name: view for view in figures}
    shown |= {
        "lead": by_name.get(LEAD),
        "static": next((by_name[name] for name in shown["static"] if name in by_name), None),
        "figures": [view for view in figures if view.drawn.name in OPEN],
        "folded": [view for view in figures if view.drawn.name not in OPEN],
    }
    return page_environment().get_template(TEMPLATE).render(shown)


def _heading(comparison: Comparison) -> str:
    """What the page is called: the study, the one loop, or how many there are."""
    if comparison.whole:
        return comparison.study.name
    n = len(comparison.results)
    return comparison.results[0].label if n == 1 else f"{n} loops of one sphere"
