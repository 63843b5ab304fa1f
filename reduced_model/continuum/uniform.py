"""The uniform magnetisation off the easy axis: where it stands, what turning it costs, where that ends it.

In: reduced anisotropy and field, the easy axis; the field is along z. Out: directions, curvatures, fields.

Its magnetostatic field is uniform too, and so is its change as it turns: what stands still among uniform
states does so among all, and turning is a mode of its own.

Source: Stoner and Wohlfarth 1948.
"""

from __future__ import annotations

import math

import numpy as np

from reduced_model.continuum.basis import Array

_ON_CIRCLE = 1e-5
"""How far off the unit circle a root may be and yet a direction: where two meet, they are."""
_FLAT = 1e-4
"""Part of the energies that a minimum's curvature may be below zero, where it is about to go."""
ACROSS = 1e-9
"""Cosine of a direction's angle to the easy axis up to which it is across it."""


def direction(k: float, b: float, axis: Array, near: Array, *, downhill: bool = False) -> Array | None:
    """Where, (3,), a branch of uniform states stands in a field, of which a direction near it is known.

    None where the branch has ended; if `downhill`, then the direction to which the moment turns.
    """
    field = np.array([0.0, 0.0, 1.0])
    side = float(near @ axis)
    across = abs(axis[2]) < ACROSS
    if across and abs(side) < ACROSS:  # a saddle below the anisotropy field
        return math.copysign(1.0, near[2]) * field
    found = [m for m in _minima(k, b, axis) if float(m @ axis) * side > 0.0]
    if not found and downhill:
        found = [math.copysign(1.0, b) * field] if across else _minima(k, b, axis)
    return max(found, key=lambda m: float(m @ near), default=None)


def turning_curvatures(k: float, b: float, axis: Array, m: Array) -> tuple[tuple[Array, float], ...]:
    """The two directions, (3,), in which a stationary moment can turn, with the curvature of the energy.

    In the plane of field and axis, and out of it.
    """
    out = np.cross([0.0, 0.0, 1.0], axis)
    out /= np.linalg.norm(out)
    cosine, held = float(m @ axis), b * float(m[2])
    inside = np.cross(out, m)
    return (inside, held + 2.0 * k * (cosine**2 - float(inside @ axis) ** 2)), (
        out,
        held + 2.0 * k * cosine**2,
    )


def turning_field(k: float, axis: Array) -> float:
    """The reduced field against which a moment held by the easy axis turns over, or up to which it leans."""
    along, across = abs(float(axis[2])), math.hypot(axis[0], axis[1])
    return float(2.0 * k * (along ** (2.0 / 3.0) + across ** (2.0 / 3.0)) ** -1.5)


def _minima(k: float, b: float, axis: Array) -> list[Array]:
    """Where, in the plane of field and axis but not across the axis, the energy is least."""
    across = axis - np.array([0.0, 0.0, axis[2]])
    across /= np.linalg.norm(across)
    psi = math.atan2(float(axis @ across), axis[2])
    turn = np.exp(2j * psi)
    roots = np.roots([k * np.conj(turn), b, 0.0, -b, -k * turn])
    found = []
    for theta in np.angle(roots[np.abs(np.abs(roots) - 1.0) < _ON_CIRCLE]).tolist():
        for _ in range(3):
            slope, bend = _slopes(k, b, theta - psi, theta)
            if abs(bend) > _FLAT * (k + abs(b)):
                theta -= slope / bend
        _, bend = _slopes(k, b, theta - psi, theta)
        if bend > -_FLAT * (k + abs(b)) and abs(math.cos(theta - psi)) > ACROSS:
            found.append(np.array([0.0, 0.0, math.cos(theta)]) + math.sin(theta) * across)
    return found


def _slopes(k: float, b: float, from_axis: float, from_field: float) -> tuple[float, float]:
    """First and second derivative of the energy with the angle."""
    return (
        k * math.sin(2.0 * from_axis) + b * math.sin(from_field),
        2.0 * k * math.cos(2.0 * from_axis) + b * math.cos(from_field),
    )
