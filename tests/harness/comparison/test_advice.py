"""Advice on cells: a small sphere from continuum and lattices to table and drawing; what is refused."""

import json
import math
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure

import harness.comparison.advice
from harness.comparison.advice import cell_advice
from harness.comparison.cell_runs import measure, nucleation_of, references
from reduced_model.continuum.equilibrium import NotResolved
from reduced_model.errors import InputError
from reduced_model.materials import material
from reduced_model.nucleation.spinodals import nucleation_field

SMALL = {"radius_nm": 12, "material": "iron", "fields_T": [0.2], "cells_nm": [2.4, 2.0, 1.6]}
WIDEST_LINE = 200
ACROSS = replace(material("cobalt"), axis=(1.0, 0.0, 0.0))


@pytest.fixture(scope="module")
def advice():
    return cell_advice(**SMALL, error=0.03)


def test_a_small_sphere_from_start_to_end(advice):
    assert [round(run.cell_m * 1e9, 6) for run in advice.runs] == [2.4, 2.0, 1.6]
    assert [run.n_cells for run in advice.runs] == [552, 912, 1791]
    (reference,) = advice.references
    assert reference.kind == "upright vortex" and reference.values["m"] == pytest.approx(0.83178, abs=1e-4)
    laws = {law.observable: law for law in advice.laws}
    assert set(laws) == {"m", "nu", "total_J", "nucleation_field_T"}
    assert laws["nucleation_field_T"].continuum == nucleation_field("iron", 12e-9).brown_T
    assert (laws["m"].difference > 0).all() and (laws["nu"].difference < 0).all()  # as the cells converge
    assert laws["m"].outcome == "law" and 0.5 < laws["m"].law.power < 1.5
    assert advice.cell_m == min(law.advised_m for law in advice.decided)


def test_the_volume_s_part_is_the_continuum_s_change_with_the_radius(advice):
    (reference,) = advice.references
    (larger,), _ = references([0.2], 12.12e-9, material("iron"))
    change = (larger.values["m"] - reference.values["m"]) / math.log(1.01)
    assert reference.per_log_radius["m"] == pytest.approx(change, rel=0.05)
    law = next(law for law in advice.laws if law.observable == "nucleation_field_T")
    brown = [nucleation_field("iron", 12e-9 * (1 + s)).brown_T for s in (-1e-4, 1e-4)]
    assert law.per_log_radius == pytest.approx((brown[1] - brown[0]) / 2e-4, rel=1e-4)


def test_the_kicked_lattices_nucleate_below_brown_as_their_circulation_says(advice):
    law = next(law for law in advice.laws if law.observable == "nucleation_field_T")
    assert law.value.size == 3 and (law.difference < 0).all()
    fine = [round(float(law.value[-1]) + d, 6) for d in (0.004, -0.004)]
    (run,) = measure([1.6], fine, [0.37], 12, material("iron"))
    assert run.values[fine[0]]["nu"] < 0.05 < run.values[fine[1]]["nu"]


def test_circulation_that_jumps_has_no_nucleation_field_read_from_it():
    B = np.linspace(0.6, 0.4, 9)
    assert math.isnan(nucleation_of(B, np.where(B < 0.5, 0.8, 0.0)))
    assert math.isnan(nucleation_of(B, np.zeros(9)))


