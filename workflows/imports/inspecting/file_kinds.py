"""What a file is that is no table, by its first bytes, and what its owner can do about it."""

from pathlib import Path

import pyarrow as pa

_HEAD_BYTES = 4 * 2**20
_KINDS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"%PDF", "a PDF document; export the table in it as CSV"),
    (b"PK\x03\x04", "a ZIP archive; unpack it"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook; export it as CSV"),
    (b"SQLite format 3", "an SQLite database; export its tables as CSV"),
    (b"\x1f\x8b", "compressed by gzip; name it so, as in .csv.gz"),
    (b"BZh", "compressed by bzip2; name it so, as in .csv.bz2"),
    (b"\x28\xb5\x2f\xfd", "compressed by Zstandard; name it so, as in .csv.zst"),
    (b"\xfd7zXZ", "compressed by xz; unpack it, or compress it by gzip"),
    (b"7z\xbc\xaf", "a 7-Zip archive; unpack it"),
    (b"Rar!", "a RAR archive; unpack it"),
    (b"ORC", "an ORC file; write it as Parquet"),
    (b"Obj\x01", "an Avro file; write it as Parquet"),
    (b"ARROW1", "an Arrow file; write it as Parquet"),
    (b"\x80\x04\x95", "a Python pickle; write it as Parquet"),
    (b"\x80\x05\x95", "a Python pickle; write it as Parquet"),
)
_WORKBOOKS = (".xlsx", ".xlsm", ".ods", ".numbers")
_MARKUP = (b"<!doctype", b"<html", b"<?xml", b"<svg", b"<table")
_TEXT_CONTROLS = b"\t\n\r\x0c\x01\x02\x03\x1b\x1c\x1d\x1e\x1f\x00"
_CONTROLS = bytes(one for one in range(32) if one not in _TEXT_CONTROLS)
_MOST_CONTROLS = 0.02  # of all bytes of a text


def head_of(path: Path, n_bytes: int = _HEAD_BYTES) -> tuple[bytes, bool]:
    """Return the first bytes of a file, unpacked if its name says that it is packed, and whether that is all of it.

    Raises OSError if the file can't be read.
    """
    with pa.input_stream(str(path), compression="detect") as stream:
        head = stream.read(n_bytes + 1)
    return head[:n_bytes], len(head) <= n_bytes


def why_no_table(path: Path) -> str:
    """Say why a file holds no rows that could be read, and what helps; empty if it may hold some."""
    if path.name.lower().endswith(_WORKBOOKS):
        return "a workbook; export each sheet as CSV"
    try:
        head, _ = head_of(path, 2**16)
    except OSError as error:
        return f"it can't be read: {error}"
    return _what_bytes_are(head)


def _what_bytes_are(head: bytes) -> str:
    """Say what first bytes are if no table begins so; empty if one may."""
    if not head:
        return "empty"
    known = next((what for magic, what in _KINDS if head.startswith(magic)), "")
    if known or head.startswith((b"PAR1", b"PARE")):
        return known
    if head.lstrip()[:16].lower().startswith(_MARKUP):
        return "HTML or XML; export the table in it as CSV"
    controls = len(head) - len(head.translate(None, _CONTROLS))
    return "no text and of no kind that is known here" if controls > _MOST_CONTROLS * len(head) else ""
