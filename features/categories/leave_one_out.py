"""What all boards say of the pictures of a partition, and the logarithms of it, ready to be added up."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.categories.picture_weights import READINGS
from features.categories.votes import VOTE
from joins.arrow.chunks import one_array
from joins.arrow.groups import Floats, Ints

SMOOTHING = 2.0  # votes that the prior casts on every picture
LOG_UNIT = 2.0**-16  # logarithms are rounded to it; multiplied by weights that are rounded, too, they add up exactly


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


def heard_votes(pictures: pa.Table, prior: Floats) -> HeardVotes:
    """Read the votes on pictures, and take their logarithms.

    Parameters
    ----------
    pictures
        Rows of `features.categories.picture_votes`.
    prior
        float64, shape ``(n_categories,)``: shares of the categories.

    Returns
    -------
    HeardVotes
        Pictures in the order of the rows.

    Examples
    --------
    A picture that two boards of category 0 show:

    >>> from features.categories.picture_votes import PICTURE_VOTES
    >>> row = {"board_id": 1, "boards": [1, 2], "n_voters": 2, "included": True, "rest": 0}
    >>> row |= {"categories": [0], "votes": [2_000_000]}
    >>> heard = heard_votes(pa.Table.from_pylist([row], PICTURE_VOTES), np.array([0.5, 0.5]))
    >>> heard.lift.tolist(), np.exp(heard.logs[0, 0]).round(2).tolist()  # of r(c, i) / r(i), to one who doesn't vote
    ([4.0], [2.81])
    """
    column = {name: one_array(pictures[name]) for name in ("n_voters", "rest", "included", "categories", "votes")}
    n_votes: Ints = column["votes"].value_lengths().to_numpy().astype(np.int64)
    category = column["categories"].flatten().to_numpy().astype(np.int64)
    lift = lift_of(column["votes"].flatten().to_numpy(), category, prior)
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
            heard.logs[reading, int(is_voter)] = rounded_logs(np.repeat(slope, n_votes) * lift)
    return heard


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
