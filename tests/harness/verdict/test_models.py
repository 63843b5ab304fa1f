"""Whose equilibria they are, H' or H'' or neither's, and what the core in zero field owes to the lattice."""

from dataclasses import replace

import numpy as np
import pytest

from harness.comparison.comparison import compare
from harness.verdict import Kind, judge

from .reading import believed, found, rests_on, rows_of, small, the, with_state


def test_models_see_the_field_at_its_angle_to_the_axis(tmp_path, make_comparison, make_study):
    common = {"particle": {"radius_nm": 4.0}, "mesh": {"cell_nm": 1.0}, "save": {"ovf": "none"}}
    common["field"] = {"loop": {"max_T": 0.1, "step_T": 0.002}}
    protocols = [{"kind": "bare"}, {"kind": "tilt", "theta_deg": 45.0}]
    made = make_comparison(tmp_path, make_study(**common, protocol=protocols))
    assert len(made.predictions) == 2
    # Stoner and Wohlfarth: -B_K along the axis, -B_K/2 at 45 degrees; 56.5 and 28.2 mT for iron.
    straight, tilted = (rows_of(made, kind, "coercive field") for kind in ("bare", "tilt"))
    assert straight.model_prime == pytest.approx(-0.057, abs=1e-9)
    assert tilted.model_prime == tilted.model_double_prime == pytest.approx(-0.029, abs=1e-9)
    assert np.isnan(rows_of(made, "tilt", "nucleation field").continuum)
    verdict = judge(made)
    assert not found(verdict, Kind.THEORY_MISSING)
    assert verdict.question.numbers["axis_angle_deg"] == (0.0, 45.0)


def test_turning_the_field_is_turning_the_particle(tmp_path, make_comparison, make_study):
    material = {"name": "iron", "axis": [1, 0, 0]}
    turned = make_comparison(tmp_path / "a", make_study(material=material, protocol=[{"kind": "kick"}]))
    tilted = make_comparison(tmp_path / "b", make_study(protocol=[{"kind": "tilt", "theta_deg": 90.0}]))
    for one, other in zip(turned.rows, tilted.rows, strict=True):
        assert (one.quantity, one.branch) == (other.quantity, other.branch)
        for name in ("model_prime", "model_double_prime", "continuum"):
            assert getattr(one, name) == pytest.approx(getattr(other, name), abs=1e-9, nan_ok=True)


def test_a_state_foreign_to_the_ansatz_has_no_nu(comparison):
    odd = [
        with_state(r, state="other", reason="the Ansatz misses the cells by 1.19 rms")
        for r in comparison.results
    ]
    made = compare(comparison.study, odd)
    assert not any(row.quantity.startswith(("nu at", "core angle")) for row in made.rows)
    verdict = judge(made)
    assert not found(verdict, Kind.REMANENT_STATE) and not found(verdict, Kind.HAMILTONIAN)
    assert not the(verdict, Kind.HAMILTONIAN_UNTOLD, "kick").details["coarse"]
    foreign = the(verdict, Kind.FOREIGN_STATES)
    assert (foreign.numbers["n_states"], len(foreign.rows[0].steps)) == (10, 10)
    assert set(foreign.cases) == {"bare", "kick"}
    assert "1.19 rms" in foreign.details["reason"]


def test_one_field_chooses_no_hamiltonian(tmp_path, make_comparison, make_study):
    coarse = {"values_T": [0.8, 0.4, 0.0, -0.4, -0.8]}
    study = make_study(field=coarse, save={"ovf": "none"}, protocol=[{"kind": "kick"}])
    verdict = judge(make_comparison(tmp_path, study, kick={"model": "H'"}))
    assert Kind.HAMILTONIAN not in believed(verdict)
    choice = the(verdict, Kind.HAMILTONIAN, "kick")
    assert (choice.details["nearer"], choice.details["few"]) == ("H′", True)
    assert "differ at 1 field alone, at B = 0, too few to tell which" in choice.text
    assert (choice.numbers["n_fields"], choice.numbers["reach_T"]) == (1, 0.0)
    assert rests_on(verdict)[Kind.HAMILTONIAN].details["few"]
    assert any("`step_T`" in step for step in verdict.surer)


