"""A run handed to somebody else: prepared in its folder, run from that folder alone, a command a case.

In: planned runs; later the folder of one. Out: prepared folders; the run, done; files of commands.
Whoever comes first runs it: the folder's lock keeps out the second, and what is done is kept.
"""

import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from harness.engines import choose_engine
from harness.engines.base import Engine, EngineError, EngineMissing, storage_faults
from harness.inputs import InputError
from harness.runs.campaign import ALONE, Event, campaign
from harness.runs.folder import RunBusy, RunFolder
from harness.runs.plan import PlannedRun
from harness.runs.record import IMPORTED, NotARun, RunRecord
from harness.runs.slots import Share
from harness.study.script import identity, render

CASES_NAME = "cases.txt"


def prepare(run: PlannedRun, engine: Engine, *, redo: bool = False) -> Literal["prepared", "done", "busy"]:
    """Write script, masks and run.json of a run unless it is done or at work; an earlier attempt is left.

    Raises
    ------
    NotARun
        If its folder holds something else.
    StorageError
        If the folder cannot be written.
    """
    folder = run.folder
    with storage_faults(folder.path):
        try:
            with folder.lock():
                record = folder.record()
                if record and record.state == "done" and not redo:
                    return "done"
                if record is None or redo:
                    require_no_links(folder.path)
                    folder.prepare(run.rendered, run.record(engine))
        except RunBusy:
            return "busy"
    return "prepared"


def prepared(place: Path) -> tuple[PlannedRun, Engine]:
    """What a folder was prepared for, from its run.json alone, with who runs it.

    Nothing of run.json is run as it stands there: its case is rendered anew, and must be the run of its hash.

    Parameters
    ----------
    place : Path
        The folder, as `prepare` or an earlier attempt left it.

    Raises
    ------
    NotARun
        If the folder holds no run, or not one that this version would plan.
    """
    record = RunRecord.read(place)
    if record.engine == IMPORTED:
        raise NotARun(f"{place}: was imported, and what ran it is not here; give a run of mxval")
    require_no_links(place)
    engine = choose_engine(record.engine, to_run=False).engine
    try:
        options = engine.options(**record.case.engine_options)
    except InputError as refused:
        raise NotARun(f"{place}: {refused}") from None
    rendered = render(record.case)
    planned = identity(
        rendered, engine=engine.name, options=options, revision=engine.revision, replica=record.replica
    )
    if planned != record.hash:
        raise NotARun(
            f"{place}: is not the run that this mxval plans for its case ({planned[:12]}...); prepare it "
            "anew from its study, with mxval run --slurm or mxval export-jobs"
        )
    folder = RunFolder(place.absolute(), record.hash)
    return PlannedRun(record.study, record.case, rendered, options, folder, record.replica), engine


Outcome = Literal["done", "kept", "busy"] | EngineError
"""How a run ended; kept if it was done before, busy if another process is at work on it."""


def run_prepared(
    places: Sequence[Path],
    share: Share = ALONE,
    on_end: Callable[[Path, Outcome], None] = lambda place, outcome: None,
    on_note: Callable[[str], None] = lambda words: None,
) -> dict[Path, Outcome]:
    """Run what folders were prepared for, as many at a time as the share allows.

    Parameters
    ----------
    places : sequence of Path
        Folders, as `prepare` or an earlier attempt left them.
    share : Share, optional
        Cores and GPUs to keep busy; one run after the other if not given.
    on_end : callable
        Called as each run ends.
    on_note : callable
        Called with what is to know of the runs as a whole, such as how many share a GPU.

    Raises
    ------
    EngineMissing
        If an engine cannot run here.
    StorageError, DriverMismatch
        Which every other run would meet too.
    """
    ended: dict[Path, Outcome] = {}
    tasks: list[tuple[Path, PlannedRun, Engine]] = []
    engines: dict[str, Engine] = {}

    def end(place: Path, outcome: Outcome) -> None:
        ended[place] = outcome
        on_end(place, outcome)

    for place in dict.fromkeys(places):
        try:
            found = RunFolder(place, RunRecord.read(place).hash).look()
            if found.state == "damaged":
                end(place, EngineError(f"damaged: {found.note}"))
                continue
            if found.state in ("done", "running"):
                end(place, "kept" if found.state == "done" else "busy")
                continue
            run, engine = prepared(place)
        except NotARun as refused:
            end(place, refused)
        else:
            tasks.append((place, run, engines.setdefault(engine.name, engine)))
    for engine in engines.values():
        if missing := engine.unavailable():
            raise EngineMissing(f"engine {engine.name} cannot run: {missing}")

    def event(told: Event) -> None:
        if told.index is None:
            on_note(told.message)
        elif told.state in ("done", "kept"):
            end(tasks[told.index][0], told.state)

    failed = campaign([(run, engine) for _, run, engine in tasks], share, event)
    for index, error in failed.items():
        end(tasks[index][0], "busy" if isinstance(error, RunBusy) else error)
    return ended


