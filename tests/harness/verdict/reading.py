"""How tests read a verdict: its findings by kind, by case, by their place in the head."""

from dataclasses import replace


def found(verdict, kind, case=None):
    """The findings of a kind, or those that hold for one case."""
    return [f for f in verdict.findings if f.kind is kind and (case is None or case in f.cases)]


def the(verdict, kind, case=None):
    """The one finding of a kind."""
    (finding,) = found(verdict, kind, case)
    return finding


def kinds_of(verdict, case):
    return {f.kind for f in verdict.findings if case in f.cases}


def believed(verdict, particle=0):
    """The findings the head is made of, by kind."""
    return {f.kind: f for f in verdict.answers[particle].believe}


def rests_on(verdict, particle=0):
    return {f.kind: f for f in verdict.answers[particle].how_sure}


def rows_of(comparison, kind, quantity):
    return next(r for r in comparison.rows if r.protocol.startswith(kind) and r.quantity == quantity)


def with_state(result, **changes):
    """The result with its saved states' fits changed."""
    return replace(result, fits={step: replace(fit, **changes) for step, fit in result.fits.items()})


def small(make_study, radius_nm=6.0, **changes):
    given = {"particle": {"radius_nm": radius_nm}, "mesh": {"cell_nm": 1.0}, "save": {"ovf": "remanence"}}
    given["field"] = {"loop": {"max_T": 0.2, "step_T": 0.01}}
    return make_study(**{**given, **changes})
