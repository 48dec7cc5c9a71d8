"""What pictures tell about the boards that show them, weighed where the pictures lie.

As soon as it is known how evidence is weighed, what a picture adds to the scores of a board is a sum that can be worked
out before it travels. A label is a vote for one category: a picture tells the same about all boards of one label, once
their own votes are left out, and the same about all boards that don't vote. So it is worked out once for each label
that meets on a picture, and sent once to each partition of boards.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.categories.evidence.evidence import pair_weights
from features.categories.evidence.leave_one_out import pairs_without_own, terms_of_votes
from features.categories.evidence.shown_pictures import ShownPictures
from features.categories.evidence.vote_totals import ShowingBoards, VoteTotals, shared_by_owners, vote_totals
from features.categories.evidence.voting_boards import Bools, Votes, VotingBoards
from joins.arrow.groups import Floats, Ints, distinct_numbers, offsets_of
from joins.arrow.ordering import order_of

if TYPE_CHECKING:
    from scipy.sparse import csr_array

WEIGHED_PICTURES = pa.schema(
    [
        pa.field("board_id", pa.int64(), nullable=False),  # one of `boards`; names the partition of all of them
        pa.field("boards", pa.list_(pa.int64()), nullable=False),  # distinct, ascending
        pa.field("n_pictures", pa.list_(pa.int32()), nullable=False),  # pictures that are evidence about each of them
        pa.field("pictures", pa.list_(pa.int32()), nullable=False),  # those of one board after those of another
        pa.field("n_categories", pa.list_(pa.int32()), nullable=False),  # that each picture tells something of
        pa.field("categories", pa.list_(pa.int16()), nullable=False),  # those of one picture after those of another
        pa.field("logs", pa.list_(pa.float64()), nullable=False),  # what it adds to the score of each, weighed
    ]
)

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Whole = npt.NDArray[np.signedinteger[Any]]


@dataclass(frozen=True, slots=True)
class WeighedPicturesOf:
    """Weighs the pictures of a shard; picklable, to run inside a worker.

    ``shown`` returns the shown pictures of a shard, and no picture lies in two; ``voters`` returns the prepared votes
    of the boards that a shard shows; ``weights`` are as for `Evidence.scores`.
    """

    shown: Callable[[int], ShownPictures]
    voters: Callable[[int], VotingBoards]
    weights: Floats

    def __call__(self, shard: int) -> pa.Table:
        """Return the weighed pictures of a shard."""
        return weighed_pictures(self.shown(shard), self.voters(shard), self.weights)


def weighed_pictures(shown: ShownPictures, voters: VotingBoards, weights: Floats) -> pa.Table:
    """Weigh what each picture tells about the boards that show it, as `WEIGHED_PICTURES`: a row a partition of boards.

    Left out are boards on whose pictures nobody else votes, unless they are not among the voters: a board known from
    its pins alone is named by a row, be it without pictures. Where some boards are asked for, no others are named.

    Notes
    -----
    O(pairs) time but for sorting them, for each cast of votes. Weighed logarithms add up exactly, so it doesn't matter
    how pictures are shared out.
    """
    row = voters.rows_of(shown.board_ids)
    about, shared = voters.about(row), shared_by_owners(shown, voters.owners_of(row, shown.board_ids))
    casts = (ShowingBoards(shared, cast.of(row), row, voters.sketches) for cast in voters.casts)
    told = [_told(shown, boards, about == number, voters.prior, weights) for number, boards in enumerate(casts)]
    return _by_partition(shown, _Told.joined(told))


@dataclass(frozen=True, slots=True)
class _Told:
    """Boards by number, once for each picture that is evidence about them: its row of ``logs``.

    A board without such a picture has the row -1. ``logs`` have a column for each category.
    """

    board: Whole
    row: Ints
    logs: "csr_array"

    @classmethod
    def joined(cls, parts: Sequence["_Told"]) -> "_Told":
        """Put what several casts of votes tell together."""
        from scipy.sparse import vstack  # noqa: PLC0415 - as in features.categories.fitting.owner_likelihood

        if len(parts) == 1:
            return parts[0]
        first = offsets_of(np.array([part.logs.shape[0] for part in parts]))
        rows = [np.where(part.row >= 0, part.row + start, -1) for part, start in zip(parts, first[:-1], strict=True)]
        logs = vstack([part.logs for part in parts], format="csr")
        return cls(np.concatenate([part.board for part in parts]), np.concatenate(rows), logs)


def _told(shown: ShownPictures, boards: ShowingBoards, asked: Bools, prior: Floats, weights: Floats) -> _Told:
    """Return what one cast of votes tells about the boards that are asked for."""
    totals, votes = vote_totals(shown, boards, len(prior)), boards.votes
    is_evident = totals.n_voters[totals.source] > votes.voter[totals.board] * totals.own_share[totals.source]
    named = np.flatnonzero((is_evident | (boards.row < 0)[totals.board]) & asked[totals.board])
    evident = np.flatnonzero(is_evident[named])
    kinds, kind = votes.kinds()
    n_kinds, pairs = max(1, len(kinds.rest)), named[evident]
    heard = totals.source[pairs] * n_kinds + kind[totals.board[pairs]]
    rows, number = distinct_numbers(heard, len(totals.n_voters) * n_kinds)
    row = np.full(len(named), -1)
    row[evident] = number
    logs = _weighed_logs(totals, *np.divmod(rows, n_kinds), kinds, prior, weights)
    return _Told(totals.board[named], row, logs)


def _weighed_logs(
    totals: VoteTotals, source: Ints, kind: Ints, kinds: Votes, prior: Floats, weights: Floats
) -> "csr_array":
    """Return what sources tell about boards that cast votes of some kinds: a row each, a column for each category."""
    from scipy.sparse import csr_array  # noqa: PLC0415 - as in features.categories.fitting.owner_likelihood

    terms = terms_of_votes(
        totals.n_voters,
        totals.rest,
        totals.own_share,
        n_votes=np.diff(totals.first_vote),
        category=totals.category.astype(np.int64),
        votes=totals.votes,
        prior=prior,
    )
    pairs = pairs_without_own(kind, source, kinds, terms, prior)
    image, is_voter, seen = pairs.seen(len(terms.n_votes))
    n_votes = terms.n_votes[source]
    starts = offsets_of(n_votes)
    own_entry = pairs.own_vote + (starts[:-1] - terms.first_vote[source])[:, None]
    cast = pairs.own_lift > 0
    total = np.zeros(starts[-1])
    of_outliers = (terms.logs(image, is_voter, len(prior)), pairs.less_own(kinds, terms, prior))
    for logs, less, weight in zip(*of_outliers, pair_weights(pairs, weights), strict=True):
        of_pairs = logs[seen]
        of_pairs.data[own_entry[cast]] += less[cast]  # the categories of a vote are distinct
        total += of_pairs.data * np.repeat(weight, n_votes)
    return csr_array((total, of_pairs.indices, of_pairs.indptr), of_pairs.shape)


def _by_partition(shown: ShownPictures, told: _Told) -> pa.Table:
    """Return `WEIGHED_PICTURES`: boards are numbered by partition."""
    order = order_of(told.board, equal="stable")
    board, row, n_rows = told.board[order], told.row[order], max(1, told.logs.shape[0])
    is_evident = row >= 0
    row = row[is_evident]
    first = np.flatnonzero(np.diff(board, prepend=-1))
    n_pictures = np.diff(offsets_of(is_evident.astype(np.int64))[np.append(first, len(board))])
    partition = shown.partition[board[first]]
    of_pair = np.repeat(partition, n_pictures)
    sent, number = distinct_numbers(of_pair * n_rows + row, (int(partition.max(initial=0)) + 1) * n_rows)
    sent_partition, sent_row = np.divmod(sent, n_rows)
    starts = np.flatnonzero(np.diff(partition, prepend=-1))
    there = partition[starts]
    boards, pairs, rows = (
        np.append(np.searchsorted(of, there), len(of)) for of in (partition, of_pair, sent_partition)
    )
    sent_logs = told.logs[sent_row]
    entries = sent_logs.indptr[rows]
    board_ids = shown.board_ids[board[first]]
    return pa.table(
        [
            board_ids[starts],
            _lists(boards, board_ids),
            _lists(boards, n_pictures.astype(np.int32)),
            _lists(pairs, (number - np.repeat(rows[:-1], np.diff(pairs))).astype(np.int32)),
            _lists(rows, np.diff(sent_logs.indptr).astype(np.int32)),
            _lists(entries, sent_logs.indices.astype(np.int16)),
            _lists(entries, sent_logs.data),
        ],
        schema=WEIGHED_PICTURES,
    )


def _lists(offsets: Ints, values: npt.NDArray[Any]) -> pa.Array:
    return pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), pa.array(values))
