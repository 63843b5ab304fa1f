"""What a mode does to a texture: curling, coherent rotation, tilt, shift, breathing; and which are turns.

In: a curvature and modes of it. Out: their names, after the motion that is most of each.
A turn, here, is one of the whole state that would be free in a round body, so that only the cells have a say
in it: the azimuth of a tilted core.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from harness.mx3.magnet.curvature import Array, Curvature
from harness.mx3.magnet.magnet import Magnet

ModeName = Literal[
    "curling", "coherent rotation", "tilt of the core", "shift of the core", "breathing", "mixed"
]
AZIMUTH = "azimuth of the core"
TURN_SHARE = 0.9
"""Share of such a turn from which a mode is one; of a tilted core in 2 to 4 nm cells it has 0.95 to 1."""
_MAJORITY = 0.5
"""A mode is named after a motion that makes up more than this of its mean square."""
_STILL = 1e-3
"""A motion that moves a state by less than this, mean square over that of a turn of all moments, is none."""
_VORTEX = 0.02
"""Share of pure circulation from which a state has a core."""
_TURNS = (0.3, 0.7, 1.1)


class Motions:
    """What a texture can do as a whole, in the coordinates of its curvature.

    Parameters
    ----------
    magnet : Magnet
        At the state of the curvature.
    curvature : Curvature
    """

    def __init__(self, magnet: Magnet, curvature: Curvature) -> None:
        self._magnet, self._curvature, self._m = magnet, curvature, magnet.columns
        places, weights = magnet.mesh.centres()[:, magnet.fill > 0], magnet.moments
        self._places = places - np.average(places, axis=1, weights=weights)[:, None]
        radius_m = np.sqrt(5 / 3 * np.average(np.sum(self._places**2, axis=0), weights=weights))
        self.r: Array = self._places / (radius_m or 1.0)
        """Places of the cells from the centre, over the radius, (3, N)."""
        self._slopes = [s * radius_m for s in _slopes(self._m, magnet.exchange.neighbours, magnet.mesh.cell)]
        circulation = np.average(np.cross(self.r, self._m, axis=0), axis=1, weights=weights)
        self.circulates = bool(np.linalg.norm(circulation) > _VORTEX * 3 * np.pi / 16)
        """Whether the state has a vortex."""
        mean = np.average(self._m, axis=1, weights=weights)
        axis = circulation if self.circulates else mean
        size = np.linalg.norm(axis)
        self.core: Array = axis / size if size > 0 else np.array([0.0, 0.0, 1.0])
        """Direction of the core, (3,): the circulation's axis, else the mean moment's."""

    def name(self, mode: Array, *, turn: bool = False) -> str:
        """The motion that is most of a mode."""
        if turn:
            return AZIMUTH if self.circulates else "coherent rotation"
        best: ModeName = "mixed"
        most = _MAJORITY
        for name, motions in self._named:
            if (share := float(np.sum((motions @ mode) ** 2))) > most + 1e-9:
                best, most = name, share
        return best

    def is_turn(self, mode: Array) -> bool:
        """Whether a mode is a turn about an axis that field and anisotropy leave free, in a round body."""
        return len(self._free) > 0 and float(np.sum((self._free @ mode) ** 2)) > TURN_SHARE

    @cached_property
    def _named(self) -> list[tuple[ModeName, Array]]:
        across = np.linalg.svd(self.core[None])[2][1:]
        outward = self.r - np.outer(self.core, self.core @ self.r)
        anywhere: list[tuple[ModeName, Array]] = [
            ("coherent rotation", self._span(np.cross(axis, self._m, axisb=0, axisc=0) for axis in across)),
            ("curling", self._span([np.cross(self.core, self.r, axisb=0, axisc=0)])),
        ]
        if not self.circulates:  # there is no core to tilt
            return anywhere
        return [
            *anywhere,
            ("tilt of the core", self._span(map(self.turned, across))),
            ("shift of the core", self._span(self._carried(axis[:, None]) for axis in across)),
            ("breathing", self._span([self._carried(outward)])),
        ]

    @cached_property
    def _free(self) -> Array:
        axes = [
            axis for axis in self._magnet.free_axes if is_round(self._places, self._magnet.mesh.cell, axis)
        ]
        return self._span(map(self.turned, axes))

    def _carried(self, by: Array) -> Array:
        """Change of m where the texture is carried by a displacement (3, N) or (3, 1)."""
        return -sum(by[k] * self._slopes[k] for k in range(3))

    def turned(self, axis: Array) -> Array:
        """Change of m where texture and moments turn about an axis."""
        places = np.cross(axis, self.r, axisb=0, axisc=0)
        return np.cross(axis, self._m, axisb=0, axisc=0) + self._carried(places)

    def _span(self, changes: Iterable[Array]) -> Array:
        """An orthonormal basis of changes of m, without those that do not move it, (k, size)."""
        vectors = np.array([self._curvature.coordinates(v) for v in changes]).reshape(
            -1, self._curvature.size
        )
        _, sizes, basis = np.linalg.svd(vectors, full_matrices=False)
        return basis[sizes**2 > _STILL * max(1.0, float(sizes.max(initial=0.0)) ** 2)]


def _slopes(m: Array, neighbours: NDArray[np.int32], cell: tuple[float, float, float]) -> Iterator[Array]:
    """Derivatives of m along x, y and z, one-sided at the surface."""
    own = np.arange(m.shape[1])
    for axis, edge in enumerate(cell):
        below, above = neighbours[2 * axis], neighbours[2 * axis + 1]
        steps = (below != own).astype(float) + (above != own)
        yield (m[:, above] - m[:, below]) / (np.maximum(steps, 1) * edge)


def is_round(places: NDArray[np.float64], cell: tuple[float, float, float], axis: Array) -> bool:
    """Whether cells at (3, N) fill a body of revolution about an axis: turned about it, each meets one."""
    return _is_round(np.ascontiguousarray(places).tobytes(), cell, tuple(map(float, axis)))


@lru_cache(maxsize=8)
def _is_round(places: bytes, cell: tuple[float, ...], axis: tuple[float, ...]) -> bool:
    """Kept, for a body is asked about at every state."""
    cells = np.frombuffer(places).reshape(3, -1).T.copy()
    tree = cKDTree(cells)
    turns = (Rotation.from_rotvec(angle * np.array(axis)) for angle in _TURNS)
    return all(tree.query(turn.apply(cells))[0].max() <= max(cell) for turn in turns)
