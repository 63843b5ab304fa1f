"""Everything the three papers print that their equations give, recomputed and set side by side.

In: a folder of published curves, if a user has one.
Out: `Reproduction`: numbers with verdicts, curves with distances; a page with figures and CSV files.

Every verdict is computed from the printed digits and the recomputed value; only the sentences that say why
are written by hand, beside the entries. Numbers that do not follow are told by their cause, not by count.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from harness import __version__
from harness.comparison.equations import PAPER, PAPER_DOI
from harness.papers.continuum import Measured, in_the_continuum
from harness.papers.curves import (
    CURVES,
    CurveComparison,
    PaperData,
    PublishedPoints,
    compare_curve,
    read_curves,
)
from harness.papers.figures import NUMBERED, PAPER_FIGURES
from harness.papers.numbered import SERVED_BY
from harness.papers.numbered import draw as draw_numbered
from harness.papers.open_question import PAPER_CELLS, Window, windows
from harness.papers.simulated import Simulations, in_the_simulation
from harness.report.figures.drawn import Drawn, PageFigure
from harness.report.page import figure_view, staged
from harness.shipped import template_environment
from reduced_model.errors import InputError
from reduced_model.loops.loop import OnStep
from reduced_model.papers.sizes import PUBLISHED_SIZES
from reduced_model.papers.table import (
    AGREES,
    DECLARED,
    FAILS,
    OUTCOMES,
    ROUNDS,
    Cause,
    Checked,
    Published,
)
from reduced_model.papers.vortex import (
    NEEDS_SIMULATION,
    PUBLISHED_VORTEX,
    NucleationOffset,
    Simulated,
    nucleation_offsets,
)
from reduced_model.results import Table

__all__ = ["Reproduction", "headline", "reproduce", "write_reproduction"]

TEMPLATE = "reproduce.html.j2"
ENTRIES: tuple[Published, ...] = (*PUBLISHED_VORTEX, *PUBLISHED_SIZES)
PAPERS = {PAPER: PAPER_DOI, "Shi 2025": "", "Shi & Cardwell 2026": ""}
"""The papers in the order of the page, with their addresses."""
Work = TypeVar("Work")


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
    published: PublishedPoints
    """The published points that were given."""
    windows: tuple[Window, ...]
    """Who is nearest to the continuum, by windows of field: the question of Adams & Michels 2026, Sec. VI."""
    simulations: Simulations = field(default_factory=dict)
    """Finished runs of the studies that repeat the paper's simulations, where they were asked for."""

    @property
    def counts(self) -> dict[str, int]:
        """How many numbers have which verdict."""
        found = Counter(str(row.verdict) for row in self.numbers)
        return {verdict: found[verdict] for verdict in OUTCOMES}

    @property
    def causes(self) -> dict[Cause, tuple[Checked, ...]]:
        """Why numbers do not follow, each cause once with the numbers it explains, in the papers' order."""
        found: dict[Cause, list[Checked]] = {}
        for row in self.numbers:
            if row.verdict == FAILS and row.entry.cause is not None:
                found.setdefault(row.entry.cause, []).append(row)
        return {cause: tuple(rows) for cause, rows in found.items()}

    def to_dict(self) -> dict[str, Any]:
        """Everything for programs; `computed` keeps every digit and has two ends where it is an interval."""
        keys = ("where", "quantity", "printed", "unit", "study", "by_model")
        return {
            "counts": self.counts,
            "causes": [
                {"paper": rows[0].entry.paper, "title": cause.title, "why": cause.why, "numbers": len(rows)}
                for cause, rows in self.causes.items()
            ],
            "numbers": [_record(row) for row in self.numbers],
            "curves": [vars(curve) for curve in self.curves],
            "needs_simulation": [
                {key: getattr(entry, key) for key in keys}
                | {"simulated": in_the_simulation(entry.quantity, self.simulations)}
                | _continuum(entry)
                for entry in self.simulated
            ],
            "windows": [window.to_dict() for window in self.windows],
            "nucleation_offsets": [vars(offset) for offset in self.offsets],
        }

    def to_table(self) -> Table:
        """How many numbers have which verdict, a line a paper, for people: title, header, rows."""
        found = Counter((row.entry.paper, row.verdict) for row in self.numbers)
        rows = [(paper, *(found[paper, verdict] for verdict in OUTCOMES)) for paper in PAPERS]
        header = ("paper", "agree", "round differently", "declared approximation", "do not follow")
        return "published numbers", header, rows

    def lines(self, *, every: bool = False) -> tuple[str, ...]:
        """The causes why numbers do not follow, each with its numbers; or every number; and the curves."""
        lines: list[str] = []
        for paper in PAPERS:
            if every:
                lines += ["", f"{paper}: every number"]
                for row in (row for row in self.numbers if row.entry.paper == paper):
                    lines += [_line(row, every), *([f"    {row.entry.note}"] if row.entry.note else [])]
            lines += ["", f"{paper}: what does not follow, and why"]
            for cause, rows in self.causes.items():
                if rows[0].entry.paper == paper:
                    lines += [f"  {cause.title}. {cause.why}", *(f"  {_line(row, False)}" for row in rows)]
        lines += ["", f"{PAPER}: whether model or simulation ({PAPER_CELLS}) is nearer to the continuum"]
        lines += [f"  {window}" for window in self.windows]
        compared = [c for c in self.curves if c.points]
        curves = [f"{c.figure}: {c.points} points within {c.largest:.2%}: {c.verdict}" for c in compared]
        return (*lines, *([""] if curves else []), *curves)

    def to_dataframe(self) -> pd.DataFrame:
        """The numbers as a table; the two ends of a computed interval stand in columns of their own."""
        records = [_record(row) for row in self.numbers]
        for record in records:
            computed = record.pop("computed")
            ends = computed if isinstance(computed, tuple) else (computed, computed)
            record["computed_low"], record["computed_high"] = ends
        return pd.DataFrame(records)


