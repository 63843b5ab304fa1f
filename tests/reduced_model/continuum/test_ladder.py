"""The ladder from the Ansatz to the continuum: what every coordinate closes, order, limits, bad input."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.brown import solved_curvature_T
from reduced_model.continuum import ladder
from reduced_model.continuum.ladder import CONTINUUM, AnsatzLadder, ansatz_ladder, fields_below_nucleation
from reduced_model.continuum.problem import Continuum
from reduced_model.continuum.tilt import joined, rigid, shift, spins
from reduced_model.errors import ModelError
from reduced_model.materials import material
from reduced_model.nucleation.spinodals import nucleation_field


@pytest.fixture(scope="module")
def found() -> AnsatzLadder:
    """Of the papers' sphere at 0.3 and 0.16 T, without tilt fields."""
    return ansatz_ladder(radius_m=20e-9, B_T=[0.3, 0.16], tilt=False)


def test_fields_that_it_takes_by_itself():
    assert fields_below_nucleation(material("iron"), 20e-9).tolist() == [0.45, 0.3, 0.16]
    aside = replace(material("iron"), axis=(1.0, 0.0, 0.0))  # the field is along it
    assert fields_below_nucleation(aside, 20e-9).tolist() == [0.45, 0.3, 0.16]


def test_every_step_closes_more_and_the_last_closes_all(found):
    assert (np.diff(found.closed, axis=0) > 0.0).all()
    assert found.closed[0] == pytest.approx(0.0) and found.closed[-1] == pytest.approx(1.0)
    assert found.closed[-2] == pytest.approx(1.0, abs=1e-3)
    assert np.abs(found.mz[-2] - found.mz[-1]).max() < 1e-4
    assert found.mz[-1] == pytest.approx([0.64427, 0.41425], abs=2e-5)
    assert found.mz_error.max() < 1e-4


def test_which_coordinate_buys_what(found):
    """The axial modulation of Eq. 6 buys nothing here; the profile does at 0.3 T, m_rho at 0.16 T."""
    alone = dict(zip(found.step, found.closed_alone, strict=True))
    assert alone["axial modulation κ (Eq. 6)"].max() < 0.01
    assert alone["radial profile a₁"] == pytest.approx([0.589, 0.077], abs=2e-3)
    assert alone["radial component c₁"] == pytest.approx([0.352, 0.611], abs=2e-3)


def test_nucleation_rises_from_the_ansatz_to_brown(found):
    known = nucleation_field("iron", 20e-9)
    assert found.nucleation_T[0] == pytest.approx(known.ansatz_T, abs=1e-9)
    assert (np.diff(found.nucleation_T) > -1e-12).all()
    iron = Continuum(material("iron"), 20e-9, (0, 0, 1))
    assert abs(solved_curvature_T(iron, 12, found.nucleation_T[-1])) < 1e-9
    assert found.nucleation_T[-2] == pytest.approx(known.brown_T, abs=2e-6)


def test_it_shows_and_keeps_itself(found):
    _, header, rows = found.to_table()
    assert all(len(row) == len(header) for row in rows) and rows[-1][0] == CONTINUUM
    frame = found.to_dataframe()
    assert list(frame["coordinates"]) == [1, 2, 3, 4, 5, 7, 9, 31, 0]
    assert frame["closed_0.3T"].iloc[-1] == 1.0
    assert found.to_dict()["material"] == "iron"
    assert found.plot().get_ylabel().startswith("energy above")


def test_tilt_fields_of_the_ansatz_and_the_continuum(monkeypatch):
    """H' turns at 0.0655 T; the shift of the core takes either to about 0.105 T."""
    monkeypatch.setattr(ladder, "STEPS", ladder.STEPS[:1])
    monkeypatch.setattr(ladder, "DEGREE", 12)
    answers = {"rigid turn": rigid, "shift of the core": shift, "all": joined(shift, spins)}
    monkeypatch.setattr(ladder, "ANSWERS", answers)
    small = ansatz_ladder(radius_m=20e-9, B_T=[0.3])
    assert small.tilt_T["rigid turn"] == pytest.approx([0.06547, 0.06585], abs=5e-5)
    assert small.tilt_T["shift of the core"] == pytest.approx([0.1061, 0.1042], abs=2e-4)
    assert [row[0] for row in small.answers_table()[2]] == list(answers)
    assert small.tilt_closed["all"][-1] == 1.0
    assert small.plot_answers().get_ylabel().endswith("(mT)")


def test_a_field_in_which_the_ansatz_is_uniform_still():
    """Iron, R = 12 nm: the Ansatz nucleates at 0.247 T, the continuum at 0.302 T."""
    small = ansatz_ladder(radius_m=12e-9, B_T=[0.26], tilt=False)
    assert small.mz[0, 0] == pytest.approx(1.0, abs=1e-9) and small.mz[-1, 0] == pytest.approx(
        0.9329, abs=1e-4
    )
    assert (np.diff(small.closed[:, 0]) > -1e-9).all()
    assert small.closed[-2, 0] == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize(
    "given, message",
    [
        ({"radius_m": 20e-9, "B_T": [0.6]}, "B_T = 0.6: must be from 0 to below nucleation at 0.5282 T"),
        ({"radius_m": 8e-9}, "no vortex nucleates in a positive field .* take a larger sphere"),
    ],
)
def test_bad_input(given, message):
    with pytest.raises(ModelError, match=message):
        ansatz_ladder(**given)
