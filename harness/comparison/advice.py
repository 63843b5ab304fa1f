"""Which cells a sphere needs: mesh errors of a few cheap lattices against the continuum, carried further.

In: a sphere, a wanted error, fields, cell sizes. Out: a `CellAdvice`.
No fine mesh is run: the continuum has none, and coarse cells show with which power of their size they err.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

from harness.comparison.cell_advice import NUCLEATION, WORDS, CellAdvice
from harness.comparison.cell_error import ErrorLaw, error_law
from harness.comparison.cell_runs import (
    KINDS,
    OBSERVABLES,
    CellRun,
    Reference,
    measure,
    references,
)
from harness.inputs import checked
from harness.study.lattice import nanometres
from harness.study.tables import ParticleTable
from reduced_model.continuum.equilibrium import NotResolved
from reduced_model.errors import InputError, column, finite
from reduced_model.materials import Material
from reduced_model.materials import material as known_material
from reduced_model.nucleation.spinodals import nucleation_field, nucleation_radius, on_axis_nucleation_field

NO_NUCLEATION = "nucleation field: left out, it has no closed form with the easy axis off the field"
UNITS = {"core_angle_deg": "deg", "total_J": "J", NUCLEATION: "T"}
FIELD_SHARES = (0.8, 0.55, 0.4)
"""Fields if none are given, as shares of Brown's along the axis: vortices young, grown and old, upright."""
NUCLEATION_SHARES = (1.2, 0.96, 0.93, 0.9, 0.87, 0.84)
"""Fields about Brown's in which circulation sets in: on coarse cells up to a tenth below it."""
SIZES = (1.0, 1.2, 1.3, 1.6, 1.7, 2.0)
"""Cells across if none are given, in the coarsest's: even and odd numbers of them, over a factor of two."""
COARSEST_ACROSS, COARSEST_LENGTHS = 10, 2.0
"""The coarsest lattice has at least so many cells across, and cells of at most so many exchange lengths."""
FEWEST_RUN, MOST_RUN = 6, 64
"""Cells across between which a lattice is run."""
FEWEST_SIZES, MOST_FIELDS = 3, 12
SMALLEST_ERROR, LARGEST_ERROR = 1e-3, 0.3


def cell_advice(
    *,
    radius_nm: float = 20.0,
    material: Material | str = "iron",
    error: float = 0.01,
    fields_T: Sequence[float] | None = None,
    cells_nm: Sequence[float] | None = None,
    on_step: Callable[[int, int], None] | None = None,
) -> CellAdvice:
    """Say which cells a sphere needs, from a few coarse lattices and the continuum.

    Parameters
    ----------
    radius_nm : float
    material : Material or str
        With its easy axis; the field is along z.
    error : float
        Wanted, from 0.001 to 0.3: of m, of the core's angle in radians, of energies in mu0 Ms^2 V/2, of nu
        and the nucleation field relative to the continuum's.
    fields_T : sequence of float, optional
        Fields at which the errors are measured; with the easy axis along the field 0.8, 0.55 and 0.4 of
        Brown's nucleation field if not given.
    cells_nm : sequence of float, optional
        At least three cell sizes to run; six from the radius and the exchange length if not given.
    on_step : callable, optional
        Called with the steps done and their number.

    Raises
    ------
    InputError
        If a number is out of range, or the sphere holds no vortex in these fields.
    NotResolved
        If the continuum is not resolved at any of the fields.
    """
    chosen = known_material(material)
    radius = checked(ParticleTable, {"radius_nm": radius_nm}).radius_nm
    radius_m = nanometres(radius)
    if not SMALLEST_ERROR <= finite("error", error) <= LARGEST_ERROR:
        raise InputError(f"error = {error:g}: must be from {SMALLEST_ERROR:g} to {LARGEST_ERROR:g}")
    cells = _cells(radius, chosen, cells_nm)
    fields = _fields(radius_m, chosen, fields_T)
    done = itertools.count(1)

    def stepped() -> None:
        if on_step is not None:
            on_step(next(done), len(cells) + 2)

    found, left_out = references(fields, radius_m, chosen, stepped)
    if not found:
        raise NotResolved(left_out)
    if not any(reference.kind != "uniform" for reference in found):
        raise InputError([_no_vortex(radius_m, chosen, "at the fields given"), *left_out])
    brown_T, along = on_axis_nucleation_field(chosen, radius_m).brown_T, chosen.is_along()
    near = [round(share * brown_T, 6) for share in NUCLEATION_SHARES] if along and brown_T > 0 else []
    held_T = 0.0 if along else 2.0 * chosen.anisotropy_field_T  # what the axis adds across it
    start = round(max(brown_T + 0.2 * abs(brown_T) + held_T, fields[0]), 6)
    if not along:
        left_out = (*left_out, NO_NUCLEATION)
    runs = measure(cells, [r.B_T for r in found], sorted({start, *near}), radius, chosen, stepped)
    unit_J = 0.5 * chosen.magnetostatic_J_per_m3 * 4 / 3 * math.pi * radius_m**3
    laws = [
        _law_of(name, reference, runs, radius_m, error, unit_J)
        for name in OBSERVABLES
        for reference in found
        if name in reference.values
    ]
    if near:
        laws.append(_nucleation_law(runs, radius_m, chosen, error))
    laws.sort(key=lambda law: list(WORDS).index(law.observable))
    return CellAdvice(radius_m, chosen, error, found, runs, tuple(laws), left_out)


