"""All voters of a pass, wherever their votes lie: what the passes are written on, and the voters that lie whole.

A pass changes votes row by row: it asks about some boards, hides some labels, lets posteriors vote. What a change needs
to know of a row stands in it, so votes are changed alike where they are one table and where each task has some rows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol, Self

import numpy as np
import pyarrow as pa

from features.categories.casting.chosen_boards import (
    ChosenBoards,
    HashedBoards,
    folds_of,
    hashed_boards,
    n_labelled_of_folds,
)
from features.categories.evidence.voters import posterior_voters
from features.categories.evidence.voting_boards import VotingBoards, ask_about, cast_about, hide_labels, voting_boards
from joins.arrow.groups import Floats, Ints
from joins.engine.step import PartitionInput

POSTERIORS = ("board_id", "distribution")

Change = Callable[..., pa.Table]  # of tables of votes for the same boards; picklable
VotesOf = Callable[[int], VotingBoards]  # picklable where tasks run elsewhere


class Voters(Protocol):
    """The votes of all boards."""

    @property
    def names(self) -> tuple[str, ...]:
        """The categories, ascending."""

    @property
    def prior(self) -> Floats:
        """Their shares among the labels of all boards; see `VotingBoards`."""

    @property
    def n_labelled(self) -> Ints:
        """Labelled boards of each fold of owners."""

    @property
    def of_shard(self) -> VotesOf:
        """The votes of the boards that the pictures of a shard show, if not of all."""

    @property
    def of_part(self) -> VotesOf:
        """The votes of the boards of a partition of boards, if not of all."""

    def hashed(self, last_hash: int) -> HashedBoards:
        """Return all labelled boards up to a hash, or to a higher one that costs no more."""

    def changed(self, change: Change, *others: Self) -> Self:
        """Return these votes as a function of them changes them, or of them and other votes of the same boards."""

    def with_posteriors(self, rows: Sequence[PartitionInput], n_parts: int) -> list[Self]:
        """Let posteriors vote (`posterior_voters`), those that each of ``rows`` reads by partition of boards."""


@dataclass(frozen=True, slots=True)
class AskAbout:
    """Asks for evidence about some boards alone; see `ask_about`."""

    boards: ChosenBoards

    def __call__(self, votes: pa.Table) -> pa.Table:
        """Return the votes, with whom they are asked about."""
        return ask_about(votes, self.boards.of(votes))


@dataclass(frozen=True, slots=True)
class HideFold:
    """Hides the labels of a fold of owners; see `hide_labels`."""

    fold: int

    def __call__(self, votes: pa.Table) -> pa.Table:
        """Return the votes that are left."""
        return hide_labels(votes, folds_of(votes) == self.fold)


@dataclass(frozen=True, slots=True)
class CastByFold:
    """Lets boards vote on each fold by the votes that are blind to it; see `cast_about`.

    ``boards`` are those that evidence is wanted about; None: all.
    """

    boards: ChosenBoards | None = None

    def __call__(self, *blind: pa.Table) -> pa.Table:
        """Return all casts, given the votes that are blind to each fold."""
        fold = folds_of(blind[0])
        return cast_about(blind, fold if self.boards is None else np.where(self.boards.of(blind[0]), fold, -1))


@dataclass(frozen=True)
class WholeVoters:
    """Voters in one table.

    Parameters
    ----------
    votes
        As `voting_boards` reads them.
    share
        Gives them to whoever gathers evidence.
    """

    votes: pa.Table
    share: Callable[[pa.Table], VotesOf] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The categories, ascending."""
        return self.boards.names

    @property
    def prior(self) -> Floats:
        """Their shares among the labels of all boards."""
        return self.boards.prior

    @cached_property
    def n_labelled(self) -> Ints:
        """Labelled boards of each fold of owners."""
        return n_labelled_of_folds(self.votes)

    @cached_property
    def boards(self) -> VotingBoards:
        """All of them, prepared."""
        return voting_boards(self.votes)

    @cached_property
    def of_shard(self) -> VotesOf:
        """The votes of all boards."""
        return self.share(self.votes) if self.share else lambda _: self.boards

    @property
    def of_part(self) -> VotesOf:
        """The votes of all boards."""
        return self.of_shard

    def hashed(self, last_hash: int) -> HashedBoards:  # noqa: ARG002 - all are at hand
        """Return all labelled boards."""
        return hashed_boards(self.votes)

    def changed(self, change: Change, *others: Self) -> Self:
        """Return the changed table."""
        return replace(self, votes=change(self.votes, *(other.votes for other in others)))

    def with_posteriors(self, rows: Sequence[PartitionInput], n_parts: int) -> list[Self]:
        """Let the posteriors of all partitions vote."""
        posteriors = (pa.concat_tables([read(number).select(POSTERIORS) for number in range(n_parts)]) for read in rows)
        return [replace(self, votes=posterior_voters(self.votes, one)) for one in posteriors]
