"""What of this machine a study's runs may use: cores, GPUs, and how many processes on each.

In: what the user allows. Out: a Share, checked against what is here.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.engines.gpus import Gpu, chosen_gpus
from harness.inputs import InputError

AUTO = "auto"
MOST_PER_GPU = 64
"""Processes on one GPU that anybody may ask for."""
CGROUPS = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Share:
    """The part of a machine that runs may use at the same time."""

    cores: int = 1
    gpus: tuple[Gpu, ...] = ()
    per_gpu: int | None = 1
    """Processes on a GPU; None where that is to be measured."""

    def lanes(self, engine: str, n_cases: int) -> int:
        """How many of that many cases run at the same time, before anything is measured."""
        most = len(self.gpus) * (self.per_gpu or 1) if engine == "mumax3" and self.gpus else self.cores
        return max(1, min(most, n_cases))

    def several(self, engines: Sequence[str]) -> bool:
        """Whether worker processes pay for runs of these engines: several at a time, or on chosen GPUs."""
        on_gpu = sum(name == "mumax3" for name in engines)
        on_cpu = len(engines) - on_gpu
        return bool(on_gpu and self.gpus) or min(self.cores, on_cpu) > 1

    def words(self, engine: str, n_cases: int) -> str:
        """Who runs, in words.

        >>> Share(cores=2).words("cpu", 20)
        '2 processes on 2 cores'
        """
        if engine == "mumax3":
            names = ", ".join(gpu.name for gpu in self.gpus) or "one GPU"
            each = "as many processes on each as pay" if self.per_gpu is None else f"{self.per_gpu} on each"
            return f"{names}, {each}"
        n = self.lanes(engine, n_cases)
        return f"{n} process{'es' * (n > 1)} on {self.cores} core{'s' * (self.cores > 1)}"


def share(cpus: str = AUTO, gpus: str | None = None, per_gpu: str = AUTO, *, found: Sequence[Gpu]) -> Share:
    """The share that three options ask for.

    Parameters
    ----------
    cpus : str
        A number of cores, or "auto" for all that this process may use.
    gpus : str, optional
        "all", or numbers with commas; if not given, those of ``per_gpu`` are on the first.
    per_gpu : str
        Processes on each GPU, or "auto" for as many as pay, measured.
    found : sequence of Gpu
        Those that are here.

    Raises
    ------
    InputError
        If a value is none of these, or more than there is.
    """
    have = usable_cores()
    cores = have if cpus == AUTO else _count("--cpus", cpus, have, f"auto, or 1 to {have} here")
    each = None
    if per_gpu != AUTO:
        each = _count("--per-gpu", per_gpu, MOST_PER_GPU, f"auto, or 1 to {MOST_PER_GPU}")
    if gpus is None and each is None:
        return Share(cores)
    return Share(cores, chosen_gpus(gpus or "0", found), each)


def usable_cores() -> int:
    """Cores that this process may keep busy: by its affinity, and by the quota of its control group."""
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(affinity, *quota)) if (quota := [q for q in _quotas() if q]) else max(1, affinity)


def _quotas() -> list[int]:
    """Whole cores of the control group's quota, in either version of control groups; 0 where it has none."""
    return [
        _whole_cores(_text(CGROUPS / "cpu.max")),
        _whole_cores(
            f"{_text(CGROUPS / 'cpu' / 'cpu.cfs_quota_us')} {_text(CGROUPS / 'cpu' / 'cpu.cfs_period_us')}"
        ),
    ]


def _whole_cores(text: str) -> int:
    """Cores of a quota and its period in microseconds.

    >>> _whole_cores("150000 100000"), _whole_cores("max 100000"), _whole_cores("-1 100000")
    (1, 0, 0)
    """
    words = text.split()
    if len(words) != 2 or not all(word.isdigit() for word in words) or not int(words[1]):
        return 0
    return max(1, int(words[0]) // int(words[1]))


def _text(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:  # no such control group here
        return ""


def _count(option: str, text: str, most: int, allowed: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 7 and 1 <= int(text) <= most):
        raise InputError(f"{option} {text}: must be {allowed}")
    return int(text)
