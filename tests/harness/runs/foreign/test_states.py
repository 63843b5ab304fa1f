"""States of other programs on a study's cells."""

import numpy as np
import pytest

from harness.inputs import InputError
from harness.mx3.files.ovf import Header, write_ovf
from harness.mx3.language.values import OutputFormat
from harness.runs.foreign.states import moments, on_lattice, place_in
from harness.study.lattice import fit_lattice

CELL = 5e-9


def _sphere(n=(12, 12, 12), centre=(0.0, 0.0, 0.0), length=1.7e6, radius=4.0):
    """A magnetisation along x that fills a sphere of so many cells, (3, nz, ny, nx)."""
    x, y, z = (np.arange(k) - (k - 1) / 2 - c for k, c in zip(n, centre, strict=True))
    inside = x[None, None, :] ** 2 + y[None, :, None] ** 2 + z[:, None, None] ** 2 <= radius**2
    return np.stack([length * inside, 0 * inside, 0 * inside])


def _save(folder, m, cell=(CELL, CELL, CELL)):
    file = folder / "m.ovf"
    with file.open("wb") as stream:
        write_ovf(stream, m, Header("m", "A/m", 0.0, cell), OutputFormat.OVF2_BINARY)
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
