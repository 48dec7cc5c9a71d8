"""The service asked by HTTP: which address means what, and what each answer looks like. An ASGI application, bare.

======================  =================================================================================
``POST /v1/ask``        a request, as JSON or msgpack; the answer in the same form, or the one accepted
``GET /v1/plans``       the plans, with their parameters
``GET /v1/plans/NAME``  the answer of a plan, its parameters in the query
``GET /health``         whether the process lives
``GET /ready``          whether requests can be answered, else 503 and why
``GET /metrics``        for Prometheus, of all processes
======================  =================================================================================

The first is what programs ask, thousands of times a second, so nothing is done for it twice, and no framework stands
between it and uvicorn. An error has a status, and a body with its kind and its one line, in the form of the answer.
"""

import asyncio
import traceback
from collections.abc import Callable
from time import perf_counter_ns

import msgspec
from starlette.types import Receive, Scope, Send

from serving.errors import ServingError
from serving.request import Asked
from serving.server.access_log import AccessLine, AccessLog, utc_now
from serving.server.admission import Admission
from serving.server.formats import JSON, Format, Formats
from serving.server.http_connections import MOST_HEAD_BYTES
from serving.server.http_pages import ASK, OPEN_PAGES, Pages, check_reads
from serving.server.metrics.counts import WIRE_SECONDS, Counts
from serving.server.refusals import (
    AddressTooLongError,
    EndingError,
    Headers,
    HeadTooLongError,
    TooLongError,
    UnknownFormError,
    headers_of,
    refusal_of,
)
from serving.server.served import Served

_OK = 200
_LONGEST_URL_BYTES = 16_384
_SPILT_BODIES = 16  # a body that is too long is read up to so many times what it may be, so that its sender reads why
_Headers = dict[bytes, bytes]


class _GoneError(Exception):
    """The caller has hung up."""


class _Turn(msgspec.Struct, gc=False):
    """One request, and what it is answered with."""

    headers: _Headers
    form: Format = JSON
    id: str = ""
    caller: str = ""
    status: int = _OK
    body: bytes = b""
    content_type: bytes = JSON.content_type
    more: Headers = []
    error: str = ""


