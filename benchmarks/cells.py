"""What cells do to a sphere: the mesh error split into its causes, settings that might mend it, the lattice's
own anisotropy.

In: `python -m benchmarks.cells [split] [smooth] [settings] [anisotropy] [figure]`, all if none is named, from
the checkout's root. Out: the tables in docs/results/cells/ and the picture of docs/results/cells.md.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse.linalg import LinearOperator, minres

from harness.analysis.lattice_anisotropy import BOLTZMANN_J_PER_K, ROOM_K, lattice_anisotropy
from harness.comparison.cell_runs import nucleation_of
from harness.mx3.magnet.curvature import Curvature
from harness.mx3.magnet.fields.demag import MU0
from harness.mx3.magnet.held import held
from harness.mx3.magnet.magnet import Magnet
from harness.mx3.magnet.mesh import Mesh
from harness.mx3.magnet.stability import stability
from harness.report.figures.style import PAGE_IN, styled
from reduced_model.continuum.problem import ContinuumState
from reduced_model.materials import MATERIALS, Material
from reduced_model.nucleation.spinodals import nucleation_field
from reduced_model.sphere import Sphere

Array = NDArray[np.float64]

TABLES, PICTURE = Path("docs/results/cells"), Path("docs/pictures/cells.png")
CELLS_NM = (4.0, 2.5, 2.0, 1.25, 1.0)
SPHERES = {
    "iron 20 nm": ("iron", 20.0, (0.6, 0.45, 0.30, 0.20, 0.10, 0.05, 0.0), (4.0, 2.5, 2.0, 1.25)),
    "iron 12 nm": ("iron", 12.0, (0.35, 0.25, 0.17, 0.12, 0.05, 0.0), (2.4, 1.2)),
    "permalloy 25 nm": ("permalloy", 25.0, (0.14, 0.08, 0.06, 0.04, 0.02, 0.0), (5.0, 2.5)),
}
"""Material, radius, a falling path of fields whose first is saturated, cells."""
B_SPLIT_T = 0.30
SOFTENED = 0.65
"""Part of a cell by which the exchange of `softened` treats the sphere as larger; fits iron of 20 nm."""
AZIMUTHS_DEG, INCLINATIONS_DEG = (0.0, 15.0, 30.0, 45.0), (45.0, 54.7356, 67.5, 90.0)
TOLERANCE_T = 1e-6
_STEP = 0.01
"""Of the differences that give the Laplacian, in radii."""


@dataclass(frozen=True, eq=False)
class Texture:
    """One state of the continuum, with its fields, at any points (n, 3) in units of the radius."""

    state: ContinuumState

    @property
    def material(self) -> Material:
        """Of the sphere."""
        return self.state.problem.material

    @property
    def radius_m(self) -> float:
        """Of the sphere."""
        return self.state.problem.radius_m

    def m(self, points: Array) -> Array:
        """Unit vectors (n, 3); outside the sphere those of the surface below."""
        outside = np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1.0)
        return self._smooth(points / outside)

    def exchange_T(self, points: Array) -> Array:
        """The exchange field, (n, 3)."""
        near = sum(self._smooth(points + s * e) for e in np.eye(3) for s in (-_STEP, _STEP))
        size = 2 * self.material.A_J_per_m / (self.material.Ms_A_per_m * self.radius_m**2)
        field: Array = size * (near - 6 * self._smooth(points)) / _STEP**2
        return field

    def demag_T(self, points: Array) -> Array:
        """The demagnetising field, (n, 3)."""
        turn, ball = self.state.problem.turn, self.state.point.energy.ball
        return MU0 * self.material.Ms_A_per_m * ball.at(self._h, points @ turn.T) @ turn

    def _smooth(self, points: Array) -> Array:
        """As the polynomials have it, on both sides of the surface."""
        turn, point = self.state.problem.turn, self.state.point
        u = point.energy.ball.at(point.c, points @ turn.T)
        return u / np.linalg.norm(u, axis=1, keepdims=True) @ turn

    @cached_property
    def _h(self) -> Array:
        """Coefficients of the demagnetising field over Ms, in the problem's frame."""
        point, energy = self.state.point, self.state.point.energy
        ball, frame = energy.ball, energy.frame
        m = point.m.reshape(len(frame), -1, 3)
        load = np.einsum("arc,avc->var", m, frame).reshape(3, -1) * ball.weights.ravel()
        slopes, _ = energy.magnetostatics.potential(load)
        h = -np.einsum("var,avc->arc", slopes.reshape(3, len(frame), -1), frame)
        return ball.project(h.reshape(*ball.shape, 3))


