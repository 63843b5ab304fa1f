"""What of a machine is there, what a case may take, and how many processes share a GPU."""

import itertools
import json

import pytest

from harness.engines import CpuEngine
from harness.engines.gpus import gpus, mps_runs, parsed, visible
from harness.engines.mumax3 import throughput as measuring
from harness.pipeline import plan_study, run_study
from harness.runs import cost, provenance, slots
from harness.runs.cost import TABLE_NAME, Cost, Costs, forecast, makespan
from harness.runs.packing import Packing
from harness.runs.slots import Share, usable_cores
from harness.runs.worker import Errand
from harness.study.study import Study

from ..conftest import TINY

LISTED = """GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-5d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a77)
  MIG 1g.5gb      Device  0: (UUID: MIG-c6d4f1ef-42e4-5de3-91c7-45d71c87eb3f)
  MIG 2g.10gb     Device  1: (UUID: MIG-cba663e8-9bed-5b25-b243-5985ef7c9beb)
GPU 1: NVIDIA H100 80GB HBM3 (UUID: GPU-12ab34cd-0000-1111-2222-333344445555)
"""
TOLD = """0, GPU-5d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a77, NVIDIA A100-SXM4-40GB, 40960, [N/A], [N/A]
1, GPU-12ab34cd-0000-1111-2222-333344445555, NVIDIA H100 80GB HBM3, 81559, 512, 37"""


def test_slices_stand_in_place_of_the_gpu_they_are_cut_from():
    found = parsed(LISTED, TOLD)
    assert [(gpu.name, gpu.memory_MB) for gpu in found] == [
        ("GPU 0 MIG 0", 5 * 1024),
        ("GPU 0 MIG 1", 10 * 1024),
        ("GPU 1", 81559),
    ]
    assert found[1].uuid == "MIG-cba663e8-9bed-5b25-b243-5985ef7c9beb"


@pytest.mark.parametrize(
    ("mask", "names"),
    [
        (None, ["GPU 0 MIG 0", "GPU 0 MIG 1", "GPU 1"]),
        ("1", ["GPU 1"]),
        ("MIG-cba663e8-9bed-5b25-b243-5985ef7c9beb", ["GPU 0 MIG 1"]),
        ("1,0", ["GPU 1", "GPU 0 MIG 0"]),
        ("1,9,0", ["GPU 1"]),  # CUDA stops at the first that is none
        ("", []),
        ("-1", []),
    ],
)
def test_what_cuda_visible_devices_leaves(mask, names):
    assert [gpu.name for gpu in visible(parsed(LISTED, TOLD), mask)] == names


def test_no_gpu_without_nvidia_smi(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert gpus() == ()


def test_mps_is_seen_by_its_pipe_and_its_process(tmp_path, monkeypatch):
    monkeypatch.setenv("CUDA_MPS_PIPE_DIRECTORY", str(tmp_path))
    assert not mps_runs()
    (tmp_path / "control").touch()
    (tmp_path / "nvidia-cuda-mps-control.pid").write_text("1\n")
    assert mps_runs()
    (tmp_path / "nvidia-cuda-mps-control.pid").write_text("999999999\n")
    assert not mps_runs()


def test_cores_are_those_of_affinity_and_control_group(tmp_path, monkeypatch):
    monkeypatch.setattr(slots, "CGROUPS", tmp_path)
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: set(range(8)), raising=False)
    assert usable_cores() == 8
    (tmp_path / "cpu.max").write_text("350000 100000\n")
    assert usable_cores() == 3
    (tmp_path / "cpu.max").write_text("max 100000\n")
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text("50000\n")
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000\n")
    assert usable_cores() == 1


def test_threads_are_never_more_than_cores():
    from harness.runs.campaign import _Campaign

    for cores, n in itertools.product((1, 2, 3, 8), (1, 2, 5, 20)):
        job = _Campaign(tasks=[], share=Share(cores))
        lanes = job._cpu_lanes(n)
        assert sum(lane.threads for lane in lanes) <= cores and len(lanes) == min(cores, n)
        assert min(lane.threads for lane in lanes) >= 1


