"""A saved vortex fitted: all that `mxval fit` tells of it, beside the former fit of the Ansatz by lmfit.

In: the vortex of a 40 nm iron sphere at rest in 2 nm cells. Out: seconds a state.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from benchmarks.timing import Seconds, best_of
from harness.analysis.ansatz import sample_ansatz, texture
from harness.analysis.correlated import Moments
from harness.analysis.patterns import tangents
from harness.analysis.texture_fit import fit_texture
from harness.analysis.vortex import fit_vortex
from harness.mx3.magnet.magnet import Magnet
from harness.mx3.magnet.mesh import Mesh

RADIUS_M = 20e-9


class Field(NamedTuple):
    """What a fit needs of a vector field."""

    m: np.ndarray
    cell_m: tuple[float, float, float]


def _state() -> Field:
    """The upright vortex at 0.1 T."""
    mesh = Mesh((20, 20, 20), (2e-9,) * 3)
    magnet = Magnet(mesh, (np.linalg.norm(mesh.centres(), axis=0) <= RADIUS_M).astype(float))
    magnet.set_parameters(1.7e6, 1e-11, 4.8e4)
    magnet.set_m(sample_ansatz(4.0, 1.01 * RADIUS_M, mesh.centres()) * (magnet.fill > 0))
    magnet.set_field((0.0, 0.0, 0.1))
    magnet.equilibrate(1e-4)
    return Field(magnet.m, mesh.cell)


def _cells(state: Field) -> tuple[np.ndarray, np.ndarray]:
    """Places in units of R and unit moments of the magnetic cells, (3, n) each."""
    places = Mesh((20, 20, 20), (2e-9,) * 3).centres() / RADIUS_M
    magnetic = np.linalg.norm(state.m, axis=0) > 0.5
    return places[:, magnetic], state.m[:, magnetic]


def ours() -> Mapping[str, Seconds]:
    """Name, three estimates of nu, kappa, errors of correlated cells, profile; and nu, axis, core alone."""
    state = _state()
    points, m = _cells(state)
    cell = np.array(state.cell_m) / RADIUS_M
    return {
        "whole": best_of(lambda: fit_vortex(state, RADIUS_M)),
        "ansatz": best_of(lambda: fit_texture(Moments(points, m, cell))),
    }


def lmfit_ansatz() -> Mapping[str, Seconds]:
    """The former fit: nu and axis through the centre, then with a free core, by numerical derivatives."""
    import lmfit

    points, m = _cells(_state())
    axis = np.array([0.0, 0.0, 1.0])
    first, second = tangents(axis)

    def residual(values: lmfit.Parameters) -> np.ndarray:
        v = values.valuesdict()
        p = axis + v["a"] * first + v["b"] * second
        p /= np.linalg.norm(p)
        place = v.get("u", 0.0) * first + v.get("v", 0.0) * second
        return (texture(points - place[:, None], v["n"], p) - m).ravel()

    def fit() -> None:
        centred = lmfit.minimize(residual, lmfit.create_params(n=3.0, a=0.0, b=0.0))
        start = {name: centred.params[name].value for name in ("n", "a", "b")}
        lmfit.minimize(residual, lmfit.create_params(**start, u=0.0, v=0.0))

    seconds = best_of(fit)
    return {"whole": seconds, "ansatz": seconds}
