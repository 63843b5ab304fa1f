"""A study that was really run: nothing in it is made from the models it is compared with."""

import pytest

from harness.pipeline import run_study
from harness.study.study import Study

SMALL_IRON = {
    "name": "really-run",
    "material": {"name": "iron"},
    "particle": {"radius_nm": 10.0},
    "mesh": {"cell_nm": 2.5},
    "field": {"loop": {"max_T": 0.4, "step_T": 0.04}},
    "protocol": [{"kind": "bare"}, {"kind": "kick"}],
}
"""Little above the radius at which curling comes before coherent rotation; Brown's field is 0.15 T there."""


@pytest.fixture(scope="session")
def really_run(tmp_path_factory):
    """Bare and kicked loops of a 20 nm iron sphere, eight cells across, by the CPU engine."""
    return run_study(Study.from_values(SMALL_IRON), "cpu", tmp_path_factory.mktemp("real"))
