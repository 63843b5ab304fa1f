"""Which coordinate buys what: from the Ansatz to the continuum, one step after the other.

In: a sphere, a few fields. Out: an `AnsatzLadder`: what every coordinate closes of the gap in energy, what it
does to the moment, the nucleation field and the field at which the core turns; and what answers a turn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from reduced_model.continuum.basis import Array
from reduced_model.continuum.family import (
    Coordinate,
    Family,
    Upright,
    UprightBranch,
    core_width,
    outward,
    radial,
)
from reduced_model.continuum.problem import Continuum
from reduced_model.continuum.state import Point
from reduced_model.continuum.tilt import joined, polynomials, rigid, shift, spins, tilt_fields
from reduced_model.errors import ModelError, column, positive
from reduced_model.materials import Material
from reduced_model.materials import material as known_material
from reduced_model.nucleation.spinodals import on_axis_nucleation_field
from reduced_model.results import Result, Table, axes_for, table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

DEGREE = 16
"""N of the continuum; its errors are the changes from N - 4."""
_WIDER = 2
"""Degrees added where the continuum is turned: its unit vectors are no polynomials."""
_COARSER = 4
_FIELDS = (0.85, 0.57, 0.3)
"""Of the nucleation field, where no fields are given."""

STEPS: tuple[tuple[str, tuple[Coordinate, ...]], ...] = (
    ("Ansatz, ν", (core_width(),)),
    ("axial modulation κ (Eq. 6)", (core_width(2),)),
    ("radial profile a₁", (radial(1),)),
    ("radial component c₁", (outward(),)),
    ("radial profile a₂", (radial(2),)),
    ("radial component c₂, c₃", (outward(2), outward(0, 3))),
    ("a₁, a₂ along the core", (radial(1, 2), radial(2, 2))),
    (
        "all of a low degree",
        (
            *(core_width(4), radial(1, 4), radial(2, 4), radial(1, 6), radial(2, 6)),
            *(radial(i, j) for i in (3, 4) for j in (0, 2, 4, 6)),
            *(
                outward(i, j)
                for i in (0, 2, 4, 6)
                for j in (1, 3, 5)
                if (i, j) not in {(0, 1), (2, 1), (0, 3)}
            ),
        ),
    ),
)
"""Coordinates in the order in which they join the family."""
CONTINUUM = "continuum"
ANSWERS: dict[str, Callable[[Point], Array]] = {
    "rigid turn": rigid,
    "shift of the core": shift,
    "spins against positions": joined(shift, spins),
    "degree 2": joined(shift, spins, polynomials(2)),
    "degree 4": joined(shift, spins, polynomials(4)),
    "degree 6": joined(shift, spins, polynomials(6)),
    "all": joined(shift, spins, polynomials(DEGREE - 2)),
}
"""What of its own frame answers a texture's turn, each set holding the one before."""
_SHOWN = ("rigid turn", "shift of the core", "all")


