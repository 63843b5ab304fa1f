"""The command budget: who is nearest to the continuum, of finished runs.

In: a study or a run folder. Out: windows of field, events and rows, shown or written as CSV.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli import options
from harness.cli.terminal import Answer, say, show

if TYPE_CHECKING:
    import pandas as pd

    from harness.comparison.comparison import Comparison
    from harness.comparison.error_budget import ErrorBudget
    from harness.comparison.windows import Window
    from harness.study.study import Study


def budget(
    study: Annotated[
        str,
        typer.Argument(
            metavar="STUDY|FOLDER",
            help="A study, or the folder of a finished run or of several.",
            autocompletion=options.known_studies,
        ),
    ],
    engine: options.Engine = "auto",
    runs: options.Runs = options.DEFAULT_RUNS,
    observable: Annotated[
        str, typer.Option("--observable", help="Whose windows and rows: m, core_angle_deg, nu, total_J ...")
    ] = "m",
    out: options.Out = None,
    as_json: options.AsJson = False,
) -> None:
    """Say who is nearest to the continuum, the cells, H' or H'', field by field; runs nothing.

    The continuum is solved once for a sphere, which takes minutes, and kept.
    """
    from harness.cli.progress import case_lines

    with case_lines(quiet=as_json) as (_, step):
        comparison, failures = _compared(study, engine, runs, step)
    budgets = [each for each in comparison.budgets if each]
    _require(comparison, budgets, observable)
    windows = {each.case: each.windows_of(observable) for each in budgets if observable in each.observables}
    files = _write(budgets, windows, out) if out else ()
    if not as_json:
        for name, why in failures.items():
            say(f"mxval: {name}: {why}", err=True)
        for line in dict.fromkeys(line for p in comparison.predictions for line in p.missing):
            say(f"mxval: {line}", err=True)
        for name, found in windows.items():
            say(f"{name}, {observable}: nearest to the continuum")
            for line in _each_once(found):
                say(f"  {line}")
        for case, text in _biased(comparison):
            say(f"{case}: note: {text}")
    values = {
        "study": comparison.study.name,
        "observable": observable,
        "cases": [
            each.to_dict()
            | {
                "windows": [window.to_dict() for window in windows.get(each.case, ())],
                "rows": _rows(each.frame[each.frame["observable"] == observable]),
            }
            for each in budgets
        ]
        if as_json
        else [],
        "failures": failures,
        "files": files,
    }
    title, header, rows = _events(budgets)
    show(Answer(values, title, header, rows), as_json, notes=[f"written: {file}" for file in files])
    if failures:
        raise typer.Exit(1)


COMMANDS = (budget,)


def _compared(study: str, engine: str, runs: Path, step: Any) -> tuple[Comparison, dict[str, str]]:
    """The finished runs beside continuum and models, and why others are not among them."""
    from harness.comparison.comparison import compare
    from harness.inputs import InputError
    from harness.pipeline import open_run, read_study
    from harness.runs.folder import runs_in, runs_option
    from harness.runs.record import NotARun
    from harness.shipped import find_study
    from harness.study.study import Study

    if (folder := Path(study)).is_dir():
        opened, failures = [], {}
        for each in runs_in(folder) or [folder]:
            try:
                opened.append(open_run(each))
            except NotARun as why:
                failures[each.name] = str(why)
        if not opened:
            raise NotARun("\n".join(failures.values()))
        asked = opened[-1].record.study
        _require_continuum(asked, study)
        cases = {case: place for place, case in enumerate(asked.cases())}
        failures |= {r.folder.name: "of another version of the study" for r in opened if r.case not in cases}
        mine = sorted((r for r in opened if r.case in cases), key=lambda result: cases[result.case])
        return compare(asked, mine, step), failures
    asked = Study.load(find_study(study))
    _require_continuum(asked, study)
    options.require_folder(runs)
    read = read_study(asked, engine, runs, on_step=step)
    if not read.analysed:
        raise InputError(f"{study}: no case is done; mxval run {study}{runs_option(runs)} makes them")
    return compare(asked, read.analysed, step), dict(read.failures)


def _biased(comparison: Comparison) -> list[tuple[str, str]]:
    """What the static bias of a case moves, which counts as mesh error."""
    from harness.verdict.bias import bias_findings
    from harness.verdict.evidence import witnesses

    each = ((e, f) for e in witnesses(comparison) if e.budget for f in bias_findings(e))
    return [(e.case.name, finding.text) for e, finding in each]


def _require_continuum(study: Study, source: str) -> None:
    """Refuse a study that asks for no continuum."""
    from harness.inputs import InputError

    if not study.continuum.solve:
        why = "the study asks for no continuum, which a budget is made against; set it to true"
        raise InputError(f"continuum.solve = false: {why} ({source})")


def _require(comparison: Comparison, budgets: Sequence[ErrorBudget], observable: str) -> None:
    """Refuse an observable that no case has; end where nothing could be compared."""
    from harness.inputs import InputError, suggestion
    from reduced_model.continuum.equilibrium import NotResolved

    if not budgets:
        raise NotResolved("\n".join(line for p in comparison.predictions for line in p.missing))
    known = dict.fromkeys(name for each in budgets for name in each.observables)
    if observable not in known:
        raise InputError(f"--observable = {observable}: no case has it; {suggestion(observable, known)}")


def _events(budgets: Sequence[ErrorBudget]) -> tuple[str, tuple[str, ...], list[tuple[str, ...]]]:
    """The events as a table: a field in T with its error by each witness."""
    import numpy as np  # --help answers without it

    from harness.verdict.words import with_error  # as above

    names = ("simulation", "H'", "H''", "continuum")
    rows = []
    for each in budgets:
        for event in each.events.to_dict("records"):
            cells = [
                with_error(event[f"{who}_T"] + 0.0, event[f"{who}_error_T"])
                if np.isfinite(event.get(f"{who}_T", np.nan))
                else "none"
                for who in names
            ]
            rows.append((each.case, event["branch"], event["event"], *cells))
    return "events", ("case", "branch", "event", *names), rows


def _each_once(windows: Sequence[Window]) -> list[str]:
    """A line a window; one that says the same at the opposite field or on the way back is not said again.

    Their errors may differ: the line has the largest.
    """
    from harness.verdict.words import among  # as above

    alike: dict[tuple[object, ...], list[Window]] = {}
    for window in windows:
        said = re.sub(r", error [^;]*", "", str(window).partition(": ")[2])
        place = max(_interval(window, sign) for sign in (1, -1))
        alike.setdefault((place, said), []).append(window)
    lines = []
    for first, *others in alike.values():
        elsewhere = among(list(dict.fromkeys(_elsewhere(first, other) for other in others)))
        error = max(each.error for each in (first, *others))
        lines.append(f"{replace(first, error=error)}{f' (and {elsewhere})' if others else ''}")
    return lines


def _interval(window: Window, sign: int = 1) -> tuple[float, ...]:
    return tuple(sorted(round(sign * B_T, 9) for B_T in (window.first_T, window.last_T)))


def _elsewhere(first: Window, other: Window) -> str:
    """Where a window of the same fields, or of the opposite ones, lies."""
    from harness.analysis.loop import falls

    same_fields = _interval(first) == _interval(other)
    same_branch = falls(first.branch) == falls(other.branch)
    if same_fields:
        return "once more" if same_branch else "on the way back"
    return "at the opposite field" if same_branch else "its mirror image"


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table as plain values."""
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def _write(budgets: Sequence[ErrorBudget], windows: Any, out: Path) -> tuple[Path, ...]:
    """Every row of every observable, the windows and the events, a CSV file each."""
    import pandas as pd

    from harness.engines.base import storage_faults

    shown = pd.DataFrame(
        [{"case": case, **window.to_row()} for case, found in windows.items() for window in found]
    )
    events = pd.concat([each.events.assign(case=each.case) for each in budgets], ignore_index=True)
    events.insert(0, "case", events.pop("case"))
    tables = {"budget": pd.concat([each.frame for each in budgets]), "windows": shown, "events": events}
    with storage_faults(out):
        out.mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            table.to_csv(out / f"{name}.csv", index=False)
    return tuple(out / f"{name}.csv" for name in tables)
