"""A bundle from anybody, derived anew from its raw files and compared.

In: a zip as `write_bundle` makes it. Out: a Verification: what differs, number by number.
The zip is a stranger's: members that could leave the folder, links and bombs are refused before anything is
written, and nothing in it is run.
"""

from __future__ import annotations

import io
import math
import stat
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from harness.checks.bundle import METADATA_FILE, REPORT_FOLDER, RUNS_FOLDER, STUDY_FILE, SUMS_FILE, sha256
from harness.engines.base import EngineError, require_room
from harness.inputs import InputError
from harness.runs.output import read
from harness.study.study import Study

if TYPE_CHECKING:
    import pandas as pd

MOST_FILES = 200_000
MOST_BYTES = 200_000_000_000
MOST_RATIO = 200
"""How much larger than the zip its files may be; OVF of anything but a uniform state makes less than 10."""
SMALL = 20_000_000
"""Bytes that any zip may unpack to, whatever its ratio."""
RELATIVE = 1e-6
"""How far a number may move with the machine: sums in another order, amplified by fits."""
CHANGED, MISSING, UNKNOWN = SPOILT = ("was changed", "is missing", "has no sum")
"""What can be wrong with a file."""
AGAIN = "get it again from where it is kept, or have it made anew by mxval bundle"
CERTIFICATES = "certificates.json"


@dataclass(frozen=True)
class Verification:
    """What came of a bundle."""

    study: str
    n_files: int
    n_runs: int
    n_numbers: int
    """Numbers of the report's tables and figures that were derived anew."""
    differences: tuple[str, ...]
    """What is not as it was, a line each; none if all is."""

    def lines(self) -> Iterator[str]:
        """The first difference of each file of the report, of the runs and of the sums, and how many more."""
        groups: dict[str, list[str]] = {}
        for line in self.differences:
            name, _, why = line.partition(": ")
            what = why if why in SPOILT else name if why.startswith("row ") else name.partition("/")[0]
            groups.setdefault(what, []).append(line)
        for first, *more in groups.values():
            yield first + (f"; and {len(more)} more like it" if more else "")


def verify_bundle(file: Path, on_step: Callable[[str], None] = lambda words: None) -> Verification:
    """Unpack a bundle, check its sums, read and analyse its runs, and compare with its report's tables.

    Parameters
    ----------
    file : Path
    on_step : callable
        Called with a few words as something begins that takes long.

    Raises
    ------
    InputError
        If the file is no bundle, or holds a member that is not safe.
    """
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch).resolve()
        unpack(file, place)
        n_files = sum(f.is_file() for f in place.rglob("*"))
        differences = list(_sums(place))
        study = _study(file, place)
        folders = sorted(f for f in (place / RUNS_FOLDER).glob("*") if f.is_dir())
        for folder in folders:
            (folder / CERTIFICATES).unlink(missing_ok=True)  # derived, and kept for speed: made anew here
        derived, refused = _tables(study, folders, on_step)
        differences += refused
        numbers = 0
        if refused:
            differences.append("report: its numbers rest on all runs, so they were not compared")
        for name, table in derived.items():
            count, found = _compared(name, table, place / REPORT_FOLDER / name)
            numbers += count
            differences += found
        return Verification(study.name, n_files, len(folders), numbers, tuple(differences))


