"""An answer to a query as a table for people, or printed as CSV or JSON; one batch of rows in memory at a time."""

import datetime as dt
import decimal
import sys
from collections.abc import Iterable

import pyarrow as pa
from rich.console import Console
from rich.text import Text

from joins.shown_text import shown, shown_lines
from storage_tiers.reading import Answer
from storage_tiers.reading.answer_formats import hex_or_json, named_columns, values_of
from workflows.output_console import Column, print_table, printing

_ALL = "--csv, --json and --parquet FILE have all"
_MOST_OF_A_LIST = 60  # characters of a list, struct or binary value in a table
_NUMBERS = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)


def print_answer(answer: Answer, n_shown: int, console: Console) -> None:
    """Print the first rows as a table, and how many there are; what has no room on a terminal is named."""
    kept, n_rows = list[list[str]](), 0
    for batch in answer.batches:
        if len(kept) < n_shown:
            first = batch.slice(0, min(n_shown - len(kept), batch.num_rows))
            values = [values_of(column, name) for name, column in named_columns(first)]
            kept += [[_cell(value) for value in row] for row in zip(*values, strict=True)]
        n_rows += batch.num_rows
    columns = [Column(shown(field.name), not any(is_(field.type) for is_ in _NUMBERS)) for field in answer.schema]
    print_table(columns, kept, console, _ALL)
    said = f"{n_rows:,} {'row' if n_rows == 1 else 'rows'}"
    if n_rows > len(kept):
        said = f"the first {len(kept):,} of {said}; --rows N prints others, {_ALL}"
    console.print(Text(f"({said})", style="dim"), soft_wrap=True)


def print_blocks(blocks: Iterable[bytes]) -> None:
    """Print what programs read, as it is; on a terminal nothing in it acts."""
    for block in blocks:
        with printing():
            _print_bytes(block)


def _cell(value: object) -> str:
    """Return a value as the cell of a table; numbers with nine digits, lists and structs cut."""
    match value:
        case None:
            return "-"
        case float():
            return format(value, ".9g")
        case decimal.Decimal():
            return format(value, "f")
        case dt.datetime():
            return value.replace(tzinfo=None).isoformat(" ")
        case list() | tuple() | dict() | bytes():
            text = shown(hex_or_json(value))
            return text if len(text) <= _MOST_OF_A_LIST else f"{text[: _MOST_OF_A_LIST - 1]}…"
    return shown(str(value))


def _print_bytes(written: bytes) -> None:
    if sys.stdout.isatty():
        sys.stdout.write(shown_lines(written.decode()))
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(written)
