"""Say what keeps a block of rows from being parsed: in which row and column, which text, and what helps."""

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.csv as pa_csv

from joins.errors import SourceError
from joins.raw.mapped.source_form import SourceForm
from workflows.imports.csv_text.csv_rows import RowBlock
from workflows.imports.csv_text.row_parser import RowParser, dialect
from workflows.imports.csv_text.text_encoding import line_at, not_decodable, undecodable

_LONGEST_SHOWN = 60  # characters of a row
_AS_ASCII = bytes(range(128)) + b"?" * 128  # pyarrow decodes the rows that it complains of


def misread(parser: RowParser, block: RowBlock, n_before: int) -> SourceError | None:
    """Return the error of a block that can't be parsed; None if its cause isn't known.

    Parameters
    ----------
    parser
        What failed.
    block
        The rows.
    n_before
        How many rows of the file come before them; the header isn't one.
    """
    return _ragged(parser, block, n_before) or _undecodable(parser, block, n_before)


def header_names(fields: Sequence[bytes], form: SourceForm, file: str) -> tuple[str, ...]:
    """Return the names in a header line.

    Raises
    ------
    SourceError
        If one isn't of the encoding, or holds a NUL.
    """
    names = []
    for place, field in enumerate(fields, start=1):
        where = f"{file}, the header, column {place:,}"
        strange = undecodable(field)
        if strange:
            raise not_decodable(strange[0], form.encoding, where, strange[1])
        if b"\0" in field:
            raise SourceError(f"the name {_shortened(field)} holds a NUL, as no text does", where=where)
        names.append(field.decode())
    return tuple(names)


def _ragged(parser: RowParser, block: RowBlock, n_before: int) -> SourceError | None:
    found: list[pa_csv.InvalidRow] = []

    def refuse(row: pa_csv.InvalidRow) -> str:
        found.append(row)
        return "error"

    rows = block.rows.translate(_AS_ASCII)
    names = [str(place) for place in range(len(parser.names))]
    reading = pa_csv.ReadOptions(column_names=names, block_size=len(rows) + 1, use_threads=False)
    convert = pa_csv.ConvertOptions(include_columns=names[:1], column_types={names[0]: pa.binary()})
    try:
        pa_csv.read_csv(pa.py_buffer(rows), reading, dialect(parser.form, refuse), convert)
    except pa.ArrowInvalid:
        return _of_row(parser, block, n_before, found[0]) if found else None
    return None


def _of_row(parser: RowParser, block: RowBlock, n_before: int, row: pa_csv.InvalidRow) -> SourceError:
    start, end = block.row_at(row.number)
    line = line_at(parser.path, parser.form.encoding, block.offset + start)
    found = f"{row.actual_columns:,} column{'s' if row.actual_columns > 1 else ''}"
    return SourceError(
        f"{found} instead of {row.expected_columns:,}: {_shortened(block.written[start:end])}",
        where=f"{parser.path.name}, row {n_before + row.number:,} (line {line:,})",
        remedy=f"look at delimiter ({parser.form.delimiter!r}), quote and escape in the mapping, or mend the row",
    )


def _undecodable(parser: RowParser, block: RowBlock, n_before: int) -> SourceError | None:
    columns = parser.binary_columns(block)
    rows = [row for row in map(_first_undecodable, columns) if row is not None]
    if not rows:
        return None
    for name, column in zip(parser.wanted_names, columns, strict=True):
        strange = undecodable(column[min(rows)].as_py() or b"")
        if strange:
            where = f"{parser.path.name}, row {n_before + min(rows) + 1:,}, column {name!r}"
            return not_decodable(strange[0], parser.form.encoding, where, strange[1])
    return None


def _first_undecodable(texts: pa.Array) -> int | None:
    """Return the first row whose text is no UTF-8; None if all are."""
    if _is_utf_8(texts):
        return None
    low, high = 0, len(texts)  # it lies in [low, high)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _is_utf_8(texts.slice(low, middle - low)) else (low, middle)
    return low


def _is_utf_8(texts: pa.Array) -> bool:
    try:
        texts.cast(pa.string())
    except pa.ArrowInvalid:
        return False
    return True


def _shortened(text: bytes | bytearray) -> str:
    shown = text.decode(errors="replace")
    return repr(shown if len(shown) <= _LONGEST_SHOWN else f"{shown[:_LONGEST_SHOWN]}...")
