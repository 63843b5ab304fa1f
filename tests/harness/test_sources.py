"""Loops that others ran, from Python: opened, and compared on a page."""

import json
from pathlib import Path

import pytest

import mxval
from harness.inputs import InputError
from harness.report.figures import sources
from harness.sources import compare_runs, open_folder

from .comparison.straight_continuum import straight_continuum

OOMMF = Path(__file__).parent / "runs" / "foreign" / "oommf"


def test_a_folder_is_opened_as_a_run(tmp_path):
    result = open_folder(OOMMF, radius_nm=20, runs=tmp_path)
    assert result.observables[0].remanence == pytest.approx(0.98, abs=0.01)
    assert result.folder.parent == tmp_path / "imported"
    assert mxval.open_folder is open_folder
    assert open_folder(result.folder).case == result.case  # a run is opened as it is


def test_what_it_lacks_is_named(tmp_path):
    with pytest.raises(InputError, match="--radius-nm"):
        open_folder(OOMMF, runs=tmp_path)
    with pytest.raises(InputError, match="did you mean field_column"):
        open_folder(OOMMF, radius_nm=20, runs=tmp_path, field_colum="B")


def test_two_sources_on_one_page(tmp_path, monkeypatch):
    monkeypatch.setattr("harness.comparison.prediction.continuum_of", lambda *_: straight_continuum())
    monkeypatch.setattr("harness.report.report.draw_all", lambda found: ([sources.draw(found)], {}))
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
