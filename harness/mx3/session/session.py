"""One script's state: grid, geometry, regions, parameters, magnetisation, time, table columns and output.

In: the calls of script functions. Out: a `Magnet` that is up to date with everything assigned so far, and the
files of the run. Nothing is computed before it is needed; energies and torques are kept until something
changes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from harness.mx3.errors import OutputError, ScriptError
from harness.mx3.files.output import Header, OutputFolder, checked_name
from harness.mx3.language.expressions import Variable
from harness.mx3.language.go_format import sprintf
from harness.mx3.language.values import Mask, OutputFormat
from harness.mx3.magnet.mesh import Mesh
from harness.mx3.options import Options
from harness.mx3.session.configurations import random_directions
from harness.mx3.session.evolution import Evolution
from harness.mx3.session.limits import refuse_odd_cell, refuse_too_large
from harness.mx3.session.parameters import Excitation, Magnetisation, Rule, ScalarParameter, VectorParameter
from harness.mx3.session.quantities import Quantity
from harness.mx3.session.records import Autosave, Derived, Totals
from harness.mx3.session.search import Search
from harness.mx3.session.shapes import Shape, fill_fraction, grid_coordinates

if TYPE_CHECKING:
    from harness.mx3.magnet.magnet import Magnet
    from harness.mx3.magnet.solvers import Equilibrium

Rendering = Callable[[], None]


class Session:
    """State of a running script.

    Parameters
    ----------
    options : Options
    script_folder : Path or None
        Where `loadfile` may read; None refuses all reading.
    on_progress : callable, optional
        Called with the number of table rows after each.
    """

    def __init__(
        self,
        options: Options | None = None,
        script_folder: Path | None = None,
        on_progress: Callable[[int], None] | None = None,
    ) -> None:
        self.options = options or Options()
        self.script_folder = script_folder
        self._output: OutputFolder | None = None
        self._on_progress = on_progress
        self.totals = Totals()
        self.random = np.random.default_rng(0)

        positive = Rule(least=0.0)
        self.msat = ScalarParameter(self, "Msat", "A/m", (0.0,), positive)
        self.aex = ScalarParameter(self, "Aex", "J/m", (0.0,), positive)
        self.ku1, self.ku2, self.kc1, self.kc2, self.kc3 = (
            ScalarParameter(self, name, "J/m3", (0.0,)) for name in ("Ku1", "Ku2", "Kc1", "Kc2", "Kc3")
        )
        self.anis_u, self.anis_c1, self.anis_c2 = (
            VectorParameter(self, name, "", (0.0, 0.0, 0.0)) for name in ("anisU", "anisC1", "anisC2")
        )
        self.no_demag_spins = ScalarParameter(self, "NoDemagSpins", "", (0.0,))
        self.frozen_spins = ScalarParameter(self, "frozenspins", "", (0.0,))
        self.alpha = ScalarParameter(self, "alpha", "", (0.0,), positive)
        self.b_ext = Excitation(self, "B_ext", "T")
        self.m = Magnetisation(self)

        self.time = Variable(float, 0.0, is_time=True)
        self.step = Variable(int, 0)
        self.enable_demag = Variable(bool, True)
        self.edge_smooth = Variable(int, 0, _checked_edge_smooth)
        self.output_format = Variable(OutputFormat, OutputFormat.OVF2_BINARY)
        self.filename_format = Variable(str, "%s%06d", _checked_format)
        self.last_error = self.peak_error = 0.0
        self.evolution = Evolution(self)
        self.search = Search(self)

        self.columns: list[tuple[Quantity, Callable[[], Sequence[float]]]] = []
        self.autosaves: dict[object, Autosave] = {}
        self._autonumber: dict[str, int] = {}
        self._grid: tuple[int, int, int] | None = None
        self._cell: tuple[float, float, float] | None = None
        self._mesh: Mesh | None = None
        self._shape: Shape | None = None
        self._magnet: Magnet | None = None
        self._regions: np.ndarray | None = None
        self._renderings: list[Rendering] = []
        self._derived = Derived()
        self._parameter_versions: tuple[float, ...] | None = None
        self._field_versions: tuple[object, ...] | None = None
        self._damping: tuple[object, np.ndarray] | None = None
        self.add_column(self.m)

    # ---- grid and geometry ----------------------------------------------------------------------------

    @property
    def mesh(self) -> Mesh:
        """The grid; ScriptError if it is not set."""
        if self._mesh is None:
            raise ScriptError(None, "set the grid first, with SetGridSize and SetCellSize")
        return self._mesh

    def set_grid(
        self, n: tuple[int, int, int] | None = None, cell: tuple[float, float, float] | None = None
    ) -> None:
        """Take cell counts or cell edges (m); the grid exists once both are known."""
        if n is not None and min(n) < 1:
            raise ScriptError(
                None, f"the grid needs at least one cell along each axis, got {n[0]}×{n[1]}×{n[2]}"
            )
        if cell is not None:
            refuse_odd_cell(cell)
        self._grid, self._cell = n or self._grid, cell or self._cell
        if self._grid is None or self._cell is None:
            return
        refuse_too_large(self._grid)
        self._resize(Mesh(self._grid, self._cell))

    def _resize(self, mesh: Mesh) -> None:
        if mesh == self._mesh:
            return
        old = self._magnet.m if self._magnet is not None else None
        if old is not None:
            self.log("resizing...")
        self._mesh = mesh
        self._regions = np.zeros(mesh.shape, np.uint8)
        for render in self._renderings:
            render()
        self.b_ext.remove_extra_terms()
        self._build_magnet(np.zeros((3, *mesh.shape)) if old is None else Mask(old).resampled(mesh.shape))

    def set_geometry(self, shape: Shape) -> None:
        """Take the body's shape; cells newly inside get random directions, as in MuMax3."""
        m = self.magnet.m
        previous, self._shape = self._shape, shape
        try:
            self._build_magnet(m)
        except ScriptError:
            self._shape = previous
            raise

    def _build_magnet(self, m: np.ndarray) -> None:
        from harness.mx3.magnet.magnet import (
            Magnet,
        )  # with its compiler it takes a while to load; checking needs none of it

        mesh = self.mesh
        fill = None if self._shape is None else fill_fraction(self._shape, mesh, self.edge_smooth.value)
        if fill is not None and not fill.any():
            raise ScriptError(
                None, "SetGeom: no cell lies inside the shape; check its size against the grid's"
            )
        self._magnet = Magnet(mesh, fill, self.options.float_dtype)
        self._parameter_versions = self._field_versions = None
        empty = ~m.any(axis=0)
        self.set_m(np.where(empty, random_directions(0)(*grid_coordinates(mesh)), m) if empty.any() else m)

    def checked_cell(self, ix: int, iy: int, iz: int) -> tuple[int, int, int]:
        """Array index (iz, iy, ix) of a cell; ScriptError if it is not on the grid."""
        if not all(0 <= i < n for i, n in zip((ix, iy, iz), self.mesh.n, strict=True)):
            raise ScriptError(
                None, f"cell ({ix}, {iy}, {iz}) is outside the grid of {'×'.join(map(str, self.mesh.n))}"
            )
        return iz, iy, ix

    # ---- regions --------------------------------------------------------------------------------------

    @property
    def regions(self) -> np.ndarray:
        """Region index of each cell, shape (nz, ny, nx)."""
        _ = self.mesh
        assert self._regions is not None
        return self._regions

    def render_region(self, render: Rendering) -> None:
        """Apply a region definition now and again whenever the grid changes."""
        render()
        self._renderings.append(render)
        self._regions_changed()

    def set_regions(self, regions: np.ndarray) -> None:
        """Take the region index of each cell, shape (nz, ny, nx)."""
        self._regions = regions
        self._regions_changed()

    def _regions_changed(self) -> None:
        self._parameter_versions = self._field_versions = None

    # ---- the magnet -----------------------------------------------------------------------------------

    def set_m(self, m: np.ndarray) -> None:
        """Set the magnetisation from an array (3, nz, ny, nx)."""
        assert self._magnet is not None
        try:
            self._magnet.set_m(m)
        except ValueError as error:
            raise ScriptError(None, str(error)) from None
        self._derived = Derived()

    @property
    def magnet(self) -> Magnet:
        """The magnet, with all parameters and fields as assigned so far."""
        _ = self.mesh
        assert self._magnet is not None
        self._update_parameters(self._magnet)
        self._update_field(self._magnet)
        return self._magnet

    def _update_parameters(self, magnet: Magnet) -> None:
        parameters = (
            *(self.msat, self.aex, self.ku1, self.ku2, self.kc1, self.kc2, self.kc3),
            *(self.anis_u, self.anis_c1, self.anis_c2, self.no_demag_spins, self.frozen_spins),
        )
        tables = [p.by_region for p in parameters]
        for table in tables:
            table.refresh()
        versions = (*(table.version for table in tables), self.enable_demag.value)
        if versions == self._parameter_versions:
            return
        on_cells = [table.compact(self.regions) for table in tables]
        msat, aex, ku1, ku2, kc1, kc2, kc3 = (values[0] for values in on_cells[:7])
        axis, first_axis, second_axis, no_demag, frozen = on_cells[7:]
        magnet.set_parameters(
            *(msat, aex, ku1, axis),
            Ku2=ku2,
            Kc=(kc1, kc2, kc3),
            anisC1=first_axis,
            anisC2=second_axis,
            no_demag=no_demag[0],
            frozen=frozen[0],
        )
        magnet.enable_demag = self.enable_demag.value
        self._parameter_versions, self._derived = versions, Derived()

    def _update_field(self, magnet: Magnet) -> None:
        versions = self.b_ext.version
        if versions == self._field_versions:
            return
        magnet.set_field(self.b_ext.by_region.compact(self.regions), self.b_ext.extra())
        self._field_versions, self._derived = versions, Derived()

    def damping(self) -> np.ndarray:
        """alpha of each magnetic cell, shape (N,), kept until it changes."""
        table, magnet = self.alpha.by_region, self._magnet
        assert magnet is not None
        table.refresh()
        key = (table.version, magnet, self._parameter_versions is None)
        if self._damping is None or self._damping[0] != key:
            self._damping = key, magnet.column(table.compact(self.regions)[0])
        return self._damping[1]

    def move_to(self, columns: np.ndarray, error: float) -> None:
        """Take the unit vectors a step led to, shape (3, N), and the step's error."""
        assert self._magnet is not None
        self._magnet.move_to(columns)
        self._derived = Derived()
        self.last_error, self.peak_error = error, max(self.peak_error, error)

    def energy(self, term: str) -> float:
        """Energy of one term, or "total", in J."""
        magnet, kept = self.magnet, self._derived.energies
        if term == "total":
            return sum(self.energy(t) for t in ("demag", "exch", "anis", "zeeman"))
        if term not in kept:
            kept[term] = magnet.energy(term)
        return kept[term]

    def max_torque(self) -> float:
        """Largest |m x B_eff| in T."""
        magnet = self.magnet
        if self._derived.torque_T is None:
            self._derived.torque_T = magnet.max_torque()
        return self._derived.torque_T

    def odd_part(self) -> float:
        """rms of |m(r) - m(-r)|/2."""
        magnet = self.magnet
        if self._derived.odd_part is None:
            self._derived.odd_part = magnet.odd_part()
        return self._derived.odd_part

    def note_missing_parameters(self) -> None:
        """Note in the log what a magnet needs and this one lacks, as MuMax3 does."""
        for parameter in (self.msat, self.aex):
            if not parameter.by_region.table.any():
                self.log(f"Note: {parameter.name} = 0")

    def take_equilibrium(self, found: Equilibrium) -> None:
        """Count a finished search, whose state is the magnet's already."""
        self._derived = Derived(torque_T=found.residual_T)
        totals = self.totals
        totals.searches += 1
        totals.field_evaluations += found.field_evaluations
        totals.residual_T = max(totals.residual_T, found.residual_T)

    # ---- output ---------------------------------------------------------------------------------------

    def begin(self, output: OutputFolder) -> None:
        """Take the folder the run writes to; until then the session only serves to check a script."""
        self._output = output

    @property
    def output(self) -> OutputFolder:
        """The output folder."""
        if self._output is None:
            raise OutputError("there is no output folder while a script is only checked")
        return self._output

    def log(self, text: str) -> None:
        """Write engine output to the log, marked with // as MuMax3 does."""
        self.output.log("//" + text)

    def add_column(self, quantity: Quantity, mean: Callable[[], Sequence[float]] | None = None) -> None:
        """Add a quantity to the table; ScriptError once rows are written."""
        if self._output is not None and self._output.table_started:
            raise ScriptError(
                None, f"cannot add {quantity.name}: the table already has rows; add columns before the first"
            )
        self.columns.append((quantity, mean or quantity.mean))

    def start_table(self) -> None:
        """Write the table's header if it is not there yet."""
        names = []
        for quantity, _ in self.columns:
            parts = (
                [""] if quantity.components == 1 else [chr(ord("x") + i) for i in range(quantity.components)]
            )
            names += [(quantity.name + part, quantity.unit) for part in parts]
        self.output.start_table(names)

    def save_row(self) -> None:
        """Append the present values of all columns to the table."""
        numbers = [x for _, mean in self.columns for x in mean()]
        self.start_table()
        row = self.output.add_row(self.time.value, numbers)
        self.output.record("tablesave", row=row, residual_T=self.max_torque(), odd_part=self.odd_part())
        if self._on_progress is not None:
            self._on_progress(row + 1)

    def save(self, quantity: Quantity, name: str | None = None) -> None:
        """Write a quantity to a file; without a name, under its own with a running number."""
        if name is None:
            number = self._autonumber.get(quantity.name, 0)
            name = sprintf(self.filename_format.value, [quantity.name, number])
            name = checked_name(name + ".ovf")
            self._autonumber[quantity.name] = number + 1
        elif "." not in checked_name(name):
            name += ".ovf"
        header = Header(quantity.name, quantity.unit, self.time.value, quantity.mesh.cell)
        self.output.save(name, quantity.values(), header, self.output_format.value)
        self.output.record(f"save:{name}", residual_T=self.max_torque(), odd_part=self.odd_part())

    def make_due_output(self) -> None:
        """Make the outputs that `autosave` and `tableautosave` have scheduled for now."""
        for autosave in self.autosaves.values():
            if autosave.due(self.time.value):
                autosave.output()
                autosave.count += 1


def _checked_edge_smooth(value: int) -> None:
    if not 0 <= value <= 64:
        raise ScriptError(None, f"EdgeSmooth must lie between 0 and 64, got {value}")


def _checked_format(template: str) -> None:
    checked_name(sprintf(template, ["m", 0]) + ".ovf")
