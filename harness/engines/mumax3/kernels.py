"""MuMax3's demagnetising kernels, kept between runs.

In: a folder. Out: for each run a folder of its own that holds every kernel kept so far.
MuMax3 writes kernels in place and stumbles over a file cut short, so a run never writes into the kept ones:
what it adds is taken over whole, and only after it ended well.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LEFT_OVER_S = 7 * 24 * 3600
"""Age at which the folder of a run that was killed is swept away."""

_LENT = "run-"


def default_kernel_cache() -> Path:
    """The user's own folder: one below /tmp could be filled by anybody."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "mxval" / "mumax3-kernels"


@contextmanager
def lent_kernels(kept: Path) -> Iterator[Path]:
    """A folder for ``-cache`` with the kept kernels in it; new ones are kept if the block ends well."""
    kept.mkdir(parents=True, exist_ok=True)
    _sweep(kept)
    lent = Path(tempfile.mkdtemp(prefix=_LENT, dir=kept))
    try:
        for kernel in kept.glob("*.ovf"):
            (lent / kernel.name).symlink_to(kernel)
        yield lent
        for kernel in lent.glob("*.ovf"):
            if not kernel.is_symlink():
                kernel.replace(kept / kernel.name)
    finally:
        shutil.rmtree(lent, ignore_errors=True)


def _sweep(kept: Path) -> None:
    for folder in kept.glob(f"{_LENT}*"):
        if time.time() - folder.lstat().st_mtime > LEFT_OVER_S:
            shutil.rmtree(folder, ignore_errors=True)
