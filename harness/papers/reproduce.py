"""Everything the three papers print that needs no simulation, recomputed and set side by side.

In: a folder of published curves, if a user has one.
Out: `Reproduction`: numbers with verdicts, curves with distances; a page with figures and CSV files.

Every verdict is computed from the printed digits and the recomputed value; only the sentence that says why is
written by hand, beside its entry.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import pandas as pd

from harness import __version__
from harness.papers.curves import CURVES, CurveComparison, PublishedCurve, compare_curve, read_curves
from harness.papers.figures import PAPER_FIGURES
from harness.report.page import FigureView, figure_view, staged
from harness.shipped import template_environment
from reduced_model.papers.sizes import PUBLISHED_SIZES
from reduced_model.papers.table import AGREES, FAILS, ROUNDS, Checked, Published
from reduced_model.papers.vortex import NEEDS_SIMULATION, PUBLISHED_VORTEX, Simulated
from reduced_model.papers.vortex_claims import NucleationOffset, nucleation_offsets
from reduced_model.tables import Table

__all__ = ["Reproduction", "reproduce", "write_reproduction"]

TEMPLATE = "reproduce.html.j2"
ENTRIES: tuple[Published, ...] = (*PUBLISHED_VORTEX, *PUBLISHED_SIZES)
PAPERS = {
    "Adams & Michels 2026": "https://doi.org/10.1103/8rkf-j2kn",
    "Shi 2025": "",
    "Shi & Cardwell 2026": "",
}
OnStep = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Reproduction:
    """What the papers print beside what their equations give."""

    numbers: tuple[Checked, ...]
    """Every number and countable claim, in the papers' order."""
    curves: tuple[CurveComparison, ...]
    """Every curve of a figure; those without published points say so."""
    simulated: tuple[Simulated, ...]
    """Printed numbers that only a simulation can check, with the study that does."""
    offsets: tuple[NucleationOffset, ...]
    """The offset of Adams & Michels 2026, Fig. 4(b), by numbers."""
    published: Mapping[str, PublishedCurve]
    """The published points that were given."""

    @property
    def counts(self) -> dict[str, int]:
        """How many numbers have which verdict."""
        found = Counter(str(row.verdict) for row in self.numbers)
        return {verdict: found[verdict] for verdict in (AGREES, ROUNDS, FAILS)}

    @property
    def records(self) -> list[dict[str, Any]]:
        """One record a number, for tables and programs; `computed` keeps every digit."""
        return [
            {
                "paper": row.entry.paper,
                "where": row.entry.where,
                "quantity": row.entry.quantity,
                "published": row.entry.printed,
                "read_as": row.entry.reading or row.entry.printed,
                "unit": row.entry.unit,
                "computed": row.computed,
                "computed_text": row.computed_text,
                "difference": row.difference,
                "verdict": row.verdict,
                "equation": row.entry.equation,
                "why": row.entry.note,
            }
            for row in self.numbers
        ]

    @property
    def simulated_records(self) -> list[dict[str, Any]]:
        """One record a number that needs a simulation, with what the exact H'' gives beside it."""
        keys = ("where", "quantity", "printed", "unit", "study", "by_model")
        return [{key: getattr(entry, key) for key in keys} for entry in self.simulated]

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON values."""
        return {
            "counts": self.counts,
            "numbers": self.records,
            "curves": self.curves,
            "needs_simulation": self.simulated_records,
            "nucleation_offsets": self.offsets,
        }

    def to_table(self) -> Table:
        """How many numbers have which verdict, a line a paper, for people: title, header, rows."""
        found = Counter((record["paper"], record["verdict"]) for record in self.records)
        rows = [(paper, *(found[paper, v] for v in (AGREES, ROUNDS, FAILS))) for paper in PAPERS]
        return "published numbers", ("paper", "agree", "round differently", "do not follow"), rows

    def lines(self, *, every: bool = False) -> tuple[str, ...]:
        """The numbers that do not follow, or every number, with their reasons; and the curves compared."""
        shown = [record for record in self.records if every or record["verdict"] == FAILS]
        lines = []
        for paper in PAPERS:
            found = [record for record in shown if record["paper"] == paper]
            lines += ["", f"{paper}: {'every number' if every else 'what does not follow'}"]
            for why in dict.fromkeys(record["why"] for record in found):
                lines += [_line(record, every) for record in found if record["why"] == why]
                lines += [f"    {why}"] if why else []
        compared = [c for c in self.curves if c.points]
        curves = [f"{c.figure}: {c.points} points within {c.largest:.2%}: {c.verdict}" for c in compared]
        return (*lines, *([""] if curves else []), *curves)

    def to_frame(self) -> pd.DataFrame:
        """The numbers as a table; the two ends of a computed interval stand in columns of their own."""
        records = self.records
        for record in records:
            computed = record.pop("computed")
            ends = computed if isinstance(computed, tuple) else (computed, computed)
            record["computed_low"], record["computed_high"] = ends
        return pd.DataFrame(records)

    def curve_frame(self) -> pd.DataFrame:
        """The curves as a table."""
        return pd.DataFrame([vars(curve) for curve in self.curves])


def reproduce(published_dir: Path | None = None, *, on_step: OnStep | None = None) -> Reproduction:
    """Recompute every published number and compare every published curve that is given.

    Parameters
    ----------
    published_dir : folder of CSV files (see `published_curves.read_curves`), or None
    on_step : called with the numbers done and their total

    Raises
    ------
    CurveError
        If a file of published points cannot be used.
    """
    published = read_curves(published_dir) if published_dir is not None else {}
    numbers = []
    for done, entry in enumerate(ENTRIES, start=1):
        numbers.append(entry.check())
        if on_step is not None:
            on_step(done, len(ENTRIES))
    return Reproduction(
        numbers=tuple(numbers),
        curves=tuple(compare_curve(curve, published) for curve in CURVES.values()),
        simulated=NEEDS_SIMULATION,
        offsets=nucleation_offsets(),
        published=published,
    )


def write_reproduction(reproduction: Reproduction, folder: Path, *, on_step: OnStep | None = None) -> Path:
    """Write the page, numbers.csv, curves.csv and every figure as PNG, SVG, PDF and CSV.

    Parameters
    ----------
    folder : made if need be; files of an earlier page are replaced.
    on_step : called with the figures drawn and their total

    Returns
    -------
    Path
        The page, index.html.
    """
    folder = Path(folder)
    with staged(folder, PAPER_FIGURES) as staging:
        figures = []
        for done, (name, figure) in enumerate(PAPER_FIGURES.items(), start=1):
            drawn = figure.draw(reproduction.published)
            figures.append(figure_view(drawn, staging / "figures", figure.title))
            if on_step is not None:
                on_step(done, len(PAPER_FIGURES))
            assert drawn.name == name
        reproduction.to_frame().to_csv(staging / "numbers.csv", index=False)
        reproduction.curve_frame().to_csv(staging / "curves.csv", index=False)
        (staging / "index.html").write_text(_page(reproduction, figures), encoding="utf-8")
    return folder / "index.html"


def _page(reproduction: Reproduction, figures: list[FigureView]) -> str:
    environment = template_environment().overlay(autoescape=True)
    by_paper = groupby(reproduction.records, key=lambda record: record["paper"])
    order = {paper: i for i, paper in enumerate(PAPERS)}
    papers: dict[str, list[dict[str, Any]]] = {}
    for paper, records in by_paper:
        papers.setdefault(paper, []).extend(_shown(record) for record in records)
    compared = [curve for curve in reproduction.curves if curve.points]
    return environment.get_template(TEMPLATE).render(
        counts=reproduction.counts,
        headline=headline(reproduction),
        papers=sorted(papers.items(), key=lambda item: order.get(item[0], len(order))),
        links=PAPERS,
        figures=figures,
        curves=[_shown_curve(curve) for curve in compared],
        without_points=len(reproduction.curves) - len(compared),
        simulated=[
            {**record, "by_model": _value(record["by_model"])} for record in reproduction.simulated_records
        ],
        offsets=[
            (o.curvature_of, f"{o.curvature:.5f}", f"{o.offset_T * 1e3:.1f}") for o in reproduction.offsets
        ],
        version=__version__,
    )


def headline(reproduction: Reproduction) -> str:
    """The outcome in one sentence."""
    agree, rounds, fail = reproduction.counts.values()
    return (
        f"Of {len(reproduction.numbers)} published numbers and countable claims {agree} follow from their "
        f"equations, {rounds} round differently and {fail} do not follow from the paper's own equation."
    )


def _line(record: Mapping[str, Any], with_verdict: bool) -> str:
    """A number in a line: where, what, printed and computed."""
    printed, computed = f"{record['published']} {record['unit']}".strip(), record["computed_text"]
    verdict = f": {record['verdict']} ({record['equation']})" if with_verdict else ""
    return f"  {record['where']}: {record['quantity']}: printed {printed}, computed {computed}{verdict}"


def _value(number: float) -> str:
    return "–" if number != number else f"{number:.4g}"


def _shown(record: dict[str, Any]) -> dict[str, Any]:
    """A record with its difference as text, and the class its verdict is coloured by."""
    difference = record["difference"]
    text = "–" if difference != difference else f"{difference:+.3g}"
    kind = {AGREES: "agrees", ROUNDS: "rounds", FAILS: "fails"}[record["verdict"]]
    texts = {"difference": text, "computed_text": record["computed_text"]}
    signed = {key: value.replace("-", "−") for key, value in texts.items()}
    return {**record, **signed, "kind": kind}


def _shown_curve(curve: CurveComparison) -> dict[str, str]:
    return {
        "figure": curve.figure,
        "file": f"{curve.key}.csv",
        "equation": curve.equation,
        "points": str(curve.points),
        "rms": f"{curve.rms:.2%}",
        "largest": f"{curve.largest:.2%}",
        "at": f"{curve.largest_at:.4g}",
        "verdict": curve.verdict,
    }
