"""What columns mean: units, directions, and what no sphere can do."""

from pathlib import Path

import numpy as np
import pytest

from harness.inputs import InputError
from harness.runs.foreign.columns import loop_columns, snapped
from harness.runs.foreign.rows import last_of_each_stage
from harness.runs.foreign.table import ForeignTable
from harness.study.study import MaterialTable
from reduced_model.materials import MU0

IRON = MaterialTable(name="iron")
B = np.array([1.0, 0.5, 0.0, -1.0])
M = np.array([0.99, 0.9, 0.2, -0.99])


def _table(**columns):
    """A table of columns given as (values, unit)."""
    values = {name: np.asarray(of[0], dtype=float) for name, of in columns.items()}
    return ForeignTable(Path("loop.txt"), "", values, {name: of[1] for name, of in columns.items()})


@pytest.mark.parametrize(
    ("name", "unit", "factor"),
    [("B_extz", "T", 1), ("Bz", "mT", 1e3), ("Hz", "A/m", 1 / MU0), ("Hz", "Oe", 1e4), ("B_ext", "", 1)]
    + [(n, "kOe", 10) for n in ("Hz", "H_ext")]
    + [(n, "mT", 1e3) for n in ("mu0Hz", "\u00b50H", "\u03bc\u2080H_ext", "mu0*H_app")],
)
def test_the_field_in_any_unit(name, unit, factor):
    found = loop_columns(_table(**{name: (B * factor, unit), "mz": (M, "")}), IRON)
    np.testing.assert_allclose(found.B_T, B, atol=1e-12)
    assert found.direction == (0, 0, 1)
    assert any(each.what == "field" and name in each.source for each in found.inferred)


@pytest.mark.parametrize(
    ("name", "unit", "factor"),
    [
        ("Mz", "A/m", 1.7e6),
        ("Jz", "T", MU0 * 1.7e6),
        ("J_par", "", MU0 * 1.7e6),
        ("mz_avg", "", 1),
        ("m", "", 1),
        ("M/Ms", "", 1),
        ("M", "emu/cm3", 1.7e3),
    ],
)
def test_the_moment_in_any_unit(name, unit, factor):
    found = loop_columns(_table(B=(B, "T"), **{name: (M * factor, unit)}), IRON)
    np.testing.assert_allclose(found.m[:, 2], M, atol=1e-12)
    assert not found.whole_vector


def test_components_give_the_direction():
    way = np.array([0.6, 0.0, 0.8])
    field = {f"B_ext{a}": (B * w, "T") for a, w in zip("xyz", way, strict=True)}
    moment = {f"m{a}": (M * w, "") for a, w in zip("xyz", way, strict=True)}
    found = loop_columns(_table(**field, **moment), IRON)
    np.testing.assert_allclose(found.direction, way, atol=1e-12)
    np.testing.assert_allclose(found.B_T, B, atol=1e-12)
    assert found.whole_vector


def test_a_component_that_no_column_has_is_no_field():
    found = loop_columns(_table(Bx=(0 * B, "T"), Bz=(B, "T"), mz=(M, "")), IRON)
    assert found.direction == (0, 0, 1) and found.B_T.tolist() == B.tolist()


def test_components_may_each_have_a_unit_of_their_own():
    field = {"B_extx": (0.6 * B, "T"), "B_exty": (0 * B, "T"), "B_extz": (800 * B, "mT")}
    moment = {"Mx": (0.6 * M, ""), "My": (0 * M, ""), "Mz": (0.8 * M * IRON.Ms_A_per_m, "A/m")}
    found = loop_columns(_table(**field, **moment), IRON)
    np.testing.assert_allclose(found.direction, (0.6, 0, 0.8))
    np.testing.assert_allclose(found.B_T, B)
    np.testing.assert_allclose(found.m @ found.direction, M)
    assert found.inferred[0].source == "columns B_extx, B_exty, B_extz in T, mT"