@dataclass(frozen=True)
class Cells:
    """How a sphere is cut into cells, and what its magnet is told."""

    cell_nm: float
    edge_smooth: int = 0
    odd: bool = False
    """Whether the sphere's centre is the middle of a cell, not a corner."""
    same_volume: bool = False
    """Whether the lattice is drawn out or in until the cells have the sphere's volume."""
    smooth_surface: bool = False
    weighted: str = ""
    """What the fill of partly filled cells weighs besides the moment: "" as EdgeSmooth has it, "energy" its
    share of every energy but exchange, "exchange" that too (harmonic mean of the fills of two cells)."""
    softened: float = 0.0
    """Part of a cell by which the exchange treats the sphere as larger."""

    def magnet(self, material: Material, radius_m: float) -> tuple[Magnet, Array, float]:
        """The magnet; centres of its magnetic cells in radii, (n, 3); its volume over the sphere's."""
        edge = 2e-9 * self.cell_nm / (2 * radius_m)  # in radii
        n = int(np.ceil(2 / edge - 1e-9))
        n += (n % 2 == 1) != self.odd
        samples = max(self.edge_smooth, 1)
        fine = (edge * (np.arange(n * samples) - (n * samples - 1) / 2) / samples) ** 2
        inside = fine[:, None, None] + fine[:, None] + fine <= 1 + 1e-12
        fill = inside.reshape(n, samples, n, samples, n, samples).mean(axis=(1, 3, 5))
        volume = fill.sum() * edge**3 / (4 / 3 * np.pi)
        stretched = volume ** (-1 / 3) if self.same_volume else 1.0
        mesh = Mesh((n,) * 3, (edge * stretched * radius_m,) * 3)
        A = material.A_J_per_m / (1 + self.softened * edge) ** 2
        Ms, Ku = material.Ms_A_per_m, material.Ku_J_per_m3
        if self.weighted:
            magnet = Magnet(mesh, fill > 0)
            magnet.smooth_surface = self.smooth_surface
            of_exchange = fill if self.weighted == "exchange" else 1.0
            magnet.set_parameters(Ms * fill, A * of_exchange, Ku * fill, material.axis)
        else:
            magnet = Magnet(mesh, fill)
            magnet.smooth_surface = self.smooth_surface
            magnet.set_parameters(Ms, A, Ku, material.axis)
        places = mesh.centres()[:, fill > 0].T / (radius_m * stretched)
        return magnet, places, volume * stretched**3


def states(sphere: str) -> list[Texture]:
    """The continuum's vortices of one of SPHERES along its path."""
    name, radius_nm, fields_T, _ = SPHERES[sphere]
    loop = Sphere(radius_nm, name).continuum_loop(fields_T, accuracy=3e-4)
    return [Texture(state) for state in loop.states if state.kind != "uniform"]


def at_rest(magnet: Magnet, places: Array, texture: Texture, extra: Array | None = None) -> float:
    """Mean moment along z after the magnet came to rest from the continuum's state, in its field."""
    applied = np.array([0.0, 0.0, texture.state.B_T])
    magnet.set_field(applied, None if extra is None else _on_grid(magnet, extra))
    magnet.set_m(_on_grid(magnet, texture.m(places).T))
    magnet.equilibrate(TOLERANCE_T, 600)
    return _mean_z(magnet)


def _on_grid(magnet: Magnet, columns: Array) -> Array:
    grid = np.zeros((3, *magnet.mesh.shape))
    grid[:, magnet.fill > 0] = columns
    return grid


def _mean_z(magnet: Magnet) -> float:
    return float(np.average(magnet.columns[2], weights=magnet.moments))


