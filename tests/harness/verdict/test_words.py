"""Every kind of finding has words, the words say its numbers, and no words are left over."""

import math
import re

import pytest

from harness.shipped import templates
from harness.verdict import Finding, Kind, judge
from harness.verdict.words import wording

NAN = math.nan
LATE = {"nucleation_T": 0.31, "nucleation_error_T": 0.01, "rival_T": 0.51, "rival_error_T": 0.01}
LATE["uniform_lost_T"] = 0.5086
LATE_OF = {"rival": "kick", "rival_starts_with_vortex": False, "unstable_in_theory": True}
NUCLEATION = {"nucleation_T": 0.51, "nucleation_error_T": 0.01, "brown_T": 0.5282, "ansatz_T": 0.5086}
NUCLEATION |= {"paper_T": 0.5534, "prime_T": 0.51, "double_prime_T": 0.49}
NO_THEORY = NUCLEATION | {"brown_T": NAN, "ansatz_T": NAN, "paper_T": NAN}
TURN = {"reversal_T": -0.085, "reversal_error_T": 0.005, "coherent_T": -0.0565, "path_end_T": -0.2}
RIVAL = {"rival_T": -0.055, "rival_error_T": 0.005}
STATE = {"nu": 5.139, "nu_error": 0.32, "nu_prime": 5.162, "nu_double_prime": 4.849, "nu_printed": 4.443}
STATE |= {"angle_deg": 67.0, "angle_prime_deg": 90.0, "angle_double_prime_deg": 0.0}
COLLAR = {"lowest_m_z": -0.11, "nu_least": 4.6, "nu_most": 5.25, "nu_fit_error": 0.047, "nu_printed": 4.443}
COLLAR |= {"nu_nearest": 4.6}
BY = {"least_by": "m_φ", "most_by": "m_z", "nearest_by": "m_φ"}
CHOICE = {"rms_prime": 0.03, "rms_double_prime": 0.155, "reach_T": 0.06, "n_fields": 26}
SERIES = {"cell_nm": (4.0, 2.0), "nucleation_T": (0.47, 0.51), "brown_T": 0.5282, "next_cell_nm": 1.0}
COARSE = {
    "radius_nm": 20.0,
    "cell_nm": 6.7,
    "exchange_lengths": 2.9,
    "exchange_length_nm": 2.35,
    "widest_nm": 2.35,
}
COARSE |= {"cells_across": 5.97}
ASKED = {"radius_nm": (20.0,), "cell_nm": (4.0, 2.5), "turns_T": (0.8, -0.8, 0.8), "steps_T": (0.01, 0.01)}
ASKED |= {"n_fields": 322, "Ku_J_per_m3": 4.8e4, "axis_angle_deg": (0.0,)}
OF = {"material": "iron", "protocols": ("bare", "kick")}
LIMITS = {"held_to_T": 0.52, "uniform_lost_brown_T": 0.5282, "uniform_lost_ansatz_T": 0.5086}
ROWS = {"n_rows": 322, "worst_residual_T": 3e-3, "tolerance_T": 1e-6}

