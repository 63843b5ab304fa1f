"""Loops that are imported with the script beside them: what it tells, and what is held against it."""

import shutil

import numpy as np
import pytest

from harness import shipped
from harness.inputs import InputError
from harness.pipeline import open_run
from harness.runs.foreign.output import foreign_outputs
from harness.runs.foreign.told import Told
from harness.runs.imported import import_output
from harness.runs.output import read

from .foreign.loops import OOMMF, imported

BY_HAND = shipped.CHECKOUT / "mumax_runs" / "recorded" / "by_hand"
"""Three scripts as users write them, and what MuMax3 wrote on a GPU."""

SCRIPT = """
SetGridsize(8, 8, 8)
SetCellsize(5e-9, 5e-9, 5e-9)
SetGeom(Ellipsoid({d}, {d}, {d}))
Msat = {Ms}
Aex = 1e-11
m = Uniform(0, 0, 1)
TableAdd(B_ext)
for i := 0; i <= {n}; i++ {{
    B_ext = Vector(0, 0, {first} - 0.1*i)
    Relax()
    TableSave()
}}
"""
OWN = {"d": "40e-9", "Ms": "1.7e6", "first": 0.6, "n": 24}


def _down(folder):
    """A loop of OOMMF's sphere that goes one way only, with a state of it and a script beside."""
    folder.mkdir()
    fields = 0.6 - 0.1 * np.arange(25)
    rows = [f"{B}\t0\t0\t{np.clip(B, -0.9, 0.9993):.6g}" for B in fields.round(9)]
    rows[4] = "0.2\t0\t0\t0.9930185"
    (folder / "loop.txt").write_text("B (T)\tmx ()\tmy ()\tmz ()\n" + "\n".join(rows) + "\n")
    shutil.copy(next(OOMMF.glob("*-04-*.omf")), folder)
    return folder


@pytest.mark.parametrize(
    ("name", "radius_m", "agrees", "part"),
    [
        ("relaxed", 25e-9, "agrees in the fields of 100 rows", ""),
        (
            "driven",
            15e-9,
            "agrees in the fields of 201 rows",
            "a row every 0.04 ns, in which a moment turns 0.67",
        ),
        (
            "stopped",
            20e-9,
            "agrees in the fields of 29 rows (of 71 that it writes)",
            "29 of the 71 rows of its",
        ),
    ],
)
def test_what_mumax3_wrote_for_scripts_written_by_hand(tmp_path, name, radius_m, agrees, part):
    found = imported(BY_HAND / f"{name}.out", tmp_path)
    (told,) = [each for each in found.inferred if each.what == "script"]
    run = read(found.folder)
    assert told.value.startswith(agrees) and run.case.radius_m == pytest.approx(radius_m)
    assert run.record.details["missing_part"].startswith(part) and bool(part) == bool(found.notes)
    assert len(run.loop.states) == (4 if name == "stopped" else 0)


def _relaxed(tmp_path, more, **told):
    """The loop that was relaxed by hand, its script with a line more before it starts."""
    folder = shutil.copytree(BY_HAND / "relaxed.out", tmp_path / "relaxed.out")
    script = (BY_HAND / "relaxed.mx3").read_text().replace("m = uniform(", f"{more}\nm = uniform(")
    (tmp_path / "relaxed.mx3").write_text(script)
    return imported(folder, tmp_path / "runs", **told)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("Kc1 = 1e4", r"relaxed\.mx3: its energy has Kc1"),
        ("ext_ScaleExchange(0, 1, 0.5)", r"relaxed\.mx3: script line 8: ext_ScaleExchange: scaling exchange"),
        (
            "AddFieldTerm(B_ext)",
            r"relaxed\.mx3: script line 8: AddFieldTerm: adding field or energy terms is not ",
        ),
    ],
)
def test_a_script_of_another_energy_is_refused(tmp_path, line, says):
    with pytest.raises(InputError, match=f"{says}.*: only spheres with exchange"):
        _relaxed(tmp_path, line)


def test_a_field_that_masks_add_takes_all_trust(tmp_path):
    mask = "mask := NewVectorMask(1, 1, 1)\nmask.SetVector(0, 0, 0, vector(0, 1, 0))\nB_ext.Add(mask, {})"
    (doubt,) = _relaxed(tmp_path, mask.format(0.2)).notes
    assert "relaxed.mx3 adds a field of up to 0.2 T by masks, which is not in the field of the table" in doubt
    shutil.rmtree(tmp_path / "relaxed.out")
    assert _relaxed(tmp_path, mask.format(1e-6)).notes == ()


