"""The table of a comparison: one row a quantity, every number with its models, its equation and its rows.

In: a case's loop and fits, and its prediction. Out: the rows of that case.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.analysis.loop import Branch, Opening, central_opening
from harness.comparison.equations import PRINTED, Printed
from harness.comparison.prediction import Prediction
from reduced_model.loops.observables import BranchObservables, Jump
from reduced_model.models import VORTEX_MODELS

if TYPE_CHECKING:
    from harness.analysis.result import CaseResult

__all__ = ["OPENING", "Row", "nucleation_jump", "reversal_jump", "rows_of"]

UNDEFINED = BranchObservables("descending", np.nan, np.nan, np.nan, np.nan, jumps=())
"""What a model that cannot be computed says of a branch."""
CLOSED = Opening(np.nan, np.nan, ())
OPENING = "loop open up to |B|"
"""The quantity whose nan says that the loop is closed at zero field."""


@dataclass(frozen=True)
class Row:
    """One quantity of one branch of one case; nan stands for "has none"."""

    case: str
    protocol: str
    branch: str
    quantity: str
    unit: str
    simulated: float
    uncertainty: float
    """Half the distance of the rows around a field; for nu half the spread between estimators."""
    model_prime: float
    """H' on the same fields, by the same definition."""
    model_double_prime: float
    """H'' likewise."""
    continuum: float
    """Brown's curling field, for nucleation."""
    published: float
    published_where: str
    equation: str
    """Key of the equation in harness.comparison.equations.EQUATIONS."""
    folder: str
    steps: tuple[int, ...]
    """Rows of table.txt the number was read from."""
    branch_number: int = 0
    """Place of the branch on the path; 0 for what needs both."""

    @property
    def minus_prime(self) -> float:
        """Simulated minus H'."""
        return self.simulated - self.model_prime

    @property
    def minus_double_prime(self) -> float:
        """Simulated minus H''."""
        return self.simulated - self.model_double_prime


def rows_of(result: CaseResult, prediction: Prediction) -> Iterator[Row]:
    """Every row of one case: branch by branch, then what needs both branches."""
    by_model = [loop.observables() for loop in prediction.on_path.values()]
    by_model = by_model or [tuple(UNDEFINED for _ in result.branches)] * len(VORTEX_MODELS)
    for branch, simulated, *models in zip(result.branches, result.observables, *by_model, strict=True):
        yield from _loop_rows(result, prediction, branch, simulated, models)
        yield from _state_rows(result, prediction, branch)
    yield from _opening_row(result, prediction)


def _loop_rows(
    result: CaseResult,
    prediction: Prediction,
    branch: Branch,
    simulated: BranchObservables,
    models: Sequence[BranchObservables],
) -> Iterator[Row]:
    """Rows read from the table: remanence, characteristic fields, the largest jump."""
    side = 1.0 if branch.name == "descending" else -1.0
    nucleation = prediction.nucleation

    def row(
        quantity: str,
        unit: str,
        values: Sequence[float],
        at_T: float,
        continuum: float = np.nan,
        published: Printed | None = None,
    ) -> Row:
        steps = branch.around(result.loop.B_T, at_T)
        spacing = float(np.ptp(result.loop.B_T[list(steps)])) / 2 if len(steps) == 2 else np.nan
        return Row(
            **_identity(result, branch),
            quantity=quantity,
            unit=unit,
            simulated=values[0],
            uncertainty=spacing if unit == "T" else np.nan,
            model_prime=values[1],
            model_double_prime=values[2],
            continuum=continuum,
            published=published.value if published else np.nan,
            published_where=published.where if published else "",
            equation="observables",
            steps=tuple(int(result.loop.step[k]) for k in steps),
        )

    everything = (simulated, *models)
    reach = 2.5 * float(np.max(np.abs(np.diff(result.loop.B_T[branch.rows])), initial=0.0))
    yield row("remanence", "", [o.remanence for o in everything], 0.0)
    yield row("coercive field", "T", [o.coercive_field_T for o in everything], simulated.coercive_field_T)
    curling = {name: value for name, value in prediction.nucleation_lines if name != "coherent rotation"}
    paper = Printed(side * nucleation.paper_T, "T", "Adams & Michels 2026, Eq. 11", "")
    yield row(
        "nucleation field",
        "T",
        [o.nucleation_field_T for o in everything],
        simulated.nucleation_field_T,
        side * curling.get("Brown", np.nan),
        paper if "Eq. 11" in curling else None,
    )
    yield row(
        "annihilation field",
        "T",
        [o.annihilation_field_T for o in everything],
        simulated.annihilation_field_T,
    )
    jumps = [nucleation_jump(o, reach) for o in everything]
    where = jumps[0].B_T if jumps[0] else np.nan
    printed = PRINTED["jump_T"] if _printed_applies(result, prediction, side) else None
    yield row("nucleation jump, at", "T", [j.B_T if j else np.nan for j in jumps], where, published=printed)
    yield row("nucleation jump, of", "", [j.delta_m if j else np.nan for j in jumps], where)
    reversals = [reversal_jump(o) for o in everything]
    where = reversals[0].B_T if reversals[0] else np.nan
    yield row("reversal jump, of", "", [j.delta_m if j else np.nan for j in reversals], where)


