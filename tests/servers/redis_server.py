"""A real Redis server for tests: on a free port of loopback, in a folder of its own, ended in any case.

The tests that need it skip where the program ``redis-server`` isn't installed. ``REDIS_SERVER`` names another one, as
``valkey-server`` is, or its path.
"""

import ipaddress
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

PROGRAM = os.environ.get("REDIS_SERVER") or "redis-server"
_HOST = "127.0.0.1"
_LIMIT_S = 20.0


@dataclass
class RunningRedis:
    """A server that a test may kill and start again, with what it keeps in its folder."""

    folder: Path
    options: tuple[str, ...] = ()
    port: int = 0
    process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)
    limit_s: float = _LIMIT_S  # to answer, once it has read what is kept in its folder

    @property
    def address(self) -> str:
        """Where it listens, checked to be this machine alone."""
        address = f"redis://{_HOST}:{self.port}/0"
        assert ipaddress.ip_address(urlsplit(address).hostname).is_loopback
        return address

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [PROGRAM, "--bind", _HOST, "--dir", str(self.folder), "--save", "", "--logfile", "redis.log"]
        self.process = subprocess.Popen([*command, "--port", str(self.port), *self.options], stdout=subprocess.DEVNULL)
        end = time.monotonic() + self.limit_s
        while not self._answers():
            assert self.process.poll() is None, (self.folder / "redis.log").read_text()
            assert time.monotonic() < end, f"{PROGRAM} doesn't answer"
            time.sleep(0.02)

    def kill(self) -> None:
        """End it at once, as a crash does."""
        self.process.kill()
        self.process.wait()

    def _answers(self) -> bool:
        try:
            with socket.create_connection((_HOST, self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                said = connection.recv(64)
        except OSError:
            return False
        return said.startswith((b"+PONG", b"-NOAUTH"))  # and not -LOADING


def missing_for_redis() -> str:
    """Return what isn't installed; empty where all is."""
    return "" if shutil.which(PROGRAM) else f"{PROGRAM} isn't installed (Debian: apt-get install redis-server)"


@contextmanager
def running_redis(folder: Path, *options: str) -> Iterator[RunningRedis]:
    """Run a server for a block; a test is skipped where there is no such program."""
    if missing_for_redis():
        pytest.skip(missing_for_redis())
    folder.mkdir(parents=True, exist_ok=True)
    server = RunningRedis(folder, options, free_port())
    try:
        server.start()
        yield server
    finally:
        if server.process is not None and server.process.poll() is None:
            server.kill()


def free_port() -> int:
    """Return a port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        return int(probe.getsockname()[1])
