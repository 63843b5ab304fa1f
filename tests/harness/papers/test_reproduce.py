"""Published beside computed: verdicts from digits, curves against points, the page and its files."""

import json
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from typer.testing import CliRunner

from harness.cli.app import app
from harness.comparison.equations import PRINTED
from harness.papers import reproduce as page_of
from harness.papers.curves import CURVES, CurveError, PaperData, compare_curve, read_curves
from harness.papers.figures import PAPER_FIGURES
from harness.papers.numbered import draw as draw_numbered
from harness.papers.reproduce import ENTRIES, headline, reproduce, write_reproduction
from harness.papers.simulated import in_the_simulation
from harness.report.figures.style import COLUMN_IN, PAGE_IN, styled
from reduced_model.errors import InputError
from reduced_model.papers.table import AGREES, DECLARED, FAILS


def mxval(*arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments])


@pytest.fixture(scope="module")
def outcome():
    return reproduce()


def verdict_of(outcome, quantity):
    (row,) = [row for row in outcome.numbers if row.entry.quantity == quantity]
    return row.verdict


def test_every_number_is_recomputed_and_the_counts_add_up(outcome):
    assert len(outcome.numbers) == len(ENTRIES) == sum(outcome.counts.values())
    assert {row.entry.paper for row in outcome.numbers} == {
        "Adams & Michels 2026",
        "Shi 2025",
        "Shi & Cardwell 2026",
    }
    assert str(outcome.counts[FAILS]) in headline(outcome)


def test_whatever_does_not_agree_says_why(outcome):
    silent = [
        row.entry.quantity
        for row in outcome.numbers
        if row.verdict != AGREES and not (row.entry.note or row.entry.cause)
    ]
    assert silent == []
    assert sum(map(len, outcome.causes.values())) == outcome.counts[FAILS]
    assert f"from {len(outcome.causes)} causes" in headline(outcome)


@pytest.mark.parametrize(
    ("quantity", "verdict"),
    [
        ("grid points inside the sphere, K = 21", AGREES),
        ("R_nuc of iron", DECLARED),
        ("field below which H' leaves the simulated loop, where its core tilts", FAILS),
        ("|B| up to which the loop of H'' is open", FAILS),
        ("factor of Ku/(mu0 Ms^2) in Brown's radius", "rounds differently"),
        ("prefactor of g_ux", FAILS),
    ],
)
def test_verdicts_that_the_papers_readers_should_know(outcome, quantity, verdict):
    assert verdict_of(outcome, quantity) == verdict


def test_the_table_and_the_lines_tell_every_number_and_why(outcome):
    _, header, rows = outcome.to_table()
    assert [sum(column) for column in zip(*(row[1:] for row in rows), strict=True)] == [
        *outcome.counts.values()
    ]
    assert len(header) == len(rows[0])
    every = "\n".join(outcome.lines(every=True))
    assert every.count(": printed ") == len(ENTRIES) + outcome.counts[FAILS]
    assert all(row.entry.quantity in every and row.entry.note in every for row in outcome.numbers)
    fails = "\n".join(outcome.lines())
    assert fails.count(": printed ") == outcome.counts[FAILS]
    assert all(fails.count(cause.why) == 1 for cause in outcome.causes)


def test_curves_without_points_say_that_no_number_can_be_compared(outcome):
    assert {curve.verdict for curve in outcome.curves} == {
        "no number can be compared: the published curve is not in the text"
    }


def test_points_on_the_curve_agree_and_others_differ(tmp_path):
    B, m = CURVES["fig3a"].compute()
    rows = [f"{b},{v}" for b, v in zip(B[::50], m[::50], strict=True)]
    (tmp_path / "fig3a.csv").write_text("B_T,mz\n" + "\n".join(rows))
    (tmp_path / "fig4b_loop.csv").write_text("R_nm,B_nuc_T,remark\n12,0.35,read off\n20,0.55,\n")
    published = read_curves(tmp_path)
    same = compare_curve(CURVES["fig3a"], published)
    assert same.verdict == "agrees" and same.largest < 1e-12 and same.points == len(rows)
    other = compare_curve(CURVES["fig4b_loop"], published)
    assert other.verdict == "differs" and other.largest > 0.01


def test_a_point_on_a_jump_is_on_the_curve(tmp_path):
    (tmp_path / "fig3a.csv").write_text("B_T,mz\n-0.0240,0\n1,1\n")
    # the loop's step is 4 mT on an axis of 2 T: a jump is drawn as a line one step wide
    assert compare_curve(CURVES["fig3a"], read_curves(tmp_path)).largest < 0.002


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("fig9.csv", "B_T,mz\n0,0\n", "no such curve; the names are fig2a"),
        ("fig2a.csv", "B,mz\n0,0\n", "no column B_T"),
        ("fig2a.csv", "B_T,mz\n0,high\n", "mz in line 2 is 'high': must be a finite number"),
        ("fig2a.csv", "B_T,mz\n", "no points"),
        ("fig2a.csv", "", "not readable as CSV"),
        (None, "", "no CSV files"),
    ],
)
def test_bad_files_of_published_points_are_one_line(tmp_path, name, text, message):
    if name:
        (tmp_path / name).write_text(text)
    with pytest.raises(CurveError, match=message) as refusal:
        read_curves(tmp_path)
    assert "\n" not in str(refusal.value)
    done = mxval("reproduce", "--published", tmp_path)
    assert done.exit_code == 2 and done.stderr.startswith("mxval: ") and done.stderr.count("\n") == 1


