"""Upright textures between Ansatz and continuum: profile functions, slopes, order of energies, nucleation."""

import numpy as np
import pytest

from reduced_model.continuum.family import Family, UprightBranch, core_width, outward, radial
from reduced_model.continuum.problem import Continuum
from reduced_model.errors import ModelError
from reduced_model.materials import Material, material
from reduced_model.nucleation.spinodals import nucleation_field
from reduced_model.vortex.hamiltonian import Hamiltonian
from reduced_model.vortex.profiles import profiles

NU = (core_width(),)
STEPS = ((core_width(2),), (radial(1),), (outward(),), (radial(2), outward(2)))


@pytest.fixture(scope="module")
def iron():
    """The sphere of the papers, R = 20 nm."""
    return Continuum(material("iron"), 20e-9, (0, 0, 1))


@pytest.fixture(scope="module")
def family(iron):
    """Its upright textures."""
    return Family(iron)


@pytest.mark.parametrize("nu", [0.5, 2.0, 4.443])
def test_nu_alone_has_the_profile_functions(iron, family, nu):
    B_T = 0.3
    terms, _ = family.energy(NU, np.array([nu]), B_T)
    g = profiles(nu)
    assert terms == pytest.approx(
        {
            "exchange": g.g_ex,
            "anisotropy": -iron.k * g.g_uz,
            "zeeman": -B_T / iron.unit_T * g.g_z,
            "magnetostatic": iron.d * (0.5 - g.g_d),
        },
        abs=1e-7,
    )


def test_nu_alone_has_the_minimum_of_the_reduced_model(iron, family):
    """H' counts the magnetostatic energy from d/2 below."""
    (known, *_) = (m for m in Hamiltonian("iron", 20e-9, "H'").minima(0.3) if m.p[2] == 1.0)
    found = family.minimum(NU, 0.3)
    assert found.nu == pytest.approx(known.nu, abs=1e-6)
    assert found.energy - 0.5 * iron.d == pytest.approx(known.energy, abs=1e-8)
    assert found.mz == pytest.approx(known.mz, abs=1e-6)


def test_slopes_are_the_energy_s(family):
    held = (*NU, core_width(2), radial(1), radial(2, 2), outward(), outward(2))
    at = np.array([3.0, -0.5, 0.1, 0.2, 0.1, -0.2])

    def value(x):
        return sum(family.energy(held, x, 0.2)[0].values())

    step = 1e-5 * np.eye(len(held))
    slopes = [(value(at + e) - value(at - e)) / 2e-5 for e in step]
    assert family.energy(held, at, 0.2)[1] == pytest.approx(slopes, abs=1e-7)


def test_the_energy_on_polynomials_is_that_of_the_family(family):
    found = family.minimum((*NU, radial(1), outward()), 0.3)
    assert found.on(16).terms == pytest.approx(found.terms, abs=1e-6)
    assert found.on(16).mean == pytest.approx([0, 0, found.mz], abs=1e-8)


@pytest.mark.parametrize("B_T", [0.45, 0.16])
def test_every_step_lowers_the_energy_towards_the_continuum_s(iron, family, B_T):
    held, last = NU, family.minimum(NU, B_T)
    first, energies = last.energy, [last.energy]
    for added in STEPS:
        held = (*held, *added)
        last = family.minimum(held, B_T, last)
        energies.append(last.energy)
    end = sum(UprightBranch(iron).at(B_T, 12).terms.values())
    assert (np.diff(energies) < 0.0).all() and last.energy > end
    assert (first - last.energy) / (first - end) > 0.75


def test_many_coordinates_reach_the_continuum(iron, family):
    held = (*NU, core_width(2), core_width(4))
    held += tuple(radial(i, j) for i in (1, 2, 3) for j in (0, 2, 4))
    held += tuple(outward(i, j) for i in (0, 2, 4) for j in (1, 3))
    first = family.minimum(NU, 0.3)
    last, end = family.minimum(held, 0.3, first), UprightBranch(iron).at(0.3, 12)
    gap = first.energy - sum(end.terms.values())
    assert last.energy - sum(end.terms.values()) < 0.005 * gap
    assert last.mz == pytest.approx(end.mean[2], abs=2e-4)


def test_radial_component_is_odd_in_z_and_collar_reverses(family):
    """At low field m_z falls below zero beside the core, which gd alone cannot do."""
    held = (*NU, core_width(2), radial(1), outward(), radial(2))
    found = family.minimum(held, 0.0, family.minimum(NU, 0.0))
    assert found.m[0] == pytest.approx(-found.m[0, ::-1], abs=1e-9) and np.abs(found.m[0]).max() > 0.05
    assert found.m[2].min() < -0.03 < 0.0 < family.minimum(NU, 0.0).m[2].min()


def test_nucleation_fields_rise_to_brown_s(family):
    known = nucleation_field("iron", 20e-9)
    assert family.nucleation_T(NU) == pytest.approx(known.ansatz_T, abs=1e-9)
    found = [
        family.nucleation_T((*NU, *more))
        for more in (STEPS[0], (*STEPS[0], radial(1)), (core_width(2), radial(1), radial(1, 2), radial(2)))
    ]
    assert known.ansatz_T < found[0] < found[1] < found[2] < known.brown_T
    assert found[2] == pytest.approx(known.brown_T, abs=2e-5)


def test_a_field_off_the_axis_is_refused():
    tilted = Material("iron", 1.7e6, 1e-11, 4.8e4, (0.6, 0.0, 0.8))
    with pytest.raises(ModelError, match="along the easy axis"):
        Family(Continuum(tilted, 20e-9, (0, 0, 1)))
