"""The hyperbolic vortex texture, turned as a whole in space, without angles.

In: points in units of the radius (or cell centres in metres), nu, the core axis p, the chirality c.
Out: unit magnetisation at those points, shape (3, ...).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

PURE_CIRCULATION = 3 * np.pi / 16
"""|<(r/R) x m>| of a sphere whose magnetisation circulates everywhere (nu -> infinity), its largest value:
<rho/R> = 3 int_0^1 s^3 ds * (1/2) int_0^pi sin^2(theta) dtheta = (3/4)(pi/4)."""


def texture(points: NDArray[np.float64], signed_nu: float, axis: NDArray[np.float64]) -> NDArray[np.float64]:
    """Magnetisation of the turned Ansatz at points, (3, ...) unit vectors, free of angles and their poles.

    With p the core's direction and q = p x r (of length rho, pointing along phi in the vortex frame),
    Q m'(Q^T r) = tanh(n rho) q / rho + sech(n rho) p, where n = c nu carries the chirality as its sign.
    The form is smooth at rho = 0 and at n = 0.

    Parameters
    ----------
    points : (3, ...) array
        Positions from the sphere's centre in units of R.
    signed_nu : float
        n = c nu, the chirality as its sign.
    axis : (3,) array
        Unit vector p along the core's magnetisation.

    Source: Adams & Michels 2026, Eq. 2, turned in spins and positions alike (its Eq. 5 turns the spins only).
    """
    x, y, z = points
    px, py, pz = axis
    circulation = np.stack((py * z - pz * y, pz * x - px * z, px * y - py * x))
    argument = signed_nu * np.sqrt(np.einsum("i...,i...->...", circulation, circulation))
    decay = np.exp(-np.abs(argument))
    sech = 2 * decay / (1 + decay * decay)
    regular = np.where(np.abs(argument) < 1e-8, 1.0, argument)
    slope = np.where(np.abs(argument) < 1e-8, 1.0, np.tanh(regular) / regular)
    circulation *= signed_nu * slope
    return circulation + np.multiply.outer(np.asarray(axis), sech)


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
