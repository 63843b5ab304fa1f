"""A discretised ferromagnet: its cells, its material, its field and its state.

In: a mesh, the fill of its cells, material parameters, an applied field, a magnetisation.
Out: effective fields (T), energies (J), averages, and the nearest equilibrium. Only magnetic cells are
stored, as columns of arrays (3, N); the demagnetising field is computed on the smallest box that holds them.
State, material and fields are kept in one precision, double or single; what they are computed from and what
is summed over cells is double.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray
from scipy.spatial.transform import Rotation

from harness.mx3.magnet.fields.anisotropy import Anisotropy, CubicAnisotropy, UniaxialAnisotropy
from harness.mx3.magnet.fields.demag import MU0, Demag, gather, scatter
from harness.mx3.magnet.fields.exchange import Exchange
from harness.mx3.magnet.mesh import Mesh, ellipsoid_factors, filled_average
from harness.mx3.magnet.solvers.equilibrium import Equilibrium, EquilibriumSolver

Array = NDArray[np.floating]

TERMS = ("demag", "exch", "anis", "zeeman")
_ENERGY_FACTOR = {"demag": -0.5, "exch": -0.5, "zeeman": -1.0}
_PRECONDITIONER_SHIFT = 0.25
"""In units of mu0 Ms: about the field by which terms other than exchange bend the energy."""
_WEAK_FIELD_T = 1e-3
"""A tolerance is meant for fields from here up; where one is weaker, a search goes for less in proportion."""


class Magnet:
    """Cells of a ferromagnet with their energy terms and magnetisation.

    Parameters
    ----------
    mesh : Mesh
        The grid.
    fill : array, shape (nz, ny, nx), optional
        Magnetic fraction of each cell, 0 to 1; all full by default.  It weights the demagnetising sources
        and all averages, not the exchange coupling.
    dtype : {"float64", "float32"}
        Precision of the state and of the fields.

    Attributes
    ----------
    enable_demag : bool
        Whether the magnet's own stray field acts.
    demag_accuracy : float or None
        That of MuMax3's quadrature of the demagnetising tensor, None for the exact one; taken when the tensor
        is first needed.
    smooth_surface : bool
        Whether the cells of an ellipsoid stand for its smooth surface; set before the parameters. Magnetised
        uniformly, the body has one demagnetising field, its cells another in each: their difference from the
        mean, which in a sphere is the smooth body's, is taken off cell by cell. Exchange counts up to the
        surface (`Exchange`).

    Raises
    ------
    ValueError
        If the fill has another shape, leaves [0, 1] or is zero everywhere.
    """

    def __init__(self, mesh: Mesh, fill: ArrayLike | None = None, dtype: DTypeLike = np.float64) -> None:
        self.mesh = mesh
        self._dtype = np.dtype(dtype)
        self.fill: Array = np.ones(mesh.shape) if fill is None else np.array(fill, dtype=np.float64)
        if self.fill.shape != mesh.shape:
            raise ValueError(f"fill has shape {self.fill.shape}, the mesh {mesh.shape}")
        if not ((self.fill >= 0) & (self.fill <= 1)).all():
            raise ValueError("fill must lie between 0 and 1")
        self._inside = self.fill > 0
        if not self._inside.any():
            raise ValueError("the geometry holds no cell: no cell centre lies inside the shape")
        self._fill = self.fill[self._inside]
        self.n_cells = int(self._inside.sum())
        self.enable_demag = True
        self.demag_accuracy: float | None = None
        self.smooth_surface = False
        self._m: Array = np.zeros((3, self.n_cells), self._dtype)
        self._m[2] = 1.0
        self._b_applied: Array = np.zeros_like(self._m)
        self._b_applied_everywhere: Array = np.zeros((3, *mesh.shape))
        self.set_parameters(0.0, 0.0)

    # ---- state and parameters -------------------------------------------------------------------------

    @property
    def m(self) -> Array:
        """Magnetisation, shape (3, nz, ny, nx); unit vectors inside, zero outside."""
        return self._on_grid(self._m)

    def set_m(self, m: ArrayLike) -> None:
        """Set the magnetisation from an array that broadcasts to (3, nz, ny, nx); it is normalised.

        ValueError if a vector inside the geometry is zero or not finite.
        """
        columns = self._columns(m)
        length = np.sqrt(np.sum(columns**2, axis=0))
        if not (np.isfinite(length) & (length > 0)).all():
            raise ValueError("a magnetisation inside the geometry is zero or not finite")
        self._m = (columns / length).astype(self._dtype, copy=False)
        self._solver.forget()

    @property
    def columns(self) -> Array:
        """Unit vectors of the magnetic cells, shape (3, N); not to be changed."""
        return self._m

    @property
    def moments(self) -> Array:
        """Ms times fill of the magnetic cells in A/m, shape (N,); not to be changed."""
        return self._moment

    @property
    def turns(self) -> NDArray[np.bool_]:
        """Which magnetic cells have a moment that is free to turn, shape (N,)."""
        return (self._moment > 0) & (True if self._frozen is None else ~self._frozen)

    @property
    def exchange(self) -> Exchange:
        """The exchange between the magnetic cells."""
        return self._exchange

    def move_to(self, columns: Array) -> None:
        """Take the unit vectors of the magnetic cells, shape (3, N), as the state."""
        self._m = columns
        self._solver.forget()

    def set_parameters(
        self,
        Msat: ArrayLike,
        Aex: ArrayLike,
        Ku1: ArrayLike = 0.0,
        anisU: ArrayLike = (0.0, 0.0, 1.0),
        Ku2: ArrayLike = 0.0,
        Kc: tuple[ArrayLike, ArrayLike, ArrayLike] = (0.0, 0.0, 0.0),
        anisC1: ArrayLike = (1.0, 0.0, 0.0),
        anisC2: ArrayLike = (0.0, 1.0, 0.0),
        *,
        no_demag: ArrayLike = 0.0,
        frozen: ArrayLike = 0.0,
    ) -> None:
        """Set the material; numbers, or arrays over the grid.

        Parameters
        ----------
        Msat, Aex, Ku1, anisU
            Ms in A/m, A in J/m, first uniaxial constant in J/m^3 and its axis.
        Ku2, Kc, anisC1, anisC2
            Second uniaxial constant, the three cubic constants in J/m^3 and two cubic axes.
        no_demag, frozen
            Cells that are not zero neither make nor feel the demagnetising field, or do not turn.
        """
        saturation = self._saturation = self.column(Msat)
        self._exchange = Exchange(
            self._neighbours, self.mesh.cell, self.column(Aex), saturation, self._dtype, self.smooth_surface
        )
        self._moment = saturation * self._fill
        first, second, axis = self.column(Ku1), self.column(Ku2), self._columns(anisU)
        uniaxial = UniaxialAnisotropy(first, second, axis, saturation, self._dtype)
        self._anisotropies: list[Anisotropy] = [uniaxial]
        if any(np.any(k) for k in Kc):
            constants = np.stack([self.column(k) for k in Kc])
            edges = self._columns(anisC1), self._columns(anisC2)
            self._anisotropies.append(CubicAnisotropy(constants, *edges, saturation, self._dtype))
        # a cell without Ms feels no demagnetising field either, as in MuMax3 since 3.11.1
        isolated = np.broadcast_to((np.asarray(no_demag) != 0) | (np.asarray(Msat) == 0), self.mesh.shape)
        self._isolated = isolated if isolated.any() else None
        sources = np.where(isolated[self._inside], 0.0, self._moment)
        self._source_moment = sources.astype(self._dtype, copy=False)
        self.__dict__.pop("_staircase", None)
        frozen_cells = self.column(frozen) != 0
        self._frozen = frozen_cells if frozen_cells.any() else None
        largest = float(saturation.max())
        # cells without Ms have no energy; any weight turns them along the applied field, as MuMax3 does
        weights = np.where(self._moment > 0, self._moment, largest or 1.0)
        self._solver = EquilibriumSolver(
            self._exchange,
            weights,
            _PRECONDITIONER_SHIFT * MU0 * largest if largest > 0 else 1.0,
            [term for term in self._anisotropies if not term.quadratic],
            self._frozen,
        )

    def set_field(self, B: ArrayLike, extra: ArrayLike | None = None) -> None:
        """Set the applied field in T: a vector or an array (3, nz, ny, nx), plus an optional extra array."""
        applied = _over_grid(B, self.mesh.shape)
        if extra is not None:
            applied = applied + np.asarray(extra)
        self._b_applied_everywhere = applied
        self._b_applied = applied[:, self._inside].astype(self._dtype, copy=False)

    # ---- fields and energies --------------------------------------------------------------------------

    def field(self, term: str = "eff") -> Array:
        """Field of one term, or "eff" for their sum, in T on the whole grid, shape (3, nz, ny, nx)."""
        if term == "eff":
            return sum((self.field(t) for t in TERMS), np.zeros((3, *self.mesh.shape)))
        if term == "zeeman":
            return self._b_applied_everywhere.copy()
        if term == "demag":
            if not self.enable_demag:
                return np.zeros((3, *self.mesh.shape))
            sources = self._on_grid(self._m * self._source_moment).astype(self._dtype, copy=False)
            b = self._demag_everywhere.field(sources).astype(np.float64, copy=False)
            if self.smooth_surface:
                b += self._on_grid(self._staircase_field(self._m))
            return b if self._isolated is None else np.where(self._isolated, 0.0, b)
        return self._on_grid(self._term(term, self._m))

    def energy(self, term: str = "total") -> float:
        """Energy of one term, or "total", in J."""
        if term == "total":
            return sum(self.energy(t) for t in TERMS)
        return float(self.mesh.cell_volume * np.sum(self._moment * self._energy_T(term)))

    def energy_density(self, term: str = "total") -> Array:
        """Energy density in J/m^3, shape (nz, ny, nx), weighted by the fill of each cell."""
        if term == "total":
            return sum((self.energy_density(t) for t in TERMS), np.zeros(self.mesh.shape))
        return self._on_grid(self._moment * self._energy_T(term))

    def effective_field(self, m: Array) -> Array:
        """Effective field in T, shape (3, N), of unit vectors on the magnetic cells; zero in frozen ones."""
        b = self._demag_field(m)
        b += self._b_applied
        self._exchange.add_field(m, b)
        for term in self._anisotropies:
            term.add_field(m, b)
        if self._frozen is not None:
            b[:, self._frozen] = 0.0
        return b

    def field_derivative(self, m: Array, v: Array, single: bool = False) -> Array:
        """Derivative of the effective field at `m` along `v`, both (3, N), in T; zero in frozen cells.

        On request its demagnetising part alone is computed in single precision.
        """
        b = self._demag_field(v, single)
        self._exchange.add_field(v, b)
        for term in self._anisotropies:
            term.add_derivative(m, v, b)
        if self._frozen is not None:
            b[:, self._frozen] = 0.0
        return b

    def max_torque(self) -> float:
        """Largest |m x B_eff| in T."""
        torque = np.cross(self._m, self.effective_field(self._m), axis=0)
        return float(np.sqrt(np.sum(torque**2, axis=0).max()))

    def average(self, values: ArrayLike) -> tuple[float, ...]:
        """Fill-weighted mean over the magnet of a scalar (nz, ny, nx) or vector (3, nz, ny, nx) array."""
        return filled_average(np.reshape(values, (-1, *self.mesh.shape)), self.fill)

    def odd_part(self) -> float:
        """rms of |m(r) - m(-r)| / 2 over the cells whose mirror cell about the grid's centre is magnetic.

        Zero for every state that keeps the inversion symmetry of a centred sphere in a uniform field, so it
        is the order parameter of vortex nucleation.
        """
        m, both = self.m, self._inside & self._inside[::-1, ::-1, ::-1]
        if not both.any():
            return 0.0
        return float(np.sqrt(np.mean(np.sum((m - m[:, ::-1, ::-1, ::-1])[:, both] ** 2, axis=0)))) / 2

    def equilibrate(
        self,
        tolerance_T: float = 1e-6,
        max_evaluations: int = 20_000,
        constraint: Callable[[Array], Array] | None = None,
    ) -> Equilibrium:
        """Move to the nearest equilibrium, to max |m x B_eff| <= tolerance_T.

        Where a field is weaker than 1 mT the search goes for less, in proportion; it has converged once it
        got as far as asked.  A tolerance below the rounding floor of the field is replaced by the floor.
        A state that is a symmetric saddle stays there: its torque vanishes. A constraint is a field in T of
        the state's columns, derived from an energy at most quadratic in m, which acts besides.
        """
        floor_T = self.rounding_floor_T
        goal_T = max(tolerance_T * min(1.0, self.weakest_field_T / _WEAK_FIELD_T), floor_T)
        field = self.effective_field
        if constraint is not None:
            self._solver.forget()

            def field(m: Array) -> Array:
                return self.effective_field(m) + constraint(m)

        found = self._solver.search(self._m, field, goal_T, max_evaluations)
        return replace(found, converged=found.residual_T <= max(tolerance_T, floor_T))

    @property
    def weakest_field_T(self) -> float:
        """Weakest of what turns the magnetisation, in T; inf where nothing does.

        Each term counts with its largest size over the cells: the applied field, mu0 Ms, each constant of
        anisotropy, and exchange with half a turn over the longest side; what is lost in rounding does not.
        """
        nz, ny, nx = self._box_inside.shape
        sizes = [self._applied_T, self._exchange.softest_T((nx, ny, nz))]
        sizes += [size for term in self._anisotropies for size in term.sizes_T]
        if self.enable_demag:
            sizes.append(MU0 * float(self._source_moment.max()))
        return min((size for size in sizes if size > self.rounding_floor_T), default=float("inf"))

    def lowering_rotation(self) -> tuple[float, float, float] | None:
        """Axis of a small common rotation of all spins that lowers the energy of a state at rest, or None.

        No other change is tried: None does not say that the state is a minimum.
        """
        if not self._moment.any():
            return None
        # rounding and the difference quotient then err alike, by the angle squared
        angle = float(np.cbrt(np.finfo(self._dtype).eps))
        free = slice(None) if self._frozen is None else ~self._frozen
        curvature = np.empty((3, 3))
        for k in range(3):
            ends = []
            for sign in (-1, 1):
                m = self._m.copy()
                m[:, free] = Rotation.from_rotvec(sign * angle * np.eye(3)[k]).apply(m[:, free].T).T
                torque = np.cross(m, self.effective_field(m), axis=0)
                ends.append(-np.average(torque, axis=1, weights=self._moment))
            curvature[:, k] = (ends[1] - ends[0]) / (2 * angle)
        sizes, axes = np.linalg.eigh((curvature + curvature.T) / 2)
        rounding_T = self.rounding_floor_T / angle
        if sizes[0] >= -10 * (rounding_T + self.max_torque()):
            return None
        x, y, z = axes[:, 0] * np.sign(axes[np.abs(axes[:, 0]).argmax(), 0]) + 0.0
        return float(x), float(y), float(z)

    @property
    def free_axes(self) -> Array:
        """Axes about which all moments may turn as one at no cost in applied field and anisotropy, (k, 3).

        None, one, or x, y and z. Exchange and the demagnetising field allow a turn of body and moments.
        """
        candidates = [self._b_applied[:, 0], *(term.first_axis for term in self._anisotropies), *np.eye(3)]
        axes: list[Array] = []
        for axis in (axis / size for axis in candidates if (size := np.linalg.norm(axis)) > 0):
            if all(abs(axis @ known) < 1 - 1e-12 for known in axes):
                axes.append(axis)
        free = [axis for axis in axes if self._turns_freely(axis)]
        return np.eye(3) if np.linalg.matrix_rank(free, tol=1e-6) > 1 else np.array(free[:1]).reshape(-1, 3)

    def _turns_freely(self, axis: Array) -> bool:
        """Whether a turn about an axis changes no cell's energy in applied field and anisotropy."""
        rng = np.random.default_rng(0)
        m = rng.standard_normal(self._m.shape)
        m /= np.sqrt(np.sum(m**2, axis=0))
        energies = []
        for state in (m, Rotation.from_rotvec(axis).apply(m.T).T):
            along = -np.sum(self._b_applied * state, axis=0)
            energies.append(along + sum(term.energy_T(state) for term in self._anisotropies))
        scale = self._applied_T + sum(size for term in self._anisotropies for size in term.sizes_T)
        return bool(np.abs(energies[1] - energies[0]).max() <= 1e-9 * scale)

    @property
    def _applied_T(self) -> float:
        """Largest applied field in T."""
        return float(np.sqrt(np.sum(self._b_applied**2, axis=0).max()))

    @property
    def rounding_floor_T(self) -> float:
        """Torque in T that the rounding of m and of the fields leaves: 2^-52 or 2^-23 of the field's size.

        Neighbouring directions are rounded one by one, so exchange counts with its largest eigenvalue.  Zero
        where a field is not finite: no such state is an equilibrium.
        """
        size = self._exchange.largest_eigenvalue_T + MU0 * float(self._saturation.max())
        size += self._applied_T
        return float(np.finfo(self._dtype).eps) * size if np.isfinite(size) else 0.0

    def _term(self, term: str, m: Array) -> Array:
        if term == "demag":
            return self._demag_field(m)
        if term == "zeeman":
            return self._b_applied
        b = np.zeros_like(m)
        for local in [self._exchange] if term == "exch" else self._anisotropies:
            local.add_field(m, b)
        return b

    def _energy_T(self, term: str) -> Array:
        """Energy of each magnetic cell over its moment, in T, shape (N,)."""
        if term == "anis":
            return np.sum([local.energy_T(self._m) for local in self._anisotropies], axis=0)
        products = self._m * self._term(term, self._m)
        return _ENERGY_FACTOR[term] * np.asarray(np.sum(products, axis=0, dtype=np.float64))

    def _demag_field(self, m: Array, single: bool = False) -> Array:
        if not self.enable_demag:
            return np.zeros_like(m)
        index, b = self._box_index, np.empty_like(m)
        demag, box = self._single_demag if single else (self._demag, self._box_sources)
        scatter(m, self._source_moment, index, box)
        gather(demag.field(box), index, b)
        if self.smooth_surface:
            b += self._staircase_field(m)
        if self._isolated is not None:
            b[:, self._isolated[self._inside]] = 0.0
        return b

    def _staircase_field(self, m: Array) -> Array:
        """What a smooth body's demagnetising field has beyond the staircase's, m taken as uniform around."""
        field: Array = np.einsum("abi,bi->ai", self._staircase, m)
        return field

    @cached_property
    def _staircase(self) -> Array:
        """The field of the uniform smooth body less that in each cell, as matrices on m, (3, 3, N), in T."""
        box, index = np.zeros((3, *self._box_inside.shape), self._dtype), self._box_index
        found = np.empty((3, 3, self.n_cells), self._dtype)
        for k, unit in enumerate(np.eye(3, dtype=self._dtype)):
            scatter(np.repeat(unit[:, None], self.n_cells, axis=1), self._source_moment, index, box)
            gather(self._demag.field(box), index, found[:, k])
        smooth = -MU0 * float(self._source_moment.max()) * np.diag(ellipsoid_factors(self.mesh, self.fill))
        if np.ptp(self._source_moment):  # Ms differs: what all cells have in the mean
            smooth = np.average(found, axis=2, weights=self._moment)
        return (smooth[..., None] - found).astype(self._dtype, copy=False)

    @cached_property
    def _box_inside(self) -> NDArray[np.bool_]:
        """Which cells are magnetic in the smallest box that holds them all; a periodic axis is kept whole."""
        ends = zip(np.nonzero(self._inside), self.mesh.repetitions[::-1], strict=True)
        return self._inside[tuple(slice(None) if p else slice(i.min(), i.max() + 1) for i, p in ends)]

    @cached_property
    def _box_index(self) -> NDArray[np.intp]:
        return np.flatnonzero(self._box_inside)

    @cached_property
    def _box_sources(self) -> Array:
        """Work array of the box, shape (3, nz, ny, nx), zero outside the magnet."""
        return np.zeros((3, *self._box_inside.shape), self._dtype)

    @cached_property
    def _demag(self) -> Demag:
        return self._demag_of(self._box_inside.shape)

    @cached_property
    def _single_demag(self) -> tuple[Demag, Array]:
        """The same in single precision, with its work array."""
        return self._demag.in_single(), self._box_sources.astype(np.float32)

    @cached_property
    def _demag_everywhere(self) -> Demag:
        whole = self._box_inside.shape == self.mesh.shape
        return self._demag if whole else self._demag_of(self.mesh.shape)

    def _demag_of(self, shape: tuple[int, ...]) -> Demag:
        nz, ny, nx = shape
        return Demag((nx, ny, nz), self.mesh.cell, self._dtype, self.mesh.repetitions, self.demag_accuracy)

    @cached_property
    def _neighbours(self) -> NDArray[np.int32]:
        """Index of the six neighbours of every magnetic cell, itself where there is none, shape (6, N)."""
        index = np.full(self.mesh.shape, -1, dtype=np.int32)
        index[self._inside] = itself = np.arange(self.n_cells, dtype=np.int32)
        out = np.empty((6, self.n_cells), dtype=np.int32)
        for k, (axis, shift) in enumerate((axis, shift) for axis in (2, 1, 0) for shift in (-1, 1)):
            beside = np.roll(index, -shift, axis)
            if not self.mesh.repetitions[2 - axis]:
                np.moveaxis(beside, axis, 0)[0 if shift < 0 else -1] = -1
            out[k] = np.where(beside[self._inside] < 0, itself, beside[self._inside])
        return out

    def column(self, values: ArrayLike) -> Array:
        """A number, or an array over the grid, on the magnetic cells, shape (N,)."""
        return np.broadcast_to(np.asarray(values, dtype=np.float64), self.mesh.shape)[self._inside]

    def _columns(self, values: ArrayLike) -> Array:
        return np.ascontiguousarray(_over_grid(values, self.mesh.shape)[:, self._inside])

    def _on_grid(self, columns: Array) -> Array:
        grid = np.zeros((*columns.shape[:-1], *self.mesh.shape))
        grid[..., self._inside] = columns
        return grid


def _over_grid(values: ArrayLike, shape: tuple[int, int, int]) -> Array:
    """A vector, or an array over the grid, as shape (3, nz, ny, nx)."""
    values = np.asarray(values, dtype=np.float64)
    if values.ndim == 1:
        values = values[:, None, None, None]
    return np.broadcast_to(values, (3, *shape))
