"""The explorer over an output in a store: every page as of one on disk; a store that is away is told, page by page."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from storage_tiers.stores import local_home as home_of_stores
from storage_tiers.stores.store_path import StorePath
from tests.servers.s3_proxy import S3Proxy
from workflows.explorer.explorer_app import make_app
from workflows.shared_sql.box_asked import BoxAsked

ORIGIN = "http://127.0.0.1:8765"
COUNTED = "SELECT category, count(*) AS n FROM board_joins GROUP BY ALL ORDER BY n DESC, category"
PAGES = [
    "/",
    "/most-important",
    "/datasets",
    "/datasets/board_joins",
    "/datasets/board_ranks?version=2026-11-20/1",
    "/datasets/board_joins/rows?sort=page_rank&order=down",
    "/datasets/facts/rows?is.board_id=null",
    "/datasets/board_joins/columns/page_rank",
    "/datasets/pin_joins/columns/terms.term",
    "/compare?dataset=board_ranks/full",
    "/compare/changes?dataset=board_ranks/full",
    "/search?q=a",
    "/search/by-text?q=a",
    "/reports",
    "/catalog",
    "/catalog/lineage",
    "/ask?question=how+many+boards",
    "/sql",
    "/sql/queries",
]


@pytest.fixture
def client(stored: StorePath, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(home_of_stores, "_chosen", [lambda: tmp_path])
    with TestClient(make_app(stored), base_url=ORIGIN) as asked:
        yield asked


@pytest.fixture
def on_disk(folder: Path) -> Iterator[TestClient]:
    with TestClient(make_app(folder / "output"), base_url=ORIGIN) as asked:
        yield asked


def twin(client: TestClient, address: str) -> dict[str, object]:
    answer = client.get(address, headers={"accept": "application/json"})
    assert answer.status_code == 200, (address, answer.text)
    return answer.json()


@pytest.mark.parametrize("address", PAGES)
def test_every_page_is_there(client: TestClient, address: str):
    page = client.get(address)
    assert page.status_code == 200, page.text
    assert "Traceback" not in page.text


def test_joins_and_their_parts_say_what_they_say_of_a_disk(client: TestClient, on_disk: TestClient):
    for listed in twin(on_disk, "/most-important")["lists"]:
        path = listed["table"]["rows"][0][0]["href"]
        here, there = twin(client, path), twin(on_disk, path)
        for one in ("key", "version", "facts", "row_link"):
            assert here[one] == there[one], (path, one)
        if path.startswith("/boards"):
            for part in ("neighbours", "evidence"):
                here, there = twin(client, f"{path}/{part}"), twin(on_disk, f"{path}/{part}")
                assert here["key"] == there["key"]
                assert here.get("summary") == there.get("summary")
                assert (here.get("sources") or {"n_all": 0})["n_all"] == (there.get("sources") or {"n_all": 0})["n_all"]


def test_a_query_has_its_answer_of_the_version_that_is_chosen(client: TestClient, on_disk: TestClient):
    for version in ("", "2026-11-20", "2026-11-20/2"):
        address = BoxAsked(COUNTED, version=version).address("/sql.json", run="yes")
        here, there = (asked.get(address).json() for asked in (client, on_disk))
        assert here["answer"]["rows"] == there["answer"]["rows"], here["problem"]
    ranks = "SELECT sum(page_rank) AS n FROM board_ranks WHERE iteration_is_asked"
    missing = client.get(BoxAsked(ranks, version="2026-11-20/1").address("/sql.json", run="yes"))
    assert "query, line 1" in missing.json()["problem"]["text"]


@pytest.mark.parametrize("version", ["1999-01-01", "2026-11-20/77", "../../x"])
def test_a_version_that_is_not_there_leads_to_those_that_are(client: TestClient, version: str):
    for path in ("/", "/datasets/board_joins", "/sql", "/ask", "/reports"):
        answer = client.get(path, params={"version": version})
        assert answer.status_code == 404, path
        assert "2026-11-20/2" in answer.text


@pytest.mark.parametrize(
    "path", ["/", "/datasets", "/boards/7", "/sql/queries", "/sql/names.json", "/search?q=a", "/sql?version=2026-11-20"]
)
def test_a_store_that_refuses_is_told_by_every_page(stored: StorePath, s3_proxy: S3Proxy, path: str):
    s3_proxy.plan = lambda _request: "501"
    with TestClient(make_app(stored), base_url=ORIGIN) as client:
        answer = client.get(path)
    assert answer.status_code == 503, answer.text
    assert f"{stored.scheme}://{stored.bucket}" in answer.text
    assert "Content-Security-Policy" in answer.headers
