"""The page in a browser: it opens without an error or the network, its parts move, anyone can use it."""

import io
import shutil

import numpy as np
import pytest
from PIL import Image

from harness.report.figures import FIGURES
from harness.report.report import write_report
from harness.verdict import judge

from ..made_budgets import EVENTS, IRON, with_budgets

CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium here")
MOST_BYTES = 5_000_000
FIRST_PAINT_MS = 1000
LOOP = '#loop-figure[data-ready="yes"]'
INK = "(id) => document.getElementById(id).toDataURL()"
VISIBLE = (
    "() => Bokeh.documents[0].roots()[0].renderers.filter((part) => part.visible).map((part) => part.name)"
)
TOLD = """() => Bokeh.documents[0].roots()[0].toolbar.tools.filter((tool) => tool.tooltips)
.map((tool) => [tool.tooltips.map((pair) => pair[0]), tool.renderers.length])"""
RANGE = "() => { const { start, end } = Bokeh.documents[0].roots()[0].x_range; return end - start; }"


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as running:
        yield running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])


@pytest.fixture(scope="module")
def address(comparison, tmp_path_factory):
    """A report of two cases beside a continuum, with the one figure that stands for the loop."""
    budgeted = with_budgets(comparison, IRON, EVENTS)
    folder = tmp_path_factory.mktemp("page")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("harness.report.figures.FIGURES", {"loop_h_prime": FIGURES["loop_h_prime"]})
        return write_report(budgeted, judge(budgeted), folder)


@pytest.fixture
def opened(browser, address):
    """Opens the page; what it logged and asked for is noted."""
    contexts = []

    def open_page(path=address, **options):
        context = browser.new_context(**({"viewport": {"width": 1200, "height": 900}} | options))
        contexts.append(context)
        page = context.new_page()
        page.errors, page.asked = [], []
        page.on("console", lambda said: said.type == "error" and page.errors.append(said.text))
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.on("request", lambda request: page.asked.append(request.url))
        page.goto(path.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()


def test_it_opens_fast_from_itself_alone(opened, address):
    page = opened()
    page.wait_for_selector(LOOP)
    assert page.errors == []
    assert [url for url in page.asked if not url.startswith("data:")] == [address.as_uri()]
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    assert paint < FIRST_PAINT_MS
    assert address.stat().st_size < MOST_BYTES
    tall = page.evaluate("document.documentElement.scrollHeight")
    assert tall < 12_000


def test_curves_are_shown_and_hidden_and_zoomed_from_the_keyboard(opened):
    page = opened()
    page.wait_for_selector(LOOP)
    assert {"case-0", "case-1", "prime-0", "double_prime-0", "continuum-0"} == set(page.evaluate(VISIBLE))
    page.focus('[data-curve="case-1"]')
    page.keyboard.press("Space")
    assert "case-1" not in page.evaluate(VISIBLE) and "case-0" in page.evaluate(VISIBLE)
    page.click('[data-all="false"]')
    assert not any(name.startswith("case") for name in page.evaluate(VISIBLE))
    page.click('[data-all="true"]')
    assert {"case-0", "case-1"} <= set(page.evaluate(VISIBLE))
    whole = page.evaluate(RANGE)
    page.focus('[data-zoom="0.5"]')
    page.keyboard.press("Enter")
    assert page.evaluate(RANGE) == pytest.approx(whole / 2)
    page.click("[data-whole]")
    assert page.evaluate(RANGE) == pytest.approx(whole)
    assert page.errors == []


def test_the_pointer_is_told_what_it_is_on(opened):
    page = opened()
    page.wait_for_selector(LOOP)
    told = page.evaluate(TOLD)
    assert [names for names, _ in told] == [["", "field", "⟨m⟩"], ["", "field", "⟨m⟩", "state", "ν", "is"]]
    assert all(count > 0 for _, count in told)


def test_the_slider_runs_through_the_states(opened):
    page = opened()
    words, canvases = "#state-words", ("state-xz", "state-xy", "state-ball", "state-profile")
    assert page.inner_text(words).startswith("0.0000 T, descending")
    before = [page.evaluate(INK, name) for name in canvases]
    page.focus("#state-step")
    page.keyboard.press("Home")
    assert page.inner_text(words).startswith("0.4000 T, descending")
    assert all(
        now != then for now, then in zip((page.evaluate(INK, n) for n in canvases), before, strict=True)
    )
    page.select_option("#state-case", "1")
    assert page.inner_text(words).startswith("0.0000 T")
    drawn = page.evaluate(INK, "state-ball")
    page.focus("#state-ball")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(INK, "state-ball") != drawn
    assert page.errors == []


def test_the_table_sorts_and_copies(opened, browser):
    page = opened(permissions=["clipboard-read", "clipboard-write"])
    head = page.locator("#case-table thead th").filter(has_text="vortex appears")
    column = head.evaluate("(cell) => cell.cellIndex")

    def values():
        cells = page.locator(f"#case-table tbody tr > :nth-child({column + 1})")
        found = cells.evaluate_all("(cells) => cells.map((cell) => cell.dataset.sort)")
        return [float(value) for value in found if value]

    for way in ("ascending", "descending"):
        head.get_by_role("button").click()
        assert head.get_attribute("aria-sort") == way
        assert values() == sorted(values(), reverse=way == "descending")
    page.click("[data-copy]")
    page.wait_for_function("document.getElementById('copied').textContent.includes('copied')")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "kick" in copied and copied.count("\n") == len(page.locator("#case-table tr").all()) - 1


@pytest.mark.parametrize("scheme, darker", [("light", 1), ("dark", -1)])
def test_a_table_that_goes_on_at_a_side_has_a_shadow_there(opened, scheme, darker):
    page = opened(color_scheme=scheme, viewport={"width": 500, "height": 900})
    table = page.locator(".scroll.tall").first
    table.scroll_into_view_if_needed()

    def right_edge():
        picture = np.asarray(Image.open(io.BytesIO(table.screenshot())).convert("L"), dtype=float)
        return np.median(picture[100:, -4])

    before = right_edge()
    table.focus()
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "(part) => part.scrollLeft + part.clientWidth > part.scrollWidth - 2", arg=table.element_handle()
    )
    assert darker * (right_edge() - before) > 20
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.querySelector('.scroll')).backgroundImage") == "none"


