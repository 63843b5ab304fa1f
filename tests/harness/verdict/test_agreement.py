"""Runs on one mesh that disagree, meshes that disagree, and protocols the head would otherwise not name."""

from dataclasses import replace

import numpy as np
import pytest

from harness.comparison.comparison import compare
from harness.verdict import Kind, judge

from .reading import believed, found, rests_on, the, with_state


def by_algorithm(tmp_path, make_comparison, make_study, shift_T, engine="cpu", **options):
    """A kicked loop by relax, which lags behind, and by minimize."""
    coarse = {"loop": {"max_T": 0.8, "step_T": 0.025}}
    both = make_study(
        solver={},
        sweep={"solver": ["relax", "minimize"]},
        field=coarse,
        save={"ovf": "none"},
        protocol=[{"kind": "kick"}],
    )
    single = make_study(field=coarse, save={"ovf": "none"}, protocol=[{"kind": "kick"}])
    lagging = make_comparison(tmp_path / "a", single, kick={"shift_T": shift_T}).results[0]
    prompt = make_comparison(tmp_path / "b", single).results[0]
    record = lagging.record.updated(engine=engine, options=options)
    relax, minimize = both.cases()
    return compare(
        both,
        [
            replace(lagging, case=relax, record=record),
            replace(prompt, case=minimize, record=record, folder=prompt.folder.with_name("minimize")),
        ],
    )


def differs(verdict, quantity):
    """What the head says of runs that differ in a quantity."""
    told = [f for f in verdict.answers[0].believe if f.kind is Kind.RUNS_DIFFER]
    return next(f for f in told if f.details["quantity"] == quantity)


def test_algorithms_that_disagree_by_a_step_are_not_chosen_between(tmp_path, make_comparison, make_study):
    verdict = judge(by_algorithm(tmp_path, make_comparison, make_study, -0.025, engine="mumax3"))
    head = believed(verdict)
    assert Kind.NUCLEATION not in head  # neither of the two is preferred
    apart = differs(verdict, "nucleation field")
    assert apart.numbers["value"] == pytest.approx((0.5125, 0.4875))
    assert apart.details["runs"] == ("“minimize”", "“relax”")
    assert apart.text == "R = 20 nm: " + apart.brief
    assert apart.brief == (
        "2 runs on the same 4 nm cells differ in the nucleation field: 0.5125 ± 0.0125 T (“minimize”), "
        "0.4875 ± 0.0125 T (“relax”); Brown's curling field is 0.5282 T."
    )
    assert apart.brief in verdict.believe


def test_algorithms_that_agree_are_said_to(tmp_path, make_comparison, make_study):
    verdict = judge(by_algorithm(tmp_path, make_comparison, make_study, 0.0))
    assert Kind.NUCLEATION in believed(verdict) and not found(verdict, Kind.RUNS_DIFFER)
    agree = [f for f in found(verdict, Kind.RUNS_AGREE) if f.details["quantity"] == "nucleation field"]
    assert [f.cases for f in agree] == [("relax", "minimize")]


@pytest.mark.parametrize(
    ("engine", "options", "says"),
    [
        ("mumax3", {}, "MuMax3, relax: where"),
        ("cpu", {"algorithm": "fast"}, "CPU engine, fast: where"),
        ("cpu", {"algorithm": "faithful", "float_dtype": "float32"}, "CPU engine, faithful relax, single"),
    ],
)
def test_who_a_loop_follows_is_said_of_an_engine_and_its_algorithm(
    tmp_path, make_comparison, make_study, engine, options, says
):
    made = by_algorithm(tmp_path, make_comparison, make_study, 0.0, engine=engine, **options)
    choice = found(judge(made), Kind.HAMILTONIAN, "relax")[0]
    assert choice.text.startswith(says)


def test_an_upright_core_beside_a_tilted_one_is_a_difference(comparison):
    """As MuMax3's relax leaves it: bare holds the core upright at remanence, the kick does not."""
    apart = differs(judge(comparison), "remanence")
    assert "0.195 (“bare”)" in apart.text and "0.000 (“kick”)" in apart.text