def split() -> None:
    """The shift of m at 0.30 T on iron of 20 nm, whole cells, as a sum of what each wrong field makes of it.

    A Newton step on the cells from the continuum's state is linear in what their fields do wrong there.
    """
    texture = next(t for t in states("iron 20 nm") if t.state.B_T == B_SPLIT_T)
    true = texture.state.along
    rows = []
    for cell_nm in CELLS_NM:
        magnet, places, volume = Cells(cell_nm).magnet(texture.material, texture.radius_m)
        magnet.set_field((0.0, 0.0, B_SPLIT_T))
        magnet.set_m(_on_grid(magnet, texture.m(places).T))
        row = {"cell_nm": cell_nm, "volume": volume, "mean over the cells": _mean_z(magnet) - true}
        wrong = {
            "exchange": _columns(magnet, "exch") - texture.exchange_T(places).T,
            "magnetostatic": _columns(magnet, "demag") - texture.demag_T(places).T,
        }
        neighbours = magnet.exchange.neighbours
        surface = (neighbours == np.arange(magnet.n_cells)).any(axis=0)
        curvature = Curvature(magnet)
        for term, field in wrong.items():
            row[f"{term}, inside"] = _response(magnet, curvature, np.where(surface, 0.0, field))
            row[f"{term}, surface"] = _response(magnet, curvature, np.where(surface, field, 0.0))
        row["sum"] = sum(row[name] for name in list(row)[2:])
        row |= _energies(magnet, texture, volume)
        row["as run"] = at_rest(magnet, places, texture) - true
        for term, field in wrong.items():
            row[f"as run, {term} mended"] = at_rest(magnet, places, texture, -field) - true
        smooth, *_ = Cells(cell_nm, smooth_surface=True).magnet(texture.material, texture.radius_m)
        row["as run, smooth surface"] = at_rest(smooth, places, texture) - true
        rows.append(row)
        print(row, flush=True)
    _write("split", rows)


def _columns(magnet: Magnet, term: str) -> Array:
    return magnet.field(term)[:, magnet.fill > 0]


def _energies(magnet: Magnet, texture: Texture, volume: float) -> dict[str, float]:
    """What the cells have of each energy a volume more than the continuum, in units of mu0 Ms^2."""
    unit_J = texture.material.magnetostatic_J_per_m3 * 4 / 3 * np.pi * texture.radius_m**3
    names = {"exch": "exchange", "demag": "magnetostatic"}
    return {
        f"energy, {name}": (magnet.energy(term) / volume - texture.state.energies_J[name]) / unit_J
        for term, name in names.items()
    }


def _response(magnet: Magnet, curvature: Curvature, field: Array) -> float:
    """What a field (3, N) changes of the mean moment along z, to first order."""
    square = (curvature.size, curvature.size)
    step, _ = minres(
        LinearOperator(square, curvature.times, dtype=float),
        curvature.coordinates(field),
        M=LinearOperator(square, curvature.precondition, dtype=float),
        rtol=1e-6,
        maxiter=400,
    )
    return float(np.average(curvature.change(step)[2], weights=magnet.moments))


def smooth() -> None:
    """The shift of m at 0.30 T on iron of 20 nm, EdgeSmooth 8, with its two faults taken off one by one."""
    texture = next(t for t in states("iron 20 nm") if t.state.B_T == B_SPLIT_T)
    kinds = {
        "whole cells": {"edge_smooth": 0},
        "EdgeSmooth 8": {},
        "energies by fill": {"weighted": "energy"},
        "energies and exchange by fill": {"weighted": "exchange"},
    }
    rows = []
    for cell_nm in CELLS_NM[:4]:
        row: dict[str, float] = {"cell_nm": cell_nm}
        for name, how in kinds.items():
            for surface in (False, True):
                cells = Cells(cell_nm, smooth_surface=surface, **{"edge_smooth": 8, **how})
                magnet, places, _ = cells.magnet(texture.material, texture.radius_m)
                label = f"{name}, smooth surface" if surface else name
                row[label] = at_rest(magnet, places, texture) - texture.state.along
        fill = Cells(cell_nm, 8).magnet(texture.material, texture.radius_m)[0].fill
        row["uniform field too weak by"] = 1 - float(np.sum(fill**2) / np.sum(fill))
        rows.append(row)
        print(row, flush=True)
    _write("smooth", rows)


