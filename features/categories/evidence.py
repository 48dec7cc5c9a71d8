"""What other boards say about the boards of a partition: the votes on their pictures, own votes left out.

A board votes on every picture it shows. The evidence about a board is what the *other* boards say about its
pictures, so the score of a board never saw its own label. That lets the labels judge the score afterwards.
The form (naive Bayes over pictures, with an outlier share) is our reconstruction; that owners of boards that
share a picture broadly agree on its category is published (Zhong, Karamshuk, Sastry, "Predicting Pinterest").
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.categories.votes import VOTE, Votes, VotingBoards
from features.grouping import Ints, spread
from features.one_array import one_array

BLOCK_CELLS = 2**18  # most votes on pictures that are worked on at once
SMOOTHING = 2.0  # votes that the prior casts on every picture
UNIT = 2.0**-26  # logarithms are rounded to it, so that they add up to the same number in any order


@dataclass(frozen=True, slots=True)
class Evidence:
    """The pictures of some boards that other boards have votes on, and those votes.

    Parameters
    ----------
    own
        What the boards say themselves, to be left out of their own evidence.
    voter
        bool, shape ``(n_boards,)``: whether the board votes itself.
    prior
        float64, shape ``(n_categories,)``: shares of the categories, all positive, summing to 1.
    n_images
        int64, shape ``(n_boards,)``: pictures of the board that another voting board shows as well.
    board, image
        int64, shape ``(n_pairs,)``: numbers of a board and of a picture that is evidence about it, in any order.
    n_voters, rest
        int64, shape ``(n_images,)``, by picture, the board's own vote included: voting boards, and the millionths
        of their votes that are spread by the prior.
    first_vote, n_votes
        int64, shape ``(n_images,)``: picture ``i`` has the votes from ``first_vote[i]``, ``n_votes[i]`` of them.
    category, lift
        int64 and float64: code of each vote, and the votes for it over its prior, own votes included.
    """

    own: Votes
    voter: npt.NDArray[np.bool_]
    prior: npt.NDArray[np.float64]
    n_images: Ints
    board: Ints
    image: Ints
    n_voters: Ints
    rest: Ints
    first_vote: Ints
    n_votes: Ints
    category: Ints
    lift: npt.NDArray[np.float64]

    def scores(self, rows: Ints, outlier_shares: Sequence[float]) -> npt.NDArray[np.float64]:
        """Sum what the pictures of some boards say for each category, own votes left out.

        Parameters
        ----------
        rows
            int64, shape ``(n_rows,)``: numbers of boards.
        outlier_shares
            Values of eps in [0, 1): the share of pictures that say nothing about their board.

        Returns
        -------
        float64 array, shape ``(n_eps, n_rows, n_categories)``
            In the order of `outlier_shares` and `rows`; 0 for a category that nobody votes for, so 0 throughout for a
            board without evidence.

        Notes
        -----
        ``sum over pictures i of log(r(c, i) / r(i))``, ``r(c, i) = (1 - eps) * p(c | i, without b) / prior_c + eps``,
        where ``p(c | i, without b) = (votes for c + (rest + SMOOTHING) * prior_c) / (voters + SMOOTHING)``, and r(i) is
        that of a category without votes, one number for all of them. So time is O(votes on the pictures x n_eps),
        whatever the number of categories. Logarithms are rounded to multiples of `UNIT`: they add up exactly below
        2**27, so the sums are the same in any order of pictures.
        """
        n_categories = len(self.prior)
        result = np.zeros((len(outlier_shares), len(rows) * n_categories))
        number = np.full(len(self.n_images), -1)
        number[rows] = np.arange(len(rows))
        row = number[self.board]
        asked = np.flatnonzero(row >= 0)
        step = max(1, BLOCK_CELLS // n_categories)
        for start in range(0, len(asked), step):
            here = asked[start : start + step]
            board, image = self.board[here], self.image[here]
            pair, entry = spread(self.first_vote[image], self.n_votes[image])
            category = self.category[entry]
            lift = self._left_out(self.lift[entry], category, pair, board)
            cell = (row[here] * n_categories)[pair]
            cell += category
            for at, weight in enumerate(self._weights(board, image, outlier_shares)):
                said = weight[pair]
                said *= lift
                np.log1p(said, out=said)
                said *= 1 / UNIT
                result[at] += np.bincount(cell, np.rint(said, out=said), result.shape[1])
        result *= UNIT
        return result.reshape(len(outlier_shares), len(rows), n_categories)

    def _left_out(
        self, lift: npt.NDArray[np.float64], category: Ints, pair: Ints, board: Ints
    ) -> npt.NDArray[np.float64]:
        """Take the own vote of each pair's board out of the lifts of some categories of that pair; in place."""
        for own, mass in zip(self.own.category[board].T, self.own.mass[board].T, strict=True):
            cast = mass > 0  # so it is among the votes on the picture, once
            mine = np.flatnonzero(category == np.where(cast, own, np.int64(-1))[pair])
            lift[mine] -= _lift(mass[cast], own[cast], self.prior)  # 0 where nobody else says so
        return lift

    def _weights(self, board: Ints, image: Ints, outlier_shares: Sequence[float]) -> list[npt.NDArray[np.float64]]:
        """Return by eps, for every board-picture pair, what turns a lift into the ratio r(c, i) / r(i) - 1."""
        unvoted = (self.rest[image] - self.own.rest[board]) / VOTE + SMOOTHING
        voters = self.n_voters[image] - self.voter[board] + SMOOTHING
        return [(1 - eps) / ((1 - eps) * unvoted + eps * voters) for eps in outlier_shares]