SAMPLES = [
    (Kind.QUESTION, ASKED, OF),
    (Kind.QUESTION, ASKED | {"Ku_J_per_m3": 0.0, "steps_T": (0.01, 0.1)}, OF | {"material": ""}),
    (Kind.QUESTION, ASKED | {"axis_angle_deg": (0.0, 45.0), "turns_T": (0.2,), "n_fields": 1}, OF),
    (Kind.DOUBTFUL_VALUES, {}, {"lines": ("Ms_A_per_m = 1700: no magnet", "mesh.cell_nm = 1e-9: an atom")}),
    (Kind.MATERIAL, {}, {"name": "iron", "origin": "the paper's iron (source: the paper)"}),
    (Kind.NUCLEATION, NUCLEATION, {"closed_form": True}),
    (Kind.NUCLEATION, NO_THEORY, {"closed_form": True}),
    (Kind.NUCLEATION, NO_THEORY, {"closed_form": False}),
    (Kind.NUCLEATION, NO_THEORY | {"double_prime_T": NAN}, {"closed_form": False}),
    (Kind.NUCLEATION, NO_THEORY | {"prime_T": 0.3, "double_prime_T": 0.3}, {"closed_form": False}),
    (
        Kind.STARTS_WITH_VORTEX,
        {"first_field_T": 0.2, "uniform_lost_T": 0.5282},
        {"only_field": False, "bias": False},
    ),
    (
        Kind.STARTS_WITH_VORTEX,
        {"first_field_T": 0.2, "uniform_lost_T": NAN},
        {"only_field": True, "bias": True},
    ),
    (
        Kind.STARTS_WITH_VORTEX,
        {"first_field_T": 0.2, "uniform_lost_T": NAN},
        {"only_field": True, "bias": False},
    ),
    (
        Kind.SINGLE_DOMAIN,
        {"crossing_brown_nm": 8.46, "crossing_ansatz_nm": 9.09, "coherent_T": -0.0565, "path_end_T": -0.04},
        {"path_ends_before": True},
    ),
    (
        Kind.SINGLE_DOMAIN,
        {"crossing_brown_nm": NAN, "crossing_ansatz_nm": NAN, "coherent_T": NAN, "path_end_T": -0.04},
        {"path_ends_before": False},
    ),
    (Kind.ENDS_BEFORE_THEORY, LIMITS, {}),
    (Kind.BETWEEN_THEORIES, LIMITS, {}),
    (Kind.NO_VORTEX, {}, {}),
    *(
        (
            Kind.OUTLIVES_THEORY,
            {"held_to_T": 0.0, "unstable_from_T": 0.5086},
            {"holder": who, "closed_form": closed},
        )
        for who in ("symmetry", "cells", "either")
        for closed in (True, False)
    ),
    (Kind.LATE_ON_SADDLE, LATE, LATE_OF),
    (Kind.LATE_ON_SADDLE, LATE | {"nucleation_T": NAN, "nucleation_error_T": NAN}, LATE_OF),
    (Kind.LATE_ON_SADDLE, LATE, LATE_OF | {"rival_starts_with_vortex": True, "unstable_in_theory": False}),
    (Kind.CELLS_HOLD, {"uniform_lost_T": 0.5086}, {"offset": False}),
    (Kind.CELLS_OR_SYMMETRY, {"uniform_lost_T": 0.5086}, {"offset": False}),
    (Kind.CELLS_OR_SYMMETRY, {"uniform_lost_T": 0.5086}, {"offset": True}),
    (Kind.SCATTER, {"spread_T": 0.01, "n_cases": 4}, {"particle": "iron, R = 20 nm"}),
    (Kind.COHERENT_REVERSAL, TURN, {"closed_form": True}),
    (Kind.COHERENT_REVERSAL, TURN | {"reversal_T": -0.0565}, {"closed_form": False}),
    (Kind.REVERSAL_SADDLE, TURN, {"closed_form": True}),
    (Kind.REVERSAL_SADDLE, TURN | {"reversal_T": NAN, "reversal_error_T": NAN}, {"closed_form": True}),
    (Kind.LATE_REVERSAL, TURN | RIVAL, {"rival": "kick"}),
    (Kind.LATE_REVERSAL, TURN | RIVAL | {"reversal_T": NAN, "reversal_error_T": NAN}, {"rival": "kick"}),
    (Kind.UNEVEN_REVERSAL, {"first_T": -0.055, "second_T": 0.075}, {}),
    (Kind.REMANENT_STATE, STATE, {"state": "tilted vortex"}),
    (Kind.REMANENT_STATE, STATE | {"nu_printed": NAN}, {"state": "uniform"}),
    (Kind.COLLAR, COLLAR, BY),
    (Kind.COLLAR, COLLAR | {"nu_printed": NAN}, BY),
    *(
        (Kind.HAMILTONIAN, CHOICE | {"reach_T": reach}, {"closer": closer, "few": few})
        for reach in (0.06, 0.0)
        for closer in ("H′", "H″", "neither")
        for few in (True, False)
    ),
    (Kind.SAME_HAMILTONIANS, {}, {"without_anisotropy": True}),
    (Kind.SAME_HAMILTONIANS, {}, {"without_anisotropy": False}),
    (Kind.HAMILTONIAN_UNTOLD, {}, {"coarse": True}),
    (Kind.HAMILTONIAN_UNTOLD, {}, {"coarse": False}),
    (Kind.PROTOCOL_DECIDES, {}, {"models": ("H″", "H′"), "kept_by_symmetry": (True, False)}),
    (
        Kind.FIELD_STEP,
        {"error_T": 0.005, "next_step_T": 0.002},
        {"hides": ("the distance to theory", "what the cells change")},
    ),
    (Kind.FIELD_STEP, {"error_T": 0.005, "next_step_T": 0.002}, {"hides": ()}),
    (Kind.SYMMETRY_BROKEN, {}, {"by": ("kick",), "agreeing": ("bare",), "offset": False}),
    (Kind.SYMMETRY_BROKEN, {}, {"by": ("a", "b"), "agreeing": (), "offset": True}),
    (Kind.SYMMETRY_KEPT, {}, {}),
    (Kind.UNCERTIFIED, {}, {"suspects": ("bare",)}),
    (Kind.UNCERTIFIED, {}, {"suspects": ()}),
    (Kind.CONVERGED, ROWS, {}),
    (Kind.UNCONVERGED_ROWS, ROWS | {"n_above": 3}, {}),
    (Kind.NO_RESIDUALS, {}, {}),
    *(
        (Kind.MESH_TREND, SERIES, {"way": "kick", "trend": trend})
        for trend in (
            "closing in on",
            "moving away from",
            "the same within the field step",
            "without a clear trend",
        )
    ),
    (Kind.MESH_TREND, SERIES | {"brown_T": NAN, "next_cell_nm": 4.0}, {"way": "kick", "trend": "unclear"}),
    (Kind.ONE_MESH, {"cell_nm": 4.0, "next_cell_nm": 2.0}, {}),
    (Kind.ONE_MESH, {"cell_nm": 0.2, "next_cell_nm": 0.4}, {}),
    (Kind.ROUNDING_DECIDES, {}, {}),
    (Kind.BIAS_ROUNDS, {}, {}),
    (Kind.LATTICE_PINS, {}, {"tilt_too": True}),
    (Kind.LATTICE_PINS, {}, {"tilt_too": False}),
    (Kind.UNFINISHED, {"n_cases": 4}, {"names": ("R20nm-c4nm-bare",)}),
    (Kind.NOTHING_FINISHED, {}, {}),
    (Kind.MODEL_MISSING, {}, {"particle": "iron, R = 20 nm", "reason": "Ku_J_per_m3 below zero"}),
    (Kind.COARSE_CELLS, COARSE, {"resolved": False}),
    (Kind.COARSE_CELLS, COARSE | {"cells_across": NAN}, {"resolved": True}),
    (Kind.COARSE_CELLS, COARSE | {"exchange_lengths": NAN}, {"resolved": False}),
    (Kind.SOFT_ROWS, {"at_T": (-0.06,), "tolerance_T": 1e-6}, {}),
    (Kind.SOFT_ROWS, {"at_T": (0.1, 0.2, 0.3, 0.4, 0.5), "tolerance_T": 1e-6}, {}),
    (Kind.ASYMMETRY, {"rms": 0.091, "largest": 0.29, "at_T": 0.12}, {}),
    (Kind.NO_ORDER_PARAMETER, {}, {}),
    (Kind.EDGE_SMOOTH, {"edge_smooth": 8}, {}),
    (Kind.OFFSET, {"offset_cells": (0.5, 0.0, 0.0)}, {}),
    (Kind.FOREIGN_STATES, {"n_states": 3, "first_T": 0.2}, {"reason": "two cores"}),
    (Kind.FOREIGN_STATES, {"n_states": 1, "first_T": 0.2}, {"reason": "two cores"}),
    (Kind.UNFITTED, {"n_states": 2}, {"reason": "1 magnetic cell"}),
    (Kind.ENGINE_WARNING, {}, {"line": "disk was nearly full"}),
]


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
        kind = re.sub(r"_(brief|remedy)$", "", name)
        assert kind in set(Kind) or source.count(f"{name}(") > 1, name


