"""Who votes for what: in the first pass owners' labels, in the second posteriors.

The votes of all boards are one table, which workers share and `voting_boards` reads.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.categories.evidence.board_sketches import sketch_columns
from features.categories.evidence.voting_boards import VOTE, Votes, with_columns
from features.categories.labelled_boards import BoardCategoriesError, LabelledBoards
from joins.arrow.chunks import one_array
from joins.arrow.groups import Ints, codes_of, spread
from joins.arrow.ordering import order_of

MOST_NAMED = 3  # categories that a posterior names


def owner_voters(boards: LabelledBoards, owners: pa.Table | None = None, sketches: pa.Table | None = None) -> pa.Table:
    """Let every labelled board vote for its owner's category with all its mass.

    ``owners`` has ``board_id`` and, if owners are known at all, ``user_id`` (any type, or null), one row for some of
    the boards; without it no two boards have the same owner. ``sketches`` are `board_sketches` of boards whose owner
    has several; without them these are taken for copies. The result is what `voting_boards` reads, one row a board, by
    id; 28 bytes a board, and 68 more with sketches.

    Examples
    --------
    >>> owner_voters(LabelledBoards(np.array([3, 7]), ("art", "food"), np.array([1, -1])))["mass"].to_pylist()
    [[1000000], [0]]
    """
    numbers = boards.board_ids if owners is None else owner_numbers(boards.board_ids, owners)
    return label_votes(boards, numbers, sketches)


def label_votes(boards: LabelledBoards, owners: Ints, sketches: pa.Table | None) -> pa.Table:
    """Let labelled boards vote, as `owner_voters` does; ``owners`` are the numbers of their owners."""
    category, mass = np.maximum(boards.labels, 0), np.where(boards.labels >= 0, VOTE, 0)
    rest = np.zeros(len(mass), np.int32)
    votes = Votes(category.astype(np.int16)[:, None], mass.astype(np.int32)[:, None], rest)
    codes = pa.array(category.astype(np.int16), mask=boards.labels < 0)
    table = pa.table(
        {
            "board_id": boards.board_ids,
            "owner_category": pa.DictionaryArray.from_arrays(codes, pa.array(boards.names, pa.string())),
            **_columns(votes),
            "owner": owners,
        }
    )
    if sketches is None:
        return table
    for name, column in sketch_columns(boards.board_ids, sketches).items():
        table = table.append_column(name, column)
    return table


def posterior_voters(voters: pa.Table, posteriors: pa.Table) -> pa.Table:
    """Let every board of `owner_voters` vote with its three most probable categories instead, the rest by the prior.

    ``posteriors`` has ``board_id`` and ``distribution`` of `BOARD_CATEGORIES`, in any order of rows; boards without a
    row, and those for which no category was found, do not vote. Labels and owners stay as they are. A
    `BoardCategoriesError` tells of distributions that name a category that no owner uses.

    Examples
    --------
    >>> from features.categories.decisions import BOARD_CATEGORIES
    >>> from features.categories.evidence.voting_boards import voting_boards
    >>> voters = owner_voters(LabelledBoards(np.array([7]), ("food",), np.array([0])))
    >>> row = {"board_id": 7, "changed": False, "filled": False, "n_images": 1}
    >>> row["distribution"] = [{"category": "food", "probability": 0.75}]
    >>> votes = voting_boards(posterior_voters(voters, pa.Table.from_pylist([row], BOARD_CATEGORIES))).votes
    >>> votes.category.tolist(), votes.mass.tolist(), votes.rest.tolist()
    ([[0]], [[750000]], [250000])
    """
    rows = pc.index_in(one_array(voters["board_id"]), value_set=one_array(posteriors["board_id"]))
    voted = one_array(posteriors["distribution"]).take(rows)
    names = one_array(voters["owner_category"]).dictionary
    return with_columns(voters, _columns(_posterior_votes(voted, names)))


def _posterior_votes(distributions: pa.ListArray, names: pa.StringArray) -> Votes:
    flat = distributions.flatten()
    codes = pc.index_in(flat.field("category"), value_set=names)
    if codes.null_count:
        raise BoardCategoriesError(
            f"{codes.null_count:,} of its probabilities are of categories that no owner uses in this call",
            where="previous",
            remedy="start again with previous=None when labels change",
        )
    sizes = pc.fill_null(pc.list_value_length(distributions), 0).to_numpy().astype(np.int64)
    row, rank = spread(np.zeros_like(sizes), sizes)
    shape = (len(sizes), max(1, min(len(names), MOST_NAMED)))
    category, mass = np.zeros(shape, np.int16), np.zeros(shape, np.int32)
    category[row, rank] = codes.to_numpy()
    mass[row, rank] = np.rint(flat.field("probability").to_numpy().astype(np.float64) * VOTE)
    rest = np.where(sizes > 0, np.maximum(VOTE - mass.sum(axis=1), 0), 0)
    return Votes(category, mass, rest.astype(np.int32))


def _columns(votes: Votes) -> dict[str, pa.Array]:
    width = votes.category.shape[1]
    return {
        "category": pa.FixedSizeListArray.from_arrays(pa.array(votes.category.ravel()), width),
        "mass": pa.FixedSizeListArray.from_arrays(pa.array(votes.mass.ravel()), width),
        "rest": pa.array(votes.rest),
    }


def owner_numbers(board_ids: Ints, owners: pa.Table) -> Ints:
    """Give numbers to the owners of boards: the smallest id of an owner's boards, wherever the others are looked at.

    A board whose owner is not known has an owner of its own.

    Examples
    --------
    >>> owner_numbers(np.array([3, 5, 7]), pa.table({"board_id": [7, 3, 5], "user_id": [1, 1, None]})).tolist()
    [3, 5, 3]
    """
    shared, numbers = shared_owners(known_owners(owners)), board_ids.copy()
    numbers[np.searchsorted(board_ids, shared["board_id"].to_numpy())] = shared["owner"].to_numpy()
    return numbers


def shared_owners(owned: pa.Table) -> pa.Table:
    """Return ``board_id`` and ``owner``, its number, of the boards whose owner has several.

    ``owned`` are rows of `known_owners`: all boards of some owners.
    """
    board_ids, owner = owned["board_id"].to_numpy(), codes_of(owned["user_id"])
    order = order_of(owner, equal="stable")
    board_ids, owner = board_ids[order], owner[order]
    starts = np.flatnonzero(np.diff(owner, prepend=-1))
    n_boards = np.diff(starts, append=len(owner))
    least = np.minimum.reduceat(board_ids, starts) if len(starts) else board_ids
    several = np.repeat(n_boards > 1, n_boards)
    return pa.table({"board_id": board_ids[several], "owner": np.repeat(least, n_boards)[several]})


def known_owners(owners: pa.Table) -> pa.Table:
    """Return ``board_id`` and ``user_id`` of the boards whose owner is known; owners are numbers or texts.

    Examples
    --------
    >>> known_owners(pa.table({"board_id": [7, 3], "user_id": [1.0, float("nan")]}))["board_id"].to_pylist()
    [7]
    """
    if "user_id" not in owners.column_names:
        return pa.table({"board_id": pa.array([], pa.int64()), "user_id": pa.array([], pa.int64())})
    known = owners.select(["board_id", "user_id"]).drop_null()
    kind = known["user_id"].type
    if pa.types.is_nested(kind):
        raise BoardCategoriesError(
            f"user_id is {kind}, must be numbers or texts", where="board_categories", remedy="take one field of it"
        )
    if pa.types.is_floating(kind):  # as pandas writes ids of which some are missing
        known = known.filter(pc.invert(pc.is_nan(known["user_id"])))
    return known
