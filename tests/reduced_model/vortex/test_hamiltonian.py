"""Energies, derivatives and minima of H' and H'' for any easy axis."""

import dataclasses
import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reduced_model import Hamiltonian, Material, Model, ModelError, local_minima, material
from reduced_model.vortex.directions import direction_minima
from reduced_model.vortex.profiles import profiles

SKEW = (0.3, -0.5, 0.7)


def skew_iron(axis=SKEW):
    return dataclasses.replace(material("iron"), axis=axis)


def direction(tau, omega):
    return np.array([math.sin(tau) * math.cos(omega), math.sin(tau) * math.sin(omega), math.cos(tau)])


def frame(tau, omega):
    return (
        np.array([math.cos(tau) * math.cos(omega), math.cos(tau) * math.sin(omega), -math.sin(tau)]),
        np.array([-math.sin(omega), math.cos(omega), 0.0]),
    )


def written_out(h, nu, p, B):
    """The two Hamiltonians as the module's first lines state them."""
    g, u = profiles(nu), np.array(h.material.axis)
    along = float(p @ u) ** 2
    anisotropy = g.g_uz * along + (g.g_ux * (1 - along) if h.model == "H'" else 0.0)
    return float(g.g_ex - h.k * anisotropy - B * h.b_per_T * g.g_z * p[2] - h.d * g.g_d)


@pytest.mark.parametrize("model", ["H'", "H''"])
def test_energy_is_the_formula(model):
    h = Hamiltonian(skew_iron(), 20e-9, model)
    for nu, tau, omega, B in ((0.0, 0.3, 1.0, 0.2), (1.3, 2.0, -2.0, -0.4), (7.7, 1.1, 3.0, 0.0)):
        p = direction(tau, omega)
        # rounding of terms of size d = 145 and the table's 1e-13
        assert float(h.energy(nu, p, B)) == pytest.approx(written_out(h, nu, p, B), abs=1e-10)


def test_aligned_energy_is_the_papers_equation():
    h = Hamiltonian("iron", 20e-9, "H'")
    tau, nu, B, g = 0.8, 3.1, 0.05, profiles(3.1)
    paper = (
        g.g_ex
        - h.k * (g.g_ux * math.sin(tau) ** 2 + g.g_uz * math.cos(tau) ** 2)
        - h.b_per_T * B * g.g_z * math.cos(tau)
        - h.d * g.g_d
    )
    assert float(h.energy(nu, direction(tau, 2.2), B)) == pytest.approx(float(paper), abs=1e-10)


def test_energy_matches_integration_of_the_texture():
    """Anisotropy and Zeeman energies of the texture turned as a whole, integrated over the ball."""
    magnet = skew_iron()
    radius, nu, tau, omega, B = 20e-9, 2.4, 0.7, 1.9, 0.1
    x, w = np.polynomial.legendre.leggauss(40)
    phi = np.arange(8) * np.pi / 4  # enough for products of second order
    r, c, phi = np.meshgrid(0.5 * (x + 1), x, phi, indexing="ij")
    weight = (0.5 * w)[:, None, None] * w[None, :, None] * r**2 * 3 / 16
    rho = r * np.sqrt(1 - c**2)
    core = np.stack(
        (-np.tanh(nu * rho) * np.sin(phi), np.tanh(nu * rho) * np.cos(phi), 1 / np.cosh(nu * rho))
    )
    e_tau, e_omega = frame(tau, omega)
    p = direction(tau, omega)
    m = np.tensordot(np.stack((e_tau, e_omega, p)).T, core, axes=1)
    volume = 4 * np.pi / 3 * radius**3
    along = np.tensordot(np.array(magnet.axis), m, axes=1)
    energy_J = -magnet.Ku_J_per_m3 * volume * np.sum(weight * along**2)
    energy_J -= magnet.Ms_A_per_m * B * volume * np.sum(weight * m[2])
    h, g = Hamiltonian(magnet, radius, "H'"), profiles(nu)
    ours = (float(h.energy(nu, p, B)) - float(g.g_ex) + h.d * float(g.g_d)) * h.energy_unit_J
    assert ours == pytest.approx(energy_J, rel=1e-11)  # forty nodes a side leave rounding only


