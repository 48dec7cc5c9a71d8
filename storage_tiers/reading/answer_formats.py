"""An answer to a query as CSV, JSON or Parquet for programs; one batch of rows in memory at a time.

Columns that share a name get a number behind it: programs would take one for the other, or leave it out.
"""

import itertools
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from joins.shown_text import shown_json
from storage_tiers.errors import DatasetError
from storage_tiers.reading.readers import Answer
from storage_tiers.versioned.on_disk.open_staging import note_closed, note_open

_FLAT = (
    *(pa.types.is_boolean, pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_null),
    *(pa.types.is_string, pa.types.is_large_string, pa.types.is_date, pa.types.is_time, pa.types.is_timestamp),
)
_NO_VALUE = b'""\n'
_MOST_DIGITS = 38
_TOO_LARGE = 10**_MOST_DIGITS
_TO_JSON = msgspec.json.Encoder(enc_hook=str, decimal_format="number")  # NaN and infinity are null, as JSON has none
_UNWRITABLE = (pa.ArrowNotImplementedError, pa.ArrowInvalid, pa.ArrowTypeError)


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


def csv_blocks(answer: Answer) -> Iterator[bytes]:
    """Yield an answer as CSV with a header: null is nothing, an empty text ``""``, lists and structs are JSON.

    Where there is one column, null is ``""`` as well: readers take an empty line for no row.
    """
    none = pa.RecordBatch.from_pylist([], answer.schema)
    for number, batch in enumerate(itertools.chain([none], answer.batches)):
        columns = [_as_csv(column, name) for name, column in named_columns(batch)]
        flat = pa.table(columns, answer.schema.names)
        yield _only_column(flat, has_head=number == 0) if len(columns) == 1 else _lines(flat, has_head=number == 0)


def json_blocks(answer: Answer) -> Iterator[bytes]:
    """Yield an answer as a JSON list of objects, a row a line; times in UTC, binary values as hexadecimal digits."""
    names, before = answer.schema.names, "[\n"
    for batch in answer.batches:
        values = [values_of(column, name) for name, column in named_columns(batch)]
        rows = [shown_json(_json(dict(zip(names, row, strict=True)))) for row in zip(*values, strict=True)]
        if rows:
            yield (before + ",\n".join(rows)).encode()
            before = ",\n"
    yield b"[]\n" if before.startswith("[") else b"\n]\n"


def write_parquet(answer: Answer, path: Path) -> int:
    """Write an answer batch after batch, let the file appear when it is whole, and return how many rows it has."""
    _check_types(answer.schema)
    n_rows = 0
    with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as name:
        folder = Path(name)
        note_open(folder, folder / "lock")  # an interrupted process removes it, too
        try:
            with pq.ParquetWriter(folder / path.name, answer.schema, compression="zstd") as writer:
                for batch in answer.batches:
                    _check_digits(batch)
                    writer.write_batch(batch)
                    n_rows += batch.num_rows
            (folder / path.name).rename(path)
        finally:
            note_closed(folder)
    return n_rows


def _check_types(schema: pa.Schema) -> None:
    for field in schema:
        try:
            pq.ParquetWriter(pa.BufferOutputStream(), pa.schema([field])).close()
        except _UNWRITABLE:
            problem = f"Parquet has no type for column {field.name}, which is {field.type}"
            raise DatasetError(problem, where="query", remedy=cast_to_text(field.name)) from None


def _check_digits(batch: pa.RecordBatch) -> None:
    """Refuse whole numbers with more digits than a decimal of Parquet has; DuckDB's largest have one more."""
    for name, column in named_columns(batch):
        if pa.types.is_decimal128(column.type) and column.type.scale == 0:
            found = pc.min_max(column).as_py()
            if any(abs(value) >= _TOO_LARGE for value in found.values() if value is not None):
                problem = (
                    f"column {name}, HUGEINT, holds a number of {_MOST_DIGITS + 1} digits; Parquet has {_MOST_DIGITS}"
                )
                raise DatasetError(problem, where="query", remedy=cast_to_text(name))