class HttpApp:
    """What uvicorn calls for each request.

    Parameters
    ----------
    served
        The service.
    admission
        Who may ask.
    counts, log
        What is told of each request.
    pages
        What is read by GET.
    say
        Tells people of a fault.
    """

    def __init__(
        self,
        served: Served,
        admission: Admission,
        counts: Counts,
        log: AccessLog,
        pages: Pages,
        say: Callable[[str], None],
    ) -> None:
        self._served, self._admission, self._log = served, admission, log
        self._pages, self._say, self._counts = pages, say, counts
        self._formats = Formats()
        self._most_bytes = served.config.server.request_bytes
        self._ok = counts.series(WIRE_SECONDS, "http", str(_OK))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        began_ns = perf_counter_ns()
        turn = _Turn(dict(scope["headers"]))
        try:
            self._check_head(turn, scope)
            if scope["path"] == ASK and scope["method"] == "POST":
                await self._ask(turn, scope, receive)
            else:
                await self._read(turn, scope)
        except _GoneError:
            return
        except ServingError as error:
            self._refuse(turn, error)
        except asyncio.CancelledError:  # uvicorn's word for a time that is over; it is heeded by ending
            self._refuse(turn, EndingError("the service ends, and couldn't wait longer", remedy="ask another server"))
        except Exception:  # noqa: BLE001 - the fault is ours, and is told of
            self._say(f"request {turn.id}: the service failed\n{traceback.format_exc()}")
            self._refuse(turn, ServingError("the service failed", remedy=f"its log tells more of {turn.id}"))
        headers = [
            (b"content-type", turn.content_type),
            (b"content-length", b"%d" % len(turn.body)),
            (b"x-request-id", turn.id.encode()),
            *turn.more,
        ]
        await send({"type": "http.response.start", "status": turn.status, "headers": headers})
        await send({"type": "http.response.body", "body": turn.body})
        took_ns = perf_counter_ns() - began_ns
        ok = turn.status == _OK
        (self._ok if ok else self._counts.series(WIRE_SECONDS, "http", str(turn.status))).add(took_ns)
        if self._log.is_kept and self._log.wants(turn.status):
            self._write_line(turn, scope, took_ns)

    async def _ask(self, turn: _Turn, scope: Scope, receive: Receive) -> None:
        """Answer what programs ask."""
        headers, admission = turn.headers, self._admission
        asked_form = self._formats.of_request(headers)
        turn.form = form = self._formats.of_answer(headers, asked_form or JSON)
        self._admit(turn, scope)
        if asked_form is None:
            raise UnknownFormError(
                f"the body is {headers.get(b'content-type', b'').decode('latin-1')!r:.80}",
                remedy="send JSON or msgpack, and the header Content-Type: application/json or application/msgpack",
            )
        message = await receive()
        body = message.get("body")
        if body is None:
            raise _GoneError
        if message["more_body"] or len(body) > self._most_bytes:
            body = await self._rest(body, headers, receive, more=message["more_body"])
        asked = asked_form.request(body)
        if b"x-request-id" in headers or not asked.id:
            asked.id = turn.id
        else:
            turn.id = admission.id_of(asked.id)
        arrived = scope.get("arrived")
        if arrived is not None:
            admission.check_wait(asked, arrived)
        answer = self._served.answer_now(asked)
        if answer is None:
            answer = await self._served.answer_later(asked)
        turn.body, turn.content_type = self._served.encoded(answer, form.encode), form.content_type

    async def _read(self, turn: _Turn, scope: Scope) -> None:
        """Answer what is read by GET."""
        path, query = scope["path"], scope["query_string"]
        turn.form = form = self._formats.of_answer(turn.headers, JSON)
        if path in OPEN_PAGES:
            turn.id = self._admission.id_of("")
        else:
            self._admit(turn, scope)
        if len(scope["raw_path"]) + len(query) > _LONGEST_URL_BYTES:
            raise AddressTooLongError(f"the address is longer than {_LONGEST_URL_BYTES:,} bytes")
        check_reads(scope["method"], path)
        page = self._pages.page(path, query, form, turn.headers.get(b"accept", b"").decode("latin-1"))
        turn.body, turn.content_type, turn.status = page.body, page.content_type, page.status
        if page.asked is not None:
            await self._answer_page(turn, page.asked)

    async def _answer_page(self, turn: _Turn, asked: Asked) -> None:
        asked.id = turn.id
        answer = self._served.answer_now(asked) or await self._served.answer_later(asked)
        turn.body, turn.content_type = self._served.encoded(answer, turn.form.encode), turn.form.content_type

    def _check_head(self, turn: _Turn, scope: Scope) -> None:
        """Refuse a head of which the connection found that it is too long."""
        n_bytes = scope.get("head_bytes")
        if n_bytes is not None:
            turn.id = self._admission.id_of("")
            raise HeadTooLongError(f"the head has {n_bytes:,} bytes; at most {MOST_HEAD_BYTES:,} are allowed")

    def _admit(self, turn: _Turn, scope: Scope) -> None:
        headers, admission = turn.headers, self._admission
        turn.id = admission.id_of("")  # whatever is wrong, the refusal has one
        client = scope["client"]
        turn.caller = caller = admission.caller_of_headers(headers, client[0] if client else "")
        given = headers.get(b"x-request-id")
        if given:
            turn.id = admission.id_of(given.decode("latin-1"))
        admission.check_rate(caller)

    async def _rest(self, body: bytes, headers: _Headers, receive: Receive, *, more: bool) -> bytes:
        """Return a body that comes in parts; one that is too long is read on for a while, and refused."""
        parts, n_bytes = [body], len(body)
        declared = headers.get(b"content-length", b"0")
        most = self._most_bytes
        is_too_long = n_bytes > most or (declared.isdigit() and int(declared[:20]) > most)
        while more and n_bytes <= most * _SPILT_BODIES:
            message = await receive()
            if "body" not in message:
                raise _GoneError
            n_bytes += len(message["body"])
            is_too_long = is_too_long or n_bytes > most
            if not is_too_long:
                parts.append(message["body"])
            more = message["more_body"]
        if is_too_long:
            raise TooLongError(f"the body is longer than {most:,} bytes", remedy="ask for less at once")
        return b"".join(parts)

    def _refuse(self, turn: _Turn, error: ServingError) -> None:
        turn.status, turn.more, turn.error = error.status, headers_of(error), type(error).__name__
        turn.body, turn.content_type = turn.form.encode(refusal_of(error, turn.id)), turn.form.content_type

    def _write_line(self, turn: _Turn, scope: Scope, took_ns: int) -> None:
        asked = f"{scope['method']:.20} {scope['path']:.200}"
        self._log.add(
            AccessLine(
                utc_now(), turn.id, turn.caller, asked, turn.status, took_ns // 1_000, len(turn.body), turn.error
            )
        )
