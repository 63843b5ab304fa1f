"""ansatz from the command line: the residual, its files, bad input."""

import json

import pandas as pd
import pytest


def test_residual_as_json_and_files(mxval, tmp_path):
    arguments = ("--radius-nm", 20, "--material", "iron", "--fields-T", "0.45")
    done = mxval("ansatz", *arguments, "--json", "--out", tmp_path)
    assert done.exit_code == 0, done.output
    (state,) = json.loads(done.stdout)["states"]
    assert state["kind"] == "upright vortex" and state["nu"] == pytest.approx(0.817, abs=0.005)
    assert state["explained"]["radial profile"] == pytest.approx(0.83, abs=0.02)
    assert len(pd.read_csv(tmp_path / "ansatz_residual.csv")) > 500
    assert (tmp_path / "ansatz_residual.svg").is_file()


@pytest.mark.parametrize(
    "arguments, message",
    [
        (("--fields-T", "0.6"), "B = 0.6 T: the state is uniform, no vortex; leave the field out"),
        (("--fields-T", "0.6", "--ladder"), "B_T = 0.6: must be from 0 to below nucleation at 0.5282 T"),
        (("--radius-nm", 8), "radius_nm = 8: no vortex nucleates in a positive field (Brown's is -0.1409 T)"),
        (("--fields-T", "a"), "--fields-T = a: must be finite numbers with commas"),
    ],
)
def test_bad_input_is_one_line(refused, arguments, message):
    refused(("ansatz", *arguments), message)
