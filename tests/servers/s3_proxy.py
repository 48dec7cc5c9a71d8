"""A proxy on loopback before an S3 server, which counts requests and bytes and does what networks and servers do.

A request goes through unchanged, signature and all, unless the plan of the test names a fault for it: an answer 500, an
answer that is cut off half way, a connection that is closed, one that is silent, a server that doesn't know
``If-None-Match``, an answer that is lost after the server has done what it was asked.
"""

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import unquote, urlsplit

import obstore
from obstore.store import S3Store

Fault = Literal["500", "501", "503", "cut", "closed", "silent", "unconditional", "lost answer"]
_SILENT_S = 30
_SLOW_DOWN = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came: method, path with query, bytes that were sent, bytes that were answered."""

    method: str
    target: str
    n_sent: int = 0
    n_answered: int = 0
    range: str = ""
    is_conditional: bool = False  # puts a new key alone


Plan = Callable[[Request], Fault | None]


def _no_fault(_request: Request) -> Fault | None:
    return None


@dataclass(slots=True)
class S3Proxy:
    """What went through the proxy so far, and the plan of what goes wrong; both may be changed at any time."""

    url: str = ""
    plan: Plan = _no_fault
    delay_s: float = 0.0  # before each request, as a network has it
    requests: list[Request] = field(default_factory=list)
    ending: threading.Event = field(default_factory=threading.Event)

    @property
    def n_bytes(self) -> int:
        """Bytes of all bodies, both ways."""
        return sum(request.n_sent + request.n_answered for request in self.requests)

    def forget(self) -> None:
        """Count from here."""
        self.requests.clear()


@contextmanager
def proxy_before(server_url: str) -> Iterator[S3Proxy]:
    """Run a proxy before a server; it ends with the block."""
    proxy = S3Proxy()
    server = _Server(proxy, urlsplit(server_url).netloc)
    proxy.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.ending.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    """The proxy's own server, which knows whom it stands before."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, proxy: S3Proxy, server: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.proxy, self.before = proxy, server


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def log_message(self, *_words: object) -> None:
        """Say nothing."""

    def _handle(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        given = self.headers.get("range", ""), "if-none-match" in self.headers
        request = Request(self.command, self.path, len(body), 0, *given)
        proxy = self.server.proxy
        fault = proxy.plan(request)
        time.sleep(proxy.delay_s)
        if fault == "silent":
            proxy.ending.wait(_SILENT_S)
        if fault in {"silent", "closed"}:
            proxy.requests.append(request)
            self.close_connection = True
        elif fault in {"500", "501", "503"}:
            proxy.requests.append(request)
            self._answer(int(fault), {}, _SLOW_DOWN)
        else:
            self._pass_on(request, body, fault)

    def _pass_on(self, request: Request, body: bytes, fault: Fault | None) -> None:
        if fault == "unconditional" and request.is_conditional:
            self._put_regardless(request, body)
            return
        headers = dict(self.headers.items())
        connection = http.client.HTTPConnection(self.server.before, timeout=60)
        connection.request(self.command, self.path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        self.server.proxy.requests.append(replace(request, n_answered=len(content)))
        if fault == "lost answer":
            self.close_connection = True
        else:
            self._answer(answer.status, dict(answer.getheaders()), content, cut=fault == "cut")

    def _put_regardless(self, request: Request, body: bytes) -> None:
        """Do what a server does that ignores the condition; it is signed, so the put is another one."""
        bucket, _, key = unquote(request.target).lstrip("/").partition("/")
        store = S3Store(bucket, endpoint=f"http://{self.server.before}", client_options={"allow_http": True})
        e_tag = obstore.put(store, key, body)["e_tag"] or ""
        self.server.proxy.requests.append(request)
        self._answer(200, {"ETag": e_tag}, b"")

    def _answer(self, status: int, headers: dict[str, str], content: bytes, *, cut: bool = False) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in {"content-length", "transfer-encoding", "connection"}:
                self.send_header(name, value)
        length = headers.get("Content-Length", "0") if self.command == "HEAD" else str(len(content))
        self.send_header("Content-Length", length)
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if cut else content)
        self.close_connection = self.close_connection or cut

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _handle  # noqa: N815 - the names that http.server looks for
