"""Read JSON Lines, plain or gzipped, in batches: one object a line, each key a column.

Values keep the kind that JSON gives them: a text that looks like a date or number stays a text (pyarrow's own reader
makes timestamps of some). A column that mixes kinds within a batch becomes text, as JSON writes it.
"""

import gzip
from collections.abc import Iterator, Sequence
from io import BufferedIOBase
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa

from joins.errors import SourceError

_BLOCK_BYTES = 8 * 2**20
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_ROW = msgspec.json.Decoder(dict[str, Any])


def json_lines_columns(path: Path) -> tuple[str, ...]:
    """Return the keys of the first block of rows, in the order in which they come up."""
    with _opened(path) as stream:
        rows = next(_row_blocks(stream, path.name), [])
    return tuple(dict.fromkeys(key for row in rows for key in row))


def json_lines_batches(path: Path, columns: Sequence[str]) -> Iterator[tuple[pa.RecordBatch, set[str]]]:
    """Yield batches of the columns asked for, null where a row lacks one, each with all keys that its rows have.

    Empty lines are passed over and not counted as rows. A SourceError names a line that is no JSON object.
    """
    with _opened(path) as stream:
        for rows in _row_blocks(stream, path.name):
            arrays = [_column([row.get(name) for row in rows]) for name in columns]
            batch = pa.RecordBatch.from_arrays(arrays, names=list(columns))
            yield batch, set().union(*rows)


def _opened(path: Path) -> BufferedIOBase:
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")


def _row_blocks(stream: BufferedIOBase, file: str) -> Iterator[list[dict[str, Any]]]:
    n_lines = 0
    while lines := stream.readlines(_BLOCK_BYTES):
        if not n_lines:
            lines[0] = lines[0].removeprefix(_BYTE_ORDER_MARK)
        rows = _decoded(lines, n_lines, file)
        n_lines += len(lines)
        if rows:
            yield rows


def _decoded(lines: list[bytes], n_before: int, file: str) -> list[dict[str, Any]]:
    try:
        return _ROW.decode_lines(b"".join(lines))
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass  # the whole block is quicker, line by line tells where
    rows = []
    for position, line in enumerate(lines, start=n_before + 1):
        try:
            if line.strip():
                rows.append(_ROW.decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise SourceError(f"{file}, line {position:,} is no JSON object: {error}") from error
    return rows


def _column(values: list[Any]) -> pa.Array:
    try:
        return pa.array(values)
    except (pa.ArrowException, OverflowError):
        texts = [value if value is None or isinstance(value, str) else _as_json(value) for value in values]
        return pa.array(texts, pa.string())


def _as_json(value: object) -> str:
    return msgspec.json.encode(value).decode()
