"""The diffs of CONTRIBUTING.md apply to this tree, and what they add works."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
DIFFS = re.findall(r"^```diff\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)

STUDY = """
name = "additions"
material = { name = "iron" }
particle = { radius_nm = 6 }
continuum = { solve = false }
mesh = { cell_nm = 3 }
field = { values_T = [0.4, 0.0, -0.4] }
protocol = [{ kind = "bare" }, { kind = "quench" }]
"""

USE = """
import numpy as np
import pandas as pd
from pathlib import Path
from harness import Study, run_study
from harness.engines import ENGINES, EngineMissing, choose_engine
from harness.mx3.magnet.magnet import Magnet
from harness.mx3.magnet.mesh import Mesh
from harness.report.figures import FIGURES

for name in FIGURES.keys() - {"energy"}:
    del FIGURES[name]  # the others are drawn in tests of their own
result = run_study(Study.load("additions.toml"), "cpu", "runs")
assert result.failures == {}, result.failures
quench = next(r for r in result.results if r.case.protocol.kind == "quench")
assert "randomMagSeed(1)" in (quench.folder / "script.mx3").read_text()
table = result.comparison.table
area = table[(table.quantity == "integral of <m> over B") & (table.case == quench.case.name)]
m = np.array(quench.loop.m)[:, 2]
assert np.isclose(area.simulated.iloc[0], np.diff(quench.loop.B_T) @ (m[1:] + m[:-1]) / 2)
drawn = pd.read_csv(result.report.parent / "figures" / "energy.csv")
assert len(drawn) == 6 and drawn.E_total.notna().all()

magnet = Magnet(Mesh((2, 2, 2), (2e-9,) * 3))
magnet.set_parameters(1e6, 1e-11, Ku3=1e4)
magnet.set_m(np.array([0.6, 0, 0.8])[:, None, None, None] * np.ones((3, 2, 2, 2)))
assert np.isclose(magnet.energy("anis"), -1e4 * 0.8**6 * 8 * 8e-27)
assert np.allclose(magnet.field("anis")[2], 6e4 * 0.8**5 / 1e6)

assert "replay" in ENGINES
try:
    choose_engine("replay")
except EngineMissing as missing:
    assert "MXVAL_REPLAY" in str(missing)
"""


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the packages with every diff of the page applied."""
    tree = tmp_path_factory.mktemp("tree")
    for name in ("harness", "reduced_model", "templates", "mumax_runs/studies"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tree)
    for diff in DIFFS:
        applied = subprocess.run(["git", "apply", "-"], cwd=tree, input=diff, text=True, capture_output=True)
        assert applied.returncode == 0, applied.stderr
    return tree


def test_every_common_addition_is_shown(changed: Path) -> None:
    assert len(DIFFS) == 5
    assert all(sum(line.startswith("+") for line in diff.splitlines()) < 60 for diff in DIFFS)


def test_what_the_diffs_add_works(changed: Path, tmp_path: Path) -> None:
    (tmp_path / "additions.toml").write_text(STUDY)
    run = [sys.executable, "-c", USE]
    used = subprocess.run(run, cwd=tmp_path, env={"PYTHONPATH": str(changed)}, capture_output=True, text=True)
    assert used.returncode == 0, used.stderr
