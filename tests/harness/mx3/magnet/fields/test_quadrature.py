"""MuMax3's demagnetising tensor: its sums point by point, its limit, its error."""

import itertools
import math

import numpy as np
import pytest
from scipy.integrate import dblquad, quad

from harness.mx3.magnet.fields.demag import Demag
from harness.mx3.magnet.fields.newell import demag_tensor
from harness.mx3.magnet.fields.quadrature import largest_accuracy, quadrature_tensor

CUBE, SLAB = (4e-9, 4e-9, 4e-9), (1e-9, 2e-9, 0.7e-9)
PAIRS = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))
"""Axis of the charges and axis of the field of each component."""


def midpoints(edge: float, count: int) -> np.ndarray:
    return edge * ((np.arange(count) + 0.5) / count - 0.5)


def point_by_point(offset, cell, accuracy) -> np.ndarray:
    """The six components as sums of point charges at points of the other cell, all pairs one by one."""
    gap = math.hypot(*(max(i - 1, 0) * d for i, d in zip(offset, cell, strict=True))) or min(cell)
    points = [max(1, math.floor(accuracy * d / gap + 0.5 + 1e-9)) for d in cell]
    there = np.meshgrid(*map(midpoints, cell, points), indexing="ij")
    out = []
    for face, along in PAIRS:
        grids = [midpoints(d, 2 * n) for d, n in zip(cell, points, strict=True)]
        grids[face] = np.array([-0.5, 0.5]) * cell[face]
        here = np.meshgrid(*grids, indexing="ij")
        r = np.stack(
            [
                t.ravel()[:, None] + i * d - h.ravel()
                for t, i, d, h in zip(there, offset, cell, here, strict=True)
            ]
        )
        charge = np.sign(here[face]).ravel() / (here[face].size / 2) * math.prod(cell) / cell[face]
        field = charge * r[along] / (4 * np.pi * np.sum(r**2, axis=0) ** 1.5)
        out.append(-field.sum() / there[0].size)
    return np.array(out)


@pytest.mark.parametrize("cell", [CUBE, SLAB])
@pytest.mark.parametrize("accuracy", [2.5, 6.0])
def test_three_weighted_sums_are_the_sums_over_all_pairs_of_points(cell, accuracy):
    tensor = quadrature_tensor((8, 6, 4), cell, accuracy=accuracy)
    for i, j, k in ((0, 0, 0), (1, 0, 0), (0, 1, 1), (2, 1, 0), (3, 2, 3), (5, 0, 0), (7, 5, 3)):
        expected = point_by_point((i, j, k), cell, accuracy)
        assert tensor[:, k, j, i] == pytest.approx(expected, abs=1e-12), (i, j, k)  # rounding of 1e5 terms


def line(a: float, z: float, dz: float) -> float:
    """Integral of 1/r over two parallel edges dz, a apart and shifted by z: a second difference."""

    def twice(w: float) -> float:
        return w * math.asinh(w / a) - math.hypot(w, a)

    return twice(z + dz) - 2 * twice(z) + twice(z - dz)


def exact(offset, cell) -> tuple[float, float]:
    """N_xx and N_xy by adaptive integration of 1/r over pairs of charged faces."""
    (dx, dy, dz), (x, y, z) = cell, (i * d for i, d in zip(offset, cell, strict=True))

    def parallel(distance: float) -> float:
        def strip(u: float) -> float:
            return (dy - abs(u)) * line(math.hypot(distance, y + u), z, dz)

        return quad(strip, -dy, dy, points=[0.0], epsabs=1e-12)[0]

    def at_right_angles(s: int, t: int) -> float:
        def strip(there: float, here: float) -> float:
            return line(math.hypot(here - s * dx / 2, y + t * dy / 2 - there), z, dz)

        return dblquad(strip, x - dx / 2, x + dx / 2, -dy / 2, dy / 2, epsabs=1e-9)[0]

    xx = 2 * parallel(x) - parallel(x + dx) - parallel(x - dx)
    xy = sum(s * t * at_right_angles(s, t) for s, t in itertools.product((1, -1), repeat=2))
    return xx / (4 * np.pi * dx * dy * dz), xy / (4 * np.pi * dx * dy * dz)


@pytest.mark.parametrize("cell", [(1.0, 1.0, 1.0), (1.0, 2.0, 0.8)])
def test_the_limit_of_accuracy_is_the_exact_interaction(cell):
    """Cells apart: the midpoint rule's second order. A cell with itself or a neighbour: first order."""
    coarse, fine = (quadrature_tensor((4, 3, 2), cell, accuracy=a) for a in (10.0, 20.0))
    for i, j, k in ((2, 1, 0), (2, 1, 1), (3, 0, 0), (3, 1, 1)):  # at them points double exactly
        for component, truth in zip((0, 3), exact((i, j, k), cell), strict=True):
            before, after = coarse[component, k, j, i] - truth, fine[component, k, j, i] - truth
            assert after == pytest.approx(before / 4, rel=0.15, abs=1e-9), (i, j, k)  # the next order
    finer = (10.0, 20.0, 40.0, 80.0)
    found = [quadrature_tensor((1, 1, 1), cell, accuracy=a)[0, 0, 0, 0] for a in finer]
    limit = np.polyfit(1 / np.array(finer), found, 3)[-1]
    truth = demag_tensor((1, 1, 1), cell)[0, 0, 0, 0]
    assert limit == pytest.approx(truth, abs=3e-6)  # a tenth of the error at 80
    assert abs(found[-1] - truth) > 3e-5


