"""The two forms of requests and answers over HTTP, JSON and msgpack: how they are told apart, read and written.

Encoders and decoders are made once, and what a header means is kept, so that a request costs a lookup and one call of
msgspec. A request is read into its declared type: what is in it otherwise is an error of one line.
"""

import re
from collections.abc import Mapping
from typing import Protocol

import msgspec

from serving.errors import RequestError
from serving.request import Asked

_MOST_KEPT = 256  # spellings of headers
_ANY = b"*/*"
_WEIGHT = re.compile(rb";[ \t]*[qQ]=([01](?:\.[0-9]{0,3})?)[ \t]*(?:;|$)")  # of RFC 9110


class Encoder(Protocol):
    """What writes: msgspec's encoders."""

    def encode(self, obj: object, /) -> bytes:
        """Return what is sent."""


class Decoder(Protocol):
    """What reads: msgspec's decoders of requests."""

    def decode(self, buf: bytes, /) -> Asked:
        """Return a request."""


class Format:
    """One of the two forms.

    Parameters
    ----------
    name
        What people call it.
    content_type
        As headers do.
    encoder, decoder
        What writes answers, and reads requests.
    """

    def __init__(self, name: str, content_type: bytes, encoder: Encoder, decoder: Decoder) -> None:
        self.name, self.content_type = name, content_type
        self.encode = encoder.encode
        self._decode = decoder.decode

    def request(self, body: bytes) -> Asked:
        """Return the request that a body is.

        Raises
        ------
        RequestError
            If it is none.
        """
        try:
            return self._decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise RequestError(f"the body is no request in {self.name}: {error}") from None
        except (RecursionError, ValueError, OverflowError):
            raise RequestError(f"the body is no request in {self.name}: it is nested too deep") from None


JSON = Format("JSON", b"application/json", msgspec.json.Encoder(), msgspec.json.Decoder(Asked))
MSGPACK = Format("msgpack", b"application/msgpack", msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(Asked))
_BY_TYPE = {JSON.content_type: JSON, MSGPACK.content_type: MSGPACK}
_BY_TYPE |= {b"application/x-msgpack": MSGPACK, b"application/vnd.msgpack": MSGPACK}


class Formats:
    """Finds the forms that headers name."""

    def __init__(self) -> None:
        self._asked: dict[bytes, Format] = {}
        self._accepted: dict[bytes, Format | None] = {}

    def of_request(self, headers: Mapping[bytes, bytes]) -> Format | None:
        """Return the form of a request; None if the header names none that is known.

        A body has to say what it is: a browser sends one that doesn't on behalf of any page.
        """
        content_type = headers.get(b"content-type", b"")
        found = self._asked.get(content_type)
        if found is None:
            found = _BY_TYPE.get(_bare(content_type))
            if found is not None and len(self._asked) < _MOST_KEPT:
                self._asked[content_type] = found
        return found

    def of_answer(self, headers: Mapping[bytes, bytes], asked: Format) -> Format:
        """Return the form of an answer: the one that is accepted rather; that of the request, where both are alike.

        So it is too where neither is accepted: an answer in one of the two helps more than none.
        """
        accept = headers.get(b"accept", _ANY)
        if accept == _ANY:
            return asked
        if accept not in self._accepted:
            if len(self._accepted) >= _MOST_KEPT:
                self._accepted.clear()
            self._accepted[accept] = _accepted_rather(accept)
        return self._accepted[accept] or asked


def _accepted_rather(accept: bytes) -> Format | None:
    """Return the form that an ``Accept`` header has a higher weight for; None where it has the same for both.

    Examples
    --------
    >>> _accepted_rather(b"application/msgpack;q=0.1, */*") is JSON
    True
    >>> _accepted_rather(b"application/json, application/msgpack") is None
    True
    """
    weights: dict[bytes, float] = {}
    for part in accept.split(b","):
        weight = _WEIGHT.search(part)
        weights[_bare(part)] = float(weight[1]) if weight else 1.0
    of_all = weights.get(b"application/*", weights.get(_ANY, 0.0))
    json, msgpack = (
        max((weights[name] for name, one in _BY_TYPE.items() if one is form and name in weights), default=of_all)
        for form in (JSON, MSGPACK)
    )
    return None if json == msgpack else JSON if json > msgpack else MSGPACK


def _bare(content_type: bytes) -> bytes:
    """Return a type without its parameters.

    Examples
    --------
    >>> _bare(b"Application/JSON; charset=utf-8")
    b'application/json'
    """
    return content_type.partition(b";")[0].strip().lower()
