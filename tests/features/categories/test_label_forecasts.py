"""Forecasts of labels: counted as by hand, whatever the split, and never of a board's own vote."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as some

from features import correct_categories
from features.categories.casting.all_voters import WholeVoters
from features.categories.crossfit.gathering import InMemory
from features.categories.evidence.shown_pictures import shown_pictures
from features.categories.evidence.voters import owner_voters
from features.categories.label_forecasts import N_BINS, all_forecasts, label_forecasts
from features.categories.labelled_boards import labelled_boards
from features.categories.passes import first_pass


@given(some.lists(some.tuples(some.floats(0, 1), some.integers(0, 1)), max_size=40), some.integers(0, 40))
def test_any_split_of_the_boards_adds_up_to_the_whole(boards, cut):
    expected = np.array([[first, 1 - first] for first, _ in boards]).reshape(len(boards), 2)
    labels = np.array([label for _, label in boards], dtype=np.int64)
    noise = np.array([[0.9, 0.1], [0.2, 0.8]])
    whole = label_forecasts(expected, noise, labels)
    parts = [label_forecasts(expected[rows], noise, labels[rows]) for rows in (slice(cut), slice(cut, None))]
    assert (all_forecasts(parts).bins == whole.bins).all()
    assert whole.bins[:, 0].sum() == len(boards)
    assert (whole.bins[:, 1] <= whole.bins[:, 0]).all()


def test_a_forecast_is_of_the_label_and_not_of_the_category():
    """Where owners mostly file food under art, art is foretold of a board of food."""
    noise = np.array([[1.0, 0.0], [0.7, 0.3]])  # by category (art, food), then label
    found = label_forecasts(np.array([[0.0, 1.0]]), noise, np.array([0]))
    assert found.counts() == {
        "forecasts_at_70_boards": 1,
        "forecasts_at_70_as_foretold": 1,
        "forecasts_at_70_expected_millionths": 700_000,
    }


def test_certainty_falls_into_the_last_bin():
    found = label_forecasts(np.array([[1.0, 0.0]]), np.eye(2), np.array([1]))
    assert found.bins[N_BINS - 1].tolist() == [1, 0, 1_000_000]


def test_boards_without_label_or_evidence_are_not_counted():
    boards = pa.table({"board_id": [1, 2, 3, 4], "category": ["art", "art", None, "food"], "user_id": [1, 2, 3, 4]})
    pins = pa.table({"board_id": [1, 2, 3, 4], "image_signature": ["a", "a", "a", "alone"]})
    voters = WholeVoters(owner_voters(labelled_boards(boards), boards))
    counts = first_pass(InMemory(shown_pictures(pins)), voters, 0.55).counts
    assert sum(n for name, n in counts.items() if name.endswith("_boards")) == 2
    assert correct_categories(pins, boards).num_rows == 4
