"""Runs as jobs of a Slurm cluster: submitted in arrays, requeued, found again from the login node.

In: prepared runs, and what to ask Slurm for. Out: a Submission, kept beside its logs in <runs>/<study>/slurm;
later what the queue says of each run. A job holds one command: mxval work with the folders of its runs.
What lies in a runs folder is read as text: a job alone unpickles, from the fresh folder it was submitted in.
"""

from __future__ import annotations

import math
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from filelock import FileLock
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.engines.base import EngineError, storage_faults
from harness.engines.gpus import gpus
from harness.inputs import InputError
from harness.runs import provenance
from harness.runs.folder import LOCK_NAME, Found
from harness.runs.jobs import command
from harness.runs.record import EngineName, NotARun, RunRecord
from harness.runs.slots import usable_cores
from harness.runs.slurm_options import SlurmOptions, minutes
from harness.runs.worker import THREADS

if TYPE_CHECKING:
    from submitit.helpers import DelayedSubmission

SLURM_NAME = "slurm"
SUBMISSION_NAME = "submission.json"
MOST_JOBS = 100
"""Jobs of a submission where the number of cases in each is left open; sites bound the length of arrays."""
NOTICE_S = 60
"""Time before its limit at which a job is asked to end: enough to end an engine and ask for more time."""
MOST_REQUEUES = 1000
"""For submitit, which counts; what ends a loop is a job that has finished no run within its time."""
GRACE_S = 20.0
POLL_S = 0.2
PATIENCE_S = 30.0
"""How long the queue may take to answer."""


class SlurmError(EngineError):
    """Slurm refuses a job, or does not answer."""


class Submission(BaseModel):
    """What was submitted at one time; the keys of submission.json are these."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    submitted: str
    engine: EngineName
    options: dict[str, str | int]
    jobs: dict[Annotated[str, Field(pattern=r"^\d+(_\d+)?$")], tuple[str, ...]]
    """Folders of runs by job."""


class Job(NamedTuple):
    """The job a run was last submitted in."""

    name: str
    log: Path
    state: str | None
    """As Slurm has it, such as PENDING; "" if it has ended, None if Slurm does not say."""
    reason: str = ""
    """Why it waits, or where it runs."""


class Work:
    """What a job does: mxval work, ended in time and asked to be queued again where that helps.

    Parameters
    ----------
    folders : sequence of Path
        Prepared runs.
    limit_min : int
        Time limit of the job.
    """

    def __init__(self, folders: Sequence[Path], limit_min: int) -> None:
        self.folders, self.limit_min = [str(folder) for folder in folders], limit_min

    def __call__(self) -> None:
        """Run them, in the job; ends this process with the command's exit code."""
        from submitit import JobEnvironment  # in a job only

        begun, done_before = time.monotonic(), self._count_done()
        asked: list[int] = []
        notice = getattr(signal, f"SIG{JobEnvironment.USR_SIG}")
        requeue: Any = signal.getsignal(notice)  # submitit's: checkpoint, scontrol requeue, exit
        signal.signal(notice, lambda number, frame: asked.append(number))
        child = subprocess.Popen(
            command(*map(Path, self.folders), options=_share()),
            env=dict.fromkeys(THREADS, "1") | os.environ,
            preexec_fn=_ignoring(notice),  # Slurm tells every process of the job; this one ends the others
        )
        while child.poll() is None and not asked:
            time.sleep(POLL_S)
        if child.poll() is None:
            child.terminate()
            try:
                child.wait(GRACE_S)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        elif not (child.returncode in (-signal.SIGTERM, 128 + signal.SIGTERM) and _is_wanted()):
            sys.exit(child.returncode if child.returncode >= 0 else 128 - child.returncode)
        had_its_time = time.monotonic() - begun > 60 * (self.limit_min - 1) - _notice_s(self.limit_min)
        if had_its_time and self._count_done() == done_before:
            sys.exit(
                f"mxval: no run was finished within the job's {self.limit_min} min, so it is not queued "
                "again; submit with a longer time, or take larger cells"
            )
        requeue(notice, None)

    def checkpoint(self) -> DelayedSubmission:
        """What is queued again: the same, as finished runs are kept."""
        from submitit.helpers import DelayedSubmission  # as above

        return DelayedSubmission(Work([Path(folder) for folder in self.folders], self.limit_min))

    def _count_done(self) -> int:
        return sum(_is_done(Path(folder)) for folder in self.folders)


