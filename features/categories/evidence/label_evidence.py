"""What pictures tell about boards that vote with labels, weighed where the pictures lie.

A label is a vote for one category. So a picture tells the same about all boards of one label, once their own votes are
left out, and the same about all boards that don't vote. It is worked out once for each label that meets on a picture,
not once for each board, as soon as it is known how evidence is weighed. Posteriors name several categories, no two
boards the same; such evidence is weighed where the boards lie (`features.categories.evidence.evidence`). The sums are
the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.categories.evidence.evidence import pair_weights
from features.categories.evidence.leave_one_out import pairs_without_own, terms_of_votes
from features.categories.evidence.shown_pictures import ShownPictures
from features.categories.evidence.vote_totals import ShowingBoards, VoteTotals, shared_by_owners, vote_totals
from features.categories.evidence.voting_boards import VOTE, Votes, VotingBoards
from joins.arrow.groups import Floats, Ints, numbered, offsets_of
from joins.arrow.ordering import order_of

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
    of all boards, which are labels; ``weights`` are as for `Evidence.scores`.
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
    its pins alone is named by a row, be it without pictures.

    Notes
    -----
    O(pairs) time but for sorting them. Logarithms are exact sums, so it doesn't matter how pictures are shared out.
    """
    row = voters.rows_of(shown.board_ids)
    votes = voters.votes.of(row)
    shared = shared_by_owners(shown, voters.owners_of(row))
    boards = ShowingBoards(shared, votes, row, voters.sketches)
    totals = vote_totals(shown, boards, len(voters.prior))
    is_evident = totals.n_voters[totals.source] > votes.voter[totals.board] * totals.own_share[totals.source]
    told = np.flatnonzero((is_evident | (row < 0)[totals.board]) & (voters.about(row) >= 0)[totals.board])
    told = told[order_of(totals.board[told])]
    board, is_evident = totals.board[told], is_evident[told]
    evident = told[is_evident]
    n_labels = len(voters.prior)
    label = np.where(votes.voter, votes.category[:, 0], n_labels)[totals.board[evident]]
    heard, number = numbered(totals.source[evident] * (n_labels + 1) + label)
    logs = _weighed_logs(totals, *np.divmod(heard, n_labels + 1), voters.prior, weights)
    return _by_partition(shown, board, is_evident, number, logs)


def _weighed_logs(totals: VoteTotals, source: Ints, label: Ints, prior: Floats, weights: Floats) -> "csr_array":
    """Return what sources tell about boards of a label each, a row each and a column for each category.

    Boards without vote have the label after the last.
    """
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
    n_labels = len(prior)
    codes, mass = np.arange(n_labels + 1) % n_labels, np.full(n_labels + 1, VOTE)
    mass[n_labels] = 0
    own = Votes(codes[:, None].astype(np.int16), mass[:, None].astype(np.int32), np.zeros(n_labels + 1, np.int32))
    pairs = pairs_without_own(label, source, own, terms, prior)
    image, is_voter, seen = pairs.seen()
    n_votes, voting = terms.n_votes[source], np.flatnonzero(pairs.is_voter)
    starts = offsets_of(n_votes)
    own_entry = (starts[:-1] + pairs.own_vote[:, 0] - terms.first_vote[source])[voting]
    total = np.zeros(starts[-1])
    for logs, less, weight in zip(
        terms.logs(image, is_voter, n_labels),
        pairs.less_own(own, terms, prior),
        pair_weights(pairs, weights),
        strict=True,
    ):
        of_pairs = logs[seen]
        of_pairs.data[own_entry] += less[voting, 0]
        total += of_pairs.data * np.repeat(weight, n_votes)
    return csr_array((total, of_pairs.indices, of_pairs.indptr), of_pairs.shape)


def _by_partition(
    shown: ShownPictures, board: Whole, is_evident: npt.NDArray[np.bool_], row: Ints, logs: "csr_array"
) -> pa.Table:
    """Return `WEIGHED_PICTURES` of pairs, sorted by board; those that are evident have rows of ``logs``."""
    first = np.flatnonzero(np.diff(board, prepend=-1))
    n_pictures = np.diff(offsets_of(is_evident.astype(np.int64))[np.append(first, len(board))])
    partition = shown.partition[board[first]]
    of_pair = np.repeat(partition, n_pictures)
    sent, number = numbered(of_pair * max(1, logs.shape[0]) + row)
    sent_partition, sent_row = np.divmod(sent, max(1, logs.shape[0]))
    starts = np.flatnonzero(np.diff(partition, prepend=-1))
    there = partition[starts]
    boards, pairs, rows = (
        np.append(np.searchsorted(of, there), len(of)) for of in (partition, of_pair, sent_partition)
    )
    sent_logs = logs[sent_row]
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
