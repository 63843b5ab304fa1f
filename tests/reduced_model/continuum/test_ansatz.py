"""What the best Ansatz leaves of a state: of made ones, with known coordinates, and of the papers' sphere."""

import numpy as np
import pytest

from reduced_model.continuum.ansatz import (
    ALL,
    COMPONENTS,
    SHIFT,
    AnsatzResiduals,
    ansatz_residual,
    residual_of,
)
from reduced_model.continuum.basis import Ball
from reduced_model.continuum.equilibrium import solver
from reduced_model.continuum.family import Family, Upright, UprightBranch, core_width, outward
from reduced_model.continuum.problem import Continuum
from reduced_model.continuum.state import Energy
from reduced_model.errors import ModelError
from reduced_model.materials import material

Z = np.array([0.0, 0.0, 1.0])


@pytest.fixture(scope="module")
def iron():
    """The sphere of the papers, R = 20 nm."""
    return Continuum(material("iron"), 20e-9, Z)


@pytest.fixture(scope="module")
def low(iron):
    """Its upright vortex at 0.16 T."""
    return iron.certified(0.16, UprightBranch(iron).at(0.16, 12), True, k=1)


@pytest.fixture(scope="module")
def found(low):
    """What the Ansatz leaves of it."""
    return ansatz_residual(low)


def made(iron, coordinates, values):
    """A texture as a point."""
    return Upright(Family(iron), 0.1, coordinates, np.array(values)).on(16)


def test_an_ansatz_leaves_nothing(iron):
    left = residual_of(made(iron, (core_width(),), [3.0]), 0.1, "upright vortex", Z, 1)
    assert left.fit.nu == pytest.approx(3.0, abs=1e-6) and left.fit.rms < 1e-6
    assert left.slice_nu == pytest.approx(np.full(6, 3.0), abs=1e-5)


def test_an_axial_modulation_is_found(iron):
    point = made(iron, (core_width(), core_width(2)), [3.0, 0.9])
    left = residual_of(point, 0.1, "upright vortex", Z, 1)
    assert left.kappa == pytest.approx(-0.3, abs=1e-4)
    assert left.explained["axial modulation (Eq. 6)"] == pytest.approx(1.0, abs=1e-6)
    assert (np.diff(left.slice_nu) > 0.0).all()


def test_a_radial_component_is_found_where_it_is(iron):
    left = residual_of(made(iron, (core_width(), outward()), [3.0, 0.2]), 0.1, "upright vortex", Z, 1)
    assert left.components["rho"] > 0.9
    assert left.explained["radial component"] == pytest.approx(1.0, abs=1e-6)
    upper = left.residual[0][left.z > 0.0]
    assert np.nanmax(upper) > 0.1 and np.nanmin(upper) > -1e-6


def test_a_displaced_core_of_the_other_chirality_is_found(iron):
    ball, axis = Ball(10), np.array([0.6, 0.0, 0.8])
    place = np.array([0.0, 0.1, 0.0])
    r = ball.points - place
    around = np.cross(axis, r)
    rho = np.linalg.norm(around, axis=-1)[..., None]
    u = axis / np.cosh(2.0 * rho) - np.tanh(2.0 * rho) * around / rho
    point = Energy(ball, iron.k, iron.d, 0.0 * Z, Z).at(ball.project(u))
    left = residual_of(point, 0.1, "tilted vortex", axis, -1)
    assert left.core_shift == pytest.approx(0.1, abs=1e-3)
    assert left.core_angle_deg == pytest.approx(np.degrees(np.arccos(0.8)), abs=0.1)
    assert left.explained[SHIFT] > 0.999
    assert left.fit.nu == pytest.approx(2.0, abs=1e-3) and left.fit.chirality == -1


def test_the_radial_component_is_most_of_the_residual_at_low_field(found):
    """The stray field turns m outwards above and inwards below; kappa is negative, and explains a sixth."""
    assert found.fit.nu == pytest.approx(2.829, abs=2e-3) and found.core_shift == 0.0
    assert found.components["rho"] == pytest.approx(0.74, abs=0.02)
    assert sum(found.components.values()) == pytest.approx(1.0)
    assert found.explained["radial component"] == pytest.approx(0.725, abs=0.02)
    assert found.explained["axial modulation (Eq. 6)"] == pytest.approx(0.168, abs=0.02)
    assert found.explained[ALL] > 0.97
    assert found.kappa == pytest.approx(-0.25, abs=0.02)


def test_the_map_has_the_mean_square(found):
    """Rings of the map, weighted with their radius; its grid's error."""
    inside = np.isfinite(found.residual[0])
    rings = np.where(inside, found.rho, 0.0)
    square = (np.nansum(found.residual**2, axis=0) * rings).sum() / rings.sum()
    assert square == pytest.approx(found.fit.rms**2, rel=0.05)


def test_tables_frames_and_drawings(found):
    several = AnsatzResiduals((found, found), 20e-9, material("iron"))
    title, header, rows = several.to_table()
    assert "iron, R = 20 nm" in title and header == ("", "0.16 T", "0.16 T")
    assert dict((row[0], row[1]) for row in rows)["in m_ρ (%)"] == "74"
    assert set(found.to_dataframe().columns) == {"B_T", "rho", "z", *(f"residual_{c}" for c in COMPONENTS)}
    frame = several.to_dataframe()
    assert len(frame) == 2 and frame["share_rho"].iloc[0] == found.components["rho"]
    assert frame["nu at z = 0.825"].iloc[0] == found.slice_nu[-1]
    assert several.to_dict()["states"][0]["kind"] == "upright vortex"
    assert found.plot(component="rho").get_xlabel() == "ρ/R"
    assert several.plot().get_ylabel().startswith("of the squared residual")


def test_a_state_without_a_core_is_refused(iron):
    at = iron.energy(solver(8, 1), 0.6)
    c = Z[:, None] * at.ball.project(np.ones((*at.ball.shape, 1)))
    with pytest.raises(ModelError, match="uniform, no vortex; leave the field out"):
        ansatz_residual(iron.certified(0.6, at.at(c), True, k=1))


def test_what_is_no_state_has_no_residual():
    with pytest.raises(ModelError, match="state = 3: must be a ContinuumState"):
        ansatz_residual(3)
