"""One file by anybody: its unit, its body, its radius, and what is said of each."""

import math
from pathlib import Path

import numpy as np
import pytest

from harness.analysis.ansatz import sample_ansatz
from harness.analysis.saved_state import fit_saved_state
from harness.analysis.vortex import FitError
from harness.mx3.files.ovf import Header, OvfError, write_ovf
from harness.mx3.language.values import OutputFormat
from harness.shipped import CHECKOUT
from harness.study.lattice import fit_lattice

LATTICE = fit_lattice(20, 2)
VORTEX = sample_ansatz(4.0, 20e-9, LATTICE.positions())
OF_A_RUN = CHECKOUT / "mumax_runs/recorded/demo/R20nm-c2.5nm-bare-3818d2fbe80a/out/m_step000010.ovf"
MS = 1.7e6
TWO_MATERIALS = np.where(LATTICE.positions()[2] > 0, 8e5, 1.4e6) * VORTEX


def saved(path: Path, m, unit="", cell_m=2e-9, format=OutputFormat.OVF2_TEXT, **replaced: str) -> Path:
    """A file, with lines of its header replaced."""
    with path.open("wb") as stream:
        write_ovf(stream, m, Header("m", unit, 0.0, (cell_m,) * 3), format)
    lines = path.read_bytes().split(b"\n")
    for k, line in enumerate(lines[:40]):
        key = line.removeprefix(b"# ").partition(b":")[0].decode(errors="replace")
        lines[k] = f"# {key}: {replaced[key]}".encode() if key in replaced else line
    path.write_bytes(b"\n".join(lines))
    return path


@pytest.mark.parametrize("format", list(OutputFormat))
@pytest.mark.parametrize(
    ("unit", "length"), [("A/m", MS), ("T", 2.136), ("kA/m", 1700.0), ("", 1.0), ("", 860.0)]
)
def test_a_magnetisation_is_fitted_in_any_unit(tmp_path, unit, length, format):
    found = fit_saved_state(saved(tmp_path / "M", length * VORTEX, unit, format=format), 20)
    assert found.fit.nu == pytest.approx(4.0, rel=1e-5)  # single precision in the file
    assert (found.fit.state, found.fit.chirality) == ("vortex", 1)
    assert (found.moment, found.moment_unit) == (
        pytest.approx(length, rel=1e-6),
        unit or ("1" if format.name.startswith("OVF2") else ""),
    )
    assert found.warnings == () and math.isnan(found.radius_error_m)


def test_cells_filled_in_part_are_weighed_by_what_they_hold(tmp_path):
    """MuMax3's m_full of a smoothed sphere: Ms times the share of each cell."""
    wide = fit_lattice(20, 4)
    parts = wide.cell_m * (np.arange(8) - 3.5) / 8
    places = wide.positions()[..., None] + np.stack(np.meshgrid(parts, parts, parts)).reshape(3, 1, 1, 1, -1)
    fill = ((places**2).sum(axis=0) <= 20e-9**2).mean(axis=-1)
    m = MS * fill * sample_ansatz(4.0, 1, wide.positions() / 40e-9)  # every cell within 40 nm
    found = fit_saved_state(saved(tmp_path / "M", m, "A/m", 4e-9))
    assert found.moment == pytest.approx(MS) and found.fit.n_cells == np.count_nonzero(fill)
    assert found.fit.radius_m == pytest.approx(20e-9, rel=0.01)
    assert "count by their share" in found.radius_from
    assert found.fit.nu == pytest.approx(2.0, rel=0.01)  # R/nu is 10 nm


@pytest.mark.parametrize(
    ("field", "words"),
    [
        (TWO_MATERIALS, r"8e\+05 to 1.4e\+06 A/m long, of 2 lengths, .* several materials"),
        (VORTEX * (1 + np.linspace(0, 1, 20)), "another field"),
        (np.zeros((3, 4, 4, 4)), "every vector is 0"),
        (np.full((3, 4, 4, 4), np.nan), "not finite"),
        (VORTEX[:1], "a scalar file, where a magnetisation has 3 components"),
    ],
    ids=["two materials", "field", "nothing", "nan", "scalar"],
)
def test_what_is_no_magnetisation_is_said_truly(tmp_path, field, words):
    file = saved(tmp_path / "r_0.5T", field, "A/m")
    with pytest.raises(FitError, match=words) as caught:
        fit_saved_state(file)
    assert str(caught.value).startswith(str(file)) and "\n" not in str(caught.value)
    assert "again" not in str(caught.value)  # nobody's own run


