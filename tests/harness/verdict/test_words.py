"""Every kind of finding has words, the words say its numbers, and no words are left over."""

import math
import re

import pytest

from harness.shipped import templates
from harness.verdict import Finding, Kind, Part, judge
from harness.verdict.lamps import DOUBTS, ON_SADDLE, WRONG, rules
from harness.verdict.words import wording

NAN = math.nan
UNPROVED = {"certified": ""}
SADDLE, MINIMUM = (
    {"certified": "saddle", "mode": "curling"},
    {"certified": "minimum", "mode": "tilt of the core"},
)
PROOF = {"certified_T": 0.4, "lambda_min_T": -0.0256}
COUNT = {
    "n_states": 18,
    "n_minimum": 18,
    "n_saddle": 0,
    "n_undecided": 0,
    "softest_T": 0.1,
    "lambda_min_T": 0.0021,
}
NUCLEATION = {"nucleation_T": 0.51, "nucleation_error_T": 0.01, "brown_T": 0.5282, "ansatz_T": 0.5086}
NUCLEATION |= {"paper_T": 0.5534, "prime_T": 0.51, "double_prime_T": 0.49, "most_circulation": 0.97}
NUCLEATION |= {"continuum_T": NAN}
NO_THEORY = NUCLEATION | {"brown_T": NAN, "ansatz_T": NAN, "paper_T": NAN}
TURN = {"reversal_T": -0.085, "reversal_error_T": 0.005, "coherent_T": -0.0565, "path_end_T": -0.2}
CURLS = TURN | {
    "reversal_T": -0.26,
    "reversal_error_T": 0.02,
    "brown_T": -0.2224,
    "ansatz_T": -0.2533,
    "coherent_T": -0.625,
}
STATE = {"nu": 5.139, "nu_spread": 0.64, "nu_prime": 5.162, "nu_double_prime": 4.849, "nu_printed": 4.443}
STATE |= {"angle_deg": 67.0, "angle_prime_deg": 90.0, "angle_double_prime_deg": 0.0, "nu_continuum": NAN}
STATE |= {"angle_continuum_deg": NAN}
COLLAR = {"lowest_m_z": -0.11, "nu_least": 4.6, "nu_most": 5.25, "nu_fit_error": 0.047, "nu_printed": 4.443}
COLLAR |= {"nu_nearest": 4.6}
BY = {"least_by": "m_φ", "most_by": "m_z", "nearest_by": "m_φ"}
CHOICE = {"rms_prime": 0.03, "rms_double_prime": 0.155, "reach_T": 0.06, "n_fields": 26}
CHOICE |= {"rms_all_prime": 0.02, "rms_all_double_prime": 0.05}
SERIES = {
    "cell_nm": (4.0, 2.0, 1.0),
    "nucleation_T": (0.47, 0.49, 0.51),
    "brown_T": 0.5282,
    "next_cell_nm": 0.5,
}
SERIES |= {"nucleation_error_T": (0.01, 0.01, 0.01), "radius_nm": 20.0, "edge_smooth": 8.0}
LIMIT = {
    **{"radius_nm": 20.0, "edge_smooth": 0.0, "cell_nm": (4.0, 2.5, 1.0), "percent": 95.0, "n_lattices": 3},
    **{"n_fields": 21, "n_told": 18, "n_known": 17, "n_agree": 16, "n_refused": (2.0, 1.0)},
    **{"rms_extrapolated": 0.0021, "rms_finest": 0.0107},
    **{"nucleation": 0.5262, "nucleation_low": 0.5194, "nucleation_high": 0.5402, "nucleation_order": 1.2},
    **{"nucleation_continuum": 0.5282, "nucleation_agrees": 1.0, "nucleation_finest_error": -0.0091},
    **{"m": 0.6446, "m_low": 0.6401, "m_high": 0.6425, "m_order": NAN, "m_continuum": 0.6443},
    **{"m_agrees": 0.0, "m_finest_error": 0.0119, "m_at_T": 0.3},
}
LIMIT_OF = {"way": "kick", "branch": "descending", "nucleation_why": "", "rows": False}
LIMIT_OF |= {
    "reasons": ("it goes up and down from size to size", "fewer than three cell sizes hold such a state")
}
TWO = {"cell_nm": (4.0, 2.0), "nucleation_T": (0.47, 0.51), "nucleation_error_T": (0.01, NAN)}
PINNED = {"angle_deg": 54.7, "angle_prime_deg": 90.0, "angle_double_prime_deg": 0.0, "apart_deg": 0.04}
PINNED |= {"angle_continuum_deg": NAN}
BESIDE = {"radius_nm": 20.0} | {
    "value": (0.4875, 0.4625),
    "error": (0.0125, 0.0125),
    "n_runs": 2,
    "cell_nm": 4.0,
    "brown_T": 0.5282,
}
SHIFT = {"cell_nm": 2.0, "shift": 0.027, "at_T": 0.3, "rms": 0.019}
RUNS = {"quantity": "nucleation field", "runs": ("“minimize”", "“relax”"), "in_tesla": True}
RUNS |= {"names": ("minimize", "relax"), "unsettled": (), "holder": ""}
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
OF = {"material": "iron", "protocols": ("bare", "kick"), "solved": False}
BOTH = ("descending", "ascending")
WINDOW = {
    "first_T": 0.5,
    "last_T": 0.26,
    "n_rows": 52,
    "distance": (0.018, 0.063),
    "factor": 3.5,
    "error": 1e-4,
}
WINDOW |= {"rms_simulation": 0.063, "rms_prime": 0.018, "rms_double_prime": 0.018}
WINDOW |= {"smaller_cell_nm": 1.3, "linear_cells_nm": (4.0, 2.5)}
WINDOW_OF = {
    "both_signs": True,
    "mirrored": False,
    "branches": BOTH,
    "reason": "nearer",
    "stable_kind": "upright vortex",
}
WINDOW_OF |= {"names": ("H′ and H″", "the simulation"), "times": "3.5"}
NOBODY_OFF = {"off_names": (), "off_who": (), "off_kinds": (), "off_stability": ()}
BOTH_OFF = {
    "off_names": ("H′", "H″", "the simulation"),
    "off_who": ("H′ and H″", "the simulation"),
    "off_kinds": ("upright vortex", "uniform"),
    "off_stability": ("saddle", "minimum"),
}
ALONE = {"names": ("the simulation",), "reason": "alone", "stable_kind": "tilted vortex"}
AT_ONE = {"first_T": 0.12, "last_T": 0.12, "smaller_cell_nm": NAN}
CHANGE = {"simulation_T": 0.155, "simulation_error_T": 0.005, "continuum_T": 0.129046}
CHANGE |= {"continuum_error_T": 9e-4, "prime_T": 0.065473, "prime_error_T": 0.0}
CHANGE |= {"double_prime_T": NAN, "double_prime_error_T": NAN}
LIMITS = {"held_to_T": 0.52, "uniform_lost_brown_T": 0.5282, "uniform_lost_ansatz_T": 0.5086}
ROWS = {"n_rows": 322, "worst_residual_T": 3e-3, "limit_T": 1e-6, "floor_T": NAN}
FAULTY = {"n_rows": 114, "first_step": 25, "first_T": 0.075, "last_T": 0.7, "excess_J": 2.4e-16}
FAULT = {"why": "its energy is 2.4e-16 J above all that descent from the row before allows"}

