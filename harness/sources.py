"""Loops that others ran: imported as runs, opened, and set beside the continuum several at a time.

In: folders of MuMax3, OOMMF or any program with a table; run folders. Out: run folders, a CaseResult, a
SourceTable and its page.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.engines.base import storage_faults
from harness.inputs import InputError
from harness.pipeline import OnStep, open_run
from harness.runs.folder import RUNS
from harness.runs.record import RECORD_NAME

if TYPE_CHECKING:
    from harness.analysis.result import CaseResult
    from harness.comparison.sources import SourceTable
    from harness.runs.foreign.output import ForeignOutput
    from harness.runs.foreign.told import Told
    from harness.runs.imported import Import


def open_folder(
    path: str | Path,
    *,
    radius_nm: float | None = None,
    material: str | None = None,
    runs: str | Path = RUNS,
    script: str | Path | None = None,
    name: str | None = None,
    **told: Any,
) -> CaseResult:
    """A loop that MuMax3, OOMMF or any other program left, imported as a run, read and analysed.

    The folder itself is only read. A run of this program is opened as it is.

    Parameters
    ----------
    path : str or Path
        The folder of an output, or the file of a table.
    radius_nm : float, optional
        Radius of the sphere, nm; by default the script's.
    material : str, optional
        Name of a known material; by default that of the script's numbers.
    runs : str or Path
        Folder below which the run folder is made, in ``imported``.
    script : str or Path, optional
        The MuMax3 script that ran it, where it does not lie beside it.
    name : str, optional
        What the loop is called; its folder's name by default.
    **told
        Other fields of `harness.runs.foreign.told.Told`: ``numbers`` (Ms_A_per_m, A_J_per_m, Ku_J_per_m3),
        ``axis``, ``cell_nm``, ``field_column``, ``field_direction``, ``full_moment``, ``fields_T``.

    Returns
    -------
    CaseResult
        As `open_run`; its record's details say what was inferred, and where from, its `doubts` what looks
        mistaken.

    Warns
    -----
    UserWarning
        Of what takes all trust from the loop, as the report's head does.

    Raises
    ------
    InputError
        If something is missing, in a line that names it; or if the folder holds no loop.
    """
    from harness.runs.foreign.told import DISBELIEVE, Told  # the script language comes with it

    asked = Told.checked(radius_nm=radius_nm, material=material, **told)
    try:
        (imported,) = import_folders([Path(path)], asked, runs, Path(script) if script else None, name)
    except InputError as error:
        raise InputError([_as_keywords(line) for line in error.problems]) from None
    for note in imported.notes:
        if DISBELIEVE in note:
            warnings.warn(_as_keywords(note), stacklevel=2)
    return open_run(imported.folder)


def _as_keywords(line: str) -> str:
    """What the command line says of its flags, said of `open_folder`'s keywords: --radius-nm is radius_nm."""
    named = re.sub(r"--[A-Za-z][\w-]*", lambda flag: flag[0][2:].replace("-", "_"), line)
    return re.sub(r"\b(Ms_A_per_m|A_J_per_m|Ku_J_per_m3)\b", r'numbers["\1"]', named)


def import_folders(
    paths: Sequence[Path],
    asked: Told,
    runs: str | Path = RUNS,
    script: Path | None = None,
    name: str | None = None,
    on_refused: Callable[[InputError], None] | None = None,
) -> tuple[Import, ...]:
    """Import loops of other programs as run folders; runs of this program are taken as they are.

    Of several, one that lacks something is told to ``on_refused``, and the others are imported. Raises
    InputError as `open_folder` where it is not given, or none is left; nothing is written of what is refused.
    """
    from harness.runs.foreign.output import foreign_outputs  # as above
    from harness.runs.imported import Import, import_output

    paths = _once(paths)
    own = [path for path in paths if (path / RECORD_NAME).is_file()]
    files = [path for path in paths if path.is_file()]
    groups = [[path] for path in paths if path not in (*own, *files)] + ([files] if files else [])
    found: list[ForeignOutput] = []
    done = [Import(path, (), (), False) for path in own]
    refused: list[InputError] = []
    for group in groups:
        try:
            found += foreign_outputs(group, script)
        except InputError as error:
            refused.append(error)
    if name and len(found) > 1:
        raise InputError(f"--name {name}: {len(found)} loops are imported; give one, or no name")
    if refused and on_refused is None:
        raise refused[0]
    for each in found:
        try:
            done.append(import_output(each, asked, Path(runs), name))
        except InputError as error:
            if on_refused is None:
                raise
            refused.append(error)
    if not done and refused:
        raise InputError("\n".join(map(str, refused)))
    if on_refused is not None:
        for why in refused:
            on_refused(why)
    return tuple(done)


def compare_runs(
    folders: Sequence[str | Path],
    out: str | Path | None = None,
    *,
    accuracy: float = 1e-3,
    on_step: OnStep | None = None,
) -> SourceTable:
    """Set runs of one sphere, of any origin, beside its continuum and the models.

    Parameters
    ----------
    folders : sequence of str or Path
        Run folders, imported ones too; one that is given twice counts once.
    out : str or Path, optional
        Where to write the page with its figures and tables; nothing is written without it.
    accuracy : float
        Wanted error of the continuum's moment.
    on_step : callable, optional
        Called with a few words as each step begins.

    Raises
    ------
    InputError
        If there is none, or they are of different spheres.
    """
    if not folders:
        raise InputError("folders: is empty; give the folder of one run or more")
    from harness.analysis.certified import with_certificates  # half a second with scipy
    from harness.comparison.comparison import compare
    from harness.comparison.sources import SourceTable, require_one_sphere, together
    from harness.report.report import write_report
    from harness.verdict import judge

    step = on_step or (lambda words: None)
    step("reading and fitting the saved states")
    results = tuple(open_run(folder) for folder in _once([Path(folder) for folder in folders]))
    require_one_sphere(results)
    results = with_certificates(results, step)
    comparison = compare(together(results, accuracy), results, step, whole=False)
    verdict = judge(comparison)
    if out is not None:
        with storage_faults(Path(out)):
            write_report(comparison, verdict, Path(out), step)
    return SourceTable(comparison, verdict.of_all)


def _once(paths: Sequence[Path]) -> list[Path]:
    """The paths without those that are there already, by another name too."""
    found: dict[str, Path] = {}
    for path in paths:
        found.setdefault(os.path.realpath(path), path)
    return list(found.values())
