"""The GPUs of this machine, as nvidia-smi tells them.

In: nothing. Out: Gpus with UUID, memory and use, MIG slices in place of the GPU they are cut from; whether an
MPS daemon lets several processes share one at the same time.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.inputs import InputError

ASK_SECONDS = 20.0
_QUERY = "index,uuid,name,memory.total,memory.used,utilization.gpu"
_GPU_LINE = re.compile(r"GPU (\d+): (.*) \(UUID: (GPU-[0-9a-fA-F-]+)\)\s*$")
_MIG_LINE = re.compile(r"\s+MIG (\S+)\s+Device\s+(\d+): \(UUID: (MIG-[\w/-]+)\)\s*$")
_SLICE_GB = re.compile(r"\.(\d+)gb")
MPS_PIPES = Path("/tmp/nvidia-mps")
"""Where an MPS daemon listens, unless CUDA_MPS_PIPE_DIRECTORY says otherwise."""
TIME_SLICED = "no MPS daemon runs, so processes on one GPU take turns"
SHARED = "an MPS daemon runs, so processes on one GPU compute at the same time"


@dataclass(frozen=True)
class Gpu:
    """A GPU, or a MIG slice of one."""

    name: str
    """``GPU 0``, or ``GPU 0 MIG 1``."""
    uuid: str | None
    """What CUDA_VISIBLE_DEVICES takes; None for the first that CUDA finds."""
    model: str = ""
    memory_MB: float | None = None


FIRST = Gpu("the first GPU", None)


@dataclass(frozen=True)
class Use:
    """What a GPU is doing at the moment."""

    busy_percent: float | None
    used_MB: float | None
    total_MB: float | None

    def words(self) -> str:
        """Use and memory.

        >>> Use(87.0, 3200.0, 81559.0).words()
        '87 % busy, 3.1 of 79.6 GB'
        """
        busy = "use not told" if self.busy_percent is None else f"{self.busy_percent:.0f} % busy"
        if self.used_MB is None or self.total_MB is None:
            return busy
        return f"{busy}, {self.used_MB / 1024:.1f} of {self.total_MB / 1024:.1f} GB"


def gpus() -> tuple[Gpu, ...]:
    """Every GPU and MIG slice that CUDA_VISIBLE_DEVICES leaves visible; none where nvidia-smi is silent.

    A GPU cut into slices cannot itself be used, so its slices stand in its place.
    """
    listed, told = _ask("-L"), _ask(f"--query-gpu={_QUERY}", "--format=csv,noheader,nounits")
    return visible(parsed(listed or "", told or ""), os.environ.get("CUDA_VISIBLE_DEVICES"))


def parsed(listed: str, told: str) -> tuple[Gpu, ...]:
    """The GPUs in the answers to ``nvidia-smi -L`` and to the query of their memory.

    >>> listed = "GPU 0: NVIDIA H100 (UUID: GPU-1b)\\n  MIG 1g.10gb     Device  0: (UUID: MIG-2c)\\n"
    >>> parsed(listed, "0, GPU-1b, NVIDIA H100, 81559, 4, 0")
    (Gpu(name='GPU 0 MIG 0', uuid='MIG-2c', model='NVIDIA H100 1g.10gb', memory_MB=10240.0),)
    """
    memory = {uuid: use.total_MB for uuid, use in _uses(told).items()}
    found: dict[str, list[Gpu]] = {}
    index, model = "", ""
    for line in listed.splitlines():
        if whole := _GPU_LINE.match(line):
            index, model, uuid = whole.groups()
            found[index] = [Gpu(f"GPU {index}", uuid, model, memory.get(uuid))]
        elif (piece := _MIG_LINE.match(line)) and index in found:
            profile, number, uuid = piece.groups()
            room = _SLICE_GB.search(profile)
            if found[index][0].name == f"GPU {index}":
                found[index] = []
            size_MB = float(room[1]) * 1024 if room else None
            found[index].append(Gpu(f"GPU {index} MIG {number}", uuid, f"{model} {profile}", size_MB))
    return tuple(gpu for group in found.values() for gpu in group)


def visible(found: Sequence[Gpu], mask: str | None) -> tuple[Gpu, ...]:
    """The GPUs that a value of CUDA_VISIBLE_DEVICES names, in its order; CUDA stops at the first wrong one.

    >>> two = (Gpu("GPU 0", "GPU-aa"), Gpu("GPU 1", "GPU-bb"))
    >>> [gpu.name for gpu in visible(two, "1,0")], [gpu.name for gpu in visible(two, "GPU-b")]
    (['GPU 1', 'GPU 0'], ['GPU 1'])
    """
    if mask is None:
        return tuple(found)
    chosen: list[Gpu] = []
    for word in map(str.strip, mask.split(",")):
        of = [
            gpu for gpu in found if word and (gpu.name == f"GPU {word}" or (gpu.uuid or "").startswith(word))
        ]
        if word.isdigit() and not of:  # a sliced GPU's number stands for its first slice
            of = [gpu for gpu in found if gpu.name.startswith(f"GPU {word} MIG")][:1]
        if len(of) != 1:
            break
        chosen += of
    return tuple(chosen)


def uses() -> Mapping[str, Use]:
    """What each GPU does now, by UUID; empty where nvidia-smi does not answer, and slices are not in it."""
    return _uses(_ask(f"--query-gpu={_QUERY}", "--format=csv,noheader,nounits") or "")


def chosen_gpus(asked: str, found: Sequence[Gpu]) -> tuple[Gpu, ...]:
    """The GPUs of a list such as ``0,1``, or all of them.

    Parameters
    ----------
    asked : str
        "all", or numbers counted among those found, with commas between.
    found : sequence of Gpu

    Raises
    ------
    InputError
        If there is none, or none of a number.
    """
    if not found:
        raise InputError(f"--gpus {asked}: no GPU is to be seen: {_why_none()}; or leave --gpus out")
    if asked == "all":
        return tuple(found)
    words = [word.strip() for word in asked.split(",")]
    if not all(word.isascii() and word.isdigit() and len(word) < 4 for word in words):
        raise InputError(f"--gpus {asked}: must be all, or numbers with commas between, such as 0,1")
    numbers = list(dict.fromkeys(map(int, words)))
    if wrong := [n for n in numbers if n >= len(found)]:
        have = "GPU 0 alone is" if len(found) == 1 else f"GPUs 0 to {len(found) - 1} are"
        raise InputError(f"--gpus {asked}: there is no GPU {wrong[0]}; {have} here ({found[0].model})")
    return tuple(found[n] for n in numbers)


def _why_none() -> str:
    """Why no GPU is seen, and what to do."""
    if shutil.which("nvidia-smi") is None:
        return (
            "nvidia-smi, which lists them, is not on the PATH; install NVIDIA's driver, or add the folder of "
            "nvidia-smi to PATH"
        )
    mask = os.environ.get("CUDA_VISIBLE_DEVICES")
    if mask is None or not parsed(_ask("-L") or "", ""):
        return "nvidia-smi lists none; run it by hand, then restart or mend the driver"
    return f"CUDA_VISIBLE_DEVICES={mask} hides every GPU; unset it"


def mps_runs() -> bool:
    """Whether an MPS control daemon listens here, so that processes can share a GPU without taking turns."""
    pipes = Path(os.environ.get("CUDA_MPS_PIPE_DIRECTORY") or MPS_PIPES)
    try:
        number = int((pipes / "nvidia-cuda-mps-control.pid").read_text())
        return (pipes / "control").exists() and Path(f"/proc/{number}").exists()
    except (OSError, ValueError):
        return False


def sharing() -> str:
    """How processes share a GPU here, in words."""
    return SHARED if mps_runs() else TIME_SLICED


def _uses(told: str) -> dict[str, Use]:
    found = {}
    for line in told.splitlines():
        words = [word.strip() for word in line.split(",")]
        if len(words) == 6:
            total, used, busy = (_number(word) for word in words[3:])
            found[words[1]] = Use(busy, used, total)
    return found


def _number(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:  # [N/A], as a sliced GPU answers
        return None


def _ask(*arguments: str) -> str | None:
    """What nvidia-smi prints; None if it is not there, fails, or takes too long."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return None
    try:
        done = subprocess.run(
            [program, *arguments],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=ASK_SECONDS,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout if done.returncode == 0 else None
