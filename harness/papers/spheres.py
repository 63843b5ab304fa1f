"""The continuum of spheres of several radii: branches, falling loops, events, remanent profiles as tables.

In: a material, radii. Out: a `SphereStudy`; four CSV files whose first line is the command that made them.
A sphere that polynomials cannot resolve is a row with the solver's words.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reduced_model.continuum.branches import UNKNOWN, BranchEvent, ContinuumBranches
from reduced_model.continuum.equilibrium import NotResolved
from reduced_model.continuum.loop import continuum_loop
from reduced_model.continuum.problem import ContinuumState
from reduced_model.continuum.survey import continuum_branches
from reduced_model.materials import Material
from reduced_model.materials import material as known_material
from reduced_model.results import Table

Array = NDArray[np.float64]
SHOWN = ("m", "core_angle_deg", "nu", "nu_m_phi", "nu_m_z", "lambda_min_T")
"""Observables of the falling loops; the branches hold all."""
EVENTS = ("nucleation", "tilt", "reversal")
LOOP_STEP_T = 0.02
SIDE_T = 1e-6
"""How far beside an event the loop is tabulated too, so that a jump is drawn as one."""
PROFILE_RADII = 51
_BETWEEN_EVENTS = 7
_STEPS_TO_ZERO = 4
_DIGITS = "%.7g"


@dataclass(frozen=True, eq=False)
class SphereStudy:
    """Spheres of one material, solved; tables have R_nm as their first column."""

    material: Material
    spheres: pd.DataFrame
    """A row a radius: fields of events, the remanent state, errors; `refused` where it was not solved."""
    loops: pd.DataFrame
    """The stable state on the way down from saturation; the way up is its mirror image."""
    branches: pd.DataFrame
    """Every branch at the fields at which it was solved; its mirror image, (B, m) -> (-B, -m), is one too."""
    profiles: pd.DataFrame
    """Components over shells of equal distance from the axis of the remanent vortex."""

    def to_dict(self) -> dict[str, Any]:
        """The tables for programs, as records."""
        tables = {name: getattr(self, name).to_dict("records") for name in TABLES}
        return {"material": self.material.name, **tables}

    def to_table(self) -> Table:
        """A row a sphere for people: title, header, rows."""
        header = ("R (nm)", *(f"{name} (T)" for name in EVENTS), "remanence", "nu", "remanent state")
        rows = [
            (
                *(f"{row['R_nm']:g}", *(_told(row.get(f"{name}_T"), "+.4f") for name in EVENTS)),
                *(_told(row.get("m"), ".4f"), _told(row.get("nu"), ".3f")),
                "; ".join(
                    text for text in (row.get("kind"), row["refused"]) if isinstance(text, str) and text
                ),
            )
            for row in self.spheres.to_dict("records")
        ]
        return f"{self.material.name}, continuum", header, rows

    def write(self, folder: Path, command: str) -> tuple[Path, ...]:
        """Write the tables that have rows into a folder, made if need be, below the command as a comment."""
        folder.mkdir(parents=True, exist_ok=True)
        files = tuple(folder / f"{name}.csv" for name in TABLES if len(getattr(self, name)))
        for file in files:
            text = getattr(self, file.stem).to_csv(index=False, float_format=_DIGITS)
            file.write_text(f"# {command}\n{text}", encoding="utf-8")
        return files


TABLES = ("spheres", "loops", "branches", "profiles")


def solve_spheres(
    radii_nm: Sequence[float],
    material: Material | str = "iron",
    *,
    accuracy: float = 1e-3,
    on_step: Callable[[int, int], None] | None = None,
) -> SphereStudy:
    """Solve spheres of one material one after the other.

    Parameters
    ----------
    radii_nm : sequence of float
    material : Material or str
    accuracy : float
        Wanted error of the mean magnetisation, see `continuum_branches`.
    on_step : callable, optional
        Called with the states solved, and how many there will be about.
    """
    chosen = known_material(material)
    found: list[tuple[pd.DataFrame, ...]] = []
    before = states = 0

    def report(solved: int, expected: int) -> None:
        nonlocal states
        states = expected
        if on_step is not None:  # spheres to come are taken to cost what this one does
            on_step(before + solved, before + expected * (len(radii_nm) - len(found)))

    for radius_nm in radii_nm:
        states = 0
        found.append(_solved(radius_nm, chosen, accuracy, report))
        before += states
    return SphereStudy(chosen, *(pd.concat(parts, ignore_index=True) for parts in zip(*found, strict=True)))


def _solved(
    radius_nm: float, material: Material, accuracy: float, report: Callable[[int, int], None]
) -> tuple[pd.DataFrame, ...]:
    """The four tables of one sphere."""
    radius_m = radius_nm * 1e-9
    try:
        branches = continuum_branches(radius_m=radius_m, material=material, accuracy=accuracy, on_step=report)
    except NotResolved as why:
        return pd.DataFrame([{"R_nm": radius_nm, "refused": str(why)}]), *(pd.DataFrame(),) * 3
    loop, refused, profile = falling_loop(branches), branches.refused, pd.DataFrame()
    remanent = loop[loop["B_T"] == 0.0].drop(columns="B_T")
    if not remanent.empty and remanent["kind"].iloc[0] != "uniform":
        fields = np.linspace(branches.events[0].B_T + LOOP_STEP_T, 0.0, _STEPS_TO_ZERO)
        followed = continuum_loop(fields, radius_m=radius_m, material=material, accuracy=accuracy)
        if not any(fields[-1] == one.B_T for one in followed.refused):
            profile = radial_profile(followed.states[-1])
    row = {**event_fields(branches.events), **next(iter(remanent.to_dict("records")), {}), "refused": refused}
    tables = (pd.DataFrame([row]), loop, without_mirrors(branches.to_dataframe()), profile)
    for table in tables:
        table.insert(0, "R_nm", radius_nm)
    return tables


def falling_loop(branches: ContinuumBranches) -> pd.DataFrame:
    """The stable state on the way down from saturation, a row a field, beside every event on both sides.

    The fields are symmetric about zero, so that the way up is known at the same ones.
    """
    ends = np.array(sorted({sign * event.B_T for event in branches.events for sign in (1.0, -1.0)}))
    top = LOOP_STEP_T * math.ceil(max([0.1, *ends]) / LOOP_STEP_T + 1.0)
    even = np.linspace(top, -top, round(2.0 * top / LOOP_STEP_T) + 1).round(9)
    between = [
        np.linspace(*pair, _BETWEEN_EVENTS + 2)[1:-1] for pair in pairwise(ends) if np.ptp(pair) > SIDE_T
    ]
    largest = branches.branches[0].B_T[-1] * np.array([1.0, -1.0])
    B_T = np.unique(np.concatenate((largest, even, ends + SIDE_T, ends - SIDE_T, *between)))[::-1]
    rows = []
    for B, index in zip(B_T, branches.path(B_T), strict=True):
        if index == UNKNOWN:
            continue
        branch = branches.branches[index]
        row = {"B_T": B, "kind": branch.kind}
        for name in SHOWN:
            value, error = branch.at(name, B)
            row |= {name: float(value), f"{name}_error": float(error)}
        rows.append(row)
    return pd.DataFrame(rows)


def without_mirrors(table: pd.DataFrame) -> pd.DataFrame:
    """A table of branches without those that are an earlier one with field and moment reversed."""
    kept: list[pd.DataFrame] = []
    for _, rows in table.groupby("branch"):
        reversed_ = -rows[["B_T", "m"]].to_numpy()[::-1]
        if not any(np.array_equal(reversed_, other[["B_T", "m"]].to_numpy()) for other in kept):
            kept.append(rows)
    return pd.concat(kept, ignore_index=True)


def event_fields(events: Sequence[BranchEvent]) -> dict[str, float]:
    """Fields and errors of the first nucleation, tilt and reversal of a falling loop; nan where none is."""
    fields = {}
    for name in EVENTS:
        event = next((event for event in events if event.kind == name), None)
        if event is not None and name == "reversal":  # a jump to the other side is known by its branch's end
            beside = [other for other in events if abs(other.B_T - event.B_T) <= event.error_T]
            event = min(beside, key=lambda other: other.error_T, default=event)
        fields[f"{name}_T"] = event.B_T if event is not None else math.nan
        fields[f"{name}_error_T"] = event.error_T if event is not None else math.nan
    return fields


def radial_profile(state: ContinuumState) -> pd.DataFrame:
    """Mean and scatter of a vortex's components over shells of equal distance from its axis.

    Parameters
    ----------
    state : ContinuumState
        A vortex whose axis goes through the centre.

    Returns
    -------
    DataFrame
        rho_over_R; m_rho (outward), m_phi (along the circulation) and m_z (along the core), each with the
        standard deviation over its shell and the change from degree N - 4 to N as error.
    """
    coarser = state.problem.refined(state, state.degree - 4)
    profile = _profile(state)
    if coarser is not None:
        other = _profile(coarser)
        for name in ("m_rho", "m_phi", "m_z"):
            profile[f"{name}_error"] = (profile[name] - other[name]).abs()
    return profile


def _profile(state: ContinuumState) -> pd.DataFrame:
    axis = state.problem.turn.T @ state.toroidal
    axis /= np.linalg.norm(axis)
    across = np.linalg.svd(axis[None])[2][1:]
    if np.linalg.det(np.stack((*across, axis))) < 0.0:
        across = across[::-1]
    phi = 2.0 * np.pi * np.arange(32) / 32
    outward = np.cos(phi)[:, None] * across[0] + np.sin(phi)[:, None] * across[1]
    height, weight = np.polynomial.legendre.leggauss(12)
    core = state.problem.turn.T @ state.core
    frame = {"m_rho": outward[:, None], "m_phi": np.cross(axis, outward)[:, None], "m_z": core}
    rows = []
    for rho in np.linspace(0.0, 1.0, PROFILE_RADII):
        half = math.sqrt(1.0 - rho**2)
        m = state.magnetisation(rho * outward[:, None] + half * height[:, None] * axis, in_radii=True)
        row = {"rho_over_R": rho}
        for name, along in frame.items():
            values = np.sum(m * along, axis=-1)
            mean = float(np.mean(values @ weight)) / 2.0
            spread = float(np.mean((values - mean) ** 2 @ weight)) / 2.0
            row |= {name: mean, f"{name}_std": math.sqrt(spread)}
        rows.append(row)
    return pd.DataFrame(rows)


def _told(value: float | None, form: str) -> str:
    """A number for people; nothing where there is none."""
    return "" if value is None or math.isnan(value) else f"{value:{form}}"
