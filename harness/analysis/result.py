"""One run, read and analysed: its loop, its branches, its saved states with their fits.

In: a Run as read from its folder. Out: a CaseResult. A state that cannot be fitted is noted, with the reason.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from harness.analysis.loop import (
    Asymmetry,
    Branch,
    analyse_loop,
    branch_asymmetry,
    branch_of_rows,
    branches,
    moment_along,
    order_parameter,
    sound_part,
    widest,
)
from harness.analysis.vortex import FitError, VortexFit, fit_vortex
from harness.mx3.files.ovf import VectorField, read_ovf
from harness.runs.convergence import TorqueLimit, torque_limit, unsettled_warning
from harness.runs.descent import Fault, fault_warning
from harness.runs.output import Run
from harness.runs.record import RunRecord
from harness.runs.table import Loop
from harness.study.study import Case
from reduced_model.loops.observables import BranchObservables
from reduced_model.results import Shown, table

if TYPE_CHECKING:
    import discretisedfield
    import pandas as pd
    from matplotlib.axes import Axes

    from harness.analysis.run_certificates import RunCertificates

Vector = NDArray[np.float64]
TOLD_EVERY_S = 2.0
"""Time between two words on how far the fits are."""
MOST_KEPT_BYTES = 20_000_000
"""Largest remanent state kept in memory for the figures; a larger one is read again when it is drawn."""


@dataclass(frozen=True, eq=False, repr=False)
class SavedState(Shown):
    """One saved magnetisation with its fit."""

    label: str
    step: int
    B_T: float
    branch: str
    fit: VortexFit
    path: Path | None
    centre_m: tuple[float, float, float]
    """The sphere's centre from the grid's."""
    kept: VectorField | None = None
    """The vector field itself, where it was kept from the fit."""

    def read(self) -> VectorField:
        """The vector field itself, from its file unless it was kept."""
        if self.kept is not None:
            return self.kept
        if self.path is None:
            raise FileNotFoundError(
                f"{self.label}, step {self.step}: the state was fitted but its file is not known"
            )
        return read_ovf(self.path)

    @property
    def field(self) -> discretisedfield.Field:
        """The magnetisation as a ``discretisedfield.Field``, for cuts, plots, VTK, HDF5 and xarray."""
        return self.read().field

    def to_dataframe(self) -> pd.DataFrame:
        """One row: where on the path it was saved, and its fit."""
        told = {"case": self.label, "step": self.step, "B_T": self.B_T, "branch": self.branch}
        return table([told]).join(self.fit.to_dataframe())

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw its radial profile and the fitted tanh and sech; returns the axes."""
        return self.fit.plot(ax)


