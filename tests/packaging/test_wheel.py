"""The wheel, unpacked alone: it carries its templates and studies, and runs the demo in an empty folder."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

FEW = """
name = "few"
material = { name = "iron" }
particle = { radius_nm = 8 }
continuum = { solve = false }
mesh = { cell_nm = 4 }
field = { values_T = [1.0, 0.0] }
"""


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    """Folder into which the freshly built wheel was unpacked, as pip would."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def _run(unpacked: Path, cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(unpacked)}
    return subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=environment, capture_output=True, text=True
    )


def test_the_wheel_holds_the_packages_and_the_file_of_public_names(unpacked):
    top = {path.name for path in unpacked.iterdir() if not path.name.endswith(".dist-info")}
    assert top == {"harness", "reduced_model", "mxval.py"}
    assert (unpacked / "harness/_data/studies/demo.toml").is_file()
    assert (unpacked / "harness/_data/templates/sphere_loop.mx3.j2").is_file()
    assert (unpacked / "harness/_data/continuum/iron/loops.csv").is_file()


def test_mxval_re_exports_every_public_name(unpacked, tmp_path):
    code = "import mxval; print(mxval.__file__, all(getattr(mxval, n) is not None for n in mxval.__all__))"
    where, every = _run(unpacked, tmp_path, "-c", code).stdout.split()
    assert Path(where).is_relative_to(unpacked)
    assert every == "True"


@pytest.mark.validate
def test_the_wheel_runs_a_study_in_an_empty_folder(unpacked, tmp_path):
    (tmp_path / "few.toml").write_text(FEW)
    done = _run(unpacked, tmp_path, "-m", "harness", "run", "few.toml", "--engine", "cpu")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "mumax_runs/few/report/index.html").is_file()


@pytest.mark.validate
def test_the_wheel_runs_the_demo_in_an_empty_folder(unpacked, tmp_path):
    where = _run(unpacked, tmp_path, "-c", "import harness; print(harness.__file__)")
    assert Path(where.stdout.strip()).is_relative_to(unpacked)
    done = _run(unpacked, tmp_path, "-m", "harness", "run", "demo", "--engine", "cpu")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "mumax_runs/demo/report/index.html").is_file()
    plan = json.loads(_run(unpacked, tmp_path, "-m", "harness", "plan", "demo", "--json").stdout)
    assert {case["state"] for case in plan["cases"]} == {"done"}
