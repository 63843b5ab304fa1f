"""Every kind of finding has words, the words say its numbers, and no words are left over."""

import re

import pytest

from harness.shipped import templates
from harness.verdict import Finding, Kind, Part, judge
from harness.verdict.lamps import DOUBTS, ON_SADDLE, WRONG, rules
from harness.verdict.words import wording

from .samples import SAMPLES
from .samples.nearest import ALONE, CHANGE, NOBODY_OFF, WINDOW, WINDOW_OF
from .samples.shared import NAN
from .samples.zero_field import STATE


@pytest.mark.parametrize(("kind", "numbers", "details"), SAMPLES, ids=[str(s[0]) for s in SAMPLES])
def test_the_owner_of_a_foreign_loop_is_told_no_key_of_a_study(kind, numbers, details):
    remedy = Finding(kind, numbers, ("mine",), (), {**details, "imported": True}).remedy
    assert not re.search(
        r"\[\w|sweep|solver\.|kind =|_T`|values_T|edge_smooth|cell_nm|mxval run|b_mT", remedy
    )


@pytest.mark.parametrize(
    ("protocol", "begins"),
    [
        ("bare", "A small random push of the moments before each search: a minimum"),
        ("imported", "A small random push of the moments before each search, unless it has one: a minimum"),
        ("kick", ""),
    ],
)
def test_a_push_is_not_advised_where_there_is_one(protocol, begins):
    details = {"imported": True, "protocol": protocol, "saddles": "0.1 T", "off": ""}
    sits = Finding(Kind.SITS_ON, {"n_rows": 9.0, "n_saddle": 3.0, "n_off": 0.0}, details=details)
    assert sits.remedy.startswith(begins) and bool(sits.remedy) == bool(begins)
    turns = {"rms": 0.1, "largest": 0.2, "at_T": 0.0, "first_T": -0.1, "second_T": 0.2}
    remedy = Finding(Kind.ASYMMETRY, turns, details=details).remedy
    assert ("push" in remedy) == bool(begins) and "tell" in remedy


@pytest.mark.parametrize(
    ("n_rows", "n_saddle", "n_off", "says"),
    [
        (1, 0, 0, "The only row sits on a minimum of the continuum."),
        (1, 1, 0, "The only row sits on a saddle of the continuum (0.1 T)."),
        (1, 0, 1, "The only row is on no branch of the continuum, or undecided (0.1 T)."),
        (9, 1, 1, "1 of 9 rows sits on a saddle of the continuum (0.1 T); 1 more is on no branch of it,"),
        (9, 0, 0, "All 9 rows sit on minima of the continuum."),
    ],
)
def test_one_row_is_told_as_one(n_rows, n_saddle, n_off, says):
    numbers = {"n_rows": n_rows, "n_saddle": n_saddle, "n_held": 0, "n_off": n_off}
    details = {"saddles": "0.1 T" * n_saddle, "off": "0.1 T" * n_off}
    assert Finding(Kind.SITS_ON, numbers, details=details).text.startswith(says)


def test_an_event_before_the_path_is_no_event_nowhere():
    numbers = CHANGE | {"continuum_T": NAN, "double_prime_T": NAN, "first_T": 0.42}
    details = {"event": "nucleation", "branches": ("descending",), "before": ("continuum",)}
    words = Finding(Kind.BUDGET_EVENT, numbers, ("mine",), (), details).text
    assert (
        "before the path begins (0.42 T) in the continuum" in words
        and "nowhere on this branch in H″" in words
    )


def test_every_kind_has_a_sample():
    assert {kind for kind, _, _ in SAMPLES} == set(Kind)


@pytest.mark.parametrize(("kind", "numbers", "details"), SAMPLES, ids=[str(s[0]) for s in SAMPLES])
def test_every_kind_has_words(kind, numbers, details):
    finding = Finding(kind, numbers, ("4 nm cells, bare", "4 nm cells, kick"), (), details)
    assert finding.text
    for said in (finding.text, finding.brief, finding.remedy):
        assert not said or (said[0] == said[0].upper() and said[-1] in ".?" and said.count("`") % 2 == 0), (
            said
        )
        assert not re.search(r"\bnan\b|None|undefined|  | [.,;:]|\.\.|[.][A-Z]|(?<!e)-\d", said), said


