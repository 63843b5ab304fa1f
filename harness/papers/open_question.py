"""What Adams & Michels 2026, Sec. VI, leave open: is model or simulation nearer to the continuum?

In: the shipped way down of the 40 nm iron sphere, in the continuum and in cells; the loops of H' and H''.
Out: windows of field, each with who is on the continuum's branch, how far off, and who is the nearest.

A state is compared only with the continuum's of its own kind: one that is upright where the continuum's core
has turned is on another branch, however small the difference of the moments.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from harness.analysis.loop import Branch
from harness.comparison.states import KINDS
from harness.comparison.testimony import WITNESS
from harness.comparison.windows import Spoken, Window, Witness
from harness.comparison.windows import windows as windows_of
from harness.papers.continuum import PAPER_RADIUS_NM, in_cells, shipped
from reduced_model.models import VORTEX_MODELS
from reduced_model.papers.vortex import iron_loop

__all__ = ["PAPER_CELLS", "Window", "windows"]

PAPER_CELLS = "2 nm cells"
"""Those of the paper's simulation."""
_LEAST_NU, _LEAST_TILT_DEG = 0.02, 2.0
"""Below them a state is called uniform, a core upright."""


def windows() -> tuple[Window, ...]:
    """Windows from the loss of the uniform state down to zero field, in that order."""
    continuum = shipped("iron/loops.csv").of(PAPER_RADIUS_NM).set_index("B_T")
    continuum = continuum[continuum["kind"] != "uniform"]
    cells = in_cells()[PAPER_CELLS].set_index("B_T")
    fields = [B for B in cells.index if B >= 0.0 and B in continuum.index]
    continuum, everywhere = continuum.loc[fields], np.ones(len(fields), dtype=bool)
    stable_kind = np.array([KINDS.index(kind) for kind in continuum["kind"]])
    told = {Witness.SIMULATION: cells.loc[fields]}
    told |= {WITNESS[model]: _of_model(model, fields) for model in VORTEX_MODELS}
    spoken = []
    for witness, rows in told.items():
        kind = np.array([KINDS.index(name) for name in _kinds(rows)])
        m = rows["m"].to_numpy()
        spoken.append(Spoken(witness, m, np.zeros_like(m), kind, kind == stable_kind))
    stable = continuum["m"].to_numpy(), continuum["m_error"].to_numpy()
    way = [Branch("descending", slice(0, len(fields)))]
    return tuple(windows_of(np.array(fields), way, everywhere, stable, stable_kind, spoken))


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