def test_a_missing_folder_is_bad_input(tmp_path):
    done = mxval("reproduce", "--published", tmp_path / "gone")
    assert done.exit_code == 2 and "no such folder of published curves" in done.stderr


class Links(HTMLParser):
    """Addresses of a page, and tags left open."""

    VOID = ("meta", "img", "link", "br")

    def __init__(self):
        super().__init__()
        self.open, self.targets, self.ids = [], [], []

    def handle_starttag(self, tag, attributes):
        if tag not in self.VOID:
            self.open.append(tag)
        values = dict(attributes)
        self.targets += [values[key] for key in ("href", "src") if key in values]
        self.ids += [values["id"]] if "id" in values else []

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def drawn():
    """Every figure, drawn once."""
    return {name: draw(PaperData()) for name, draw in PAPER_FIGURES.items()}


@pytest.mark.parametrize("name", PAPER_FIGURES)
def test_every_figure_is_drawn_with_its_numbers(drawn, name):
    figure = drawn[name]
    assert (figure.name, len(figure.data) > 0, len(figure.alt) > 20) == (name, True, True)
    assert figure.caption.endswith(".") and figure.title == PAPER_FIGURES[name].title
    assert figure.figure.get_figwidth() in (COLUMN_IN, PAGE_IN)
    assert all(axes.get_xlabel() or axes.get_ylabel() for axes in figure.figure.axes)
    with styled():
        figure.figure.draw_without_rendering()  # every text is one that can be set


def test_published_points_are_drawn_over_the_curve_and_kept_beside_it(tmp_path):
    (tmp_path / "figS2.csv").write_text("n,B_SW_T\n1,0.056\n2,0.113\n")
    figure = PAPER_FIGURES["figS2_switching"](PaperData(read_curves(tmp_path)))
    given = figure.data[figure.data["series"] == "published figS2"]
    assert given[["n", "B_SW_T"]].to_numpy().tolist() == [[1, 0.056], [2, 0.113]]
    assert "published" in [text.get_text() for text in figure.figure.axes[0].get_legend().get_texts()]


