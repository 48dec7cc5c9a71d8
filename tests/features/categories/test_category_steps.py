"""The category correction cut into steps over partitions: partitions, shards and the order of rows leave no trace."""

import pickle
import tempfile
from pathlib import Path
from random import Random

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.categories.category_pass import CategoryPass
from features.categories.correct import correct_categories
from features.categories.evidence import picture_votes, vote_totals
from features.categories.evidence.picture_votes import PICTURE_VOTES, PictureVotesOf
from features.categories.evidence.shown_pictures import shown_pictures
from features.categories.evidence.voters import owner_voters
from features.categories.evidence.voting_boards import VOTE, VotingBoards, voting_boards
from features.categories.fitting import fit_sample
from features.categories.fitting.category_fit import category_fit, fit_metadata
from features.categories.labelled_boards import LabelledBoards
from features.categories.pass_trial import PassTrial
from features.categories.passes import PassResult
from joins.arrow.hashing import partition_of
from joins.engine.local import LocalEngine
from joins.engine.step import PartitionStep, split_by_hash

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
    """Boards of six categories show a few pictures, four of five of their own; three in ten labels are wrong."""
    draw = np.random.default_rng(5)
    truth = draw.integers(0, 6, n_boards)
    board = np.repeat(np.arange(n_boards), draw.integers(1, 6, n_boards))
    own = draw.random(len(board)) < 0.8
    image = draw.integers(0, n_boards // 6, len(board)) * 6 + np.where(
        own, truth[board], draw.integers(0, 6, len(board))
    )
    label = np.where(draw.random(n_boards) < 0.3, draw.integers(0, 6, n_boards), truth)
    names = pa.array([f"c{code}" for code in label])
    return (
        pa.table({"board_id": board, "image_signature": pa.array(image).cast(pa.string())}),
        pa.table({"board_id": np.arange(n_boards), "category": names}),
    )


def parts(table: pa.Table, key: str, n_parts: int) -> list[pa.Table]:
    return list(split_by_hash(table, key, n_parts, partition_of))


def sent(step: PartitionStep[object]) -> PartitionStep[object]:
    """Send a step to another machine, as the engine of a cluster does."""
    return pickle.loads(pickle.dumps(step))  # type: ignore[no-any-return]  # noqa: S301 - our own


def correct_by_partition(
    images: pa.Table,
    categories: pa.Table,
    n_parts: int,
    previous: pa.Table | None = None,
    *,
    in_parts: bool = False,
    steps: list[str] | None = None,
) -> pa.Table:
    """Do what the workflow does: a pass on an engine, pins in partitions of pictures, boards in those of boards.

    The names of its steps are added to ``steps``.
    """
    named = [] if steps is None else steps
    boards = parts((categories if previous is None else previous).select(["board_id"]), "board_id", n_parts)
    pins = parts(images, "image_signature", n_parts)
    with tempfile.TemporaryDirectory() as folder:

        def run(what: str, step: PartitionStep[object]) -> list[object]:
            named.append(what)
            return LocalEngine(Path(folder)).run(sent(step))

        made = CategoryPass(
            run_step=run,
            n_parts=n_parts,
            pins=pins.__getitem__,
            boards=boards.__getitem__,
            min_confidence=BOUND,
            labels=parts(categories, "board_id", n_parts).__getitem__,
            scratch=Path(folder),
            in_parts=in_parts,
        )
        if previous is None:
            kept = made.first()
        else:
            rows = parts(previous, "board_id", n_parts)
            before = PassResult(rows.__getitem__, category_fit(previous), {"changed": 0, "filled": 0})
            kept = made.following(before, rows.__getitem__)
        table = pa.concat_tables([kept.rows(number) for number in range(n_parts)]).sort_by("board_id")
        return table.replace_schema_metadata(fit_metadata(kept.fit))


