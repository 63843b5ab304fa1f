"""The order of the rooms, as docs/architecture.md draws it, held against the imports of every file."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from reduced_model import results

ROOT = Path(__file__).parents[1]
FILES = {
    ".".join(f.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): f
    for package in ("harness", "reduced_model")
    for f in sorted((ROOT / package).rglob("*.py"))
}
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
ROOMS = re.findall(r"^\| `([\w.]+)` \|", PAGE, re.MULTILINE)
FACADES = ("harness", "harness.__main__", "harness.mx3", "reduced_model")
"""Files that hand on the names of the rooms below them; nothing they hand on may need them."""


def imported(module: str, node: ast.AST) -> Iterator[str]:
    """Modules of this project that an import statement names, or takes a name from."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if alias.name in FILES)
    if isinstance(node, ast.ImportFrom):
        assert node.level == 0, f"{module}: a relative import; write the whole name"
        for alias in node.names:
            inner = f"{node.module}.{alias.name}"
            if inner in FILES:
                yield inner
            elif node.module in FILES:
                yield str(node.module)


GRAPH = {
    module: {
        name
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        for name in imported(module, node)
        if name != module
    }
    for module, file in FILES.items()
}


def room_of(module: str) -> str | None:
    """The room a file belongs to: the longest name of the table that it begins with."""
    return max((r for r in ROOMS if module == r or module.startswith(r + ".")), key=len, default=None)


def test_every_file_has_a_room():
    homeless = [m for m in FILES if m not in FACADES and room_of(m) is None]
    empty = [r for r in ROOMS if r not in FILES]
    assert (homeless, empty) == ([], [])


@pytest.mark.parametrize("room", ROOMS)
def test_no_room_knows_a_higher_one(room):
    allowed = ROOMS[: ROOMS.index(room) + 1]
    climbing = [
        f"{module} imports {name}"
        for module in FILES
        if room_of(module) == room
        for name in GRAPH[module]
        if name not in FACADES and room_of(name) not in allowed
    ]
    assert climbing == []


def test_the_engine_and_the_model_stand_alone():
    model = {n for m in FILES if m.startswith("reduced_model") for n in GRAPH[m]}
    engine = {n for m in FILES if m.startswith("harness.mx3") for n in GRAPH[m]}
    assert not [n for n in model if n.startswith("harness")]
    assert {n for n in engine if not n.startswith("harness.mx3")} <= {"reduced_model.errors"}


def test_no_circle_of_files():
    """Imports for types and imports inside functions count like all others; facades only hand on."""
    order: list[str] = []
    open_path: list[str] = []

    def visit(module: str) -> None:
        if module in order:
            return
        assert module not in open_path, " -> ".join([*open_path[open_path.index(module) :], module])
        open_path.append(module)
        for name in sorted(GRAPH[module].difference(FACADES)):
            visit(name)
        open_path.pop()
        order.append(module)

    for module in FILES:
        visit(module)
    assert len(order) == len(FILES)


def test_an_import_inside_a_function_says_why():
    """Only start-up time asks for one; the command line's modules say so once, at their top."""
    silent = []
    for module, file in FILES.items():
        if room_of(module) == "harness.cli" or module in FACADES:
            continue
        lines = file.read_text(encoding="utf-8").splitlines()
        late = {
            node.lineno: node.end_lineno
            for function in ast.walk(ast.parse("\n".join(lines)))
            if isinstance(function, ast.FunctionDef)
            for node in ast.walk(function)
            if isinstance(node, ast.Import | ast.ImportFrom)
        }
        for first, last in late.items():
            follows = lines[first - 2].lstrip().startswith(("from ", "import ", ")"))
            if not follows and not any("#" in line for line in lines[first - 2 : last]):
                silent.append(f"{file.relative_to(ROOT)}:{first}")
    assert silent == []


def test_a_colour_of_the_palette_is_written_once():
    palette = [getattr(results, name) for name in ("BLUE", "ORANGE", "GREEN", "PURPLE", "GOLD", "GREY")]
    texts = {module: file.read_text(encoding="utf-8") for module, file in FILES.items()}
    for color in palette:
        assert [module for module, text in texts.items() if color in text] == ["reduced_model.results"]
