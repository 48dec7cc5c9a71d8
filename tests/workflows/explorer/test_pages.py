"""Every page: its twin says the same, its links lead somewhere, what isn't there is said helpfully."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.explorer_days import NAMES, SCRIPT, StrangeDays
from workflows.explorer.explorer_app import make_app

PAGES = [
    "/",
    "/most-important",
    "/datasets",
    "/datasets/board_joins",
    "/datasets/board_joins?variant=full&version=2026-11-20",
    "/datasets/facts?version=2026-11-20/2",
    "/datasets/board_joins/rows?sort=page_rank&order=down",
    "/datasets/board_joins/rows?is.category_changed=true&page=2",
    "/datasets/board_joins/rows?is.name=null",
    "/datasets/image_files/rows",
    "/datasets/board_joins/columns/page_rank",
    "/datasets/board_joins/columns/category",
    "/datasets/board_joins/columns/name",
    "/datasets/board_joins/columns/created_at",
    "/datasets/board_joins/columns/categories",
    "/datasets/pin_joins/columns/terms.term",
    "/datasets/pin_joins/columns/repin_chains.depth",
    "/datasets/pin_joins/columns/pins?variant=full",
    "/datasets/image_files/columns/image",
    "/compare",
    "/compare?dataset=facts/full",
    "/compare/changes?dataset=board_joins/light",
    "/compare/changes?dataset=repin_edges/full",
    "/search",
    "/search?q=a",
    "/search?q=%25",
    "/search/by-text?q=a",
    "/search/by-text?q=7&what=pin",
]


def twin_of(address: str) -> str:
    path, mark, query = address.partition("?")
    return f"{path.rstrip('/') or '/index'}.json{mark}{query}"


@pytest.mark.parametrize("address", PAGES)
def test_every_page_has_a_twin_of_the_same_values(client: TestClient, address: str):
    page, twin = client.get(address), client.get(twin_of(address))
    assert (page.status_code, twin.status_code) == (200, 200), page.text
    assert twin.headers["content-type"] == "application/json"
    asked = client.get(address, headers={"accept": "application/json"})
    assert asked.json() == twin.json()
    assert page.headers["content-type"].startswith("text/html")


def tables_in(value: object) -> Iterator[dict[str, list[object]]]:
    if isinstance(value, dict):
        if {"columns", "rows"} <= value.keys():
            yield value
        for inner in value.values():
            yield from tables_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from tables_in(inner)


@pytest.mark.parametrize("address", PAGES)
def test_every_row_has_a_cell_for_each_column(client: TestClient, address: str):
    for table in tables_in(client.get(twin_of(address)).json()):
        assert {len(row) for row in table["rows"]} <= {len(table["columns"])}


def test_every_link_leads_somewhere(client: TestClient):
    waiting, seen = ["/", "/most-important"], set[str]()
    while waiting and len(seen) < 150:
        address = waiting.pop(0)
        kind = re.sub(r"[0-9a-f]{6,}|\d+", "#", address)
        if address in seen or sum(re.sub(r"[0-9a-f]{6,}|\d+", "#", one) == kind for one in seen) >= 2:
            continue  # two of each kind are enough
        seen.add(address)
        answer = client.get(address)
        assert answer.status_code == 200 or address.startswith("/pictures/"), (address, answer.text)
        found = (
            re.findall(r'(?:href|data-load)="(/[^"]*)"', answer.text)
            if "html" in answer.headers["content-type"]
            else []
        )
        waiting += [html.unescape(one) for one in found]
    kinds = {address.split("/")[1].split("?")[0] for address in seen}
    assert {"boards", "pins", "users", "datasets", "compare"} <= kinds


def first_links(client: TestClient) -> list[str]:
    return [one["table"]["rows"][0][0]["href"] for one in client.get("/most-important.json").json()["lists"]]


def test_a_pin_leads_to_its_board_to_its_user_and_back(client: TestClient):
    _, pin, _ = first_links(client)
    board = client.get(f"{pin}.json").json()["boards"]["rows"][0][0]["href"]
    user = client.get(f"{board}.json").json()["users"]["rows"][0][0]["href"]
    pictures = client.get(f"{user}.json").json()["pictures"]["rows"]
    boards = client.get(f"{user}.json").json()["boards"]["rows"]
    assert board in [row[0]["href"] for row in boards]
    assert pictures


@pytest.mark.parametrize("number", range(3))
def test_a_long_page_lists_its_sections_and_each_is_there(client: TestClient, number: int):
    page = client.get(first_links(client)[number]).text
    (contents,) = re.findall(r'<nav class="contents" aria-label="On this page">.*?</nav>', page, re.DOTALL)
    listed = re.findall(r'<a href="#(\w+)">([^<]+)</a>', contents)
    assert len(listed) >= 4
    assert listed == re.findall(r'<h2 id="(\w+)">([^<]+)</h2>', page)
    assert page.count("<h2") == len(listed)


def test_a_version_that_was_asked_for_stays_on_all_links(client: TestClient):
    board, *_ = first_links(client)
    page = client.get(f"{board}.json?version=2026-11-21/2").json()
    assert page["version"] == "2026-11-21/2"
    assert "version=2026-11-21%2F2" in page["pictures"]["rows"][0][0]["href"]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/boards/1", "board_join &#39;1&#39; is not in"),
        ("/boards/no%20such%20board", "if an import made an id of that text"),
        ("/users/-7", "is not in"),
        ("/pins/..%2f..%2fetc%2fpasswd", "is not in"),
        ("/pins/%00", "is not in"),
        ("/boards/1/neighbours", "is not in"),
        ("/boards/1/evidence", "is not in"),
        ("/datasets/nosuch", "there is no dataset"),
        ("/datasets/..%2finput", "there is no"),
        ("/datasets/_records", "there is no dataset"),
        ("/datasets/board_joins/columns/nosuch", "has no field"),
        ("/datasets/board_joins/columns/board_id%22--", "has no field"),
        ("/datasets/facts/keys/nosuch", "is not in"),
        ("/datasets/board_joins?version=1999-01-01", "nothing of 1999-01-01 is published"),
        ("/datasets/board_joins?version=yesterday", "allowed: a date like 2026-11-20"),
        ("/datasets/board_joins?version=2026-02-30", "allowed: a date like 2026-11-20"),
        ("/compare?dataset=board_joins/light&a=x&b=y", "allowed: a date like 2026-11-20"),
        ("/nosuch", "there is no page"),
        ("/compare?dataset=nosuch/full", "there is no dataset"),
        ("/compare/changes?dataset=../full", "there is no dataset"),
        ("/compare/changes?dataset=%00", "there is no dataset"),
    ],
)
def test_what_is_not_there_is_a_page_that_helps(client: TestClient, address: str, said: str):
    answer = client.get(address)
    assert answer.status_code == 404
    assert said in answer.text
    assert "Traceback" not in answer.text
    assert client.get(address, headers={"accept": "application/json"}).status_code == 404


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/datasets/board_joins/rows?sort=name%22;DROP%20TABLE%20x", "sort is"),
        ("/datasets/board_joins/rows?sort=pins", "sort is"),
        ("/datasets/board_joins/rows?order=sideways", "allowed: up, down"),
        ("/datasets/board_joins/rows?page=0", "allowed: a whole number from 1 to 1000"),
        ("/datasets/board_joins/rows?page=99999999999999999999999", "allowed: a whole number"),
        ("/datasets/board_joins/rows?is.nosuch=1", "is no field"),
        ("/datasets/board_joins/rows?is.pins=1", "is no field"),
        ("/datasets/board_joins?variant=heavy", "allowed: full, light"),
        ("/compare?dataset=board_joins/heavy", "there is no variant"),
        ("/compare?dataset=board_joins/light&a=newest&b=newest", "both versions are"),
        (f"/search?q={'x' * 501}", "allowed are 500"),
    ],
)
def test_what_cannot_be_asked_says_what_can(client: TestClient, address: str, said: str):
    answer = client.get(address)
    assert answer.status_code == 400
    assert said in html.unescape(answer.text)


def test_a_value_is_bound_and_no_part_of_the_query(client: TestClient):
    hostile = "x' OR 1=1 --"
    page = client.get("/datasets/board_joins/rows.json", params={"is.name": hostile}).json()
    assert page["table"]["rows"] == []


def test_rows_are_those_that_were_asked_for(client: TestClient, strange_days: StrangeDays):
    page = client.get("/datasets/board_joins/rows.json", params={"is.name": SCRIPT}).json()
    (row,) = page["table"]["rows"]
    assert row[0]["value"] == strange_days.boards[0]


def test_pages_of_rows_hold_every_row_once(client: TestClient):
    seen, address = list[int](), "/datasets/pin_joins/rows.json"
    while address:
        page = client.get(address).json()
        seen += [row[0]["value"] for row in page["table"]["rows"]]
        address = page["next"].replace("/rows?", "/rows.json?")
    n_rows = dict(client.get("/datasets/pin_joins.json").json()["facts"])["rows"]
    assert len(seen) == len(set(seen)) == n_rows


def test_sorted_rows_are_those_of_the_files_whichever_tier_has_them(client: TestClient):
    address = "/datasets/board_joins/rows.json?sort=page_rank&order=down"
    light, full = (client.get(f"{address}&variant={one}").json()["table"]["rows"] for one in ("light", "full"))
    ranks = [row[5] for row in light]
    assert ranks == sorted(ranks, reverse=True)
    unset = {3, 22, 24}  # description, pins, users
    for one, other in zip(light, full, strict=True):
        assert [cell for place, cell in enumerate(one) if place not in unset] == [
            cell for place, cell in enumerate(other) if place not in unset
        ]


def test_counts_of_a_histogram_are_all_values(client: TestClient):
    page = client.get("/datasets/board_joins/columns/page_rank.json").json()
    n_values = dict(page["facts"])["values"]
    assert sum(page["chart"]["figure"]["data"][0]["y"]) == n_values > 0


@pytest.mark.parametrize("number", range(len(NAMES)))
def test_a_strange_name_is_shown_and_does_nothing(client: TestClient, strange_days: StrangeDays, number: int):
    board = strange_days.boards[number]
    page, twin = client.get(f"/boards/{board}"), client.get(f"/boards/{board}.json")
    assert page.status_code == 200
    assert twin.json()["name"] == NAMES[number]
    assert "<script>document" not in page.text
    assert "\u202e" not in page.text
    assert ">49<" not in page.text


def found_by_text(client: TestClient, text: object, what: str) -> list[str]:
    (table,) = client.get("/search/by-text.json", params={"q": text, "what": what}).json()["tables"]
    return [row[0]["href"] for row in table["rows"]]


def test_boards_are_found_by_their_names(client: TestClient, strange_days: StrangeDays):
    for number in (2, 3):
        assert f"/boards/{strange_days.boards[number]}" in found_by_text(client, NAMES[number][:6], "boards")


def test_pictures_are_found_by_whole_words(client: TestClient):
    _, pin, _ = first_links(client)
    term = client.get(f"{pin}.json").json()["terms"]["rows"][0][0]["value"]
    assert pin in found_by_text(client, term.upper(), "pictures")
    assert pin not in found_by_text(client, term[:-1], "pictures")


def test_a_key_is_found_as_it_stands(client: TestClient, strange_days: StrangeDays):
    board = strange_days.boards[2]
    found = client.get("/search.json", params={"q": f" {board} "}).json()
    assert [one["href"] for one in found["keys"]] == [f"/boards/{board}"]


def test_a_pin_is_found_by_its_id(client: TestClient):
    _, pin, _ = first_links(client)
    pins = client.get(f"{pin}.json").json()["pins"]["rows"]
    assert found_by_text(client, pins[0][0]["value"], "pin") == [pin]
    assert found_by_text(client, "9" * 30, "pin") == []


@pytest.mark.parametrize("below", ["", "/neighbours", "/evidence"])
@pytest.mark.parametrize("number", range(len(NAMES)))
def test_all_parts_of_a_board_are_pages(client: TestClient, strange_days: StrangeDays, number: int, below: str):
    address = f"/boards/{strange_days.boards[number]}{below}"
    assert client.get(address).status_code == 200
    assert client.get(f"{address}.json").json()["key"] == strange_days.boards[number]


def test_a_fault_of_a_template_is_a_page_as_well(client: TestClient, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("workflows.explorer.versions_page.problems_of", lambda _status: 7)
    answer = client.get("/")
    assert answer.status_code == 500
    assert "fault" in answer.text


def test_an_empty_output_says_how_to_begin(tmp_path: Path):
    empty = TestClient(make_app(tmp_path), base_url="http://127.0.0.1")
    for address in ("/", "/datasets", "/compare", "/most-important", "/search?q=7"):
        assert empty.get(address).status_code == 200
    assert "interest-graph run" in empty.get("/").text
    assert "interest-graph run" in empty.get("/boards/7").text


def test_a_damaged_version_is_named_and_no_fault_of_ours(folder: Path):
    (part,) = (folder / "output" / "board_joins" / "full" / "date=2026-11-20" / "iteration=2").glob("*.parquet")
    part.write_bytes(b"damaged")
    damaged = TestClient(make_app(folder / "output"), base_url="http://127.0.0.1")
    answer = damaged.get("/boards/7")
    assert answer.status_code == 503
    assert "interest-graph run --repair" in answer.text


def test_a_search_says_which_dataset_it_could_not_look_through(folder: Path):
    (part,) = (folder / "output" / "board_joins" / "light" / "date=2026-11-20" / "iteration=2").glob("*.parquet")
    part.write_bytes(b"damaged")
    damaged = TestClient(make_app(folder / "output"), base_url="http://127.0.0.1")
    page = damaged.get("/search/by-text.json?q=a&what=boards").json()
    assert [problem for problem in page["problems"] if "board_joins" in problem]
    assert damaged.get("/search/by-text.json?q=a&what=users").json()["problems"] == []


def test_a_fault_is_a_page_without_its_insides(client: TestClient, monkeypatch: pytest.MonkeyPatch):
    def broken(*_arguments: object) -> None:
        raise RuntimeError("secret insides")

    monkeypatch.setattr("workflows.explorer.versions_page.status_of", broken)
    answer = client.get("/")
    assert answer.status_code == 500
    assert "fault" in answer.text
    assert "secret insides" not in answer.text


@pytest.mark.parametrize("name", ["dataset", "asked", "self", "parts", "query", "version_"])
def test_any_name_may_stand_in_the_query_of_an_address(client: TestClient, name: str):
    assert client.get(f"/datasets/board_joins/rows?{name}=1").status_code in (200, 400)
