"""The report of a run, opened from disk in a real browser that reaches no network: drawn, readable, sorted, escaped."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page

from storage_tiers import Version
from workflows.reports.report_places import page_path, reports_folder

LAST = Version("2026-11-20", 2)
WIDE, PHONE = 1200, 390
_LONGEST_MS = 120_000
_RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"],
    "preload": False,
}  # it would fetch the style anew, which files forbid


@contextmanager
def opened(browser: Browser, address: str, *, width: int = WIDE, scheme: str = "light") -> Iterator[Page]:
    """Open a file, wait for its charts, and fail on anything that the page complains of or asks elsewhere."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page, wrong = context.new_page(), list[str]()
    page.set_default_timeout(_LONGEST_MS)
    page.on("console", lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda asked: None if asked.url.startswith("file:") else wrong.append(asked.url))
    page.goto(address, timeout=_LONGEST_MS)
    page.wait_for_function("!document.querySelector('figure.chart:not([data-drawn])')", timeout=_LONGEST_MS)
    yield page
    context.close()
    assert wrong == []


@pytest.fixture
def address(built_day) -> str:
    return page_path(built_day.output_root, LAST).as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_every_chart_is_drawn_and_nothing_overflows(chromium, address, width, scheme):
    with opened(chromium, address, width=width, scheme=scheme) as page:
        n_charts = page.locator("figure.chart").count()
        assert n_charts >= 9
        assert page.locator("figure.chart svg.main-svg").count() >= n_charts
        assert page.evaluate("document.documentElement.scrollWidth") == width
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (colour == "rgb(255, 255, 255)") == (scheme == "light")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible(chromium, address, axe_script, scheme):
    with opened(chromium, address, scheme=scheme) as page:
        page.evaluate(axe_script)
        found = page.evaluate("rules => axe.run(document, rules)", _RULES)
        assert [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]] == []


def test_tables_sort_and_filter_and_links_lead_to_sections_and_the_list(chromium, address, built_day):
    with opened(chromium, address) as page:
        checks = page.locator("#checks")
        checks.get_by_role("searchbox").fill("board_ranks")
        shown = checks.locator("tbody tr:visible")
        assert 0 < shown.count() < checks.locator("tbody tr").count()
        datasets = page.locator("#made")
        datasets.get_by_role("button", name="rows").click()
        rows = datasets.locator("tbody tr td:nth-child(4)").all_inner_texts()
        numbers = [int(text.replace(",", "")) for text in rows]
        assert numbers == sorted(numbers)
        page.get_by_role("link", name="Repin chains").click()
        assert page.url.endswith("#chains")
        page.get_by_role("link", name="interest-graph reports").click()
        assert page.get_by_role("link", name="Report of date=2026-11-20").count() == 2
        page.go_back()
        page.get_by_role("link", name="JSON").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**.json")
    assert (reports_folder(built_day.output_root) / "index.html").is_file()