def _is_done(folder: Path) -> bool:
    try:
        return RunRecord.read(folder).state == "done"
    except NotARun:  # moved away meanwhile
        return False


def _share() -> list[str]:
    """Options of mxval work for what the job was given: its cores, and its GPUs where there are any."""
    cores = min(int(os.environ.get("SLURM_CPUS_PER_TASK", 1)), usable_cores())
    return ["--cpus", str(cores), *(["--gpus", "all"] if gpus() else [])]


def _ignoring(number: int) -> Callable[[], None]:
    def ignore() -> None:
        signal.signal(number, signal.SIG_IGN)

    return ignore


def _is_wanted() -> bool:
    """Whether Slurm still counts this job as running: what ended its command was preemption, no scancel."""
    job = os.environ.get("SLURM_JOB_ID", "")
    return _ask_slurm("squeue", "--noheader", f"--jobs={job}", "--format=%T").split() == ["RUNNING"]


def _notice_s(limit_min: int) -> int:
    return min(NOTICE_S, 60 * limit_min // 4)


def submit(folders: Sequence[Path], study: Path, engine: str, options: SlurmOptions) -> Submission:
    """Submit prepared runs as one array, dealt out to its jobs like cards.

    Parameters
    ----------
    folders : sequence of Path
        Of the runs, all of one study.
    study : Path
        The folder that holds them.
    engine : str
        Who runs them.
    options : SlurmOptions

    Raises
    ------
    InputError
        If Slurm is not here, or cannot write its logs where the runs are.
    SlurmError
        If it refuses; nothing is submitted then.
    """
    if absent := [name for name in ("sbatch", "srun", "squeue") if not shutil.which(name)]:
        raise InputError(
            f"--slurm: no {absent[0]} here; give this command on a login node of the cluster, or take "
            "mxval export-jobs for another scheduler"
        )
    study = study.absolute()
    if found := re.search(r"[%\\\n]", str(study)):
        raise InputError(f"--runs: {study}: Slurm writes no log below a {found[0]!r}; give another folder")
    import submitit  # a tenth of a second, for who submits

    for_cores = options.cpus_per_task or 1
    at_most = options.cases_per_job or max(for_cores, math.ceil(len(folders) / MOST_JOBS))
    count = math.ceil(len(folders) / at_most)
    packs = [folders[k::count] for k in range(count)]
    place, limit = _fresh(study / SLURM_NAME), minutes(options.time)
    executor = submitit.SlurmExecutor(place, max_num_timeout=MOST_REQUEUES)
    executor.update_parameters(
        job_name=f"mxval-{study.name}",
        time=limit,
        signal_delay_s=_notice_s(limit),
        array_parallelism=options.jobs_at_once,
        wckey=None,
        additional_parameters={**options.flags(), "requeue": True},
        srun_args=[f"--cpus-per-task={options.cpus_per_task or 1}"],  # Slurm's srun no longer asks sbatch
    )
    try:
        with executor.batch():
            jobs = [executor.submit(Work([f.absolute() for f in pack], limit)) for pack in packs]
        submission = Submission(
            submitted=provenance.now(),
            engine=engine,
            options=options.model_dump(exclude_none=True),
            jobs={job.job_id: tuple(f.name for f in pack) for job, pack in zip(jobs, packs, strict=True)},
        )
    except submitit.core.utils.FailedJobError as error:
        shutil.rmtree(place)
        said = [line for line in str(error).splitlines() if "error" in line] or [str(error)]
        raise SlurmError(f"nothing was submitted: {said[-1].strip()}") from None
    with storage_faults(place):
        fresh = place / f"{SUBMISSION_NAME}.new"
        fresh.write_text(submission.model_dump_json(indent=1) + "\n", encoding="utf-8")
        fresh.replace(place / SUBMISSION_NAME)
    return submission


def one_submits(study: Path) -> FileLock:
    """A lock: whoever submits runs of a study knows of all that was submitted before."""
    with storage_faults(study):
        (study / SLURM_NAME).mkdir(parents=True, exist_ok=True)
    return FileLock(study / SLURM_NAME / LOCK_NAME)


def _fresh(place: Path) -> Path:
    """A new folder of our own, in which nobody can have laid something for a job to load."""
    if place.is_symlink():
        raise InputError(f"{place}: is a link, and jobs are kept beside their runs; move it away")
    with storage_faults(place):
        place.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=time.strftime("%Y%m%d-%H%M%S-"), dir=place))


