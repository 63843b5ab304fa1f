"""Samples of findings: what weakens the rest."""

from harness.verdict import Kind

from .shared import MINIMUM, NAN, PROOF, UNPROVED

SHIFT = {"cell_nm": 2.0, "shift": 0.027, "at_T": 0.3, "rms": 0.019}
COARSE = {
    "radius_nm": 20.0,
    "cell_nm": 6.7,
    "exchange_lengths": 2.9,
    "exchange_length_nm": 2.35,
    "widest_nm": 2.35,
}
COARSE |= {"cells_across": 5.97, "fewest_across": 8.0}

SAMPLES = (
    (Kind.MATERIAL, {}, {"name": "iron", "origin": "the paper's iron (source: the paper)"}),
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
    (Kind.STRONG_KICK, {"kick_T": 0.2, "holds_T": 0.5282}, {"weaker_beside": False}),
    *(
        (
            Kind.ASYMMETRY,
            {"rms": 0.091, "largest": 0.29, "at_T": 0.12, "second_T": 0.075, "first_T": T}
            | {"first_error_T": 0.005, "second_error_T": 0.0025},
            {"down": "descending", "up": "ascending"},
        )
        for T in (-0.055, NAN)
    ),
    (
        Kind.RUNS_PART,
        {"n_runs": 16, "n_apart": 37, "n_rows": 282, "largest": 0.34, "at_T": -0.3},
        {},
    ),
    (Kind.NO_ORDER_PARAMETER, {}, {}),
    *(
        (
            Kind.CELLS_SHIFT,
            SHIFT | {"edge_smooth": s, "n_rows": n},
            {"measured": True, "on_cpu": s == 0, "whole_beside": False},
        )
        for s, n in ((0, 1), (0, 12), (8, 12))
    ),
    (
        Kind.CELLS_SHIFT,
        {"cell_nm": 2.0, "edge_smooth": 8, "across": 20.0, "shift": 0.086, "whole": 0.027},
        {"measured": False, "on_cpu": True, "whole_beside": False},
    ),
    (Kind.EDGE_SMOOTH, {"edge_smooth": 8}, {"whole_beside": False}),
    (Kind.OFFSET, {"offset_cells": (0.5, 0.0, 0.0)}, {}),
    (Kind.FOREIGN_STATES, {"n_states": 3, "first_T": 0.2}, {"reason": "two cores"}),
    (Kind.FOREIGN_STATES, {"n_states": 1, "first_T": 0.2}, {"reason": "two cores"}),
    (Kind.UNFITTED, {"n_states": 2}, {"reason": "1 magnetic cell"}),
    (Kind.ENGINE_WARNING, {}, {"line": "disk was nearly full"}),
)
