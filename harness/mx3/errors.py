"""What can go wrong while a script runs, one class a reason; outside programs add theirs to them.

In: the place and the reason. Out: exceptions whose text is a single line, fit to show to the script's author.
"""

from __future__ import annotations

from reduced_model.errors import MxvalError


class EngineError(MxvalError):
    """Base of the errors of a run. Each message is one line: what happened and, if known, what to do."""


class ScriptError(EngineError):
    """The script must be mended: syntax, unknown or unsupported name, wrong type, bad value.

    Parameters
    ----------
    line : int or None
        Line of the script, from 1; None where no single line is to blame.
    message : str
        What is wrong, and where possible what to do.
    """

    exit_code = 2

    def __init__(self, line: int | None, message: str) -> None:
        self.line = line
        self.message = " ".join(message.splitlines())
        super().__init__(self.message if line is None else f"script line {line}: {self.message}")


class CheckFailed(ScriptError):
    """An `expect` or `expectv` of the script found another value: the run worked, its own check failed."""

    exit_code = 1


class NotConverged(EngineError):
    """An equilibrium search used up its field evaluations, and the caller asked to be strict."""


class OutputError(EngineError):
    """The output folder cannot be used, or a file in it cannot be written."""
