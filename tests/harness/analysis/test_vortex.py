"""Fits of the vortex Ansatz: what is put in must come out, whatever way the vortex is turned."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from harness.analysis.ansatz import PURE_CIRCULATION, sample_ansatz, texture
from harness.analysis.vortex import FitError, fit_vortex, radial_profile
from harness.mx3.magnet.magnet import Magnet
from harness.mx3.magnet.mesh import Mesh

R = 20e-9


@dataclass(frozen=True)
class Sampled:
    """A vector field as read.py hands it over, as far as fits look at it."""

    m: np.ndarray
    cell_m: tuple[float, float, float]


def centres(n, cell=2e-9, centre=(0.0, 0.0, 0.0)):
    line = cell * (np.arange(n) - (n - 1) / 2)
    z, y, x = np.meshgrid(line, line, line, indexing="ij")
    return np.stack((x, y, z)) - np.reshape(centre, (3, 1, 1, 1))


def vortex(nu, axis=(0, 0, 1), chirality=1, n=20, centre=(0.0, 0.0, 0.0), noise=0.0, seed=0):
    cell = 40e-9 / 20 if n >= 20 else 40e-9 / n
    m = sample_ansatz(nu, R, centres(n, cell, centre), axis, chirality)
    kicked = m + noise * np.random.default_rng(seed).normal(size=m.shape) * np.any(m, axis=0)
    return Sampled(kicked, (cell,) * 3)


directions = st.tuples(st.floats(-1, 1), st.floats(0, 2 * np.pi)).map(
    lambda za: (
        np.sqrt(1 - za[0] ** 2) * np.cos(za[1]),
        np.sqrt(1 - za[0] ** 2) * np.sin(za[1]),
        za[0],
    )
)


@settings(max_examples=40)
@given(nu=st.floats(0.1, 9), axis=directions, chirality=st.sampled_from((-1, 1)))
def test_exact_texture_comes_back_for_any_turn(nu, axis, chirality):
    fit = fit_vortex(vortex(nu, axis, chirality, n=12), R)
    # The data are the model itself, so only the least-squares stopping rule (1.5e-8 relative) remains.
    assert fit.nu == pytest.approx(nu, rel=1e-6)
    assert np.dot(fit.axis, axis) == pytest.approx(1, abs=1e-12)
    assert fit.chirality == chirality
    assert fit.polarity in (np.sign(axis[2]), 0)
    assert fit.rms < 1e-6
    # m_z = sech is flat at the axis and all three curves are exact: the estimators can only agree.
    assert fit.nu_spread < 1e-5


@settings(max_examples=15)
@given(nu=st.floats(0.5, 7), axis=directions, chirality=st.sampled_from((-1, 1)), seed=st.integers(0, 99))
def test_noise_moves_nu_by_no_more_than_its_size_allows(nu, axis, chirality, seed):
    fit = fit_vortex(vortex(nu, axis, chirality, noise=0.05, seed=seed), R)
    # Independent noise: six standard errors, and 1 % for the shortening of m by renormalised noise.
    assert fit.nu == pytest.approx(nu, abs=6 * fit.nu_error + 0.01 * nu)
    assert np.dot(fit.axis, axis) > np.cos(np.deg2rad(1))
    assert fit.chirality == chirality
    assert 0.04 < fit.rms < 0.12  # sqrt(2) * 0.05, the transverse part of the noise


def test_lattice_beside_the_sphere_needs_its_centre():
    centre = (0.8e-9, -0.5e-9, 0.3e-9)
    field = vortex(4.443, (1, 2, 3), -1, n=22, centre=centre)
    told = fit_vortex(field, R, centre_m=centre)
    assert told.nu == pytest.approx(4.443, rel=1e-6)
    assert told.rms < 1e-6
    # Not told, the core is found where it is: the part of the offset across the axis.
    found, axis = fit_vortex(field, R), np.array([1, 2, 3]) / np.sqrt(14)
    assert (found.state, found.nu) == ("tilted displaced vortex", pytest.approx(4.443, rel=1e-6))
    np.testing.assert_allclose(found.core_m, centre - (axis @ centre) * axis, atol=1e-15)


def test_rotating_frame_labels_are_those_of_one_state():
    """Q and Q R_z(any), or the quaternions q and -q, name the same state: the fit returns one label."""
    points = centres(12, 40e-9 / 12) / R
    one = fit_vortex(Sampled(texture(points, 3.0, np.array([0, 0, 1.0])), (40e-9 / 12,) * 3), R)
    # A half turn about x keeps the texture's handedness about its core and turns the core over.
    half_turn = np.diag([1.0, -1.0, -1.0])
    turned = np.einsum(
        "ij,jzyx->izyx",
        half_turn,
        texture(np.einsum("ij,jzyx->izyx", half_turn, points), 3.0, np.array([0, 0, 1.0])),
    )
    two = fit_vortex(Sampled(turned, (40e-9 / 12,) * 3), R)
    assert (one.chirality, one.polarity) == (1, 1)
    assert (two.chirality, two.polarity) == (1, -1)
    assert two.tilt_rad == pytest.approx(np.pi, abs=1e-9)


def test_reversed_core_alone_is_another_state():
    up = vortex(3, (0, 0, 1), 1)
    flipped = Sampled(up.m * np.array([1, 1, -1]).reshape(3, 1, 1, 1), up.cell_m)
    fit = fit_vortex(flipped, R)
    assert (fit.chirality, fit.polarity) == (-1, -1)


@pytest.mark.parametrize("axis", [(0, 0, 1), (0, 0, -1), (1, -1, 2)])
def test_uniform_state_has_no_chirality(axis):
    fit = fit_vortex(vortex(0, axis, noise=0.02), R)
    assert fit.state == "uniform"
    assert fit.chirality == 0
    assert fit.nu < 0.03  # the threshold of 0.02 on the circulation
    assert "compatible with 0" in fit.reason


def test_states_are_named():
    assert fit_vortex(vortex(4), R).state == "vortex"
    assert fit_vortex(vortex(4, (1, 0, 4)), R).state == "tilted vortex"
    across = fit_vortex(vortex(4, (1, 0, 0)), R)
    assert (across.state, across.polarity) == ("tilted vortex", 0)
    random = np.random.default_rng(1).normal(size=(3, 12, 12, 12))
    assert fit_vortex(Sampled(random / np.linalg.norm(random, axis=0), (3e-9,) * 3), R).state == "unnamed"


def turned(seed):
    """A rotation, the identity for 0."""
    frame = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))[0]
    return frame * np.sign(np.linalg.det(frame)) if seed else np.eye(3)


def state_of(function, cell, seed, noise=1e-3):
    """A state of the sphere given as m(r/R) about z, turned in space, with noise; and the turned z."""
    frame, grid = turned(seed), centres(int(np.ceil(2 * R / cell)), cell) / R
    points = grid.reshape(3, -1)
    m = frame @ function(frame.T @ points)
    m = m + noise * np.random.default_rng(5).normal(size=m.shape)
    m = m / np.linalg.norm(m, axis=0) * ((points**2).sum(axis=0) <= 1)
    return Sampled(m.reshape(grid.shape), (cell,) * 3), frame[:, 2]


Z = np.array([0.0, 0.0, 1.0])


def beside(nu, *core):
    return lambda r: texture(r - np.reshape(core, (3, 1)), nu, Z)


def bloch(height, *core):
    return lambda r: beside(5.0, *core)(r) * np.where(r[2] > height, 1.0, [[1.0], [1.0], [-1.0]])


def flower(radial, splay):
    return lambda r: np.stack([(radial + splay * r[2]) * r[0], (radial + splay * r[2]) * r[1], 1 + 0 * r[0]])


def antivortex(nu):
    return lambda r: texture(r, nu, Z)[[1, 0, 2]]


def cores(*places, against=()):
    """Cores along x, each with the circulation of the whole around it, and antivortices."""

    def m(r):
        w = r[0] + 1j * r[1]
        factors = [w - place for place in places] + [np.conj(w - place) for place in against]
        plane = 1j * np.prod([np.tanh(6 * abs(f)) * f / (abs(f) + 1e-12) for f in factors], axis=0)
        return np.stack((plane.real, plane.imag, np.sqrt(1 - abs(plane) ** 2)))

    return m


def onion(planar):
    """Moments that bulge: across z by -1.5 z rho, or in the plane of z and x alone."""

    def m(r):
        bent = np.stack((-1.5 * r[2] * r[0], (0 if planar else -1.5) * r[2] * r[1], 1 + 0 * r[0]))
        return bent / np.linalg.norm(bent, axis=0)

    return m


NAMED = {
    "uniform": flower(0, 0),
    "flower, radial": flower(0.1, 0),
    "flower": flower(0, 0.8),
    "vortex": beside(4.0, 0, 0, 0),
    "vortex, young": beside(-0.1, 0, 0, 0),
    "displaced vortex": beside(5.0, 0.1, 0, 0),
    "displaced vortex, left-handed": beside(-3.0, 0, 0.6, 0),
    "Bloch point": bloch(0.0, 0, 0, 0),
    "Bloch point, high": bloch(0.3, 0, 0, 0),
    "Bloch point, beside": bloch(0.0, 0.15, 0, 0),
    "antivortex": antivortex(5.0),
    "antivortex, wide": antivortex(1.0),
    "two vortices": cores(-0.45, 0.45),
    "onion": onion(planar=False),
    "onion, planar": onion(planar=True),
    "two vortices, one circulation": cores(-0.45, 0.45, against=(0.0,)),
    "unnamed: bent": beside(2.0, 3.0, 0, 0),
    "unnamed: hedgehog": lambda r: r + 1e-9,
    "unnamed: domains": lambda r: np.stack((0 * r[0], 0 * r[0], np.sign(r[0]))),
    "unnamed: helix": lambda r: np.stack((np.cos(4 * r[2]), np.sin(4 * r[2]), 0 * r[2])),
}


@pytest.mark.parametrize("seed", [0, 1], ids=["upright", "turned"])
@pytest.mark.parametrize("cell", [2e-9, 4e-9])
@pytest.mark.parametrize("name", NAMED)
def test_each_state_has_its_name_on_any_mesh_and_axis(name, cell, seed):
    field, axis = state_of(NAMED[name], cell, seed, noise=0.05 if seed else 1e-3)
    fit = fit_vortex(field, R, field_direction=tuple(axis))
    word = name.split(",")[0].split(":")[0]
    assert fit.state == word
    assert fit.reason and "\n" not in fit.reason
    # A sign is told where there is a vortex, and nowhere else.
    assert abs(fit.chirality) == int(word.endswith("vortex") and word != "antivortex")
    # nu is that of one vortex, or 0; nothing else has one.
    has_nu = word in ("uniform", "Bloch point") or fit.is_vortex
    assert np.isfinite([fit.nu, fit.nu_spread]).all() if has_nu else np.isnan([fit.nu, fit.nu_error]).all()
    assert np.isfinite(fit.kappa) == fit.is_vortex
    if word == "unnamed" or "vortices" in word:
        assert np.isnan(fit.tilt_rad) and fit.polarity == 0 and not fit.described
    if word in ("uniform", "flower", "onion"):
        assert fit.is_uniform and fit.polarity == 1 and np.isnan(fit.core_m).all()


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("cell", [2e-9, 4e-9])
def test_a_core_beside_the_centre_is_no_tilt(cell, seed):
    """Taken for one through the centre, this core leaned by 2.96 +- 0.10 degrees."""
    field, axis = state_of(beside(5.0, 0.1, 0, 0), cell, seed)
    fit = fit_vortex(field, R, field_direction=tuple(axis))
    assert fit.nu == pytest.approx(5.0, abs=5 * fit.nu_error)
    assert fit.tilt_rad < 5 * fit.axis_error_rad < np.deg2rad(0.05)
    place = 0.1 * R * turned(seed)[:, 0]
    np.testing.assert_allclose(fit.core_m, place, atol=5 * fit.core_error_m)
    assert fit.core_error_m < 1e-4 * R


def test_a_core_that_may_be_beside_the_centre_leaves_its_tilt_less_certain():
    """A wide core a little beside the centre is nearly the same state as one a little tilted."""
    field, _ = state_of(beside(0.5, 0.025, 0, 0), 4e-9, 0, noise=0.1)
    fit = fit_vortex(field, R)
    assert fit.state in ("vortex", "tilted vortex")  # 0.025 R is below the threshold
    assert np.hypot(*fit.core_m[:2]) == pytest.approx(0.025 * R, abs=4 * fit.core_error_m)
    assert fit.axis_error_rad > fit.tilt_rad > 0


@pytest.mark.parametrize(("height", "cell"), [(0.0, 2e-9), (0.3, 2e-9), (0.0, 4e-9)])
def test_a_bloch_point_is_where_the_core_turns_over(height, cell):
    field, axis = state_of(bloch(height, 0, 0, 0), cell, 1)
    fit = fit_vortex(field, R, field_direction=tuple(axis))
    # Turned, layers of cells lie at all heights; what is left is the few cells of the core.
    assert fit.core_reversals_m == pytest.approx([height * R], abs=0.15 * cell)
    assert (fit.chirality, fit.polarity) == (0, 0) and fit.circulation == pytest.approx(0.985, abs=0.02)
    assert fit.nu == pytest.approx(5.0, rel=0.02)
    assert np.dot(fit.axis, axis) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("cell", [2e-9, 4e-9])
@pytest.mark.parametrize("seed", [0, 1])
def test_a_bloch_point_that_turns_over_by_and_by_is_found_between_the_cells(cell, seed):
    def m(r):
        whole = texture(r, 5.0, Z) * np.stack(
            (1 + 0 * r[2], 1 + 0 * r[2], np.clip((r[2] - height) / 0.3, -1, 1))
        )
        return whole / np.linalg.norm(whole, axis=0)

    for height in (-0.31, 0.02, 0.17):
        field, axis = state_of(m, cell, seed)
        fit = fit_vortex(field, R, field_direction=tuple(axis))
        assert fit.core_reversals_m == pytest.approx([height * R], abs=0.1 * cell)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_three_cores_are_counted_where_cells_resolve_them(seed):
    three = cores(-0.55, 0.5 * np.exp(1j), 0.5 * np.exp(-1j))
    fit = fit_vortex(state_of(three, 2e-9, seed, noise=0.03)[0], R)
    assert (fit.state, fit.cores[0]) == ("three vortices", 3) and np.isnan(fit.nu)


def relaxed(inside, start, count, cell):
    """A permalloy body's state of rest from a start, both given as functions of places."""
    mesh = Mesh(count, (cell,) * 3)
    magnet = Magnet(mesh, inside(mesh.centres()).astype(float))
    magnet.set_parameters(8e5, 1.3e-11, 0.0)
    begin = start(mesh.centres())
    magnet.set_m(begin / np.linalg.norm(begin, axis=0) * (magnet.fill > 0))
    magnet.set_field((0.0, 0.0, 0.0))
    assert magnet.equilibrate(1e-4).converged
    return Sampled(magnet.m, mesh.cell)


