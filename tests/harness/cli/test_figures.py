"""figure, show and animate from the command line: files, what they hold, and what is refused."""

import json
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer
from matplotlib.figure import Figure
from PIL import Image

from harness.mx3.files.ovf import read_ovf
from harness.papers.figures import NUMBERED
from harness.report.animation import FORMATS
from harness.report.figures.texture import draw_texture
from harness.shipped import CHECKOUT

STATE = CHECKOUT / "mumax_runs/recorded/published/R20nm-c2nm-minimize-bare/out/m_step000070.ovf"
OMF = CHECKOUT / "tests/harness/runs/foreign/oommf/sphere-Oxs_MinDriver-Magnetization-08-0000380.omf"
VORTEX = """
name = "small_vortex"
material = { name = "iron" }
particle = { radius_nm = 20 }
mesh = { cell_nm = 5 }
field = { values_T = [0.6, 0.3, 0.0, -0.3] }
continuum = { solve = false }
save = { ovf = "all" }
protocol = [{ kind = "kick" }]
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """A folder with the study of a small vortex, and its runs once a figure has asked for them."""
    folder = tmp_path_factory.mktemp("figures")
    (folder / "vortex.toml").write_text(VORTEX)
    return folder


@pytest.mark.parametrize("number", ["4b", "s2"])
def test_a_figure_without_a_simulation(mxval, tmp_path, number):
    done = mxval("figure", number, "-o", tmp_path, "--format", "png", "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert set(told["files"]) == {"csv", "png"}
    assert sorted(f.suffix for f in tmp_path.iterdir()) == [".csv", ".png"]


def test_figures_of_a_study_run_what_is_missing_and_say_the_cost(mxval, runs, tmp_path):
    given = ("--study", runs / "vortex.toml", "--runs", runs, "-o", tmp_path, "--engine", "cpu")
    first = mxval("figure", "2", *given)
    assert first.exit_code == 0, first.output
    assert "small_vortex is run first" in first.stderr and "1 case in about" in first.stderr
    assert not (runs / "small_vortex" / "report").exists()
    rows = pd.read_csv(tmp_path / "fig2_h_prime.csv")
    simulated = rows[rows["series"].str.contains("5 nm cells")]
    assert simulated["B_T"].tolist() == [0.6, 0.3, 0.0, -0.3]
    assert {"H' exact", "H' fits", "continuum"} < set(rows["series"])
    assert "5 nm cells" in first.stdout

    second = mxval("figure", "1b", *given, "--format", "svg")
    assert second.exit_code == 0 and "is run first" not in second.output
    assert "simulation" in "".join(pd.read_csv(tmp_path / "fig1b_profile.csv")["series"].unique())
    third = mxval("figure", "1a", *given, "--format", "png")
    assert third.exit_code == 0, third.output
    words = " ".join(third.output.split())
    assert "vortex of a sphere of iron, R = 20 nm" in words and "on the descending branch of" in words
    arrows = pd.read_csv(tmp_path / "fig1a_texture.csv")
    assert np.allclose(np.linalg.norm(arrows[["m_x", "m_y", "m_z"]], axis=1), 1.0, atol=1e-6)
    assert np.linalg.norm(arrows[["x_nm", "y_nm", "z_nm"]], axis=1).max() < 21.0


def test_a_figure_that_is_none_names_those_there_are(refused):
    refused(("figure", "5"), "figure 5", *NUMBERED)


def test_what_a_figure_cannot_be_drawn_of(mxval, refused, here, finished_run):
    refused(("figure", "2", "--format", "tiff"), "--format", "tiff", "png")
    refused(("figure", "2", "--study", "tiny.toml", "--case", "x"), "--case x", "R6nm")
    refused(("figure", "s1", "--study", "tiny.toml"), "--study tiny.toml", "figure s1 shows no simulation")
    refused(("figure", "s2", "--case", "x"), "--case x", "leave it out")
    refused(("figure", "s3", "--case", "x"), "--case x", "--study fe_sphere_mesh")
    tiny = ("--study", "tiny.toml", "--runs", here, "--engine", "cpu")
    for number, parts in (("2", ("R = 20 nm", "fe_sphere_40nm")), ("1a", ("no vortex", "uniform"))):
        done = mxval("figure", number, *tiny)
        assert (done.exit_code, done.stdout) == (2, "")
        last = done.stderr.strip().splitlines()[-1]
        assert all(part in last for part in ("mxval: study tiny", *parts)), last
    new = ("--study", "tiny.toml", "--runs", "new", "--engine", "cpu")  # nothing is run, or asked, for it
    assert refused(("figure", "2", *new), "study tiny: no case of the spheres of figure 2")
    assert not (here / "new").exists()


@pytest.mark.parametrize(("answer", "code"), [(False, 1), (typer.Abort(), 130)])
def test_somebody_at_a_terminal_is_asked_before_a_run(mxval, monkeypatch, tmp_path, runs, answer, code):
    def say(*_, **__):
        if isinstance(answer, typer.Abort):  # Ctrl-C at the question
            raise answer
        return answer

    monkeypatch.setattr("harness.cli.figures._somebody_there", lambda: True)
    monkeypatch.setattr("typer.confirm", say)
    done = mxval("figure", "2", "--runs", tmp_path, "--engine", "cpu", "-o", tmp_path / "none")
    assert done.exit_code == code and "fe_sphere_40nm is run first" in done.stderr
    assert not (tmp_path / "none").exists() and not list(tmp_path.glob("fe_sphere_40nm/*"))


@pytest.mark.parametrize(("file", "words"), [(STATE, "nu = 4.7"), (OMF, "radius")])
def test_show_draws_any_state(mxval, tmp_path, file, words):
    done = mxval("show", file, "-o", tmp_path / "state.png")
    assert done.exit_code == 0, done.output
    assert words in done.stdout
    picture = np.asarray(Image.open(tmp_path / "state.png").convert("RGB"))
    assert picture.shape[1] == 1400  # two columns and their gap at 200 dots an inch
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 500


def test_show_draws_what_has_no_fit_and_says_why(mxval, tmp_path):
    from tests.harness.made_runs import write_text_ovf

    m = np.zeros((3, 4, 4, 8))
    m[2] = 1.0
    write_text_ovf(tmp_path / "bar.ovf", m, 2e-9)
    done = mxval("show", tmp_path / "bar.ovf", "-o", tmp_path / "bar.svg")
    assert done.exit_code == 0, done.output
    assert "no fit" in done.stdout and "cuboid" in done.stdout
    assert (tmp_path / "bar.svg").read_text().lstrip().startswith("<?xml")


@pytest.mark.parametrize("radius_m", [5e-9, 60e-9])
def test_a_texture_holds_all_cells_whatever_the_radius(radius_m):
    """Of a sphere of 20 nm: arrows as far as the cells, and a box that holds both."""
    field = read_ovf(STATE)
    axes = Figure().add_subplot(projection="3d")
    rows = draw_texture(axes, field, radius_m)
    reach_nm = np.linalg.norm(rows[["x_nm", "y_nm", "z_nm"]], axis=1).max()
    assert 17 < reach_nm <= axes.get_xlim()[1] + 1  # half a cell
    assert 10 < rows["z_nm"].max() < 16  # the upper layer is inside the cells
    assert axes.get_xlim()[1] == pytest.approx(max(60.0 * (radius_m > 2e-8), reach_nm), rel=0.1)


@pytest.mark.parametrize("axis", [(0.0, 0.0, 1.0), (0.6, 0.8, 0.0), (-1.0, 0.0, 0.0), (0.0, -1.0, 0.0)])
def test_no_number_of_a_texture_lies_on_another_and_its_z_stands_upright(axis):
    figure = Figure(dpi=200)
    axes = figure.add_axes((0.2, 0.39, 0.52, 0.56), projection="3d")
    draw_texture(axes, read_ovf(STATE), 20e-9, axis=np.array(axis))
    figure.draw_without_rendering()
    ticks = [tick.label1 for a in (axes.xaxis, axes.yaxis, axes.zaxis) for tick in a.get_major_ticks()]
    boxes = [label.get_window_extent() for label in ticks if label.get_text()]
    assert len(boxes) >= 9 and not any(one.overlaps(other) for one, other in combinations(boxes, 2))
    assert axes.zaxis.label.get_rotation() == 90


def test_what_show_refuses(refused, tmp_path):
    (tmp_path / "no.ovf").write_text("no field at all\n")
    refused(("show", tmp_path / "no.ovf"), "no.ovf", "not a readable OVF file")
    refused(("show", tmp_path), "a folder", "mxval animate")
    refused(("show", tmp_path / "none.ovf"), "none.ovf")
    refused(("show", STATE, "-o", "state.txt"), "state.txt", ".png")
    refused(("show", STATE, "--radius-nm", -1), "radius_nm")
    refused(("show", STATE, "-o", tmp_path / "gone" / "s.png"), f"there is no folder {tmp_path / 'gone'}")
    assert not (tmp_path / "gone").exists()


def test_a_film_has_a_frame_a_state(mxval, runs, tmp_path):
    given = ("--study", runs / "vortex.toml", "--runs", runs, "--engine", "cpu", "--format", "png")
    assert mxval("figure", "1a", *given, "-o", tmp_path).exit_code == 0
    run = next((runs / "small_vortex").glob("R20nm*"))
    done = mxval("animate", run, "-o", tmp_path / "film", "--fps", 5)
    assert done.exit_code == 0, done.output
    film = Image.open(tmp_path / "film.gif")
    assert film.n_frames == 4 and film.info["duration"] == 200
    frames = []
    for k in range(film.n_frames):
        film.seek(k)
        frames.append(np.asarray(film.convert("L"), dtype=float))
    assert all(np.abs(one - other).max() > 100 for one, other in pairwise(frames))
    film.seek(0)  # uniform along the field, and shaded by that
    red, _, blue = np.moveaxis(np.asarray(film.convert("RGB"), dtype=int)[:, :320], 2, 0)
    assert (red - blue > 100).sum() > 200
    assert sorted(f.name for f in tmp_path.iterdir() if "film" in f.name) == ["film.gif"]
    states = sorted((run / "out").glob("*.ovf"))
    whole = [state.read_bytes() for state in states]
    try:
        states[1].write_bytes(whole[1][:300])
        states[3].unlink()
        again = mxval("animate", run, "-o", tmp_path / "film")
        assert again.exit_code == 0, again.output
        assert Image.open(tmp_path / "film.gif").n_frames == 2
        assert f"{states[3].name}: is gone" in again.stderr
        assert f"left out of the film: {states[1]}" in again.stderr
        for left, state in ((1, states[2]), (0, states[0])):
            states[1].unlink(missing_ok=True)
            state.unlink()
            gone = mxval("animate", run, "-o", tmp_path / "none")
            assert gone.exit_code == 1 and f"{4 - left} of 4 saved states are gone" in gone.stderr, (
                gone.output
            )
            assert "--redo" in gone.stderr and "[save]" not in gone.stderr
        for state in states:
            state.write_bytes(b"no state")
        none = mxval("animate", run, "-o", tmp_path / "none")
        assert none.exit_code == 1 and not list(tmp_path.glob("none*")), none.output
        assert states[-1].name in none.stderr.splitlines()[-1]
    finally:
        for state, text in zip(states, whole, strict=True):
            state.write_bytes(text)


def test_what_a_film_needs(refused, monkeypatch, here, finished_run, tmp_path):
    refused(("animate", finished_run, "--format", "avi"), "avi", "gif", "mp4")
    monkeypatch.setattr(FORMATS["mp4"], "isAvailable", classmethod(lambda cls: False))
    refused(("animate", finished_run, "--format", "mp4"), "ffmpeg", "--format gif")
    refused(("animate", finished_run, "-o", "film.mp4"), "ffmpeg", "--format gif")
    refused(("animate", finished_run, "-o", "film.mp4", "--format", "gif"), "film.mp4", "--format")
    refused(("animate", finished_run, "-o", "film.avi"), "--out film.avi", ".gif or .mp4")
    refused(("animate", finished_run, "-o", tmp_path / "gone" / "film.gif"), f"no folder {tmp_path / 'gone'}")
    refused(("animate", finished_run), "saved", "[save]")
    refused(("animate", tmp_path / "nowhere"), "nowhere")


def test_what_a_film_of_an_import_needs(mxval, refused, tmp_path):
    """An import has no study to change, and no run to repeat."""
    given = ("--radius-nm", 20, "--runs", tmp_path, "--no-report", "--json")
    (told,) = json.loads(mxval("import", OMF.parent, *given).stdout)["imported"]
    run = Path(told["folder"])
    first, second = sorted((run / "out").glob("*.ovf"))
    second.unlink()
    gone = mxval("animate", run, "-o", tmp_path / "film")
    assert gone.exit_code == 1 and "since the run was imported" in gone.stderr
    assert gone.stderr.rstrip().endswith("import it again")
    record = json.loads((run / "run.json").read_text())
    record["outputs"] = {name: record["outputs"][name] for name in (first.name, "table.txt")}
    (run / "run.json").write_text(json.dumps(record))
    refused(("animate", run), "was imported with one state", "import one with more")
