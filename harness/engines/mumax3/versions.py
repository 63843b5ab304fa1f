"""A script before MuMax3 sees it: file names that stay in the run folder, and names this version has.

In: a script, MuMax3's version. Out: the script as it will run and what was left out of it, or a ScriptError.
MuMax3 itself lets a script read and write anywhere, and asks no version.
"""

import re
from typing import NamedTuple

from harness.engines.base import ScriptError
from harness.engines.mumax3.messages import version_numbers

OLDEST, NEWEST = (3, 9), (3, 11)


class Since(NamedTuple):
    """Something the script language has from one version on: how it is used, its name, the version."""

    use: re.Pattern[str]
    name: str
    version: str


NEW_NAMES = (
    Since(re.compile(r"\bFixedLayer\s*\.\s*Add\s*\(", re.IGNORECASE), "FixedLayer.Add", "3.9.3"),
    Since(re.compile(r"(?<!\.)\bCross\s*\(", re.IGNORECASE), "Cross", "3.10"),
)
"""What this program's scripts use that MuMax3 3.9 does not have."""

ONLY_TABULATES = re.compile(r"\s*(tableAdd\s*\(|FixedLayer\s*\.\s*Add\s*\()", re.IGNORECASE)
"""Lines that change nothing but the columns of the table."""

_LITERAL = re.compile(r'//[^\n]*|/\*.*?\*/|"((?:\\.|[^"\\\n])*)"|`([^`]*)`', re.DOTALL)
_VERBS = re.compile(r"%(?![-+ 0-9.]*[dfegsv%])")


class Adapted(NamedTuple):
    """A script for one version, and a warning for each line that was left out."""

    script: str
    warnings: tuple[str, ...]


def require_own_files(script: str) -> None:
    """Refuse texts that could name a file outside the run folder, or an address on the net.

    Raises
    ------
    ScriptError
        At the first text with a slash, a backslash, a control character, a lone "..", or a format that could
        make one of them.
    """
    for found in _LITERAL.finditer(script):
        text = next((t for t in found.groups() if t is not None), "")
        line = script.count("\n", 0, found.start()) + 1
        if text in (".", "..") or any(c in "/\\" or ord(c) < 32 for c in text):
            raise ScriptError(
                line, f'"{_shown(text)}": files of a run are named without a path; take the path out'
            )
        if _VERBS.search(text):
            raise ScriptError(line, f'"{_shown(text)}": formats here are %d %f %e %g %s %v only')


def adapt(script: str, version: str | None) -> Adapted:
    """The script as this version of MuMax3 can run it; as it is where the version is None.

    Raises
    ------
    ScriptError
        If the script needs a name this version lacks for anything but a column of the table.
    """
    if version is None:
        return Adapted(script, ())
    lines, warnings = script.splitlines(keepends=True), []
    for number, line in enumerate(lines, start=1):
        code = line.split("//")[0]
        lacking = next((n for n in NEW_NAMES if n.use.search(code) and _older(version, n.version)), None)
        if lacking is None:
            continue
        lack = f"MuMax3 {version} has no {lacking.name}, which came with {lacking.version}"
        if not ONLY_TABULATES.match(code):
            raise ScriptError(number, f"{lack}; take MuMax3 {lacking.version} or later")
        lines[number - 1] = f"// left out for MuMax3 {version}: {line}"
        warnings.append(f"script line {number} was left out: {lack}; the table lacks a column")
    return Adapted("".join(lines), tuple(warnings))


def version_remark(version: str | None) -> str | None:
    """What there is to say about a version: not one this program knows, or older than its scripts want."""
    if version is None:
        return "its version cannot be told"
    numbers = version_numbers(version)[:2]
    if numbers < OLDEST or numbers > NEWEST:
        return f"version {version} is outside 3.9 to 3.11, which this program knows; check results with care"
    if _older(version, "3.10"):
        return f"version {version} has no Cross: tables will lack the toroidal moment; take 3.10 or later"
    return None


def _older(version: str, than: str) -> bool:
    return version_numbers(version) < version_numbers(than)


def _shown(text: str) -> str:
    return text[:40].encode("unicode_escape").decode()
