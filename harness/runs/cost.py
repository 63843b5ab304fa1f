"""What a case will cost, learned from the runs that are done.

In: the folder of all runs. Out: seconds for each case with what they rest on, and for all in several lanes.
A small table beside the runs keeps what is learned, so that a thousand records are not read each time.
"""

from __future__ import annotations

import csv
import heapq
import json
import math
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from statistics import fmean
from typing import Any

from harness.engines.base import Engine
from harness.runs import provenance
from harness.runs.plan import PlannedRun
from harness.runs.record import RECORD_NAME, RunRecord
from harness.runs.slots import Share
from harness.runs.worker import Errand
from harness.study.study import Case

TABLE_NAME = ".costs.csv"
MOST_ROWS = 5_000
MOST_READ = 300
"""Records read in one go that the table does not know yet; the newest."""
REPORT = "report"
"""What stands for an engine where a report was written; its cells are its cases."""
PRIOR = {"cpu": (5e-3, 1.2e-5), "mumax3": (0.1, 5e-6), REPORT: (16.0, 0.05)}
"""Seconds of a row without cells, and more for each cell: a guess until a run has finished."""
SLOWER = {
    ("cpu", "certified"): 10.0,
    ("cpu", "faithful"): 30.0,
    ("mumax3", "kick"): 2.0,
    ("mumax3", "relax"): 5.0,
}
"""How many times as long the guess has a row of one kind: read off loops of the 40 nm iron sphere."""
CERTIFIED = 0.5
"""Part of a run's time that the certificates of its saved states may take; see `with_certificates`."""
OTHER = 0.1
"""Weight of a run with another method, another protocol or on another machine."""


@dataclass(frozen=True)
class Cost:
    """What a finished run cost, and what kind it was."""

    folder: str
    """Its study's and its own."""
    engine: str
    kind: str
    """Method, algorithm, precision and protocol."""
    machine: str
    """The GPU, or the processor of a run on the CPU engine."""
    cells: int
    rows: int
    seconds: float

    @classmethod
    def of(cls, record: RunRecord, folder: Path) -> Cost | None:
        """The cost of a finished run, None of any other."""
        if record.state != "done" or not record.wall_s:
            return None
        machine = record.details.get("gpu") if record.engine == "mumax3" else record.host.get("processor")
        case, place = record.case, f"{folder.parent.name}/{folder.name}"
        rows = len(case.field_values_T)
        return cls(
            place, record.engine, kind_of(case), _machine(machine), case.lattice.n_cells, rows, record.wall_s
        )


@dataclass(frozen=True)
class Estimate:
    """Seconds that a case may take."""

    seconds: float
    alike: int
    """Finished runs of its kind, on such a machine, that it rests on."""
    others: int
    """Those of other kinds of the engine."""

    @property
    def basis(self) -> str:
        """What it rests on, in words."""
        if self.alike:
            return f"from {self.alike} finished run{'s' * (self.alike > 1)} of this kind"
        if self.others:
            return f"from {self.others} run{'s' * (self.others > 1)} of other kinds"
        return "a guess: no run of this engine has finished here"


