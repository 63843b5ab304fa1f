"""One sphere in a few fields: in the continuum, and on lattices of several cells by the CPU engine.

In: a radius, a material, fields from saturation down, cell sizes. Out: a `Reference` for every field, a
`CellRun` for every cell, observables by the same names.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.analysis.recognition import UNIFORM_STATES
from harness.analysis.result import CaseResult, analyse
from harness.engines.cpu import CpuEngine
from harness.runs.execute import execute
from harness.runs.output import read
from harness.runs.plan import plan
from harness.study.study import Study
from reduced_model.continuum.equilibrium import NotResolved
from reduced_model.continuum.loop import followed
from reduced_model.continuum.problem import Continuum, ContinuumState
from reduced_model.continuum.survey import observed
from reduced_model.continuum.texture import Kind
from reduced_model.materials import Material
from reduced_model.nucleation.spinodals import on_axis_nucleation_field
from reduced_model.results import Shown

Array = NDArray[np.float64]
OnDone = Callable[[], None]

OBSERVABLES = ("m", "core_angle_deg", "nu", "total_J")
"""Mean moment along the field, angle of the core to it, core parameter, energy from MuMax3's zero."""
KINDS: Mapping[str, Kind] = {
    **dict.fromkeys(UNIFORM_STATES, "uniform"),
    "vortex": "upright vortex",
    **dict.fromkeys(("tilted vortex", "tilted displaced vortex"), "tilted vortex"),
}
"""The continuum's name of a state on cells, where it has one: a tilted core may shift, an upright one not."""
ACCURACY = 1e-3
ALONG = (0.0, 0.0, 1.0)
YOUNG_SHARES = (0.9, 0.55)
"""Shares of Brown's field that a path from below them passes first: a vortex is followed from its youth."""
RADIUS_STEP = 0.015
"""Relative change of the radius for derivatives: that of a coarse lattice's volume."""
YOUNG = (0.05, 0.6)
"""Shares of pure circulation between which a vortex is near enough to its nucleation to lead back to it."""


@dataclass(frozen=True, repr=False)
class Reference(Shown):
    """The continuum's stable state at one field of a path from saturation."""

    B_T: float
    kind: Kind
    values: Mapping[str, float]
    errors: Mapping[str, float]
    per_log_radius: Mapping[str, float]
    """Change of each value with ln R; 0 for a tilted vortex, for which it is not computed."""


@dataclass(frozen=True, repr=False)
class CellRun(Shown):
    """One lattice, run through the fields."""

    cell_m: float
    n_cells: int
    """Magnetic cells."""
    seconds: float
    kinds: Mapping[float, str]
    """What the state at each field is called; of rows at fault there is none."""
    values: Mapping[float, Mapping[str, float]]
    nucleation_T: float
    """Where circulation sets in; nan where it does so by a jump, or out of the fields."""
    warnings: tuple[str, ...] = ()
    """What is to be noted of its rows."""


def references(
    fields_T: Sequence[float], radius_m: float, material: Material, on_done: OnDone = lambda: None
) -> tuple[tuple[Reference, ...], tuple[str, ...]]:
    """The continuum at falling fields, and why some of them have none."""
    brown_T = on_axis_nucleation_field(material, radius_m).brown_T
    before = [share * brown_T for share in YOUNG_SHARES if share * brown_T > fields_T[0]]
    states, refused = _states([*before, *fields_T], radius_m, material)
    here = {B: states[B] for B in fields_T if B in states}
    on_done()
    upright = [B for B, state in here.items() if state.kind == "upright vortex"]
    smaller, larger = (_states(upright, radius_m * (1 + sign * RADIUS_STEP), material)[0] for sign in (-1, 1))
    on_done()
    found, left_out = [], [f"{B:g} T: left out, {refused}" for B in fields_T if B not in here]
    for B, state in here.items():
        if state.stability != "minimum":
            left_out.append(f"{B:g} T: left out, the continuum's {state.kind} is no certain minimum there")
            continue
        values, errors = _observed(state)
        slopes = dict.fromkeys(values, 0.0)
        sides = [_observed(side[B])[0] for side in (smaller, larger) if B in side]
        if len(sides) == 2 and sides[0].keys() == sides[1].keys() == values.keys():
            slopes = {k: (sides[1][k] - sides[0][k]) / (2 * RADIUS_STEP) for k in values}
        found.append(Reference(B, state.kind, values, errors, slopes))
    return tuple(found), tuple(left_out)