def test_no_words_are_left_over():
    """A block that names no kind, and is called by none, would be words nobody can read."""
    source = (templates() / "verdict.txt.j2").read_text(encoding="utf-8")
    for name in re.findall(r"macro (\w+)\(", source):
        kind = re.sub(r"_(brief|remedy|remedy_imported)$", "", name)
        if name in {"lamp_rules", *(f"lamp_{about}" for about in ("simulation", "mesh", "model"))}:
            continue
        assert kind in set(Kind) or source.count(f"{name}(") > 1, name


TROUBLE = (*WRONG, ON_SADDLE, *DOUBTS)


@pytest.mark.parametrize("why", TROUBLE)
def test_every_trouble_of_a_simulation_has_words_in_its_lamp_and_in_the_rules(why):
    numbers = {
        "n_states": 2.0,
        "n_minimum": 2.0,
        "n_undecided": 0.0,
        "n_saved": 3.0,
        "worst_residual_T": 1e-6,
    }
    said = wording("lamp_simulation", numbers, {"why": why, "particle": "R = 5 nm"}, ())
    assert said.startswith(
        "R = 5 nm: 2 of 2 certified states are minima, of 3 saved; torque left 1e−06 T at most; "
    )
    assert f"{said.rpartition('; ')[2][:-1]}" in rules() and len(said.rpartition("; ")[2]) > 10


def _sample(kind):
    return next((numbers, details) for k, numbers, details in SAMPLES if k is kind)


@pytest.mark.parametrize(
    "kind", sorted({kind for kind, *_ in SAMPLES if kind.part in (Part.FATE, Part.CHOICE)})
)
def test_the_head_of_one_loop_names_no_case_and_leaves_no_gap(kind):
    for numbers, details in ((n, d) for k, n, d in SAMPLES if k is kind):
        brief = Finding(kind, numbers, (), (), details).brief
        assert not re.search(r"“”|\(\)|^:|\b(in|of)[ ,:](nothing|the circulation|never|reverses)", brief)
        assert not re.match(r"In nothing|\W", brief), brief


def test_rows_off_the_continuum_have_it_named():
    counts = {"n_rows": 41.0, "n_saddle": 0, "n_held": 0, "n_off": 2}
    alone = Finding(Kind.SITS_ON, counts, (), (), {"saddles": "", "off": "0.52 T"})
    assert alone.text == "2 of 41 rows are on no branch of the continuum, or undecided (0.52 T)."


def test_a_limit_is_not_told_as_what_was_reached():
    numbers, details = _sample(Kind.CONVERGED)
    finding = Finding(Kind.CONVERGED, numbers, (), (), details)
    assert finding.brief == "All rows (322 a run) converged, to below the limit of 1e-06 T."
    assert finding.text == "All rows (322 a run) converged, to below the torque tolerance of 1e-06 T."


@pytest.mark.parametrize(("error", "says"), [(0.074321, "5.10 ± 0.07)"), (4e-4, "5.098)"), (NAN, "5.098)")])
def test_nu_of_the_continuum_has_its_error_where_it_shows(error, says):
    numbers = STATE | {"nu_continuum": 5.0982, "nu_continuum_error": error, "nu_printed": NAN}
    told = Finding(Kind.REMANENT_STATE, numbers, details={"state": ""}).text
    assert f", continuum {says}; the core" in told


def test_a_distance_of_rounding_is_no_distance():
    alone = WINDOW | {"distance": (3.1e-16,), "error": 0.0}
    said = Finding(Kind.BUDGET_WINDOW, alone, details=WINDOW_OF | NOBODY_OFF | ALONE | {"times": ""}).text
    assert "a tilted vortex, with its ⟨m⟩; the continuum's ⟨m⟩ is exact there (" in said


