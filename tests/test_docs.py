"""Links of every page lead somewhere, pages made from data are up to date, the site builds, notebooks run."""

import importlib.util
import json
import re
import subprocess
import sys
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest
import typer
from markdown_it import MarkdownIt

from benchmarks import validation
from harness.cli.app import app
from harness.engines import base
from harness.study.document import TABLES
from harness.study.protocols import PROTOCOLS
from harness.study.study import Study
from harness.study.sweep import SWEEPABLE

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("mumax_runs/*.md")]
    + [*ROOT.glob("mumax_runs/recorded/*.md"), *(ROOT / "docs" / "notebooks").glob("*.ipynb")]
)
INDEX = ROOT / "docs" / "index.md"
NOTEBOOKS = [page for page in PAGES if page.suffix == ".ipynb"]
COMMANDS = typer.main.get_command(app).commands
READER = MarkdownIt().enable("table")


def cells_of(notebook):
    """The cells of a notebook."""
    return json.loads(notebook.read_text(encoding="utf-8"))["cells"]


def text_of(page):
    """A page's Markdown; of a notebook that of its Markdown cells."""
    if page.suffix == ".md":
        return page.read_text(encoding="utf-8")
    return "\n\n".join("".join(cell["source"]) for cell in cells_of(page) if cell["cell_type"] == "markdown")


def tokens(text):
    """Every token of a page, those inside others included."""
    for token in READER.parse(text):
        yield token
        yield from token.children or ()


def links(page):
    """What a page links to, and the pictures it shows."""
    for token in tokens(text_of(page)):
        if target := token.attrs.get("href") or token.attrs.get("src"):
            yield str(target)


def anchors(page):
    """Names of a page's headings, as code hosts and the site make them."""
    read = READER.parse(text_of(page))
    headings = [inside for token, inside in pairwise(read) if token.type == "heading_open"]
    plain = ["".join(part.content for part in heading.children or ()) for heading in headings]
    return [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in plain]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    lost = []
    for link in links(page):
        if link.startswith(("https://", "mailto:")):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        if not target.is_relative_to(ROOT) or not target.exists():
            lost.append(link)
        elif anchor and anchor not in anchors(target):
            lost.append(f"{link}: of {anchors(target)}")
    assert lost == []


def test_a_link_that_leads_nowhere_is_seen(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    for text in ("[a](b.md)", "[a](#b)", "![a](b.png)", "| a |\n| --- |\n| [a](page.md#c) |"):
        (page := tmp_path / "page.md").write_text(f"# One\n\n{text}\n")
        with pytest.raises(AssertionError):
            test_every_link_leads_somewhere(page)


def test_the_first_page_lists_every_other():
    listed = {(INDEX.parent / link.partition("#")[0]).resolve() for link in links(INDEX)}
    assert listed | {INDEX} == set(PAGES)


def test_the_validation_page_is_the_results():
    written = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")
    assert written == validation.page(), "run: python -m benchmarks.validation docs/validation.md"


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda page: page.stem)
def test_a_notebook_is_kept_executed_and_small(notebook):
    code = [cell for cell in cells_of(notebook) if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    kinds = {output["output_type"] for cell in code for output in cell["outputs"]}
    assert kinds <= {"display_data", "execute_result", "stream"}  # no error
    assert notebook.stat().st_size < 300_000
    assert not re.search(r"/(tmp|home|root|work)/", notebook.read_text(encoding="utf-8"))


@pytest.mark.validate
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda page: page.stem)
def test_a_notebook_runs(notebook):
    from benchmarks.notebooks import executed  # where it is run there is what it takes

    assert executed(notebook).cells


@pytest.mark.skipif(not importlib.util.find_spec("myst_nb"), reason="make docs installs what it takes")
def test_the_site_builds_without_a_warning_and_asks_nobody(tmp_path):
    options = ("-W", "--keep-going", "-q", "-c", "docs", "-d", tmp_path / "read", "-b", "html")
    command = [sys.executable, "-m", "sphinx", *options, ".", tmp_path / "site"]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    pages = sorted((tmp_path / "site").rglob("*.html"))
    assert len(pages) >= len(PAGES)
    for page in pages:
        loads = re.findall(r'<(?:script|link|img|iframe)[^>]*(?:src|href)="(https?:[^"]*)', page.read_text())
        assert loads == [], page


def commands_in(page):
    """Every command line of this program that a page shows, in a block or in its text."""
    for token in tokens(text_of(page)):
        if token.type in ("fence", "code_block", "code_inline"):
            for line in token.content.splitlines():
                if found := re.match(r"(?:\(|\.venv/bin/)?mxval ([a-z][a-z0-9-]*)(.*)", line.strip()):
                    yield found[1], found[2].partition("  #")[0]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_and_option_that_is_shown_exists(page):
    """A bar between two commands or options offers a choice of them."""
    wrong = []
    for command, rest in commands_in(page):
        if command not in COMMANDS:
            wrong.append(command)
            continue
        known = {
            name for option in COMMANDS[command].params for name in (*option.opts, *option.secondary_opts)
        }
        given = re.findall(r"(?<![\w-])--?[A-Za-z][\w-]*", rest.partition(" && ")[0])
        wrong += [f"{command} {option}" for option in given if option not in known]
    assert wrong == []


@pytest.mark.parametrize(
    "page", [page for page in PAGES if "```toml" in text_of(page)], ids=lambda page: page.stem
)
def test_every_key_of_a_study_that_is_shown_exists(page):
    known = {name: set(table.model_fields) for name, table in TABLES.items()} | {"sweep": set(SWEEPABLE)}
    loose = {key for keys in known.values() for key in keys}
    protocol = {key for kind in PROTOCOLS.values() for key in kind.model_fields}
    settings = {"mumax3", "kernel_cache", "patience_min"}  # of the configuration
    for token in tokens(text_of(page)):
        if token.type == "fence" and token.info.startswith("toml"):
            for name, value in tomllib.loads(token.content).items():
                if name == "protocol":
                    assert {key for each in value for key in each} <= protocol
                elif isinstance(value, dict) and name in known:
                    assert value.keys() <= known[name]
                else:
                    assert name in {*Study.model_fields, *loose, *settings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_of_the_tree_that_is_named_exists(page):
    """What stands in `code` and begins with a folder of the tree; a diff's new files are yet to be."""
    lost = []
    for token in tokens(text_of(page)):
        if token.type == "code_inline":
            for name in re.findall(
                r"^(?:harness|reduced_model|tests|templates|docs|benchmarks|mumax_runs/recorded)/[\w./-]*\w\.\w+",
                token.content,
            ):
                if not (ROOT / name).exists():
                    lost.append(name)
    assert lost == []


def test_every_fault_of_a_run_has_its_remedy():
    page = text_of(ROOT / "docs" / "mumax3.md")

    faults = {
        name
        for name, kind in vars(base).items()
        if isinstance(kind, type) and issubclass(kind, base.EngineError)
    }
    families = {"EngineError", "OutputInvalid", "StorageError"}
    assert sorted(name for name in faults - families if f"`{name}`" not in page) == []
