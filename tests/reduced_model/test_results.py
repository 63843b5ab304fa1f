"""What results share: arrays that cannot be written to, tables, drawings, notebook pages."""

from dataclasses import dataclass

import numpy as np
import pytest
from matplotlib.figure import Figure

from reduced_model import (
    Sphere,
    energy_landscape,
    grid_convergence,
    material,
    nucleation_map,
    phase_diagram,
    radius_sweep,
    stability_diagram,
)
from reduced_model.results import Result, axes_for, notebook_html
from reduced_model.vortex.profiles import profiles


@dataclass(frozen=True, eq=False)
class Line(Result):
    x: np.ndarray
    name: str

    table_columns = ("x", "twice")

    @property
    def twice(self):
        return 2 * self.x


def test_a_result_is_read_only_and_leaves_the_array_it_was_given_alone():
    given = np.arange(3.0)
    line = Line(given, "rising")
    with pytest.raises(ValueError, match="read-only"):
        line.x[0] = 1.0
    given[0] = 5.0  # still the caller's own


def test_a_table_has_the_columns_named_and_numbers_that_follow_from_them():
    frame = Line(np.arange(3.0), "rising").to_dataframe()
    assert list(frame) == ["x", "twice"] and frame["twice"].tolist() == [0.0, 2.0, 4.0]


@pytest.mark.parametrize(
    ("result", "name"),
    [
        (lambda: radius_sweep([8e-9], points=11), "radius_m"),
        (lambda: nucleation_map("iron", [0.0, 1e4]), "exact_m"),
        (lambda: grid_convergence(1.0, K=(5, 7)), "g_d"),
        (lambda: energy_landscape(Sphere(20).hamiltonian(), points=(16, 16)), "energy"),
        (lambda: profiles([1.0, 2.0]), "g_z"),
    ],
)
def test_results_of_every_room_are_read_only(result, name):
    with pytest.raises(ValueError, match="read-only"):
        getattr(result(), name)[0] = 0.0


@pytest.mark.parametrize(
    "result",
    [
        lambda: Sphere(20).loop(),
        lambda: Sphere(20).landscape(),
        lambda: Sphere(20).random_axes_loop(orientations=4),
        lambda: Sphere(20).hamiltonian(),
        lambda: Sphere(20).loop().observables()[0],
        lambda: radius_sweep([8e-9, 2e-8], points=11),
        lambda: phase_diagram([8e-9, 2e-8], [0.0, 1e4], points=11),
        stability_diagram,
        nucleation_map,
        lambda: grid_convergence(1.0, K=(5, 7)),
        lambda: profiles(np.linspace(0, 8, 100)),
        lambda: material("magnetite"),
    ],
)
def test_a_result_shows_itself_on_a_screen(result):
    shown = repr(result())
    assert len(shown.splitlines()) <= 24 and max(map(len, shown.splitlines())) <= 200
    assert "array([" not in shown


def test_rounding_noise_is_shown_as_zero_and_kept_in_the_data():
    summary = radius_sweep([2e-8], points=51).summaries["H'"][0]
    assert 0.0 < abs(summary.remanence) < 1e-15 and "remanence=0," in repr(summary)


def test_given_axes_are_drawn_on_and_new_ones_made_otherwise():
    axes = Figure().add_subplot()
    assert axes_for(axes) is axes
    assert axes_for(None, figsize=(2, 1)).figure.get_figwidth() == 2


def test_a_notebook_page_escapes_its_texts():
    page = notebook_html(lambda ax: ax.plot([0, 1]), (2, 1), ("", ("a", "b"), [("1 < 2", 0.12345)]))
    assert page.startswith("<svg") and "<th>a</th><th>b</th>" in page
    assert "<td>1 &lt; 2</td><td>0.1235</td>" in page
