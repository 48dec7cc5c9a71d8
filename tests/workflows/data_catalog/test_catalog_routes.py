"""The catalog's pages in the explorer: each has a JSON twin, an unknown dataset is told, a search is answered."""

import pytest
from starlette.testclient import TestClient

from workflows.explorer.explorer_app import make_app


@pytest.fixture(scope="module")
def client(finished):
    with TestClient(make_app(finished / "output"), base_url="http://127.0.0.1:8765") as found:
        yield found


@pytest.mark.parametrize(
    "path", ["/catalog", "/catalog/lineage", "/catalog/glossary", "/catalog/search", "/catalog/datasets/board_joins"]
)
def test_every_page_has_a_twin(client, path):
    page = client.get(path)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "<style" not in page.text
    twin = client.get(f"{path}.json")
    assert twin.status_code == 200
    assert [one["title"] for one in twin.json()["pages"]] == ["Datasets", "Lineage", "Glossary", "Search"]


def test_a_dataset_that_is_not_there_is_told_with_those_that_are(client):
    page = client.get("/catalog/datasets/pin_jons")
    assert page.status_code == 404
    assert "the catalog has no dataset &#39;pin_jons&#39;" in page.text
    assert 'href="/catalog/datasets/pin_joins"' in page.text


def test_a_search_is_answered_and_what_was_asked_is_text(client):
    found = client.get("/catalog/search.json", params={"q": "page rank"}).json()
    assert found["hits"]["rows"][0][1]["value"] == "board_features.page_rank"
    page = client.get("/catalog/search", params={"q": '"><script>alert(1)</script>'})
    assert "<script>alert" not in page.text
    assert "Nothing has all of these words" in page.text


def test_an_empty_output_has_a_catalog(tmp_path):
    with TestClient(make_app(tmp_path), base_url="http://127.0.0.1:8765") as client:
        page = client.get("/catalog")
    assert page.status_code == 200
    assert "nothing is published there" in page.text
