"""The boards, owners' labels and pins of one correction, checked and in one fixed order.

Row order of the tables leaves no trace: boards are numbered by id and categories by name.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from joins.arrow.groups import Ints
from joins.errors import DiscoveryError

MAX_CATEGORIES = 1000  # above it "categories" are free text, and boards x categories no longer fits


class BoardCategoriesError(DiscoveryError, ValueError):
    """The tables handed to the category correction cannot be what it needs; the message says which and why."""


@dataclass(frozen=True, slots=True)
class LabelledBoards:
    """Boards and the labels that their owners gave them.

    Parameters
    ----------
    board_ids
        int64, shape ``(n_boards,)``, ascending.
    names
        The distinct categories, ascending; a category's position here is its code.
    labels
        int64, shape ``(n_boards,)``: code of the owner's category, -1 where there is none.
    """

    board_ids: Ints
    names: tuple[str, ...]
    labels: Ints


def labelled_boards(board_categories: pa.Table, other_boards: Ints | None = None) -> LabelledBoards:
    """Order boards by id and categories by name, every board once; `other_boards` may have no row, and no label.

    A `BoardCategoriesError` tells of a column that is missing or of another type, of a board id that is null or stands
    in two rows, and of more than `MAX_CATEGORIES` categories.

    Examples
    --------
    >>> boards = labelled_boards(pa.table({"board_id": [3, 1], "category": [None, "art"]}), np.array([2, 2, 1]))
    >>> boards.board_ids.tolist(), boards.names, boards.labels.tolist()
    ([1, 2, 3], ('art',), [0, -1, -1])
    """
    ids = _board_ids(board_categories, "board_categories")
    _refuse_repeats(ids)
    board_ids = distinct(ids if other_boards is None else np.concatenate([ids, other_boards]))
    names, codes = _category_codes(_column(board_categories, "board_categories", "category"))
    labels = np.full(len(board_ids), -1, dtype=np.int64)
    labels[np.searchsorted(board_ids, ids)] = codes
    return LabelledBoards(board_ids, names, labels)


def checked_pins(board_images: pa.Table) -> pa.Table:
    """Return ``board_id`` and ``image_signature`` of all pins, or say what is wrong with them.

    The rows stay in order; dictionaries of signatures are written out. A `BoardCategoriesError` tells of a column that
    is missing or of another type, and of board ids that are null.

    Examples
    --------
    >>> checked_pins(pa.table({"board_id": [1], "image_signature": [0.5]}))
    Traceback (most recent call last):
    features.categories.labelled_boards.BoardCategoriesError: board_images: image_signature is double, must be ...
    """
    _board_ids(board_images, "board_images")
    column = _column(board_images, "board_images", "image_signature")
    if not (_is_text(column.type) or column.type == pa.int64()):
        raise BoardCategoriesError(
            f"image_signature is {column.type}, must be string, a dictionary of strings, or int64", where="board_images"
        )
    # a dictionary may repeat values or differ from chunk to chunk: plain values have one code each
    plain = column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
    return pa.table({"board_id": board_images["board_id"], "image_signature": plain})


def distinct(numbers: Ints) -> Ints:
    """Return the distinct numbers, ascending; several times faster than numpy's hashing unique on millions.

    Examples
    --------
    >>> distinct(np.array([3, 1, 3])).tolist()
    [1, 3]
    """
    ascending = np.sort(numbers)
    first = np.ones(len(ascending), dtype=np.bool_)
    first[1:] = ascending[1:] != ascending[:-1]
    return ascending[first]


def _column(table: pa.Table, argument: str, name: str) -> pa.ChunkedArray:
    if not isinstance(table, pa.Table):
        raise BoardCategoriesError(
            f"is a {type(table).__name__}, must be a pyarrow table",
            where=argument,
            remedy="make one of a pandas frame by pyarrow.Table.from_pandas(frame)",
        )
    if table.column_names.count(name) != 1:
        raise BoardCategoriesError(
            f"needs exactly one column {name!r}; it has {', '.join(table.column_names) or 'none'}", where=argument
        )
    return table[name]


def _board_ids(table: pa.Table, argument: str) -> Ints:
    column = _column(table, argument, "board_id")
    if column.type != pa.int64():
        raise BoardCategoriesError(
            f"board_id is {column.type}, must be int64",
            where=argument,
            remedy="cast it, or number string ids with interest-graph import",
        )
    if column.null_count:
        raise BoardCategoriesError(
            f"board_id is null in {column.null_count:,} of {len(column):,} rows",
            where=argument,
            remedy="drop those rows, a pin without a board is no evidence about boards",
        )
    ids: Ints = column.to_numpy()
    return ids


def _refuse_repeats(labelled: Ints) -> None:
    ids, counts = np.unique(labelled, return_counts=True)
    repeated = ids[counts > 1]
    if len(repeated):
        raise BoardCategoriesError(
            f"{len(repeated):,} of {len(ids):,} boards have more than one row (first: board {repeated[0]})",
            where="board_categories",
            remedy="give every board one row",
        )


def _category_codes(column: pa.ChunkedArray) -> tuple[tuple[str, ...], Ints]:
    if not (_is_text(column.type) or pa.types.is_null(column.type)):
        raise BoardCategoriesError(f"category is {column.type}, must be string", where="board_categories")
    text = column.cast(pa.string())
    names = category_names(pc.drop_null(pc.unique(text)).to_pylist())
    codes = pc.fill_null(pc.index_in(text, value_set=pa.array(names, pa.string())), -1)
    # index_in finds null in no value set without nulls, so -1 stands for "no label" alone
    return names, codes.to_numpy().astype(np.int64)


def category_names(used: Iterable[str]) -> tuple[str, ...]:
    """Return the distinct categories, ascending; refuse more than `MAX_CATEGORIES`.

    Examples
    --------
    >>> category_names(["food", "art", "food"])
    ('art', 'food')
    """
    names = tuple(sorted(set(used)))
    if len(names) > MAX_CATEGORIES:
        raise BoardCategoriesError(
            f"{len(names):,} distinct categories (first: {names[0]!r}, last: {names[-1]!r}), "
            f"at most {MAX_CATEGORIES:,} are allowed",
            where="board_categories",
            remedy="free text is no category: map it to a short list with the alias table of interest-graph import",
        )
    return names


def _is_text(kind: pa.DataType) -> bool:
    value = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(value) or pa.types.is_large_string(value))