def test_an_ellipse_at_rest_with_two_vortices_has_no_nu():
    half, other = 160e-9, 80e-9
    start = cores(-0.45, 0.45)
    field = relaxed(
        lambda r: (r[0] / half) ** 2 + (r[1] / other) ** 2 <= 1,
        lambda r: start(r.reshape(3, -1) / half).reshape(r.shape) + 1e-9,
        (40, 20, 3),
        8e-9,
    )
    fit = fit_vortex(field, half)
    assert (fit.state, fit.cores) == ("two vortices", (2, 0))
    assert np.isnan(fit.nu) and np.isnan(fit.kappa) and not fit.described


def test_a_ring_at_rest_is_an_onion():
    outer = 100e-9
    field = relaxed(
        lambda r: abs(np.hypot(r[0], r[1]) / outer - 0.75) <= 0.25,
        lambda r: np.stack((1 + 0 * r[0], 0.01 + 0 * r[0], 0 * r[0])),
        (25, 25, 2),
        8e-9,
    )
    fit = fit_vortex(field, outer, field_direction=(1.0, 0.0, 0.0))
    assert (fit.state, fit.chirality, fit.polarity) == ("onion", 0, 1) and np.isnan(fit.nu)
    assert fit.patterns.splay < -0.4 and fit.circulation < 1e-6
    assert "halves hold 0.84 and 0.84" in fit.reason


