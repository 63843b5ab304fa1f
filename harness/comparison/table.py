"""The table of a comparison: one row a quantity, every number with its models, its equation and its rows.

In: a case's loop and fits, and its prediction. Out: the rows of that case.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from harness.analysis.loop import Branch, Opening, Vector, central_opening
from harness.analysis.result import CaseResult
from harness.comparison.equations import PAPER, PRINTED, Printed
from harness.comparison.error_budget import ErrorBudget
from harness.comparison.events import EVENTS, run_to_run
from harness.comparison.prediction import Prediction
from harness.comparison.states import model_states, simulated_states, simulated_turn, turn_field
from reduced_model.loops.observables import NOWHERE, BranchObservables, Jump
from reduced_model.models import VORTEX_MODELS

__all__ = ["MOMENT", "OPENING", "TURN", "Row", "nucleation_jump", "reach_T", "reversal_jump", "rows_of"]

UNDEFINED = BranchObservables("descending", np.nan, np.nan, np.nan, np.nan, jumps=())
"""What a model that cannot be computed says of a branch."""
NO_MODEL = (np.nan, np.nan)
CLOSED = Opening(np.nan, np.nan, ())
MOMENT = "moment in the only field"
OPENING = "loop open up to |B|"
"""The quantity whose nan says that the loop is closed at zero field."""
TURN = "core leaves the field's line, at"
"""The field where a vortex whose core lay along the field turns away from it."""


KAPPA = "kappa at B = 0"
CURVATURE = "smallest curvature at B = 0, soft modes left out"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One quantity of one branch of one case; nan stands for "has none"."""

    case: str
    protocol: str
    branch: str
    quantity: str
    unit: str
    simulated: float
    uncertainty: float = np.nan
    """Half the distance of the rows around a field; for nu the larger of half the spread of its estimators
    and its error.

    Where a case was repeated, the run-to-run scatter is in it, added in squares."""
    run_to_run: float = np.nan
    """Standard deviation over the repeats of the case."""
    runs: int = 1
    """Runs that have the quantity."""
    model_prime: float
    """H' on the same fields, by the same definition."""
    model_double_prime: float
    """H'' likewise."""
    continuum: float = np.nan
    """The stable continuum on the same path; of nucleation Brown's curling field, which equals it where the
    axis is along the field, and of a curvature the continuum's branch of the state's own kind."""
    continuum_error: float = np.nan
    """Of a remanence, a nu, an angle."""
    published: float = np.nan
    published_where: str = ""
    equation: str = "observables"
    """Key of the equation in harness.comparison.equations.EQUATIONS."""
    verdict: str = ""
    """Of a curvature: minimum, saddle or undecided; of kappa: supported, not supported or undecided."""
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


def rows_of(result: CaseResult, prediction: Prediction, budget: ErrorBudget | None = None) -> Iterator[Row]:
    """Every row of one case, with the scatter of its repeats; continuum from its budget."""
    rows = tuple(_rows_of_run(result, prediction, budget))
    if not result.replicas:
        return iter(rows)
    again = [{_key(row): row for row in _rows_of_run(run, prediction, None)} for run in result.replicas]
    return (_scattered(row, [of[_key(row)].simulated for of in again if _key(row) in of]) for row in rows)


def _key(row: Row) -> tuple[int, str, str]:
    return row.branch_number, row.branch, row.quantity


def _scattered(row: Row, others: Sequence[float]) -> Row:
    """A row with the standard deviation of its value and those of other runs; none of fewer than two."""
    values = [value for value in (row.simulated, *others) if np.isfinite(value)]
    if len(values) < 2:
        return replace(row, runs=len(values))
    scatter = run_to_run(values)
    known = row.uncertainty if np.isfinite(row.uncertainty) else 0.0
    return replace(row, run_to_run=scatter, runs=len(values), uncertainty=float(np.hypot(known, scatter)))