def _cells(radius_nm: float, material: Material, cells_nm: Sequence[float] | None) -> list[float]:
    """Cell sizes to run, coarsest first."""
    diameter = 2 * radius_nm
    if cells_nm is None:
        least = diameter / (COARSEST_LENGTHS * material.exchange_length_m * 1e9)
        coarsest = max(COARSEST_ACROSS, math.ceil(least))
        if SIZES[-1] * coarsest > MOST_RUN:
            raise InputError(
                f"radius_nm = {radius_nm:g}: cells of {COARSEST_LENGTHS:g} exchange lengths are {coarsest} "
                f"across, too many for a cheap run (at most {MOST_RUN / SIZES[-1]:g}); give --cells-nm"
            )
        return [math.ceil(diameter / round(share * coarsest) * 1e6) / 1e6 for share in SIZES]
    sizes = sorted(set(column("cells_nm", cells_nm).tolist()), reverse=True)
    low, high = diameter / MOST_RUN, diameter / FEWEST_RUN
    if wrong := [size for size in sizes if not low <= size <= high]:
        raise InputError(
            f"cells_nm = {wrong[0]:g}: must be from {low:.3g} to {high:.3g} nm, which is {MOST_RUN} to "
            f"{FEWEST_RUN} cells across"
        )
    if len(sizes) < FEWEST_SIZES:
        raise InputError(
            f"cells_nm = {', '.join(f'{s:g}' for s in sizes)}: give at least {FEWEST_SIZES} different sizes; "
            "fewer show no scatter"
        )
    return sizes


def _fields(radius_m: float, material: Material, fields_T: Sequence[float] | None) -> list[float]:
    """Fields from saturation down."""
    if fields_T is not None:
        fields = sorted({round(B, 6) for B in column("fields_T", fields_T).tolist()}, reverse=True)
        if len(fields) > MOST_FIELDS:
            raise InputError(f"fields_T: {len(fields)} fields, at most {MOST_FIELDS}")
        return fields
    if not material.is_along():
        raise InputError(
            "fields_T is not given, and with the easy axis off the field no closed form says in which fields "
            "a vortex stands: give some with --fields-T"
        )
    brown_T = nucleation_field(material, radius_m).brown_T
    if brown_T <= 0:
        raise InputError(_no_vortex(radius_m, material, "on the way to zero field"))
    return [float(f"{share * brown_T:.2g}") for share in FIELD_SHARES]


def _no_vortex(radius_m: float, material: Material, where: str) -> str:
    """Why there is nothing to advise on, and what can be said."""
    said = f"radius_nm = {radius_m * 1e9:g}: such a sphere of {material.name} holds no vortex {where}"
    if not material.is_along():
        return f"{said}, its easy axis off the field; take others, or a larger radius"
    lost, least_m = nucleation_field(material, radius_m), nucleation_radius(material).brown_m
    lost_T = round(lost.uniform_lost_T, 4) + 0.0
    way = "curling" if lost.brown_T >= lost.coherent_T else "coherent rotation"
    remedy = f"a radius above {least_m * 1e9:.3g} nm" if math.isfinite(least_m) else "a softer material"
    if lost.brown_T > 0:
        remedy = f"fields below {lost.brown_T:.4g} T"
    return (
        f"{said}; its uniform state ends at {lost_T:.4f} T by {way} and asks little of a mesh; take {remedy}"
    )


def _law_of(
    name: str, reference: Reference, runs: Sequence[CellRun], radius_m: float, error: float, unit_J: float
) -> ErrorLaw:
    """The law of one observable at one field."""
    exact, B = reference.values[name], reference.B_T
    scale = {"core_angle_deg": math.degrees(1.0), "nu": exact, "total_J": unit_J}.get(name, 1.0)
    values = [
        run.values[B][name] if KINDS.get(run.kinds.get(B, "")) == reference.kind else math.nan for run in runs
    ]
    return error_law(
        *(name, UNITS.get(name, ""), B),
        radius_m=radius_m,
        continuum=(exact, reference.errors[name]),
        per_log_radius=reference.per_log_radius[name],
        wanted=error * scale,
        cell_m=[run.cell_m for run in runs],
        value=values,
    )


def _nucleation_law(runs: Sequence[CellRun], radius_m: float, material: Material, error: float) -> ErrorLaw:
    """The law of the nucleation field against Brown's, in closed form with its change with the radius."""
    exact = nucleation_field(material, radius_m)
    return error_law(
        *(NUCLEATION, UNITS[NUCLEATION], exact.brown_T),
        radius_m=radius_m,
        continuum=(exact.brown_T, 0.0),
        per_log_radius=2 * (material.mu0Ms_T / 3 + exact.coherent_T - exact.brown_T),
        wanted=error * exact.brown_T,
        cell_m=[run.cell_m for run in runs],
        value=[run.nucleation_T for run in runs],
    )
