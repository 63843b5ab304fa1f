"""OOMMF's loop of a sphere, and its import, or that of another."""

from pathlib import Path

from harness.runs.foreign.output import foreign_outputs
from harness.runs.foreign.told import Told
from harness.runs.imported import import_output

OOMMF = Path(__file__).parent / "oommf"


def imported(folder, runs, **told):
    (source,) = foreign_outputs([folder])
    return import_output(source, Told.checked(**told), runs)
