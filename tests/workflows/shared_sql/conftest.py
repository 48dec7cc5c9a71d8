"""The SQL room of an explorer over a small finished day, asked by a client that is a browser's own page."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from workflows.explorer.explorer_app import make_app

ORIGIN = "http://127.0.0.1:8765"


@pytest.fixture
def client(folder: Path) -> Iterator[TestClient]:
    """Ask the explorer of a finished day that the test may change."""
    with TestClient(make_app(folder / "output"), base_url=ORIGIN, follow_redirects=False) as asked:
        yield asked


@pytest.fixture
def save(client: TestClient) -> Callable[..., object]:
    """Post a form as the page of the box does."""

    def post(path: str = "/sql/save", headers: dict[str, str] | None = None, **fields: str) -> object:
        token = re.search(r'name="token" value="([^"]+)"', client.get("/sql").text)
        form = {"token": token[1] if token else "", "digest": "", **fields}
        return client.post(path, data=form, headers={"Origin": ORIGIN, **(headers or {})})

    return post
