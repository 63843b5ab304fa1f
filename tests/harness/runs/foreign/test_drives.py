"""Ubermag's folder of a system: its drives as the rows of one loop, and what is left out of them."""

import shutil

import numpy as np
import pytest

from harness.inputs import InputError
from harness.pipeline import open_run

from .loops import OOMMF, imported


@pytest.fixture
def system(tmp_path):
    """Ubermag's folder of a system: a drive a field, each one of stage 0, its field in its own script."""
    system = tmp_path / "sphere"
    files = sorted(OOMMF.glob("*.omf"))
    for k, (H, file) in enumerate(zip((159154.943, -159154.943), files, strict=True)):
        drive = system / f"drive-{k}"
        drive.mkdir(parents=True)
        shutil.copy(file, drive / f"sphere-Oxs_MinDriver-Magnetization-00-000000{k}.omf")
        m = (0.9930188, -0.47)[k]
        head = (
            "# ODT 1.0\n# Columns: Oxs_MinDriver::Stage Oxs_MinDriver::mx Oxs_MinDriver::my "
            "Oxs_MinDriver::mz\n# Units: {} {} {} {}\n"
        )
        (drive / "sphere.odt").write_text(f"{head}0 0 0 0.5\n0 0 0 {m}\n")
        mif = (OOMMF / "sphere.mif").read_text().partition("Specify Oxs_UZeeman")[0]
        zeeman = f"Specify Oxs_FixedZeeman:zeeman {{\n  field {{0 0 {H}}}\n}}\n"
        zeeman += "Specify Oxs_MinDriver {\n Ms 1.7e6\n}\n"
        (drive / "sphere.mif").write_text(mif + zeeman)
    return system


def test_ubermag_s_drives_are_one_loop(system, tmp_path):
    """A drive a field: its table's last row, its last state, its field from its own script."""
    result = open_run(imported(system, tmp_path / "runs", radius_nm=20.0).folder)
    np.testing.assert_allclose(result.loop.B_T, [0.2, -0.2], atol=1e-6)
    assert set(result.loop.states) == {0}  # the mean moment of the other is not that of its row


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (" Ms 1.7e6", " Ms 1.6e6", "its Ms is 1600000.0, and that of "),
        (
            "Specify Oxs_Demag",
            "Specify Oxs_DMI_Cnv {}\nSpecify Oxs_Demag",
            "its energy has Oxs_DMI_Cnv: only ",
        ),
    ],
)
def test_drives_of_several_problems_are_refused(system, tmp_path, old, new, says):
    mif = system / "drive-1" / "sphere.mif"
    assert old in mif.read_text()
    mif.write_text(mif.read_text().replace(old, new))
    with pytest.raises(InputError, match=f"drive-1/sphere.mif: {says}"):
        imported(system, tmp_path / "runs", radius_nm=20.0)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda odt: odt.unlink(), "drive-1: has no table"),
        (lambda odt: odt.write_text("no table\n"), "drive-1/sphere.odt: is no table"),
        (lambda odt: odt.write_text(odt.read_text() + "0 0 0 nan\n"), "drive-1/sphere.odt: line 6: "),
    ],
)
def test_a_drive_without_a_sound_table_is_left_out_and_named(system, tmp_path, damage, told):
    damage(system / "drive-1" / "sphere.odt")
    found = imported(system, tmp_path / "runs", radius_nm=20.0)
    assert told in found.notes[0] and "left out" in found.notes[0]
    result = open_run(found.folder)
    assert result.loop.B_T.tolist() == [0.2] and set(result.loop.states) == {0}


@pytest.mark.parametrize(("lost", "field_T"), [(0, -0.2), (1, 0.2)])
def test_a_drive_whose_field_nothing_tells_is_left_out_and_named(system, tmp_path, lost, field_T):
    (system / f"drive-{lost}" / "sphere.mif").unlink()
    found = imported(system, tmp_path / "runs", radius_nm=20.0)
    why = "neither its table nor a script (.mif) tells its field: left out"
    assert f"{system / f'drive-{lost}'}: {why}" in found.notes
    assert open_run(found.folder).loop.B_T.tolist() == [field_T]


def test_the_folder_around_that_of_a_system_names_it(system, tmp_path):
    with pytest.raises(InputError, match=r"has folders that do \(sphere\); give those: \S+/sphere$"):
        imported(tmp_path, tmp_path / "runs", radius_nm=20.0)


def test_drives_that_are_loops_of_their_own_are_not_taken_for_rows(tmp_path):
    for k in range(2):
        shutil.copytree(OOMMF, tmp_path / "sphere" / f"drive-{k}")
    with pytest.raises(InputError, match=r"each is its own loop; give those: \S+/drive-0 \S+/drive-1$"):
        imported(tmp_path / "sphere", tmp_path / "runs", radius_nm=20.0)


def test_a_drive_whose_saturation_magnetisation_is_in_its_states(loop, tmp_path):
    """Ubermag's scripts give it by a file, m0.omf, which is no row's state."""
    mif = loop / "sphere.mif"
    text = mif.read_text()
    (line,) = [line for line in text.splitlines() if line.strip().startswith("Ms ")]
    mif.write_text(text.replace(line, "  Ms :m0_norm"))
    (loop / "info.json").write_text("{}")
    shutil.copy(next(loop.glob("*-04-*.omf")), loop / "m0.omf")
    found = imported(loop, tmp_path / "runs", radius_nm=20.0)
    (told,) = [each for each in found.inferred if each.what == "material"]
    assert (
        told.value.startswith("iron: Ms = 1.7e+06") and ", Ms sphere-Oxs" in told.source and found.notes == ()
    )
