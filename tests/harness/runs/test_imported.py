"""Loops of other programs as runs: OOMMF's, that of a script of this program, and what is no good."""

import hashlib

import numpy as np
import pytest

from harness import shipped
from harness.checks.rerun import rerun
from harness.engines import CpuEngine
from harness.inputs import InputError
from harness.mx3.files.ovf import Header, read_ovf, write_ovf
from harness.mx3.language.values import OutputFormat
from harness.pipeline import open_run
from harness.runs.descent import faults_of
from harness.runs.foreign import states
from harness.runs.foreign.output import foreign_outputs
from harness.runs.foreign.partial import missing_part
from harness.runs.foreign.told import Told
from harness.runs.imported import import_output
from harness.runs.output import read
from harness.runs.record import NotARun, RunRecord
from harness.study.protocols import Imported, Kick
from harness.study.script import render
from harness.study.study import Study

from .foreign.loops import OOMMF, imported

REPLICA = shipped.CHECKOUT / "mumax_runs" / "recorded" / "replicas" / "run01"
"""A table of MuMax3 alone: iron, R = 20 nm."""
KICKED = shipped.CHECKOUT / "mumax_runs" / "recorded" / "four" / "R20nm-c4nm-kick5mT-seed1"
"""The same sphere with script, protocol and a state."""


def _content(folder):
    return {
        f: (f.stat().st_mtime_ns, hashlib.sha256(f.read_bytes()).hexdigest()) for f in folder.rglob("*.*")
    }


def test_oommf_s_loop_becomes_a_run(tmp_path):
    before = _content(OOMMF)
    found = imported(OOMMF, tmp_path / "runs", radius_nm=20.0)
    result = open_run(found.folder)
    assert found.notes == ()
    assert isinstance(result.case.protocol, Imported) and result.record.program == "oommf"
    assert result.case.material.name == "iron" and result.case.mesh.cell_nm == 5
    assert result.loop.B_T.tolist()[:3] == [0.6, 0.5, 0.4] and len(result.loop.B_T) == 25
    assert set(result.loop.states) == {4, 8} == set(result.fits)
    assert result.fits[4].is_uniform and not result.fits[8].is_uniform
    assert result.worst_residual_T == pytest.approx(1.24e-7, rel=0.01)  # 0.0989 A/m
    assert {each.what for each in found.inferred} >= {
        "material",
        "field",
        "cells",
        "states",
        "residual torque",
    }
    assert _content(OOMMF) == before


def test_a_flag_that_contradicts_the_script_is_taken_and_told(tmp_path):
    found = imported(OOMMF, tmp_path / "runs", radius_nm=20.0, material="permalloy")
    assert open_run(found.folder).case.material.name == "permalloy"
    told = (
        f"{OOMMF / 'sphere.mif'}: Ms is 1.7e+06 A/m by it, and 800000 A/m is taken (if that is right, drop "
    )
    assert any(note.startswith(f"{told}--material)") for note in found.notes)


def test_rows_are_not_left_out_by_a_material_that_is_not_theirs(tmp_path):
    """The energy of its first is above all that descent in permalloy allows."""
    found = imported(KICKED, tmp_path, material="permalloy")
    run = read(found.folder)
    assert [fault.step for fault in faults_of(run.loop, run.case)] == [0]
    assert run.faults == () and open_run(found.folder).sound.sum() == 114


def test_states_that_the_script_saves_and_that_are_gone_are_named(tmp_path):
    found = imported(KICKED, tmp_path)
    record = RunRecord.read(found.folder)
    assert record.details["lost_states"] == [k for k in (*range(0, 57, 4), *range(57, 114, 4)) if k != 28]
    gone = "m_step000000.ovf, m_step000004.ovf, m_step000008.ovf, m_step000012.ovf and 25 more"
    (note,) = (note for note in found.notes if "not there" in note)
    assert note.endswith(f"saves {gone}, which are not there: their rows are not certified; give them too")


def test_an_easy_axis_is_the_script_s_unless_another_is_given(tmp_path):
    axis = {"axis": (1.0, 0.0, 0.0)}
    for given, taken in (
        ({}, (0.0, 0.0, 1.0)),
        (axis, axis["axis"]),
        ({**axis, "material": "iron"}, axis["axis"]),
    ):
        found = imported(OOMMF, tmp_path, radius_nm=20.0, **given)
        assert open_run(found.folder).case.material.axis == taken
        assert [n.partition(".mif: ")[2][:40] for n in found.notes] == [
            "the angle to its easy axis is 0 deg by it"[:40]
        ] * bool(given)