@pytest.mark.parametrize(("unit", "factor"), [("nm", 1e9), ("um", 1e6), ("cm", 100), ("m", 1)])
def test_lengths_of_the_mesh_are_honoured(tmp_path, unit, factor):
    keys = {f"{axis}max": 40e-9 for axis in "xyz"} | {f"{axis}min": 0.0 for axis in "xyz"}
    keys |= {f"{axis}base": 1e-9 for axis in "xyz"} | {f"{axis}stepsize": 2e-9 for axis in "xyz"}
    header = {key: repr(value * factor) for key, value in keys.items()}
    found = fit_saved_state(saved(tmp_path / "m.ovf", VORTEX, meshunit=unit, **header))
    assert found.fit.radius_m == pytest.approx(20e-9, rel=0.01) and found.warnings == ()


def test_a_doubtful_unit_of_length_is_told(tmp_path):
    keys = {f"{axis}max": "40" for axis in "xyz"} | {f"{axis}base": "1" for axis in "xyz"}
    keys |= {f"{axis}stepsize": "2" for axis in "xyz"}
    found = fit_saved_state(saved(tmp_path / "m.ovf", VORTEX, **keys))  # the header says m
    assert "meshunit" in found.warnings[0] and found.fit.radius_m == pytest.approx(20, rel=0.01)
    with pytest.raises(OvfError, match="its meshunit is furlong; m, cm"):
        fit_saved_state(saved(tmp_path / "m.ovf", VORTEX, meshunit="furlong"))


@pytest.mark.parametrize("cell_nm", [2, 3, 4, 8])
def test_a_radius_by_the_cells_is_a_guess_with_an_error(tmp_path, cell_nm):
    lattice = fit_lattice(20, cell_nm)
    m = sample_ansatz(4.0, 20e-9, lattice.positions())
    found = fit_saved_state(saved(tmp_path / "m.ovf", m, cell_m=lattice.cell_m))
    assert abs(found.fit.radius_m - 20e-9) < found.radius_error_m < 0.1 * 20e-9
    assert found.radius_from.startswith("guessed: ") and "±" in found.radius_from
    # nu is proportional to the radius, and only that is unknown.
    assert found.fit.nu / found.fit.radius_m == pytest.approx(4.0 / 20e-9, rel=1e-4)


def test_a_sphere_is_found_wherever_it_lies_in_its_box(tmp_path):
    m = np.zeros((3, 20, 24, 30))
    m[:, :, 1:21, 8:28] = VORTEX
    found = fit_saved_state(saved(tmp_path / "m.ovf", m))
    assert (found.fit.state, found.body.is_sphere) == ("vortex", True)
    assert found.body.centre_m == pytest.approx((6e-9 / 2 * 2, -2e-9, 0), abs=1e-15)


def test_a_body_that_is_no_sphere_is_told_and_fitted_on_request(tmp_path):
    disc = VORTEX * (abs(LATTICE.positions()[2]) < 6e-9)
    file = saved(tmp_path / "m.ovf", disc)
    with pytest.raises(FitError, match=r"no sphere: .* --radius-nm"):
        fit_saved_state(file)
    found = fit_saved_state(file, 20)
    assert found.fit.nu == pytest.approx(4.0, rel=1e-5)
    assert found.warnings[0].startswith("no sphere: ")


def test_a_radius_that_the_cells_contradict_is_told(tmp_path):
    file = saved(tmp_path / "m.ovf", sample_ansatz(0.0, 20e-9, LATTICE.positions()))
    assert fit_saved_state(file, 20).warnings == () and fit_saved_state(file, 20.4).warnings == ()
    for each in (file, OF_A_RUN):
        assert fit_saved_state(each, 30).warnings[0].startswith("radius_nm = 30: the cells form a sphere")
    with pytest.raises(FitError, match=r"m\.ovf: radius_nm = 10: .* circulate"):
        fit_saved_state(saved(tmp_path / "m.ovf", VORTEX), 10)


def test_a_radius_in_another_unit_than_the_cells_is_refused_in_a_line(tmp_path):
    state = saved(tmp_path / "m.ovf", VORTEX, meshunit="nm")  # with lengths in m
    with pytest.raises(
        FitError, match=r"m\.ovf: radius_nm = 20: the cells form a sphere of 2.006e-08 .* meshunit"
    ):
        fit_saved_state(state, 20)
    assert "meshunit" in fit_saved_state(state).warnings[0]
    with pytest.raises(FitError, match="radius_nm = 2e-08: the cells form a sphere of 20"):
        fit_saved_state(saved(tmp_path / "m.ovf", VORTEX), 2e-8)


def test_every_key_is_explained(tmp_path):
    found = fit_saved_state(saved(tmp_path / "m.ovf", VORTEX)).to_dict()
    glossary = (Path(__file__).parents[3] / "docs" / "glossary.md").read_text(encoding="utf-8")
    assert [key for key in (*found, *found["body"]) if f"`{key}`" not in glossary] == []


def test_too_few_cells_are_told_with_their_file(tmp_path):
    m = np.zeros((3, *LATTICE.shape))
    m[2, 10, 10, 10] = 1.0
    with pytest.raises(FitError, match=r"m\.ovf: 1 magnetic cell: a fit needs at least"):
        fit_saved_state(saved(tmp_path / "m.ovf", m), 20)