def _rows_of_run(result: CaseResult, prediction: Prediction, budget: ErrorBudget | None) -> Iterator[Row]:
    """Branch by branch, then what needs both branches."""
    by_model = [loop.observables() for loop in prediction.on_path.values()]
    by_model = by_model or [tuple(UNDEFINED for _ in result.branches)] * len(VORTEX_MODELS)
    for branch, *of in zip(result.branches, result.observables, *by_model, strict=True):
        yield from _loop_rows(result, prediction, branch, of, budget)
        yield from _state_rows(result, prediction, branch, budget)
        yield from _certificate_row(result, branch, budget)
    yield from _opening_row(result, prediction, budget)


def _row(
    result: CaseResult,
    branch: Branch,
    quantity: str,
    unit: str,
    values: Sequence[float],
    printed: Printed | None = None,
    **more: Any,
) -> Row:
    """A row; values are the simulation's, then each model's."""
    if printed:
        more |= {"published": printed.value, "published_where": printed.where}
    simulated, prime, double_prime = values
    return Row(
        case=result.case.name,
        protocol=result.case.protocol.slug,
        branch=branch.label,
        branch_number=result.branches.index(branch),
        folder=result.folder.name,
        quantity=quantity,
        unit=unit,
        simulated=simulated,
        model_prime=prime,
        model_double_prime=double_prime,
        **more,
    )


def _loop_rows(
    result: CaseResult,
    prediction: Prediction,
    branch: Branch,
    of: Sequence[BranchObservables],
    budget: ErrorBudget | None,
) -> Iterator[Row]:
    """Rows read from the table: remanence, characteristic fields, the jumps; the simulation's own first."""
    loop, number = result.loop, result.branches.index(branch)
    by_kind = budget if result.order is None else None
    seen = by_kind.seen[number] if by_kind else of[0]
    of = [seen, *of[1:]]
    sure = {
        "coercive field": seen.coercive_error_T,
        "nucleation field": seen.nucleation_error_T,
        "annihilation field": seen.annihilation_error_T,
    }

    def row(quantity: str, unit: str, values: Sequence[float], at_T: float, *more: Any, **named: Any) -> Row:
        rows = list(branch.around(loop.B_T, at_T))
        apart = float(np.ptp(loop.B_T[rows])) / 2 if unit == "T" and len(rows) == 2 else np.nan
        apart = min(apart, sure.get(quantity, np.inf))  # nan stays: the field is a row's
        if by_kind and quantity in ("nucleation field", "annihilation field", TURN):
            apart = sure[quantity]  # between rows whose kinds are known, which need not be neighbours
        steps = tuple(int(loop.step[k]) for k in rows)
        return _row(result, branch, quantity, unit, values, *more, uncertainty=apart, steps=steps, **named)

    side = 1.0 if branch.name == "descending" else -1.0
    reach = reach_T(loop.B_T[branch.rows])
    curling = {name: side * B for name, B in prediction.nucleation_lines if name != "coherent rotation"}
    paper = Printed(curling["Eq. 11"], f"{PAPER}, Eq. 11") if "Eq. 11" in curling else None
    jumps, reversals = [nucleation_jump(o, reach) for o in of], [reversal_jump(o) for o in of]
    jump_T, reversal_T = (each[0].B_T if each[0] else np.nan for each in (jumps, reversals))
    printed = _printed("jump_T", result, prediction) if side > 0 else None
    beyond = budget.theory.events["continuum"][number] if budget else dict.fromkeys(EVENTS, NOWHERE)
    vortex_T = curling.get("Brown", beyond["nucleation"][0])
    at_zero = {}
    if budget and np.isfinite(value := budget.theory.remanence[number]):  # else the path has no zero field
        errors = budget.theory.stable["m"][1][list(branch.around(loop.B_T, 0.0))]
        at_zero = {"continuum": value, "continuum_error": float(np.max(errors))}
    yield row("remanence", "", [o.remanence for o in of], 0.0, **at_zero)
    if len(loop.B_T) == 1 and loop.B_T[0] != 0.0:  # there it is the remanence
        moments = (result.moment, *(model.mz for model in prediction.on_path.values()))
        values = [float(m[0]) for m in moments] + [np.nan] * (3 - len(moments))
        yield row(MOMENT, "", values, float(loop.B_T[0]), **_stable(budget, "m", 0))
    coercive, lost = ([getattr(o, f"{n}_field_T") for o in of] for n in ("coercive", "annihilation"))
    yield row("coercive field", "T", coercive, coercive[0], continuum=beyond["reversal"][0])
    nucleation = [o.nucleation_field_T for o in of]
    yield row("nucleation field", "T", nucleation, nucleation[0], paper, continuum=vortex_T)
    yield row("annihilation field", "T", lost, lost[0], continuum=beyond["annihilation"][0])
    yield row("nucleation jump, at", "T", [j.B_T if j else np.nan for j in jumps], jump_T, printed)
    yield row("nucleation jump, of", "", [j.delta_m if j else np.nan for j in jumps], jump_T)
    yield row("reversal jump, of", "", [j.delta_m if j else np.nan for j in reversals], reversal_T)
    if prediction.axis_angle_rad == 0.0:  # else the core turns little by little
        held = by_kind.simulated.states if by_kind else simulated_states(result, 0.0)
        turn, sure[TURN] = simulated_turn(result, branch.rows, held)
        models = [model_states(model, 0.0) for model in prediction.on_path.values()]
        turns = [turn, *(turn_field(loop.B_T, branch.rows, states)[0] for states in models)]
        turns += NO_MODEL[len(turns) - 1 :]
        yield row(TURN, "T", turns, turns[0], continuum=beyond["tilt"][0])


