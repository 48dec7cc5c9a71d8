"""A real S3 server on loopback, versitygw, that tests publish to and read from; they skip where it isn't installed.

One server serves a session of tests, each of which has a prefix of its own. ``go install
github.com/versity/versitygw/cmd/versitygw@latest`` installs it. `tests.servers.s3_proxy` stands in front of it where
requests are counted or go wrong.
"""

import ipaddress
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from storage_tiers.stores.opened_stores import forget_opened
from tests.servers.s3_proxy import S3Proxy, proxy_before

BUCKET = "trial"
ACCESS_KEY, SECRET_KEY = "trialaccess", "trialsecret123"  # of a server that ends with its test
_STARTS_WITHIN_S = 20
_LOOK_S = 0.05
_HOW_TO_INSTALL = "versitygw is not installed: go install github.com/versity/versitygw/cmd/versitygw@latest"


@dataclass(frozen=True, slots=True)
class S3Server:
    """A server that runs: its address, and the folder in which it keeps its objects as files."""

    url: str
    folder: Path

    def environment(self) -> dict[str, str]:
        """Return the variables by which clients find it, and are let in."""
        return environment_of(self.url)


def environment_of(url: str) -> dict[str, str]:
    """Return the variables by which clients find a server or the proxy before it; its address must be loopback."""
    host = urlsplit(url).hostname
    if host is None or not ipaddress.ip_address(host).is_loopback:
        raise ValueError(url)
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": "127.0.0.1",
    }


def versitygw() -> str | None:
    """Return the path of the program, as ``go install`` puts it; None where it isn't installed."""
    return shutil.which("versitygw") or shutil.which("versitygw", path=str(Path.home() / "go" / "bin"))


@contextmanager
def s3_server_in(folder: Path) -> Iterator[S3Server]:
    """Run a server over a folder, with one bucket; it ends with the block, whatever happens there."""
    program = versitygw()
    if program is None:
        pytest.skip(_HOW_TO_INSTALL)
    (folder / "objects" / BUCKET).mkdir(parents=True)
    port = free_port()
    log = folder / "versitygw.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [program, "--quiet", "--port", f"127.0.0.1:{port}", "posix", str(folder / "objects")],
            env=os.environ | {"ROOT_ACCESS_KEY": ACCESS_KEY, "ROOT_SECRET_KEY": SECRET_KEY},
            stdout=output,
            stderr=output,
        )
    try:
        _wait_for(port, server, log)
        yield S3Server(f"http://127.0.0.1:{port}", folder / "objects")
    finally:
        server.kill()
        server.wait()


def free_port() -> int:
    """Return a port of loopback on which nobody listens."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """The server of this session of tests."""
    with s3_server_in(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def s3_root(s3_server: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An address on the server that is this test's own; its environment lets clients in, and HOME is below tmp_path."""
    for name, value in s3_server.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))  # where the local work folder of a store lies by default
    forget_opened()
    yield f"s3://{BUCKET}/{secrets.token_hex(6)}/output"
    forget_opened()


@pytest.fixture
def s3_proxy(s3_server: S3Server, s3_root: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Proxy]:  # noqa: ARG001 - after it
    """A proxy before the server, through which all requests of the test go from here on."""
    with proxy_before(s3_server.url) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
        forget_opened()
        yield proxy


def _wait_for(port: int, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + _STARTS_WITHIN_S
    while time.monotonic() < deadline and server.poll() is None:
        with socket.socket() as asking:
            if asking.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(_LOOK_S)
    raise RuntimeError(log.read_text(errors="replace"))
