"""A bundle from anybody, derived anew from its raw files and compared.

In: a zip as `write_bundle` makes it. Out: a Verification: what differs, number by number.
The zip is a stranger's: members that could leave the folder, links and bombs are refused before anything is
written, and nothing in it is run.
"""

from __future__ import annotations

import io
import json
import math
import re
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from harness.checks.bundle import (
    CHANGED,
    METADATA_FILE,
    MISSING,
    REPORT_FOLDER,
    RUNS_FOLDER,
    STUDY_FILE,
    SUMS_FILE,
    sha256,
    spoilt_inputs,
)
from harness.engines import choose_engine
from harness.engines.base import EngineError, require_room
from harness.inputs import InputError
from harness.report.kept import KEPT_NAME, file_hashes, study_hash
from harness.runs.output import Run, read
from harness.runs.record import RECORD_NAME
from harness.study.script import identity, render
from harness.study.study import Case, Study

if TYPE_CHECKING:
    import pandas as pd

    from harness.comparison.comparison import Comparison

MOST_FILES = 200_000
MOST_BYTES = 200_000_000_000
MOST_RATIO = 200
"""How much larger than the zip its files may be; OVF of anything but a uniform state makes less than 10."""
SMALL = 20_000_000
"""Bytes that any zip may unpack to, whatever its ratio."""
RELATIVE = 1e-6
"""How far a number may move with the machine: sums in another order, amplified by fits."""
UNKNOWN = "has no sum"
SPOILT = (CHANGED, MISSING, UNKNOWN)
"""What can be wrong with a file."""
AGAIN = "get it again from where it is kept, or have it made anew by mxval bundle"
CERTIFICATES = "certificates.json"
UNREADABLE = (OSError, ValueError, TypeError, KeyError, RecursionError)
"""What reading a stranger's JSON raises where it is not what it should be."""
NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e[-−+]?\d{1,3})?")
MOST_SHOWN, LONGEST_NAME, LONGEST_PATH = 80, 255, 1000
"""Characters of a stranger's text that a line shows, of the name of a file, and of a member's path."""


