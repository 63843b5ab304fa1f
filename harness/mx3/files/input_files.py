"""Files a script reads: OVF files in its own folder, and no others.

In: a name from a script, which is not trusted. Out: the numbers of the file, or a ScriptError.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath

from harness.mx3.errors import ScriptError
from harness.mx3.files.ovf import OvfError, read_ovf
from harness.mx3.language.values import Mask


def refused_path(name: str) -> str | None:
    """Why a file is refused on its name alone, or None."""
    pure = PurePosixPath(name), PureWindowsPath(name)
    if not name or any(ord(c) < 32 for c in name):
        return "an empty file name, or one with control characters, cannot be read"
    if any(p.is_absolute() or p.anchor or ".." in p.parts for p in pure):
        return f'"{name}": scripts read files from their own folder only, by relative names without ".."'
    return None


def load(folder: Path | None, name: str) -> Mask:
    """Numbers of an OVF file below the script's folder.

    ScriptError if the name leads out of it, be it through a link, or the file is missing or not readable.
    """
    refusal = refused_path(name)
    if refusal is not None or folder is None:
        raise ScriptError(None, refusal or f'cannot read "{name}": the script has no folder')
    home = folder.resolve()
    try:
        path = (home / name).resolve()
        inside = path.is_relative_to(home)
        found = path.is_file()
    except (OSError, RuntimeError, ValueError):
        raise ScriptError(None, f'"{name[:60]}" is not a file name') from None
    if not inside:
        raise ScriptError(None, f'"{name}" is outside the script\'s folder')
    if not found:
        raise ScriptError(None, f'file "{name}" not found beside the script')
    try:
        return Mask(read_ovf(path).m.copy())  # a mask may be written
    except OvfError as error:
        raise ScriptError(
            None, f'"{path.name}" is not a readable OVF file: {error.why}; {error.remedy}'
        ) from None
