"""What boards pass on to the pictures and users that share their pins: importance, and votes for a category.

Every board votes with the probabilities of its own (corrected) category. How much of a picture, or of a user, belongs
to each category is the mean of the votes of its boards; where no board has a category, there is none.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from joins.arrow.chunks import one_array
from joins.arrow.fields import required
from joins.arrow.groups import Floats, Ints, distinct_numbers, offsets_of, rank_in_groups, spread, weight_of_groups
from joins.arrow.id_lookup import IdLookup
from joins.arrow.shared_fields import CATEGORY

MAX_CATEGORIES = 5  # kept in a distribution, the largest first
_SHARE = required("share", pa.float32(), "how much of all belongs to it", "0 to 1")
CATEGORY_SHARES = pa.list_(pa.field("item", pa.struct([CATEGORY, _SHARE]), nullable=False))


@dataclass(frozen=True, slots=True)
class BoardVotes:
    """The vote of each board, flattened: board ``b`` gives ``probability[i]`` to category ``code[i]``.

    Its entries ``i`` run from ``starts[b]`` to ``starts[b + 1]``. ``names`` are the categories in alphabetical order,
    so that equal shares rank by name.
    """

    names: pa.Array
    starts: Ints
    code: Ints
    probability: Floats


@dataclass(frozen=True)
class BoardInfluence:
    """All boards, by position in ascending ``board_ids``; every array has shape ``(n_boards,)``.

    A board's importance is its PageRank, spread evenly over its pins; the importance of a board without pins
    (``importance_if_empty``) goes to its owner alone.
    """

    board_ids: Ints
    importance_of_a_pin: Floats
    importance_if_empty: Floats
    votes: BoardVotes

    def rows_of(self, board_ids: pa.ChunkedArray) -> Ints:
        """Return the position of each board.

        Raises
        ------
        FeatureError
            If a board has no features: the tables don't belong to the same version.
        """
        return self._lookup.rows_of(board_ids.to_numpy(), "boards of pins or owners")

    @cached_property
    def _lookup(self) -> IdLookup:
        return IdLookup.of(self.board_ids)


def board_influence(board_features: pa.Table) -> BoardInfluence:
    """Read off board features what boards pass on.

    Parameters
    ----------
    board_features
        ``board_id`` (ascending), ``page_rank``, ``n_pins`` and ``categories`` of all boards.
    """
    page_rank: Floats = board_features["page_rank"].to_numpy()
    n_pins: Ints = board_features["n_pins"].to_numpy()
    return BoardInfluence(
        board_features["board_id"].to_numpy(),
        np.divide(page_rank, n_pins, out=np.zeros_like(page_rank), where=n_pins > 0),
        np.where(n_pins == 0, page_rank, 0.0),
        _board_votes(board_features["categories"]),
    )


def category_columns(
    group: Ints, board: Ints, weight: Floats, votes: BoardVotes, n_groups: int
) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Average the votes of each group's boards: return category, confidence and distribution by group.

    The rows, shape ``(n,)``, are the distinct boards of each group, sorted by group, with their weights. The category
    has the largest share (ties: the first name), the confidence is that share of all votes, and the distribution holds
    the ``MAX_CATEGORIES`` largest. All three are null in a group without any vote.
    """
    source, entry = spread(votes.starts[board], np.diff(votes.starts)[board])
    share = weight[source] * votes.probability[entry]
    n_names = max(1, len(votes.names))
    cell, cell_of_row = distinct_numbers(group[source] * n_names + votes.code[entry], n_groups * n_names)
    cell_group, code = np.divmod(cell, n_names)
    total = weight_of_groups(cell_of_row, share, len(cell))
    cast = weight_of_groups(cell_group, total, n_groups)[cell_group]
    # Shares are rounded as stored before they are ranked: sums in another order must not swap two categories.
    shares = np.divide(total, cast, out=np.zeros_like(total), where=cast > 0).astype(np.float32)
    ranked = rank_in_groups(cell_group, shares, n_groups, MAX_CATEGORIES)
    entries = [votes.names.take(pa.array(code[ranked.rows])), pa.array(shares[ranked.rows])]
    structs = pa.StructArray.from_arrays(entries, fields=list(CATEGORY_SHARES.value_type))
    return (
        votes.names.take(ranked.best_of(pa.array(code))),
        ranked.best_of(pa.array(shares)),
        ranked.list_array(structs, CATEGORY_SHARES),
    )


def _board_votes(distribution: pa.ChunkedArray | pa.Array) -> BoardVotes:
    """Flatten a column of board distributions, ``list<struct<category, probability>>``."""
    array = one_array(distribution)
    counts = array.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
    entries = array.flatten()
    categories = entries.field("category")
    names = categories.unique().sort()
    return BoardVotes(
        names,
        offsets_of(counts),
        pc.index_in(categories, names).cast(pa.int64()).to_numpy(zero_copy_only=False),
        entries.field("probability").cast(pa.float64()).to_numpy(zero_copy_only=False),
    )
