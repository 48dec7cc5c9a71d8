"""Evidence of labels that is weighed where the pictures lie: the same scores as where it is weighed board by board."""

import pickle

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.categories.decisions import BOARD_CATEGORIES
from features.categories.evidence.board_sketches import boards_of_shared_owners, sketches_of
from features.categories.evidence.evidence import gather_evidence
from features.categories.evidence.evidence_weights import N_KNOTS, OUTLIER_SHARES
from features.categories.evidence.picture_votes import picture_votes
from features.categories.evidence.scored_boards import ScoredBoards, boards_of_weighed_pictures
from features.categories.evidence.shown_pictures import shown_pictures
from features.categories.evidence.voters import owner_numbers, owner_voters, posterior_voters
from features.categories.evidence.voting_boards import VotingBoards, ask_about, cast_about, hide_labels, voting_boards
from features.categories.evidence.weighed_pictures import WEIGHED_PICTURES, WeighedPicturesOf, weighed_pictures
from features.categories.labelled_boards import LabelledBoards
from joins.arrow.hashing import partition_of
from joins.engine.step import split_by_hash

WEIGHTS = np.linspace(0.05, 0.9, len(OUTLIER_SHARES) * N_KNOTS).reshape(len(OUTLIER_SHARES), N_KNOTS)
N_BOARDS = 9
CATEGORIES = ("art", "food", "garden", "pets")

PINS = st.lists(st.tuples(st.integers(0, N_BOARDS + 1), st.sampled_from("abcdef")), max_size=60)
LABELS = st.lists(st.integers(-1, 3), min_size=N_BOARDS, max_size=N_BOARDS)
OWNERS = st.lists(st.integers(0, 4), min_size=N_BOARDS, max_size=N_BOARDS)
POSTERIOR = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 30)), max_size=3, unique_by=lambda each: each[0])
ABOUT = st.lists(st.integers(-1, 2), min_size=N_BOARDS, max_size=N_BOARDS)
BOARDS = st.lists(st.booleans(), min_size=N_BOARDS, max_size=N_BOARDS)


def pins_of(pairs: list[tuple[int, str]]) -> pa.Table:
    """Return pins as they come; boards from `N_BOARDS` on are known from them alone."""
    boards, pictures = [board for board, _ in pairs], [picture for _, picture in pairs]
    return pa.table({"board_id": pa.array(boards, pa.int64()), "image_signature": pa.array(pictures, pa.string())})


def votes_of(pins: pa.Table, labels: list[int], owners: list[int] | None = None) -> pa.Table:
    ids, used = np.arange(N_BOARDS), sorted({*labels} - {-1})
    codes = np.array([used.index(label) if label in used else -1 for label in labels])
    boards = LabelledBoards(ids, CATEGORIES[: len(used)], codes)
    if owners is None:
        return owner_voters(boards)
    owned = pa.table({"board_id": ids, "user_id": owners})
    asked = boards_of_shared_owners(ids, owner_numbers(ids, owned))
    return owner_voters(boards, owned, sketches_of(shown_pictures(pins), asked))


def posteriors_of(percents: list[list[tuple[int, int]]]) -> pa.Table:
    """Return distributions of boards 0, 1, ... over categories by their code."""
    named = [
        [{"category": CATEGORIES[code], "probability": percent / 100} for code, percent in each] for each in percents
    ]
    kind = BOARD_CATEGORIES.field("distribution").type
    return pa.table({"board_id": np.arange(N_BOARDS), "distribution": pa.array(named, kind)})


def by_parts(
    pins: pa.Table, voters: VotingBoards, n_shards: int, n_parts: int
) -> list[tuple[ScoredBoards, ScoredBoards]]:
    """Return the boards of each partition, weighed where the pictures lie and board by board."""
    shards = [
        shown_pictures(pictures, n_parts) for pictures in split_by_hash(pins, "image_signature", n_shards, of_text)
    ]
    at_pictures = [weighed_pictures(shown, voters, WEIGHTS) for shown in shards]
    at_boards = [picture_votes(shown, voters) for shown in shards]
    parts = zip(
        split_by_hash(pa.concat_tables(at_pictures).combine_chunks(), "board_id", n_parts, partition_of),
        split_by_hash(pa.concat_tables(at_boards).combine_chunks(), "board_id", n_parts, partition_of),
        split_by_hash(pa.table({"board_id": voters.board_ids}), "board_id", n_parts, partition_of),
        strict=True,
    )
    return [
        (
            boards_of_weighed_pictures(boards["board_id"].to_numpy(), pictures, voters),
            gather_evidence(boards["board_id"].to_numpy(), votes, voters).scored(WEIGHTS),
        )
        for pictures, votes, boards in parts
    ]


