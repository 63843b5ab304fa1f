"""Lattices of cells: what they make of a sphere, and which runs differ in nothing else.

In: analysed cases. Out: a lattice's volume, whether it resolves a core, what of its loop is its cells'.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.analysis.certificate import FALLING
from harness.analysis.loop import order_threshold
from harness.analysis.result import CaseResult
from harness.study.study import Case
from reduced_model.materials import Material

HANDFUL_ACROSS = 8.0
"""Cells across the diameter below which a sphere is a handful of cubes."""
UNRESOLVED = 2.0
"""Cell in exchange lengths from which a mesh holds no vortex core worth judging."""
CUBIC = ({0.0}, {0.5}, {-0.5})
"""Offsets that leave the lattice's cubic symmetry; by any other one the cells' outline is longer one way."""


def volume_ratio(result: CaseResult) -> float:
    """Volume of the filled cells over the sphere's; nan where cells are partly filled.

    Saved states tell which cells those are: where a cell's centre lies on the surface, rounding decides.
    """
    if result.case.mesh.edge_smooth:
        return math.nan
    fits = result.fits.values()
    lattice = result.case.lattice
    inside = np.sum(lattice.positions() ** 2, axis=0) <= lattice.radius_m**2
    count = next((fit.n_cells for fit in fits), int(np.count_nonzero(inside)))
    return count * (lattice.cell_m / lattice.radius_m) ** 3 / (4 / 3 * math.pi)


def lattice_values(result: CaseResult) -> dict[str, Any]:
    """A lattice's cells, their volume over the sphere's and their moment, by name."""
    case, ratio = result.case, volume_ratio(result)
    volume_m3 = 4 / 3 * math.pi * case.radius_m**3
    return {
        "case": result.label,
        "cell_nm": case.mesh.cell_nm,
        "offset_cells": " ".join(f"{d:g}" for d in case.mesh.offset_cells),
        "cells": round(ratio * volume_m3 / case.cell_m**3) if math.isfinite(ratio) else math.nan,
        "volume_ratio": ratio,
        "moment_A_m2": case.material.Ms_A_per_m * volume_m3 * ratio,
    }


def cell_in_exchange_lengths(case: Case) -> float:
    """Size of a cell in units of l_ex."""
    material = case.material
    soft = Material("of the case", material.Ms_A_per_m, material.A_J_per_m, 0.0)
    return case.cell_m / soft.exchange_length_m


def resolved(case: Case) -> bool:
    """Whether cells can hold a vortex core, so that nu, tau and the Hamiltonians mean something."""
    return cell_in_exchange_lengths(case) <= UNRESOLVED and case.cells_across >= HANDFUL_ACROSS


def tells_nucleation(result: CaseResult) -> bool:
    """Whether a run's nucleation field is its cells': they resolve a core, no uniform state is a saddle."""
    return resolved(result.case) and not uniform_saddles(result).any()


def uniform_saddles(result: CaseResult) -> NDArray[np.bool_]:
    """Sound rows of a uniform state that is certified to be one from which the energy falls."""
    steps = result.loop.step
    order = result.order
    if order is None or result.certified is None:
        return np.zeros(len(steps), dtype=bool)
    found = result.certified.found
    falling = [step in found and found[step].verdict in FALLING for step in steps.tolist()]
    uniform = order < order_threshold(order, result.moment)
    return np.asarray(np.array(falling) & uniform & result.sound)


def but_cells(result: CaseResult) -> tuple[object, ...]:
    """All that decides a result, but the cells."""
    case, options = result.case, result.record.options
    mesh = case.mesh.model_dump(exclude={"cell_nm", "offset_cells"})
    offset = "cubic" if set(case.mesh.offset_cells) in CUBIC else case.mesh.offset_cells
    engine = (result.record.engine, *(str(options.get(k)) for k in ("algorithm", "float_dtype", "demag")))
    problem = (case.material, case.particle, case.field, case.solver, case.protocol)
    return (*problem, tuple(sorted(mesh.items())), offset, engine)
