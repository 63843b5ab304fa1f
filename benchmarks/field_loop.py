"""Whole field loops on the CPU engine: the shipped study's kicked sphere in cells of any size, a thin film.

In: cell size and field step. Out: seconds of the script, kernels already compiled; and from its first row to
its last, what does not grow with the number of fields left out.
"""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.timing import Seconds

WARM_UP = "SetGridSize(4,4,4)\nSetCellSize(1e-9,1e-9,1e-9)\nMsat=1e6\nAex=1e-11\nrelax()\n"
FILM = """
SetGridSize(128, 32, 1)
SetCellSize(500e-9/128, 125e-9/32, 3e-9)
Msat = 8e5
Aex = 1.3e-11
m = uniform(1, 0.1, 0)
for i := 0; i <= 80; i++ {
    B_ext = vector(0.04-0.001*i, 0.001, 0)
    relax()
    tablesave()
}
"""
"""The permalloy film of standard problem 4, reversed along its length."""


@dataclass
class LoopTimes:
    """What a loop took."""

    whole: Seconds
    rows: list[Seconds] = field(default_factory=list)
    """The clocks after each row."""

    @property
    def between_rows(self) -> Seconds:
        """From the first row to the last."""
        return self.rows[-1] - self.rows[0]


def ours() -> Seconds:
    """Seconds of the 802 fields of the shipped study's kick case, as `mxval run fe_sphere_40nm` runs it."""
    return sphere_loop().whole


def sphere_loop(
    cell_nm: float | None = None, step_T: float | None = None, float_dtype: str = "float64"
) -> LoopTimes:
    """The shipped study's kick case, its cells and field steps as given, else its own."""
    from harness.shipped import find_study
    from harness.study.script import render
    from harness.study.study import Study

    study = Study.load(find_study("fe_sphere_40nm"))
    if cell_nm:
        study = study.model_copy(update={"mesh": study.mesh.model_copy(update={"cell_nm": cell_nm})})
    if step_T:
        study = study.model_copy(update={"field": type(study.field)(loop={"max_T": 1, "step_T": step_T})})
    (case,) = (c for c in study.cases() if c.protocol.kind == "kick")
    with tempfile.TemporaryDirectory() as folder:
        return _run(render(case).write(Path(folder)), float_dtype)


def film_loop() -> LoopTimes:
    """Half a loop of a film one cell thick."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "film.mx3"
        script.write_text(FILM)
        return _run(script, "float64")


def _run(script: Path, float_dtype: str) -> LoopTimes:
    from harness.mx3 import Options, run_script

    options, rows = Options(float_dtype=float_dtype), []
    warm = script.with_name("warm.mx3")
    warm.write_text(WARM_UP)
    run_script(warm, script.with_name("warm"), options=options)
    start = Seconds.now()
    run_script(
        script, script.with_name("out"), options=options, on_progress=lambda _: rows.append(Seconds.now())
    )
    return LoopTimes(Seconds.now() - start, rows)
