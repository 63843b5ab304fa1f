"""The job whole, and the life of its runs, on a sphere of a few cells."""

import html
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import harness
from harness.analysis.result import analyse
from harness.analysis.vortex import FitError
from harness.comparison.comparison import compare, engine_of
from harness.engines import Choice, CpuEngine
from harness.engines.base import EngineCrashed, EngineRun, OutputForeign, OutputIncomplete
from harness.pipeline import open_run, plan_study, report_study, run_study
from harness.runs.execute import execute
from harness.runs.folder import RunBusy
from harness.runs.output import read
from harness.runs.record import NotARun
from harness.runs.slots import Share
from harness.study.study import Case, Study

from .conftest import TINY, TINY_TOML, run_case


@pytest.fixture(scope="module")
def finished(tiny, tmp_path_factory):
    """The tiny study, run whole by the CPU engine."""
    runs = tmp_path_factory.mktemp("runs")
    reports = []
    return runs, run_study(tiny, "cpu", runs, progress=reports.append), reports


def test_a_study_with_either_kernel_tells_them_apart(tmp_path):
    swept = {"protocol": [{"kind": "kick"}], "sweep": {"demag": ["newell", "mumax3"]}}
    study = Study.from_values(TINY | swept)
    results = [run_case(run, CpuEngine()) for run in plan_study(study, CpuEngine(), tmp_path)]
    exact, quadrature = (result.loop.table["E_demag"] for result in results)
    assert 1e-4 < (quadrature / exact - 1).abs().max() < 1e-2  # MuMax3's kernel is good to about 1e-3
    exact, quadrature = compare(study, results).results
    assert (exact.label, quadrature.label) == ("exact kernel", "MuMax3's kernel")
    assert engine_of(exact) == "CPU engine, fast"
    assert engine_of(quadrature) == "CPU engine, fast, MuMax3's kernel"


def test_a_study_with_either_surface_tells_them_apart(tmp_path):
    swept = {"protocol": [{"kind": "kick"}], "sweep": {"surface": ["cells", "smooth"]}}
    study = Study.from_values(TINY | swept)
    results = [run_case(run, CpuEngine()) for run in plan_study(study, CpuEngine(), tmp_path)]
    cells, smooth = compare(study, results).results
    assert (cells.label, smooth.label) == ("surface as cut", "smooth surface")
    assert engine_of(cells) == "CPU engine, fast"
    assert engine_of(smooth) == "CPU engine, fast, smooth surface"


class Spoilt:
    """The CPU engine, with something going wrong after it wrote its output."""

    name, revision = "cpu", CpuEngine.revision

    def __init__(self, spoil):
        self.spoil, self.calls, self.good = spoil, 0, CpuEngine()

    def version(self):
        return "test"

    def unavailable(self, slot=0):
        return None

    def options(self, *asked, **options):
        return self.good.options(*asked, **options)

    def run(self, script, out, options, *, slot=0, on_progress=None):
        self.calls += 1
        told = self.good.run(script, out, options)
        self.spoil(out)
        return told


def crash(out):
    raise EngineCrashed(2, "panic: for the test")


def interrupt(out):
    raise KeyboardInterrupt


def cut(out):
    table = out / "table.txt"
    table.write_text(table.read_text()[:-40])


def lose_state(out):
    next(out.glob("m_step*.ovf")).unlink()


def test_a_study_becomes_a_report(finished, tiny):
    runs, result, _ = finished
    assert not result.failures
    assert [r.case.name for r in result.results] == [c.name for c in tiny.cases()]
    assert result.report == runs / "tiny" / "report" / "index.html" and result.report.is_file()
    assert "tiny" in result._repr_html_()
    page = html.unescape(result.report.read_text(encoding="utf-8"))
    assert page.count("own minimiser, so no test of MuMax3's minimize") == len(result.results)


@pytest.mark.usefixtures("no_figures")
def test_workers_fit_the_states_of_what_they_ran_and_this_process_those_of_before(
    finished, tiny, tmp_path, monkeypatch
):
    from harness.analysis import result as analysis

    def here(run, on_step=None):
        raise AssertionError(f"{run.case.name} was fitted in this process")

    monkeypatch.setattr(analysis, "analyse", here)
    told = run_study(tiny, "cpu", tmp_path, share=Share(cores=2)).results
    assert [r.to_dataframe().round(12).to_csv() for r in told] == [
        r.to_dataframe().round(12).to_csv() for r in finished[1].results
    ]
    with pytest.raises(AssertionError, match="was fitted in this process"):
        report_study(tiny, "cpu", tmp_path)