def test_the_easy_axis_of_a_mif_is_taken_where_only_the_material_is_given(loop, tmp_path):
    script = loop / "sphere.mif"
    script.write_text(script.read_text().replace("axis {0 0 1}", "axis {1 0 0}"))
    found = imported(loop, tmp_path / "runs", radius_nm=20.0, material="iron")
    assert open_run(found.folder).case.material.axis == (1.0, 0.0, 0.0) and found.notes == ()


def test_the_same_import_changes_nothing(tmp_path):
    first = imported(OOMMF, tmp_path, radius_nm=20.0)
    before = _content(first.folder)
    again = imported(OOMMF, tmp_path, radius_nm=20.0)
    assert (first.fresh, again.fresh, again.folder) == (True, False, first.folder)
    assert _content(first.folder) == before
    assert again.inferred == first.inferred


def test_a_spoilt_import_is_made_anew(tmp_path):
    first = imported(OOMMF, tmp_path, radius_nm=20.0)
    (first.folder / "out" / "table.txt").write_text("something else")
    again = imported(OOMMF, tmp_path, radius_nm=20.0)
    assert again.fresh and len(open_run(again.folder).loop.B_T) == 25


def test_oommf_s_states_are_certified_with_its_own_energy(tmp_path):
    """Both kinds of states; OOMMF's torques come out as it had them, another kernel is off by 4e-4 T."""
    result = open_run(imported(OOMMF, tmp_path, radius_nm=20.0).folder)
    found = result.certificates.found
    assert (found[4].verdict, found[8].verdict) == ("saddle", "minimum")
    assert found[4].mode == "curling"
    for step, certificate in found.items():
        assert certificate.torque_before_T == pytest.approx(result.loop.residual_T[step], abs=2e-7)


@pytest.mark.parametrize("n", [4, 9])
def test_a_sphere_that_has_some_of_the_cells_on_its_surface_is_certified(tmp_path, n):
    """Six cells, or 102, whose centres lie on the sphere."""
    x = np.arange(-n - 2, n + 3) * 20e-9 / n
    r2 = x[:, None, None] ** 2 + x[:, None] ** 2 + x**2
    m = np.stack([0 * r2, 0 * r2, (r2 <= (1 + 1e-9) * 4e-16).astype(float)])
    m[:, n + 2, n + 2, 2] = 0
    with (tmp_path / "m.ovf").open("wb") as stream:
        write_ovf(stream, m, Header("m", "", 0.0, (20e-9 / n,) * 3), OutputFormat.OVF2_BINARY)
    found = imported(tmp_path, tmp_path / "runs", radius_nm=20.0, material="iron", fields_T=(9.0,))
    assert not any("not certified" in note for note in found.notes)
    certificates = open_run(found.folder).certificates
    assert not certificates.refused and len(certificates.found) == 1


def test_a_state_is_read_to_be_known_to_be_filed_and_to_be_written(tmp_path, monkeypatch):
    """Once each; the first, which tells how the sphere lies in its box, more often."""
    files: list[str] = []
    monkeypatch.setattr(states, "read_ovf", lambda path: (files.append(path.name), read_ovf(path))[1])
    imported(OOMMF, tmp_path, radius_nm=20.0)
    assert files.count(sorted(set(files))[1]) == 3


def test_a_state_that_is_no_good_is_left_out_and_named(loop, tmp_path):
    (bad,) = loop.glob("*-04-*.omf")
    bad.write_bytes(bad.read_bytes()[:5000])
    found = imported(loop, tmp_path / "runs", radius_nm=20.0)
    (note,) = found.notes
    assert str(bad) in note and note.endswith("left out")
    result = open_run(found.folder)
    assert set(result.fits) == {8} and result.warnings == (note,)


