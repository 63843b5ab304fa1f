"""The output folder: tables, OVF files and records as MuMax3 writes them, and nothing else touched."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import pytest

from harness.mx3 import OutputError, ScriptError, run_script, vet
from harness.mx3.files.ovf import Header, read_ovf, write_ovf
from harness.mx3.language.values import OutputFormat

GRID = "SetGridSize(4, 3, 2)\nSetCellSize(1e-9, 2e-9, 3e-9)\n"
MAGNET = GRID + "Msat = 800e3\nAex = 13e-12\n"


def run(folder: Path, text: str, **options: object) -> Path:
    """Run a script; returns its output folder."""
    folder.mkdir(exist_ok=True)
    (folder / "script.mx3").write_text(text, encoding="utf-8")
    run_script(folder / "script.mx3", folder / "out", **options)
    return folder / "out"


def field(components: int) -> np.ndarray:
    """A field (components, 2, 3, 4) whose numbers are all different."""
    return np.random.default_rng(1).normal(size=(components, 2, 3, 4))


# ---- table and solver record --------------------------------------------------------------------------


def test_table_header_and_rows_are_mumax3s(tmp_path: Path) -> None:
    script = (
        MAGNET
        + """
        EnableDemag = false
        m = uniform(0, 1, 0)
        tableAdd(B_ext); tableAdd(E_total); tableAdd(Cross(FixedLayer, m)); tableAdd(Dot(m, m))
        tableAddVar(1/3, "third", "1")
        FixedLayer = vector(1, 0, 0)
        B_ext = vector(0, 0.1, 0)
        tableSave()
        tablePrint("note", 1)
        t = 1e-9
        tableSave()
    """
    )
    lines = (run(tmp_path, script) / "table.txt").read_text().splitlines()
    header = lines[0].split("\t")
    assert header[:8] == [
        "# t (s)",
        "mx ()",
        "my ()",
        "mz ()",
        "B_extx (T)",
        "B_exty (T)",
        "B_extz (T)",
        "E_total (J)",
    ]
    assert header[8:11] == [f"unnamed.*engine.crossProduct{c} (?)" for c in "xyz"]
    assert header[11:] == ["unnamed.*engine.dotProduct (?)", "third (1)"]
    first = lines[1].split("\t")
    assert [first[i] for i in (0, 2, 5, 10, 12)] == ["0", "1", "0.1", "1", "0.33333334"]
    assert float(first[7]) == pytest.approx(-0.1 * 800e3 * 24 * 6e-27, rel=1e-6)  # -B Ms V, single precision
    assert lines[2] == "note 1"
    assert lines[3].split("\t")[0] == "1e-09"


def test_every_search_row_and_file_is_on_record(tmp_path: Path) -> None:
    script = (
        MAGNET + 'm = uniform(1, 0.1, 0)\nrelax()\ntableSave()\nsaveAs(m, "state")\nminimize()\ntableSave()\n'
    )
    out = run(tmp_path, script)
    records = list(csv.DictReader((out / "solver.csv").read_text().splitlines()))
    assert [(r["event"], r["row"]) for r in records] == [
        *(("relax", ""), ("tablesave", "0"), ("save:state.ovf", ""), ("minimize", ""), ("tablesave", "1")),
    ]
    assert all(float(r["residual_T"]) <= 1e-6 for r in records)  # the tolerance
    assert all(float(r["odd_part"]) < 1e-3 for r in records)  # a uniform-like state is even under inversion
    assert int(records[0]["field_evaluations"]) >= 1
    assert records[1]["field_evaluations"] == ""


def test_columns_cannot_be_added_after_the_first_row(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match=r"^script line 6: cannot add E_total: the table already has rows"):
        run(tmp_path, MAGNET + "tableSave()\ntableAdd(E_total)")


def test_autosaves_fire_once_where_time_stands_still(tmp_path: Path) -> None:
    script = (
        MAGNET + "autosave(m, 1e-12)\ntableautosave(1e-12)\nminimize()\nminimize()\nrun(0)\nt = 2e-12\nrun(0)"
    )
    out = run(tmp_path, script)
    assert sorted(p.name for p in out.glob("*.ovf")) == ["m000000.ovf", "m000001.ovf"]
    assert len((out / "table.txt").read_text().splitlines()) == 3


def test_the_log_echoes_statements_and_output(tmp_path: Path) -> None:
    out = run(tmp_path, GRID + "// a remark\nfor i := 0; i < 2; i++ {\n\tprint(i) // inside\n}\nsnapshot(m)")
    assert (out / "log.txt").read_text().splitlines()[3:] == [
        *("SetGridSize(4, 3, 2)", "SetCellSize(1e-9, 2e-9, 3e-9)"),
        *("for i := 0; i < 2; i++ {", "\tprint(i)", "}", "//0", "//1", "snapshot(m)"),
        "//snapshot of m: no picture is made by this engine",
    ]


def test_file_names_and_formats(tmp_path: Path) -> None:
    script = (
        MAGNET
        + """
        FilenameFormat = "%s_%03d"
        save(m); save(m)
        OutputFormat = OVF1_TEXT
        saveAs(m, "text")
        saveAs(m, "m_B0.5T")
        fprintln("notes.log", "B", 0.5, m.comp(0).average() < 2)
        fprintln("notes.log", vector(1, 2, 3))
    """
    )
    out = run(tmp_path, script)
    # as in MuMax3, what follows the last point counts as extension, so m_B0.5T gets none
    assert {p.name for p in out.iterdir()} == {
        *("log.txt", "solver.csv", "m_000.ovf", "m_001.ovf", "text.ovf", "m_B0.5T", "notes.log"),
    }
    assert (out / "text.ovf").read_text().startswith("# OOMMF: rectangular mesh v1.0\n")
    assert (out / "notes.log").read_text() == "B 0.5 true\n[1 2 3]\n"


def test_ovf1_holds_vectors_only(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match="OVF 1 holds vector fields only"):
        run(tmp_path, MAGNET + "OutputFormat = OVF1_BINARY\nsave(Edens_total)")


# ---- what scripts must not do -------------------------------------------------------------------------

BAD_NAMES = [
    "../../escape.ovf",
    "/etc/escape.ovf",
    "sub/escape.ovf",
    "../sub/escape.ovf",
    "../escape.txt",
    "../script.mx3",
    "..\\\\..\\\\escape.ovf",
    "C:\\\\escape.ovf",
    "..",
    "",
    "table.txt",
    "LOG.TXT",
    "solver.csv",
    "x" * 300,
    "x/" * 2000 + "x",
    "loop/x.ovf",
    "script.out/",
    "tab\tname.ovf",
]


@pytest.mark.parametrize("name", BAD_NAMES)
@pytest.mark.parametrize("statement", ['saveAs(m, "{}")', 'fprintln("{}", 1)'])
def test_names_that_leave_the_folder_are_refused_before_the_run(
    tmp_path: Path, name: str, statement: str
) -> None:
    os.symlink("loop", tmp_path / "loop")
    problems = vet(GRID + statement.format(name), tmp_path / "script.mx3", tmp_path / "out")
    assert [p.line for p in problems] == [3]


HARMLESS_WITH_SUFFIX = {
    "",
    "..",
    "table.txt",
    "LOG.TXT",
    "solver.csv",
    "../escape.txt",
    "../script.mx3",
    "script.out/",
}
NAMES_MADE_WHILE_RUNNING = [
    *((name, statement) for name in BAD_NAMES for statement in ("saveAs(m, n)", "fprintln(n, 1)")),
    *((name, "FilenameFormat = n\nsave(m)") for name in BAD_NAMES if name not in HARMLESS_WITH_SUFFIX),
]


@pytest.mark.parametrize(("name", "statement"), NAMES_MADE_WHILE_RUNNING)
def test_names_made_while_running_are_refused_too(tmp_path: Path, name: str, statement: str) -> None:
    before = set(tmp_path.rglob("*"))
    with pytest.raises(ScriptError, match=r"^script line \d+: "):
        run(tmp_path, MAGNET + f'n := sprint("{name}")\n{statement}')
    written = {p.name for p in tmp_path.rglob("*") if p not in before}
    assert written == {"script.mx3", "out", "log.txt", "solver.csv"}


def test_links_are_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "precious.txt"
    target.write_text("precious")
    out = tmp_path / "a" / "out"
    out.mkdir(parents=True)
    (out / "m.ovf").symlink_to(target)
    (out / "solver.csv").write_text("event\n")
    with pytest.raises(OutputError, match=r'cannot write "m\.ovf"'):
        run(tmp_path / "a", MAGNET + 'saveAs(m, "m.ovf")', overwrite=True)
    assert target.read_text() == "precious"


@pytest.mark.parametrize(
    "name", ["../secret.ovf", "/etc/passwd", "C:\\\\secret.ovf", "\\\\\\\\host\\\\x.ovf", "a/../../b", ""]
)
def test_reading_stays_in_the_scripts_folder(tmp_path: Path, name: str) -> None:
    assert [p.line for p in vet(f'x := loadFile("{name}")')] == [1]
    with pytest.raises(ScriptError, match=r"^script line 3: "):
        run(tmp_path, GRID + f'n := sprint("{name}"); m.loadfile(n)')


def test_reading_through_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.ovf").write_text("secret")
    (tmp_path / "a").mkdir()
    os.symlink(tmp_path / "secret.ovf", tmp_path / "a" / "inside.ovf")
    with pytest.raises(ScriptError, match="is outside the script's folder"):
        run(tmp_path / "a", 'x := loadFile("inside.ovf")')


def test_writing_through_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    os.symlink(tmp_path, tmp_path / "a" / "away")
    with pytest.raises(ScriptError, match="files are written to the output folder, or below the script's"):
        run(tmp_path / "a", MAGNET + 'saveAs(m, "../away/m.ovf")')


def test_masks_are_read_from_below_the_scripts_folder(tmp_path: Path) -> None:
    (tmp_path / "masks").mkdir()
    with (tmp_path / "masks" / "b.ovf").open("wb") as stream:
        write_ovf(stream, field(3), Header("b", "", 0, (1e-9, 2e-9, 3e-9)), OutputFormat.OVF2_BINARY)
    run(tmp_path, GRID + 'B_ext.add(loadFile("masks/b.ovf"), 2)\nB_ext = vector(0,0,1)\nsave(B_ext)')
    expected = 2 * field(3).astype(np.float32) + np.reshape([0, 0, 1], (3, 1, 1, 1))
    np.testing.assert_allclose(
        read_ovf(tmp_path / "out" / "B_ext000000.ovf").m, expected, rtol=1e-6, atol=1e-6
    )


@pytest.mark.parametrize("load", ['x := loadFile("{}")', 'm.loadFile("{}")', 'regions.loadFile("{}")'])
def test_a_missing_file_is_found_missing_before_the_run(tmp_path: Path, load: str) -> None:
    told = r'^script line 4: file "no\.ovf" not found beside the script; what the script saves is read as '
    with pytest.raises(ScriptError, match=told + r'"script\.out/no\.ovf"$'):
        run(tmp_path, GRID + "save(regions)\n" + load.format("no.ovf"))
    assert not (tmp_path / "out").exists()
    late = r"is not in the output folder when the script gets here \(1 saved file kept in "
    with pytest.raises(ScriptError, match=r'^script line 4: "script\.out/no\.ovf" ' + late):
        run(tmp_path, GRID + "save(regions)\n" + load.format("script.out/no.ovf"))


SAVED_AND_READ = [
    ("kept", "script.out/kept.ovf"),  # MuMax3's usual output folder, though it is another one here
    ("script.out/kept", "out/kept.ovf"),  # the folder's real name
    ("out/kept.ovf", "{out}/kept.ovf"),
    ("{out}/kept", "./masks/../out/kept.ovf"),
    ("../kept", "kept.ovf"),  # beside the script
    ("../masks/kept.ovf", "{home}/masks/kept.ovf"),
    ("{home}/masks/kept.ovf", "masks/kept.ovf"),
    ("..\\\\masks\\\\kept.ovf", ".\\\\masks\\\\kept.ovf"),
]


@pytest.mark.parametrize(("saved", "read"), SAVED_AND_READ)
def test_a_state_saved_is_read_again(tmp_path: Path, saved: str, read: str) -> None:
    (tmp_path / "masks").mkdir()
    names = {"home": tmp_path, "out": tmp_path / "out"}
    text = f'''{MAGNET}
        m = uniform(0.6, 0, 0.8)
        saveAs(m, "{saved.format(**names)}")
        m = uniform(0, 1, 0)
        m.loadFile("{read.format(**names)}")
        expectv("m", m.average(), vector(0.6, 0, 0.8), 1e-6)
    '''
    for _ in range(2):  # a second run replaces what the first saved
        run(tmp_path, text, overwrite=True)


def test_an_earlier_runs_state_is_resumed(tmp_path: Path) -> None:
    (tmp_path / "script.mx3").write_text(MAGNET + 'm = uniform(0.6, 0, 0.8)\nsaveAs(m, "end")')
    run_script(tmp_path / "script.mx3", tmp_path / "script.out")
    again = 'm.loadFile("script.out/end.ovf")\nexpectv("m", m.average(), vector({}), 1e-6)\n'
    text = MAGNET + again.format("0.6, 0, 0.8") + 'm = uniform(0, 1, 0)\nsaveAs(m, "script.out/end")\n'
    run(tmp_path, text + again.format("0, 1, 0"))  # its own comes first


def test_a_saved_file_replaces_nothing_but_an_ovf_file(tmp_path: Path) -> None:
    (tmp_path / "notes.ovf").write_text("mine")
    with pytest.raises(ScriptError, match=r"^script line 5: .*: a file of another kind is there$"):
        run(tmp_path, MAGNET + 'saveAs(m, "../notes.ovf")')
    assert (tmp_path / "notes.ovf").read_text() == "mine"


def test_a_state_is_kept_and_restored_in_memory(tmp_path: Path) -> None:
    text = f"""{MAGNET}
        m = vortex(1, 1)
        keep := m.buffer().hostCopy()
        m = uniform(0, 1, 0)
        expect("copy", keep.hostCopy().get(1, 0, 0, 0), keep.get(1, 0, 0, 0), 0)
        m.setArray(keep)
        expectv("restored", m.getCell(1, 2, 1), vector(keep.get(0, 1, 2, 1), keep.get(1, 1, 2, 1),
            keep.get(2, 1, 2, 1)), 1e-15)
        expect("vortex", m.comp(1).average(), 0, 1e-12)
        field := B_demag.hostCopy()
        expect("cells", field.len(), 24, 0)
    """
    run(tmp_path, text)


def test_a_run_that_ends_early_says_what_is_kept(tmp_path: Path) -> None:
    text = MAGNET + "tableSave()\ntableSave()\nsave(m)\nB_ext = vector(0, 0, 1/(t - 1e-12))\nrun(2e-12)"
    fixed = text.replace("run(2e-12)", "FixDt = 5e-13\nrun(2e-12)")
    with pytest.raises(ScriptError) as raised:
        run(tmp_path, fixed)
    out = tmp_path / "out"
    assert str(raised.value) == (
        "script line 10: component z of B_ext is +Inf, from 1/0 at t = 1e-12 s "
        f"(2 table rows and 1 saved file kept in {out})"
    )
    assert len((out / "table.txt").read_text().splitlines()) == 3
    assert "component z of B_ext is +Inf" in (out / "log.txt").read_text()


# ---- the folder itself --------------------------------------------------------------------------------


def test_a_used_folder_is_kept(tmp_path: Path) -> None:
    out = run(tmp_path, MAGNET + "save(m)")
    (out / "mine.txt").write_text("mine")
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    with pytest.raises(OutputError, match="is not empty"):
        run(tmp_path, GRID)
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before


def test_overwriting_removes_the_earlier_runs_files_and_nothing_else(tmp_path: Path) -> None:
    out = run(tmp_path, MAGNET + 'tableSave()\nsave(m)\nfprintln("a.txt", 1)')
    (out / "mine.ovf").write_text("mine")
    run(tmp_path, GRID + "print(1)", overwrite=True)
    assert {p.name for p in out.iterdir()} == {"log.txt", "solver.csv", "mine.ovf", "a.txt"}
    assert (out / "mine.ovf").read_text() == "mine"


def test_a_file_in_the_folders_place_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(OutputError, match="a file of that name exists"):
        run(tmp_path, GRID)


def test_a_missing_script_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match=r"^cannot read .*none\.mx3: No such file"):
        run_script(tmp_path / "none.mx3", tmp_path / "out")
    (tmp_path / "binary.mx3").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(ScriptError, match="not a text file in UTF-8"):
        run_script(tmp_path / "binary.mx3", tmp_path / "out")
    assert not (tmp_path / "out").exists()
