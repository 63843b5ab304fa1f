"""Following a script without its searches: what sphere, material and fields it is about."""

import numpy as np
import pytest

from harness.mx3.errors import ScriptError
from harness.mx3.outline import outline
from harness.mx3.session import rehearsal

SCRIPT = """
c := 5e-9
SetGridSize(12, 12, 12)
SetCellSize(c, c, c)
SetGeom({shape})
Msat = 1.7e6
Aex = 1e-11
Ku1 = 4.8e4
anisU = vector(0, 0, 1)
TableAdd(B_ext)
m = uniform(0, 0, 1)
for B := 0.2; B >= -0.21; B -= 0.1 {{
    B_ext = vector(0, 0, B)
    relax()
    {inside}
}}
"""


CUT = "Ellipsoid(66e-9, 66e-9, 66e-9)"
HOLLOW = "Ellipsoid(50e-9, 50e-9, 50e-9).Sub(Ellipsoid(22e-9, 22e-9, 22e-9))"


def _write(folder, shape="Ellipsoid(40e-9, 40e-9, 40e-9)", inside="TableSave()\nSave(m)"):
    file = folder / "loop.mx3"
    file.write_text(SCRIPT.format(shape=shape, inside=inside))
    return file


def test_sphere_material_and_fields(tmp_path):
    found = outline(_write(tmp_path))
    assert (found.radius_m, found.centre_m) == (2e-8, (0.0, 0.0, 0.0))
    assert (found.n, found.cell_m) == ((12, 12, 12), (5e-9, 5e-9, 5e-9))
    assert (found.Ms_A_per_m, found.A_J_per_m, found.Ku_J_per_m3, found.axis) == (
        1.7e6,
        1e-11,
        4.8e4,
        (0, 0, 1),
    )
    np.testing.assert_allclose(found.fields_T[:, 2], [0.2, 0.1, 0, -0.1, -0.2], atol=1e-12)
    assert found.saved == {f"m{k:06d}.ovf": k for k in range(5)}


def test_a_state_saved_before_its_row_belongs_to_it(tmp_path):
    assert outline(_write(tmp_path, inside="Save(m)\nTableSave()")).saved["m000003.ovf"] == 3


def _searched_in_between(folder):
    (file := _write(folder)).write_text(file.read_text().replace("relax()", "TableSave()\n    relax()"))
    return file


def test_rows_of_before_a_search_are_on_the_way(tmp_path):
    found = outline(_searched_in_between(tmp_path))
    assert len(found.fields_T) == 10 and found.on_the_way == {0, 2, 4, 6, 8}
    assert found.saved == {f"m{k:06d}.ovf": 2 * k + 1 for k in range(5)}
    kept = found.at_rest()
    np.testing.assert_allclose(kept.fields_T[:, 2], [0.2, 0.1, 0, -0.1, -0.2], atol=1e-12)
    assert kept.saved == {f"m{k:06d}.ovf": k for k in range(5)} and not kept.on_the_way


def test_two_searches_at_one_field_have_their_rows(tmp_path):
    assert not outline(_write(tmp_path, inside="TableSave()\nrelax()\nTableSave()")).on_the_way


@pytest.mark.parametrize("save", ["Save(m)", "TableSave()\nSave(m)"])
def test_a_state_saved_before_a_search_in_its_field_is_the_row_s_before(tmp_path, save):
    (file := _write(tmp_path, inside="TableSave()")).write_text(
        file.read_text().replace("relax()", f"{save}\nrelax()")
    )
    found = outline(file)
    assert found.at_rest().saved == {f"m{k + 1:06d}.ovf": k for k in range(4)}
    assert found.early == {f"m{k:06d}.ovf" for k in range(5)}


