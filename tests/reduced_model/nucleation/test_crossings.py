"""Energy crossings: Brown's texture by quadrature, bounds in their order, continuous and abrupt cases."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reduced_model import Material, ModelError, Sphere, material, nucleation_radius
from reduced_model.nucleation.crossings import (
    BROWN_G_D,
    BROWN_G_EX,
    BROWN_G_UZ,
    brown_prefactor,
    energy_crossing,
)


def test_browns_texture_by_quadrature():
    c, w = np.polynomial.legendre.leggauss(60)
    rho = np.sqrt(1 - c**2)
    mz = 1 - rho**2
    mean = lambda f: 1.5 * np.sum(w * f * c**2)  # noqa: E731
    turn = 2 / np.sqrt(2 - rho**2)  # d theta/d rho of cos(theta) = 1 - rho^2
    # quadrature of smooth functions with 60 nodes: rounding only
    assert mean(turn**2 + (1 - mz**2) / rho**2) == pytest.approx(BROWN_G_EX, abs=1e-12)
    assert mean(mz**2) == pytest.approx(BROWN_G_UZ, abs=1e-12)
    charge = [(2 * n + 1) / 2 * np.sum(w * np.polynomial.Legendre.basis(n)(c) * mz * c) for n in range(8)]
    g_d = 0.5 - 1.5 * sum(a**2 / (2 * n + 1) ** 2 for n, a in enumerate(charge))
    assert g_d == pytest.approx(BROWN_G_D, abs=1e-12)


def test_browns_printed_numbers():
    prefactor, hardness = brown_prefactor()
    assert prefactor == pytest.approx(4.53, abs=0.005)
    assert hardness == pytest.approx(5.615, abs=0.0005)


magnets = st.builds(
    Material,
    name=st.just("any"),
    Ms_A_per_m=st.floats(2e5, 2e6),
    A_J_per_m=st.floats(1e-12, 1e-10),
    Ku_J_per_m3=st.floats(0, 3e5),
)


@settings(deadline=None, max_examples=30)  # the first call compiles
@given(magnets)
def test_an_upper_bound_never_lies_below_the_lower_one(magnet):
    crossing = energy_crossing(magnet)
    slack = 1 - 1e-12
    assert crossing.lower_bound_m * slack <= crossing.ansatz_m <= nucleation_radius(magnet).exact_m / slack
    assert crossing.lower_bound_m * slack <= crossing.brown_m


def test_soft_iron_goes_continuously_and_hard_cobalt_does_not():
    iron, cobalt = energy_crossing("iron"), energy_crossing("cobalt")
    assert iron.ansatz_nu == 0 and iron.ansatz_m == nucleation_radius("iron").exact_m
    assert cobalt.ansatz_nu > 1 and cobalt.ansatz_m < nucleation_radius("cobalt").exact_m


def test_energies_cross_there():
    crossing = energy_crossing("cobalt")
    h = Sphere(crossing.ansatz_m * 1e9, "cobalt").hamiltonian("H'")
    uniform, vortex = (h.energy(nu, (0, 0, 1)) for nu in (0.0, crossing.ansatz_nu))
    assert vortex == pytest.approx(uniform, rel=1e-8)  # the radius is known to about 1e-9


def test_a_tilted_axis_is_refused():
    with pytest.raises(ModelError, match="axis"):
        energy_crossing(dataclasses.replace(material("iron"), axis=(1, 0, 0)))
