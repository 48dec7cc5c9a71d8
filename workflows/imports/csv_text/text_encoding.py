"""Open a text file as a stream of UTF-8, whatever its compression and encoding.

Compression and byte order marks are told by the first bytes, whatever the file's name says. Bytes that the encoding
doesn't know don't end the stream: each becomes three bytes that are no UTF-8, so that whoever parses the rows can
say in which row and column it stands (`undecodable` gives it back). Text that is UTF-8 already passes as it is.
"""

import codecs
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from joins.errors import SourceError
from joins.raw.mapped.dialect_keys import USUAL_ENCODINGS
from workflows.imports.first_bytes import first_bytes, refuse_no_text, unpacked

_COUNTED_BYTES = 2**20  # at a time, to find a line
_MARKS = (  # the longer ones first: UTF-32's begins as UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL = bytes([0, 4, 8, 0x0B, *range(0x10, 0x1A), 0x7F])  # some that are no delimiters of any program
_MOST_CONTROL = 7
_WIDE = ("utf-16", "utf-32")
_AS_BYTES = "interest_graph.bytes_as_surrogates"
_SURROGATES = re.compile(rb"(?:\xed[\xb0-\xb3][\x80-\xbf])+")  # U+DC00 to U+DCFF: one for each byte
_MOST_SHOWN_BYTES = 4
_MOST_SHOWN_TEXT = 20  # characters


class TextStream(Protocol):
    """What rows are read from."""

    def read_behind(self, carried: bytes, n_bytes: int) -> bytes | bytearray:
        """Return ``carried`` and about ``n_bytes`` of UTF-8 behind it; at the end alone there is nothing behind it."""


@contextmanager
def opened_text(path: Path, encoding: str) -> Iterator[TextStream]:
    """Open a text file; what is read is UTF-8 without a byte order mark.

    Parameters
    ----------
    path
        Plain, or compressed by gzip, bzip2, Zstandard or LZ4.
    encoding
        A name that Python knows; a byte order mark in the file goes before it.

    Raises
    ------
    SourceError
        If the file is of another kind, such as an archive or a workbook.
    """
    head = first_bytes(path)
    mark, name = next(((mark, name) for mark, name in _MARKS if head.startswith(mark)), (b"", encoding))
    name = codecs.lookup(name).name
    if not mark:
        refuse_no_text(head, path.name)
        _refuse_binary(head, name, path.name)
        name += _byte_order(head) if name in _WIDE else ""
    with unpacked(path) as stream:
        if name in ("utf-8", "utf-8-sig"):
            stream.read(len(mark))
            yield _AsItIs(stream)
        else:
            yield _Decoded(stream, name, path.name)


def line_at(path: Path, encoding: str, offset: int) -> int:
    """Return the line of a text file, from 1, in which a byte of its UTF-8 stands; the file is read up to there."""
    n_lines, last = 0, b""
    with opened_text(path, encoding) as stream:
        while offset > 0 and (text := bytes(stream.read_behind(b"", _COUNTED_BYTES)[:offset])):
            n_lines += text.count(b"\n") + text.count(b"\r") - text.count(b"\r\n")
            n_lines -= last == b"\r" and text.startswith(b"\n")
            offset, last = offset - len(text), text[-1:]
    return n_lines + 1


def undecodable(text: bytes) -> tuple[bytes, str] | None:
    r"""Return the first bytes of a text that its encoding doesn't know, and the text before them; None if all is well.

    Examples
    --------
    >>> undecodable(b"caf\xe9 noir")
    (b'\xe9 no', 'caf')
    >>> undecodable("café".encode()) is None
    True
    """
    try:
        text.decode()
    except UnicodeDecodeError as error:
        before, rest = text[: error.start].decode(), text[error.start :]
        as_surrogates = _SURROGATES.match(rest)
        if as_surrogates is None:
            return rest[:_MOST_SHOWN_BYTES], before
        return bytes(ord(char) & 0xFF for char in as_surrogates[0].decode("utf-8", "surrogatepass")), before
    return None


def not_decodable(strange: bytes, encoding: str, where: str, before: str = "") -> SourceError:
    """Return the error that says which bytes its encoding doesn't know, and how to say another."""
    bytes_ = strange[:_MOST_SHOWN_BYTES]
    behind = f" behind {before[-_MOST_SHOWN_TEXT:]!r}" if before else ""
    problem = f"the bytes {bytes_.hex(' ')} ({bytes_!r}{behind}) are no {encoding}"
    usual = ", ".join(name for name in USUAL_ENCODINGS if name not in ("utf-8", "cp1252", encoding))
    remedy = f'say the encoding of the file beside source in the mapping, such as encoding = "cp1252"; others: {usual}'
    return SourceError(problem, where=where, remedy=remedy)


class _AsItIs:
    """A stream that is UTF-8 already, or should be."""

    def __init__(self, stream: pa.NativeFile) -> None:
        self._stream = stream

    def read_behind(self, carried: bytes, n_bytes: int) -> bytearray:
        text = bytearray(len(carried) + n_bytes)
        text[: len(carried)] = carried
        with memoryview(text) as room:
            n_read = self._stream.readinto(room[len(carried) :])
        del text[len(carried) + n_read :]
        return text


class _Decoded:
    """A stream in another encoding as UTF-8; a character may begin in one read and end in the next."""

    def __init__(self, stream: pa.NativeFile, encoding: str, file: str) -> None:
        self._stream = stream
        self._encoding, self._file = encoding, file
        self._decoder = codecs.getincrementaldecoder(encoding)(errors=_AS_BYTES)
        self._at_start = True
        self._at_end = False

    def read_behind(self, carried: bytes, n_bytes: int) -> bytes:
        text = ""
        while not text and not self._at_end:
            block = self._stream.read(n_bytes)
            self._at_end = not block
            try:
                text = self._decoder.decode(block, final=self._at_end)
            except UnicodeError as error:  # few encodings have errors that are not about some bytes
                problem = f"it is no {self._encoding}: {error}"
                raise SourceError(problem, where=self._file, remedy="say another encoding in the mapping") from error
            if self._at_start and text:
                text, self._at_start = text.removeprefix("\ufeff"), False
        return carried + text.encode("utf-8", "surrogatepass")


def _bytes_as_surrogates(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error(_AS_BYTES, _bytes_as_surrogates)


def _byte_order(head: bytes) -> str:
    """Return how a text of UTF-16 or UTF-32 without a mark orders its bytes: its first character is mostly ASCII."""
    return "-be" if head[:1] == b"\0" else "-le"


def _refuse_binary(head: bytes, encoding: str, file: str) -> None:
    if "a,".encode(encoding) != b"a,":  # in UTF-16 and EBCDIC such bytes are letters
        return
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) > len(head) // 8 and min(even, odd) <= max(even, odd) // 8:
        name = "utf-16-le" if odd > even else "utf-16-be"
        problem = "every other byte is NUL, as in UTF-16 without a byte order mark"
        raise SourceError(problem, where=file, remedy=f'say encoding = "{name}" beside source in the mapping')
    n_control = len(head) - len(head.translate(None, _CONTROL))
    if n_control > max(_MOST_CONTROL, len(head) // 50):
        problem = f"it is no text: {n_control:,} of its first {len(head):,} bytes are control characters"
        raise SourceError(problem, where=file, remedy="name the table's own file")
