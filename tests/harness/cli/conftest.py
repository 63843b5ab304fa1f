"""The command line called in this process, a folder to call it in, and one finished run to look at."""

import json
import shutil

import pytest
from typer.testing import CliRunner

from harness.cli.app import app

STUDY = """
name = "tiny"
[material]
name = "iron"
[particle]
radius_nm = 6
[mesh]
cell_nm = 3
[field]
values_T = [0.4, 0]
"""


def call(*arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments])


@pytest.fixture
def mxval():
    """Calls the command line: mxval("plan", "tiny.toml")."""
    return call


@pytest.fixture
def refused(mxval):
    """Calls the command line and wants exit 2 and one line with these parts, and nothing else."""

    def check(arguments, *parts):
        result = mxval(*arguments)
        assert result.exit_code == 2, result.output
        assert result.stdout == ""
        (line,) = result.stderr.strip().splitlines()
        assert line.startswith("mxval: ")
        for part in parts:
            assert str(part) in line
        return True

    return check


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The current folder, with a small study in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.toml").write_text(STUDY)
    return tmp_path


@pytest.fixture(scope="session")
def once_run(tmp_path_factory):
    """A folder in which the small study was run on the CPU engine, and what the command said."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "tiny.toml").write_text(STUDY)
    result = call("run", folder / "tiny.toml", "--runs", folder, "--engine", "cpu", "--json")
    assert result.exit_code == 0, result.output
    return folder, json.loads(result.stdout)


@pytest.fixture
def finished_run(once_run, here):
    """Folder of a finished run, a copy to work on, below the current folder as --runs."""
    shutil.copytree(once_run[0] / "tiny", here / "tiny")
    return next((here / "tiny").glob("R6nm*"))
