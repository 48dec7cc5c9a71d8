"""axe-core looks at every kind of page, in light and dark, wide and narrow; screenshots are kept for people."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import watched_page
from tests.explorer_days import StrangeDays

PAGES = {
    "overview": "/",
    "datasets": "/datasets",
    "dataset": "/datasets/board_joins",
    "rows": "/datasets/board_joins/rows",
    "field": "/datasets/board_joins/columns/category",
    "numbers": "/datasets/board_joins/columns/page_rank",
    "board": "/boards/{board}",
    "picture": "/pins/{picture}",
    "search": "/search?q=a",
    "compare": "/compare",
    "missing": "/boards/1",
    "catalog": "/catalog",
    "catalog-dataset": "/catalog/datasets/board_joins",
    "catalog-lineage": "/catalog/lineage",
    "catalog-glossary": "/catalog/glossary",
    "catalog-search": "/catalog/search?q=rank",
    "ask": "/ask",
    "ask-answered": "/ask?question=boards+with+the+most+pins",
    "ask-refused": "/ask?question=boards+that+will+be+great",
    "reports": "/reports",
}
_RUN = "() => axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'best-practice']})"


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
@pytest.mark.parametrize("name", PAGES)
def test_no_page_keeps_anybody_out(
    chromium: Browser, explorer_url: str, strange_days: StrangeDays, axe_script: str, name: str, width: int, scheme: str
):
    address = PAGES[name].format(board=strange_days.boards[3], picture=strange_days.pictures["red.png"])
    with watched_page(chromium, explorer_url, width=width, scheme=scheme) as watched:
        watched.allowed.add(404)
        watched.go(address)
        _keep_screenshot(watched.page.screenshot(full_page=True), f"{name}-{scheme}-{width}")
        assert watched.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        watched.page.evaluate(axe_script)
        found = watched.page.evaluate(_RUN)["violations"]
    said = [
        f"{one['id']}: {node['html'][:150]} {node['failureSummary'][:200]}"
        for one in found
        for node in one["nodes"][:2]
    ]
    assert said == []


def _keep_screenshot(picture: bytes, name: str) -> None:
    folder = os.environ.get("INTEREST_GRAPH_SCREENSHOTS", "")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        (Path(folder) / f"{name}.png").write_bytes(picture)