def test_the_verdict_is_part_of_the_result(finished, tiny, tmp_path):
    _, result, _ = finished
    assert result.verdict._repr_html_() in result._repr_html_()
    told = json.loads(json.dumps(result.to_dict()))
    assert told["verdict"] == json.loads(json.dumps(result.verdict.to_dict())) and told["verdict"]
    assert [c["state"] for c in told["cases"]] == ["done", "done"] and told["report"] == str(result.report)
    nothing = report_study(tiny, "cpu", tmp_path)
    assert nothing.verdict is None and nothing.to_dict()["verdict"] is None


def test_a_saved_state_is_read_once_a_report(finished, tiny, monkeypatch):
    """Checked, fitted and drawn, from one reading of its file."""
    from harness.analysis import result as analysis
    from harness.report.figures.states import draw_cross_section
    from harness.runs import output

    monkeypatch.setattr("harness.report.figures.FIGURES", {draw_cross_section.name: draw_cross_section})
    monkeypatch.setattr("harness.report.figures.states._with_core", lambda states, so: ([*states], []))
    read_files, real = [], output.read_ovf
    for room in (output, analysis):
        monkeypatch.setattr(room, "read_ovf", lambda path: (read_files.append(path), real(path))[1])
    report = report_study(tiny, "cpu", finished[0])
    names = {state.path for result in report.results for state in result.states}
    assert len(names) == 4 and sorted(read_files) == sorted(names)
    assert "cross_section" in report.report.read_text()
    kept = [state.step for result in report.results for state in result.states if state.kept]
    assert kept == [2, 2]  # the first of the states at zero field, which the figure shows


def test_a_large_state_is_read_again_rather_than_kept(finished, monkeypatch):
    monkeypatch.setattr("harness.analysis.result.MOST_KEPT_BYTES", 100)
    result = analyse(read(finished[1].results[0].folder))
    assert not any(state.kept for state in result.states)
    np.testing.assert_array_equal(result.states[0].read().m, finished[1].results[0].states[0].read().m)


def test_a_state_is_a_field_of_discretisedfield(finished):
    state = finished[1].results[0].states[0]
    np.testing.assert_array_equal(state.field.array, state.read().m.transpose(3, 2, 1, 0))
    assert state.field.valid.sum() == np.count_nonzero(state.read().m.any(axis=0))


def test_a_state_that_cannot_be_fitted_is_noted_and_the_run_stands(finished, monkeypatch):
    def unwilling(*args):
        raise FitError("for the test")

    monkeypatch.setattr("harness.analysis.result.fit_vortex", unwilling)
    result = analyse(read(finished[1].results[0].folder))
    assert result.unfitted == {2: "for the test", 7: "for the test"} and result.fits == {}
    assert result.observables == finished[1].results[0].observables


def test_a_run_is_opened_from_its_folder_alone(finished):
    before = finished[1].results[0]
    opened = open_run(before.folder)
    assert opened.case == before.case and opened.observables == before.observables
    assert opened.fits.keys() == before.fits.keys() != set()


def test_reading_needs_a_finished_run(tiny, tmp_path):
    with pytest.raises(NotARun, match=r"holds no run.json; give the folder of a run"):
        read(tmp_path)
    bad = Spoilt(crash)
    run = only(tiny, bad, tmp_path)
    with pytest.raises(EngineCrashed):
        execute(run, bad)
    with pytest.raises(NotARun, match="the run is failed, not done; finish it first with mxval run"):
        read(run.folder)


WITHOUT = """
import sys
from harness.cli.app import main
if "run" in {arguments!r}:  # of the figures, the one that shows states
    from harness.report import figures
    from harness.report.figures.states import draw_cross_section
    figures.FIGURES = {{draw_cross_section.name: draw_cross_section}}
sys.argv[1:] = {arguments!r}
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
assert "discretisedfield" not in sys.modules
"""


