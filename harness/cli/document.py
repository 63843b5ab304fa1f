"""The page `docs/commands.md`: every command with its arguments, options and examples, made from the code.

In: nothing; `python -m harness.cli.document docs/commands.md` writes the page. Out: its text in Markdown.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from harness.cli.app import app
from harness.cli.examples import examples

HEAD = """# The commands

Made from the command line by `python -m harness.cli.document docs/commands.md`; a test keeps it so.
`mxval COMMAND --help` says the same. `mxval --install-completion` lets bash, zsh, fish and PowerShell
complete commands, options, and the names of studies and materials. `--json` prints JSON for programs. Exit
codes: 0 all well, 1 a run, a check or the disk failed, 2 bad input, 130 interrupted (128 + n: by signal n).
"""
EVERYWHERE = ("--json", "--help")
"""Options that the page explains once."""


def page() -> str:
    """The page of commands, as Markdown."""
    commands: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    contents = (f"| [`{name}`](#mxval-{name}) | {_first(command)} |" for name, command in commands.items())
    sections = (line for name, command in commands.items() for line in _section(name, command))
    return "\n".join([HEAD, "| command | what it does |", "| --- | --- |", *contents, *sections]) + "\n"


def _section(name: str, command: Any) -> Iterator[str]:
    """A command: what it does, examples, arguments and options."""
    yield from ("", f"## mxval {name}", "", _escaped(command.help))
    yield from ("", "```", *examples(name), "```")
    rows = [row for parameter in command.params if (row := _row(parameter))]
    if rows:
        yield from ("", "| given | what | default |", "| --- | --- | --- |", *rows)


def _row(parameter: Any) -> str | None:
    """An argument or an option, in a table's row; none if the page explains it once."""
    names = [*parameter.opts, *parameter.secondary_opts]
    if parameter.param_type_name == "argument":
        names = [parameter.metavar or parameter.name.upper()]
    elif set(names) & set(EVERYWHERE):
        return None
    given = ", ".join(f"`{name}`" for name in names).replace("|", "\\|")
    return f"| {given} | {_escaped(parameter.help or '')} | {_default(parameter)} |"


def _default(parameter: Any) -> str:
    """What is taken if nothing is given; empty where the help says it, or nothing is."""
    if parameter.required:
        return "required"
    if parameter.default is None or isinstance(parameter.default, bool):
        return ""
    value = parameter.default
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def _first(command: Any) -> str:
    return _escaped(command.help).partition("\n\n")[0]


def _escaped(text: str) -> str:
    """Text in which Markdown sees no table, emphasis or tag."""
    for letter in "|*<":
        text = text.replace(letter, f"\\{letter}")
    return text


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
