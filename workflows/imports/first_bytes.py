"""What a file is by its first bytes, whatever its name says: packed, or of a kind that holds no rows as text."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from joins.errors import SourceError

_HEAD_BYTES = 4096
_COMPRESSIONS = ((b"\x1f\x8b", "gzip"), (b"BZh", "bz2"), (b"\x28\xb5\x2f\xfd", "zstd"), (b"\x04\x22\x4d\x18", "lz4"))
_NO_TEXT = (
    (b"PAR1", "Parquet", "give its name the ending .parquet"),
    (b"PK\x03\x04", "a ZIP archive or an Excel workbook (.xlsx)", "unpack it, or save the sheet as CSV"),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook (.xls)", "save the sheet as CSV"),
    (b"\xfd7zXZ", "compressed by xz", "unpack it"),
    (b"7z\xbc\xaf", "a 7-Zip archive", "unpack it"),
    (b"%PDF", "a PDF", "export the table as CSV"),
    (b"SQLite format 3", "an SQLite database", "export the table as CSV"),
    (b"ORC", "ORC", "convert it to Parquet"),
    (b"Obj\x01", "Avro", "convert it to Parquet"),
    (b"\x89PNG", "a picture", "name the table's own file"),
    (b"\xff\xd8\xff", "a picture", "name the table's own file"),
)
_LONGEST_MAGIC = 4
_MARKUP = (b"<!doctype", b"<html", b"<head", b"<body", b"<?xml")
_JSON = (b'{"', b"[{")
_BLANKS = b" \t\r\n"
_UTF8_MARK = b"\xef\xbb\xbf"


@contextmanager
def unpacked(path: Path) -> Iterator[pa.NativeFile]:
    """Open a file as a stream of bytes, plain or compressed by gzip, bzip2, Zstandard or LZ4."""
    with path.open("rb") as file:
        magic = file.read(_LONGEST_MAGIC)
    compression = next((name for begin, name in _COMPRESSIONS if magic.startswith(begin)), None)
    with pa.input_stream(path, compression=compression) as stream:
        yield stream


def first_bytes(path: Path) -> bytes:
    """Return how a file begins, unpacked."""
    with unpacked(path) as stream:
        return bytes(stream.read(_HEAD_BYTES))


def refuse_no_text(head: bytes, file: str) -> None:
    r"""Raise SourceError if a file that begins so is of a kind that holds no rows as text.

    Examples
    --------
    >>> refuse_no_text(b"pin,board\n", "pins.csv")
    >>> refuse_no_text(b"%PDF-1.7", "pins.csv")
    Traceback (most recent call last):
    joins.errors.SourceError: pins.csv: it is no text but a PDF; export the table as CSV
    """
    for magic, kind, remedy in _NO_TEXT:
        if head.startswith(magic):
            raise SourceError(f"it is no text but {kind}", where=file, remedy=remedy)
    if _text_of(head).lower().startswith(_MARKUP):
        remedy = "look at it in a browser: a site may have sent an error, or a page around the table"
        raise SourceError("it holds HTML or XML", where=file, remedy=remedy)


def begins_as_json(head: bytes) -> bool:
    """Return whether a file that begins so holds JSON, as no header line of a table does.

    Examples
    --------
    >>> begins_as_json(b' [{"pin": 7}]'), begins_as_json(b"[pin],[board]")
    (True, False)
    """
    return _text_of(head).startswith(_JSON)


def _text_of(head: bytes) -> bytes:
    return head.removeprefix(_UTF8_MARK).lstrip(_BLANKS)
