"""Rows by key out of a version's table, with the values that were loaded: what is jsonb comes back as what it was."""

import datetime as dt
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from storage_tiers.postgresql.columns.column_types import JSON, column_type
from storage_tiers.postgresql.columns.storable_text import is_bytes, is_list
from storage_tiers.postgresql.sessions import Session
from storage_tiers.reading import Row
from storage_tiers.sql_batch.sql_views import quoted_name

_Restore = Callable[[Any], object]

_PLAIN: tuple[tuple[Callable[[pa.DataType], bool], _Restore], ...] = (
    (pa.types.is_float32, lambda number: float(np.float32(number))),
    (pa.types.is_float64, float),  # also of the texts for what JSON has no number for
    (pa.types.is_timestamp, dt.datetime.fromisoformat),
    (pa.types.is_date, dt.date.fromisoformat),
    (is_bytes, bytes.fromhex),
)


@dataclass(frozen=True, slots=True)
class RowsOfTable:
    """The rows of one table, found by key."""

    session: Session
    table: str  # as SQL writes it
    key: str
    schema: pa.Schema

    def of_keys(self, keys: Sequence[int | str], names: Sequence[str] | None = None) -> list[Row]:
        """Return the rows of some keys, in any order, with the values that a row of the dataset has.

        Their fields are all of the schema, or those that are named.
        """
        fields = [*self.schema] if names is None else [self.schema.field(name) for name in names]
        columns = ", ".join(quoted_name(field.name) for field in fields)
        wanted = f"SELECT {columns} FROM {self.table} WHERE {quoted_name(self.key)} = ANY".replace("%", "%%")  # noqa: S608
        restores = [(place, restored) for place, field in enumerate(fields) if (restored := _of_column(field))]
        rows = []
        for values in map(list, self.session.rows(f"{wanted}(%s)", ([*keys],))):
            for place, restored in restores:
                if values[place] is not None:
                    values[place] = restored(values[place])
            rows.append({field.name: value for field, value in zip(fields, values, strict=True)})
        return rows


def differing(rows: RowsOfTable, sample: Iterable[Row]) -> list[object]:
    """Return the keys of those rows of a sample that aren't in a table as they are."""
    expected = [*sample]
    if not expected:
        return []
    there: dict[object, list[Row]] = {}
    for row in rows.of_keys([row[rows.key] for row in expected]):  # type: ignore[misc]  # a key is a number or text
        there.setdefault(row[rows.key], []).append(row)
    return [
        row[rows.key] for row in expected if not any(_is_same(row, found) for found in there.get(row[rows.key], []))
    ]


def _is_same(one: object, other: object) -> bool:
    """Return whether two values are equal, at every depth, NaN to NaN as well."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_is_same(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_is_same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return one == other or (math.isnan(one) and math.isnan(other))
    return one == other


def _of_column(field: pa.Field) -> _Restore | None:
    """Return what makes a value of a column what it was; None where it is that already."""
    if column_type(field.type, field.name) != JSON:
        return None
    restored = _of_json(field.type)
    return lambda text: restored(msgspec.json.decode(text))


def _of_json(type_: pa.DataType) -> _Restore:
    """Return what makes a decoded value of JSON one of a type."""
    if is_list(type_):
        restored = _or_none(_of_json(type_.value_type))
        return lambda items: [restored(item) for item in items]
    if pa.types.is_struct(type_):
        fields = [(field.name, _or_none(_of_json(field.type))) for field in type_]  # jsonb keeps no order of its own
        return lambda members: {name: restored(members[name]) for name, restored in fields}
    plain = type_.value_type if pa.types.is_dictionary(type_) else type_
    return next((restored for is_of, restored in _PLAIN if is_of(plain)), lambda value: value)


def _or_none(restored: _Restore) -> _Restore:
    return lambda value: None if value is None else restored(value)
