"""Starts the stub service as people start the real one: a parent and its workers, on ports of loopback."""

import http.client
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

REPOSITORY = Path(__file__).parents[3]
START_S, END_S = 90, 60


@dataclass
class Running:
    """A service that runs."""

    process: subprocess.Popen[bytes]
    port: int
    thrift_port: int
    said: Path
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def connected(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        return self.exchange("GET", path, None, headers)

    def ask(self, asked: object, **headers: str) -> tuple[int, dict[str, str], bytes]:
        body = asked if isinstance(asked, bytes) else msgspec.json.encode(asked)
        return self.exchange("POST", "/v1/ask", body, {"Content_Type": "application/json", **headers})

    def exchange(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        connection = self.connected()
        sent = {name.replace("_", "-"): value for name, value in {**self.headers, **headers}.items()}
        try:
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
        finally:
            connection.close()

    def raw(self, message: bytes, *, end: bool = True) -> bytes:
        """Send bytes as they are, and return all that comes back."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            try:
                connection.sendall(message)
                if end:
                    connection.shutdown(socket.SHUT_WR)
                parts = []
                while part := connection.recv(65_536):
                    parts.append(part)
            except ConnectionError:
                pass
            return b"".join(parts)

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(END_S)

    def words(self) -> str:
        return self.said.read_text(encoding="utf-8")


@contextmanager
def running(folder: Path, folders: Path | None = None, **settings: object) -> Iterator[Running]:
    """Give a stub service that runs with some settings of the server; ``plans`` and ``limits`` are those of above.

    It makes its temporary folders in `folders`, where that is given.
    """
    above = {name: settings.pop(name) for name in ("plans", "limits") if name in settings}
    server = {"port": 0, "thrift_port": 0, **settings}
    said = folder / "said"
    started = start(msgspec.json.encode({"stores": {}, "server": server, **above}).decode(), said, folders)
    try:
        line = first_line(started, said)
        (_, port), thrift, _ = msgspec.json.decode(line)
        yield Running(started, port, thrift[1] if thrift else 0, said)
    finally:
        if started.poll() is None:
            started.terminate()
            try:
                started.wait(END_S)
            finally:
                started.kill()
                started.wait()
        if started.stdout:
            started.stdout.close()


def start(settings: str, said: Path, folders: Path | None = None) -> subprocess.Popen[bytes]:
    with said.open("wb") as words:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.serving.server.served_stub", settings],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            stderr=words,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)} | ({"TMPDIR": str(folders)} if folders else {}),
        )


def first_line(started: subprocess.Popen[bytes], said: Path) -> bytes:
    assert started.stdout is not None
    there, _, _ = select.select([started.stdout], [], [], START_S)
    line = started.stdout.readline() if there else b""
    assert line, f"the service didn't begin: {said.read_text(encoding='utf-8')}"
    return line
