"""What a saved state is, a minimum of the energy or a saddle: its certificate, with the mode that says so.

In: a state's file, the magnet at its stationary point, the smallest curvatures there. Out: a Certificate,
which knows its words, its table and its picture.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from reduced_model.results import DRAWING_IN, Shown, Table, axes_for, notebook_html, table

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from harness.mx3.magnet.magnet import Magnet
    from harness.mx3.magnet.stability import Stability

FALLING = ("saddle", "maximum")
"""Verdicts on a state from which the energy falls."""
MOST_ARROWS = 20
PLURAL = {"minimum": "minima", "saddle": "saddles", "maximum": "maxima", "undecided": "undecided"}
"""Verdicts on several states."""


@dataclass(frozen=True, eq=False, repr=False)
class Certificate(Shown):
    """What one saved state is."""

    file: Path
    B_T: tuple[float, float, float]
    """Mean applied field."""
    lambda_min_T: float
    """Smallest curvature of the energy, over the mean square change of m, at the stationary point of the
    state's branch; soft modes left out."""
    residual_T: float
    """An exact eigenvalue lies within it of lambda_min_T."""
    verdict: str
    """"minimum", "saddle", "maximum" or "undecided"."""
    basis: str
    """Why no smaller eigenvalue is believed to exist."""
    mode: str
    """What the mode of lambda_min_T does."""
    soft_T: tuple[float, ...]
    """Eigenvalues of soft modes: turns of the whole state that only the cells resist."""
    eigenvalues_T: tuple[float, ...]
    modes: tuple[str, ...]
    """The smallest eigenvalues, ascending, and what each mode does."""
    band_T: float
    band_reason: str
    """Eigenvalues nearer to zero than the band are undecided, and why."""
    torque_before_T: float
    torque_T: float
    """Largest |m x B| as saved and at the stationary point."""
    moved_rad: float
    most_moved_rad: float
    """Angle by which the moments turned on the way: rms, and of the cell that turned most."""
    n_cells: int
    cut: Mapping[str, NDArray[np.float64]] = field(repr=False)
    """State and mode in the plane of cells through the centre that lies most across the core; empty where the
    certificate was read from a run's certificates.json."""

    def to_dict(self) -> dict[str, Any]:
        """The numbers as plain values, for JSON."""
        return {name: value for name, value in vars(self).items() if name != "cut"}

    def to_table(self) -> Table:
        """The numbers for people: title, header, rows."""
        return Certificates((self,), {}, True).to_table()

    def lines(self) -> Iterator[str]:
        """What the numbers say, in words."""
        at = f"lambda_min = {self.lambda_min_T:.4g} T (residual {self.residual_T:.1g} T), {self.mode}"
        said = {
            "saddle": "saddle: the energy falls along its mode",
            "maximum": "maximum: the energy falls in every direction",
            "minimum": "minimum: no direction was found in which the energy falls",
            "undecided": "undecided, minimum or saddle",
        }
        yield f"{said[self.verdict]}; {at}"
        yield f"basis: {self.basis}"
        for value in self.soft_T:
            yield f"soft mode: azimuth of the core, {value:.4g} T; only the cells set it: not in the verdict"
        yield (
            f"the state was moved onto its stationary point by {self.moved_rad:.2g} rad rms "
            f"({self.most_moved_rad:.2g} at most): torque {self.torque_before_T:.2g} T before, "
            f"{self.torque_T:.2g} T after"
        )
        if self.band_T:
            yield f"undecided within {1e3 * self.band_T:g} mT of zero: {self.band_reason}"

    def to_dataframe(self) -> pd.DataFrame:
        """State and mode in the plane, a row a cell."""
        return table(self.cut)

    def _repr_html_(self) -> str:
        """The mode, where the certificate holds its picture, and the numbers, for a notebook."""
        return notebook_html(self.plot if self.cut else None, DRAWING_IN, self.to_table())

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the mode in the plane: arrows of its part in it, shades of its part across it."""
        ax = axes_for(ax)
        names = [name for name in self.cut if name.endswith("(nm)")]
        u, v = (self.cut[name] for name in names)
        in_plane = [self.cut[f"d{name[0]}"] for name in names]
        (across,) = {*"xyz"} - {name[0] for name in names}
        sides = np.unique(u), np.unique(v)
        shades = np.full((sides[1].size, sides[0].size), np.nan)
        most = max(float(np.abs(list(self.cut[f"d{c}"] for c in "xyz")).max()), 1e-12)
        shades[np.searchsorted(sides[1], v), np.searchsorted(sides[0], u)] = self.cut[f"d{across}"] / most
        shown = ax.pcolormesh(*sides, shades, cmap="Greys", vmin=-1.5, vmax=3, shading="nearest")
        key = ax.figure.colorbar(
            shown, ax=ax, ticks=(-1, 0, 1), label=f"change of m along {across}", shrink=0.7
        )
        key.ax.set_ylim(-1, 1)
        stride = -(-max(side.size for side in sides) // MOST_ARROWS)
        kept = np.isin(u, sides[0][::stride]) & np.isin(v, sides[1][::stride])
        spacing = stride * (sides[0][1] - sides[0][0]) if sides[0].size > 1 else 1.0
        arrows = (part[kept] for part in in_plane)
        ax.quiver(u[kept], v[kept], *arrows, scale=most / (1.2 * spacing), pivot="mid", **_ARROWS)
        ax.set(aspect="equal", xlabel=names[0], ylabel=names[1])
        return ax


_ARROWS: dict[str, Any] = {"units": "xy", "angles": "xy", "scale_units": "xy", "color": "black"}


@dataclass(frozen=True, eq=False, repr=False)
class Certificates(Shown):
    """Certificates of several states, in the order in which they were saved."""

    states: tuple[Certificate, ...]
    refused: Mapping[str, str]
    """Why others have none, by file name."""
    of_file: bool = False
    """Whether one file was asked for, rather than a folder."""
    script: Path | None = None
    """The script that was found beside their folder and taken."""
    notes: tuple[str, ...] = ()
    """What else is to be known of what was taken."""

    def to_dict(self) -> dict[str, Any]:
        """The numbers as plain values: of a folder a list a key, of a file its own; the script, the notes."""
        known = {"script": self.script, "notes": list(self.notes)}
        if self.of_file:
            return self.states[0].to_dict() | known
        columns = [each.to_dict() for each in self.states]
        listed = {key: [values[key] for values in columns] for key in (columns[0] if columns else ())}
        return {**listed, "refused": dict(self.refused)} | known

    def words(self) -> tuple[str, ...]:
        """How many of each, on what basis, and within what band of zero nothing is claimed."""
        count = Counter(c.verdict for c in self.states)
        bases = Counter(c.basis for c in self.states)
        bands = dict.fromkeys((c.band_T, c.band_reason) for c in self.states)
        return (
            ", ".join(f"{n} {PLURAL[verdict] if n > 1 else verdict}" for verdict, n in sorted(count.items())),
            *([f"script: {self.script}, which lies there"] if self.script else []),
            *self.notes,
            *(f"basis of {n}: {basis}" for basis, n in bases.items()),
            *(f"undecided within {1e3 * T:g} mT of zero: {reason}" for T, reason in bands if T),
        )

    def to_dataframe(self) -> pd.DataFrame:
        """A row a state: field, verdict, curvatures."""
        return table(
            {"state": c.file.name, **dict(zip(("B_x_T", "B_y_T", "B_z_T"), c.B_T, strict=True))}
            | {name: getattr(c, name) for name in ("verdict", "lambda_min_T", "residual_T", "mode", "basis")}
            for c in self.states
        )

    def to_table(self) -> Table:
        """The numbers for people: title, header, rows."""
        header = ("state", "B (T)", "verdict", "lambda_min (T)", "mode", "soft (T)", "moved (rad)")
        rows = [
            (c.file.name, c.B_T, c.verdict, c.lambda_min_T, c.mode, c.soft_T or "", c.moved_rad)
            for c in self.states
        ]
        return "", header, rows


def certificate_of(
    file: Path, magnet: Magnet, found: Stability, band_T: float, band_reason: str
) -> Certificate:
    """The certificate of a state whose magnet now stands at its stationary point."""
    values = tuple(float(value) for value in found.spectrum.eigenvalues_T)
    decisive = found.decisive
    polished = found.polished
    return Certificate(
        file=file,
        B_T=applied_T(magnet),
        lambda_min_T=found.lambda_min_T,
        residual_T=found.residual_T,
        verdict=found.verdict(band_T),
        basis=found.basis(band_T),
        mode="" if decisive is None else found.names[decisive],
        soft_T=found.soft_T,
        eigenvalues_T=values,
        modes=found.names,
        band_T=band_T,
        band_reason=band_reason,
        torque_before_T=polished.torque_before_T,
        torque_T=polished.torque_T,
        moved_rad=polished.moved_rad,
        most_moved_rad=polished.most_moved_rad,
        n_cells=magnet.n_cells,
        cut=_cut(magnet, found.changes[decisive or 0], found.core),
    )


def applied_T(magnet: Magnet) -> tuple[float, float, float]:
    """Mean of the applied field over the body."""
    x, y, z = (round(float(b), 9) + 0.0 for b in magnet.field("zeeman")[:, magnet.fill > 0].mean(axis=1))
    return x, y, z


def _cut(
    magnet: Magnet, change: NDArray[np.floating], core: NDArray[np.floating]
) -> dict[str, NDArray[np.float64]]:
    """State m and mode d in the plane of cells through the centre that lies most across the core."""
    axis = int(np.abs(core).argmax())
    layer = magnet.mesh.n[axis] // 2
    plane = [slice(None)] * 3
    plane[2 - axis] = layer  # type: ignore[call-overload]
    where = (slice(None), *plane)
    inside = (magnet.fill > 0)[tuple(plane)]
    centres = 1e9 * magnet.mesh.centres()[where][:, inside]
    columns = {f"{c} (nm)": centres[k] for k, c in enumerate("xyz") if k != axis}
    columns |= {f"m{c}": magnet.m[where][k][inside] for k, c in enumerate("xyz")}
    return columns | {f"d{c}": change[where][k][inside] for k, c in enumerate("xyz")}
