"""Leave-one-out evidence about the boards of a partition: the votes of other boards on the pictures of each.

A board votes on every picture it shows. The evidence about a board is made of the votes of *other* boards on its
pictures, so the score of a board never saw its own label. That lets the labels judge the score afterwards.
The form (naive Bayes over pictures, with outlier shares) is our reconstruction; that owners of boards that
share a picture broadly agree on its category is published (Zhong, Karamshuk, Sastry, "Predicting Pinterest").
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa

from features.categories.evidence.evidence_weights import OUTLIER_SHARES, Narrow, knot_shares
from features.categories.evidence.leave_one_out import (
    EvidencePairs,
    LikelihoodTerms,
    leave_one_out,
    likelihood_terms,
)
from features.categories.evidence.scored_boards import ScoredBoards
from features.categories.evidence.voting_boards import Votes, VotingBoards
from features.categories.labelled_boards import distinct
from joins.arrow.chunks import one_array
from joins.arrow.groups import Floats, Ints, offsets_of, spread, weight_of_groups

WEIGHT_UNIT = 2.0**-14  # weights are rounded to it, so that sums below 2**23 are exact, and the same in any order

Weights = Mapping[int, Floats]  # by number of the outlier share, of board-picture pairs


@dataclass(frozen=True, slots=True)
class Evidence:
    """Some boards, their pictures that other boards vote on, and those votes.

    Parameters
    ----------
    board_ids, labels
        int64, shape ``(n_boards,)``: ascending ids, and codes of the owners' categories, -1 for none.
    names
        The categories; a position is a code.
    prior
        float64, shape ``(n_categories,)``: shares of the categories, all positive, summing to 1.
    own
        The votes of the boards themselves, to be left out of their own evidence.
    n_images
        int64, shape ``(n_boards,)``: pictures of the board that another voting board shows as well.
    pairs
        A board and a picture that is evidence about it, each, by board.
    terms
        Of the pictures.
    """

    board_ids: Ints
    labels: Ints
    names: tuple[str, ...]
    prior: Floats
    own: Votes
    n_images: Ints
    pairs: EvidencePairs
    terms: LikelihoodTerms

    def scores(self, rows: Ints, weights: Floats) -> Floats:
        """Sum the log-likelihood ratios of the pictures of some boards by category, own votes left out.

        ``weights``, shape ``(len(OUTLIER_SHARES), N_KNOTS)``, are those of a picture that lies at a knot. A row of the
        result is 0 for a category that nobody votes for, so 0 throughout without evidence.

        Notes
        -----
        ``sum over pictures i and outlier shares of weight(i) * log(r(c, i) / r(i))``, where, for the outlier share eps,
        ``r(c, i) = (1 - eps) * p(c | i, without b) / prior_c + eps``,
        ``p(c | i, without b) = (votes for c + (rest + SMOOTHING) * prior_c) / (voters + SMOOTHING)``, and r(i) is that
        of a category without votes, one number for all of them. What a board leaves to the prior, `rest`, names no
        category and is not left out. O(pairs x categories) multiplications, and logarithms of votes and pairs alone.
        """
        pairs = self._pairs_of(rows)
        scores: Floats = pairs.sums([pairs.weighed(weights)])[0]
        return scores

    def scored(self, weights: Floats) -> ScoredBoards:
        """Return the boards with their scores by some weights."""
        scores = partial(self.scores, weights=weights)
        return ScoredBoards(self.board_ids, self.labels, self.names, self.prior, self.n_images, scores)

    def planes(self, rows: Ints) -> Narrow:
        """Sum what `scores` weighs, for each of its weights apart: `scores` is their weighted sum but for rounding.

        float32, shape ``(N_PLANES, n_rows, n_categories)``, by outlier share, then knot.
        """
        pairs = self._pairs_of(rows)
        weights = [{outlier: share} for outlier in range(len(OUTLIER_SHARES)) for share in pairs.shares.T]
        return pairs.sums(weights).astype(np.float32)

    def by_picture(self, board: int, weights: Floats) -> tuple[Ints, Floats]:
        """Return the pictures that are evidence about one board, and what each adds to its scores.

        The pictures are positions in ``pairs``; what they add up to by category are the `scores` of the board, exactly.
        """
        pairs = self._pairs_of(np.array([board]), apart=True)
        return pairs.pair, pairs.sums([pairs.weighed(weights)])[0]

    def _pairs_of(self, rows: Ints, *, apart: bool = False) -> "_SummedPairs":
        """Return the pairs of some boards, or each pair as if it were a board."""
        row, pair = spread((np.cumsum(self.n_images) - self.n_images)[rows], self.n_images[rows])
        n_rows = len(rows)
        if apart:
            row, n_rows = np.arange(len(pair)), len(pair)
        shares = knot_shares(self.pairs.reach[pair], self.pairs.contrast[pair])
        return _SummedPairs(self, pair, row, n_rows, shares)


@dataclass(frozen=True, slots=True)
class _SummedPairs:
    """Some pairs, by row of the sums that they are to be added up in; each with its shares of the knots."""

    evidence: Evidence
    pair: Ints
    row: Ints
    n_rows: int
    shares: Floats

    def weighed(self, weights: Floats) -> Weights:
        """Return the weights of the pairs, given those at the knots."""
        return dict(enumerate(_weighed(self.shares, weights)))

    def sums(self, weights: Sequence[Weights]) -> Floats:
        """Sum the logarithms by row and category, own votes left out, once for each of several weights.

        float64, shape ``(len(weights), n_rows, n_categories)``; exact, as weights are rounded to `WEIGHT_UNIT`.
        """
        from scipy.sparse import csr_array  # noqa: PLC0415 - as in features.categories.fitting.owner_likelihood

        evidence, pairs = self.evidence, self.evidence.pairs.of(self.pair)
        own, terms, prior = evidence.own, evidence.terms, evidence.prior
        n_categories = len(prior)
        weights = [{outlier: _rounded(weight) for outlier, weight in of.items()} for of in weights]
        image, is_voter, seen = pairs.seen(len(terms.n_votes))
        starts = offsets_of(np.bincount(self.row, minlength=self.n_rows)).astype(np.int32)
        category = own.category.take(pairs.board, axis=0)
        cell = self.row[:, None] * n_categories + category
        total = np.zeros((len(weights), self.n_rows * n_categories))
        each = zip(terms.logs(image, is_voter, n_categories), pairs.less_own(own, terms, prior), strict=True)
        for outlier, (logs, less) in enumerate(each):
            for number, of in enumerate(weights):
                if outlier in of:
                    weighing = csr_array((of[outlier], seen.astype(np.int32), starts), (self.n_rows, len(image)))
                    total[number] += (weighing @ logs).toarray().reshape(-1)
                    for slot in range(cell.shape[1]):
                        lost = of[outlier] * less[:, slot]
                        total[number] += weight_of_groups(cell[:, slot], lost, total.shape[1])
        return total.reshape(len(weights), self.n_rows, n_categories)


def pair_weights(pairs: EvidencePairs, weights: Floats) -> Floats:
    """Return by what the logarithms of each outlier share are multiplied; ``weights`` are as for `Evidence.scores`.

    Shape ``(len(OUTLIER_SHARES), n_pairs)``, rounded to `WEIGHT_UNIT`.
    """
    return _rounded(_weighed(knot_shares(pairs.reach, pairs.contrast), weights))


def _weighed(shares: Floats, weights: Floats) -> Floats:
    weighed: Floats = np.einsum("pk,rk->rp", shares, weights)
    return weighed


def _rounded(weights: Floats) -> Floats:
    return np.rint(weights / WEIGHT_UNIT) * WEIGHT_UNIT


def gather_evidence(boards: Ints, pictures: pa.Table, voters: VotingBoards) -> Evidence:
    """Gather the evidence about the boards of a partition, every board once, by id.

    ``pictures`` are all rows of `picture_votes` that name one of the boards, and no others, in any order; boards that
    only they name may be missing in ``boards``. Where some boards are asked for, the others are left out.

    Notes
    -----
    O(pairs log pairs) time. A picture on one voting board alone is no evidence about that board.

    Examples
    --------
    Board 7 and board 8 share picture a; picture b sits on board 8 alone.

    >>> from features.categories.evidence.evidence_weights import N_KNOTS
    >>> from features.categories.evidence.picture_votes import picture_votes
    >>> from features.categories.evidence.shown_pictures import shown_pictures
    >>> from features.categories.evidence.voters import owner_voters
    >>> from features.categories.evidence.voting_boards import voting_boards
    >>> from features.categories.labelled_boards import LabelledBoards
    >>> voters = voting_boards(owner_voters(LabelledBoards(np.array([7, 8]), ("art", "food"), np.array([0, 1]))))
    >>> pins = pa.table({"board_id": [7, 8, 8], "image_signature": ["a", "a", "b"]})
    >>> evidence = gather_evidence(voters.board_ids, picture_votes(shown_pictures(pins), voters), voters)
    >>> evidence.n_images.tolist()
    [1, 1]
    >>> weights = np.zeros((len(OUTLIER_SHARES), N_KNOTS))
    >>> weights[1, 0] = 1.0  # of a picture with one voter; .6 * p / prior + .4 is .8 and 1.2, p being 1 / 3 and 2 / 3
    >>> np.exp(evidence.scores(np.array([0]), weights)).round(3).tolist()
    [[1.0, 1.5]]
    """
    board_ids = distinct(np.concatenate([boards, one_array(pictures["boards"]).flatten().to_numpy()]))
    rows = voters.rows_of(board_ids)
    asked = voters.about(rows) >= 0
    board_ids, rows = board_ids[asked], rows[asked]
    own, terms = voters.votes.of(rows), likelihood_terms(pictures, voters.prior)
    pairs = leave_one_out(pictures, board_ids, own, terms, voters.prior)
    n_images = np.bincount(pairs.board, minlength=len(board_ids))
    return Evidence(board_ids, voters.labels_of(rows), voters.names, voters.prior, own, n_images, pairs, terms)
