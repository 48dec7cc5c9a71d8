"""The votes of all boards on each picture, split by the boards it is evidence for.

The votes on a picture meet where its pins lie; they are evidence about boards, which lie elsewhere. A picture's votes
travel once to each partition of boards that shows it, however many of its boards lie there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.categories.evidence.shown_pictures import ShownPictures
from features.categories.evidence.vote_totals import ShowingBoards, shared_by_owners, vote_totals
from features.categories.evidence.voting_boards import Bools, VotingBoards
from joins.arrow.groups import Ints, offsets_of, spread
from joins.arrow.ordering import order_by_partition

PICTURE_VOTES = pa.schema(
    [
        pa.field("board_id", pa.int64(), nullable=False),  # one of `boards`; names the partition of all of them
        pa.field("boards", pa.list_(pa.int64()), nullable=False),  # distinct, of one partition, that show the picture
        pa.field("n_voters", pa.int64(), nullable=False),  # what the votes on it add up to, in millionths
        pa.field("own_share", pa.int64(), nullable=False),  # millionths of the own vote of each of `boards` among them
        pa.field("rest", pa.int64(), nullable=False),  # of their votes, millionths that are spread by the prior
        pa.field("categories", pa.list_(pa.int16()), nullable=False),  # codes of what they vote for, ascending
        pa.field("votes", pa.list_(pa.int64()), nullable=False),  # millionths for each of `categories`
    ]
)


@dataclass(frozen=True, slots=True)
class PictureVotesOf:
    """Adds up the votes on the pictures of a shard; picklable, to run inside a worker.

    ``shown`` returns the shown pictures of a shard, and no picture lies in two; ``voters`` returns the prepared votes
    of the boards that a shard shows.
    """

    shown: Callable[[int], ShownPictures]
    voters: Callable[[int], VotingBoards]

    def __call__(self, shard: int) -> pa.Table:
        """Return the picture votes of a shard."""
        return picture_votes(self.shown(shard), self.voters(shard))


def picture_votes(shown: ShownPictures, voters: VotingBoards) -> pa.Table:
    """Add up the votes of all boards on each picture, as `PICTURE_VOTES`.

    Boards of one owner that show the same picture count as far as they don't copy each other: `owner_shares`.

    There is one row a partition of boards and picture, by partition, then picture in the order in which they come; and
    in each partition then one row a picture and owner for boards that share a picture with others of their owner, with
    that owner's votes as those boards count for each other. Left out are boards on whose pictures nobody else votes,
    unless they are not among the voters: a board known from its pins alone is named by a row, be it one without votes.
    Where some boards are asked for, no others are named. Several casts of votes come one after the other, each with
    rows for the boards that it is evidence about.

    Notes
    -----
    Votes are integers, so their sums are exact. ``own_share`` of the own vote of each board is in the sums, all of it
    where a board is its owner's only one to show the picture; `leave_one_out` takes it out. O(pairs log pairs) time.

    Examples
    --------
    Boards 1 and 2 show picture a, board 2 alone shows picture b.

    >>> from features.categories.evidence.shown_pictures import shown_pictures
    >>> from features.categories.evidence.voters import owner_voters
    >>> from features.categories.evidence.voting_boards import voting_boards
    >>> from features.categories.labelled_boards import LabelledBoards
    >>> boards = LabelledBoards(np.array([1, 2]), ("art", "food"), np.array([0, 1]))
    >>> voters = voting_boards(owner_voters(boards))
    >>> pins = pa.table({"board_id": [1, 2, 2], "image_signature": ["a", "a", "b"]})
    >>> rows = picture_votes(shown_pictures(pins), voters)
    >>> rows.select(["boards", "n_voters", "categories", "votes"]).to_pylist()
    [{'boards': [1, 2], 'n_voters': 2000000, 'categories': [0, 1], 'votes': [1000000, 1000000]}]
    """
    row = voters.rows_of(shown.board_ids)
    about, shared = voters.about(row), shared_by_owners(shown, voters.owners_of(row, shown.board_ids))
    casts = (ShowingBoards(shared, cast.of(row), row, voters.sketches) for cast in voters.casts)
    rows = [_votes_of_cast(shown, voters, boards, about == number) for number, boards in enumerate(casts)]
    return rows[0] if len(rows) == 1 else pa.concat_tables(rows)


def _votes_of_cast(shown: ShownPictures, voters: VotingBoards, boards: ShowingBoards, asked: Bools) -> pa.Table:
    """Return the rows of one cast of votes, for the boards that are asked for."""
    totals = vote_totals(shown, boards, len(voters.prior))
    own = boards.votes.voter[totals.board] * totals.own_share[totals.source]
    sent = ((totals.n_voters[totals.source] > own) | (boards.row < 0)[totals.board]) & asked[totals.board]
    source, board = totals.source[sent], totals.board[sent]
    partition = shown.partition[board]
    by_partition = order_by_partition(partition)
    source, board, partition = source[by_partition], board[by_partition], partition[by_partition]
    starts = _starts(source, partition)
    of_row = source[starts]
    n_votes = np.diff(totals.first_vote)[of_row]
    entry = spread(totals.first_vote[of_row], n_votes)[1]
    board_offsets, vote_offsets = np.append(starts, len(source)), offsets_of(n_votes)
    return pa.table(
        [
            shown.board_ids[board[starts]],
            _lists(board_offsets, shown.board_ids[board]),
            totals.n_voters[of_row],
            totals.own_share[of_row],
            totals.rest[of_row],
            _lists(vote_offsets, totals.category[entry]),
            _lists(vote_offsets, totals.votes[entry]),
        ],
        schema=PICTURE_VOTES,
    )


def _starts(picture: Ints, partition: Ints) -> Ints:
    """Return where the picture or the partition changes."""
    new = np.ones(len(picture), dtype=np.bool_)
    new[1:] = (picture[1:] != picture[:-1]) | (partition[1:] != partition[:-1])
    return np.flatnonzero(new)


def _lists(offsets: Ints, values: npt.NDArray[np.signedinteger[Any]]) -> pa.Array:
    return pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), pa.array(values))
