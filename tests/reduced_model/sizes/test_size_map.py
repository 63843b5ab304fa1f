"""The size map: every entry against its own function, what is undefined says why, and it draws itself."""

import dataclasses
import math

import pytest
from matplotlib.figure import Figure

from reduced_model import MATERIALS, Material, ModelError, material, nucleation_radius
from reduced_model.sizes.radii import superparamagnetic_radius_m
from reduced_model.sizes.size_map import _barrier_note, size_map


def test_iron():
    sizes = {size.key: size.value_nm for size in size_map("iron").sizes}
    # quoted to these decimals
    assert sizes["exchange_length"] == pytest.approx(2.3467, abs=5e-5)
    assert sizes["nucleation_ansatz"] == pytest.approx(9.472, abs=5e-4)
    assert sizes["nucleation_paper"] == pytest.approx(9.164, abs=5e-4)
    assert sizes["curling"] == pytest.approx(8.818, abs=5e-4)
    assert sizes["crossing_ansatz"] == pytest.approx(9.09, abs=5e-3)
    assert sizes["crossing_curling"] == pytest.approx(8.46, abs=5e-3)
    assert sizes["flux_quantum"] == pytest.approx(17.55, abs=5e-3)
    assert sizes["flux_quantum_sphere"] == pytest.approx(math.sqrt(1.5) * sizes["flux_quantum"])
    assert sizes["dipole_printed_density"] == pytest.approx(13.4, abs=0.05)
    assert sizes["superparamagnetic"] == pytest.approx(8.02, abs=5e-3)


@pytest.mark.parametrize("name", list(MATERIALS))
def test_every_entry_is_complete_and_agrees_with_its_source(name):
    sizes = size_map(name)
    assert all(size.formula and size.source and size.unit == "m" for size in sizes.sizes)
    assert len({size.key for size in sizes.sizes}) == len(sizes.sizes)
    assert sizes["curling"].value_m == nucleation_radius(name).brown_m
    assert sizes["superparamagnetic"].value_m == superparamagnetic_radius_m(material(name).Ku_J_per_m3)
    assert sizes["dipoles_1"].value_m * 100 ** (1 / 3) == pytest.approx(sizes["dipoles_100"].value_m)


def test_a_soft_magnet_says_why_it_has_no_superparamagnetic_radius():
    soft = size_map(Material("soft", 8e5, 1.3e-11, 0.0))
    assert math.isnan(soft["superparamagnetic"].value_m)
    assert "without anisotropy there is no barrier" in soft["superparamagnetic"].note
    assert "not defined" in {text.get_text() for text in soft.plot(Figure().add_subplot()).texts}


def test_a_hard_axis_is_no_barrier_and_its_size_is_given():
    assert "freely in the plane" in _barrier_note(-4.8e4) and "25 kT at 8.02 nm" in _barrier_note(-4.8e4)


def test_a_hard_magnet_never_nucleates_in_zero_field_and_is_still_drawn():
    hard = size_map(Material("hard", 3e5, 1e-11, 1e6))
    assert hard["nucleation_ansatz"].value_m == math.inf
    assert "at any radius" in hard["nucleation_ansatz"].note
    texts = [text.get_text() for text in hard.plot(Figure().add_subplot()).texts]
    assert texts.count("never") == 3


def test_it_draws_tabulates_and_shows_itself():
    sizes = size_map("magnetite")
    figure = Figure(figsize=(3.4, 3.0), layout="constrained")
    axes = sizes.plot(figure.add_subplot())
    figure.draw_without_rendering()
    assert axes.get_xscale() == "log"
    frame_width = figure.bbox.width
    boxes = [text.get_window_extent() for text in (*axes.get_yticklabels(), *axes.texts)]
    assert all(box.x0 >= 0 and box.x1 <= frame_width for box in boxes)  # nothing is cut off in one column
    assert sizes.to_dataframe()["value_nm"].tolist() == [size.value_nm for size in sizes.sizes]
    page = sizes._repr_html_()
    assert page.startswith("<svg") and "superparamagnetic" in page and "K1 &lt; 0" in page
    assert "magnetite" in repr(sizes)


def test_it_is_frozen_and_refuses_what_it_does_not_know():
    sizes = size_map("iron")
    with pytest.raises(dataclasses.FrozenInstanceError):
        sizes.sizes = ()
    with pytest.raises(ModelError, match=r"size = 'girth': must be one of exchange_length, "):
        sizes["girth"]
    with pytest.raises(ModelError, match="material = 'wood'"):
        size_map("wood")
