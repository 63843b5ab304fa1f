"""The hyperbolic vortex texture, turned as a whole in space, without angles.

In: points in units of the radius (or cell centres in metres), nu, the core axis p, the chirality c.
Out: unit magnetisation at those points, shape (3, ...).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

PURE_CIRCULATION = 3 * np.pi / 16
"""|<(r/R) x m>| of a sphere whose magnetisation circulates everywhere (nu -> infinity), its largest value:
<rho/R> = 3 int_0^1 s^3 ds * (1/2) int_0^pi sin^2(theta) dtheta = (3/4)(pi/4)."""


def texture(
    points: NDArray[np.float64], signed_nu: float, axis: NDArray[np.float64], kappa: float = 0.0
) -> NDArray[np.float64]:
    """Magnetisation of the turned Ansatz at points, (3, ...) unit vectors, free of angles and their poles.

    With p the core's direction, q = p x r (of length rho, pointing along phi in the vortex frame) and
    psi = n rho (1 - kappa z^2), Q m'(Q^T r) = tanh(psi) q / rho + sech(psi) p, where n = c nu carries the
    chirality as its sign. The form is smooth at rho = 0 and at n = 0.

    Parameters
    ----------
    points : (3, ...) array
        Positions from the sphere's centre in units of R.
    signed_nu : float
        n = c nu, the chirality as its sign.
    axis : (3,) array
        Unit vector p along the core's magnetisation.
    kappa : float
        Axial modulation of the core's width; z is the height along p.

    Source: Adams & Michels 2026, Eqs. 2, 6, in spins and positions alike (its Eq. 5 turns spins only).
    """
    around, rho = _around(points, axis)
    psi = (
        signed_nu * rho if kappa == 0 else signed_nu * rho * (1 - kappa * np.tensordot(axis, points, 1) ** 2)
    )
    sech, tanh = _sech_tanh(psi)
    return around * tanh + np.multiply.outer(np.asarray(axis), sech)


def texture_slopes(
    points: NDArray[np.float64],
    signed_nu: float,
    axis: NDArray[np.float64],
    kappa: float,
    moves: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The texture and its derivatives, (3, n) and (2 + k, 3, n): along n, along kappa, along each move.

    A move, (2, 3), is how p turns (across p) and how the core is carried at once; points count from the core.
    """
    around, rho = _around(points, axis)
    z = axis @ points
    width = 1 - kappa * z * z
    psi = signed_nu * rho * width
    sech, tanh = _sech_tanh(psi)
    by_psi = sech * (sech * around - np.multiply.outer(axis, tanh))
    near = rho < 1e-9  # tanh(psi)/rho has a limit on the core's line
    per_rho = np.where(near, signed_nu * width, tanh / np.where(near, 1.0, rho))
    slopes = np.empty((2 + len(moves), *points.shape))
    slopes[0], slopes[1] = rho * width * by_psi, -signed_nu * rho * z * z * by_psi
    turns, carried = moves.transpose(1, 0, 2)
    change = np.cross(turns[:, None], np.eye(3)).transpose(0, 2, 1) @ points  # how p x r changes
    change -= np.cross(axis, carried)[:, :, None]
    further = np.einsum("in,kin->kn", around, change)
    along = width * further
    if kappa != 0:
        along -= 2 * kappa * rho * z * (turns @ points - (carried @ axis)[:, None])
    change -= further[:, None] * around
    slopes[2:] = signed_nu * along[:, None] * by_psi + per_rho * change + turns[:, :, None] * sech
    return around * tanh + np.multiply.outer(axis, sech), slopes


def _around(
    points: NDArray[np.float64], axis: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Unit vectors along p x r, 0 on the axis, and their distance from it."""
    x, y, z = points
    px, py, pz = axis
    around = np.stack((py * z - pz * y, pz * x - px * z, px * y - py * x))
    rho = np.sqrt(np.einsum("i...,i...->...", around, around))
    around /= np.where(rho > 0, rho, 1.0)
    return around, rho


def _sech_tanh(x: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    decay = np.exp(-np.abs(x))
    square = decay * decay
    return 2 * decay / (1 + square), np.copysign((1 - square) / (1 + square), x)


def sample_ansatz(
    nu: float,
    radius_m: float,
    centres_m: NDArray[np.float64],
    axis: ArrayLike = (0.0, 0.0, 1.0),
    chirality: int = 1,
) -> NDArray[np.float64]:
    """Sample the vortex on the cells of a grid whose centres lie in the sphere; zero elsewhere.

    Parameters
    ----------
    nu : float
        Vortex-core parameter, >= 0.
    radius_m : float
        Radius of the sphere in m.
    centres_m : (3, nz, ny, nx) array
        Cell centres from the sphere's centre in m.
    axis : (3,) array
        Direction of the core's magnetisation, of any length but zero.
    chirality : int
        +1 for circulation right-handed about the axis, -1 for left-handed.

    Raises
    ------
    ValueError
        If nu is negative, the radius not positive, the axis zero or the chirality not +1 or -1.

    Examples
    --------
    >>> points = np.array([[0.0, 1e-9], [0.0, 0.0], [0.0, 0.0]])
    >>> sample_ansatz(50, 1e-9, points).round(6) + 0.0
    array([[0., 0.],
           [0., 1.],
           [1., 0.]])

    Source: Adams & Michels 2026, Eq. 2.
    """
    direction = np.asarray(axis, dtype=float)
    if not nu >= 0:
        raise ValueError(f"nu = {nu:g}: must be 0 or more (the chirality carries the sign)")
    if not radius_m > 0:
        raise ValueError(f"radius_m = {radius_m:g}: must be positive")
    if chirality not in (-1, 1):
        raise ValueError(f"chirality = {chirality}: must be +1 or -1")
    length = np.linalg.norm(direction)
    if direction.shape != (3,) or not length > 0:
        raise ValueError(f"axis = {direction.tolist()}: must be three numbers, not all zero")
    points = np.asarray(centres_m, dtype=float) / radius_m
    inside = np.einsum("i...,i...->...", points, points) <= 1
    return np.where(inside, texture(points, chirality * nu, direction / length), 0.0)
