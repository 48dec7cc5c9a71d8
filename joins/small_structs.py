"""The small structs in which one join holds the other two: ids, counts, category, importance; never recursive.

Members of a list stand in order of importance, the most important first, equal ones by id.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from joins.arrow.chunks import one_array
from joins.arrow.fields import described, required
from joins.arrow.groups import Ints, offsets_of
from joins.arrow.id_lookup import IdLookup
from joins.arrow.ordering import inverse_of, order_by, ranks_of_text
from joins.errors import JoinError

PIN_JOIN_STRUCT = pa.struct(
    [
        required("image_signature", pa.string(), "the picture", "", "other join"),
        required("canonical_pin_id", pa.int64(), "root of its largest repin chain", "", "other join"),
        required("n_pins", pa.int64(), "pins of the picture", "pins", "other join"),
        required("n_boards", pa.int64(), "boards that have it", "boards", "other join"),
        described("category", pa.string(), "the category with the largest share", "", "other join"),
        required("importance", pa.float64(), "what its pins carry of PageRank", "sums to 1", "other join"),
    ]
)
BOARD_JOIN_STRUCT = pa.struct(
    [
        required("board_id", pa.int64(), "the board", "", "other join"),
        required("n_pins", pa.int64(), "pins on the board", "pins", "other join"),
        described("category", pa.string(), "its corrected category", "", "other join"),
        required("importance", pa.float64(), "its PageRank", "sums to 1", "other join"),
    ]
)
USER_JOIN_STRUCT = pa.struct(
    [
        required("user_id", pa.int64(), "the user", "", "other join"),
        required("n_pins", pa.int64(), "pins of the user", "pins", "other join"),
        required("n_boards", pa.int64(), "boards the user owns or pins on", "boards", "other join"),
        described("category", pa.string(), "the strongest interest", "", "other join"),
        required("importance", pa.float64(), "what the pins carry of PageRank", "sums to 1", "other join"),
    ]
)


def list_of(struct: pa.StructType) -> pa.ListType:
    """Return the type of a list of structs, none of which is null."""
    return pa.list_(pa.field("item", struct, nullable=False))


def as_structs(table: pa.Table, struct: pa.StructType, renamed: dict[str, str] | None = None) -> pa.Array:
    """Turn the columns of a table into structs, shape ``(n_rows,)``; ``renamed`` maps struct field to column."""
    names = renamed or {}
    columns = [one_array(table[names.get(field.name, field.name)]) for field in struct]
    return pa.StructArray.from_arrays(columns, fields=list(struct))


def group_of_pins(pins: pa.Table, features: pa.Table, key: str) -> npt.NDArray[np.int64]:
    """Return the row of its key's features for each pin; both are sorted by ``key``, and keys may be without pins.

    Raises
    ------
    JoinError
        If the features count other pins than there are.

    Examples
    --------
    >>> pins = pa.table({"board_id": [5, 5, 7]})
    >>> group_of_pins(pins, pa.table({"board_id": [5, 6, 7], "n_pins": [2, 0, 1]}), "board_id").tolist()
    [0, 0, 2]
    """
    n_pins = features["n_pins"].to_numpy()
    if n_pins.sum() != pins.num_rows:
        raise JoinError(
            f"features count {n_pins.sum():,} pins and {pins.num_rows:,} are there",
            where=key,
            remedy="join facts and features of the same version",
        )
    group = np.repeat(np.arange(features.num_rows), n_pins)
    counted = features[key].take(pa.array(group))
    if not counted.equals(pins[key]):
        row = next(row for row, (one, other) in enumerate(zip(counted, pins[key], strict=True)) if one != other)
        raise JoinError(
            f"features count a pin of {counted[row]} where the pins hold one of {pins[key][row]}",
            where=key,
            remedy="join facts and features of the same version, sorted by that key",
        )
    return group


@dataclass(frozen=True)
class Dimension:
    """All boards or all users as small structs, looked up by id.

    ``ids`` ascend; ``place`` is the position of each in order of importance, from 0; ``row_at_place`` leads back;
    shape ``(n,)`` each.
    """

    ids: Ints
    place: Ints
    row_at_place: Ints
    structs: pa.Array

    @cached_property
    def _lookup(self) -> IdLookup:
        return IdLookup.of(self.ids)

    def lists(self, groups: Ints, ids: Ints, n_groups: int, what: str) -> pa.Array:
        """Return the distinct members of each group as a list of structs; ``what`` names the ids in the error.

        Raises
        ------
        TablesDisagreeError
            If an id has no features.
        """
        places = self.place[self._lookup.rows_of(ids, what)]
        return _lists_of_members(self.structs, self.row_at_place, groups, places, n_groups)


def board_dimension(board_features: pa.Table) -> Dimension:
    """Make the lookup of boards from their features, sorted by ``board_id``."""
    return _dimension(as_structs(board_features, BOARD_JOIN_STRUCT, {"importance": "page_rank"}), "board_id")


def user_dimension(user_features: pa.Table) -> Dimension:
    """Make the lookup of users from their features, sorted by ``user_id``."""
    return _dimension(as_structs(user_features, USER_JOIN_STRUCT), "user_id")


def order_of_importance(structs: pa.Array, tie: Ints) -> Ints:
    """Return what sorts structs by descending importance, equal ones by ascending ``tie``.

    Examples
    --------
    >>> boards = pa.array([{"importance": 0.1}, {"importance": 0.7}, {"importance": 0.1}])
    >>> order_of_importance(boards, np.array([3, 1, 2])).tolist()
    [1, 2, 0]
    """
    return order_by(-structs.field("importance").to_numpy(), tie)


@dataclass(frozen=True, slots=True)
class DistinctMembers:
    """The distinct members of each group in order of place, group after group; ``counts`` of shape ``(n_groups,)``."""

    counts: Ints
    places: Ints


def distinct_members(groups: Ints, places: Ints, n_groups: int, n_places: int) -> DistinctMembers:
    """Collapse repeated (group, member) rows; members are named by their place.

    Examples
    --------
    >>> members = distinct_members(np.array([0, 0, 0, 1]), np.array([2, 1, 2, 0]), 2, 3)
    >>> members.counts.tolist(), members.places.tolist()
    ([2, 1], [1, 2, 0])
    """
    cells = np.sort(groups * max(1, n_places) + places)
    cells = cells[np.diff(cells, prepend=-1) > 0]  # np.unique takes thirty times as long (numpy 2.4)
    group, place = np.divmod(cells, max(1, n_places))
    return DistinctMembers(np.bincount(group, minlength=n_groups), place)


def lists_of(values: pa.Array, counts: Ints, struct: pa.StructType) -> pa.Array:
    """Cut values that lie group after group into lists of the given lengths."""
    return pa.ListArray.from_arrays(pa.array(offsets_of(counts).astype(np.int32)), values, type=list_of(struct))


def picture_lists(structs: pa.ChunkedArray | pa.Array, groups: Ints, n_groups: int) -> pa.Array:
    """Return the distinct pictures of each group as a list of PinJoin structs, of which each row brings one."""
    array = one_array(structs)
    encoded = array.field("image_signature").dictionary_encode()
    code: Ints = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    row_of_picture = np.zeros(len(encoded.dictionary), np.int64)
    row_of_picture[code] = np.arange(len(code))
    pictures = array.take(pa.array(row_of_picture))
    order = order_of_importance(pictures, ranks_of_text(encoded.dictionary))
    return _lists_of_members(pictures, order, groups, inverse_of(order)[code], n_groups)


def _lists_of_members(structs: pa.Array, row_at_place: Ints, groups: Ints, places: Ints, n_groups: int) -> pa.Array:
    members = distinct_members(groups, places, n_groups, len(structs))
    return lists_of(structs.take(pa.array(row_at_place[members.places])), members.counts, structs.type)


def _dimension(structs: pa.Array, key: str) -> Dimension:
    ids = structs.field(key).to_numpy()
    order = order_of_importance(structs, ids)
    return Dimension(ids, inverse_of(order), order, structs)
