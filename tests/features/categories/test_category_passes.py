"""What the category correction learns from a planted graph, how sure it is, and which pass it keeps."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.categories.correct import correct_categories
from features.categories.decisions import BOARD_CATEGORIES
from features.categories.fitting.category_fit import category_fit
from features.categories.labelled_boards import BoardCategoriesError
from features.categories.passes import LEAST_RISE


def two_camps(
    n_boards: int = 10, more_pins: Sequence[tuple[int, str]] = (), unlabelled: Sequence[int] = ()
) -> tuple[pa.Table, pa.Table]:
    """Boards 0 to n - 1 are art and share four paintings, n to 2 n - 1 are food and share four recipes; and more."""
    pins = [(b, f"{'painting' if b < n_boards else 'recipe'} {i}") for b in range(2 * n_boards) for i in range(4)]
    pins += more_pins
    labels = ["art"] * n_boards + ["food"] * n_boards + [None] * len(unlabelled)
    return (
        pa.table({"board_id": [b for b, _ in pins], "image_signature": [i for _, i in pins]}),
        pa.table({"board_id": [*range(2 * n_boards), *unlabelled], "category": labels}),
    )


def planted(
    n_boards: int = 3000, wrong: float = 0.2, missing: float = 0.1
) -> tuple[pa.Table, pa.Table, npt.NDArray[np.int64]]:
    """Boards of six categories, three of four pins from their own; a share of labels is wrong or missing."""
    draw = np.random.default_rng(5)
    truth = draw.integers(0, 6, n_boards)
    board = np.repeat(np.arange(n_boards), draw.integers(1, 16, n_boards))
    own = draw.random(len(board)) < 0.75
    image = draw.integers(0, 300, len(board)) * 6 + np.where(own, truth[board], draw.integers(0, 6, len(board)))
    label = np.where(draw.random(n_boards) < wrong, (truth + draw.integers(1, 6, n_boards)) % 6, truth)
    names = [None if gone else f"c{c}" for c, gone in zip(label, draw.random(n_boards) < missing, strict=True)]
    images = pa.table({"board_id": board, "image_signature": image})
    return images, pa.table({"board_id": np.arange(n_boards), "category": pa.array(names, pa.string())}), truth


def is_right(table: pa.Table, truth: npt.NDArray[np.int64], column: str = "category") -> npt.NDArray[np.bool_]:
    names = table[column].to_pylist()
    return np.array([name == f"c{c}" for name, c in zip(names, truth, strict=True)])


def with_log_likelihood(table: pa.Table, value: float) -> pa.Table:
    learned = json.loads(table.schema.metadata[b"fit"])
    return table.replace_schema_metadata({"fit": json.dumps({**learned, "log_likelihood": value})})


def same_bytes(left: pa.Table, right: pa.Table) -> bool:
    def written(table: pa.Table) -> bytes:
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table)
        return bytes(sink.getvalue())

    return written(left) == written(right)


def test_a_planted_graph_is_mended_and_its_error_rate_found() -> None:
    images, categories, truth = planted()
    table = correct_categories(images, categories)
    labelled = np.array(table["owner_category"].is_valid())
    changed = table["changed"].to_numpy()
    before = is_right(table, truth, "owner_category")[labelled].mean()
    right = is_right(table, truth)
    assert before == pytest.approx(0.8, abs=0.02)
    assert right[labelled].mean() > 0.93
    assert right[changed].mean() > 0.95
    assert category_fit(table).error_rate == pytest.approx(1 - before, abs=0.03)


def test_confidence_is_how_often_the_category_is_right() -> None:
    images, categories, truth = planted()
    table = correct_categories(images, categories, min_confidence=0.0)  # every proposal, sure or not
    known = np.array(table["category"].is_valid())
    confidence = table["confidence"].to_numpy()[known]
    right = is_right(table, truth)[known]
    tenth = np.minimum((confidence * 10).astype(int), 9)
    sizes, gaps = np.bincount(tenth), np.abs(np.bincount(tenth, confidence) - np.bincount(tenth, right))
    assert gaps.sum() / sizes.sum() < 0.03  # expected calibration error


def test_no_label_is_changed_for_the_worse_where_labels_are_right() -> None:
    images, categories, truth = planted(wrong=0.0)
    table = correct_categories(images, categories)
    labelled = np.array(table["owner_category"].is_valid())
    assert is_right(table, truth)[labelled].mean() > 0.995


def test_labels_that_pictures_do_not_predict_are_left_alone() -> None:
    images, categories, _ = planted()
    shuffled = np.random.default_rng(1).permutation(len(categories))
    table = correct_categories(images, categories.set_column(1, "category", categories["category"].take(shuffled)))
    assert table["changed"].to_numpy().mean() < 0.005


def test_the_fit_is_json_with_sorted_keys_in_the_schema_metadata() -> None:
    table = correct_categories(*two_camps())
    learned = json.loads(table.schema.metadata[b"fit"])
    assert list(learned) == sorted(learned)
    assert (learned["pass_kept"], learned["n_labelled"], learned["numbers"]["n_fitted"]) == (1, 20, 20)
    assert set(learned["numbers"]["right"]) == {"art", "food"}


def test_a_table_without_fit_says_what_it_needs() -> None:
    with pytest.raises(BoardCategoriesError, match="no fit in the schema metadata"):
        category_fit(BOARD_CATEGORIES.empty_table())
    with pytest.raises(BoardCategoriesError, match="does not read"):
        category_fit(BOARD_CATEGORIES.empty_table().replace_schema_metadata({"fit": "{}"}))


def test_a_second_pass_is_kept_where_evidence_is_strong_and_mends_more() -> None:
    images, categories, truth = planted(wrong=0.3)
    first = correct_categories(images, categories)
    second = correct_categories(images, categories, previous=first)
    fit = category_fit(second)
    assert fit.pass_kept == 2
    assert fit.why.startswith("pass 2 kept: the left-out log-likelihood per labelled board rose from")
    assert fit.log_likelihood > category_fit(first).log_likelihood
    assert is_right(second, truth).mean() > is_right(first, truth).mean()


def test_a_pass_that_does_not_help_returns_the_previous_rows_unchanged() -> None:
    images, categories, _ = planted()
    table = correct_categories(images, categories)
    for _ in range(10):
        before, table = table, correct_categories(images, categories, previous=table)
        if "refused" in category_fit(table).why:
            break
        assert category_fit(table).log_likelihood > category_fit(before).log_likelihood
    kept = category_fit(before).pass_kept
    assert category_fit(table).pass_kept == kept
    assert f"pass {kept} kept, pass {kept + 1} refused" in category_fit(table).why
    assert table.equals(before)  # rows alone; the fit says more now
    assert same_bytes(table, correct_categories(images, categories, previous=table))


def test_a_rise_that_may_come_from_a_boards_own_label_keeps_no_pass() -> None:
    images, categories, _ = planted()
    first = correct_categories(images, categories)
    second = correct_categories(images, categories, previous=first)
    reached = category_fit(second).log_likelihood
    for rise, kept in ((LEAST_RISE * 0.9, 1), (LEAST_RISE * 1.1, 2)):
        table = correct_categories(images, categories, previous=with_log_likelihood(first, reached - rise))
        assert category_fit(table).pass_kept == kept
    assert category_fit(second).pass_kept == 2


def test_boards_filled_by_a_pass_vote_in_the_next() -> None:
    # board 101 shares its picture with board 100 alone, which the first pass fills
    pins = [(100, f"recipe {i}") for i in range(4)] + [(100, "rare"), (101, "rare")]
    images, categories = two_camps(40, pins, [100, 101])
    first = correct_categories(images, categories)
    assert first["category"].to_pylist()[-2:] == ["food", None]
    votes_on_it = correct_categories(images, categories, previous=with_log_likelihood(first, -9.0))
    assert votes_on_it["category"].to_pylist()[-2:] == ["food", "food"]
    assert votes_on_it["n_images"].to_pylist()[-2:] == [4, 1]


def test_a_table_survives_parquet_and_serves_as_previous_in_any_order_of_rows(tmp_path: Path) -> None:
    images, categories, _ = planted(wrong=0.3)
    table = correct_categories(images, categories)
    pq.write_table(table, tmp_path / "board_categories.parquet")
    read = pq.read_table(tmp_path / "board_categories.parquet")
    assert read.equals(table)
    assert category_fit(read) == category_fit(table)
    backwards = read.take(np.arange(len(read))[::-1])
    second = correct_categories(images, categories, previous=table)
    assert same_bytes(second, correct_categories(images, categories, previous=backwards))


def test_a_previous_table_of_other_input_is_refused() -> None:
    images, categories = two_camps()
    table = correct_categories(images, categories)
    with pytest.raises(BoardCategoriesError, match="its 20 boards and their owners' categories are not the 19"):
        correct_categories(images.slice(0, 19 * 4), categories.slice(0, 19), previous=table)
    relabelled = categories.set_column(1, "category", pa.array(["art"] * 20))
    with pytest.raises(BoardCategoriesError, match="start again with previous=None"):
        correct_categories(images, relabelled, previous=table)
    with pytest.raises(BoardCategoriesError, match=r"decided at min_confidence 0\.55, this call asks for 0.9"):
        correct_categories(images, categories, previous=table, min_confidence=0.9)
    with pytest.raises(BoardCategoriesError, match="no fit in the schema metadata"):
        correct_categories(images, categories, previous=table.replace_schema_metadata())
    with pytest.raises(BoardCategoriesError, match="needs the schema BOARD_CATEGORIES"):
        correct_categories(images, categories, previous=table.drop_columns("margin"))
