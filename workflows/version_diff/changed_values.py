"""Which values of two columns differ, row by row, whatever their types: numbers, texts, lists and structs at any depth.

Null equals null and NaN equals NaN. Where the type of a column changed, values are compared as far as both types can
say the same: floats of two widths in the narrower, so that 0.1 as a float equals 0.1 as a double; texts and binaries of
two widths as they are; of structs the fields that both have.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Mask = npt.NDArray[np.bool_]
Column: TypeAlias = "pa.Array | pa.ChunkedArray"

_LISTS = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
_TEXTS = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
_BYTES = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary, pa.types.is_binary_view)


def differs(before: Column, after: Column) -> Mask:
    """Return which rows of two columns of equal length differ; their types must be `comparable`.

    Examples
    --------
    >>> differs(pa.array([0.5, float("nan"), None, 1.0]), pa.array([0.5, float("nan"), None, None])).tolist()
    [False, False, False, True]
    >>> differs(pa.array([[1, 2], [3], []]), pa.array([[1, 2], [4], [0]])).tolist()
    [False, True, True]
    """
    one, other = _plain(before), _plain(after)
    is_null, is_null_after = (column.is_null().to_numpy(zero_copy_only=False) for column in (one, other))
    changed: Mask = is_null != is_null_after
    both = np.flatnonzero(~(is_null | is_null_after))
    if len(both) == len(one):
        return _values_differ(one, other)
    rows = pa.array(both)
    changed[both] = _values_differ(one.take(rows), other.take(rows))
    return changed


def comparable(before: pa.DataType, after: pa.DataType) -> bool:
    """Return whether values of two types can be compared."""
    one, other = _plain_type(before), _plain_type(after)
    if one.equals(other) or (_is_number(one) and _is_number(other)):
        return True
    if _is(one, _LISTS) and _is(other, _LISTS):
        return comparable(one.value_type, other.value_type)
    if pa.types.is_struct(one) and pa.types.is_struct(other):
        shared = [name for name in _names(one) if name in _names(other)]
        return bool(shared) and all(comparable(one.field(name).type, other.field(name).type) for name in shared)
    if pa.types.is_timestamp(one) and pa.types.is_timestamp(other):
        return (one.tz is None) == (other.tz is None)
    return any(_is(one, kinds) and _is(other, kinds) for kinds in (_TEXTS, _BYTES))


def sizes_of_changes(before: Column, after: Column) -> npt.NDArray[np.float64]:
    """Return by how much numbers differ, as positive numbers; NaN where one of both is null, NaN or infinite.

    Whole numbers are subtracted as such: 2**60 and 2**60 + 1 differ by 1.

    Examples
    --------
    >>> sizes_of_changes(pa.array([1, 2**60, None]), pa.array([4, 2**60 + 1, 7])).tolist()
    [3.0, 1.0, nan]
    """
    one, other = _plain(before), _plain(after)
    sizes: npt.NDArray[np.float64]
    missing = pc.or_(one.is_null(), other.is_null()).to_numpy(zero_copy_only=False)
    if one.type.equals(other.type) and pa.types.is_integer(one.type):
        x, y = (column.fill_null(0).to_numpy(zero_copy_only=False) for column in (one, other))
        wide = np.uint64 if x.dtype == np.uint64 else np.int64
        x, y = x.astype(wide), y.astype(wide)
        sizes = (np.maximum(x, y).view(np.uint64) - np.minimum(x, y).view(np.uint64)).astype(np.float64)
    else:
        x, y = (column.cast(pa.float64()).fill_null(0).to_numpy(zero_copy_only=False) for column in (one, other))
        with np.errstate(invalid="ignore", over="ignore"):
            sizes = np.abs(y - x)
        missing = missing | ~(np.isfinite(x) & np.isfinite(y))
    sizes[missing] = np.nan
    return sizes


def is_measured(type_: pa.DataType) -> bool:
    """Return whether values of a type are numbers that can be nearer or farther."""
    return _is_number(_plain_type(type_))


def _values_differ(one: pa.Array, other: pa.Array) -> Mask:
    """Return which values differ of two columns without nulls at their top."""
    if _is(one.type, _LISTS):
        return _lists_differ(one, other)
    if pa.types.is_struct(one.type):
        changed = np.zeros(len(one), np.bool_)
        for name in (name for name in _names(one.type) if name in _names(other.type)):
            changed |= differs(one.field(name), other.field(name))
        return changed
    type_ = _common_type(one.type, other.type)
    x, y = one.cast(type_, safe=False), other.cast(type_, safe=False)
    if pa.types.is_floating(type_):
        x, y = x.to_numpy(zero_copy_only=False), y.to_numpy(zero_copy_only=False)
        unlike: Mask = (x != y) & ~(np.isnan(x) & np.isnan(y))
        return unlike
    try:
        found: Mask = pc.not_equal(x, y).to_numpy(zero_copy_only=False)
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):  # a type that Arrow compares in no other way
        return np.fromiter((a != b for a, b in zip(x.to_pylist(), y.to_pylist(), strict=True)), np.bool_, len(x))
    return found


def _lists_differ(one: pa.Array, other: pa.Array) -> Mask:
    lengths, lengths_after = (_lengths(column) for column in (one, other))
    changed: Mask = lengths != lengths_after
    same = np.flatnonzero(~changed)
    rows = pa.array(same)
    items, items_after = one.take(rows).flatten(), other.take(rows).flatten()
    owner = np.repeat(np.arange(len(same)), lengths[same])
    changed[same] = np.bincount(owner[differs(items, items_after)], minlength=len(same)) > 0
    return changed


def _lengths(lists: pa.Array) -> npt.NDArray[np.int64]:
    lengths: npt.NDArray[np.int64] = pc.list_value_length(lists).to_numpy(zero_copy_only=False).astype(np.int64)
    return lengths


def _common_type(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    if one.equals(other):
        return one
    if pa.types.is_floating(one) and pa.types.is_floating(other):
        return one if one.bit_width < other.bit_width else other
    if _is_number(one) and _is_number(other):
        is_whole = pa.types.is_integer(one) and pa.types.is_integer(other)
        has_unsigned = pa.types.is_uint64(one) or pa.types.is_uint64(other)
        return (pa.decimal128(38) if has_unsigned else pa.int64()) if is_whole else pa.float64()
    if pa.types.is_timestamp(one):
        finer = min(one.unit, other.unit, key=["ns", "us", "ms", "s"].index)
        return pa.timestamp(finer, one.tz)
    return pa.large_string() if _is(one, _TEXTS) else pa.large_binary()


def _plain(column: Column) -> pa.Array:
    """Return a column as one array of values: of a dictionary its values, of an extension what it is stored as."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array


def _plain_type(type_: pa.DataType) -> pa.DataType:
    if isinstance(type_, pa.BaseExtensionType):
        type_ = type_.storage_type
    return type_.value_type if pa.types.is_dictionary(type_) else type_


def _is(type_: pa.DataType, kinds: tuple[object, ...]) -> bool:
    return any(is_kind(type_) for is_kind in kinds)  # type: ignore[operator]  # functions of pyarrow.types


def _is_number(type_: pa.DataType) -> bool:
    return bool(pa.types.is_integer(type_) or pa.types.is_floating(type_))


def _names(struct: pa.StructType) -> list[str]:
    return [field.name for field in struct]
