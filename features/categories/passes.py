"""From one pass to the next: the fit of a pass, whether it is kept, and which table it may follow.

A second pass helps where evidence is strong and harms where it is weak, so it is kept only if the owners' labels,
left out, become more likely. A vote of the second pass is not quite independent of the label it is judged by (a
board's label moved its neighbours' posteriors in the first), which favours the new pass; so they must become so by
more than a little. On real recipes, where a second pass does harm, the likelihood falls, or rises by 0.001; where it
helps, by 0.006 or more.
"""

from dataclasses import replace

import numpy as np
import pyarrow as pa

from features.categories.decisions import DecisionSums, refuse_other_schema
from features.categories.evidence.voting_boards import VotingBoards
from features.categories.fitting.calibration import Calibration
from features.categories.fitting.category_fit import CategoryFit, category_fit, numbers_of
from features.categories.labelled_boards import BoardCategoriesError, LabelledBoards

LEAST_RISE = 0.003  # of the log-likelihood of a board's label that a pass must bring to be kept
MEAN_DECIMALS = 6


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
    refuse_other_bound(category_fit(previous), min_confidence)
    return previous


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


def fit_of_pass(
    before: CategoryFit | None,
    voters: VotingBoards,
    calibration: Calibration,
    sums: DecisionSums,
    min_confidence: float,
) -> CategoryFit:
    """Put together what a pass learned, as if it were the first; `better_fit` compares it with the one before."""
    number = before.pass_kept + 1 if before else 1
    n_labelled = int((voters.labels >= 0).sum())
    return CategoryFit(
        pass_kept=number,
        why=f"pass {number} kept: there is no pass before it",
        log_likelihood=round(sums.log_likelihood / max(n_labelled, 1), MEAN_DECIMALS),
        error_rate=round(sums.expected_errors / max(n_labelled, 1), MEAN_DECIMALS),
        min_confidence=float(min_confidence),
        n_labelled=n_labelled,
        numbers=numbers_of(calibration, voters.names),
    )


def better_fit(before: CategoryFit, fit: CategoryFit) -> CategoryFit:
    """Return the fit of the pass to keep: the new one if it makes labels likelier by more than `LEAST_RISE`.

    It says which and why. Where its ``pass_kept`` is that of `before`, the rows of that pass are to stay.

    Examples
    --------
    >>> from features.categories.fitting.category_fit import CategoryNumbers
    >>> from features.categories.fitting.held_out import HeldOutChanges
    >>> art = {"art": 1.0}
    >>> numbers = CategoryNumbers([[1.0]], 0.5, art, art, art, {}, {}, HeldOutChanges(3, 0, 0.0), [], 3)
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
