"""What the symmetry of a state keeps it from doing, as long as nothing but rounding breaks it.

In: a `Magnet` with its state. Out: the turns and reflections of the grid that leave state, body, material and
field as they are, and the directions in which mean moment and circulation can ever grow.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations, product

import numpy as np
from numpy.typing import NDArray

from harness.mx3.magnet.magnet import TERMS, Magnet

Array = NDArray[np.floating]

_SAME = 1e-5
"""Of a unit vector: files of states hold single precision."""
_FOLLOWS = 1e-6
"""Of a term's largest field: each is held against its own size, or weak ones would not be seen."""


@dataclass(frozen=True, eq=False)
class Held:
    """What every motion that begins at a state keeps."""

    operations: int
    """Number of operations that leave all as it is, identity included."""
    moment: Array
    """Projection (3, 3) onto the directions that the mean moment can have."""
    circulation: Array
    """Projection (3, 3) onto the axes about which the moments can come to circulate."""


def held_by_symmetry(magnet: Magnet) -> Held:
    """What the symmetry of a magnet's state keeps, from the operations that leave it and its field alone.

    An operation turns or reflects the grid about its centre, and may reverse all moments. It counts if it
    leaves the state as it is, and if the field of every term of the energy at a random state follows it.
    The moment is an axial vector, the circulation (the integral of r x m) a polar one; both are odd under
    reversal. Each is kept in the mean over the operations.
    """
    m = magnet.m
    test = np.random.default_rng(0).standard_normal(m.shape) * (magnet.fill > 0)
    test /= np.maximum(np.linalg.norm(test, axis=0), 1e-300)
    fields = _fields(magnet, test)
    sizes = [_FOLLOWS * np.abs(field).max() for field in fields]
    moment, circulation, count = np.zeros((3, 3)), np.zeros((3, 3)), 0
    for turn in _turns(magnet):
        axial = round(np.linalg.det(turn)) * turn
        for sign in (1, -1):
            if np.abs(_turned(m, turn, sign * axial) - m).max() > _SAME:
                continue
            there = _fields(magnet, _turned(test, turn, sign * axial))
            if all(
                np.abs(one - _turned(field, turn, sign * axial)).max() <= size
                for one, field, size in zip(there, fields, sizes, strict=True)
            ):
                moment, circulation, count = moment + sign * axial, circulation + sign * turn, count + 1
    return Held(count, moment / count, circulation / count)


def _turns(magnet: Magnet) -> list[NDArray[np.int_]]:
    """Turns and reflections, (3, 3), that map the grid onto itself."""
    edges = np.array([[*magnet.mesh.n], [*magnet.mesh.cell]])
    found = []
    for axes in permutations(range(3)):
        if np.allclose(edges[:, axes], edges, rtol=1e-9, atol=0):
            found += [np.diag(signs)[:, list(axes)] for signs in product((1, -1), repeat=3)]
    return found


def _turned(v: Array, turn: NDArray[np.int_], action: NDArray[np.int_]) -> Array:
    """A field (3, nz, ny, nx) with its places taken by a turn and its vectors by an action."""
    source = np.abs(turn).argmax(axis=1)
    """Old axis that each new axis comes from."""
    spatial = v.transpose(0, *(3 - source[axis] for axis in (2, 1, 0)))
    reverse = [slice(None, None, int(turn[axis, source[axis]])) for axis in (2, 1, 0)]
    return np.einsum("ij,j...->i...", action, spatial[(slice(None), *reverse)])


def _fields(magnet: Magnet, m: Array) -> list[Array]:
    """Field of each term at a state that the magnet is not in, inside the body."""
    kept, inside = magnet.columns, magnet.fill > 0
    magnet.move_to(m[:, inside].astype(kept.dtype))
    fields = [magnet.field(term) * inside for term in TERMS]
    magnet.move_to(kept)
    return fields