SAMPLES = [
    (Kind.QUESTION, ASKED, OF),
    (Kind.QUESTION, ASKED | {"Ku_J_per_m3": 0.0, "steps_T": (0.01, 0.1)}, OF | {"material": ""}),
    (Kind.QUESTION, ASKED | {"axis_angle_deg": (0.0, 45.0), "turns_T": (0.2,), "n_fields": 1}, OF),
    (Kind.QUESTION, ASKED, OF | {"solved": True}),
    *(
        (
            Kind.LOOPS,
            {"radius_nm": 20.0, "Ku_J_per_m3": Ku, "axis_angle_deg": (0.0,), "cell_nm": (2.0,) * n}
            | {"n_fields": (802.0,) * n, "first_T": (1.0,) * n, "turn_T": (-1.0,) * n},
            {"material": "iron", "names": ("mine", "yours")[:n], "programs": ("OOMMF, imported",) * n},
        )
        for n, Ku in ((1, 4.8e4), (2, 0.0))
    ),
    *(
        (
            Kind.LOOPS_EVENT,
            CHANGE
            | {"first_T": 1.0, "loop_T": (0.15, T), "loop_error_T": (0.0025, NAN)}
            | {
                "low_T": (0.1, T),
                "low_error_T": (0.0025, NAN),
                "n_loops": (n, 1.0),
                "n_known": (2.0, 1.0),
                "angle_deg": A,
            },
            {"event": "tilt", "before": (), "names": ("mine", "yours"), "already": ("", already)},
        )
        for T, already, n, A in ((0.12, "", 2.0, NAN), (NAN, "", 3.0, 90.0), (NAN, "yes", 2.0, NAN))
    ),
    (Kind.DIRECTIONS, {"angle_deg": (0.0, 90.0)}, {"names": ("“a” and “b”", "“c”")}),
    (Kind.PART_OF_LOOP, {}, {"missing": "one branch only, 0.7 to −0.7 T"}),
    *(
        (
            Kind.REPLICAS,
            {"n_loops": 3.0, "n_told": told, "high_T": (0.3,) * n, "high_error_T": (0.005,) * n}
            | {"low_T": (0.2,) * n, "low_error_T": (0.005,) * n, "scatter_T": (0.05, NAN)[:n]},
            {"names": "“a”, “b” and “c”", "where": ("where it is", "where it was")[:n]}
            | {"highest": ("a", "b")[:n], "lowest": ("c", "a")[:n]},
        )
        for n, told in ((1, (3.0,)), (2, (3.0, 2.0)))
    ),
    *(
        (
            Kind.SITS_ON,
            {"n_rows": 401.0, "n_saddle": saddle, "n_held": held, "n_off": off},
            {"saddles": "0.12 to −0.02 T down", "off": "0.52 T"},
        )
        for saddle, held, off in ((0, 0, 0), (29, 0, 0), (29, 29, 1), (29, 4, 1), (0, 0, 1))
    ),
    (Kind.BUDGET_WINDOW, WINDOW, WINDOW_OF | NOBODY_OFF),
    (Kind.BUDGET_WINDOW, WINDOW | {"distance": (5e-5, 0.063)}, WINDOW_OF | BOTH_OFF | {"both_signs": False}),
    (Kind.BUDGET_WINDOW, WINDOW, WINDOW_OF | NOBODY_OFF | {"both_signs": False, "mirrored": True}),
    (Kind.BUDGET_WINDOW, WINDOW | AT_ONE | {"distance": (0.01,)}, WINDOW_OF | BOTH_OFF | ALONE),
    (
        Kind.BUDGET_WINDOW,
        WINDOW | AT_ONE | {"distance": (0.01,), "last_T": -0.12},
        WINDOW_OF
        | BOTH_OFF
        | ALONE
        | {"off_kinds": ("another tilted vortex", "unknown"), "off_stability": ("", "")},
    ),
    (Kind.BUDGET_NOBODY, WINDOW | {"distance": ()}, WINDOW_OF | BOTH_OFF | {"names": (), "reason": "nobody"}),
    (Kind.BUDGET_UNDECIDED, WINDOW, WINDOW_OF | NOBODY_OFF | {"reason": "undecided"}),
    (
        Kind.BUDGET_UNDECIDED,
        WINDOW | {"distance": (0.0, 1e-5)},
        WINDOW_OF | BOTH_OFF | {"reason": "undecided"},
    ),
    *(
        (
            Kind.OFF_BRANCH,
            {"first_T": 0.12, "last_T": last_T, "n_rows": 7},
            {
                "both_signs": last_T != 0.12,
                "mirrored": False,
                "branches": BOTH,
                "names": names,
                "state": "upright vortex",
            }
            | {"stability": stability, "stable_kind": stable},
        )
        for last_T in (0.12, 0.07, -0.12)
        for names in (("H′",), ("H′", "H″"))
        for stability in ("saddle", "minimum", "")
        for stable in ("tilted vortex", "")
    ),
    *(
        (
            Kind.BUDGET_EVENT,
            CHANGE | {"double_prime_T": T, "first_T": 0.4},
            {"event": event, "branches": ("descending",), "before": ()},
        )
        for T in (NAN, 0.065473)
        for event in ("tilt", "nucleation", "reversal", "annihilation")
    ),
    (Kind.DOUBTFUL_VALUES, {}, {"lines": ("Ms_A_per_m = 1700: no magnet", "mesh.cell_nm = 1e-9: an atom")}),
    (
        Kind.CONTRADICTED,
        {"taken": (1.7e6, 20.0), "told": (8e5, 30.0)},
        {"what": ("Ms", "R"), "units": ("A/m", "nm"), "by": ("m.ovf", "loop.mx3"), "imported": True},
    ),
    (Kind.MATERIAL, {}, {"name": "iron", "origin": "the paper's iron (source: the paper)"}),
    (Kind.NUCLEATION, NUCLEATION, {"closed_form": True, "bias": False}),
    (Kind.NUCLEATION, NUCLEATION, {"closed_form": True, "bias": True}),
    (Kind.NUCLEATION, NO_THEORY, {"closed_form": True, "bias": False}),
    (Kind.NUCLEATION, NO_THEORY, {"closed_form": False, "bias": False}),
    (Kind.NUCLEATION, NO_THEORY | {"double_prime_T": NAN}, {"closed_form": False, "bias": False}),
    (Kind.NUCLEATION, NO_THEORY | {"continuum_T": 0.517}, {"closed_form": False, "bias": False}),
    (
        Kind.NUCLEATION,
        NO_THEORY | {"prime_T": 0.3, "double_prime_T": 0.3},
        {"closed_form": False, "bias": False},
    ),
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
        {"path_ends_before": True, "isotropic": False},
    ),
    (
        Kind.SINGLE_DOMAIN,
        {"crossing_brown_nm": 8.46, "crossing_ansatz_nm": 9.09, "coherent_T": 0.0, "path_end_T": -0.04},
        {"path_ends_before": False, "isotropic": True},
    ),
    (
        Kind.SINGLE_DOMAIN,
        {"crossing_brown_nm": NAN, "crossing_ansatz_nm": NAN, "coherent_T": NAN, "path_end_T": -0.04},
        {"path_ends_before": False, "isotropic": False},
    ),
    (Kind.ENDS_BEFORE_THEORY, LIMITS, {}),
    (Kind.BETWEEN_THEORIES, LIMITS, {}),
    (Kind.NO_VORTEX, {}, {}),
    *(
        (
            Kind.OUTLIVES_THEORY,
            PROOF | {"held_to_T": 0.0, "unstable_from_T": 0.5086},
            told | {"closed_form": closed},
        )
        for told in (UNPROVED, SADDLE, MINIMUM)
        for closed in (True, False)
    ),
    (
        Kind.SADDLES,
        {"n_saddles": 1, "n_states": 1, "n_maxima": 0, "at_T": (0.4,), "lambda_T": (-0.03,)},
        {"modes": ("",)},
    ),
    (
        Kind.SADDLES,
        {"n_saddles": 5, "n_states": 18, "n_maxima": 2, "at_T": (0.4, 0.0), "lambda_T": (-0.03, -0.0256)},
        {"modes": ("curling", "tilt of the core")},
    ),
    (Kind.CELLS_HOLD, PROOF | {"uniform_lost_T": 0.5086}, MINIMUM),
    (Kind.COHERENT_REVERSAL, TURN | PROOF, MINIMUM),
    (Kind.CERTIFIED, COUNT, {}),
    (Kind.CERTIFIED, COUNT | {"n_minimum": 15, "n_saddle": 2, "n_undecided": 1}, {}),
    (Kind.CERTIFIED, COUNT | {"n_states": 1, "n_minimum": 0, "n_saddle": 1, "lambda_min_T": NAN}, {}),
    (
        Kind.NOT_CERTIFIED,
        {"n_states": (1.0, 12.0)},
        {"reasons": ("too far", "left"), "nothing": False, "saved": True},
    ),
    *(
        (Kind.NOT_CERTIFIED, {"n_states": ()}, {"reasons": why, "nothing": True, "saved": saved})
        for why in ((), ("too far",))
        for saved in (True, False)
    ),
    (Kind.RUNS_DIFFER, BESIDE, RUNS),
    (Kind.RUNS_DIFFER, BESIDE | {"value": (0.4875, NAN), "error": (0.0125, NAN), "brown_T": NAN}, RUNS),
    (
        Kind.RUNS_DIFFER,
        BESIDE | {"value": (0.151, 0.052), "error": (NAN, NAN), "brown_T": NAN},
        RUNS | {"in_tesla": False, "quantity": "remanence"},
    ),
    (Kind.RUNS_DIFFER, BESIDE, RUNS | {"unsettled": ("relax",)}),
    (Kind.RUNS_DIFFER, BESIDE | PROOF, RUNS | MINIMUM | {"holder": "relax"}),
    (
        Kind.RUNS_DIFFER,
        BESIDE | {"value": 5 * (0.4,), "error": 5 * (0.01,), "n_runs": 5},
        RUNS | {"runs": tuple("abcde")},
    ),
    (Kind.RUNS_AGREE, BESIDE | {"value": (0.51,), "error": (0.01,)}, RUNS | {"runs": ("“a”, “b”",)}),
    (Kind.RUNS_AGREE, BESIDE | {"n_runs": 5}, RUNS),
    (Kind.CURLING_REVERSAL, CURLS, {"by_curling": True}),
    (Kind.CURLING_REVERSAL, CURLS | {"ansatz_T": NAN}, {"by_curling": False}),
    (Kind.COHERENT_REVERSAL, TURN, UNPROVED),
    (Kind.COHERENT_REVERSAL, TURN | {"reversal_T": -0.0565}, UNPROVED),
    (Kind.COHERENT_REVERSAL, TURN | {"reversal_T": NAN, "reversal_error_T": NAN}, UNPROVED),
    (Kind.REMANENT_STATE, STATE, {"state": "tilted vortex"}),
    (Kind.REMANENT_STATE, STATE | {"nu_printed": NAN}, {"state": "uniform"}),
    (Kind.REMANENT_STATE, STATE | {"nu_continuum": 5.05, "angle_continuum_deg": 90.0}, {"state": "vortex"}),
    (Kind.COLLAR, COLLAR, BY),
    (Kind.COLLAR, COLLAR | {"nu_printed": NAN}, BY),
    *(
        (
            Kind.HAMILTONIAN,
            CHOICE | {"reach_T": reach},
            {"nearer": nearer, "few": few, "far": far, "engine": "CPU engine, fast"},
        )
        for reach in (0.06, 0.0)
        for nearer in ("H′", "neither")
        for few in (True, False)
        for far in (True, False)
    ),
    (Kind.SAME_HAMILTONIANS, {"rms_all": 0.4}, {"without_anisotropy": True, "far": True}),
    (Kind.SAME_HAMILTONIANS, {"rms_all": 0.01}, {"without_anisotropy": False, "far": False}),
    (Kind.SAME_HAMILTONIANS, {"rms_all": NAN}, {"without_anisotropy": False, "far": False}),
    (Kind.HAMILTONIAN_UNTOLD, {}, {"coarse": True}),
    (Kind.HAMILTONIAN_UNTOLD, {}, {"coarse": False}),
    (
        Kind.FIELD_STEP,
        {"error_T": 0.005, "next_step_T": 0.002},
        {"hides": ("the distance to theory", "what the cells change"), "listed": False},
    ),
    (
        Kind.FIELD_STEP,
        {"error_T": 0.005, "next_step_T": 0.002},
        {"hides": ("the distance to theory",), "listed": True},
    ),
    *(
        (
            Kind.FIELD_STEP,
            {"error_T": 0.005, "next_step_T": 0.002},
            {"hides": (), "listed": True, "uneven": u},
        )
        for u in (True, False)
    ),
    (Kind.CONVERGED, ROWS, {}),
    (Kind.CONVERGED, ROWS | {"limit_T": 4.5e-5, "floor_T": 4.5e-6}, {}),
    (Kind.UNCONVERGED_ROWS, ROWS | {"n_above": 3, "at_T": (-0.1, 0.2), "worst_at_T": -0.1}, {}),
    (
        Kind.UNCONVERGED_ROWS,
        ROWS
        | {"n_above": 5, "at_T": (0.1, 0.2, 0.3, 0.4, 0.5), "worst_at_T": 0.3}
        | {"limit_T": 4.5e-5, "floor_T": 4.5e-6},
        {},
    ),
    *(
        (
            Kind.ROWS_AT_FAULT,
            FAULTY | {"n_faults": count, "last_step": 24 + count},
            FAULT | {"method": method},
        )
        for count, method in ((89, "minimize"), (1, "relax"), (2, "guarded"))
    ),
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
    (Kind.MESH_TREND, SERIES | {"brown_T": NAN, "next_cell_nm": 4.0}, {"way": "kick", "trend": ""}),
    (Kind.MESH_TREND, SERIES | TWO, {"way": "kick", "trend": ""}),
    (Kind.MESH_LIMIT, LIMIT, LIMIT_OF),
    (Kind.MESH_LIMIT, LIMIT | {"n_told": 21, "n_refused": ()}, LIMIT_OF | {"reasons": ()}),
    (
        Kind.MESH_LIMIT,
        LIMIT | dict.fromkeys(("nucleation", "nucleation_agrees", "m", "m_agrees"), NAN) | {"n_known": 0},
        LIMIT_OF
        | {"nucleation_why": "the rows are too far apart to tell what the cells change", "rows": True},
    ),
    (Kind.ONE_MESH, {"cell_nm": 4.0, "next_cell_nm": 2.0}, {"aside": (), "measured": False}),
    (Kind.ONE_MESH, {"cell_nm": 0.2, "next_cell_nm": 0.4}, {"aside": ("0.5",), "measured": True}),
    (Kind.ROUNDING_DECIDES, {}, UNPROVED | {"tilted": True}),
    (Kind.ROUNDING_DECIDES, PROOF, MINIMUM | {"tilted": False}),
    *(
        (
            Kind.BIAS,
            {"bias_T": 0.002, "rms": 0.0123, "largest": 0.3, "at_T": 0.48, "bound": bound},
            {"beside": beside, "counted": counted},
        )
        for beside, bound in (("kick", NAN), ("", 0.031), ("", NAN))
        for counted in (True, False)
    ),
    (
        Kind.LATTICE_PINS,
        PINNED | {"angle_continuum_deg": 90.0},
        {"axis": "⟨111⟩", "isotropic": False, "no_model_s": True},
    ),
    *(
        (Kind.LATTICE_PINS, PINNED, {"axis": axis, "isotropic": isotropic, "no_model_s": no_model_s})
        for axis in ("⟨111⟩", "")
        for isotropic in (False, True)
        for no_model_s in (True, False)
    ),
    (
        Kind.CORE_BY_CELLS,
        PINNED | {"radius_nm": 20.0, "edge_smooth": 0.0} | {"cell_nm": (4.0, 2.0), "angle_deg": (67.0, 90.0)},
        {"way": "kick"},
    ),
    (Kind.UNFINISHED, {"n_cases": 4}, {"names": ("R20nm-c4nm-bare",), "damaged": (), "why": ()}),
    (Kind.UNFINISHED, {"n_cases": 4}, {"names": (), "damaged": ("a", "b"), "why": ("a (cut)", "b (cut)")}),
    (Kind.UNFINISHED, {"n_cases": 4}, {"names": ("c",), "damaged": ("a",), "why": ("a (cut)",)}),
    (Kind.NOTHING_FINISHED, {}, {}),
    (Kind.THEORY_MISSING, {}, {"particle": "iron, R = 20 nm", "reason": "Ku_J_per_m3 below zero"}),
    (Kind.COARSE_CELLS, COARSE, {"resolved": False}),
    (Kind.COARSE_CELLS, COARSE | {"cells_across": NAN}, {"resolved": True}),
    (Kind.COARSE_CELLS, COARSE | {"exchange_lengths": NAN}, {"resolved": False}),
    (Kind.SOFT_ROWS, {"at_T": (-0.06,), "limit_T": 1e-6}, {"single_precision": False}),
    (Kind.SOFT_ROWS, {"at_T": (0.1, 0.2, 0.3, 0.4, 0.5), "limit_T": 1.4e-5}, {"single_precision": True}),
    (Kind.STRONG_KICK, {"kick_T": 0.2, "holds_T": 0.5282}, {}),
    *(
        (
            Kind.ASYMMETRY,
            {"rms": 0.091, "largest": 0.29, "at_T": 0.12, "second_T": 0.075, "first_T": T}
            | {"first_error_T": 0.005, "second_error_T": 0.0025},
            {},
        )
        for T in (-0.055, NAN)
    ),
    (Kind.NO_ORDER_PARAMETER, {}, {}),
    (Kind.SYMMETRY_UNKNOWN, {}, {}),
    *((Kind.BY_MOMENT, {"n_rows": 12.0, "n_untold": n}, {}) for n in (0.0, 3.0)),
    *(
        (
            Kind.TORQUE_GROWS,
            {"first_T": 0.02, "last_T": -0.12, "by_row": 1.7, "n_rows": 15.0, "n_saddle": n}
            | {"from_torque_T": 1.9e-6, "to_torque_T": 2.2e-3},
            {},
        )
        for n in (0.0, 15.0)
    ),
    *(
        (Kind.CELLS_SHIFT, SHIFT | {"edge_smooth": s, "n_rows": n}, {"measured": True, "on_cpu": s == 0})
        for s, n in ((0, 1), (0, 12), (8, 12))
    ),
    (
        Kind.CELLS_SHIFT,
        {"cell_nm": 2.0, "edge_smooth": 8, "across": 20.0, "shift": 0.086, "whole": 0.027},
        {"measured": False, "on_cpu": True},
    ),
    (Kind.EDGE_SMOOTH, {"edge_smooth": 8}, {}),
    (Kind.OFFSET, {"offset_cells": (0.5, 0.0, 0.0)}, {}),
    (Kind.FOREIGN_STATES, {"n_states": 3, "first_T": 0.2}, {"reason": "two cores"}),
    (Kind.FOREIGN_STATES, {"n_states": 1, "first_T": 0.2}, {"reason": "two cores"}),
    (Kind.UNFITTED, {"n_states": 2}, {"reason": "1 magnetic cell"}),
    (Kind.ENGINE_WARNING, {}, {"line": "disk was nearly full"}),
]


@pytest.mark.parametrize(("kind", "numbers", "details"), SAMPLES, ids=[str(s[0]) for s in SAMPLES])
def test_the_owner_of_a_foreign_loop_is_told_no_key_of_a_study(kind, numbers, details):
    remedy = Finding(kind, numbers, ("mine",), (), {**details, "imported": True}).remedy
    assert not re.search(
        r"\[\w|sweep|solver\.|kind =|_T`|values_T|edge_smooth|cell_nm|mxval run|b_mT", remedy
    )


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
