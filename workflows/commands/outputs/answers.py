"""An answer to a query as a table for people, or for programs as CSV or JSON; one batch of rows in memory at a time.

Columns that share a name get a number behind it: programs would take one for the other, or leave it out.
"""

import datetime as dt
import decimal
import itertools
import sys
from collections.abc import Iterator, Sequence

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
from rich.console import Console
from rich.text import Text

from joins.shown_text import shown, shown_json, shown_lines
from storage_tiers.errors import DatasetError
from storage_tiers.reading import Answer
from workflows.output_console import Column, print_table, printing

_ALL = "--csv, --json and --parquet FILE have all"
_MOST_OF_A_LIST = 60  # characters of a list, struct or binary value in a table
_FLAT = (
    *(pa.types.is_boolean, pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_null),
    *(pa.types.is_string, pa.types.is_large_string, pa.types.is_date, pa.types.is_time, pa.types.is_timestamp),
)
_NUMBERS = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)
_TO_JSON = msgspec.json.Encoder(enc_hook=str, decimal_format="number")  # NaN and infinity are null, as JSON has none


def with_distinct_names(answer: Answer) -> Answer:
    """Return the answer with columns that all have names of their own, and plain values in place of ENUMs."""
    names = list(distinct(answer.schema.names))
    types = [field.type.value_type if pa.types.is_dictionary(field.type) else field.type for field in answer.schema]
    schema = pa.schema(zip(names, types, strict=True))

    def renamed(batch: pa.RecordBatch) -> pa.RecordBatch:
        columns = [
            column.dictionary_decode() if pa.types.is_dictionary(column.type) else column for column in batch.columns
        ]
        return pa.RecordBatch.from_arrays(columns, schema=schema)

    return Answer(schema, map(renamed, answer.batches))


def distinct(names: Sequence[str]) -> Iterator[str]:
    """Yield names of which some may be equal, each once: the second of a name is called ``name_1``.

    Examples
    --------
    >>> list(distinct(["a", "a", "b", "a_1", "a"]))
    ['a', 'a_2', 'b', 'a_1', 'a_3']
    """
    taken, given = {*names}, set[str]()
    for name in names:
        free = (f"{name}_{number}" for number in itertools.count(1))
        mine = name if name not in given else next(one for one in free if one not in taken)
        given.add(mine)
        taken.add(mine)
        yield mine


def print_answer(answer: Answer, n_shown: int, console: Console) -> None:
    """Print the first rows as a table, and how many there are; what has no room on a terminal is named."""
    kept, n_rows = list[list[str]](), 0
    for batch in answer.batches:
        if len(kept) < n_shown:
            values = [_values(column, name) for name, column in _named(batch.slice(0, n_shown - len(kept)))]
            kept += [[_cell(value) for value in row] for row in zip(*values, strict=True)]
        n_rows += batch.num_rows
    columns = [Column(shown(field.name), not any(is_(field.type) for is_ in _NUMBERS)) for field in answer.schema]
    print_table(columns, kept, console, _ALL)
    said = f"{n_rows:,} {'row' if n_rows == 1 else 'rows'}"
    if n_rows > len(kept):
        said = f"the first {len(kept):,} of {said}; --rows N prints others, {_ALL}"
    console.print(Text(f"({said})", style="dim"), soft_wrap=True)


def print_csv(answer: Answer) -> None:
    """Print an answer as CSV with a header: null is nothing, an empty text ``""``, lists and structs are JSON."""
    none = pa.RecordBatch.from_pylist([], answer.schema)
    for number, batch in enumerate(itertools.chain([none], answer.batches)):
        flat = pa.table([_as_csv(column, name) for name, column in _named(batch)], answer.schema.names)
        written = pa.BufferOutputStream()
        pa_csv.write_csv(flat, written, pa_csv.WriteOptions(include_header=number == 0))
        _print_bytes(written.getvalue().to_pybytes())


def print_json(answer: Answer) -> None:
    """Print an answer as a JSON list of objects, a row a line; times in UTC, binary values as hexadecimal digits."""
    names, before = answer.schema.names, "[\n"
    for batch in answer.batches:
        values = [_values(column, name) for name, column in _named(batch)]
        rows = [shown_json(_json(dict(zip(names, row, strict=True)))) for row in zip(*values, strict=True)]
        if rows:
            _print_bytes((before + ",\n".join(rows)).encode())
            before = ",\n"
    _print_bytes(b"[]\n" if before.startswith("[") else b"\n]\n")


def _named(batch: pa.RecordBatch) -> Iterator[tuple[str, pa.Array]]:
    return zip(batch.schema.names, batch.columns, strict=True)


def _values(column: pa.Array, name: str) -> list[object]:
    try:
        values: list[object] = column.to_pylist()
    except (OverflowError, ValueError):
        raise _no_calendar(name) from None
    return values


def _as_csv(column: pa.Array, name: str) -> pa.Array:
    if not any(is_(column.type) for is_ in _FLAT):
        texts = (None if value is None else _hex_or_json(value) for value in _values(column, name))
        return pa.array(texts, pa.string())
    if pa.types.is_date(column.type) or pa.types.is_timestamp(column.type):
        _values(pa.array(pc.min_max(column).values()), name)
    return column


def _no_calendar(name: str) -> DatasetError:
    problem = f"column {name} holds a time outside the years 1 to 9999"
    return DatasetError(problem, where="query", remedy=f"cast it: CAST({name} AS VARCHAR)")


def _hex_or_json(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else _json(value)


def _json(value: object) -> str:
    return _TO_JSON.encode(_with_hex(value)).decode()


def _with_hex(value: object) -> object:
    """Return a value with hexadecimal digits for bytes, wherever they are in it."""
    match value:
        case bytes():
            return value.hex()
        case dict():
            return {name: _with_hex(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_with_hex(inner) for inner in value]
    return value


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
            text = shown(_hex_or_json(value))
            return text if len(text) <= _MOST_OF_A_LIST else f"{text[: _MOST_OF_A_LIST - 1]}…"
    return shown(str(value))


def _print_bytes(written: bytes) -> None:
    """Print what programs read, as it is; on a terminal nothing in it acts."""
    with printing():
        if sys.stdout.isatty():
            sys.stdout.write(shown_lines(written.decode()))
        else:
            sys.stdout.flush()
            sys.stdout.buffer.write(written)
