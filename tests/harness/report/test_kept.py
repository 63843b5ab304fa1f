"""A report that is still true is kept, one that knows more is never replaced, and no other study's is."""

import json
import shutil

import pytest

from harness.engines import CpuEngine
from harness.engines.base import EngineMissing
from harness.pipeline import plan_study, report_study, run_study
from harness.report.kept import KEPT_NAME
from harness.report.observables import case_table
from harness.study.study import Study
from reduced_model.errors import InputError

from ..conftest import TINY, TINY_TOML


@pytest.fixture(scope="module")
def once(tiny, tmp_path_factory):
    """The tiny study, run and reported without figures."""
    runs = tmp_path_factory.mktemp("once")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("harness.report.figures.FIGURES", {})
        run_study(tiny, "cpu", runs)
    return runs


@pytest.fixture
def runs(once, tmp_path):
    """A copy of them."""
    return shutil.copytree(once, tmp_path / "runs")


@pytest.fixture
def written(monkeypatch):
    """Counts the reports that are written, all without figures."""
    from harness.report import report

    calls, real = [], report.write_report
    monkeypatch.setattr("harness.report.figures.FIGURES", {})
    monkeypatch.setattr(report, "write_report", lambda *a, **k: (calls.append(1), real(*a, **k))[1])
    return calls


def page(runs):
    return (runs / "tiny" / "report" / "index.html").read_bytes()


def test_nothing_is_read_or_drawn_anew_where_nothing_changed(tiny, runs, written, monkeypatch):
    def never(run):
        raise AssertionError("analysed anew")

    monkeypatch.setattr("harness.analysis.result.analyse", never)
    steps, cases = [], []
    result = run_study(tiny, "cpu", runs, progress=cases.append, on_step=steps.append)
    assert (written, steps, [case.state for case in cases]) == ([], [], ["kept", "kept"])
    assert result.report == runs / "tiny" / "report" / "index.html" and len(result.runs) == 2
    monkeypatch.undo()
    assert result.summary == result.verdict.summary  # what was kept is what they show
    assert json.loads(json.dumps(result.to_dict()["verdict"])) == json.loads(
        json.dumps(result.verdict.to_dict())
    )
    assert [r.case.name for r in result.results] == [case.name for case in tiny.cases()]


def test_whatever_is_stale_or_damaged_is_made_anew(tiny, runs, written, monkeypatch):
    report = runs / "tiny" / "report"
    whole = page(runs)
    for count, harm in enumerate(
        (
            lambda: (report / "index.html").write_text("edited"),
            lambda: (report / "observables.csv").unlink(),
            lambda: (report / KEPT_NAME).write_text("{"),
            lambda: (report / KEPT_NAME).write_text((report / KEPT_NAME).read_text().replace("Asked", "As")),
            lambda: (report / KEPT_NAME).unlink(),
            lambda: monkeypatch.setattr("harness.report.kept._program_text", lambda: "another version"),
        ),
        start=1,
    ):
        harm()
        run_study(tiny, "cpu", runs)
        assert (len(written), page(runs)) == (count, whole)
        run_study(tiny, "cpu", runs)
        assert len(written) == count
    (report / ".report-killed" / "figures").mkdir(parents=True)
    report_study(tiny, "cpu", runs)  # asked for anew
    assert len(written) == count + 1 and not list(report.glob(".report-*"))


def test_a_report_is_not_replaced_by_one_that_knows_less(tiny, runs, written):
    whole = page(runs)
    damaged = plan_study(tiny, CpuEngine(), runs)[1].folder.out / "table.txt"
    table = damaged.read_text()
    damaged.write_text(table + "# more\n")
    for again in (run_study, report_study):
        result = again(tiny, "cpu", runs)
        assert (page(runs), written) == (whole, [])
        assert "was changed" in result.failures["R6nm-c3nm-kick5mT-seed1"]
        assert "left as it was" in result.kept_because and "R6nm-c3nm-kick5mT-seed1-" in result.kept_because
        cannot, former, *told = result.summary
        assert cannot.startswith("Cannot be used now: ") and former == "The report as it was says:"
        assert any("kick" in line for line in told)
        assert len(result.runs) == 1
    damaged.write_text(table)
    assert run_study(tiny, "cpu", runs).kept_because == "" and written == []


