from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from workflows.explorer.explorer_app import make_app
from workflows.explorer.guards import Guards, check_token, new_token
from workflows.explorer.page_routes import AskedWrongError


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8765", "127.0.0.1.evil.example", "localhost@evil", ""])
def test_a_strangers_host_is_refused(client: TestClient, host: str):
    answer = client.get("/", headers={"host": host})
    assert answer.status_code == 421
    assert "allowed: 127.0.0.1" in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8765", "LOCALHOST", "[::1]:9"])
def test_names_of_loopback_are_taken(client: TestClient, host: str):
    assert client.get("/datasets", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_pages_are_read_only(client: TestClient, method: str):
    assert client.request(method, "/datasets").status_code == 403
    with_origin = client.request(method, "/datasets", headers={"origin": "http://127.0.0.1:8765"})
    assert with_origin.status_code == 405


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "", "http://127.0.0.1:1"])
def test_only_our_own_pages_may_post(origin: str):
    app = Starlette(routes=[Route("/", lambda _request: PlainTextResponse("posted"), methods=["POST"])])
    guarded = TestClient(Guards(app), base_url="http://127.0.0.1:8765")
    assert guarded.post("/", headers={"origin": origin}).status_code == 403
    assert guarded.post("/", headers={"origin": "http://127.0.0.1:8765"}).text == "posted"


@pytest.mark.parametrize("path", ["/", "/nosuch", "/datasets.json", "/assets/x/style.css"])
def test_every_answer_has_the_headers_of_all(client: TestClient, path: str):
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cross-origin-resource-policy"] == "same-origin"


def test_an_address_that_is_too_long_is_refused(client: TestClient):
    assert client.get("/search", params={"q": "x" * 20_000}).status_code == 414


def test_a_token_of_another_process_is_refused(tmp_path: Path):
    app = make_app(tmp_path)
    request = Request({"type": "http", "app": app})
    check_token(request, app.state.token)
    for given in ("", new_token(), "é"):
        with pytest.raises(AskedWrongError, match="an earlier start of this one"):
            check_token(request, given)


@pytest.mark.parametrize("name", ["../explorer_app.py", "..%2f..%2fpyproject.toml", "%2fetc%2fpasswd", "style.css.py"])
def test_no_file_but_the_assets_is_given_out(client: TestClient, name: str):
    digest = client.get("/datasets").text.split("/assets/")[1].split("/")[0]
    assert client.get(f"/assets/{digest}/{name}").status_code == 404
    assert client.get(f"/assets/{digest}/style.css").status_code == 200