@dataclass(frozen=True)
class Verification:
    """What came of a bundle."""

    study: str
    n_files: int
    n_runs: int
    n_numbers: int
    """Numbers of tables, figures, verdict and certificates that were derived anew."""
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
    """Unpack a bundle, check its sums, analyse its runs, and compare with its report's tables and verdict.

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
        differences = [*_sums(place), *_report_sums(place / REPORT_FOLDER), *_metadata(place)]
        study = _study(file, place)
        folders = sorted(f for f in (place / RUNS_FOLDER).glob("*") if f.is_dir())
        told = {folder / CERTIFICATES: _certificates(folder / CERTIFICATES) for folder in folders}
        for kept in told:
            kept.unlink(missing_ok=True)  # derived, and kept for speed: made anew here
        comparison, refused = _comparison(study, folders, on_step)
        differences += refused
        numbers = 0
        if comparison is None:
            differences.append("report: its numbers rest on all runs, so they were not compared")
        else:
            for count, found in _derived(comparison, place, told, on_step):
                numbers += count
                differences += found
        lines = tuple(dict.fromkeys(differences))
        return Verification(study.name, n_files, len(folders), numbers, lines)


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
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise InputError(f"{file}: is no zip that can be read ({error}); {AGAIN}") from None
    except OSError as error:
        raise InputError(f"{file}: cannot be unpacked: {error.strerror or error}") from None


def _require_safe(file: Path, members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MOST_FILES:
        raise InputError(f"{file}: has {len(members)} members, at most {MOST_FILES}")
    seen = set[str]()
    for member in members:
        name, path = member.filename, PurePosixPath(member.filename)
        kind = stat.S_IFMT(member.external_attr >> 16)
        problems = {
            "an absolute path": re.match(r"/|[A-Za-z]:[/\\]", name) is not None,
            "named with a colon": ":" in name,
            "a path out of the folder": ".." in path.parts or "\\" in name or "\0" in name or not path.parts,
            f"named with more than {LONGEST_PATH} characters": len(name) > LONGEST_PATH,
            "a link or a device": kind not in (0, stat.S_IFREG, stat.S_IFDIR),
            "encrypted": bool(member.flag_bits & 1),
            "there twice": str(path).casefold() in seen,
        }
        if found := [what for what, is_so in problems.items() if is_so]:
            raise InputError(f"{file}: {name[:LONGEST_NAME]!r}: is {found[0]}; nothing was unpacked")
        seen.add(str(path).casefold())
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
    files = (f for f in place.rglob("*") if f.is_file())
    found = {f.relative_to(place).as_posix(): sha256(f) for f in files}
    for name in (SUMS_FILE, METADATA_FILE):
        told.pop(name, None), found.pop(name, None)
    return _spoilt(told, found)


def _report_sums(report: Path) -> Iterator[str]:
    """Files of the report that are not as its own record says; of the record itself `_derived` tells."""
    try:
        values = dict(json.loads((report / KEPT_NAME).read_bytes())["files"])
    except UNREADABLE:
        return iter(())
    told = {str(name): digest for name, digest in values.items()}
    return _spoilt(told, file_hashes(report), f"{REPORT_FOLDER}/")


def _spoilt(told: Mapping[str, Any], found: Mapping[str, str], below: str = "") -> Iterator[str]:
    for name in sorted({*told, *found}):
        if told.get(name) != found.get(name):
            why = MISSING if name not in found else CHANGED if name in told else UNKNOWN
            yield f"{_shown(below + name, LONGEST_NAME)}: {why}"


def _metadata(place: Path) -> Iterator[str]:
    try:
        json.loads((place / METADATA_FILE).read_bytes())
    except FileNotFoundError:
        yield f"{METADATA_FILE}: {MISSING}"
    except UNREADABLE as error:
        yield f"{METADATA_FILE}: is no JSON that can be read ({_shown(error)})"


def _comparison(
    study: Study, folders: list[Path], on_step: Callable[[str], None]
) -> tuple[Comparison | None, list[str]]:
    """What the raw files give, and which runs cannot be read; nothing if there are any."""
    from harness.analysis.certified import with_certificates  # seconds with lmfit
    from harness.analysis.result import analyse, with_replicas  # as above
    from harness.comparison.comparison import compare  # as above

    cases, results, refused = {case.name: case for case in study.cases()}, [], []
    inputs: list[str] = []
    on_step("reading and fitting the saved states")
    for folder in folders:
        try:
            run, spoilt = _run(folder, cases)
            inputs += spoilt
            results.append(analyse(run))
        except (EngineError, InputError) as error:
            why = re.sub(f"{re.escape(str(folder))}(/|: |)", "", str(error)).partition("; ")[0]
            name = _shown(f"{RUNS_FOLDER}/{folder.name}", LONGEST_NAME)
            refused.append(f"{name}: cannot be used: {_shown(' '.join(why.split()), LONGEST_NAME)}")
    if missing := sorted(cases.keys() - {result.case.name for result in results}):
        refused.append(f"{', '.join(missing)}: no run of this case can be used")
    if refused:
        return None, inputs + refused
    places = list(cases)
    results.sort(key=lambda result: (places.index(result.case.name), result.record.replica))
    analysed = with_replicas(results)
    if study.save.certify:
        analysed = with_certificates(analysed, on_step)
    return compare(study, analysed, on_step), inputs


def _run(folder: Path, cases: Mapping[str, Case]) -> tuple[Run, list[str]]:
    """A run as its case of the study, and what of its script, masks and record is not that case's.

    Raises InputError unless the case of the study and that of run.json are the run of its hash.
    """
    run = read(folder)
    record = run.record
    if (case := cases.get(run.case.name)) is None:
        raise InputError("is of no case of the study")
    engine = choose_engine(record.engine, to_run=False).engine
    for each, whose in ((case, STUDY_FILE), (run.case, RECORD_NAME)):
        options, rendered = engine.options(**each.engine_options), render(each)
        planned = identity(
            rendered,
            engine=record.engine,
            options=options,
            revision=record.revision,
            replica=record.replica,
        )
        if (options, planned) != (record.options, record.hash):
            raise InputError(f"its hash is not that of its case in {whose}")
    spoilt = spoilt_inputs(folder, record, rendered)
    lines = [f"{_shown(f'{RUNS_FOLDER}/{folder.name}/{name}', LONGEST_NAME)}: {why}" for name, why in spoilt]
    return replace(run, case=case), lines


def _derived(
    comparison: Comparison,
    place: Path,
    told: Mapping[Path, dict[str, Any] | None],
    on_step: Callable[[str], None],
) -> Iterator[tuple[int, list[str]]]:
    """Numbers and differences of each table, of the verdict and of each run's certificates."""
    from harness.report.figures import draw_all  # seconds with matplotlib
    from harness.report.report import tables  # as above
    from harness.verdict import judge  # as above

    on_step("drawing the figures, for their numbers")
    drawn, _ = draw_all(comparison)
    derived = tables(comparison) | {f"figures/{each.name}.csv": each.data for each in drawn}
    for name, table in derived.items():
        yield _compared(name, table, place / REPORT_FOLDER / name)
    verdict = judge(comparison)
    runs = [run.folder.name for result in comparison.results for run in (result, *result.replicas)]
    values = {
        "study": study_hash(comparison.study),
        "runs": runs,
        "summary": verdict.summary,
        "verdict": verdict.to_dict(),
    }
    yield _compared_record(json.loads(json.dumps(values)), place / REPORT_FOLDER / KEPT_NAME)
    for file, then in told.items():
        yield _compared_certificates(file.relative_to(place).as_posix(), then, _certificates(file))


def _compared_record(now: dict[str, Any], file: Path) -> tuple[int, list[str]]:
    """The same of what a report's record says."""
    try:
        values = json.loads(file.read_bytes())
        told = dict(_leaves({name: values[name] for name in now}))
    except UNREADABLE as error:
        return 0, [f"{KEPT_NAME}: cannot be read ({_shown(error)})"]
    return _compared_leaves(KEPT_NAME, told, dict(_leaves(now)))