def test_a_component_in_an_unknown_unit_is_not_taken_for_none():
    field = {"B_extx": (0.6 * B, "T"), "B_exty": (0 * B, "T"), "B_extz": (800 * B, "furlong")}
    with pytest.raises(InputError, match=r"^loop.txt: column B_extz is in furlong; a field is in T, mT, "):
        loop_columns(_table(**field, mz=(M, "")), IRON)


@pytest.mark.parametrize(
    ("name", "unit"), [("moment", "emu"), ("Moment", "memu"), ("signal", ""), ("m", "A m2"), ("M", "emu/g")]
)
def test_a_moment_that_is_none_per_volume_asks_for_its_full_value(name, unit):
    table = _table(**{"H": (B, "T"), name: (2e-14 * M, unit)})
    with pytest.raises(InputError, match=f"({name} is in {unit}|known).*give --full-moment too, its value"):
        loop_columns(table, IRON)
    if name != "signal":
        np.testing.assert_allclose(loop_columns(table, IRON, full_moment=2e-14).along, M)


def test_a_moment_may_be_longer_than_saturation_by_its_noise_alone():
    fields = np.linspace(1, -1, 81)
    along = np.clip(3 * fields, -1, 1)
    noisy = along + np.random.default_rng(1).normal(0.0, 0.01, 81)
    assert loop_columns(_table(B=(fields, "T"), mz=(noisy, "")), IRON).along.max() > 1.01
    with pytest.raises(InputError, match=r"the mean moment reaches 1\.\d+ times saturation"):
        loop_columns(_table(B=(fields, "T"), mz=(noisy + 0.05 * along, "")), IRON)


def _noisy(noise, times=1.0, n=61, seed=1):
    """A loop of both branches, saturated in half of its fields, and a table of it with noise."""
    fields = np.linspace(1, -1, n)
    fields = np.append(fields, -fields)
    m = times * np.clip(2 * fields, -1, 1) + np.random.default_rng(seed).normal(0.0, noise, fields.size)
    return _table(B=(fields, "T"), mz=(m, ""))


@pytest.mark.parametrize("noise", [0.03, 0.05, 0.1])
def test_noise_of_any_size_is_told_from_a_wrong_saturation_by_the_mean_of_rows(noise):
    """Rows reach 1.1 and more, and their mean is 1 to a hundredth; with another Ms it is not."""
    wrong = 1.06 if noise < 0.1 else 1.1
    for seed in range(20):
        assert loop_columns(_noisy(noise, seed=seed), IRON).along.max() > 1 + noise
        with pytest.raises(InputError, match=r"as the mean of \d+ rows from .*--full-moment") as refused:
            loop_columns(table := _noisy(noise, wrong, seed=seed), IRON)
        says = str(refused.value)
        told = float(says.partition("noise, ")[2].partition(" by the scatter")[0])
        assert told == pytest.approx(noise, rel=0.4)
        given = float(says.partition("--full-moment ")[2].partition(",")[0])
        assert given == pytest.approx(wrong, abs=0.6 * noise)
        loop_columns(table, IRON, full_moment=given)


def test_rows_beyond_all_noise_are_counted_and_taken_out():
    table = _noisy(0.03)
    table.columns["mz"][[20, 55]] = 1.3, -1.4
    with pytest.raises(InputError, match=r"1\.4 times saturation, at -0\.8333 T \(noise, 0\.026 ") as refused:
        loop_columns(table, IRON)
    assert "explains 1.1" in str(refused.value) and "if the 2 rows beyond that came about" in str(
        refused.value
    )
    loop_columns(table.only(~np.isin(np.arange(122), [20, 55]), ""), IRON)


def test_one_end_that_is_longer_is_no_noise():
    table = _noisy(0.05)
    table.columns["mz"] += 0.08
    with pytest.raises(InputError, match="as the mean of"):
        loop_columns(table, IRON)


def test_the_last_row_alone_is_no_mean_over_a_box():
    """Above the field that saturates: by noise it is 0.82 there."""
    table = _noisy(0.06)
    table.columns["mz"][[0, -1]] = 0.82
    loop_columns(table, IRON)
    table.columns["mz"] *= 0.8
    with pytest.raises(
        InputError, match=r"as a mean over a box is, or one over another Ms; give --full-moment 0\.8"
    ):
        loop_columns(table, IRON)


