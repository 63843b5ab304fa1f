"""The page: complete in itself, escaped, linked to its sources, never half written."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import harness.report.report
from harness.analysis.loop import Opening
from harness.comparison.comparison import compare
from harness.comparison.table import OPENING
from harness.report import observables
from harness.report.figures import residual
from harness.report.figures.drawn import Drawn, PageFigure
from harness.report.findings import findings_by_level
from harness.report.loop_figure import interactive_loop
from harness.report.observables import case_table, quantity_groups
from harness.report.report import write_report
from harness.report.saved_states import states_to_view
from harness.verdict import Kind, judge
from reduced_model.loops.observables import NOWHERE


def reported(comparison, folder):
    """The text of a report written there."""
    return write_report(comparison, judge(comparison), folder).read_text(encoding="utf-8")


VOID = {"meta", "img", "br", "link", "input", "hr"}


class Page(HTMLParser):
    """Tags balanced? Which ids, links and sources are there?"""

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.links, self.sources, self.alts, self.headings = [], [], [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if tag == "a":
            self.links.append(attributes["href"])
        if "src" in attributes:
            self.sources.append(attributes["src"])
        if tag == "img":
            self.alts.append(attributes["alt"])
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def written(comparison):
    folder = comparison.results[0].folder.parent / "report"
    text = reported(comparison, folder)
    return folder, text, Page(text)


def test_page_stands_alone(written):
    _, text, page = written
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    assert all(source.startswith("data:image/") for source in page.sources)
    assert all(alt for alt in page.alts)
    outside = [link for link in page.links if re.match(r"[a-z]+:", link)]
    assert all(link.startswith("https://doi.org/") for link in outside)
    assert not re.search(r"@import|url\(|<script[^>]* src|<link|<iframe", text[: text.index("<footer")])


def test_every_link_leads_somewhere(written):
    folder, _, page = written
    for link in page.links:
        if link.startswith("#"):
            assert link[1:] in page.ids, link
        elif not link.startswith("https:"):
            assert (folder / unquote(link)).exists(), link


def test_figures_lie_beside_the_page_in_four_forms(written):
    folder, _, page = written
    names = {Path(link).stem for link in page.links if link.startswith("figures/")}
    assert {"loop_h_prime", "loop_h_double_prime", "radial_profile", "order_parameter"} <= names
    for name in names:
        assert {file.suffix for file in (folder / "figures").glob(f"{name}.*")} == {
            ".png",
            ".svg",
            ".pdf",
            ".csv",
        }


def test_words_of_others_are_escaped(written):
    _, text, _ = written
    assert "a study &lt;with&gt; marks &amp; signs" in text
    assert "// &lt;b&gt;not markup&lt;/b&gt;" in text
    assert "<b>not markup" not in text


def test_head_answers_in_order_before_figures_and_table(written, comparison):
    _, text, page = written
    answers = [text.index(f"<dt>{title}</dt>") for title in ("Asked", "Believe", "How sure", "Surer")]
    assert answers == sorted(answers)
    assert answers[1] < text.index("nucleates at 0.51 ± 0.01 T") < answers[2]
    assert answers[-1] < text.index("<figure") < text.index("<table")
    assert page.headings[0] == "h1"


def test_findings_stand_by_level_with_links_to_their_rows(written, comparison):
    _, text, page = written
    verdict = judge(comparison)
    places = [text.index(f'id="finding-{k}"') for k in range(1, len(verdict.findings) + 1)]
    assert places == sorted(places)
    titles = [text.index(f"<h3>{title}") for title in ("Facts", "Inferences", "Cautions")]
    assert titles[0] < places[0] < titles[1] < titles[2]
    apart = next(k for k, f in enumerate(verdict.findings) if f.kind == "runs_differ")
    entry = text[places[apart] : places[apart + 1]]
    rows = [k for k, row in enumerate(comparison.rows, start=1) if row.quantity == "nucleation field"]
    # The rows of both runs, on the branch that leaves saturation first.
    assert [f'href="#row-{rows[0]}"' in entry, f'href="#row-{rows[2]}"' in entry] == [True, True]
    assert any(link.startswith("#finding-") for link in page.links)  # from the head


def test_numbers_name_their_source(written, comparison):
    _, text, _ = written
    first = comparison.rows[0]
    assert f'href="#case-{first.folder}"' in text
    assert f"{comparison.results[0].folder.name}/out/table.txt" in text
    for key in ("versions.mxval", "outputs.table.txt"):
        assert key in text


def test_csv_of_observables_reads_back(written, comparison):
    folder, _, _ = written
    table = pd.read_csv(folder / "observables.csv")
    pd.testing.assert_series_equal(table["simulated"], comparison.table["simulated"])
    assert {"equation", "folder", "steps", "uncertainty"} <= set(table.columns)


@pytest.fixture
def one_figure(monkeypatch):
    """Reports with a single figure, and nothing in it, for tests that look at something else."""
    data = pd.DataFrame({"B (T)": [0.0]})
    blank = PageFigure("residual_torque", "Blank", lambda _: Drawn(Figure(), [data], "Nothing.", "Nothing."))
    monkeypatch.setattr("harness.report.figures.FIGURES", {blank.name: blank})


@pytest.mark.usefixtures("one_figure")
def test_second_report_is_the_same_page(comparison, tmp_path):
    first = reported(comparison, tmp_path)
    assert reported(comparison, tmp_path) == first
    assert not list(tmp_path.glob(".report-*"))


@pytest.mark.usefixtures("one_figure")
def test_interrupted_report_leaves_the_former_page(comparison, tmp_path, monkeypatch):
    first = reported(comparison, tmp_path)

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(harness.report.report, "_page", interrupted)
    with pytest.raises(KeyboardInterrupt):
        reported(comparison, tmp_path)
    assert (tmp_path / "index.html").read_text(encoding="utf-8") == first
    assert not list(tmp_path.glob(".report-*"))
    with pytest.raises(KeyboardInterrupt):
        reported(comparison, tmp_path / "anew")
    assert not (tmp_path / "anew").exists()


@pytest.mark.usefixtures("one_figure")
def test_figures_no_longer_drawn_are_removed_and_others_left(comparison, tmp_path):
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "mesh.png").write_text("old")
    (tmp_path / "figures" / "mine.png").write_text("a guest")
    reported(comparison, tmp_path)
    assert not (tmp_path / "figures" / "mesh.png").exists()
    assert (tmp_path / "figures" / "mine.png").exists()


@pytest.mark.usefixtures("one_figure")
def test_unfinished_cases_are_warned_of_on_the_page(tmp_path, make_comparison):
    partial = make_comparison(tmp_path, finished=1)
    text = reported(partial, tmp_path / "report")
    assert "1 of 2 cases has not finished" in text[: text.index("<figure")]
    assert "R20nm-c4nm-kick5mT-seed1" in text[text.index("<h3>Cautions") :]


@pytest.mark.usefixtures("one_figure")
def test_runs_that_share_a_name_have_anchors_of_their_own(comparison, tmp_path):
    one = comparison.results[0]
    twin = replace(one, folder=one.folder.with_name("R20nm-c4nm-bare-fedcba987654"))
    page = Page(reported(compare(comparison.study, [one, twin]), tmp_path))
    assert len(page.ids) == len(set(page.ids))
    assert {"#case-" + r.folder.name for r in (one, twin)} <= set(page.links)


@pytest.mark.usefixtures("one_figure")
def test_a_closed_loop_is_called_closed(comparison, tmp_path):
    text = reported(comparison, tmp_path)
    kick = text[text.index("kick, both branches") :]
    assert re.search(r"loop open up to \|B\|</td><td>T</td><td class=\"strong\">closed at B = 0</td>", kick)


@pytest.mark.usefixtures("one_figure")
def test_a_study_that_was_really_run_is_reported(really_run, tmp_path):
    text = reported(really_run.comparison, tmp_path)
    page = Page(text)
    assert page.open == [] and len(page.ids) == len(set(page.ids))
    for link in page.links:
        if link.startswith("#"):
            assert link[1:] in page.ids, link
        elif not link.startswith("https:"):
            assert (tmp_path / unquote(link)).exists(), link
    head = text[text.index("<dt>Believe") : text.index("<dt>How sure")]
    assert re.search(r"nucleates at 0\.\d+ ± 0\.02 T \(“kick”\)", head)
    assert "0.3016 T" in head  # Brown's field at R = 12 nm


def test_the_run_wrote_its_report_by_itself(really_run):
    """run_study's own page, figures included."""
    text = really_run.report.read_text(encoding="utf-8")
    assert "<dt>Asked</dt>" in text and text.count("<figure") >= 5


