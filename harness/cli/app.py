"""The command mxval: its commands, and the one place where an error becomes a line and an exit code.

In: arguments. Out: what the commands show, and an exit code:
0 all well, 1 a run or a check failed, 2 bad input, 130 interrupted, 128 + n ended by signal n.

Command functions import what they use when they run: numpy, pydantic, numba and pandas take seconds, and
`mxval --help` and `mxval --version` answer at once.
"""

import inspect
import sys
from collections.abc import Callable
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from harness.cli import (
    budget,
    cluster,
    continuum,
    export,
    figures,
    imports,
    keeping,
    machine,
    model,
    runs,
    studies,
)
from harness.cli.examples import epilog
from harness.cli.signals import Stopped, signals_as_exceptions
from harness.cli.terminal import plain_streams, say

FAILED, BAD_INPUT, INTERRUPTED = 1, 2, 130

START_AGAIN = "nothing was left half done; give the same command again"
OF_CASES = "give the same command again: finished cases are kept, the one in hand is made anew or goes on"
OF_A_REDO = "the same command without --redo makes those in hand anew, with --redo all cases"
AFTER_AN_INTERRUPT = {
    "work": "give the same command again: finished runs are kept, the one in hand is made anew or goes on",
    **dict.fromkeys(("run", "figure", "reproduce"), OF_CASES),
    "mx3": "what was written so far is in the output folder; start anew with --overwrite",
}
"""What to do next, by command."""
ELSEWHERE = {
    "--faithful": '[solver] algorithm = "faithful" in the study',
    "--float32": '[solver] precision = "single" in the study',
    "--demag": '[solver] demag = "mumax3" in the study',
    "--surface": '[solver] surface = "smooth" in the study',
}
"""Where an option of mxval mx3 stands for the commands that run studies."""


class OneLineErrors(TyperGroup):
    """Commands that answer every error a user can cause with a line on stderr and an exit code."""

    def main(self, *args: Any, **settings: Any) -> Any:
        """Run the command line; a wrong option or argument is one line too."""
        settings["standalone_mode"] = False
        try:
            code = super().main(*args, **settings)
        except Exception as error:
            if not hasattr(error, "format_message"):  # the parser's own, whatever its version calls them
                raise
            if message := error.format_message():  # none where help was shown for want of a command
                hint = ELSEWHERE.get(getattr(error, "option_name", ""), "mxval --help")
                say(f"mxval: {message} ({hint})", err=True)
            sys.exit(BAD_INPUT)
        sys.exit(code if isinstance(code, int) else 0)

    def invoke(self, ctx: Any) -> Any:
        """Run the command named on the command line."""
        writes_nothing, redo = "--vet" in ctx.args, "--redo" in ctx.args  # which the command takes from it
        try:
            with signals_as_exceptions():
                return super().invoke(ctx)
        except KeyboardInterrupt as stop:
            code = 128 + stop.number if isinstance(stop, Stopped) else INTERRUPTED
            next_step = None if writes_nothing else AFTER_AN_INTERRUPT.get(ctx.invoked_subcommand)
            next_step = OF_A_REDO if redo else next_step
            fail(f"interrupted; {next_step or START_AGAIN}", code)
        except BrokenPipeError:  # the reader has seen enough: the parser ends without a word
            raise
        except OSError as error:
            fail(f"{error.filename or 'file'}: {error.strerror or error}", FAILED)
        except MemoryError:
            fail("not enough memory for this; take fewer cells, fields or spheres", FAILED)
        except Exception as error:
            from reduced_model.errors import MxvalError

            if isinstance(error, MxvalError):
                fail(str(error), error.exit_code)
            raise


def fail(message: str, code: int) -> NoReturn:
    """End the command with a message, a line each, and an exit code."""
    for line in message.splitlines():
        say(f"mxval: {line}", err=True)
    raise typer.Exit(code)


app = typer.Typer(
    name="mxval",
    cls=OneLineErrors,
    help="Check MuMax3 against the minimal vortex model: one study in, one report out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from harness import __version__

        say(f"mxval {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def _text(command: Callable[..., None]) -> str:
    """A docstring with a line a paragraph, to be broken where the screen ends."""
    paragraphs = (inspect.getdoc(command) or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


for _group in (studies, runs, cluster, keeping, imports, export, budget, continuum, model, figures, machine):
    for _command in _group.COMMANDS:
        _name = _command.__name__.replace("_", "-")
        app.command(_name, help=_text(_command), epilog=epilog(_name))(_command)


def main() -> None:
    """Run the command line."""
    plain_streams()
    app()