def test_a_damaged_run_is_called_so_wherever_its_case_would_stand(tiny, runs, no_figures):
    shutil.rmtree(runs / tiny.name / "report")
    run = plan_study(tiny, CpuEngine(), runs)[1]
    with (run.folder.out / "table.txt").open("a") as table:
        table.write("# more\n")
    result = run_study(tiny, "cpu", runs)
    assert result.failures[run.name].startswith("damaged: ")
    assert repr(result).splitlines()[-1].startswith(f"{run.name}: damaged: ")
    assert result.summary[0] == f"Without {run.name} (1 damaged)"
    assert f"1 of 2 cases is damaged and left out: {run.name}" in str(result.verdict)
    name, _, kind, cells = case_table(result.comparison).rows[-1]
    assert (name, kind, cells[0].text) == (run.name, "missing", "damaged")
    told = page(runs).decode()
    assert f"{run.name} (out/table.txt: was changed since the run was finished)" in told
    assert "not finished" not in told
    shutil.rmtree(run.folder.path)
    again = report_study(tiny, "cpu", runs)
    assert "1 of 2 cases has not finished" in str(again.verdict) and b"damaged" not in page(runs)


def test_a_case_no_longer_asked_for_is_no_loss(runs, written):
    fewer = Study.from_values({**TINY, "protocol": [{"kind": "bare"}]})
    assert run_study(fewer, "cpu", runs).kept_because == "" and len(written) == 1


def test_a_finished_run_is_read_while_another_process_holds_it(tiny, runs, written):
    with plan_study(tiny, CpuEngine(), runs)[0].folder.lock():
        result = run_study(tiny, "cpu", runs)
    assert (result.failures, written) == ({}, [])


def test_a_finished_study_needs_no_engine(stand_in, tiny, tmp_path, written, monkeypatch):
    from harness.engines import Choice

    run_study(tiny, Choice(stand_in(), "for the test"), tmp_path)
    monkeypatch.setenv("MUMAX3", str(tmp_path / "nothing"))
    assert len(run_study(tiny, "mumax3", tmp_path).runs) == 2
    with pytest.raises(EngineMissing, match="no program"):
        run_study(tiny, "mumax3", tmp_path, redo=True)
    assert len(report_study(tiny, "mumax3", tmp_path).runs) == 2  # nothing was lost by asking


def test_a_gpu_that_is_not_there_is_told_once(stand_in, tiny, tmp_path):
    from harness.engines import Choice

    with pytest.raises(EngineMissing, match="there is no GPU of this number"):
        run_study(tiny, Choice(stand_in(), "for the test"), tmp_path, slot=3)
    assert not (tmp_path / "tiny").exists()


def test_two_study_files_of_one_name(tmp_path, written):
    first, second = tmp_path / "tiny.toml", tmp_path / "elsewhere" / "tiny.toml"
    second.parent.mkdir()
    first.write_text(TINY_TOML)
    second.write_text(TINY_TOML.replace("radius_nm = 6", "radius_nm = 7"))
    runs = tmp_path / "runs"

    def run(file):
        return run_study(Study.load(file), "cpu", runs, source=file)

    run(first)
    before = page(runs)
    with pytest.raises(InputError, match=rf"name = tiny: {first} has this name too.*choose another"):
        run(second)
    assert page(runs) == before and len(list((runs / "tiny").glob("R7nm*"))) == 0
    first.write_text(TINY_TOML.replace("radius_nm = 6", "radius_nm = 8"))
    run(first)  # a file may be edited
    first.rename(tmp_path / "moved.toml")
    run(second)  # and moved
    assert page(runs) != before


@pytest.mark.parametrize("study", ["x.toml", None])
def test_what_is_no_study_is_refused_in_words(study, tmp_path):
    for ask in (run_study, report_study):
        with pytest.raises(InputError, match=r"must be a Study; of a file, Study.load\(file\)"):
            ask(study, "cpu", tmp_path)
