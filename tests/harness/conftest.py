"""Small studies and output folders for the tests of the pipeline rooms."""

from __future__ import annotations

import copy
import hashlib
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.analysis.result import CaseResult, analyse
from harness.engines import CpuEngine, MuMax3
from harness.engines.base import Engine
from harness.engines.mumax3.settings import Configuration
from harness.runs.execute import execute
from harness.runs.output import read
from harness.runs.plan import PlannedRun
from harness.study.script import render
from harness.study.study import Study

from .made_budgets import budgeted
from .made_runs import comparison, make_comparison, make_study
from .real_runs import real_comparison, really_run

__all__ = ["budgeted", "comparison", "make_comparison", "make_study", "real_comparison", "really_run"]

STAND_IN = Path(__file__).with_name("stand_in_mumax3.py")

SMALL: dict[str, Any] = {
    "name": "small",
    "material": {"name": "iron"},
    "particle": {"radius_nm": 8},
    "mesh": {"cell_nm": 4},
    "field": {"loop": {"max_T": 1, "step_T": 0.5}},
    "continuum": {"solve": False},
}

HEADER = (
    "# t (s)\tmx ()\tmy ()\tmz ()\tstep ()\tB_extx (T)\tB_exty (T)\tB_extz (T)\tmaxTorque (T)"
    "\tunnamed.*engine.crossProductx (?)\tunnamed.*engine.crossProducty (?)"
    "\tunnamed.*engine.crossProductz (?)"
)


def _small_with(path: str, value: Any) -> dict[str, Any]:
    values = copy.deepcopy(SMALL)
    table = values
    *parents, key = path.split(".")
    for parent in parents:
        table = table.setdefault(parent, {})
    table[key] = value
    return values


def _write_table(
    out: Path, fields_T: Sequence[float], spoil: Callable[[list[str]], list[str]] = list
) -> None:
    out.mkdir(parents=True, exist_ok=True)
    rows = [
        f"0\t0\t0\t{1 if B >= 0 else -1}\t{k}\t0\t0\t{B:.7g}\t1e-07\t0\t0\t0.01"
        for k, B in enumerate(fields_T)
    ]
    (out / "table.txt").write_text("\n".join(spoil([HEADER, *rows])) + "\n")


TINY: dict[str, Any] = {
    "name": "tiny",
    "material": {"name": "iron"},
    "particle": {"radius_nm": 6},
    "mesh": {"cell_nm": 3},
    "field": {"loop": {"max_T": 0.4, "step_T": 0.2}},
    "continuum": {"solve": False},
    "protocol": [{"kind": "bare"}, {"kind": "kick"}],
}
"""Two cases of ten fields on 64 cells, with states saved at steps 2 and 7."""


def run_case(run: PlannedRun, engine: Engine, **how: Any) -> CaseResult:
    """Execute, read and analyse one run."""
    return analyse(read(execute(run, engine, **how)))


TINY_TOML = """
name = "tiny"
material = { name = "iron" }
particle = { radius_nm = 6 }
mesh = { cell_nm = 3 }
field = { loop = { max_T = 0.4, step_T = 0.2 } }
continuum = { solve = false }
protocol = [{ kind = "bare" }, { kind = "kick" }]
"""


@pytest.fixture(scope="session", autouse=True)
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Tests share one cache, which is not the user's: what takes long is worked out once."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("cache")
        patch.setenv("XDG_CACHE_HOME", str(folder))
        yield folder


@pytest.fixture(autouse=True)
def nobodys_machine(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests see neither the user's settings nor, but those that are marked gpu, a MuMax3 that is there."""
    if "gpu" not in request.keywords:
        monkeypatch.delenv("MUMAX3", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture
def no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports without figures, for tests of everything else in them."""
    monkeypatch.setattr("harness.report.figures.FIGURES", {})


@pytest.fixture(scope="session")
def tiny() -> Study:
    """The tiny study."""
    return Study.from_values(TINY)


@pytest.fixture(scope="session")
def answers(tiny: Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the CPU engine writes for the tiny study's scripts, for the stand-in to copy."""
    folder = tmp_path_factory.mktemp("answers")
    engine = CpuEngine()
    for case in tiny.cases():
        rendered = render(case)
        place = folder / hashlib.sha256(rendered.script.encode()).hexdigest()
        scripts = folder / case.name
        scripts.mkdir()
        engine.run(rendered.write(scripts), place, engine.options(1e-6))
    return folder


@pytest.fixture
def stand_in(tmp_path: Path, answers: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., MuMax3]:
    """Makes an engine of the stand-in for MuMax3, with a fault; see stand_in_mumax3.py."""
    program = tmp_path / "bin" / "mumax3"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable} -SE\n{STAND_IN.read_text()}")
    program.chmod(0o755)

    def make(fault: str = "", at: int = 3, pace_s: float = 0.0, **settings: Any) -> MuMax3:
        monkeypatch.setenv("MUMAX3", str(program))
        monkeypatch.setenv("STAND_IN_ANSWERS", str(answers))
        monkeypatch.setenv("STAND_IN_FAULT", fault)
        monkeypatch.setenv("STAND_IN_AT", str(at))
        monkeypatch.setenv("STAND_IN_PACE_S", str(pace_s))
        return MuMax3(settings=Configuration(**settings))

    return make


@pytest.fixture
def small() -> Study:
    """A loop of ten fields on a few cells, bare."""
    return Study.from_values(SMALL)


@pytest.fixture
def small_with() -> Callable[[str, Any], dict[str, Any]]:
    """Makes the values of the small study with one of them set, at a dotted path."""
    return _small_with


@pytest.fixture
def write_table() -> Callable[..., None]:
    """Writes a table as MuMax3 does, m following the sign of the field; ``spoil`` may change its lines."""
    return _write_table