def test_the_exact_interaction_by_integration_is_newells():
    for cell, (i, j, k) in itertools.product([(1.0, 1.0, 1.0), (1.0, 2.0, 0.7)], [(1, 1, 0), (2, 1, 1)]):
        newell = demag_tensor((3, 2, 2), cell)[[0, 3], k, j, i]
        assert exact((i, j, k), cell) == pytest.approx(newell, abs=1e-8)  # asked of the integrals


def test_self_term_of_a_cube():
    """4e-5 off one third at MuMax3's accuracy; by luck, for at 12 it is five times farther off."""
    usual, finer = (quadrature_tensor((1, 1, 1), CUBE, accuracy=a)[:3, 0, 0, 0] for a in (6.0, 12.0))
    assert usual == pytest.approx([1 / 3 + 3.93e-5] * 3, abs=1e-7)
    assert finer == pytest.approx([1 / 3 - 2.150e-4] * 3, abs=1e-7)


@pytest.mark.parametrize(("cell", "error"), [(CUBE, 3e-4), (SLAB, 6e-4)])
def test_error_and_trace_at_mumax3s_accuracy(cell, error):
    """Some 1e-4 next to the cell, gone far away; the trace is 1 at home and 0 elsewhere to that."""
    tensor, truth = quadrature_tensor((20, 18, 16), cell), demag_tensor((20, 18, 16), cell)
    assert 0.5 * error < np.abs(tensor - truth).max() < error
    assert np.abs(tensor - truth)[:, 10:, 10:, 10:].max() < 1e-7
    trace = tensor[:3].sum(axis=0)
    trace[0, 0, 0] -= 1
    assert np.abs(trace).max() < 2 * error


def test_cubic_cells_know_no_axis_but_for_the_order_of_charge_and_field():
    tensor = quadrature_tensor((7, 7, 7), CUBE)
    xx, yy, zz, xy, xz, yz = tensor
    for one, other in ((xx, yy.swapaxes(1, 2)), (xx, zz.swapaxes(0, 2)), (xy, xz.swapaxes(0, 1))):
        assert one == pytest.approx(other, abs=1e-14)
    for mixed, mirrored in ((xy, xy.swapaxes(1, 2)), (yz, yz.swapaxes(0, 1))):
        # charges along the one axis and field along the other, or the other way round: two different sums
        assert 5e-6 < np.abs(mixed - mirrored).max() < 2e-5


def test_images_are_summed_as_newells_are():
    n, repetitions = (4, 3, 2), (3, 2, 0)
    periodic = quadrature_tensor(n, SLAB, repetitions)
    there = quadrature_tensor((12, 6, 2), SLAB)
    for i, j in ((0, 0), (1, 0), (2, 1), (1, 1)):
        images = itertools.product(
            (x for x in range(-11, 12) if (x - i) % 4 == 0), (y for y in range(-5, 6) if (y - j) % 3 == 0)
        )
        total = np.zeros((6, 2))
        for x, y in images:
            sign = np.array([1, 1, 1, np.sign(x * y), np.sign(x), np.sign(y)])[:, None]
            total += np.where(sign == 0, 1, sign) * there[:, :, abs(y), abs(x)]
        assert periodic[:, :, j, i] == pytest.approx(total, abs=1e-14)


@pytest.mark.parametrize("repetitions", [(0, 0, 0), (2, 0, 0)])
def test_single_precision_keeps_the_tensor_in_single(repetitions):
    n = (6, 5, 4)
    m = np.random.default_rng(1).normal(size=(3, *n[::-1]))
    double, single = (
        Demag(n, CUBE, np.dtype(t), repetitions, 6.0).field(m.astype(t)) for t in ("float64", "float32")
    )
    assert single.dtype == np.float32
    assert single == pytest.approx(double, abs=20 * np.finfo(np.float32).eps * np.abs(double).max())
    other = Demag(n, CUBE, np.dtype("float32"), repetitions).field(m.astype("float32"))
    assert np.abs(other - double).max() > 1e-4 * np.abs(double).max()


@pytest.mark.parametrize("cell", [CUBE, SLAB, (1.0, 1.0, 100.0), (1.0, 1e4, 1e4)])
def test_the_largest_accuracy_means_ten_seconds(cell):
    """Points in a cell that touches its neighbour: at most 5e5, each with about 2000 terms of 5 to 15 ns."""
    points = largest_accuracy(cell) ** 3 * math.prod(cell) / min(cell) ** 3
    assert points == pytest.approx(5e5, rel=0.2)  # to two digits
