"""A real S3 server on loopback that tests publish to and read from; they skip where it isn't installed.

One server serves a session of tests, each of which has a prefix of its own. `tests.servers.s3_programs` starts it, and
`tests.servers.s3_proxy` stands in front of it where requests are counted or go wrong.
"""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage_tiers.pictures.addresses import open_store
from storage_tiers.stores.opened_stores import forget_opened
from tests.servers.s3_programs import BUCKET, MissingServerError, S3Server, chosen_program, s3_server_in
from tests.servers.s3_proxy import S3Proxy, proxy_before


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """The server of this session of tests."""
    try:
        chosen_program().path()
    except MissingServerError as error:
        pytest.skip(str(error))
    with s3_server_in(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def s3_root(s3_server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An address on the server that is this test's own; its environment lets clients in, and HOME is below tmp_path."""
    for name, value in s3_server.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))  # where the local work folder of a store lies by default
    forget_clients()
    yield f"s3://{BUCKET}/{secrets.token_hex(6)}/output"
    forget_clients()


def forget_clients() -> None:
    """Let the next request be made by what the environment says then, that for a picture as well."""
    forget_opened()
    open_store.cache_clear()


@pytest.fixture
def s3_proxy(s3_server: S3Server, s3_root: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Proxy]:  # noqa: ARG001 - after it
    """A proxy before the server, through which all requests of the test go from here on."""
    with proxy_before(s3_server.url) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
        forget_clients()
        yield proxy
