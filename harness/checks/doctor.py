"""What works on this machine, and what to do about the rest.

In: the folder for runs. Out: checkups, one a thing: ok, absent (mxval works without it) or broken.
Looks only: nothing is installed, no setting is changed; where MuMax3 can run, it runs a script of one second.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from harness.engines.base import EngineError
from harness.engines.gpus import gpus, mps_runs, sharing
from harness.engines.mumax3.mps import mps_program
from harness.engines.mumax3.program import MuMax3
from harness.engines.mumax3.versions import version_remark
from harness.runs import provenance
from harness.runs.slots import usable_cores
from harness.runs.table import read_table

Status = Literal["ok", "absent", "broken"]

LITTLE_ROOM_BYTES = 1e9
ASK_SECONDS = 20
SMOKE_SCRIPT = """SetGridSize(8, 8, 8)
SetCellSize(2e-9, 2e-9, 2e-9)
SetGeom(Ellipsoid(16e-9, 16e-9, 16e-9))
Msat = 1e6
Aex = 1e-11
Ku1 = 5e4
anisU = vector(0, 0, 1)
m = uniform(0.1, 0, 1)
relax()
tableSave()
expect("m_z", m.comp(2).average(), 1, 1e-3)
"""
"""A small sphere turns to its easy axis: geometry, all field terms, relax and the table in one second."""
GPU_QUERY = "--query-gpu=name,memory.total,driver_version,compute_cap"


@dataclass(frozen=True)
class Checkup:
    """One thing looked at."""

    name: str
    status: Status
    """ok, absent (not needed), or broken."""
    found: str
    """What is there."""
    remedy: str = ""
    """What to do; empty if nothing."""


def examine(runs: Path) -> tuple[Checkup, ...]:
    """Look at Python packages, CPU engine, GPU, MuMax3, disk.

    Parameters
    ----------
    runs : Path
        The folder for runs; it need not be there yet.
    """
    mumax3, host = MuMax3(), provenance.host()
    gpu = _gpu(mumax3)
    cores = f"{usable_cores()} of {host['cores']} cores for it, {host['memory_GB']} GB of memory"
    cpu = Checkup("CPU engine", "ok", cores)
    return (*_packages(), cpu, gpu, *_sharing(gpu), *_mumax3(mumax3, gpu), _disk(runs))


def _gpu(mumax3: MuMax3) -> Checkup:
    """GPU and driver as nvidia-smi tells them; where it is not there, as MuMax3 does."""
    name = "GPU and driver"
    if shutil.which("nvidia-smi") is None and mumax3.unavailable() is None:
        return Checkup(name, "ok", f"{mumax3.gpu() or 'one'}, as MuMax3 starts on it; no nvidia-smi")
    if shutil.which("nvidia-smi") is None:
        remedy = "no need for the CPU engine; for MuMax3 take a machine with an NVIDIA GPU and its driver"
        return Checkup(name, "absent", "no nvidia-smi", remedy)
    answer = _ask(["nvidia-smi", GPU_QUERY, "--format=csv,noheader"])
    if answer is None:
        remedy = "run nvidia-smi by hand; reload the driver or restart"
        return Checkup(name, "broken", "nvidia-smi fails", remedy)
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    shown = "; ".join(answer.splitlines())
    if visible is not None:
        shown += f" (CUDA_VISIBLE_DEVICES={visible})"
    if visible is not None and not gpus():
        return Checkup(name, "broken", shown, "CUDA_VISIBLE_DEVICES hides every GPU; unset it")
    return Checkup(name, "ok", shown)


def _sharing(gpu: Checkup) -> Iterator[Checkup]:
    """How several processes would share a GPU."""
    if gpu.status == "ok":
        remedy = ""
        if not mps_runs():
            found = "mxval starts one with --gpus" if mps_program() else "here is no nvidia-cuda-mps-control"
            remedy = f"small particles need one to share a GPU: {found}"
        yield Checkup("several processes on a GPU", "ok", sharing(), remedy)


def _mumax3(mumax3: MuMax3, gpu: Checkup) -> Iterator[Checkup]:
    """The program, its libraries, its start, and a short script."""
    program = mumax3.program
    if program is None:
        remedy = "set MUMAX3 to the binary or put it on PATH"
        yield Checkup("MuMax3", "absent", f"no program {mumax3.binary}", remedy)
        return
    unusable: Status = "absent" if gpu.status == "absent" else "broken"
    if version := mumax3.version():
        yield Checkup("MuMax3", "ok", f"{version} at {program}", version_remark(version) or "")
    elif _is_script(program):
        doubt = f"{program} is a script that did not start MuMax3, so its version cannot be told"
        remedy = "run it by hand with -test; where a module system made it, load what the module needs"
        yield Checkup("MuMax3", unusable, doubt, remedy)
    else:
        doubt = f"{program} does not tell a version of MuMax3"
        yield Checkup("MuMax3", "broken", doubt, "set MUMAX3 to MuMax3's own binary, or unset it")
    if missing := _missing_libraries(program):
        remedy = (
            "libcuda comes with the NVIDIA driver; the others lie in MuMax3's own lib folder: "
            "put it on LD_LIBRARY_PATH"
        )
        yield Checkup("MuMax3's libraries", unusable, f"not found: {', '.join(missing)}", remedy)
    if reason := mumax3.unavailable():
        what, _, remedy = reason.partition("; ")
        yield Checkup("MuMax3 starts", unusable, what, remedy)
        return
    yield Checkup("MuMax3 starts", "ok", mumax3.gpu() or "yes")
    yield _smoke(mumax3)


def _smoke(mumax3: MuMax3) -> Checkup:
    name = "MuMax3 runs a script"
    with tempfile.TemporaryDirectory(prefix="mxval-doctor-") as folder:
        script, out = Path(folder) / "smoke.mx3", Path(folder) / "out"
        script.write_text(SMOKE_SCRIPT, encoding="utf-8")
        try:
            mumax3.run(script, out, {})
            read_table(out / "table.txt")
        except EngineError as error:
            return Checkup(name, "broken", str(error), "see docs/mumax3.md for this message")
    return Checkup(name, "ok", "a relaxed sphere, as expected")


def _disk(runs: Path) -> Checkup:
    """Room and rights where the runs go."""
    place = next(folder for folder in (runs.absolute(), *runs.absolute().parents) if folder.exists())
    try:
        with tempfile.NamedTemporaryFile(prefix=".mxval-doctor-", dir=place):
            pass
    except OSError as error:
        return Checkup("disk", "broken", f"{place}: {error.strerror}", "choose another folder with --runs")
    free = shutil.disk_usage(place).free
    found = f"{free / 1e9:.3g} GB free at {place}"
    if free < LITTLE_ROOM_BYTES:
        return Checkup("disk", "broken", found, "make room, or choose another folder with --runs")
    return Checkup("disk", "ok", found)


def _packages() -> Iterator[Checkup]:
    versions = provenance.versions()
    missing = [name for name, version in versions.items() if version is None]
    found = ", ".join(f"{name} {version}" for name, version in versions.items() if version)
    if missing:
        yield Checkup("versions", "broken", f"missing: {', '.join(missing)}", "install mxval again with pip")
    yield Checkup("versions", "ok", found)


def _is_script(program: Path) -> bool:
    """Whether a program is a wrapper, as module systems make them."""
    with program.open("rb") as stream:
        return stream.read(2) == b"#!"


def _missing_libraries(program: Path) -> list[str]:
    """Libraries the dynamic loader does not find for a program."""
    answer = _ask(["ldd", str(program)]) or ""
    return [line.split()[0] for line in answer.splitlines() if "not found" in line and "=>" in line]


def _ask(command: list[str]) -> str | None:
    """What a program prints; None if it is not there, fails, or takes too long."""
    quiet: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "errors": "replace"}
    try:
        return subprocess.check_output(command, timeout=ASK_SECONDS, **quiet).strip()
    except (OSError, subprocess.SubprocessError):
        return None
