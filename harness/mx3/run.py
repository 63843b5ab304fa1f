"""Running a script from start to end, or only checking it.

In: a script file, an output folder, options. Out: the folder's files and a `RunSummary`; before anything is
written, the whole script is read and checked.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harness.mx3.errors import ScriptError
from harness.mx3.files.folders import CHECKPOINT, Folders
from harness.mx3.files.output import OutputFolder
from harness.mx3.language.compiler import Compilation, compile_program
from harness.mx3.language.parse import parse
from harness.mx3.names.outside import ELSEWHERE
from harness.mx3.names.text import Exit
from harness.mx3.names.world import World
from harness.mx3.options import Options
from harness.mx3.session.rehearsal import OnSave, Rehearsal
from harness.mx3.session.search import Found
from harness.mx3.session.session import Session

QUADRATURE_IN_LOG = "demagnetising kernel: MuMax3's quadrature"
SMOOTH_IN_LOG = "surface: smooth; what the staircase of cells does to field and exchange is corrected"
"""How a log says that the kernel was not the exact one."""
_WITHOUT_EFFECT = re.compile(
    r"\bFixedLayer\s*\.\s*Add\s*\(\s*LoadFile\s*\(\s*\"[^\"\n]*\"\s*\)[^;)\n]*\)", re.IGNORECASE
)
"""What no state depends on, as currents are refused: the file that it reads may be lost where none is run."""


@dataclass(frozen=True)
class RunSummary:
    """What a finished run amounts to."""

    rows: int
    """Rows of the table."""
    saved: tuple[Path, ...]
    """Files written by Save and SaveAs, in order."""
    searches: int
    """Calls of relax and minimize."""
    unconverged: int
    """Those that did not reach the tolerance, or were not stopped by MuMax3's rule."""
    warnings: tuple[str, ...]
    """One line for each of them."""
    residual_T: float
    """Largest residual torque max |m x B_eff| any search ended with, in T."""
    field_evaluations: int
    """Effective-field evaluations of all searches."""
    seconds: float
    """Wall time."""
    algorithm: str
    float_dtype: str
    found: tuple[Found, ...] = ()
    """What each search ended in, where that was asked for."""


def vet(text: str, script: Path | None = None, out: Path | None = None) -> list[ScriptError]:
    """Problems of a script's text, in order of line; empty if it can be run.

    Parameters
    ----------
    text : str
    script, out : Path, optional
        Its file, and where it would write; with them the files it reads are looked for.

    Examples
    --------
    >>> [str(problem) for problem in vet("SetGridSiz(1, 1, 1)")]
    ['script line 1: unknown name "SetGridSiz"; did you mean "SetGridSize"?']
    """
    try:
        return compiled(text, World(Session(folders=Folders(script, out)))).problems
    except ScriptError as error:
        return [error]


def run_script(
    script: Path,
    out: Path,
    *,
    options: Options | None = None,
    overwrite: bool = False,
    certify: bool = False,
    on_progress: Callable[[int], None] | None = None,
    on_log: Callable[[str], None] | None = None,
) -> RunSummary:
    """Run a script.

    Parameters
    ----------
    script : Path
        The `.mx3` file; the script may read files from its folder.
    out : Path
        Output folder, created if missing.
    options : Options, optional
    overwrite : bool
        Whether `out` may hold an earlier run, whose files are then replaced.
    certify : bool
        Whether each search is followed by a look whether what it found is a minimum, a saddle or a maximum.
    on_progress : callable, optional
        Called with the number of table rows after each.
    on_log : callable, optional
        Called with each line of the log.

    Raises
    ------
    ScriptError
        If the script cannot be read or has a mistake. Nothing is written unless the mistake shows only while
        running.
    CheckFailed
        If an `expect` of the script fails.
    NotConverged
        If a search does not converge and `options.strict` is set.
    OutputError
        If `out` is not empty and `overwrite` is False, or cannot be written.
    """
    started = time.perf_counter()
    session = Session(options, Folders(script, out), on_progress, certifies=certify)
    world = World(session)
    compilation = compiled(read_script(script), world)
    if compilation.problems:
        raise compilation.problems[0]
    leaves_saddles = session.options.leave_saddles
    output = OutputFolder(
        out, overwrite=overwrite, on_log=on_log, leaves_saddles=leaves_saddles, certifies=certify
    )
    session.begin(output)
    try:
        if leaves_saddles:
            loop = f"{read_script(script)}\n{session.options}"
            world.search.resume_from(out.with_name(f"{out.name}{CHECKPOINT}"), loop)
        with np.errstate(all="ignore"):  # absurd values give Inf and NaN, as in MuMax3, not messages
            _execute(compilation, session)
    except ScriptError as error:
        session.log(str(error))
        raise type(error)(error.line, error.message + output.kept) from None
    finally:
        output.close()
    search = world.search
    search.finish()
    return RunSummary(
        rows=output.rows,
        saved=tuple(output.saved),
        searches=search.searches,
        unconverged=len(search.warnings),
        warnings=tuple(search.warnings),
        residual_T=search.residual_T,
        field_evaluations=search.field_evaluations,
        seconds=time.perf_counter() - started,
        algorithm=session.options.algorithm,
        float_dtype=session.options.float_dtype,
        found=tuple(search.found),
    )


