"""Boards and the pictures that are evidence about them: what of a picture's votes is the board's own."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.categories.leave_one_out import SMOOTHING, HeardVotes, lift_of
from features.categories.votes import VOTE, Votes
from joins.arrow.chunks import one_array
from joins.arrow.groups import Floats, Ints, weight_of_groups

_HALF = 32  # bits: two numbers in one are sorted at once


@dataclass(frozen=True, slots=True)
class HeardPairs:
    """Boards and the pictures that are evidence about them.

    Parameters
    ----------
    board
        int64, shape ``(n_pairs,)``, ascending: numbers of boards.
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

    board: Ints
    image: Ints
    is_voter: npt.NDArray[np.bool_]
    reach: Ints
    contrast: Floats
    own_lift: Floats


def heard_pairs(pictures: pa.Table, board_ids: Ints, own: Votes, heard: HeardVotes, prior: Floats) -> HeardPairs:
    """Pair boards with their pictures, and leave the own vote of each out of what it hears.

    Parameters
    ----------
    pictures
        Rows of `features.categories.picture_votes`.
    board_ids
        int64, shape ``(n_boards,)``, ascending: all boards that they name.
    own
        What these boards say.
    heard
        What all say of the pictures.
    prior
        float64, shape ``(n_categories,)``: shares of the categories.

    Returns
    -------
    HeardPairs
        Those of which another board speaks.
    """
    image = np.repeat(np.arange(len(pictures)), one_array(pictures["boards"]).value_lengths().to_numpy())
    board = _numbers(one_array(pictures["boards"]).flatten(), board_ids)
    is_voter = own.voter[board] & heard.included[image]
    evident = np.flatnonzero(heard.n_voters[image] > is_voter)
    image, board, is_voter = image[evident], board[evident], is_voter[evident]
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
        left = lift - lift_of(mass[cast], category[cast], prior)
        squares[cast] += (left**2 - lift**2) * prior[category[cast]]
    reach = heard.n_voters[image] - is_voter
    named = reach - (heard.rest[image] - own.rest[board] * is_voter) / VOTE
    contrast = (squares - named**2) / (reach + SMOOTHING) ** 2
    by_board = np.sort(board << _HALF | np.arange(len(board))) & (1 << _HALF) - 1  # in a quarter of the time of argsort
    columns = (board, image, is_voter, reach, contrast, own_lift)
    return HeardPairs(*(column[by_board] for column in columns))


def _numbers(boards: pa.Array, board_ids: Ints) -> Ints:
    numbers: Ints = pc.index_in(boards, value_set=pa.array(board_ids)).to_numpy().astype(np.int64)
    return numbers