def test_seeds_that_spread_are_in_the_head(tmp_path, make_comparison, make_study):
    study = make_study(save={"ovf": "none"}, protocol=[{"kind": "kick", "seeds": [1, 2]}])
    first = make_comparison(tmp_path / "a", study).results[0]
    second = make_comparison(tmp_path / "b", study, kick={"shift_T": -0.02}).results[1]
    apart = differs(judge(compare(study, [first, second])), "nucleation field")
    assert apart.numbers["value"] == pytest.approx((0.51, 0.49))


def test_every_kind_of_protocol_is_named_in_the_head(tmp_path, make_comparison, make_study):
    protocols = [{"kind": "kick"}, {"kind": "tilt", "theta_deg": 2.0}, {"kind": "bias", "b0_mT": 1.0}]
    verdict = judge(make_comparison(tmp_path, make_study(save={"ovf": "none"}, protocol=protocols)))
    head = " ".join(verdict.believe)
    for name in ("“kick”", "“tilt”", "“bias”"):
        assert name in head, name
    assert any("The bias of 0.001 T stays on" in text for text in verdict.believe)
    assert not any('kind = "kick"' in step for step in verdict.surer)  # there is one


def test_meshes_that_disagree_in_the_remanent_core_are_in_the_head(tmp_path, make_comparison, make_study):
    study = make_study(
        mesh={"edge_smooth": 0},
        sweep={"cell_nm": [4.0, 2.5]},
        save={"ovf": "remanence"},
        protocol=[{"kind": "kick"}],
    )
    coarse, fine = make_comparison(tmp_path, study, kick={"model": "H'"}).results
    turned = with_state(coarse, axis=(0.0, 0.92, 0.39), tilt_rad=1.17)
    cells = rests_on(judge(compare(study, [turned, fine])))[Kind.CORE_BY_CELLS]
    assert cells.numbers["angle_deg"] == pytest.approx((67.0, 90.0), abs=0.1)
    assert "67.0° (4 nm), 90.0° (2.5 nm)" in cells.brief
    assert not found(judge(compare(study, [coarse, fine])), Kind.CORE_BY_CELLS)


def test_equal_numbers_of_two_particles_are_two_findings(tmp_path, make_comparison, make_study):
    study = make_study(
        particle={},
        sweep={"radius_nm": [19.9, 20.0]},
        save={"ovf": "none"},
        protocol=[{"kind": "kick", "seeds": [1, 2]}],
    )
    agree = found(judge(make_comparison(tmp_path, study)), Kind.RUNS_AGREE)
    told = [f for f in agree if f.details["quantity"] == "nucleation field"]
    assert [f.text[:13] for f in told] == ["R = 19.9 nm: ", "R = 20 nm: 2 "]


def test_what_a_bias_moves_is_measured_beside_a_run_without_it(tmp_path, make_comparison, make_study):
    protocols = [{"kind": "kick"}, {"kind": "bias", "b_mT": 10.0}]
    study = make_study(save={"ovf": "none"}, protocol=protocols)
    made = make_comparison(tmp_path, study, bias={"shift_T": -0.02})
    kick, bias = made.results
    moved = the(judge(made), Kind.BIAS)
    apart = np.abs(bias.moment - kick.moment)
    assert moved.numbers["rms"] == pytest.approx(np.sqrt(np.mean(apart**2)))
    assert moved.numbers["largest"] == pytest.approx(apart.max())
    assert apart[np.isclose(bias.loop.B_T, moved.numbers["at_T"])].max() == pytest.approx(apart.max())
    assert "beside “kick” on the same cells it moves ⟨m⟩ by" in moved.text
    alone = the(judge(compare(make_study(save={"ovf": "none"}, protocol=protocols[1:]), [bias])), Kind.BIAS)
    assert np.isnan(alone.numbers["rms"]) and 'kind = "kick"' in alone.remedy
