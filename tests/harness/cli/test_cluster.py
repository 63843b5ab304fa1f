"""work, export-jobs and run --slurm: what they show, refuse and leave on disk."""

import json
from pathlib import Path

import pytest


def test_export_then_work_then_run(here, mxval, no_figures):
    shown = mxval("export-jobs", "tiny.toml", "--engine", "cpu")
    assert shown.exit_code == 0 and "xargs" in shown.stdout and "--engine cpu runs what" in shown.stdout
    elsewhere = mxval("export-jobs", "tiny.toml", "--engine", "cpu", "--runs", "other")
    assert "mxval run tiny.toml --engine cpu --runs other runs what" in elsewhere.stdout
    files = json.loads(mxval("export-jobs", "tiny.toml", "--engine", "cpu", "--json").stdout)["files"]
    assert files[0] == "mumax_runs/tiny/jobs/cases.txt"
    (line,) = (here / files[0]).read_text().splitlines()
    folder = line.split()[-1]
    (case,) = json.loads(mxval("status", "tiny.toml", "--engine", "cpu", "--json").stdout)["cases"]
    assert case["state"] == "planned"
    first, again = mxval("work", folder), mxval("work", folder)
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert first.stdout.endswith(": done\n") and again.stdout.endswith(": done before, kept\n")
    kept = mxval("run", "tiny.toml", "--engine", "cpu")
    assert kept.exit_code == 0 and "done before, kept" in kept.stderr
    with (here / folder / "out" / "table.txt").open("a") as table:
        table.write("#\n")
    damaged = mxval("work", folder)
    (case,) = json.loads(mxval("status", "tiny.toml", "--engine", "cpu", "--json").stdout)["cases"]
    assert (damaged.exit_code, damaged.stdout, case["state"]) == (1, "", "damaged")
    assert damaged.stderr.startswith(f"mxval: {Path(folder).name}: damaged: ")
    assert damaged.stderr.endswith(f"{case['note']}\n")


def test_work_goes_on_after_a_folder_that_is_no_run(here, mxval):
    mxval("export-jobs", "tiny.toml", "--engine", "cpu")
    (folder,) = here.glob("mumax_runs/tiny/R6*")
    (here / "empty").mkdir()
    done = mxval("work", here / "empty", folder)
    assert done.exit_code == 2 and done.stdout == f"{folder.name}: done\n"
    assert done.stderr == f"mxval: {here}/empty: holds no run.json; give the folder of a run\n"


def test_work_ends_where_its_engine_is_missing(here, mxval, monkeypatch):
    monkeypatch.setenv("MUMAX3", str(here / "nothing"))
    assert mxval("export-jobs", "tiny.toml", "--engine", "mumax3").exit_code == 0
    (folder,) = here.glob("mumax_runs/tiny/R6*")
    done = mxval("work", folder)
    assert done.exit_code == 1 and "engine mumax3 cannot run: no program" in done.stderr


def test_jobs_are_not_written_over_other_files(here, refused, mxval):
    (here / "cases.txt").write_text("mine")
    assert refused(("export-jobs", "tiny.toml", "-o", "."), "cases.txt: exists already", "-o")


@pytest.mark.parametrize("command", ["status", "plan"])
def test_status_reads_the_queue(here, mxval, command):
    mxval("export-jobs", "tiny.toml", "--engine", "cpu")
    (folder,) = here.glob("mumax_runs/tiny/R6*")
    place = here / "mumax_runs/tiny/slurm/x"
    place.mkdir(parents=True)
    told = {"submitted": "2026-01-01T00:00:00+00:00", "engine": "cpu", "options": {}}
    (place / "submission.json").write_text(json.dumps(told | {"jobs": {"7": [folder.name]}}))
    said = json.loads(mxval(command, "tiny.toml", "--json").stdout)
    assert said["engine_reason"] == "engine cpu: as submitted to Slurm, 2026-01-01T00:00:00+00:00"
    assert said["cases"][0]["note"].startswith("Slurm job 7 ")


def test_without_slurm_nothing_is_submitted(here, refused, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    asked = ("run", "tiny.toml", "--engine", "cpu", "--json", "--slurm")
    assert refused((*asked, "time=10"), "no sbatch here; give this command on a login node of the cluster")
    assert refused((*asked, "time=10", "--cpus", "2"), "--cpus are about this machine", "cpus_per_task=4")
    assert refused((*asked, "partition=gpu;id,time=10"), "partition", '"gpu;id"', "letters, digits")


def test_auto_takes_the_engine_that_the_jobs_can_use(here, mxval, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    gpu = mxval("run", "tiny.toml", "--slurm", "gres=gpu:1,time=10")
    assert "engine mumax3, because the jobs ask for a GPU" in gpu.stdout
    cpu = mxval("run", "tiny.toml", "--slurm", "time=10")
    assert "engine cpu, because the jobs ask for no GPU" in cpu.stdout


def test_what_is_done_is_not_submitted(finished_run, here, mxval, no_figures):
    done = mxval("run", "tiny.toml", "--runs", here, "--engine", "cpu", "--slurm", "time=10")
    assert done.exit_code == 0 and "report: " in done.stdout
