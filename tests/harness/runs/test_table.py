"""Reading tables, and refusing those that do not fit."""

import pytest

from harness.engines.base import OutputInvalid
from harness.runs.table import read_loop, read_table

FIELDS = (1.0, 0.5, 0.0, -0.005, -1.0)


def test_table_round_trip(tmp_path, write_table):
    write_table(tmp_path, FIELDS)
    loop = read_loop(tmp_path, FIELDS)
    assert loop.B_T.tolist() == list(FIELDS)
    assert loop.step.tolist() == [0, 1, 2, 3, 4]
    assert loop.m[:, 2].tolist() == [1, 1, 1, -1, -1]
    assert loop.toroidal.shape == (5, 3) and loop.toroidal[0, 2] == 0.01
    assert loop.residual_T.tolist() == [1e-7] * 5
    assert loop.odd_part is None and loop.states == {}
    assert loop.table.attrs["units"]["B_extz"] == "T"
    with pytest.raises(ValueError, match="read-only"):
        loop.m[0, 0] = 2


def test_solver_record_gives_residual_and_odd_part(tmp_path, write_table):
    write_table(tmp_path, FIELDS)
    rows = [f"relax,,{k},1,1,0.5\ntablesave,{k},{k}e-8,10,5,0.{k}" for k in range(5)]
    header = "event,row,residual_T,field_evaluations,iterations,odd_part"
    (tmp_path / "solver.csv").write_text("\n".join([header, *rows]) + "\n")
    loop = read_loop(tmp_path, FIELDS)
    assert loop.residual_T.tolist() == [0, 1e-8, 2e-8, 3e-8, 4e-8]
    assert loop.odd_part.tolist() == [0, 0.1, 0.2, 0.3, 0.4]
    (tmp_path / "solver.csv").write_text("\n".join([header, *rows[:-1]]) + "\n")
    with pytest.raises(OutputInvalid, match="does not account for every row"):
        read_loop(tmp_path, FIELDS)


SPOILS = {
    "row missing": (lambda lines: lines[:3] + lines[4:], "1 of 5 rows are missing, the first is step 2"),
    "end missing": (lambda lines: lines[:4], "2 of 5 rows are missing, the first is step 3"),
    "row double": (lambda lines: [*lines, lines[2]], "step 1 stands there more than once"),
    "rows swapped": (lambda lines: [*lines[:2], lines[3], lines[2], *lines[4:]], "out of order"),
    "line cut short": (
        lambda lines: [*lines[:-1], lines[-1][:20]],
        "line 6 has .* columns; the file is cut short",
    ),
    "not a number": (
        lambda lines: [*lines[:-1], lines[-1].replace("1e-07", "NaN")],
        "line 6: maxTorque is nan",
    ),
    "infinite": (lambda lines: [*lines[:-1], lines[-1].replace("1e-07", "+Inf")], "maxTorque is inf"),
    "not a table": (lambda lines: [*lines[:-1], lines[-1].replace("1e-07", "oops")], "line 6: .*oops"),
    "wrong field": (
        lambda lines: [x.replace("0.5", "0.51") for x in lines],
        "step 1 was run at 0.51 T where 0.5 T",
    ),
    "no header": (lambda lines: lines[1:], "does not begin with MuMax3's header"),
    "foreign header": (lambda lines: ["# hello", *lines[1:]], "header is not of MuMax3's form"),
    "no step": (lambda lines: [lines[0].replace("step", "stop"), *lines[1:]], "no column step"),
    "no field": (lambda lines: [lines[0].replace("B_extz", "B_z"), *lines[1:]], "no column B_extz"),
    "empty": (lambda lines: [""], "does not begin"),
}


@pytest.mark.parametrize("spoil", SPOILS)
def test_spoiled_tables_are_refused(tmp_path, write_table, spoil):
    change, message = SPOILS[spoil]
    write_table(tmp_path, FIELDS, change)
    with pytest.raises(OutputInvalid, match=message) as caught:
        read_loop(tmp_path, FIELDS)
    assert "\n" not in str(caught.value)


def test_more_rows_than_asked_for(tmp_path, write_table):
    write_table(tmp_path, FIELDS)
    with pytest.raises(OutputInvalid, match="5 rows where 4 were asked for"):
        read_loop(tmp_path, FIELDS[:4])


def test_missing_table(tmp_path):
    with pytest.raises(OutputInvalid, match=r"table\.txt: cannot be read"):
        read_table(tmp_path / "table.txt")


def test_field_is_compared_along_its_direction(tmp_path, write_table):
    turn = lambda lines: [x.replace("0\t0\t1\t1e-07", "0.6\t0\t0.8\t1e-07") for x in lines]  # noqa: E731
    write_table(tmp_path, (1.0,), turn)
    assert read_loop(tmp_path, (1.0,), (0.6, 0, 0.8)).B_T.tolist() == [1]
    with pytest.raises(OutputInvalid, match=r"step 0 was run at 0.8 T"):
        read_loop(tmp_path, (1.0,))


def test_states_are_found_by_step(tmp_path, write_table):
    write_table(tmp_path, FIELDS)
    for name in ("m_step000002.ovf", "m_step000000.ovf", "m_step000003_old.ovf", "B_demag000001.ovf"):
        (tmp_path / name).touch()
    assert list(read_loop(tmp_path, FIELDS).states) == [0, 2]
