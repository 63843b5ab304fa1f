"""Two runs of one case beside each other, row by row and state by state.

In: two analysed results. Out: an Agreement: where they part, and how close they are elsewhere.
Near a jump two engines may leave the old branch at different fields; such rows are counted apart.
The azimuth of a tilted vortex and its handedness cost no energy, so moments are compared along and across the
field, not as vectors.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from harness.analysis.result import CaseResult
from harness.comparison.comparison import kernel_of
from harness.mx3.files.ovf import read_ovf
from reduced_model.materials import MU0
from reduced_model.results import Table

APART = 0.02
"""Difference of the mean moment beyond which two rows are on different branches: far above what a mesh of the
same cells, single precision or another demag kernel can do (1e-3), far below a jump (0.1 and more)."""

OBSERVED = ("remanence", "coercive_field_T", "nucleation_field_T", "annihilation_field_T")
TERMS = ("E_total", "E_exch", "E_demag", "E_anis", "E_Zeeman")


@dataclass(frozen=True, eq=False)
class Agreement:
    """Two runs of one case."""

    first: CaseResult
    second: CaseResult

    @cached_property
    def rows(self) -> pd.DataFrame:
        """One line a field: the difference of the mean moments, both residual torques in T, each energy's.

        The moments' difference takes the component along the field and the length across it. Energies are in
        units of mu0 Ms^2 V / 2, V the sphere's volume, so that they compare across sizes.
        """
        a, b, case = self.first.loop, self.second.loop, self.first.case
        unit_J = 0.5 * MU0 * case.material.Ms_A_per_m**2 * 4 / 3 * np.pi * case.radius_m**3
        difference = np.linalg.norm(self._along_and_across(a.m) - self._along_and_across(b.m), axis=1)
        rows = pd.DataFrame({"step": a.step, "B_T": a.B_T, "m": difference})
        for number, loop in enumerate((a, b), start=1):
            rows[f"residual_{number}_T"] = np.nan if loop.residual_T is None else loop.residual_T
        for term in TERMS:
            if term in a.table and term in b.table:
                rows[term] = (a.table[term].to_numpy() - b.table[term].to_numpy()) / unit_J
        rows["apart"] = rows["m"] > APART
        return rows

    @cached_property
    def states(self) -> pd.DataFrame:
        """One line a state both saved: nu, axis and handedness of both, and the angle between their spins.

        The angle is large, and no fault, where the two chose another azimuth or handedness.
        """
        lines = []
        for step in sorted(set(self.first.fits) & set(self.second.fits)):
            m1, m2 = (read_ovf(result.loop.states[step]).m for result in (self.first, self.second))
            magnetic = m1.any(axis=0) & m2.any(axis=0)
            chord = np.linalg.norm(m1 - m2, axis=0)[magnetic]
            angle = 2 * np.arcsin(np.clip(chord / 2, 0, 1))
            line: dict[str, Any] = {
                "step": step,
                "same_cells": bool((m1.any(axis=0) == m2.any(axis=0)).all()),
                "largest_angle_rad": float(angle.max()),
                "rms_angle_rad": float(np.sqrt(np.mean(angle**2))),
            }
            for k, result in enumerate((self.first, self.second), start=1):
                fit = result.fits[step]
                line |= {f"nu_{k}": _known(fit.nu), f"tilt_{k}_rad": _known(fit.tilt_rad)}
                line[f"chirality_{k}"] = fit.chirality
            lines.append(line)
        return pd.DataFrame(lines)

    @property
    def agrees(self) -> bool:
        """Whether every row of the two is on one branch."""
        return not bool(self.rows["apart"].any())

    def to_table(self) -> Table:
        """The outcome for people: title, header, rows."""
        found = self.to_dict()
        energies = found["largest_difference_of_energy"].values()
        rows: list[tuple[object, ...]] = [
            ("rows on one branch", f"{found['rows'] - found['rows_apart']} of {found['rows']}"),
            ("apart at (T)", found["apart_at_T"] or None),
            ("there m within", found["largest_difference_of_m"]),
            ("energies, in mu0 Ms^2 V / 2, within", max(filter(None, energies), default=0.0)),
            ("demagnetising", " and ".join(found["kernels"])),
            ("largest residual torques (T)", found["worst_residual_T"]),
            *((f"nu at step {s['step']}", (s["nu_1"], s["nu_2"])) for s in found["states"]),
            ("seconds a row", found["seconds_per_row"]),
        ]
        return f"{found['case']}: {' and '.join(found['engines'])}", ("", "both"), rows

    def to_dict(self) -> dict[str, Any]:
        """The outcome as JSON values; differences are those of rows that are not apart."""
        apart, together = self.rows[self.rows["apart"]], self.rows[~self.rows["apart"]]
        energies = [term for term in TERMS if term in together]
        return {
            "case": self.first.case.name,
            "engines": [_engine(self.first), _engine(self.second)],
            "rows": len(self.rows),
            "rows_apart": len(apart),
            "apart_at_T": [float(B) for B in apart["B_T"]],
            "largest_difference_of_m": _largest(together["m"]),
            "largest_difference_of_energy": {term: _largest(together[term]) for term in energies},
            "kernels": [kernel_of(self.first), kernel_of(self.second)],
            "worst_residual_T": [_largest(self.rows[f"residual_{k}_T"]) for k in (1, 2)],
            "states": self.states.to_dict("records"),
            "seconds_per_row": [_pace(self.first), _pace(self.second)],
            "branches": [
                {"branch": one.branch}
                | {name: [_known(getattr(one, name)), _known(getattr(two, name))] for name in OBSERVED}
                for one, two in zip(self.first.observables, self.second.observables, strict=True)
            ],
        }

    def _along_and_across(self, m: np.ndarray) -> np.ndarray:
        """Component of the mean moments along the field, and length of the rest, (n, 2)."""
        along = m @ np.array(self.first.case.direction)
        across = np.sqrt(np.maximum((m**2).sum(axis=1) - along**2, 0))
        return np.stack([along, across], axis=1)


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _largest(values: pd.Series) -> float | None:
    """Largest magnitude; None where there is none."""
    known = np.abs(values.to_numpy(dtype=float))
    known = known[np.isfinite(known)]
    return float(known.max()) if known.size else None


def _engine(result: CaseResult) -> str:
    return f"{result.record.engine} {result.record.engine_version or ''}".strip()


def _pace(result: CaseResult) -> float | None:
    """Wall time of the run over its rows, s."""
    wall_s = result.record.wall_s
    return None if wall_s is None else float(wall_s) / len(result.loop.step)
