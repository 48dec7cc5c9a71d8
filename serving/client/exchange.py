"""What a client sends and is sent, whichever way it travels: requests as msgpack, answers and errors read from it.

An error of the service is raised again as what it was there, with its own line.
"""

import base64
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

import msgspec

from serving import errors
from serving.answer import Answer
from serving.errors import (
    NotAllowedError,
    OverloadedError,
    RequestError,
    ServingError,
    StrangerError,
    TooManyRequestsError,
)

ASK: Final = "/v1/ask"
FORM: Final = "application/msgpack"
OK: Final = 200
_LONGEST_SHOWN: Final = 300
_BY_STATUS: Final = {401: NotAllowedError, 403: StrangerError, 429: TooManyRequestsError, 503: OverloadedError}
_encode = msgspec.msgpack.Encoder().encode
_answers, _refusals = msgspec.msgpack.Decoder(Answer), msgspec.msgpack.Decoder(dict[str, object])


class Sent(msgspec.Struct, omit_defaults=True):
    """A request as it is sent; see `serving.request.Asked`."""

    plan: str | Mapping[str, object]
    parameters: Mapping[str, object] = {}
    deadline_ms: int | None = None
    id: str = ""
    trace: bool = False

    def encoded(self) -> bytes:
        """Return the body of it."""
        try:
            return _encode(self)
        except (TypeError, OverflowError, RecursionError, ValueError) as error:
            raise RequestError(f"a parameter can't be sent: {error}") from None


class Service(msgspec.Struct, frozen=True):
    """Where a service is, and what every request to it has."""

    host: str
    port: int
    is_secure: bool
    headers: dict[str, str]

    @property
    def url(self) -> str:
        """What people call it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.is_secure else 'http'}://{host}:{self.port}"

    def message(self, method: str, path: str, body: bytes = b"") -> bytes:
        """Return a request as it is sent, in one piece: a server that gets its head alone would begin twice with it."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.url.partition('//')[2]}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if method == "POST":
            lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def service_at(url: str, token: str = "") -> Service:
    """Return where a URL leads; RequestError if it is none of HTTP.

    Examples
    --------
    >>> service_at("http://127.0.0.1:8770").url
    'http://127.0.0.1:8770'
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/") or parts.query:
        raise RequestError(f"{url!r:.100} is no address of a service; it is like http://127.0.0.1:8770")
    if not token.isascii() or not token.isprintable():
        raise RequestError("the token isn't made of ASCII letters, digits and signs")
    is_secure = parts.scheme == "https"
    headers = {"Accept": FORM, "Content-Type": FORM}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    if parts.username is not None:  # a proxy in front may want it
        pair = f"{parts.username}:{parts.password or ''}".encode()
        headers.setdefault("Authorization", f"Basic {base64.b64encode(pair).decode()}")
    return Service(parts.hostname, port or (443 if is_secure else 80), is_secure, headers)


def answer_in(status: int, content_type: str, body: bytes, retry_after: str = "") -> Answer:
    """Return the answer that came.

    Parameters
    ----------
    status, content_type, body, retry_after
        Of the response.

    Raises
    ------
    ServingError
        As what the service raised; its kind by its name, else by the status.
    """
    if status == OK and content_type == FORM:
        try:
            return _answers.decode(body)
        except msgspec.MsgspecError as error:
            raise ServingError(f"the service answers what is no answer ({error})") from None
    raise _error_in(status, content_type, body, retry_after)


def error_named(kind: str, status: int, message: str, retry_after_s: float | None = None) -> ServingError:
    """Return an error of the service, as what it was there; where there is no such kind, by its status.

    Examples
    --------
    >>> error_named("TooLateError", 504, "the time is over")
    TooLateError('the time is over')
    """
    found = getattr(errors, kind, None)
    known = found if isinstance(found, type) and issubclass(found, ServingError) else None
    fallback = RequestError if 400 <= status < 500 else ServingError  # noqa: PLR2004 - HTTP's classes
    error = (known or _BY_STATUS.get(status, fallback))(message)
    if retry_after_s is not None and isinstance(error, TooManyRequestsError | OverloadedError):
        error.retry_after_s = retry_after_s
    return error


def _error_in(status: int, content_type: str, body: bytes, retry_after: str) -> ServingError:
    kind = message = ""
    if content_type == FORM:
        try:
            told = _refusals.decode(body).get("error")
        except msgspec.MsgspecError:
            told = None
        if isinstance(told, dict):
            kind, message = str(told.get("type", "")), str(told.get("message", ""))
    if not message:  # something else answers at this address, a proxy perhaps
        shown = body[:_LONGEST_SHOWN].decode(errors="replace").strip()
        message = f"status {status}" + (f": {shown}" if shown else "")
    return error_named(kind, status, message, float(retry_after) if retry_after.isdecimal() else None)
