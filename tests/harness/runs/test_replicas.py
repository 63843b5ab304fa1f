"""Repeats of a case: own runs under MuMax3, whose scatter is an error bar; one run on the CPU engine."""

from dataclasses import replace

import numpy as np
import pytest

from harness.analysis.result import analyse, with_replicas
from harness.comparison.comparison import compare
from harness.comparison.events import scattered
from harness.engines import Choice, CpuEngine
from harness.pipeline import engine_for, plan_study, run_study
from harness.report.figures.loops import draw_h_prime
from harness.runs.execute import execute
from harness.runs.output import read
from harness.runs.table import read_loop
from harness.study.study import Study
from harness.verdict import Kind, judge

from ..conftest import TINY
from ..recorded_runs import RECORDED, recorded_run


@pytest.fixture
def thrice():
    return Study.from_values(TINY | {"repeats": 3, "protocol": [{"kind": "kick"}]})


def test_each_repeat_has_an_identity_and_a_folder(thrice, stand_in, tmp_path):
    engine = stand_in()
    once = plan_study(Study.from_values(TINY | {"protocol": [{"kind": "kick"}]}), engine, tmp_path)
    first, second, third = plan_study(thrice, engine, tmp_path)
    assert first.folder == once[0].folder  # who asks for more runs keeps the one there is
    assert len({run.folder.hash for run in (first, second, third)}) == 3
    assert third.folder.path.name == f"R6nm-c3nm-kick5mT-seed1-r3-{third.folder.hash[:12]}"
    assert [run.folder.look().note for run in (first, second)] == ["", ""]
    assert execute(third, engine).record().replica == 2


def test_the_cpu_engine_repeats_itself_and_says_so(thrice, tmp_path):
    (run,) = plan_study(thrice, CpuEngine(), tmp_path)
    assert run.replica == 0
    assert "repeats = 3 is passed over" in engine_for(thrice, "cpu").reason


def test_scatter_is_the_simulations_own_error(thrice, stand_in, tmp_path):
    """Remanences of m, m + d and m - d scatter by d; what all three share by nothing."""
    engine = stand_in()
    results = [analyse(read(execute(run, engine))) for run in plan_study(thrice, engine, tmp_path)]
    plain, *_ = compare(thrice, results[:1]).rows
    d = 0.003
    shifted = [
        replace(r, observables=tuple(replace(o, remanence=o.remanence + by) for o in r.observables))
        for r, by in zip(results, (0.0, d, -d), strict=True)
    ]
    (grouped,) = with_replicas(shifted)
    assert len(grouped.replicas) == 2
    comparison = compare(thrice, [grouped])
    remanence, coercive = comparison.rows[:2]
    assert (remanence.quantity, remanence.simulated, remanence.runs) == ("remanence", plain.simulated, 3)
    assert remanence.run_to_run == pytest.approx(d, rel=1e-12)
    assert remanence.uncertainty == pytest.approx(d, rel=1e-12)  # that of a row without a field is its alone
    assert coercive.run_to_run == 0.0 and np.isfinite(coercive.uncertainty)
    assert {"run_to_run", "runs"} <= set(comparison.table.columns)


def test_a_study_with_repeats_becomes_a_report(thrice, stand_in, tmp_path, no_figures):
    told = set()
    result = run_study(
        thrice, Choice(stand_in(), ""), tmp_path, progress=lambda report: told.add(report.name)
    )
    assert told == {"R6nm-c3nm-kick5mT-seed1" + repeat for repeat in ("", "-r2", "-r3")}
    assert not result.failures and len(result.runs) == 3 and len(result.results) == 1
    assert any("from run to run (standard deviation of 3 runs)" in line for line in result.summary)
    assert "run_to_run" in (result.report.parent / "observables.csv").read_text().splitlines()[0]
    again = run_study(thrice, Choice(stand_in(), ""), tmp_path)
    assert again.kept is not None  # the report is still true


@pytest.mark.parametrize("repeats", [0, 101, 1.5])
def test_repeats_out_of_range_are_refused(repeats):
    with pytest.raises(ValueError, match=rf"repeats = {repeats}"):
        Study.from_values(TINY | {"repeats": repeats})


def test_rows_at_which_runs_part_are_told():
    """Three of MuMax3's runs of the published script on a GPU leave its saddles in rows of their own."""
    run = recorded_run("published/R20nm-c2nm-minimize-bare")
    case, tables = run.case, [RECORDED / "replicas" / f"run{k}" for k in (12, 13, 25)]
    loops = [read_loop(table, case.field_values_T, case.direction) for table in tables]
    (repeated,) = with_replicas([analyse(replace(run, loop=loop)) for loop in loops])
    verdict = judge(compare(run.record.study, [repeated]))
    apart = np.ptp([loop.m[:, 2] for loop in loops], axis=0) > 0.02
    (told,) = [finding for finding in verdict.findings if finding.kind is Kind.RUNS_PART]
    assert told.rows[-1].steps == tuple(np.flatnonzero(apart))
    assert f"3 runs of one script part in {apart.sum()} of 282 rows, in ⟨m⟩ by up to 0.33 (" in told.text
    low, high = repeated.span
    np.testing.assert_array_equal(apart, high - low > 0.02)
    drawn = draw_h_prime(compare(run.record.study, [repeated]))
    (least,) = (frame for frame in drawn.frames if (frame["series"].str.endswith(", least of 3 runs")).all())
    np.testing.assert_array_equal(least["<m> (1)"], low)
    assert drawn.caption.count("The band about a loop in (a) spans its repeats.") == 1
    alone = judge(compare(run.record.study, [analyse(replace(run, loop=loops[0]))]))
    assert Kind.RUNS_PART not in {finding.kind for finding in alone.findings}


def test_an_event_is_known_to_no_less_than_its_scatter():
    """Of 0.1, 0.2 and 0.3 T: 0.1 T; a run without an event has no part, and one alone adds nothing."""
    own = ({"tilt": (0.2, 0.005), "reversal": (0.0, 0.005)},)
    others = [({"tilt": (x, 0.005), "reversal": (np.nan, np.nan)},) for x in (0.1, 0.3)]
    (found,) = scattered(own, others)
    assert found["tilt"] == (0.2, pytest.approx(np.hypot(0.1, 0.005)))
    assert found["reversal"] == (0.0, 0.005)
