"""The category correction cut into steps over partitions: partitions, shards and the order of rows leave no trace."""

import pickle
from random import Random

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.categories import fit_sample, picture_votes, vote_totals
from features.categories.calibration import fit_calibration
from features.categories.correct import category_fit, correct_categories
from features.categories.fit import calibration_of, fit_metadata
from features.categories.fit_sample import last_sampled_hash
from features.categories.inputs import LabelledBoards, labelled_boards
from features.categories.pass_steps import decided_boards, fit_of_pass, sampled_evidence
from features.categories.passes import better_fit, posterior_voters
from features.categories.picture_votes import PICTURE_VOTES, PictureVotesOf
from features.categories.votes import VOTE, VotingBoards, owner_voters, voting_boards
from joins.arrow.hashing import partition_of
from joins.engine.step import split_by_hash

Pins = list[tuple[int, str]]
Labels = dict[int, str | None]

BOUND = 0.8  # min_confidence

ANY_PINS = st.lists(st.tuples(st.integers(0, 9), st.sampled_from("abcdefgh")), max_size=60)
ANY_LABELS = st.dictionaries(st.integers(0, 12), st.none() | st.sampled_from(["art", "food", "garden", "pets"]))


def owned(categories: pa.Table, n_owners: int) -> pa.Table:
    """Give every board one of some owners, and every fifth none."""
    ids = categories["board_id"].to_numpy()
    return categories.append_column("user_id", pa.array(ids % n_owners, mask=ids % 5 == 0))


def tables(pins: Pins, labels: Labels) -> tuple[pa.Table, pa.Table]:
    images = {"board_id": pa.array([b for b, _ in pins], pa.int64()), "image_signature": [i for _, i in pins]}
    categories = {"board_id": pa.array(list(labels), pa.int64()), "category": pa.array(labels.values(), pa.string())}
    return pa.table(images, pa.schema({"board_id": pa.int64(), "image_signature": pa.string()})), pa.table(categories)


def planted(n_boards: int) -> tuple[pa.Table, pa.Table]:
    """Boards of six categories, three of four pictures from their own; three in ten labels are wrong."""
    draw = np.random.default_rng(5)
    truth = draw.integers(0, 6, n_boards)
    board = np.repeat(np.arange(n_boards), draw.integers(1, 16, n_boards))
    own = draw.random(len(board)) < 0.75
    image = draw.integers(0, 60, len(board)) * 6 + np.where(own, truth[board], draw.integers(0, 6, len(board)))
    label = np.where(draw.random(n_boards) < 0.3, draw.integers(0, 6, n_boards), truth)
    names = pa.array([f"c{code}" for code in label])
    return (
        pa.table({"board_id": board, "image_signature": pa.array(image).cast(pa.string())}),
        pa.table({"board_id": np.arange(n_boards), "category": names}),
    )


def parts(table: pa.Table, key: str, n_parts: int) -> list[pa.Table]:
    return list(split_by_hash(table, key, n_parts, partition_of))


def correct_by_partition(
    images: pa.Table, categories: pa.Table, n_parts: int, previous: pa.Table | None = None
) -> pa.Table:
    """Do what the workflow does: pins in partitions of pictures, then evidence and decisions in those of boards."""
    said = (
        owner_voters(labelled_boards(categories), categories)
        if previous is None
        else posterior_voters(previous, categories)
    )
    voters = voting_boards(said)
    boards = parts((categories if previous is None else previous).select(["board_id"]), "board_id", n_parts)
    pins = parts(images, "image_signature", n_parts)
    votes_of = PictureVotesOf(pins.__getitem__, lambda _: voters, n_parts, partition_of)
    shards = [parts(votes_of(shard), "board_id", n_parts) for shard in range(n_parts)]
    pictures = [pa.concat_tables(rows) for rows in zip(*shards, strict=True)]
    last_hash = last_sampled_hash(voters)
    gathered = [
        sampled_evidence(*of, last_hash=last_hash) for of in zip(boards, [voters] * n_parts, pictures, strict=True)
    ]
    before = None if previous is None else category_fit(previous)
    start = calibration_of(before.numbers) if before else None
    calibration = fit_calibration([sample for _, sample in gathered], voters.prior, start)
    decided = [
        decided_boards(ids, voters, kept, calibration=calibration, min_confidence=BOUND)
        for ids, (kept, _) in zip(boards, gathered, strict=True)
    ]
    fit = fit_of_pass(before, voters, calibration, [sums for _, sums in decided], BOUND)
    table = pa.concat_tables([rows for rows, _ in decided]).sort_by("board_id")
    if before:
        fit = better_fit(before, fit)
        table = previous if fit.pass_kept == before.pass_kept else table
    return table.replace_schema_metadata(fit_metadata(fit))


def same_bytes(left: pa.Table, right: pa.Table) -> bool:
    """Compare what a Parquet file of each holds, the fit included; Arrow may lay equal columns out in two ways."""

    def written(table: pa.Table) -> bytes:
        sink = pa.BufferOutputStream()
        pq.write_table(table.combine_chunks(), sink)
        return bytes(sink.getvalue())

    return written(left) == written(right)


