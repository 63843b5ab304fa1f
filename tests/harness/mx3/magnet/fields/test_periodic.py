"""Periodic boundaries: open arrays of the same cells, closed forms of film, rod and spiral, translation."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from harness.mx3.magnet.fields.demag import MU0, Demag
from harness.mx3.magnet.fields.newell import demag_tensor
from harness.mx3.magnet.magnet import Magnet
from harness.mx3.magnet.mesh import Mesh

CELL = (2e-9, 3e-9, 2.5e-9)


def surroundings(m: np.ndarray, cell: tuple[int, int, int], repetitions: tuple[int, int, int]) -> np.ndarray:
    """What one cell (iz, iy, ix) sees, laid out as an open array with that cell in its middle."""
    for axis, (i, n, p) in enumerate(zip(cell, m.shape[1:], repetitions[::-1], strict=True), start=1):
        reach = n * p - 1 if p else n - 1
        offsets = np.arange(i - reach, i + reach + 1)
        there = np.ones(len(offsets), bool) if p else (offsets >= 0) & (offsets < n)
        m = np.take(m, offsets % n, axis) * np.expand_dims(there, tuple(k for k in range(4) if k != axis))
    return np.ascontiguousarray(m)


@pytest.mark.parametrize(
    ("n", "repetitions"),
    [
        ((3, 2, 1), (2, 3, 0)),
        ((4, 1, 2), (1, 4, 0)),  # one repetition: no cell sees its own image
        ((5, 3, 2), (2, 0, 0)),
        ((4, 4, 1), (3, 2, 2)),
        ((1, 1, 3), (6, 5, 0)),
        ((2, 2, 2), (2, 2, 2)),
        ((7, 1, 1), (3, 0, 0)),  # a prime length, which is not padded
    ],
)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_field_is_that_of_the_open_array_every_cell_sees(n, repetitions, dtype) -> None:
    m = np.random.default_rng(0).normal(size=(3, *n[::-1])).astype(dtype)
    field = Demag(n, CELL, np.dtype(dtype), repetitions).field(m)
    open_array = None
    for cell in itertools.product(*map(range, m.shape[1:])):
        seen = surroundings(m.astype(float), cell, repetitions)
        open_array = open_array or Demag(seen.shape[:0:-1], CELL)
        middle = tuple(size // 2 for size in seen.shape[1:])
        there = open_array.field(seen)[(slice(None), *middle)]
        # rounding of the transforms
        assert field[(slice(None), *cell)] == pytest.approx(there, abs=float(50 * np.finfo(dtype).eps) * MU0)


def prism(across: float, along: float) -> float:
    """Demagnetising factor along the edge `along` at the centre of a prism whose other edges are `across`.

    Joseph & Schloemann, J. Appl. Phys. 36, 1579 (1965): the solid angle of the two charged faces.
    """
    return 2 / math.pi * math.atan(across**2 / (along * math.sqrt(2 * across**2 + along**2)))


@pytest.mark.parametrize("p", [4, 16, 64])
def test_a_film_tends_to_the_infinite_one(p: int) -> None:
    """The cells seen make a square plate, whose 1 - N_zz falls as thickness over side."""
    n, d = 4, 2e-9
    field = Demag((n, n, 1), (d, d, d), repetitions=(p, p, 0)).field
    factors = []
    for axis in range(3):
        m = np.zeros((3, 1, n, n))
        m[axis] = 1 / MU0
        factors.append(-field(m)[axis])
    xx, yy, zz = factors
    side = 2 * n * p - 1
    assert np.ptp(zz) < 1e-13 and xx == pytest.approx(yy, abs=1e-13)
    # the mean over a cell differs from the centre's value by the square of cell over side
    assert zz == pytest.approx(prism(side, 1), abs=side**-2)
    assert xx + yy + zz == pytest.approx(1, abs=1e-12)
    assert 1 - zz == pytest.approx(2 / math.pi * math.sqrt(2) / side, rel=5 / side)


@pytest.mark.parametrize("p", [4, 16, 64])
def test_a_rod_tends_to_the_infinite_one(p: int) -> None:
    """Along the axis of the rod N falls as the square of width over length; across it is one half."""
    n, d = 4, 2e-9
    tensor = demag_tensor((n, 1, 1), (d, d, d), (p, 0, 0))
    # a uniform rod is felt by the sum over all offsets, those beyond half a period by parity
    xx, yy, zz = (part[0, 0, 0] + 2 * part[0, 0, 1] + part[0, 0, 2] for part in tensor[:3])
    length = 2 * n * p - 1
    assert yy == pytest.approx(zz, abs=1e-14) and xx + yy + zz == pytest.approx(1, abs=1e-13)
    assert xx == pytest.approx(prism(1, length), rel=2 / length)
    assert yy == pytest.approx(0.5, abs=1 / length**2)


def test_the_energy_does_not_depend_on_where_a_periodic_axis_is_cut() -> None:
    n, repetitions = (6, 5, 3), (2, 3, 0)
    m = np.random.default_rng(1).normal(size=(3, *n[::-1]))
    inside = np.random.default_rng(2).random(n[::-1]) < 0.7

    def magnet(shift: int, axis: int) -> Magnet:
        moved = Magnet(Mesh(n, CELL, repetitions), np.roll(inside, shift, axis))
        moved.set_parameters(8e5, 13e-12, 1e4)
        moved.set_m(np.roll(m, shift, axis + 1))
        return moved

    here = magnet(0, 0)
    for shift, axis in ((1, 2), (3, 2), (2, 1), (-1, 1)):
        there = magnet(shift, axis)
        for term in ("demag", "exch", "anis"):
            assert there.energy(term) == pytest.approx(here.energy(term), rel=1e-12)
            moved = np.roll(here.field(term), shift, axis + 1)
            assert there.field(term) == pytest.approx(moved, abs=1e-12 * np.abs(moved).max())
    # the open axis has ends
    assert abs(magnet(1, 0).energy("exch") / here.energy("exch") - 1) > 1e-3


def test_a_body_that_leaves_layers_free_is_felt_alike_on_its_own_box_and_on_the_whole_grid() -> None:
    mesh = Mesh((4, 4, 6), CELL, (3, 0, 0))
    fill = np.zeros(mesh.shape)
    fill[2:4, 1:3, :3] = 1  # open along y and z; along x the free column belongs to the period
    magnet = Magnet(mesh, fill)
    magnet.set_parameters(8e5, 0.0)
    magnet.set_m(np.random.default_rng(3).normal(size=(3, *mesh.shape)))
    here = magnet.effective_field(magnet.columns)
    assert here == pytest.approx(magnet.field("demag")[:, fill > 0], abs=1e-13)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("turns", [1, 3])
def test_a_spiral_that_fits_has_the_exchange_of_an_infinite_one(axis: int, turns: int) -> None:
    """E = 2 A (1 - cos qd)/d^2 per volume, in every cell; A q^2 in the continuum."""
    stiffness, saturation = 13e-12, 8e5
    n, repetitions = [2, 2, 2], [0, 0, 0]
    n[axis], repetitions[axis] = 48, 1
    mesh = Mesh(tuple(n), CELL, tuple(repetitions))
    magnet = Magnet(mesh)
    magnet.set_parameters(saturation, stiffness)
    d = CELL[axis]
    q = 2 * np.pi * turns / mesh.size[axis]
    phase = q * mesh.centres()[axis]
    magnet.set_m(np.stack([np.cos(phase), np.sin(phase), 0 * phase]))
    density = 2 * stiffness * (1 - np.cos(q * d)) / d**2
    assert magnet.energy_density("exch") == pytest.approx(np.full(mesh.shape, density), rel=1e-10)
    assert magnet.energy("exch") == pytest.approx(density * mesh.n_cells * mesh.cell_volume, rel=1e-12)
    assert density == pytest.approx(stiffness * q**2, rel=(q * d) ** 2 / 12)  # the lattice's leading error
    assert np.abs(np.cross(magnet.m, magnet.field("exch"), axis=0)).max() < 1e-12  # at rest


def test_an_axis_of_one_cell_has_no_exchange_with_itself() -> None:
    magnet = Magnet(Mesh((1, 2, 1), CELL, (5, 0, 3)))
    magnet.set_parameters(8e5, 13e-12)
    magnet.set_m(np.array([[1.0, 0], [0, 1], [0, 0]]).reshape(3, 1, 2, 1))
    coupling = 2 * 13e-12 / 8e5 / CELL[1] ** 2
    assert magnet.field("exch")[:, 0, 0, 0] == pytest.approx([-coupling, coupling, 0])


@pytest.mark.parametrize("repetitions", [(-1, 0, 0), (0, 0.5, 0)])
def test_a_mesh_refuses_repetitions_that_are_none(repetitions) -> None:
    with pytest.raises(ValueError, match="repetitions must be three integers from 0"):
        Mesh((1, 1, 1), CELL, repetitions)
