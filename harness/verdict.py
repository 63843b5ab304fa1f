"""What a comparison shows, in plain sentences computed from its numbers.

In: a Comparison. Out: a Verdict: one headline, findings case by case, warnings.
Where the data do not decide, the sentence says so.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from harness.analysis.vortex import VortexFit
from harness.compare import CaseResult, Comparison, Row
from harness.prediction import Prediction
from harness.protocols import Bias, Kick

__all__ = ["Finding", "Verdict", "closest_model", "judge", "overtaken_by"]

MODELS_DIFFER = 0.01
"""Least |m(H') - m(H'')| at a row for it to tell the two Hamiltonians apart."""
CLEARLY_CLOSER = 0.5
"""A model is called the closer one when its rms distance is at most this share of the other's."""
ASYMMETRIC = 0.01
"""Rms difference of <m> between mirrored branches from which they are called different."""
COLLAR = 0.02
"""Least reversed m_z outside the core that is worth a sentence; the Ansatz has none."""
ALWAYS_PERTURBED = (Bias,)
"""Protocols still perturbing when a row is written: they round the transition instead of testing it."""


@dataclass(frozen=True)
class Finding:
    """A sentence or two about one case; about all of them where the case is empty."""

    case: str
    text: str


@dataclass(frozen=True)
class Verdict:
    """The sentences on top of a report."""

    headline: str
    findings: tuple[Finding, ...]
    warnings: tuple[str, ...]


def judge(comparison: Comparison) -> Verdict:
    """Sentences about nucleation, the remanent state, the two Hamiltonians, and what to be wary of."""
    findings: list[Finding] = []
    for result, prediction in _cases(comparison):
        texts = [
            _nucleation(comparison, result, prediction),
            *_remanence(comparison, result),
            *_hamiltonian(result, prediction),
        ]
        findings += [Finding(result.label, text[0].upper() + text[1:]) for text in texts]
    findings += [Finding("", text) for text in (*_protocol_decides(comparison), *_mesh_trend(comparison))]
    headline = f"{_headline(comparison)}{_hamiltonian_in_short(comparison)}"
    return Verdict(headline, tuple(findings), tuple(_warnings(comparison)))


def overtaken_by(comparison: Comparison, result: CaseResult) -> CaseResult | None:
    """Another protocol on the same mesh that leaves the uniform branch clearly earlier, if there is one.

    Of several, the one that left first. Protocols that perturb the rows themselves do not count.
    """
    own = _row(comparison, result, "nucleation field")
    if own is None:
        return None
    rivals: list[tuple[float, CaseResult]] = []
    for other in comparison.results:
        row = _row(comparison, other, "nucleation field")
        if (
            row is None
            or isinstance(other.case.protocol, ALWAYS_PERTURBED)
            or not _same_but_protocol(result, other)
        ):
            continue
        margin = np.nan_to_num(own.uncertainty) + np.nan_to_num(row.uncertainty)
        if np.isfinite(row.simulated) and not row.simulated - own.simulated <= margin:
            rivals.append((row.simulated, other))
    return max(rivals, key=lambda pair: pair[0])[1] if rivals else None


def distance_to_models(result: CaseResult, prediction: Prediction) -> tuple[float, float, float] | None:
    """Rms distance of <m> to H' and H'' over the rows where the two differ, and those rows' largest |B|."""
    if not prediction.on_path:
        return None
    first, second = (loop.mz for loop in prediction.on_path.values())
    telling = np.abs(first - second) > MODELS_DIFFER
    if not telling.any():
        return None
    to_first, to_second = (
        float(np.sqrt(np.mean((result.moment - m)[telling] ** 2))) for m in (first, second)
    )
    return to_first, to_second, float(np.abs(result.loop.B_T[telling]).max())


def closest_model(comparison: Comparison) -> str:
    """The Hamiltonian nearer to the simulated moment over all cases; H'' where they cannot be told apart."""
    distances = [
        d for result, prediction in _cases(comparison) if (d := distance_to_models(result, prediction))
    ]
    first, second = (sum(d[k] for d in distances) for k in (0, 1))
    return "H'" if first < second else "H''"


def _nucleation(comparison: Comparison, result: CaseResult, prediction: Prediction) -> str:
    row = _row(comparison, result, "nucleation field")
    if row is None:
        return "the path has no descending branch, so no nucleation field."
    rival = overtaken_by(comparison, result)
    if rival is not None:
        return _late(comparison, row, rival, prediction)
    if not np.isfinite(row.simulated):
        also = "though one does in H″" if np.isfinite(row.model_double_prime) else "as in H″"
        return f"no vortex nucleates on the descending branch, {also}."
    n = prediction.nucleation
    if not np.isfinite(n.ansatz_T):
        return f"the vortex appears at {_with_error(row)}; no closed form of the nucleation field holds here."
    text = (
        f"the vortex appears at {_with_error(row)}, {_apart(row, n.ansatz_T)} the Ansatz's spinodal "
        f"({n.ansatz_T:.4f} T), {_apart(row, n.brown_T)} Brown's curling field ({n.brown_T:.4f} T) and "
        f"{_apart(row, n.paper_T)} the paper's Eq. 11 ({n.paper_T:.4f} T)."
    )
    if isinstance(result.case.protocol, ALWAYS_PERTURBED):
        text += " The bias rounds the transition: the circulation passes the threshold here, nothing more."
    elif row.simulated < n.ansatz_T - 3 * np.nan_to_num(row.uncertainty):
        text += " In the continuum the uniform state is unstable at that field already; "
        text += (
            "a kick does not leave it, so the cells hold it there."
            if isinstance(result.case.protocol, Kick)
            else "whether the cells or the symmetry of the start hold it there, this run alone cannot tell."
        )
    return text


def _late(comparison: Comparison, row: Row, rival: CaseResult, prediction: Prediction) -> str:
    """Why a run that nucleates after another one on the same cells is not to be believed."""
    other = _row(comparison, rival, "nucleation field")
    assert other is not None
    if np.isfinite(row.simulated):
        what = (
            f"the vortex appears at {_with_error(row)}, {other.simulated - row.simulated:.3f} T after "
            f"“{rival.label}” has left the uniform branch on the same cells ({_with_error(other)})"
        )
    else:
        left = f"“{rival.label}” leaves the uniform branch on the same cells at {_with_error(other)}"
        what = f"no vortex appears, although {left}"
    certainly_unstable_T = prediction.nucleation.ansatz_T - np.nan_to_num(row.uncertainty)
    if not row.simulated >= certainly_unstable_T:
        return (
            f"{what}, and below the field where theory has the uniform state unstable: it sat on a saddle, "
            "and where it left says more about rounding errors than about the material or the mesh."
        )
    return f"{what}: it sat on a saddle, unless “{rival.label}” carried the state over a barrier."


def _remanence(comparison: Comparison, result: CaseResult) -> Iterator[str]:
    nu, tau = _row(comparison, result, "nu at B = 0"), _row(comparison, result, "core angle at B = 0")
    if nu is None or tau is None:
        return
    printed = f", the paper prints {nu.published:g}" if np.isfinite(nu.published) else ""
    fit = next(state.fit for state in result.states if state.step == nu.steps[0])
    yield (
        f"at B = 0, ν = {nu.simulated:.3f} ± {nu.uncertainty:.3f} (H′ {nu.model_prime:.3f}, "
        f"H″ {nu.model_double_prime:.3f}{printed}); the core stands {tau.simulated:.1f}° from the field "
        f"(H′ {tau.model_prime:.1f}°, H″ {tau.model_double_prime:.1f}°)."
        + (" Only the lattice pins the azimuth of a tilted core." if fit.state == "tilted vortex" else "")
    )
    yield from _collar(fit, nu.published)


def _collar(fit: VortexFit, printed: float) -> Iterator[str]:
    """Said where the moment around the core is reversed: no sech does that, and the estimates of nu part."""
    lowest = float(fit.profile.m_z.min())
    if not lowest < -COLLAR:
        return
    by = fit.nu_by_estimator
    least, most = min(by, key=by.__getitem__), max(by, key=by.__getitem__)
    nearest = min(by, key=lambda name: abs(by[name] - printed))
    told = f" The paper's {printed:g} is nearest to {nearest}'s {by[nearest]:.2f}."
    yield (
        f"at B = 0 the moment around the core points against it (m_z down to −{-lowest:.2f}), which no sech "
        f"does; so ν is {by[least]:.2f} by {least} and {by[most]:.2f} by {most}, and this spread is its "
        f"uncertainty, not the fit's own error of {fit.nu_error:.3f}.{told if np.isfinite(printed) else ''}"
    )


def _hamiltonian(result: CaseResult, prediction: Prediction) -> Iterator[str]:
    if not prediction.on_path:
        return
    distances = distance_to_models(result, prediction)
    if distances is None:
        yield "H′ and H″ do not differ on this path, so it cannot choose between them."
        return
    to_first, to_second, reach = distances
    closer = _closer(distances)
    choice = f"the loop follows {closer}" if closer else "neither is clearly the closer"
    yield (
        f"where the two Hamiltonians differ (|B| up to {reach:.3f} T) {choice}: rms distance of ⟨m⟩ "
        f"{to_first:.3f} to H′, {to_second:.3f} to H″."
    )


def _closer(distances: tuple[float, float, float]) -> str | None:
    to_first, to_second, _ = distances
    if to_first <= CLEARLY_CLOSER * to_second:
        return "H′"
    return "H″" if to_second <= CLEARLY_CLOSER * to_first else None


def _protocol_decides(comparison: Comparison) -> Iterator[str]:
    """Said once, when two protocols on one mesh choose different Hamiltonians."""
    choices: list[tuple[CaseResult, str]] = []
    for result, prediction in _cases(comparison):
        distances = distance_to_models(result, prediction)
        if distances and (closer := _closer(distances)):
            choices.append((result, closer))
    for k, (one, first) in enumerate(choices):
        for other, second in choices[k + 1 :]:
            if first != second and _same_but_protocol(one, other):
                yield (
                    f"Which Hamiltonian the simulation seems to confirm depends on the protocol: {first} "
                    f"with “{one.label}”, {second} with “{other.label}”, on the same cells."
                )
                return


def _mesh_trend(comparison: Comparison) -> Iterator[str]:
    """For each protocol run on several cell sizes: how its nucleation field moves as the cells shrink."""
    series: dict[str, list[tuple[float, float, float]]] = {}
    for result, prediction in _cases(comparison):
        row = _row(comparison, result, "nucleation field")
        if row is not None and np.isfinite(row.simulated) and overtaken_by(comparison, result) is None:
            brown_T = prediction.nucleation.brown_T
            series.setdefault(row.protocol, []).append((result.case.mesh.cell_nm, row.simulated, brown_T))
    if len(comparison.predictions) > 1:
        return
    for protocol, points in series.items():
        if len({cell for cell, _, _ in points}) != len(points) or len(points) < 2:
            continue
        points.sort(reverse=True)
        away = np.abs([field - brown for _, field, brown in points])
        listed = ", ".join(f"{field:.4f} T ({cell:g} nm)" for cell, field, _ in points)
        trend = "closing in on" if (np.diff(away) < 0).all() else "without a clear trend towards"
        yield f"As the cells shrink, {protocol} nucleates at {listed}, {trend} Brown's {points[0][2]:.4f} T."


def _headline(comparison: Comparison) -> str:
    if not comparison.results:
        return "No case of this study has finished, so there is nothing to compare."
    finest_first = sorted(_cases(comparison), key=lambda pair: pair[0].case.mesh.cell_nm)
    late = [(r, p, other) for r, p in finest_first if (other := overtaken_by(comparison, r)) is not None]
    if late:
        case, prediction, rival = late[0]
        row = _row(comparison, rival, "nucleation field")
        assert row is not None
        more = f" (nor of {len(late) - 1} more)" if len(late) > 1 else ""
        return (
            f"Do not read the nucleation of “{case.label}”{more} as physics: it stayed on the uniform branch "
            f"where “{rival.label}”, on the same cells, leaves it at {_with_error(row)}, "
            f"{_beside_theory(row, prediction)}."
        )
    rows = [(r, p, _row(comparison, r, "nucleation field")) for r, p in finest_first]
    found = [(r, p, row) for r, p, row in rows if row is not None and np.isfinite(row.simulated)]
    if not found:
        return "No case nucleates a vortex on its descending branch; loops and models are compared below."
    result, prediction, row = found[0]
    fields = [other.simulated for _, _, other in found]
    rest = f"; all {len(found)} cases lie within {max(fields) - min(fields):.3f} T" if len(found) > 1 else ""
    alone = "" if len(comparison.results) > 1 else " One run alone cannot tell whether it left a saddle late."
    where = f"{_with_error(row)}, {_beside_theory(row, prediction)}"
    return f"With “{result.label}” the vortex nucleates at {where}{rest}.{alone}"


def _hamiltonian_in_short(comparison: Comparison) -> str:
    """One more sentence of the headline, where every loop follows the same Hamiltonian."""
    distances = [
        d for result, prediction in _cases(comparison) if (d := distance_to_models(result, prediction))
    ]
    choices = {_closer(d) for d in distances}
    if len(choices) != 1 or None in choices:
        return ""
    chosen = choices.pop()
    other = "H″" if chosen == "H′" else "H′"
    who = "it follows" if len(distances) == 1 else "every loop follows"
    return f" Below {max(d[2] for d in distances):.3f} T {who} {chosen}, not {other}."


def _beside_theory(row: Row, prediction: Prediction) -> str:
    """Distance to the Ansatz's and to the continuum's field, in words."""
    n = prediction.nucleation
    if not np.isfinite(n.ansatz_T):
        return "with no closed form to set it against"
    return (
        f"{_apart(row, n.ansatz_T)} the Ansatz's spinodal and {_apart(row, n.brown_T)} Brown's curling field"
    )


def _warnings(comparison: Comparison) -> Iterator[str]:
    if comparison.unfinished:
        yield f"Not finished, so not in this report: {', '.join(comparison.unfinished)}."
    for prediction in comparison.predictions:
        for reason in prediction.missing:
            yield f"{prediction.label}: the model cannot be computed in full: {reason}."
    for result in comparison.results:
        yield from (f"{result.label}: {text}" for text in _wary_of(result))


def _wary_of(result: CaseResult) -> Iterator[str]:
    """What one case's numbers suffer from."""
    tolerance, residual = result.case.solver.tolerance_T, result.loop.residual_T
    if residual is None:
        yield "the engine recorded no residual torque; how well its rows converged is not known."
    elif (above := int(np.sum(~(np.asarray(residual) <= tolerance)))) > 0:
        yield (
            f"{above} of {len(residual)} rows stayed above the torque tolerance of {tolerance:g} T; the "
            f"worst is {result.worst_residual_T:.2g} T."
        )
    skew = result.asymmetry
    if skew is not None and skew.rms > ASYMMETRIC:
        yield (
            f"the ascending branch is not the mirror image of the descending one (rms {skew.rms:.3f}, "
            f"largest {skew.largest:.2f} at {skew.B_T:g} T), as equilibrium branches of stable states would "
            f"be."
        )
    if result.order is None:
        yield "the table has no order parameter, so nucleation fields cannot be told."
    if result.case.mesh.edge_smooth:
        yield "smoothed edges weigh the demagnetising field but not the exchange: curvatures mean nothing."
    if any(result.case.mesh.offset_cells):
        yield "the lattice is offset, which breaks inversion; compare it with centred cases apart."
    odd = [state for state in result.states if state.fit.state == "other"]
    if odd:
        first = f"first at {odd[0].B_T:g} T: {odd[0].fit.reason}"
        yield f"{len(odd)} saved states are no vortex of the Ansatz's kind, {first}."
    yield from result.manifest.get("warnings", ())


def _cases(comparison: Comparison) -> Iterator[tuple[CaseResult, Prediction]]:
    return zip(comparison.results, comparison.prediction_of, strict=True)


def _row(comparison: Comparison, result: CaseResult, quantity: str) -> Row | None:
    """The quantity on the case's first descending branch."""
    for row in comparison.rows:
        if (row.case, row.quantity, row.branch) == (result.case.name, quantity, "descending"):
            return row
    return None


def _same_but_protocol(one: CaseResult, other: CaseResult) -> bool:
    keys = ("material", "particle", "mesh", "field", "solver")
    return one is not other and all(getattr(one.case, k) == getattr(other.case, k) for k in keys)


def _with_error(row: Row) -> str:
    """Value and error in T, with as many decimals as the error needs."""
    if not np.isfinite(row.uncertainty):
        return f"{row.simulated:.4f} T"
    decimals = next(
        (d for d in range(2, 5) if np.isclose(round(row.uncertainty, d), row.uncertainty, rtol=1e-6)), 5
    )
    return f"{row.simulated:.{decimals}f} ± {row.uncertainty:.{decimals}f} T"


def _apart(row: Row, theory_T: float) -> str:
    """How a simulated field lies to a theoretical one, no finer than the field step allows."""
    difference = row.simulated - theory_T
    if np.isfinite(row.uncertainty) and abs(difference) <= row.uncertainty:
        return "within half a field step of"
    return f"{abs(difference):.3f} T {'above' if difference > 0 else 'below'}"