def test_a_block_that_is_not_there_says_nothing():
    assert wording("no_such_kind", {}, {}, ()) == ""


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        (
            Kind.BUDGET_WINDOW,
            (
                "|B| from 0.26 to 0.5 T",
                "H′ and H″ are nearest",
                "0.018; the simulation 0.063, 3.5 times",
                "0.0001",
            ),
        ),
        (
            Kind.BUDGET_EVENT,
            ("0.1290 ± 0.0009 T in the c", "0.155 ± 0.005 T in the s", "0.0655 T in H′, nowhere"),
        ),
        (
            Kind.NUCLEATION,
            ("0.51 ± 0.01 T", "0.018 T below", "0.5282 T", "0.5086 T", "0.5534 T", "0.043 T below"),
        ),
        (Kind.COHERENT_REVERSAL, ("−0.085 ± 0.005 T", "0.029 T below", "−0.0565 T")),
        (
            Kind.REMANENT_STATE,
            ("5.139, its estimators spread over 0.640", "5.162", "4.849", "4.443", "67.0°", "90.0°", "0.0°"),
        ),
        (Kind.COLLAR, ("−0.11", "4.60 by m_φ", "5.25 by m_z", "0.047", "4.443")),
        (Kind.UNCONVERGED_ROWS, ("3 of 322", "1e-06 T", "−0.1 T, 0.2 T", "0.003 T at −0.1 T")),
        (
            Kind.ROWS_AT_FAULT,
            ("89 of 114", "step 25 (0.075 T) to step 113 (0.7 T)", "2.4e-16 J above all that"),
        ),
        (Kind.HAMILTONIAN, ("0.06 T", "0.030 to H′", "0.155 to H″", "0.020 and 0.050", "CPU engine, fast")),
        (
            Kind.MESH_TREND,
            ("R = 20 nm, EdgeSmooth 8", "0.47 ± 0.01 T (4 nm)", "0.51 ± 0.01 T (1 nm)", "kick"),
        ),
        (
            Kind.MESH_LIMIT,
            (
                *(
                    "4 to 1 nm (3 sizes)",
                    "95 %",
                    "0.5262 (0.5194 to 0.5402 T, order 1.2); Brown's 0.5282 is within",
                ),
                *("0.6446 (0.6401 to 0.6425); the spectral continuum's 0.6443 is not within", "0.0119 off"),
                *("converges at 18 of 21 fields", "16 of 17", "0.0021", "0.0107", "size to size (2), fewer"),
            ),
        ),
        (Kind.RUNS_DIFFER, ("0.4875 ± 0.0125 T (“minimize”)", "0.4625 ± 0.0125 T (“relax”)", "0.5282 T")),
        (Kind.CURLING_REVERSAL, ("−0.26 ± 0.02 T", "by curling", "−0.2224 T", "−0.2533 T", "−0.6250 T")),
        (Kind.LATTICE_PINS, ("0.0° from the lattice's ⟨111⟩", "54.7°", "90.0°", "0.0°")),
        (Kind.CORE_BY_CELLS, ("67.0° (4 nm), 90.0° (2 nm)",)),
        (Kind.STRONG_KICK, ("0.2 T", "0.5282 T")),
        (Kind.UNCONVERGED_ROWS, ("3 of 322", "1e-06 T", "−0.1 T, 0.2 T", "0.003 T at −0.1 T")),
        (
            Kind.ROWS_AT_FAULT,
            ("89 of 114", "step 25 (0.075 T) to step 113 (0.7 T)", "2.4e-16 J above all that"),
        ),
        (Kind.SOFT_ROWS, ("−0.06 T", "1e-06 T")),
        (Kind.COARSE_CELLS, ("20 nm", "6.7 nm", "2.9 exchange lengths", "2.35 nm", "5.97 cells")),
        (Kind.SINGLE_DOMAIN, ("8.46 nm", "9.09 nm", "−0.0565 T", "−0.04 T")),
    ],
)
def test_the_words_say_the_numbers(kind, says):
    numbers, details = next((n, d) for k, n, d in SAMPLES if k is kind)
    text = Finding(kind, numbers, ("bare",), (), details).text
    for part in says:
        assert part in text, (part, text)


def test_verdicts_say_their_key_numbers(comparison, really_run):
    made = " ".join(judge(comparison).summary)
    for part in (
        "R = 20 nm",
        "0.8 T",
        "0.51 ± 0.01 T",
        "0.5282 T",
        "0.31 ± 0.01 T",
        "0.06 T",
        "H′ is the nearer",
    ):
        assert part in made, part
    real = " ".join(judge(really_run.comparison).summary)
    for part in ("R = 12 nm", "2.5 nm cells", "± 0.02 T", "0.3016 T", "1e-06 T"):
        assert part in real, part


def test_one_field_is_not_told_as_many():
    numbers, details = _sample(Kind.SAME_HAMILTONIANS)
    same = Finding(Kind.SAME_HAMILTONIANS, numbers | {"n_fields": 1}, details=details).text
    assert "(distance of ⟨m⟩ 0.400)" in same
    numbers, details = _sample(Kind.SINGLE_DOMAIN)
    alone = Finding(Kind.SINGLE_DOMAIN, numbers, details=details | {"only_field": True}).text
    assert alone.startswith("The particle stays uniform there, as expected")
    numbers, details = _sample(Kind.HAMILTONIAN)
    one = Finding(
        Kind.HAMILTONIAN, numbers | {"n_fields": 1, "n_all": 1}, details=details | {"few": True}
    ).text
    assert "all fields" not in one and "rms" not in one


