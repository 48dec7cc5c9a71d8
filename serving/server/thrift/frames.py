"""Thrift messages that strangers send, looked at before they are read.

thriftpy2 believes the lengths in a message: it takes memory for a text of 2 GB that a frame of 20 bytes announces,
hands out what lay in that memory before, and counts to two billion for a list of nothing. So each frame is walked once:
every length lies within it, nothing is nested deep, and nothing takes no room. What passes costs thriftpy2 no more than
the frame is long.
"""

import struct
from typing import Final

from serving.errors import RequestError

CALL: Final = 1
MOST_DEPTH: Final = 16
LENGTH: Final = struct.Struct(">I")  # in front of each frame
_HEAD: Final = struct.Struct(">HBB")  # version 1, nothing, the kind of message
_NUMBER: Final = struct.Struct(">i")
_FIELD: Final = struct.Struct(">h")
_VERSION_1: Final = 0x8001
_STOP, _STRING, _STRUCT, _MAP, _SET, _LIST = 0, 11, 12, 13, 14, 15
_WIDTHS: Final = {2: 1, 3: 1, 4: 8, 6: 2, 8: 4, 10: 8}  # truth, byte, double, i16, i32, i64
_LONGEST_NAME: Final = 100


class FrameError(RequestError):
    """A frame that is no Thrift message of ours."""


def check_call(frame: bytes) -> tuple[str, int]:
    """Return which method a frame calls, and the number of the call.

    Parameters
    ----------
    frame
        A message in the binary protocol, without the length in front of it.

    Raises
    ------
    FrameError
        If it isn't a call that can be read within the bytes that it has.

    Examples
    --------
    >>> check_call(bytes.fromhex("80010001 00000005 7265616479 00000007 00"))
    ('ready', 7)
    >>> check_call(bytes.fromhex("80010001 7fffffff"))
    Traceback (most recent call last):
    serving.server.thrift.frames.FrameError: it is no Thrift message in the strict binary protocol
    """
    try:
        version, _, kind = _HEAD.unpack_from(frame)
        (length,) = _NUMBER.unpack_from(frame, 4)
        if version != _VERSION_1 or kind != CALL or not 0 < length <= _LONGEST_NAME:
            raise FrameError("it is no Thrift message in the strict binary protocol")
        name = frame[8 : 8 + length].decode("ascii")
        (number,) = _NUMBER.unpack_from(frame, 8 + length)
        end = _after_struct(frame, 12 + length, MOST_DEPTH)
    except (struct.error, IndexError, UnicodeDecodeError):
        raise FrameError("it is no Thrift message in the strict binary protocol") from None
    if end != len(frame):
        raise FrameError(f"the message has {end:,} bytes, the frame {len(frame):,}")
    return name, number


def _after_struct(frame: bytes, at: int, depth: int) -> int:
    while (kind := frame[at]) != _STOP:
        _FIELD.unpack_from(frame, at + 1)
        at = _after(frame, at + 3, kind, depth)
    return at + 1


def _after(frame: bytes, at: int, kind: int, depth: int) -> int:
    """Return where a value ends that begins at a place."""
    width = _WIDTHS.get(kind)
    if width is not None:
        return _within(frame, at + width)
    if kind == _STRING:
        (length,) = _NUMBER.unpack_from(frame, at)
        if length < 0:
            raise FrameError(f"it has a text of {length} bytes")
        return _within(frame, at + 4 + length)
    if depth == 0:
        raise FrameError(f"it is nested deeper than {MOST_DEPTH}")
    if kind == _STRUCT:
        return _after_struct(frame, at, depth - 1)
    if kind in (_LIST, _SET):
        return _after_items(frame, at + 1, (frame[at],), depth - 1)
    if kind == _MAP:
        return _after_items(frame, at + 2, (frame[at], frame[at + 1]), depth - 1)
    raise FrameError(f"it has a value of a type {kind}, which there isn't")


def _after_items(frame: bytes, at: int, kinds: tuple[int, ...], depth: int) -> int:
    """Return where the items of a list, set or map end, of which each has values of some kinds."""
    (n_items,) = _NUMBER.unpack_from(frame, at)
    at += 4
    if n_items < 0 or n_items > len(frame) - at:  # each has a byte at least
        raise FrameError(f"it has a list of {n_items:,} values in a frame of {len(frame):,} bytes")
    for _ in range(n_items):
        for kind in kinds:
            at = _after(frame, at, kind, depth)
    return at


def _within(frame: bytes, at: int) -> int:
    if at > len(frame):
        raise FrameError("it announces more than it has")
    return at
