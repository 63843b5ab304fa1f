"""A loop that leaves saddles, kept on disk while it runs, so that one that was killed goes on where it was.

In: a folder, what decides the loop's numbers, the outcome of each search with the follower after it. Out: the
outcomes of searches made before, and the follower as it was. What does not fit, or is damaged, is begun anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numba
import numpy as np
import scipy

from harness import mx3
from harness.mx3.magnet.branch import BranchFollower
from harness.mx3.magnet.curvature import Array

_KEY, _BRANCH = "key", "branch.npz"
_DAMAGED = (OSError, EOFError, ValueError, KeyError, RuntimeError, zipfile.BadZipFile)
"""What reading a file raises that a power cut emptied, or that was spoilt since."""


@dataclass(frozen=True)
class Outcome:
    """What one search on a branch came to: the state, and numbers by name that JSON can hold."""

    m: Array
    numbers: Mapping[str, Any]


class Checkpoint:
    """The searches of one loop.

    Parameters
    ----------
    folder : Path
        Created if missing; whatever it holds of another loop, or of another version of the solver, goes.
    loop : str
        Script and options.
    files : iterable of Path, optional
        What else decides the loop: the files that the script reads.

    Attributes
    ----------
    made : int
        Searches whose outcome is kept.
    full : bool
        Whether the disk refused one, after which no more are kept.

    Raises
    ------
    OSError
        If the folder cannot be made or written.
    """

    def __init__(self, folder: Path, loop: str, files: Iterable[Path] = ()) -> None:
        self._folder, self.made, self.full = folder, 0, False
        key = _digest(loop, files).encode()
        if (folder / _KEY).is_file() and (folder / _KEY).read_bytes() == key:
            try:
                self._branch = _read(folder / _BRANCH)
                made = int(self._branch["made"])
                for search in range(made):  # the follower is that after the last, so all must be there
                    self.outcome(search)
                self.made = made
            except _DAMAGED:
                self.made = 0  # killed before the first was whole
        else:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            (folder / _KEY).write_bytes(key)

    def outcome(self, search: int) -> Outcome:
        """That of a search made before, counted from 0."""
        found = _read(self._folder / _name(search))
        return Outcome(found["m"], json.loads(str(found["numbers"])))

    def restore(self, follower: BranchFollower) -> None:
        """Put a follower where it was after the last search that was made."""
        kept = self._branch.items()
        arrays = {name.removeprefix("branch_"): v for name, v in kept if name.startswith("branch_")}
        follower.restore(arrays, json.loads(str(self._branch["numbers"])))

    def keep(self, outcome: Outcome, follower: BranchFollower) -> None:
        """Keep the outcome of the next search, and the follower after it; OSError if the disk refuses."""
        arrays, numbers = follower.memory()
        named = {f"branch_{name}": value for name, value in arrays.items()}
        try:
            _write(self._folder / _name(self.made), m=outcome.m, numbers=json.dumps(outcome.numbers))
            _write(self._folder / _BRANCH, made=self.made + 1, numbers=json.dumps(numbers), **named)
        except OSError:
            self.full = True
            raise
        self.made += 1

    def remove(self) -> None:
        """Remove all; the loop is whole."""
        shutil.rmtree(self._folder, ignore_errors=True)


def _name(search: int) -> str:
    return f"{search:06d}.npz"


def _digest(loop: str, files: Iterable[Path]) -> str:
    """Of the loop and of all that computes it: a resumed loop is that of one go, to the last digit."""
    versions = f"{np.__version__} {scipy.__version__} {numba.__version__}"
    digest = hashlib.sha256(f"{loop}\n{versions}".encode())
    for file in (*sorted(Path(str(mx3.__file__)).parent.rglob("*.py")), *files):
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _read(path: Path) -> dict[str, Array]:
    with np.load(path, allow_pickle=False) as found:
        return {name: found[name] for name in found.files}


def _write(path: Path, **values: Any) -> None:
    """All or nothing, whenever the process is killed."""
    part = path.with_suffix(".part")
    try:
        with part.open("wb") as stream:
            np.savez(stream, **values)
        os.replace(part, path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