def _record(row: Checked) -> dict[str, Any]:
    """One number for tables and programs."""
    entry = row.entry
    return {
        "paper": entry.paper,
        "where": entry.where,
        "quantity": entry.quantity,
        "published": entry.printed,
        "read_as": entry.reading or entry.printed,
        "unit": entry.unit,
        "computed": row.computed,
        "computed_text": row.computed_text,
        "approximated_text": row.approximated_text,
        "difference": row.difference,
        "verdict": row.verdict,
        "equation": entry.equation,
        "note": entry.note,
        "cause": entry.cause.title if entry.cause else "",
        **_continuum(entry),
    }


def _continuum(entry: Published | Simulated) -> dict[str, Any]:
    """The continuum's number beside a printed one; empty where it has none."""
    found = in_the_continuum(entry.quantity) or Measured(math.nan, math.nan)
    text = str(found) if math.isfinite(found.value) else ""
    return {
        "continuum": found.value,
        "continuum_error": found.error,
        "continuum_text": text,
        "continuum_note": found.note,
    }


def reproduce(
    published_dir: Path | None = None,
    *,
    simulations: Simulations | None = None,
    on_step: OnStep | None = None,
) -> Reproduction:
    """Recompute every published number and compare every published curve that is given.

    Parameters
    ----------
    published_dir : Path, optional
        Folder of CSV files, see `harness.papers.curves.read_curves`.
    simulations : mapping, optional
        Finished runs by study, for the figures that show a simulation and the numbers read off one.
    on_step : callable, optional
        Called with the numbers done and their total.

    Raises
    ------
    CurveError
        If a file of published points cannot be used.
    """
    published = read_curves(published_dir) if published_dir is not None else {}
    return Reproduction(
        numbers=tuple(entry.check() for entry in _counted(ENTRIES, on_step)),
        curves=tuple(compare_curve(curve, published) for curve in CURVES.values()),
        simulated=NEEDS_SIMULATION,
        offsets=nucleation_offsets(),
        published=published,
        windows=windows(),
        simulations=simulations or {},
    )


