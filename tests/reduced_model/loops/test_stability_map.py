"""The end of the uniform state against radius, field and anisotropy."""

import dataclasses

import numpy as np
import pytest
from matplotlib.figure import Figure

from reduced_model import MATERIALS, ModelError, material, nucleation_map, stability_diagram


@pytest.mark.parametrize("name", sorted(MATERIALS))
def test_a_loop_leaves_the_uniform_state_where_it_becomes_unstable(name):
    diagram = stability_diagram(name)
    expected = np.maximum(diagram.ansatz_T, diagram.coherent_T)
    np.testing.assert_allclose(diagram.lost_T, expected, atol=1e-9)  # the loop's promise
    crossing = diagram.crossings.crossing_ansatz_m
    np.testing.assert_array_equal(diagram.nucleates, diagram.radius_m > crossing)
    assert (diagram.ansatz_T <= diagram.brown_T).all()


def test_the_offset_of_the_printed_equation_is_constant():
    diagram = stability_diagram("iron", np.linspace(9.5e-9, 30e-9, 42))
    iron = material("iron")
    offset = 2.5 * (125 / 882 - 2 / 15) * iron.mu0Ms_T
    np.testing.assert_allclose(diagram.paper_offset_T, offset, atol=1e-9)


def test_radii_against_anisotropy():
    radii = nucleation_map("iron")
    assert (np.diff(radii.exact_m[np.isfinite(radii.exact_m)]) > 0).all()
    assert (radii.brown_m <= radii.exact_m).all()
    assert (radii.energy_ansatz_m <= radii.exact_m * (1 + 1e-12)).all()
    assert (radii.energy_ansatz_m >= radii.crossing_brown_m * (1 - 1e-12)).all()  # Brown's theorem
    assert np.isinf(radii.exact_m[-1])  # 6 Ku > mu0 Ms^2


def test_tables_and_drawings():
    diagram, radii = stability_diagram("iron", [8e-9, 20e-9]), nucleation_map("iron", [0, 1e5])
    assert len(diagram.to_dataframe()) == len(radii.to_dataframe()) == 2
    assert len(diagram.plot(Figure().add_subplot()).lines) >= 5
    assert len(radii.plot(Figure().add_subplot()).lines) >= 5


@pytest.mark.parametrize("radius", [[], [2e-8, 1e-8], [-1e-9, 1e-9]])
def test_bad_radii(radius):
    with pytest.raises(ModelError, match="radius_m"):
        stability_diagram("iron", radius)


def test_bad_anisotropies_and_axes():
    with pytest.raises(ModelError, match="Ku_J_per_m3"):
        nucleation_map("iron", [-1.0, 1.0])
    with pytest.raises(ModelError, match="axis"):
        stability_diagram(dataclasses.replace(material("iron"), axis=(1, 0, 0)), [1e-8])