def test_page_is_whole_and_its_links_lead_somewhere(outcome, drawn, tmp_path, monkeypatch):
    some = ("fig3_h_double_prime", "figS2_switching", "beyond_landscapes")  # the others are drawn above
    monkeypatch.setattr(page_of, "PAPER_FIGURES", {name: lambda _, name=name: drawn[name] for name in some})
    page = write_reproduction(outcome, tmp_path / "out")
    text = page.read_text(encoding="utf-8")
    found = Links()
    found.feed(text)
    assert found.open == []
    for target in found.targets:
        if target.startswith("#"):
            assert target[1:] in found.ids
        elif not target.startswith(("data:", "https://doi.org/")):
            assert (page.parent / target).is_file(), target
    for name in some:
        assert f'id="figure-{name}"' in text
        assert {f.suffix for f in (page.parent / "figures").glob(f"{name}.*")} == {
            ".png",
            ".svg",
            ".pdf",
            ".csv",
        }
    assert not list(page.parent.glob(".report-*"))
    assert text.count("<tr") > len(ENTRIES)
    lines = (page.parent / "numbers.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(ENTRIES) + 1


def test_json_on_the_command_line(outcome):
    done = mxval("reproduce", "--json")
    assert done.exit_code == 0, done.output
    shown = json.loads(done.stdout)
    assert shown["counts"] == outcome.counts and len(shown["numbers"]) == len(ENTRIES)
    first = shown["numbers"][0]
    assert {"published", "computed", "difference", "verdict", "equation", "note", "cause"} <= set(first)
    assert shown["curves"][0]["rms"] is None and shown["page"] is None
    tilt = next(n for n in shown["numbers"] if "where its core tilts" in n["quantity"])
    assert tilt["continuum"] == pytest.approx(0.129, abs=2e-3) and tilt["continuum_error"] < 2e-3
    assert first["continuum"] is None and first["continuum_text"] == ""
    assert [w["stable_kind"] for w in shown["windows"]][-1] == "tilted vortex"
    exact = next(o for o in shown["nucleation_offsets"] if "exact" in o["curvature_of"])
    assert exact["offset_T"] == pytest.approx(2.13628 * (625 / 1764 - 1 / 3), abs=1e-6)  # mu0 Ms to 5 digits


def test_the_command_prints_verdicts_and_the_outcome(outcome):
    done = mxval("reproduce")
    assert done.exit_code == 0
    assert headline(outcome) in done.stdout.replace("\n", " ")
    assert "Adams & Michels 2026" in done.stdout
    assert "printed 0.12 T, computed 0.0655, in the continuum 0.1290 ± 0.0008" in done.stdout
    assert (
        "0.04 to 0.02 T descending: simulation nearer by 3.9 x, rms simulation 0.0082; H' 0.032"
        in done.stdout
    )


def test_printed_values_have_one_home():
    from reduced_model.papers.vortex import NU_REMANENT

    assert PRINTED["nu_remanent"].value == float(NU_REMANENT)
    assert np.isclose(PRINTED["jump_T"].value, 0.36)


def test_a_simulation_is_drawn_beside_what_is_computed_and_read_for_the_printed_numbers(
    really_run, tmp_path, monkeypatch
):
    at_20nm = [
        replace(result, label="kick", case=_of_radius(result.case, 20.0)) for result in really_run.results
    ]
    data = PaperData(results=tuple(at_20nm), study="fe_sphere_40nm")
    outcome = reproduce(simulations={"fe_sphere_40nm": data})
    told = {row["quantity"]: row["simulated"] for row in outcome.to_dict()["needs_simulation"]}
    nu = min(data.results[-1].states, key=lambda state: abs(state.B_T)).fit.nu
    assert told["nu of the remanent state, 2 nm cells"].startswith(f"{nu:.1f}")
    assert told["|B| below which MuMax3's loop is open"].count("kick") == 2

    monkeypatch.setattr(page_of, "PAPER_FIGURES", {"fig2_h_prime": PAPER_FIGURES["fig2_h_prime"]})
    page = write_reproduction(outcome, tmp_path / "out").read_text(encoding="utf-8")
    files = {file.name for file in (tmp_path / "out" / "figures").glob("*.csv")}
    assert files == {"fig1a_texture.csv", "fig2_h_prime.csv"}
    assert told["field of MuMax3's jump, 2 nm cells"] in page
    assert "kick, 2.5 nm cells" in (tmp_path / "out" / "figures" / "fig2_h_prime.csv").read_text()


def test_the_simulation_is_read_as_the_table_of_a_report_reads_it(really_run):
    run = next(result for result in really_run.results if result.observables[result.leading].jumps)
    rows = [row for row in really_run.comparison.rows if row.folder == run.folder.name]
    jump = next(row for row in rows if row.quantity == "nucleation jump, at")
    data = PaperData(results=(run,), study="fe_sphere_40nm")
    told = in_the_simulation("field of MuMax3's jump, 2 nm cells", {"fe_sphere_40nm": data})
    assert told.startswith("the vortex opens" if np.isnan(jump.simulated) else f"{jump.simulated:.3g}")


def test_a_study_that_has_no_runs_leaves_its_figure_without_them_and_says_why(outcome, tmp_path, monkeypatch):
    none = PaperData(study="fe_sphere_40nm", why="the disk is full")
    monkeypatch.setattr(page_of, "PAPER_FIGURES", {"fig2_h_prime": PAPER_FIGURES["fig2_h_prime"]})
    asked = replace(outcome, simulations={"fe_sphere_40nm": none})
    page = write_reproduction(asked, tmp_path / "out").read_text(encoding="utf-8")
    assert "not drawn: the disk is full" in page and "drawn without its simulation: the disk is full" in page
    assert 'id="figure-fig2_h_prime"' in page and 'id="figure-fig1a_texture"' not in page


def test_only_runs_of_the_figure_s_sphere_are_drawn(really_run):
    case = _of_radius(really_run.results[0].case, 20.0)
    tilted = case.model_copy(update={"material": case.material.model_copy(update={"axis": (1.0, 1.0, 0.0)})})
    data = PaperData(results=(replace(really_run.results[0], case=tilted),), study="oblique")
    with pytest.raises(InputError, match=r"study oblique.*easy axis along z.*fe_sphere_mesh"):
        draw_numbered("s3", data)


@pytest.mark.parametrize("highest_T", [1.0, 0.1])
def test_loops_in_cells_need_no_row_at_the_field_that_the_caption_tells(really_run, highest_T):
    run = really_run.results[0]
    case = _of_radius(run.case, 20.0)
    B_T = np.linspace(highest_T, -highest_T, len(run.loop.B_T))
    m = np.zeros((len(B_T), 3))
    m[:, 2] = np.clip(B_T + 0.05, -1, 1)
    turned = replace(run, case=case, loop=replace(run.loop, B_T=B_T, m=m))
    drawn = draw_numbered("s3", PaperData(results=(turned,), study="own"))
    assert "core is upright" not in drawn.caption
    assert (run.label in drawn.caption.split("above it by")[1].split("Simulated")[0]) is (highest_T > 0.3)
    assert drawn.data.loc[drawn.data["B_T"].abs() > 1, "above_continuum"].isna().all()


def _of_radius(case, radius_nm):
    """The case as if its sphere were another: figures take runs of their own radius."""
    return case.model_copy(update={"particle": case.particle.model_copy(update={"radius_nm": radius_nm})})
