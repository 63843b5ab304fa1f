"""The magnet of a script: its material, the field applied to it, and its magnetisation.

In: a grid, values of parameters, initial states. Out: a `Magnet` that is up to date with everything assigned
so far. Nothing is computed before it is needed; energies and torques are kept until something changes.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.mx3.errors import ScriptError
from harness.mx3.files.folders import Folders
from harness.mx3.files.input_files import load
from harness.mx3.language.expressions import Variable
from harness.mx3.language.signatures import Part, script
from harness.mx3.language.values import Mask, Vector
from harness.mx3.magnet.mesh import fills_ellipsoid
from harness.mx3.options import Options
from harness.mx3.session.grid import Counts, Edges, Grid
from harness.mx3.session.initial_states import InitialState, random_directions
from harness.mx3.session.parameters import Excitation, Rule, ScalarParameter, VectorParameter, positive
from harness.mx3.session.quantities import VectorQuantity
from harness.mx3.session.shapes import UNIVERSE, Shape, grid_coordinates

if TYPE_CHECKING:
    from harness.mx3.magnet.magnet import Magnet

_SECONDS_PER_OFFSET = 5e-7
"""Time to compute the demagnetising tensor between two cells, on a core of 2020."""
_LONGEST_SUM_S = 3600.0


class Sample(Part):
    """The magnet on a script's grid, with the script's parameters of the material and the applied field.

    Parameters
    ----------
    grid : Grid
    folders : Folders
        Where states may be read from.
    options : Options
        Its precision of the state and of the fields, and its demagnetising tensor.
    """

    def __init__(self, grid: Grid, folders: Folders, options: Options) -> None:
        self.grid, self.folders, self._options = grid, folders, options
        self.msat, self.alpha = (
            ScalarParameter(grid, name, unit, (0.0,), Rule(least=0.0))
            for name, unit in (("Msat", "A/m"), ("alpha", ""))
        )
        self.aex = ScalarParameter(grid, "Aex", "J/m", (0.0,))
        self.ku1, self.ku2, self.kc1, self.kc2, self.kc3 = (
            ScalarParameter(grid, name, "J/m3", (0.0,)) for name in ("Ku1", "Ku2", "Kc1", "Kc2", "Kc3")
        )
        self.anis_u, self.anis_c1, self.anis_c2 = (
            VectorParameter(grid, name, "", (0.0, 0.0, 0.0)) for name in ("anisU", "anisC1", "anisC2")
        )
        self.no_demag_spins = ScalarParameter(grid, "NoDemagSpins", "", (0.0,))
        self.frozen_spins = ScalarParameter(grid, "frozenspins", "", (0.0,))
        scalars = (self.msat, self.aex, self.ku1, self.ku2, self.kc1, self.kc2, self.kc3)
        others = (self.anis_u, self.anis_c1, self.anis_c2, self.no_demag_spins, self.frozen_spins)
        self._on_cells = (*scalars, *others)
        self.b_ext = Excitation(grid, "B_ext", "T")
        self.m = Magnetisation(self)
        self.enable_demag = Variable(bool, True)
        self.demag_accuracy = Variable(float, 6.0, positive("DemagAccuracy"))
        self.starts = 0
        """How often the script has set m."""
        self._magnet: Magnet | None = None
        self._derived: dict[str, float] = {}
        """Energies and torque of the present state, computed once and kept until something changes."""
        self._parameter_versions: tuple[float, ...] | None = None
        self._field_versions: tuple[object, ...] | None = None
        self._damping: tuple[object, np.ndarray] | None = None
        self.lacking: dict[str, tuple[ScalarParameter | VectorParameter | Excitation, str]] = {}
        """Parameters of effects that this engine lacks, with the effect."""
        self.only_followed = False
        """Whether these may be assigned, as nothing is computed of what they would change."""
        self.at_rest = False
        """Whether every state counts as one at rest, without energy: a rehearsal computes none."""

    # ---- grid and body --------------------------------------------------------------------------------

    def set_grid(self, n: Counts | None = None, cell: Edges | None = None) -> None:
        """Take cell counts or cell edges (m); the state moves to the new cells by nearest neighbour."""
        m = None if self._magnet is None else self._magnet.m
        if self.grid.resize(n, cell):
            self.b_ext.remove_extra_terms()
            shape = self.grid.mesh.shape
            self._build(np.zeros((3, *shape)) if m is None else Mask(m).resampled(shape))
            self._note_long_sum()

    def set_repetitions(self, repetitions: Counts) -> None:
        """Take periodic repetitions along x, y and z; cells, regions and state stay."""
        if self.grid.repeat(repetitions):
            self._build(self.magnet.m)
            self._note_long_sum()

    def _note_long_sum(self) -> None:
        """Note in the log that the tensor of a periodic grid will take long; refuse if it takes too long."""
        mesh = self.grid.mesh
        offsets = math.prod(n * max(p, 1) for n, p in zip(mesh.n, mesh.repetitions, strict=True))
        seconds = offsets * _SECONDS_PER_OFFSET if any(mesh.repetitions) else 0.0
        if seconds > _LONGEST_SUM_S:
            raise ScriptError(
                None,
                f"SetPBC: the demagnetising tensor over {offsets:.2g} images would take about "
                f"{seconds / 3600:.2g} h; allowed: an hour, so take fewer repetitions",
            )
        if seconds > 10:
            self.grid.log(f"Note: summing the demagnetising tensor over images takes about {seconds:.0f} s")

    def set_shape(self, shape: Shape) -> None:
        """Take the body's shape; cells newly inside get random directions, as in MuMax3."""
        _ = self.grid.mesh
        assert self._magnet is not None
        m = self._magnet.m  # parameters may ask for a body that comes only now
        self.grid.set_shape(shape)
        self._build(m)

    def _build(self, m: np.ndarray) -> None:
        from harness.mx3.magnet.magnet import Magnet  # loads a compiler; checking a script needs none of it

        mesh = self.grid.mesh
        self._magnet = Magnet(mesh, self.grid.fill, self._options.float_dtype)
        self._parameter_versions = self._field_versions = None
        empty = ~m.any(axis=0)
        self.set_m(np.where(empty, random_directions(0)(*grid_coordinates(mesh)), m) if empty.any() else m)

    # ---- the magnet -----------------------------------------------------------------------------------

    def set_m(self, m: np.ndarray) -> None:
        """Set the magnetisation from an array (3, nz, ny, nx)."""
        assert self._magnet is not None
        try:
            self._magnet.set_m(m)
        except ValueError as error:
            raise ScriptError(None, str(error)) from None
        self._derived.clear()

    def start_from(self, m: np.ndarray) -> None:
        """The same as the script sets it."""
        self.set_m(m)
        self.starts += 1

    def move_to(self, columns: np.ndarray) -> None:
        """Take the unit vectors of the magnetic cells, shape (3, N), as the state."""
        assert self._magnet is not None
        self._magnet.move_to(columns)
        self._derived.clear()

    def settle(self, residual_T: float) -> None:
        """Take note that a search has moved the state, and of the largest torque there."""
        self._derived = {"torque": residual_T}

    @property
    def magnet(self) -> Magnet:
        """The magnet, with all parameters and fields as assigned so far."""
        _ = self.grid.mesh
        assert self._magnet is not None
        self._update_parameters(self._magnet)
        self._update_field(self._magnet)
        return self._magnet

    def twin(self) -> Magnet:
        """The magnet anew, in double precision, with the present state."""
        from harness.mx3.magnet.magnet import Magnet  # as in _build

        twin = Magnet(self.grid.mesh, self.grid.fill)
        twin.set_m(self.magnet.m)
        self._give_parameters(twin)
        self._give_field(twin)
        return twin

    def _update_parameters(self, magnet: Magnet) -> None:
        tables = [parameter.by_region for parameter in self._on_cells]
        for table in tables:
            table.refresh()
        demag = self.enable_demag.value, self._demag_accuracy()
        versions = (*(table.version for table in tables), *demag, self.grid.version)
        if versions != self._parameter_versions:
            self._give_parameters(magnet)
            self._parameter_versions = versions
            self._derived.clear()

    def _give_parameters(self, magnet: Magnet) -> None:
        tables = [parameter.by_region for parameter in self._on_cells]
        on_cells = [table.compact(self.grid.regions) for table in tables]
        msat, aex, ku1, ku2, kc1, kc2, kc3 = (values[0] for values in on_cells[:7])
        axis, one, two, no_demag, frozen = on_cells[7:]
        magnet.smooth_surface = self._smooth_surface(magnet)
        magnet.set_parameters(
            *(msat, aex, ku1, axis, ku2, (kc1, kc2, kc3), one, two), no_demag=no_demag[0], frozen=frozen[0]
        )
        magnet.enable_demag, magnet.demag_accuracy = self.enable_demag.value, self._demag_accuracy()

    def _demag_accuracy(self) -> float | None:
        """Accuracy of MuMax3's tensor, None for the exact one; ScriptError if its sums would never end."""
        if self._options.demag == "newell":
            return None
        from harness.mx3.magnet.fields.quadrature import largest_accuracy  # compiled code, as in _build

        cell, accuracy = self.grid.mesh.cell, self.demag_accuracy.value
        if accuracy > (largest := largest_accuracy(cell)):
            edges = " x ".join(f"{1e9 * edge:.4g}" for edge in cell)
            raise ScriptError(
                None,
                f"DemagAccuracy = {accuracy:g}: MuMax3's quadrature of such cells, {edges} nm, takes too "
                f"long; allowed: at most {largest:g} for them, or the exact tensor, --demag newell",
            )
        return float(accuracy)

    def _smooth_surface(self, magnet: Magnet) -> bool:
        """Whether the surface counts as smooth; ScriptError if the cells mean no body known to be so."""
        wanted = self._options.surface == "smooth"
        if wanted and not fills_ellipsoid(magnet.mesh, magnet.fill):
            raise ScriptError(
                None,
                "--surface smooth: takes whole cells that fill an ellipsoid in an open box, along x, y and z "
                "(SetGeom(Ellipsoid(...)), EdgeSmooth = 0); any other body is its cells, --surface cells",
            )
        return wanted

    def _update_field(self, magnet: Magnet) -> None:
        versions = (self.grid.version, *self.b_ext.version)
        if versions != self._field_versions:
            self._give_field(magnet)
            self._field_versions = versions
            self._derived.clear()

    def _give_field(self, magnet: Magnet) -> None:
        magnet.set_field(self.b_ext.by_region.compact(self.grid.regions), self.b_ext.extra())

    def damping(self) -> np.ndarray:
        """alpha of each magnetic cell, shape (N,), kept until it changes."""
        table, magnet = self.alpha.by_region, self._magnet
        assert magnet is not None
        table.refresh()
        versions = (table.version, magnet, self.grid.version)
        if self._damping is None or self._damping[0] != versions:
            self._damping = versions, magnet.column(table.compact(self.grid.regions)[0])
        return self._damping[1]

    def energy(self, term: str) -> float:
        """Energy of one term, or "total", in J."""
        if term == "total":
            return sum(self.energy(t) for t in ("demag", "exch", "anis", "zeeman"))
        return self._once(term, lambda magnet: magnet.energy(term))

    def max_torque(self) -> float:
        """Largest |m x B_eff| in T."""
        return self._once("torque", lambda magnet: magnet.max_torque())

    def odd_part(self) -> float:
        """rms of |m(r) - m(-r)|/2."""
        return self._once("odd part", lambda magnet: magnet.odd_part())

    def _once(self, name: str, compute: Callable[[Magnet], float]) -> float:
        if self.at_rest:
            return 0.0
        magnet = self.magnet  # forgets what is outdated
        if name not in self._derived:
            self._derived[name] = compute(magnet)
        return self._derived[name]

    def note_missing_parameters(self) -> None:
        """Note in the log what a magnet needs and this one lacks, as MuMax3 does."""
        for parameter in (self.msat, self.aex):
            if not parameter.by_region.table.any():
                self.grid.log(f"Note: {parameter.name} = 0")


