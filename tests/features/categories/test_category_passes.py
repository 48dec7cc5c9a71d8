"""What the category correction learns from a planted graph, how sure it is, and what its table carries on."""

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


def written(table: pa.Table, folder: Path) -> Path:
    pq.write_table(table, folder / "second.parquet")
    return folder / "second.parquet"


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
    assert category_fit(pq.read_table(written(second, tmp_path))).trial == category_fit(second).trial


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
