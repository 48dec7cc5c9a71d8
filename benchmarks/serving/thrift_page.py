"""The page asked by Thrift: the bytes of a call, made once, and the lists of a reply.

A call is the same whatever the picture but for its key, as all keys have the same length.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from thriftpy2.protocol.cybin import TCyBinaryProtocol
from thriftpy2.thrift import TMessageType
from thriftpy2.transport.memory import TCyMemoryBuffer

from benchmarks.serving.joined_rows import KEYS, PICTURES
from benchmarks.serving.load_client import Question
from benchmarks.serving.page_plan import ANY_KEY, PLAN
from serving.server.thrift.spoken import definition

_METHOD, _LENGTH = "ask", 4


def thrift_question(n_pictures: int) -> Question:
    """Return the call for a page."""
    types = definition()
    arguments = types.Serving.ask_args()
    arguments.request = types.Request(plan=PLAN, parameters={KEYS[PICTURES]: types.Value(text=ANY_KEY)})
    buffer = TCyMemoryBuffer()
    protocol = TCyBinaryProtocol(buffer, strict_write=True)
    protocol.write_message_begin(_METHOD, TMessageType.CALL, 1)
    protocol.write_struct(arguments)
    protocol.write_message_end()
    message: bytes = buffer.getvalue()
    before, after = message.split(ANY_KEY.encode())
    return Question(len(message).to_bytes(_LENGTH) + before, after, n_pictures, "framed")


def lists_of_reply(got: bytes) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """Return the lists of a reply, by name; of an error none."""
    result = definition().Serving.ask_result()
    protocol = TCyBinaryProtocol(TCyMemoryBuffer(got[_LENGTH:]))
    protocol.read_message_begin()
    protocol.read_struct(result)
    if result.success is None:
        return {}
    return {one.name: msgspec.msgpack.decode(one.objects) for one in result.success.lists}
