"""Source values to texts, and to the names that ids and digests are made of."""

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from joins.raw.values.integers import refuse_rounded, to_integer, whole_decimals
from joins.raw.values.plain import is_number, plain, trimmed, unwrapped
from joins.raw.values.refusals import UnfitTypeError

_NAME_WITH_POINT = r"^(0|-?[1-9]\d*)\.0+$"  # leading zeros make it a text


def to_text(values: pa.Array) -> pa.Array:
    """Return values as text: numbers in decimal, times in ISO form; texts stay as they are, NaN is null.

    Examples
    --------
    >>> to_text(pa.array([7, None])).to_pylist()
    ['7', None]
    """
    values = plain(values)
    if pa.types.is_nested(values.type):
        raise UnfitTypeError("lists and structs are no texts")
    return pc.cast(values, pa.string())


def to_picture(values: pa.Array) -> pa.Array:
    """Return what tells pictures apart: texts as they are, numbers as `to_name`, because 7.0 and 7 are one picture.

    Examples
    --------
    >>> to_picture(pa.array([7.0, None])).to_pylist(), to_picture(pa.array(["7.0.png"])).to_pylist()
    (['7', None], ['7.0.png'])
    """
    return to_name(values) if is_number(unwrapped(values).type) else to_text(values)


def to_name(values: pa.Array) -> pa.Array:
    """Return values as the text that an id or digest is made of; empty is null.

    The same name comes of an integer, of a whole floating point number or decimal, and of the texts that such are
    written as: 7, 7.0, ``"7"``, ``" 7 "`` and ``"7.00"`` are ``"7"``. Every other text stands for itself: ``"007"``,
    ``"+7"``, ``"7."`` and ``"1e3"`` are names of their own. ValueError tells of a number with a fraction, and of one
    that may have lost digits (see `joins.raw.values.integers`): ``1.23457E+17`` is how spreadsheets show many numbers.

    Examples
    --------
    >>> to_name(pa.array([7.0, None])).to_pylist(), to_name(pa.array(["x ", "7.0", "007", ""])).to_pylist()
    (['7', None], ['x', '7', '007', None])
    """
    values = plain(values)
    if pa.types.is_string(values.type):
        names = trimmed(values)
        refuse_rounded(names)
        return _without_point(names)
    if pa.types.is_decimal(values.type):
        return pc.cast(whole_decimals(values), pa.string())
    if pa.types.is_floating(values.type):
        return pc.cast(to_integer(values), pa.string())
    if pa.types.is_integer(values.type) or pa.types.is_null(values.type):
        return pc.cast(values, pa.string())
    raise UnfitTypeError("ids and digests are made of texts and whole numbers")


def map_unique(values: pa.Array, function: Callable[[str], str | int | None], value_type: pa.DataType) -> pa.Array:
    """Return ``function`` of every text, called once per different text; null stays null.

    Examples
    --------
    >>> map_unique(pa.array(["a", None, "bcd", "a"]), len, pa.int64()).to_pylist()
    [1, None, 3, 1]
    """
    encoded = values.dictionary_encode()
    mapped = pa.array([function(text) for text in encoded.dictionary.to_pylist()], value_type)
    return mapped.take(encoded.indices)


def _without_point(texts: pa.Array) -> pa.Array:
    ends = pc.fill_null(pc.ends_with(texts, "0"), fill_value=False)  # few texts do, and it is quickly seen
    candidates = texts.filter(ends)
    with_point = candidates.filter(pc.match_substring_regex(candidates, _NAME_WITH_POINT))
    if not len(with_point):
        return texts
    to_integer(with_point)  # it refuses those that may have lost digits
    return pc.replace_substring_regex(texts, pattern=_NAME_WITH_POINT, replacement=r"\1")