def write_reproduction(reproduction: Reproduction, folder: Path, *, on_step: OnStep | None = None) -> Path:
    """Write numbers.csv, curves.csv, every figure as PNG, SVG, PDF and CSV, and the page, whose path returns.

    Parameters
    ----------
    reproduction : Reproduction
    folder : Path
        Made if need be; files of an earlier page are replaced.
    on_step : callable, optional
        Called with the figures drawn and their total.
    """
    folder = Path(folder)
    with staged(folder, {*PAPER_FIGURES, NUMBERED["1a"].name}) as staging:
        missing: dict[str, str] = {}
        figures = [
            figure_view(drawn, staging / "figures")
            for figure in _counted(_shown(reproduction), on_step)
            if (drawn := _drawn(reproduction, figure, missing)) is not None
        ]
        values = reproduction.to_dict()
        reproduction.to_dataframe().to_csv(staging / "numbers.csv", index=False)
        pd.DataFrame(values["curves"]).to_csv(staging / "curves.csv", index=False)
        environment = template_environment().overlay(autoescape=True)
        page = environment.get_template(TEMPLATE).render(
            **values,
            headline=headline(reproduction),
            papers=PAPERS,
            kinds={AGREES: "agrees", ROUNDS: "rounds", DECLARED: "declared", FAILS: "fails"},
            figures=figures,
            missing=missing,
            version=__version__,
        )
        (staging / "index.html").write_text(page, encoding="utf-8")
    return folder / "index.html"


def _shown(reproduction: Reproduction) -> tuple[PageFigure[PaperData], ...]:
    """The figures; the picture of a vortex only where there is a simulation."""
    first = (NUMBERED["1a"],) if SERVED_BY["1a"] in reproduction.simulations else ()
    return (*first, *PAPER_FIGURES.values())


def _drawn(
    reproduction: Reproduction, figure: PageFigure[PaperData], missing: dict[str, str]
) -> Drawn | None:
    """A figure with the published points, and with the runs of the study that serves it; None without either.

    Runs that it cannot show are left out; `missing` is told why, by the figure's title.
    """
    number = next((n for n, numbered in NUMBERED.items() if numbered is figure), "")
    alone, needs_it = PaperData(reproduction.published), figure is NUMBERED["1a"]
    without = "not drawn" if needs_it else "drawn without its simulation"
    data = reproduction.simulations.get(SERVED_BY.get(number, ""), alone)
    if data.why:
        missing[figure.title] = f"{without}: {data.why}"
    elif data.results:
        try:
            return draw_numbered(number, replace(data, published=reproduction.published))
        except InputError as why:
            missing[figure.title] = f"{without}: {why}"
    return None if needs_it else figure(alone)


def headline(reproduction: Reproduction) -> str:
    """The outcome in one sentence."""
    agree, rounds, declared, fail = reproduction.counts.values()
    return (
        f"Of {len(reproduction.numbers)} published numbers and countable claims {agree} follow from their "
        f"equations, {rounds} round differently, {declared} rest on an approximation that the paper "
        f"declares, and {fail} do not follow, from {len(reproduction.causes)} causes."
    )


def _counted(items: Collection[Work], on_step: OnStep | None) -> Iterator[Work]:
    """The items, with a call after each is done."""
    for done, item in enumerate(items, start=1):
        yield item
        if on_step is not None:
            on_step(done, len(items))


def _line(row: Checked, with_verdict: bool) -> str:
    """A number in a line: where, what, printed and computed."""
    entry, printed = row.entry, f"{row.entry.printed} {row.entry.unit}".strip()
    approximated = with_verdict and row.approximated is not None
    by = f" ({row.approximated_text} by the approximation)" if approximated else ""
    found = in_the_continuum(entry.quantity)
    beyond = f", in the continuum {found}" if found else ""
    verdict = f": {row.verdict} ({entry.equation})" if with_verdict else ""
    computed = f"computed {row.computed_text}{by}{beyond}{verdict}"
    return f"  {entry.where}: {entry.quantity}: printed {printed}, {computed}"
