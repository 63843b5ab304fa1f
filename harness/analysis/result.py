"""One run, read and analysed: its loop, its branches, its saved states with their fits.

In: a case, the loop of its run, the run's folder. Out: a CaseResult.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from harness.analysis.loop import (
    Asymmetry,
    Branch,
    analyse_loop,
    branch_asymmetry,
    branches,
    moment_along,
    order_parameter,
)
from harness.analysis.vortex import TooFewCells, VortexFit, fit_vortex
from harness.runs.output import Loop, VectorField, read_ovf
from reduced_model.loops.observables import BranchObservables

if TYPE_CHECKING:
    from harness.study.study import Case

__all__ = ["CaseResult", "SavedState", "analyse_case"]

Vector = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SavedState:
    """One saved magnetisation with its fit."""

    label: str
    step: int
    B_T: float
    branch: str
    fit: VortexFit
    path: Path | None
    centre_m: tuple[float, float, float]
    """The sphere's centre from the grid's."""

    def read(self) -> VectorField:
        """The vector field itself, from its file."""
        if self.path is None:
            raise FileNotFoundError(
                f"{self.label}, step {self.step}: the state was fitted but its file is not known"
            )
        return read_ovf(self.path)


@dataclass(frozen=True, eq=False)
class CaseResult:
    """One case: its loop, what the loop says, and the fits of its saved states by step."""

    case: Case
    loop: Loop
    observables: tuple[BranchObservables, ...]
    fits: dict[int, VortexFit]
    folder: Path
    manifest: Mapping[str, Any] = field(default_factory=dict)
    label: str = ""
    """Short name in figures; compare() chooses it so that the cases of a study differ."""
    unfitted: Mapping[int, str] = field(default_factory=dict)
    """Why saved states could not be fitted, by step."""

    @cached_property
    def branches(self) -> tuple[Branch, ...]:
        """Monotone stretches of the rows."""
        return branches(self.loop.B_T)

    @cached_property
    def moment(self) -> Vector:
        """Mean moment along the field at every row."""
        return moment_along(self.loop, self.case.direction)

    @cached_property
    def order(self) -> Vector | None:
        """Share of pure circulation at every row."""
        return order_parameter(self.loop)

    @cached_property
    def asymmetry(self) -> Asymmetry | None:
        """Ascending against mirrored descending branch."""
        return branch_asymmetry(self.loop.B_T, self.moment)

    @cached_property
    def states(self) -> tuple[SavedState, ...]:
        """Saved states in the order of the path."""
        rows = {int(step): k for k, step in enumerate(self.loop.step)}
        return tuple(
            SavedState(
                self.label,
                step,
                float(self.loop.B_T[rows[step]]),
                next((b.name for b in self.branches if b.rows.start <= rows[step] < b.rows.stop), ""),
                self.fits[step],
                self.loop.states.get(step),
                self.case.lattice.centre_m,
            )
            for step in sorted(self.fits)
            if step in rows
        )

    @property
    def worst_residual_T(self) -> float:
        """Largest residual torque of any row; nan where the engine recorded none."""
        residual = self.loop.residual_T
        return float("nan") if residual is None else float(np.nanmax(residual))


def analyse_case(
    case: Case, loop: Loop, folder: Path, manifest: Mapping[str, Any] | None = None
) -> CaseResult:
    """Observables of a finished run and fits of every state it saved.

    Raises
    ------
    FitError
        When a saved state is empty or not finite. One of too few cells is left unfitted, with the reason.
    """
    fits: dict[int, VortexFit] = {}
    unfitted: dict[int, str] = {}
    for step, path in loop.states.items():
        try:
            fits[step] = fit_vortex(read_ovf(path), case.radius_m, case.lattice.centre_m, case.direction)
        except TooFewCells as few:
            unfitted[step] = str(few)
    observables = analyse_loop(loop, case.direction)
    return CaseResult(case, loop, observables, fits, folder, manifest or {}, unfitted=unfitted)
