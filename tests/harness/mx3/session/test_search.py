"""What a search says of itself: settings it leaves unused, how far it went, a start that is no minimum."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from harness.mx3 import Options, RunSummary, run_script

CUBE = """
SetGridSize(4, 4, 4); SetCellSize(2e-9, 2e-9, 2e-9)
Msat = 8e5; Aex = 13e-12; EnableDemag = false; m = uniform(1, 0, 0)
"""


def run(folder: Path, text: str, **options: object) -> tuple[RunSummary, str, list[dict[str, str]]]:
    """Summary, log and solver.csv of a script."""
    (folder / "script.mx3").write_text(CUBE + text, encoding="utf-8")
    chosen = Options(**options)  # type: ignore[arg-type]
    summary = run_script(folder / "script.mx3", folder / "out", options=chosen, overwrite=True)
    with (folder / "out" / "solver.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return summary, (folder / "out" / "log.txt").read_text(encoding="utf-8"), rows


@pytest.mark.parametrize(
    ("setting", "event"),
    [
        ("RelaxTorqueThreshold = 0.0001", "relax"),
        ("MaxErr = 1e-06", "relax"),
        ("MinDt = 1e-15", "relax"),
        ("MaxDt = 1e-12", "relax"),
        ("Headroom = 0.7", "relax"),
        ("MinimizerStop = 1e-07", "minimize"),
        ("MinimizerSamples = 20", "minimize"),
    ],
)
def test_settings_of_mumax3s_algorithms_are_noted_as_unused_once(
    tmp_path: Path, setting: str, event: str
) -> None:
    other = {"relax": "minimize", "minimize": "relax"}[event]
    told = f"//Note: {setting} is not used by the fast {event}, which goes on to a torque of 1e-06 T"
    _, log, _ = run(tmp_path, f"{setting}; {event}(); {event}(); {other}()")
    assert log.count(told) == log.count("is not used") == 1
    _, log, _ = run(tmp_path, f"{setting}; {other}(); run(0)")
    assert "is not used" not in log
    _, log, _ = run(tmp_path, f"{setting}; {event}()", algorithm="faithful")
    assert "is not used" not in log


def test_a_default_that_is_spelled_out_is_not_worth_a_note(tmp_path: Path) -> None:
    _, log, _ = run(
        tmp_path, "RelaxTorqueThreshold = -1; MaxErr = 1e-5; relax(); MinimizerStop = 1e-6; minimize()"
    )
    assert "is not used" not in log


def test_log_and_record_say_what_a_search_went_for(tmp_path: Path) -> None:
    text = "B_ext = vector(0, 0, 0.5e-6); relax(); tableSave(); B_ext = vector(0, 0.1, 0); relax()"
    summary, log, rows = run(tmp_path, text)
    assert "(a field is weak: went for 5e-10 T)" in log and summary.unconverged == 0
    assert [row["event"] for row in rows] == ["relax", "tablesave", "relax"]
    assert [row["tolerance_T"] for row in rows] == ["5e-10", "", "1e-06"]
    assert float(rows[0]["residual_T"]) < 5e-10
    _, log, rows = run(tmp_path, "B_ext = vector(0, 0, 0.1); relax()", tolerance_T=1e-9)
    assert "weak" not in log and float(rows[0]["tolerance_T"]) == 1e-9
    _, log, rows = run(tmp_path, "B_ext = vector(0, 0, 0.1); relax()", algorithm="faithful")
    assert rows[0]["tolerance_T"] == ""


@pytest.mark.parametrize("algorithm", ["fast", "faithful"])
@pytest.mark.parametrize("event", ["relax", "minimize"])
def test_a_start_at_rest_against_the_field_is_warned_of_and_left_alone(
    tmp_path: Path, algorithm: str, event: str
) -> None:
    script = "m = uniform(0, 0, 1); B_ext = vector(0, 0, {}); " + event + "(); tableSave()"
    summary, log, _ = run(tmp_path, script.format(-0.5), algorithm=algorithm)
    assert f"//WARNING: {event} starts at rest (torque 0 T) on a maximum or saddle" in log
    assert "lowers the energy; tilt m or B_ext a little to leave it" in log
    assert summary.unconverged == 0 and summary.residual_T == 0
    assert float((tmp_path / "out" / "table.txt").read_text().split()[-1]) == 1
    _, log, _ = run(tmp_path, script.format(0.5), algorithm=algorithm)
    assert "WARNING" not in log
    _, log, _ = run(tmp_path, "B_ext = vector(0, 0, 0.5); relax()", algorithm=algorithm)
    assert "WARNING" not in log  # it moves
