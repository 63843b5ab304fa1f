"""Printing, formatting and checking.

In: values of any kind. Out: lines of the log, texts, and the end of the run when an expectation fails.
"""

from __future__ import annotations

from typing import Any

from harness.mx3.errors import CheckFailed
from harness.mx3.language import go_format
from harness.mx3.language.signatures import script
from harness.mx3.language.values import Vector
from harness.mx3.session.quantities import Quantity
from harness.mx3.session.session import Session


def _printable(values: tuple[Any, ...]) -> list[Any]:
    """Quantities as their averages, as MuMax3 prints them."""
    return [" ".join(map(go_format.float_text, v.mean())) if isinstance(v, Quantity) else v for v in values]


def _vet_plain(*values: Any) -> str | None:
    for value in values:
        if isinstance(value, Quantity):
            return f"{value.name} is a quantity: give its value, with .average() or .get()"
    return None


@script("print", "Write values to the log.")
def print_values(session: Session, *values: object) -> None:
    session.log(go_format.sprintln(_printable(values)))


@script("sprint", "Values as one text.", vet=_vet_plain)
def sprint(*values: object) -> str:
    return go_format.sprint(values)


@script("sprintf", "Values formatted as one text by Go's verbs: %v %d %f %e %g %s %06d …", vet=_vet_plain)
def sprintf(template: str, *values: object) -> str:
    return go_format.sprintf(template, values)


def _vet_file(session: Session, name: str | None, *values: Any) -> str | None:
    if name is not None:
        session.folders.to_write(name, text=True)
    return None


@script("fprintln", "Append values as a line to a file in the output folder.", vet=_vet_file)
def fprintln(session: Session, file: str, *values: object) -> None:
    path = session.folders.to_write(file, text=True)
    session.output.append_line(path, go_format.sprintln(_printable(values)))


@script("expect", "Check that a number is as expected, within an error; the run ends if it is not.")
def expect(session: Session, message: str, have: float, want: float, error: float) -> None:
    if not session.searches:  # it would judge states that were not looked for
        return
    if abs(have - want) <= error:
        session.log(f"{message} : {go_format.float_text(have)} OK")
        return
    numbers = [go_format.float_text(x) for x in (have, want, error)]
    failure = f"{message}: have {numbers[0]}, want {numbers[1]} ± {numbers[2]}"
    raise CheckFailed(None, f"expect: {failure}")


@script("expectv", "Check that a vector is as expected, within an error in each component.")
def expect_vector(session: Session, message: str, have: Vector, want: Vector, error: float) -> None:
    for c in range(3):
        expect(session, f"{message}[{c}]", have[c], want[c], error)


@script("ext_EnableUnsafe", "Needed by MuMax3 before 3.10.", note="no effect, as in MuMax3")
def enable_unsafe() -> None:
    """There is no unsafe mode any more."""


class Exit(Exception):
    """Raised by `Exit()` to end a script without fault."""


@script("Exit", "End the script here.")
def exit_script() -> None:
    raise Exit
