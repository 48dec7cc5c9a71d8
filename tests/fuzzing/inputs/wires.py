"""Requests as they come over a wire, in JSON, msgpack, Thrift and addresses, and what strangers send in their place."""

import json
from contextlib import suppress
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec
from thriftpy2.protocol import TCyBinaryProtocol
from thriftpy2.transport import TCyMemoryBuffer

from serving.server.thrift.spoken import definition
from tests.fuzzing.inputs.choices import Choices
from tests.fuzzing.inputs.damage import damaged
from tests.fuzzing.inputs.plans import NAMES, ODD, given, nested, plan

_IDS = ("mine", "", "é", "a\nb", "x" * 128, "x" * 129, "\x00", "\ud800", 7, None)
_TYPES = (
    *(b"application/json", b"application/json; charset=utf-8", b"application/msgpack", b"application/x-msgpack"),
    *(b"text/plain", b"", b"APPLICATION/JSON", b"application/json, application/msgpack", b"\xff", b";;;"),
)
_HEADERS = (
    *((b"accept", b"application/msgpack"), (b"accept", b"*/*"), (b"accept", b"\xff,,;"), (b"x-request-id", b"mine")),
    *((b"x-request-id", b"\xe9"), (b"x-request-id", b"x" * 200), (b"host", b"evil.example"), (b"host", b"127.0.0.1:1")),
    *((b"origin", b"http://evil.example"), (b"authorization", b"Bearer x"), (b"content-length", b"9" * 5_000)),
)
_JSON = (
    b"",
    b"null",
    b"[]",
    b"{}",
    b"[" * 5_000,
    b'{"plan":' * 2_000,
    b'{"plan": "page", "plan": "rows"}',
    b"\xff\xfe",
    b"1e999",
)
_MSGPACK = (
    *(
        b"",
        b"\xc0",
        b"\x90",
        b"\xdd\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
        b"\x91" * 5_000,
    ),
    *(
        b"\x81" * 3_000,
        b"\x81\xa4plan\xdb\xff\xff\xff\xff",
        b"\x81\xa4plan\xd6\xff\0\0\0\1",
        b"\x82\xa4plan\xa4page\xa4plan\xa4rows",
    ),
    *(b"\xc1", b"\x81\xc4\x04plan\xa4page", b"\x81\xa4plan\xc7\x05\x01hello", b"\x81\xa4plan\xa4\xff\xfe\xfd\xfc"),
)
_PATHS = (
    *(
        "/v1/plans/page",
        "/v1/plans/rows",
        "/v1/plans/everything",
        "/v1/plans/remote",
        "/v1/plans",
        "/v1/plans/",
        "/",
        "",
    ),
    *(
        "/health",
        "/ready",
        "/metrics",
        "/v1/ask",
        "/v1/plans/%70age",
        "/v1/plans/%ff",
        "/v1/plans/a%0ab",
        "/../etc",
        "//",
    ),
)
_METHODS = ("GET", "GET", "GET", "HEAD", "POST", "PUT", "OPTIONS", "", "x" * 300)
_QUERIES = (
    "picture=sofa",
    "n=3",
    "n=x",
    "board=9",
    "pictures=sofa&pictures=vase",
    "&&&",
    "=",
    "a=%ff",
    "_trace=1",
    "_trace=x",
)
_DIGITS = ("7", "-1", "٣", "9" * 30, "9" * 5_000, "1_0", "1e3", " 7", "0x7", "nan", "inf", "")
_I32, _I64 = 2**31, 2**63


class Asking(NamedTuple):
    """A request on its wire: ``http`` with a method, path, query, headers and body, or ``thrift`` with a frame."""

    wire: str
    body: bytes
    path: str = "/v1/ask"
    headers: tuple[tuple[bytes, bytes], ...] = ()
    method: str = "POST"
    query: bytes = b""


def asked(choices: Choices, own_plan: bool) -> dict[str, Any]:
    """Return a request, of a plan of its own or of one by its name."""
    made: dict[str, Any] = {"plan": plan(choices) if own_plan else choices.pick(NAMES)}
    odd = 0.1 if own_plan else 0.6
    if choices.chance(0.8):
        made["parameters"] = given(choices, odd)
    if choices.chance(0.2):
        made["deadline_ms"] = choices.pick(ODD) if choices.chance(odd) else choices.pick((500, 1, 20, 60_000))
    if choices.chance(odd / 3):
        made["trace"] = choices.pick((True, False, 1, "true"))
    if choices.chance(0.1):
        made["id"] = choices.pick(_IDS)
    if choices.chance(0.04):
        made[choices.pick(("plan", "parameters", "x", "é", "steps"))] = (
            nested(choices) if choices.chance(0.3) else choices.pick(ODD)
        )
    return made


