"""Read Parquet files of an import in batches, of the columns asked for and of what lies in structs, lists and maps.

``board.id`` is the field ``id`` of the struct ``board``, ``images.0.url`` a field of the first element of a list, and
``images.orig.url`` that of the key ``orig`` of a map. A column that is called ``board.id`` itself wins. Where a struct
is null, a list short or a key missing, the value is null. Of structs only the fields asked for are read.
"""

from collections.abc import Iterator, Sequence
from functools import reduce
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from joins.errors import SourceError
from workflows.imports.source_names import list_position
from workflows.imports.unfound_names import DeepestLevel

_BATCH_ROWS = 131_072


def parquet_columns(path: Path) -> tuple[str, ...]:
    """Return the names of the columns, for a struct the names of what lies in it."""
    return tuple(name for field in pq.read_schema(path) for name in _leaf_names(field.name, field.type))


def parquet_lacks(path: Path, columns: Sequence[str]) -> list[str]:
    """Return those of the columns asked for that the file doesn't have, also not inside another one."""
    schema = pq.read_schema(path)
    twice = [name for name in columns if schema.names.count(name) > 1]
    if twice:
        raise SourceError(f"{path.name} has two columns {twice[0]!r}", remedy="give each its own name")
    return [name for name in columns if not _keys(schema, name)]


def parquet_batches(path: Path, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Yield batches of the columns asked for, which the file must have."""
    # Old timestamps of 96 bits would wrap around as nanoseconds before 1677 and after 2262.
    with pq.ParquetFile(path, coerce_int96_timestamp_unit="us", page_checksum_verification=True) as file:
        keys = [_keys(file.schema_arrow, name) for name in columns]
        read = [_read_path(file.schema_arrow, of_column) for of_column in keys]
        for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=read):
            arrays = [reduce(_below, of_column[1:], batch[of_column[0]]) for of_column in keys]
            yield pa.RecordBatch.from_arrays(arrays, names=list(columns)) if columns else batch


def told_by_values(path: Path, columns: Sequence[str]) -> list[str]:
    """Return the columns that every row may lack, whatever the schema says: keys of maps and positions in lists."""
    schema = pq.read_schema(path)
    return [name for name in columns if _is_told_by_values(schema, _keys(schema, name))]


def parquet_level(path: Path, name: str) -> DeepestLevel:
    """Return how far a name leads that no row of a file has."""
    with pq.ParquetFile(path, coerce_int96_timestamp_unit="us") as file:
        column, *keys = _keys(file.schema_arrow, name)
        deepest = DeepestLevel()
        for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=[column]):
            n_levels, there = _followed(batch.column(0), keys)
            deepest = deepest.merged(DeepestLevel((column, *keys[:n_levels]), tuple(there)))
    return deepest


def _followed(values: pa.Array, keys: Sequence[str]) -> tuple[int, list[str]]:
    """Return how many keys lead on in some row, and the keys of the maps in which the next one is in none."""
    for n_levels, key in enumerate(keys):
        if pa.types.is_map(values.type):
            there = pc.unique(values.keys[values.offsets[0].as_py() : values.offsets[-1].as_py()]).to_pylist()
            if key not in there:
                return n_levels, there
        values = _below(values, key)
        if values.null_count == len(values):
            return n_levels, []
    return len(keys), []


def _is_told_by_values(schema: pa.Schema, keys: list[str]) -> bool:
    """Return whether a row may lack what a name means though the schema allows it."""
    type_ = schema.field(keys[0]).type
    for key in keys[1:]:
        if not pa.types.is_struct(type_):
            return True
        type_ = _type_below(type_, key)
    return False


def _keys(schema: pa.Schema, name: str) -> list[str]:
    """Return the column that a name means, and the keys that lead on from there; empty if nothing has that name."""
    if name in schema.names:
        return [name]
    column, *keys = name.split(".")
    type_ = schema.field(column).type if schema.names.count(column) == 1 else None
    return [column, *keys] if reduce(_type_below, keys, type_) is not None else []


def _read_path(schema: pa.Schema, keys: list[str]) -> str:
    """Return the name of what has to be read: fields of structs alone, lists and maps whole."""
    type_ = schema.field(keys[0]).type
    n_read = 1
    while n_read < len(keys) and pa.types.is_struct(type_):
        type_ = _type_below(type_, keys[n_read])
        n_read += 1
    return ".".join(keys[:n_read])


def _is_list(type_: pa.DataType) -> bool:
    return any(is_kind(type_) for is_kind in (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list))


def _type_below(type_: pa.DataType | None, key: str) -> pa.DataType | None:
    if type_ is None:
        return None
    if pa.types.is_struct(type_):
        position = type_.get_field_index(key)
        return type_.field(position).type if position >= 0 else None
    if pa.types.is_map(type_) and pa.types.is_string(type_.key_type):
        return type_.item_type
    return type_.value_type if _is_list(type_) and list_position(key) is not None else None


def _below(values: pa.Array, key: str) -> pa.Array:
    if pa.types.is_struct(values.type):
        return pc.struct_field(values, values.type.get_field_index(key))
    if pa.types.is_map(values.type):
        return pc.map_lookup(values, pa.scalar(key), "last")
    place = list_position(key) or 0
    padded = pc.list_slice(values, place, place + 1, return_fixed_size_list=True)  # null where a list is too short
    return pc.list_element(padded, 0)


def _leaf_names(name: str, type_: pa.DataType) -> Iterator[str]:
    if pa.types.is_struct(type_):
        for field in type_:
            yield from _leaf_names(f"{name}.{field.name}", field.type)
    elif _is_list(type_) and pa.types.is_struct(type_.value_type):
        yield from _leaf_names(f"{name}.0", type_.value_type)
    else:
        yield name
