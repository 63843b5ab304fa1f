"""What can go wrong in the CPU engine, one class a reason.

In: the place and the reason. Out: exceptions whose text is a single line, fit to show to the script's author.
"""

from __future__ import annotations


class Mx3Error(Exception):
    """Base of every error the CPU engine raises on purpose."""


class ScriptError(Mx3Error):
    """The script must be mended: syntax, unknown or unsupported name, wrong type, bad value, failed `expect`.

    Parameters
    ----------
    line : int or None
        Line of the script, counted from 1; None where no single line is to blame.
    message : str
        What is wrong, and where possible what to do.
    """

    def __init__(self, line: int | None, message: str) -> None:
        self.line = line
        self.message = " ".join(message.split())
        super().__init__(self.message if line is None else f"line {line}: {self.message}")


class ExpectationFailed(ScriptError):
    """An `expect` or `expectv` of the script found another value: the run worked, its check failed."""


class ConvergenceError(Mx3Error):
    """An equilibrium search used up its field evaluations, and the caller asked to be strict."""


class OutputError(Mx3Error):
    """The output folder cannot be used, or a file in it cannot be written."""
