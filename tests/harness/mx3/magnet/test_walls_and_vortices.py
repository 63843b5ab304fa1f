"""Textures with known profiles and energies: a domain wall, a vortex disc, cubic hard axes."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import j0

from harness.mx3.magnet.magnet import Magnet
from harness.mx3.magnet.mesh import Mesh

MU0 = 4e-7 * np.pi


def wall(cells_per_width: float) -> tuple[float, float]:
    """Width and energy of a Bloch wall over sqrt(A/K) and 4 sqrt(AK), without demagnetising field."""
    a, k = 1e-11, 1e5
    width = np.sqrt(a / k)
    cell = width / cells_per_width
    n = 2 * int(10 * cells_per_width)
    magnet = Magnet(Mesh((n, 1, 1), (cell,) * 3))
    magnet.enable_demag = False
    magnet.set_parameters(1e6, a, k)
    x = magnet.mesh.centres()[0]
    magnet.set_m(np.stack([np.zeros_like(x), 0.1 * np.ones_like(x), np.sign(x)]))
    assert magnet.equilibrate(1e-8).converged
    energy = magnet.energy("exch") + magnet.energy("anis") + k * n * cell**3
    # m_z = tanh(x/width) crosses zero with this slope
    slope = (magnet.m[2, 0, 0, n // 2] - magnet.m[2, 0, 0, n // 2 - 1]) / cell
    return 1 / slope / width, energy / cell**2 / (4 * np.sqrt(a * k))


def test_a_bloch_wall_converges_to_its_width_and_energy() -> None:
    """sqrt(A/K) and 4 sqrt(AK), with errors that fall as the square of the cell."""
    errors = []
    for cells in (4, 8, 16):
        width, energy = wall(cells)
        assert width == pytest.approx(1, abs=0.35 / cells**2)
        assert energy == pytest.approx(1, abs=0.1 / cells**2)
        errors.append(abs(energy - 1))
    assert errors[0] / errors[1] == pytest.approx(4, rel=0.05)
    assert errors[1] / errors[2] == pytest.approx(4, rel=0.05)


def test_energies_of_a_vortex_disc() -> None:
    """Usov & Peschany's vortex (JMMM 118, L290, 1993): exchange 2 pi A t (2 + ln R/a), core charges."""
    ms, a_ex, radius, core, thickness = 8e5, 1.3e-11, 50e-9, 12e-9, 10e-9
    n, layers = 100, 10
    cell = 2 * radius / n
    mesh = Mesh((n, n, layers), (cell, cell, thickness / layers))
    x, y, _ = mesh.centres()
    r = np.hypot(x, y)
    magnet = Magnet(mesh, r <= radius)
    magnet.set_parameters(ms, a_ex)
    turn = np.where(r < core, 2 * core * r / (core**2 + r**2), 1.0)
    mz = np.where(r < core, (core**2 - r**2) / (core**2 + r**2), 0.0)
    magnet.set_m(np.stack([-turn * y / r, turn * x / r, mz]))

    exchange = 2 * np.pi * a_ex * thickness * (2 + np.log(radius / core))
    # missing links at the staircase rim and the discrete core: both of the order of cell²
    assert magnet.energy("exch") == pytest.approx(exchange, rel=5e-3)

    def charges(k: float) -> float:
        return quad(lambda s: (core**2 - s**2) / (core**2 + s**2) * j0(k * s) * s, 0, core)[0]

    k = np.linspace(0, 60 / core, 1500)
    density = (1 - np.exp(-k * thickness)) * np.array([charges(value) for value in k]) ** 2
    # energy of two faces with charge Ms m_z: integrand decays as k^-4
    demag = np.pi * MU0 * ms**2 * np.trapezoid(density, k)
    # the rim's staircase adds charges of its own, of the order of the cell
    assert magnet.energy("demag") == pytest.approx(demag, rel=3e-2)


def test_magnetisation_along_a_cubic_face_diagonal() -> None:
    """Kc1 > 0, field along [110]: Ms B = 2 K1 s (2 s² - 1), s = m.[110] (Akulov 1931)."""
    k1, ms = 5e4, 1e6
    magnet = Magnet(Mesh((1, 1, 1), (2e-9,) * 3))
    magnet.enable_demag = False
    magnet.set_parameters(ms, 0.0, Kc=(k1, 0.0, 0.0))
    magnet.set_m((1, 0.01, 0))
    for s in (0.75, 0.85, 0.95):
        field = 2 * k1 * s * (2 * s**2 - 1) / ms
        magnet.set_field(np.array([1, 1, 0]) / np.sqrt(2) * field)
        assert magnet.equilibrate(1e-10).converged
        mx, my, mz = magnet.average(magnet.m)
        assert (mx + my) / np.sqrt(2) == pytest.approx(s, abs=1e-8)
        assert mz == 0
