"""What kind of state each witness holds at every row of a loop, named as the continuum names its own.

In: a run's rows, or a model's loop on the same fields. Out: RowStates, kind and core angle of every
row, and where on a branch the core leaves the field's line.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.analysis.loop import located, order_threshold
from harness.analysis.result import CaseResult
from harness.analysis.thresholds import ORDER_THRESHOLD, TILT_THRESHOLD_RAD
from harness.analysis.vortex import VortexFit
from reduced_model.continuum.uniform import ACROSS
from reduced_model.loops.loop import ModelLoop
from reduced_model.loops.observables import NOWHERE, Located

Vector = NDArray[np.float64]

KINDS = ("uniform", "upright vortex", "tilted vortex", "nonuniform")
"""Kinds of states, as in `reduced_model.continuum`; a row's kind is a place in this list."""
UNIFORM, UPRIGHT, TILTED, NONUNIFORM = range(len(KINDS))
UNKNOWN = -1
"""The kind of a row of which the table does not tell whether it circulates."""
_NO_FIELD_T = 1e-9
"""Field that is none: paths end up beside zero by rounding."""


@dataclass(frozen=True, eq=False)
class RowStates:
    """The states of n rows."""

    kind: NDArray[np.int_]
    """(n,) places in KINDS, or UNKNOWN."""
    angle_deg: Vector
    """(n,) angle of the core to the field, 0 to 180; of the mean moment where there is no core."""

    @property
    def vortex(self) -> NDArray[np.bool_]:
        """Which rows hold a vortex, (n,)."""
        return (self.kind == UPRIGHT) | (self.kind == TILTED)

    @property
    def off_line_rad(self) -> Vector:
        """Angle of core or moment to the field's line, either end of it, (n,)."""
        return np.deg2rad(np.minimum(self.angle_deg, 180.0 - self.angle_deg))


def simulated_states(result: CaseResult, axis_angle_rad: float) -> RowStates:
    """The states of a run's rows.

    A row holds a vortex where its circulation passes the threshold. Its core points along the toroidal
    moment, turned to the side of the core fitted to its saved state, else of the mean moment (either
    chirality occurs), or along the mean moment where the table has no toroidal moment. Where it has no order
    parameter at all, the fits of the saved states tell. Uniform a sphere can be in any field; an oblique easy
    axis leaves no core upright.
    """
    loop, direction = result.loop, np.asarray(result.case.direction)
    m = np.asarray(loop.m, dtype=float)
    n, sound = len(m), result.sound
    kind, core = np.full(n, UNKNOWN), m.copy()
    if result.order is not None and sound.any():
        threshold = order_threshold(result.order[sound], result.moment[sound])
        vortex = np.zeros(n, dtype=bool)
        vortex[sound] = result.order[sound] >= threshold
        if loop.toroidal is not None:
            toroidal = np.asarray(loop.toroidal, dtype=float)
            beside = m.copy()
            for row, fit in fits_by_row(result).items():
                beside[row] = fit.axis if fit.is_vortex else m[row]
            side = np.where((toroidal * beside).sum(axis=1) < 0.0, -1.0, 1.0)
            core[vortex] = (side[:, None] * toroidal)[vortex]
        kind = np.where(vortex, UPRIGHT, UNIFORM)
    else:
        for row, fit in fits_by_row(result).items():
            kind[row] = UNIFORM if fit.is_uniform else UPRIGHT
            core[row] = fit.axis
    along, across = core @ direction, np.linalg.norm(np.cross(core, direction), axis=1)
    free = every_direction_alike(result.case.material.Ku_J_per_m3, np.asarray(loop.B_T, dtype=float))
    across = np.where(free, np.nan, across)
    return _named(kind, np.arctan2(across, along), axis_angle_rad)


def fits_by_row(result: CaseResult) -> dict[int, VortexFit]:
    """The fits of saved states that the model has such states of, by the row of the table."""
    rows = {int(step): k for k, step in enumerate(result.loop.step)}
    return {rows[step]: fit for step, fit in result.fits.items() if step in rows and fit.described}


def every_direction_alike(Ku_J_per_m3: float, B_T: Vector) -> NDArray[np.bool_]:
    """Rows, (n,), at which neither field nor axis tells where to point."""
    return np.asarray((np.abs(B_T) < _NO_FIELD_T) & (Ku_J_per_m3 == 0.0))


def is_across(axis_angle_rad: float) -> bool:
    """Whether the easy axis stands across the field, by the continuum's own measure."""
    return axis_angle_rad > 0.5 * np.pi - ACROSS


def model_states(loop: ModelLoop, axis_angle_rad: float) -> RowStates:
    """The states of a reduced model's rows; a vortex from the nu on at which the loop says so."""
    vortex = loop.nu >= ORDER_THRESHOLD
    return _named(np.where(vortex, UPRIGHT, UNIFORM), np.asarray(loop.tau_rad), axis_angle_rad)


def _named(kind: NDArray[np.int_], angle_rad: Vector, axis_angle_rad: float) -> RowStates:
    """Vortices told apart by their tilt, and named as they are in a field off the easy axis."""
    off = np.minimum(angle_rad, np.pi - angle_rad) > TILT_THRESHOLD_RAD
    oblique = axis_angle_rad > 0.0 and not is_across(axis_angle_rad)
    kind = np.where((kind == UPRIGHT) & (off | oblique), TILTED, kind)
    return RowStates(kind, np.rad2deg(angle_rad))


def simulated_turn(result: CaseResult, rows: slice, states: RowStates) -> Located:
    """Where a core leaves the field's line: as the engine located it, else between two rows."""
    return located(result.loop, rows, "tilt") or turn_field(np.asarray(result.loop.B_T), rows, states)


def turn_field(B_T: Vector, rows: slice, states: RowStates) -> Located:
    """Where on a branch a core leaves the field's line: midway between two rows, and half their distance.

    The first of them is the last with the core along the line; nan without one. Rows of unknown kind between
    the two widen it.
    """
    known = np.flatnonzero(states.kind[rows] != UNKNOWN)
    held, off = states.vortex[rows][known], states.off_line_rad[rows][known] > TILT_THRESHOLD_RAD
    leaves = np.flatnonzero((held & ~off)[:-1] & (held & off)[1:])
    if not leaves.size:
        return NOWHERE
    before, after = B_T[rows][known[leaves[0] : leaves[0] + 2]]
    return 0.5 * float(before + after), 0.5 * abs(float(after - before))
