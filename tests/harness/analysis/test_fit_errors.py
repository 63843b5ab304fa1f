"""Errors of fitted vortices: intervals of 68 and 95 % hold what was planted so often."""

from dataclasses import dataclass

import numpy as np
import pytest

from harness.analysis.ansatz import texture
from harness.analysis.vortex import fit_vortex

R = 20e-9


@dataclass(frozen=True)
class Sampled:
    m: np.ndarray
    cell_m: tuple[float, float, float]


def correlated(shape, length, rng, kind="gauss"):
    """Three random fields of unit variance on a box, correlated over a length in cells."""
    wide = [2 * n for n in shape]
    k2 = sum(k**2 for k in np.meshgrid(*(2 * np.pi * np.fft.fftfreq(n) for n in wide), indexing="ij"))
    amplitude = np.exp(-k2 * length**2 / 4) if kind == "gauss" else 1 / (1 + k2 * length**2)
    amplitude = amplitude / np.sqrt((amplitude**2).mean())
    noise = np.fft.fftn(rng.normal(size=(3, *wide)), axes=(1, 2, 3))
    field = np.fft.ifftn(noise * amplitude, axes=(1, 2, 3)).real
    return field[:, : shape[0], : shape[1], : shape[2]]


def planted(
    rng, across, length, amplitude, kind="gauss", nu=4.0, kappa=0.0, core=(0.0, 0.0), offset=(0.0,) * 3
):
    """A vortex of any axis in cells of 2R/across, its moments pushed by a field that cells share."""
    frame = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    axis, place = frame[:, 2], frame[:, 0] * core[0] + frame[:, 1] * core[1]
    cell, n = 2 / across, across + 1
    line = cell * (np.arange(n) - (n - 1) / 2)
    z, y, x = np.meshgrid(line, line, line, indexing="ij")
    points = np.stack((x, y, z)) - cell * np.reshape(offset, (3, 1, 1, 1))
    m = texture((points - place.reshape(3, 1, 1, 1)).reshape(3, -1), nu, axis, kappa).reshape(3, n, n, n)
    push = amplitude * correlated((n, n, n), length, rng, kind)
    m = m + push - m * (m * push).sum(axis=0)
    m = m / np.linalg.norm(m, axis=0) * ((points**2).sum(axis=0) <= 1)
    field, centre = Sampled(m, (cell * R,) * 3), tuple(cell * R * np.array(offset))
    return fit_vortex(field, R, centre), axis, place * R


def shares(draws, nu=4.0, kappa=0.0):
    """How often the intervals of each number hold the planted one, of 68 and of 95 %."""
    misses = {"nu": [], "kappa": [], "axis": [], "core": []}
    for fit, axis, place in draws:
        turned = np.linalg.norm(np.cross(fit.axis, axis))
        away = np.array(fit.core_m) - place
        of = fit.modulation.kappa_error
        misses["nu"].append((abs(fit.nu - nu), fit.nu_error, fit.nu_error_95))
        misses["kappa"].append((abs(fit.kappa - kappa), of.one, of.two))
        misses["axis"].append((turned, fit.axis_error_rad, fit.axis_error_95_rad))
        misses["core"].append((np.linalg.norm(away), fit.core_error_m, fit.core_error_95_m))
    held = {}
    for name, rows in misses.items():
        off, one, two = np.array(rows).T
        held[name] = float((off <= one).mean()), float((off <= two).mean())
    return held


def assert_covered(held, draws):
    """Within three standard deviations of the count; more than 95 % is no fault."""
    for name, (one, two) in held.items():
        assert one == pytest.approx(0.683, abs=3 * np.sqrt(0.683 * 0.317 / draws)), (name, held)
        assert two > 0.95 - 3 * np.sqrt(0.95 * 0.05 / draws), (name, held)


QUICK = {
    "one cell": {"across": 12, "length": 1, "amplitude": 0.1},
    "two cells, core and lattice off": {
        **{"across": 12, "length": 2, "amplitude": 0.05},
        **{"core": (0.02, 0.01), "offset": (0.3, 0.2, -0.4)},
    },
}
LONG = {
    "three cells": {"across": 16, "length": 3, "amplitude": 0.1},
    "four cells": {"across": 20, "length": 4, "amplitude": 0.05},
    "two cells, not Gaussian": {"across": 16, "length": 2, "amplitude": 0.1, "kind": "exp"},
    "strong, wide core": {"across": 12, "length": 1, "amplitude": 0.2, "nu": 2.0},
    "narrow core": {"across": 16, "length": 2, "amplitude": 0.05, "nu": 6.0, "core": (0.1, 0.05)},
}


@pytest.mark.parametrize("name", QUICK)
def test_intervals_hold_what_was_planted(name):
    rng = np.random.default_rng(12)
    assert_covered(shares([planted(rng, **QUICK[name]) for _ in range(80)]), 80)


@pytest.mark.validate
@pytest.mark.parametrize("name", LONG)
def test_intervals_hold_what_was_planted_at_all_lengths(name):
    rng = np.random.default_rng(21)
    draws = [planted(rng, **LONG[name]) for _ in range(120)]
    assert_covered(shares(draws, LONG[name].get("nu", 4.0)), 120)


def test_white_noise_alone_would_tell_a_tenth_of_the_error():
    """What least squares without correlations would say of residuals that four cells share."""
    fit, *_ = planted(np.random.default_rng(0), across=16, length=4, amplitude=0.1)
    assert fit.nu_error > 5 * fit.texture.nu_noise
    assert 10 < fit.independent_residuals < 0.05 * fit.n_cells


def test_a_modulation_is_supported_where_there_is_one_and_seldom_where_there_is_none():
    rng = np.random.default_rng(7)
    told = [[planted(rng, 12, 1, 0.05, kappa=kappa)[0].modulation for _ in range(25)] for kappa in (0.0, 0.5)]
    none, some = ([each.verdict for each in found] for found in told)
    assert none.count("supported") <= 2 and none.count("not supported") > 15
    assert some.count("supported") > 20
    assert np.mean([each.kappa for each in told[1]]) == pytest.approx(0.5, abs=0.05)
    assert np.mean([each.nu for each in told[1]]) == pytest.approx(4.0, abs=0.1)  # of the middle plane
    assert np.median([each.bic for each in told[1]]) < -10 < 0 < np.median([each.bic for each in told[0]])


def test_exact_moments_leave_no_error():
    fit, *_ = planted(np.random.default_rng(1), 12, 1, 0.0, kappa=0.0)
    assert (fit.nu_error, fit.axis_error_rad, fit.core_error_m) == (0.0, 0.0, 0.0)
    assert abs(fit.kappa) < 1e-6 and fit.modulation.verdict == ""