def test_a_series_of_cell_sizes_has_a_section_and_a_table_of_every_field(
    tmp_path, make_comparison, make_study
):
    study = make_study(
        mesh={},
        sweep={"cell_nm": [8.0, 5.0, 4.0]},
        field={"values_T": [0.8, 0.4, 0.0]},
        save={"ovf": "none"},
        protocol=[{"kind": "kick"}],
    )
    text = reported(make_comparison(tmp_path, study), tmp_path / "report")
    page, table = Page(text), pd.read_csv(tmp_path / "report" / "mesh.csv")
    assert "mesh" in page.ids and "mesh.csv" in page.links
    assert set(table["quantity"]) >= {"m", "nucleation field"}
    assert list(table[table["quantity"] == "m"]["B_T"]) == [0.8, 0.4, 0.0]
    assert "Volume of the lattices over the sphere's: 8 nm: " in text


def test_theory_has_its_own_fields_in_the_table_of_cases_not_the_study_s_rows(comparison):
    table = case_table(comparison)
    place = [name.partition(" (")[0] for name in (*table.keys, *table.columns)].index("core tilts")
    told = {name: cells[place].text for name, _, what, cells in table.rows if what == "theory"}
    assert told["H′"] == "0.0655" and told["H″"] == "–"
    rows = [row.model_prime for row in comparison.rows if row.quantity == "core leaves the field's line, at"]
    assert all(abs(value) != pytest.approx(0.0655, abs=5e-5) for value in rows)


