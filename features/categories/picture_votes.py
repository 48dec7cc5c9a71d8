"""What all boards say of each picture, split by the boards it is evidence for.

The votes on a picture meet where its pins lie; they are evidence about boards, which lie elsewhere. A picture's votes
travel once to each partition of boards that shows it, however many of its boards lie there.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features.categories.inputs import distinct
from features.categories.votes import Votes, VotingBoards
from features.grouping import Ints, codes_of, offsets_of, spread

PartitionOf = Callable[[pa.Array, int], Ints]
BLOCK_CELLS = 2**20  # of pictures by categories that votes are added up in at once
_HALF = 32  # bits: two numbers in one are sorted at once
_RADIX_SORTED = 2**16  # numbers of 16 bits are sorted by radix, in a tenth of the time

PICTURE_VOTES = pa.schema(
    [
        pa.field("board_id", pa.int64(), nullable=False),  # one of `boards`; names the partition of all of them
        pa.field(
            "boards", pa.list_(pa.int64()), nullable=False
        ),  # distinct boards of one partition that show the picture
        pa.field("n_voters", pa.int64(), nullable=False),  # boards of any partition that vote on it
        pa.field("rest", pa.int64(), nullable=False),  # of their votes, millionths that are spread by the prior
        pa.field("categories", pa.list_(pa.int16()), nullable=False),  # codes of what they vote for, ascending
        pa.field("votes", pa.list_(pa.int64()), nullable=False),  # millionths for each of `categories`
    ]
)


@dataclass(frozen=True, slots=True)
class PictureVotesOf:
    """Reads pins and says what their boards vote, shard by shard; picklable, to run inside a worker.

    Parameters
    ----------
    read
        Returns the pins of a shard: ``image_signature`` and ``board_id``. No picture lies in two shards.
    voters
        Returns the votes of all boards.
    n_partitions, partition_of
        How boards are split.
    """

    read: Callable[[int], pa.Table]
    voters: Callable[[int], VotingBoards]
    n_partitions: int
    partition_of: PartitionOf

    def __call__(self, shard: int) -> pa.Table:
        """Return the picture votes of a shard."""
        return picture_votes(self.read(shard), self.voters(shard), self.n_partitions, self.partition_of)


def picture_votes(
    pins: pa.Table, voters: VotingBoards, n_partitions: int = 1, partition_of: PartitionOf | None = None
) -> pa.Table:
    """Add up what all boards say of each picture.

    Parameters
    ----------
    pins
        ``image_signature`` (any type, without nulls) and ``board_id`` of all pins of some pictures, in any order. A
        picture pinned repeatedly to a board counts once.
    voters
        What every board says.
    n_partitions, partition_of
        How boards are split; all together where not given.

    Returns
    -------
    pyarrow.Table
        `PICTURE_VOTES`: one row a picture and partition of boards, by picture in the order in which they come, then
        partition. Left out are boards that nobody else votes about, unless they are not among the voters: a board
        known from its pins alone is named by a row, be it one without votes.

    Notes
    -----
    Votes are integers, so their sums are exact. A board's own vote is in the sums; `features.categories.evidence`
    takes it out. O(pins log pins) time.

    Examples
    --------
    Boards 1 and 2 show picture a, board 2 alone shows picture b.

    >>> from features.categories.inputs import LabelledBoards
    >>> from features.categories.votes import owner_voters, voting_boards
    >>> boards = LabelledBoards(np.array([1, 2]), ("art", "food"), np.array([0, 1]))
    >>> voters = voting_boards(owner_voters(boards))
    >>> picture_votes(pa.table({"board_id": [1, 2, 2], "image_signature": ["a", "a", "b"]}), voters).to_pylist()
    [{'board_id': 1, 'boards': [1, 2], 'n_voters': 2, 'rest': 0, 'categories': [0, 1], 'votes': [1000000, 1000000]}]
    """
    shown = _shown(pins, n_partitions, partition_of)
    row = voters.rows_of(shown.board_ids)
    said = voters.votes.of(row)
    totals = _add_up(shown, said, len(voters.prior))
    sent = (totals.n_voters[shown.picture] > said.voter[shown.board]) | (row < 0)[shown.board]
    picture, board = shown.picture[sent], shown.board[sent]
    starts = _starts(picture, shown.partition[board])
    of_row = picture[starts]
    n_votes = np.diff(totals.first_vote)[of_row]
    entry = spread(totals.first_vote[of_row], n_votes)[1]
    board_offsets, vote_offsets = np.append(starts, len(picture)), offsets_of(n_votes)
    return pa.table(
        [
            shown.board_ids[board[starts]],
            _lists(board_offsets, shown.board_ids[board]),
            totals.n_voters[of_row],
            totals.rest[of_row],
            _lists(vote_offsets, totals.category[entry]),
            _lists(vote_offsets, totals.votes[entry]),
        ],
        schema=PICTURE_VOTES,
    )


@dataclass(frozen=True, slots=True)
class _Shown:
    """Distinct pairs of picture and board, as numbers, sorted by picture, then partition of the board, then its id."""

    picture: Ints
    board: Ints
    n_pictures: int
    board_ids: Ints  # by board number
    partition: Ints  # by board number


@dataclass(frozen=True, slots=True)
class _Totals:
    """What all boards say of each picture; its votes stand from ``first_vote`` to that of the next, by category."""

    n_voters: Ints
    rest: Ints
    first_vote: Ints
    category: Ints
    votes: Ints


def _shown(pins: pa.Table, n_partitions: int, partition_of: PartitionOf | None) -> _Shown:
    picture = codes_of(pins["image_signature"])
    boards = pins["board_id"].combine_chunks().dictionary_encode()
    board_ids: Ints = boards.dictionary.to_numpy()
    partition = partition_of(boards.dictionary, n_partitions) if partition_of else np.zeros_like(board_ids)
    order = np.argsort(board_ids)  # neighbours are looked up faster
    narrow = partition.astype(np.uint16) if n_partitions <= _RADIX_SORTED else partition
    order = order[np.argsort(narrow[order], kind="stable")]
    number = np.empty_like(order)
    number[order] = np.arange(len(order))
    pairs = distinct(picture << _HALF | number[boards.indices.to_numpy()])
    n_pictures = int(picture.max(initial=-1)) + 1
    return _Shown(pairs >> _HALF, pairs & (1 << _HALF) - 1, n_pictures, board_ids[order], partition[order])


def _add_up(shown: _Shown, said: Votes, n_categories: int) -> _Totals:
    """Add up the votes on each picture, on a block of pictures at a time."""
    picture, board, n_pictures = shown.picture, shown.board, shown.n_pictures
    step = max(1, BLOCK_CELLS // n_categories)
    keys, votes = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for start in range(0, n_pictures, step):
        here = slice(*np.searchsorted(picture, [start, start + step]))
        cells = np.zeros(min(step, n_pictures - start) * n_categories)
        for category, mass in zip(said.category.T, said.mass.T, strict=True):
            cell = (picture[here] - start) * n_categories + category[board[here]]
            cells += np.bincount(cell, mass[board[here]], len(cells))
        cast = np.flatnonzero(cells)
        keys.append(cast + start * n_categories)
        votes.append(cells[cast].astype(np.int64))
    of_picture, category = np.divmod(np.concatenate(keys), n_categories)
    return _Totals(
        np.bincount(picture, said.voter[board], n_pictures).astype(np.int64),
        np.bincount(picture, said.rest[board], n_pictures).astype(np.int64),
        offsets_of(np.bincount(of_picture, minlength=n_pictures)),
        category.astype(np.int16),
        np.concatenate(votes),
    )


def _starts(picture: Ints, partition: Ints) -> Ints:
    """Return where the picture or the partition changes."""
    new = np.ones(len(picture), dtype=np.bool_)
    new[1:] = (picture[1:] != picture[:-1]) | (partition[1:] != partition[:-1])
    return np.flatnonzero(new)


def _lists(offsets: Ints, values: Ints) -> pa.Array:
    return pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), pa.array(values))