def test_a_vortex_where_theory_has_the_uniform_state_stable_is_told_with_its_end():
    numbers = {"first_field_T": 0.05, "uniform_lost_T": NAN, "uniform_to_T": 0.0263}
    told = Finding(Kind.STARTS_WITH_VORTEX, numbers, details={"only_field": True, "bias": False}).brief
    assert "in theory the uniform state is stable there, down to 0.0263 T" in told


def test_models_that_turn_over_at_the_last_field_are_no_models_that_are_far():
    told = Finding(
        Kind.SAME_HAMILTONIANS,
        {"n_fields": 21, "parts_T": -0.5, "rms_all": 1.414},
        details={"without_anisotropy": False, "far": True, "models_turn": True},
    )
    assert "up to the last field of the branch, −0.5 T, where their moment turns over and its" in told.text
    assert "neither" not in told.text
    assert told.remedy == "Let the path go on past −0.5 T (`field`), so that all of them turn over."


def test_rows_of_which_none_is_told_are_not_more_than_others():
    numbers = {"n_rows": 0.0, "n_untold": 2.0, "reach": 0.02, "noise": 0.0}
    assert wording("by_moment", numbers, {}, ()).startswith("Of 2 rows the branch is not told (a row is told")
    assert wording("by_moment", numbers | {"n_untold": 1.0}, {}, ()).startswith("Of 1 row the branch")


def test_what_rows_that_could_not_be_decided_hide_no_smaller_step_shows():
    """Of a loop of 0.02 T steps whose rows from 0.3 to 0.24 T are on either of two branches."""
    numbers = {"error_T": 0.05, "next_step_T": 0.02}
    details = {"hides": ("the distance to theory",), "of": "nucleation field", "listed": False}
    for name, how in (("", " (`[save] ovf`)"), ("_imported", ", imported with the table,")):
        remedy = f"field_step_remedy{name}"
        assert "0.02" in wording(remedy, numbers, details | {"wider": False}, ())
        says = f"States saved where rows could not be decided{how} tell the nucleation field more narrowly."
        for alone in ({}, {"hides": (), "alone": True}):
            assert wording(remedy, numbers, details | {"wider": True} | alone, ()) == says
    assert not wording("field_step_remedy", numbers, details | {"wider": True, "hides": ()}, ())


def test_states_that_are_there_are_not_asked_for_again():
    asked = wording("by_moment_remedy_imported", {}, {"saved": False}, ())
    assert asked.startswith("States saved at zero field and beside the jumps, imported with the table")
    more = wording("by_moment_remedy_imported", {}, {"saved": True}, ())
    assert more.startswith("States of rows that have none, imported with the table")


def test_of_several_branches_that_run_one_way_each_is_named():
    of = {"branches": ("1st descending",), "mirrored": (), "both_signs": False}
    window = {**WINDOW, "first_T": 0.16, "last_T": 0.1}
    of = WINDOW_OF | NOBODY_OFF | of
    told = wording("budget_window_brief", window, of, ())
    assert told.startswith("From 0.16 to 0.1 T on the 1st descending branch H′ and H″ are nearest")
    told = wording("budget_window_brief", window, of | {"branches": ("descending",)}, ())
    assert told.startswith("From 0.16 to 0.1 T H′ and H″ are nearest")
    event = {f"{who}{end}_T": 0.1 for who in ("simulation", "prime", "continuum") for end in ("", "_error")}
    of |= {"event": "tilt", "before": ()}
    numbers = event | {"double_prime_T": NAN, "double_prime_error_T": NAN, "first_T": 1.0}
    told = wording("budget_event_brief", numbers, of, ())
    assert "the field's line on the 1st descending branch at " in told


def test_a_path_that_begins_a_sentence_keeps_its_letters():
    assert wording("part_of_loop", {}, {"missing": "s/lost.out/m.ovf: gone"}, ()).startswith("s/lost.out/")
    assert wording("part_of_loop", {}, {"missing": "one branch only, 1/3 of it"}, ()).startswith("One branch")