def test_the_continuum_s_error_stands_behind_its_nu_where_it_shows(comparison, tmp_path):
    known = {"nu at B = 0": (5.0982, 0.074321), "remanence": (0.0, 4e-4)}
    rows = tuple(
        replace(row, continuum=found[0], continuum_error=found[1])
        if (found := known.get(row.quantity))
        else row
        for row in comparison.rows
    )
    made = replace(comparison, rows=rows)
    (cells,) = (cells for name, _, _, cells in case_table(made).rows if name.startswith("continuum"))
    assert {"5.10 ± 0.07", "0.000"} <= {cell.text for cell in cells}
    told = {r["quantity"]: r["continuum"] for _, _, of in quantity_groups(made, tmp_path) for r in of}
    assert (told["ν at B = 0"], told["remanence"]) == ("5.10 ± 0.07", "0.000")


def test_one_cell_size_has_no_section_of_the_mesh(written):
    folder, _, page = written
    assert "mesh" not in page.ids and "mesh.csv" not in page.links
    assert not (folder / "mesh.csv").exists()


@pytest.mark.usefixtures("no_figures")
def test_two_cell_sizes_have_their_table_alone(tmp_path, make_comparison, make_study):
    def study(*sizes):
        return make_study(
            mesh={},
            sweep={"cell_nm": list(sizes)},
            field={"values_T": [0.8, 0.0]},
            save={"ovf": "none"},
            protocol=[{"kind": "kick"}],
        )

    page = Page(reported(make_comparison(tmp_path, study(8.0, 5.0)), tmp_path / "report"))
    assert "mesh" not in page.ids and "mesh.csv" in page.links
    assert len(pd.read_csv(tmp_path / "report" / "mesh.csv"))
    reported(make_comparison(tmp_path / "one", study(8.0)), tmp_path / "report")
    assert not (tmp_path / "report" / "mesh.csv").exists()  # the one of two sizes is gone with them


