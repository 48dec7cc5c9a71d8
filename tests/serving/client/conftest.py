"""The stub service, running: one for all tests that change nothing of it."""

from collections.abc import Iterator

import pytest

from tests.serving.server.running_stub import Running, running


@pytest.fixture(scope="session")
def stub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("stub"), workers=2, request_bytes=20_000, request_s=3) as service:
        yield service
