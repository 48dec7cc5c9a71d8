"""What each picture adds to a board's log-likelihood of each category, the board's own vote left out.

The votes on a picture are the same for all boards that show it, but for the own vote of each. So logarithms are taken
once a picture, with all votes; what a board's own vote changes is one term a board and picture, worked out apart.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.categories.evidence.evidence_weights import OUTLIER_SHARES
from features.categories.evidence.voting_boards import VOTE, Votes
from joins.arrow.chunks import one_array
from joins.arrow.groups import Floats, Ints, distinct_numbers, offsets_of, spread, weight_of_groups
from joins.arrow.ordering import order_of

if TYPE_CHECKING:
    from scipy.sparse import csr_array

SMOOTHING = 2.0  # votes that the prior casts on every picture
LOG_UNIT = 2.0**-16  # logarithms are rounded to it; multiplied by weights that are rounded, too, they add up exactly


@dataclass(frozen=True, slots=True)
class LikelihoodTerms:
    """The votes on some pictures, and what they add to the log-likelihood of each category.

    The votes on picture ``i`` add up to ``n_voters[i]`` millionths; ``rest[i]`` of them are spread by the prior, and
    ``own_share[i]`` is the part of its own vote that each of the boards finds among them, in millionths. Its
    ``n_votes[i]`` votes begin at ``first_vote[i]``: each has a ``category``, ascending within a picture, and a
    ``lift``, the votes for it over its prior.
    """

    n_voters: Ints
    rest: Ints
    own_share: Ints
    first_vote: Ints
    n_votes: Ints
    category: Ints
    lift: Floats

    def logs(self, image: Ints, is_voter: npt.NDArray[np.bool_], n_categories: int) -> "Iterator[csr_array]":
        """Yield log(r(c, i) / r(i)) of `Evidence.scores` for each outlier share, in multiples of `LOG_UNIT`.

        A matrix has a row for each of some pictures, as boards see it that vote on it, their own vote still in, or
        that don't, and a column for each category.
        """
        from scipy.sparse import csr_array  # noqa: PLC0415 - as in features.categories.fitting.owner_likelihood

        n_votes = self.n_votes[image]
        starts, entry = offsets_of(n_votes).astype(np.int32), spread(self.first_vote[image], n_votes)[1]
        lift, category = self.lift[entry], self.category[entry].astype(np.int32)
        for outlier in range(len(OUTLIER_SHARES)):
            logs = rounded_logs(np.repeat(self.slope(outlier, image, is_voter), n_votes) * lift)
            yield csr_array((logs, category, starts), (len(image), n_categories))

    def slope(self, outlier: int, image: Ints, is_voter: npt.NDArray[np.bool_]) -> Floats:
        """Return what turns a lift into r(c, i) / r(i) - 1, for some pictures and boards that vote on them or not."""
        eps = OUTLIER_SHARES[outlier]
        unvoted = (1 - eps) * (self.rest[image] / VOTE + SMOOTHING)
        slope: Floats = (1 - eps) / (
            unvoted + eps * ((self.n_voters[image] - is_voter * self.own_share[image]) / VOTE + SMOOTHING)
        )
        return slope


def likelihood_terms(pictures: pa.Table, prior: Floats) -> LikelihoodTerms:
    """Read the votes on pictures, rows of `picture_votes`.

    Examples
    --------
    A picture that two boards of category 0 show:

    >>> from features.categories.evidence.picture_votes import PICTURE_VOTES
    >>> row = {"board_id": 1, "boards": [1, 2], "n_voters": 2_000_000, "own_share": 1_000_000, "rest": 0}
    >>> row |= {"categories": [0], "votes": [2_000_000]}
    >>> terms = likelihood_terms(pa.Table.from_pylist([row], PICTURE_VOTES), np.array([0.5, 0.5]))
    >>> to_one_who_does_not_vote = next(terms.logs(np.array([0]), np.array([False]), 2))
    >>> terms.lift.tolist(), np.exp(to_one_who_does_not_vote.toarray()).round(2).tolist()  # of r(c, i) / r(i)
    ([4.0], [[2.81, 1.0]])
    """
    column = {name: one_array(pictures[name]) for name in ("n_voters", "rest", "own_share", "categories", "votes")}
    return terms_of_votes(
        *(column[name].to_numpy() for name in ("n_voters", "rest", "own_share")),
        n_votes=column["votes"].value_lengths().to_numpy().astype(np.int64),
        category=column["categories"].flatten().to_numpy().astype(np.int64),
        votes=column["votes"].flatten().to_numpy(),
        prior=prior,
    )


def terms_of_votes(
    n_voters: Ints, rest: Ints, own_share: Ints, *, n_votes: Ints, category: Ints, votes: Ints, prior: Floats
) -> LikelihoodTerms:
    """Prepare the votes on some pictures, of which each has `n_votes`, one after the other."""
    lift = lift_of(votes, category, prior)
    return LikelihoodTerms(n_voters, rest, own_share, np.cumsum(n_votes) - n_votes, n_votes, category, lift)


@dataclass(frozen=True, slots=True)
class EvidencePairs:
    """Boards and the pictures that are evidence about them, by ascending number of the board.

    ``is_voter`` tells whether the board itself is among the voters on the picture. ``reach`` is the number of voters
    with the board left out, in which boards of one owner may be less than one each, and ``contrast`` is the chi-square
    distance of their votes from the prior. ``own_lift``, shape ``(n_pairs, k)``, is the lift of each category that the
    board itself votes for, its own vote included, and ``own_vote`` its place among the votes of all pictures.
    """

    board: Ints
    image: Ints
    is_voter: npt.NDArray[np.bool_]
    reach: Floats
    contrast: Floats
    own_lift: Floats
    own_vote: Ints

    def seen(self, n_images: int) -> tuple[Ints, npt.NDArray[np.bool_], Ints]:
        """Return how boards that vote on a picture or don't see it, each once, and its number for each pair."""
        seen, number = distinct_numbers(2 * self.image + self.is_voter, 2 * n_images)
        return seen // 2, seen % 2 == 1, number

    def of(self, pairs: Ints) -> "EvidencePairs":
        """Return some pairs."""
        return EvidencePairs(*(getattr(self, name).take(pairs, axis=0) for name in self.__slots__))

    def less_own(self, own: Votes, terms: LikelihoodTerms, prior: Floats) -> Iterator[Floats]:
        """Yield for each outlier share what the logarithm of a category loses with a board's own vote for it.

        Of shape ``(n_pairs, k)``, for the categories of ``own``, the votes of the boards.
        """
        share = (terms.own_share[self.image] * self.is_voter)[:, None]
        mass = own.mass.take(self.board, axis=0) * share // VOTE
        left = self.own_lift - lift_of(mass, own.category.take(self.board, axis=0), prior)
        for outlier in range(len(OUTLIER_SHARES)):
            slope = terms.slope(outlier, self.image, self.is_voter)[:, None]
            yield rounded_logs(slope * left) - rounded_logs(slope * self.own_lift)


