"""The table of the pass before, checked: it must be of the same boards, labels and bound."""

import numpy as np
import pyarrow as pa

from features.categories.decisions import refuse_other_schema
from features.categories.evidence.evidence_weights import N_KNOTS, OUTLIER_SHARES
from features.categories.fitting.category_fit import CategoryFit, category_fit
from features.categories.labelled_boards import BoardCategoriesError, LabelledBoards


def matching_previous(previous: pa.Table, boards: LabelledBoards, min_confidence: float) -> pa.Table:
    """Return the previous table by board id, its rows having come in any order.

    A `BoardCategoriesError` refuses one of another schema, of other boards or labels, of another bound, or without a
    fit.

    Examples
    --------
    >>> from features.categories.decisions import BOARD_CATEGORIES
    >>> boards = LabelledBoards(np.array([7]), ("art",), np.array([0]))
    >>> matching_previous(BOARD_CATEGORIES.empty_table(), boards, 0.8)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    features.categories.labelled_boards.BoardCategoriesError: previous: its 0 boards ... are not the 1 of this call; ...
    """
    refuse_other_schema(previous, "previous")
    previous = previous.sort_by("board_id").combine_chunks()
    names = np.array([*boards.names, None], dtype=object)  # code -1 is the last: no label
    same = np.array_equal(previous["board_id"].to_numpy(), boards.board_ids) and np.array_equal(
        previous["owner_category"].to_numpy(zero_copy_only=False), names[boards.labels]
    )
    if not same:
        raise BoardCategoriesError(
            f"its {len(previous):,} boards and their owners' categories are not the "
            f"{len(boards.board_ids):,} of this call",
            where="previous",
            remedy="start again with previous=None when boards or labels change",
        )
    before = category_fit(previous)
    _refuse_other_numbers(before, boards)
    refuse_other_bound(before, min_confidence)
    return previous


def _refuse_other_numbers(before: CategoryFit, boards: LabelledBoards) -> None:
    """Refuse the fit of another collection, which the metadata of a table may have come from."""
    names, weights = sorted(before.numbers.bias), before.numbers.weights
    if tuple(names) != boards.names or np.shape(weights) != (len(OUTLIER_SHARES), N_KNOTS):
        raise BoardCategoriesError(
            f"the fit in its metadata is of {len(names):,} categories and {np.size(weights)} weights, "
            f"this call has {len(boards.names):,} and {len(OUTLIER_SHARES) * N_KNOTS}, or they are called otherwise",
            where="previous",
            remedy="pass the table that correct_categories returned, with its own metadata",
        )


def refuse_other_bound(before: CategoryFit, min_confidence: float) -> None:
    """Refuse to follow a pass that was decided at another bound: a `BoardCategoriesError` names both.

    Examples
    --------
    >>> from features.categories.fitting.category_fit import CategoryNumbers
    >>> from features.categories.fitting.held_out import HeldOutChanges
    >>> art = {"art": 1.0}
    >>> numbers = CategoryNumbers([[1.0]], 0.5, art, art, art, {}, {}, HeldOutChanges(3, 0, 0.0), [], 3)
    >>> refuse_other_bound(CategoryFit(1, "pass 1", -0.5, 0.1, 0.8, 3, numbers), 0.8)
    """
    if before.min_confidence != min_confidence:
        raise BoardCategoriesError(
            f"was decided at min_confidence {before.min_confidence}, this call asks for {min_confidence}",
            where="previous",
            remedy="its rows may have to be returned as they are, so use one bound for all passes",
        )