@pytest.mark.usefixtures("no_figures")
def test_one_field_of_one_case_is_a_whole_page(tmp_path, make_comparison, make_study):
    study = make_study(field={"values_T": [0.4]}, save={"ovf": [0.4]}, protocol=[{"kind": "bare"}])
    comparison = make_comparison(tmp_path, study)
    page = Page(reported(comparison, tmp_path / "report"))
    assert page.open == [] and {"loop", "states", "case-table", "findings"} <= set(page.ids)
    drawn = interactive_loop(comparison)
    diamonds = drawn.item.replace(" ", "").count('"marker":{"type":"value","value":"diamond"}')
    assert diamonds >= 3  # a line of one row is none: a simulation's and both models'
    table = case_table(comparison)
    assert "⟨m⟩" in table.columns and table.rows[0][3][table.columns.index("⟨m⟩")].text != "–"


@pytest.mark.usefixtures("no_figures")
def test_nothing_finished_is_said_by_every_part(tmp_path, make_comparison):
    text = reported(make_comparison(tmp_path, finished=0), tmp_path / "report")
    page = Page(text)
    assert page.open == [] and not {"loop", "states"} & set(page.ids)
    assert text.count("No run has finished") >= 5  # three lamps, the numbers, the runs
    assert "Bokeh" not in text


@pytest.mark.usefixtures("no_figures")
def test_states_without_fit_or_file_say_why_and_the_others_are_shown(comparison, tmp_path):
    one, other = comparison.results
    steps = sorted(one.loop.states)
    gone = one.loop.states | {steps[0]: tmp_path / "gone.ovf"}
    fits = {step: fit for step, fit in one.fits.items() if step != steps[1]}
    spoilt = replace(
        one, loop=replace(one.loop, states=gone), fits=fits, unfitted={steps[1]: "too few cells"}
    )
    text = reported(replace(comparison, results=(spoilt, other)), tmp_path / "report")
    data = json.loads(re.search(r'id="states-data">(.*?)</script>', text)[1])
    assert [len(case["states"]) for case in data] == [len(steps) - 1, len(other.loop.states)]
    bare = next(state for state in data[0]["states"] if state["step"] == steps[1])
    assert bare["why"] == "too few cells" and "profile" not in bare and bare["xy"]
    assert f"{one.label}, step {steps[0]}: " in text and "gone.ovf" in text