def _state_rows(
    result: CaseResult, prediction: Prediction, branch: Branch, budget: ErrorBudget | None
) -> Iterator[Row]:
    """Rows read from the state saved at zero field on this branch: nu by each estimator, the core's angle.

    A state the Ansatz does not describe has neither.
    """
    for state in result.states:
        at = int(np.flatnonzero(np.asarray(result.loop.step) == state.step)[0])
        inside = branch.rows.start <= at < branch.rows.stop
        if abs(state.B_T) > 1e-12 or not inside or not state.fit.described:
            continue
        fit, printed = state.fit, _printed("nu_remanent", result, prediction)
        from_state: dict[str, Any] = {"equation": "fit", "steps": (state.step,)}
        models = prediction.on_path.values()
        nu = [float(model.nu[at]) for model in models] or NO_MODEL
        tau = [float(np.rad2deg(model.tau_rad[at])) for model in models] or NO_MODEL
        for estimator, value in fit.nu_by_estimator.items():
            name, error = f"nu at B = 0, by {estimator}", np.nan
            continuum = _stable(budget, "nu" if estimator == "all" else f"nu_{estimator}", at)
            if estimator == "all":
                name, error = "nu at B = 0", fit.nu_uncertainty
            told = from_state | continuum | {"uncertainty": error}
            yield _row(result, branch, name, "", (value, *nu), printed, **told)
        if fit.is_vortex:
            told = from_state | {"verdict": fit.modulation.verdict}
            values = (fit.kappa, *NO_MODEL)  # the models' vortices have none
            yield _row(result, branch, KAPPA, "", values, uncertainty=fit.kappa_error, **told)
        angle, error = (float(np.rad2deg(radians)) for radians in (fit.tilt_rad, fit.axis_error_rad))
        name = f"{'moment' if fit.is_uniform else 'core'} angle at B = 0"
        told = from_state | ({} if fit.is_uniform else _stable(budget, "core_angle_deg", at))
        yield _row(result, branch, name, "deg", (angle, *tau), uncertainty=error, **told)


def _stable(budget: ErrorBudget | None, observable: str, at: int) -> dict[str, float]:
    """An observable of the stable continuum at a row, and its error; nothing where it has none."""
    told = budget.theory.stable.get(observable) if budget else None
    return {} if told is None else {"continuum": float(told[0][at]), "continuum_error": float(told[1][at])}


