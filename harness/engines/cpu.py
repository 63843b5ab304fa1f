"""The embedded CPU engine as an engine among others.

In: a script and an output folder. Out: MuMax3's folder, written by harness.mx3 in this process.
Its errors are the engines' own; what a study can do about one is added here.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from harness import __version__
from harness.engines.base import (
    EngineRun,
    NotConverged,
    OnProgress,
    OutputError,
    storage_error,
    storage_faults,
)
from harness.mx3.options import FAITHFUL, Options

RESULTS_REVISION = 4
"""Raised by hand whenever a change makes the engine's numbers different; runs are then done anew."""

FLOAT_DTYPES = {"double": "float64", "single": "float32"}

MOST_WARNINGS = 5
"""Warnings of one run that are passed on: a bad loop warns at every field."""


class CpuEngine:
    """Runs scripts with the embedded finite-difference engine."""

    name = "cpu"
    revision = RESULTS_REVISION

    def version(self) -> str | None:
        """Version of this package."""
        return __version__

    def unavailable(self, slot: int = 0) -> str | None:
        """Never: it needs nothing but this package."""
        return None

    def options(
        self,
        tolerance_T: float,
        algorithm: str = "fast",
        precision: str = "double",
        demag: str = "newell",
        leave_saddles: bool = False,
        surface: str = "cells",
    ) -> dict[str, Any]:
        """The embedded engine's options with these choices; the last three where they are not the usual."""
        dtype = FLOAT_DTYPES[precision]
        options = asdict(
            Options(
                tolerance_T=tolerance_T,
                float_dtype=dtype,
                demag=demag,
                leave_saddles=leave_saddles,
                surface=surface,
            )
        )
        for name in (
            "demag",
            "leave_saddles",
            "surface",
        ):  # identities count options, and these are younger than runs
            if options[name] == getattr(Options, name):
                del options[name]
        return options | (FAITHFUL if algorithm == "faithful" else {})

    def run(
        self,
        script: Path,
        out: Path,
        options: Mapping[str, Any],
        *,
        slot: int = 0,
        overwrite: bool = False,
        certify: bool = False,
        on_progress: OnProgress | None = None,
        on_log: Callable[[str], None] | None = None,
    ) -> EngineRun:
        """Run a script in this process; see :class:`harness.engines.base.Engine`.

        on_log gets the log; with certify the details say of each search what it found.
        """
        from harness.mx3.run import run_script  # with a parser and a compiler behind it

        try:
            with storage_faults(out):
                chosen = Options(**options)
                summary = run_script(
                    *(script, out),
                    options=chosen,
                    overwrite=overwrite,
                    certify=certify,
                    on_progress=on_progress,
                    on_log=on_log,
                )
        except NotConverged as error:
            raise NotConverged(f"{error}; raise solver.tolerance_T, or take smaller field steps") from error
        except OutputError as error:
            if isinstance(refused := error.__cause__, OSError):
                raise storage_error(refused, out) from error
            raise
        names = ("rows", "algorithm", "float_dtype", "searches", "residual_T", "field_evaluations")
        details = {name: getattr(summary, name) for name in names}
        details |= {"found": [asdict(found) for found in summary.found]} if certify else {}
        warnings = summary.warnings
        if (rest := len(warnings) - MOST_WARNINGS) > 0:
            warnings = (*warnings[:MOST_WARNINGS], f"{rest} more warnings in log.txt")
        return EngineRun(self.name, self.version(), warnings, details)
