"""What nothing tells of a loop is asked for in one line, each with its flag."""

import pytest

from harness.inputs import InputError
from harness.pipeline import open_run

from .loops import imported


@pytest.mark.parametrize("missing", ["radius", "material"])
def test_what_is_missing_is_asked_for_in_a_line_with_its_flag(loop, tmp_path, missing):
    told = {} if missing == "radius" else {"radius_nm": 20.0}
    if missing == "material":
        (loop / "sphere.mif").unlink()
    with pytest.raises(InputError) as refused:
        imported(loop, tmp_path / "runs", **told)
    (line,) = str(refused.value).splitlines()
    assert (
        "--radius-nm (its magnetic cells fill a sphere of 20.29 nm)" if not told else "--material"
    ) in line
    assert not (tmp_path / "runs").exists()


def test_all_that_is_missing_is_asked_for_in_one_line(tmp_path):
    (file := tmp_path / "loop.txt").write_text("applied\tmz ()\n1\t0.99\n0\t0.1\n-1\t-0.99\n")
    with pytest.raises(InputError) as refused:
        imported(file, tmp_path / "runs", numbers={"Ms_A_per_m": 1.7e6})
    assert str(refused.value) == (
        f"{file}: the sphere's radius, a number of the material, the size of its cells and the column of the "
        "applied field are not told; give --radius-nm, --A-J-per-m, --Ku-J-per-m3, --cell-nm (of finite "
        "elements, the edge) and --field-column NAME, as 'NAME [T]' where it names no unit (columns: "
        "applied, mz), or --script with the script that ran it"
    )


def test_states_alone_are_asked_for_all_that_is_missing(loop, tmp_path):
    for file in (*loop.glob("*.odt"), *loop.glob("*.mif")):
        file.unlink()
    with pytest.raises(InputError) as refused:
        imported(loop, tmp_path / "runs")
    told = str(refused.value)
    assert "the field of each of 2 states without a table, the sphere's radius and the material are" in told
    assert all(f" {flag} " in told for flag in ("--fields-T", "--radius-nm", "--material", "--script"))


def test_a_table_alone_needs_the_size_of_its_cells(loop, tmp_path):
    for state in loop.glob("*.omf"):
        state.unlink()
    with pytest.raises(InputError, match="--cell-nm"):
        imported(loop, tmp_path / "runs", radius_nm=20.0)
    result = open_run(imported(loop, tmp_path / "runs", radius_nm=20.0, cell_nm=5.0).folder)
    assert len(result.loop.B_T) == 25 and result.fits == {}


def test_states_alone_need_their_fields(loop, tmp_path):
    (loop / "sphere.odt").unlink()
    with pytest.raises(InputError, match="--fields-T"):
        imported(loop, tmp_path / "runs", radius_nm=20.0)
    told = {"radius_nm": 20.0, "fields_T": (0.2, -0.2)}
    result = open_run(imported(loop, tmp_path / "runs", **told).folder)
    assert result.loop.B_T.tolist() == [0.2, -0.2] and set(result.fits) == {0, 1}
