"""The bars of a branch of uniform states off the easy axis: they are known at any field.

In: a branch, interpolated between its fields. Out: the same, with what that misses of the closed form.
"""

from __future__ import annotations

import numpy as np

from reduced_model.continuum import uniform
from reduced_model.continuum.basis import Array
from reduced_model.continuum.branches import ContinuumBranch, branch_of, interpolated
from reduced_model.continuum.stationary import Problem

_BETWEEN = 24
"""Fields in every gap at which the two are compared."""
_ROOM = 1.02
"""For what is missed between those."""
_SAME = 1e-6
"""Difference in m up to which a closed form is that of the branch."""
_OBSERVABLES = ("m", "core_angle_deg", "anisotropy_J", "zeeman_J", "total_J")


def with_exact_bars(problem: Problem, branch: ContinuumBranch) -> ContinuumBranch:
    """A branch of uniform states off the axis with bars as wide as its interpolation needs; others as are."""
    if branch.kind != "uniform" or problem.aligned or branch.B_T.size < 2:
        return branch
    z = np.array([0.0, 0.0, 1.0])
    for near in (problem.axis, -problem.axis, z, -z):
        off = np.abs(_closed(problem, near, branch.B_T)["m"] - branch.values["m"])
        if np.count_nonzero(off < _SAME) >= off.size - 1:  # at its very end it may have ended
            break
    else:
        return branch
    share = np.linspace(0.0, 1.0, _BETWEEN + 2)[1:-1]
    fields = branch.B_T[:-1, None] + np.diff(branch.B_T)[:, None] * share
    exact, errors = _closed(problem, near, fields.ravel()), dict(branch.errors)
    for name, values in exact.items():
        miss = np.abs(interpolated(name, branch.B_T, branch.values, fields) - values.reshape(fields.shape))
        gaps = _ROOM * np.max(np.nan_to_num(miss), axis=1)
        errors[name] = np.fmax(np.append(gaps, 0.0), np.append(0.0, gaps))
    return branch_of(branch.kind, branch.B_T, branch.values, errors, branch.stable_T)


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
