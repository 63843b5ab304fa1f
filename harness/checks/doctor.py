"""What works on this machine, and what to do about the rest.

In: the folder for runs. Out: findings, one a thing: ok, absent (mxval works without it) or broken.
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
from typing import Literal

from harness.engines.base import EngineError
from harness.engines.mumax3.program import MuMax3
from harness.engines.mumax3.versions import version_remark
from harness.runs import provenance
from harness.runs.table import read_table

Status = Literal["ok", "absent", "broken"]

LITTLE_ROOM_BYTES = 1e9
ASK_SECONDS = 20
SMOKE_SCRIPT = """SetGridSize(8, 8, 8)
SetCellSize(2e-9, 2e-9, 2e-9)
SetGeom(Ellipsoid(16e-9, 16e-9, 16e-9))
Msat = 1.7e6
Aex = 1e-11
Ku1 = 4.8e4
anisU = vector(0, 0, 1)
m = uniform(0.1, 0, 1)
relax()
tableSave()
expect("m_z", m.comp(2).average(), 1, 1e-3)
"""
"""A small sphere turns to its easy axis: geometry, all field terms, relax and the table in one second."""


@dataclass(frozen=True)
class Finding:
    """One thing looked at.

    Attributes
    ----------
    name : what.
    status : ok, absent (not needed), or broken.
    found : what is there.
    remedy : what to do; empty if nothing.
    """

    name: str
    status: Status
    found: str
    remedy: str = ""


def examine(runs: Path) -> tuple[Finding, ...]:
    """Look at everything mxval runs on."""
    mumax3 = MuMax3()
    gpu = _gpu()
    host = provenance.host()
    return (
        *_packages(),
        Finding("CPU engine", "ok", f"{host['cores']} cores, {host['memory_GB']} GB of memory"),
        gpu,
        *_mumax3(mumax3, gpu),
        _disk(runs),
    )


def _gpu() -> Finding:
    """GPU and driver as nvidia-smi tells them."""
    remedy = "no need for the CPU engine; for MuMax3 take a machine with an NVIDIA GPU and its driver"
    if shutil.which("nvidia-smi") is None:
        return Finding("GPU and driver", "absent", "no nvidia-smi", remedy)
    query = [
        "nvidia-smi",
        "--query-gpu=name,memory.total,driver_version,compute_cap",
        "--format=csv,noheader",
    ]
    told = _ask(query)
    if told is None:
        return Finding(
            "GPU and driver",
            "broken",
            "nvidia-smi fails",
            "run nvidia-smi by hand; reload the driver or restart",
        )
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    shown = "; ".join(told.splitlines()) + (
        f" (CUDA_VISIBLE_DEVICES={visible})" if visible is not None else ""
    )
    if visible in ("", "-1"):
        return Finding("GPU and driver", "broken", shown, "CUDA_VISIBLE_DEVICES hides every GPU; unset it")
    return Finding("GPU and driver", "ok", shown)


def _mumax3(mumax3: MuMax3, gpu: Finding) -> Iterator[Finding]:
    """The program, its libraries, its start, and a short script."""
    program = mumax3.program
    if program is None:
        yield Finding(
            "MuMax3", "absent", f"no program {mumax3.binary}", "set MUMAX3 to the binary or put it on PATH"
        )
        return
    version = mumax3.version()
    remark = version_remark(version)
    if version is None:
        doubt = f"{program} does not tell a version of MuMax3"
        yield Finding("MuMax3", "broken", doubt, "set MUMAX3 to MuMax3's own binary, or unset it")
    else:
        yield Finding("MuMax3", "ok", f"{version} at {program}", remark or "")
    if missing := _missing_libraries(program):
        yield Finding(
            "MuMax3's libraries",
            "absent" if gpu.status == "absent" else "broken",
            f"not found: {', '.join(missing)}",
            "libcuda comes with the NVIDIA driver; the others lie in MuMax3's own lib folder: "
            "put it on LD_LIBRARY_PATH",
        )
    if reason := mumax3.unavailable():
        what, _, remedy = reason.partition("; ")
        yield Finding("MuMax3 starts", "absent" if gpu.status == "absent" else "broken", what, remedy)
        return
    yield Finding("MuMax3 starts", "ok", mumax3.gpu() or "yes")
    yield _smoke(mumax3)


def _smoke(mumax3: MuMax3) -> Finding:
    with tempfile.TemporaryDirectory(prefix="mxval-doctor-") as name:
        script = Path(name) / "smoke.mx3"
        script.write_text(SMOKE_SCRIPT, encoding="utf-8")
        out = Path(name) / "out"
        try:
            mumax3.run(script, out, {})
            read_table(out / "table.txt")
        except EngineError as error:
            return Finding(
                "MuMax3 runs a script", "broken", str(error), "see docs/mumax3.md for this message"
            )
    return Finding("MuMax3 runs a script", "ok", "a relaxed sphere, as expected")


def _disk(runs: Path) -> Finding:
    """Room and rights where the runs go."""
    place = next(folder for folder in (runs.absolute(), *runs.absolute().parents) if folder.exists())
    try:
        with tempfile.NamedTemporaryFile(prefix=".mxval-doctor-", dir=place):
            pass
    except OSError as error:
        return Finding("disk", "broken", f"{place}: {error.strerror}", "choose another folder with --runs")
    free = shutil.disk_usage(place).free
    found = f"{free / 1e9:.3g} GB free at {place}"
    if free < LITTLE_ROOM_BYTES:
        return Finding("disk", "broken", found, "make room, or choose another folder with --runs")
    return Finding("disk", "ok", found)


def _packages() -> Iterator[Finding]:
    versions = provenance.versions()
    missing = [name for name, version in versions.items() if version is None]
    found = ", ".join(f"{name} {version}" for name, version in versions.items() if version)
    if missing:
        yield Finding("versions", "broken", f"missing: {', '.join(missing)}", "install mxval again with pip")
    yield Finding("versions", "ok", found)


def _missing_libraries(program: Path) -> list[str]:
    """Libraries the dynamic loader does not find for a program."""
    told = _ask(["ldd", str(program)]) or ""
    return [line.split()[0] for line in told.splitlines() if "not found" in line and "=>" in line]


def _ask(command: list[str]) -> str | None:
    """What a program prints; None if it is not there, fails, or takes too long."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=ASK_SECONDS,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