def test_a_shifted_sphere_keeps_its_radius(tmp_path):
    found = outline(_write(tmp_path, "Ellipsoid(30e-9, 30e-9, 30e-9).Transl(7e-9, -2e-9, 11e-9)"))
    np.testing.assert_allclose(found.centre_m, (7e-9, -2e-9, 11e-9), atol=1e-14)
    assert found.radius_m == 1.5e-8


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("Kc1 = 1e4", "has Kc1"),
        ("Ku2 = 1e4; frozenspins = 1", "has Ku2 and has frozenspins"),
        ("Dbulk = 1e-3", "has the Dzyaloshinskii-Moriya interaction (Dbulk)"),
        ("Temp = 300", "has temperature (Temp)"),
        ("J = vector(1e12, 0, 0)", "has spin-transfer torque (J)"),
        ("EnableDemag = false", "lacks the demagnetising field (EnableDemag)"),
        ("SetPBC(2, 0, 0)", "is that of periodic images (SetPBC)"),
        (
            "DefRegion(1, Ellipsoid(20e-9, 20e-9, 20e-9)); Aex.SetRegion(1, 2e-11)",
            "has Aex that differs by region",
        ),
        ("DefRegion(1, Cuboid(1, 1, 1).inverse()); Aex.SetRegion(1, 2e-11)", ""),
        ("Dbulk = 0; Temp = 0; Kc1 = 0", ""),
        ("DefRegion(1, ZRange(0, inf)); Msat.SetRegion(1, 0)", "has Msat that differs by region"),
        (
            "DefRegion(1, ZRange(0, inf)); B_ext.SetRegion(1, vector(0, 0, 1))",
            "has B_ext that differs by region",
        ),
        ("Ku1 = -5e3", "has an easy plane (Ku1 below 0)"),
        ("B1 = 1e6; B2 = 1e6", ""),
        ("exx = 1e-3", ""),
        ("B1 = 1e6; B2 = 1e6; exx = 1e-3", "has magnetoelastic coupling (B1, B2, exx)"),
        (
            "B1 = 1e6; mask := NewScalarMask(1, 1, 1); mask.SetScalar(0, 0, 0, 1); eyy.Add(mask, 1e-3)",
            "has magnetoelastic coupling (B1, eyy)",
        ),
        ("DefRegion(1, ZRange(0, inf)); anisU.SetRegion(1, vector(0, 0, -3))", ""),
        (
            "DefRegion(1, ZRange(0, inf)); anisU.SetRegion(1, vector(0, 1, 0))",
            "has Ku1 or AnisU that differs by region",
        ),
        ("if B < 0.05 { anisU = vector(0, 0, -1) }", ""),
        ("if B < 0.05 { anisU = vector(0, 1, 0) }", "has Ku1 or AnisU that changes between rows"),
        (
            "if B > -0.15 { EnableDemag = false; Relax(); EnableDemag = true }",
            "lacks the demagnetising field (EnableDemag)",
        ),
        ("EnableDemag = false; Relax(); EnableDemag = true; Relax()", ""),
        ("if B < 0.05 { Msat = 1e6 }", "has Msat that changes between rows"),
    ],
)
def test_an_energy_that_is_another_one_is_named(tmp_path, line, problem):
    assert outline(_write(tmp_path, inside=f"{line}\nTableSave()")).other_problem == problem


def test_a_material_is_that_of_the_body_s_region(tmp_path):
    regions = "Msat.SetRegion(0, 0)\nDefRegion(1, Ellipsoid(40e-9, 40e-9, 40e-9))\nMsat.SetRegion(1, 1e6)"
    found = outline(_write(tmp_path, inside=f"{regions}\nTableSave()"))
    assert (found.Ms_A_per_m, found.radius_m, found.other_problem) == (1e6, 2e-8, "")


@pytest.mark.parametrize(("amplitude", "extra_T"), [("0.01", 0.01), ("0.01); B_ext.RemoveExtraTerms(", 0.0)])
def test_a_field_that_masks_add_at_rows_is_told(tmp_path, amplitude, extra_T):
    mask = "mask := NewVectorMask(1, 1, 1)\nmask.SetVector(0, 0, 0, vector(1, 0, 0))\n"
    found = outline(
        _write(tmp_path, inside=f"{mask}if B > 0.15 {{ B_ext.Add(mask, {amplitude}) }}\nTableSave()")
    )
    assert found.extra_T == pytest.approx(extra_T)


