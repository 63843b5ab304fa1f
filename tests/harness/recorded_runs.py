"""Runs of MuMax3 3.11.1 kept under mumax_runs/recorded; its README says what they are and are not."""

import json

from harness import shipped
from harness.runs.output import Run
from harness.runs.record import RunRecord
from harness.runs.table import read_loop, read_table
from harness.study.study import Case, Study

RECORDED = shipped.CHECKOUT / "mumax_runs" / "recorded"
FOUR = ("bare", "bias2mT+", "kick5mT-seed1", "minimize-kick5mT-seed1", "minimize-tilt2deg")
NAMES = (
    *(f"four/R20nm-c4nm-{way}" for way in FOUR),
    "finer/R20nm-c4nm-minimize-kick5mT-seed1",
    "relaxed/R20nm-c2nm-bare",
)


def recorded_run(name):
    """A kept run as if read from its folder; of the last one, stopped by hand, the rows there are."""
    folder = RECORDED / name
    asked = json.loads((folder / "case.json").read_text())
    study = Study.model_validate({**asked["study"], "continuum": {"solve": False}})
    case = Case.model_validate(asked["case"])
    rows = len(read_table(folder / "out" / "table.txt"))
    loop = read_loop(folder / "out", case.field_values_T[:rows], case.direction)
    record = RunRecord(
        state="done",
        hash=64 * "0",
        study=study,
        case=case,
        engine="mumax3",
        engine_version=asked["engine_version"],
        options={},
        script=(folder / "script.mx3").read_text(),
        masks={},
    )
    return Run(folder, case, record, loop)