@pytest.mark.parametrize("command", ["run", "fit", "mx3", "--version"])
def test_commands_that_have_no_need_of_discretisedfield_do_not_import_it(finished, tmp_path, command):
    runs, result, _ = finished
    (tmp_path / "tiny.toml").write_text(TINY_TOML)
    folder = result.results[0].folder
    arguments = {
        "run": ["run", str(tmp_path / "tiny.toml"), "--engine", "cpu", "--runs", str(runs), "--json"],
        "fit": ["fit", str(folder / "out" / "m_step000002.ovf")],
        "mx3": ["mx3", str(folder / "script.mx3"), "-o", str(tmp_path / "out")],
        "--version": ["--version"],
    }[command]
    code = [sys.executable, "-c", WITHOUT.format(arguments=arguments)]
    place = {**os.environ, "PYTHONPATH": str(Path(harness.__file__).parent.parent)}
    done = subprocess.run(code, env=place, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_progress_is_told_point_by_point(finished):
    _, _, reports = finished
    first = [r for r in reports if r.index == 0]
    assert [r.done for r in first] == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10]
    assert (
        first[-1].state == "done" and {r.total for r in first} == {10} and {r.n_cases for r in reports} == {2}
    )


def test_manifest_says_what_a_stranger_needs(finished):
    _, result, _ = finished
    manifest = json.loads((result.results[0].folder / "run.json").read_text())
    assert manifest["state"] == "done" and manifest["hash"][:12] in result.results[0].folder.name
    assert manifest["engine"] == "cpu" and manifest["options"]["tolerance_T"] == 1e-6
    assert Case.model_validate(manifest["case"]) == result.results[0].case
    assert {"mxval", "python", "numpy"} <= set(manifest["versions"])
    assert (
        manifest["host"]["cores"] and manifest["wall_s"] >= 0 and manifest["started"] <= manifest["finished"]
    )
    assert {"table.txt", "log.txt", "m_step000002.ovf", "m_step000007.ovf"} <= set(manifest["outputs"])
    assert result.results[0].record.to_dict() == manifest


def test_done_is_not_done_again(finished, tiny):
    runs, result, _ = finished
    before = {f: f.stat().st_mtime_ns for f in runs.rglob("out/*")}
    for run, first in zip(plan_study(tiny, CpuEngine(), runs), result.results, strict=True):
        again = run_case(run, Spoilt(crash))
        assert again.loop.m.tolist() == first.loop.m.tolist()
    assert {f: f.stat().st_mtime_ns for f in runs.rglob("out/*")} == before


def test_report_without_running(finished, tiny, tmp_path, no_figures):
    runs, _, _ = finished
    assert report_study(tiny, "cpu", runs).report.is_file()
    nothing = report_study(tiny, "cpu", tmp_path)
    assert nothing.report is None and set(nothing.failures.values()) == {"not run yet (planned)"}
    assert not list(tmp_path.iterdir())


def test_comment_in_the_study_keeps_its_runs_and_a_number_does_not(tiny, tmp_path):
    def hashes(**changed):
        study = Study.from_values(TINY | changed)
        return [p.folder.hash for p in plan_study(study, CpuEngine(), tmp_path)]

    assert hashes(description="other words") == hashes()
    assert hashes(solver={"tolerance_T": 1e-7}) != hashes()


def test_a_material_may_be_called_otherwise_without_a_new_run(tiny, tmp_path):
    iron = tiny.material.model_dump()
    renamed = Study.from_values({**TINY, "material": {**iron, "name": "Fe", "axis": [0.0, 0.0, 1.0]}})
    (old, *_), (new, *_) = (plan_study(study, CpuEngine(), tmp_path) for study in (tiny, renamed))
    assert old.folder == new.folder
    folder = execute(old, CpuEngine())
    assert read(folder).case.material.name == "iron"
    assert analyse(read(folder, new.case)).case.material.name == "Fe"


def only(study, engine, runs):
    return plan_study(study, engine, runs)[0]


@pytest.mark.parametrize(
    ("spoil", "error", "kind"),
    [
        (crash, EngineCrashed, "EngineCrashed"),
        (cut, OutputIncomplete, "OutputIncomplete"),
        (lose_state, OutputIncomplete, "OutputIncomplete"),
    ],
)
def test_failure_is_recorded_and_made_good_afresh(tiny, tmp_path, spoil, error, kind):
    bad = Spoilt(spoil)
    run = only(tiny, bad, tmp_path)
    with pytest.raises(error):
        run_case(run, bad)
    assert run.folder.state() == "failed"
    record = run.folder.record()
    assert record.error_kind == kind and record.error
    (run.folder.out / "stray.ovf").write_text("of the failed run")
    assert run_case(run, CpuEngine()).loop.step.tolist() == list(range(10))
    assert run.folder.state() == "done" and not (run.folder.out / "stray.ovf").exists()
    assert run.folder.record().error is None


