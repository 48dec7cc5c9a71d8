"""Read JSON Lines: one object a line, of which only what a mapping names is built.

msgspec reads a block of lines at once. Where it refuses one, the lines of that block are read one by one, and those
that it can't read by Python's decoder, which takes half surrogates and NaN.
"""

import json
from collections.abc import Iterator
from io import BufferedIOBase

import msgspec

from joins.errors import SourceError
from workflows.imports.json_records.lenient_json import lenient_value, narrowed
from workflows.imports.json_records.no_json import is_cut_off, no_json, what_helps
from workflows.imports.json_records.text_cursor import BLANKS, TOO_DEEP, blanks_end, refuse_bytes

_BLOCK_BYTES = 2 * 2**20  # larger blocks are slower: their objects leave the processor's cache
_LONGEST_FIRST_LINE = 8 * 2**20  # bytes
_STRICT_REFUSES = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def line_blocks(stream: BufferedIOBase, decoder: msgspec.json.Decoder[object], file: str) -> Iterator[list[object]]:
    """Yield what the lines of a file hold, block by block; lines of white space are passed over.

    Values are what the decoder makes of them, or plain dicts. A SourceError names a line that holds no JSON.
    """
    n_lines = 0
    while lines := stream.readlines(_BLOCK_BYTES):
        values = _at_once(lines, decoder) or list(_line_by_line(lines, decoder, file, n_lines))
        if values:
            yield values
        n_lines += len(lines)


def _at_once(lines: list[bytes], decoder: msgspec.json.Decoder[object]) -> list[object]:
    """Return the values of lines; none if msgspec refuses one, or finds more or less than one a line."""
    try:
        values = decoder.decode_lines(b"".join(lines))
    except _STRICT_REFUSES:
        return []
    is_one_a_line = len(values) == len(lines) or len(values) == sum(1 for line in lines if line.strip())
    return values if is_one_a_line else []


def _line_by_line(
    lines: list[bytes], decoder: msgspec.json.Decoder[object], file: str, n_before: int
) -> Iterator[object]:
    for number, line in enumerate(lines, start=n_before + 1):
        try:
            if line.strip():
                yield decoder.decode(line)
        except _STRICT_REFUSES:
            for value in _lenient_values(line, f"{file}, line {number:,}"):
                yield narrowed(value, decoder.type)


def first_line_is_object(stream: BufferedIOBase) -> bool:
    """Say whether the first line that isn't blank holds one object, and nothing else; the stream stands behind it.

    A line of many megabytes is none: a file that has one line is read as a document.
    """
    line = b"\n"
    while line and not line.strip():
        line = stream.readline(_LONGEST_FIRST_LINE)
    text = line.decode("utf-8", "surrogateescape").strip(BLANKS)
    if not text.startswith("{"):
        return False
    try:
        return lenient_value(text)[1] == len(text)
    except (json.JSONDecodeError, RecursionError):
        return False


def _lenient_values(line: bytes, where: str) -> Iterator[object]:
    try:
        text = line.decode("utf-8", "surrogatepass").rstrip(BLANKS)
    except UnicodeDecodeError as error:
        refuse_bytes(error, "utf-8", where)
    at = blanks_end(text, 0)
    try:
        while at < len(text):
            value, end = lenient_value(text, at)
            yield value
            at = blanks_end(text, end)
    except json.JSONDecodeError as error:
        place = f"{where}, column {error.pos + 1:,}"
        if is_cut_off(error):
            raise SourceError("the line ends within its value", where=place) from error
        raise SourceError(no_json(error), where=place, remedy=what_helps(error)) from error
    except RecursionError as error:
        raise SourceError(TOO_DEEP, where=where) from error
