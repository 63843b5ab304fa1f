"""The findings of a verdict as a page lists them: like ones gathered, with the range of each number.

In: a Verdict and its Comparison. Out: lines by level, each with links to what it rests on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from harness.analysis.result import CaseResult
from harness.comparison.comparison import Comparison
from harness.report.places import anchor
from harness.verdict import Finding, Level, Part, RunRows, Verdict
from harness.verdict.ranges import ranged, readable, words_of

FEWEST_ALIKE = 2
"""Findings that differ in their numbers alone from which they become one line."""
MOST_OF_A_KIND = 4
"""Lines of one kind before the rest of them is folded."""
LEVEL_TITLES = {
    Level.FACT: "Facts: read from the rows, or following from an equation",
    Level.INFERENCE: "Inferences: concluded from runs held against one another and against theory",
    Level.CAUTION: "Cautions: what weakens them",
}
Link = tuple[str, str]


@dataclass(frozen=True)
class Line:
    """A finding, or several that say the same with other numbers."""

    anchor: str
    text: str
    equation: str
    about: tuple[Link, ...] = ()
    """The cases it holds for."""
    beside: tuple[Link, ...] = ()
    """Those it was held against."""
    held: str = ""
    """For how many cases it holds, where it stands for several findings."""
    parts: tuple[Line, ...] = ()
    """Those findings."""


@dataclass(frozen=True)
class KindLines:
    """The lines of one kind: those that are shown, and those that are folded."""

    shown: tuple[Line, ...]
    folded: tuple[Line, ...] = field(default=())


def findings_by_level(
    verdict: Verdict, comparison: Comparison, rows: Mapping[tuple[str, tuple[int, ...]], str]
) -> list[tuple[str, list[KindLines]]]:
    """What a page lists under each level that has a finding.

    Parameters
    ----------
    verdict : Verdict
    comparison : Comparison
    rows : mapping
        Anchors of the rows of the table that are on the page, by run and steps.
    """
    numbered = list(enumerate(verdict.findings, start=1))
    levels = []
    for level in Level:
        of_level = [(place, f) for place, f in numbered if f.level is level]
        kinds: dict[str, list[tuple[Finding, Line]]] = {}
        for place, finding in of_level:
            kinds.setdefault(finding.kind, []).append(
                (finding, _line(place, finding, comparison.by_run, rows))
            )
        if of_level:
            levels.append((LEVEL_TITLES[level], [_of_kind(of, comparison) for of in kinds.values()]))
    return levels


def why(verdict: Verdict) -> dict[str, str]:
    """Anchor of the finding behind each sentence of the head, and behind each lamp by what it is about."""
    places: dict[tuple[str, RunRows], str] = {}
    for place, finding in enumerate(verdict.findings, start=1):
        for source in finding.rows:
            places.setdefault((finding.kind, source), f"finding-{place}")
    behind = {**verdict.behind, **{lamp.about: lamp.finding for lamp in verdict.lamps if lamp.finding}}
    return {
        text: places[key]
        for text, finding in behind.items()
        if finding.rows and (key := (finding.kind, finding.rows[0])) in places
    }


def _line(
    place: int,
    finding: Finding,
    runs: Mapping[str, CaseResult],
    rows: Mapping[tuple[str, tuple[int, ...]], str],
) -> Line:
    """A finding with links to the rows, or else the runs, it holds for and was held against."""
    links = [(runs[s.run].label, rows.get((s.run, s.steps), anchor(runs[s.run]))) for s in finding.rows]
    return Line(
        f"finding-{place}",
        finding.text,
        "continuum" if finding.kind.part is Part.BUDGET else "",
        tuple(link for link in links if link[0] in finding.cases),
        tuple(link for link in links if link[0] not in finding.cases),
    )


def _of_kind(found: Sequence[tuple[Finding, Line]], comparison: Comparison) -> KindLines:
    """Lines of one kind, those of different cases that differ in numbers and names alone as one."""
    alike: dict[tuple[str, int], list[tuple[Finding, Line]]] = {}
    for finding, line in found:
        words, nth = words_of(line.text), 0
        while any(set(finding.cases) & set(f.cases) for f, _ in alike.get((words, nth), ())):
            nth += 1  # two windows of one case are not a range of cases
        alike.setdefault((words, nth), []).append((finding, line))
    n_cases = len(comparison.results)
    lines = [line for group in alike.values() for line in _gathered(group, n_cases)]
    lines.sort(key=lambda line: -max(len(line.parts), 1))
    return KindLines(tuple(lines[:MOST_OF_A_KIND]), tuple(lines[MOST_OF_A_KIND:]))


def _gathered(group: Sequence[tuple[Finding, Line]], n_cases: int) -> Iterator[Line]:
    """Findings of the same words: one line with the range of each number, where it can be read."""
    if len(group) < FEWEST_ALIKE or not readable([line.text for _, line in group]):
        yield from (line for _, line in group)
        return
    names = {name for finding, _ in group for name in finding.cases}
    held = f"{len(names)} of {n_cases} cases" if names else f"{len(group)} times"
    first = group[0][1]
    parts = tuple(line for _, line in group)
    yield Line(
        f"{first.anchor}-like",
        ranged([line.text for line in parts]),
        first.equation,
        held=held,
        parts=parts,
    )
