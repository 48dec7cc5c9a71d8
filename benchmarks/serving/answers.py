"""What a server answers to one question, read into lists: so it is known that all that are measured answer the same."""

import hashlib
import socket
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from benchmarks.serving.load_client import IS_WHOLE, Question
from benchmarks.serving.thrift_page import lists_of_reply

Lists = Mapping[str, Sequence[Mapping[str, Any]]]
_HOST, _PATIENCE_S, _LARGEST = "127.0.0.1", 10.0, 2**18
_N_CHECKED = 20  # pictures


class WrongAnswerError(Exception):
    """A server doesn't answer as it should."""


def digest_of(port: int, question: Question) -> str:
    """Return the digest of a server's answers about some pictures; it is equal where the same objects are in them."""
    digest = hashlib.blake2b(digest_size=4)
    for number in range(0, question.n_pictures, max(1, question.n_pictures // _N_CHECKED)):
        lists = lists_of(answer(port, question, number), question)
        digest.update(msgspec.json.encode(lists, order="sorted"))
    return digest.hexdigest()


def lists_of(got: bytes, question: Question) -> Lists:
    """Return the lists of an answer, by name."""
    if question.wire == "framed":
        return lists_of_reply(got)
    head, body = got.split(b"\r\n\r\n", 1)
    if not head.startswith(b"HTTP/1.1 200"):
        raise WrongAnswerError(got.decode(errors="replace")[:1_000])
    if body == b"ok":
        return {}
    decode = msgspec.msgpack.decode if b"application/msgpack" in head else msgspec.json.decode
    return {one["name"]: one["objects"] for one in decode(body)["lists"]}


def answer(port: int, question: Question, number: int = 0) -> bytes:
    """Return all that a server sends to one question."""
    is_whole, got = IS_WHOLE[question.wire], b""
    with socket.create_connection((_HOST, port), timeout=_PATIENCE_S) as connection:
        connection.sendall(question.of(number))
        while not is_whole(got):
            more = connection.recv(_LARGEST)
            if not more:
                raise WrongAnswerError("the server closed the connection")
            got += more
    return got