def named_columns(batch: pa.RecordBatch) -> Iterator[tuple[str, pa.Array]]:
    """Return the columns of a batch with their names."""
    return zip(batch.schema.names, batch.columns, strict=True)


def values_of(column: pa.Array, name: str) -> list[object]:
    """Return the values of a column; DatasetError if Python's calendar lacks one of them."""
    finest = _with_text_for_nanoseconds(column.type)
    try:
        values: list[object] = (column if finest == column.type else column.cast(finest)).to_pylist()
    except (OverflowError, ValueError):
        raise _no_calendar(name, column.type) from None
    return values


def _with_text_for_nanoseconds(type_: pa.DataType) -> pa.DataType:
    """Return a type with text in the place of nanoseconds, which Python's times don't have, wherever they are in it."""
    inner = _with_text_for_nanoseconds
    if pa.types.is_map(type_):
        return pa.map_(inner(type_.key_type), inner(type_.item_type))
    if pa.types.is_struct(type_):
        return pa.struct([field.with_type(inner(field.type)) for field in type_])
    if pa.types.is_fixed_size_list(type_):
        return pa.list_(type_.value_field.with_type(inner(type_.value_type)), type_.list_size)
    if pa.types.is_list(type_):
        return pa.list_(type_.value_field.with_type(inner(type_.value_type)))
    is_finest = (pa.types.is_timestamp(type_) or pa.types.is_time64(type_)) and type_.unit == "ns"
    return pa.string() if is_finest else type_


def _as_csv(column: pa.Array, name: str) -> pa.Array:
    if not any(is_(column.type) for is_ in _FLAT):
        texts = (None if value is None else hex_or_json(value) for value in values_of(column, name))
        return pa.array(texts, pa.string())
    if pa.types.is_date(column.type) or pa.types.is_timestamp(column.type):
        values_of(pa.array(pc.min_max(column).values()), name)
    return column


def _lines(flat: pa.Table, *, has_head: bool) -> bytes:
    written = pa.BufferOutputStream()
    pa_csv.write_csv(flat, written, pa_csv.WriteOptions(include_header=has_head))
    lines: bytes = written.getvalue().to_pybytes()
    return lines


def _only_column(flat: pa.Table, *, has_head: bool) -> bytes:
    """Return the lines of the only column, with quotes where they would be empty."""
    if pa.types.is_string(flat.field(0).type) or pa.types.is_large_string(flat.field(0).type):
        return _lines(pa.table([pc.fill_null(flat.column(0), "")], flat.column_names), has_head=has_head)
    lines = _lines(flat, has_head=has_head).splitlines(keepends=True)
    return b"".join(_NO_VALUE if line == b"\n" else line for line in lines)


def _no_calendar(name: str, type_: pa.DataType) -> DatasetError:
    problem = f"column {name}, {type_}, holds a time outside the years 1 to 9999"
    return DatasetError(problem, where="query", remedy=cast_to_text(name))


def cast_to_text(name: str) -> str:
    """Return what to write in place of a column that can't be shown.

    Examples
    --------
    >>> cast_to_text("a b")
    'cast it: CAST("a b" AS VARCHAR)'
    """
    quoted = name if name.isidentifier() and name.isascii() else '"' + name.replace('"', '""') + '"'
    return f"cast it: CAST({quoted} AS VARCHAR)"


def hex_or_json(value: object) -> str:
    """Return a value as hexadecimal digits where it is binary, else as JSON."""
    return value.hex() if isinstance(value, bytes) else _json(value)


def _json(value: object) -> str:
    return _TO_JSON.encode(with_hex(value)).decode()


def with_hex(value: object) -> object:
    """Return a value with hexadecimal digits for bytes, wherever they are in it."""
    match value:
        case bytes():
            return value.hex()
        case dict():
            return {name: with_hex(inner) for name, inner in value.items()}
        case list() | tuple():
            return [with_hex(inner) for inner in value]
    return value
