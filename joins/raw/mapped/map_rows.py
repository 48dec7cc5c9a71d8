"""Apply a table's mapping to the rows of its source: source columns in, raw columns out.

Rows aren't judged here: duplicates, unknown boards and missing ids are for the check of raw input, which sets such
rows aside with a reason. So every raw field may be null here, also where the raw schema says it may not.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from joins.errors import SourceError
from joins.raw.mapped.category_spelling import CategoryTally, spell_categories
from joins.raw.mapped.field_sources import ENTITY_OF_FIELD, Constant, FieldSource, FromColumn
from joins.raw.mapped.mapping import TableMapping
from joins.raw.mapped.stable_ids import SourceIds, text_digests
from joins.raw.schemas import PICTURE_FIELDS, TIMESTAMP, all_nullable
from joins.raw.value_tally import ValueTally
from joins.raw.values import (
    ColumnPlace,
    Times,
    convert_column,
    decoded,
    is_number,
    is_text,
    plain,
    to_integer,
    to_name,
    to_picture,
    to_text,
    to_timestamp,
    unwrapped,
    without_missing,
)

_NAMED_BY_TEXT = (pa.types.is_string, pa.types.is_integer, pa.types.is_boolean)  # as null_values hold them
_NUMBER, _WHOLE = r"-?\d+(\.\d+)?", r"-?\d+"
_CORRECT = "correct the source"
_CORRECT_OR_NAME = "correct the source, or name such values in null_values"
_SAY_ENCODING = "write such texts as UTF-8, or say the encoding of the source in the mapping"
_Convert = Callable[[pa.Array], pa.Array | Times]


@dataclass(frozen=True, slots=True)
class SourceRows:
    """Consecutive rows of one source file, with the columns that the mapping reads, and where they stand."""

    batch: pa.RecordBatch
    file: str  # its name, for messages
    first_in_file: int = 1  # position of the first row in its file, from 1; a header isn't counted
    first_in_source: int = 1  # the same through all files of the source
    n_replaced: Mapping[str, int] = field(default_factory=dict)  # by column: texts whose half surrogates became U+FFFD


@dataclass(frozen=True, slots=True)
class Collected:
    """What an import gathers while it maps: ids that it minted, categories that it respelled, texts read as missing."""

    source_ids: SourceIds = field(default_factory=SourceIds)
    categories: CategoryTally = field(default_factory=CategoryTally)
    values: ValueTally = field(default_factory=ValueTally)


def map_rows(mapping: TableMapping, rows: SourceRows, collected: Collected) -> pa.Table:
    """Return source rows as raw rows, one for each, in the same order; every field of the raw schema is nullable.

    Ids that are minted and categories that are respelled are added to ``collected``.

    Raises
    ------
    SourceError
        If a value can't become its raw field; it names the file, the row, the column and the value.

    Examples
    --------
    >>> from joins.raw.schemas import RAW_USERS
    >>> mapping = TableMapping(RAW_USERS, "people.csv", {"user_id": FromColumn("who"), "country": Constant("IS")})
    >>> rows = SourceRows(pa.record_batch({"who": ["7", "9"]}), "people.csv")
    >>> map_rows(mapping, rows, Collected()).select(["user_id", "country"]).to_pylist()
    [{'user_id': 7, 'country': 'IS'}, {'user_id': 9, 'country': 'IS'}]
    """
    schema = all_nullable(mapping.table.schema)
    columns = []
    for target in schema:
        origin = mapping.columns.get(target.name)
        if origin is None:
            values = pa.nulls(len(rows.batch), target.type)
        elif isinstance(origin, FromColumn):
            values = _from_column(target, origin, mapping, rows, collected)
        else:
            values = _without_column(target, origin, rows)
        if target.name == "category" and mapping.category is not None:
            values = spell_categories(values, mapping.category, collected.categories)
        columns.append(values)
    return pa.table(columns, schema=schema)


def _without_column(target: pa.Field, origin: FieldSource, rows: SourceRows) -> pa.Array:
    n_rows = len(rows.batch)
    if isinstance(origin, Constant):
        constant = pa.array([origin.value])
        is_time = target.type == TIMESTAMP
        return pa.repeat((to_timestamp(constant).values if is_time else pc.cast(constant, target.type))[0], n_rows)
    return pa.array(np.arange(rows.first_in_source, rows.first_in_source + n_rows), target.type)


def _from_column(
    target: pa.Field, origin: FromColumn, mapping: TableMapping, rows: SourceRows, collected: Collected
) -> pa.Array:
    read = partial(_read, target=target, mapping=mapping, rows=rows)
    convert = _converter(target, origin)
    values, n_cut, n_missing = read(origin.column, convert)
    if origin.null_if_equal is not None:
        # Both are compared as what they become, so that 7.0 equals 7 if they are ids.
        compare = to_text if target.type == TIMESTAMP else convert
        one = values if compare is convert else read(origin.column, compare)[0]
        same = pc.equal(one, read(origin.null_if_equal, compare)[0])
        values = pc.if_else(pc.fill_null(same, fill_value=False), pa.scalar(None, values.type), values)
    name = f"{mapping.table.name}.{target.name}"
    collected.values.add(name, values, n_cut, n_missing)
    collected.values.n_replaced[name] += rows.n_replaced.get(origin.column, 0)
    if origin.conversion == "id":
        return collected.source_ids.mint(ENTITY_OF_FIELD[target.name], values)
    return text_digests(values) if origin.conversion == "digest" else values


def _converter(target: pa.Field, origin: FromColumn) -> _Convert:
    if origin.conversion in ("id", "digest"):
        return to_name
    if target.type == TIMESTAMP:
        return partial(to_timestamp, form=origin.time_format, unit=origin.unit)
    if target.name in PICTURE_FIELDS:
        return to_picture
    return to_integer if target.type == pa.int64() else to_text


def _read(
    column: str, convert: _Convert, target: pa.Field, mapping: TableMapping, rows: SourceRows
) -> tuple[pa.Array, int, Counter[str]]:
    """Return a column converted, how many times lost a fraction, and which texts were read as missing."""
    place = ColumnPlace(column, rows.file, rows.first_in_file)
    values = rows.batch[column]
    told = convert_column(values, partial(_told, mapping=mapping), target, place, SourceError, _SAY_ENCODING)
    n_missing = Counter[str]()
    if convert is not to_text:
        # What null_values names has been null since; here it counts with blanks around it too, and as pandas writes
        # integers of a column with gaps.
        with_point = [f"{text}.0" for text in mapping.null_values if re.fullmatch(_WHOLE, text)]
        told, n_missing = without_missing(told, (*mapping.missing_ids, *mapping.null_values, *with_point))
    remedy = _CORRECT_OR_NAME if pa.types.is_string(told.type) or is_number(told.type) else _CORRECT
    converted = convert_column(told, convert, target, place, SourceError, remedy)
    times, n_cut = converted if isinstance(converted, Times) else (converted, 0)
    return times, n_cut, n_missing


def _told(values: pa.Array, mapping: TableMapping) -> pa.Array:
    """Return texts of any encoding and kind as strings, and null for what the mapping names as null."""
    values = unwrapped(values)
    if is_text(values.type):
        values = plain(values if mapping.form.encoding == "utf-8" else decoded(values, mapping.form.encoding))
    if not mapping.null_values:
        return values
    if any(is_kind(values.type) for is_kind in _NAMED_BY_TEXT):
        is_null = pc.is_in(pc.cast(values, pa.string()), value_set=pa.array(mapping.null_values, pa.string()))
    elif is_number(values.type):  # 0.0 and 0.00 are "0"
        named = [float(text) for text in mapping.null_values if re.fullmatch(_NUMBER, text)]
        is_null = pc.is_in(pc.cast(values, pa.float64()), value_set=pa.array(named, pa.float64()))
    elif pa.types.is_timestamp(values.type) or pa.types.is_date(values.type):
        is_null = pc.is_in(to_timestamp(values).values, value_set=_times(mapping.null_values))
    else:
        return values
    return pc.if_else(is_null, pa.scalar(None, values.type), values)


def _times(texts: tuple[str, ...]) -> pa.Array:
    """Return the times among texts, as ISO 8601 writes them."""
    times = [pa.array([], TIMESTAMP)]
    for text in texts:
        with suppress(ValueError):  # it names a text or a number
            times.append(to_timestamp(pa.array([text])).values)
    return pa.concat_arrays(times)
