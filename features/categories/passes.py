"""From one pass to the next: the posterior of a pass votes in the next, which must earn its place.

A second pass helps where evidence is strong and harms where it is weak, so it is kept only if the owners' labels,
left out, become more likely. A vote of the second pass is not quite independent of the label it is judged by (a
board's label moved its neighbours' posteriors in the first), which favours the new pass; so they must become so by
more than a little. On real recipes, where a second pass does harm, the likelihood falls, or rises by 0.001; where it
helps, by 0.006 or more.
"""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.categories.decisions import BOARD_CATEGORIES
from features.categories.fit import CategoryFit, category_fit
from features.categories.inputs import BoardCategoriesError, LabelledBoards, labelled_boards
from features.categories.votes import VOTE, Votes, voters_table
from joins.arrow.groups import spread

LEAST_RISE = 0.003  # of the log-likelihood of a board's label that a pass must bring to be kept


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
    >>> boards = LabelledBoards(np.array([7]), ("art",), np.array([0]))
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
    refuse_other_bound(category_fit(previous), min_confidence)
    return previous


def refuse_other_bound(before: CategoryFit, min_confidence: float) -> None:
    """Refuse to follow a pass that was decided at another bound.

    Parameters
    ----------
    before
        The fit of the pass before.
    min_confidence
        The bound of this pass.

    Raises
    ------
    BoardCategoriesError
        The bounds differ.

    Examples
    --------
    >>> from features.categories.fit import CategoryNumbers
    >>> numbers = CategoryNumbers([[1.0]], 0.5, {"art": 0.0}, {"art": 1.0}, {"art": 1.0}, {}, 0.0, [], 3)
    >>> refuse_other_bound(CategoryFit(1, "pass 1", -0.5, 0.1, 0.8, 3, numbers), 0.8)
    """
    if before.min_confidence != min_confidence:
        raise BoardCategoriesError(
            f"previous: was decided at min_confidence {before.min_confidence}, this call asks for {min_confidence}; "
            "its rows may have to be returned as they are, so use one bound for all passes"
        )


def posterior_voters(previous: pa.Table, owners: pa.Table | None = None) -> pa.Table:
    """Let every board of a pass vote with its three most probable categories, the rest by the prior.

    Parameters
    ----------
    previous
        ``board_id``, ``owner_category`` and ``distribution`` of a table of `BOARD_CATEGORIES`, in any order of rows.
    owners
        ``board_id`` and ``user_id`` of the boards whose owners are known; without it no two boards have the same.

    Returns
    -------
    pyarrow.Table
        What `features.categories.votes.voting_boards` reads, sorted by ``board_id``. Boards of which nothing could
        be said do not vote.

    Raises
    ------
    BoardCategoriesError
        The distributions name a category that no owner uses.

    Examples
    --------
    >>> from features.categories.votes import voting_boards
    >>> row = {"board_id": 7, "owner_category": "food", "changed": False, "filled": False, "n_images": 1}
    >>> row["distribution"] = [{"category": "food", "probability": 0.75}]
    >>> votes = voting_boards(posterior_voters(pa.Table.from_pylist([row], BOARD_CATEGORIES))).votes
    >>> votes.category.tolist(), votes.mass.tolist(), votes.rest.tolist()
    ([[0]], [[750000]], [250000])
    """
    previous = previous.select(["board_id", "owner_category", "distribution"]).sort_by("board_id")
    boards = labelled_boards(previous.rename_columns({"owner_category": "category"}))
    return voters_table(boards, _posterior_votes(previous["distribution"].combine_chunks(), boards.names), owners)


def _posterior_votes(distributions: pa.ListArray, names: tuple[str, ...]) -> Votes:
    flat = distributions.flatten()
    codes = pc.index_in(flat.field("category"), value_set=pa.array(names, pa.string()))
    if codes.null_count:
        raise BoardCategoriesError(
            f"previous: {codes.null_count:,} of its probabilities are of categories that no owner uses in this call; "
            "start again with previous=None when labels change"
        )
    sizes = pc.list_value_length(distributions).to_numpy(zero_copy_only=False).astype(np.int64)
    row, rank = spread(np.zeros_like(sizes), sizes)
    shape = (len(sizes), max(1, int(sizes.max(initial=0))))
    category, mass = np.zeros(shape, np.int16), np.zeros(shape, np.int32)
    category[row, rank] = codes.to_numpy()
    mass[row, rank] = np.rint(flat.field("probability").to_numpy().astype(np.float64) * VOTE)
    rest = np.where(sizes > 0, np.maximum(VOTE - mass.sum(axis=1), 0), 0)
    return Votes(category, mass, rest.astype(np.int32))


def better_fit(before: CategoryFit, fit: CategoryFit) -> CategoryFit:
    """Return the fit of the pass to keep: the new one if it makes labels likelier by more than `LEAST_RISE`.

    Parameters
    ----------
    before
        The fit of the pass before.
    fit
        The fit of the new pass; its number is one more.

    Returns
    -------
    CategoryFit
        One of the two, saying which and why; where ``pass_kept`` is that of `before`, its rows are to stay.

    Examples
    --------
    >>> from features.categories.fit import CategoryNumbers
    >>> numbers = CategoryNumbers([[1.0]], 0.5, {"art": 0.0}, {"art": 1.0}, {"art": 1.0}, {}, 0.0, [], 3)
    >>> first = CategoryFit(1, "pass 1", -0.5, 0.1, 0.8, 3, numbers)
    >>> better_fit(first, replace(first, pass_kept=2, log_likelihood=-0.25)).why
    'pass 2 kept: the left-out log-likelihood per labelled board rose from -0.500000 to -0.250000'
    """
    numbers = f"{before.log_likelihood:.6f} to {fit.log_likelihood:.6f}"
    if fit.log_likelihood > before.log_likelihood + LEAST_RISE:
        why = f"pass {fit.pass_kept} kept: the left-out log-likelihood per labelled board rose from {numbers}"
        return replace(fit, why=why)
    why = (
        f"pass {before.pass_kept} kept, pass {fit.pass_kept} refused: the left-out log-likelihood per labelled board "
        f"would go from {numbers}, and it must rise by {LEAST_RISE}"
    )
    return replace(before, why=why)
