"""bundle, verify: what they refuse. prune: what is no longer needed is shown, removed on request alone."""

import json
import shutil

import pytest

from harness.checks.verify import Verification


@pytest.fixture
def changed(finished_run, here):
    """The small study, whose material was changed after its run; the run."""
    text = (here / "tiny.toml").read_text()
    (here / "tiny.toml").write_text(text.replace('name = "iron"', 'name = "cobalt"'))
    return finished_run


def test_a_study_that_did_not_change_needs_every_run(finished_run, here, mxval):
    shown = mxval("prune", "tiny.toml", "--runs", here, "--remove")
    assert (shown.exit_code, shown.stdout) == (0, "every run is needed\n") and finished_run.is_dir()
    assert "no longer needs" not in mxval("status", "tiny.toml", "--runs", here, "--engine", "cpu").stdout
    assert "every run is needed" in mxval("prune", "tiny.toml").stdout  # nothing was ever run there


def test_a_changed_study_says_so_and_removes_on_request(changed, here, mxval):
    status = mxval("status", "tiny.toml", "--runs", here, "--engine", "cpu")
    assert "note: 1 run of before that the study no longer needs: mxval prune shows which" in status.stdout
    plan = json.loads(mxval("plan", "tiny.toml", "--runs", here, "--engine", "cpu", "--json").stdout)
    assert plan["unneeded"] == [changed.name]
    shown = mxval("prune", "tiny.toml", "--runs", here)
    assert "another script, options or engine version now" in shown.stdout and changed.is_dir()
    assert f"mxval prune tiny.toml --runs {here} --remove removes them" in " ".join(shown.stdout.split())
    (told,) = json.loads(mxval("prune", "tiny.toml", "--runs", here, "--json").stdout)["unneeded"]
    assert told["folder"] == str(changed) and told["state"] == "done" and told["bytes"] > 1000
    removed = mxval("prune", "tiny.toml", "--runs", here, "--remove")
    assert removed.exit_code == 0 and "1 removed" in removed.stdout and not changed.exists()


def test_a_case_that_is_gone(finished_run, here, mxval):
    text = (here / "tiny.toml").read_text()
    (here / "tiny.toml").write_text(text.replace("radius_nm = 6", "radius_nm = 7"))
    assert "the study has no such case" in mxval("prune", "tiny.toml", "--runs", here).stdout


def test_what_is_not_the_studys_to_remove_is_left(changed, here, mxval, tmp_path):
    """A repetition, a renamed copy, a link, another study's run, an import, and what is no run."""
    rerun = shutil.copytree(changed, changed.with_name(f"{changed.name}-rerun"))
    renamed = shutil.copytree(changed, changed.with_name(f"mine-{changed.name[-12:]}"))
    outside = shutil.copytree(changed, tmp_path / "outside")
    record = json.loads((changed / "run.json").read_text())
    imported = shutil.copytree(changed, changed.with_name(f"{record['case']['name']}-{64 * '1'}"[:-52]))
    (imported / "run.json").write_text(json.dumps(record | {"engine": "imported", "hash": 64 * "1"}))
    shutil.rmtree(changed)
    changed.symlink_to(outside)
    result = mxval("prune", "tiny.toml", "--runs", here, "--remove")
    assert "every run is needed" in result.stdout
    assert rerun.is_dir() and renamed.is_dir() and (outside / "run.json").is_file() and imported.is_dir()


def test_what_another_file_of_the_same_name_has_run_is_not_removed(finished_run, here, mxval, refused):
    others = here / "elsewhere" / "tiny.toml"
    others.parent.mkdir()
    others.write_text((here / "tiny.toml").read_text().replace("radius_nm = 6", "radius_nm = 7"))
    whose = f"name = tiny: {here / 'tiny.toml'} has this name too, and its runs would be removed"
    assert refused(("prune", others, "--runs", here, "--remove"), whose, "--runs")
    assert finished_run.is_dir()
    shown = " ".join(mxval("prune", others, "--runs", here).stdout.split())
    assert whose in shown and "--remove removes them" not in shown
    assert whose in json.loads(mxval("prune", others, "--runs", here, "--json").stdout)["refused"]
    (here / "tiny.toml").unlink()  # the name is free: it is the same study, moved
    assert "1 removed" in mxval("prune", others, "--runs", here, "--remove").stdout


def test_a_run_at_work_is_not_removed(changed, here, mxval):
    from harness.runs.folder import RunFolder

    with RunFolder(changed, "").lock():
        result = mxval("prune", "tiny.toml", "--runs", here, "--remove")
    assert result.exit_code == 1 and "another mxval is at work here" in result.stderr
    assert (changed / "run.json").is_file()


def test_one_difference_is_one(here, mxval, monkeypatch):
    (here / "x.zip").write_text("")
    for lines, told in ((("a: gone",), ": 1 difference;"), (("a: gone", "b: gone"), ": 2 differences;")):
        found = Verification("tiny", 3, 1, 5, lines)
        monkeypatch.setattr("harness.checks.verify.verify_bundle", lambda *_, found=found: found)
        done = mxval("verify", "x.zip")
        assert done.exit_code == 1 and told in " ".join(done.stdout.split())


def test_what_is_not_done_is_not_bundled_and_no_zip_is_no_bundle(here, refused):
    none_done = "1 of 1 cases are not done: mxval run tiny.toml{} runs them"
    asked = ("bundle", "tiny.toml", "-o", "x.zip", "--engine", "cpu")
    assert refused(asked, none_done.format(""))
    assert refused((*asked, "--runs", "other"), none_done.format(" --runs other"))
    assert refused(("bundle", "tiny.toml", "-o", "x.txt"), "--out x.txt: must end in .zip")
    assert not (here / "x.zip").exists()
    (here / "x.zip").write_text("no zip")
    assert refused(("verify", "x.zip"), "x.zip: is no zip that can be read")
