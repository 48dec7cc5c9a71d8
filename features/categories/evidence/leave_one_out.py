"""What each picture adds to a board's log-likelihood of each category, the board's own vote left out.

The votes on a picture are the same for all boards that show it, but for the own vote of each. So logarithms are taken
once a picture, with all votes; what a board's own vote changes is one term a board and picture, worked out apart.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.categories.evidence.evidence_weights import OUTLIER_SHARES
from features.categories.evidence.voting_boards import VOTE, Votes
from joins.arrow.chunks import one_array
from joins.arrow.groups import Floats, Ints, offsets_of, weight_of_groups

SMOOTHING = 2.0  # votes that the prior casts on every picture
LOG_UNIT = 2.0**-16  # logarithms are rounded to it; multiplied by weights that are rounded, too, they add up exactly
_HALF = 32  # bits: two numbers in one are sorted at once


@dataclass(frozen=True, slots=True)
class LikelihoodTerms:
    """The votes on some pictures, and what they add to the log-likelihood of each category.

    The votes on picture ``i`` add up to ``n_voters[i]`` millionths; ``rest[i]`` of them are spread by the prior, and
    ``own_share[i]`` is the part of its own vote that each of the boards finds among them, in millionths. Its
    ``n_votes[i]`` votes begin at ``first_vote[i]``: each has a ``category``, ascending within a picture, and a
    ``lift``, the votes for it over its prior.

    ``logs``, shape ``(len(OUTLIER_SHARES), 2, n_votes)``, are log(r(c, i) / r(i)) of `Evidence.scores` in multiples of
    `LOG_UNIT`: for boards that are no voters on the picture, and for those that are, whose own vote is still in.
    """

    n_voters: Ints
    rest: Ints
    own_share: Ints
    first_vote: Ints
    n_votes: Ints
    category: Ints
    lift: Floats
    logs: Floats

    def sparse(self, outlier: int) -> tuple[Floats, npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        """Return the logarithms of an outlier share as the parts of a CSR matrix: values, columns, starts of rows.

        The matrix has a column for each category and ``2 * n_images`` rows: all pictures for boards that don't vote on
        them, then all for those that do.
        """
        starts = offsets_of(np.concatenate([self.n_votes, self.n_votes])).astype(np.int32)
        return self.logs[outlier].reshape(-1), np.tile(self.category.astype(np.int32), 2), starts

    def slope(self, outlier: int, image: Ints, is_voter: npt.NDArray[np.bool_]) -> Floats:
        """Return what turns a lift into r(c, i) / r(i) - 1, for some pictures and boards that vote on them or not."""
        eps = OUTLIER_SHARES[outlier]
        unvoted = (1 - eps) * (self.rest[image] / VOTE + SMOOTHING)
        slope: Floats = (1 - eps) / (
            unvoted + eps * ((self.n_voters[image] - is_voter * self.own_share[image]) / VOTE + SMOOTHING)
        )
        return slope


def likelihood_terms(pictures: pa.Table, prior: Floats) -> LikelihoodTerms:
    """Read the votes on pictures, rows of `picture_votes`, and take their logarithms.

    Examples
    --------
    A picture that two boards of category 0 show:

    >>> from features.categories.evidence.picture_votes import PICTURE_VOTES
    >>> row = {"board_id": 1, "boards": [1, 2], "n_voters": 2_000_000, "own_share": 1_000_000, "rest": 0}
    >>> row |= {"categories": [0], "votes": [2_000_000]}
    >>> terms = likelihood_terms(pa.Table.from_pylist([row], PICTURE_VOTES), np.array([0.5, 0.5]))
    >>> terms.lift.tolist(), np.exp(terms.logs[0, 0]).round(2).tolist()  # of r(c, i) / r(i), to one who doesn't vote
    ([4.0], [2.81])
    """
    column = {name: one_array(pictures[name]) for name in ("n_voters", "rest", "own_share", "categories", "votes")}
    n_votes: Ints = column["votes"].value_lengths().to_numpy().astype(np.int64)
    category = column["categories"].flatten().to_numpy().astype(np.int64)
    lift = lift_of(column["votes"].flatten().to_numpy(), category, prior)
    terms = LikelihoodTerms(
        n_voters=column["n_voters"].to_numpy(),
        rest=column["rest"].to_numpy(),
        own_share=column["own_share"].to_numpy(),
        first_vote=np.cumsum(n_votes) - n_votes,
        n_votes=n_votes,
        category=category,
        lift=lift,
        logs=np.empty((len(OUTLIER_SHARES), 2, len(lift))),
    )
    every = np.arange(len(n_votes))
    for outlier in range(len(OUTLIER_SHARES)):
        for is_voter in (False, True):
            slope = terms.slope(outlier, every, np.full(len(every), is_voter))
            terms.logs[outlier, int(is_voter)] = rounded_logs(np.repeat(slope, n_votes) * lift)
    return terms


@dataclass(frozen=True, slots=True)
class EvidencePairs:
    """Boards and the pictures that are evidence about them, by ascending number of the board.

    ``is_voter`` tells whether the board itself is among the voters on the picture. ``reach`` is the number of voters
    with the board left out, in which boards of one owner may be less than one each, and ``contrast`` is the chi-square
    distance of their votes from the prior. ``own_lift``, shape ``(n_pairs, k)``, is the lift of each category that the
    board itself votes for, its own vote included.
    """

    board: Ints
    image: Ints
    is_voter: npt.NDArray[np.bool_]
    reach: Floats
    contrast: Floats
    own_lift: Floats


def leave_one_out(
    pictures: pa.Table, board_ids: Ints, own: Votes, terms: LikelihoodTerms, prior: Floats
) -> EvidencePairs:
    """Pair boards with their pictures, and leave the vote of each board out of the evidence about itself.

    ``board_ids`` are all boards that the rows of `picture_votes` name, ascending; ``own`` are their votes, and
    ``terms`` those of the pictures. Pairs without a vote of another board are left out.
    """
    image = np.repeat(np.arange(len(pictures)), one_array(pictures["boards"]).value_lengths().to_numpy())
    board = _numbers(one_array(pictures["boards"]).flatten(), board_ids)
    is_voter = own.voter[board] & (terms.own_share[image] > 0)
    evident = np.flatnonzero(terms.n_voters[image] > is_voter * terms.own_share[image])
    image, board, is_voter = image[evident], board[evident], is_voter[evident]
    share = terms.own_share[image] * is_voter
    n_categories = len(prior)
    of_vote = np.repeat(np.arange(len(terms.n_votes)), terms.n_votes)
    keys = of_vote * n_categories + terms.category
    squares = weight_of_groups(of_vote, terms.lift**2 * prior[terms.category], len(terms.n_votes))[image]
    own_lift = np.zeros((len(image), own.category.shape[1]))
    for slot in range(own.category.shape[1]):
        category, mass = own.category[board, slot].astype(np.int64), own.mass[board, slot] * share // VOTE
        cast = np.flatnonzero(mass)  # so it is among the votes on the picture
        lift = terms.lift[np.searchsorted(keys, image[cast] * n_categories + category[cast])]
        own_lift[cast, slot] = lift
        left = lift - lift_of(mass[cast], category[cast], prior)
        squares[cast] += (left**2 - lift**2) * prior[category[cast]]
    reach = (terms.n_voters[image] - share) / VOTE
    named = reach - (terms.rest[image] - own.rest[board] * share // VOTE) / VOTE
    contrast = (squares - named**2) / (reach + SMOOTHING) ** 2
    by_board = np.sort(board << _HALF | np.arange(len(board))) & (1 << _HALF) - 1  # in a quarter of the time of argsort
    columns = (board, image, is_voter, reach, contrast, own_lift)
    return EvidencePairs(*(column[by_board] for column in columns))


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
