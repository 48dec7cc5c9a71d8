"""What other boards say about the boards of a partition: the votes on their pictures, own votes left out.

A board votes on every picture it shows. The evidence about a board is what the *other* boards say about its
pictures, so the score of a board never saw its own label. That lets the labels judge the score afterwards.
The form (naive Bayes over pictures, with an outlier share) is our reconstruction; that owners of boards that
share a picture broadly agree on its category is published (Zhong, Karamshuk, Sastry, "Predicting Pinterest").
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.categories.picture_weights import N_PLANES, READINGS, knot_shares
from features.categories.votes import VOTE, Votes, VotingBoards
from features.grouping import Floats, Ints, spread, weight_of_groups
from features.one_array import one_array

BLOCK_CELLS = 2**18  # most votes on pictures that are worked on at once
SMOOTHING = 2.0  # votes that the prior casts on every picture
_HALF = 32  # bits: two numbers in one are sorted at once
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
    image
        int64, shape ``(n_pairs,)``: numbers of the pictures that are evidence, by board.
    n_voters, rest
        int64, shape ``(n_images,)``, by picture: voters, and the millionths of their votes spread by the prior.
    included
        bool, shape ``(n_images,)``, by picture: whether the own votes of its boards are among its votes.
    first_vote, n_votes
        int64, shape ``(n_images,)``: picture ``i`` has the votes from ``first_vote[i]``, ``n_votes[i]`` of them.
    category, lift
        int64 and float64: code of each vote, and the votes for it over its prior.
    """

    own: Votes
    voter: npt.NDArray[np.bool_]
    prior: npt.NDArray[np.float64]
    n_images: Ints
    image: Ints
    n_voters: Ints
    rest: Ints
    included: npt.NDArray[np.bool_]
    first_vote: Ints
    n_votes: Ints
    category: Ints
    lift: Floats

    def scores(self, rows: Ints, weights: Floats) -> Floats:
        """Sum what the pictures of some boards say for each category, own votes left out.

        Parameters
        ----------
        rows
            int64, shape ``(n_rows,)``: numbers of boards.
        weights
            float64, shape ``(len(READINGS), N_KNOTS)``: of the readings of a picture that lies at a knot.

        Returns
        -------
        float64 array, shape ``(n_rows, n_categories)``
            In the order of `rows`; 0 for a category that nobody votes for, so 0 throughout without evidence.

        Notes
        -----
        ``sum over pictures i and readings of weight(i) * log(r(c, i) / r(i))``, where, for a reading with the share eps
        of silent pictures, ``r(c, i) = (1 - eps) * p(c | i, without b) / prior_c + eps``,
        ``p(c | i, without b) = (votes for c + (rest + SMOOTHING) * prior_c) / (voters + SMOOTHING)``, and r(i) is that
        of a category without votes, one number for all of them. So time is O(votes on the pictures), whatever the
        number of categories. What is added up is rounded to multiples of `UNIT`: it adds up exactly below 2**27, so
        the sums are the same in any order of pictures.
        """
        n_categories = len(self.prior)
        result = np.zeros(len(rows) * n_categories)
        for said in self._said(rows):
            said.add_to(result, said.weighed(weights))
        return (result * UNIT).reshape(len(rows), n_categories)

    def planes(self, rows: Ints) -> npt.NDArray[np.float32]:
        """Sum what `scores` weighs, for each of its weights apart: `scores` is their weighted sum but for rounding.

        Parameters
        ----------
        rows
            int64, shape ``(n_rows,)``: numbers of boards.

        Returns
        -------
        float32 array, shape ``(N_PLANES, n_rows, n_categories)``
            By reading, then knot.
        """
        result = np.zeros((N_PLANES, len(rows) * len(self.prior)))
        for said in self._said(rows):
            parts = (share[said.pair] * logs for logs in said.logs for share in said.shares.T)
            for plane, part in zip(result, parts, strict=True):
                said.add_to(plane, part)
        return (result * UNIT).astype(np.float32).reshape(N_PLANES, len(rows), len(self.prior))

    def by_picture(self, board: int, weights: Floats) -> tuple[Ints, Floats]:
        """Return the pictures that are evidence about one board, and what each adds to its scores.

        Parameters
        ----------
        board
            Number of the board.
        weights
            As for `scores`.

        Returns
        -------
        image
            int64, shape ``(n_images,)``: numbers of pictures.
        score
            float64, shape ``(n_images, n_categories)``: its sum over the pictures is that of `scores`.
        """
        n_categories = len(self.prior)
        images, parts = [np.empty(0, np.int64)], [np.empty((0, n_categories))]
        for said in self._said(np.array([board])):
            images.append(said.image)
            cells = said.pair * n_categories + said.category
            added = weight_of_groups(cells, said.weighed(weights), len(said.image) * n_categories)
            parts.append(added.reshape(-1, n_categories))
        return np.concatenate(images), np.concatenate(parts)

    def _said(self, rows: Ints) -> Iterator["_Said"]:
        """Read the votes on the pictures of some boards, a block of board-picture pairs at a time."""
        n_categories = len(self.prior)
        row, asked = spread((np.cumsum(self.n_images) - self.n_images)[rows], self.n_images[rows])
        step = max(1, BLOCK_CELLS // n_categories)
        for start in range(0, len(asked), step):
            here = slice(start, start + step)
            board, image = rows[row[here]], self.image[asked[here]]
            pair, entry = spread(self.first_vote[image], self.n_votes[image])
            category = self.category[entry]
            included = self.included[image]
            lift = self._left_out(self.lift[entry], category, pair, board, included)
            unvoted = (self.rest[image] - self.own.rest[board] * included) / VOTE + SMOOTHING
            voters = self.n_voters[image] - (self.voter[board] & included)
            total = voters + SMOOTHING
            squares = np.bincount(pair, lift * lift * self.prior[category], len(image))
            shares = knot_shares(voters, (squares - (total - unvoted) ** 2) / total**2)
            ratio = [(1 - eps) / ((1 - eps) * unvoted + eps * total) for eps in READINGS]
            logs = [np.log(1 + each[pair] * lift) for each in ratio]  # a third of the time of log1p
            first = row[start]
            cell = ((row[here] - first) * n_categories)[pair] + category
            yield _Said(image, pair, category, cell, first * n_categories, shares, logs)

    def _left_out(
        self, lift: Floats, category: Ints, pair: Ints, board: Ints, included: npt.NDArray[np.bool_]
    ) -> Floats:
        """Take the own vote of each pair's board out of the lifts of some categories of that pair; in place."""
        for own, mass in zip(self.own.category[board].T, self.own.mass[board].T, strict=True):
            cast = (mass > 0) & included  # so it is among the votes on the picture, once
            mine = np.flatnonzero(category == np.where(cast, own, np.int64(-1))[pair])
            lift[mine] -= _lift(mass[cast], own[cast], self.prior)  # 0 where nobody else says so
        return lift


@dataclass(frozen=True, slots=True)
class _Said:
    """The votes of a block of board-picture pairs.

    ``image`` and ``shares`` are by pair; ``pair``, ``category``, ``cell`` (of boards by categories, counted from
    ``first_cell``) and every array of ``logs``, one a reading, are by vote.
    """

    image: Ints
    pair: Ints
    category: Ints
    cell: Ints
    first_cell: int
    shares: Floats
    logs: list[Floats]

    def add_to(self, sums: Floats, values: Floats) -> None:
        """Add values, one a vote, to sums by cell, in multiples of `UNIT`."""
        here = sums[self.first_cell :]
        added = np.bincount(self.cell, np.rint(values / UNIT))
        here[: len(added)] += added

    def weighed(self, weights: Floats) -> Floats:
        """Return what every vote adds to a score."""
        total = np.zeros(len(self.pair))
        for by_knot, logs in zip(weights, self.logs, strict=True):
            total += np.einsum("pk,k->p", self.shares, by_knot)[self.pair] * logs
        return total


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
    >>> from features.categories.picture_weights import N_KNOTS, READINGS
    >>> from features.categories.votes import owner_voters, voting_boards
    >>> boards = LabelledBoards(np.array([7, 8]), ("art", "food"), np.array([0, 1]))
    >>> voters = voting_boards(owner_voters(boards))
    >>> pins = pa.table({"board_id": [7, 8, 8], "image_signature": ["a", "a", "b"]})
    >>> evidence = gather_evidence(picture_votes(pins, voters), boards.board_ids, voters)
    >>> evidence.n_images.tolist()
    [1, 1]
    >>> wary = np.zeros((len(READINGS), N_KNOTS))
    >>> wary[1, 0] = 1.0  # for pictures with one voter; .6 * p / prior + .4 is .8 and 1.2, p being 1 / 3 and 2 / 3
    >>> np.exp(evidence.scores(np.array([0]), wary)).round(3).tolist()
    [[1.0, 1.5]]
    """
    column = {name: one_array(pictures[name]) for name in pictures.column_names}
    own, n_voters = voters.votes_of(board_ids), column["n_voters"].to_numpy()
    included = column["included"].to_numpy(zero_copy_only=False)
    image = np.repeat(np.arange(len(pictures)), _lengths(column["boards"]))
    board = pc.index_in(column["boards"].flatten(), value_set=pa.array(board_ids)).to_numpy().astype(np.int64)
    voter = own.voter
    evident = np.flatnonzero(n_voters[image] > (voter[board] & included[image]))
    by_board = np.sort(board[evident] << _HALF | np.arange(len(evident)))  # in a quarter of the time of argsort
    evident = evident[by_board & (1 << _HALF) - 1]
    n_votes, category = _lengths(column["votes"]), column["categories"].flatten().to_numpy().astype(np.int64)
    return Evidence(
        own=own,
        voter=voter,
        prior=voters.prior,
        n_images=np.bincount(board[evident], minlength=len(board_ids)),
        image=image[evident],
        n_voters=n_voters,
        rest=column["rest"].to_numpy(),
        included=included,
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
