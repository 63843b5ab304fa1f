"""Sentences about studies that were really run: which claims they make, and which they must not."""

import pytest

from harness.verdict import Kind, judge

from .reading import believed, found, rests_on, the


@pytest.fixture(scope="module")
def verdict_of(real_comparison):
    """Function that judges a study of `real_runs.STUDIES`."""
    return lambda name: judge(real_comparison(name))


def said(verdict):
    """Everything a reader can find: the head, and every finding."""
    return " ".join((*verdict.summary, *(finding.text for finding in verdict.findings)))


def test_no_trend_where_no_vortex_is_expected(verdict_of):
    """R = 8 nm: what circulates on four cells across is no vortex on its way to Brown's -0.141 T."""
    verdict = verdict_of("iron_8nm")
    assert not found(verdict, Kind.MESH_TREND)
    assert "closing in" not in said(verdict) and "0.1409" not in said(verdict)
    numbers = believed(verdict)[Kind.COHERENT_REVERSAL].numbers
    assert abs(numbers["reversal_T"] - numbers["coherent_T"]) < numbers["reversal_error_T"]


def test_cobalt_curls_before_it_turns_as_one(verdict_of, real_comparison):
    verdict = verdict_of("cobalt_30nm")
    numbers = believed(verdict)[Kind.CURLING_REVERSAL].numbers
    # mu0 Ms/3 - 2Ku/Ms - 2 q^2 A/(Ms R^2) = 0.6032 - 0.6250 - 0.2006; with 10 A for 2 q^2 A -0.2533.
    assert numbers["brown_T"] == pytest.approx(-0.2224, abs=5e-5)
    assert numbers["ansatz_T"] == pytest.approx(-0.2533, abs=5e-5)
    assert -0.28 <= numbers["reversal_T"] <= -0.2
    assert "by curling" in the(verdict, Kind.CURLING_REVERSAL).text
    assert not found(verdict, Kind.COHERENT_REVERSAL) and not found(verdict, Kind.BETWEEN_THEORIES)
    assert not any("go on past" in step for step in verdict.surer)  # the path went far beyond


def test_both_models_fail_in_cobalt_and_the_head_says_so(verdict_of):
    verdict = verdict_of("cobalt_50nm")
    choice = believed(verdict)[Kind.HAMILTONIAN]
    assert choice.details["nearer"] == "neither" and choice.details["far"]
    assert min(choice.numbers["rms_prime"], choice.numbers["rms_double_prime"]) > 0.5
    assert "neither is clearly the nearer to the loop, and none is near (rms distance" in choice.brief
    assert "CPU engine, fast" in choice.brief
    seeds = {f.kind for f in rests_on(verdict).values()} | set(believed(verdict))
    assert seeds & {Kind.RUNS_AGREE, Kind.RUNS_DIFFER}  # their spread is said either way


def test_a_core_along_the_lattice_s_diagonal_is_the_mesh_s(verdict_of):
    """2Ku/Ms is 1.25 mT: both models' core is along the field, the cells' along <111>, 54.7 degrees off."""
    verdict = verdict_of("permalloy_25nm")
    pinned = the(verdict, Kind.LATTICE_PINS)
    assert pinned.details["axis"] == "⟨111⟩" and pinned.numbers["apart_deg"] < 3
    assert pinned.numbers["angle_deg"] == pytest.approx(54.7, abs=3)
    assert "its inclination, not only its azimuth" in pinned.text
    assert "from the lattice's ⟨111⟩" in rests_on(verdict)[Kind.LATTICE_PINS].brief
    assert "only the lattice" not in said(verdict).lower()


def test_the_nearer_model_of_an_open_loop_is_said_to_be_no_more(verdict_of):
    verdict = verdict_of("iron_tilted")
    choice = believed(verdict)[Kind.HAMILTONIAN]
    assert (choice.details["nearer"], choice.details["far"]) == ("H′", False)
    assert "H′ is the nearer to the loop (rms distance" in choice.brief
    assert choice.numbers["rms_all_prime"] > 0.0
