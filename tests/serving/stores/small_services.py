"""Small HTTP services for tests, on a free port of loopback: one that answers with rows, one that never answers."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOST = "127.0.0.1"


@dataclass
class SmallService:
    """A service that answers with what a test puts into it."""

    answer: object = None  # what is sent, as JSON; bytes as they are
    status: int = 200
    version: str = ""
    asked: list[dict[str, object]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}/rows/{{dataset}}"


@contextmanager
def small_service(service: SmallService) -> Iterator[SmallService]:
    """Answer in threads for a block."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            service.asked.append(json.loads(body) | {"path": self.path})
            service.headers.append({name.lower(): value for name, value in self.headers.items()})
            said = service.answer if isinstance(service.answer, bytes) else json.dumps(service.answer).encode()
            self.send_response(service.status)
            self.send_header("content-length", str(len(said)))
            if service.version:
                self.send_header("X-Version", service.version)
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_said: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((HOST, 0), Handler)
    service.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def silent_service() -> Iterator[int]:
    """Listen for a block, take connections, and never answer; gives the port."""
    with socket.create_server((HOST, 0)) as listener:
        yield int(listener.getsockname()[1])