def submissions(study: Path) -> dict[Path, Submission]:
    """What was submitted of a study, by folder, the first first.

    Raises InputError if the account of one cannot be read.
    """
    found = {}
    for file in sorted((study / SLURM_NAME).glob(f"*/{SUBMISSION_NAME}")):
        try:
            found[file.parent] = Submission.model_validate_json(file.read_bytes())
        except (OSError, ValidationError) as error:
            why = str(error).splitlines()[0]
            raise InputError(f"{file}: is no account of a submission ({why}); move its folder away") from None
    return dict(sorted(found.items(), key=lambda item: item[1].submitted))


def jobs_of(study: Path, ask: Callable[[str], bool] = lambda name: True) -> dict[str, Job]:
    """The last job of each run that was submitted, by the name of the run's folder.

    Parameters
    ----------
    study : Path
        The folder of the study's runs.
    ask : callable
        Says by folder name whether the queue has to be asked for a run; of the others the state is None.
    """
    last: dict[str, tuple[str, Path]] = {}
    for place, submission in submissions(study).items():
        last |= {name: (job, place) for job, names in submission.jobs.items() for name in names}
    wanted = {name: job.split("_")[0] for name, (job, _) in last.items() if ask(name)}
    queue = _queue(sorted(set(wanted.values()))) if wanted else None
    found = {}
    for name, (job, place) in last.items():
        asked = queue if name in wanted else None
        state, reason = (None, "") if asked is None else asked.get(job, ("", ""))
        found[name] = Job(job, place / f"{job}_0_log.err", state, reason)
    return found


def _queue(jobs: Sequence[str]) -> Mapping[str, tuple[str, str]] | None:
    """State and reason of what is left of these jobs, by job; None where Slurm does not say."""
    try:
        lines = _ask_slurm(
            "squeue", "--noheader", "--array", f"--jobs={','.join(jobs)}", "--format=%F|%K|%T|%R"
        )
    except SlurmError:
        return None
    found = {}
    for line in lines.splitlines():
        array, index, state, reason = line.split("|", 3)
        found[f"{array}_{index}" if index.isdigit() else array] = (state, reason.strip("()"))
    return found


def _ask_slurm(*asked: str) -> str:
    """What a command of Slurm prints; nothing of a job that it has forgotten."""
    try:
        done = subprocess.run(
            asked, capture_output=True, text=True, timeout=PATIENCE_S, stdin=subprocess.DEVNULL
        )
    except FileNotFoundError:
        raise SlurmError(f"no {asked[0]} here; ask on a login node of the cluster") from None
    except subprocess.TimeoutExpired:
        raise SlurmError(f"{asked[0]} did not answer within {PATIENCE_S:g} s") from None
    if done.returncode and "Invalid job id" not in done.stderr:
        raise SlurmError(f"{asked[0]}: {' '.join(done.stderr.split())}")
    return done.stdout


def seen(found: Found, job: Job | None) -> Found:
    """What there is of a run, with what the queue says of its job."""
    if job is None or found.finished or found.state == "unreadable":
        return found
    before = f"; before that {found.state}: {found.note}" if found.state in ("failed", "interrupted") else ""
    if found.state == "running":
        return found._replace(note=f"{found.note}, in Slurm job {job.name}" if job.state else found.note)
    if job.state:
        why = f" ({job.reason})" if job.reason else ""
        return Found("queued", f"in Slurm job {job.name}, {job.state.lower()}{why}{before}", True)
    told = "has ended" if job.state == "" else "is not known here: squeue does not answer"
    note = f"{found.note}; " if found.note else ""
    note += f"Slurm job {job.name} {told}, "
    note += f"its log is {job.log}" if job.log.exists() else "and wrote no log"
    return Found(found.state, note, found.sound and job.state is None)
