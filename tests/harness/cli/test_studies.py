"""run, plan, status, render, report: what they show, what they refuse, what they leave on disk."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.study.study import Study
from harness.study_result import StudyResult


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("radius_nm = 6", "radius_m = 6e-9", ("particle.radius_m", "did you mean radius_nm?")),
        ("radius_nm = 6", "radius_nm = -6", ("particle.radius_nm = -6", "greater than 0")),
        ("cell_nm = 3", "cell_nm = 30", ("mesh.cell_nm = 30", "larger than the particle")),
        ("cell_nm = 3", "cell_nm = [3, 4]", ("mesh.cell_nm = [3, 4]", "under [sweep]")),
        ("[field]", "colour = 1\n[field]", ("mesh.colour", "unknown key")),
        ("[field]", "[field", ("not valid TOML",)),
    ],
)
def test_bad_studies_are_refused_before_anything_is_written(here, refused, old, new, parts):
    (here / "tiny.toml").write_text((here / "tiny.toml").read_text().replace(old, new))
    for command in ("run", "plan", "status", "report", "render"):
        out = ("-o", "scripts") if command == "render" else ()
        assert refused((command, "tiny.toml", *out), "tiny.toml", *parts)
    assert [p.name for p in here.iterdir()] == ["tiny.toml"]


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (b"", ("material, particle, mesh, field", "missing")),
        (b'{"name": "tiny"}', ("not valid TOML", "radius_nm = 20")),
        (b"\xff\xfe\x00", ("cannot be read", "UTF-8")),
        (b"x = " + b"[" * 3000 + b"]" * 3000, ("not valid TOML",)),
        (b"x = " + b"9" * 6000, ("not valid TOML",)),
    ],
)
def test_files_that_are_no_study(here, refused, content, parts):
    (here / "tiny.toml").write_bytes(content)
    assert refused(("plan", "tiny.toml"), "tiny.toml", *parts)


def test_missing_studies_name_the_ready_ones(here, refused):
    assert refused(("run", "gone.toml"), "gone.toml: no such study file", "demo")
    assert refused(("run", "gone"), "gone: no such study file", "demo")
    assert refused(("plan", "demoo"), "demoo: no such study file; did you mean demo? ready studies: ")


def test_a_folder_of_runs_is_no_study_and_the_command_for_it_is_named(refused, tmp_path):
    (run := tmp_path / "imported" / "a run").mkdir(parents=True)
    (run / "run.json").write_text("{}")
    assert refused(("report", run), "is a folder", f"mxval compare '{run}'")
    assert refused(("status", run.parent), "is a folder", f"mxval compare {run.parent}/*")


def test_a_folder_is_no_study(here, refused):
    (here / "dir.toml").mkdir()
    assert refused(("plan", "dir.toml"), "dir.toml: is a folder, and a study is a file")


def test_plan_writes_nothing(here, mxval):
    result = mxval("plan", "tiny.toml", "--engine", "cpu", "--json")
    assert result.exit_code == 0
    (case,) = json.loads(result.stdout)["cases"]
    assert case["state"] == "planned" and case["name"] == "R6nm-c3nm-bare" and len(case["hash"]) == 64
    assert case["grid"] == [4, 4, 4] and case["fields"] == 2
    assert [p.name for p in here.iterdir()] == ["tiny.toml"]
    shown = mxval("plan", "tiny.toml").stdout
    assert "R6nm-c3nm-bare" in shown and "4x4x4" in shown


def test_run_and_status(once_run, finished_run, here, mxval):
    said = once_run[1]
    assert [c["state"] for c in said["cases"]] == ["done"] and Path(said["report"]).is_file()
    assert set(said) >= {"study", "engine", "engine_reason", "warnings", "failures", "verdict"}
    assert mxval("status", "tiny.toml", "--engine", "cpu").exit_code == 0  # elsewhere nothing was run
    status = mxval("status", "tiny.toml", "--engine", "cpu", "--runs", here, "--json")
    assert status.exit_code == 0
    assert json.loads(status.stdout)["cases"][0]["state"] == "done"


def test_status_of_a_finished_run_whose_output_was_changed(finished_run, here, mxval):
    table = finished_run / "out" / "table.txt"
    table.write_text(table.read_text() + "# more\n")
    done = mxval("status", "tiny.toml", "--runs", here, "--engine", "cpu", "--json")
    assert done.exit_code == 1
    told = json.loads(done.stdout)
    assert told["cases"][0]["state"] == "damaged" and "was changed" in told["cases"][0]["note"]
    assert told["states"] == {"damaged": 1}
    assert "1 damaged" in mxval("status", "tiny.toml", "--runs", here, "--engine", "cpu").stdout


def test_a_folder_of_runs_in_place_of_a_study_is_told_what_to_type(finished_run, here, refused):
    for folder in (".", "tiny", finished_run.relative_to(here)):
        assert refused(("status", folder), "is a folder", "tiny.toml --runs .")
    (here / "other.toml").write_text((here / "tiny.toml").read_text())
    assert refused(("status", "other"), "there is other.toml")


def test_what_stands_twice_is_said_to_be_run_once(here, mxval):
    text = (here / "tiny.toml").read_text().replace("cell_nm = 3", "")
    more = "[[protocol]]\nkind = 'kick'\nseeds = [1, 2, 1]\n[sweep]\ncell_nm = [3, 2, 3.0]\n"
    (here / "tiny.toml").write_text(text + more)
    told = json.loads(mxval("plan", "tiny.toml", "--engine", "cpu", "--json").stdout)
    assert len(told["cases"]) == 4
    assert told["notes"][:2] == [
        "sweep.cell_nm: 3.0 stands there twice, and is run once",
        "protocol: kick5mT-seed1 stands there twice, and is run once",
    ]


def test_a_file_that_cannot_be_read_ends_status_for_its_case_alone(finished_run, here, mxval):
    study = (here / "tiny.toml").read_text()
    (here / "tiny.toml").write_text(f"{study}[[protocol]]\nkind = 'bare'\n[[protocol]]\nkind = 'bias'\n")
    (finished_run / "out" / "memory").symlink_to("/proc/self/mem")  # gives an error when it is read
    status = mxval("status", "tiny.toml", "--runs", here, "--engine", "cpu", "--json")
    assert (status.exit_code, status.stderr) == (1, "")
    bare, bias = json.loads(status.stdout)["cases"]
    assert "out/memory: cannot be read" in bare["note"] and bias["state"] == "planned"
    run = mxval("run", "tiny.toml", "--runs", here, "--engine", "cpu")
    assert run.exit_code == 1 and "R6nm-c3nm-bare: " in run.stderr and "cannot be read" in run.stderr
    assert "left as it was" in run.stderr


def test_a_hash_edited_in_run_json_is_noticed(finished_run, here, mxval):
    record = json.loads((finished_run / "run.json").read_text())
    (finished_run / "run.json").write_text(json.dumps(record | {"hash": 64 * "0"}))
    for command in ("status", "run"):
        result = mxval(command, "tiny.toml", "--runs", here, "--engine", "cpu", "--json")
        assert result.exit_code == 1 and "hash = 000000000000...: the run of this folder has" in result.stdout


def test_an_empty_name_is_no_study(here, refused):
    assert refused(("plan", ""), "STUDY is empty", "demo")


def test_planning_needs_no_engine(here, mxval, monkeypatch):
    monkeypatch.setenv("MUMAX3", str(here / "nothing"))
    for command in ("plan", "status"):
        result = mxval(command, "tiny.toml", "--engine", "mumax3", "--json")
        assert result.exit_code == 0 and json.loads(result.stdout)["cases"][0]["state"] == "planned"


WRONG_RECORDS = [
    b"",
    b"[]",
    b"\xff\xfe\x00",
    b"[" * 100_000,
    b'{"state": 3}',
    b'{"state": "done", "outputs": 3}',
]


@pytest.mark.parametrize("content", WRONG_RECORDS)
def test_a_run_json_that_is_none_is_one_line_and_hides_no_other_case(finished_run, here, mxval, content):
    study = (here / "tiny.toml").read_text()
    (here / "tiny.toml").write_text(f"{study}[[protocol]]\nkind = 'bare'\n[[protocol]]\nkind = 'bias'\n")
    (finished_run / "run.json").write_bytes(content)
    for command, code in (("plan", 0), ("status", 1)):
        result = mxval(command, "tiny.toml", "--runs", here, "--engine", "cpu", "--json")
        assert (result.exit_code, result.stderr) == (code, "")
        bare, bias = json.loads(result.stdout)["cases"]
        assert bare["state"] == "unreadable" and bias["state"] == "planned"
        assert f"{finished_run}/run.json" in bare["note"] and "move this one away" in bare["note"]
        assert len(bare["note"].splitlines()) == 1
    report = mxval("report", "tiny.toml", "--runs", here, "--engine", "cpu")
    assert report.exit_code == 1 and len(report.stderr.splitlines()) == 2
    assert f"{finished_run}/run.json" in report.stderr and "not run yet (planned)" in report.stderr
    again = mxval("rerun", finished_run)
    assert again.exit_code == 2 and f"{finished_run}/run.json" in again.stderr
    assert len(again.stderr.splitlines()) == 1


def test_a_case_whose_run_json_is_none_is_not_to_be_run_and_is_named_before_the_others_run(
    finished_run, here, mxval, no_figures
):
    (finished_run / "run.json").write_text("{}")
    asked = ("tiny.toml", "--runs", here, "--engine", "cpu")
    alone = mxval("plan", *asked)
    assert "to run: nothing" in alone.stdout and "1 unreadable" in alone.stdout
    study = (here / "tiny.toml").read_text()
    (here / "tiny.toml").write_text(f"{study}[[protocol]]\nkind = 'bare'\n[[protocol]]\nkind = 'bias'\n")
    assert "to run: 1 case in" in mxval("plan", *asked).stdout
    for redo in ((), ("--redo",)):
        run = mxval("run", *asked, *redo)
        first, second, *_ = run.stderr.splitlines()
        assert run.exit_code == 1 and first.startswith(f"R6nm-c3nm-bare: {finished_run}/run.json: "), (
            run.stderr
        )
        assert "move this one away" in first and second.startswith("[2/2] R6nm-c3nm-bias1mT")
        assert "[1/2]" not in run.stderr


def test_certificates_that_are_none_are_told(finished_run, here, mxval):
    asked = ("tiny.toml", "--runs", here, "--engine", "cpu")
    file = finished_run / "certificates.json"
    assert json.loads(file.read_text())["states"] and "certificates" not in mxval("status", *asked).stdout
    for text in ("", "[]", "{", '{"states": 3}', "[" * 100_000):
        file.write_text(text)
        (case,) = json.loads(mxval("status", *asked, "--json").stdout)["cases"]
        assert case["state"] == "done" and f"{file}: holds no certificates" in case["note"]
    assert mxval("report", *asked).exit_code == 0
    assert "certificates" not in mxval("status", *asked).stdout


def test_report_of_nothing(here, mxval):
    result = mxval("report", "tiny.toml", "--engine", "cpu")
    assert result.exit_code == 1 and "R6nm-c3nm-bare: not run yet (planned)" in result.stderr
    assert [p.name for p in here.iterdir()] == ["tiny.toml"]


KEPT = SimpleNamespace(
    summary=("Believe the model.", "A finer mesh would make it surer."),
    verdict={"findings": [{"kind": "believe", "level": "inference"}]},
)


class Judged(StudyResult):
    """A result with two warnings in three cases."""

    warnings = {"a": ("coarse", "odd"), "b": ("coarse",)}  # noqa: RUF012


@pytest.fixture
def judged(here, monkeypatch):
    study = Study.load(here / "tiny.toml")
    result = Judged(study, "cpu", "as asked", (), Path("report/index.html"), {"c": "no room"}, KEPT)
    monkeypatch.setattr("harness.pipeline.run_study", lambda *args, **kwargs: result)
    monkeypatch.setattr("harness.pipeline.report_study", lambda *args, **kwargs: result)


@pytest.mark.parametrize("command", ["run", "report"])
def test_the_verdict_stands_before_the_path_of_the_report(judged, mxval, command):
    result = mxval(command, "tiny.toml", "--engine", "cpu")
    assert result.exit_code == 1
    first, second, page = result.stdout.splitlines()[-3:]
    assert (first, second) == KEPT.summary and page.endswith("report/index.html")
    assert [line.split(": ", 1)[1] for line in result.stderr.splitlines()] == [
        "warning: a, b: coarse",  # said once for both
        "warning: a: odd",
        "c: no room",
    ]


@pytest.mark.parametrize("command", ["run", "report"])
def test_the_verdict_is_in_the_json(judged, mxval, command):
    result = mxval(command, "tiny.toml", "--engine", "cpu", "--json")
    assert json.loads(result.stdout)["verdict"] == KEPT.verdict


def test_engine_that_cannot_run(here, mxval, monkeypatch):
    monkeypatch.setenv("MUMAX3", str(here / "nothing"))
    result = mxval("run", "tiny.toml", "--engine", "mumax3")
    assert result.exit_code == 1
    assert result.stderr.startswith("mxval: engine mumax3 cannot run: no program")
    assert [p.name for p in here.iterdir()] == ["tiny.toml"]


def test_runs_below_a_folder_that_cannot_be(here, refused):
    (here / "file").write_text("")
    for command in ("run", "plan", "status", "report"):
        for runs in ("file", "file/below"):
            assert refused(
                (command, "tiny.toml", "--engine", "cpu", "--runs", runs), "--runs", "file is a file"
            )


def test_render_never_overwrites(here, mxval, refused):
    result = mxval("render", "tiny.toml", "-o", "scripts", "--json")
    (case,) = json.loads(result.stdout)["cases"]
    script = Path(case["script"])
    script.write_text("mine")
    assert refused(("render", "tiny.toml", "-o", "scripts"), "exists already")
    assert script.read_text() == "mine"


def test_new_writes_a_study_that_can_be_planned_and_never_over_another(mxval, tmp_path):
    file = tmp_path / "mine.toml"
    assert mxval("new", tmp_path / "mine").exit_code == 0 and file.is_file()
    planned = mxval("plan", file, "--engine", "cpu", "--runs", tmp_path)
    assert "R20nm-c4nm-kick5mT-seed1" in planned.stdout and "A = 10 pJ/m where most" in planned.stdout
    file.write_text("mine")
    again = mxval("new", file)
    assert again.exit_code == 2 and "exists already" in again.stderr and file.read_text() == "mine"
    wrong = mxval("new", tmp_path / "a b")
    assert wrong.exit_code == 2 and 'name = "a b": should be letters' in wrong.stderr
    assert not (tmp_path / "a b.toml").exists()
    nowhere = mxval("new", tmp_path / "gone" / "x")
    assert nowhere.exit_code == 2 and f"there is no folder {tmp_path / 'gone'}; make it" in nowhere.stderr


def test_values_that_no_magnet_has_are_named_before_and_after_a_run(mxval, tmp_path):
    file = tmp_path / "soft.toml"
    material = "[material]\nMs_A_per_m = 1700\nA_J_per_m = 1e-11\nKu_J_per_m3 = 4.8e4\n"
    file.write_text(material + "[particle]\nradius_nm = 8\n[mesh]\ncell_nm = 4\n[field]\nvalues_T = [1, 0]\n")
    meant = "Ms_A_per_m = 1.7e+06 if kA/m or emu/cm3 was meant"
    asked = (file, "--engine", "cpu", "--runs", tmp_path)
    assert "note: Ms_A_per_m = 1700" in mxval("plan", *asked).stdout
    assert json.loads(mxval("plan", *asked, "--json").stdout)["notes"][0].endswith(meant)
    done = mxval("run", *asked).stdout
    believe = next(line for line in done.splitlines() if line.startswith("Believe: "))
    assert meant in done.split("Asked:")[0] and meant in believe
