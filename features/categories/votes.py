"""What every board says of the pictures it shows, in whole millionths, so that sums and differences are exact.

Exact sums are what lets a day be cut into any partitions: votes on a picture add up to the same number in
whatever order they come, and a board's own vote can be taken out again without a trace.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.categories.inputs import LabelledBoards
from joins.arrow.chunks import one_array
from joins.arrow.groups import codes_of

VOTE = 1_000_000  # a board's vote; posteriors are published in millionths, so nothing is lost


@dataclass(frozen=True, slots=True)
class Votes:
    """What some boards say, as a few categories and a rest that is spread by the prior.

    Parameters
    ----------
    category, mass
        int16 and int32, shape ``(n_boards, k)``: codes of distinct categories and the millionths each gets; codes of
        mass 0 mean nothing.
    rest
        int32, shape ``(n_boards,)``: millionths left over, spread over all categories by the prior.
    """

    category: npt.NDArray[np.int16]
    mass: npt.NDArray[np.int32]
    rest: npt.NDArray[np.int32]

    @property
    def voter(self) -> npt.NDArray[np.bool_]:
        """Whether a board votes at all, shape ``(n_boards,)``."""
        says: npt.NDArray[np.bool_] = self.mass.any(axis=1) | (self.rest > 0)
        return says

    def of(self, rows: npt.NDArray[np.int64]) -> "Votes":
        """Return the votes of some rows, in their order; row -1 does not vote."""
        if not len(self.rest):
            return Votes(
                np.zeros((len(rows), 1), np.int16), np.zeros((len(rows), 1), np.int32), rows.astype(np.int32) * 0
            )
        known = rows >= 0
        return Votes(self.category[rows], self.mass[rows] * known[:, None], self.rest[rows] * known)


@dataclass(frozen=True, slots=True)
class VotingBoards:
    """All boards with their owners' labels and their votes, looked up by board id.

    Parameters
    ----------
    board_ids, labels
        int64, shape ``(n_boards,)``: ascending ids, and codes of the owners' categories, -1 for none.
    names
        The categories, ascending; a position is a code.
    prior
        float64, shape ``(n_categories,)``: shares of the categories among labels, all positive, summing to 1.
        Without any label it is one nameless category, for which nobody votes.
    votes
        What every board says.
    owners
        int64, shape ``(n_boards,)``: boards of one owner have the same number, and no others.
    """

    board_ids: npt.NDArray[np.int64]
    labels: npt.NDArray[np.int64]
    names: tuple[str, ...]
    prior: npt.NDArray[np.float64]
    votes: Votes
    owners: npt.NDArray[np.int64]

    def rows_of(self, board_ids: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the position of each board, -1 where it is not known."""
        rows = np.searchsorted(self.board_ids, board_ids)
        known = rows < len(self.board_ids)
        known[known] = self.board_ids[rows[known]] == board_ids[known]
        return np.where(known, rows, -1)

    def owners_of(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the owner's number of some rows; row -1 has an owner of its own."""
        numbers = -1 - np.arange(len(rows))
        numbers[rows >= 0] = self.owners[rows[rows >= 0]]
        return numbers

    def labels_of(self, board_ids: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the owner's code of each board, -1 for none and for boards that are not known."""
        rows = self.rows_of(board_ids)
        labels = np.full(len(rows), -1, np.int64)
        labels[rows >= 0] = self.labels[rows[rows >= 0]]
        return labels

    def votes_of(self, board_ids: npt.NDArray[np.int64]) -> Votes:
        """Return what each board says; boards that are not known say nothing."""
        return self.votes.of(self.rows_of(board_ids))


def owner_numbers(board_ids: npt.NDArray[np.int64], owners: pa.Table) -> npt.NDArray[np.int64]:
    """Give numbers to the owners of boards, so that a board whose owner is not known has an owner of its own.

    Parameters
    ----------
    board_ids
        int64, shape ``(n_boards,)``, ascending.
    owners
        ``board_id`` and, if owners are known at all, ``user_id`` (any type, or null): one row for some of the boards.

    Returns
    -------
    int64 array, shape ``(n_boards,)``
        Equal where the owner is.

    Examples
    --------
    >>> owner_numbers(np.array([3, 5, 7]), pa.table({"board_id": [7, 3, 5], "user_id": [1, 1, None]})).tolist()
    [3, 1, 3]
    """
    numbers = np.arange(len(board_ids))
    if "user_id" in owners.column_names:
        known = owners.select(["board_id", "user_id"]).drop_null()
        numbers[np.searchsorted(board_ids, known["board_id"].to_numpy())] = len(board_ids) + codes_of(known["user_id"])
    return numbers


def owner_voters(boards: LabelledBoards, owners: pa.Table | None = None) -> pa.Table:
    """Let every labelled board vote for its owner's category with all its mass.

    Parameters
    ----------
    boards
        All boards; those without label do not vote.
    owners
        As for `owner_numbers`; without it no two boards have the same owner.

    Returns
    -------
    pyarrow.Table
        What `voting_boards` reads, sorted by ``board_id``.

    Examples
    --------
    >>> owner_voters(LabelledBoards(np.array([3, 7]), ("art", "food"), np.array([1, -1])))["mass"].to_pylist()
    [[1000000], [0]]
    """
    category, mass = np.maximum(boards.labels, 0), np.where(boards.labels >= 0, VOTE, 0)
    rest = np.zeros(len(mass), np.int32)
    return voters_table(boards, Votes(category.astype(np.int16)[:, None], mass.astype(np.int32)[:, None], rest), owners)


def voters_table(boards: LabelledBoards, votes: Votes, owners: pa.Table | None = None) -> pa.Table:
    """Write boards with their votes as a table that workers can share; `voting_boards` reads it.

    Parameters
    ----------
    boards
        All boards.
    votes
        What they say, in their order.
    owners
        As for `owner_voters`.

    Returns
    -------
    pyarrow.Table
        One row a board, sorted by ``board_id``; 26 bytes a board, 38 where three categories are voted for.
    """
    codes = pa.array(np.maximum(boards.labels, 0).astype(np.int16), mask=boards.labels < 0)
    width = votes.category.shape[1]
    return pa.table(
        {
            "board_id": boards.board_ids,
            "owner_category": pa.DictionaryArray.from_arrays(codes, pa.array(boards.names, pa.string())),
            "category": pa.FixedSizeListArray.from_arrays(pa.array(votes.category.ravel()), width),
            "mass": pa.FixedSizeListArray.from_arrays(pa.array(votes.mass.ravel()), width),
            "rest": votes.rest,
            "owner": np.arange(len(boards.board_ids)) if owners is None else owner_numbers(boards.board_ids, owners),
        }
    )


def voting_boards(voters: pa.Table) -> VotingBoards:
    """Prepare the table of all votes for looking boards up, once a worker.

    Parameters
    ----------
    voters
        What `voters_table` returned.

    Returns
    -------
    VotingBoards
        Arrays that lie in the table's memory, and the prior.

    Examples
    --------
    >>> voters = voting_boards(owner_voters(LabelledBoards(np.array([3, 7]), ("art", "food"), np.array([1, -1]))))
    >>> voters.labels_of(np.array([7, 3, 5])).tolist(), voters.votes_of(np.array([3, 5])).voter.tolist()
    ([-1, 1, -1], [True, False])
    """
    column = {name: one_array(voters[name]) for name in voters.column_names}
    names = tuple(column["owner_category"].dictionary.to_pylist())
    labels = column["owner_category"].indices.fill_null(-1).to_numpy().astype(np.int64)
    said = labels[labels >= 0]
    width = column["category"].type.list_size
    return VotingBoards(
        column["board_id"].to_numpy(),
        labels,
        names,
        np.bincount(said, minlength=len(names)) / len(said) if len(said) else np.ones(1),
        Votes(
            column["category"].flatten().to_numpy().reshape(-1, width),
            column["mass"].flatten().to_numpy().reshape(-1, width),
            column["rest"].to_numpy(),
        ),
        column["owner"].to_numpy(),
    )