def test_the_curve_of_a_coarse_loop_is_no_noise():
    fields = np.linspace(1, -1, 11)
    with pytest.raises(InputError, match=r"the mean moment reaches 1\.06 times saturation"):
        loop_columns(_table(B=(fields, "T"), mz=(1.06 * np.sin(np.pi / 2 * fields), "")), IRON)


def test_a_component_along_the_field_is_needed():
    columns = {"B": (B, "T"), "mx": (M, ""), "my": (M, "")}
    with pytest.raises(InputError, match=r"it has mx, my and nothing along z.*--field-direction"):
        loop_columns(_table(**columns), IRON)
    along = loop_columns(_table(**columns), IRON, direction=(1.0, 0.0, 0.0))
    np.testing.assert_allclose(along.m[:, 0], M)
    assert not along.whole_vector


def test_a_column_that_is_named_tells_its_direction():
    found = loop_columns(_table(Bx=(B, ""), mx=(M, "")), IRON, field_column="Bx [T]")
    assert found.direction == (1, 0, 0)


def test_two_fields_of_one_table_are_not_taken_for_one():
    both = {"Oxs_UZeeman:a:Bz": (B, "T"), "Oxs_UZeeman:b:Bz": (B + 0.1, "T"), "mz": (M, "")}
    with pytest.raises(InputError, match="Oxs_UZeeman:a:Bz and Oxs_UZeeman:b:Bz are both there and differ"):
        loop_columns(_table(**both), IRON)
    assert loop_columns(_table(**both), IRON, field_column="Oxs_UZeeman:a:Bz").B_T.tolist() == B.tolist()


def test_the_torque_of_oommf_is_in_tesla():
    columns = {"Oxs_CGEvolve:evolver:Max mxHxm": ([1 / MU0] * 4, "A/m"), "B": (B, "T"), "mz": (M, "")}
    np.testing.assert_allclose(loop_columns(_table(**columns), IRON).torque_T, 1.0)


def test_only_the_end_of_each_stage_counts():
    columns = {"Oxs_MinDriver::Stage": ([0, 0, 1, 2], ""), "B": (B, "T"), "mz": (M, "")}
    found = loop_columns(last_of_each_stage(_table(**columns)), IRON)
    assert found.B_T.tolist() == [0.5, 0.0, -1.0]
    assert "the end of a stage: 1 row left out" in found.notes[0]


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"mz": (M, "")}, "--field-column"),
        ({"H": (B, ""), "mz": (M, "")}, "--field-column"),
        ({"B": (B, "T"), "E": (M, "J")}, "mx, my, mz"),
        ({"B": (1000 * B, "T"), "mz": (M, "")}, "at most 100 is allowed"),
        ({"B": (B, "T"), "mz": (2 * M, "")}, "--full-moment"),
        ({"B": (B, "T"), "mz": (0.13 * M, "")}, "--full-moment 0.1287"),
        ({"Bx": (B, "T"), "By": (B[::-1], "T"), "Bz": (B, "T"), "mz": (M, "")}, "off the line"),
    ],
)
def test_what_is_missing_or_impossible_is_one_line(columns, told):
    with pytest.raises(InputError, match=r"loop\.txt") as refused:
        loop_columns(_table(**columns), IRON)
    (line,) = str(refused.value).splitlines()
    assert told in line


def test_a_mean_over_the_box_is_undone():
    found = loop_columns(_table(B=(B, "T"), mz=(0.13 * M, "")), IRON, full_moment=0.13)
    np.testing.assert_allclose(found.m[:, 2], M, atol=1e-12)


def test_an_axis_oblique_to_the_field_is_no_other_unit():
    """In 2Ku/Ms coherent rotation has left the moment at cos 30 deg at worst, demagnetisation aside."""
    hard = MaterialTable(name="hard", Ms_A_per_m=1e6, A_J_per_m=1e-11, Ku_J_per_m3=5e6)
    loop_columns(
        _table(B=(np.array([10.45, 0.0, -10.45]), "T"), mz=(np.array([0.866, 0.5, -0.866]), "")), hard
    )
    with pytest.raises(InputError, match=r"the moment is -0\.866 at -13 T, above the 12\.4 T that saturate"):
        loop_columns(_table(B=(np.array([12.9, 0, -13]), "T"), mz=(np.array([0.866, 0.5, -0.866]), "")), hard)


