"""Loops that others ran, from Python: opened, and compared on a page."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.figure import Figure

import mxval
from harness import shipped
from harness.inputs import InputError
from harness.report.figures import sources
from harness.report.figures.style import series
from harness.report.findings import why
from harness.report.loop_figure import interactive_loop
from harness.report.observables import case_table
from harness.sources import compare_runs, open_folder
from harness.verdict import judge
from harness.verdict.finding import Kind
from harness.verdict.lamps import rules

from .comparison.straight_continuum import CORE, SLOPE, straight_continuum

REPLICAS = shipped.CHECKOUT / "mumax_runs" / "recorded" / "replicas"
"""One script, run by MuMax3 eleven times; the last was stopped."""
OOMMF = Path(__file__).parent / "runs" / "foreign" / "oommf"


def test_a_folder_is_opened_as_a_run(tmp_path):
    result = open_folder(OOMMF, radius_nm=20, runs=tmp_path)
    assert result.observables[0].remanence == pytest.approx(0.98, abs=0.01)
    assert result.folder.parent == tmp_path / "imported"
    assert mxval.open_folder is open_folder
    assert open_folder(result.folder).case == result.case  # a run is opened as it is


def test_what_it_lacks_is_named(tmp_path):
    with pytest.raises(InputError, match="give radius_nm"):  # the keyword, not the command line's flag
        open_folder(OOMMF, runs=tmp_path)
    with pytest.raises(InputError, match=r'of the material is not told; give numbers\["A_J_per_m"\]'):
        open_folder(OOMMF, radius_nm=20, runs=tmp_path, numbers={"Ms_A_per_m": 1.7e6, "Ku_J_per_m3": 0.0})
    with pytest.raises(InputError, match="did you mean field_column"):
        open_folder(OOMMF, radius_nm=20, runs=tmp_path, field_colum="B")


def test_comparing_no_run_is_one_line(tmp_path):
    with pytest.raises(InputError, match="folders: is empty; give the folder of one run"):
        compare_runs([], tmp_path / "page")
    assert not (tmp_path / "page").exists()


def test_what_looks_mistaken_of_a_loop_is_told_as_it_is_opened(tmp_path):
    """In the keywords of Python; again for a loop that is imported already."""
    table = tmp_path / "loop.txt"
    rows = [f"{1e4 * B:g} {max(-1.0, min(1.0, 1.8 * B)):g}" for B in (0.7, 0.5, 0.4, 0.3, 0.0, -0.3, -0.7)]
    table.write_text("\n".join(["# H (kA/m)\tmz", *rows]))
    for _ in range(2):
        with pytest.warns(UserWarning, match="field_column 'H .UNIT.': do not believe what is said of it"):
            loop = open_folder(table, radius_nm=20, material="iron", cell_nm=2, runs=tmp_path / "runs")
        assert "0.78 T saturate any sphere" in loop.doubts[0]


def test_a_loop_of_any_style_is_filled_on_minima_and_open_elsewhere():
    B_T, axes = np.linspace(1.0, -1.0, 40), Figure().subplots()
    minima = SimpleNamespace(first_row=0, last_row=19, stability="minimum")
    for index in range(12):
        sources._draw_loop(axes, series(index), B_T, B_T, (minima,), f"loop {index}")
        filled, opened = axes.lines[-2:]
        assert filled.get_markerfacecolor() == series(index).color and min(filled.get_xdata()) > 0.0
        assert opened.get_markerfacecolor() == "white" and max(opened.get_xdata()) < 0.0


def test_two_sources_on_one_page(tmp_path, monkeypatch):
    monkeypatch.setattr("harness.comparison.prediction.continuum_of", lambda *_: straight_continuum())
    for room in ("report", "figures"):  # the first takes its own from the second
        monkeypatch.setattr(f"harness.report.{room}.OF_SOURCES", {sources.draw.name: sources.draw})
    one = open_folder(OOMMF, radius_nm=20, runs=tmp_path).folder
    other = open_folder(
        OOMMF / "sphere.odt", radius_nm=20, runs=tmp_path, cell_nm=5.0, name="table_alone"
    ).folder
    table = compare_runs([one, other], tmp_path / "page")
    page = (tmp_path / "page" / "index.html").read_text()
    assert "Which branch each loop sits on" in page and "OOMMF, imported" in page
    for name in ("branches.csv", "observables.csv", "certificates.csv", "figures/sources.svg"):
        assert (tmp_path / "page" / name).stat().st_size > 100
    told = json.loads(json.dumps(table.to_dict()["sources"], default=str))
    with_states, alone = told
    (stage,) = [s for s in with_states["stretches"] if s["certified"].get("certified_saddle")]
    assert stage["kind"] == "uniform" and stage["stability"] == "saddle"
    assert not any(s["certified"] for s in alone["stretches"])
    of_one, of_other = table.comparison.prediction_of
    turned = replace(table.comparison, prediction_of=(of_one, replace(of_other, label="field at 2°")))
    assert "that of table_alone, in a field of another direction, is not" in sources.draw(turned).caption
    assert "another direction" not in sources.draw(table.comparison).caption


def test_the_head_speaks_of_every_loop_by_its_name(tmp_path, monkeypatch):
    monkeypatch.setattr("harness.comparison.prediction.continuum_of", lambda *_: straight_continuum())
    fields = np.round(np.arange(0.42, -0.43, -0.02), 9)
    folders = []
    for name, turn_T in (("first loop", 0.12), ("second", -0.05)):
        place = tmp_path / name
        place.mkdir()
        m = [f"{B}\t{0.2 if abs(B) < 0.12 and turn_T > B else 0}\t0\t{2.2 * B:.6f}" for B in fields]
        place.joinpath("loop.txt").write_text("B (T)\tmx ()\tmy ()\tmz ()\n" + "\n".join(m) + "\n")
        given = {"radius_nm": 20, "material": "iron", "cell_nm": 5.0, "runs": tmp_path}
        folders.append(open_folder(place, name=None, **given).folder)
    told = compare_runs(folders)
    assert [*told.of_source] == ["first loop", "second"]
    verdict = judge(told.comparison)
    assert (
        "each of 2 loops" in verdict.asked[0]
        and "“first loop” (another program, imported" in verdict.asked[0]
    )
    assert any(line.startswith("first loop: ") for line in verdict.believe)
    (turns,) = [line for line in verdict.believe if "leaves the field's line" in line]
    assert "in “first loop”, " in turns and turns.endswith("in “second”.")
    assert not any("[" in line or "`solver" in line for line in verdict.surer)
    assert {lamp.particle for lamp in verdict.lamps} <= {"“first loop”", "“second”"}
    assert "of several loops the worst" in rules(whole=False) and "sphere" not in rules(whole=False)
    (alone,) = [judge(compare_runs(folders[:1]).comparison)]
    assert "this loop" in alone.asked[0]


@pytest.mark.parametrize(
    ("fields_T", "m", "says"),
    [
        ((1.0, 0.6), lambda B: 0.9995, "nowhere on this branch in “part”."),
        (
            (1.0, 0.6),
            lambda B: 0.9995 if B > 0.65 else 0.6,
            "between rows that could not be told, if at all, in",
        ),
        ((0.3, 0.2), lambda B: CORE + SLOPE * B, "before its path begins in “part”."),
    ],
)
def test_a_loop_without_an_event_that_another_has_is_told_with_why(tmp_path, monkeypatch, fields_T, m, says):
    monkeypatch.setattr("harness.comparison.prediction.continuum_of", lambda *_: straight_continuum())
    loops = {
        "whole": ((1.0, -0.02), lambda B: 0.9995 if B > 0.39 else CORE + SLOPE * B),
        "part": (fields_T, m),
    }
    folders = []
    for name, ((first_T, last_T), moment) in loops.items():
        B = np.round(np.arange(first_T, last_T - 0.01, -0.02), 9)
        lines = [f"{b}\t0\t0\t{moment(b):.6f}" for b in B]
        (place := tmp_path / name).mkdir()
        place.joinpath("loop.txt").write_text("\n".join(["B (T)\tmx ()\tmy ()\tmz ()", *lines]) + "\n")
        given = {"radius_nm": 20, "material": "iron", "cell_nm": 2.0, "runs": tmp_path}
        folders.append(open_folder(place, **given).folder)
    (told,) = [line for line in compare_runs(folders).together if line.startswith("The vortex appears")]
    assert "at 0.39 ± 0.01 T in “whole”, " + says in told


def test_theory_s_events_are_those_of_the_widest_path(tmp_path, monkeypatch):
    monkeypatch.setattr("harness.comparison.prediction.continuum_of", lambda *_: straight_continuum())
    head, *rows = (REPLICAS / "run01" / "table.txt").read_text().splitlines()
    folders = []
    for name, n in (("narrow", 60), ("wide", 0)):
        (table := tmp_path / f"{name}.txt").write_text("\n".join([head, *rows[n:141]]) + "\n")
        given = {"radius_nm": 20, "material": "iron", "cell_nm": 2.0, "runs": tmp_path}
        folders.append(open_folder(table, **given).folder)
    told = compare_runs(folders).together
    assert told and not any("before the path begins" in line for line in told)


def test_loops_of_one_script_that_disagree_are_told_first_those_that_stopped_too(tmp_path, monkeypatch):
    monkeypatch.setattr("harness.comparison.prediction.continuum_of", lambda *_: straight_continuum())
    script = REPLICAS / "script.mx3"
    given = {"script": script, "runs": tmp_path}
    folders = [open_folder(REPLICAS / name, **given).folder for name in ("run01", "run02", "run11")]
    told = compare_runs(folders)
    first, *events = told.together
    assert first.startswith("3 loops of one script on the same cells (“run01”, “run02” and “run11”) disagree")
    assert "0.345 ± 0.005 T (“run02”) to 0.305 ± 0.005 T (“run01”), standard deviation 0.023 T" in first
    assert all(line.endswith("in 3 loops of one script.") for line in events) and events
    assert list(told.lines())[:1] == [first]
    verdict = judge(told.comparison)
    assert verdict.believe[0] == first
    leads = why(verdict)
    assert all(line in leads for line in verdict.of_all)
    (disagree,) = [f for f in verdict.findings if f.kind is Kind.REPLICAS]
    assert {source.run for source in disagree.rows} == {folder.name for folder in folders}
    differ = [f for f in verdict.findings if f.kind is Kind.RUNS_DIFFER]
    assert {f.numbers["n_runs"] for f in differ} == {3}
    part = "223 of the 282 rows of its script's loop: it stops at 0.11 T"
    assert any(part in line for line in verdict.how_sure)


def test_loops_of_one_name_are_told_apart_by_the_folder_around(tmp_path, monkeypatch):
    monkeypatch.setattr("harness.comparison.prediction.continuum_of", lambda *_: straight_continuum())
    folders = []
    for around, shift in (("a", 0.0), ("b", 0.01)):
        place = tmp_path / around / "loop.out"
        place.mkdir(parents=True)
        place.joinpath("table.txt").write_text(f"B (T)\tmz ()\n1\t0.99\n0.3\t{0.6 + shift}\n0\t0.1\n")
        given = {"radius_nm": 20, "material": "iron", "cell_nm": 5.0, "runs": tmp_path}
        folders.append(open_folder(place, **given).folder)
    assert [*compare_runs(folders).of_source] == ["a/loop", "b/loop"]


def test_loops_of_one_sphere_on_other_fields_share_one_picture_and_one_row_of_theory(tmp_path, monkeypatch):
    monkeypatch.setattr("harness.comparison.prediction.continuum_of", lambda *_: straight_continuum())
    down = np.round(np.arange(0.42, -0.43, -0.02), 9)
    given = {"radius_nm": 20, "material": "iron", "cell_nm": 5.0, "runs": tmp_path}
    folders = []
    for name, fields in (("down", down[down > -0.3]), ("whole", np.append(down, -down[1:]))):
        (tmp_path / f"{name}.txt").write_text(
            "B (T)\tmx ()\tmz ()\n" + "".join(f"{B}\t0\t{2.2 * B:.6f}\n" for B in fields)
        )
        folders.append(open_folder(tmp_path / f"{name}.txt", name=name, **given).folder)
    comparison = compare_runs(folders).comparison
    assert (
        len(set(comparison.prediction_of)) == 2 and comparison.drawn_with == comparison.prediction_of[1:] * 2
    )
    loop = interactive_loop(comparison)
    assert len(loop.spheres) == 1 and [(c.label, c.shown) for c in loop.cases] == [
        ("down", True),
        ("whole", True),
    ]
    table = case_table(comparison)
    assert [name for name, _, what, _ in table.rows if what == "theory"] == ["continuum", "H′", "H″"]
    assert "minima" not in table.columns  # no state was saved
    for budget, (_, _, _, cells) in zip(comparison.budgets, table.rows, strict=False):
        (of,) = budget.events.query("event == 'tilt' and branch == 'descending'").itertuples()
        assert float(cells[table.columns.index("core tilts (T)")].sort) == pytest.approx(of.simulation_T)


def test_loops_of_moment_alone_that_turn_over_apart_are_all_named(tmp_path, monkeypatch):
    """Where a branch starts unknown, too: where its moment changes sign needs no state."""
    monkeypatch.setattr("harness.comparison.prediction.continuum_of", lambda *_: straight_continuum())
    down, folders = np.round(np.linspace(0.2, -0.2, 41), 9), []
    for name, at_T in (("a", -0.055), ("b", -0.015), ("c", -0.035)):
        table = tmp_path / f"{name}.txt"
        table.write_text("B (T)\tmz ()\n" + "".join(f"{B}\t{np.sign(B - at_T):g}\n" for B in down))
        given = {"radius_nm": 5, "material": "iron", "cell_nm": 1.0, "runs": tmp_path, "name": name}
        folders.append(open_folder(table, **given).folder)
    (differ, *_) = compare_runs(folders).together
    assert differ.startswith("3 runs on the same 1 nm cells differ in the coercive field: −0.015 ± 0.005 T")
    assert all(f"“{name}”" in differ for name in "abc")
