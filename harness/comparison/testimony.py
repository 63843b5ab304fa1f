"""What each witness says of every row, and what the continuum's branch of its own kind says there.

In: a run or a model's loop, and the continuum's branches. Out: a Testimony: values, errors, branch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from harness.analysis.result import CaseResult
from harness.analysis.thresholds import TILT_THRESHOLD_RAD
from harness.comparison.placed import UNDECIDED, place_rows, sided, with_placed
from harness.comparison.states import (
    KINDS,
    NONUNIFORM,
    UNIFORM,
    UNKNOWN,
    RowStates,
    every_direction_alike,
    fits_by_row,
    is_across,
    model_states,
    simulated_states,
)
from harness.comparison.windows import Witness
from harness.runs.table import FLOAT32_ROUNDING
from reduced_model.loops.loop import ModelLoop
from reduced_model.models import Model

if TYPE_CHECKING:
    from reduced_model.continuum.branches import ContinuumBranches

__all__ = [
    "OBSERVABLES",
    "Testimony",
    "any_way",
    "model_testimony",
    "on_branches",
    "placed",
    "stable_at",
    "testimony_of",
]

Vector = NDArray[np.float64]

ESTIMATORS = {"nu": "all", "nu_m_phi": "m_phi", "nu_m_z": "m_z"}
"""The fit's names of the estimators of nu."""
ENERGIES = {
    "exchange_J": "E_exch",
    "anisotropy_J": "E_anis",
    "zeeman_J": "E_Zeeman",
    "magnetostatic_J": "E_demag",
    "total_J": "E_total",
}
"""Columns of a run's table; all energies count from MuMax3's zero."""
OBSERVABLES: dict[str, str] = {
    "m": "",
    "core_angle_deg": "deg",
    **dict.fromkeys(ESTIMATORS, ""),
    **dict.fromkeys(ENERGIES, "J"),
}
"""What is compared, by the continuum's name for it, with its unit."""
WITNESS = {Model.PRIME: Witness.PRIME, Model.DOUBLE_PRIME: Witness.DOUBLE_PRIME}
ALIKE = dict.fromkeys(("uniform", "nonuniform"), (UNIFORM, NONUNIFORM))
"""Kinds of rows that a branch may have: off the easy axis what the continuum calls uniform is nearly so."""
SAME_POLARITY_DEG = 90.0
"""Angle between two cores from which they point to opposite sides."""
LEANS_DEG = float(np.rad2deg(TILT_THRESHOLD_RAD))
"""Angle of a uniform moment to the field's line from which it is off it."""
_LEAST_CURVATURE_T = 1e-9


@dataclass(frozen=True, eq=False)
class Testimony:
    """What one witness says at n rows; nan where it says nothing."""

    witness: Witness
    states: RowStates
    like: NDArray[np.int_]
    """(n,) the continuum's branch of the same kind and polarity, by its place; -1 where there is none."""
    values: Mapping[str, Vector]
    """By observable, as all that follows."""
    errors: Mapping[str, Vector]
    like_values: Mapping[str, tuple[Vector, Vector]]
    """Value and error on that branch."""


def testimony_of(result: CaseResult, continuum: ContinuumBranches, axis_angle_rad: float) -> Testimony:
    """What a run says.

    The core's angle is that of the toroidal moment, at every row that holds a vortex; where the table has
    none, the fit's, at saved states. Energies are the table's columns, nu is the fit's.
    Errors: single precision of the table, and for m and the angle of the toroidal moment what the residual
    torque may hide: a turn of residual/lambda_min in the softest mode of the continuum's branch of this kind.
    On energies that acts in second order only, and what it does to nu is not known.
    """
    loop, B_T = result.loop, np.asarray(result.loop.B_T, dtype=float)
    states = simulated_states(result, axis_angle_rad)
    if (states.kind == UNKNOWN).any():
        place = placed(result, continuum, axis_angle_rad)
        states = with_placed(states, place, continuum, B_T)
    fits = fits_by_row(result)
    if axis_angle_rad == 0.0:
        seen = np.isin(np.arange(B_T.size), [row for row, fit in fits.items() if fit.is_vortex])
        states = sided(states, np.asarray(result.moment), continuum, B_T, seen)
    nothing = np.full(B_T.size, np.nan)
    values: dict[str, Vector] = {"m": np.asarray(result.moment)}
    if loop.toroidal is not None:
        values["core_angle_deg"] = np.where(states.vortex & result.sound, states.angle_deg, np.nan)
    elif fits:
        angles = {row: np.rad2deg(fit.tilt_rad) for row, fit in fits.items() if not fit.is_uniform}
        values["core_angle_deg"] = _at_rows(nothing, angles)
    if fits:
        for name, estimator in ESTIMATORS.items():
            values[name] = _at_rows(
                nothing, {row: fit.nu_by_estimator[estimator] for row, fit in fits.items()}
            )
    if set(ENERGIES.values()) <= set(loop.table):
        for name, column in ENERGIES.items():
            values[name] = np.where(result.sound, loop.table[column].to_numpy(dtype=float), np.nan)
    like = _like(continuum, states, B_T, axis_angle_rad)
    errors = {name: FLOAT32_ROUNDING * np.abs(value) for name, value in values.items()}
    if "total_J" in values:
        errors["total_J"] = np.sum([errors[name] for name in ENERGIES if name != "total_J"], axis=0)
    if loop.residual_T is not None:
        curvature = np.maximum(
            np.abs(on_branches(continuum, like, "lambda_min_T", B_T)[0]), _LEAST_CURVATURE_T
        )
        hidden_rad = np.nan_to_num(np.asarray(loop.residual_T) / curvature)
        errors["m"] = errors["m"] + hidden_rad
        if loop.toroidal is not None:
            errors["core_angle_deg"] = errors["core_angle_deg"] + np.rad2deg(hidden_rad)
    return _testimony(Witness.SIMULATION, states, values, errors, like, continuum, B_T)