def test_numbers_behind_the_names():
    deviation = fit_vortex(state_of(flower(0.1, 0), 2e-9, 1)[0], R).patterns
    # m = z + 0.1 rho: its radial share is 0.1 <rho^2> over 3 pi/16, its rms 0.1 sqrt <rho^2>, <rho^2> = 2/5.
    assert deviation.radial == pytest.approx(0.04 / PURE_CIRCULATION, rel=0.02)
    assert deviation.deviation == pytest.approx(0.1 * np.sqrt(0.4), rel=0.02)
    splay = fit_vortex(state_of(flower(0, 0.2), 2e-9, 1)[0], R).patterns
    assert splay.splay == pytest.approx(0.2 * np.sqrt(2 / 35), rel=0.02)  # <z^2 rho^2> = 2/35
    saddle = fit_vortex(state_of(antivortex(400.0), 2e-9, 1)[0], R)
    assert saddle.patterns.antivortex == pytest.approx(1, abs=0.02)
    assert saddle.cores in (None, (0, 1))
    assert fit_vortex(state_of(cores(-0.45, 0.45, against=(0.0,)), 2e-9, 1)[0], R).cores == (2, 1)


def test_a_saturated_staircase_is_uniform():
    """Its steps splay the moments, at 5 cells across by 0.13 rms; they make no flower of it."""
    for radius, cell, count in ((20e-9, 8e-9, 5), (20e-9, 4e-9, 10)):
        mesh = Mesh((count,) * 3, (cell,) * 3)
        magnet = Magnet(mesh, (np.linalg.norm(mesh.centres(), axis=0) <= radius).astype(float))
        magnet.set_parameters(1.7e6, 1e-11, 4.8e4)
        magnet.set_m(np.array([0.0, 0.0, 1.0]).reshape(3, 1, 1, 1) * (magnet.fill > 0))
        magnet.set_field((0.0, 0.0, 0.6))
        magnet.equilibrate(1e-6)
        fit = fit_vortex(Sampled(magnet.m, mesh.cell), radius)
        assert 0.05 < fit.patterns.splay < 0.14
        assert (fit.state, fit.chirality) == ("uniform", 0)


