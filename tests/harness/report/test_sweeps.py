"""Observables against what was swept, and a panel a sphere."""

import pytest

from harness.report.figures import FIGURES
from harness.report.figures.drawn import NothingToDraw


@pytest.fixture(scope="module")
def swept(tmp_path_factory, make_comparison, make_study):
    study = make_study(
        particle={},
        mesh={},
        sweep={"radius_nm": [16.0, 20.0], "cell_nm": [5.0, 4.0]},
        field={"values_T": [0.8, 0.4, 0.0]},
        save={"ovf": "none"},
        protocol=[{"kind": "kick"}],
    )
    return make_comparison(tmp_path_factory.mktemp("swept"), study)


def test_every_swept_key_has_a_column_and_every_case_a_row(swept):
    drawn = FIGURES["sweeps"](swept)
    assert sorted(drawn.data["radius_nm"].unique()) == [16.0, 20.0] and len(drawn.data) == 4
    labels = {axes.get_xlabel() for axes in drawn.figure.axes} - {""}
    assert labels == {"R (nm)", "cell (nm)"}
    field = next(row.simulated for row in swept.rows if row.quantity == "nucleation field")
    assert drawn.data["nucleation field (T)"].iloc[0] == pytest.approx(field)


def test_every_sphere_has_its_panel(swept):
    drawn = FIGURES["spheres"](swept)
    titles = [axes.get_title() for axes in drawn.figure.axes]
    assert titles == ["iron, R = 16 nm", "iron, R = 20 nm"]
    assert len(drawn.data["case"].unique()) == 4


def test_one_sphere_has_neither(comparison):
    for name in ("sweeps", "spheres"):
        with pytest.raises(NothingToDraw):
            FIGURES[name](comparison)