def unpack(file: Path, place: Path) -> None:
    """Unpack a zip into an empty folder, once every member is known to be safe.

    Raises InputError that names the member that is not.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            _require_safe(file, members)
            require_room(place, sum(member.file_size for member in members))
            archive.extractall(place)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise InputError(f"{file}: is no zip that can be read ({error}); {AGAIN}") from None
    except OSError as error:
        raise InputError(f"{file}: cannot be unpacked: {error.strerror or error}") from None


def _require_safe(file: Path, members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MOST_FILES:
        raise InputError(f"{file}: has {len(members)} members, at most {MOST_FILES}")
    seen = set[str]()
    for member in members:
        name, parts = member.filename, PurePosixPath(member.filename).parts
        kind = stat.S_IFMT(member.external_attr >> 16)
        problems = {
            "an absolute path": name.startswith("/") or ":" in name,
            "a path out of the folder": ".." in parts or "\\" in name or "\0" in name or not parts,
            "a link or a device": kind not in (0, stat.S_IFREG, stat.S_IFDIR),
            "encrypted": bool(member.flag_bits & 1),
            "there twice": name.rstrip("/").casefold() in seen,
        }
        if found := [what for what, is_so in problems.items() if is_so]:
            raise InputError(f"{file}: {name!r}: is {found[0]}; nothing was unpacked")
        seen.add(name.rstrip("/").casefold())
    size, packed = sum(m.file_size for m in members), sum(m.compress_size for m in members)
    if size > MOST_BYTES or (size > SMALL and size > MOST_RATIO * packed):
        raise InputError(f"{file}: would unpack to {size / 1e9:.3g} GB from {packed / 1e6:.3g} MB; refused")
    if lacking := [name for name in (STUDY_FILE, SUMS_FILE) if name not in seen]:
        raise InputError(f"{file}: has no {lacking[0]}: this is no bundle of mxval; nothing was unpacked")


def _study(file: Path, place: Path) -> Study:
    try:
        return Study.load(place / STUDY_FILE)
    except InputError as error:
        raise InputError(str(error).replace(str(place), str(file))) from None


def _sums(place: Path) -> Iterator[str]:
    """Files that are not as their sums say, are missing, or have none."""
    try:
        lines = (place / SUMS_FILE).read_text(encoding="utf-8").splitlines()
        told = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    except (OSError, ValueError):
        raise InputError(f"{SUMS_FILE}: is not there, or holds no sums: this is no bundle of mxval") from None
    files = {f.relative_to(place).as_posix(): f for f in place.rglob("*") if f.is_file()}
    for name in sorted({*files, *told} - {SUMS_FILE, METADATA_FILE}):
        if name not in files:
            yield f"{name}: {MISSING}"
        elif told.get(name) != sha256(files[name]):
            yield f"{name}: {CHANGED if name in told else UNKNOWN}"


def _tables(
    study: Study, folders: list[Path], on_step: Callable[[str], None]
) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """The tables of report and figures from the raw files, and which runs cannot be read."""
    from harness.analysis.certified import with_certificates  # seconds with lmfit
    from harness.analysis.result import analyse, with_replicas  # as above
    from harness.comparison.comparison import compare  # as above
    from harness.report.figures import draw_all  # seconds with matplotlib
    from harness.report.report import tables  # as above

    places, results, refused = {case.name: k for k, case in enumerate(study.cases())}, [], []
    on_step("reading and fitting the saved states")
    for folder in folders:
        try:
            run = read(folder)
            if run.case.name not in places:
                raise InputError(f"{folder.name}: is of no case of the study")
            results.append(analyse(run))
        except (EngineError, InputError) as error:
            why = str(error).replace(f"{folder}/", "").replace(str(folder), "").partition("; ")[0]
            refused.append(f"{RUNS_FOLDER}/{folder.name}: cannot be used: {why}")
    if missing := sorted(places.keys() - {result.case.name for result in results}):
        refused.append(f"{', '.join(missing)}: no run of this case can be used")
    if refused:
        return {}, refused
    results.sort(key=lambda result: (places[result.case.name], result.record.replica))
    analysed = with_replicas(results)
    if study.save.certify:
        analysed = with_certificates(analysed, on_step)
    comparison = compare(study, analysed, on_step)
    on_step("drawing the figures, for their numbers")
    drawn, _ = draw_all(comparison)
    return tables(comparison) | {f"figures/{each.name}.csv": each.data for each in drawn}, refused


def _compared(name: str, derived: pd.DataFrame, file: Path) -> tuple[int, list[str]]:
    """How many numbers a table holds, and where the bundle's has others."""
    import pandas as pd  # half a second, for who verifies

    try:
        told = pd.read_csv(file)
    except (OSError, ValueError) as error:
        return 0, [f"{name}: cannot be read ({error})"]
    now = pd.read_csv(io.StringIO(derived.to_csv(index=False)))  # as it would stand there
    if list(told.columns) != list(now.columns) or len(told) != len(now):
        return 0, [f"{name}: has {len(told)} rows of {list(told.columns)}, derived are {len(now)}"]
    numbers, found = 0, []
    for column in now.columns:
        for row, (then, here) in enumerate(zip(told[column], now[column], strict=True)):
            is_number = isinstance(here, int | float) or hasattr(here, "dtype")
            numbers += bool(is_number and here == here)
            if not _same(then, here):
                found.append(f"{name}: row {row + 1}, {column}: {then} there, {here} derived")
    return numbers, found


def _same(then: object, now: object) -> bool:
    if isinstance(then, str) or isinstance(now, str):
        return then == now
    a, b = float(then), float(now)  # type: ignore[arg-type]
    return (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=RELATIVE, abs_tol=1e-9)