def gather_evidence(pictures: pa.Table, board_ids: Ints, voters: VotingBoards) -> Evidence:
    """Gather the evidence about the boards of a partition.

    Parameters
    ----------
    pictures
        Rows of `features.categories.picture_votes`, in any order: all that name one of the boards, and no others.
    board_ids
        int64, shape ``(n_boards,)``, ascending: all boards of the partition.
    voters
        What every board says.

    Returns
    -------
    Evidence
        Boards in the order of `board_ids`.

    Notes
    -----
    O(pairs log pairs) time. A picture on one voting board alone is no evidence about that board.

    Examples
    --------
    Board 7 and board 8 share picture a; picture b sits on board 8 alone.

    >>> from features.categories.inputs import LabelledBoards
    >>> from features.categories.picture_votes import picture_votes
    >>> from features.categories.votes import owner_voters, voting_boards
    >>> boards = LabelledBoards(np.array([7, 8]), ("art", "food"), np.array([0, 1]))
    >>> voters = voting_boards(owner_voters(boards))
    >>> pins = pa.table({"board_id": [7, 8, 8], "image_signature": ["a", "a", "b"]})
    >>> evidence = gather_evidence(picture_votes(pins, voters), boards.board_ids, voters)
    >>> evidence.n_images.tolist()
    [1, 1]
    >>> np.exp(evidence.scores(np.array([0]), [0.0])).round(3).tolist()  # (0 + 2 / 2) and (1 + 2 / 2), over 2 / 2
    [[[1.0, 2.0]]]
    """
    column = {name: one_array(pictures[name]) for name in pictures.column_names}
    own, n_voters = voters.votes_of(board_ids), column["n_voters"].to_numpy()
    image = np.repeat(np.arange(len(pictures)), _lengths(column["boards"]))
    board = pc.index_in(column["boards"].flatten(), value_set=pa.array(board_ids)).to_numpy().astype(np.int64)
    voter = own.voter
    evident = np.flatnonzero(n_voters[image] > voter[board])
    n_votes, category = _lengths(column["votes"]), column["categories"].flatten().to_numpy().astype(np.int64)
    return Evidence(
        own=own,
        voter=voter,
        prior=voters.prior,
        n_images=np.bincount(board[evident], minlength=len(board_ids)),
        board=board[evident],
        image=image[evident],
        n_voters=n_voters,
        rest=column["rest"].to_numpy(),
        first_vote=np.cumsum(n_votes) - n_votes,
        n_votes=n_votes,
        category=category,
        lift=_lift(column["votes"].flatten().to_numpy(), category, voters.prior),
    )


def _lift(
    votes: npt.NDArray[np.signedinteger[Any]],
    category: npt.NDArray[np.signedinteger[Any]],
    prior: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    lift: npt.NDArray[np.float64] = votes / (VOTE * prior)[category]
    return lift


def _lengths(lists: pa.ListArray) -> Ints:
    lengths: Ints = lists.value_lengths().to_numpy().astype(np.int64)
    return lengths