def placed(result: CaseResult, continuum: ContinuumBranches, axis_angle_rad: float) -> NDArray[np.int_]:
    """The branch of every row by its mean moment alone, as `place_rows` has it.

    Where every direction is alike its length tells, and of the moment along the field alone nothing.
    """
    m, direction = np.asarray(result.loop.m, dtype=float), np.asarray(result.case.direction)
    B_T = np.asarray(result.loop.B_T, dtype=float)
    free = every_direction_alike(result.case.material.Ku_J_per_m3, B_T)
    across = np.where(free, 0.0, np.linalg.norm(np.cross(m, direction), axis=1))
    whole, cells_across = result.record.details.get("whole_vector", True), result.case.cells_across
    place = place_rows(
        B_T, any_way(result), across if whole else None, continuum, axis_angle_rad, cells_across
    )
    return place if whole else np.where(free, UNDECIDED, place)


def any_way(result: CaseResult) -> Vector:
    """The moment along the field, (n,), and all of it, with that sign, where every direction is alike."""
    free = every_direction_alike(result.case.material.Ku_J_per_m3, np.asarray(result.loop.B_T, dtype=float))
    return np.where(free, np.copysign(np.linalg.norm(result.loop.m, axis=1), result.moment), result.moment)


def model_testimony(loop: ModelLoop, continuum: ContinuumBranches, axis_angle_rad: float) -> Testimony:
    """What a reduced model says; its minima are exact beside all other errors.

    H'' lacks the anisotropy of the moments across the core. In its energies that is part of its error.
    """
    states = model_states(loop, axis_angle_rad)
    nu, joules = np.asarray(loop.nu), loop.energies_J
    values = {"m": np.asarray(loop.mz), **dict.fromkeys(ESTIMATORS, nu)}
    values["core_angle_deg"] = np.where(states.vortex, states.angle_deg, np.nan)
    values |= {name: joules[name.removesuffix("_J")] for name in ENERGIES}
    errors = dict.fromkeys(values, np.zeros(nu.size))
    B_T = np.asarray(loop.B_T)
    like = _like(continuum, states, B_T, axis_angle_rad)
    return _testimony(WITNESS[loop.model], states, values, errors, like, continuum, B_T)


def on_branches(
    continuum: ContinuumBranches, place: NDArray[np.int_], name: str, B_T: Vector
) -> tuple[Vector, Vector]:
    """An observable and its error at n fields, each on a branch given by its place; nan for place -1."""
    value, error = np.full(B_T.size, np.nan), np.full(B_T.size, np.nan)
    for j in np.unique(place[place >= 0]):
        rows = place == j
        value[rows], error[rows] = continuum.branches[j].at(name, B_T[rows])
    return value, error


def stable_at(continuum: ContinuumBranches, place: NDArray[np.int_], fields_T: Vector) -> NDArray[np.bool_]:
    """Whether branches, each given by its place, are minima at n fields; place -1 is none."""
    stable = np.zeros(place.size, dtype=bool)
    for j in np.unique(place[place >= 0]):
        rows = place == j
        stable[rows] = continuum.branches[j].stable(fields_T[rows])
    return stable


def _testimony(
    witness: Witness,
    states: RowStates,
    values: Mapping[str, Vector],
    errors: Mapping[str, Vector],
    like: NDArray[np.int_],
    continuum: ContinuumBranches,
    B_T: Vector,
) -> Testimony:
    beside = {name: on_branches(continuum, like, name, B_T) for name in values}
    return Testimony(witness, states, like, values, errors, beside)


def _like(
    continuum: ContinuumBranches, states: RowStates, B_T: Vector, axis_angle_rad: float
) -> NDArray[np.int_]:
    """The branch of each row's kind and polarity: of several a stable one, of those the nearest in angle.

    With the easy axis across the field a uniform moment that leans to the axis is no state along the field.
    """
    place, best = np.full(B_T.size, -1), np.full(B_T.size, np.inf)
    across = is_across(axis_angle_rad)
    for j, branch in enumerate(continuum.branches):
        rows = np.flatnonzero(np.isin(states.kind, ALIKE.get(branch.kind, (KINDS.index(branch.kind),))))
        angle = branch.at("core_angle_deg", B_T[rows])[0]
        away = np.abs(angle - states.angle_deg[rows])
        saddle = ~branch.stable(B_T[rows])
        rank = np.where(away < SAME_POLARITY_DEG, away + 180.0 * saddle, np.inf)  # nan is on no side
        if across and branch.kind in ALIKE:
            leans = np.minimum(angle, 180.0 - angle) > LEANS_DEG
            other = leans != (np.rad2deg(states.off_line_rad[rows]) > LEANS_DEG)
            rank[other & (away > LEANS_DEG)] = np.inf
        better = rank < best[rows]
        place[rows[better]], best[rows[better]] = j, rank[better]
    return place


def _at_rows(nothing: Vector, values: Mapping[int, float]) -> Vector:
    """Values at some rows, nan at the others."""
    filled = nothing.copy()
    filled[list(values)] = list(values.values())
    return filled
