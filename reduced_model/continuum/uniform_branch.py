"""Branches of uniform states off the easy axis: at any field they are known in closed form.

In: a branch, solved at a few fields. Out: the same at so many that an interpolation between them hardly
misses, with what it does.
"""

from __future__ import annotations

import numpy as np

from reduced_model.continuum import uniform
from reduced_model.continuum.basis import Array
from reduced_model.continuum.branches import ContinuumBranch, branch_of, interpolated
from reduced_model.continuum.stationary import Problem

_IN_A_GAP = np.arange(8) / 8.0
"""Where in every gap between fields there are others."""
_AT_AN_END = (np.arange(24) / 24.0) ** 4
"""And how far from a branch's ends, in their gaps: at a fold a moment goes with the root of the field."""
_BETWEEN = np.array([0.2, 0.5, 0.8])
"""Where in every part an interpolation is compared with the closed form."""
_ROOM = 1.1
"""For what is missed between those."""
_SAME = 1e-6
"""Difference in m up to which a closed form is that of the branch."""
_OBSERVABLES = ("m", "core_angle_deg", "anisotropy_J", "zeeman_J", "total_J")


def in_closed_form(problem: Problem, branch: ContinuumBranch) -> ContinuumBranch:
    """A branch of uniform states off the axis on dense fields, what is known there exact; others as are.

    What is not, the curvature among it, is interpolated between the fields that were solved, errors too.
    """
    if branch.kind != "uniform" or problem.aligned or branch.B_T.size < 2:
        return branch
    z = np.array([0.0, 0.0, 1.0])
    for near in (problem.axis, -problem.axis, z, -z):
        off = np.abs(_closed(problem, near, branch.B_T)["m"] - branch.values["m"])
        if np.count_nonzero(off < _SAME) >= off.size - 1:  # at its very end it may have ended
            break
    else:
        return branch
    fields = _dense(branch.B_T)
    values = {name: interpolated(name, branch.B_T, branch.values, fields) for name in branch.values}
    errors = {name: np.interp(fields, branch.B_T, error) for name, error in branch.errors.items()}
    for name, exact in _closed(problem, near, fields).items():
        values[name] = np.where(np.isnan(exact), values[name], exact)
    between = fields[:-1, None] + np.diff(fields)[:, None] * _BETWEEN
    for name, exact in _closed(problem, near, between.ravel()).items():
        miss = np.abs(interpolated(name, fields, values, between) - exact.reshape(between.shape))
        gaps = _ROOM * np.max(np.nan_to_num(miss), axis=1)
        errors[name] = np.fmax(np.append(gaps, 0.0), np.append(0.0, gaps))
    return branch_of(branch.kind, fields, values, errors, branch.stable_T)


def _dense(B_T: Array) -> Array:
    """Fields that divide every gap of ascending ones, ever closer towards both ends."""
    gaps = np.diff(B_T)
    inner = B_T[:-1, None] + gaps[:, None] * _IN_A_GAP
    at_low, at_high = B_T[0] + gaps[0] * _AT_AN_END, B_T[-1] - gaps[-1] * _AT_AN_END
    return np.unique(np.concatenate((inner.ravel(), at_low, at_high)))


def _closed(problem: Problem, near: Array, B_T: Array) -> dict[str, Array]:
    """Observables of the uniform state near a direction, (n,) by name; nan where it has ended."""
    found = [uniform.direction(problem.k, B / problem.unit_T, problem.axis, near) for B in B_T.tolist()]
    m = np.array([np.full(3, np.nan) if one is None else one for one in found])
    material, volume = problem.material, 4.0 * np.pi / 3.0 * problem.radius_m**3
    anisotropy = -material.Ku_J_per_m3 * volume * (m @ problem.axis) ** 2
    zeeman = -material.Ms_A_per_m * volume * B_T * m[:, 2]
    total = anisotropy + zeeman + material.magnetostatic_J_per_m3 * volume / 6.0
    angle = np.degrees(np.arccos(np.clip(m[:, 2], -1.0, 1.0)))
    return dict(zip(_OBSERVABLES, (m[:, 2], angle, anisotropy, zeeman, total), strict=True))