def _certificate_row(result: CaseResult, branch: Branch, budget: ErrorBudget | None) -> Iterator[Row]:
    """The smallest curvature of the state saved at zero field, beside the continuum's of its kind."""
    loop = result.loop
    found = result.certified.found if result.certified else {}
    for row in range(branch.rows.start, branch.rows.stop):
        step, B_T = int(loop.step[row]), float(loop.B_T[row])
        if abs(B_T) > 1e-12 or step not in found or not result.sound[row]:
            continue
        certificate, continuum = found[step], np.nan
        if budget and (place := budget.simulated.like[row]) >= 0:
            continuum = float(
                budget.theory.continuum.branches[place].at("lambda_min_T", np.array([B_T]))[0][0]
            )
        values = (certificate.lambda_min_T, *NO_MODEL)
        told: dict[str, Any] = {"equation": "curvature", "steps": (step,), "verdict": certificate.verdict}
        yield _row(result, branch, CURVATURE, "T", values, continuum=continuum, **told)


def continuum_opening(result: CaseResult, budget: ErrorBudget | None) -> Opening | None:
    """How far around zero field the stable continuum's branches stay apart on a path; None if not known.

    Where an event of its own lies between the two rows it tells the field better than these.
    """
    if budget is None:
        return None
    m = budget.theory.stable["m"][0][: len(result.loop.B_T)]
    opening = central_opening(np.asarray(result.loop.B_T), m)
    own = [
        at for name, at in budget.theory.events["continuum"][result.leading].items() if name != "nucleation"
    ]
    near = {abs(B): error for B, error in own if opening and opening.is_near(abs(B))}
    if opening is None or len(near) != 1:
        return opening
    ((end_T, error_T),) = near.items()
    return replace(opening, B_T=end_T, uncertainty_T=error_T)


def _opening_row(result: CaseResult, prediction: Prediction, budget: ErrorBudget | None) -> Iterator[Row]:
    """How far around zero field the two branches stay apart."""
    B = np.asarray(result.loop.B_T)
    opening = central_opening(B, result.moment)
    if opening is None:
        return
    models = [(central_opening(B, model.mz) or CLOSED).B_T for model in prediction.on_path.values()]
    values, printed = (opening.B_T, *(models or NO_MODEL)), _printed("hysteresis_T", result, prediction)
    read: dict[str, Any] = {"uncertainty": opening.uncertainty_T}
    read["continuum"] = (continuum_opening(result, budget) or CLOSED).B_T
    read["steps"] = tuple(int(result.loop.step[k]) for k in opening.rows)
    first = result.branches[0]
    yield replace(_row(result, first, OPENING, "T", values, printed, **read), branch="both")


def reach_T(B_T: Vector) -> float:
    """How far from the nucleation field a jump on these fields may lie and still be its own."""
    return 2.5 * float(np.max(np.abs(np.diff(B_T)), initial=0.0))


def nucleation_jump(observables: BranchObservables, reach_T: float) -> Jump | None:
    """The jump within reach of the nucleation field; None where the vortex opens continuously."""
    near = [j for j in observables.jumps if abs(j.B_T - observables.nucleation_field_T) <= reach_T]
    return max(near, key=lambda jump: abs(jump.delta_m), default=None)


def reversal_jump(observables: BranchObservables) -> Jump | None:
    """The jump at the coercive field, which carries the moment through zero; None where it turns smoothly."""
    at = observables.coercive_field_T
    ends = ((jump, sorted((jump.B_before_T, jump.B_after_T))) for jump in observables.jumps)
    return next((jump for jump, (low, high) in ends if low <= at <= high), None)


def _printed(key: str, result: CaseResult, prediction: Prediction) -> Printed | None:
    """A number of the paper's own simulation, for its particle on its 2 nm cells only."""
    applies = prediction.is_paper_particle and result.case.mesh.cell_nm == 2
    return PRINTED[key] if applies else None
