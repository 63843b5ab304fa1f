"""States of other programs on a study's cells."""

import numpy as np
import pytest

from harness.inputs import InputError
from harness.mx3.files.ovf import Header, read_ovf, write_ovf
from harness.mx3.language.values import OutputFormat
from harness.pipeline import open_run
from harness.runs.foreign.states import OtherQuantity, moments, on_lattice, place_in
from harness.study.lattice import fit_lattice

from .loops import imported

CELL = 5e-9


def _sphere(n=(12, 12, 12), centre=(0.0, 0.0, 0.0), length=1.7e6, radius=4.0):
    """A magnetisation along x that fills a sphere of so many cells, (3, nz, ny, nx)."""
    x, y, z = (np.arange(k) - (k - 1) / 2 - c for k, c in zip(n, centre, strict=True))
    inside = x[None, None, :] ** 2 + y[None, :, None] ** 2 + z[:, None, None] ** 2 <= radius**2
    return np.stack([length * inside, 0 * inside, 0 * inside])


def _save(folder, m, cell=(CELL, CELL, CELL), title="m", unit="A/m"):
    file = folder / "m.ovf"
    with file.open("wb") as stream:
        write_ovf(stream, m, Header(title, unit, 0.0, cell), OutputFormat.OVF2_BINARY)
    return file


@pytest.mark.parametrize(
    ("n", "centre", "offset"),
    [
        ((12, 12, 12), (0, 0, 0), (0, 0, 0)),
        ((16, 12, 10), (2, 1, 0), (0, 0, 0)),
        ((13, 13, 13), (0, 0, 0), (0.5, 0.5, 0.5)),
        ((13, 12, 12), (0.5, 0, 0), (0, 0, 0)),
    ],
)
def test_a_sphere_anywhere_in_its_box(tmp_path, n, centre, offset):
    file = _save(tmp_path, _sphere(n, centre))
    place = place_in(file, 20.0, None)
    lattice = fit_lattice(20.0, 5.0, place.offset_cells)
    assert place.strange_cells == 0
    np.testing.assert_allclose(np.abs(place.offset_cells), offset)
    m = on_lattice(*moments(file)[:2], place, lattice, None)
    inside = np.linalg.norm(lattice.positions(), axis=0) <= lattice.radius_m
    np.testing.assert_array_equal(m.any(axis=0), inside)
    np.testing.assert_array_equal(m[0][inside], 1.0)


def test_cells_whose_centres_lie_on_the_sphere_are_those_that_the_file_has(tmp_path):
    """Rounding decides of (4, 0, 0) cells whether they are within 4 cells; programs round otherwise."""
    n = (13, 13, 13)
    m = _sphere(n)
    m[:, 6, 6, 2] = 0
    place = place_in(_save(tmp_path, m), 20.0, None)
    assert place.strange_cells == 0 and place.offset_cells == (0.5, 0.5, 0.5)
    on = on_lattice(*moments(_save(tmp_path, m))[:2], place, fit_lattice(20.0, 5.0, place.offset_cells), None)
    assert len(place.on_surface) == 6
    assert all(on[:, k, j, i].any() == filled for i, j, k, filled in place.on_surface)
    assert sum(filled for *_, filled in place.on_surface) == 5


def test_cells_that_are_no_sphere_s_are_counted(tmp_path):
    m = _sphere()
    m[0, 0, 6, 6] = 1.7e6
    assert place_in(_save(tmp_path, m), 20.0, None).strange_cells == 1


@pytest.mark.parametrize(
    ("spoil", "cell", "told"),
    [
        (lambda m: m * 0, (CELL,) * 3, "no cell of it is magnetic"),
        (lambda m: np.where(m > 0, np.nan, m), (CELL,) * 3, "not finite"),
        (lambda m: m * np.arange(1, 13)[None, None, None, :], (CELL,) * 3, "differ in length"),
        (lambda m: m[:1], (CELL,) * 3, r"has 1 component\(s\)"),
        (lambda m: m, (CELL, CELL, 2 * CELL), "only cubic ones"),
        (lambda m: _sphere(radius=5.5), (CELL,) * 3, "--radius-nm 20: the magnetic cells"),
    ],
)
def test_what_is_no_state_of_the_sphere_is_one_line(tmp_path, spoil, cell, told):
    file = _save(tmp_path, spoil(_sphere()), cell)
    with pytest.raises(InputError, match=told) as refused:
        place_in(file, 20.0, None)
    assert str(file) in str(refused.value) and len(str(refused.value).splitlines()) == 1


