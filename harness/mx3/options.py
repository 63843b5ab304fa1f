"""How a script is run: tolerance, effort, algorithm, precision, demagnetising tensor.

In: keyword arguments. Out: a frozen, checked `Options`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

ALGORITHMS = ("fast", "faithful")
DTYPES = ("float64", "float32")
DEMAGS = ("newell", "mumax3")
SURFACES = ("cells", "smooth")
FAITHFUL = {"algorithm": "faithful", "max_evaluations": 1_000_000}
"""Options for MuMax3's own algorithms, which take tens of times more field evaluations."""


@dataclass(frozen=True)
class Options:
    """Choices that are not part of the script; ValueError if one is outside its range."""

    tolerance_T: float = 1e-6
    """`relax` and `minimize` stop when the largest |m x B_eff| is below it, in T; where a field is weaker
    than 1 mT they go for less, in proportion."""
    max_evaluations: int = 20_000
    """Effective-field evaluations one search may use."""
    algorithm: str = "fast"
    """`fast`: the engine's own minimiser for both `relax` and `minimize`; `faithful`: MuMax3's two algorithms
    and their stopping rules, which do not know `tolerance_T`."""
    float_dtype: str = "float64"
    """Precision of the state and of the fields, or `float32`; energies and averages are summed in double
    either way. In single precision a search ends at its field's rounding floor, if above `tolerance_T`."""
    demag: str = "newell"
    """Demagnetising tensor: `newell`, exact; `mumax3`, by MuMax3's quadrature to the script's
    `DemagAccuracy`."""
    surface: str = "cells"
    """`cells`: the body is its cells, facets and all; `smooth`: they stand for an ellipsoid's smooth surface,
    and what the staircase does to demagnetising field and exchange is corrected."""
    leave_saddles: bool = False
    """Whether each search keeps to the stable branch of the field before, locates where it ends, and leaves
    saddles by both sides of their mode for the lower end; for the fast algorithm in double precision."""
    strict: bool = False
    """Whether a search that does not converge ends the run; else it is noted in log.txt and solver.csv."""

    def __post_init__(self) -> None:
        if not 0 < self.tolerance_T < math.inf:
            raise ValueError(f"tolerance_T must be a positive number of T, got {self.tolerance_T}")
        if self.max_evaluations < 1:
            raise ValueError(f"max_evaluations must be at least 1, got {self.max_evaluations}")
        for name, allowed in (
            ("algorithm", ALGORITHMS),
            ("float_dtype", DTYPES),
            ("demag", DEMAGS),
            ("surface", SURFACES),
        ):
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name} must be one of {', '.join(allowed)}, got {getattr(self, name)!r}")
        if self.leave_saddles and (self.algorithm, self.float_dtype) != ("fast", "float64"):
            raise ValueError(
                "leave_saddles needs algorithm fast and float_dtype float64, got "
                f"{self.algorithm} and {self.float_dtype}"
            )
