"""The record of MuMax3 beside the CPU engine: made, read again, compared; and the records there are.

Where MuMax3 cannot run, an engine that only calls itself so exercises the same code; its numbers are the CPU
engine's at a coarser tolerance.
"""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from harness import shipped
from harness.checks.agreement import APART, Agreement
from harness.checks.gpu_check import compare_recorded, record, recorded_studies, small_studies
from harness.checks.rerun import rerun
from harness.cli.app import app
from harness.engines import CpuEngine, MuMax3
from harness.engines.base import EngineError, EngineRun
from harness.study.study import Study

ON_RECORD = recorded_studies(shipped.CHECKOUT / "mumax_runs" / "recorded")
WHY_NOT = MuMax3().unavailable()


class SaysItIsMuMax3(CpuEngine):
    name, revision = "mumax3", None

    def version(self):
        return "0"

    def options(self, *asked, **options):
        return {}

    def run(self, script, out, options, **more):
        ran = super().run(script, out, CpuEngine.options(self, 1e-4), **more)
        return EngineRun(self.name, self.version(), ran.warnings)


@pytest.fixture(scope="module")
def on_record(tiny, tmp_path_factory):
    runs = tmp_path_factory.mktemp("recorded")
    calls = []
    made = record([SaysItIsMuMax3(), CpuEngine()], runs, [tiny], lambda *run: calls.append(run))
    return runs, made, calls


def test_shipped_studies_become_small_and_stay_whole():
    studies = small_studies()
    assert [s.name for s in studies] == list(shipped.study_names())
    for study in studies:
        whole = Study.load(shipped.find_study(study.name))
        assert {c.protocol for c in study.cases()} == {c.protocol for c in whole.cases()}
        for case in study.cases():
            fields = case.field_values_T
            assert fields[0] == fields[-1] == max(whole.cases()[0].field_values_T) == -min(fields)
            assert 40 <= len(fields) <= 50 and case.lattice.n_cells <= 10_000


def test_a_record_is_made_and_read_again(on_record, tiny):
    runs, made, calls = on_record
    names = [case.name for case in tiny.cases()]
    assert calls == [("tiny", name, engine) for engine in ("mumax3", "cpu") for name in names]
    again = compare_recorded(runs / "tiny")
    assert [a.to_dict() for a in again] == [a.to_dict() for a in made]
    assert [a.to_dict() for a in again] == json.loads((runs / "tiny" / "agreement.json").read_text())
    assert [a.first.case.name for a in again] == names
    assert [a.first.record.engine for a in again] == ["mumax3", "mumax3"]
    assert recorded_studies(runs) == (runs / "tiny",)


def test_what_is_compared(on_record):
    (bare, kicked) = on_record[1]
    for agreement in (bare, kicked):
        summary = agreement.to_dict()
        assert summary["rows"] == 10 and summary["rows_apart"] == 0
        # both are within 1e-4 T of one minimum whose stiffness is of the order of 0.1 T
        assert 0 <= summary["largest_difference_of_m"] < 1e-3
        assert set(summary["largest_difference_of_energy"]) == {
            "E_total",
            "E_exch",
            "E_demag",
            "E_anis",
            "E_Zeeman",
        }
        assert summary["kernels"] == ["MuMax3's kernel", "exact kernel"]
        assert summary["worst_residual_T"][1] <= 1e-6 and summary["worst_residual_T"][0] <= 1e-4
        assert [s["step"] for s in summary["states"]] == [2, 7]
        assert all(s["same_cells"] and s["largest_angle_rad"] < 0.01 for s in summary["states"])
        assert all(t > 0 for t in summary["seconds_per_row"])
        assert [b["branch"] for b in summary["branches"]] == ["descending", "ascending"]


def test_a_record_is_small_and_can_be_repeated(on_record, tmp_path):
    runs, _, _ = on_record
    assert {f.name for f in runs.rglob("*.ovf")} == {"m_step000002.ovf", "m_step000007.ovf"}
    (folder, *_) = (m.parent for m in runs.rglob("run.json") if '"cpu"' in m.read_text())
    assert rerun(folder, tmp_path / "again").identical


def test_rows_on_other_branches_are_counted_apart(on_record, tmp_path):
    """One run turned upside down at one row: that row is apart, the others compare as before."""
    (agreement, _) = on_record[1]
    m = agreement.first.loop.m.copy()
    m[4] = -m[4]
    first = replace(agreement.first, loop=replace(agreement.first.loop, m=m))
    parted = replace(agreement, first=first)
    assert not parted.agrees and parted.to_dict()["rows_apart"] == 1
    assert parted.to_dict()["largest_difference_of_m"] < APART


def test_what_costs_no_energy_does_not_part_runs(on_record):
    """The same moment at another azimuth across the field is the same branch."""
    (_, kicked) = on_record[1]
    loops = [replace(kicked.first.loop, m=kicked.first.loop.m @ turned(angle)) for angle in (0.0, 2.0)]
    pair = Agreement(*(replace(kicked.first, loop=loop) for loop in loops))
    assert pair.agrees and pair.to_dict()["largest_difference_of_m"] < 1e-12


def turned(angle):
    """A turn about z."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, s, 0], [-s, c, 0], [0, 0, 1]])


def test_a_record_that_was_touched_is_refused(on_record, tmp_path):
    shutil.copytree(on_record[0] / "tiny", tmp_path / "tiny")
    table = next((tmp_path / "tiny").glob("*/out/table.txt"))
    table.write_text(table.read_text().replace("0.4", "0.3"))
    with pytest.raises(EngineError, match="was changed since"):
        compare_recorded(tmp_path / "tiny")


def test_command_without_mumax3(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MUMAX3", str(tmp_path / "nothing"))
    result = CliRunner().invoke(app, ["gpu-check"])
    assert result.exit_code == 1 and "engine mumax3 cannot run: no program" in result.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not ON_RECORD, reason="no run of MuMax3 is on record yet: make gpu-check makes one")
@pytest.mark.parametrize("folder", ON_RECORD, ids=lambda folder: folder.name)
def test_records_of_mumax3(folder):
    """MuMax3's recorded loops, read and compared anew: as on the machine that made them."""
    found = compare_recorded(folder)
    assert found
    for agreement, before in zip(found, json.loads((folder / "agreement.json").read_text()), strict=True):
        summary = agreement.to_dict()
        assert summary["rows_apart"] == before["rows_apart"]
        # float32 table numbers, read again and subtracted: the same to rounding
        assert summary["largest_difference_of_m"] == pytest.approx(
            before["largest_difference_of_m"], abs=1e-6
        )


@pytest.mark.gpu
@pytest.mark.skipif(WHY_NOT is not None, reason=f"MuMax3 cannot run here: {WHY_NOT}")
def test_mumax3_itself_beside_the_cpu_engine(tiny, tmp_path):
    (bare, kicked) = record([MuMax3(), CpuEngine()], tmp_path, [tiny])
    for agreement in (bare, kicked):
        summary = agreement.to_dict()
        assert summary["states"] and all(s["same_cells"] for s in summary["states"])
        # MuMax3's demag kernel is a quadrature, good to about 1e-3 of the demag energy
        assert max(summary["largest_difference_of_energy"].values()) < 2e-3
        assert summary["largest_difference_of_m"] < APART