SETTINGS: dict[str, dict[str, Any]] = {
    "whole cells": {},
    "offset 1/2": {"odd": True},
    "volume": {"same_volume": True},
    "offset 1/2, volume": {"odd": True, "same_volume": True},
    "EdgeSmooth 2": {"edge_smooth": 2},
    "EdgeSmooth 8": {"edge_smooth": 8},
    "EdgeSmooth 8, offset 1/2": {"edge_smooth": 8, "odd": True},
    "softened exchange": {"softened": SOFTENED},
    "smooth surface": {"smooth_surface": True},
    "smooth surface, volume": {"smooth_surface": True, "same_volume": True},
    "smooth surface, offset 1/2": {"smooth_surface": True, "odd": True},
    "smooth surface, offset 1/2, volume": {"smooth_surface": True, "odd": True, "same_volume": True},
}


def settings() -> None:
    """Errors of m at each field, of the nucleation field, and their rms, for each setting on each sphere."""
    rows = []
    for sphere, (name, radius_nm, _, cells_nm) in SPHERES.items():
        textures = states(sphere)
        brown_T = nucleation_field(MATERIALS[name], radius_nm * 1e-9).brown_T
        for cell_nm in cells_nm:
            for setting, how in SETTINGS.items():
                magnet, places, volume = Cells(cell_nm, **how).magnet(MATERIALS[name], radius_nm * 1e-9)
                off = {t: at_rest(magnet, places, t) - t.state.along for t in textures}
                upright = [error for t, error in off.items() if t.state.kind == "upright vortex"]
                row = {"sphere": sphere, "cell_nm": cell_nm, "setting": setting, "volume": volume}
                row |= {f"{t.state.B_T:g} T": error for t, error in off.items()}
                row["rms"] = float(np.sqrt(np.mean(np.square(list(off.values())))))
                row["rms, upright"] = float(np.sqrt(np.mean(np.square(upright))))
                row["nucleation_T"] = _nucleation_T(magnet, places, textures[0], brown_T) - brown_T
                rows.append(row)
                print(row, flush=True)
                _write("settings", rows)


def _nucleation_T(magnet: Magnet, places: Array, first: Texture, brown_T: float) -> float:
    """Where the circulation goes to nothing, in a field raised from that of the first vortex."""
    at_rest(magnet, places, first)
    fields, circulation = [], []
    B_T = first.state.B_T
    while 1.1 * brown_T > B_T:
        swirl = np.average(np.cross(places.T, magnet.columns, axis=0), axis=1, weights=magnet.moments)
        fields.append(B_T)
        circulation.append(float(np.linalg.norm(swirl)) / (3 * np.pi / 16))
        if circulation[-1] < 0.05:
            break
        B_T += 0.015 * brown_T
        magnet.set_field((0.0, 0.0, B_T))
        magnet.equilibrate(TOLERANCE_T, 400)
    return nucleation_of(np.array(fields[::-1]), np.array(circulation[::-1]))


def anisotropy() -> None:
    """Energy of iron's tilted core, R = 20 nm, against its azimuth and inclination; without Ku, its axes."""
    textures = {t.state.B_T: t for t in states("iron 20 nm")}
    curves, inclined, axes = [], [], []
    for cell_nm, surface in itertools.product(CELLS_NM[:4], (False, True)):
        for B_T in (0.0, 0.05):
            magnet, places, _ = Cells(cell_nm, smooth_surface=surface).magnet(MATERIALS["iron"], 20e-9)
            at_rest(magnet, places, textures[B_T])
            where = {"cell_nm": cell_nm, "smooth_surface": surface, "B_T": B_T}
            found = lattice_anisotropy(magnet)
            both = lattice_anisotropy(magnet, AZIMUTHS_DEG, INCLINATIONS_DEG) if B_T == 0.0 else None
            soft = _soft_T(magnet)
            print(where, found, soft, flush=True)
            more = {"barrier_T": found.barrier_T, "soft_mode_T": soft}
            curves += [{**where, **row, **more} for row in found.to_dataframe().to_dict("records")]
            if both is not None:
                inclined += [{**where, **row} for row in both.to_dataframe().to_dict("records")]
        axes.append({"cell_nm": cell_nm, "smooth_surface": surface, **_axes(cell_nm, surface, textures)})
        print(axes[-1], flush=True)
        for name, rows in (("azimuth", curves), ("inclination", inclined), ("axes", axes)):
            _write(name, rows)


