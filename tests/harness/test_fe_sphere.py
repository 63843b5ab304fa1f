"""The studies of the 40 nm iron sphere, small: the published loop sits on saddles, the certified on none."""

import pytest

from harness import Study, run_study, shipped
from harness.analysis.certify import certify
from tests.harness.recorded_runs import RECORDED

NUCLEATION, TILT = 0.48333, 0.19215
"""In T, of 4 nm cells: docs/results/fe_sphere_fields.csv."""
PUBLISHED = RECORDED / "published" / "R20nm-c2nm-minimize-bare"


def small(name, *kinds, **changes):
    """Protocols of a shipped study in 4 nm cells, from 0.6 T down to zero field, every state saved."""
    values = Study.load(shipped.find_study(name)).with_(cell_nm=4, **changes).model_dump(exclude_none=True)
    values |= {
        "field": {"segments": [{"start_T": 0.6, "stop_T": 0, "step_T": 0.05}]},
        "save": {"ovf": "all"},
        "continuum": {"solve": False},
        "protocol": [one for one in values["protocol"] if one["kind"] in kinds],
    }
    return Study.from_values(values)


def claims(result):
    """Of every saved state: field, whether it is uniform, and whether upright; its certificate."""
    for step, one in result.certificates.found.items():
        row = int((result.loop.step == step).argmax())
        m = result.loop.m[row]
        yield round(float(result.loop.B_T[row]), 3), m[2] > 0.99, max(abs(m[0]), abs(m[1])) < 1e-3, one


@pytest.mark.validate
def test_the_published_procedure_stays_on_saddles_and_the_report_says_so(tmp_path):
    """Where rounding lets go of a saddle is not asked; what each state is, is known."""
    study = small("fe_sphere_as_published", "bare", solver="minimize")
    result = run_study(study, "cpu", tmp_path)
    (case,) = result.results
    seen = list(claims(case))
    assert len(seen) == 13
    for B_T, uniform, upright, one in seen:
        if upright:
            end, mode = (NUCLEATION, "curling") if uniform else (TILT, "tilt of the core")
            stable = end < B_T
            assert one.verdict == ("minimum" if stable else "saddle")
            assert stable or one.mode == mode
    assert any(one.verdict == "saddle" for *_, one in seen)
    assert "saddle" in str(result.verdict)


@pytest.mark.validate
def test_the_certified_loop_keeps_to_minima(tmp_path):
    result = run_study(small("fe_sphere_saddles", "certified"), "cpu", tmp_path)
    (case,) = result.results
    assert {one.verdict for *_, one in claims(case)} == {"minimum"}
    kinds = [event.kind for event in case.loop.events]
    assert kinds == ["nucleation", "tilt", "other"]  # the lattice turns the core to another azimuth
    located = [event.B_T for event in case.loop.events[:2]]
    assert located == pytest.approx([NUCLEATION, TILT], abs=1e-5)


def test_mumax3s_own_remanent_state_is_a_saddle():
    """Its smallest curvature is that of the same state on the CPU engine, docs/certificates.md."""
    state = PUBLISHED / "out" / "m_step000070.ovf"
    (one,) = certify(state, script=PUBLISHED / "script.mx3").states
    assert (one.verdict, one.mode) == ("saddle", "tilt of the core")
    assert one.lambda_min_T == pytest.approx(-0.0256, abs=1e-4)
    assert one.band_T == 0