def rehearse(script: Path, on_save: OnSave, out: Path | None = None, options: Options | None = None) -> None:
    """Follow a script without its searches, to know in what magnet and field each state was saved.

    What a script decides by looking at a state it may decide otherwise here.

    Parameters
    ----------
    script : Path
    on_save : callable
        Called with file name and magnet where the script saves m; it may move the magnet.
    out : Path, optional
        The output folder, where the script reads files of its own; `<script>.out` if not given.
    options : Options, optional
        For the magnet; its searches are not made.

    Raises
    ------
    ScriptError
        If the script cannot be read, has a mistake or reads a file that is not there.
    """
    follow(script, Rehearsal(Folders(script, out), on_save, options))


def follow(script: Path, session: Rehearsal) -> None:
    """Follow a script in a session that makes no searches; raises as `rehearse`."""
    compilation = compiled(_WITHOUT_EFFECT.sub("", read_script(script)), World(session))
    if compilation.problems:
        raise compilation.problems[0]
    with np.errstate(all="ignore"):
        carry_out(compilation)


def read_script(script: Path) -> str:
    """Text of a script; ScriptError if it cannot be read as UTF-8."""
    try:
        return script.read_text(encoding="utf-8")
    except OSError as error:
        raise ScriptError(None, f"cannot read {script}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise ScriptError(None, f"{script} is not a text file in UTF-8") from None


def compiled(text: str, world: World) -> Compilation:
    """A script's text with the names of a world; ScriptError if it is no script at all."""
    try:
        return compile_program(
            parse(text), world.names, world.spelling, ELSEWHERE, on_line=world.session.at_line
        )
    except RecursionError:
        raise ScriptError(None, "the script is nested too deeply") from None


def _execute(compilation: Compilation, session: Session) -> None:
    options = session.options
    fast = f"fast minimiser to {options.tolerance_T:g} T"
    faithful = "faithful, by MuMax3's algorithms and stopping rules"
    session.log(f"mxval CPU engine, {options.float_dtype}, MuMax3 script language")
    session.log(f"relax and minimize: {fast if options.algorithm == 'fast' else faithful}")
    if options.leave_saddles:
        session.log("stable branches are followed, saddles left by both sides of their mode")
    if options.demag == "mumax3":
        session.log(f"{QUADRATURE_IN_LOG}, to DemagAccuracy")
    if options.surface == "smooth":
        session.log(SMOOTH_IN_LOG)
    session.log(f"output directory: {session.output.path}")
    carry_out(compilation, session.output.log)


def carry_out(compilation: Compilation, log: Callable[[str], None] = lambda echo: None) -> None:
    """Run the statements, each logged before, to the end or an Exit()."""
    for statement in compilation.statements:
        log(statement.echo)
        try:
            statement.run()
        except Exit:
            return
        except RecursionError:
            raise ScriptError(statement.line, "nested too deeply") from None
        except MemoryError:
            raise ScriptError(statement.line, "out of memory") from None