def test_two_domains_do_not_crash():
    m = np.zeros((3, 10, 10, 10))
    m[2, :, :, :5], m[2, :, :, 5:] = 1, -1
    assert fit_vortex(Sampled(m, (4e-9,) * 3), R).state == "unnamed"


def test_circulation_is_measured_in_pure_circulation():
    field = vortex(400, n=41)
    points = centres(41) / R
    # Cells of R/20 resolve the core's unit disc to about (cell/R)^2.
    assert np.linalg.norm(
        np.cross(points, field.m, axis=0)[:, np.any(field.m, axis=0)].mean(axis=1)
    ) == pytest.approx(PURE_CIRCULATION, rel=5e-3)
    assert fit_vortex(vortex(4.443), R).circulation == pytest.approx(0.98, abs=0.01)


def test_profile_follows_tanh_and_sech_for_either_chirality():
    field = vortex(4.443, (1, 1, 1), -1)
    profile = fit_vortex(field, R).profile
    assert profile.count.sum() == np.count_nonzero(np.any(field.m, axis=0))
    # A bin of width 1/16 averages the curves over its width: at most nu^2 width^2 / 24 at the steepest place.
    np.testing.assert_allclose(profile.m_phi, np.tanh(4.443 * profile.rho), atol=4e-3)
    np.testing.assert_allclose(profile.m_z, 1 / np.cosh(4.443 * profile.rho), atol=4e-3)
    np.testing.assert_allclose(profile.m_rho, 0, atol=1e-12)
    again = radial_profile(field, R, (1, 1, 1), chirality=-1)
    np.testing.assert_allclose(again.m_phi, profile.m_phi, atol=1e-7)
    assert list(profile.to_dataframe())[:4] == ["rho/R", "m_rho", "m_phi", "m_z"]