@pytest.mark.parametrize(
    "shape",
    ["Cuboid(30e-9, 30e-9, 30e-9)", "Ellipsoid(40e-9, 40e-9, 39e-9)", "Cylinder(40e-9, 40e-9)", HOLLOW, CUT],
)
def test_what_is_no_sphere_has_no_radius(tmp_path, shape):
    assert outline(_write(tmp_path, shape)).radius_m is None


DRIVEN = """
SetGridSize(8, 8, 8)
SetCellSize(5e-9, 5e-9, 5e-9)
SetGeom(Ellipsoid(40e-9, 40e-9, 40e-9))
Msat = 1.7e6
Aex = 1e-11
B_ext = vector(0, 0, 0.4 * cos(2 * pi * t / 8e-9))
TableAutoSave(1e-9)
AutoSave(m, 4e-9)
Run(8e-9)
"""


def test_rows_and_states_that_are_due_as_time_goes_by_have_their_field(tmp_path):
    (file := tmp_path / "driven.mx3").write_text(DRIVEN)
    found = outline(file)
    np.testing.assert_allclose(found.fields_T[:, 2], 0.4 * np.cos(np.pi / 4 * np.arange(9)), atol=1e-12)
    assert found.saved == {"m000000.ovf": 0, "m000001.ovf": 4, "m000002.ovf": 8}
    assert found.in_time == set(range(9))


def _timed(folder):
    return _write(folder, inside="TableAutoSave(1e-10)\nRun(4e-10)\nSave(m)")


def test_the_last_row_in_each_field_counts_where_they_are_written_as_time_goes_by(tmp_path):
    found = outline(_timed(tmp_path)).at_rest()
    np.testing.assert_allclose(found.fields_T[:, 2], [0.2, 0.1, 0, -0.1, -0.2], atol=1e-12)
    assert found.saved == {f"m{k:06d}.ovf": k for k in range(5)}


def test_of_states_that_are_due_with_the_rows_the_last_in_each_field_is_its_row_s(tmp_path):
    found = outline(_write(tmp_path, inside="AutoSave(m, 1e-10)\nTableAutoSave(1e-10)\nRun(4e-10)")).at_rest()
    assert len(found.saved) == len(found.fields_T) == 5 and found.early == frozenset()


def test_a_row_due_as_the_field_changes_is_the_next_field_s_where_the_table_has_it_there(tmp_path):
    """By rounding a row that is due as a Run ends may be written after the first step of the next."""
    own = outline(_timed(tmp_path))
    B = own.fields_T[:, 2]
    (last, *_) = np.flatnonzero(np.diff(B))
    table = own.fields_T.copy()
    table[last] = own.fields_T[last + 1]
    found = own.as_written(np.arange(len(B)), table)
    assert last - 1 not in found.on_the_way and last in found.on_the_way
    assert found.saved["m000000.ovf"] == last - 1
    assert found.at_rest().saved == {f"m{k:06d}.ovf": k for k in range(5)}


def test_outputs_that_are_due_without_end_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(rehearsal, "MOST_STATEMENTS", 1000)
    (file := tmp_path / "driven.mx3").write_text(DRIVEN.replace("Run(8e-9)", "Run(1)"))
    with pytest.raises(ScriptError, match="more than 1000 statements without an end"):
        outline(file)


def test_a_mistake_in_the_script_is_named(tmp_path):
    with pytest.raises(ScriptError, match="Elipsoid"):
        outline(_write(tmp_path, "Elipsoid(1, 1, 1)"))


def test_a_mask_that_is_lost_is_named_and_the_rest_is_told(tmp_path):
    lost = 'B_ext.add(loadFile("lost.ovf"), 0.01)\n    m.LoadFile("../elsewhere.ovf")\n    TableSave()'
    found = outline(_write(tmp_path, inside=lost))
    assert found.unread == ("lost.ovf", "../elsewhere.ovf")
    assert found.radius_m == 2e-8 and found.Ms_A_per_m == 1.7e6
    np.testing.assert_allclose(found.fields_T[:, 2], [0.2, 0.1, 0, -0.1, -0.2], atol=1e-12)
