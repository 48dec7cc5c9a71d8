"""The votes of all boards on each picture, split by the boards it is evidence for.

The votes on a picture meet where its pins lie; they are evidence about boards, which lie elsewhere. A picture's votes
travel once to each partition of boards that shows it, however many of its boards lie there.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.categories.evidence.vote_totals import ShownPictures, vote_totals
from features.categories.evidence.voting_boards import VotingBoards
from features.categories.labelled_boards import distinct
from joins.arrow.groups import Ints, codes_of, offsets_of, spread
from joins.arrow.hashing import partition_of
from joins.engine.step import PartitionInput

_HALF = 32  # bits: two numbers in one are sorted at once
_RADIX_SORTED = 2**16  # numbers of 16 bits are sorted by radix, in a tenth of the time

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
    """Reads pins and adds up the votes on their pictures, shard by shard; picklable, to run inside a worker.

    ``read`` returns the pins of a shard, and no picture lies in two; ``voters`` returns the prepared votes of all
    boards.
    """

    read: PartitionInput
    voters: PartitionInput
    n_partitions: int

    def __call__(self, shard: int) -> pa.Table:
        """Return the picture votes of a shard."""
        return picture_votes(self.read(shard), self.voters(shard), self.n_partitions)


def picture_votes(pins: pa.Table, voters: VotingBoards, n_partitions: int = 1) -> pa.Table:
    """Add up the votes of all boards on each picture, as `PICTURE_VOTES`.

    ``pins`` are all pins of some pictures, in any order; a picture pinned repeatedly to a board counts once, and boards
    of one owner that show the same picture count as far as they don't copy each other: `owner_shares`.

    There is one row a picture and partition of boards, by picture in the order in which they come, then partition; then
    one row a picture, owner and partition for boards that share a picture with others of their owner, with that owner's
    votes as those boards count for each other. Left out are boards on whose pictures nobody else votes, unless they are
    not among the voters: a board known from its pins alone is named by a row, be it one without votes. Where some
    boards are asked for, no others are named.

    Notes
    -----
    Votes are integers, so their sums are exact. ``own_share`` of the own vote of each board is in the sums, all of it
    where a board is its owner's only one to show the picture; `leave_one_out` takes it out. O(pins log pins) time.

    Examples
    --------
    Boards 1 and 2 show picture a, board 2 alone shows picture b.

    >>> from features.categories.evidence.voters import owner_voters
    >>> from features.categories.evidence.voting_boards import voting_boards
    >>> from features.categories.labelled_boards import LabelledBoards
    >>> boards = LabelledBoards(np.array([1, 2]), ("art", "food"), np.array([0, 1]))
    >>> voters = voting_boards(owner_voters(boards))
    >>> rows = picture_votes(pa.table({"board_id": [1, 2, 2], "image_signature": ["a", "a", "b"]}), voters)
    >>> rows.select(["boards", "n_voters", "categories", "votes"]).to_pylist()
    [{'boards': [1, 2], 'n_voters': 2000000, 'categories': [0, 1], 'votes': [1000000, 1000000]}]
    """
    shown = _shown(pins, voters, n_partitions)
    totals = vote_totals(shown, len(voters.prior))
    own = shown.votes.voter[totals.board] * totals.own_share[totals.source]
    sent = (totals.n_voters[totals.source] > own) | ~shown.known[totals.board]
    if voters.asked is not None:
        sent &= voters.asked_of(voters.rows_of(shown.board_ids))[totals.board]
    source, board = totals.source[sent], totals.board[sent]
    starts = _starts(source, shown.partition[board])
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


def _shown(pins: pa.Table, voters: VotingBoards, n_partitions: int) -> ShownPictures:
    picture = codes_of(pins["image_signature"])
    boards = pins["board_id"].combine_chunks().dictionary_encode()
    board_ids: Ints = boards.dictionary.to_numpy()
    partition = partition_of(boards.dictionary, n_partitions) if n_partitions > 1 else np.zeros_like(board_ids)
    order = np.argsort(board_ids)  # neighbours are looked up faster
    narrow = partition.astype(np.uint16) if n_partitions <= _RADIX_SORTED else partition
    order = order[np.argsort(narrow[order], kind="stable")]
    number = np.empty_like(order)
    number[order] = np.arange(len(order))
    pairs = distinct(picture << _HALF | number[boards.indices.to_numpy()])
    row = voters.rows_of(board_ids[order])
    return ShownPictures(
        picture=pairs >> _HALF,
        board=pairs & (1 << _HALF) - 1,
        n_pictures=int(picture.max(initial=-1)) + 1,
        board_ids=board_ids[order],
        partition=partition[order],
        known=row >= 0,
        owner=voters.owners_of(row),
        votes=voters.votes.of(row),
        sketches=voters.sketches.of_rows(row) if voters.sketches else None,
    )


def _starts(picture: Ints, partition: Ints) -> Ints:
    """Return where the picture or the partition changes."""
    new = np.ones(len(picture), dtype=np.bool_)
    new[1:] = (picture[1:] != picture[:-1]) | (partition[1:] != partition[:-1])
    return np.flatnonzero(new)


def _lists(offsets: Ints, values: npt.NDArray[np.signedinteger[Any]]) -> pa.Array:
    return pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), pa.array(values))