def leave_one_out(
    pictures: pa.Table, board_ids: Ints, own: Votes, terms: LikelihoodTerms, prior: Floats
) -> EvidencePairs:
    """Pair boards with their pictures, and leave the vote of each board out of the evidence about itself.

    ``board_ids`` are all boards that the rows of `picture_votes` name, ascending; ``own`` are their votes, and
    ``terms`` those of the pictures. Pairs without a vote of another board are left out.
    """
    image = np.repeat(np.arange(len(pictures)), one_array(pictures["boards"]).value_lengths().to_numpy())
    board = _numbers(one_array(pictures["boards"]).flatten(), board_ids)
    evident = np.flatnonzero(terms.n_voters[image] > own.voter[board] * terms.own_share[image])
    pairs = pairs_without_own(board[evident], image[evident], own, terms, prior)  # by picture: votes are found faster
    return pairs.of(order_of(pairs.board, equal="stable"))


def pairs_without_own(board: Ints, image: Ints, own: Votes, terms: LikelihoodTerms, prior: Floats) -> EvidencePairs:
    """Leave the own vote of boards out of what pictures are to them, and measure what remains.

    ``board`` are positions in ``own`` and ``image`` those in ``terms``; each picture has a vote of another board.
    """
    is_voter = own.voter[board] & (terms.own_share[image] > 0)
    share = terms.own_share[image] * is_voter
    n_categories = len(prior)
    of_vote = np.repeat(np.arange(len(terms.n_votes)), terms.n_votes)
    keys = of_vote * n_categories + terms.category
    squares = weight_of_groups(of_vote, terms.lift**2 * prior[terms.category], len(terms.n_votes))[image]
    own_lift = np.zeros((len(image), own.category.shape[1]))
    own_vote = np.zeros(own_lift.shape, np.int64)
    for slot in range(own.category.shape[1]):
        category, mass = own.category[board, slot].astype(np.int64), own.mass[board, slot] * share // VOTE
        cast = np.flatnonzero(mass)  # so it is among the votes on the picture
        at = np.searchsorted(keys, image[cast] * n_categories + category[cast])
        lift = terms.lift[at]
        own_lift[cast, slot], own_vote[cast, slot] = lift, at
        left = lift - lift_of(mass[cast], category[cast], prior)
        squares[cast] += (left**2 - lift**2) * prior[category[cast]]
    reach = (terms.n_voters[image] - share) / VOTE
    named = reach - (terms.rest[image] - own.rest[board] * share // VOTE) / VOTE
    contrast = (squares - named**2) / (reach + SMOOTHING) ** 2
    return EvidencePairs(board, image, is_voter, reach, contrast, own_lift, own_vote)


def _numbers(boards: pa.Array, board_ids: Ints) -> Ints:
    numbers: Ints = pc.index_in(boards, value_set=pa.array(board_ids)).to_numpy().astype(np.int64)
    return numbers


def rounded_logs(gain: Floats) -> Floats:
    """Return log(1 + gain), rounded; a third of the time of log1p, whose last digits would be rounded away."""
    logs: Floats = np.rint(np.log(1 + gain) / LOG_UNIT) * LOG_UNIT
    return logs


def lift_of(
    votes: npt.NDArray[np.signedinteger[Any]], category: npt.NDArray[np.signedinteger[Any]], prior: Floats
) -> Floats:
    """Return votes for categories over their prior."""
    lift: Floats = votes / (VOTE * prior)[category]
    return lift