@dataclass(frozen=True, eq=False, repr=False)
class AnsatzLadder(Result):
    """Upright vortices with more and more coordinates; a row a step, the last the continuum."""

    step: tuple[str, ...]
    """What joins."""
    coordinates: Array
    """How many there are, (n,); 0 for the continuum."""
    B_T: Array
    """Fields, (f,)."""
    energy: Array
    """Energy in (4 pi/3) A R from MuMax3's zero, (n, f)."""
    energy_alone: Array
    """The same of the Ansatz with this step's coordinates alone, (n, f)."""
    mz: Array
    """Mean magnetisation along the field, (n, f)."""
    nucleation_T: Array
    """Where the uniform state gives way, (n,)."""
    tilt_T: Mapping[str, Array]
    """What answers the turn -> where the core turns, (n,); nan where not asked for, or nowhere."""
    energy_error: Array
    """Change of the continuum's energy from N - 4 to N, (f,)."""
    mz_error: Array
    """Change of its moment, (f,)."""
    radius_m: float
    material: Material

    table_columns: ClassVar[tuple[str, ...]] = ("step",)

    @property
    def closed(self) -> Array:
        """Part of the gap in energy between Ansatz and continuum that is closed, (n, f)."""
        return (self.energy[0] - self.energy) / (self.energy[0] - self.energy[-1])

    @property
    def closed_alone(self) -> Array:
        """The same for every step's coordinates alone beside nu, (n, f)."""
        return (self.energy[0] - self.energy_alone) / (self.energy[0] - self.energy[-1])

    @property
    def tilt_closed(self) -> dict[str, Array]:
        """Part of the gap in tilt field, from the Ansatz turned rigidly to the continuum's whole answer."""
        first, last = self.tilt_T["rigid turn"][0], self.tilt_T["all"][-1]
        return {name: (found - first) / (last - first) for name, found in self.tilt_T.items()}

    @property
    def title(self) -> str:
        """Material and radius in a few words."""
        return f"{self.material.name}, R = {self.radius_m * 1e9:g} nm, from the Ansatz to the continuum"

    def to_dict(self) -> dict[str, Any]:
        """The ladder for programs."""
        names = ("step", "coordinates", "B_T", "energy", "energy_alone", "mz", "nucleation_T", "tilt_T")
        return {
            "radius_nm": round(self.radius_m * 1e9, 9),
            "material": self.material.name,
            **{name: getattr(self, name) for name in (*names, "energy_error", "mz_error")},
            "closed": self.closed,
            "closed_alone": self.closed_alone,
        }

    def to_dataframe(self) -> pd.DataFrame:
        """A row a step, the columns of every field with it in their name."""
        columns: dict[str, Any] = {"step": self.step, "coordinates": self.coordinates}
        for j, B in enumerate(self.B_T.tolist()):
            columns[f"closed_{B:g}T"] = self.closed[:, j]
            columns[f"closed_alone_{B:g}T"] = self.closed_alone[:, j]
            columns[f"mz_{B:g}T"] = self.mz[:, j]
        columns["nucleation_T"] = self.nucleation_T
        columns |= {f"tilt_T, {name}": found for name, found in self.tilt_T.items()}
        return table(columns)

    def to_table(self) -> Table:
        """A row a step: title, header, rows."""
        fields = [f"{B:g} T" for B in self.B_T.tolist()]
        header = (
            *("step", "coordinates"),
            *(f"gap closed (%), {at}" for at in fields),
            *(f"m_z - continuum, {at}" for at in fields),
            "nucleation (T)",
            *(f"tilt (T): {name}" for name in _SHOWN),
        )
        rows = []
        for i, step in enumerate(self.step):
            tilts = [self.tilt_T[name][i] for name in _SHOWN]
            rows.append(
                (
                    *(step, str(int(self.coordinates[i])) if self.coordinates[i] else ""),
                    *(f"{100.0 * part:.1f}" for part in self.closed[i]),
                    *(f"{m:+.4f}" for m in self.mz[i] - self.mz[-1]),
                    f"{self.nucleation_T[i]:.5f}",
                    *(f"{B:.4f}" if np.isfinite(B) else "" for B in tilts),
                )
            )
        return self.title, header, rows

    def answers_table(self) -> Table:
        """What answers a turn of Ansatz and continuum: title, header, rows."""
        rows = [
            (name, *(f"{found[i]:.4f}" for i in (0, -1)), *(f"{100.0 * part[i]:.0f}" for i in (0, -1)))
            for (name, found), part in zip(self.tilt_T.items(), self.tilt_closed.values(), strict=True)
        ]
        header = (
            "what answers the turn",
            "Ansatz (T)",
            "continuum (T)",
            "of the gap (%), Ansatz",
            "continuum",
        )
        return "tilt field", header, rows

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the part of the gap in energy that is left after every step, a line a field."""
        ax = axes_for(ax)
        left = 100.0 * np.maximum(1.0 - self.closed[:-1], 1e-8)
        for j, (B, style) in enumerate(zip(self.B_T.tolist(), ("-", "--", "-.", ":") * 9, strict=False)):
            ax.semilogy(left[:, j], style, marker="o", color=str(0.2 * (j % 4)), label=f"{B:g} T")
        ax.set_xticks(range(len(left)), self.step[:-1], rotation=30, ha="right")
        ax.set_ylabel("energy above the continuum\n(% of the Ansatz's)")
        ax.legend()
        return ax

    def plot_answers(self, ax: Axes | None = None) -> Axes:
        """Draw the tilt field with more and more of what answers the turn, of Ansatz and continuum."""
        ax = axes_for(ax)
        for row, style, color in ((0, "--", "0.5"), (-1, "-", "k")):
            fields = [1e3 * found[row] for found in self.tilt_T.values()]
            ax.plot(fields, style, marker="o", color=color, label=("Ansatz", "continuum")[row])
        ax.set_xticks(range(len(self.tilt_T)), list(self.tilt_T), rotation=30, ha="right")
        ax.set_ylabel("field at which the core turns (mT)")
        ax.legend()
        return ax


def fields_below_nucleation(material: Material, radius_m: float) -> Array:
    """Three fields, T, in which a sphere's vortex is curled a little, half and far.

    Raises
    ------
    ModelError
        If no vortex nucleates in a positive field.
    """
    nucleation_T = on_axis_nucleation_field(material, radius_m).brown_T
    if not nucleation_T > 0.0:
        raise ModelError(
            f"radius_nm = {radius_m * 1e9:g}: no vortex nucleates in a positive field "
            f"(Brown's is {nucleation_T:.4f} T); take a larger sphere"
        )
    return np.asarray(np.array(_FIELDS) * nucleation_T).round(2)


def ansatz_ladder(
    *,
    radius_m: float,
    material: Material | str = "iron",
    B_T: ArrayLike | None = None,
    tilt: bool = True,
    on_step: Callable[[int, int], None] | None = None,
) -> AnsatzLadder:
    """Upright vortices of one sphere with more and more coordinates, from the Ansatz to the continuum.

    Parameters
    ----------
    radius_m : float
    material : Material or str
        Its axis is the field's direction, whatever it is.
    B_T : array_like, shape (f,), optional
        Fields from 0 to the continuum's nucleation field; some parts of that if not given.
    tilt : bool
        Whether to find the tilt fields with everything that answers a turn: most of the time.
    on_step : callable, optional
        Called with the steps done and their number.

    Raises
    ------
    ModelError
        If no vortex nucleates in a positive field, or a field is not below that one.
    NotResolved
        If polynomials do not hold the upright vortex.
    """
    chosen = known_material(material)
    problem = Continuum(chosen, positive("radius_m", radius_m), chosen.axis)
    branch = UprightBranch(problem)
    usual = fields_below_nucleation(chosen, radius_m)
    fields = usual if B_T is None else column("B_T", B_T)
    for field in fields.tolist():
        if not 0.0 <= field < branch.nucleation_T:
            raise ModelError.of("B_T", field, f"from 0 to below nucleation at {branch.nucleation_T:.4f} T")
    family, rows, steps = branch.family, len(STEPS) + 1, len(STEPS) + 2
    energy, alone, mz = (np.zeros((rows, fields.size)) for _ in range(3))
    nucleation, count = np.zeros(rows), np.zeros(rows, dtype=int)
    tilts = {name: np.full(rows, np.nan) for name in ANSWERS}
    held: tuple[Coordinate, ...] = ()
    last: list[Upright | None] = [None] * fields.size
    first: list[Upright] = []

    def turned(row: int, upright: Callable[[float], Point], names: Sequence[str]) -> None:
        found = tilt_fields(upright, {name: ANSWERS[name] for name in names}, nucleation[row])
        for name, B in found.items():
            tilts[name][row] = B

    for i, (_, added) in enumerate(STEPS):
        held = (*held, *added)
        last = [family.minimum(held, B, before) for B, before in zip(fields, last, strict=True)]
        first = first or [each for each in last if each is not None]
        for j, (upright, ansatz) in enumerate(zip(last, first, strict=True)):
            assert upright is not None
            energy[i, j], mz[i, j] = upright.energy, upright.mz
            beside = (*STEPS[0][1], *added) if i else held
            alone[i, j] = family.minimum(beside, upright.B_T, ansatz).energy
        nucleation[i], count[i] = family.nucleation_T(held), len(held)
        if tilt:
            turned(i, _followed(family, held), list(ANSWERS) if i == 0 else _SHOWN)
        if on_step is not None:
            on_step(i + 1, steps)
    points = [[branch.at(B, degree) for B in fields] for degree in (DEGREE, DEGREE - _COARSER)]
    energies, moments = (
        np.array([[read(point) for point in row] for row in points]) for read in (_energy, _moment)
    )
    energy[-1] = alone[-1] = energies[0]
    mz[-1], nucleation[-1] = moments[0], branch.nucleation_T
    if tilt:
        turned(rows - 1, lambda B: branch.wide(B, DEGREE, _WIDER), list(ANSWERS))
    if on_step is not None:
        on_step(steps, steps)
    return AnsatzLadder(
        step=(*(name for name, _ in STEPS), CONTINUUM),
        coordinates=count,
        B_T=fields,
        energy=energy,
        energy_alone=alone,
        mz=mz,
        nucleation_T=nucleation,
        tilt_T=tilts,
        energy_error=np.abs(energies[0] - energies[1]),
        mz_error=np.abs(moments[0] - moments[1]),
        radius_m=problem.radius_m,
        material=chosen,
    )


def _energy(point: Point) -> float:
    return sum(point.terms.values())


def _moment(point: Point) -> float:
    return float(point.mean[2])


def _followed(family: Family, coordinates: tuple[Coordinate, ...]) -> Callable[[float], Point]:
    """The family's texture in any field as polynomials, each minimum begun at the one before."""
    last: Upright | None = None

    def at(B_T: float) -> Point:
        nonlocal last
        last = family.minimum(coordinates, B_T, last)
        return last.on(DEGREE)

    return at