def test_neither_hamiltonian_is_an_answer(comparison):
    kick = comparison.results[1]
    prime, double = (loop.mz for loop in comparison.prediction_of[1].on_path.values())
    m = kick.loop.m.copy()
    m[:, 2] = (prime + double) / 2
    between = replace(kick, loop=replace(kick.loop, m=m))
    verdict = judge(compare(comparison.study, [between]))
    choice = believed(verdict)[Kind.HAMILTONIAN]
    assert choice.details["nearer"] == "neither" and "neither is clearly the nearer" in choice.text
    assert choice.numbers["rms_prime"] == pytest.approx(choice.numbers["rms_double_prime"])


def test_without_anisotropy_the_tilt_is_free_as_well(tmp_path, make_comparison, make_study):
    soft = {"name": "soft", "Ms_A_per_m": 8e5, "A_J_per_m": 1.3e-11, "Ku_J_per_m3": 0.0}
    study = make_study(
        material=soft,
        particle={"radius_nm": 30.0},
        mesh={"cell_nm": 6.0},
        field={"values_T": [0.5, 0.0, -0.5]},
        save={"ovf": "remanence"},
        protocol=[{"kind": "kick"}],
    )
    verdict = judge(make_comparison(tmp_path, study))
    assert "its inclination and its azimuth" in the(verdict, Kind.LATTICE_PINS, "kick").text
    assert the(verdict, Kind.SAME_HAMILTONIANS, "kick").details["without_anisotropy"]


def test_estimators_are_written_as_in_the_table(comparison):
    fits = comparison.results[1].fits
    reversed_around = {
        step: replace(
            fit,
            nu_by_estimator={"all": 5.1, "m_phi": 4.6, "m_z": 5.3},
            profile=replace(fit.profile, m_z=fit.profile.m_z - 0.2),
        )
        for step, fit in fits.items()
    }
    made = compare(comparison.study, [replace(comparison.results[1], fits=reversed_around)])
    collar = the(judge(made), Kind.COLLAR)
    assert (collar.numbers["nu_least"], collar.numbers["nu_most"]) == (4.6, 5.3)
    assert (collar.details["least_by"], collar.details["most_by"]) == ("m_φ", "m_z")
    assert "4.60 by m_φ" in collar.text and "5.30 by m_z" in collar.text
    assert "m_phi" not in collar.text


def on_the_diagonal(comparison, axis):
    """The kicked run with its core in zero field along an axis of the lattice."""
    kick = comparison.results[1]
    unit = np.array(axis) / np.linalg.norm(axis)
    tilt = float(np.arccos(unit[2]))
    return judge(compare(comparison.study, [with_state(kick, axis=tuple(unit), tilt_rad=tilt)]))


@pytest.mark.parametrize(
    ("axis", "name", "mesh_s"),
    [
        ((1, -1, 1), "⟨111⟩", True),
        ((0.58, 0.58, 0.57), "⟨111⟩", True),
        ((0, 1, 1), "⟨110⟩", True),
        ((1, 1, 0), "⟨110⟩", False),
        ((1, 0, 0), "⟨100⟩", False),
        ((0, 0.92, 0.39), "", True),
    ],
)
def test_a_core_is_held_against_the_axes_of_the_lattice(comparison, axis, name, mesh_s):
    """The models' cores stand across the field (H') or along it (H''): one between is the mesh's."""
    verdict = on_the_diagonal(comparison, axis)
    pinned = the(verdict, Kind.LATTICE_PINS)
    assert (pinned.details["axis"], pinned.details["no_model_s"]) == (name, mesh_s)
    assert ("not only its azimuth" in pinned.text) == mesh_s
    assert (name in pinned.text) == bool(name) or not name
    assert (Kind.LATTICE_PINS in rests_on(verdict)) == mesh_s


def test_the_spread_of_estimators_is_called_one(comparison):
    state = the(judge(comparison), Kind.REMANENT_STATE, "kick")
    assert "nu_error" not in state.numbers and state.numbers["nu_spread"] == pytest.approx(0.0, abs=1e-4)
    assert "its estimators spread over 0.000" in state.text and "±" not in state.text


def test_equal_models_that_the_loop_is_far_from_are_not_followed(tmp_path, make_comparison, make_study):
    study = small(make_study, protocol=[{"kind": "kick"}])
    near = judge(make_comparison(tmp_path / "a", study))
    far = judge(make_comparison(tmp_path / "b", study, kick={"turns": False, "nucleates_below_T": -np.inf}))
    assert "neither is near" not in the(near, Kind.SAME_HAMILTONIANS).text
    assert "neither is near" in the(far, Kind.SAME_HAMILTONIANS).text
