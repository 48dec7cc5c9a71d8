"""Answers to queries as Arrow tables: each type of PostgreSQL becomes its Arrow type, what has none its text."""

import decimal
from collections.abc import Sequence

import pyarrow as pa

from storage_tiers.errors import DatasetError
from storage_tiers.postgresql.sessions import Session

_ARROW_TYPES = {
    16: pa.bool_(),
    17: pa.binary(),
    20: pa.int64(),
    21: pa.int16(),
    23: pa.int32(),
    25: pa.string(),
    26: pa.uint32(),  # oid
    700: pa.float32(),
    701: pa.float64(),
    1043: pa.string(),
    1082: pa.date32(),
    1114: pa.timestamp("us"),
    1184: pa.timestamp("us", tz="UTC"),
}
_JSON_TYPES = {114, 3802}
_NUMERIC_TYPE = 1700
_LISTS = {1000: 16, 1001: 17, 1005: 21, 1007: 23, 1009: 25, 1016: 20, 1021: 700, 1022: 701, 1185: 1184}
_MOST_DIGITS = 76


def arrow_answer(session: Session, query: str, where: str) -> pa.Table:
    """Return the answer to a query; jsonb as JSON text, numeric as decimals as wide as the answer needs.

    Raises DatasetError if the query is refused, or has no answer.
    """
    with session.transaction():
        session.run("SET TRANSACTION READ ONLY")
        session.run(f"SET LOCAL search_path TO {session.schema}, public")
        answer = session.answer(query)
    if answer is None:
        raise DatasetError(f"{query!r} has no answer; give one SELECT", where=where)
    columns, rows = answer
    values = [*zip(*rows, strict=True)] if rows else [()] * len(columns)
    arrays = [_array(number, column) for (_, number), column in zip(columns, values, strict=True)]
    return pa.Table.from_arrays(arrays, names=[name for name, _ in columns])


def _array(number: int, values: Sequence[object]) -> pa.Array:
    if number in _JSON_TYPES:
        return pa.array(values, pa.string())
    if number == _NUMERIC_TYPE:
        return _decimals(values)
    type_ = pa.list_(_ARROW_TYPES[_LISTS[number]]) if number in _LISTS else _ARROW_TYPES.get(number)
    return pa.array(values, type_) if type_ else pa.array([_text(value) for value in values], pa.string())


def _decimals(values: Sequence[object]) -> pa.Array:
    """Return numbers as decimals of one width; as text where one is too wide or none at all."""
    finite = [value for value in values if isinstance(value, decimal.Decimal) and value.is_finite()]
    scale = max((-int(value.as_tuple().exponent) for value in finite), default=0)
    whole = max((value.adjusted() + 1 for value in finite), default=1)
    n_digits = max(1, whole, 1) + max(0, scale)
    if len(finite) < sum(value is not None for value in values) or n_digits > _MOST_DIGITS:
        return pa.array([_text(value) for value in values], pa.string())
    type_ = pa.decimal128(38, max(0, scale)) if n_digits <= 38 else pa.decimal256(76, max(0, scale))  # noqa: PLR2004
    return pa.array(values, type_)


def _text(value: object) -> str | None:
    return None if value is None else str(value)