def same_bytes(left: pa.Table, right: pa.Table) -> bool:
    """Compare what a Parquet file of each holds, the fit included; Arrow may lay equal columns out in two ways."""

    def written(table: pa.Table) -> bytes:
        sink = pa.BufferOutputStream()
        pq.write_table(table.combine_chunks(), sink)
        return bytes(sink.getvalue())

    return written(left) == written(right)


@pytest.mark.parametrize("in_parts", [False, True])
@pytest.mark.parametrize("n_parts", [1, 3, 7])
def test_all_passes_give_the_same_bytes_in_any_number_of_partitions(n_parts: int, in_parts: bool) -> None:
    images, categories = planted(3000)
    categories = owned(categories, 1400)
    first = correct_categories(images, categories, min_confidence=BOUND)
    assert same_bytes(correct_by_partition(images, categories, n_parts, in_parts=in_parts), first)
    second = correct_categories(images, categories, min_confidence=BOUND, previous=first)
    assert category_fit(second).pass_kept == 2
    assert same_bytes(correct_by_partition(images, categories, n_parts, first, in_parts=in_parts), second)
    third = correct_categories(images, categories, min_confidence=BOUND, previous=second)
    assert same_bytes(correct_by_partition(images, categories, n_parts, second, in_parts=in_parts), third)


def test_a_second_pass_takes_few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PassTrial, "proves", True)
    monkeypatch.setattr(fit_sample, "FIT_BOARDS", 50)  # the first fold has more
    images, categories = planted(900)
    categories = owned(categories, 400)
    first = correct_categories(images, categories, min_confidence=BOUND)
    decided, evidence, on_pictures = "category decisions", "category evidence", "posteriors on pictures"
    whole, in_parts = list[str](), list[str]()
    correct_by_partition(images, categories, 2, first, steps=whole)
    assert whole == ["board sketches", decided, evidence, decided, evidence, decided]
    correct_by_partition(images, categories, 2, first, in_parts=True, steps=in_parts)
    assert in_parts[5:] == [decided, on_pictures, evidence, decided, on_pictures, evidence, decided]
    monkeypatch.setattr(fit_sample, "FIT_BOARDS", 8000)
    first = correct_categories(images, categories, min_confidence=BOUND)
    few = list[str]()
    correct_by_partition(images, categories, 2, first, steps=few)
    assert few == ["board sketches", decided, evidence, decided]  # all folds are tried at once, then fitted on


def test_a_pass_that_is_refused_gives_the_same_bytes_in_partitions() -> None:
    images, categories = planted(300)
    first = correct_categories(images, categories, min_confidence=BOUND)
    second = correct_categories(images, categories, min_confidence=BOUND, previous=first)
    assert category_fit(second).pass_kept == 1
    assert category_fit(second).trial is not None
    assert same_bytes(correct_by_partition(images, categories, 3, first), second)
    assert same_bytes(correct_by_partition(images, categories, 3, first, in_parts=True), second)


@settings(max_examples=30, deadline=None)
@given(
    pins=ANY_PINS,
    labels=ANY_LABELS,
    n_parts=st.integers(1, 4),
    n_owners=st.integers(1, 6),
    is_kept=st.booleans(),
    in_parts=st.booleans(),
    random=st.randoms(use_true_random=False),
)
def test_any_pins_labels_and_owners_give_the_same_bytes_in_partitions(
    pins: Pins, labels: Labels, n_parts: int, n_owners: int, is_kept: bool, in_parts: bool, random: Random
) -> None:
    images, categories = tables(pins, labels)
    categories = owned(categories, n_owners)
    shuffled, _ = tables(random.sample(pins, len(pins)), labels)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(PassTrial, "proves", is_kept)  # so few boards prove nothing
        first = correct_categories(images, categories, min_confidence=BOUND)
        second = correct_categories(images, categories, min_confidence=BOUND, previous=first)
        assert same_bytes(correct_by_partition(shuffled, categories, n_parts, in_parts=in_parts), first)
        assert same_bytes(correct_by_partition(shuffled, categories, n_parts, first, in_parts=in_parts), second)
        assert category_fit(second).pass_kept == (2 if is_kept and any(labels.values()) else 1)


