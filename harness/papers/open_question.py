"""What Adams & Michels 2026, Sec. VI, leave open: is model or simulation nearer to the continuum?

In: the shipped way down of the 40 nm iron sphere, in the continuum and in cells; the loops of H' and H''.
Out: windows of field, each with who is on the continuum's branch, how far off, and who is the nearest.

A state is compared only with the continuum's of its own kind: one that is upright where the continuum's core
has turned is on another branch, however small the difference of the moments.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import pandas as pd

from harness.papers.continuum import PAPER_RADIUS_NM, in_cells, shipped
from reduced_model.models import VORTEX_MODELS
from reduced_model.papers.vortex import iron_loop

PAPER_CELLS = "2 nm cells"
"""Those of the paper's simulation."""
_SAME = 1e-9
"""Difference of distances that is rounding: H' and H'' are one where their cores are upright."""
_LEAST_NU, _LEAST_TILT_DEG = 0.02, 2.0
"""Below them a state is called uniform, a core upright."""


@dataclass(frozen=True)
class Window:
    """Neighbouring fields at which the same witnesses are on the continuum's branch."""

    first_T: float
    last_T: float
    fields: int
    kind: str
    """What the continuum's state is."""
    rms: dict[str, float]
    """Distance of the mean moment from the continuum's, of the witnesses on its branch."""
    elsewhere: dict[str, str]
    """What the states of the others are."""
    error: float
    """Largest error of the continuum's moment."""
    nearest: str
    """Empty where nobody is on the branch, or the best two differ by less than the error."""

    def __str__(self) -> str:
        where = f"{self.first_T:g} T" if self.fields == 1 else f"{self.first_T:g} to {self.last_T:g} T"
        on = "; ".join(
            f"{name} {value:.4f}" for name, value in sorted(self.rms.items(), key=lambda p: round(p[1], 8))
        )
        off = "; ".join(f"{name}: {kind}" for name, kind in self.elsewhere.items())
        told = [f"{where}, {self.kind}"]
        if self.rms:
            told.append(
                f"rms distance {on}" + (f": {self.nearest} nearest" if self.nearest else ": undecided")
            )
        if off:
            told.append(f"on another branch {off}")
        return ". ".join(told)


def windows(cells: Sequence[str] = (PAPER_CELLS,)) -> tuple[Window, ...]:
    """Windows from the loss of the uniform state down to zero field, in that order.

    Parameters
    ----------
    cells : sequence of str
        Sizes to set beside the models, as `in_cells` names them.
    """
    continuum = shipped("iron/loops.csv").of(PAPER_RADIUS_NM).set_index("B_T")
    witnesses = {name: loop.set_index("B_T") for name, loop in in_cells().items() if name in cells}
    fields = [B for B in next(iter(witnesses.values())).index if B >= 0.0 and B in continuum.index]
    continuum = continuum.loc[fields]
    witnesses = {model.symbol: _of_model(model, fields) for model in VORTEX_MODELS} | witnesses
    kinds = pd.DataFrame({name: _kinds(loop.loc[fields]) for name, loop in witnesses.items()}, index=fields)
    off = pd.DataFrame({name: loop.loc[fields, "m"] - continuum["m"] for name, loop in witnesses.items()})
    found = []
    rows = [B for B in fields if continuum.loc[B, "kind"] != "uniform"]
    for (kind, *_), group in groupby(rows, key=lambda B: (continuum.loc[B, "kind"], *kinds.loc[B])):
        some = list(group)
        rms = {name: float(np.sqrt(np.mean(off.loc[some, name] ** 2))) for name in off}
        on = {name: value for name, value in rms.items() if kinds.loc[some[0], name] == kind}
        error = float(continuum.loc[some, "m_error"].max())
        elsewhere = {name: kinds.loc[some[0], name] for name in rms if name not in on}
        found.append(Window(some[0], some[-1], len(some), kind, on, elsewhere, error, _nearest(on, error)))
    return tuple(found)


def _of_model(model: str, fields: Sequence[float]) -> pd.DataFrame:
    loop = iron_loop(model)
    half = loop.B_T.size // 2
    rows = [int(np.argmin(np.abs(loop.B_T[:half] - B))) for B in fields]
    angle = np.rad2deg(loop.tau_rad[rows])
    return pd.DataFrame({"m": loop.mz[rows], "core_angle_deg": angle, "nu": loop.nu[rows]}, index=fields)


def _kinds(loop: pd.DataFrame) -> list[str]:
    """What the states of a witness are, by nu and the angle of the core."""
    tilt = np.minimum(loop["core_angle_deg"], 180.0 - loop["core_angle_deg"])
    vortex = np.where(tilt < _LEAST_TILT_DEG, "upright vortex", "tilted vortex")
    return list(np.where(loop["nu"] < _LEAST_NU, "uniform", vortex))


def _nearest(rms: dict[str, float], error: float) -> str:
    """The nearest witness, or several that are equally near; empty where that is undecided."""
    least = min(rms.values(), default=0.0)
    best = [name for name in rms if rms[name] - least < _SAME]
    others = [rms[name] - least for name in rms if name not in best]
    return "" if not best or min(others, default=math.inf) <= error else " and ".join(best)