class Costs:
    """The costs of finished runs, and what they tell of others.

    Parameters
    ----------
    known : iterable of Cost
    """

    def __init__(self, known: Iterable[Cost] = ()) -> None:
        self._known = {cost.folder: cost for cost in known}
        self._kept = len(self._known)

    @classmethod
    def of_runs(cls, runs: Path) -> Costs:
        """What the table beside the runs and the newest records that it lacks tell; writes nothing."""
        costs = cls(_read(runs / TABLE_NAME))
        lacking = [
            file.parent
            for file in runs.glob(f"*/*/{RECORD_NAME}")
            if f"{file.parent.parent.name}/{file.parent.name}" not in costs._known
        ]
        for folder in sorted(lacking, key=_changed_s)[-MOST_READ:]:
            with suppress(OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
                costs._learn_raw(folder)
        return costs

    def add(self, record: RunRecord, folder: Path) -> None:
        """Learn from a run that has just finished."""
        if cost := Cost.of(record, folder):
            self._known[cost.folder] = cost

    def add_report(self, study: str, n_cases: int, seconds: float) -> None:
        """Learn from a report that was just written."""
        place, machine = f"{study}/{REPORT}", _machine(provenance.host().get("processor"))
        self._known[place], self._kept = Cost(place, REPORT, "", machine, n_cases, 1, seconds), -1

    def keep(self, runs: Path) -> None:
        """Write the table, at one stroke; where that fails it is learned anew another time."""
        if len(self._known) == self._kept:
            return
        part = runs / f"{TABLE_NAME}.{os.getpid()}"
        with suppress(OSError):
            with part.open("w", newline="", encoding="utf-8") as stream:
                writer = csv.writer(stream)
                writer.writerow(COLUMNS)
                writer.writerows(map(astuple, list(self._known.values())[-MOST_ROWS:]))
            part.replace(runs / TABLE_NAME)

    def estimate(self, case: Case, engine: Engine | str) -> Estimate:
        """Seconds for a case: the guess, corrected by what runs like it took, the nearest in cells first.

        Where nothing like it is known, runs of other kinds count, with a tenth of the weight for each thing
        that is other.
        """
        name = engine if isinstance(engine, str) else engine.name
        return self._estimate(name, kind_of(case), case.lattice.n_cells, len(case.field_values_T))

    def report(self, n_cases: int) -> Estimate:
        """Seconds for reading, fitting and drawing that many cases."""
        return self._estimate(REPORT, "", n_cases, 1)

    def _estimate(self, name: str, kind: str, cells: int, rows: int) -> Estimate:
        here = _machine(provenance.host().get("processor")) if name != "mumax3" else None
        weights, shifts, alike, others = [], [], 0, 0
        for cost in self._known.values():
            if cost.engine != name:
                continue
            same = cost.kind == kind, here in (None, cost.machine)
            alike, others = alike + all(same), others + (not all(same))
            apart = abs(math.log(cost.cells / cells))
            weights.append(math.prod(1.0 if s else OTHER for s in same) * math.exp(-2.0 * apart))
            shifts.append(math.log(cost.seconds / cost.rows / _prior(name, cost.cells, cost.kind)))
        shift = fmean(shifts, [max(w, 1e-12) for w in weights]) if shifts else 0.0
        return Estimate(rows * _prior(name, cells, kind) * math.exp(shift), alike, others)

    def _learn_raw(self, folder: Path) -> None:
        """Learn from a record as it stands, without checking every value of it."""
        file = folder / RECORD_NAME
        if file.stat().st_size > 20_000_000:
            return
        values: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        if values["state"] == "done" and values.get("wall_s"):
            values["script"], values["outputs"] = "", {}
            self.add(RunRecord.model_validate(values), folder)


@dataclass(frozen=True)
class Forecast:
    """What the cases that are not done yet may take."""

    seconds: tuple[float | None, ...]
    """By case; None for one that is done, or whose run.json cannot be read."""
    basis: tuple[str, ...]
    """What that rests on, each once."""
    lanes: int
    where: str
    """Who runs them, in words."""
    before_s: float
    """Until they are done, and the continua and certificates with them."""
    report: Estimate | None = None
    """Of the report after that, where one is asked for."""
    beside: tuple[str, ...] = ()
    """What runs beside the cases, in words."""

    @property
    def cases_s(self) -> float:
        """Time until all cases are done, were there nothing beside them."""
        return makespan([s for s in self.seconds if s is not None], self.lanes)

    @property
    def total_s(self) -> float:
        """Time until all is done."""
        return self.before_s + (self.report.seconds if self.report else 0.0)

    def words(self, duration: Callable[[float], str]) -> str:
        """The time in words, with its basis."""
        if not (n := sum(s is not None for s in self.seconds)):
            return "nothing"
        basis = "; ".join(self.basis)
        told = f"{n} case{'s' * (n > 1)} in about {duration(self.cases_s)} by {self.where} ({basis})"
        if not self.report:
            return told
        made = self.report.alike + self.report.others
        drawn = f"from {made} made here" if made else "a guess"
        with_these = (
            f"; with {' and '.join(self.beside)} about {duration(self.before_s)}" if self.beside else ""
        )
        return (
            f"{told}{with_these}; then the report, about {duration(self.report.seconds)} ({drawn}); "
            f"in all about {duration(self.total_s)}"
        )

    def to_dict(self) -> dict[str, Any]:
        """The values for programs."""
        parts = {"cases_s": self.cases_s, "report_s": self.report.seconds if self.report else 0.0}
        return {"total_s": self.total_s, **parts, "processes": self.lanes, "basis": self.basis}


def forecast(
    planned: Sequence[PlannedRun],
    engine: Engine,
    runs: Path,
    share: Share,
    errands: Sequence[Errand] | None = None,
) -> Forecast:
    """What is left of planned runs, and the time it may take on a share of this machine; writes nothing.

    With errands, what runs beside the cases, the time is that of the whole, report and certificates included.
    """
    costs = Costs.of_runs(runs)
    found = [costs.estimate(run.case, engine) if run.folder.is_open() else None for run in planned]
    seconds = tuple(each.seconds if each else None for each in found)
    basis = tuple(dict.fromkeys(each.basis for each in found if each))
    left = sum(s is not None for s in seconds)
    lanes, work_s = share.lanes(engine.name, left), [s for s in seconds if s is not None]
    before_s, report, beside = makespan(work_s, lanes), None, []
    if errands is not None and left:
        to_solve = [errand for errand in errands if errand.seconds]
        certified = [
            taken for run, s in zip(planned, seconds, strict=True) if s and (taken := certificates_s(run, s))
        ]
        if to_solve:
            n, known = len(to_solve), to_solve[0].known
            of = f"as {known} solved here" if known else "a guess"
            beside.append(f"{n} continu{'a' if n > 1 else 'um'} to solve ({of})")
        if certified:
            beside.append("certificates (at most half of each run)")
        on_cores = certified + [errand.seconds for errand in to_solve]
        on_cores += [] if engine.name == "mumax3" else work_s
        before_s = max(before_s, sum(on_cores) / share.cores, *(errand.seconds for errand in to_solve))
        report = costs.report(len(planned))
    where = share.words(engine.name, left)
    return Forecast(seconds, basis, lanes, where, before_s, report, tuple(beside))


def certificates_s(run: PlannedRun, seconds: float) -> float:
    """Time for the certificates of a run that takes so long, at most."""
    return CERTIFIED * seconds if run.study.save.certify and run.case.saved_steps else 0.0


def makespan(seconds: Sequence[float], lanes: int) -> float:
    """Time until all are done that are given out longest first, each to the lane that is free first.

    >>> makespan([4, 3, 3], 2), makespan([], 2)
    (6.0, 0.0)
    """
    free = [0.0] * max(1, lanes)
    for each in sorted(seconds, reverse=True):
        heapq.heapreplace(free, free[0] + each)
    return max(free)


def kind_of(case: Case) -> str:
    """What a case's time depends on beside its cells and rows."""
    solver = case.solver
    return f"{solver.method} {solver.algorithm} {solver.precision} {getattr(case.protocol, 'kind', '')}"


COLUMNS = tuple(field.name for field in fields(Cost))


def _prior(engine: str, cells: int, kind: str) -> float:
    start, each = PRIOR.get(engine, PRIOR["cpu"])
    return (start + each * cells) * math.prod(SLOWER.get((engine, word), 1.0) for word in kind.split())


def _machine(name: object) -> str:
    """A processor's or a GPU's name without what a driver's update changes."""
    return str(name or "").split(",")[0].split("(")[0].strip()


def _read(file: Path) -> Iterator[Cost]:
    """The costs in a table; lines that are none are passed over."""
    with suppress(OSError, UnicodeDecodeError, csv.Error), file.open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            with suppress(KeyError, TypeError, ValueError):
                words = [row[name] for name in COLUMNS]
                cells, rows, seconds = int(words[4]), int(words[5]), float(words[6])
                if cells > 0 and rows > 0 and 0 < seconds < math.inf:
                    yield Cost(words[0], words[1], words[2], words[3], cells, rows, seconds)


def _changed_s(folder: Path) -> float:
    with suppress(OSError):
        return folder.stat().st_mtime
    return 0.0
