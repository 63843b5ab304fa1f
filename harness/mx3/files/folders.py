"""Where a script reads and writes: its own folder and its output folder, and nowhere else.

In: names from a script, which is not trusted. Out: paths inside the two folders, or a ScriptError. Relative
names are read from the script's folder and written to the output folder, as in MuMax3; `<script>.out/` in
front of a name means the output folder, wherever it is, and for reading also a folder of that very name.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath

from harness.mx3.errors import ScriptError

LOG, TABLE, SOLVER = "log.txt", "table.txt", "solver.csv"
EVENTS, REJECTED = "events.csv", "rejected.csv"
CHECKPOINT = ".checkpoint"
"""Appended to the output folder's name: where a loop that leaves saddles is kept while it runs."""
_MAX_NAME_BYTES, _MAX_PATH = 200, 1000
_OVF_SUFFIXES = (".ovf", ".omf", ".ohf", ".obf", ".oef")
_OVF_BEGINS = b"# OOMMF"


@dataclass(frozen=True)
class Folders:
    """The folders of one script.

    Parameters
    ----------
    script : Path or None
        The script; its folder is where it may read. None for a text without one, checked as if it lay in the
        working directory.
    out : Path or None
        The output folder; `<script>.out` beside the script if None.
    """

    script: Path | None = None
    out: Path | None = None
    unread: list[str] | None = None
    """Where given, a file that cannot be read is named here, and stood in for."""
    _expected: set[Path] = field(default_factory=set)
    """Files outside the output folder that the script is known to write."""
    known_to_read: set[Path] = field(default_factory=set)
    """Files outside the output folder that the script names and that are there."""

    @property
    def _home(self) -> Path:
        return _real(self.script.parent if self.script else Path())

    @property
    def _usual_out(self) -> Path:
        """Where MuMax3 would write."""
        return self._home / f"{self.script.stem if self.script else 'script'}.out"

    @property
    def _out(self) -> Path:
        return _real(self.out) if self.out else self._usual_out

    def to_read(self, name: str) -> Path:
        """Path of a file a script may read; ScriptError if it lies elsewhere, be it through a link."""
        if not name:
            raise ScriptError(None, "a file name is needed here, not an empty text")
        path = _real(self._place(name, self._home))
        earlier = _real(self._home / name.replace("\\", "/"))
        if not path.is_file() and earlier.is_file() and earlier.is_relative_to(_real(self._usual_out)):
            path = earlier  # a run before this one wrote to <script>.out, this one writes elsewhere
        if not self._is_inside(path, self._home, self._out):
            advice = "put the file there, and name it from there"
            raise ScriptError(None, f'"{_shown(name)}" is outside the script\'s folder: {advice}')
        return path

    def missing(self, name: str) -> str | None:
        """Why a file cannot be read, or None; what the script will have written need not be there yet."""
        if self.unread is not None:
            return None
        path = self.to_read(name)
        written = path in self._expected or self._is_inside(path, self._out)
        if path.is_file() and not written:
            self.known_to_read.add(path)
        if path.is_file() or written or self.script is None:
            return None
        return self.not_found(name)

    def not_found(self, name: str) -> str:
        """What to tell of a file that is not there."""
        path = self.to_read(name)
        if self._is_inside(path, self._out):
            return f'"{_shown(name)}" is not in the output folder when the script gets here'
        saved = f"{self._usual_out.name}/{path.name}"
        advice = f'what the script saves is read as "{saved}"'
        return f'file "{_shown(name)}" not found beside the script; {advice}'

    def to_write(self, name: str, *, text: bool = False) -> Path:
        """Path of an OVF file, .ovf unless it has a suffix, or of a text, that a script may write.

        That is any in the output folder but the engine's own, and OVF files elsewhere below the script's
        folder, over nothing but another OVF file. ScriptError otherwise.
        """
        shown = _shown(name)
        if not name or name in (".", "..") or name.endswith(("/", "\\")):
            raise ScriptError(None, f'"{shown}" is not a file name')
        if not text and "." not in name.replace("\\", "/").rpartition("/")[2]:
            name += ".ovf"
        path = self._place(name, self._home)
        if not self._is_inside(_without_links(path), self._out):
            path = self._place(name, self._out)
        path = _without_links(path)
        in_output, refusal = self._is_inside(path, self._out), None
        if not in_output and not self._is_inside(path, self._home):
            refusal = "files are written to the output folder, or below the script's"
        elif path.parent == self._out:
            if path.name.lower() in (LOG, TABLE, SOLVER) or (self.script and path == _real(self.script)):
                refusal = "the name is taken by the engine"
        elif not path.parent.is_dir():
            refusal = f"there is no folder {path.parent.name}"
        elif not in_output and (text or path.suffix.lower() not in _OVF_SUFFIXES):
            refusal = "outside the output folder scripts write OVF files only, by Save and SaveAs (.ovf)"
        elif not in_output and os.path.lexists(path) and not _is_ovf(path):
            refusal = "a file of another kind is there"
        if refusal:
            raise ScriptError(None, f'file name "{shown}": {refusal}')
        if not in_output:
            self._expected.add(path)
        return path

    def label(self, path: Path) -> str:
        """A written file as the output folder sees it."""
        return os.path.relpath(path, self._out).replace(os.sep, "/")

    def _place(self, name: str, base: Path) -> Path:
        """What a name means, links not yet followed."""
        if any(ord(c) < 32 or ord(c) == 127 for c in name):
            raise ScriptError(None, f'file name "{_shown(name)}" holds a control character')
        plain = name.replace("\\", "/")  # scripts come from Windows too
        if os.name != "nt" and PureWindowsPath(plain).drive:
            return Path(os.sep, plain)
        try:
            longest = max(len(os.fsencode(part)) for part in plain.split("/"))
        except UnicodeError:
            raise ScriptError(None, f'file name "{_shown(name)}" holds what no file system stores') from None
        if longest > _MAX_NAME_BYTES or len(plain) > _MAX_PATH:
            limits = f"{_MAX_NAME_BYTES} bytes, or {_MAX_PATH} characters with its folders"
            raise ScriptError(None, f'file name "{_shown(name)}" is longer than {limits}')
        usual = Path(os.path.normpath(self._home / plain))
        if usual.is_relative_to(self._usual_out):
            return self._out / usual.relative_to(self._usual_out)
        return Path(os.path.normpath(base / plain))

    def _is_inside(self, path: Path, *folders: Path) -> bool:
        return any(path.is_relative_to(folder) and path != folder for folder in folders)


def _without_links(path: Path) -> Path:
    """The path with links to its folder followed; one in its own place is not: it is not written through."""
    return _real(path.parent) / path.name


def _real(path: Path) -> Path:
    """The path with all links followed; a link that leads to itself stays, and is found missing."""
    return Path(os.path.realpath(path))


def _is_ovf(path: Path) -> bool:
    if not path.is_file() or path.is_symlink():
        return False
    with path.open("rb") as stream:
        return stream.read(len(_OVF_BEGINS)) == _OVF_BEGINS


def _shown(name: str) -> str:
    text = name.encode("unicode_escape").decode() if not name.isprintable() else name
    return text if len(text) <= 60 else text[:60] + "…"