def test_a_loop_far_from_saturation_is_taken_as_it_is():
    found = loop_columns(_table(B=(0.1 * B, "T"), mz=(0.3 * M, "")), IRON)
    np.testing.assert_allclose(found.m[:, 2], 0.3 * M)


def test_the_field_column_is_taken_by_name_with_its_unit():
    table = _table(applied=(1e3 * B, ""), mz=(M, ""))
    np.testing.assert_allclose(loop_columns(table, IRON, field_column="applied [mT]").B_T, B)
    with pytest.raises(InputError, match="it has applied, mz"):
        loop_columns(table, IRON, field_column="other")
    with pytest.raises(InputError, match="allowed: T, mT"):
        loop_columns(table, IRON, field_column="applied [furlong]")


@pytest.mark.parametrize("name", ["maxTorque", "E_total", "t"])
def test_a_torque_or_an_energy_is_no_field(name):
    table = _table(**{name: (B, "T"), "mz": (M, "")})
    with pytest.raises(InputError, match=f"^--field-column {name}: no field by its name"):
        loop_columns(table, IRON, field_column=name)
    np.testing.assert_allclose(loop_columns(table, IRON, field_column=f"{name} [T]").B_T, B)


def test_a_magnetisation_is_not_taken_for_the_field_by_its_name_alone():
    table = _table(mz=(M, ""), B=(B, "T"))
    with pytest.raises(InputError, match=r"^--field-column mz: a magnetisation by its name; .* 'mz \[T\]'"):
        loop_columns(table, IRON, field_column="mz")
    assert loop_columns(table, IRON, field_column="mz [T]").B_T.tolist() == M.tolist()


@pytest.mark.parametrize("line", [(0.0174524, 0.0, 0.9998477), (0.0, 0.0, 1.0)])
def test_the_moment_along_the_field_beside_its_components_tells_the_direction(line):
    m = np.array([[0.02, 0.0, 0.99], [0.1, 0.05, 0.8], [0.3, -0.1, 0.2], [-0.01, 0.0, -0.99]])
    components = {f"m{axis}": (m[:, k], "") for k, axis in enumerate("xyz")}
    whole = _table(B_ext=(B, "T"), J_parallel=(MU0 * 1.7e6 * (m @ line), "T"), **components)
    found = loop_columns(whole, IRON)
    np.testing.assert_allclose(found.direction, line, atol=1e-6)
    assert found.inferred[1].source == "column J_parallel, the moment along it"
    of_another = _table(B_ext=(B, "T"), J_parallel=(MU0 * 1.7e6 * M[::-1], "T"), **components)
    assert loop_columns(of_another, IRON).inferred[1].source == "assumed"
    assert loop_columns(whole, IRON, direction=(0, 0, 1)).direction == (0, 0, 1)


def test_a_single_row_is_told_as_one():
    assert loop_columns(_table(B=([0.5], "T"), mz=([0.9], "")), IRON).inferred[0].value == "1 row, 0.5 T"


def test_fields_are_what_they_were_before_single_precision():
    wanted = np.round(np.linspace(1, -1, 401), 3)
    assert snapped(wanted.astype(np.float32).astype(float)).tolist() == wanted.tolist()
    assert snapped(np.array([0.123456789012])).tolist() == [0.123456789012]


def test_another_field_that_differs_is_named():
    both = {"B": (B, "T"), "H": (1.2 * B / MU0, "A/m"), "mz": (M, "")}
    assert "column B in T; not H, which differs" in loop_columns(_table(**both), IRON).inferred[0].source
    same = both | {"H": (B / MU0, "A/m")}
    assert "differs" not in loop_columns(_table(**same), IRON).inferred[0].source
