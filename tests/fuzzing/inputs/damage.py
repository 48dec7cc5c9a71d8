"""Bytes as accidents leave them: cut, flipped, doubled, filled with zeros."""

import gzip

from tests.fuzzing.inputs.choices import Choices

_ODD_BYTES = (
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\r",
    b"\n",
    b'"',
    b"\\",
    b"\x80",
    b"\xed\xa0\x80",
    b"\x1a",
    b"{",
    b"[",
    b"'",
)
_TEAR_BYTES = 16


def damaged(content: bytes, choices: Choices, share: float = 0.3) -> bytes:
    """Return bytes, in some share of cases with a few places damaged."""
    if not choices.chance(share):
        return content
    for _ in range(1 + choices.below(3)):
        content = _damaged_once(content, choices)
    return content


def packed(content: bytes, choices: Choices) -> bytes:
    """Return bytes gzipped, and now and then what only looks so."""
    if choices.chance(0.1):
        return content
    return damaged(gzip.compress(content, 1, mtime=0), choices, 0.15)


def _damaged_once(content: bytes, choices: Choices) -> bytes:
    at = choices.below(len(content) + 1)
    match choices.below(6):
        case 0:
            return content[:at]
        case 1:
            return content[:at] + choices.pick(_ODD_BYTES) + content[at:]
        case 2:
            return content[:at] + bytes([choices.byte()]) + content[at + 1 :]
        case 3:
            return content[:at] + content[at + 1 + choices.below(_TEAR_BYTES) :]
        case 4:
            return content[:at] + content[at : at + _TEAR_BYTES] + content[at:]
        case _:
            return content[:at] + bytes(1 + choices.below(_TEAR_BYTES)) + content[at:]