def test_a_script_that_drives_another_field_did_not_write_it(tmp_path):
    folder = shutil.copytree(BY_HAND / "driven.out", tmp_path / "driven.out")
    script = (BY_HAND / "driven.mx3").read_text().replace("0.6*cos(", "0.55*cos(")
    (tmp_path / "driven.mx3").write_text(script)
    with pytest.raises(InputError, match=r"driven\.mx3: lies there and did not write .*its field in row "):
        imported(folder, tmp_path / "runs")


def test_a_script_that_lies_beside_is_held_against_table_and_states(tmp_path):
    folder = _down(tmp_path / "own")
    (folder / "own.mx3").write_text(SCRIPT.format(**OWN))
    found = imported(folder, tmp_path / "runs")
    (told,) = [each for each in found.inferred if each.what == "script"]
    assert (
        told.value.startswith("agrees in the fields of 25 rows, the cells of sphere-")
        and "the Ms of" in told.value
    )
    assert open_run(found.folder).case.radius_m == pytest.approx(20e-9)  # by the script


def test_a_column_that_names_no_axis_is_along_the_field_of_its_script(tmp_path):
    folder = _down(tmp_path / "own")
    tilted = "Vector(0.6*({first} - 0.1*i), 0, 0.8*({first} - 0.1*i))"
    script = SCRIPT.replace("Vector(0, 0, {first} - 0.1*i)", tilted).format(**OWN)
    (folder / "own.mx3").write_text(script)
    B = (0.6 - 0.1 * np.arange(25)).round(9)
    rows = [f"{b}\t{0.6 * m}\t0\t{0.8 * m}" for b, m in zip(B, np.clip(B, -0.99, 0.99), strict=True)]
    (folder / "loop.txt").write_text("B (T)\tmx ()\tmy ()\tmz ()\n" + "\n".join(rows) + "\n")
    next(folder.glob("*.omf")).unlink()
    found = imported(folder, tmp_path / "runs")
    assert open_run(found.folder).case.direction == pytest.approx((0.6, 0.0, 0.8))
    assert ("field direction", "0.6, 0, 0.8", str(folder / "own.mx3")) in found.inferred


@pytest.mark.parametrize("across_T", [1e-5, 5e-4])
def test_a_hair_of_a_field_across_does_not_part_a_table_from_its_script(tmp_path, across_T):
    folder = _down(tmp_path / "own")
    (folder / "own.mx3").write_text(SCRIPT.format(**OWN).replace("Vector(0,", f"Vector({across_T},"))
    _, *rows = (folder / "loop.txt").read_text().replace("-0.9\n", "-0.99\n").splitlines()
    along = [f"{across_T}\t0\t{row}" for row in rows]
    head = "Bx (T)\tBy (T)\tBz (T)\tmx ()\tmy ()\tmz ()"
    (folder / "loop.txt").write_text("\n".join([head, *along]) + "\n")
    found = imported(folder, tmp_path / "runs")
    assert any(each.what == "script" for each in found.inferred)
    assert open_run(found.folder).case.direction == (0.0, 0.0, 1.0)
    noted = [note for note in found.notes if "stands across the one that is taken, by its script" in note]
    assert len(noted) == (across_T > 1e-4)


def test_a_body_that_is_no_sphere_is_none_of_any_radius(tmp_path):
    with pytest.raises(InputError, match=r"its body is no sphere of --radius-nm 20 nm"):
        _relaxed(tmp_path, "SetGeom(Cuboid(36e-9, 36e-9, 36e-9))", radius_nm=20.0)


@pytest.mark.parametrize("across_T", [0.03, 0.0005])
@pytest.mark.parametrize(("by_script", "source"), [(True, "its script"), (False, "its columns")])
def test_a_field_across_the_swept_one_is_told_and_takes_all_trust_if_it_is_not_small(
    tmp_path, by_script, source, across_T
):
    folder, told = tmp_path / "own", {"radius_nm": 20.0, "material": "iron", "cell_nm": 5.0}
    folder.mkdir()
    fields = (0.6 - 0.1 * np.arange(13)).round(9)
    rows = [
        f"{across_T}\t0\t{B}\t0.5\t0\t{np.sign(B) * 0.86}\t{-5.95e-17 * (across_T / 2 + 0.86 * abs(B))}"
        for B in fields
    ]
    head = "Bx (T)\tBy (T)\tBz (T)\tmx ()\tmy ()\tmz ()\tE_Zeeman (J)"
    (folder / "loop.txt").write_text("\n".join([head, *rows]) + "\n")
    if by_script:
        (folder / "own.mx3").write_text(SCRIPT.format(**OWN).replace("Vector(0,", f"Vector({across_T},"))
        told = {}
    found = imported(folder, tmp_path / "runs", field_column="Bz", **told)
    told = (
        f"a constant field of {across_T:g} T along (1, 0, 0) stands across the one that is taken, by {source}"
    )
    unknown = "continuum, models and certificates know nothing of it"
    if across_T == 0.03:
        assert open_run(found.folder).doubts == (f"{told}; {unknown}",)
    else:
        assert open_run(found.folder).doubts == ()
        assert f"{told}: it turns fields below 0.005 T by more than 6 degrees; {unknown}" in found.notes
    script = [each.value for each in found.inferred if each.what == "script"]
    assert len(script) == by_script and all("the fields of 13 rows" in value for value in script)


