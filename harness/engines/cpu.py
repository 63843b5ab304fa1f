"""The embedded CPU engine as an engine among others.

In: a script and an output folder. Out: MuMax3's folder, written by harness.mx3 in this process.
Translates the embedded engine's errors into the harness's own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from harness.engines.base import CheckFailed, EngineRun, NotConverged, OnProgress, OutputInvalid, ScriptError
from harness.engines.storage import storage_error, storage_faults

RESULTS_REVISION = 3
"""Raised by hand whenever a change makes the engine's numbers different; runs are then done anew."""

MOST_WARNINGS = 5
"""Warnings of one run that are passed on."""


class CpuEngine:
    """Runs scripts with the embedded finite-difference engine."""

    name = "cpu"
    revision = RESULTS_REVISION

    def version(self) -> str | None:
        """Version of this package."""
        from harness import __version__

        return __version__

    def unavailable(self) -> str | None:
        """Never: it needs nothing but this package."""
        return None

    def options(self, tolerance_T: float) -> dict[str, Any]:
        """The embedded engine's options with this tolerance."""
        from dataclasses import asdict

        from harness.mx3 import Options

        return asdict(Options(tolerance_T=tolerance_T))

    def run(
        self,
        script: Path,
        out: Path,
        options: Mapping[str, Any],
        *,
        slot: int = 0,
        overwrite: bool = False,
        on_progress: OnProgress | None = None,
        on_log: Callable[[str], None] | None = None,
    ) -> EngineRun:
        """Run a script in this process; see :class:`harness.engines.base.Engine`. on_log gets the log."""
        from harness import mx3
        from harness.mx3 import errors

        try:
            with storage_faults(out):
                told = mx3.run_script(
                    script,
                    out,
                    options=mx3.Options(**options),
                    overwrite=overwrite,
                    on_progress=on_progress,
                    on_log=on_log,
                )
        except errors.ExpectationFailed as error:
            raise CheckFailed(f"script {error}") from error
        except errors.ScriptError as error:
            raise ScriptError(error.line, error.message) from error
        except errors.ConvergenceError as error:
            raise NotConverged(f"{error}; raise solver.tolerance_T, or take smaller field steps") from error
        except errors.OutputError as error:
            if isinstance(refused := error.__context__, OSError):
                raise storage_error(refused, out) from error
            raise OutputInvalid(str(error)) from error
        details = {
            "rows": told.rows,
            "algorithm": told.algorithm,
            "float_dtype": told.float_dtype,
            "searches": told.searches,
            "residual_T": told.residual_T,
            "field_evaluations": told.field_evaluations,
        }
        return EngineRun(self.name, self.version(), _first(told.warnings), details)


def _first(warnings: tuple[str, ...]) -> tuple[str, ...]:
    """The first warnings, and how many more there are: a bad loop warns at every field."""
    rest = len(warnings) - MOST_WARNINGS
    return (*warnings[:MOST_WARNINGS], f"{rest} more warnings in log.txt") if rest > 0 else warnings
