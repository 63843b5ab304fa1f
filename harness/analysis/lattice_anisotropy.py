"""The lattice's own anisotropy: what the energy of a tilted core owes to where it points among the cells.

In: a magnet with a tilted core, or a state in a run's folder. Out: energies against azimuth and inclination,
barrier and easy azimuths; a table and a drawing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from harness.analysis.certify import at_saved_state
from harness.mx3.magnet.held import held, turned
from harness.mx3.magnet.modes import is_round
from reduced_model.errors import InputError
from reduced_model.results import Result, axes_for

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from harness.mx3.magnet.magnet import Magnet

Array = NDArray[np.float64]

BOLTZMANN_J_PER_K = 1.380649e-23
ROOM_K = 300.0
UPRIGHT = 0.02
"""Part of the mean moment across the axis up to which there is no azimuth to turn."""
AZIMUTHS_DEG = tuple(np.arange(0.0, 91.0, 7.5))
"""A quarter of a turn: cubic cells repeat after it where the axis is one of theirs."""


@dataclass(frozen=True, eq=False, repr=False)
class LatticeAnisotropy(Result):
    """Energies of one texture, everything but the direction of its mean moment relaxed."""

    table_columns = ("azimuth_deg", "inclination_deg", "energy_J", "energy_kT")

    azimuth_deg: Array
    """(n,) azimuth at which the mean moment is held about the axis, from x (from y about x) on."""
    inclination_deg: Array
    """(n,) angle of the mean moment to the axis: free, or held where inclinations were asked for."""
    energy_J: Array
    """(n,) nan where the state came to no rest."""
    held: bool
    """Whether the inclination was held too."""
    moment_J_per_T: float
    """Ms times the volume of the cells."""

    @property
    def energy_kT(self) -> Array:
        """(n,) energies above the lowest, in kT at 300 K."""
        kT: Array = (self.energy_J - np.nanmin(self.energy_J)) / (BOLTZMANN_J_PER_K * ROOM_K)
        return kT

    @property
    def barrier_kT(self) -> float:
        """Highest energy above the lowest: what the lattice asks for a turn of the core; in kT at 300 K."""
        return float(np.nanmax(self.energy_kT))

    @property
    def barrier_T(self) -> float:
        """The same over the moment Ms V, in T."""
        return self.barrier_kT * BOLTZMANN_J_PER_K * ROOM_K / self.moment_J_per_T

    @property
    def easy_deg(self) -> float:
        """Azimuth of the lowest energy."""
        return float(self.azimuth_deg[np.nanargmin(self.energy_J)])

    def __repr__(self) -> str:
        found = f"barrier {self.barrier_kT:.3g} kT at 300 K, {1e3 * self.barrier_T:.3g} mT"
        return f"LatticeAnisotropy({len(self.azimuth_deg)} azimuths, {found}, easy at {self.easy_deg:g}°)"

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the energies against the azimuth, in kT at 300 K."""
        ax = axes_for(ax)
        for angle in np.unique(self.inclination_deg) if self.held else [None]:
            rows = slice(None) if angle is None else self.inclination_deg == angle
            label = None if angle is None else f"{angle:g}°"
            ax.plot(self.azimuth_deg[rows], self.energy_kT[rows], ".-", label=label)
        ax.set_xlabel("azimuth of the core (°)")
        ax.set_ylabel("energy (kT at 300 K)")
        if self.held:
            ax.legend(title="inclination")
        return ax


def lattice_anisotropy(
    magnet: Magnet,
    azimuths_deg: Sequence[float] = AZIMUTHS_DEG,
    inclinations_deg: Sequence[float] | None = None,
    axis: Sequence[float] = (0.0, 0.0, 1.0),
) -> LatticeAnisotropy:
    """Energy of a tilted core against its azimuth, and its inclination if that is held as well.

    At each direction the texture is turned there and comes to rest with its mean moment held, by a uniform
    field that does no work; all else relaxes. Turned by an angle that field and anisotropy leave free, a
    round body would change nothing: what is left is the lattice's.

    Parameters
    ----------
    magnet : Magnet
        In double precision, at a state with a tilted core, centred on the grid; it is left as it was.
    azimuths_deg : sequence of float
        From the first of x, y, z across the axis.
    inclinations_deg : sequence of float, optional
        Angles of the mean moment to the axis; every azimuth is computed at each of them.
    axis : (3,) floats
        About which the core is turned: that of the field, or of the anisotropy.

    Raises
    ------
    InputError
        If the mean moment is along the axis, the body is not round about it, or cells are partly filled.
    """
    start, pole = magnet.columns.copy(), np.asarray(axis, dtype=float) / np.linalg.norm(axis)
    first = np.eye(3)[int(np.argmin(np.abs(pole)))]
    first = (first - (first @ pole) * pole) / np.linalg.norm(first - (first @ pole) * pole)
    frame = np.array([first, np.cross(pole, first), pole])
    x, y, along = frame @ np.array(magnet.average(magnet.m))
    if math.hypot(x, y) <= UPRIGHT:
        raise InputError(
            f"the mean moment has {math.hypot(x, y):.2g} across the axis: the core is upright and has no "
            f"azimuth; a tilted one is wanted (allowed: more than {UPRIGHT:g})"
        )
    centres = magnet.mesh.centres()[:, magnet.fill > 0]
    middle = np.average(centres, axis=1, weights=magnet.moments)[:, None]
    if not is_round(centres - middle, magnet.mesh.cell, pole):
        raise InputError("the body is not round about the axis, so a turn changes more than the cells there")
    azimuth, inclination = math.atan2(y, x), math.atan2(math.hypot(x, y), along)
    rows = []
    for wanted_inclination in [None] if inclinations_deg is None else inclinations_deg:
        for wanted_azimuth in azimuths_deg:
            phi = math.radians(wanted_azimuth)
            theta = inclination if wanted_inclination is None else math.radians(wanted_inclination)
            across = frame.T @ np.array([-math.sin(phi), math.cos(phi), 0.0])
            outward = frame.T @ np.array([math.cos(phi), math.sin(phi), 0.0])
            upward = math.cos(theta) * outward - math.sin(theta) * pole
            turn = Rotation.from_rotvec((theta - inclination) * across) * Rotation.from_rotvec(
                (phi - azimuth) * pole
            )
            magnet.move_to(start.copy())
            magnet.set_m(turned(magnet, turn))
            try:
                found = held(magnet, [across] if wanted_inclination is None else [across, upward])
            except ValueError as why:
                raise InputError(str(why)) from None
            sideways = float(np.dot(found.moment, outward))
            angle = math.degrees(math.atan2(sideways, float(np.dot(found.moment, pole))))
            rows.append((wanted_azimuth, angle, found.energy_J if found.converged else math.nan))
    magnet.move_to(start)
    azimuths, angles, energies = map(np.array, zip(*rows, strict=True))
    moment_J_per_T = float(magnet.moments.sum() * magnet.mesh.cell_volume)
    return LatticeAnisotropy(azimuths, angles, energies, inclinations_deg is not None, moment_J_per_T)


def lattice_anisotropy_of(state: Path | str, **how: Any) -> LatticeAnisotropy:
    """The same of a saved state in the folder of its run; `how` as `lattice_anisotropy` takes it."""
    found = at_saved_state(Path(state), lambda magnet: lattice_anisotropy(magnet, **how))
    return found