def test_rows_that_the_script_writes_before_its_searches_do_not_count(tmp_path):
    script = SCRIPT.format(**OWN).replace("Relax()", "TableSave()\nRelax()")
    folder = _down(tmp_path / "own")
    (folder / "own.mx3").write_text(
        script.replace("TableSave()\n}", 'TableSave()\nSaveAs(m, sprintf("%.0f", i))\n}')
    )
    next(folder.glob("*.omf")).rename(folder / "4.ovf")
    head, *rows = (folder / "loop.txt").read_text().splitlines()
    both = [row for k in range(25) for row in (rows[k].rpartition("\t")[0] + "\t0.45", rows[k])]
    (folder / "loop.txt").write_text("\n".join([head, *both[:41]]) + "\n")
    found = imported(folder, tmp_path / "runs")
    run = read(found.folder)
    np.testing.assert_allclose(run.loop.B_T, 0.6 - 0.1 * np.arange(20), atol=1e-12)
    assert set(run.loop.states) == {4} and 0.45 not in run.loop.m[:, 2]
    assert any(
        "of rows at one field the last is taken" in note and "21 rows left out" in note
        for note in found.notes
    )
    (folder / "loop.txt").write_text(f"{head}\n{both[0]}\n")
    with pytest.raises(InputError, match="all its rows are of before the searches of its script"):
        imported(folder, tmp_path / "runs")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"first": 0.7}, "its field in row 0 is (0, 0, 0.7) T, and the table's (0, 0, 0.6) T"),
        ({"n": 5}, "it writes 6 rows, and the table has 25"),
        ({"Ms": "8e5"}, "its Ms is 800000 A/m, and that of sphere-"),
        ({"d": "30e-9"}, "its body fills"),
    ],
)
def test_a_stranger_s_script_tells_nothing_and_is_refused_if_it_is_given(tmp_path, changed, why):
    folder = _down(tmp_path / "strange")
    script = folder / "other.mx3"
    script.write_text(SCRIPT.format(**OWN | changed))
    with pytest.raises(InputError, match="give --radius-nm"):
        imported(folder, tmp_path / "runs")
    found = imported(folder, tmp_path / "runs", radius_nm=20.0, material="iron")
    note, part = found.notes
    assert "one branch only" in part
    assert str(script) in note and why in note and "nothing is taken from it" in note
    assert not [each for each in found.inferred if "other.mx3" in each.source]
    assert not list(found.folder.glob("*.mx3")) and open_run(found.folder).record.program == ""
    (source,) = foreign_outputs([folder], script)
    with pytest.raises(InputError, match=f"--script {script}: did not write"):
        import_output(source, Told.checked(radius_nm=20.0, material="iron"), tmp_path / "runs")


def test_a_loop_that_lost_its_mask_file_keeps_the_rest_of_its_script(tmp_path):
    folder = _down(tmp_path / "masked")
    script = SCRIPT.format(**OWN) + 'B_ext.Add(LoadFile("bias.ovf"), 0.001)\n'
    (folder / "own.mx3").write_text(script)
    found = imported(folder, tmp_path / "runs")
    case = open_run(found.folder).case
    assert (case.particle.radius_nm, case.material.Ms_A_per_m, case.mesh.cell_nm) == (20, 1.7e6, 5)
    assert any('own.mx3: reads "bias.ovf" and cannot here' in note for note in found.notes)


def test_an_exported_table_without_its_rows_at_fault_is_held_against_its_script_row_by_row(tmp_path):
    (script := tmp_path / "own.mx3").write_text(SCRIPT.format(d="40e-9", Ms="1.7e6", n=4, first=0.2))
    head = "# written_by: mxval 0.3\nstep,B_ext (T),mx,my,mz,sound\n"
    fields, sound = [0.2, 0.1, 0.0, -0.1, -0.2], [1, 0, 1, 1, 1]
    rows = [f"{k},{B},0,0,{4 * B},{s}\n" for k, (B, s) in enumerate(zip(fields, sound, strict=True))]
    (file := tmp_path / "loop.csv").write_text(head + "".join(rows))
    (source,) = foreign_outputs([file], script)
    found = import_output(source, Told.checked(material="iron"), tmp_path / "runs")
    (told,) = [each.value for each in found.inferred if each.what == "script"]
    assert "the fields of 4 rows" in told and not any("its script writes" in note for note in found.notes)
    assert open_run(found.folder).loop.B_T.tolist() == [0.2, 0.0, -0.1, -0.2]