def _soft_T(magnet: Magnet) -> float:
    """Curvature of the azimuth where the magnet comes to rest of itself; nan if it is no soft mode there."""
    magnet.equilibrate(TOLERANCE_T)
    found = stability(magnet)
    return next(
        (float(v) for v, s in zip(found.spectrum.eigenvalues_T, found.soft, strict=True) if s), np.nan
    )


def _axes(cell_nm: float, surface: bool, textures: dict[float, Texture]) -> dict[str, float]:
    """Energies of a core along <110> and <111> above that along <100>, in kT, without field or anisotropy."""
    iron = MATERIALS["iron"]
    free = Material("iron without anisotropy", iron.Ms_A_per_m, iron.A_J_per_m, 0.0)
    magnet, places, _ = Cells(cell_nm, smooth_surface=surface).magnet(free, 20e-9)
    energies = []
    for axis in np.array([[1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [1.0, 1.0, 1.0]]):
        core = textures[0.0].state.core
        across = np.linalg.svd(axis[None])[2][1:]
        turn = _turn(np.asarray(core), axis / np.linalg.norm(axis))
        magnet.set_field((0.0, 0.0, 0.0))
        magnet.set_m(_on_grid(magnet, turn @ textures[0.0].m(places @ turn).T))
        energies.append(held(magnet, across).energy_J)
    return {
        name: (energy - energies[0]) / (BOLTZMANN_J_PER_K * ROOM_K)
        for name, energy in zip(("100", "110", "111"), energies, strict=True)
    }


def _turn(start: Array, end: Array) -> Array:
    """A rotation that takes one unit vector to another, (3, 3)."""
    axis = np.cross(start, end)
    K = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    found: Array = np.eye(3) + K + K @ K / (1 + start @ end)
    return found


def figure() -> None:
    """The picture, from the tables."""
    parts, faults, curves = (pd.read_csv(TABLES / f"{name}.csv") for name in ("split", "smooth", "azimuth"))
    with styled():
        fig, (left, middle, right) = plt.subplots(1, 3, figsize=(PAGE_IN * 1.45, 3.4))
        for name in ("mean over the cells", *_parts()):
            left.plot(parts["cell_nm"], parts[name], ".-", label=name)
        left.plot(parts["cell_nm"], parts["sum"], "k-", label="their sum")
        left.plot(parts["cell_nm"], parts["as run"], "ko", mfc="none", label="as run")
        left.plot(parts["cell_nm"], parts["as run, smooth surface"], "ks", mfc="none", label="smooth surface")
        left.set_title("whole cells, and their causes")
        kinds = ("whole cells", "EdgeSmooth 8", "energies by fill", "energies and exchange by fill")
        for k, name in enumerate(kinds):
            middle.plot(faults["cell_nm"], faults[name], ".-", color=f"C{k}", label=name)
        name = "energies and exchange by fill, smooth surface"
        middle.plot(faults["cell_nm"], faults[name], ".--", color="C3", label="the same, smooth surface")
        middle.set_title("EdgeSmooth, its faults taken off in turn")
        for axes in (left, middle):
            axes.set(xlabel="cell (nm)", ylabel=r"shift of $\langle m\rangle$ at 0.30 T")
            axes.axhline(0.0, color="0.6", lw=0.6)
            axes.set_ylim(top=1.3 * axes.get_ylim()[1])
        shown = curves[(curves["B_T"] == 0.0) & ~curves["smooth_surface"]]
        for cell_nm, curve in shown.groupby("cell_nm", sort=False):
            right.plot(curve["azimuth_deg"], curve["energy_kT"], ".-", label=f"{cell_nm:g} nm")
        right.set(xlabel="azimuth of the core (°)", ylabel="energy (kT at 300 K)", yscale="symlog")
        right.set_title("the lattice's own anisotropy, 0 T")
        for axes in (left, middle, right):
            axes.legend()
        fig.savefig(PICTURE)


def _parts() -> Iterator[str]:
    for term in ("exchange", "magnetostatic"):
        yield from (f"{term}, {where}" for where in ("inside", "surface"))


def _write(name: str, rows: Sequence[dict[str, Any]]) -> None:
    TABLES.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows).to_csv(TABLES / f"{name}.csv", index=False, float_format="%.6g")


if __name__ == "__main__":
    parts = {f.__name__: f for f in (split, smooth, settings, anisotropy, figure)}
    for part in sys.argv[1:] or parts:
        parts[part]()
