"""Studies that were really run: nothing in them is made from the models they are compared with."""

from functools import cache

import pytest

from harness.analysis.result import analyse
from harness.comparison.comparison import compare
from harness.engines import choose_engine
from harness.pipeline import plan_study, run_study
from harness.runs.execute import execute
from harness.runs.output import read
from harness.study.study import Study

SMALL_IRON = {
    "name": "really-run",
    "material": {"name": "iron"},
    "particle": {"radius_nm": 12.0},
    "mesh": {"cell_nm": 2.5},
    "field": {"loop": {"max_T": 0.4, "step_T": 0.04}},
    "continuum": {"solve": False},
    "protocol": [{"kind": "bare"}, {"kind": "kick"}],
}
"""Above the radius from which curling comes before coherent rotation; Brown's field is 0.30 T there."""

COBALT = {"Ms_A_per_m": 1.44e6, "A_J_per_m": 3e-11, "Ku_J_per_m3": 4.5e5}
"""The README's: its anisotropy field is 0.625 T."""
KICK = [{"kind": "kick"}]

STUDIES = {
    # R = 8 nm: coherent rotation comes first; 4 and 8 cells across
    "iron_8nm": {
        "material": {"name": "iron"},
        "particle": {"radius_nm": 8.0},
        "sweep": {"cell_nm": [4.0, 2.0]},
        "field": {"loop": {"max_T": 0.1, "step_T": 0.02}},
        "protocol": KICK,
    },
    # curls at -0.222 T (Brown), before coherent rotation at -0.625 T
    "cobalt_30nm": {
        "material": COBALT,
        "particle": {"radius_nm": 30.0},
        "mesh": {"cell_nm": 5.0},
        "field": {"values_T": [0.4, 0.0, -0.16, -0.2, -0.24, -0.28, -0.32, -0.4]},
        "protocol": KICK,
    },
    # both models fail
    "cobalt_50nm": {
        "material": COBALT,
        "particle": {"radius_nm": 50.0},
        "mesh": {"cell_nm": 5.0},
        "field": {"loop": {"max_T": 0.45, "step_T": 0.09}},
        "protocol": [{"kind": "kick", "seeds": [1, 2]}],
    },
    # its core stands along the lattice's <111>, though the anisotropy field is 1.25 mT along the field
    "permalloy_25nm": {
        "material": {"name": "permalloy"},
        "particle": {"radius_nm": 25.0},
        "mesh": {"cell_nm": 5.0},
        "field": {"values_T": [0.2, 0.14, 0.1, 0.06, 0.02, 0.0]},
        "protocol": KICK,
    },
    # 4 nm cells hold the core at some 65 degrees and open the loop
    "iron_tilted": {
        "material": {"name": "iron"},
        "particle": {"radius_nm": 20.0},
        "mesh": {"cell_nm": 4.0},
        "field": {"loop": {"max_T": 0.6, "step_T": 0.02}},
        "protocol": [{"kind": "tilt", "theta_deg": 2.0}],
    },
}


@pytest.fixture(scope="session")
def really_run(tmp_path_factory):
    """Bare and kicked loops of a 24 nm iron sphere, ten cells across, by the CPU engine."""
    return run_study(Study.from_values(SMALL_IRON), "cpu", tmp_path_factory.mktemp("real"))


@pytest.fixture(scope="session")
def real_comparison(tmp_path_factory):
    """Function that runs one of STUDIES by the CPU engine, once, and compares it."""
    engine, runs = choose_engine("cpu").engine, tmp_path_factory.mktemp("real-studies")

    @cache
    def of(name):
        study = Study.from_values({"name": name, "continuum": {"solve": False}, **STUDIES[name]})
        planned = plan_study(study, engine, runs)
        return compare(study, [analyse(read(execute(run, engine), run.case, engine)) for run in planned])

    return of
