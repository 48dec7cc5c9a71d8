"""The catalog in a browser: in the explorer, and as files that open from disk; links, drawings, filters, keys."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import Watched, watched_page
from tests.explorer_days import StrangeDays
from workflows.data_catalog.catalog_of import catalog_of
from workflows.data_catalog.catalog_site import write_site


@pytest.fixture(scope="module")
def site(strange_days: StrangeDays, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("catalog") / "site"
    write_site(catalog_of(strange_days.output), strange_days.output, strange_days.input, folder)
    return folder


@pytest.fixture
def opened(chromium: Browser, site: Path) -> Iterator[Watched]:
    """The catalog opened from disk; whatever it asks for beyond its files fails the test."""
    with watched_page(chromium, site.as_uri()) as watched:
        context = watched.page.context
        context.route(
            "**/*", lambda route: route.continue_() if route.request.url.startswith("file:") else route.abort()
        )
        yield watched


def test_the_catalog_opens_from_disk_and_filters(opened: Watched):
    opened.go("/search.html")
    page = opened.page
    page.get_by_label("Filter the rows of Found").fill("canonical link")
    page.locator("tbody tr:visible").get_by_role("link", name="pin_joins.canonical_link").click()
    assert page.url.endswith("dataset-pin_joins.html#field-canonical_link")
    assert page.locator("tr:target").inner_text().startswith("canonical_link")
    page.go_back()
    assert page.url.endswith("search.html")


def test_lineage_leads_from_a_field_to_what_it_is_made_from(watched: Watched):
    watched.go("/catalog/datasets/board_joins")
    page = watched.page
    page.locator("#field-page_rank").get_by_role("link", name="board_features.page_rank").click()
    assert page.url.endswith("/catalog/datasets/board_features#field-page_rank")
    page.locator("#field-page_rank").get_by_role("link", name="PageRank", exact=True).click()
    assert page.url.endswith("/catalog/glossary#term-PageRank")
    assert "Importance of a board in the repin graph" in page.locator(":target").inner_text()


def test_a_drawing_leads_on_by_its_boxes(watched: Watched):
    watched.go("/catalog/lineage")
    page = watched.page
    page.locator("svg.lineage a", has_text="board_ranks").click()
    assert page.url.endswith("/catalog/datasets/board_ranks")
    neighbours = page.locator("svg.lineage").first
    in_order = ("repin_edges", "board_ranks", "board_features")
    left = [neighbours.locator("text", has_text=name).bounding_box()["x"] for name in in_order]
    assert left == sorted(left)


def test_search_is_answered_by_the_keyboard_alone(watched: Watched):
    watched.go("/catalog/search")
    page = watched.page
    page.get_by_label("Words of a dataset").focus()
    page.keyboard.type("dangling")
    page.keyboard.press("Enter")
    page.wait_for_url("**/catalog/search?q=dangling")
    assert page.get_by_role("link", name="board_ranks").is_visible()


def test_a_dataset_that_is_not_there_helps_on(watched: Watched):
    watched.allowed.add(404)
    watched.go("/catalog/datasets/bord_joins")
    watched.page.get_by_role("link", name="board_joins").click()
    assert watched.page.locator("h1").inner_text().startswith("board_joins")