def test_fit_describes_itself():
    fit = fit_vortex(vortex(4.443), R)
    assert fit.to_dict()["nu"] == fit.nu
    assert set(fit.nu_by_estimator) == {"all", "m_phi", "m_z"}
    # Whatever the command prints as JSON, the glossary explains.
    glossary = (Path(__file__).parents[3] / "docs" / "glossary.md").read_text(encoding="utf-8")
    assert [key for key in fit.to_dict() if f"`{key}`" not in glossary] == []
    assert "chirality" in fit._repr_html_()
    assert fit.core_radius_m == pytest.approx(R / fit.nu)
    assert fit.plot().get_xlabel()


@pytest.mark.parametrize(
    ("m", "radius_m", "words"),
    [
        (np.zeros((3, 4, 4, 4)), R, "0 magnetic cells"),
        (np.ones((3, 4, 4, 4)), -1.0, "must be a positive"),
        (np.full((3, 4, 4, 4), np.nan), R, "not finite"),
    ],
)
def test_what_cannot_be_fitted_is_said_in_one_line(m, radius_m, words):
    with pytest.raises(FitError, match=words) as failure:
        fit_vortex(Sampled(m, (1e-9,) * 3), radius_m)
    assert "\n" not in str(failure.value)


@pytest.mark.parametrize(
    "bad",
    [{"nu": -1.0}, {"radius_m": 0.0}, {"chirality": 0}, {"axis": (0.0, 0.0, 0.0)}],
)
def test_sampling_refuses_what_names_no_state(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        sample_ansatz(**{"nu": 1.0, "radius_m": R, "centres_m": centres(4), **bad})


def test_micromagnetic_vortex_is_not_quite_the_ansatz():
    """The equilibrium vortex of the 40 nm iron sphere: fitted, and its misfit owned up to."""
    mesh = Mesh((10, 10, 10), (4e-9,) * 3)
    magnet = Magnet(mesh, (np.linalg.norm(mesh.centres(), axis=0) <= R).astype(float))
    magnet.set_parameters(1.7e6, 1e-11, 4.8e4)
    magnet.set_m(sample_ansatz(4.0, 1.01 * R, mesh.centres()) * (magnet.fill > 0))
    magnet.set_field((0.0, 0.0, 0.0))
    assert magnet.equilibrate(1e-6).converged
    fit = fit_vortex(Sampled(magnet.m, mesh.cell), R)
    assert (fit.state, fit.chirality, fit.polarity) == ("vortex", 1, 1)
    # Around the core the moment points against it, which tanh and sech do not know: m_phi alone gives a wider
    # core than m_z alone, by far more than the standard error says.
    assert fit.profile.m_z.min() < -0.05
    assert fit.nu_by_estimator["m_phi"] < fit.nu < fit.nu_by_estimator["m_z"]
    # The error knows that neighbouring cells share this misfit: it is of the spread's own size.
    assert 0.5 < fit.nu_spread / fit.nu_error < 3
    # The stray field narrows the core towards its ends, but these cells do not tell.
    assert abs(fit.kappa) < fit.modulation.kappa_error.two and fit.modulation.verdict != "supported"
    assert 0.05 < fit.rms < 0.2


@pytest.mark.parametrize(("amount", "named"), [(0.0, "tilted displaced vortex"), (1.5, "vortex")])
def test_a_name_is_no_surer_than_its_own_error(amount, named):
    """The same tilt and place, clear without a misfit that neighbouring cells share, and lost in one."""
    tilt = np.deg2rad(3.0)
    state = vortex(4.0, (np.sin(tilt), 0, np.cos(tilt)), n=16, centre=(0.05 * R, 0, 0))
    kicks = np.random.default_rng(4).normal(size=state.m.shape)
    shared = np.stack([gaussian_filter(kick, 3.0) for kick in kicks])
    m = state.m + amount * shared / shared.std() * 0.1 * np.any(state.m, axis=0)
    fit = fit_vortex(Sampled(m, state.cell_m), R)
    assert fit.state == named
    assert ("tilted" in named) == (fit.tilt_rad > fit.axis_error_95_rad)
    assert ("displaced" in named) == (np.linalg.norm(fit.core_m) > fit.core_error_95_m)
    if named == "vortex":
        assert "within its error of" in fit.reason


def test_nu_of_the_fit_with_kappa_has_its_error():
    fit = fit_vortex(vortex(4.0, noise=0.05), R)
    values = fit.to_dict()
    assert abs(values["nu_with_kappa"] - 4.0) < 4 * values["nu_with_kappa_error"] < 1.0
    assert values["nu_with_kappa_error"] < values["nu_with_kappa_error_95"]


@pytest.mark.filterwarnings("error")
def test_a_core_that_runs_away_leaves_no_warning():
    """A random field whose best core is nowhere: the covariance that leastsq makes of it overflows."""
    kicks = np.random.default_rng(31).normal(size=(3, 8, 8, 8))
    m = np.stack([gaussian_filter(kick, 1.0) for kick in kicks])
    inside = np.linalg.norm(centres(8, 5e-9), axis=0) <= R
    fit_vortex(Sampled(m / np.linalg.norm(m, axis=0) * inside, (5e-9,) * 3), R)
