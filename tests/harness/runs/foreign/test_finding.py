"""What is found out of a foreign loop: rows of its states, its script, contradictions between its files."""

from pathlib import Path

import numpy as np
import pytest

from harness.analysis.certify import CertificateError, certify
from harness.mx3.files.ovf import Header, read_ovf, write_ovf
from harness.mx3.language.values import OutputFormat
from harness.pipeline import open_run
from harness.runs.foreign.output import foreign_outputs
from harness.runs.output import read

from .loops import OOMMF, imported


def test_states_belong_to_the_last_row_of_their_stage(loop, tmp_path):
    """OOMMF writes a row a step where it is told to; those on the way are no row of the loop."""
    table, lines = loop / "sphere.odt", []
    for line in (loop / "sphere.odt").read_text().splitlines():
        if line[0] != "#":  # mz comes last
            lines += [" ".join([*line.split()[:-1], "0.123"])] * 2
        lines.append(line)
    table.write_text("\n".join(lines) + "\n")
    found = imported(loop, tmp_path / "runs", radius_nm=20.0)
    assert found.notes == (f"{table}: on the way to the end of a stage: 50 rows left out",)
    whole = open_run(imported(OOMMF, tmp_path / "runs", radius_nm=20.0).folder).loop
    result = open_run(found.folder)
    assert set(result.loop.states) == set(whole.states) == {4, 8}
    np.testing.assert_array_equal(result.loop.B_T, whole.B_T)


@pytest.mark.parametrize("path", [".", "..", "sub/.."])
def test_a_folder_without_a_name_of_its_own_is_read_as_by_its_name(loop, tmp_path, monkeypatch, path):
    (loop / "sub").mkdir()
    (tmp_path / "loop.mx3").write_text("// beside")
    monkeypatch.chdir(loop / "sub" if path == ".." else loop)
    (source,) = foreign_outputs([Path(path)])
    assert source.called == "loop" and source.script and source.script.samefile(tmp_path / "loop.mx3")


def test_an_Ms_that_the_states_contradict_is_told(loop, tmp_path):
    (loop / "sphere.mif").unlink()
    numbers = {"A_J_per_m": 2.1e-11, "Ku_J_per_m3": 4.8e4}
    for Ms, told in (
        (1.7001e6, ()),
        (1.71e6, (", and 1.71e+06 A/m is taken (so it is with 1 more): do not",)),
    ):
        found = imported(loop, tmp_path / "runs", radius_nm=20.0, numbers={**numbers, "Ms_A_per_m": Ms})
        assert len(found.notes) == len(told)
        assert all("Ms is 1.7e+06 A/m by it" + part in found.notes[0] for part in told)
        record = open_run(found.folder).record
        assert [c[:4] for c in record.details["contradicted"]] == [["Ms", "A/m", 1.71e6, 1.7e6]] * len(told)
        assert record.warnings == ()  # a finding of its own


def test_a_later_state_of_another_Ms_is_told(loop, tmp_path):
    *_, last = sorted(loop.glob("*.omf"))
    last.write_bytes(last.read_bytes().replace(b"A/m A/m A/m", b"kA/m kA/m kA/m", 1))
    (note,) = imported(loop, tmp_path / "runs", radius_nm=20.0).notes
    assert note.startswith(str(last)) and "Ms is 1.7e+09 A/m by it, and 1.7e+06 A/m" in note


def test_a_field_in_the_unit_of_M_has_no_say_in_Ms(loop, tmp_path):
    """As OOMMF saves one, inside the sphere alone, its length hardly varying."""
    m = read_ovf(next(loop.glob("*.omf")))
    with (loop / "sphere-Field-00.omf").open("wb") as stream:
        write_ovf(stream, m.m / 6, Header("Field", "A/m", 0.0, m.cell_m), OutputFormat.OVF2_BINARY)
    found = imported(loop, tmp_path / "runs", radius_nm=20.0)
    (note,) = found.notes
    assert (
        "sphere-Field-00.omf: its vectors are 283333 A/m long, and Ms is 1.7e+06, as in other files" in note
    )
    assert open_run(found.folder).record.details["contradicted"] == []


def test_the_row_whose_state_cannot_be_read_is_recorded(loop, tmp_path):
    (spoilt,) = loop.glob("*-04-*.omf")
    spoilt.write_bytes(spoilt.read_bytes()[:2000])
    found = imported(loop, tmp_path / "runs", radius_nm=20.0)
    assert open_run(found.folder).record.details["lost_states"] == [4]


def test_one_cause_is_one_note_whatever_the_count_of_its_files(loop, tmp_path):
    good = next(loop.glob("*-04-*.omf")).read_bytes()
    for k in range(30):
        (loop / f"sphere-Oxs_MinDriver-Magnetization-{10 + k % 15}-{k:07d}.omf").write_bytes(good[:2000])
    (note,) = imported(loop, tmp_path / "runs", radius_nm=20.0).notes
    assert note.startswith(f"{loop}/sphere-Oxs") and note.endswith(": left out; so it is with 29 more")


def test_states_alone_that_go_one_way_are_told_to_be_a_part(loop, tmp_path):
    (loop / "sphere.odt").unlink()
    (note,) = imported(loop, tmp_path / "runs", radius_nm=20.0, fields_T=(0.2, -0.2)).notes
    assert "one branch only, 0.2 to -0.2 T: nothing here tells of the way back" in note


def test_an_import_without_states_is_not_told_of_a_study_s_keys(loop, tmp_path):
    for state in loop.glob("*.omf"):
        state.unlink()
    found = imported(loop, tmp_path / "runs", radius_nm=20.0, cell_nm=5.0)
    with pytest.raises(CertificateError, match="no state was saved there; import its table with its states"):
        certify(found.folder)
    with pytest.raises(CertificateError, match="loop: no OVF file is in it; give a folder that has some"):
        certify(loop)


def test_rows_before_each_search_are_left_out(tmp_path):
    """A table with a row before and one after every search has its jumps between fields, not within one."""
    B, m = [0.6, 0.5, 0.4, 0.3, -0.4, -0.5, -0.6], [1.0, 1.0, 0.8, 0.6, -0.8, -1.0, -1.0]
    before = [1.0, *m[:-1]]
    rows = "".join(f"{b}\t{old}\n{b}\t{new}\n" for b, old, new in zip(B, before, m, strict=True))
    (table := tmp_path / "loop.txt").write_text("B (T)\tmz ()\n" + rows)
    found = imported(table, tmp_path / "runs", radius_nm=20.0, material="iron", cell_nm=2.0)
    why = "of rows at one field the last is taken, the end of its search or its last reading"
    assert f"{table}: {why}: 7 rows left out" in found.notes
    loop = read(found.folder).loop
    assert loop.B_T.tolist() == B and loop.m[:, 2].tolist() == m


def test_a_loop_that_turns_on_a_row_of_its_own_keeps_both(tmp_path):
    B = [0.6, 0.3, -0.3, -0.6, -0.6, -0.3, 0.3, 0.6]
    rows = "".join(f"{b}\t{b / 0.6}\n" for b in B)
    (table := tmp_path / "loop.txt").write_text("B (T)\tmz ()\n" + rows)
    found = imported(table, tmp_path / "runs", radius_nm=20.0, material="iron", cell_nm=2.0)
    assert read(found.folder).loop.B_T.tolist() == B
