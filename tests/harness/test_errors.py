"""Errors come back from worker processes as they were raised."""

import importlib
import inspect
import pickle
import pkgutil
from pathlib import Path

import harness
import reduced_model
from reduced_model.errors import MxvalError

OWN = {"path": Path("a.ovf"), "why": "it is empty", "line": 3, "message": "unknown", "exit_code": -9}
OWN |= {"cause": "no memory", "problems": ("one", "two")}
"""A value for each argument that an error of its own making takes."""


def _kinds(kind):
    for each in kind.__subclasses__():
        yield each
        yield from _kinds(each)


def test_every_error_comes_back_whole():
    for room in (reduced_model, harness):
        for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    kinds = set(_kinds(MxvalError))
    assert {"OvfError", "ScriptError", "EngineCrashed", "FitError"} <= {kind.__name__ for kind in kinds}
    for kind in kinds:
        _, *arguments = inspect.signature(kind.__init__).parameters.values()
        asked = [p.name for p in arguments if p.kind is p.POSITIONAL_OR_KEYWORD and p.default is p.empty]
        raised = kind(*(OWN[name] for name in asked or ("message",)))
        back = pickle.loads(pickle.dumps(raised))
        assert (type(back), str(back), vars(back)) == (kind, str(raised), vars(raised)), kind