@pytest.mark.parametrize("model", ["H'", "H''"])
@settings(deadline=None, max_examples=40)
@given(nu=st.floats(0.01, 20), tau=st.floats(0.05, 3.05), omega=st.floats(-3, 3), B=st.floats(-1, 1))
def test_gradient_and_hessian_are_derivatives_of_the_energy(model, nu, tau, omega, B):
    h = Hamiltonian(skew_iron(), 20e-9, model)
    p, (e_tau, e_omega) = direction(tau, omega), frame(tau, omega)

    def energy(a, t, v):
        length = math.hypot(t, v)
        turned = (
            p if length == 0 else p * math.cos(length) + (t * e_tau + v * e_omega) * math.sin(length) / length
        )
        return float(h.energy(nu + a, turned, B))

    step = 1e-3
    weights = {-2: 1 / 12, -1: -2 / 3, 1: 2 / 3, 2: -1 / 12}
    gradient, hessian = h.gradient(nu, p, B), h.hessian(nu, p, B)
    unit = np.eye(3)
    for i in range(3):
        slope = sum(w * energy(*(s * step * unit[i])) for s, w in weights.items()) / step
        # fourth order: step^4 times fifth derivatives of size d = 145, and rounding 1e-13/step
        assert gradient[i] == pytest.approx(slope, abs=1e-8)
        for j in range(i + 1):
            mixed = sum(
                w * v * energy(*(s * step * unit[i] + t * step * unit[j]))
                for (s, w), (t, v) in itertools.product(weights.items(), weights.items())
            )
            # rounding 1e-13/step^2 and step^4 times sixth derivatives
            assert hessian[i, j] == pytest.approx(mixed / step**2, abs=2e-5)
            assert hessian[i, j] == hessian[j, i]


def test_derivatives_on_the_pole_and_at_nu_zero():
    h = Hamiltonian(skew_iron(), 20e-9, "H'")
    assert h.gradient(0.0, (0, 0, 1), 0.1)[0] == 0.0  # every profile is even in nu
    assert h.hessian(0.0, (0, 0, 1), 0.1)[0, 1:].tolist() == [0.0, 0.0]
    # aligned: curvature 4 + (4/5)k + (2/5)b - (2/15)d, and b + 2k for turning the uniform state
    h = Hamiltonian("iron", 20e-9, "H'")
    b = 0.3 * h.b_per_T
    expected = np.diag([4 + 0.8 * h.k + 0.4 * b - 2 / 15 * h.d, b + 2 * h.k, b + 2 * h.k])
    np.testing.assert_allclose(h.hessian(0.0, (0, 0, 1), 0.3), expected, atol=1e-11)


def test_arrays_broadcast():
    h = Hamiltonian("iron", 20e-9)
    nu = np.linspace(0, 8, 5)[:, None]
    p = np.stack([direction(t, 0) for t in (0, 1, 2)])
    energy = h.energy(nu, p, 0.1)
    assert energy.shape == (5, 3)
    assert energy[3, 1] == h.energy(nu[3, 0], p[1], 0.1)
    assert h.hessian(nu, p, 0.1).shape == (5, 3, 3, 3)


@settings(deadline=None, max_examples=60)
@given(kappa=st.floats(-3, 3), h=st.floats(0, 6), beta=st.floats(0, math.pi / 2))
def test_directions_of_least_energy_are_all_found(kappa, h, beta):
    """Against a fine scan of the circle: same number of minima, same places."""
    phi = np.linspace(-math.pi, math.pi, 20000, endpoint=False) + 1e-5
    energy = -kappa * np.cos(phi) ** 2 - h * np.cos(phi - beta)
    stable_sideways = 2 * kappa * np.cos(phi) ** 2 + h * np.cos(phi - beta) > 1e-3  # out of the plane
    lowest = (energy < np.roll(energy, 1)) & (energy < np.roll(energy, -1)) & stable_sideways
    found = direction_minima(np.array([kappa]), np.array([h]), beta)[:, 0]
    found = found[np.isfinite(found)]
    for angle in phi[lowest]:
        distance = np.abs(np.angle(np.exp(1j * (found - angle))))
        assert distance.min() < 5e-4  # the scan's spacing, and degenerate flats near the astroid


