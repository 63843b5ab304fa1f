"""What the cases of a comparison differ in, as numbers, and the observables that are set against it.

In: a Comparison. Out: the keys that vary, with the value of each case; the leading row of an observable.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from harness.analysis.result import CaseResult
from harness.comparison.comparison import Comparison
from harness.comparison.table import MOMENT, OPENING, TURN, Row
from harness.study.study import Case
from reduced_model.materials import axis_angle_rad


@dataclass(frozen=True)
class Key:
    """A number of a case."""

    name: str
    label: str
    unit: str
    of: Callable[[Case], float]
    """nan where a case has none."""
    of_sphere: bool = True
    """Whether theory has it too: not the mesh's, not the solver's."""


@dataclass(frozen=True)
class Observable:
    """A quantity of the table that cases are compared by."""

    quantity: str
    """As the table calls it."""
    label: str
    unit: str
    decimals: int


KEYS = (
    Key("radius_nm", "R", "nm", lambda case: case.particle.radius_nm),
    Key("cell_nm", "cell", "nm", lambda case: case.mesh.cell_nm, False),
    Key("Ms_A_per_m", "Ms", "A/m", lambda case: case.material.Ms_A_per_m),
    Key("A_J_per_m", "A", "J/m", lambda case: case.material.A_J_per_m),
    Key("Ku_J_per_m3", "Ku", "J/m³", lambda case: case.material.Ku_J_per_m3),
    Key("edge_smooth", "EdgeSmooth", "", lambda case: float(case.mesh.edge_smooth), False),
    Key("angle", "field to axis", "°", lambda case: _angle_deg(case)),
    Key("tolerance_T", "tolerance", "T", lambda case: case.solver.tolerance_T, False),
)
OF_PROTOCOLS = (
    Key("b_mT", "b", "mT", lambda case: getattr(case.protocol, "b_mT", np.nan), False),
    Key("theta_deg", "θ", "°", lambda case: getattr(case.protocol, "theta_deg", np.nan)),
    Key("phi_deg", "φ", "°", lambda case: getattr(case.protocol, "phi_deg", np.nan)),
)
"""Numbers of protocols; in the table of cases the labels tell them."""
OBSERVABLES = (
    Observable("nucleation field", "vortex appears", "T", 4),
    Observable(TURN, "core tilts", "T", 4),
    Observable("coercive field", "moment reverses", "T", 4),
    Observable(MOMENT, "⟨m⟩", "", 4),
    Observable("remanence", "remanence", "", 3),
    Observable("nu at B = 0", "ν at B = 0", "", 3),
    Observable(OPENING, "loop open up to", "T", 4),
)


def varied(comparison: Comparison, keys: Sequence[Key] = KEYS) -> tuple[Key, ...]:
    """The keys in which the cases that have them differ; the field's direction by its protocols' keys."""
    cases = [result.case for result in comparison.results]
    found = tuple(key for key in keys if len({v for v in map(key.of, cases) if np.isfinite(v)}) > 1)
    turned = len({case.material.axis for case in cases}) == 1 and {"theta_deg", "phi_deg"} & {
        key.name for key in found
    }
    return tuple(key for key in found if not (turned and key.name == "angle"))


def setting(case: Case, key: Key) -> str:
    """What tells cases apart beside the keys: protocol, seed, place on the lattice; but the key given."""
    protocol = {name: value for name, value in case.protocol.model_dump().items() if name != key.name}
    return f"{protocol} {case.mesh.offset_cells} {case.solver.method} {case.solver.surface}"


def leading_rows(comparison: Comparison) -> Mapping[tuple[str, str], Row]:
    """Of every run and quantity the row of the branch that leaves saturation, or of both branches."""
    leading = {run: result.leading for run, result in comparison.by_run.items()}
    kept = (
        row
        for row in reversed(comparison.rows)
        if row.branch == "both" or row.branch_number == leading[row.folder]
    )
    return {(row.folder, row.quantity): row for row in kept}


def kind_of_protocol(result: CaseResult) -> str:
    """Kick, bare...; an import is its own kind."""
    return result.case.protocol.kind


def _angle_deg(case: Case) -> float:
    if case.material.Ku_J_per_m3 == 0.0:
        return 0.0
    return round(float(np.rad2deg(axis_angle_rad(case.material.axis, case.direction))), 3)
