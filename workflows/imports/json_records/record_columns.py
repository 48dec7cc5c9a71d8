"""Columns of JSON values as Arrow arrays, whose kind never changes what a value becomes.

A batch of integers keeps its kind. Any other becomes text, each value as JSON writes it, so that ``7`` and ``"7"`` are
the same id wherever a batch ends, and integers beyond 64 bits keep their digits. Truth values are texts even where they
are alone, or an id of ``true`` would be an error in one batch and a text in another.
"""

from collections.abc import Sequence

import pyarrow as pa

from joins.errors import SourceError
from workflows.imports.json_records.nested_names import MISSING, shown
from workflows.imports.source_names import leaf_names

_NO_VALUE = type(None)
_MOST_LISTED = 12  # names in a message


def column(values: Sequence[object], name: str, file: str, first: int = 1) -> tuple[pa.Array, int]:
    r"""Return values as an array, `MISSING` ones as null, and in how many texts half surrogates were replaced.

    Parameters
    ----------
    values
        As JSON has them, apart from numbers with a fraction, which are texts.
    name, file, first
        The column, its file, and the position of the first value there, for messages.

    Raises
    ------
    SourceError
        If a value is an object or a list that isn't empty: a mapping has to say which value in it is meant.

    Examples
    --------
    >>> array, n_replaced = column([7, "7", True, 2**64, None, MISSING], "id", "pins.jsonl")
    >>> array.to_pylist(), n_replaced
    (['7', '7', 'true', '18446744073709551616', None, None], 0)
    >>> column(["\ud83d cut"], "note", "pins.jsonl")[1]
    1
    """
    kinds = set(map(type, values))
    if type(MISSING) in kinds:
        values = [None if value is MISSING else value for value in values]
    if kinds & {list, dict}:
        values = [_without_empty(value, name, f"{file}, row {row:,}") for row, value in enumerate(values, start=first)]
    kinds = set(map(type, values)) - {_NO_VALUE}
    if not kinds:
        return pa.nulls(len(values)), 0
    if kinds == {str}:
        return _texts(values)
    if kinds == {int}:
        try:
            return pa.array(values, pa.int64()), 0
        except OverflowError:
            pass  # an integer beyond 64 bits
    return _texts([None if value is None else _as_text(value) for value in values])


def _without_empty(value: object, name: str, where: str) -> object:
    if not isinstance(value, list | dict):
        return value
    if not value:
        return None
    names = list(leaf_names(value, name))
    more = f" and {len(names) - _MOST_LISTED:,} more" if len(names) > _MOST_LISTED else ""
    raise SourceError(
        f"column {name!r} holds {'a list' if isinstance(value, list) else 'an object'}: {shown(value)}",
        where=where,
        remedy=f"name a value in it: {', '.join(names[:_MOST_LISTED])}{more}{_if_columns(value)}",
    )


def _if_columns(value: list[object] | dict[str, object]) -> str:
    """Say what helps if a record is no record: if its lists or objects by position are whole columns."""
    keys = value if isinstance(value, dict) else map(str, range(len(value)))
    below = value.values() if isinstance(value, dict) else value
    is_column = (
        len(value) > 1 and all(map(str.isdecimal, keys)) and not any(isinstance(it, list | dict) for it in below)
    )
    return '; if the file holds whole columns, write it row by row (in pandas orient="records")' if is_column else ""


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _texts(texts: Sequence[object]) -> tuple[pa.Array, int]:
    try:
        return pa.array(texts, pa.string()), 0
    except UnicodeEncodeError:
        whole = [_whole(text) if isinstance(text, str) else None for text in texts]
    n_replaced = sum(
        text is not None and text.count("\ufffd") > str(old).count("\ufffd")
        for text, old in zip(whole, texts, strict=True)
    )
    return pa.array(whole, pa.string()), n_replaced


def _whole(text: str) -> str:
    """Return a text with its surrogates joined in pairs, and U+FFFD for those left over."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
