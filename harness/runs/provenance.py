"""Where and with what a run was made.

In: nothing. Out: versions, host and time as JSON values for a run's manifest.
"""

import os
import platform
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

import harness

NUMERICS = ("numpy", "scipy", "numba", "pandas")
PACKAGES = (*NUMERICS, "jinja2", "pydantic", "lmfit", "tree-sitter", "tree-sitter-go")


def versions() -> dict[str, str | None]:
    """Versions of this package, of Python and of the packages results pass through."""
    return dict(_versions())


@cache
def _versions() -> dict[str, str | None]:
    own = {"mxval": harness.__version__, "python": platform.python_version()}
    return own | {package: _version(package) for package in PACKAGES}


def host() -> dict[str, Any]:
    """The machine, as far as it bears on results and times."""
    return dict(_host())


@cache
def _host() -> dict[str, Any]:
    return {
        "name": platform.node(),
        "system": platform.platform(),
        "machine": platform.machine(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_GB": round(psutil.virtual_memory().total / 1e9, 1),
    }


def now() -> str:
    """The time in UTC, ISO 8601 to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _processor() -> str | None:
    """The processor's name, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor() or None
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), None)


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
