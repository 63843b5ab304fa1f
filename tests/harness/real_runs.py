"""A study that was really run: nothing in it is made from the models it is compared with."""

import pytest

from harness.pipeline import run_study
from harness.study.study import Study

SMALL_IRON = {
    "name": "really-run",
    "material": {"name": "iron"},
    "particle": {"radius_nm": 12.0},
    "mesh": {"cell_nm": 2.5},
    "field": {"loop": {"max_T": 0.4, "step_T": 0.04}},
    "protocol": [{"kind": "bare"}, {"kind": "kick"}],
}
"""Above the radius from which curling comes before coherent rotation; Brown's field is 0.30 T there."""


@pytest.fixture(scope="session")
def really_run(tmp_path_factory):
    """Bare and kicked loops of a 24 nm iron sphere, ten cells across, by the CPU engine."""
    return run_study(Study.from_values(SMALL_IRON), "cpu", tmp_path_factory.mktemp("real"))
