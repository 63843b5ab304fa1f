"""Samples of findings: how the moment turned over."""

from harness.verdict import Kind

from .shared import MINIMUM, NAN, PROOF, UNPROVED

TURN = {"reversal_T": -0.085, "reversal_error_T": 0.005, "coherent_T": -0.0565, "path_end_T": -0.2}
CURLS = TURN | {
    "reversal_T": -0.26,
    "reversal_error_T": 0.02,
    "brown_T": -0.2224,
    "ansatz_T": -0.2533,
    "coherent_T": -0.625,
}

SAMPLES = (
    (Kind.COHERENT_REVERSAL, TURN | PROOF, MINIMUM),
    (Kind.CURLING_REVERSAL, CURLS, {"by_curling": True}),
    (Kind.CURLING_REVERSAL, CURLS | {"ansatz_T": NAN}, {"by_curling": False}),
    (Kind.COHERENT_REVERSAL, TURN, UNPROVED),
    (Kind.COHERENT_REVERSAL, TURN | {"reversal_T": -0.0565}, UNPROVED),
    (Kind.COHERENT_REVERSAL, TURN | {"reversal_T": NAN, "reversal_error_T": NAN}, UNPROVED),
)