def measure(
    cells_nm: Sequence[float],
    fields_T: Sequence[float],
    nucleation_T: Sequence[float],
    radius_nm: float,
    material: Material,
    on_done: OnDone = lambda: None,
) -> tuple[CellRun, ...]:
    """Run the sphere from saturation down on every lattice, kicked at every field, its centre on no offset.

    Parameters
    ----------
    cells_nm, fields_T : sequence of float
        States are saved and fitted at these fields.
    nucleation_T : sequence of float
        Fields beside them in which circulation sets in; the largest in which the sphere is saturated.
    radius_nm : float
    material : Material
    on_done : callable
        Called after each lattice.
    """
    values: dict[str, Any] = {
        "name": "advice",
        "particle": {"radius_nm": radius_nm},
        "material": {
            **{key: getattr(material, key) for key in ("Ms_A_per_m", "A_J_per_m", "Ku_J_per_m3")},
            "axis": list(material.axis),
        },
        "field": {"values_T": sorted({*fields_T, *nucleation_T}, reverse=True)},
        "protocol": [{"kind": "kick"}],
        "save": {"ovf": list(fields_T)},
        "sweep": {"cell_nm": list(cells_nm)},
    }
    engine, runs = CpuEngine(), []
    with TemporaryDirectory(prefix="mxval-advice-") as folder:
        for run in plan(Study.from_values(values), engine, Path(folder)):
            runs.append(_cell_run(analyse(read(execute(run, engine)))))
            on_done()
    return tuple(runs)


def _states(
    fields_T: Sequence[float], radius_m: float, material: Material
) -> tuple[dict[float, ContinuumState], str]:
    """The stable states of a falling path by field, as far as they are resolved, and why the path ends."""
    states: dict[float, ContinuumState] = {}
    try:
        for state, _ in followed(Continuum(material, radius_m, ALONG), fields_T, ACCURACY, count=False):
            states[state.B_T] = state
    except NotResolved as why:
        return states, f"the continuum is not resolved there ({why}); more fields above it may help"
    return states, ""


def _observed(state: ContinuumState) -> tuple[dict[str, float], dict[str, float]]:
    """Observables of a continuum state, and their errors: of vortices nu, of a tilted one its angle too."""
    known = observed(state)
    vortex = state.kind in ("upright vortex", "tilted vortex")
    has = {"nu": vortex, "core_angle_deg": state.kind == "tilted vortex"}
    names = [name for name in OBSERVABLES if has.get(name, True)]
    return {n: known.values[n] for n in names}, {n: known.errors[n] for n in names}


def _cell_run(result: CaseResult) -> CellRun:
    """What a run says at the fields it saved."""
    loop, kinds, values = result.loop, {}, {}
    for state in result.states:
        row, fit = int(np.flatnonzero(loop.step == state.step)[0]), state.fit
        kinds[state.B_T] = fit.state
        values[state.B_T] = {
            "m": float(result.moment[row]),
            "core_angle_deg": math.degrees(fit.tilt_rad),
            "nu": fit.nu,
            "total_J": float(loop.table["E_total"][row]),
        }
    order = np.full(len(loop.B_T), np.nan) if result.order is None else result.order
    return CellRun(
        cell_m=result.case.lattice.cell_m,
        n_cells=next(iter(result.fits.values())).n_cells if result.fits else 0,
        seconds=float(result.record.wall_s or 0.0),
        kinds=kinds,
        values=values,
        nucleation_T=nucleation_of(loop.B_T, order),
        warnings=result.warnings,
    )


def nucleation_of(B_T: Array, order: Array) -> float:
    """Field at which circulation sets in, from three fields below it; nan if it jumps there.

    The square of the circulation vanishes linearly at a pitchfork; two more terms follow its bend.

    Examples
    --------
    >>> B = np.array([0.6, 0.5, 0.48, 0.46])
    >>> round(nucleation_of(B, np.sqrt(np.maximum(3 * (0.51 - B), 0))), 6)
    0.51
    """
    young = np.flatnonzero((order > YOUNG[0]) & (order < YOUNG[1]))
    young = young[np.argsort(order[young])][:3]
    before = B_T[order <= YOUNG[0]]
    if len(young) < 3 or not before.size:
        return math.nan
    found = float(np.polynomial.Polynomial.fit(order[young] ** 2, B_T[young], 2)(0.0))
    return found if B_T[young].max() <= found else math.nan