@pytest.mark.parametrize("in_parts", [False, True])
@pytest.mark.parametrize("n_parts", [1, 3])
def test_the_boards_to_fit_on_are_the_same_in_any_number_of_partitions(
    n_parts: int, in_parts: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fit_sample, "FIT_BOARDS", 50)
    images, categories = planted(300)
    table = correct_categories(images, categories, min_confidence=BOUND)
    assert category_fit(table).numbers.n_fitted <= 50 < category_fit(table).n_labelled
    assert same_bytes(correct_by_partition(images, categories, n_parts, in_parts=in_parts), table)


def three_boards() -> VotingBoards:
    """Boards 1 and 2 are art, board 3 is food; board 4 is not known."""
    return voting_boards(owner_voters(LabelledBoards(np.array([1, 2, 3]), ("art", "food"), np.array([0, 0, 1]))))


def votes_on(pins: Pins, n_partitions: int = 1) -> list[dict[str, object]]:
    rows = picture_votes.picture_votes(shown_pictures(tables(pins, {})[0], n_partitions), three_boards())
    assert rows.schema == PICTURE_VOTES
    listed: list[dict[str, object]] = rows.to_pylist()
    return listed


def test_the_votes_on_a_picture_go_once_to_each_partition_of_its_boards() -> None:
    votes = {"n_voters": 3 * VOTE, "own_share": VOTE, "rest": 0, "categories": [0, 1], "votes": [2_000_000, 1_000_000]}
    assert partition_of(pa.array([1, 2, 3]), 2).tolist() == [1, 0, 1]
    assert votes_on([(1, "a"), (3, "a"), (2, "a"), (1, "a")], 2) == [
        {"board_id": 2, "boards": [2], **votes},
        {"board_id": 1, "boards": [1, 3], **votes},
    ]


def test_boards_on_whose_pictures_nobody_else_votes_are_not_sent() -> None:
    assert votes_on([(1, "a"), (1, "b")]) == []


def test_a_board_that_only_pins_name_is_sent_even_where_nobody_votes() -> None:
    nothing = {"n_voters": 0, "own_share": VOTE, "rest": 0, "categories": [], "votes": []}
    assert votes_on([(4, "a")]) == [{"board_id": 4, "boards": [4], **nothing}]


def test_boards_of_one_owner_without_sketches_have_one_vote_on_a_picture_and_none_on_each_other() -> None:
    boards = LabelledBoards(np.array([1, 2, 3]), ("art", "food"), np.array([0, 1, 1]))
    voters = voting_boards(owner_voters(boards, pa.table({"board_id": [1, 2, 3], "user_id": [7, 7, 8]})))
    pins = pa.table({"board_id": [1, 2, 3, 1, 3], "image_signature": ["a", "a", "a", "b", "b"]})
    rows = picture_votes.picture_votes(shown_pictures(pins), voters).drop_columns(["board_id", "rest"]).to_pylist()
    half = VOTE // 2
    assert rows == [
        {"boards": [3], "n_voters": 2 * VOTE, "own_share": VOTE, "categories": [0, 1], "votes": [half, half + VOTE]},
        {"boards": [1, 3], "n_voters": 2 * VOTE, "own_share": VOTE, "categories": [0, 1], "votes": [VOTE, VOTE]},
        {"boards": [1, 2], "n_voters": VOTE, "own_share": 0, "categories": [1], "votes": [VOTE]},
    ]


def test_blocks_of_pictures_leave_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    pins = [(board, image) for image in "abcde" for board in (1, 2, 3)]
    whole = votes_on(pins)
    monkeypatch.setattr(vote_totals, "BLOCK_CELLS", 3)  # one picture a block
    assert votes_on(pins) == whole


def test_the_votes_of_a_shard_can_be_read_inside_a_worker() -> None:
    votes_of = PictureVotesOf(planted, planted)  # any functions that a worker can import
    assert pickle.loads(pickle.dumps(votes_of)) == votes_of  # noqa: S301 - our own
