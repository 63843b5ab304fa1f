"""The package's face: every public name loads from its room, and none of them before it is asked for."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import reduced_model


@pytest.mark.parametrize("name", reduced_model.__all__)
def test_every_public_name_loads_and_says_what_it_is(name):
    value = getattr(reduced_model, name)
    assert not callable(value) or value.__doc__


def test_type_checkers_see_the_same_names():
    tree = ast.parse(Path(reduced_model.__file__).read_text(encoding="utf-8"))
    (block,) = [node for node in tree.body if isinstance(node, ast.If)]
    seen = {
        alias.name: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert seen == {name: f"reduced_model.{module}" for name, module in reduced_model._HOME.items()}


def test_an_unknown_name_is_no_attribute():
    with pytest.raises(AttributeError, match="'girth'"):
        _ = reduced_model.girth


@pytest.mark.parametrize("statement", ["import reduced_model", "from reduced_model import nucleation_field"])
def test_importing_the_package_loads_neither_numba_nor_matplotlib(statement):
    code = f"import sys; {statement}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"numba", "scipy", "matplotlib", "pandas"}.isdisjoint(done.stdout.split())
