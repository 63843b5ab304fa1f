"""Tables of other programs: their forms, and rows that are no good."""

import os
from functools import partial

import numpy as np
import pytest

from harness.inputs import InputError
from harness.runs.foreign.columns import is_read, loop_columns
from harness.runs.foreign.table import is_table, read_foreign_table
from harness.study.study import MaterialTable

MUMAX = "# t (s)\tmx ()\tmz ()\tB_extz (T)\n0\t0\t0.9\t1\n0\t0.1\t0.8\t0.5\n"
ODT = """# ODT 1.0
# Table Start
# Title: a loop
# Columns: {Oxs_MinDriver::Max mxHxm} Oxs_UZeeman::Bz \\
#  {Oxs_MinDriver::mz}
# Units: A/m mT \\
#  {}
 0.1 1000 0.99
 0.2 500 0.88
# Table End
"""
TABBED = "row\tbranch\tB_T\tHz_Apm\tmz_avg\n0\tupper\t1.0\t795774.7\t0.99\n1\tupper\t0.5\t397887.3\t0.8\n"
CSV = "#mammos csv v3\n#----\n,Flux,Polarisation\n,,\n,T,J / m3\nname,B_ext,energy\n1,1.0,-3\n1,0.5,-2\n"
BLANKS = "# B_ext [T]  J_parallel [T]  mz\n1.0 2.1 0.99\n0.5 2.0 0.94\n"


@pytest.mark.parametrize(
    ("text", "writer", "column", "unit", "values"),
    [
        (MUMAX, "mumax3", "B_extz", "T", [1, 0.5]),
        (TABBED, "", "Hz_Apm", "A/m", [795774.7, 397887.3]),
        (CSV, "", "B_ext", "T", [1, 0.5]),
        (BLANKS, "", "J_parallel", "T", [2.1, 2.0]),
    ],
)
def test_forms(tmp_path, text, writer, column, unit, values):
    file = tmp_path / "a.txt"
    file.write_text(text)
    table = read_foreign_table(file)
    assert (table.writer, table.units[column], table.notes) == (writer, unit, ())
    np.testing.assert_array_equal(table.columns[column], values)


@pytest.mark.parametrize("mark", [";", "|", ",", " "])
def test_mumax3_s_table_with_other_marks_between(tmp_path, mark):
    (file := tmp_path / "table.txt").write_text(MUMAX.replace("\t", mark))
    np.testing.assert_array_equal(read_foreign_table(file).columns["B_extz"], [1, 0.5])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_letters_of_any_spreadsheet(tmp_path, encoding):
    (file := tmp_path / "a.csv").write_bytes("\u00b50H (mT),mz\n1000,0.9\n500,0.8\n".encode(encoding))
    assert read_foreign_table(file).units["\u00b50H"] == "mT"


@pytest.mark.parametrize(
    "text",
    ["B (T);mz\n0,7;0,99\n0,6;0,98\n", MUMAX.replace(".", ","), "B (G);m\n1,000.00;0.9\n900.00;0.8\n"],
)
def test_commas_in_numbers_are_told(tmp_path, text):
    (file := tmp_path / "a.txt").write_text(text)
    with pytest.raises(InputError, match="is a number with a comma"):
        read_foreign_table(file)


def test_words_with_thousands_are_no_decimal_commas(tmp_path):
    (file := tmp_path / "README.txt").write_text("A sphere of 40 nm\n1,234 cells; see page 12\n3,5\n")
    with pytest.raises(InputError, match="is no table: it has no line of column names"):
        read_foreign_table(file)


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(pipe := tmp_path / "table.txt")
    with pytest.raises(InputError, match="is no file of data but a pipe or a device"):
        read_foreign_table(pipe)


def test_columns_of_one_name_that_differ_are_told(tmp_path):
    file = tmp_path / "a.txt"
    file.write_text("B (T)\tmz\tmz\n1\t0.9\t0.9\n0\t0.1\t0.1\n")
    assert read_foreign_table(file).ambiguous == frozenset()
    file.write_text("B (T)\tmz\tmz\n1\t0.9\t0.9\n0\t0.1\t0.2\n")
    assert read_foreign_table(file).ambiguous == {"mz"}
    with pytest.raises(InputError, match="two columns are called mz and differ"):
        loop_columns(read_foreign_table(file), MaterialTable(name="iron"))


def test_odt_with_names_in_braces_and_lines_that_go_on(tmp_path):
    file = tmp_path / "a.odt"
    file.write_text(ODT.replace("\\\n#  ", "\\\n"))
    table = read_foreign_table(file)
    assert table.units == {
        "Oxs_MinDriver::Max mxHxm": "A/m",
        "Oxs_UZeeman::Bz": "mT",
        "Oxs_MinDriver::mz": "",
    }
    np.testing.assert_array_equal(table.columns["Oxs_MinDriver::mz"], [0.99, 0.88])


@pytest.mark.parametrize(
    ("row", "why"), [("0\tnan\t0.7\t0", "line 4: mx is nan"), ("0\t0", "line 4: has 2 of 4 columns")]
)
def test_rows_end_before_one_that_is_no_good(tmp_path, row, why):
    file = tmp_path / "table.txt"
    file.write_text(f"{MUMAX}{row}\n0\t0\t0\t-1\n")
    table = read_foreign_table(file)
    assert table.n_rows == 2
    (note,) = table.notes
    assert why in note and "2 rows from there on left out" in note and str(file) in note


@pytest.mark.parametrize("cell", ["NaN", "inf", "", "-"])
def test_a_column_that_nobody_reads_ends_no_table(tmp_path, cell):
    """As E_total, or 0/0 at the start, where all that a loop is made of is whole."""
    file = tmp_path / "a.csv"
    file.write_text(f"B (T),mz,ratio,E_total (J)\n1,0.9,nan,1e-18\n0,0.1,1,{cell}\n-1,-0.9,1,2e-18\n")
    table = read_foreign_table(file, partial(is_read, field_column=None))
    assert list(table.columns) == ["B", "mz"] and table.n_rows == 3 and table.rows_cut == 0
    assert [note.partition(": ")[2] for note in table.notes] == [
        "line 2: ratio is nan; its column left out",
        f"line 3: E_total is {cell or 'empty'}; its column left out",
    ]
    assert is_table(file)
    named = read_foreign_table(file, partial(is_read, field_column="E_total [T]"))
    assert named.n_rows == 1 and "2 rows from there on left out" in named.notes[-1]


@pytest.mark.parametrize("text", ["", "just words\nand more of them\n", MUMAX.partition("\n")[0] + "\n"])
def test_what_is_no_table_is_refused_in_a_line(tmp_path, text):
    file = tmp_path / "table.txt"
    file.write_text(text)
    with pytest.raises(InputError, match=r"table\.txt") as refused:
        read_foreign_table(file)
    assert len(str(refused.value).splitlines()) == 1
