"""What other boards say about the boards of a partition: the votes on their pictures, own votes left out.

A board votes on every picture it shows. The evidence about a board is what the *other* boards say about its
pictures, so the score of a board never saw its own label. That lets the labels judge the score afterwards.
The form (naive Bayes over pictures, with an outlier share) is our reconstruction; that owners of boards that
share a picture broadly agree on its category is published (Zhong, Karamshuk, Sastry, "Predicting Pinterest").
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.categories.picture_weights import N_KNOTS, N_PLANES, READINGS, knot_shares
from features.categories.votes import VOTE, Votes, VotingBoards
from features.grouping import Floats, Ints, offsets_of, spread, weight_of_groups
from features.one_array import one_array

SMOOTHING = 2.0  # votes that the prior casts on every picture
DENSE_CELLS = 2**24  # of pictures by categories whose logarithms are laid out in full, which is faster
BLOCK_CELLS = 2**18  # most votes on pictures that are worked on at once else

# Logarithms are whole multiples of the one and weights of the other, so their products add up exactly, below 2**23, and
# to the same number in any order.
LOG_UNIT, WEIGHT_UNIT = 2.0**-16, 2.0**-14
_HALF = 32  # bits: two numbers in one are sorted at once


@dataclass(frozen=True, slots=True)
class Evidence:
    """The pictures of some boards that other boards have votes on, and those votes.

    Parameters
    ----------
    own
        What the boards say themselves, to be left out of their own evidence.
    prior
        float64, shape ``(n_categories,)``: shares of the categories, all positive, summing to 1.
    n_images
        int64, shape ``(n_boards,)``: pictures of the board that another voting board shows as well.
    pairs
        A board and a picture that is evidence about it, each, by board.
    heard
        What is said of the pictures.
    """

    own: Votes
    prior: Floats
    n_images: Ints
    pairs: "HeardPairs"
    heard: "HeardVotes"

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
        of a category without votes, one number for all of them. What a board leaves to the prior, `rest`, names no
        category and is not left out. O(pairs x categories) multiplications, and logarithms of votes and pairs alone.
        """
        said = self._of(rows)
        return said.sums(dict(enumerate(said.weighed(weights))))

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
        said = self._of(rows)
        planes = np.empty((N_PLANES, len(rows), len(self.prior)), np.float32)
        for number in range(N_PLANES):
            reading, knot = divmod(number, N_KNOTS)
            planes[number] = said.sums({reading: said.shares[:, knot]})
        return planes

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
        pair
            int64, shape ``(n_images,)``: positions in `pairs`, a picture each.
        score
            float64, shape ``(n_images, n_categories)``: its sum over the pictures is that of `scores`, exactly.
        """
        said = self._of(np.array([board]), apart=True)
        return said.pair, said.sums(dict(enumerate(said.weighed(weights))))

    def _of(self, rows: Ints, *, apart: bool = False) -> "_Said":
        """Return the pairs of some boards, or each pair as if it were a board."""
        row, pair = spread((np.cumsum(self.n_images) - self.n_images)[rows], self.n_images[rows])
        board = rows[row]
        if apart:
            row = np.arange(len(pair))
        starts = offsets_of(np.bincount(row, minlength=len(row) if apart else len(rows)))
        shares = knot_shares(self.pairs.reach[pair], self.pairs.contrast[pair])
        return _Said(self, board, row, pair, starts, shares)


@dataclass(frozen=True, slots=True)
class HeardVotes:
    """What all boards say of some pictures.

    Parameters
    ----------
    n_voters, rest
        int64, shape ``(n_images,)``: voters, and the millionths of their votes spread by the prior.
    included
        bool, shape ``(n_images,)``: whether the own votes of the boards that show it are among its votes.
    first_vote, n_votes
        int64, shape ``(n_images,)``: picture ``i`` has the votes from ``first_vote[i]``, ``n_votes[i]`` of them.
    category, lift
        int64 and float64: code of each vote, ascending within a picture, and the votes for it over its prior.
    logs
        float64, shape ``(len(READINGS), 2, n_votes)``: log(r(c, i) / r(i)) in multiples of `LOG_UNIT`, for boards that
        are no voters on the picture and for those that are, whose own category is still in.
    """

    n_voters: Ints
    rest: Ints
    included: npt.NDArray[np.bool_]
    first_vote: Ints
    n_votes: Ints
    category: Ints
    lift: Floats
    logs: Floats

    def laid_out(self, reading: int, n_categories: int) -> Floats:
        """Return the logarithms of a reading, shape ``(2 * n_images, n_categories)``, 0 where nobody votes so."""
        cells = np.repeat(np.arange(len(self.n_votes)) * n_categories, self.n_votes) + self.category
        table = np.zeros((2, len(self.n_votes) * n_categories))
        table[:, cells] = self.logs[reading]
        return table.reshape(-1, n_categories)

    def slope(self, reading: int, image: Ints, is_voter: npt.NDArray[np.bool_]) -> Floats:
        """Return what turns a lift into the ratio r(c, i) / r(i) - 1, of a reading, pictures and whether one votes."""
        eps = READINGS[reading]
        unvoted = (1 - eps) * (self.rest[image] / VOTE + SMOOTHING)
        slope: Floats = (1 - eps) / (unvoted + eps * (self.n_voters[image] - is_voter + SMOOTHING))
        return slope


@dataclass(frozen=True, slots=True)
class HeardPairs:
    """Boards and the pictures that are evidence about them.

    Parameters
    ----------
    image
        int64, shape ``(n_pairs,)``: numbers of pictures.
    is_voter
        bool, shape ``(n_pairs,)``: whether the board itself is among the voters on the picture.
    reach
        int64, shape ``(n_pairs,)``: voters, the board left out.
    contrast
        float64, shape ``(n_pairs,)``: chi-square distance of their votes from the prior.
    own_lift
        float64, shape ``(n_pairs, k)``: lift of each category that the board itself votes for, its own vote included.
    """

    image: Ints
    is_voter: npt.NDArray[np.bool_]
    reach: Ints
    contrast: Floats
    own_lift: Floats


@dataclass(frozen=True, slots=True)
class _Said:
    """Some pairs: their numbers, boards and rows of the sums; those of a row lie from its start to that of the next."""

    evidence: Evidence
    board: Ints
    row: Ints
    pair: Ints
    starts: Ints
    shares: Floats

    def weighed(self, weights: Floats) -> Floats:
        """Return the weight of every pair, by reading."""
        by_reading: Floats = np.einsum("pk,rk->rp", self.shares, weights)
        return by_reading

    def sums(self, weights: Mapping[int, Floats]) -> Floats:
        """Sum the logarithms by row and category, own votes left out; a reading has a weight for every pair."""
        weights = {reading: np.rint(weight / WEIGHT_UNIT) * WEIGHT_UNIT for reading, weight in weights.items()}
        n_rows = 2 * len(self.evidence.heard.n_votes)
        worth_it = n_rows <= len(self.pair) and n_rows * len(self.evidence.prior) <= DENSE_CELLS
        total = self._of_tables(weights) if worth_it else self._of_votes(weights)
        for reading, weight in weights.items():
            self._leave_out(total.reshape(-1), reading, weight)
        return total

    def _of_tables(self, weights: Mapping[int, Floats]) -> Floats:
        from scipy.sparse import csr_array  # noqa: PLC0415 - as in likelihood

        pairs, n_images, n_categories = self.evidence.pairs, len(self.evidence.heard.n_votes), len(self.evidence.prior)
        row = pairs.image[self.pair] + n_images * pairs.is_voter[self.pair]
        total = np.zeros((len(self.starts) - 1, n_categories))
        for reading, weight in weights.items():
            weighing = csr_array((weight, row, self.starts), shape=(len(total), 2 * n_images))
            total += weighing @ self.evidence.heard.laid_out(reading, n_categories)
        return total

    def _of_votes(self, weights: Mapping[int, Floats]) -> Floats:
        """Do the same a block of pairs at a time, without a table of all pictures."""
        pairs, heard, n_categories = self.evidence.pairs, self.evidence.heard, len(self.evidence.prior)
        total = np.zeros((len(self.starts) - 1) * n_categories)
        step = max(1, BLOCK_CELLS // n_categories)
        for start in range(0, len(self.pair), step):
            here = slice(start, start + step)
            image, is_voter = pairs.image[self.pair[here]], pairs.is_voter[self.pair[here]]
            pair, entry = spread(heard.first_vote[image], heard.n_votes[image])
            heard_as = (is_voter * len(heard.category))[pair] + entry
            values = np.zeros(len(entry))
            for reading, weight in weights.items():
                values += weight[here][pair] * heard.logs[reading].reshape(-1)[heard_as]
            first = self.row[start]
            cell = ((self.row[here] - first) * n_categories)[pair] + heard.category[entry]
            added = weight_of_groups(cell, values, 0)
            total[first * n_categories :][: len(added)] += added
        return total.reshape(-1, n_categories)

    def _leave_out(self, total: Floats, reading: int, weight: Floats) -> None:
        """Replace what the own votes of the boards make of their categories by what others make of them."""
        pairs, own, prior = self.evidence.pairs, self.evidence.own, self.evidence.prior
        is_voter = pairs.is_voter[self.pair]
        slope = self.evidence.heard.slope(reading, pairs.image[self.pair], is_voter)
        for slot in range(own.category.shape[1]):
            category, mass = own.category[self.board, slot], own.mass[self.board, slot] * is_voter
            lift = pairs.own_lift[self.pair, slot]
            less = _logs(slope * (lift - _lift(mass, category, prior))) - _logs(slope * lift)
            total += weight_of_groups(self.row * len(prior) + category, weight * less, len(total))


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
    own = voters.votes_of(board_ids)
    n_votes, category = _lengths(column["votes"]), column["categories"].flatten().to_numpy().astype(np.int64)
    lift = _lift(column["votes"].flatten().to_numpy(), category, voters.prior)
    heard = HeardVotes(
        n_voters=column["n_voters"].to_numpy(),
        rest=column["rest"].to_numpy(),
        included=column["included"].to_numpy(zero_copy_only=False),
        first_vote=np.cumsum(n_votes) - n_votes,
        n_votes=n_votes,
        category=category,
        lift=lift,
        logs=np.empty((len(READINGS), 2, len(lift))),
    )
    every = np.arange(len(n_votes))
    for reading in range(len(READINGS)):
        for is_voter in (False, True):
            slope = heard.slope(reading, every, np.full(len(every), is_voter))
            heard.logs[reading, int(is_voter)] = _logs(np.repeat(slope, n_votes) * lift)
    image = np.repeat(np.arange(len(pictures)), _lengths(column["boards"]))
    board = pc.index_in(column["boards"].flatten(), value_set=pa.array(board_ids)).to_numpy().astype(np.int64)
    is_voter = own.voter[board] & heard.included[image]
    evident = np.flatnonzero(heard.n_voters[image] > is_voter)
    image, board, is_voter = image[evident], board[evident], is_voter[evident]
    pairs = _heard_pairs(heard, own, voters.prior, (image, board, is_voter))
    by_board = np.sort(board << _HALF | np.arange(len(board))) & (1 << _HALF) - 1  # in a quarter of the time of argsort
    return Evidence(
        own=own,
        prior=voters.prior,
        n_images=np.bincount(board, minlength=len(board_ids)),
        pairs=HeardPairs(*(getattr(pairs, name)[by_board] for name in HeardPairs.__slots__)),
        heard=heard,
    )


def _heard_pairs(
    heard: HeardVotes, own: Votes, prior: Floats, pairs: tuple[Ints, Ints, npt.NDArray[np.bool_]]
) -> HeardPairs:
    """Leave the own vote of each board out of how many speak, and of how far what they say is from the prior."""
    image, board, is_voter = pairs
    n_categories = len(prior)
    of_vote = np.repeat(np.arange(len(heard.n_votes)), heard.n_votes)
    keys = of_vote * n_categories + heard.category
    squares = weight_of_groups(of_vote, heard.lift**2 * prior[heard.category], len(heard.n_votes))[image]
    own_lift = np.zeros((len(image), own.category.shape[1]))
    for slot in range(own.category.shape[1]):
        category, mass = own.category[board, slot].astype(np.int64), own.mass[board, slot] * is_voter
        cast = np.flatnonzero(mass)  # so it is among the votes on the picture
        lift = heard.lift[np.searchsorted(keys, image[cast] * n_categories + category[cast])]
        own_lift[cast, slot] = lift
        left = lift - _lift(mass[cast], category[cast], prior)
        squares[cast] += (left**2 - lift**2) * prior[category[cast]]
    reach = heard.n_voters[image] - is_voter
    named = reach - (heard.rest[image] - own.rest[board] * is_voter) / VOTE
    contrast = (squares - named**2) / (reach + SMOOTHING) ** 2
    return HeardPairs(image, is_voter, reach, contrast, own_lift)


def _logs(gain: Floats) -> Floats:
    """Return log(1 + gain), rounded; a third of the time of log1p, whose last digits would be rounded away."""
    logs: Floats = np.rint(np.log(1 + gain) / LOG_UNIT) * LOG_UNIT
    return logs


def _lift(
    votes: npt.NDArray[np.signedinteger[Any]], category: npt.NDArray[np.signedinteger[Any]], prior: Floats
) -> Floats:
    lift: Floats = votes / (VOTE * prior)[category]
    return lift


def _lengths(lists: pa.ListArray) -> Ints:
    lengths: Ints = lists.value_lengths().to_numpy().astype(np.int64)
    return lengths
