"""The verdict of a study: findings, and what was asked, what to believe, how sure, what would help.

In: a Comparison. Out: a Verdict, which shows itself in a terminal, in a notebook and as JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from harness.comparison.comparison import Comparison
from harness.verdict.agreement import core_by_cells, runs_beside
from harness.verdict.bias import bias_findings
from harness.verdict.budget import budget_findings
from harness.verdict.cautions import cautions_of, unfinished
from harness.verdict.cells import cell_findings
from harness.verdict.certified import certified_findings
from harness.verdict.evidence import witnesses
from harness.verdict.finding import Finding, Kind, Level, Part, merged
from harness.verdict.head import ParticleAnswer, answers, believed_first, question
from harness.verdict.imported import table_findings, where_it_sits
from harness.verdict.lamps import Lamp, lamps
from harness.verdict.loops import loops_together
from harness.verdict.mesh import mesh_findings
from harness.verdict.ranges import differing, ranged, readable, words_of
from harness.verdict.states import hamiltonian_findings, remanence_findings
from harness.verdict.uniform_state import (
    mesh_series,
    nucleation_findings,
    reversal_findings,
    trend_finding,
)
from harness.verdict.words import named_particles, page_environment
from reduced_model.results import Shown, table

if TYPE_CHECKING:
    import pandas as pd

MOST_PARTICLES = 3
MOST_GISTS = 8
MOST_LINES = 5
OF_ALL = (Kind.DIRECTIONS, Kind.REPLICAS, Kind.RUNS_DIFFER, Kind.LOOPS_EVENT)
"""What is found of several loops together."""
FINDINGS = (
    budget_findings,
    nucleation_findings,
    bias_findings,
    reversal_findings,
    certified_findings,
    remanence_findings,
    hamiltonian_findings,
    table_findings,
    cautions_of,
    cell_findings,
)
"""What is found of each case, in this order."""


@dataclass(frozen=True, repr=False)
class Verdict(Shown):
    """What a study found, data first.

    Attributes
    ----------
    findings : everything found, facts before inferences before cautions; the same said of several cases once.
    question : what was asked.
    answers : what to believe and how sure, particle by particle: the findings the head is made of.
    lamps : whether simulation, mesh and model may be trusted.
    """

    findings: tuple[Finding, ...]
    question: Finding
    answers: tuple[ParticleAnswer, ...]
    lamps: tuple[Lamp, ...]

    @property
    def asked(self) -> tuple[str, ...]:
        """What the study asks, in a sentence."""
        return (self.question.text,)

    @property
    def believe(self) -> tuple[str, ...]:
        """What to believe, the gist first; of more than three particles the gist of each and a count."""
        return (*self._believe(), *self._left_out())

    @property
    def of_all(self) -> tuple[str, ...]:
        """What to believe of several loops together."""
        return tuple(text for text, finding in self._believe().items() if finding.kind in OF_ALL)

    @property
    def how_sure(self) -> tuple[str, ...]:
        """What that rests on: field step, certificates, cells, residual torques, and what else weakens it."""
        return tuple(self._how_sure())

    @property
    def surer(self) -> tuple[str, ...]:
        """What to do next, with the key to change."""
        found = [(a.particle, f) for a in self.answers for f in (*a.believe, *a.how_sure)]
        steps = self._said((particle, f.remedy, f) for particle, f in found)
        if not steps:  # a step too coarse for nothing that was asked is still a step
            known = [(p, f) for p, f in found if f.kind is Kind.FIELD_STEP and not f.details["located"]]
            finer = [(p, replace(f, details={**f.details, "alone": True})) for p, f in known]
            steps = self._said((particle, f.remedy, f) for particle, f in finer)
        return tuple(steps) or ("Nothing that runs on these cells could add.",)

    @property
    def behind(self) -> Mapping[str, Finding]:
        """The finding each sentence of the head, as it stands there, is made from."""
        return {**self._believe(), **self._how_sure()}

    @property
    def summary(self) -> tuple[str, ...]:
        """A few plain lines for a terminal."""
        lines = self._said(pair for pairs in zip_longest(*self._by_particle()) for pair in pairs if pair)
        believe, more = list(lines)[:MOST_LINES], self._left_out(max(len(lines) - MOST_LINES, 0))
        return (
            *(f"Asked: {text}" for text in self.asked),
            *(f"Believe: {text}" for text in believe),
            *(f"More: {text}" for text in more),
            f"How sure: {' '.join(self.how_sure)}",
            f"Surer: {' '.join(self.surer)}",
        )

    def to_dict(self) -> dict[str, Any]:
        """The head as sentences, the lamps and every finding with its numbers, for JSON."""
        head = {name: list(getattr(self, name)) for name in ("asked", "believe", "how_sure", "surer")}
        lamps = [lamp.to_dict() for lamp in self.lamps]
        return head | {"lamps": lamps, "findings": [finding.to_dict() for finding in self.findings]}

    def to_dataframe(self) -> pd.DataFrame:
        """A row a finding: level, kind, cases, words, then its numbers, units in their names."""
        return table(
            {
                **{"level": str(f.level), "kind": str(f.kind), "cases": ", ".join(f.cases), "text": f.text},
                **f.numbers,
            }
            for f in self.findings
        )

    def __str__(self) -> str:
        return "\n".join(self.summary)

    def _repr_html_(self) -> str:
        return page_environment().get_template("verdict.html.j2").render(verdict=self)

    @property
    def _shown(self) -> tuple[ParticleAnswer, ...]:
        """Of whom the head says what to believe: of several loops all."""
        return self.answers if self.question.kind is Kind.LOOPS else self.answers[:MOST_GISTS]

    def _left_out(self, unsaid: int = 0) -> tuple[str, ...]:
        """How much more there is to believe of the particles spoken of, and how many others there are."""
        told = [f for one in self._by_particle(whole=True) for f in one]
        unsaid += len(self._said(told)) - len(self._believe())
        others = len(self.answers) - len(self._shown)
        return (
            *([f"{unsaid} more to believe among the findings."] if unsaid else []),
            *([f"{others} more particle{'s' if others > 1 else ''} among the findings."] if others else []),
        )

    def _by_particle(self, *, whole: bool = False) -> list[list[tuple[str, str, Finding]]]:
        """What to believe of each: all of a few particles and of loops, of more particles the first alone."""
        few = whole or self.question.kind is Kind.LOOPS or len(self.answers) <= MOST_PARTICLES
        most = None if few else 1
        return [[(a.particle, f.brief, f) for f in _gist(a.believe, most)] for a in self._shown]

    def _believe(self) -> dict[str, Finding]:
        return self._said(told for one in self._by_particle() for told in one)

    def _how_sure(self) -> dict[str, Finding]:
        return self._said((a.particle, f.brief, f) for a in self.answers for f in a.how_sure)

    def _said(self, found: Iterable[tuple[str, str, Finding]]) -> dict[str, Finding]:
        """Each text once, and named by its particle where it does not hold for all of several.

        Texts of several particles of a study that differ in numbers and names alone are one, but for windows;
        of a few particles those that differ in one number, for lists within lists cannot be read.
        """
        behind: dict[str, Finding] = {}
        particles: dict[str, list[str]] = {}
        for particle, text, finding in found:
            if text:
                behind.setdefault(text, finding)
                particles.setdefault(text, []).append(particle)
        everyone = [answer.particle for answer in self.answers]
        alike: dict[tuple[str, int], list[str]] = {}
        for text, who in particles.items():
            words, nth = text if self.question.kind is Kind.LOOPS else words_of(text), 0
            while any(set(who) & set(particles[other]) for other in alike.get((words, nth), ())):
                nth += 1
            alike.setdefault((words, nth), []).append(text)
        groups: list[list[str]] = []
        for texts in alike.values():
            many = len({name for text in texts for name in particles[text]}) > MOST_PARTICLES
            one = many or (differing(texts) <= 1 and readable(texts))
            groups += [texts] if one else [[text] for text in texts]
        said = {}
        for texts in groups:
            who = [name for name in dict.fromkeys(everyone) if any(name in particles[t] for t in texts)]
            of_all = set(who) == set(everyone)
            named = (
                f"All {len(who)} particles" if of_all and len(who) > MOST_PARTICLES else named_particles(who)
            )
            text = ranged([t for name in who for t in texts if name in particles[t]])
            itself = (of_all and len(texts) == 1) or text.startswith(f"{named}, ")
            said[text if itself else f"{named}: {text}"] = behind[texts[0]]
        return said


def _gist(believe: tuple[Finding, ...], most: int | None) -> tuple[Finding, ...]:
    """The first of what is believed; that the cells make but a sketch is said before it and is none."""
    sketch = sum(finding.kind is Kind.COARSE_CELLS for finding in believe)
    return believe if most is None else believe[: most + sketch]


def judge(comparison: Comparison) -> Verdict:
    """What the numbers of a comparison show; where they do not decide, the verdict says so."""
    cases = witnesses(comparison)
    asked = FINDINGS if comparison.whole else (where_it_sits, *FINDINGS)
    found = {evidence: tuple(f for findings in asked for f in findings(evidence)) for evidence in cases}
    together = (
        *runs_beside(cases),
        *map(trend_finding, mesh_series(cases)),
        *mesh_findings(comparison),
        *core_by_cells(cases),
        *unfinished(comparison),
    )
    of_all = () if comparison.whole or len(found) < 2 else tuple(loops_together(found, together))
    heads = answers(comparison, found, together, of_all)
    together = (*together, *of_all)
    head_only = (f for answer in heads for f in answer.how_sure if f.kind.part is Part.BASIS)
    everything = merged((*(f for findings in found.values() for f in findings), *together, *head_only))
    levels, kinds = list(Level), list(Kind)
    ordered = sorted(everything, key=lambda f: (levels.index(f.level), kinds.index(f.kind)))
    believed = [
        (e, [*found[e], *(f for f in together if e.result.label in f.cases)])
        for e in believed_first(comparison, found)
    ]
    return Verdict(tuple(ordered), question(comparison), heads, lamps(believed, whole=comparison.whole))
