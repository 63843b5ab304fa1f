"""A reversal as a film: the saved states of a run one after the other, beside its loop (the paper's video).

In: a finished run. Out: a GIF through pillow, an MP4 through ffmpeg where it is installed.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import Any

from matplotlib.animation import AbstractMovieWriter, FFMpegWriter, PillowWriter
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from mpl_toolkits.mplot3d import Axes3D

from harness.analysis.loop import branches, moment_along
from harness.engines.base import OutputIncomplete, OutputInvalid
from harness.mx3.files.ovf import VectorField
from harness.report.figures.style import FIELD_LABEL, MOMENT_LABEL, PAGE_IN, series, styled
from harness.report.figures.texture import draw_texture, placed_figure, shades_bar
from harness.runs.folder import OUT_NAME
from harness.runs.output import Run
from harness.runs.record import IMPORTED
from reduced_model.errors import InputError

__all__ = ["FORMATS", "animate", "require_writers"]

FORMATS: dict[str, Any] = {"gif": PillowWriter, "mp4": FFMpegWriter}
DPI = 110
HEIGHT_IN = 3.2
LEAST_STATES = 2


def require_writers(kinds: Sequence[str]) -> None:
    """Raise InputError for a format that is none, or that nothing here can write."""
    for kind in kinds:
        if kind not in FORMATS:
            raise InputError(f"--format {kind}: no such format; there are {', '.join(FORMATS)}")
        if not FORMATS[kind].isAvailable():
            raise InputError(
                f"--format {kind}: no program ffmpeg here; install the package ffmpeg, or give --format gif"
            )


@styled()
def animate(
    run: Run,
    out: Path,
    kinds: Sequence[str] = ("gif",),
    *,
    fps: float = 8.0,
    on_step: Callable[[int, int], None] | None = None,
    on_note: Callable[[str], None] = lambda words: None,
) -> tuple[Path, ...]:
    """Write a run's saved states, in path order, as a film beside its loop.

    Parameters
    ----------
    run : Run
    out : Path
        The file without its ending; its folder is made if need be.
    kinds : sequence of str
        Of `FORMATS`.
    fps : float
        States a second.
    on_step : callable, optional
        Called with the states that are done and their total.
    on_note : callable, optional
        Called with why a state is left out: it cannot be read, or is not of this run.

    Raises
    ------
    InputError
        If the run saved fewer than two states, or a format is none of `FORMATS` or cannot be written here.
    OutputInvalid
        If fewer than two of the saved states are still there, or none can be read; no film is left then.
    """
    require_writers(kinds)
    steps = list(run.loop.states)
    for name in _gone(run, steps):
        on_note(f"left out of the film: {name}: is gone since the run was {_made(run)}")
    frames = _states(run, steps, on_step, on_note)
    first = next(frames)
    figure, show = _stage(run)
    out.parent.mkdir(parents=True, exist_ok=True)
    files = tuple(out.with_name(f"{out.name}.{kind}") for kind in kinds)
    with tempfile.TemporaryDirectory(prefix=".film-", dir=out.parent) as staging:
        parts = [Path(staging) / file.name for file in files]
        with ExitStack() as stack:
            writers: list[AbstractMovieWriter] = [FORMATS[kind](fps=fps) for kind in kinds]
            for writer, part in zip(writers, parts, strict=True):
                stack.enter_context(writer.saving(figure, str(part), DPI))
            for step, state in chain([first], frames):
                show(step, state)
                for writer in writers:
                    writer.grab_frame()
        for part, file in zip(parts, files, strict=True):
            os.replace(part, file)
    return files


def _gone(run: Run, steps: Sequence[int]) -> list[str]:
    """The saved states that are no longer there; raises where too few are, or were saved, for a film."""
    saved = sorted(name for name in run.record.outputs if name.endswith(".ovf"))
    if len(steps) >= LEAST_STATES:
        return [name for name in saved if not (run.folder / OUT_NAME / name).exists()]
    needs, imported = f"a film needs {LEAST_STATES}", run.record.engine == IMPORTED
    if len(saved) >= LEAST_STATES:
        gone = f"{len(saved) - len(steps)} of {len(saved)} saved states are gone since the run"
        again = "import it again" if imported else "move its folder away, or run again with --redo"
        raise OutputIncomplete(f"{run.folder / OUT_NAME}: {gone} was {_made(run)}, and {needs}; {again}")
    found = "one state" if steps else "no states"
    if imported:
        more = "import one with more; mxval import says which it leaves out"
        raise InputError(f"{run.folder}: was imported with {found}, and {needs}; {more}")
    more = 'set [save] every_T = 0.02, or ovf = "all", in its study and run it again'
    raise InputError(f"{run.folder}: saved {found}, and {needs}; {more}")


def _made(run: Run) -> str:
    return "imported" if run.record.engine == IMPORTED else "finished"


def _states(
    run: Run,
    steps: Sequence[int],
    on_step: Callable[[int, int], None] | None,
    on_note: Callable[[str], None],
) -> Iterator[tuple[int, VectorField]]:
    """The saved states that can be read, with their steps; raises OutputInvalid where none can."""
    read = 0
    for done, step in enumerate(steps, start=1):
        try:
            state = run.state(step)
        except OutputInvalid as why:
            if done == len(steps) and not read:
                raise
            on_note(f"left out of the film: {why}")
        else:
            read += 1
            yield step, state
        if on_step is not None:
            on_step(done, len(steps))


def _stage(run: Run) -> tuple[Figure, Callable[[int, VectorField], None]]:
    """The figure, and what makes it show a state, that of a step."""
    case, loop = run.case, run.loop
    figure = placed_figure(PAGE_IN, HEIGHT_IN)
    FigureCanvasAgg(figure)
    texture = figure.add_axes((-0.01, 0.02, 0.44, 0.92), projection="3d")
    assert isinstance(texture, Axes3D)
    shades_bar(figure, figure.add_axes((0.45, 0.25, 0.012, 0.5)), "m along the field")
    axes = figure.add_axes((0.6, 0.14, 0.38, 0.74))
    moment = moment_along(loop, case.direction)
    stretches = branches(loop.B_T)
    for branch in stretches:
        axes.plot(loop.B_T[branch.rows], moment[branch.rows], label=branch.label, **_line(branch.name))
    (here,) = axes.plot([], [], "o", color=series(1).color, markersize=6.0, zorder=5)
    axes.set(xlabel=FIELD_LABEL, ylabel=MOMENT_LABEL, ylim=(-1.08, 1.08))
    axes.locator_params(axis="x", nbins=5)
    axes.legend(loc="lower right")
    figure.text(0.6, 0.93, f"{case.name}, cells of {case.mesh.cell_nm:g} nm")
    words = figure.text(0.03, 0.93, "")
    rows = {int(step): k for k, step in enumerate(loop.step)}

    def show(step: int, state: VectorField) -> None:
        row = rows[step]
        texture.clear()
        draw_texture(texture, state, case.radius_m, case.lattice.centre_m, shaded_along=case.direction)
        here.set_data([loop.B_T[row]], [moment[row]])
        way = next((b.label for b in stretches if b.rows.start <= row < b.rows.stop), "")
        words.set_text(f"{loop.B_T[row]:+.3f} T{f', {way}' if way else ''}".replace("-", "−"))

    return figure, show


def _line(branch: str) -> dict[str, Any]:
    return {"color": "0.2" if branch == "descending" else "0.6", "linewidth": 0.9}