def test_a_state_of_another_mesh_is_refused(tmp_path):
    place = place_in(_save(tmp_path, _sphere()), 20.0, None)
    other = _save(tmp_path, _sphere((14, 12, 12)))
    with pytest.raises(InputError, match="another mesh"):
        on_lattice(*moments(other)[:2], place, fit_lattice(20.0, 5.0), (3, 12, 12, 12))
    finer = _save(tmp_path, _sphere(), (0.9 * CELL,) * 3)
    with pytest.raises(InputError, match=r"cells of 4\.5 nm, another mesh"):
        on_lattice(*moments(finer)[:2], place, fit_lattice(20.0, 5.0), (3, 12, 12, 12))


def test_moments_are_unit_vectors(tmp_path):
    _, unit, length = moments(_save(tmp_path, _sphere()))
    assert length == pytest.approx(1.7e6, rel=1e-6)
    assert set(np.unique(np.linalg.norm(unit, axis=0))) == {0.0, 1.0}


@pytest.mark.parametrize(
    "title", ["m", "m_full", "M", "Oxs_MinDriver::Magnetization", "Oxs_EulerEvolve::Spin", "Field", "J", ""]
)
def test_whatever_may_be_a_magnetisation_is_taken(tmp_path, title):
    assert moments(_save(tmp_path, _sphere(), title=title))[2] == pytest.approx(1.7e6)


@pytest.mark.parametrize(
    ("title", "unit", "told"),
    [
        ("B_ext", "T", "B_ext"),
        ("B_demag_xrange0-4", "T", "B_demag_xrange0-4"),
        ("anisU", "", "anisU"),
        ("LLtorque", "T", "LLtorque"),
        ("Oxs_Demag::Field", "A/m", "Oxs_Demag::Field"),
        ("Oxs_CGEvolve:evolve:Total field", "A/m", "Oxs_CGEvolve:evolve:Total field"),
        ("density", "J/m3", "values in J/m3"),
        ("Field", "T", "values in T"),
    ],
)
def test_a_field_of_constant_length_is_no_magnetisation(tmp_path, title, unit, told):
    with pytest.raises(OtherQuantity) as refused:
        moments(file := _save(tmp_path, _sphere(length=0.3), title=title, unit=unit))
    assert str(refused.value) == f"{file}: holds {told} by its header, and no magnetisation"


@pytest.mark.parametrize(("length", "taken"), [(1.0, True), (0.995, True), (1.2, False), (1e30, False)])
def test_vectors_whose_unit_is_1_have_that_length(tmp_path, length, taken):
    file = _save(tmp_path, _sphere(length=length), unit="")
    if taken:
        assert moments(file)[2] == pytest.approx(length)
        return
    with pytest.raises(
        InputError, match=r"its unit is 1, and its vectors are 1(\.2|e\+30) long; allowed: 1 ± 0.01;"
    ):
        moments(file)


def test_labels_name_a_quantity_too(tmp_path):
    file = _save(tmp_path, _sphere(length=0.3), title="B_ext", unit="T")
    file.write_bytes(file.read_bytes().replace(b"Title: B_ext", b"Title: Field"))
    with pytest.raises(OtherQuantity, match="holds B_ext by its header"):
        moments(file)


def test_other_quantities_beside_the_states_spoil_nothing(loop, tmp_path):
    for file in list(loop.glob("*.omf")):
        field = file.read_bytes().replace(b"Oxs_MinDriver::Magnetization", b"Oxs_Demag::Field")
        file.with_name(file.name.replace("MinDriver-Magnetization", "Demag-Field")).write_bytes(field)
    found = imported(loop, tmp_path / "runs", radius_nm=20.0)
    notes = [note.partition(": ")[2] for note in found.notes]
    assert notes == ["holds Oxs_Demag::Field by its header, and no magnetisation: left out"] * 2
    run = open_run(found.folder)
    assert set(run.loop.states) == {4, 8} and run.record.details["lost_states"] == []


def test_fields_that_ubermag_saved_are_left_aside(loop, tmp_path):
    """Under its one title, Field: in T, an applied field in A/m that comes first, and a demagnetising one."""
    (state, *_) = sorted(loop.glob("*.omf"))
    m = read_ovf(state).m
    everywhere, field = np.ones_like(m) * 0.1, m * np.linspace(0.2, 0.5, m.shape[-1])
    for name, values, unit in (("a_T", m, "T"), ("b_applied", everywhere, "A/m"), ("c_demag", field, "A/m")):
        _save(loop, values, title="Field", unit=unit).rename(loop / f"{name}.ovf")
    found = imported(loop, tmp_path / "runs", radius_nm=20.0)
    assert [note.partition(": ")[2].partition(" by ")[0] for note in found.notes] == [
        "holds values in T",
        "its vectors fill the whole box, and a sphere's magnetisation leaves its corners empty: left out",
        "its vectors differ in length",
    ]
    run = open_run(found.folder)
    assert set(run.loop.states) == {4, 8} and run.record.details["lost_states"] == []
