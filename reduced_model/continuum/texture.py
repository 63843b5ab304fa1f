"""The magnetisation of one stationary state of the ball: what it is, and its values anywhere.

In: a stationary `Point` of a `Problem`. Out: its moment, kind, core, energies, m(r) and fields on meshes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike

from reduced_model.continuum.basis import Array
from reduced_model.continuum.state import Point
from reduced_model.continuum.stationary import Problem
from reduced_model.continuum.vortex_fit import AnsatzFit, fit_ansatz
from reduced_model.errors import ModelError

if TYPE_CHECKING:
    import discretisedfield

Kind = Literal["uniform", "upright vortex", "tilted vortex", "nonuniform"]
UNIFORM_LOSS = 1e-9
"""What the mean moment of a uniform state may lack to one."""
_CIRCULATES = 1e-3
_UPRIGHT_SINE = 1e-6
"""Sine of the core's angle to the field's line, up to which it is upright."""


@dataclass(frozen=True, eq=False)
class Texture:
    """One stationary state of the ball in one field; vectors are in the frame of the material's axis."""

    B_T: float
    """Applied field along the direction of the problem."""
    problem: Problem
    point: Point
    """Energy, gradient and Hessian of it, in the frame whose z is the field's direction."""
    axisymmetric: bool
    """About the field."""

    @cached_property
    def m(self) -> Array:
        """Mean magnetisation, (3,)."""
        return self.problem.turn.T @ self.point.mean

    @property
    def along(self) -> float:
        """Mean magnetisation along the field's direction."""
        return float(self.point.mean[2])

    @property
    def degree(self) -> int:
        """N."""
        return self.point.energy.ball.degree

    @cached_property
    def toroidal(self) -> Array:
        """<r x m> over the 3 pi/16 of a pure circulation, (3,), in the frame of the field."""
        e = self.point.energy
        points = e.ball.points.reshape(-1, 3)
        return (e.weights @ np.cross(points, self.point.m)) / (3.0 * math.pi / 16.0)

    @property
    def kind(self) -> Kind:
        """What it is; nonuniform is what neither is uniform nor circulates.

        A core is upright on the field's line, where the easy axis is along or across that.
        """
        if np.linalg.norm(self.point.mean) > 1.0 - UNIFORM_LOSS:
            return "uniform"
        if np.linalg.norm(self.toroidal) < _CIRCULATES:
            return "nonuniform"
        if self.axisymmetric or np.hypot(*self.toroidal[:2]) < _UPRIGHT_SINE * np.linalg.norm(self.toroidal):
            return "upright vortex"
        return "tilted vortex"

    @cached_property
    def core(self) -> Array:
        """Direction of the core's magnetisation, or of the moment where nothing circulates, (3,)."""
        along = self.toroidal * self.chirality if self.chirality else self.point.mean
        return np.asarray(along / np.linalg.norm(along))

    @property
    def chirality(self) -> int:
        """Sense of the circulation about the core's magnetisation, +1 or -1; 0 without one."""
        if self.kind in ("uniform", "nonuniform"):
            return 0
        centre = self.point.energy.ball.at(self.point.c, np.zeros((1, 3)))[0]
        return int(math.copysign(1, centre @ self.toroidal))

    @cached_property
    def fit(self) -> AnsatzFit | None:
        """The Ansatz nearest to it over the whole ball, in the material's frame; None without a core."""
        if not self.chirality:
            return None
        found, back = fit_ansatz(self.point, self.core, self.chirality), self.problem.turn.T
        return replace(found, axis=back @ found.axis, core=back @ found.core)

    @property
    def energies_J(self) -> dict[str, float]:
        """Energy terms and their total, J, from MuMax3's zero."""
        unit = 4.0 * math.pi / 3.0 * self.problem.material.A_J_per_m * self.problem.radius_m
        terms = {name: value * unit for name, value in self.point.terms.items()}
        return {**terms, "total": sum(terms.values())}

    def magnetisation(self, points: ArrayLike, *, in_radii: bool = False) -> Array:
        """The magnetisation at any points of the sphere.

        Parameters
        ----------
        points : array_like, shape (..., 3)
            Positions from the centre, m, or in units of the radius.
        in_radii : bool
            Whether positions are in units of the radius.

        Returns
        -------
        ndarray, shape (..., 3)
            Unit vectors; nan outside the sphere.
        """
        r = np.asarray(points, dtype=float)
        if r.ndim == 0 or r.shape[-1] != 3:
            raise ModelError(f"points have shape {r.shape}: the last dimension must be 3")
        flat = r.reshape(-1, 3) / (1.0 if in_radii else self.problem.radius_m)
        inside = np.linalg.norm(flat, axis=1) <= 1.0 + 1e-12
        out = np.full(flat.shape, np.nan)
        turn, ball = self.problem.turn, self.point.energy.ball
        places = np.flatnonzero(inside)
        for part in np.array_split(places, max(1, len(places) // 5000)):  # tables of some ten MB
            u = ball.at(self.point.c, flat[part] @ turn.T)
            out[part] = u / np.linalg.norm(u, axis=1, keepdims=True) @ turn
        return out.reshape(r.shape)

    def field(self, mesh: discretisedfield.Mesh | int = 20) -> discretisedfield.Field:
        """The magnetisation, A/m, at the centres of a mesh's cells; zero outside the sphere.

        Parameters
        ----------
        mesh : discretisedfield.Mesh or int
            Any mesh, its lengths in m and the sphere at its origin; or cells along the diameter of a cube.
        """
        import matplotlib  # they take seconds, and no loop has need of them

        with matplotlib.rc_context():  # the import gives every drawing another style
            import discretisedfield

        if not isinstance(mesh, int) and not hasattr(mesh, "cells"):
            raise ModelError.of("mesh", mesh, "a discretisedfield.Mesh or a whole number of cells")
        if isinstance(mesh, int):
            R = self.problem.radius_m
            mesh = discretisedfield.Mesh(p1=(-R, -R, -R), p2=(R, R, R), n=(mesh,) * 3)
        centres = np.stack(np.meshgrid(*mesh.cells, indexing="ij"), axis=-1)
        m = self.magnetisation(centres)
        valid = ~np.isnan(m[..., 0])
        values = np.where(valid[..., None], m, 0.0) * self.problem.material.Ms_A_per_m
        return discretisedfield.Field(mesh, nvdim=3, value=values, valid=valid, unit="A/m")