def test_a_state_under_the_name_of_another_row_is_put_where_its_moment_is(loop, tmp_path):
    """The loop comes to -0.2 T twice with one moment: that state has no one row."""
    (uniform,), (vortex,) = loop.glob("*-04-*.omf"), loop.glob("*-08-*.omf")
    uniform = uniform.rename(uniform.with_name(uniform.name.replace("-04-", "-03-")))
    vortex.rename(vortex.with_name(vortex.name.replace("-08-", "-00-")))
    found = imported(loop, tmp_path / "runs", radius_nm=20.0)
    assert set(open_run(found.folder).loop.states) == {4}
    moved, left = found.notes
    assert "is of row 0 of the table (0.6 T, ⟨m⟩ = 0.0000, 0.0000, 0.9965) by their stage" in moved
    assert (
        "0.0000, 0.0000, -0.5439, is that of row 8 of the table (-0.2 T" in moved and "with 1 more" in moved
    )
    assert (
        "1 of 2 states have no row of the table to themselves" in left
        and "the names by which they were saved" in left
    )
    assert ("states", "1 of 25 rows", "rows by their mean moment") in found.inferred
    again = imported(loop, tmp_path / "runs", radius_nm=20.0)
    assert not again.fresh and again.notes == found.notes


def test_a_state_that_has_no_row_s_moment_is_left_out_and_the_others_keep_theirs(loop, tmp_path):
    table = loop / "sphere.odt"
    table.write_text(table.read_text().replace("-0.54391371002299482", "-0.5"))
    table.write_text(table.read_text().replace("-0.54391376582538775", "-0.5"))
    found = imported(loop, tmp_path / "runs", radius_nm=20.0)
    (note,) = found.notes
    assert "-0.5439, and it is of row 8 of the table (-0.2 T, ⟨m⟩ = 0.0000, 0.0000, -0.5000) by their" in note
    assert set(open_run(found.folder).loop.states) == {4}


def test_another_radius_than_that_of_the_cells_is_refused(tmp_path):
    with pytest.raises(InputError, match="--radius-nm 30: the magnetic cells"):
        imported(OOMMF, tmp_path, radius_nm=30.0)


def test_output_of_a_rendered_script_keeps_its_protocol(tmp_path):
    """mxval render, run anywhere, import: the same rows and states as mxval run would have."""
    study = Study.from_values(
        {
            "name": "away",
            "material": {"name": "iron"},
            "particle": {"radius_nm": 8},
            "mesh": {"cell_nm": 4},
            "field": {"loop": {"max_T": 0.4, "step_T": 0.2}},
            "protocol": [{"kind": "kick", "seed": 3}],
        }
    )
    (case,) = study.cases()
    folder = tmp_path / "away"
    folder.mkdir()
    engine = CpuEngine()
    engine.run(render(case).write(folder), folder / "out", engine.options(1e-6))
    found = imported(folder, tmp_path / "runs")
    result = open_run(found.folder)
    assert isinstance(result.case.protocol, Kick) and result.case.protocol.seed == 3
    assert result.record.program == "cpu" and result.loop.toroidal is not None
    np.testing.assert_allclose(result.loop.B_T, case.field_values_T, atol=1e-12)
    assert set(result.loop.states) == set(case.saved_steps)
    assert result.case.radius_m == case.radius_m


def test_an_import_is_not_repeated(tmp_path):
    with pytest.raises(NotARun, match="was imported"):
        rerun(imported(OOMMF, tmp_path, radius_nm=20.0).folder)


def test_the_record_says_what_was_inferred_and_from_which_files(tmp_path):
    found = imported(OOMMF, tmp_path, radius_nm=20.0)
    details = RunRecord.read(found.folder).details
    assert [tuple(each) for each in details["inferred"]] == list(found.inferred)
    assert str((OOMMF / "sphere.odt").resolve()) in details["originals"]


def test_a_moment_against_the_field_is_noted_with_the_flag(tmp_path):
    (file := tmp_path / "loop.txt").write_text("B (T)\tmz ()\n1\t-0.99\n0\t-0.3\n-1\t0.99\n")
    told = {"radius_nm": 20.0, "material": "iron", "cell_nm": 2.0}
    found = imported(file, tmp_path / "runs", **told)
    assert "another, give --field-direction=0,0,-1: do not believe" in found.notes[0]
    (doubt,) = open_run(found.folder).doubts
    assert doubt.startswith("the moment is opposed to the field (⟨m⟩ along it is -0.99 from 1 T on)")
    mended = imported(file, tmp_path / "runs", **told, field_direction=(0, 0, -1))
    assert open_run(mended.folder).loop.m[:, 2].tolist() == [-0.99, -0.3, 0.99]
    assert not any("opposed" in note for note in mended.notes)


