"""The explorer over two strange days, asked without a network."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from tests.explorer_days import StrangeDays
from workflows.explorer.explorer_app import make_app


@pytest.fixture(scope="session")
def client(strange_days: StrangeDays) -> Iterator[TestClient]:
    app = make_app(strange_days.output, str(strange_days.input))
    with TestClient(app, base_url="http://127.0.0.1:8765") as asking:  # rooms end what they began when it closes
        yield asking
