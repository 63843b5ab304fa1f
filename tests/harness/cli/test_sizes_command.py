"""mxval sizes: known and own materials, the counting claims, files, bad input."""

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from harness.cli.app import app


def run(*arguments):
    return CliRunner().invoke(app, ["sizes", *arguments])


def test_sizes_as_json_and_files(tmp_path):
    done = run("--material", "iron", "--json", "--out", str(tmp_path))
    sizes = {size["key"]: size["value_nm"] for size in json.loads(done.stdout)["sizes"]}
    assert sizes["exchange_length"] == pytest.approx(2.3467, abs=5e-5)  # PRB paper's iron, four decimals
    assert sizes["nucleation_ansatz"] == pytest.approx(9.472, abs=5e-4)
    written = pd.read_csv(tmp_path / "sizes.csv").set_index("key")["value_nm"]
    assert written["curling"] == pytest.approx(sizes["curling"])
    assert (tmp_path / "sizes.png").stat().st_size > 5000


def test_a_material_of_ones_own():
    done = run("--material", "mine", "--Ms", "4e5", "--A", "1e-11", "--Ku", "0", "--json")
    sizes = {size["key"]: size["value_nm"] for size in json.loads(done.stdout)["sizes"]}
    assert sizes["exchange_length"] == pytest.approx((2e-11 / (4e-7 * 3.14159265 * 1.6e11)) ** 0.5 * 1e9)
    assert sizes["superparamagnetic"] is None


def test_the_table_says_what_a_cell_holds():
    told = run("--cell-nm", "3").stdout
    assert "superparamagnetic" in told
    assert "a 3 nm cell of iron holds 4.95e+03 Bohr magnetons" in told
    assert "no limit of the discretisation" in told