def test_noise_beyond_saturation_is_noted(tmp_path):
    fields = np.linspace(0.8, -0.8, 81)
    m = np.clip(2 * fields, -1, 1) + np.random.default_rng(1).normal(0.0, 0.06, 81)
    rows = [f"{B:.2f}\t{x:.6f}" for B, x in zip(fields, m, strict=True)]
    (file := tmp_path / "loop.txt").write_text("B (T)\tmz ()\n" + "\n".join(rows) + "\n")
    notes = imported(file, tmp_path / "runs", radius_nm=20.0, material="iron", cell_nm=2.0).notes
    assert any("exceeds saturation by noise, 0.05" in note for note in notes)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("Specify Oxs_Demag {}", "", "its energy has no Oxs_Demag"),
        ("K1 48000", "K1 -48000", "its energy has an easy plane"),
        (
            "Specify Oxs_Demag {}",
            "Specify Oxs_Demag {}\nSpecify Oxs_DMI_T:dmi {\n}",
            "its energy has Oxs_DMI_T",
        ),
    ],
)
def test_a_loop_of_another_energy_is_refused(loop, tmp_path, before, after, told):
    """The two of Ubermag's own sample drives of a sphere."""
    mif = loop / "sphere.mif"
    mif.write_text(mif.read_text().replace(before, after))
    with pytest.raises(InputError, match=told):
        imported(loop, tmp_path / "runs", radius_nm=20.0)


def test_cells_that_the_states_contradict_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"--cell-nm 4: the cells of .* are 5 nm; drop the flag"):
        imported(OOMMF, tmp_path, radius_nm=20.0, cell_nm=4.0)
    assert imported(OOMMF, tmp_path, radius_nm=20.0, cell_nm=5.0).notes == ()


def test_a_mean_over_a_box_is_told_from_the_cells(tmp_path):
    """4224 cells of 2 nm in a cube of 32: a public loop of Ubermag's."""
    file = tmp_path / "loop.txt"
    rows = [
        f"{B:.3g}\t0\t0\t{1.7e6 * 4224 / 32**3 * m:.10g}" for B, m in ((1, 0.9996), (0.5, 0.995), (0, 0.2))
    ]
    file.write_text("B_T\tmx_Apm\tmy_Apm\tmz_Apm\n" + "\n".join(rows) + "\n")
    given = {"radius_nm": 20.0, "material": "iron"}
    (source,) = foreign_outputs([file])
    with pytest.raises(InputError, match="give --cell-nm"):
        import_output(source, Told.checked(**given), tmp_path / "runs")
    found = import_output(source, Told.checked(**given, cell_nm=2.0), tmp_path / "runs")
    assert (
        "moment at saturation",
        "0.128906",
        "share of 32 x 32 x 32 cells that the sphere fills",
    ) in found.inferred
    assert open_run(found.folder).loop.m[:, 2] == pytest.approx([0.9996, 0.995, 0.2], abs=1e-9)


@pytest.mark.parametrize(
    ("rows", "missing"),
    [
        (range(13), "one branch only, 0.6 to -0.6 T"),
        (range(8), "part of one branch only, 0.6 to -0.1 T"),
        (range(20), "no closed loop: it stops at 0.1 T on its way back to 0.6 T"),
    ],
)
def test_a_part_of_a_loop_is_said_to_be_one(tmp_path, rows, missing):
    fields = [0.6 - 0.1 * k if k <= 12 else -0.6 + 0.1 * (k - 12) for k in rows]
    lines = [f"{B:.1f}\t{0.9 * B:.3f}" for B in fields]
    (tmp_path / "loop.txt").write_text("B (T)\tmz ()\n" + "\n".join(lines) + "\n")
    (source,) = foreign_outputs([tmp_path / "loop.txt"])
    told = Told.checked(radius_nm=20.0, material="iron", cell_nm=5.0)
    found = import_output(source, told, tmp_path / "runs")
    assert f"{tmp_path / 'loop.txt'}: {missing}: " in found.notes[-1]
    assert found.notes[-1].endswith(
        "no row is saturated, ⟨m⟩ along the field is 0.54 at most: nothing here tells where a vortex appears"
    )
    assert missing in RunRecord.read(found.folder).details["missing_part"]


def test_states_of_rows_that_are_left_out_are_not_asked_for_by_script(loop, tmp_path):
    table = loop / "sphere.odt"
    lines = table.read_text().splitlines()
    first = next(k for k, line in enumerate(lines) if line.strip() and line[0] != "#")
    cells = lines[first + 6].split()
    lines[first + 6] = " ".join(["nan", *cells[1:]])
    table.write_text("\n".join(lines) + "\n")
    notes = imported(loop, tmp_path / "runs", radius_nm=20.0).notes
    (left,) = [note for note in notes if "have no row of the table to themselves" in note]
    assert left.endswith("their rows are left out of the table, so run these fields again")


