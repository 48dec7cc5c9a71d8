"""An object store on the loopback interface that speaks as much of S3 as pictures need, and fails as it is told."""

import hashlib
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import unquote, urlsplit

_HANGS_S = 30.0
_NOTHING_LISTED = (
    b'<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    b"<KeyCount>0</KeyCount><IsTruncated>false</IsTruncated></ListBucketResult>"
)
_ERROR = '<?xml version="1.0" encoding="UTF-8"?><Error><Code>{}</Code><Message>as it was told</Message></Error>'
_CODES = {403: "AccessDenied", 404: "NoSuchKey", 500: "InternalError", 503: "SlowDown"}
_MODIFIED = "Fri, 20 Nov 2026 00:00:00 GMT"


@dataclass(slots=True)
class Behaviour:
    """How the store answers.

    Attributes
    ----------
    status
        The HTTP status of all answers; 0 for the right one.
    of
        The end of the paths that are answered so; all by default.
    how
        ``at once``, ``hangs`` before it answers, ``cut`` bodies in the middle, or fails ``first`` of each path.
    """

    status: int = 0
    of: str = ""
    how: str = "at once"
    n_requests: int = 0
    asked: set[str] = field(default_factory=set)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    objects: ClassVar[Mapping[str, bytes]] = {}
    behaviour: ClassVar[Behaviour] = Behaviour()

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path, behaviour = unquote(urlsplit(self.path).path), self.behaviour
        behaviour.n_requests += 1
        is_first = path not in behaviour.asked
        behaviour.asked.add(path)
        is_hit = path.endswith(behaviour.of) and (behaviour.how != "first" or is_first)
        if is_hit and behaviour.how == "hangs":
            time.sleep(_HANGS_S)
            self.close_connection = True
        elif is_hit and behaviour.status:
            self._answer(behaviour.status, _ERROR.format(_CODES[behaviour.status]).encode())
        elif path in self.objects:
            self._answer_object(self.objects[path], cut=is_hit and behaviour.how == "cut")
        elif "list-type" in self.path:
            self._answer(200, _NOTHING_LISTED)
        else:
            self._answer(404, _ERROR.format(_CODES[404]).encode())

    def _answer_object(self, content: bytes, *, cut: bool) -> None:
        asked, status, n_bytes = self.headers.get("Range"), 200, len(content)
        headers = {"ETag": f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"', "Last-Modified": _MODIFIED}
        if asked:
            first, _, last = asked.removeprefix("bytes=").partition("-")
            end = min(int(last) if last else n_bytes - 1, n_bytes - 1)
            headers["Content-Range"] = f"bytes {int(first)}-{end}/{n_bytes}"
            content, status = content[int(first) : end + 1], 206
        self._answer(status, content, headers, cut=cut)

    def _answer(self, status: int, body: bytes, headers: Mapping[str, str] | None = None, *, cut: bool = False) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[: len(body) // 2] if cut else body)
        if cut:
            self.wfile.flush()
            self.close_connection = True

    def log_message(self, *_arguments: object) -> None:
        """Say nothing: the harness prints a table."""


class ObjectServer:
    """The store, with its objects by path (``/bucket/name``), at a port that is its own."""

    def __init__(self, objects: Mapping[str, bytes]) -> None:
        self.behaviour = Behaviour()
        self._handler = type("Handler", (_Handler,), {"objects": objects, "behaviour": self.behaviour})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler)
        self._server.daemon_threads = True

    @property
    def environment(self) -> dict[str, str]:
        """What points S3 clients to this store, and to no other."""
        host, port = self._server.server_address[:2]
        if host != "127.0.0.1":
            raise OSError(f"the store listens on {host!r}, which isn't the loopback interface")
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            "AWS_ACCESS_KEY_ID": "trialaccess",
            "AWS_SECRET_ACCESS_KEY": "trialsecret",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def behave(self, status: int = 0, how: str = "at once", of: str = "") -> None:
        """Answer so from now on."""
        self.behaviour.status, self.behaviour.how, self.behaviour.of = status, how, of
        self.behaviour.asked.clear()

    @contextmanager
    def serving(self) -> Iterator["ObjectServer"]:
        """Serve for the block."""
        thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()