def test_a_link_opens_what_it_leads_into(opened):
    page = opened()
    row = page.locator("#case-table tbody td a").first
    target = row.get_attribute("href")
    assert not page.locator(target).is_visible()
    row.click()
    assert page.locator(target).is_visible()


@pytest.mark.parametrize(
    "scheme, width, rules",
    [
        ("light", 1200, ()),
        ("dark", 1200, ("color-contrast",)),
        ("light", 360, ("scrollable-region-focusable",)),
    ],
)
def test_anyone_can_use_it(opened, scheme, width, rules):
    """axe finds nothing serious, all parts unfolded; in the dark and on a phone what can differ there."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = opened(color_scheme=scheme, viewport={"width": width, "height": 800})
    page.wait_for_selector(LOOP)
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    options = {"runOnly": list(rules)} if rules else {}
    found = axe.Axe().run(page, options=options).response["violations"]
    grave = [(v["id"], v["nodes"][0]["html"][:200]) for v in found if v["impact"] in ("serious", "critical")]
    assert grave == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_long_path_in_a_list_stays_within_a_phone(opened):
    page = opened(viewport={"width": 390, "height": 800})
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    page.evaluate(
        "document.querySelector('dl:not(.head) dt').textContent = 'details.originals/' + 'x'.repeat(99)"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_print_shows_what_is_folded_and_a_picture_of_the_loop(opened):
    page = opened()
    page.wait_for_selector(LOOP)
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("#loop-static figure").is_visible()
    assert not page.locator("#loop-figure").is_visible()
    broken = "name => getComputedStyle(document.querySelector(name)).breakInside"
    assert page.evaluate(broken, ".head") == "auto"  # it begins below the lamps, however long it is
    assert page.evaluate(broken, ".head dd p") == "avoid"
    assert page.evaluate("getComputedStyle(document.querySelector('#loop-static')).display") == "block"
    assert page.locator("#quantities table").is_visible()
    scripts = page.locator(".case pre")
    assert scripts.count() > 1 and page.locator(".on-paper").is_visible()
    assert [scripts.nth(k).is_visible() for k in range(scripts.count())] == [True] + [False] * (
        scripts.count() - 1
    )


def test_without_scripts_the_numbers_and_pictures_are_there(opened):
    page = opened(java_script_enabled=False)
    assert page.locator("#loop-static figure").is_visible()
    assert page.locator("#case-table").is_visible()
    assert not page.locator(".steer").is_visible()
