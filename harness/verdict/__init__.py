"""What a comparison shows, in plain sentences computed from its numbers.

In: a Comparison. Out: a Verdict: headline sentences, findings case by case, warnings.
Where the data do not decide, the sentence says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from html import escape
from typing import Any

import numpy as np

from harness.comparison.comparison import Comparison
from harness.verdict.evidence import Evidence, witnesses
from harness.verdict.headline import headline
from harness.verdict.mesh import mesh_texts
from harness.verdict.nucleation import first_to_leave, nucleation_text, overtaken_by
from harness.verdict.reversal import reversal_texts
from harness.verdict.states import closest_model, disagreement, hamiltonian_texts, remanence_texts
from harness.verdict.warnings import warnings_of

__all__ = ["Finding", "Verdict", "closest_model", "judge", "overtaken_by"]


@dataclass(frozen=True)
class Finding:
    """A sentence or two about one case; about all of them where the case is empty."""

    case: str
    text: str


@dataclass(frozen=True)
class Verdict:
    """The sentences on top of a report."""

    sentences: tuple[str, ...]
    """What to believe, the gist first."""
    findings: tuple[Finding, ...]
    warnings: tuple[str, ...]

    @property
    def headline(self) -> str:
        """The sentences in one."""
        return " ".join(self.sentences)

    def to_dict(self) -> dict[str, Any]:
        """Sentences, findings and warnings as JSON values."""
        return asdict(self)

    def _repr_html_(self) -> str:
        return "".join(f"<p>{escape(text)}</p>" for text in self.sentences)


def judge(comparison: Comparison) -> Verdict:
    """Sentences about nucleation, reversal, the remanent state, the Hamiltonians, and what to be wary of."""
    findings = [
        Finding(own.result.label, text[0].upper() + text[1:])
        for own in witnesses(comparison)
        for text in (
            nucleation_text(own),
            *reversal_texts(own),
            *remanence_texts(own),
            *hamiltonian_texts(own),
        )
    ]
    together = (*_protocol_decides(comparison), *_scatter(comparison), *mesh_texts(comparison))
    findings += [Finding("", text) for text in together]
    return Verdict(headline(comparison), tuple(findings), tuple(warnings_of(comparison)))


def _protocol_decides(comparison: Comparison) -> Iterator[str]:
    """Said once, when two protocols on one mesh choose different Hamiltonians."""
    clash = disagreement(comparison)
    if clash is not None:
        one, first, other, second = clash
        yield (
            f"Which Hamiltonian the simulation seems to confirm depends on the protocol: {first} with "
            f"“{one.result.label}”, {second} with “{other.result.label}”, on the same cells."
        )


def _scatter(comparison: Comparison) -> Iterator[str]:
    """How far the nucleation fields of one particle in one field direction lie apart, late ones aside."""
    groups: dict[tuple[object, ...], list[Evidence]] = {}
    for own in witnesses(comparison):
        if own.nucleates and first_to_leave(own) is None and not own.perturbed:
            case = own.result.case
            groups.setdefault((case.particle, case.field, case.direction), []).append(own)
    for group in groups.values():
        if len(group) > 1:
            fields = [own.nucleation.simulated for own in group]
            who = f"{len(group)} cases of {group[0].prediction.label}"
            yield f"Late and biased ones aside, {who} nucleate within {np.ptp(fields):.3f} T of one another."