@pytest.mark.parametrize("model", list(Model))
def test_minima_are_minima_and_lowest_comes_first(model):
    for axis, B in itertools.product(((0, 0, 1), SKEW, (1, 0, 0)), (-0.6, -0.03, 0.0, 0.02, 0.7)):
        h = Hamiltonian(skew_iron(axis), 20e-9, model)
        found = local_minima(h, B)
        assert found
        assert [m.energy for m in found] == sorted(m.energy for m in found)
        for minimum in found:
            gradient = h.gradient(minimum.nu, minimum.p, B)
            np.testing.assert_allclose(gradient, 0, atol=1e-7)  # the curvature times the 1e-9 of the bracket
            assert minimum.lambda_min > -1e-9
            assert minimum.energy == pytest.approx(float(h.energy(minimum.nu, minimum.p, B)), abs=1e-10)


@pytest.mark.parametrize("model", ["H'", "H''"])
def test_no_minimum_is_missed_on_a_grid(model):
    """Descend from many starts by small gradient steps: every end is on the list."""
    h = Hamiltonian(skew_iron(), 14e-9, model)
    fields = np.array([0.0, 0.03, -0.2])
    random, B = np.random.default_rng(3), np.repeat(fields, 60)
    p = np.tile(random.normal(size=(60, 3)), (3, 1))
    p /= np.linalg.norm(p, axis=1, keepdims=True)
    nu = np.tile(random.uniform(0, 8, 60), 3)
    for _ in range(6000):
        gradient = h.gradient(nu, p, B)
        nu = np.abs(nu - 0.02 * gradient[:, 0])
        (x, y, z), sine = p.T, np.hypot(p[:, 0], p[:, 1])
        e_tau = np.stack((x * z, y * z, -(sine**2)), axis=1) / sine[:, None]
        e_omega = np.stack((-y, x, np.zeros(180)), axis=1) / sine[:, None]
        p = p - 0.02 * (gradient[:, 1:2] * e_tau + gradient[:, 2:] * e_omega)
        p /= np.linalg.norm(p, axis=1, keepdims=True)
    ends = h.energy(nu, p, B).reshape(3, 60)
    for field, reached in zip(fields, ends, strict=True):
        energies = np.array([minimum.energy for minimum in h.minima(field)])
        # slow modes leave a little energy after 6000 steps
        assert np.abs(reached[:, None] - energies).min(axis=1).max() < 1e-6


def test_the_two_polarities_are_degenerate_in_zero_field():
    up, down = Hamiltonian("iron", 20e-9).minima(0.0)
    assert up.energy == pytest.approx(down.energy, abs=1e-10)
    assert {up.p, down.p} == {(0.0, 0.0, 1.0), (0.0, 0.0, -1.0)}
    assert up.nu == pytest.approx(4.8486, abs=1e-4)  # as a bounded minimiser on the exact profiles finds it


def test_a_core_too_narrow_for_the_model_is_said_to_be():
    with pytest.raises(ModelError, match=r"radius_m = .*narrower than R/50"):
        Hamiltonian("iron", 1e-6).minima(0.0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("iron", 0.0), "radius_m = 0.0: must be a positive number"),
        (("iron", 20e-9, "H"), "model = 'H': must be one of H', H'', Hp, Hpp, SW"),
        (("gold", 20e-9), "material = 'gold'"),
    ],
)
def test_bad_parameters(arguments, message):
    with pytest.raises(ModelError, match=message):
        Hamiltonian(*arguments)


def test_bad_states():
    h = Hamiltonian(Material("m", 1e6, 1e-11, 0.0), 10e-9)
    with pytest.raises(ModelError, match="nu"):
        h.energy(-1.0, (0, 0, 1))
    with pytest.raises(ModelError, match="three components"):
        h.energy(1.0, (0, 1))
