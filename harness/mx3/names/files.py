"""Tables and files.

In: quantities, names and formats. Out: rows of table.txt and files in the output folder.
"""

from __future__ import annotations

from harness.mx3.errors import ScriptError
from harness.mx3.files.input_files import load
from harness.mx3.language import go_format
from harness.mx3.language.expressions import ScalarFunction, Variable
from harness.mx3.language.signatures import script
from harness.mx3.language.values import Mask, OutputFormat
from harness.mx3.names.entries import Entries, constant, variable
from harness.mx3.session.quantities import Quantity, ScalarValue
from harness.mx3.session.session import Autosave, Session

_NO_PICTURE = "accepted, but no picture is made"


_BY_VALUE = 'TableAddVar(value, "name", "unit") takes a number, such as the .x() of a vector'


@script("TableAdd", "Add a quantity as a column of the table.", otherwise=_BY_VALUE)
def table_add(session: Session, quantity: Quantity) -> None:
    session.add_column(quantity)


@script("TableAddVar", "Add an expression as a column, evaluated anew for each row, with name and unit.")
def table_add_var(session: Session, value: ScalarFunction, name: str, unit: str) -> None:
    if any(ord(c) < 32 for c in name + unit):
        raise ScriptError(None, "TableAddVar: name and unit must not hold control characters")
    session.add_column(ScalarValue(session.grid, name, unit, lambda: float(value())))


@script("TableSave", "Append a row to the table.")
def table_save(session: Session) -> None:
    session.save_row()


@script("TablePrint", "Append a line of text to the table.")
def table_print(session: Session, *values: object) -> None:
    session.start_table()
    session.output.add_table_line(go_format.sprintln(values))


@script("TableAutoSave", "Append a row every period (s); 0 stops.")
def table_auto_save(session: Session, period: float) -> None:
    session.autosaves["table"] = Autosave(period, session.time.value, session.save_row)


@script("AutoSave", "Save a quantity every period (s); 0 stops.")
def auto_save(session: Session, quantity: Quantity, period: float) -> None:
    if period == 0:
        session.autosaves.pop(quantity, None)
    else:
        session.autosaves[quantity] = Autosave(period, session.time.value, lambda: session.save(quantity))


@script("Save", "Save a quantity under its name with a running number.")
def save(session: Session, quantity: Quantity) -> None:
    session.save(quantity)


def _vet_name(session: Session, quantity: Quantity | None, name: str | None) -> str | None:
    if name is not None:
        session.folders.to_write(name)
    return None


@script("SaveAs", "Save a quantity under a file name.", vet=_vet_name)
def save_as(session: Session, quantity: Quantity, name: str) -> None:
    session.save(quantity, name)


@script("Snapshot", "Save a picture of a quantity.", note=_NO_PICTURE)
def snapshot(session: Session, quantity: Quantity) -> None:
    session.log(f"snapshot of {quantity.name}: no picture is made by this engine")


@script("SnapshotAs", "Save a picture of a quantity under a file name.", note=_NO_PICTURE)
def snapshot_as(session: Session, quantity: Quantity, name: str) -> None:
    snapshot(session, quantity)


@script("AutoSnapshot", "Save a picture every period (s).", note=_NO_PICTURE)
def auto_snapshot(session: Session, quantity: Quantity, period: float) -> None:
    snapshot(session, quantity)


@script("Flush", "Write pending output.", note="no effect: output is written at once")
def flush() -> None:
    """Output is never held back here."""


def _vet_load(session: Session, name: str | None) -> str | None:
    return None if name is None else session.folders.missing(name)


@script("LoadFile", "Numbers of an OVF file in the script's folder or in the output folder.", vet=_vet_load)
def load_file(session: Session, name: str) -> Mask:
    return load(session.folders, name)


def objects(session: Session) -> Entries:
    """Formats and their setting."""
    yield variable("OutputFormat", session.output_format, "Format of saved files.", "DUMP is not supported")
    for format in OutputFormat:
        yield constant(format.name, format, f"{format.name.replace('_', ' ').lower()} files.")
    naming = "How Save names files, from quantity and number."
    yield variable("FilenameFormat", session.filename_format, naming)
    yield variable("SnapshotFormat", Variable(str, "jpg"), "Format of pictures.", _NO_PICTURE)
