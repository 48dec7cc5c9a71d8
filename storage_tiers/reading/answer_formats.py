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
    """Yield an answer as CSV with a header: null is nothing, an empty text ``""``, lists and structs are JSON."""
    none = pa.RecordBatch.from_pylist([], answer.schema)
    for number, batch in enumerate(itertools.chain([none], answer.batches)):
        flat = pa.table([_as_csv(column, name) for name, column in named_columns(batch)], answer.schema.names)
        written = pa.BufferOutputStream()
        pa_csv.write_csv(flat, written, pa_csv.WriteOptions(include_header=number == 0))
        yield written.getvalue().to_pybytes()


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
            remedy = f"cast it: CAST({field.name} AS VARCHAR)"
            raise DatasetError(
                f"Parquet has no type for column {field.name}, which is {field.type}", where="query", remedy=remedy
            ) from None


def named_columns(batch: pa.RecordBatch) -> Iterator[tuple[str, pa.Array]]:
    """Return the columns of a batch with their names."""
    return zip(batch.schema.names, batch.columns, strict=True)


def values_of(column: pa.Array, name: str) -> list[object]:
    """Return the values of a column; DatasetError if Python's calendar lacks one of them."""
    try:
        values: list[object] = column.to_pylist()
    except (OverflowError, ValueError):
        raise _no_calendar(name) from None
    return values


def _as_csv(column: pa.Array, name: str) -> pa.Array:
    if not any(is_(column.type) for is_ in _FLAT):
        texts = (None if value is None else hex_or_json(value) for value in values_of(column, name))
        return pa.array(texts, pa.string())
    if pa.types.is_date(column.type) or pa.types.is_timestamp(column.type):
        values_of(pa.array(pc.min_max(column).values()), name)
    return column


def _no_calendar(name: str) -> DatasetError:
    problem = f"column {name} holds a time outside the years 1 to 9999"
    return DatasetError(problem, where="query", remedy=f"cast it: CAST({name} AS VARCHAR)")


def hex_or_json(value: object) -> str:
    """Return a value as hexadecimal digits where it is binary, else as JSON."""
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
