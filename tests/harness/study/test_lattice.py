"""Boxes fitted to spheres."""

import numpy as np
import pytest

from harness.study.lattice import fit_lattice


@pytest.mark.parametrize(
    ("radius_nm", "cell_nm", "n"),
    [
        (20, 2, 20),
        (20, 2.5, 16),
        (20, 1.25, 32),
        (20, 4, 10),
        (20, 1, 40),
        (10, 0.4, 50),
        (8, 16, 1),
        (2.5, 1, 5),
    ],
)
def test_whole_number_of_cells_across(radius_nm, cell_nm, n):
    assert fit_lattice(radius_nm, cell_nm).n == (n, n, n)


@pytest.mark.parametrize(
    ("radius_nm", "cell_nm"), [(20, 3), (9.1, 2), (8.46, 1), (20, 1.7), (11, 2), (13, 2.2)]
)
@pytest.mark.parametrize("offset", [(0, 0, 0), (0.5, -0.25, 0.1)])
def test_box_holds_every_cell_of_the_sphere(radius_nm, cell_nm, offset):
    lattice = fit_lattice(radius_nm, cell_nm, offset)
    larger = lattice.positions()
    for axis, n in enumerate(lattice.n):
        # the next cell outwards on either side has its centre outside the sphere
        edge = abs(np.array([larger[axis].min(), larger[axis].max()]))
        assert (edge + lattice.cell_m > lattice.radius_m).all()
        assert all(n % p for p in (11, 13, 17, 19, 23))


def test_growing_keeps_the_sphere_on_its_lattice():
    centred, offset = fit_lattice(11, 2), fit_lattice(11, 2, (0.5, 0, 0))
    assert centred.n[0] % 2 == offset.n[0] % 2 == 1
    assert fit_lattice(20, 2, (0.5, 0, 0)).n[0] % 2 == 0


def test_same_cells_are_inside_a_larger_box():
    """An offset of zero cells in a box grown for another axis does not change which cells are inside."""
    small, grown = fit_lattice(9, 2), fit_lattice(9, 2, (0.4, 0, 0))
    count = [
        int((np.sum(lat.positions() ** 2, axis=0) <= lat.radius_m**2).sum())
        for lat in (small, fit_lattice(9, 2))
    ]
    assert count[0] == count[1]
    assert grown.n[1:] == small.n[1:]


def test_centred_positions_are_symmetric():
    r = fit_lattice(20, 3).positions()
    assert np.array_equal(r, -r[:, ::-1, ::-1, ::-1])


def test_offset_moves_the_sphere():
    lattice = fit_lattice(20, 2, (0.25, 0, -0.5))
    assert lattice.centre_m == (5e-10, 0, -1e-9)
    mean = lattice.positions().reshape(3, -1).mean(axis=1)
    assert mean == pytest.approx([-5e-10, 0, 1e-9], abs=1e-20)


def test_positions_run_x_fastest():
    lattice = fit_lattice(4, 2, (0.5, 0, 0))
    r = lattice.positions()
    assert r.shape == (3, *lattice.shape)
    assert r[0, 0, 0, 1] - r[0, 0, 0, 0] == pytest.approx(2e-9)
    assert r[2, 1, 0, 0] - r[2, 0, 0, 0] == pytest.approx(2e-9)