def on_wire(choices: Choices, made: dict[str, Any]) -> Asking:
    """Return a request in one of the forms that are read."""
    form = choices.below(8)
    if form >= 6:
        return Asking("thrift", damaged(thrift_call(choices, made), choices, 0.15))
    is_json = form < 4
    body = json_text(choices, made) if is_json else msgpack_text(made)
    content_type = choices.pick(_TYPES) if choices.chance(0.03) else _TYPES[0 if is_json else 2]
    headers = [(b"content-type", content_type)]
    headers += [choices.pick(_HEADERS)] * choices.chance(0.05)
    return Asking("http", damaged(body, choices, 0.1), headers=tuple(headers))


def any_bytes(choices: Choices) -> Asking:
    """Return what is no request, or hardly one."""
    kind = choices.below(3)
    noise = bytes(choices.byte() for _ in range(choices.below(40)))
    if kind == 0:
        body = choices.pick(_JSON) if choices.chance(0.3) else noise
        return Asking("http", body, headers=((b"content-type", _TYPES[0]),))
    if kind == 1:
        body = choices.pick(_MSGPACK) if choices.chance(0.5) else b"\x82\xa4plan" + noise
        return Asking("http", body, headers=((b"content-type", _TYPES[2]),))
    return Asking("thrift", b"\x80\x01\0\1\0\0\0\3ask\0\0\0\1\x0c\0\1" * choices.chance(0.7) + noise)


def read_page(choices: Choices) -> Asking:
    """Return a request for what is read by its address."""
    parts = [choices.pick(_QUERIES) for _ in range(choices.below(4))]
    if choices.chance(0.4):
        name = choices.pick(("n", "board", "user", "share", "_deadline_ms", "pictures"))
        parts.append(f"{name}={quote(choices.pick(_DIGITS))}")
    if choices.chance(0.02):
        parts *= 4_000
    query = damaged("&".join(parts).encode(), choices, 0.1)
    headers = (choices.pick(_HEADERS),) if choices.chance(0.2) else ()
    return Asking("http", b"", choices.pick(_PATHS), headers, choices.pick(_METHODS), query)


def json_text(choices: Choices, made: object) -> bytes:
    """Return JSON as other programs write it: numbers that are none, halves of surrogates, keys that come twice."""
    try:
        text = json.dumps(made, ensure_ascii=choices.chance(0.5))
    except (RecursionError, ValueError):
        return b"[" * 3_000
    if choices.chance(0.05):
        key = choices.pick(('"do":', '"plan":', '"steps":', '"from":', '"answer":'))
        text = text.replace(key, f"{key} {choices.pick(('1', 'null', chr(34) * 2, '[]'))}, {key}", 1)
    return text.encode("utf-8", "surrogatepass")


def msgpack_text(made: object) -> bytes:
    """Return msgpack; nothing where it has no form for a value."""
    with suppress(OverflowError, ValueError, TypeError, RecursionError):
        return msgspec.msgpack.encode(made)
    return b""


def thrift_call(choices: Choices, made: dict[str, Any]) -> bytes:
    """Return the message of a call; what has no form in Thrift is left out."""
    types = definition()
    request = types.Request()
    named = made.get("plan")
    if isinstance(named, str):
        request.plan = _writable(named)
    else:
        request.own_plan = _writable(json_text(choices, named).decode(errors="replace"))
    parameters = made.get("parameters")
    if isinstance(parameters, dict):
        request.parameters = {_writable(name): _thrift_value(value) for name, value in parameters.items()}
    deadline = made.get("deadline_ms")
    if isinstance(deadline, int) and -_I32 <= deadline < _I32:
        request.deadline_ms = int(deadline)
    if isinstance(made.get("id"), str):
        request.id = _writable(made["id"])
    request.trace = bool(made.get("trace"))
    if choices.chance(0.2):
        request.encoding = choices.pick((1, 2, 3, -1))
    arguments = types.Serving.ask_args()
    arguments.request = request
    buffer = TCyMemoryBuffer()
    protocol = TCyBinaryProtocol(buffer)
    protocol.write_message_begin(choices.pick(("ask", "ready", "", "é")) if choices.chance(0.05) else "ask", 1, 5)
    protocol.write_struct(arguments)
    return bytes(buffer.getvalue())


def _thrift_value(value: Any) -> Any:
    """Return a value of the definition, of the kind that it is in Python; one without a kind where there is none."""
    made = definition().Value()
    match value:
        case bool():
            made.truth = value
        case int() if -_I64 <= value < _I64:
            made.number = value
        case float():
            made.fraction = value
        case str():
            made.text = _writable(value)
        case [str(), *_] if all(isinstance(one, str) for one in value):
            made.texts = [_writable(one) for one in value]
        case [int(), *_] if all(isinstance(one, int) and -_I64 <= one < _I64 for one in value):
            made.numbers = [int(one) for one in value]
    return made


def _writable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
