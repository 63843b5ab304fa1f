"""Many cases: what each costs beside its engine, planning and asking after a thousand, all cores at work.

In: nothing. Out: seconds; the last contestants are a study on every core, and one case after the other.
"""

import os
import tempfile
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.timing import Seconds
from harness import shipped
from harness.engines import CpuEngine
from harness.engines.base import EngineRun
from harness.pipeline import plan_study, run_study
from harness.runs.campaign import campaign
from harness.runs.execute import execute
from harness.runs.slots import Share, usable_cores
from harness.study.study import Study

SMALL: dict[str, Any] = {
    "name": "many",
    "material": {"name": "iron"},
    "particle": {"radius_nm": 6},
    "mesh": {"cell_nm": 3},
    "field": {"loop": {"max_T": 0.4, "step_T": 0.02}},
    "save": {"ovf": "none"},
    "continuum": {"solve": False},
}


def _study(n: int, **changed: Any) -> Study:
    seeds = list(range(1, n + 1))
    return Study.from_values({**SMALL, "protocol": [{"kind": "kick", "seeds": seeds}], **changed})


def _timed(work: Callable[[], object]) -> Seconds:
    start = Seconds.now()
    work()
    return Seconds.now() - start


class Copied(CpuEngine):
    """An engine that takes no time: it copies what the CPU engine wrote once."""

    def __init__(self, answer: Path) -> None:
        self.answer = answer

    def run(self, script: Path, out: Path, *given: Any, **more: Any) -> EngineRun:
        """Write the answer again."""
        out.mkdir()
        (out / "table.txt").write_bytes(self.answer.read_bytes())
        return EngineRun(self.name, self.version())


def overhead() -> Seconds:
    """A case of an engine that takes no time, the mean of a hundred in two warm workers."""
    with tempfile.TemporaryDirectory() as place:
        runs, n = Path(place), 100
        first, *_ = plan_study(_study(1), CpuEngine(), runs / "first")
        engine = Copied(execute(first, CpuEngine()).out / "table.txt")
        warm = [(run, engine) for run in plan_study(_study(2, name="warm"), engine, runs)]
        tasks = [(run, engine) for run in plan_study(_study(n), engine, runs)]
        start = _timed(lambda: campaign(warm, Share(2)))
        return (_timed(lambda: campaign(tasks, Share(2))) - start) / n


def planning() -> Seconds:
    """Planning a study of a thousand cases from its values."""
    with tempfile.TemporaryDirectory() as place:
        return _timed(lambda: plan_study(_study(1000), CpuEngine(), Path(place)))


def status() -> Seconds:
    """Asking after a thousand finished runs, their planning included."""
    with tempfile.TemporaryDirectory() as place:
        runs = Path(place)
        first, *_ = plan_study(_study(1), CpuEngine(), runs / "first")
        engine = Copied(execute(first, CpuEngine()).out / "table.txt")
        for run in plan_study(_study(1000), engine, runs):
            execute(run, engine)
        return _timed(lambda: [run.folder.look() for run in plan_study(_study(1000), engine, runs)])


def _twenty(share: Share) -> Seconds:
    study = _study(20, mesh={"cell_nm": 1.5}, particle={"radius_nm": 10})
    with tempfile.TemporaryDirectory() as place:
        tasks = [(run, CpuEngine()) for run in plan_study(study, CpuEngine(), Path(place))]
        return _timed(lambda: campaign(tasks, share))


def twenty_on_all_cores() -> Seconds:
    """Twenty cases, one on every core at a time."""
    return _twenty(Share(usable_cores()))


def twenty_one_by_one() -> Seconds:
    """The same, one after the other."""
    return _twenty(Share())


def _demo(share: Share) -> Mapping[str, Seconds]:
    values = tomllib.loads(shipped.find_study("demo").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as place:
        os.environ["XDG_CACHE_HOME"] = place  # its continuum is solved anew
        start, reached = Seconds.now(), dict[str, Seconds]()

        def step(words: str) -> None:
            if words == "drawing the figures":
                reached["up to the figures"] = Seconds.now() - start

        run_study(Study.from_values(values), "cpu", place, share=share, on_step=step)
        return reached | {"in all": Seconds.now() - start}


def demo_on_all_cores() -> Mapping[str, Seconds]:
    """The demo with its report, on every core."""
    return _demo(Share(usable_cores()))


def demo_one_by_one() -> Mapping[str, Seconds]:
    """The same, one case after the other."""
    return _demo(Share())
