"""Certificates of saved states: the published trap, MuMax3's own states, bad input."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from harness.analysis.certify import CertificateError, certify
from harness.mx3.errors import ScriptError
from harness.mx3.files.ovf import read_ovf
from harness.mx3.options import FAITHFUL, Options
from harness.mx3.run import run_script
from harness.study.study import Case, Study
from reduced_model.errors import InputError

from ..recorded_runs import RECORDED

UPRIGHT = """
SetGridSize({n}, {n}, {n})
SetCellSize({cell}, {cell}, {cell})
EdgeSmooth = {smooth}
SetGeom(Ellipsoid(40e-9, 40e-9, 40e-9))
Msat = 1.7e6
Aex = 1e-11
Ku1 = 4.8e4
anisU = vector(0, 0, 1)
m = vortex(1, 1)
for i := 0; i < 4; i++ {{
    B_ext = vector(0, 0, 0.3 - 0.1*i)
    minimize()
    save(m)
}}
"""


def upright(folder, n=10, smooth=0):
    """MuMax3's own minimiser in single precision on a vortex that nothing tilts, from 0.3 T to zero field."""
    script = folder / "upright.mx3"
    script.write_text(UPRIGHT.format(n=n, cell=40e-9 / n, smooth=smooth))
    run_script(script, folder / "upright.out", options=Options(**FAITHFUL, float_dtype="float32"))
    return script


@pytest.fixture(scope="module")
def coarse(tmp_path_factory):
    return upright(tmp_path_factory.mktemp("coarse"))


@pytest.fixture
def script(coarse, tmp_path):
    """The script on coarse cells with its output, to spoil."""
    shutil.copytree(coarse.parent, tmp_path / "work")
    return tmp_path / "work" / "upright.mx3"


def test_the_published_open_branch_is_a_saddle(tmp_path):
    """Iron, R = 20 nm, 2 nm cells: remanence 0.157 of an upright core, which the energy would tilt."""
    script = upright(tmp_path, n=20)
    remanent = script.with_suffix(".out") / "m000003.ovf"
    state = read_ovf(remanent).m
    assert state[2, state.any(axis=0)].mean() == pytest.approx(0.1567, abs=1e-4)
    found = certify(script.with_suffix(".out"), script=script)
    assert [c.verdict for c in found.states] == ["minimum", "minimum", "saddle", "saddle"]
    last = found.states[-1]
    assert last.lambda_min_T == pytest.approx(-0.0256, abs=2e-4)
    assert last.mode == "tilt of the core"
    assert last.basis == "negative Rayleigh quotient of the mode"
    assert last.moved_rad < 1e-5
    assert certify(remanent, script=script).states[0].lambda_min_T == pytest.approx(
        last.lambda_min_T, abs=1e-5
    )


def test_the_same_on_coarse_cells_by_counting_all_eigenvalues(coarse):
    (last,) = certify(coarse.with_suffix(".out") / "m000003.ovf", script=coarse).states
    assert (last.verdict, last.mode, last.B_T) == ("saddle", "tilt of the core", (0, 0, 0))
    assert last.basis.endswith("all 1104 eigenvalues of the dense matrix, 2 of them negative")
    assert last.band_T == 0
    assert "negative Rayleigh quotient" in last.basis
    assert any(line.startswith("saddle: the energy falls along its mode") for line in last.lines())


MUMAX3 = {  # state, and what it is: the recorded rows at fault are maxima
    "four/R20nm-c4nm-kick5mT-seed1/out/m_step000028.ovf": "minimum",
    "four/R20nm-c4nm-minimize-tilt2deg/out/m_step000024.ovf": "minimum",
    "four/R20nm-c4nm-minimize-tilt2deg/out/m_step000028.ovf": "maximum",
    "finer/R20nm-c4nm-minimize-kick5mT-seed1/out/m_step000097.ovf": "maximum",
}


@pytest.mark.parametrize("name", MUMAX3)
def test_states_of_mumax3_are_certified_with_its_kernel(name):
    file = RECORDED / name
    asked = json.loads((file.parent.parent / "case.json").read_text())
    study, case = Study.model_validate(asked["study"]), Case.model_validate(asked["case"])
    asked_for = [(c.protocol, c.mesh, c.solver.method) for c in (*study.cases(), case)]
    same = study.cases()[asked_for.index(asked_for[-1])]  # cases were named otherwise when these ran
    (found,) = certify(file, study=study, case=same.name).states
    assert found.verdict == MUMAX3[name]
    assert found.band_T == 0.0
    assert "quadrature of the demagnetising kernel" in found.band_reason
    assert found.torque_before_T < 1e-5  # single precision; by the exact kernel it would be 0.6 mT
    assert found.moved_rad < 1e-4


def test_a_band_makes_small_eigenvalues_undecided(coarse):
    file = coarse.with_suffix(".out") / "m000003.ovf"
    (found,) = certify(file, script=coarse, band_T=0.01).states
    assert (found.verdict, found.band_reason) == ("undecided", "as asked for")
    assert found.basis.startswith("lambda_min lies within the band of 10 mT; ")
    assert next(found.lines()).startswith("undecided, minimum or saddle; lambda_min = ")