def of_text(keys: pa.ChunkedArray, n: int) -> np.ndarray:
    return np.array([ord(key) % n for key in keys.to_pylist()], np.int64)


@given(PINS, LABELS, st.none() | OWNERS, BOARDS, st.none() | BOARDS, st.integers(1, 3), st.integers(1, 3))
@settings(max_examples=150, deadline=None)
def test_scores_are_those_of_evidence_weighed_board_by_board(pairs, labels, owners, hidden, asked, n_shards, n_parts):
    pins = pins_of(pairs)
    votes = hide_labels(votes_of(pins, labels, owners), np.array(hidden))
    voters = voting_boards(votes if asked is None else ask_about(votes, np.array(asked)))
    for at_pictures, at_boards in by_parts(pins, voters, n_shards, n_parts):
        rows = np.arange(len(at_boards.board_ids))
        assert at_pictures.board_ids.tolist() == at_boards.board_ids.tolist()
        assert at_pictures.labels.tolist() == at_boards.labels.tolist()
        assert at_pictures.n_images.tolist() == at_boards.n_images.tolist()
        assert (at_pictures.scores(rows) == at_boards.scores(rows)).all()
        assert (at_pictures.scores(rows[::-2]) == at_boards.scores(rows)[::-2]).all()


@given(PINS, OWNERS, st.lists(st.lists(POSTERIOR, min_size=N_BOARDS, max_size=N_BOARDS), min_size=1, max_size=3), ABOUT)
@settings(max_examples=100, deadline=None)
def test_posteriors_of_which_each_cast_is_for_some_boards_score_alike(pairs, owners, casts, about):
    pins = pins_of(pairs)
    votes = votes_of(pins, [0, 1, 2, 3, 0, 1, 2, -1, -1], owners)
    posteriors = [posterior_voters(votes, posteriors_of(each)) for each in casts]
    voters = voting_boards(cast_about(posteriors, np.minimum(about, len(casts) - 1)))
    for at_pictures, at_boards in by_parts(pins, voters, 2, 2):
        rows = np.arange(len(at_boards.board_ids))
        assert at_pictures.board_ids.tolist() == at_boards.board_ids.tolist()
        assert at_pictures.n_images.tolist() == at_boards.n_images.tolist()
        assert (at_pictures.scores(rows) == at_boards.scores(rows)).all()


def test_a_picture_is_sent_once_to_a_partition_for_each_label_on_it():
    pins = pins_of([(board, "a") for board in range(N_BOARDS)])
    voters = voting_boards(votes_of(pins, [0, 0, 0, 0, 1, 1, 1, -1, -1]))
    (row,) = weighed_pictures(shown_pictures(pins), voters, WEIGHTS).to_pylist()
    assert row["boards"] == list(range(N_BOARDS))
    assert row["n_pictures"] == [1] * N_BOARDS
    assert [row["pictures"].count(picture) for picture in range(3)] == [2, 4, 3]  # no label, art, food
    assert row["n_categories"] == [2, 2, 2]
    assert row["categories"] == [0, 1] * 3


def test_boards_on_whose_pictures_nobody_else_votes_are_sent_only_if_pins_alone_name_them():
    pins = pins_of([(1, "a"), (1, "b"), (2, "b"), (N_BOARDS, "c")])
    voters = voting_boards(votes_of(pins, [0, 0, -1, 1, 1, 1, 1, 1, 1]))
    rows = weighed_pictures(shown_pictures(pins), voters, WEIGHTS)
    assert rows.schema == WEIGHED_PICTURES
    (row,) = rows.to_pylist()
    assert (row["boards"], row["n_pictures"]) == ([2, N_BOARDS], [1, 0])


@pytest.mark.parametrize("n_parts", [1, 2])
def test_without_pins_nothing_is_sent(n_parts):
    voters = voting_boards(votes_of(pins_of([]), [0] * N_BOARDS))
    assert weighed_pictures(shown_pictures(pins_of([]), n_parts), voters, WEIGHTS).num_rows == 0


def test_it_can_be_read_inside_a_worker():
    of_shard = WeighedPicturesOf(pins_of, votes_of, WEIGHTS)  # any functions that a worker can import
    assert pickle.loads(pickle.dumps(of_shard)).shown is pins_of  # noqa: S301 - our own
