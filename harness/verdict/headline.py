"""The first sentences of a report: what to believe of a study, and what not.

In: a Comparison. Out: for every particle what its most trustworthy case says: the finest mesh, a protocol
that breaks the symmetry, a state that sat on no saddle.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.comparison.comparison import Comparison
from harness.verdict.evidence import (
    UNRESOLVED,
    Evidence,
    rivals_of,
    same_but_protocol,
    signed,
    with_error,
    witnesses,
)
from harness.verdict.mesh import series_of
from harness.verdict.nucleation import (
    agrees,
    beside_theory,
    expected_uniform,
    first_to_leave,
    starts_with_a_vortex,
    unexplained,
)
from harness.verdict.reversal import earlier_rival, sat_on_a_saddle, uneven_fields_T
from harness.verdict.states import SEVERAL, disagreement, distances_to_models

MOST_PARTICLES = 3


def headline(comparison: Comparison) -> tuple[str, ...]:
    """What to believe, particle by particle; the gist first."""
    if not comparison.results:
        return ("No case of this study has finished, so there is nothing to compare.",)
    groups: dict[tuple[object, ...], list[Evidence]] = {}
    for own in witnesses(comparison):
        groups.setdefault((own.result.case.particle, own.result.case.field), []).append(own)
    if len(groups) == 1:
        return tuple(_sentences(next(iter(groups.values()))))
    shown = list(groups.values())[:MOST_PARTICLES]
    texts = [f"R = {g[0].result.case.particle.radius_nm:g} nm: {' '.join(_sentences(g))}" for g in shown]
    rest = len(groups) - len(shown)
    return (*texts, f"{rest} more particles or field paths below.") if rest else tuple(texts)


def best(group: Sequence[Evidence]) -> Evidence:
    """The case to believe first."""
    return min(group, key=_doubt)


def _doubt(own: Evidence) -> tuple[object, ...]:
    """What makes a case less trustworthy than another, gravest first; equal ones keep their order."""
    case = own.result.case
    return (
        own.branch.starts_as == "unknown",
        own.perturbed,
        first_to_leave(own) is not None or sat_on_a_saddle(own) or uneven_fields_T(own) is not None,
        case.mesh.cell_nm,
        own.prediction.axis_angle_rad > 0.0,
        own.keeps_inversion,
        case.mesh.edge_smooth > 0,
    )


def _sentences(group: Sequence[Evidence]) -> Iterator[str]:
    own = best(group)
    nucleation = _nucleation(own, group)
    yield f"{_upper(nucleation)}." if own.resolved else f"{_coarse(own)} {nucleation}."
    if own.keeps_inversion and not own.single_domain and own.nucleates and not _confirmed(own):
        yield (
            "No run here breaks the symmetry that holds the uniform state, so rounding errors chose that "
            "field: add a kick before believing it."
        )
    yield from _artefacts(own, group)
    yield from _hamiltonian(own)


def _coarse(own: Evidence) -> str:
    size = own.cell_in_exchange_lengths
    why = f"{size:.1f} exchange lengths wide" if size > UNRESOLVED else f"{own.cells_across:.1f} across"
    return f"A sketch only (cells {why}):"


def _nucleation(own: Evidence, group: Sequence[Evidence]) -> str:
    """What became of the uniform state in the case to believe."""
    if own.branch.starts_as == "unknown":
        return "the tables have no order parameter, so nucleation cannot be told"
    if own.branch.starts_as == "vortex":
        return starts_with_a_vortex(own)
    if not own.nucleates:
        return "".join(unexplained(own)) or f"{expected_uniform(own)}{_reversal(own)}"
    cell = f"in {own.result.case.mesh.cell_nm:g} nm cells"
    text = f"{cell} the vortex nucleates at {with_error(own.nucleation)} (“{_name(own)}”)"
    return f"{text}{beside_theory(own)}{_direction(own, group)}"


def _name(own: Evidence) -> str:
    """The label without what the sentence says already, size and cells."""
    case = own.result.case
    said = (f"R = {case.particle.radius_nm:g} nm", f"{case.mesh.cell_nm:g} nm cells")
    return ", ".join(part for part in own.result.label.split(", ") if part not in said) or case.protocol.slug


def _reversal(own: Evidence) -> str:
    row = own.coercive
    return f"; “{_name(own)}” reverses at {with_error(row)}" if own.height(row.simulated) < 1.0 else ""


def _direction(own: Evidence, group: Sequence[Evidence]) -> str:
    """Where finer cells take the nucleation field."""
    for series in series_of(own.comparison):
        if series.members[-1].result is not own.result:
            continue
        coarse = series.members[0]
        was = f"{coarse.result.case.mesh.cell_nm:g} nm cells gave {signed(coarse.nucleation.simulated)} T"
        return {
            "closing in on": f"; shrinking the cells brings it closer to Brown ({was})",
            "moving away from": f"; shrinking the cells takes it away from Brown ({was})",
            "the same within the field step": f"; finer cells leave it there within the field step ({was})",
        }.get(series.trend, f"; it shows no clear trend with the cells ({was})")
    sizes = {e.result.case.mesh.cell_nm for e in group}
    return "" if len(sizes) > 1 else "; one mesh alone cannot tell what the cells contribute"


def _confirmed(own: Evidence) -> bool:
    """Whether another protocol on the same problem, one that breaks the symmetry, leaves there too."""
    return any(agrees(own, other) for other in rivals_of(own))


def _artefacts(own: Evidence, group: Sequence[Evidence]) -> Iterator[str]:
    """Which results of this particle are symmetry and rounding, not physics, by their finest mesh."""
    late = [e for e in group if first_to_leave(e) is not None]
    stuck = [e for e in group if e not in late and sat_on_a_saddle(e)]
    kept = [
        e
        for e in group
        if e not in late and e not in stuck and e.keeps_inversion and earlier_rival(e) is not None
    ]
    if late:
        one = min(late, key=lambda e: e.result.case.mesh.cell_nm)
        same = one.result.case.mesh.cell_nm == own.result.case.mesh.cell_nm
        where = "on these cells" if same else f"in {one.result.case.mesh.cell_nm:g} nm cells"
        what = f"left at {with_error(one.nucleation)} only" if one.nucleates else "never left"
        yield (
            f"Do not read the nucleation of “{_name(one)}”{_more(late)} as physics: {where} it stayed "
            f"uniform where another protocol did not, and {what}, on a saddle that symmetry holds and "
            "rounding ends."
        )
    if stuck:
        one = stuck[0]
        at = with_error(one.coercive) if one.coercive.simulated == one.coercive.simulated else ""
        what = f"reverses at {at} only" if at else "never reverses"
        yield (
            f"Do not read the reversal of “{_name(one)}”{_more(stuck)} as physics: it {what}, held on a "
            "saddle by symmetry."
        )
    uneven = [(e, fields) for e in group if e not in stuck and (fields := uneven_fields_T(e))]
    if uneven:
        one, fields = uneven[0]
        yield (
            f"Do not read the reversal of “{_name(one)}”{_more(uneven)} as physics: it turns at "
            f"{signed(fields[0])} T one way and at {signed(fields[1])} T the other, by an accident of "
            "rounding or convergence."
        )
    if kept and not stuck and not uneven:
        yield (
            f"“{kept[0].result.label}”{_more(kept)} reverses later than another protocol on the same cells: "
            "symmetry kept it on a saddle."
        )


def _more(found: Sequence[object]) -> str:
    return f" (nor of {len(found) - 1} more)" if len(found) > 1 else ""


def _hamiltonian(own: Evidence) -> Iterator[str]:
    """Which Hamiltonian the trustworthy case follows, where several fields tell."""
    distances = distances_to_models(own)
    if distances is None or distances.closer is None or distances.fields < SEVERAL or own.perturbed:
        return
    chosen, other = distances.closer, "H″" if distances.closer == "H′" else "H′"
    text = f"Where the Hamiltonians differ, {distances.where}, it follows {chosen}, not {other}"
    clash = disagreement(own.comparison)
    for witness, choice in ((clash[0], clash[1]), (clash[2], clash[3])) if clash else ():
        if choice == other and same_but_protocol(own, witness):
            because = ", whose symmetry keeps it from turning" if witness.keeps_inversion else ""
            text += f"; {choice} is what “{witness.result.label}”{because} seems to say"
    yield f"{text}."


def _upper(text: str) -> str:
    return text[0].upper() + text[1:]
