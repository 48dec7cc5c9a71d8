"""What other boards say about the boards of a partition: the votes on their pictures, own votes left out.

A board votes on every picture it shows. The evidence about a board is what the *other* boards say about its
pictures, so the score of a board never saw its own label. That lets the labels judge the score afterwards.
The form (naive Bayes over pictures, with outlier shares) is our reconstruction; that owners of boards that
share a picture broadly agree on its category is published (Zhong, Karamshuk, Sastry, "Predicting Pinterest").
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.categories.heard_pairs import HeardPairs, heard_pairs
from features.categories.leave_one_out import HeardVotes, heard_votes, lift_of, rounded_logs
from features.categories.picture_weights import READINGS, knot_shares
from features.categories.votes import Votes, VotingBoards
from joins.arrow.groups import Floats, Ints, offsets_of, spread, weight_of_groups

WEIGHT_UNIT = 2.0**-14  # weights are rounded to it, so that sums below 2**23 are exact, and the same in any order
DENSE_CELLS = 2**24  # of pictures by categories whose logarithms are laid out in full, which is faster
BLOCK_CELLS = 2**18  # else most votes on pictures that are worked on at once

Weights = Mapping[int, Floats]  # by reading, of board-picture pairs


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
    pairs: HeardPairs
    heard: HeardVotes

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
        said = self._said(rows)
        scores: Floats = said.sums([said.weighed(weights)])[0]
        return scores

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
        said = self._said(rows)
        weights = [{reading: share} for reading in range(len(READINGS)) for share in said.shares.T]
        return said.sums(weights).astype(np.float32)

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
        said = self._said(np.array([board]), apart=True)
        return said.pair, said.sums([said.weighed(weights)])[0]

    def _said(self, rows: Ints, *, apart: bool = False) -> "_Said":
        """Return the pairs of some boards, or each pair as if it were a board."""
        row, pair = spread((np.cumsum(self.n_images) - self.n_images)[rows], self.n_images[rows])
        n_rows = len(rows)
        if apart:
            row, n_rows = np.arange(len(pair)), len(pair)
        shares = knot_shares(self.pairs.reach[pair], self.pairs.contrast[pair])
        return _Said(self, pair, row, n_rows, shares)


@dataclass(frozen=True, slots=True)
class _Said:
    """Some pairs, by row of the sums that they are to be added up in; each with its shares of the knots."""

    evidence: Evidence
    pair: Ints
    row: Ints
    n_rows: int
    shares: Floats

    def weighed(self, weights: Floats) -> Weights:
        """Return the weights of the pairs, given those at the knots."""
        return dict(enumerate(np.einsum("pk,rk->rp", self.shares, weights)))

    def sums(self, weights: Sequence[Weights]) -> Floats:
        """Sum the logarithms by row and category, own votes left out, once for each of several weights.

        Parameters
        ----------
        weights
            By reading, the weight of every pair; readings that are missing have none.

        Returns
        -------
        float64 array, shape ``(len(weights), n_rows, n_categories)``
            Exact for weights rounded to multiples of `WEIGHT_UNIT`.
        """
        weights = [{reading: _rounded(weight) for reading, weight in of.items()} for of in weights]
        total = np.zeros((len(weights), self.n_rows * len(self.evidence.prior)))
        n_heard = 2 * len(self.evidence.heard.n_votes)
        worth_it = n_heard <= len(self.pair) and n_heard * len(self.evidence.prior) <= DENSE_CELLS
        if worth_it:
            self._add_tables(total, weights)
        else:
            self._add_votes(total, weights)
        for reading in range(len(READINGS)):
            self._leave_out(total, weights, reading)
        return total.reshape(len(weights), self.n_rows, len(self.evidence.prior))

    def _add_tables(self, total: Floats, weights: Sequence[Weights]) -> None:
        from scipy.sparse import csr_array  # noqa: PLC0415 - as in likelihood

        pairs, heard = self.evidence.pairs, self.evidence.heard
        heard_as = pairs.image[self.pair] + len(heard.n_votes) * pairs.is_voter[self.pair]
        starts = offsets_of(np.bincount(self.row, minlength=self.n_rows))
        for reading in range(len(READINGS)):
            table = heard.laid_out(reading, len(self.evidence.prior))
            for number, of in enumerate(weights):
                if reading in of:
                    weighing = csr_array((of[reading], heard_as, starts), (self.n_rows, len(table)))
                    total[number] += (weighing @ table).reshape(-1)

    def _add_votes(self, total: Floats, weights: Sequence[Weights]) -> None:
        """Do the same a block of pairs at a time, without a table of all pictures."""
        pairs, heard, n_categories = self.evidence.pairs, self.evidence.heard, len(self.evidence.prior)
        step = max(1, BLOCK_CELLS // n_categories)
        for start in range(0, len(self.pair), step):
            here = slice(start, start + step)
            image, is_voter = pairs.image[self.pair[here]], pairs.is_voter[self.pair[here]]
            pair, entry = spread(heard.first_vote[image], heard.n_votes[image])
            logs = heard.logs.reshape(len(READINGS), -1)[:, (is_voter * len(heard.category))[pair] + entry]
            first = self.row[start]
            cell = ((self.row[here] - first) * n_categories)[pair] + heard.category[entry]
            for sums, of in zip(total[:, first * n_categories :], weights, strict=True):
                values = np.zeros(len(cell))
                for reading, weight in of.items():
                    values += weight[here][pair] * logs[reading]
                added = weight_of_groups(cell, values, 0)
                sums[: len(added)] += added

    def _leave_out(self, total: Floats, weights: Sequence[Weights], reading: int) -> None:
        """Replace what the own votes of the boards make of their categories by what others make of them."""
        pairs, own, prior = self.evidence.pairs, self.evidence.own, self.evidence.prior
        board, is_voter = pairs.board[self.pair], pairs.is_voter[self.pair]
        slope = self.evidence.heard.slope(reading, pairs.image[self.pair], is_voter)
        for slot in range(own.category.shape[1]):
            category, mass = own.category[board, slot], own.mass[board, slot] * is_voter
            lift = pairs.own_lift[self.pair, slot]
            less = rounded_logs(slope * (lift - lift_of(mass, category, prior))) - rounded_logs(slope * lift)
            cell = self.row * len(prior) + category
            for number, of in enumerate(weights):
                if reading in of:
                    total[number] += weight_of_groups(cell, of[reading] * less, total.shape[1])


def _rounded(weight: Floats) -> Floats:
    rounded: Floats = np.rint(weight / WEIGHT_UNIT) * WEIGHT_UNIT
    return rounded


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
    own, heard = voters.votes_of(board_ids), heard_votes(pictures, voters.prior)
    pairs = heard_pairs(pictures, board_ids, own, heard, voters.prior)
    return Evidence(own, voters.prior, np.bincount(pairs.board, minlength=len(board_ids)), pairs, heard)
