"""Shapes and grids: which cells a body fills."""

from __future__ import annotations

import math

import numpy as np
import pytest

from harness.mx3.magnet.mesh import Mesh
from harness.mx3.names.geometry import axis_range, box, cone, cuboid, cylinder, ellipsoid, superball, triangle
from harness.mx3.session.shapes import UNIVERSE, Shape, fill_fraction

MESH = Mesh((16, 16, 16), (1e-9, 1e-9, 1e-9))


def volume(shape: Shape, edge_smooth: int = 0) -> float:
    """Cells filled."""
    return float(fill_fraction(shape, MESH, edge_smooth).sum())


def inside(shape: Shape, x: float, y: float, z: float) -> bool:
    """Whether a point (nm) is inside."""
    return bool(shape(*(np.array([c * 1e-9]) for c in (x, y, z)))[0])


def test_cells_lie_symmetrically_about_the_origin() -> None:
    mesh = Mesh((4, 3, 1), (2e-9, 1e-9, 5e-9))
    assert mesh.shape == (1, 3, 4)
    np.testing.assert_allclose(mesh.axis_centres(0), [-3e-9, -1e-9, 1e-9, 3e-9], rtol=1e-15)
    np.testing.assert_allclose(mesh.axis_centres(1), [-1e-9, 0, 1e-9], rtol=1e-15)
    assert mesh.centres().shape == (3, 1, 3, 4)
    np.testing.assert_array_equal(mesh.centres()[0, 0, 0], mesh.axis_centres(0))


@pytest.mark.parametrize(
    "arguments", [((0, 1, 1), (1, 1, 1)), ((1, 1, 1), (0, 1, 1)), ((1, 1, 1), (1, 1, math.nan))]
)
def test_a_mesh_refuses_empty_and_degenerate_boxes(arguments: tuple) -> None:
    with pytest.raises(ValueError, match="must be three positive"):
        Mesh(*arguments)


@pytest.mark.parametrize(
    ("shape", "cells"),
    [
        (cuboid(4e-9, 6e-9, 8e-9), 4 * 6 * 8),
        (cuboid(4e-9, 6e-9, math.inf), 4 * 6 * 16),
        (axis_range(0, 0, math.inf), 16**3 / 2),
        (UNIVERSE, 16**3),
        (UNIVERSE.sub(cuboid(4e-9, 4e-9, 4e-9)), 16**3 - 64),
        (cuboid(4e-9, 4e-9, 4e-9).inverse(), 16**3 - 64),
        (cuboid(4e-9, 4e-9, 4e-9).transl(6e-9, 0, 0).add(cuboid(2e-9, 2e-9, 2e-9)), 64 + 8),
        (cuboid(8e-9, 8e-9, 8e-9).intersect(axis_range(2, 0, 1e-9)), 64),
        (cuboid(8e-9, 8e-9, 8e-9).xor(cuboid(4e-9, 4e-9, 4e-9)), 512 - 64),
        (cuboid(2e-9, 2e-9, 2e-9).scale(2, 3, 4), 2**3 * 24),
        (cuboid(4e-9, 8e-9, 2e-9).rotz(math.pi / 2), 64),
        (cuboid(2e-9, 2e-9, math.inf).repeat(4e-9, 4e-9, 0), 16**3 / 4),
        (superball(8e-9, 50), 512),
        (superball(8e-9, 0), 0),
        (triangle(-8e-9, -8e-9, 8e-9, -8e-9, -8e-9, 8e-9), 16 * 16 * 17 / 2),
        (box((-8e-9, -8e-9, -8e-9), (-7e-9, -7e-9, -7e-9)), 1),
    ],
)
def test_bodies_with_flat_faces_fill_their_volume(shape: Shape, cells: float) -> None:
    assert volume(shape) == cells


@pytest.mark.parametrize(
    ("shape", "cells"),
    [
        (ellipsoid(16e-9, 16e-9, 16e-9), math.pi / 6 * 16**3),
        (ellipsoid(16e-9, 12e-9, 8e-9), math.pi / 6 * 16 * 12 * 8),
        (superball(16e-9, 1), math.pi / 6 * 16**3),
        (cylinder(16e-9, 8e-9), math.pi / 4 * 16**2 * 8),
        (cone(16e-9, 8e-9), math.pi / 12 * 16**2 * 8),
    ],
)
def test_round_bodies_fill_their_volume_with_smoothed_edges(shape: Shape, cells: float) -> None:
    # 8³ samples a cell: about the area of the surface times 1/8 of a cell, averaged down to well below 1 %
    assert volume(shape, 8) == pytest.approx(cells, rel=0.005)
    assert abs(volume(shape) - cells) > abs(volume(shape, 8) - cells)


def test_a_sphere_keeps_every_symmetry_of_the_grid() -> None:
    fill = fill_fraction(ellipsoid(15e-9, 15e-9, 15e-9), MESH, 4)
    for same in (
        fill[::-1],
        fill[:, ::-1],
        fill[..., ::-1],
        fill.transpose(1, 0, 2),
        fill.transpose(2, 1, 0),
    ):
        np.testing.assert_array_equal(fill, same)


def test_a_cell_on_the_surface_counts() -> None:
    assert inside(ellipsoid(2e-9, 2e-9, 2e-9), 0, 0, 1)
    assert not inside(cuboid(2e-9, 2e-9, 2e-9), 0, 0, 1)


@pytest.mark.parametrize(
    ("turned", "point"),
    [("rotx", (0, 0, 3)), ("roty", (0, 0, -3)), ("rotz", (0, 3, 0))],
)
def test_rotations_are_counterclockwise(turned: str, point: tuple[float, float, float]) -> None:
    start = (0, 3, 0) if turned == "rotx" else (3, 0, 0)
    ball = ellipsoid(1e-9, 1e-9, 1e-9).transl(*(c * 1e-9 for c in start))
    assert inside(getattr(ball, turned)(math.pi / 2), *point)


def test_a_body_of_thousands_of_pieces_is_no_deep_recursion() -> None:
    body = cuboid(1e-9, 1e-9, 1e-9)
    for i in range(3000):
        body = body.add(cuboid(1e-9, 1e-9, 1e-9).transl(i * 1e-9, 0, 0))
    assert inside(body, 2999, 0, 0)
