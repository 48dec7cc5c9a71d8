"""Versions and outputs that aren't there: every address of every room says so, as a page and as JSON."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.routing import Route
from starlette.testclient import TestClient

from workflows.explorer.explorer_app import ROOMS, make_app

PLACES = {
    "{dataset}": "board_joins",
    "{name}": "board_joins",
    "{column}": "page_rank",
    "{key}": "1",
    "{key:path}": "1",
    "{path:path}": "x.html",
}
NO_PAGES = ("/assets/", "/sql/assets/")


def addresses() -> list[str]:
    """Return an address of each route that is asked by GET."""
    routes = [route for room in ROOMS for route in room.routes() if isinstance(route, Route)]
    found = set()
    for route in routes:
        address = route.path
        for place, value in PLACES.items():
            address = address.replace(place, value)
        if "GET" in (route.methods or ()) and not address.startswith(NO_PAGES):
            found.add(address)
    return sorted(found)


@pytest.fixture
def client(folder: Path) -> Iterator[TestClient]:
    with TestClient(make_app(folder / "output"), base_url="http://127.0.0.1:8765") as asked:
        yield asked


@pytest.mark.parametrize(
    "version", ["1999-01-01", "2026-11-20/77", "../../x", "%00", "<script>", "2026-02-30", "x" * 5_000]
)
def test_a_version_that_is_not_there_is_one_error_everywhere(client: TestClient, version: str):
    for address in addresses():
        answer = client.get(address, params={"version": version})
        assert answer.status_code == 404, (address, answer.status_code)
        assert "2026-11-20" in answer.text, address  # what is there
        assert "json" in answer.headers["content-type"] or "<script>" not in answer.text
        assert "Content-Security-Policy" in answer.headers


def test_an_output_that_was_taken_away_is_told_everywhere(client: TestClient, folder: Path):
    shutil.rmtree(folder / "output")
    for address in addresses():
        answer = client.get(address)
        assert answer.status_code >= 400, address
        assert "the output folder is gone" in answer.text, address
        assert "Content-Security-Policy" in answer.headers


def test_a_dataset_whose_files_are_gone_names_what_is_left(client: TestClient, folder: Path):
    shutil.rmtree(folder / "output" / "pin_joins" / "full")
    shutil.rmtree(folder / "output" / "pin_joins" / "light", ignore_errors=True)
    answer = client.get("/datasets/pin_joins")
    assert answer.status_code == 404
    assert "there is no dataset" not in answer.text
    assert "pin_joins" in answer.text


def test_every_address_is_read_alone_and_by_its_own_names(client: TestClient):
    ours = {"origin": "http://127.0.0.1:8765"}
    for address in addresses():
        refused = [client.request(method, address, headers=ours) for method in ("POST", "PUT", "DELETE", "PATCH")]
        assert {one.status_code for one in refused} == {405}, address
        strange = client.get(address, headers={"host": "evil.example"})
        foreign = client.post(address, headers={"origin": "http://evil.example"})
        assert (strange.status_code, foreign.status_code) == (421, 403), address
        for one in (*refused, strange, foreign):
            assert one.headers["content-security-policy"].startswith("default-src 'self'"), address


def test_every_address_tells_its_head(client: TestClient):
    for address in addresses():
        read, head = (client.request(method, address, follow_redirects=False) for method in ("GET", "HEAD"))
        assert (head.status_code, head.content) == (read.status_code, b""), address
        assert head.headers.get("content-type") == read.headers.get("content-type"), address
        assert "content-security-policy" in head.headers, address


def test_a_fault_of_any_route_has_the_headers_of_all(client: TestClient, monkeypatch: pytest.MonkeyPatch):
    def broken(*_arguments: object) -> None:
        raise RuntimeError("secret insides")

    monkeypatch.setattr("workflows.shared_sql.sql_routes.names_there", broken)
    answer = client.get("/sql/names.json")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/json")
    assert "content-security-policy" in answer.headers
    assert "secret insides" not in answer.text


def test_there_are_addresses_to_ask():
    assert not [address for address in addresses() if "{" in address]
    assert {"/", "/sql", "/ask", "/reports", "/datasets/board_joins", "/boards/1", "/ask.json"} <= set(addresses())
