"""A script followed without its searches: all is assigned, no state is looked for, nothing is written.

In: what any session takes, and a function to call where the script saves m. Out: at each such place the
magnet, with the cells, the material and the field that were in force there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from harness.mx3.errors import ScriptError
from harness.mx3.files.folders import Folders
from harness.mx3.options import Options
from harness.mx3.session.quantities import Quantity
from harness.mx3.session.session import Session

if TYPE_CHECKING:
    from harness.mx3.magnet.magnet import Magnet

STATES = ("m", "m_full")
OnSave = Callable[[str, "Magnet"], None]
"""Takes a file's name and the magnet."""


MOST_STATEMENTS = 1_000_000


class Rehearsal(Session):
    """A session that assigns and does not search; energies and torques read as zero.

    ScriptError where that does not end.
    """

    searches = False
    _statements = 0

    def at_line(self, line: int) -> None:
        """Take note of the statement that is about to run."""
        super().at_line(line)
        self._statements += 1
        if self._statements > MOST_STATEMENTS:
            raise ScriptError(
                line,
                f"more than {MOST_STATEMENTS} statements without an end: the script goes on for ever, or "
                "until a state changes, and here no state is looked for",
            )

    def __init__(self, folders: Folders, on_save: OnSave, options: Options | None = None) -> None:
        super().__init__(options, folders)
        self.sample.at_rest = True
        self._on_save = on_save

    def pass_over(self, event: str, until_s: float | None = None) -> None:
        """Let time go by, from one scheduled output to the next."""
        self.make_due_output()
        while until_s is not None and self.time.value < until_s:
            self.at_line(self.line)
            self.time.value = min([until_s, *(autosave.next_s for autosave in self.autosaves.values())])
            self.make_due_output()

    @property
    def output(self) -> Any:
        """Nowhere."""
        return _Nowhere()

    def log(self, text: str) -> None:
        """Nothing is logged."""

    def save_row(self) -> None:
        """No row is written."""

    def save(self, quantity: Quantity, name: str | None = None) -> None:
        """Hand on the magnet where m is saved, under the name of the file."""
        path = self.path_for(quantity, name)
        if quantity.name in STATES:
            self._on_save(path.name, self.sample.magnet)


class _Nowhere:
    """An output folder that keeps nothing."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_, **__: None
