"""What came of a study: its finished runs, and the comparison, verdict and report made of them.

In: finished runs, failures, the report's page. Out: a StudyResult that shows itself as page, table, plot.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.report.kept import Kept
from harness.runs.folder import Damaged
from harness.runs.output import Run
from harness.study.study import Study
from reduced_model.results import Shown, axes_for, table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from harness.analysis.result import CaseResult
    from harness.comparison.comparison import Comparison
    from harness.verdict import Verdict

MOST_NAMED = 3
OnStep = Callable[[str], None]
"""Called with a few words as a step of the report begins."""


@dataclass(frozen=True, eq=False, repr=False)
class StudyResult(Shown):
    """A study that has been run; of comparison, verdict and report there is none if no case finished."""

    study: Study
    engine: str
    engine_reason: str
    """Why it was this engine."""
    runs: tuple[Run, ...]
    """The finished runs as their folders hold them."""
    report: Path | None
    """The report's page."""
    failures: Mapping[str, str]
    """Message by case name, for cases that did not finish."""
    kept: Kept | None = None
    """What the report says, where it was not written now: it was still true, or it knows more."""
    kept_because: str = ""
    """Why a report that shows other runs was left as it was."""
    analysed: tuple[CaseResult, ...] = ()
    """The finished cases by themselves, where the report was written now."""
    on_step: OnStep | None = field(default=None, repr=False)
    """Called with a few words as the continuum is solved for the comparison."""

    @cached_property
    def results(self) -> tuple[CaseResult, ...]:
        """The finished cases, analysed."""
        return self.comparison.results if self.comparison else ()

    @cached_property
    def comparison(self) -> Comparison | None:
        """The finished cases beside the model; worked out when first asked for."""
        from harness.analysis.certified import with_kept_certificates  # half a second with scipy
        from harness.analysis.result import analyse, with_replicas  # as above
        from harness.comparison.comparison import compare  # as above

        if not self.runs:
            return None
        analysed = self.analysed or with_replicas([analyse(run) for run in self.runs])
        if not self.analysed and self.study.save.certify:
            analysed = with_kept_certificates(analysed)
        found = compare(self.study, analysed, self.on_step or (lambda words: None))
        return replace(found, why_not=self.failures)

    @cached_property
    def verdict(self) -> Verdict | None:
        """What to believe of them, and why."""
        from harness.verdict import judge  # as above

        return judge(self.comparison) if self.comparison else None

    @property
    def summary(self) -> tuple[str, ...]:
        """What the report says, in a few lines, and which cases are not among the runs."""
        told = self.kept.summary if self.kept else self.verdict.summary if self.verdict else ()
        former = ("The report as it was says:",) if self.kept_because and told else ()
        return (*self._without(), *former, *told)

    def __repr__(self) -> str:
        return "\n".join((super().__repr__(), *(f"{name}: {why}" for name, why in self.failures.items())))

    def _without(self) -> tuple[str, ...]:
        names, n = list(self.failures), len(self.failures)
        if not names:
            return ()
        damaged = sum(isinstance(why, Damaged) for why in self.failures.values())
        told = ", ".join(names[:MOST_NAMED]) + (f" and {n - MOST_NAMED} more" if n > MOST_NAMED else "")
        word = "Cannot be used now:" if self.kept_because else "Without"
        return (f"{word} {told}" + (f" ({damaged} damaged)" if damaged else ""),)

    @property
    def warnings(self) -> Mapping[str, tuple[str, ...]]:
        """Lines by case name, for finished cases with something to note."""
        return {run.case.name: run.record.warnings for run in self.runs if run.record.warnings}

    def to_dataframe(self) -> pd.DataFrame:
        """The finished cases' loops below each other, by case; `comparison.table` has their observables."""
        columns = ("case", "step", "B_T", "branch", "m", "core_angle_deg", "nu", "nu_error", "state")
        loops = [result.to_dataframe().assign(case=result.case.name) for result in self.results]
        return table([row for loop in loops for row in loop.to_dict("records")]).reindex(columns=columns)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the moment of every finished case against field; returns the axes."""
        ax = axes_for(ax)
        for number, result in enumerate(self.results):
            ax.plot(result.loop.B_T, result.moment, color=f"C{number}", label=result.label)
        ax.set(xlabel=r"$B_0$ (T)", ylabel=r"$\langle m\rangle$ along the field", title=self.study.name)
        if self.results:
            ax.legend(frameon=False)
        return ax

    def to_dict(self) -> dict[str, Any]:
        """What came of the study as JSON values; the verdict is the report's."""
        told = self.kept.verdict if self.kept else self.verdict.to_dict() if self.verdict else None
        return {
            "study": self.study.name,
            "engine": self.engine,
            "engine_reason": self.engine_reason,
            "cases": [{"name": r.case.name, "folder": str(r.folder), "state": "done"} for r in self.runs],
            "warnings": self.warnings,
            "failures": dict(self.failures),
            "verdict": told,
            "report": str(self.report) if self.report else None,
            "report_kept_because": self.kept_because or None,
        }

    def _repr_html_(self) -> str:
        failed = "".join(f"<li>{escape(name)}: {escape(why)}</li>" for name, why in self.failures.items())
        page = escape(str(self.report))
        parts = [
            f"<p><b>{escape(self.study.name)}</b>: {len(self.runs)} cases done</p>",
            f"<p>{escape(self.engine_reason)}</p>",
            f"<p>Failed:</p><ul>{failed}</ul>" if failed else "",
            self.verdict._repr_html_() if self.verdict else "",
            self.comparison._repr_html_() if self.comparison else "",
            f'<p>Report: <a href="{page}">{page}</a></p>' if self.report else "",
            f"<p>{escape(self.kept_because)}</p>" if self.kept_because else "",
        ]
        return "".join(parts)
