"""From the shell to the end of a script of one cell: imports, checks, kernels from the cache, output.

In: nothing. Out: seconds, after one run that fills the caches.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.timing import Seconds

SCRIPT = "SetGridSize(1,1,1)\nSetCellSize(1e-9,1e-9,1e-9)\nMsat=1e6\nAex=1e-11\nrelax()\ntableSave()\n"


def ours() -> Seconds:
    """Seconds of `mxval mx3`."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "one.mx3"
        script.write_text(SCRIPT)
        for out in ("warm", "timed"):
            start = Seconds.now()
            command = [sys.executable, "-m", "harness", "mx3", str(script), "-o", str(Path(folder) / out)]
            subprocess.run(command, check=True, capture_output=True)
        return Seconds.now() - start