def require_no_links(place: Path, what: str = "a run's folder") -> None:
    """Refuse a folder that holds a link at any depth: who follows it would leave the folder."""
    if links := sorted(file for file in place.rglob("*") if file.is_symlink()):
        remedy = "put the file itself there, or move the link away"
        raise NotARun(f"{links[0]}: is a link, and {what} holds none; {remedy}")


def command(*folders: Path, options: Sequence[str] = ()) -> list[str]:
    """The command that runs prepared folders, whole, wherever this installation can be seen."""
    places = [str(folder.absolute()) for folder in folders]
    return [sys.executable, "-m", "harness", "work", *options, *places]


def write_jobs(runs: Sequence[PlannedRun], folder: Path, *, replace: bool) -> list[Path]:
    """Write a command a case for any scheduler: `cases.txt`, arrays for PBS and SGE, a loop in sh.

    Parameters
    ----------
    runs : sequence of PlannedRun
        Prepared.
    folder : Path
        Made if need be.
    replace : bool
        Whether files of these names may be there.

    Returns
    -------
    list of Path
        The files, `cases.txt` first.

    Raises
    ------
    InputError
        If one is there that may not be, or a path holds a line break.
    StorageError
        If they cannot be written.
    """
    lines = [shlex.join(command(run.folder.path)) for run in runs]
    cases = folder.absolute() / CASES_NAME
    if broken := [text for text in (*lines, str(cases)) if "\n" in text]:
        raise InputError(f"{broken[0]!r}: has a line break in a path; give another folder")
    values = {"cases": shlex.quote(str(cases)), "last": len(lines)}
    texts = {CASES_NAME: "".join(f"{line}\n" for line in lines)}
    texts |= {name: text.format(**values) for name, text in SCRIPTS.items()}
    if len(lines) == 1:
        texts["pbs.sh"] = texts["pbs.sh"].replace("#PBS -J 1-1\n", "")
    with storage_faults(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for file in (folder / name for name in texts):
            if file.is_symlink() or (file.exists() and not replace):
                raise InputError(f"{file}: exists already; give another folder with -o")
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
            (folder / name).chmod(0o644 if name == CASES_NAME else 0o755)
    return [folder / name for name in texts]


_ONE = """line=$(awk -v n="$case" 'NR == n' {cases})
[ -n "$line" ] || {{ echo "mxval: no case $case: 1 to {last} are in" {cases} >&2; exit 2; }}
exec sh -c "$line"
"""
SCRIPTS = {
    "pbs.sh": """#!/bin/sh
# qsub -q QUEUE -l walltime=2:00:00 pbs.sh (PBS Pro, OpenPBS; of Torque: qsub -t 1-{last} pbs.sh)
#PBS -N mxval
#PBS -J 1-{last}
#PBS -j oe
#PBS -V
case=${{PBS_ARRAY_INDEX:-${{PBS_ARRAYID:-1}}}}
"""
    + _ONE,
    "sge.sh": """#!/bin/sh
# qsub -q QUEUE -l h_rt=2:00:00 sge.sh
#$ -N mxval
#$ -t 1-{last}
#$ -j y
#$ -cwd
#$ -V
#$ -S /bin/sh
case=$SGE_TASK_ID
"""
    + _ONE,
    "loop.sh": """#!/bin/sh
# One case after another; may be started again, and on several machines at once.
failed=0
while read -r line; do
    sh -c "$line" </dev/null || failed=1
done <{cases}
exit $failed
""",
}
"""Scripts beside cases.txt, by name; PBS Pro takes no array of one, so of one case the line is left out."""
