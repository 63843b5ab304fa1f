"""Protocols: their masks, directions and script lines."""

import numpy as np
import pytest

from harness.study.lattice import fit_lattice
from harness.study.protocols import PROTOCOLS, Bare, Bias, Kick, Tilt

LATTICE = fit_lattice(8, 2)


def test_registry_and_kinds_agree():
    for kind, protocol in PROTOCOLS.items():
        assert protocol.model_fields["kind"].default == kind
        assert protocol.summary


def test_the_former_key_of_a_bias_is_read():
    assert Bias.model_validate({"kind": "bias", "b0_mT": 5.0}) == Bias(b_mT=5.0)
    assert Bias(b_mT=5.0).model_dump() == {"kind": "bias", "b_mT": 5.0, "chirality": 1}
    with pytest.raises(ValueError, match="b0_mT"):
        Bias.model_validate({"kind": "bias", "b0_mT": 5.0, "b_mT": 5.0})


def test_bare_adds_nothing():
    assert Bare().masks(LATTICE) == {} and Bare().setup() == ()
    assert Bare().at_each_field(("relax()",)) == ("relax()",)


def test_tilt_turns_the_field():
    direction = Tilt(theta_deg=30, phi_deg=90).direction
    assert direction == pytest.approx((0, 0.5, np.sqrt(0.75)), abs=1e-15)
    assert Tilt(theta_deg=0).direction == (0, 0, 1)
    assert Tilt(theta_deg=5).masks(LATTICE) == {}


def test_kick_is_transverse_of_unit_strength_in_every_cell():
    mask = Kick().masks(LATTICE)["kick"]
    assert mask.shape == (3, *LATTICE.shape)
    assert np.abs(mask[2]).max() == 0
    np.testing.assert_allclose(np.linalg.norm(mask, axis=0), 1, rtol=1e-14)  # sin^2 + cos^2 in float64


def test_kick_is_made_of_its_seed():
    first, again, other = (Kick(seed=s).masks(LATTICE)["kick"] for s in (1, 1, 2))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_kick_has_an_odd_part():
    mask = Kick().masks(LATTICE)["kick"]
    odd = (mask - mask[:, ::-1, ::-1, ::-1]) / 2
    assert np.sqrt((odd**2).sum(axis=0).mean()) > 0.5


def test_kick_comes_and_goes_at_every_field():
    lines = Kick(b_mT=2).at_each_field(("relax()",))
    assert lines == ("B_ext.add(kickMask, 0.002)", "relax()", "B_ext.removeExtraTerms()", "relax()")


def test_seeds_become_members():
    assert [k.seed for k in Kick(seeds=(3, 4)).members()] == [3, 4]
    assert Kick(seed=5).members() == (Kick(seed=5),)


def test_bias_circulates_and_is_odd():
    mask = Bias().masks(LATTICE)["bias"]
    np.testing.assert_array_equal(mask, -mask[:, ::-1, ::-1, ::-1])
    x, y, _ = LATTICE.positions() / LATTICE.radius_m
    np.testing.assert_allclose(mask, [-y, x, 0 * x], atol=1e-15)


@pytest.mark.parametrize(("chirality", "amplitude"), [(1, "0.005"), (-1, "-0.005")])
def test_bias_amplitude_carries_the_chirality(chirality, amplitude):
    assert Bias(b_mT=5, chirality=chirality).setup()[-1] == f'B_ext.add(loadFile("bias.ovf"), {amplitude})'


def test_slugs_are_folder_names():
    slugs = [Bare().slug, Tilt(theta_deg=2.5).slug, Bias(b_mT=0.1, chirality=-1).slug, Kick().slug]
    assert slugs == ["bare", "tilt2.5deg", "bias0.1mT-", "kick5mT-seed1"]