@pytest.mark.parametrize(
    ("path", "missing"),
    [
        ([0, 0.7, 0, -0.7, 0, 0.7], ""),
        ([-0.7, 0, 0.7, 0, -0.7, 0], ""),
        ([0.7, 0.6999, 0.7, -0.7, 0.7], ""),
        ([0, 0.7, -0.7], "one whole branch only, 0.7 to -0.7 T: "),
        ([0.7, 0.6999, 0.7, -0.7], "one branch only, 0.7 to -0.7 T: "),
        ([0, 0.7, -0.3], "no closed loop: it stops at -0.3 T on its way back to -0.7 T: "),
        ([0, 0.7, -0.7, 0.3], "no closed loop: it stops at 0.3 T on its way back to 0.7 T: "),
        ([0.7, -0.2, 0.7], "no closed loop: it never comes to -0.7 T: "),
        ([0, 0.3, 0.7], "part of one branch only, 0 to 0.7 T: "),
        ([0.3, 0.3], "one field only, 0.3 T: "),
    ],
)
def test_a_loop_is_whole_that_comes_back_to_an_end_from_the_other(path, missing):
    found = missing_part(np.array(path, dtype=float), None)
    assert found.startswith(missing) if missing else found == ""


@pytest.mark.parametrize(
    ("told", "would_fit"),
    [
        ({"radius_nm": 20.0, "material": "iron"}, None),
        ({"radius_nm": 30.0, "material": "iron"}, "R = 20.1 nm"),
        ({"radius_nm": 20.0, "material": "cobalt"}, "R = 21.2 nm"),
    ],
)
def test_a_radius_or_material_that_the_table_disproves_is_told(tmp_path, told, would_fit):
    found = imported(REPLICA, tmp_path, cell_nm=2.0, **told)
    doubts = [note for note in found.notes if "as its Zeeman energy has it" in note]
    assert len(doubts) == (would_fit is not None)
    assert all(f"it would fit {would_fit} of this material" in doubt for doubt in doubts)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"fields_T": (0.1, 0.2)}, "--fields-T tells the fields of states alone"),
        (
            {"field_direction": (1.0, 0.0, 0.0)},
            "--field-direction 1, 0, 0: .* are along 0, 0, 1; drop the flag",
        ),
        ({"material": "iiron"}, r"did you mean iron\? \(--material\)"),
    ],
)
def test_a_flag_that_the_table_contradicts_is_refused(tmp_path, given, told):
    with pytest.raises(InputError, match=told):
        imported(OOMMF, tmp_path / "runs", radius_nm=20.0, **given)


def test_notes_beside_a_table_are_no_tables_and_notes_alone_no_output(loop, tmp_path):
    table = (loop / "sphere.odt").rename(loop / "loop.dat")
    (loop / "timing.txt").write_text("elapsed_s\t10846.1\nR_nm\t20.0\n")
    (source,) = foreign_outputs([loop])
    assert source.tables == (table,)
    table.unlink()
    for state in loop.glob("*.om[fi]"):
        state.unlink()
    with pytest.raises(InputError, match=r"timing\.txt: is no table"):
        imported(loop, tmp_path / "runs")


def test_a_zeeman_energy_of_the_wrong_sign_is_told_as_one(tmp_path):
    fields = np.r_[np.linspace(0.6, -0.6, 13), np.linspace(-0.5, 0.6, 12)]
    moment = 1.7e6 * 4e-27 * np.pi / 3 * 20.0**3
    rows = [f"{B:.1f}\t0\t0\t{1.5 * B:.6f}\t{moment * 1.5 * B * B:.9g}" for B in fields]
    header = "# B_extz (T)\tmx ()\tmy ()\tmz ()\tE_Zeeman (J)\n"
    (tmp_path / "loop.txt").write_text(header + "\n".join(rows) + "\n")
    (source,) = foreign_outputs([tmp_path / "loop.txt"])
    told = Told.checked(radius_nm=20.0, material="iron", cell_nm=5.0)
    (doubt,) = [n for n in import_output(source, told, tmp_path / "runs").notes if "Zeeman" in n]
    assert (
        "is -5.69675e-17 A m2 by it" in doubt
        and "the sign of that energy, or of the field, is wrong" in doubt
    )
    assert "would fit" not in doubt