def many(study, results, n):
    """So many cases of one sphere, alike in all but their folders."""
    return [
        replace(r, folder=r.folder.with_name(f"{r.folder.name[:-12]}{k:012x}"))
        for k in range(n // len(results))
        for r in results
    ]


@pytest.mark.usefixtures("no_figures")
def test_two_hundred_cases_are_a_page_one_can_open(comparison, tmp_path):
    results = many(comparison.study, comparison.results, 200)
    text = reported(compare(comparison.study, results), tmp_path)
    page = Page(text)
    assert page.open == [] and len(text.encode()) < 4_000_000
    assert "152 more loops are not in this figure" in text and "188 more cases" in text
    assert len(page.ids) == len(set(page.ids))
    for link in page.links:
        assert not link.startswith("#") or link[1:] in page.ids, link


def test_a_caption_names_a_few_of_many_cases_and_counts_the_others(comparison):
    (kick,) = (r for r in comparison.results if r.case.protocol.kind == "kick")
    drawn = residual.draw(compare(comparison.study, many(comparison.study, [kick], 40)))
    left = drawn.caption.partition("Not shown: ")[2]
    assert left.count("(") == 4 and left.endswith(" and 33 more.")


def test_findings_that_differ_in_numbers_alone_are_one_line(comparison):
    verdict = judge(comparison)
    (first, *_) = [f for f in verdict.findings if f.kind is Kind.FIELD_STEP]
    other, of_one = (
        replace(first, numbers={**first.numbers, "error_T": error_T}, cases=cases)
        for error_T, cases in ((0.02, ("other",)), (0.005, first.cases))
    )
    ((_, kinds),) = findings_by_level(replace(verdict, findings=(first, of_one, other)), comparison, {})
    line, apart = kinds[0].shown
    assert line.text.startswith("Fields are known to ± 0.01 and 0.02 T")
    assert line.held == "2 of 2 cases" and [part.anchor for part in line.parts] == ["finding-1", "finding-3"]
    assert apart.text == of_one.text and not apart.parts  # two of one case are no range
    alone = findings_by_level(replace(verdict, findings=(first,)), comparison, {})[0][1][0].shown[0]
    assert alone.text == first.text and not alone.parts


def _shown_of(comparison, kind, **each):
    """What a page shows of findings of a kind, each of a case of its own, that differ in one detail."""
    verdict = judge(comparison)
    first = next(f for f in verdict.findings if f.kind is Kind.FIELD_STEP)
    ((name, values),) = each.items()
    of = [
        replace(first, kind=kind, cases=(value,), details={"origin": "iron", name: value}) for value in values
    ]
    ((_, kinds),) = findings_by_level(replace(verdict, findings=tuple(of)), comparison, {})
    return [line.text for line in kinds[0].shown]


@pytest.mark.parametrize(
    "lines",
    [
        ("From 0.3 to 0.15 T the cells hold.", "From 0.35 to 0.15 T the cells hold."),
        ("⟨m⟩ is 0.9 (0.8 to 0.99).", "⟨m⟩ is 0.5 (0.4 to 0.6).", "⟨m⟩ is 0.7 (0.4 to 0.7)."),
        ("Over all fields 0.015 and 0.2.", "Over all fields 0.024 and 0.2."),
        ("At 0.1 T it is 2.", "At 0.3 T it is 4."),
    ],
)
def test_lines_of_which_one_could_not_tell_whose_a_number_is_stay_apart(comparison, lines):
    assert _shown_of(comparison, Kind.ENGINE_WARNING, line=lines) == list(lines)


def test_an_error_keeps_to_its_number_in_a_line_of_several(comparison):
    texts = ("The vortex appears at 0.0134 T", "The vortex appears at 0.1290 ± 0.0008 T")
    (text,) = _shown_of(comparison, Kind.ENGINE_WARNING, line=texts)
    assert text == "The vortex appears at 0.0134 and 0.1290 ± 0.0008 T."


def test_names_with_numbers_in_them_are_no_range(comparison):
    (text,) = _shown_of(comparison, Kind.MATERIAL, name=["3 nm cells, seed1", "2 nm cells, seed1"])
    assert text.startswith("“3 nm cells, seed1” and “2 nm cells, seed1” stands here")


@pytest.mark.usefixtures("no_figures")
def test_states_of_which_none_can_be_read_say_why(comparison, tmp_path):
    gone = [
        replace(r, loop=replace(r.loop, states=dict.fromkeys(r.loop.states, tmp_path / "gone.ovf")), kept={})
        for r in comparison.results
    ]
    text = reported(replace(comparison, results=tuple(gone)), tmp_path / "report")
    assert "No saved state can be shown" in text and text.count("gone.ovf") >= 2
    assert "states-data" not in text and Page(text).open == []


def test_a_loop_called_like_one_of_bokeh_s_own_keeps_its_name(comparison):
    named = tuple(replace(result, label="p1") for result in comparison.results)
    shown = interactive_loop(replace(comparison, results=named))
    assert '["p1","p1"' in shown.item and not shown.has_continuum


def test_a_path_with_two_descending_branches_keeps_them_apart(tmp_path, make_comparison, make_study):
    fields = [0.8, 0.4, 0.8, 0.2]
    study = make_study(
        field={"values_T": fields}, save={"ovf": "all"}, protocol=[{"kind": "tilt", "theta_deg": 5.0}]
    )
    made = make_comparison(tmp_path, study)
    (result,) = made.results
    assert list(result.branch_of_row) == ["1st descending"] * 2 + ["ascending", "2nd descending"]
    assert list(result.to_dataframe()["branch"]) == [*result.branch_of_row]
    assert [state.branch for state in result.states] == [*result.branch_of_row]
    linked = [
        cell.to for _, _, what, cells in case_table(made).rows if what == "case" for cell in cells if cell.to
    ]
    assert linked
    assert {made.rows[int(to.removeprefix("row-")) - 1].branch_number for to in linked} == {result.leading}
    assert states_to_view(made).upwards == "z"


def test_the_field_of_straight_runs_points_upwards(comparison):
    assert states_to_view(comparison).upwards == "field"


def test_no_model_is_called_closed_where_none_covers_the_particle(comparison, tmp_path):
    nobody = {"model_prime": float("nan"), "model_double_prime": float("nan")}
    bare = replace(
        comparison,
        rows=tuple(replace(row, **nobody) for row in comparison.rows),
        prediction_of=tuple(replace(p, on_path={}) for p in comparison.prediction_of),
    )
    opening = [r for _, _, of in quantity_groups(bare, tmp_path) for r in of if r["quantity"] == OPENING]
    assert {(r["model_prime"], r["model_double_prime"], r["continuum"]) for r in opening} == {("–",) * 3}
    opening = [
        r for _, _, of in quantity_groups(comparison, tmp_path) for r in of if r["quantity"] == OPENING
    ]
    assert "closed at B = 0" in {r["model_prime"] for r in opening}


def test_a_value_has_the_digits_of_its_error_in_every_table(comparison, tmp_path):
    rows = tuple(
        replace(row, uncertainty=0.1) if np.isfinite(row.simulated) and row.unit == "T" else row
        for row in comparison.rows
    )
    made = replace(comparison, rows=rows)
    shown = [
        r
        for _, _, of in quantity_groups(made, tmp_path)
        for r in of
        if "±" in r["simulated"] and r["unit"] == "T"
    ]
    assert shown and all(re.fullmatch(r"−?\d\.\d ± 0\.1", r["simulated"]) for r in shown)


@pytest.mark.parametrize(("reversal_T", "told"), [(-0.0025, (0.0025, 1e-4)), (-0.3, (0.1, 0.1))])
def test_an_event_of_the_continuum_tells_how_far_its_loop_is_open(comparison, monkeypatch, reversal_T, told):
    events = dict.fromkeys(("nucleation", "tilt"), NOWHERE) | {"reversal": (reversal_T, 1e-4)}
    theory = {"events": {"continuum": [events, events]}, "stable": {"m": np.zeros((2, 400))}}
    budget = SimpleNamespace(theory=SimpleNamespace(**theory))
    monkeypatch.setattr("harness.comparison.table.central_opening", lambda *_: Opening(0.1, 0.1, ()))
    solved = replace(comparison, budgets=(budget,) * len(comparison.results))
    assert observables._own_fields(solved, solved.results[0], "continuum")[OPENING] == told


@pytest.mark.parametrize(("opening_T", "says"), [(0.0003, "closed at B = 0"), (0.0009, "0.0009 ± 0.0003")])
def test_a_model_s_loop_that_is_open_on_the_row_of_zero_field_alone_is_closed(
    comparison, monkeypatch, opening_T, says
):
    found = Opening(opening_T, 0.0003, (0,))
    monkeypatch.setattr(observables, "central_opening", lambda *_: found)
    table = case_table(comparison)
    column = len(table.keys) + table.columns.index("loop open up to (T)")
    assert {cells[column].text for name, *_, kind, cells in table.rows if name in ("H′", "H″")} == {says}
