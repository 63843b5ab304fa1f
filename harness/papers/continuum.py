"""The continuum of the papers' spheres as shipped, and the same sphere in cells: what is shown of them.

In: the CSV files of `make results`, each with the command that wrote it in its first line.
Out: loops, profiles, fields of events; for some printed numbers the continuum's own with its error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from io import StringIO
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from harness.papers.spheres import LOOP_STEP_T, SIDE_T
from harness.shipped import continuum_results
from reduced_model.nucleation.spinodals import nucleation_radius
from reduced_model.results import with_error

LINE: Mapping[str, Any] = {"color": "0.0", "linewidth": 0.9, "linestyle": (0, (4, 1, 1, 1)), "zorder": 4}
POINTS: Mapping[str, Any] = {
    "color": "0.0",
    "marker": "D",
    "markersize": 3.0,
    "linestyle": "none",
    "zorder": 4,
}
"""How the continuum looks in every figure, solved at many places or at a few."""
CELLS = "cells.csv"
PAPER_RADIUS_NM = 20.0
_CELLS_COLUMNS = {"B (T)": "B_T", "<m> (1)": "m", "tau (deg)": "core_angle_deg", "nu (1)": "nu"}
ROUNDING = 1e-6
"""Of the numbers in the files."""
_VISIBLE = 0.004
"""Least error, as a share of an axis, that a figure can show."""


@dataclass(frozen=True, eq=False)
class ShippedTable:
    """One table of the shipped results."""

    name: str
    """Its path below docs/results/continuum."""
    command: str
    """What wrote it."""
    rows: pd.DataFrame

    def of(self, radius_nm: float) -> pd.DataFrame:
        """The rows of one sphere."""
        return self.rows[np.isclose(self.rows["R_nm"], radius_nm)].reset_index(drop=True)

    def __str__(self) -> str:
        """File and command, as captions name them."""
        return f"Continuum: {self.name}, by `{self.command}`."


@dataclass(frozen=True)
class Measured:
    """A number of the continuum and how far it may be off."""

    value: float
    error: float
    note: str = ""

    def __str__(self) -> str:
        """To the place of the error, which stands beside it; four digits if the error is nothing."""
        if not self.error >= 1e-6:
            return f"{self.value:.4g}"
        return with_error(self.value, self.error)


@cache
def shipped(name: str) -> ShippedTable:
    """The table at a path such as iron/loops.csv."""
    first, text = (continuum_results() / name).read_text(encoding="utf-8").split("\n", 1)
    return ShippedTable(name, first.removeprefix("# "), pd.read_csv(StringIO(text)))


def full_loop(radius_nm: float = PAPER_RADIUS_NM, material: str = "iron") -> pd.DataFrame:
    """The loop down from saturation and up again, a row a field, in path order.

    The way up is the way down with field and moment reversed: the problem does not change when both are.
    """
    falling = shipped(f"{material}/loops.csv").of(radius_nm)
    turned = {"B_T": -falling["B_T"], "m": -falling["m"], "core_angle_deg": 180.0 - falling["core_angle_deg"]}
    return pd.concat((falling, falling.assign(**turned)), ignore_index=True)


def draw_continuum(
    axes: Axes, table: pd.DataFrame, x: str, y: str, *, label: str | None = "continuum"
) -> None:
    """One quantity of a shipped table as the continuum's line, with its error where it can be seen."""
    axes.plot(table[x], table[y], label=label, **LINE)
    low, high = axes.get_ylim()
    error = table[f"{y}_error"]
    if (error > _VISIBLE * abs(high - low)).any():
        axes.fill_between(table[x], table[y] - error, table[y] + error, color="0.0", alpha=0.15, linewidth=0)


def in_cells() -> dict[str, pd.DataFrame]:
    """The way down of the paper's sphere in cells, by their size in words: B_T, m, core_angle_deg, nu."""
    rows = shipped(CELLS).rows
    down = rows[rows["branch"] == "descending"].rename(columns=_CELLS_COLUMNS)
    return {str(size): loop.reset_index(drop=True) for size, loop in down.groupby("series", sort=False)}


