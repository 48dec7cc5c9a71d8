"""From one pass to the next: the posterior of a pass votes in the next, which must earn its place.

A second pass helps where evidence is strong and harms where it is weak, so it is kept only if the owners' labels,
left out, become more likely. A vote of the second pass is not quite independent of the label it is judged by (a
board's label moved its neighbours' posteriors in the first), which favours the new pass; on real recipes, where
a second pass does harm, the likelihood still falls by far.
"""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.categories.decisions import BOARD_CATEGORIES
from features.categories.evidence import Votes
from features.categories.fit import CategoryFit, category_fit, with_fit
from features.categories.inputs import BoardCategoriesError, LabelledBoards


def matching_previous(previous: pa.Table, boards: LabelledBoards, min_confidence: float) -> pa.Table:
    """Return the previous table by board id, or refuse one that belongs to other boards, labels or bound.

    Parameters
    ----------
    previous
        The table of the pass before, its rows in any order (read from parts, say).
    boards
        The boards and labels of this call.
    min_confidence
        The bound of this call.

    Returns
    -------
    pyarrow.Table
        The rows of `previous`, sorted by ``board_id``.

    Raises
    ------
    BoardCategoriesError
        The schema, the boards, their owners' categories or the bound differ, or the fit is missing.

    Examples
    --------
    >>> none = np.array([], np.int64)
    >>> boards = LabelledBoards(np.array([7]), ("art",), np.array([0]), none, none, 0)
    >>> matching_previous(BOARD_CATEGORIES.empty_table(), boards, 0.8)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    features.categories.inputs.BoardCategoriesError: previous: its 0 boards ... are not the 1 of this call; ...
    """
    if not previous.schema.equals(BOARD_CATEGORIES):
        raise BoardCategoriesError(
            f"previous: needs the schema BOARD_CATEGORIES, it has\n{previous.schema.to_string()}\n"
            "pass a table that correct_categories returned"
        )
    previous = previous.sort_by("board_id").combine_chunks()
    names = np.array([*boards.names, None], dtype=object)  # code -1 is the last: no label
    same = np.array_equal(previous["board_id"].to_numpy(), boards.board_ids) and np.array_equal(
        previous["owner_category"].to_numpy(zero_copy_only=False), names[boards.labels]
    )
    if not same:
        raise BoardCategoriesError(
            f"previous: its {len(previous):,} boards and their owners' categories are not the "
            f"{len(boards.board_ids):,} of this call; start again with previous=None when boards or labels change"
        )
    before = category_fit(previous).min_confidence
    if before != min_confidence:
        raise BoardCategoriesError(
            f"previous: was decided at min_confidence {before}, this call asks for {min_confidence}; "
            "its rows may have to be returned as they are, so use one bound for all passes"
        )
    return previous


def posterior_votes(previous: pa.Table, names: tuple[str, ...]) -> Votes:
    """Let every board of a pass vote with its three most probable categories, the rest by the prior.

    Parameters
    ----------
    previous
        A table of `BOARD_CATEGORIES`.
    names
        The categories, ascending; a position is a code.

    Returns
    -------
    Votes
        In the order of the rows. Boards of which nothing could be said do not vote.

    Raises
    ------
    BoardCategoriesError
        The distributions name a category that no owner uses.

    Examples
    --------
    >>> row = {"board_id": 7, "changed": False, "filled": False, "n_images": 1}
    >>> row["distribution"] = [{"category": "food", "probability": 0.75}]
    >>> votes = posterior_votes(pa.Table.from_pylist([row], BOARD_CATEGORIES), ("art", "food"))
    >>> votes.category.tolist(), votes.mass.tolist(), votes.rest.tolist()
    ([[1]], [[0.75]], [0.25])
    """
    lists = previous["distribution"].combine_chunks()
    flat = lists.flatten()
    codes = pc.index_in(flat.field("category"), value_set=pa.array(names, pa.string()))
    if codes.null_count:
        raise BoardCategoriesError(
            f"previous: {codes.null_count:,} of its probabilities are of categories that no owner uses in this call; "
            "start again with previous=None when labels change"
        )
    sizes = pc.list_value_length(lists).to_numpy(zero_copy_only=False).astype(np.int64)
    row = np.repeat(np.arange(len(sizes)), sizes)
    rank = np.arange(len(row)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    width = max(1, int(sizes.max(initial=0)))
    category = np.zeros((len(sizes), width), dtype=np.int64)
    mass = np.zeros((len(sizes), width))
    category[row, rank] = codes.to_numpy()
    mass[row, rank] = flat.field("probability").to_numpy()
    voter = sizes > 0
    return Votes(category, mass, np.where(voter, np.maximum(1 - mass.sum(axis=1), 0), 0.0), voter)


def keep_the_better(previous: pa.Table, table: pa.Table, fit: CategoryFit) -> pa.Table:
    """Return the new pass if it makes the owners' labels more likely, else the previous rows unchanged.

    Parameters
    ----------
    previous
        The table of the pass before, with its fit.
    table, fit
        The new pass; its number in `fit` is one more than the previous one's.

    Returns
    -------
    pyarrow.Table
        One of the two, its fit saying which and why.

    Examples
    --------
    >>> first = CategoryFit(1, "pass 1", -0.5, 1.0, 0.1, 0.5, 2.0, 0.1, 0.2, {"art": 1.0}, 0.8, 3, 3)
    >>> rows = BOARD_CATEGORIES.empty_table()
    >>> kept = keep_the_better(with_fit(rows, first), rows, replace(first, pass_kept=2, log_likelihood=-0.25))
    >>> category_fit(kept).why
    'pass 2 kept: the left-out log-likelihood per labelled board rose from -0.500000 to -0.250000'
    """
    before = category_fit(previous)
    numbers = f"{before.log_likelihood:.6f} to {fit.log_likelihood:.6f}"
    if fit.log_likelihood > before.log_likelihood:
        why = f"pass {fit.pass_kept} kept: the left-out log-likelihood per labelled board rose from {numbers}"
        return with_fit(table, replace(fit, why=why))
    why = (
        f"pass {before.pass_kept} kept, pass {fit.pass_kept} refused: the left-out log-likelihood per labelled board "
        f"would go from {numbers}, and it must rise"
    )
    return with_fit(previous, replace(before, why=why))