def test_what_is_no_state_is_told_before_a_script_is_asked_for(tmp_path):
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(InputError, match=r"run\.json: not a readable OVF file"):
        certify(tmp_path / "run.json")


def test_a_script_without_a_field_is_noted(coarse):
    file, bare = coarse.with_suffix(".out") / "m000003.ovf", coarse.with_name("bare.mx3")
    assert certify(file, script=coarse).notes == ()
    lines = [line for line in coarse.read_text().splitlines() if "b_ext" not in line.lower()]
    bare.write_text("\n".join(lines))
    found = certify(file, script=bare)
    assert found.notes == ("bare.mx3 sets no B_ext: certified in zero field",)
    for told in (found, replace(found, of_file=False)):
        assert (told.to_dict()["notes"], told.to_dict()["script"]) == ([*found.notes], None)


def test_who_wrote_a_file_is_not_guessed(script):
    out = script.with_suffix(".out")
    (out / "log.txt").unlink()
    (found,) = certify(out / "m000003.ovf", script=script).states
    assert (found.verdict, found.band_T) == ("saddle", 1e-3)
    assert "not known" in found.band_reason


def test_the_folder_of_an_output_brings_the_script_that_lies_there(script):
    whole = certify(script.with_suffix(".out"), script=script)
    assert whole.script is None
    case = script.parent / "case"
    case.mkdir()
    script.with_suffix(".out").rename(case / "out")
    moved = script.rename(case / "script.mx3")
    (case / "position.ovf").write_bytes(b"a mask")
    for folder in (case, case / "out"):
        found = certify(folder)
        assert [c.verdict for c in found.states] == [c.verdict for c in whole.states] and len(
            whole.states
        ) == 4
        assert f"script: {moved}, which lies there" in found.words()
    state = case / "out" / "m000003.ovf"
    assert refusal(state).endswith(f"if {moved} saved it, give --script {moved}")
    moved.unlink()
    (case / "out" / "table.txt").write_text("# t (s)\tmz ()\n0\t1\n")
    assert refusal(case / "out").endswith(f"certify the run that mxval import {case / 'out'} makes")


def test_a_state_under_the_name_of_another_row_is_refused(script):
    """On a plateau it is as good as stationary in the other field."""
    text = script.read_text().replace("save(m)", "save(m)\n    tablesave()").replace("0.3 - 0.1", "1.3 - 0.1")
    script.write_text(
        text.replace("vortex(1, 1)", "uniform(0, 0, 1)").replace("m = ", "TableAdd(B_ext)\nm = ")
    )
    shutil.rmtree(out := script.with_suffix(".out"))
    run_script(script, out, options=Options())
    assert len(certify(out).states) == 4
    (out / "m000002.ovf").write_bytes((out / "m000001.ovf").read_bytes())
    found = certify(out)
    assert [c.file.name for c in found.states] == [f"m00000{k}.ovf" for k in (0, 1, 3)]
    assert "the script saves it at row 2 of the table ((0, 0, 1.1) T, ⟨m⟩ = " in found.refused["m000002.ovf"]
    assert "m000002.ovf: its mean moment is" in refusal(out / "m000002.ovf", script=script)


def test_a_state_saved_before_a_search_in_the_field_there_is_refused(script):
    """It is at rest in the field before, and on a plateau as good as at rest in this."""
    text = script.read_text()
    text = text.replace("save(m)", "tablesave()").replace("0.3 - 0.1", "1.3 - 0.1")
    text = text.replace("vortex(1, 1)", "uniform(0, 0, 1)").replace("m = ", "TableAdd(B_ext)\nm = ")
    script.write_text(text.replace("minimize()", "save(m)\n    minimize()"))
    shutil.rmtree(out := script.with_suffix(".out"))
    run_script(script, out, options=Options())
    told = refusal(out / "m000002.ovf", script=script)
    assert "the script saves it before a search in the next field: it is of row 1 of the table" in told


def refusal(target, **given):
    with pytest.raises(CertificateError) as refused:
        certify(target, **given)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_a_mask_that_only_the_table_needs_may_be_lost(script):
    """As the position.ovf of a rendered script is that was taken elsewhere."""
    script.write_text(script.read_text() + 'FixedLayer.add(loadFile("position.ovf"), 1)\n')
    state = script.with_suffix(".out") / "m000003.ovf"
    assert certify(state, script=script).states
    script.write_text(script.read_text() + 'B_ext.add(loadFile("kick.ovf"), 1)\n')
    with pytest.raises(ScriptError, match=r'"kick\.ovf" not found'):
        certify(state, script=script)


