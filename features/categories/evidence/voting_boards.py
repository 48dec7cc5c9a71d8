"""The vote of every board on the pictures it shows, in whole millionths, so that sums and differences are exact.

Exact sums are what lets a day be cut into any partitions: votes on a picture add up to the same number in
whatever order they come, and a board's own vote can be taken out again without a trace.

The labels of some boards may be hidden, as if their owners had given none, and some boards alone may be asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.categories.evidence.board_sketches import Sketches
from joins.arrow.chunks import one_array
from joins.arrow.groups import Floats, Ints, distinct_numbers
from joins.arrow.id_lookup import IdLookup

VOTE = 1_000_000  # a board's vote; posteriors are published in millionths, so nothing is lost

Bools = npt.NDArray[np.bool_]

_HIDDEN, _ABOUT = "hidden", "about"  # columns of the votes, where some labels are hidden or some boards asked for
CAST = ("category", "mass", "rest")  # columns of a cast of votes


@dataclass(frozen=True, slots=True)
class Votes:
    """The votes of some boards: a few categories each, and a rest that is spread by the prior.

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
        votes: npt.NDArray[np.bool_] = self.mass.any(axis=1) | (self.rest > 0)
        return votes

    @property
    def first_category(self) -> Ints:
        """Code of the category with the largest share of each vote, shape ``(n_boards,)``; -1 where it names none."""
        first = self.mass.argmax(axis=1)[:, None]
        code = np.take_along_axis(self.category, first, axis=1)[:, 0].astype(np.int64)
        return np.where(np.take_along_axis(self.mass, first, axis=1)[:, 0] > 0, code, -1)

    def kinds(self) -> tuple["Votes", Ints]:
        """Return votes that differ, and the number of the one that each board casts among them.

        Labels are a vote for each category, and none; of posteriors each is taken to differ from all others.
        """
        if self.category.shape[1] > 1 or self.rest.any():
            return self, np.arange(len(self.rest))
        category = self.category[:, 0].astype(np.int64)
        kinds, kind = distinct_numbers(2 * category + self.voter, 2 * int(category.max(initial=0)) + 2)
        named, mass = (kinds // 2).astype(np.int16), (VOTE * (kinds % 2)).astype(np.int32)
        return Votes(named[:, None], mass[:, None], np.zeros(len(kinds), np.int32)), kind

    def of(self, rows: Ints) -> "Votes":
        """Return the votes of some rows, in their order; row -1 does not vote."""
        if not len(self.rest):
            none = np.zeros(len(rows), np.int32)
            return Votes(none.astype(np.int16)[:, None], none[:, None], none)
        known = rows >= 0
        return Votes(
            self.category.take(rows, axis=0), self.mass.take(rows, axis=0) * known[:, None], self.rest[rows] * known
        )


@dataclass(frozen=True)
class VotingBoards:
    """Boards with their owners' labels and their votes, looked up by board id: all, or those that a task needs.

    Parameters
    ----------
    board_ids, labels
        int64, shape ``(n_boards,)``: ascending ids, and codes of the owners' categories, -1 for none and for a hidden
        one.
    names
        The categories, ascending; a position is a code.
    prior
        float64, shape ``(n_categories,)``: shares of the categories among labels, hidden ones included; all positive,
        summing to 1. Without any label it is one nameless category, for which nobody votes.
    votes
        The vote of every board in the cast that is evidence about it.
    owners
        int64, shape ``(n_boards,)``: the smallest id of an owner's boards, for each of them.
    asked
        int64, shape ``(n_boards,)``: number of the cast that is evidence about each board, -1 where none is wanted;
        None: the first, about all.
    sketches
        Of the pictures of each board whose owner has several; None where they are not known.
    other_casts
        Where boards vote differently for the sake of different boards, all casts; `votes` are of the one that counts.
    """

    board_ids: Ints
    labels: Ints
    names: tuple[str, ...]
    prior: Floats
    votes: Votes
    owners: Ints
    asked: Ints | None = None
    sketches: Sketches | None = None
    other_casts: tuple[Votes, ...] = ()

    @property
    def casts(self) -> tuple[Votes, ...]:
        """The vote of every board, once for each number of `asked`."""
        return self.other_casts or (self.votes,)

    def rows_of(self, board_ids: Ints) -> Ints:
        """Return the position of each board, -1 where it is not known."""
        return self._lookup.find(board_ids)

    @cached_property
    def _lookup(self) -> IdLookup:
        return IdLookup.of(self.board_ids)

    def owners_of(self, rows: Ints, board_ids: Ints) -> Ints:
        """Return the owner's number of boards in some rows; a board that is not known, row -1, has one of its own."""
        numbers = board_ids.copy()
        numbers[rows >= 0] = self.owners[rows[rows >= 0]]
        return numbers

    def labels_of(self, rows: Ints) -> Ints:
        """Return the owner's code of some rows, -1 for none and for row -1."""
        labels = np.full(len(rows), -1, np.int64)
        labels[rows >= 0] = self.labels[rows[rows >= 0]]
        return labels

    def about(self, rows: Ints) -> Ints:
        """Return the cast that is evidence about some rows, -1 for none; row -1 has one only where all boards have."""
        if self.asked is None:
            return np.zeros(len(rows), np.int64)
        about = np.full(len(rows), -1, np.int64)
        about[rows >= 0] = self.asked[rows[rows >= 0]]
        return about


def voting_boards(voters: pa.Table, prior: Floats | None = None) -> VotingBoards:
    """Prepare a table of `owner_voters` or `posterior_voters` for looking boards up, once a worker.

    It may have gone through `hide_labels`, `ask_about` or `cast_about`. Where it has some of the boards alone,
    ``prior`` is that of all.

    Examples
    --------
    >>> from features.categories.evidence.voters import owner_voters
    >>> from features.categories.labelled_boards import LabelledBoards
    >>> boards = voting_boards(owner_voters(LabelledBoards(np.array([3, 7]), ("art", "food"), np.array([1, -1]))))
    >>> rows = boards.rows_of(np.array([7, 3, 5]))
    >>> boards.labels_of(rows).tolist(), boards.votes.of(rows).voter.tolist()
    ([-1, 1, -1], [False, True, False])
    """
    column = {name: one_array(voters[name]) for name in voters.column_names}
    names = tuple(column["owner_category"].dictionary.to_pylist())
    labels = column["owner_category"].indices.fill_null(-1).to_numpy().astype(np.int64)
    counts = np.bincount(labels[labels >= 0], minlength=len(names))
    if _HIDDEN in column:
        labels[column[_HIDDEN].to_numpy(zero_copy_only=False)] = -1
    asked = column[_ABOUT].to_numpy().astype(np.int64) if _ABOUT in column else None
    casts = tuple(_votes(column, _names_of(number)) for number in range(len(column)) if _names_of(number)[0] in column)
    return VotingBoards(
        column["board_id"].to_numpy(),
        labels,
        names,
        prior_of(counts) if prior is None else prior,
        _votes(column, CAST) if asked is None or not casts else _votes_about(casts, asked),
        column["owner"].to_numpy(),
        asked,
        Sketches.of(column["n_pictures"], column["minima"]) if "minima" in column else None,
        casts,
    )


def prior_of(counts: Ints) -> Floats:
    """Return the shares of the categories, given how many labels each has; without any, of a nameless one."""
    prior: Floats = counts / counts.sum() if counts.sum() else np.ones(1)
    return prior


def _votes(column: Mapping[str, pa.Array], names: Sequence[str]) -> Votes:
    category, mass, rest = (column[name] for name in names)
    shape = (len(rest), category.type.list_size)
    category, mass = (values.flatten().to_numpy().reshape(shape) for values in (category, mass))
    return Votes(category, mass, rest.to_numpy())


def _votes_about(casts: Sequence[Votes], about: Ints) -> Votes:
    """Return the vote of each board in the cast that is evidence about it."""
    width = max(cast.category.shape[1] for cast in casts)
    shape = (len(about), width)
    own = Votes(np.zeros(shape, np.int16), np.zeros(shape, np.int32), np.zeros(len(about), np.int32))
    for number, cast in enumerate(casts):
        rows, given = np.flatnonzero(about == number), cast.category.shape[1]
        own.category[rows, :given], own.mass[rows, :given] = cast.category[rows], cast.mass[rows]
        own.rest[rows] = cast.rest[rows]
    return own


def _names_of(cast: int) -> list[str]:
    return [f"{name}_{cast}" for name in CAST]


def hide_labels(voters: pa.Table, hidden: Bools) -> pa.Table:
    """Hide the labels of some boards of `owner_voters`: they don't vote, and count as unlabelled.

    The prior and the names of the categories stay those of all labels: one number of the whole collection tells of no
    board, and numbers that were fitted with it can be used.

    Examples
    --------
    >>> from features.categories.evidence.voters import owner_voters
    >>> from features.categories.labelled_boards import LabelledBoards
    >>> voters = owner_voters(LabelledBoards(np.array([3, 7]), ("art", "food"), np.array([1, 0])))
    >>> boards = voting_boards(hide_labels(voters, np.array([False, True])))
    >>> boards.labels.tolist(), boards.votes.voter.tolist(), boards.prior.tolist()
    ([1, -1], [True, False], [0.5, 0.5])
    """
    mass = one_array(voters["mass"])
    seen = np.where(np.repeat(hidden, mass.type.list_size), 0, mass.flatten().to_numpy())
    votes = {
        "mass": pa.FixedSizeListArray.from_arrays(pa.array(seen), mass.type.list_size),
        "rest": np.where(hidden, 0, voters["rest"].to_numpy()),
        _HIDDEN: hidden,
    }
    return with_columns(voters, votes)


def ask_about(voters: pa.Table, asked: Bools) -> pa.Table:
    """Ask for evidence about some boards alone; the others go on voting."""
    return with_columns(voters, {_ABOUT: np.where(asked, 0, -1).astype(np.int8)})


def cast_about(casts: Sequence[pa.Table], about: Ints) -> pa.Table:
    """Let boards vote differently for the sake of different boards.

    ``casts`` are votes of the same boards, with the same owners and labels; ``about`` is the number of the cast that is
    evidence about each board, -1 where none is wanted.
    """
    columns = {
        other: one_array(cast[name])
        for number, cast in enumerate(casts)
        for name, other in zip(CAST, _names_of(number), strict=True)
    }
    return with_columns(casts[0], columns | {_ABOUT: about.astype(np.int8)})


def with_columns(table: pa.Table, columns: Mapping[str, npt.NDArray[Any] | pa.Array]) -> pa.Table:
    """Return a table with some columns replaced or added at its end."""
    for name, values in columns.items():
        at, column = table.schema.get_field_index(name), pa.array(values)
        table = table.append_column(name, column) if at < 0 else table.set_column(at, name, column)
    return table
