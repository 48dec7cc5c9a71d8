"""Requests and answers as ``serving.thrift`` has them: read into ours, and written from ours."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec
import thriftpy2
from thriftpy2.protocol import TCyBinaryProtocol
from thriftpy2.thrift import TApplicationException, TMessageType
from thriftpy2.transport import TCyMemoryBuffer

from serving.answer import Answer
from serving.errors import OverloadedError, RequestError, ServingError, TooManyRequestsError
from serving.request import Asked
from serving.server.thrift.frames import LENGTH

DEFINITION: Final = Path(__file__).with_name("serving.thrift")
MSGPACK, JSON = 1, 2  # Encoding
_VALUES: Final = ("text", "number", "fraction", "truth", "texts", "numbers", "fractions")
_write_msgpack, _write_json = msgspec.msgpack.Encoder().encode, msgspec.json.Encoder().encode
_read_plan = msgspec.json.Decoder(dict[str, object]).decode


@cache
def definition() -> Any:  # noqa: ANN401 - a module that thriftpy2 makes of the file
    """Return the types and the service of ``serving.thrift``."""
    return thriftpy2.load(str(DEFINITION), module_name="serving_thrift")


def read_request(frame: bytes) -> Any:  # noqa: ANN401 - a Request of the definition
    """Return the request of a frame that calls ``ask``, which `serving.server.thrift.frames` has looked at.

    Raises
    ------
    RequestError
        If there is none in it.
    """
    arguments = definition().Serving.ask_args()
    protocol = TCyBinaryProtocol(TCyMemoryBuffer(frame), strict_read=True, strict_decode=True)
    try:
        protocol.read_message_begin()
        protocol.read_struct(arguments)
    except (UnicodeDecodeError, TypeError, ValueError):
        raise RequestError("the request has a text that is no UTF-8, or a map with keys that can't be any") from None
    if arguments.request is None:
        raise RequestError("the request is missing")
    return arguments.request


def asked_of(request: Any) -> Asked:  # noqa: ANN401 - as above
    """Return the request of ours that one of Thrift stands for.

    Raises
    ------
    RequestError
        If it names no plan, or a value isn't one.
    """
    plan: str | dict[str, object] = request.plan or ""
    if request.own_plan:
        if plan:
            raise RequestError("it names a plan and brings one; one of the two is allowed")
        plan = _own_plan(request.own_plan)
    if not plan:
        raise RequestError("it names no plan", remedy="set the field plan")
    parameters = {name: _value(name, value) for name, value in (request.parameters or {}).items()}
    return Asked(plan, parameters, request.deadline_ms, request.id or "", bool(request.trace))


def encoder_of(request: Any) -> Callable[[object], bytes]:  # noqa: ANN401 - as above
    """Return what writes objects as a request asks; RequestError if there is no such encoding."""
    if request.encoding in (None, MSGPACK):
        return _write_msgpack
    if request.encoding == JSON:
        return _write_json
    raise RequestError(f"the encoding is {request.encoding}; it is {MSGPACK} (MSGPACK) or {JSON} (JSON)")


def answered(answer: Answer, encoded: Sequence[bytes]) -> Any:  # noqa: ANN401 - an Answer of the definition
    """Return an answer as Thrift has it, of the objects of its lists as they were encoded."""
    types = definition()
    lists = [
        types.ObjectList(one.name, one.type, objects, len(one.objects), one.partial)
        for one, objects in zip(answer.lists, encoded, strict=True)
    ]
    told = types.Answer(answer.id, answer.plan, answer.versions, lists, answer.partial, answer.took_us)
    if answer.missing:
        told.missing = [types.Missing(one.step, one.reason, one.problem) for one in answer.missing]
    if answer.slow:
        told.slow = list(answer.slow)
    if answer.steps:
        told.steps = [
            types.StepTrace(one.step, one.began_us, one.took_us, one.n_objects, one.is_slow) for one in answer.steps
        ]
    return told


def refused(error: ServingError, request_id: str) -> Any:  # noqa: ANN401 - a Refused of the definition
    """Return an error as Thrift has it."""
    told = definition().Refused(error.status, type(error).__name__, str(error), request_id)
    if isinstance(error, TooManyRequestsError | OverloadedError):
        told.retry_after_ms = max(1, int(error.retry_after_s * 1_000))
    return told


def reply(method: str, number: int, **result: object) -> bytes:
    """Return the frame of what a call came to: ``success``, or the name of what it throws."""
    told = getattr(definition().Serving, f"{method}_result")()
    for name, value in result.items():
        setattr(told, name, value)
    return _frame(method, TMessageType.REPLY, number, told)


def fault(method: str, number: int, kind: int, message: str) -> bytes:
    """Return the frame of a call that isn't one of ours."""
    return _frame(method, TMessageType.EXCEPTION, number, TApplicationException(kind, message))


def _frame(method: str, kind: int, number: int, told: object) -> bytes:
    buffer = TCyMemoryBuffer()
    protocol = TCyBinaryProtocol(buffer, strict_write=True)
    protocol.write_message_begin(method, kind, number)
    protocol.write_struct(told)
    protocol.write_message_end()
    message: bytes = buffer.getvalue()
    return LENGTH.pack(len(message)) + message


def _own_plan(text: str) -> dict[str, object]:
    try:
        return _read_plan(text)
    except (msgspec.MsgspecError, RecursionError, ValueError):
        raise RequestError("own_plan is no plan in JSON") from None


def _value(name: str, value: Any) -> object:  # noqa: ANN401 - a Value of the definition
    given: Mapping[str, object] = {kind: found for kind in _VALUES if (found := getattr(value, kind)) is not None}
    if len(given) != 1:
        raise RequestError(f"parameter {name:.80} has {len(given)} values; it has one of {', '.join(_VALUES)}")
    (found,) = given.values()
    return found