def test_bad_input_is_a_line_that_says_what_is_missing(script, tmp_path, tiny):
    state = script.with_suffix(".out") / "m000003.ovf"
    alone = tmp_path / state.name
    alone.write_bytes(state.read_bytes())
    assert "hold neither body nor material nor field; give --script with" in refusal(alone)
    assert "give one of them" in refusal(state, script=script, study=tiny)
    assert "10x10x10 cells of 4 nm, which no case of study tiny has" in refusal(state, study=tiny)
    assert "--case a: give --study with it" in refusal(state, script=script, case="a")
    assert "--case other: study tiny has R6nm" in refusal(state, study=tiny, case="other")
    renamed = state.rename(state.with_name("mine.ovf"))
    assert "never saves m under that name; it saves m000000.ovf (1 of 4)" in refusal(renamed, script=script)
    renamed.rename(state)
    text = script.read_text()
    script.write_text(text.replace("(10, 10, 10)", "(12, 12, 12)"))
    assert "wrong mesh: 10x10x10 cells of 4x4x4 nm, where the script has 12x12x12" in refusal(
        state, script=script
    )
    script.write_text(text.replace("SetGeom", "//SetGeom"))
    assert "in the script alone; the script fills its whole box: is SetGeom missing?" in refusal(
        state, script=script
    )
    script.write_text(text.replace("(40e-9,", "(30e-9,"))
    assert refusal(state, script=script).endswith(
        "cells are magnetic in the file alone or in the script alone"
    )
    script.write_text(text.replace("Msat = ", "//Msat = "))
    assert (
        refusal(state, script=script)
        == f"{state}: no cell has a moment that can turn: Msat is zero, or all are frozen"
    )
    script.write_text(text.replace("Aex = 1e-11", "Aex = 3e-11"))
    assert "far from stationary: torque" in refusal(state, script=script)
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "no OVF file is in it" in refusal(empty, script=script)


def test_a_state_in_another_field_is_far_from_stationary(script):
    out = script.with_suffix(".out")
    shutil.copy(out / "m000000.ovf", out / "m000003.ovf")
    assert "is it the state of this script, in its field of (0, 0, 0) T, at rest?" in refusal(
        out / "m000003.ovf", script=script
    )
    found = certify(out, script=script)
    assert len(found.states) == 3
    assert list(found.refused) == ["m000003.ovf"]


def test_one_bad_file_of_a_folder_is_refused_by_name_and_the_others_are_certified(script):
    out = script.with_suffix(".out")
    head, mark, rest = (out / "m000001.ovf").read_bytes().partition(b"# Begin: Data Binary 4\n")
    numbers, end, tail = rest.partition(b"# End: Data")
    nan = np.frombuffer(numbers, "<f4").copy()
    nan[1:] = np.nan  # the first number is the check value
    (out / "m000001.ovf").write_bytes(head + mark + nan.tobytes() + end + tail)
    (out / "m000002.ovf").write_bytes(b"")
    assert (
        refusal(out / "m000001.ovf", script=script)
        == f"{out / 'm000001.ovf'}: holds values that are not finite"
    )
    found = certify(out, script=script)
    assert [each.file.name for each in found.states] == ["m000000.ovf", "m000003.ovf"]
    assert found.refused["m000001.ovf"] == "holds values that are not finite"
    assert "it is empty" in found.refused["m000002.ovf"] and str(out) not in found.refused["m000002.ovf"]


def test_smoothed_edges_are_refused_with_the_reason(tmp_path):
    script = upright(tmp_path, smooth=4)
    why = refusal(script.with_suffix(".out") / "m000003.ovf", script=script)
    assert "partly filled (EdgeSmooth): their fill weighs the demagnetising field but not the exchange" in why


def test_a_picture_of_the_mode_and_its_numbers(coarse, tmp_path):
    from harness.report.figures.mode import draw_mode, write_mode

    (found,) = certify(coarse.with_suffix(".out") / "m000003.ovf", script=coarse).states
    files = write_mode(found, tmp_path / "modes")
    assert sorted(file.name for file in files) == [f"mode_m000003.{k}" for k in ("csv", "pdf", "png", "svg")]
    frame = found.to_dataframe()
    assert list(frame) == ["x (nm)", "y (nm)", "mx", "my", "mz", "dx", "dy", "dz"]
    mode, m = (frame[[f"{k}{c}" for c in "xyz"]].to_numpy() for k in "dm")
    assert np.abs(np.sum(mode * m, axis=1)).max() < 1e-12
    core = frame[np.hypot(frame["x (nm)"], frame["y (nm)"]) < 3]
    across = core[["dx", "dy"]].to_numpy()
    assert (
        np.linalg.norm(across.mean(axis=0)) > 0.9 * np.linalg.norm(across, axis=1).mean()
    )  # it tilts as one
    panel, key = draw_mode(found).figure.axes
    assert key.get_ylabel() == "change of m along z" and key.get_ylim() == (-1, 1)
    (shades, *_) = panel.collections
    largest = frame[["dx", "dy", "dz"]].abs().to_numpy().max()
    assert np.nanmax(np.abs(shades.get_array())) == pytest.approx(frame["dz"].abs().max() / largest)
