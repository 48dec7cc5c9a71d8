"""What people do in the explorer: filter, sort, follow links, use the keyboard; and what strangers put into titles."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Watched, served, watched_page
from tests.explorer_days import ARABIC, EMOJI, LONG, SCRIPT, StrangeDays


def rows_shown(watched: Watched, title: str) -> int:
    return watched.page.locator(f'.table[aria-label="{title}"] tbody tr:visible').count()


def first_cell(watched: Watched, title: str, column: int) -> str:
    cell = watched.page.locator(f'.table[aria-label="{title}"] tbody tr:first-child td:nth-child({column})')
    return cell.inner_text()


def test_a_filter_leaves_the_rows_that_have_the_text(watched: Watched):
    watched.go("/datasets/board_joins")
    n_all = rows_shown(watched, "Fields")
    watched.page.get_by_label("Filter the rows of Fields").fill("PERCENT")
    assert 1 <= rows_shown(watched, "Fields") < n_all
    expect(watched.page.locator(".filter output").first).to_have_text(
        f"{rows_shown(watched, 'Fields')} of {n_all} rows"
    )
    watched.page.get_by_label("Filter the rows of Fields").fill("")
    assert rows_shown(watched, "Fields") == n_all


def test_a_head_sorts_up_and_down_and_says_so(watched: Watched):
    watched.go("/datasets/board_joins/rows")
    title, head = "Rows of board_joins", watched.page.locator("th", has_text="page_rank")
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    least = float(first_cell(watched, title, 6))
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    assert float(first_cell(watched, title, 6)) > least


def test_numbers_sort_as_numbers_and_nothing_stands_last(watched: Watched):
    watched.go("/datasets/board_joins/rows")
    head = watched.page.locator("th", has_text="created_at").get_by_role("button")
    for _ in range(2):
        head.click()
        assert first_cell(watched, "Rows of board_joins", 5) != "–"


def test_links_lead_from_a_picture_to_a_board_to_a_user_and_back(watched: Watched):
    watched.go("/")
    page = watched.page
    page.locator('main a[href^="/pins/"]').first.click()
    expect(page.locator("h1")).to_contain_text("Picture")
    page.locator('.table[aria-label="Boards"] tbody a').first.click()
    expect(page.locator(".crumbs").first).to_contain_text("Board")
    watched.wait()
    page.locator('.table[aria-label="Users"] tbody a').first.click()
    expect(page.locator(".crumbs").first).to_contain_text("User")
    watched.wait()
    user = page.url
    page.go_back()
    expect(page.locator(".crumbs").first).to_contain_text("Board")
    page.go_forward()
    assert page.url == user


def test_neighbours_are_drawn_and_lead_on(watched: Watched):
    watched.go("/")
    watched.page.locator('main a[href^="/boards/"]').first.click()
    watched.wait()
    board = watched.page.url
    watched.page.locator("svg.neighbours a").first.click()
    watched.page.wait_for_url(lambda url: "/boards/" in url and url != board)


def test_tables_of_the_overview_show_their_last_row_whole(watched: Watched):
    watched.go("/")
    for title in ("Tiers", "Published datasets"):
        box = watched.page.locator(f'.table[aria-label="{title}"]')
        assert box.evaluate("one => one.scrollHeight <= one.clientHeight")


def test_a_section_is_reached_from_the_top_of_a_long_page(watched: Watched):
    watched.go("/")
    watched.page.locator('main a[href^="/boards/"]').first.click()
    watched.wait()
    watched.page.get_by_role("navigation", name="On this page").get_by_role("link", name="Pins", exact=True).click()
    expect(watched.page.locator("h2#pins")).to_be_in_viewport()


def test_an_unknown_key_helps_on(watched: Watched):
    watched.allowed.add(404)
    watched.go("/boards/1")
    expect(watched.page.locator("h1")).to_have_text("That isn't there")
    watched.page.get_by_role("link", name="Search for 1").click()
    expect(watched.page.locator("h1")).to_contain_text("Search for")


def test_an_empty_dataset_says_so(watched: Watched):
    watched.go("/datasets/image_files")
    expect(watched.page.get_by_text("This version has no rows.")).to_be_visible()
    watched.go("/datasets/image_files/columns/image")
    expect(watched.page.get_by_text("This field has no values in this version.")).to_be_visible()


def test_an_empty_output_says_how_to_begin(chromium: Browser, tmp_path: Path):
    with served(tmp_path) as url, watched_page(chromium, url) as page:
        page.go("/")
        expect(page.page.locator(".empty")).to_contain_text("interest-graph run")


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize(("number", "name"), [(0, SCRIPT), (1, LONG), (2, ARABIC), (3, EMOJI)])
def test_a_strange_title_is_read_whole_and_widens_no_page(
    chromium: Browser, explorer_url: str, strange_days: StrangeDays, width: int, number: int, name: str
):
    with watched_page(chromium, explorer_url, width=width) as watched:
        watched.go(f"/boards/{strange_days.boards[number]}")
        assert watched.page.locator("h1").inner_text().strip() == " ".join(name.split())
        assert watched.page.title() != "taken over"
        assert watched.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_picture_that_is_there_is_shown_and_one_that_is_not_says_why(watched: Watched, strange_days: StrangeDays):
    watched.allowed.add(404)
    watched.go(f"/pins/{strange_days.pictures['red.png']}")
    picture = watched.page.locator("img[data-picture]").first
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") == 64
    watched.go(f"/pins/{strange_days.pictures['gone.png']}")
    expect(watched.page.get_by_text("can't be shown")).to_be_visible()


def test_the_keyboard_alone_is_enough(watched: Watched):
    watched.go("/datasets")
    page = watched.page
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("/")
    expect(page.locator("[data-search]")).to_be_focused()
    page.keyboard.type("food")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Search for")
    page.go_back()
    watched.wait()
    head = page.locator("th button.sort").first
    head.focus()
    page.keyboard.press("Enter")
    expect(page.locator("th").first).to_have_attribute("aria-sort", "ascending")


def test_every_control_is_reached_by_tab(watched: Watched):
    watched.go("/datasets/board_joins/rows")
    wanted = watched.page.evaluate(
        "() => [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select')].length"
    )
    reached = set[str]()
    for _ in range(wanted + 5):
        watched.page.keyboard.press("Tab")
        reached.add(watched.page.evaluate("() => [...document.querySelectorAll('*')].indexOf(document.activeElement)"))
    assert len(reached - {0}) >= wanted


def test_charts_are_drawn_again_when_light_becomes_dark(chromium: Browser, explorer_url: str):
    with watched_page(chromium, explorer_url) as watched:
        watched.go("/datasets/board_joins/columns/page_rank")
        colour = "() => document.querySelector('.plot .xtitle').style.fill"
        light = watched.page.evaluate(colour)
        watched.page.emulate_media(color_scheme="dark")
        watched.page.wait_for_timeout(500)
        assert watched.page.evaluate(colour) != light
