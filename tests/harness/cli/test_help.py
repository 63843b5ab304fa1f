"""Help has examples that can be typed and fits 80 columns; shells complete commands, studies, materials."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import harness
from harness.cli.app import app
from harness.cli.document import page
from harness.cli.examples import EXAMPLES, examples
from harness.shipped import study_names
from reduced_model.materials import MATERIALS

ROOT = Path(harness.__file__).parent.parent
COMMANDS = typer.main.get_command(app).commands
ALL = [(name, line) for name in EXAMPLES for line in examples(name)]


def test_the_page_of_commands_is_the_command_line():
    written = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert written == page(), "run: python -m harness.cli.document docs/commands.md"


def test_every_command_has_an_example():
    assert sorted(EXAMPLES) == sorted(COMMANDS)
    assert all(1 <= len(examples(name)) <= 2 for name in COMMANDS)


@pytest.mark.parametrize(("name", "line"), ALL, ids=[line for _, line in ALL])
def test_an_example_is_a_command_line(name, line, tmp_path, monkeypatch):
    """The parser takes it; files it names are there."""
    monkeypatch.chdir(tmp_path)
    program, command, *arguments = shlex.split(line)
    assert (program, command) == ("mxval", name)
    for word in arguments:
        if "." in word or "/" in word:
            Path(word).parent.mkdir(parents=True, exist_ok=True)
            Path(word).touch()
    with COMMANDS[name].make_context(name, arguments) as context:
        assert context.params


@pytest.mark.parametrize("name", COMMANDS)
def test_help_fits_80_columns_with_every_example_whole(name):
    shown = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"}).stdout
    lines = [line.strip() for line in shown.splitlines()]
    assert all(len(line) <= 80 for line in shown.splitlines())
    assert [line for line in lines if line.startswith("mxval ")] == list(examples(name))
    assert "…" not in shown  # nothing is cut
    words = COMMANDS[name].help.split()
    assert " ".join(words[:3]) in " ".join(lines)


def completed(shell, words, here):
    """What a shell is offered for the last of some words."""
    asked = {"_MXVAL_COMPLETE": f"complete_{shell}"}
    if shell == "bash":
        asked |= {"COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    else:
        asked |= {"_TYPER_COMPLETE_ARGS": words}
    code = "import sys; sys.argv[:] = ['mxval']; from harness.cli.app import main; main()"
    path = {"PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    run = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | path | asked, cwd=here, capture_output=True, text=True
    )
    assert run.stderr == ""
    return run.stdout


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("mxval re", {"render", "report", "rerun", "reproduce"}),
        ("mxval run fe", {name for name in study_names() if name.startswith("fe")}),
        ("mxval plan my", {"my_study.toml"}),
        ("mxval loop --material ", set(MATERIALS)),
        ("mxval sizes --material co", {name for name in MATERIALS if name.startswith("co")}),
        ("mxval import a.txt --material ir", {name for name in MATERIALS if name.startswith("ir")}),
        ("mxval budget de", {"demo"}),
        ("mxval run demo --per", {"--per-gpu"}),
    ],
)
def test_bash_completes(words, offered, tmp_path):
    (tmp_path / "my_study.toml").touch()
    assert set(completed("bash", words, tmp_path).split()) == offered


def test_zsh_completes_with_what_each_is(tmp_path):
    assert "fe_sphere_mesh" in completed("zsh", "mxval run fe", tmp_path)
    assert '"rerun":"Repeat a finished run' in completed("zsh", "mxval re", tmp_path)


@pytest.mark.parametrize(("shell", "hook"), [("bash", "complete -o default -F"), ("zsh", "#compdef mxval")])
def test_completion_is_shown_and_installed(shell, hook, tmp_path, monkeypatch):
    """The shell is named here; at a terminal it is the one that mxval was called from."""
    monkeypatch.setenv("HOME", str(tmp_path))
    named = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "true"}
    for option in ("--show-completion", "--install-completion"):
        code = f"import sys; sys.argv[:] = ['mxval', '{option}', '{shell}']"
        code += "; from harness.cli.app import main; main()"
        env = os.environ | named | {"PYTHONPATH": str(ROOT)}
        run = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
        assert run.returncode == 0, run.stderr
        if option == "--show-completion":
            assert hook in run.stdout and "_MXVAL_COMPLETE=complete_" in run.stdout
    written = [file for file in tmp_path.rglob("*") if file.is_file() and hook in file.read_text()]
    assert len(written) == 1
    if shutil.which(shell):
        assert subprocess.run([shell, "-n", written[0]]).returncode == 0