def test_the_costs_of_finished_runs_are_learned(tmp_path):
    """A power law that the guess does not know: near sizes are told within a third, and said to be known."""
    case = Study.from_values(TINY).cases()[0]
    engine, kind = CpuEngine(), "guarded fast double bare"
    guess = Costs().estimate(case, engine)
    assert "a guess" in guess.basis and guess.seconds > 0
    processor = cost._machine(provenance.host().get("processor"))
    law = [Cost(f"s/{n}", "cpu", kind, processor, n, 100, 100 * 1e-6 * n**1.2) for n in (64, 512, 4096)]
    found = Costs(law).estimate(case, engine)
    assert found.alike == 3 and found.basis == "from 3 finished runs of this kind"
    assert found.seconds == pytest.approx(10 * 1e-6 * 64**1.2, rel=0.33)
    other = Costs([Cost("s/1", "cpu", "relax fast single kick", "elsewhere", 64, 100, 5.0)])
    assert other.estimate(case, engine).basis == "from 1 run of other kinds"


def test_a_plan_tells_the_time_and_a_run_keeps_what_it_took(tiny, tmp_path, no_figures):
    engine = CpuEngine()
    tmp_path = tmp_path / "runs"
    before = forecast(plan_study(tiny, engine, tmp_path), engine, tmp_path, Share(2))
    assert before.lanes == 2 and "a guess" in before.basis[0] and not tmp_path.exists()
    one, two = (
        forecast(plan_study(tiny, engine, tmp_path), engine, tmp_path, Share(2), to_solve)
        for to_solve in ([Errand("solve", print, 40.0, 3)], 2 * [Errand("solve", print, 20.0, 3)])
    )
    cases_s = sum(s for s in before.seconds if s)
    assert two.before_s == pytest.approx((1.5 * cases_s + 40.0) / 2)  # certificates are half of a run
    assert one.before_s == 40.0  # by one core, however many there are
    assert one.total_s == one.before_s + Costs().report(2).seconds
    assert "1 continuum to solve (as 3 solved here)" in one.words(str) and "the report" in one.words(str)
    run_study(tiny, "cpu", tmp_path)
    lines = (tmp_path / TABLE_NAME).read_text().splitlines()
    assert len(lines) == 4 and lines[-1].startswith("tiny/report,report,")
    assert forecast(plan_study(tiny, engine, tmp_path), engine, tmp_path, Share(2)).total_s == 0.0
    kept = Costs.of_runs(tmp_path).estimate(tiny.cases()[0], engine)
    (tmp_path / TABLE_NAME).unlink()
    assert Costs.of_runs(tmp_path).estimate(tiny.cases()[0], engine) == kept  # from the records themselves
    record = next(tmp_path.glob("*/*/run.json"))
    record.write_text(json.dumps(["not", "a", "record"]))
    left = Costs.of_runs(tmp_path).estimate(tiny.cases()[0], engine)
    assert left.alike + left.others == 1
    (tmp_path / TABLE_NAME).write_text("folder,engine\nx,cpu\n\x00,,,,\n")
    Costs.of_runs(tmp_path)


def test_the_longest_case_begins_first():
    assert makespan([1, 1, 1, 3], 2) == 3.0  # any other order takes 4


STEPS = """#!/bin/sh
if [ -n "$BROKEN" ]; then exit 1; fi
turn=0; while :; do echo "//$turn"; turn=$((turn + 1)); sleep 0.02; done
"""


@pytest.fixture
def stepping(tmp_path, monkeypatch):
    """A program that prints a turn every 20 ms, however many of it there are."""
    monkeypatch.setattr(measuring, "WINDOW_S", 0.4)
    program = tmp_path / "steps"
    program.write_text(STEPS)
    program.chmod(0o755)
    return program


def test_processes_are_doubled_while_that_pays_and_fits(stepping):
    rates = measuring.throughput(stepping, "", 4, {})
    assert list(rates) == [1, 2, 4] and rates[4] > 2 * rates[1] and measuring.best(rates) == 4
    assert list(measuring.throughput(stepping, "", 3, {})) == [1, 2]
    assert list(measuring.throughput(stepping, "", 4, {}, fit=lambda processes: 3)) == [1, 2]
    assert measuring.throughput(stepping, "", 4, {"BROKEN": "1"}) == {1: 0.0}


def test_a_gpu_takes_as_many_as_were_measured_or_given():
    packing = Packing(1)
    packing.measured({1: 22.0, 2: 54.0, 4: 86.0, 8: 88.0})
    assert packing.limit == 4 and packing.why.startswith("4 at a time: 2 bring 2.5, 4 bring 3.9")
    packing.measured({1: 0.0})
    assert (packing.limit, packing.why) == (1, "1 at a time: more could not be tried")
    fixed = Packing(4)
    fixed.shrink(2)
    assert fixed.limit == 2 and "its memory was full" in fixed.why