def _state_rows(result: CaseResult, prediction: Prediction, branch: Branch) -> Iterator[Row]:
    """Rows read from the state saved at zero field on this branch: nu by each estimator, the core's angle.

    A state the Ansatz does not describe has neither.
    """
    for state in result.states:
        at = int(np.flatnonzero(np.asarray(result.loop.step) == state.step)[0])
        inside = branch.rows.start <= at < branch.rows.stop
        if abs(state.B_T) > 1e-12 or not inside or state.fit.state == "other":
            continue
        fit, printed = state.fit, PRINTED["nu_remanent"]
        applies = _printed_applies(result, prediction, 1.0)
        nu = [float(model.nu[at]) for model in prediction.on_path.values()] or [np.nan, np.nan]
        tau = [float(np.rad2deg(model.tau_rad[at])) for model in prediction.on_path.values()] or [
            np.nan,
            np.nan,
        ]
        shared = {**_identity(result, branch), "continuum": np.nan, "equation": "fit", "steps": (state.step,)}
        for estimator, value in fit.nu_by_estimator.items():
            of_all = estimator == "all"
            yield Row(
                quantity="nu at B = 0" if of_all else f"nu at B = 0, by {estimator}",
                unit="",
                simulated=value,
                uncertainty=float(np.fmax(fit.nu_spread / 2, fit.nu_error)) if of_all else np.nan,
                model_prime=nu[0],
                model_double_prime=nu[1],
                published=printed.value if applies else np.nan,
                published_where=printed.where if applies else "",
                **shared,
            )
        yield Row(
            quantity=f"{'moment' if fit.state == 'uniform' else 'core'} angle at B = 0",
            unit="deg",
            simulated=float(np.rad2deg(fit.tilt_rad)),
            uncertainty=float(np.rad2deg(fit.axis_error_rad)),
            model_prime=tau[0],
            model_double_prime=tau[1],
            published=np.nan,
            published_where="",
            **shared,
        )


def _opening_row(result: CaseResult, prediction: Prediction) -> Iterator[Row]:
    """How far around zero field the two branches stay apart."""
    B = np.asarray(result.loop.B_T)
    opening = central_opening(B, result.moment)
    if opening is None:
        return
    found = [central_opening(B, model.mz) or CLOSED for model in prediction.on_path.values()]
    models = [each.B_T for each in found] or [np.nan, np.nan]
    applies = _printed_applies(result, prediction, 1.0)
    yield Row(
        **{**_identity(result, result.branches[0]), "branch": "both", "branch_number": 0},
        quantity=OPENING,
        unit="T",
        simulated=opening.B_T,
        uncertainty=opening.uncertainty_T,
        model_prime=models[0],
        model_double_prime=models[1],
        continuum=np.nan,
        published=PRINTED["hysteresis_T"].value if applies else np.nan,
        published_where=PRINTED["hysteresis_T"].where if applies else "",
        equation="observables",
        steps=tuple(int(result.loop.step[k]) for k in opening.rows),
    )


def nucleation_jump(observables: BranchObservables, reach_T: float) -> Jump | None:
    """The jump within reach of the nucleation field; None where the vortex opens continuously."""
    near = [j for j in observables.jumps if abs(j.B_T - observables.nucleation_field_T) <= reach_T]
    return max(near, key=lambda jump: abs(jump.delta_m), default=None)


def reversal_jump(observables: BranchObservables) -> Jump | None:
    """The jump at the coercive field, which carries the moment through zero; None where it turns smoothly."""
    at = observables.coercive_field_T
    around = [
        j for j in observables.jumps if min(j.B_before_T, j.B_after_T) <= at <= max(j.B_before_T, j.B_after_T)
    ]
    return around[0] if around else None


def _printed_applies(result: CaseResult, prediction: Prediction, side: float) -> bool:
    """The paper's simulated numbers belong to its particle on 2 nm cells, upper branch."""
    return prediction.is_paper_particle and result.case.mesh.cell_nm == 2 and side > 0


def _identity(result: CaseResult, branch: Branch) -> dict[str, Any]:
    return {
        "case": result.case.name,
        "protocol": result.case.protocol.slug,
        "branch": branch.name,
        "branch_number": result.branches.index(branch),
        "folder": result.folder.name,
    }
