"""What the protocols do to a sphere: which of them nucleate a vortex, and which handedness they choose."""

import numpy as np
import pytest

from harness.engines import CpuEngine
from harness.pipeline import plan_study
from harness.study.study import Study

from ..conftest import run_case

SPHERE = {
    "name": "physics",
    "material": {"name": "iron"},
    "particle": {"radius_nm": 12},
    "mesh": {"cell_nm": 3},
    "field": {"values_T": [0.6, 0.1]},
}
"""Brown's nucleation field of this sphere is 0.30 T: one field lies far above it, one far below."""


def loop_of(protocol, folder):
    study = Study.from_values(SPHERE | {"protocol": [protocol]})
    return run_case(plan_study(study, CpuEngine(), folder)[0], CpuEngine()).loop


@pytest.mark.parametrize("protocol", [{"kind": "bare"}, {"kind": "tilt", "theta_deg": 5, "phi_deg": 20}])
def test_uniform_fields_keep_the_inversion_symmetry(protocol, tmp_path):
    """Only rounding is odd under inversion, and where the state is stable it stays rounding."""
    loop = loop_of(protocol, tmp_path)
    assert loop.odd_part[0] < 1e-9


def test_a_tilted_field_alone_nucleates_no_vortex(tmp_path):
    loop = loop_of({"kind": "tilt", "theta_deg": 5}, tmp_path)
    assert loop.odd_part.max() < 1e-3  # a vortex has 0.3 and more


def test_a_kick_nucleates_the_vortex_below_the_nucleation_field_only(tmp_path):
    loop = loop_of({"kind": "kick"}, tmp_path)
    assert loop.odd_part[0] < 1e-5  # the kicked state came back to the minimum, to the solver's tolerance
    assert loop.odd_part[1] > 0.3


@pytest.mark.parametrize("chirality", [1, -1])
def test_bias_chooses_the_handedness(chirality, tmp_path):
    loop = loop_of({"kind": "bias", "b_mT": 1, "chirality": chirality}, tmp_path)
    assert np.sign(loop.toroidal[1, 2]) == chirality and abs(loop.toroidal[1, 2]) > 0.3
    # far above nucleation the bias field itself curls m a little, in its own sense
    assert 0 < chirality * loop.toroidal[0, 2] < 0.02
