"""Text as PostgreSQL can hold it: it has no NUL, neither in ``text`` nor in ``jsonb``.

Each NUL becomes U+FFFD, the character that stands for one that can't be shown, and every value that was changed is
counted by its column; the tier keeps the counts and says them. A key stays what it is: one with a NUL is refused.
"""

import pyarrow as pa
import pyarrow.compute as pc

from joins.arrow.chunks import one_array
from storage_tiers.errors import DatasetError

NUL = "\0"
REPLACEMENT = "�"


def without_nul(rows: pa.Table, key: str) -> tuple[pa.Table, dict[str, int]]:
    r"""Return rows without NUL in any text, at every depth, and how many texts of which column were changed.

    Raises DatasetError if keys have one.

    Examples
    --------
    >>> rows, changed = without_nul(pa.table({"id": [1, 2], "name": ["a\0b", "c"]}), "id")
    >>> rows["name"].to_pylist(), changed
    (['a�b', 'c'], {'name': 1})
    """
    changed = {}
    for place, name in enumerate(rows.column_names):
        column, n_changed = _without_nul(one_array(rows[name]))
        if n_changed:
            if name == key:
                raise DatasetError(
                    f"{n_changed:,} of {rows.num_rows:,} keys of {name} have a NUL, which PostgreSQL can't hold",
                    remedy="mend them in the input, or leave the dataset out of the tier postgresql",
                )
            changed[name] = n_changed
            rows = rows.set_column(place, rows.schema.field(name), column)
    return rows, changed


def list_parts(lists: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Return offsets from 0 on, and the items of lists as one array, of lists that may be a slice of others."""
    offsets = lists.offsets
    first, last = offsets[0].as_py(), offsets[-1].as_py()
    return pc.subtract(offsets, pa.scalar(first, offsets.type)), lists.values.slice(first, last - first)


def is_list(type_: pa.DataType) -> bool:
    """Return whether a type is that of lists of any length."""
    return bool(pa.types.is_list(type_) or pa.types.is_large_list(type_))


def is_text(type_: pa.DataType) -> bool:
    """Return whether a type is that of text."""
    return bool(pa.types.is_string(type_) or pa.types.is_large_string(type_))


def is_bytes(type_: pa.DataType) -> bool:
    """Return whether a type is that of bytes, of any length or of one."""
    kinds = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary)
    return any(is_kind(type_) for is_kind in kinds)


def _without_nul(array: pa.Array) -> tuple[pa.Array, int]:
    type_ = array.type
    if pa.types.is_dictionary(type_):
        decoded, n_changed = _without_nul(array.dictionary_decode())
        return (pc.dictionary_encode(decoded).cast(type_), n_changed) if n_changed else (array, 0)
    if is_text(type_):
        n_changed = pc.sum(pc.match_substring(array, NUL)).as_py() or 0
        return (pc.replace_substring(array, NUL, REPLACEMENT), n_changed) if n_changed else (array, 0)
    if is_list(type_):
        offsets, items = list_parts(array)
        items, n_changed = _without_nul(items)
        made = type(array).from_arrays(offsets, items, type=type_, mask=pc.is_null(array)) if n_changed else array
        return made, n_changed
    return _structs_without_nul(array) if pa.types.is_struct(type_) else (array, 0)


def _structs_without_nul(array: pa.StructArray) -> tuple[pa.Array, int]:
    cleaned = [_without_nul(array.field(place)) for place in range(array.type.num_fields)]
    n_changed = sum(n for _, n in cleaned)
    if not n_changed:
        return array, 0
    members = [member for member, _ in cleaned]
    return pa.StructArray.from_arrays(members, fields=[*array.type], mask=pc.is_null(array)), n_changed
