"""A study with everything it rests on in one file, ready for an archive.

In: a study whose cases are done, and its runs. Out: a zip: study, runs with scripts, masks, records and raw
output, report with its tables, checksums, citation, and RO-Crate metadata that name each of them.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from harness import __version__
from harness.engines import Choice
from harness.engines.base import storage_faults
from harness.inputs import InputError
from harness.pipeline import run_study
from harness.runs.folder import BEFORE_NAME, LOCK_NAME, runs_option
from harness.runs.jobs import require_no_links
from harness.runs.plan import PlannedRun, plan
from harness.runs.record import RECORD_NAME, RunRecord
from harness.shipped import citation
from harness.study.script import SCRIPT_NAME, RenderedCase
from harness.study.study import Study

STUDY_FILE, RUNS_FOLDER, REPORT_FOLDER = "study.toml", "runs", "report"
SUMS_FILE, CITATION_FILE = "sha256sums.txt", "CITATION.cff"
METADATA_FILE = "ro-crate-metadata.json"
CHANGED, MISSING = "was changed", "is missing"
"""What can be wrong with a file that a run or a bundle should hold."""
KINDS = {
    ".toml": ("application/toml", "the study"),
    ".json": ("application/json", "a record"),
    ".mx3": ("text/plain", "the script, as it was run"),
    ".ovf": ("application/octet-stream", "a magnetisation or a mask, OVF 2"),
    ".txt": ("text/plain", "a table or a log"),
    ".csv": ("text/csv", "numbers of the report or of the solver"),
    ".html": ("text/html", "the report"),
    ".png": ("image/png", "a figure"),
    ".svg": ("image/svg+xml", "a figure"),
    ".cff": ("text/yaml", "how to cite the program"),
}
"""Media type and meaning of the files, by how their names end."""


def write_bundle(
    study: Study,
    source: Path,
    choice: Choice,
    runs: Path,
    out: Path,
    on_step: Callable[[str], None] = lambda words: None,
) -> tuple[str, ...]:
    """Write the bundle; returns the names of its files.

    Parameters
    ----------
    study : Study
    source : Path
        The study's file.
    choice : Choice
        The engine that ran it.
    runs : Path
        Folder that holds the studies' folders.
    out : Path
        The zip file, which must not exist.
    on_step : callable
        Called with a few words as something begins that takes long.

    Raises
    ------
    InputError
        If a case is not done, a script or mask is not as it was run, or the file exists.
    EngineError
        If a run is not as it was left, or its folder or the report's holds a link.
    """
    if out.exists():
        raise InputError(f"{out}: exists already; give another file with -o")
    if not out.parent.is_dir():
        raise InputError(f"{out}: there is no folder {out.parent}; make it, or give another file with -o")
    if not os.access(out.parent, os.W_OK):
        raise InputError(f"{out}: {out.parent} cannot be written to; give another file with -o")
    planned = plan(study, choice.engine, runs)
    if absent := [run.name for run in planned if not run.folder.is_done()]:
        running = f"mxval run {source}{runs_option(runs)} runs them"
        raise InputError(f"{len(absent)} of {len(planned)} cases are not done: {running}")
    for run in planned:
        _require_whole(run)
    result = run_study(study, choice, runs, source=source, on_step=on_step)
    for name, why in result.failures.items():
        raise InputError(f"{name}: {why}")
    assert result.report
    require_no_links(result.report.parent, "a report's folder")
    with storage_faults(out), tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch) / "bundle"
        place.mkdir()
        shutil.copyfile(source, place / STUDY_FILE)
        (place / CITATION_FILE).write_bytes(citation().read_bytes())
        for run in planned:
            shutil.copytree(run.folder.path, place / RUNS_FOLDER / run.folder.path.name, ignore=_hidden)
        shutil.copytree(result.report.parent, place / REPORT_FOLDER, ignore=_hidden)
        files = sorted(file.relative_to(place).as_posix() for file in place.rglob("*") if file.is_file())
        sums = (f"{sha256(place / name)}  {name}\n" for name in files)
        (place / SUMS_FILE).write_text("".join(sums), encoding="utf-8")
        on_step("writing the zip")
        _crate(study, place, [*files, SUMS_FILE], out)
    return (*files, SUMS_FILE, METADATA_FILE)


def spoilt_inputs(folder: Path, record: RunRecord, rendered: RenderedCase) -> Iterator[tuple[str, str]]:
    """Files of what a run was asked that are not as record and case tell, and what is wrong with each.

    Comments of a script may be those of another version.
    """
    with tempfile.TemporaryDirectory() as scratch:
        rendered.write(Path(scratch))
        told = {f"{name}.ovf": (Path(scratch) / f"{name}.ovf").read_bytes() for name in rendered.masks}
    for name, content in ({SCRIPT_NAME: record.script.encode()} | told).items():
        if not (folder / name).is_file():
            yield name, MISSING
        elif (folder / name).read_bytes() != content:
            yield name, CHANGED
    if _code(record.script) != _code(rendered.script) or record.masks != rendered.mask_hashes():
        yield RECORD_NAME, CHANGED


def _code(script: str) -> list[str]:
    """Lines of a rendered script without comments, in a time that a stranger's cannot stretch."""
    return [code for line in script.splitlines() if (code := line.partition("//")[0].strip())]


def _require_whole(run: PlannedRun) -> None:
    """Refuse a run of which a verification would find more than its output changed."""
    place = run.folder.path
    require_no_links(place)
    record = run.folder.record()
    assert record
    for name, why in spoilt_inputs(place, record, run.rendered):
        raise InputError(f"{place / name}: {why}; put it back as it was, or move {place} away and run again")


def sha256(file: Path) -> str:
    """Hash of a file's content."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _hidden(folder: str, names: list[str]) -> list[str]:
    """Names that stay outside: locks and former runs."""
    return [name for name in names if name in (LOCK_NAME, BEFORE_NAME)]


def _crate(study: Study, place: Path, files: list[str], out: Path) -> None:
    """Write the files with their metadata."""
    from rocrate.model.contextentity import ContextEntity  # a second, for who bundles
    from rocrate.rocrate import ROCrate  # as above

    crate = ROCrate()
    crate.name = f"Micromagnetic simulations of the study {study.name}"
    crate.description = (
        f"{study.description or study.name}: scripts, masks, raw output and report of {len(study.cases())} "
        "runs, whose numbers mxval verify derives anew from the raw files."
    )
    url = "https://doi.org/10.1103/8rkf-j2kn"
    program = {"@type": "SoftwareApplication", "name": "mxval", "version": __version__, "citation": url}
    crate.root_dataset["instrument"] = crate.add(ContextEntity(crate, "#mxval", properties=program))
    for name in files:
        media, means = KINDS.get(Path(name).suffix, ("application/octet-stream", "output of the engine"))
        crate.add_file(place / name, name, properties={"encodingFormat": media, "description": means})
    fresh = out.with_name(f".{out.name}.new.zip")
    try:
        crate.write_zip(fresh)
        fresh.replace(out)
    finally:
        fresh.unlink(missing_ok=True)
