"""The reduced Hamiltonians H' and H'' of a vortex in a sphere, for any easy axis.

In: a material, a radius, a model; then states (nu, p) and fields along z.
Out: energies, gradients, Hessians and every local minimum, in units of (4 pi/3) A R unless a name says J.

H'(nu, p, B)  = g_ex - k [g_ux + (g_uz - g_ux)(p.u)^2] - b g_z p_z - d g_d   (Adams & Michels 2026, Eq. 7)
H''(nu, p, B) = g_ex - k g_uz (p.u)^2 - b g_z p_z - d g_d                    (Eq. 9)
with k = Ku R^2/A, b = Ms B R^2/A, d = mu0 Ms^2 R^2/A, the easy axis u and the core direction p. The model
SW is either of them with nu held at 0. Chirality costs nothing and flips through nu = 0.
"""

import dataclasses
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from reduced_model.errors import Array, ModelError, finite, positive
from reduced_model.materials import Material, material
from reduced_model.models import Model
from reduced_model.vortex.kernels import NU_MAX, NU_TOO_LARGE, expand_many
from reduced_model.vortex.minima import EnergyAlongNu, Minimum
from reduced_model.vortex.profiles import profile_table, profiles

_ALIGNED = 1e-9  # an easy axis this close (rad) to the field or to the plane across it counts as there


def core_too_narrow(radius_m: float) -> ModelError:
    """The refusal of a particle whose vortex leaves the range of the profile functions."""
    allowed = f"smaller: the vortex core would be narrower than R/{NU_MAX:g}"
    return ModelError.of("radius_m", radius_m, allowed)


