"""A run folder read back as it stands.

In: a folder with run.json and out/. Out: what was asked for, how it was run, and the analysed result.
Folders may come from strangers: everything in run.json is checked as a study file is, and names no path.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.engines.base import EngineError, OutputInvalid
from harness.runs.folder import MANIFEST_NAME, RunFolder, State
from harness.runs.output import read_loop
from harness.runs.states import require_states
from harness.study.study import Case, Study

if TYPE_CHECKING:
    from harness.analysis.result import CaseResult

MAX_MANIFEST_BYTES = 10_000_000

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class NotARun(EngineError):
    """The folder holds no run of this program, or not one that ended well."""


class RunRecord(BaseModel):
    """What run.json says, as far as a repetition needs it."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    state: State
    hash: Sha256
    study: Study
    case: Case
    engine: Literal["cpu", "mumax3"]
    engine_version: str | None = None
    options: dict[str, str | bool | int | float | None]
    script: Annotated[str, Field(max_length=1_000_000)]
    masks: dict[str, Sha256]


def read_case(case: Case, folder: Path, manifest: Mapping[str, Any]) -> CaseResult:
    """Read a run's output, check it against what was asked for, and analyse it.

    Raises
    ------
    OutputInvalid
        One of its kinds, at the first file that is missing, cut short, foreign or spoilt.
    """
    from harness.analysis.result import analyse_case
    from harness.analysis.vortex import FitError

    loop = read_loop(folder / "out", case.field_values_T, case.direction)
    require_states(loop, case)
    try:
        return analyse_case(case, loop, folder, manifest)
    except FitError as error:
        raise OutputInvalid(f"{folder / 'out'}: a saved state cannot be fitted: {error}") from error


def run_record(folder: Path) -> RunRecord:
    """What run.json in this folder says.

    Raises
    ------
    NotARun
        If there is none, or it is not one of this program's.
    """
    file = folder / MANIFEST_NAME
    try:
        if file.stat().st_size > MAX_MANIFEST_BYTES:
            raise NotARun(f"{file}: too large to be a run's; give the folder of a run")
        return RunRecord.model_validate(json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise NotARun(f"{folder}: holds no {MANIFEST_NAME}; give the folder of a run") from None
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        where = ".".join(map(str, problem["loc"]))
        raise NotARun(f"{file}: {where}: {problem['msg']}; it is not of a run of this program") from None
    except (OSError, ValueError) as error:
        raise NotARun(f"{file}: cannot be read ({error}); give the folder of a run") from None


def reopen(folder: Path) -> CaseResult:
    """The result of a finished run, from its folder alone.

    Raises
    ------
    NotARun
        If the folder holds no finished run.
    OutputInvalid
        One of its kinds, if its output is not as the run left it.
    """
    record = run_record(folder)
    if record.state != "done":
        raise NotARun(f"{folder}: the run is {record.state}, not done; finish it first with mxval run")
    kept = RunFolder(folder, record.hash)
    kept.check_outputs()
    return read_case(record.case, folder, kept.manifest())
