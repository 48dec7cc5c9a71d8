"""Voters in partitions: no task and no driver holds those of all boards.

The labels and owners of boards lie by board, and once more by shard of pictures: those of the boards that its pictures
show. What changes votes row by row is applied to both when they are read. Posteriors are worked out by board, and
brought to the shards by one more step.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Self

import numpy as np
import pyarrow as pa

from features.categories.casting.all_voters import POSTERIORS, Change, VotesOf
from features.categories.casting.brought_to_pictures import ToPictures
from features.categories.casting.chosen_boards import HashedBoards, hashed_boards
from features.categories.evidence.voters import label_votes, posterior_voters
from features.categories.evidence.voting_boards import CAST, VotingBoards, voting_boards, with_columns
from features.categories.labelled_boards import LabelledBoards
from joins.arrow.groups import Floats, Ints
from joins.engine.step import PartitionInput, PartitionStep, hand_over

VOTER_LABELS = pa.schema(
    [
        pa.field("board_id", pa.int64(), nullable=False),
        pa.field("label", pa.int16(), nullable=False),  # code of the owner's category, -1 for none
        pa.field("owner", pa.int64(), nullable=False),  # number of the owner: see `owner_numbers`
        pa.field("shares_owner", pa.bool_(), nullable=False),  # whether the owner has several boards
    ]
)


@dataclass(frozen=True, slots=True)
class LabelVotes:
    """Makes votes of labels: `VOTER_LABELS` of a shard or a partition, by id, and sketches where these are needed."""

    labels: PartitionInput
    names: tuple[str, ...]
    sketches: PartitionInput | None = None

    def __call__(self, number: int) -> pa.Table:
        """Return the votes, as `owner_voters` does."""
        table = self.labels(number)
        board_ids, labels, owners = (table[name].to_numpy() for name in ("board_id", "label", "owner"))
        sketches = self.sketches(number) if self.sketches else None
        return label_votes(LabelledBoards(board_ids, self.names, labels.astype(np.int64)), owners, sketches)


@dataclass(frozen=True, slots=True)
class ChangedVotes:
    """Changes votes of the same boards when they are read."""

    change: Change
    votes: Sequence[PartitionInput]

    def __call__(self, number: int) -> pa.Table:
        """Return the changed votes of a shard or a partition."""
        return self.change(*(votes(number) for votes in self.votes))


@dataclass(frozen=True, slots=True)
class PosteriorVotes:
    """Lets the posteriors of a partition vote."""

    votes: PartitionInput
    rows: PartitionInput

    def __call__(self, number: int) -> pa.Table:
        """Return the votes of a partition."""
        return posterior_voters(self.votes(number), self.rows(number).select(POSTERIORS))


@dataclass(frozen=True, slots=True)
class CastAlone:
    """Reads a cast of votes without what is known of the boards: what has to be brought to shards of it."""

    votes: PartitionInput

    def __call__(self, number: int) -> pa.Table:
        """Return the boards' ids and votes."""
        return self.votes(number).select(["board_id", *CAST])


def with_cast(votes: pa.Table, cast: pa.Table) -> pa.Table:
    """Return votes with another cast of the same boards, which lie in the same order."""
    return with_columns(votes, {name: cast[name].combine_chunks() for name in CAST})


@dataclass(frozen=True, slots=True)
class PreparedVotes:
    """Prepares the votes of a shard or a partition for looking boards up, with the prior of all boards."""

    votes: PartitionInput
    prior: tuple[float, ...]

    def __call__(self, number: int) -> VotingBoards:
        """Return the prepared votes."""
        return voting_boards(self.votes(number), np.array(self.prior))


@dataclass(frozen=True)
class PartedVoters:
    """Voters in partitions of boards, and in shards of pictures.

    Parameters
    ----------
    names, prior, n_labelled
        Of all boards; see `Voters`.
    at_hand
        The labelled boards that were returned when partitions were made.
    votes_of_part, votes_of_shard
        Read the votes of a partition of boards, and of the boards that the pictures of a shard show.
    to_pictures
        Brings the votes of partitions to shards.
    """

    names: tuple[str, ...]
    prior: Floats
    n_labelled: Ints
    at_hand: HashedBoards
    votes_of_part: PartitionInput
    votes_of_shard: PartitionInput
    to_pictures: ToPictures

    @property
    def of_shard(self) -> VotesOf:
        """The votes of the boards that the pictures of a shard show."""
        return PreparedVotes(self.votes_of_shard, tuple(self.prior.tolist()))

    @property
    def of_part(self) -> VotesOf:
        """The votes of the boards of a partition."""
        return PreparedVotes(self.votes_of_part, tuple(self.prior.tolist()))

    def hashed(self, last_hash: int) -> HashedBoards:
        """Return all labelled boards up to a hash, those at hand if it is no higher than theirs."""
        if last_hash <= self.at_hand.last_hash:
            return self.at_hand
        inputs, build = {"votes": self.votes_of_part}, partial(hashed_boards, last_hash=last_hash)
        step = PartitionStep(self.to_pictures.n_parts, inputs, build, hand_over)
        return HashedBoards.joined(self.to_pictures.run_step("labelled boards", step))

    def changed(self, change: Change, *others: Self) -> Self:
        """Return votes that are changed when they are read."""
        of_part = ChangedVotes(change, [self.votes_of_part, *(other.votes_of_part for other in others)])
        of_shard = ChangedVotes(change, [self.votes_of_shard, *(other.votes_of_shard for other in others)])
        return replace(self, votes_of_part=of_part, votes_of_shard=of_shard)

    def with_posteriors(self, rows: Sequence[PartitionInput], n_parts: int) -> list[Self]:  # noqa: ARG002 - its own
        """Let posteriors vote, and bring their votes to the shards."""
        of_part = [PosteriorVotes(self.votes_of_part, read) for read in rows]
        casts = self.to_pictures("posteriors on pictures", [CastAlone(votes) for votes in of_part])
        of_shard = [ChangedVotes(with_cast, [self.votes_of_shard, cast]) for cast in casts]
        return [replace(self, votes_of_part=p, votes_of_shard=s) for p, s in zip(of_part, of_shard, strict=True)]
