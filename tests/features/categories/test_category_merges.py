"""Categories that may be one under two names: found where owners use both for the same pictures, and nowhere else."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest

from features.categories.correct import correct_categories
from features.categories.fitting.category_fit import MergeSuggestion, category_fit
from features.categories.fitting.confusable_categories import confusable_categories

NAMES = ("art", "fashion", "food", "garden", "pets", "travel")


def filed(labels: npt.NDArray[np.object_], truth: npt.NDArray[np.int64]) -> list[MergeSuggestion]:
    """Let boards show pictures of their true category, three of four, and return what is suggested of their labels."""
    draw = np.random.default_rng(5)
    board = np.repeat(np.arange(len(truth)), draw.integers(4, 16, len(truth)))
    own = draw.random(len(board)) < 0.75
    image = draw.integers(0, 100, len(board)) * 6 + np.where(own, truth[board], draw.integers(0, 6, len(board)))
    table = correct_categories(
        pa.table({"board_id": board, "image_signature": image}),
        pa.table({"board_id": np.arange(len(truth)), "category": pa.array(labels, pa.string())}),
    )
    return list(category_fit(table).numbers.merge_suggestions)


def boards(n_boards: int = 2000) -> tuple[npt.NDArray[np.object_], npt.NDArray[np.int64]]:
    """Name boards rightly, but for one in five that are named by lot."""
    draw = np.random.default_rng(1)
    truth = draw.integers(0, 6, n_boards)
    slipped = np.where(draw.random(n_boards) < 0.2, draw.integers(0, 6, n_boards), truth)
    return np.array(NAMES, object)[slipped], truth


def test_two_names_of_one_category_are_suggested_to_be_merged() -> None:
    labels, truth = boards()
    capital = np.random.default_rng(2).random(len(labels)) < 0.3
    labels[(labels == "fashion") & capital] = "Fashion"
    (suggestion,) = filed(labels, truth)
    assert suggestion.categories == ("Fashion", "fashion")
    assert suggestion.apart < 0.2
    assert suggestion.together > 0.5


def test_categories_with_pictures_of_their_own_are_not() -> None:
    assert filed(*boards()) == []


def test_a_name_that_owners_of_all_categories_misuse_is_not() -> None:
    labels, truth = boards()
    labels[np.random.default_rng(3).random(len(labels)) < 0.1] = "other"
    assert filed(labels, truth) == []


def test_weak_evidence_suggests_nothing() -> None:
    labels = np.repeat([0, 1], [600, 400])
    no_evidence = np.tile([0.6, 0.4], (1000, 1))
    assert confusable_categories(no_evidence, labels) == []


def test_few_boards_suggest_nothing() -> None:
    labels = np.repeat([0, 1, 2], [19, 30, 30])
    expected = np.where((labels < 2)[:, None], [0.4, 0.6, 0.0], [0.0, 0.0, 1.0])
    assert confusable_categories(expected, labels) == []
    assert confusable_categories(np.empty((0, 3)), np.empty(0, np.int64)) == []


def test_a_suggestion_has_the_numbers_of_its_boards() -> None:
    # evidence is right about three boards in four of the two, and sure that they are of the two
    labels = np.repeat([0, 1, 2], [40, 40, 80])
    sure = np.array([[0.75, 0.25, 0.0], [0.25, 0.75, 0.0], [0.0, 0.0, 1.0]])[labels]
    (pair,) = confusable_categories(sure, labels)
    assert (pair.first, pair.second) == (0, 1)
    assert pair.apart == pytest.approx((0.75 - 0.5) / (1 - 0.5))
    assert pair.together == pytest.approx((1 - 0.5) / (1 - 0.5))