def test_what_is_said_rests_on_the_numbers(advice):
    said = advice.to_dict()
    json.dumps(said["sentences"])
    assert said["cell_nm"] == advice.cell_m * 1e9 and said["cost"] == pytest.approx(
        (2.4 / said["cell_nm"]) ** 3
    )
    assert said["cells_across"] == pytest.approx(24 / said["cell_nm"])
    lead = [line.split(":")[0].strip() for line in said["sentences"]]
    assert lead[1:4] == ["m", "nucleation field", "nu"]  # what most people ask for comes first
    (law,) = (law for law in advice.laws if law.observable == "m")
    assert said["cells"]["m"] == {
        "cell_nm": law.advised_m * 1e9,
        "expected_cell_nm": law.expected_m * 1e9,
    }
    assert f"m: {law.advised_m * 1e9:.3g} nm" in said["sentences"][1]
    assert "2.35 nm" in said["sentences"][0]
    assert any(f"{said['cells_across']:g} across" in line for line in said["sentences"][1:6])
    assert ("extrapolated far" in " ".join(said["sentences"])) == (said["finer_than_run"] > 2)
    title, header, rows = advice.to_table()
    assert "iron, R = 12 nm" in title and len(rows) == len(advice.laws)
    assert all(len(row) == len(header) for row in rows)
    frame = advice.to_dataframe()
    assert len(frame) == sum(law.value.size for law in advice.laws)
    assert frame.difference.to_numpy() == pytest.approx((frame.value - frame.continuum).to_numpy())


def test_it_draws_itself(advice):
    ax = Figure().add_subplot()
    assert advice.plot(ax) is ax
    assert ax.get_xscale() == ax.get_yscale() == "log"
    labels = ax.get_legend_handles_labels()[1]
    assert "exchange length" in labels and any(label.startswith("nu") for label in labels)
    assert "<svg" in advice._repr_html_()
    plt.close("all")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"error": 1.0}, "error = 1: must be from 0.001 to 0.3"),
        ({"error": math.nan}, "error = nan: must be a finite number"),
        ({"radius_nm": -1}, "radius_nm = -1"),
        ({"cells_nm": [30.0, 2.0, 1.0]}, "cells_nm = 30: must be from 0.625 to 6.67 nm"),
        ({"cells_nm": [4.0, 2.0]}, "give at least 3 different sizes"),
        ({"material": "cobalt"}, "holds no vortex on the way to zero field"),
        ({"radius_nm": 8}, "ends at -0.0565 T by coherent rotation"),
        ({"radius_nm": 100}, "too many for a cheap run"),
        ({"fields_T": [0.9, 0.7]}, "holds no vortex at the fields given; its uniform state ends at 0.5282 T"),
        ({"material": ACROSS}, "with the easy axis off the field no closed form says"),
        ({"material": ACROSS, "fields_T": [0.7]}, "at the fields given, its easy axis off the field; take"),
    ],
)
def test_what_no_advice_can_be_given_on_is_refused_in_a_line(changed, message):
    with pytest.raises(InputError) as refused:
        cell_advice(**{"radius_nm": 20, "material": "iron", **changed})
    assert message in str(refused.value)
    assert len(refused.value.problems) == 1 and len(str(refused.value)) < WIDEST_LINE


def test_a_sphere_whose_continuum_is_not_resolved_is_refused_with_the_reason(monkeypatch):
    why = "0.3 T: left out, the continuum is not resolved there (a Bloch point)"
    monkeypatch.setattr(harness.comparison.advice, "references", lambda *asked: ((), (why,)))
    with pytest.raises(NotResolved, match="Bloch point"):
        cell_advice(radius_nm=20, fields_T=[0.3])


@pytest.mark.validate
def test_advice_from_coarse_lattices_holds_on_finer_ones():
    """Iron, R = 20 nm: what 10 to 20 cells across foretell of 25 and 32."""
    found = cell_advice(radius_nm=20, material="iron", fields_T=[0.42, 0.3])
    near = [round(share * 0.528184, 6) for share in (1.2, 0.96, 0.93, 0.9, 0.87, 0.84)]
    for run in measure([1.6, 1.25], [0.42, 0.3], near, 20, material("iron")):
        for law in (law for law in found.laws if law.law is not None):
            at = {
                **run.values,
                law.B_T: run.values.get(law.B_T, {}) | {"nucleation_field_T": run.nucleation_T},
            }
            _, low, high = found_bounds = law.predicted(run.cell_m)
            difference = at[law.B_T][law.observable] - law.continuum
            assert low <= difference <= high, (law.observable, law.B_T, run.cell_m, difference, found_bounds)
