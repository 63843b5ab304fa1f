"""The kicked loop of the paper's sphere, whole, as `mxval run fe_sphere_40nm` runs it.

In: nothing. Out: seconds of the script on the CPU engine, kernels already compiled.
"""

import tempfile
import time
from pathlib import Path


def ours() -> float:
    """Seconds of the 802 fields of the shipped study's kick case."""
    from harness.mx3 import run_script
    from harness.shipped import find_study
    from harness.study.script import render
    from harness.study.study import Study

    (case,) = (c for c in Study.load(find_study("fe_sphere_40nm")).cases() if c.protocol.kind == "kick")
    with tempfile.TemporaryDirectory() as folder:
        script = render(case).write(Path(folder))
        warm = script.with_name("warm.mx3")
        warm.write_text("SetGridSize(4,4,4)\nSetCellSize(1e-9,1e-9,1e-9)\nMsat=1e6\nAex=1e-11\nrelax()\n")
        run_script(warm, Path(folder) / "warm")
        start = time.perf_counter()
        run_script(script, Path(folder) / "out")
        return time.perf_counter() - start
