"""One script's run: its sample, its time, the columns of its table and its output folder.

In: the calls of script functions. Out: rows, saved states and lines of the log. What moves the state,
`Search` and `Evolution`, stands above it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harness.mx3.errors import OutputError, ScriptError
from harness.mx3.files.folders import Folders
from harness.mx3.files.output import OutputFolder
from harness.mx3.files.ovf import Header, component_labels
from harness.mx3.language.expressions import Variable
from harness.mx3.language.go_format import sprintf
from harness.mx3.language.signatures import Part
from harness.mx3.language.values import OutputFormat
from harness.mx3.options import Options
from harness.mx3.session.grid import Grid
from harness.mx3.session.quantities import Quantity
from harness.mx3.session.sample import Sample

_ROUNDING = 1e-9
"""Share of a period by which a time may fall short of it and still count as reached: many steps add up."""


@dataclass
class Autosave:
    """When to repeat an output: every `period` seconds of simulated time, counted from `start`."""

    period: float
    start: float
    output: Callable[[], None]
    count: int = -1

    def due(self, time: float) -> bool:
        """Whether the output should be made now."""
        if self.period == 0:
            return False
        return (time - self.start) - self.count * self.period >= self.period * (1 - _ROUNDING)

    @property
    def next_s(self) -> float:
        """When the output is due next; inf for never."""
        return self.start + (self.count + 1) * self.period if self.period else math.inf


class Session(Part):
    """A running script.

    Parameters
    ----------
    options : Options
    folders : Folders, optional
        Where it may read and write.
    on_progress : callable, optional
        Called with the number of table rows after each.
    certifies : bool
        Whether each equilibrium is told a minimum or not.

    Attributes
    ----------
    time, step : Variable
        The script's t and step.
    searches : bool
        Whether states are looked for and time passes; a rehearsal only assigns.
    line : int
        Of the statement that runs; 0 before the first.
    last_error, peak_error : float
        The script's LastErr and PeakErr.
    autosaves : dict
        Scheduled outputs by what they save.
    """

    searches = True

    def __init__(
        self,
        options: Options | None = None,
        folders: Folders | None = None,
        on_progress: Callable[[int], None] | None = None,
        certifies: bool = False,
    ) -> None:
        self.certifies = certifies
        self.options = options or Options()
        self.folders = folders or Folders()
        self._output: OutputFolder | None = None
        self._on_progress = on_progress
        self.random = np.random.default_rng(0)
        self.grid = Grid(self.log)
        self.sample = Sample(self.grid, self.folders, self.options)
        self.time = Variable(float, 0.0, is_time=True)
        self.step = Variable(int, 0)
        self.output_format = Variable(OutputFormat, OutputFormat.OVF2_BINARY)
        self.filename_format = Variable(str, "%s%06d", self._check_format)
        self.last_error = self.peak_error = 0.0
        self._columns: list[Quantity] = [self.sample.m]
        self.autosaves: dict[object, Autosave] = {}
        self._autonumber: dict[str, int] = {}
        self._certified: tuple[np.ndarray, dict[str, float | str]] | None = None
        self.line = 0

    def at_line(self, line: int) -> None:
        """Take note of the statement that is about to run."""
        self.line = line

    def pass_over(self, event: str, until_s: float | None = None) -> None:
        """A search or a run to a time that is not made, `event` its name; only where `searches` is False."""

    def note_error(self, error: float) -> None:
        """Take the error of a step, or the residual torque of a search, into LastErr and PeakErr."""
        self.last_error, self.peak_error = error, max(self.peak_error, error)

    def begin(self, output: OutputFolder) -> None:
        """Take the folder the run writes to; until then the session only serves to check a script."""
        self._output = output

    @property
    def output(self) -> OutputFolder:
        """The output folder."""
        if self._output is None:
            raise OutputError("there is no output folder while a script is only checked")
        return self._output

    def log(self, text: str) -> None:
        """Write engine output to the log, marked with // as MuMax3 does."""
        self.output.log("//" + text)

    def add_column(self, quantity: Quantity) -> None:
        """Add a quantity to the table; ScriptError once rows are written."""
        if self._output is not None and self._output.table_started:
            raise ScriptError(
                None, f"cannot add {quantity.name}: the table already has rows; add columns before the first"
            )
        self._columns.append(quantity)

    def start_table(self) -> None:
        """Write the table's header if it is not there yet."""
        self.output.start_table(
            (label, quantity.unit)
            for quantity in self._columns
            for label in component_labels(quantity.name, quantity.components, "")
        )

    def save_row(self) -> None:
        """Append the present values of all columns to the table."""
        numbers = [x for quantity in self._columns for x in quantity.mean()]
        self.start_table()
        row = self.output.add_row(self.time.value, numbers)
        self.record("tablesave", row=row)
        if self._on_progress is not None:
            self._on_progress(row + 1)

    def save(self, quantity: Quantity, name: str | None = None) -> None:
        """Write a quantity to a file; without a name, under its own with a running number."""
        path = self.path_for(quantity, name)
        header = Header(quantity.name, quantity.unit, self.time.value, quantity.mesh.cell)
        self.output.save(path, quantity.values(), header, self.output_format.value)
        self.record(f"save:{self.folders.label(path)}")

    def path_for(self, quantity: Quantity, name: str | None = None) -> Path:
        """Where a quantity goes: to a file of that name, or to the next one under its own."""
        if name is None:
            number = self._autonumber.get(quantity.name, 0)
            name = sprintf(self.filename_format.value, [quantity.name, number]) + ".ovf"
            self._autonumber[quantity.name] = number + 1
        return self.folders.to_write(name)

    def certify(
        self, lambda_min_T: float, verdict: str, soft_T: Sequence[float] = (), **more: float | str
    ) -> None:
        """Take what the present state is, for the record of whatever is done with it."""
        soft = " ".join(f"{value:.6g}" for value in soft_T)
        what = {"lambda_min_T": f"{lambda_min_T:.9e}", "soft_T": soft, "verdict": verdict, **more}
        self._certified = self.sample.magnet.columns, what

    def record(self, event: str, **work: float | str) -> None:
        """Note in solver.csv how well the present state is in equilibrium, and what a search took."""
        sample = self.sample
        if self._certified is not None and self._certified[0] is sample.magnet.columns:
            work |= self._certified[1]
        self.output.record(event, residual_T=sample.max_torque(), odd_part=sample.odd_part(), **work)

    def make_due_output(self) -> None:
        """Make the outputs that `autosave` and `tableautosave` have scheduled for now."""
        for autosave in self.autosaves.values():
            if autosave.due(self.time.value):
                autosave.output()
                autosave.count += 1

    def _check_format(self, template: str) -> None:
        self.folders.to_write(sprintf(template, ["m", 0]) + ".ovf")