def test_a_block_that_is_not_there_says_nothing():
    assert wording("no_such_kind", {}, {}, ()) == ""


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        (
            Kind.NUCLEATION,
            ("0.51 ± 0.01 T", "0.018 T below", "0.5282 T", "0.5086 T", "0.5534 T", "0.043 T above"),
        ),
        (Kind.LATE_ON_SADDLE, ("0.31 ± 0.01 T", "0.51 ± 0.01 T", "kick", "saddle")),
        (Kind.REVERSAL_SADDLE, ("−0.085 ± 0.005 T", "0.029 T below", "−0.0565 T")),
        (Kind.REMANENT_STATE, ("5.139 ± 0.320", "5.162", "4.849", "4.443", "67.0°", "90.0°", "0.0°")),
        (Kind.COLLAR, ("−0.11", "4.60 by m_φ", "5.25 by m_z", "0.047", "4.443")),
        (Kind.HAMILTONIAN, ("0.06 T", "0.030 to H′", "0.155 to H″")),
        (Kind.MESH_TREND, ("0.4700 T (4 nm)", "0.5100 T (2 nm)", "0.5282 T", "kick")),
        (Kind.UNCONVERGED_ROWS, ("3 of 322", "1e-06 T", "0.003 T")),
        (Kind.SOFT_ROWS, ("−0.06 T", "1e-06 T")),
        (Kind.COARSE_CELLS, ("20 nm", "6.7 nm", "2.9 exchange lengths", "2.35 nm", "6.0 cells")),
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
    for part in ("R = 20 nm", "0.8 T", "0.51 ± 0.01 T", "0.5282 T", "0.31 ± 0.01 T", "0.06 T", "H′, not H″"):
        assert part in made, part
    real = " ".join(judge(really_run.comparison).summary)
    for part in ("R = 12 nm", "2.5 nm cells", "± 0.02 T", "0.3016 T", "0.2471 T", "1e-06 T"):
        assert part in real, part
