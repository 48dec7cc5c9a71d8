"""What people do in the query box: complete by keyboard, run, look at charts, cancel, save, open by link, download."""

import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from storage_tiers import open_dataset
from tests.browser.conftest import Watched, served, watched_page
from tests.explorer_days import StrangeDays
from workflows.data_catalog.query_usage import uses_of

ENDLESS = "SELECT count(*) FROM range(1000000000000)"
_BEGIN = "() => { setTimeout(() => document.querySelector('button[name=run]').click(), 20); }"
_PLACE_OF_CANCEL = """() => {
    const one = document.getElementById("cancel");
    one.hidden = false;
    const at = one.getBoundingClientRect();
    one.hidden = true;
    return [at.x + 9, at.y + 9];
}"""
_AXE = "() => axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice']})"


@pytest.fixture(scope="module")
def output(strange_days: StrangeDays, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shutil.copytree(strange_days.output, tmp_path_factory.mktemp("box") / "output")


@pytest.fixture(scope="module")
def box_url(output: Path) -> Iterator[str]:
    with served(output) as url:
        yield url


@pytest.fixture
def box(chromium: Browser, box_url: str) -> Iterator[Watched]:
    with watched_page(chromium, box_url) as watched:
        watched.allowed.add(303)  # what was saved leads to its page
        yield watched


def open_box(box: Watched, path: str = "/sql") -> None:
    box.go(path)
    expect(box.page.locator("#box")).to_have_attribute("data-ready", "yes", timeout=60_000)


def run(box: Watched) -> None:
    """Run what stands in the box by keyboard, and wait for the page of the answer."""
    with box.page.expect_navigation():
        box.page.locator("#query").press("Control+Enter")
    box.wait()


def test_names_are_completed_by_keyboard(box: Watched):
    open_box(box)
    area, options = box.page.locator("#query"), box.page.locator("#completions li")
    area.press_sequentially("SELECT * FROM board_jo")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(area).to_have_attribute("aria-activedescendant", "completion-0")
    area.press("Enter")
    expect(area).to_have_value("SELECT * FROM board_joins")
    expect(box.page.locator("#completions")).to_be_hidden()
    area.press_sequentially(" b WHERE b.page_ra")
    expect(options.first).to_contain_text("b.page_rank")
    expect(options.first).to_contain_text("number")  # with its type, and what it means
    area.press("Tab")
    expect(area).to_have_value("SELECT * FROM board_joins b WHERE b.page_rank")
    area.press("Control+Space")
    expect(options.first).to_be_visible()
    area.press("Escape")
    expect(box.page.locator("#completions")).to_be_hidden()
    area.press("Tab")
    expect(area).not_to_be_focused()  # the keyboard isn't kept in it


@pytest.mark.parametrize("text", ["SELECT 'boar", "SELECT 1 -- boar", "SELECT /* boar"])
def test_nothing_is_completed_in_texts_and_comments(box: Watched, text: str):
    open_box(box)
    box.page.locator("#query").press_sequentially(text)
    expect(box.page.locator("#completions")).to_be_hidden()


def test_an_answer_is_a_table_and_a_chart_which_can_be_another(box: Watched, output: Path):
    open_box(box)
    box.page.locator("#query").fill("SELECT 'b' || board_id AS board, n_pins FROM board_joins ORDER BY 2 DESC")
    run(box)
    expect(box.page.locator("figure.chart .bars").first).to_be_attached()
    rows = box.page.locator('.table[aria-label="Answer"] tbody tr')
    n_rows = open_dataset(output, "board_joins").n_rows
    assert rows.count() == n_rows
    with box.page.expect_navigation():
        box.page.locator("#chart").select_option("histogram")
    box.wait()
    expect(box.page.locator("figcaption")).to_contain_text("How n_pins is spread")
    with box.page.expect_navigation():
        box.page.locator("#chart").select_option("none")
    expect(box.page.locator("figure.chart")).to_have_count(0)
    assert rows.count() == n_rows


def test_names_of_strangers_are_text_in_answers(box: Watched):
    open_box(box)
    box.page.locator("#query").fill("SELECT name, board_id, n_pins FROM board_joins ORDER BY length(name) DESC")
    run(box)
    assert "taken over" not in box.page.title()
    assert "<script>document.title" in box.page.locator('.table[aria-label="Answer"]').inner_text()
    assert box.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_parameters_have_fields_as_they_are_typed_and_are_bound(box: Watched):
    open_box(box)
    box.page.locator("#query").fill("SELECT {{word}} AS word, {{since}} AS since, {{n}} AS n")
    expect(box.page.locator(".parameter")).to_have_count(3)
    box.page.locator("#p-word").fill("'; DROP TABLE x --")
    box.page.locator("#p-since").fill("2026-11-20")
    box.page.locator("#p-n").fill("7")
    run(box)
    expect(box.page.locator('.table[aria-label="Answer"] tbody td').first).to_have_text("'; DROP TABLE x --")
    expect(box.page.locator("#p-n")).to_have_value("7")
    box.page.locator("#query").fill("SELECT 1")
    expect(box.page.locator("#parameters")).to_be_hidden()


def test_an_error_says_where_and_leaves_the_text(box: Watched):
    open_box(box)
    box.page.locator("#query").fill("SELECT nope\nFROM board_joins")
    run(box)
    expect(box.page.locator("#answer .notice")).to_contain_text("query, line 1, column 8")
    expect(box.page.locator("#query")).to_have_value("SELECT nope\nFROM board_joins")


@pytest.mark.parametrize("how", ["click", "key"])
def test_a_long_query_is_cancelled_and_the_page_stays(box: Watched, output: Path, how: str):
    open_box(box)
    box.page.locator("#query").fill(ENDLESS)
    # While a page is waited for, Playwright asks nothing of the one that is there: where to click is found out before.
    place = box.page.evaluate(_PLACE_OF_CANCEL)
    before = len(uses_of(output).uses)
    box.page.evaluate(_BEGIN)
    time.sleep(2)
    if how == "click":
        box.page.mouse.click(*place)
    else:
        box.page.keyboard.press("Escape")
    expect(box.page.locator("#running")).to_have_text("Cancelled.")
    assert box.page.url.endswith("/sql")
    wait_until_cancelled(output, before)


def test_a_query_ends_when_the_browser_goes_away(chromium: Browser, box_url: str, output: Path):
    before = len(uses_of(output).uses)
    with watched_page(chromium, box_url) as watched:
        open_box(watched)
        watched.page.locator("#query").fill(ENDLESS)
        watched.page.evaluate(_BEGIN)
        time.sleep(2)
    wait_until_cancelled(output, before)


def wait_until_cancelled(output: Path, before: int) -> None:
    ends = time.monotonic() + 20
    while not (new := uses_of(output).uses[before:]):
        assert time.monotonic() < ends
        time.sleep(0.1)
    assert [use.outcome for use in new] == ["cancelled"]


def test_a_query_is_saved_opened_by_its_link_and_downloaded(box: Watched, output: Path):
    open_box(box)
    box.page.locator("#query").fill("SELECT board_id, n_pins\nFROM board_joins\nWHERE n_pins >= {{at_least}}")
    box.page.locator("#p-at_least").fill("1")
    box.page.locator("#save summary").click()
    box.page.get_by_label("Name in its link").fill("big-boards")
    box.page.get_by_label("Title").fill("Big <b>boards</b>")
    box.page.get_by_label("Owner").fill("ana")
    box.page.get_by_label("Description").fill("For the meeting.")
    box.page.locator("#saving button").click()
    box.page.wait_for_url("**/sql/queries/big-boards")
    expect(box.page.locator("h1")).to_have_text("Big <b>boards</b>")
    assert '-- default = "1"' in (output / "_queries" / "big-boards.sql").read_text(encoding="utf-8")
    run(box)
    assert "query=" not in box.page.url  # the file has the text
    n_rows = box.page.locator('.table[aria-label="Answer"] tbody tr').count()
    open_box(box, "/sql/queries/big-boards")
    expect(box.page.locator("#answer .note").first).to_contain_text("Asked ")
    for kind, n_more in (("CSV", 1), ("JSON", 2)):
        with box.page.expect_download() as begun:
            box.page.get_by_role("link", name=kind, exact=True).click()
        content = Path(begun.value.path()).read_text(encoding="utf-8")
        assert begun.value.suggested_filename == f"big-boards.{kind.lower()}"
        assert len(content.splitlines()) == n_rows + n_more
        if kind == "JSON":
            assert len(json.loads(content)) == n_rows


@pytest.mark.parametrize("name", ["../evil", "", "x" * 65])
def test_a_name_that_is_refused_says_why_where_the_focus_is(box: Watched, name: str):
    box.allowed.add(400)
    open_box(box)
    box.page.locator("#query").fill("SELECT 1 AS n")
    box.page.locator("#save summary").click()
    box.page.locator("#name").fill(name)
    box.page.locator("#title").fill("Mine")
    box.page.locator("#saving button").click()
    refusal = box.page.locator("#refusal")
    expect(refusal).to_contain_text("is no name; allowed are small letters")
    expect(refusal).to_be_focused()
    expect(refusal).to_be_in_viewport()
    expect(box.page.locator("#name")).to_have_attribute("aria-invalid", "true")
    expect(box.page.locator("#title")).to_have_value("Mine")
    expect(box.page.locator("#query")).to_have_value("SELECT 1 AS n")
    box.wrong = [one for one in box.wrong if "status of 400" not in one]


def test_a_doc_of_notes_and_queries_is_written_and_shown(box: Watched):
    box.go("/sql/docs/new")
    box.page.get_by_label("Name in its link").fill("weekly")
    box.page.get_by_label("Title").fill("The week")
    box.page.get_by_label("Notes").fill("Look *here* <script>alert(1)</script>.\n\n```query\nbig-boards\n```\n")
    box.page.get_by_role("button", name="Save").click()
    box.page.wait_for_url("**/sql/docs/weekly")
    box.wait()
    expect(box.page.locator(".notes em")).to_have_text("here")
    expect(box.page.locator(".notes")).to_contain_text("<script>alert(1)</script>")
    expect(box.page.locator(".asked > .table table").first).to_be_visible()


PAGES = {
    "box": "/sql",
    "answer": "/sql?run=yes&query=SELECT+name,+board_id,+n_pins+FROM+board_joins",
    "parameters": "/sql?query=SELECT+{{since}},+{{word}}",
    "error": "/sql?run=yes&query=SELECT+nope",
    "saved-query": "/sql/queries/big-boards",
    "saved": "/sql/queries",
    "doc": "/sql/docs/weekly",
    "new-doc": "/sql/docs/new",
}


@pytest.mark.parametrize(("width", "scheme"), [(1200, "light"), (390, "dark")])
@pytest.mark.parametrize("name", PAGES)
def test_no_page_of_the_box_keeps_anybody_out(
    chromium: Browser, box_url: str, axe_script: str, name: str, width: int, scheme: str
):
    with watched_page(chromium, box_url, width=width, scheme=scheme) as watched:
        watched.go(PAGES[name])
        folder = os.environ.get("INTEREST_GRAPH_SCREENSHOTS", "")
        if folder:
            watched.page.screenshot(full_page=True, path=f"{folder}/sql-{name}-{scheme}-{width}.png")
        assert watched.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        watched.page.evaluate(axe_script)
        found = watched.page.evaluate(_AXE)["violations"]
    said = [
        f"{one['id']}: {node['html'][:150]} {node['failureSummary'][:200]}" for one in found for node in one["nodes"]
    ]
    assert said == []
