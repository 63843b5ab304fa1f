"""The negative eigenvalues of a state's whole Hessian, counted in the blocks that its symmetry leaves.

In: a stationary `Point` on the half ball if it is even, on the whole one if not. Out: their number.

By Sylvester's law it is that of the curvature: the directions that change |u| alone cost energy. An even
state's Hessian couples no even vector with an odd one, an axisymmetric state's no two azimuthal numbers k (of
position and vector turned together): one product with a sum over k gives a column of every block.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.sparse import csc_array, eye_array

from reduced_model.continuum.basis import Array, Ball
from reduced_model.continuum.curvature import Turn, hessian_product
from reduced_model.continuum.equilibrium import Solver
from reduced_model.continuum.state import Point

_NEGATIVE = 1e-6
"""A scaled eigenvalue below minus this is negative; a state is stationary to 1e-7 of the same scale."""


class Block(NamedTuple):
    """Orthonormal directions that couple to no others."""

    basis: csc_array
    """(3 n_basis, j)."""
    odd: bool
    copies: int
    """Blocks of the same eigenvalues: this one, and the one turned by a quarter of its period."""


def negative_modes(
    solver: Solver, point: Point, zero_modes: Array, axisymmetric: bool, turn: Turn | None = None
) -> int:
    """The number of negative eigenvalues, those of `zero_modes`, (j, 3, n_basis), left out."""
    ball = solver.ball
    if axisymmetric and ball.half:
        sets = [azimuthal_blocks(ball, odd) for odd in (False, True)]
    elif ball.half:
        sectors = [np.flatnonzero(sector.ravel()) for sector in ball.sectors]
        identity = eye_array(3 * ball.n_basis, format="csc")
        sets = [
            [Block(identity[:, places], odd, 1)] for odd, places in zip((False, True), sectors, strict=True)
        ]
    else:
        sets = [[Block(eye_array(3 * ball.n_basis, format="csc"), False, 1)]]
    free = [solver.coordinates.of_coefficients(mode) for mode in zero_modes]
    return sum(
        block.copies * _negative(hessian, [block.basis.T @ y for y in free])
        for blocks in sets
        for block, hessian in zip(blocks, _hessians(solver, point, blocks, turn), strict=True)
    )


def azimuthal_blocks(ball: Ball, odd: bool) -> list[Block]:
    """Even or odd vectors by azimuthal number; of odd ones k = 0 alone: the others are even ones turned."""
    places = zip(ball.ell.tolist(), ball.n.tolist(), ball.m.tolist(), strict=True)
    place = {key: j for j, key in enumerate(places)}
    n = ball.n_basis
    found: dict[int, list[dict[int, float]]] = {}
    for (ell, degree, m), j in place.items():
        if (ball.turned[j] > 0) != odd:
            found.setdefault(abs(m), []).append({2 * n + j: 1.0})
        if m == 0:
            found.setdefault(1, []).append({j if (ell % 2 == 0) != odd else n + j: 1.0})
        elif m > 0:
            sine, half = place[ell, degree, -m], 0.5**0.5
            x, y = (j, n + sine) if (ell % 2 == 0) != odd else (sine, n + j)
            outer = half if x == j else -half  # (cos, sin) m and (sin, -cos) m turn with k = m - 1
            found.setdefault(m - 1, []).append({x: half, y: outer})
            found.setdefault(m + 1, []).append({x: half, y: -outer})
    return [
        Block(_columns(3 * n, vectors), odd, 1 if k == 0 else 2)
        for k, vectors in sorted(found.items())
        if k == 0 or not odd
    ]


def _columns(n: int, vectors: Sequence[dict[int, float]]) -> csc_array:
    rows = [row for vector in vectors for row in vector]
    values = [value for vector in vectors for value in vector.values()]
    columns = [k for k, vector in enumerate(vectors) for _ in vector]
    return csc_array((values, (rows, columns)), shape=(n, len(vectors)))


def _hessians(solver: Solver, point: Point, blocks: Sequence[Block], turn: Turn | None) -> list[Array]:
    """The Hessian in each block, a product a column of the largest."""
    to_c, of_g = solver.coordinates.to_coefficients, solver.coordinates.of_gradient
    times = hessian_product(point, blocks[0].odd, turn)
    found = [np.zeros((block.basis.shape[1],) * 2) for block in blocks]
    for column in range(max(len(hessian) for hessian in found)):
        held = [k for k, hessian in enumerate(found) if column < len(hessian)]
        y = sum(blocks[k].basis[:, [column]].toarray().ravel() for k in held)
        product = of_g(times(to_c(y)))
        for k in held:
            found[k][:, column] = blocks[k].basis.T @ product
    return found


def _negative(hessian: Array, free: Sequence[Array]) -> int:
    held = np.stack(free, axis=1) if free else np.zeros((len(hessian), 0))
    kept = held[:, np.linalg.norm(held, axis=0) > 1e-6]
    basis = np.linalg.qr(kept)[0]
    hessian = hessian - basis @ (basis.T @ hessian)
    hessian = hessian - (hessian @ basis) @ basis.T
    return int(np.count_nonzero(np.linalg.eigvalsh(0.5 * (hessian + hessian.T)) < -_NEGATIVE))