def sphere(radius_nm: float = PAPER_RADIUS_NM, material: str = "iron") -> Mapping[str, Any]:
    """Events and remanent state of one sphere, by column of spheres.csv."""
    (row,) = shipped(f"{material}/spheres.csv").of(radius_nm).to_dict("records")
    return row


def in_the_continuum(quantity: str) -> Measured | None:
    """The continuum's value of a quantity of Adams & Michels 2026; None where it has none of its own."""
    compute = NUMBERS.get(quantity)
    return compute() if compute is not None else None


def _of_sphere(name: str, radius_nm: float = PAPER_RADIUS_NM, note: str = "") -> Measured:
    row = sphere(radius_nm)
    stem, end = (name[:-2], "_T") if name.endswith("_T") else (name, "")
    return Measured(abs(row[name]), row[f"{stem}_error{end}"], note)


def _radius_nm(name: str) -> Measured:
    return Measured(1e9 * getattr(nucleation_radius("iron"), name), 0.0, "closed form, Brown")


def _gaps() -> pd.DataFrame:
    """Distance of the two branches at the fields of the way down, and what it may be off by."""
    falling = shipped("iron/loops.csv").of(PAPER_RADIUS_NM).set_index("B_T")
    rising = falling.set_index(-falling.index)
    return pd.DataFrame(
        {"gap": (falling["m"] + rising["m"]).abs(), "error": falling["m_error"] + rising["m_error"]}
    ).dropna()


def _branch_gap() -> Measured:
    worst = _gaps().nlargest(1, "gap").iloc[0]
    return Measured(worst["gap"], worst["error"])


def _open_below_T() -> Measured:
    gaps = _gaps()
    open_T = gaps.index[gaps["gap"] > gaps["error"] + ROUNDING].to_series().abs()
    return Measured(open_T.max(), LOOP_STEP_T) if len(open_T) else Measured(0.0, 0.0, "closed at every field")


def _largest_step(least_nm: float, most_nm: float) -> Measured:
    """Largest change of the moment at one field, on the way down of the spheres solved between two radii."""
    rows = shipped("iron/loops.csv").rows
    rows = rows[rows["R_nm"].between(least_nm, most_nm)]
    steps = rows.groupby("R_nm")[["B_T", "m"]].diff().abs()
    beside = steps["B_T"] < 3.0 * SIDE_T
    return Measured(steps.loc[beside, "m"].max(), 2.0 * rows.loc[beside, "m_error"].max())


def _remanent_nu() -> Measured:
    row = sphere()
    note = f"by all components; {row['nu_m_phi']:.3f} by m_phi, {row['nu_m_z']:.3f} by m_z"
    return Measured(row["nu"], row["nu_error"], note)


NUMBERS: dict[str, Callable[[], Measured]] = {
    "field down to which the particle is saturated": partial(_of_sphere, "nucleation_T"),
    "field below which H' leaves the simulated loop, where its core tilts": partial(_of_sphere, "tilt_T"),
    "remanence of H'": partial(_of_sphere, "m"),
    "largest difference between the branches of H'": _branch_gap,
    "|B| up to which the loop of H'' is open": _open_below_T,
    "largest step of <m_z> in the loops of H'', R = 12 to 20 nm": partial(_largest_step, 12.0, 20.0),
    "R_nuc of iron": partial(_radius_nm, "brown_m"),
    "radius below which the particle is a macrospin, from the paper's own B_nuc": partial(
        _radius_nm, "crossing_brown_m"
    ),
    "remanence of the 8 nm sphere": partial(_of_sphere, "m", 8.0),
    "switching field of iron": partial(_of_sphere, "reversal_T", 8.0, "R = 8 nm"),
    "nu of the remanent state, 2 nm cells": _remanent_nu,
    "field of MuMax3's jump, 2 nm cells": partial(_of_sphere, "nucleation_T", note="opens without a jump"),
    "|B| below which MuMax3's loop is open": _open_below_T,
}
"""By the quantities of `reduced_model.papers.vortex`."""
