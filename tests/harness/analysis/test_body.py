"""What body the cells of a file form: spheres pass at every mesh and offset, other bodies are named."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.analysis.body import find_body
from harness.study.lattice import fit_lattice


def cells_of(inside, cell_m=2e-9, count=44):
    """Fill (nz, ny, nx) of a body given as a condition on x, y, z in nm."""
    line = 1e9 * cell_m * (np.arange(count) - (count - 1) / 2)
    z, y, x = np.meshgrid(line, line, line, indexing="ij")
    return inside(x, y, z).astype(float)


offsets = st.one_of(st.just((0.0, 0.0, 0.0)), st.tuples(*[st.floats(-0.5, 0.5)] * 3))


@settings(max_examples=60)
@given(across=st.floats(5, 24), offset=offsets)
def test_a_studys_sphere_is_one_and_its_radius_within_the_error(across, offset):
    lattice = fit_lattice(round(across, 2), 2, offset)
    fill = ((lattice.positions() ** 2).sum(axis=0) <= lattice.radius_m**2).astype(float)
    body = find_body(fill, (lattice.cell_m,) * 3)
    assert body.is_sphere
    # A centroid that the steps move by 0.05 cells moves the bounds by as much.
    slack = 0.1 * lattice.cell_m
    assert body.farthest_filled_m - slack <= lattice.radius_m <= body.innermost_empty_m + slack
    assert abs(body.radius_m - lattice.radius_m) <= body.radius_error_m + slack
    assert body.radius_error_m < 0.5 * lattice.cell_m


@settings(max_examples=20)
@given(across=st.floats(5, 16), offset=offsets, weighted=st.booleans())
def test_a_sphere_of_partly_filled_cells_is_one(across, offset, weighted):
    lattice = fit_lattice(round(across, 2), 2, offset)
    wide = fit_lattice(round(across, 2) + 2, 2, offset)
    parts = wide.cell_m * (np.arange(4) - 1.5) / 4
    places = wide.positions()[..., None] + np.stack(np.meshgrid(parts, parts, parts)).reshape(3, 1, 1, 1, -1)
    fill = ((places**2).sum(axis=0) <= lattice.radius_m**2).mean(axis=-1)
    body = find_body(fill if weighted else np.ceil(fill), (wide.cell_m,) * 3)
    assert body.is_sphere
    if weighted:
        assert body.radius_m == pytest.approx(lattice.radius_m, rel=0.02)
        assert abs(body.radius_m - lattice.radius_m) <= body.radius_error_m
    elif body.kept_where_touched:  # told by cells that stand out where a sphere touches them
        assert abs(body.radius_m - lattice.radius_m) <= body.radius_error_m + 0.1 * wide.cell_m
    else:  # counted whole, they make the sphere too large, as the words say
        assert 0 < body.radius_m - lattice.radius_m < wide.cell_m


def test_cells_that_a_sphere_touches_are_told_from_those_whose_centres_it_holds():
    """MuMax3 saves partly filled cells with moments of full length: their volume makes R 0.6 cells more."""
    told = 0
    for offset in np.random.default_rng(3).uniform(-0.5, 0.5, (10, 3)):
        wide = fit_lattice(22, 2, tuple(offset))
        parts = wide.cell_m * ((np.arange(8) + 0.5) / 8 - 0.5)
        nearest = np.maximum(abs(wide.positions()) - parts.max(), 0)  # of samples to the centre, at most
        fill = ((nearest**2).sum(axis=0) <= 20e-9**2).astype(float)
        body = find_body(fill, (wide.cell_m,) * 3)
        told += body.kept_where_touched
        if body.kept_where_touched:
            assert abs(body.radius_m - 20e-9) <= body.radius_error_m + 0.05 * wide.cell_m < 0.3 * wide.cell_m
    assert told >= 9
    assert not find_body(
        (fit_lattice(20, 2).positions() ** 2).sum(axis=0) <= 20e-9**2, (2e-9,) * 3
    ).kept_where_touched


def ball(x, y, z, radius=20):
    return x * x + y * y + z * z <= radius**2


BODIES = {
    "cuboid": lambda x, y, z: (abs(x) < 20) & (abs(y) < 20) & (abs(z) < 20),
    "cuboid, a film": lambda x, y, z: abs(z) < 3,
    "cylinder, a disc": lambda x, y, z: (x * x + y * y < 30**2) & (abs(z) < 5),
    "cylinder, a wire": lambda x, y, z: (y * y + z * z < 10**2) & (abs(x) < 30),
    "ellipsoid": lambda x, y, z: (x / 30) ** 2 + (y / 20) ** 2 + (z / 20) ** 2 <= 1,
    "ellipsoid, nearly a ball": lambda x, y, z: (x / 22) ** 2 + (y / 20) ** 2 + (z / 20) ** 2 <= 1,
    "ellipsoid, turned": lambda x, y, z: (
        ((x + y) / 30) ** 2 / 2 + ((x - y) / 18) ** 2 / 2 + (z / 20) ** 2 <= 1
    ),
    "several bodies": lambda x, y, z: ball(x - 15, y, z, 10) | ball(x + 15, y, z, 10),
    "other, touching": lambda x, y, z: ball(x - 10, y, z, 10.5) | ball(x + 10, y, z, 10.5),
    "other, a shell": lambda x, y, z: ball(x, y, z) & ~ball(x, y, z, 10),
    "other, half": lambda x, y, z: ball(x, y, z) & (z > 0),
    "other, a ring": lambda x, y, z: (x * x + y * y < 900) & (x * x + y * y > 225) & (abs(z) < 5),
    "sphere": ball,
}


@pytest.mark.parametrize("name", BODIES)
def test_bodies_are_named(name):
    body = find_body(cells_of(BODIES[name]), (2e-9,) * 3)
    assert body.shape == name.split(",")[0]
    assert body.bodies == (2 if name == "several bodies" else 1)
    assert "nm" in str(body) and "\n" not in str(body)


def test_measures_of_a_body():
    body = find_body(cells_of(lambda x, y, z: ball(x - 6, y, z)), (2e-9,) * 3)
    assert body.centre_m == pytest.approx((6e-9, 0, 0), abs=1e-15)
    assert body.box_share == pytest.approx(np.pi / 6, rel=0.02)
    assert body.semi_axes_m == pytest.approx((20e-9,) * 3, rel=0.02)
    assert body.extents_m == pytest.approx((40e-9,) * 3)
    assert body.radius_error_m < 0.4e-9
