"""What keeps the explorer to its user: which hosts it answers to, which methods, and what browsers may do with a page.

A page of a stranger can't read ours, but its name can be made to lead to this machine (DNS rebinding): then the
``Host`` header is the stranger's, and is refused. Nothing is changed by GET; what posts must have the token of this
process, which only our own pages know.
"""

import ipaddress
import secrets
from collections.abc import Collection
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from workflows.explorer.page_routes import AskedWrongError

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
ANY_ADDRESS = "any address of this machine"  # among the hosts: a number is no name that could be made to lead here
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_READING = ("GET", "HEAD")
_MOST_URL_BYTES = 16_384


class Guards:
    """Middleware around the whole application.

    Parameters
    ----------
    app
        What is guarded.
    hosts
        The names, without port, by which the explorer may be called.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str] = LOOPBACK) -> None:
        self.app = app
        self.hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what isn't allowed, and give every answer the headers of all."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        refused = self._refused(scope)
        await (refused or self.app)(scope, receive, send_guarded)

    def _refused(self, scope: Scope) -> PlainTextResponse | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._is_called(host_name(host)):
            known = ", ".join(sorted(self.hosts))
            text = f"this explorer isn't called {host!r}; allowed: {known}\n"
            return PlainTextResponse(text, HTTPStatus.MISDIRECTED_REQUEST)
        if len(scope.get("raw_path", b"")) + len(scope["query_string"]) > _MOST_URL_BYTES:
            return PlainTextResponse("the address is too long\n", HTTPStatus.REQUEST_URI_TOO_LONG)
        if scope["method"] not in _READING and headers.get("origin", "") not in {f"http://{host}", f"https://{host}"}:
            return PlainTextResponse("only pages of this explorer may post\n", HTTPStatus.FORBIDDEN)
        return None

    def _is_called(self, name: str) -> bool:
        return name in self.hosts or (ANY_ADDRESS in self.hosts and is_address(name))


def is_address(name: str) -> bool:
    """Return whether a host is called by a number.

    Examples
    --------
    >>> is_address("192.168.1.7"), is_address("[fe80::1]"), is_address("evil.example")
    (True, True, False)
    """
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def host_name(host: str) -> str:
    """Return a ``Host`` header without its port.

    Examples
    --------
    >>> host_name("LocalHost:8765"), host_name("[::1]:80"), host_name("[::1]")
    ('localhost', '[::1]', '[::1]')
    """
    name, colon, port = host.lower().rpartition(":")
    return name if colon and port.isdecimal() else host.lower()


def new_token() -> str:
    """Return a token that nobody guesses; one for each process."""
    return secrets.token_urlsafe(32)


def check_token(request: Request, given: str) -> None:
    """Raise AskedWrongError unless what posts has the token of this process, which our own pages have in a field."""
    if not secrets.compare_digest(given.encode(), str(request.app.state.token).encode()):
        remedy = "look at it, and send it again"
        raise AskedWrongError("this form is of another explorer, or of an earlier start of this one", remedy=remedy)