@dataclass(frozen=True, eq=False, repr=False)
class CaseResult(Shown):
    """One case: its loop, what the loop says, and the fits of its saved states by step."""

    case: Case
    loop: Loop
    observables: tuple[BranchObservables, ...]
    fits: dict[int, VortexFit]
    folder: Path
    record: RunRecord
    label: str = ""
    """Short name in figures; compare() chooses it so that the cases of a study differ."""
    unfitted: Mapping[int, str] = field(default_factory=dict)
    """Why saved states could not be fitted, by step."""
    kept: Mapping[int, VectorField] = field(default_factory=dict)
    """The state nearest zero field, by step, unless it is very large."""
    faults: tuple[Fault, ...] = ()
    """The rows that are no result of the field path; nothing is read from them."""
    certified: RunCertificates | None = None
    """The certificates that a report's making took; None where it took none."""
    replicas: tuple[CaseResult, ...] = ()
    """The other runs of the same case, where a study repeats it."""

    @property
    def doubts(self) -> tuple[str, ...]:
        """What of its values, or of the files it was imported from, looks mistaken, a line each."""
        return (*self.record.details.get("doubts", ()), *self.case.doubts)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the engine and the look at its output had to note, one line each; records may be older."""
        return tuple(dict.fromkeys((*self.record.warnings, *self.row_warnings)))

    @property
    def row_warnings(self) -> tuple[str, ...]:
        """What the look at its rows has to note."""
        return (
            *fault_warning(self.faults, self.case),
            *unsettled_warning(self.loop, self.torque_limit),
        )

    @cached_property
    def torque_limit(self) -> TorqueLimit:
        """The torque up to which a row counts as an equilibrium."""
        return torque_limit(self.case, self.record.engine, self.record.details)

    @cached_property
    def certificates(self) -> RunCertificates:
        """Which saved states are minima, by step: read from the run's folder, or made on first sight."""
        # a parser and a compiler come with it, and few look at it
        from harness.analysis.run_certificates import certificates_of

        if self.certified is not None and not self.certified.left:
            return self.certified
        return certificates_of(self.folder, self.case, self.record, self.loop.states)

    @cached_property
    def sound(self) -> NDArray[np.bool_]:
        """Which rows are not at fault, (n,)."""
        return ~np.isin(self.loop.step, [fault.step for fault in self.faults])

    def sound_part(self, branch: Branch) -> slice:
        """The rows of a branch before its first at fault."""
        return sound_part(branch, self.sound)

    @cached_property
    def branches(self) -> tuple[Branch, ...]:
        """Monotone stretches of the rows."""
        return branches(self.loop.B_T)

    @cached_property
    def branch_of_row(self) -> NDArray[np.object_]:
        """Label of the branch of every row, (n,); see `branch_of_rows`."""
        return branch_of_rows(self.loop.B_T)

    @cached_property
    def leading(self) -> int:
        """Place of the branch that leaves saturation.

        Of those that start uniform the one from the largest field, or else of all; of equals the widest.
        """
        B_T = np.asarray(self.loop.B_T)
        each = zip(self.branches, self.observables, strict=True)
        uniform = [branch for branch, seen in each if seen.starts_as == "uniform" and branch.n_rows > 2]
        starts = [
            (branch, round(abs(float(B_T[branch.rows.start])), 9)) for branch in uniform or self.branches
        ]
        furthest = max(start for _, start in starts)
        return self.branches.index(widest([branch for branch, start in starts if start == furthest], B_T))

    @cached_property
    def moment(self) -> Vector:
        """Mean moment along the field at every row; nan at a row at fault."""
        return np.where(self.sound, moment_along(self.loop, self.case.direction), np.nan)

    @cached_property
    def span(self) -> tuple[Vector, Vector]:
        """Least and largest of `moment` over this and the other runs of the case, (n,) each."""
        runs = [run.moment for run in (self, *self.replicas)]
        return np.fmin.reduce(runs), np.fmax.reduce(runs)

    @cached_property
    def order(self) -> Vector | None:
        """Share of pure circulation at every row; nan at a row at fault."""
        order = order_parameter(self.loop)
        return None if order is None else np.where(self.sound, order, np.nan)

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
                self.branch_of_row[rows[step]],
                self.fits[step],
                self.loop.states.get(step),
                self.case.lattice.centre_m,
                self.kept.get(step),
            )
            for step in sorted(self.fits)
            if step in rows
        )

    def to_dataframe(self) -> pd.DataFrame:
        """A row a field: step, B_T, branch, m along the field; angle and nu where a state was saved.

        m is nan at a row at fault, and angle and nu are where no state was fitted.
        """
        steps = self.loop.step.tolist()
        fits = [self.fits.get(step) for step in steps]
        return table(
            {
                **{"step": steps, "B_T": self.loop.B_T, "branch": self.branch_of_row, "m": self.moment},
                "core_angle_deg": [np.rad2deg(fit.tilt_rad) if fit else np.nan for fit in fits],
                "nu": [fit.nu if fit else np.nan for fit in fits],
                "nu_error": [fit.nu_error if fit else np.nan for fit in fits],
                "state": [fit.state if fit else "" for fit in fits],
            }
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the moment along the field against field, one line a branch; returns the axes."""
        ax = self.loop.plot(ax, self.case.direction)
        ax.set_title(self.label or self.case.name)
        return ax

    def label_without(self, *parts: str) -> str:
        """The label but for its material and such parts of it; the kind of protocol where nothing is left."""
        kept = [p for p in self.label.split(", ") if p not in (self.case.material.label, *parts)]
        return ", ".join(kept) or self.case.protocol.kind

    @property
    def short_label(self) -> str:
        """The label without what is said of its particle, beside which it stands."""
        return self.label_without(f"R = {self.case.particle.radius_nm:g} nm")

    @property
    def worst_residual_T(self) -> float:
        """Largest residual torque of any row; nan where the engine recorded none."""
        residual = self.loop.residual_T
        return float("nan") if residual is None else float(np.nanmax(residual))


def analyse(run: Run, on_step: Callable[[str], None] | None = None) -> CaseResult:
    """Observables of a finished run and fits of every state it saved, rows at fault left out.

    ``on_step`` is told every few seconds how far the fits are.

    Every saved state is read once, and the one nearest zero field kept; raises OutputInvalid, one of its
    kinds, if one is spoilt or not of this run.
    """
    case, loop = run.case, run.loop
    at_fault = {fault.step for fault in run.faults}
    fits: dict[int, VortexFit] = {}
    unfitted: dict[int, str] = {}
    kept: dict[int, VectorField] = {}
    field_T = dict(zip(loop.step.tolist(), loop.B_T.tolist(), strict=True))
    believed = loop.states.keys() - at_fault
    remanent = min(believed, key=lambda step: (abs(field_T[step]), step), default=None)
    told = time.monotonic()
    for done, step in enumerate(loop.states):
        if on_step and time.monotonic() - told > TOLD_EVERY_S:
            told = time.monotonic()
            on_step(f"fitting the saved states of {case.name}: {done} of {len(loop.states)}")
        state = run.state(step)
        if step == remanent and state.m.nbytes <= MOST_KEPT_BYTES:
            kept[step] = state
        if step in at_fault:
            unfitted[step] = "the row is no result of the field path"
            continue
        try:
            fits[step] = fit_vortex(state, case.radius_m, case.lattice.centre_m, case.direction)
        except FitError as error:
            unfitted[step] = str(error)
    observables = analyse_loop(loop, case.direction, ~np.isin(loop.step, sorted(at_fault)))
    return CaseResult(
        case,
        loop,
        observables,
        fits,
        run.folder,
        run.record,
        unfitted=unfitted,
        kept=kept,
        faults=run.faults,
    )


def with_replicas(results: Sequence[CaseResult]) -> tuple[CaseResult, ...]:
    """One result a case: its first run, with the others as its replicas."""
    by_case: dict[str, list[CaseResult]] = {}
    for result in results:
        by_case.setdefault(result.case.name, []).append(result)
    return tuple(replace(first, replicas=tuple(others)) for first, *others in by_case.values())