class Buffer:
    """Where MuMax3 holds the state: always the present one, until it is copied."""

    script_type = "buffer"

    def __init__(self, m: Magnetisation) -> None:
        self._m = m

    @script("HostCopy", "The present state, as a mask.")
    def host_copy(self) -> Mask:
        return self._m.host_copy()


def _vet_load(self: Magnetisation | None, name: str | None) -> str | None:
    return None if self is None or name is None else self._sample.folders.missing(name)


class Magnetisation(VectorQuantity):
    """The reduced magnetisation m of a sample."""

    script_type = "magnetisation"
    input_type = InitialState

    def __init__(self, sample: Sample) -> None:
        super().__init__(sample.grid, "m", "", 3, lambda: sample.magnet.m)
        self._sample = sample

    def vet(self, value: Any) -> str | None:
        """Any initial state will do."""
        return None

    @script("Set", "Take an initial state everywhere.")
    def assign(self, value: InitialState) -> None:
        self.set_in_shape(UNIVERSE, value)

    @script("SetInShape", "Take an initial state inside a shape.")
    def set_in_shape(self, shape: Shape, value: InitialState) -> None:
        self._set_where(shape(*grid_coordinates(self.mesh)), value)

    @script("SetRegion", "Take an initial state inside a region.")
    def set_region(self, region: int, value: InitialState) -> None:
        self._set_where(self.grid.regions == region, value)

    def _set_where(self, inside: np.ndarray, value: InitialState) -> None:
        self._sample.start_from(np.where(inside, value(*grid_coordinates(self.mesh)), self.values()))

    @script("SetArray", "Take the state from a mask, fitted to the grid by nearest neighbour.")
    def set_array(self, mask: Mask) -> None:
        if len(mask.array) != 3:
            raise ScriptError(None, f"m needs a mask with 3 components, got {len(mask.array)}")
        self._sample.start_from(mask.resampled(self.mesh.shape))

    @script("LoadFile", "Take the state from an OVF file.", vet=_vet_load)
    def load_file(self, name: str) -> None:
        self.set_array(load(self._sample.folders, name))

    @script("Buffer", "Where the state is held: .Buffer().HostCopy() keeps it, for .SetArray.")
    def buffer(self) -> Buffer:
        return Buffer(self)

    @script("SetCell", "Take a direction in one cell.")
    def set_cell(self, ix: int, iy: int, iz: int, direction: Vector) -> None:
        cell = self.grid.checked_cell(ix, iy, iz)
        m = self.values()
        if self.grid.holds_centre(ix, iy, iz):  # as MuMax3, whatever the cell's fill
            m[(slice(None), *cell)] = direction
            self._sample.start_from(m)

    @script("GetCell", "Direction in one cell.")
    def get_cell(self, ix: int, iy: int, iz: int) -> Vector:
        return Vector(self.values()[(slice(None), *self.grid.checked_cell(ix, iy, iz))])
