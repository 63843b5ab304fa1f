"""A continuum made by hand, and witnesses of it whose distances from it are known by hand.

It nucleates at 0.5 T, its core turns at 0.1 T, in zero field it lies across, and everything is its own mirror
image: m falls by 1.5 a tesla from 1 to 0.4 while the core stands, then by 4 a tesla to 0.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from harness.analysis.ansatz import PURE_CIRCULATION
from harness.analysis.result import analyse
from harness.comparison.error_budget import budget_of, theory_of
from harness.comparison.prediction import predict
from harness.runs.table import Loop
from harness.study.study import Study
from reduced_model.continuum.branches import BranchEvent, ContinuumBranch, ContinuumBranches
from reduced_model.materials import material

from ..made_runs import MadeRun, record_of

ERROR = 1e-3
ENERGIES = ("exchange_J", "anisotropy_J", "zeeman_J", "magnetostatic_J", "total_J")


def upright(B_T):
    """m while the core stands along the field."""
    return 1.0 - 1.5 * (0.5 - np.asarray(B_T))


def tilted(B_T):
    """m while it is turned."""
    return 4.0 * np.asarray(B_T)


def _branch(kind, ends_T, m_at_ends, angle_at_ends, nu, stable_T, error=ERROR):
    B_T = np.linspace(*ends_T, 41)
    values = {
        "m": np.interp(B_T, ends_T, m_at_ends),
        "core_angle_deg": np.interp(B_T, ends_T, angle_at_ends),
        **dict.fromkeys(("nu", "nu_m_phi", "nu_m_z"), np.full(41, nu)),
        **dict.fromkeys(ENERGIES, np.full(41, 1e-17)),
        "lambda_min_T": np.full(41, 1e-2),
    }
    errors = {name: np.full(41, error) for name in values} | {name: np.full(41, 1e-20) for name in ENERGIES}
    return ContinuumBranch(kind=kind, B_T=B_T, values=values, errors=errors, stable_T=stable_T)


def made_continuum(error=ERROR):
    """The branches; the uniform state is exact."""
    of = {"nu": 4.0, "error": error}
    return ContinuumBranches(
        radius_m=20e-9,
        material=material("iron"),
        direction=(0.0, 0.0, 1.0),
        accuracy=1e-3,
        branches=(
            _branch("uniform", (-1, 1), (1, 1), (0, 0), 0.0, (0.5, 1.0), 0.0),
            _branch("upright vortex", (-0.3, 0.5), upright((-0.3, 0.5)), (0, 0), stable_T=(0.1, 0.5), **of),
            _branch("tilted vortex", (-0.1, 0.1), (-0.4, 0.4), (180, 0), stable_T=(-0.1, 0.1), **of),
            _branch(
                "upright vortex", (-0.5, 0.3), -upright((0.5, -0.3)), (180, 180), stable_T=(-0.5, -0.1), **of
            ),
            _branch("uniform", (-1, 1), (-1, -1), (180, 180), 0.0, (-1.0, -0.5), 0.0),
        ),
        links=((1, -1), (2, 0), (3, 1), (4, 2), (-1, 3)),
        events=(
            BranchEvent("nucleation", 0.5, 1e-9, "curling", "uniform", "upright vortex"),
            BranchEvent("tilt", 0.1, 2e-6, "tilt", "upright vortex", "tilted vortex"),
            BranchEvent("reversal", 0.0, 3e-6, "", "tilted vortex", "tilted vortex"),
            BranchEvent("upright", -0.1, 2e-6, "tilt", "tilted vortex", "upright vortex"),
            BranchEvent("annihilation", -0.5, 1e-9, "curling", "upright vortex", "uniform"),
        ),
    )


def stable_states(B_T):
    """m, angle in degrees and nu of the stable continuum on a path from saturation, either way."""
    B = np.asarray(B_T, dtype=float)
    side = np.where(B < 0, -1.0, 1.0)
    h = np.abs(B)
    m = side * np.where(h > 0.5, 1.0, np.where(h > 0.1, upright(h), tilted(h)))
    angle = np.where(h > 0.1, np.where(side > 0, 0.0, 180.0), 90.0 - 900.0 * B)
    return m, angle, np.where(h > 0.5, 0.0, 4.0)


def made_study(fields_T, **changes):
    """A study of one bare case on these fields."""
    values = {
        "name": "made",
        "material": {"name": "iron"},
        "particle": {"radius_nm": 20.0},
        "mesh": {"cell_nm": 4.0},
        "field": {"values_T": list(fields_T)},
        "save": {"ovf": "none"},
    }
    return Study.from_values({**values, **changes})


def made_result(folder, study, m, angle_deg, nu, *, chirality=1, energies_J=None, **changes):
    """A run with these moments along the field, core angles and nu, analysed; changes are of its Loop."""
    (case,) = study.cases()
    B_T, m, nu = np.array(case.field_values_T), np.asarray(m, dtype=float), np.asarray(nu, dtype=float)
    turn = np.deg2rad(np.asarray(angle_deg, dtype=float))
    core = np.stack((np.sin(turn), np.zeros(turn.size), np.cos(turn)), axis=1)
    along = np.where(np.abs(core[:, 2]) < 1e-12, 1.0, core[:, 2])
    length = np.where(np.abs(core[:, 2]) < 1e-12, 0.2, m / along)
    table = {"step": np.arange(B_T.size), **(energies_J or {})}
    loop = Loop(
        step=np.arange(B_T.size),
        B_T=B_T,
        m=core * length[:, None],
        toroidal=chirality * PURE_CIRCULATION * np.tanh(0.5 * nu)[:, None] * core,
        residual_T=np.zeros(B_T.size),
        odd_part=None,
        table=pd.DataFrame(table),
        states={},
    )
    run = MadeRun(folder, case, record_of(study, case), replace(loop, **changes))
    return analyse(run)


def with_states(loop, m, angle_deg, nu):
    """A model's loop with other states."""
    tau = np.deg2rad(np.asarray(angle_deg, dtype=float))
    return replace(loop, mz=np.asarray(m, dtype=float), nu=np.asarray(nu, dtype=float), tau_rad=tau)


def made_prediction(case, continuum=None, prime=None, double_prime=None):
    """The case's prediction with this continuum; models are m, angle, nu at every row, else H' and H''."""
    known = predict(case)
    given = {"H'": prime, "H''": double_prime}
    on_path = {
        name: with_states(loop, *given[name]) if given[name] is not None else loop
        for name, loop in known.on_path.items()
    }
    return replace(known, on_path=on_path, continuum=continuum or made_continuum())


def made_budget(result, prediction):
    """The budget of a case beside its prediction."""
    return budget_of(result, theory_of(prediction, result.case.field_values_T))
