"""The cache of MuMax3's demagnetising kernels.

In: the folder that keeps them. Out: for each run a cache folder with every kernel kept so far.
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

STALE_AFTER_S = 7 * 24 * 3600
"""Age at which the cache folder of a run that was killed is removed."""

_RUN_PREFIX = "run-"


def default_kernel_cache() -> Path:
    """The user's own folder: one below /tmp could be filled by anybody."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "mxval" / "mumax3-kernels"


@contextmanager
def kernel_cache(kept: Path) -> Iterator[Path]:
    """A folder for MuMax3's `-cache` with the kept kernels; new ones are kept if the block ends well."""
    kept.mkdir(parents=True, exist_ok=True)
    _remove_stale(kept)
    cache = Path(tempfile.mkdtemp(prefix=_RUN_PREFIX, dir=kept))
    try:
        for kernel in kept.glob("*.ovf"):
            (cache / kernel.name).symlink_to(kernel)
        yield cache
        for kernel in cache.glob("*.ovf"):
            if not kernel.is_symlink():
                kernel.replace(kept / kernel.name)
    finally:
        shutil.rmtree(cache, ignore_errors=True)


def _remove_stale(kept: Path) -> None:
    for folder in kept.glob(f"{_RUN_PREFIX}*"):
        if time.time() - folder.lstat().st_mtime > STALE_AFTER_S:
            shutil.rmtree(folder, ignore_errors=True)