@dataclass(frozen=True)
class Hamiltonian:
    """Energy of the vortex Ansatz in a sphere (Adams & Michels 2026, Eqs. 7 and 9).

    Examples
    --------
    >>> h = Hamiltonian("iron", 20e-9, "H''")
    >>> round(float(h.energy(0.0, (0, 0, 1), B_T=0.1)), 6)
    -57.142415
    """

    material: Material
    """Or a name; its axis is the easy axis u, at any angle to the field."""
    radius_m: float
    """Radius of the sphere, > 0."""
    model: Model = Model.DOUBLE_PRIME
    """Or "H'", "H''", "SW"."""
    frozen_omega: bool = False
    """Hold the core in the plane of axis and field: nu and tau alone decide on stability, and a tilted axis
    keeps states that the azimuth would let escape (`ModelLoop.false_branch`)."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "material", material(self.material))
        object.__setattr__(self, "radius_m", positive("radius_m", self.radius_m))
        object.__setattr__(self, "model", Model(self.model))

    @property
    def k(self) -> float:
        """Reduced anisotropy, Ku R^2/A."""
        return self.material.Ku_J_per_m3 * self.radius_m**2 / self.material.A_J_per_m

    @property
    def d(self) -> float:
        """Reduced magnetostatic energy, mu0 Ms^2 R^2/A."""
        return self.material.magnetostatic_J_per_m3 * self.radius_m**2 / self.material.A_J_per_m

    @property
    def b_per_T(self) -> float:
        """Reduced field per tesla, Ms R^2/A."""
        return self.material.Ms_A_per_m * self.radius_m**2 / self.material.A_J_per_m

    @property
    def energy_unit_J(self) -> float:
        """(4 pi/3) A R."""
        return 4.0 * math.pi / 3.0 * self.material.A_J_per_m * self.radius_m

    @property
    def axis_tilt_rad(self) -> float:
        """Angle between the easy axis (either end) and the field, 0 to pi/2; 0 without anisotropy."""
        if self.k == 0.0:
            return 0.0
        x, y, z = self.material.axis
        tilt = math.atan2(math.hypot(x, y), abs(z))
        if 0.5 * math.pi - tilt < _ALIGNED:
            return 0.5 * math.pi
        return 0.0 if tilt < _ALIGNED else tilt

    @property
    def axis_azimuth_rad(self) -> float:
        """Azimuth of the upper end of the easy axis; 0 if it lies along the field."""
        x, y, z = self.material.axis
        return math.atan2(math.copysign(y, y * z), math.copysign(x, x * z)) if self.axis_tilt_rad else 0.0

    @property
    def physics(self) -> tuple[float, float, float, float, float]:
        """(k, d, f, ux, uz) for the kernels: the axis turned about the field into the x-z plane."""
        tilt = self.axis_tilt_rad
        uz = math.cos(tilt) if tilt < 0.5 * math.pi else 0.0
        return self.k, self.d, float(self.model is Model.PRIME), math.sin(tilt), uz

    @property
    def live(self) -> tuple[bool, bool, bool]:
        """Which of nu, tau, omega take part in stability."""
        return (
            self.model is not Model.STONER_WOHLFARTH,
            True,
            self.axis_tilt_rad > 0.0 and not self.frozen_omega,
        )

    def energy(self, nu: ArrayLike, p: ArrayLike, B_T: ArrayLike = 0.0) -> Array:
        """Energy in units of (4 pi/3) A R.

        Parameters
        ----------
        nu, B_T : array_like, shape (...)
            Vortex parameter, 0 to 50; field along z, tesla. The result has the shape of all, broadcast.
        p : array_like, shape (..., 3)
            Directions of the core, normalised here.
        """
        return self._expand(nu, p, B_T)[0]

    def gradient(self, nu: ArrayLike, p: ArrayLike, B_T: ArrayLike = 0.0) -> Array:
        """Derivatives along nu, e_tau, e_omega, shape (..., 3); see `energy` for the arguments.

        e_tau points away from +z and e_omega along increasing azimuth, both of length one; at p = +-z, e_tau
        starts out towards the easy axis' azimuth.
        """
        return self._expand(nu, p, B_T)[1]

    def hessian(self, nu: ArrayLike, p: ArrayLike, B_T: ArrayLike = 0.0) -> Array:
        """Second derivatives along nu, e_tau, e_omega (great circles on the sphere), shape (..., 3, 3)."""
        return self._expand(nu, p, B_T)[2]

    def energies_J(self, nu: ArrayLike, p: ArrayLike, B_T: ArrayLike = 0.0) -> dict[str, Array]:
        """Energy terms in joules, by MuMax3's zero of each: its magnetostatic energy is never negative.

        Keys are "exchange", "anisotropy", "zeeman", "magnetostatic" and "total", which is `energy` in joules
        and d/2. H'' lacks the anisotropy of the moments across the core, -k g_ux (1 - (p.u)^2), and so does
        what stands here for it. See `energy` for the arguments.
        """
        directions = np.asarray(p, dtype=float)
        directions = directions / np.linalg.norm(directions, axis=-1, keepdims=True)
        g = profiles(np.zeros(np.shape(nu)) if self.model is Model.STONER_WOHLFARTH else nu)
        easy = (directions @ np.array(self.material.axis)) ** 2
        across = g.g_ux * (1.0 - easy) if self.model is Model.PRIME else 0.0
        terms = {
            "exchange": g.g_ex,
            "anisotropy": -self.k * (g.g_uz * easy + across),
            "zeeman": -np.asarray(B_T, dtype=float) * self.b_per_T * g.g_z * directions[..., 2],
            "magnetostatic": self.d * (0.5 - g.g_d),
        }
        shape = np.broadcast_shapes(*(np.shape(term) for term in terms.values()))
        joules = {name: np.broadcast_to(term, shape) * self.energy_unit_J for name, term in terms.items()}
        return {**joules, "total": np.sum(list(joules.values()), axis=0)}

    def minima(self, B_T: float) -> tuple[Minimum, ...]:
        """Every local minimum at the field `B_T` (see `local_minima`)."""
        b = finite("B_T", B_T) * self.b_per_T
        status, found = EnergyAlongNu(self.physics, self.live, self.axis_tilt_rad, b).minima()
        if status == NU_TOO_LARGE:
            raise core_too_narrow(self.radius_m)
        turned = []
        for minimum in found:
            x, y, z = self.rotated(np.array(minimum.p), into_kernel=False).tolist()
            turned.append(dataclasses.replace(minimum, p=(x + 0.0, y + 0.0, z)))
        return tuple(sorted(turned, key=lambda minimum: minimum.energy))

    def rotated(self, p: Array, into_kernel: bool) -> Array:
        """Directions (..., 3) turned about z between the laboratory and the kernels' frame."""
        angle = -self.axis_azimuth_rad if into_kernel else self.axis_azimuth_rad
        c, s = math.cos(angle), math.sin(angle)
        return np.stack((c * p[..., 0] - s * p[..., 1], s * p[..., 0] + c * p[..., 1], p[..., 2]), axis=-1)

    def _expand(self, nu: ArrayLike, p: ArrayLike, B_T: ArrayLike) -> tuple[Array, ...]:
        directions = np.asarray(p, dtype=float)
        if directions.shape[-1:] != (3,):
            raise ModelError.of("p", p, "directions of three components")
        values, fields = np.asarray(nu, dtype=float), np.asarray(B_T, dtype=float)
        if not ((values >= 0.0) & (values <= NU_MAX)).all():
            raise ModelError.of("nu", nu, f"between 0 and {NU_MAX:g}")
        shape = np.broadcast_shapes(values.shape, fields.shape, directions.shape[:-1])
        x = np.empty(shape + (4,))
        x[..., 0] = 0.0 if self.model is Model.STONER_WOHLFARTH else values
        x[..., 1:] = self.rotated(directions / np.linalg.norm(directions, axis=-1, keepdims=True), True)
        b = np.broadcast_to(fields * self.b_per_T, shape).reshape(-1)
        energy, gradient, hessian = np.empty(b.size), np.empty((b.size, 3)), np.empty((b.size, 3, 3))
        expand_many(profile_table(), self.physics, b, x.reshape(-1, 4), energy, gradient, hessian)
        return energy.reshape(shape), gradient.reshape(shape + (3,)), hessian.reshape(shape + (3, 3))


def local_minima(hamiltonian: Hamiltonian, B_T: float) -> tuple[Minimum, ...]:
    """Every local minimum of the energy at a field along z in tesla, lowest energy first.

    A minimum that may be turned about an axis free of cost is listed once.

    Raises
    ------
    ModelError
        If the vortex core is narrower than R/50, beyond the range of the profile functions.
    """
    return hamiltonian.minima(B_T)
