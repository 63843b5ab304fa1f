"""The cache of MuMax3's demagnetising kernels.

In: the folder that keeps them. Out: for each run a cache folder with every kernel kept so far.
MuMax3 writes kernels in place and stumbles over a file cut short, so a run never writes into the kept ones:
what it adds is taken over whole, and only after it ended well.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

STALE_AFTER_S = 7 * 24 * 3600
"""Age at which the cache folder of a run that was killed is removed."""

_RUN_PREFIX = "run-"


@contextmanager
def kernel_cache(folder: str | None) -> Iterator[Path]:
    """A folder for MuMax3's `-cache` with the kept kernels; new ones are kept if the block ends well.

    None keeps them in the user's own cache: a folder below /tmp could be filled by anybody.
    """
    own = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mxval" / "mumax3-kernels"
    kept = Path(folder) if folder else own
    kept.mkdir(parents=True, exist_ok=True)
    for left in kept.glob(f"{_RUN_PREFIX}*"):
        with suppress(FileNotFoundError):  # of a run beside this one, which has just ended
            if time.time() - left.lstat().st_mtime > STALE_AFTER_S:
                shutil.rmtree(left, ignore_errors=True)
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
