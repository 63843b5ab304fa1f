"""What to ask Slurm for, as given on the command line.

In: text such as partition=gpu,gres=gpu:1,time=2:00:00. Out: SlurmOptions, each checked, none of them shell.
"""

from __future__ import annotations

import math
import re
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from harness.inputs import InputError, StrictModel, checked

EXAMPLE = "partition=gpu,gres=gpu:1,time=2:00:00"
_TIMES = (
    r"(?P<m>\d+)(:(?P<s>\d+))?",
    r"(?P<h>\d+):(?P<m>\d+):(?P<s>\d+)",
    r"(?P<d>\d+)-(?P<h>\d+)(:(?P<m>\d+)(:(?P<s>\d+))?)?",
)
_SECONDS = {"d": 86400, "h": 3600, "m": 60, "s": 1}


def _of_form(form: str, words: str) -> AfterValidator:
    """Checks a text as a whole."""

    def check(text: str) -> str:
        if not re.fullmatch(form, text, re.ASCII):
            raise ValueError(f"must be {words}")
        return text

    return AfterValidator(check)


def minutes(text: str) -> int:
    """A time as Slurm writes it, in whole minutes, rounded up.

    >>> minutes("90"), minutes("2:00:00"), minutes("1-12"), minutes("0:30")
    (90, 120, 2160, 1)
    """
    found = next((m for form in _TIMES if (m := re.fullmatch(form, text, re.ASCII))), None)
    seconds = sum(int(v or 0) * _SECONDS[k] for k, v in found.groupdict().items()) if found else 0
    if not 0 < seconds <= 366 * 86400:
        raise ValueError("must be a time up to a year: minutes, hours:minutes:seconds or days-hours")
    return math.ceil(seconds / 60)


def _time(text: str) -> str:
    minutes(text)
    return text


Word = Annotated[str, _of_form(r"[\w.+@-]+", "a name of letters, digits and . _ + @ -")]
Words = Annotated[
    str, _of_form(r"[\w.+@:-]+(,[\w.+@:-]+)*", "names of letters, digits and . _ + @ : -, with commas")
]
Size = Annotated[str, _of_form(r"\d+[KMGT]?B?", "a size such as 4000M or 8G")]
Time = Annotated[str, AfterValidator(_time)]


class SlurmOptions(StrictModel):
    """What to ask Slurm for, by sbatch's own names, and how many runs to put into a job."""

    time: Time
    """longest time of a job, as Slurm writes it"""
    partition: Words | None = None
    """where to run"""
    account: Word | None = None
    """who pays"""
    qos: Word | None = None
    """quality of service"""
    reservation: Word | None = None
    """a reservation to run in"""
    gres: Words | None = None
    """generic resources such as gpu:1"""
    gpus: Words | None = None
    """GPUs of a job"""
    cpus_per_task: int | None = Field(None, ge=1, le=1024)
    """cores of a job"""
    mem: Size | None = None
    """memory of a job"""
    mem_per_cpu: Size | None = None
    """memory for each core"""
    constraint: Words | None = None
    """features of the node"""
    nodelist: Words | None = None
    """nodes to take"""
    exclude: Words | None = None
    """nodes not to take"""
    nice: int | None = Field(None, ge=0, le=2_000_000_000)
    """how far to stand back"""
    cases_per_job: int | None = Field(None, ge=1, le=10_000)
    """runs of a job; if not given, one for each core, and as many as make 100 jobs"""
    jobs_at_once: int = Field(256, ge=1, le=10_000)
    """jobs of the array that may run at the same time"""

    @property
    def wants_gpu(self) -> bool:
        """Whether a job gets a GPU."""
        return bool(self.gpus) or "gpu" in re.split("[:,=]", self.gres or "")

    def flags(self) -> dict[str, str | int]:
        """sbatch's options by their names, the time aside."""
        ours = {"time", "cases_per_job", "jobs_at_once"}
        given = self.model_dump(exclude=ours, exclude_none=True)
        return {name.replace("_", "-"): value for name, value in given.items()}


def slurm_options(text: str) -> SlurmOptions:
    """Options as given on the command line.

    Parameters
    ----------
    text : str
        key=value with commas between; a part without = goes on with the value before it.

    Raises
    ------
    InputError
        With key, value and what is allowed.

    Examples
    --------
    >>> slurm_options("partition=gpu,gres=gpu:1,time=2:00:00").flags()
    {'partition': 'gpu', 'gres': 'gpu:1'}
    """
    values: dict[str, Any] = {}
    key = ""
    for part in text.split(","):
        name, given, value = part.partition("=")
        if given:
            key = name.strip().lstrip("-").replace("-", "_")
            if key in values:
                raise InputError(f"--slurm: {key}: given twice")
            values[key] = value.strip()
        elif key:
            values[key] += f",{part.strip()}"
        else:
            raise InputError(f"--slurm {text!r}: must be key=value with commas, such as {EXAMPLE}")
    whole = ("cpus_per_task", "nice", "cases_per_job", "jobs_at_once")
    values |= {k: int(values[k]) for k in whole if re.fullmatch(r"\d{1,12}", values.get(k, ""), re.ASCII)}
    return checked(SlurmOptions, values, source="--slurm")
