"""What samples of several sections have in common."""

import math

NAN = math.nan
UNPROVED = {"certified": ""}
SADDLE, MINIMUM = (
    {"certified": "saddle", "mode": "curling"},
    {"certified": "minimum", "mode": "tilt of the core"},
)
PROOF = {"certified_T": 0.4, "lambda_min_T": -0.0256}
