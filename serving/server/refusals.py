"""What is answered in place of an answer: the kind of error, its one line, its status, and what headers say of it.

Some errors are those of HTTP alone. They have the statuses that HTTP has for them, and are requests that can't be
answered, whatever service is asked.
"""

import math
from typing import ClassVar

import msgspec

from serving.errors import NotAllowedError, OverloadedError, RequestError, ServingError, TooManyRequestsError

Headers = list[tuple[bytes, bytes]]


class NoSuchPageError(RequestError):
    """The address isn't one of the service's."""

    status: ClassVar[int] = 404


class MethodError(RequestError):
    """The address is asked by a method that it doesn't have."""

    status: ClassVar[int] = 405
    allowed: bytes = b"GET"


class TooLongError(RequestError):
    """The body is longer than one may be."""

    status: ClassVar[int] = 413


class AddressTooLongError(RequestError):
    """The address is longer than one may be."""

    status: ClassVar[int] = 414


class HeadTooLongError(RequestError):
    """The headers of a request are longer than they may be, together."""

    status: ClassVar[int] = 431


class UnknownFormError(RequestError):
    """The body isn't in a form that is read."""

    status: ClassVar[int] = 415


class EndingError(OverloadedError):
    """The process ends, and the time that requests had until then is over."""


class ErrorTold(msgspec.Struct):
    """The kind of an error, by the name of its class, and its line."""

    type: str
    message: str


class Refusal(msgspec.Struct):
    """The body of an answer that is an error."""

    id: str
    error: ErrorTold


def refusal_of(error: ServingError, request_id: str) -> Refusal:
    """Return what is told of an error."""
    return Refusal(request_id, ErrorTold(type(error).__name__, str(error)))


def headers_of(error: ServingError) -> Headers:
    """Return what headers say of an error.

    Examples
    --------
    >>> headers_of(OverloadedError("4 requests wait"))
    [(b'retry-after', b'1')]
    """
    if isinstance(error, TooManyRequestsError | OverloadedError):
        return [(b"retry-after", str(math.ceil(error.retry_after_s)).encode())]
    if isinstance(error, NotAllowedError):
        return [(b"www-authenticate", b"Bearer")]
    if isinstance(error, MethodError):
        return [(b"allow", error.allowed)]
    if isinstance(error, TooLongError | HeadTooLongError):
        return [(b"connection", b"close")]
    return []