@pytest.mark.parametrize("n_parts", [1, 3, 7])
def test_both_passes_give_the_same_bytes_in_any_number_of_partitions(n_parts: int) -> None:
    images, categories = planted(1500)
    categories = owned(categories, 700)
    first = correct_categories(images, categories, min_confidence=BOUND)
    assert same_bytes(correct_by_partition(images, categories, n_parts), first)
    second = correct_categories(images, categories, min_confidence=BOUND, previous=first)
    assert category_fit(second).pass_kept == 2
    assert same_bytes(correct_by_partition(images, categories, n_parts, first), second)
    third = correct_categories(images, categories, min_confidence=BOUND, previous=second)
    assert same_bytes(correct_by_partition(images, categories, n_parts, second), third)


@settings(max_examples=30, deadline=None)
@given(
    pins=ANY_PINS,
    labels=ANY_LABELS,
    n_parts=st.integers(1, 4),
    n_owners=st.integers(1, 6),
    random=st.randoms(use_true_random=False),
)
def test_any_pins_labels_and_owners_give_the_same_bytes_in_partitions(
    pins: Pins, labels: Labels, n_parts: int, n_owners: int, random: Random
) -> None:
    images, categories = tables(pins, labels)
    categories = owned(categories, n_owners)
    first = correct_categories(images, categories, min_confidence=BOUND)
    second = correct_categories(images, categories, min_confidence=BOUND, previous=first)
    random.shuffle(pins)
    images, _ = tables(pins, labels)
    assert same_bytes(correct_by_partition(images, categories, n_parts), first)
    assert same_bytes(correct_by_partition(images, categories, n_parts, first), second)


@pytest.mark.parametrize("n_parts", [1, 3])
def test_the_boards_to_fit_on_are_the_same_in_any_number_of_partitions(
    n_parts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fit_sample, "FIT_BOARDS", 50)
    images, categories = planted(300)
    table = correct_categories(images, categories, min_confidence=BOUND)
    assert category_fit(table).numbers.n_fitted <= 50 < category_fit(table).n_labelled
    assert same_bytes(correct_by_partition(images, categories, n_parts), table)


def three_boards() -> VotingBoards:
    """Boards 1 and 2 are art, board 3 is food; board 4 is not known."""
    return voting_boards(owner_voters(LabelledBoards(np.array([1, 2, 3]), ("art", "food"), np.array([0, 0, 1]))))


def votes_on(pins: Pins, n_partitions: int = 1) -> list[dict[str, object]]:
    def odd(ids: pa.Array, n: int) -> np.ndarray:
        return ids.to_numpy() % n

    rows = picture_votes.picture_votes(tables(pins, {})[0], three_boards(), n_partitions, odd)
    assert rows.schema == PICTURE_VOTES
    listed: list[dict[str, object]] = rows.to_pylist()
    return listed


def test_the_votes_on_a_picture_go_once_to_each_partition_of_its_boards() -> None:
    said = {"n_voters": 3, "included": True, "rest": 0, "categories": [0, 1], "votes": [2_000_000, 1_000_000]}
    assert votes_on([(1, "a"), (3, "a"), (2, "a"), (1, "a")], 2) == [
        {"board_id": 2, "boards": [2], **said},
        {"board_id": 1, "boards": [1, 3], **said},
    ]


def test_boards_of_which_nobody_else_speaks_are_not_sent() -> None:
    assert votes_on([(1, "a"), (1, "b")]) == []


def test_a_board_that_only_pins_name_is_sent_even_where_nobody_votes() -> None:
    nothing = {"n_voters": 0, "included": True, "rest": 0, "categories": [], "votes": []}
    assert votes_on([(4, "a")]) == [{"board_id": 4, "boards": [4], **nothing}]


def test_boards_of_one_owner_have_one_vote_on_a_picture_and_do_not_hear_it() -> None:
    boards = LabelledBoards(np.array([1, 2, 3]), ("art", "food"), np.array([0, 1, 1]))
    voters = voting_boards(owner_voters(boards, pa.table({"board_id": [1, 2, 3], "user_id": [7, 7, 8]})))
    pins = pa.table({"board_id": [1, 2, 3, 1, 3], "image_signature": ["a", "a", "a", "b", "b"]})
    rows = picture_votes.picture_votes(pins, voters).drop_columns(["board_id", "rest"]).to_pylist()
    half = VOTE // 2
    assert rows == [
        {"boards": [3], "n_voters": 2, "included": True, "categories": [0, 1], "votes": [half, half + VOTE]},
        {"boards": [1, 3], "n_voters": 2, "included": True, "categories": [0, 1], "votes": [VOTE, VOTE]},
        {"boards": [1, 2], "n_voters": 1, "included": False, "categories": [1], "votes": [VOTE]},
    ]


def test_blocks_of_pictures_leave_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    pins = [(board, image) for image in "abcde" for board in (1, 2, 3)]
    whole = votes_on(pins)
    monkeypatch.setattr(vote_totals, "BLOCK_CELLS", 3)  # one picture a block
    assert votes_on(pins) == whole


def test_the_votes_of_a_shard_can_be_read_inside_a_worker() -> None:
    votes_of = PictureVotesOf(planted, planted, 3, partition_of)  # any functions that a worker can import
    assert pickle.loads(pickle.dumps(votes_of)) == votes_of  # noqa: S301 - our own