def test_interrupted_run_is_seen_and_redone(tiny, tmp_path):
    bad = Spoilt(interrupt)
    run = only(tiny, bad, tmp_path)
    with pytest.raises(KeyboardInterrupt):
        run_case(run, bad)
    assert run.folder.state() == "interrupted"
    run_case(run, CpuEngine())
    assert run.folder.state() == "done"


def test_one_failed_case_leaves_the_others(tiny, tmp_path):
    engine = Spoilt(crash)
    result = run_study(tiny, Choice(engine, "for the test"), tmp_path)
    assert engine.calls == 2 and result.report is None and result.results == ()
    assert list(result.failures) == [c.name for c in tiny.cases()]
    assert "panic: for the test" in result._repr_html_()


def test_a_case_that_another_mxval_finished_meanwhile_is_used(tiny, tmp_path, monkeypatch, no_figures):
    def with_another(tasks, *_, **__):
        for run, engine in tasks:
            execute(run, engine)
        return {0: RunBusy("another mxval is at work here")}

    monkeypatch.setattr("harness.pipeline.campaign", with_another)
    notes = []
    result = run_study(tiny, "cpu", tmp_path, on_note=notes.append)
    assert result.failures == {} and len(result.results) == 2 and notes == []
    run_study(tiny, "cpu", tmp_path, redo=True, on_note=notes.append)
    (told,) = notes
    assert told.startswith(tiny.cases()[0].name) and told.endswith("and not made anew by this one")


def test_a_redo_in_vain_is_told_and_what_was_done_is_there(tiny, tmp_path, no_figures):
    assert len(run_study(tiny, "cpu", tmp_path).results) == 2
    again = run_study(tiny, Choice(Spoilt(crash), "for the test"), tmp_path, redo=True)
    assert all(why.endswith("; what was done before is put back") for why in again.failures.values())
    assert len(again.failures) == 2 and len(run_study(tiny, "cpu", tmp_path).results) == 2


def test_redo_runs_again(tiny, tmp_path):
    engine = Spoilt(lambda out: None)
    run = only(tiny, engine, tmp_path)
    run_case(run, engine)
    run_case(run, engine)
    assert engine.calls == 1
    run_case(run, engine, redo=True)
    assert engine.calls == 2


def test_changed_output_of_a_done_run_is_not_used(tiny, tmp_path):
    run = only(tiny, CpuEngine(), tmp_path)
    run_case(run, CpuEngine())
    table = run.folder.out / "table.txt"
    table.write_text(table.read_text().replace("0.4", "0.5"))
    with pytest.raises(OutputForeign, match=r"was changed since the run was finished; move .* --redo"):
        run_case(run, CpuEngine())
    assert run.folder.state() == "done"


def test_a_run_in_hand_is_left_alone(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr("harness.runs.folder.LOCK_PATIENCE_S", 0.1)
    run = only(tiny, CpuEngine(), tmp_path)
    with run.folder.lock(), pytest.raises(RunBusy):
        run_case(run, CpuEngine())


def test_version_of_the_engine_that_ran_is_kept(tiny, tmp_path):
    class Other(Spoilt):
        def run(self, *args, **kwargs):
            super().run(*args, **kwargs)
            return EngineRun("cpu", "9.9", ("a warning",))

    engine = Other(lambda out: None)
    run = only(tiny, engine, tmp_path)
    result = run_case(run, engine)
    assert result.record.engine_version == "9.9" and result.warnings == ("a warning",)


def test_the_time_kept_is_the_engines_own(tiny, tmp_path, monkeypatch):
    """Reading and checking come after it."""
    from harness.runs import execute as module

    real = module.check
    monkeypatch.setattr(module, "check", lambda *given: (time.sleep(1.0), real(*given))[1])

    class Slow(Spoilt):
        def run(self, *given, **more):
            time.sleep(0.3)
            return super().run(*given, **more)

    engine = Slow(lambda out: None)
    began = time.monotonic()
    record = read(execute(only(tiny, engine, tmp_path), engine)).record
    assert 0.3 <= record.wall_s < time.monotonic() - began - 1.0 + 0.05