def _certificates(file: Path) -> dict[str, Any] | None:
    """A run's certificates and refusals by state, {} if there are none, None if they cannot be read."""
    try:
        values = json.loads(file.read_bytes())
        states = {str(each["file"]): each for each in values["states"]} | values["refused"]
        return {name: dict(_leaves(each)) for name, each in states.items()}
    except FileNotFoundError:
        return {}
    except UNREADABLE:
        return None


def _compared_certificates(
    name: str, told: dict[str, Any] | None, now: dict[str, Any] | None
) -> tuple[int, list[str]]:
    """The same of a run's certificates, of states both have: which were left for time, the table tells."""
    name = _shown(name, LONGEST_NAME)
    if told is None:
        return 0, [f"{name}: holds no certificates that can be read"]
    if now and not told:
        return 0, [f"{name}: holds no certificates; those of {len(now)} states are derived"]
    both = [state for state in now or {} if state in told]
    then, here = (dict(_leaves({state: of[state] for state in both})) for of in (told, now or {}))
    return _compared_leaves(name, then, here)


def _compared_leaves(name: str, told: dict[str, Any], now: dict[str, Any]) -> tuple[int, list[str]]:
    found = [
        f"{name}: {_shown(at)}: {_differ(told.get(at), now.get(at))}"
        for at in {**now, **told}
        if not _same(told.get(at), now.get(at))
    ]
    return sum(map(_is_number, now.values())), found


def _leaves(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """What is no list and no object in JSON values, by where it stands."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _leaves(each, f"{at}.{key}" if at else key)
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from _leaves(each, f"{at}[{place}]")
    else:
        yield at, value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value


def _compared(name: str, derived: pd.DataFrame, file: Path) -> tuple[int, list[str]]:
    """How many numbers a table holds, and where the bundle's has others."""
    import pandas as pd  # half a second, for who verifies

    try:
        told = pd.read_csv(file)
    except (OSError, ValueError) as error:
        return 0, [f"{name}: cannot be read ({_shown(error)})"]
    now = pd.read_csv(io.StringIO(derived.to_csv(index=False)))  # as it would stand there
    if list(told.columns) != list(now.columns) or len(told) != len(now):
        columns = _shown(", ".join(map(str, told.columns)))
        return 0, [f"{name}: has {len(told)} rows of {columns}; derived are {len(now)}, or other columns"]
    numbers, found = 0, []
    for column in now.columns:
        for row, (then, here) in enumerate(zip(told[column], now[column], strict=True)):
            is_number = isinstance(here, int | float) or hasattr(here, "dtype")
            numbers += bool(is_number and here == here)
            if not _same(then, here):
                found.append(f"{name}: row {row + 1}, {column}: {_differ(then, here)}")
    return numbers, found


def _same(then: Any, now: Any) -> bool:
    if isinstance(then, str) and isinstance(now, str):
        return then == now or _same_words(then, now)
    try:
        a, b = float(then), float(now)
    except (TypeError, ValueError, OverflowError):
        return bool(then == now)
    return (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=RELATIVE, abs_tol=1e-9)


def _same_words(then: str, now: str, units: int = 0) -> bool:
    """Whether two sentences are the same but for numbers below 1e-9, and units of the last digit of a number.

    >>> _same_words("0.057 T", "0.056 T"), _same_words("0.057 T", "0.056 T", 1), _same_words("2", "3", 1)
    (False, True, False)
    """
    if NUMBER.split(then) != NUMBER.split(now):
        return False
    pairs = zip(*(NUMBER.findall(text.replace("−", "-")) for text in (then, now)), strict=True)
    return all(_same_printed(Decimal(a), Decimal(b), units) for a, b in pairs)


def _same_printed(a: Decimal, b: Decimal, units: int) -> bool:
    last = min(int(each.as_tuple().exponent) for each in (a, b))
    return a == b or (last < 0 and abs(a - b) <= max(units * Decimal(10) ** last, Decimal("1e-9")))


def _differ(then: object, now: object) -> str:
    """Both in words; of long sentences from shortly before they part."""
    texts = [str(then), str(now)]
    rounded = isinstance(then, str) and isinstance(now, str) and _same_words(then, now, 1)
    parted = next((k for k, (a, b) in enumerate(zip(*texts, strict=False)) if a != b), min(map(len, texts)))
    start = parted - MOST_SHOWN // 4
    if start > 0 and max(map(len, texts)) > MOST_SHOWN:
        texts = [f"…{text[start:]}" for text in texts]
    why = " (in last digits, which another machine may round otherwise)" if rounded else ""
    return f"{_shown(texts[0])} there, {_shown(texts[1])} derived{why}"


def _shown(value: object, most: int = MOST_SHOWN) -> str:
    """A stranger's text in a line, cut, without what moves a terminal's cursor.

    >>> _shown("run\\n2"), _shown("0" * 99, 5)
    ("'run\\\\n2'", '00000…')
    """
    text = str(getattr(value, "strerror", None) or value)
    text = text if len(text) <= most else text[:most] + "…"
    return text if text.isprintable() else repr(text)
