"""A continuum in straight lines, near that of the 40 nm iron sphere, for tests that solve none."""

import numpy as np

from reduced_model.continuum.branches import OBSERVABLES, BranchEvent, ContinuumBranches, branch_of
from reduced_model.materials import MATERIALS

NUCLEATION_T, TILT_T, CORE = 0.528, 0.129, 0.149
SLOPE = (1 - CORE) / NUCLEATION_T


def made_branch(kind, B_T, m, angle_deg, stable_T):
    """A branch of which only moment and angle mean something."""
    B = np.asarray(B_T, dtype=float)
    values = {name: np.full(B.size, 1e-18 if name.endswith("_J") else 0.1) for name in OBSERVABLES}
    values |= {"m": np.asarray(m, dtype=float), "core_angle_deg": np.asarray(angle_deg, dtype=float)}
    return branch_of(kind, B, values, {name: np.full(B.size, 1e-3) for name in OBSERVABLES}, stable_T)


def straight_continuum(radius_m=2e-8):
    """Uniform, upright and tilted states, with their mirror images."""
    uniform = made_branch("uniform", [-1, 0, 1], [1, 1, 1], [0, 0, 0], (NUCLEATION_T, 1.0))
    B = np.linspace(-0.168, NUCLEATION_T, 15)
    upright = made_branch("upright vortex", B, CORE + SLOPE * B, 0 * B, (TILT_T, NUCLEATION_T))
    B = np.linspace(-TILT_T, TILT_T, 15)
    m = (CORE + SLOPE * TILT_T) / TILT_T * B
    tilted = made_branch("tilted vortex", B, m, np.rad2deg(np.arccos(B / TILT_T)), (-TILT_T, TILT_T))
    branches = (uniform, upright, tilted, uniform.mirrored(), upright.mirrored())
    links = ((1, -1), (2, 0), (4, 1), (-1, 4), (3, 2))
    events = (
        BranchEvent("nucleation", NUCLEATION_T, 1e-4, "curling", "uniform", "upright vortex"),
        BranchEvent("tilt", TILT_T, 1e-3, "tilt of the core", "upright vortex", "tilted vortex"),
    )
    return ContinuumBranches(branches, links, events, radius_m, MATERIALS["iron"], (0.0, 0.0, 1.0), 1e-3)
