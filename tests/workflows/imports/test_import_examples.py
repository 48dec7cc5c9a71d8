"""The three example mappings, on tiny files of the same shape and on the real data where it is at hand."""

import datetime as dt
import hashlib
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from workflows.imports.import_raw import import_raw
from workflows.imports.import_summary import CategoryCounts, ImportSummary

DATE = dt.date(2026, 11, 20)
EXAMPLES = Path(__file__).parents[3] / "examples"
REAL_DATA = "INTEREST_GRAPH_DATA"  # the folder that holds the three data sets


def text_digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def import_example(name: str, source: Path, folder: Path) -> ImportSummary:
    return import_raw(EXAMPLES / f"{name}.toml", source, folder, DATE)


def imported(folder: Path, table: str) -> pa.Table:
    return pq.read_table(folder / table / "date=2026-11-20", partitioning=None)


def test_the_interactions_example_on_a_tiny_source(tmp_path: Path) -> None:
    entries = pa.table({"board": pa.array([1, 0, 1, 1], pa.int32()), "image": pa.array([5, 5, 6, 5], pa.int32())})
    pq.write_table(entries, tmp_path / "board_images.parquet")
    import_example("pinterest_interactions", tmp_path, tmp_path / "input")
    pins = imported(tmp_path / "input", "pins")
    assert pins["pin_id"].to_pylist() == [1, 2, 3, 4]
    assert pins["parent_pin_id"].to_pylist() == [None, 1, None, 1]
    assert pins["image_signature"].to_pylist() == [text_digest(image) for image in "5565"]
    assert imported(tmp_path / "input", "boards")["user_id"].to_pylist() == [0, 1]
    assert imported(tmp_path / "input", "users")["user_id"].to_pylist() == [0, 1]


def test_the_cooking_example_on_a_tiny_source(tmp_path: Path) -> None:
    pq.write_table(pa.table({"board_id": [3, 2], "category": ["greek", "thai"]}), tmp_path / "boards.parquet")
    pq.write_table(pa.table({"board_id": [3, 2], "item": ["garlic", "garlic"]}), tmp_path / "pins.parquet")
    import_example("whats_cooking", tmp_path, tmp_path / "input")
    pins = imported(tmp_path / "input", "pins")
    assert pins["image_signature"].to_pylist() == [text_digest("garlic")] * 2
    assert pins["description"].to_pylist() == ["garlic"] * 2
    assert imported(tmp_path / "input", "boards")["category"].to_pylist() == ["greek", "thai"]


def test_the_boards_example_on_a_tiny_source(tmp_path: Path) -> None:
    boards = pa.table({"board": [1, 1, 2, 3], "user": [7, 7, 7, 6], "category": ["Holiday", "Holiday", "", "None"]})
    pins = pa.table({"pin": [10, 11], "board": [1, 2], "user": [7, 7], "is_repin": [0, 1], "origin_pin": [10, 10]})
    pq.write_table(boards, tmp_path / "boards.parquet")
    pq.write_table(pins, tmp_path / "pins_sample.parquet")
    import_example("pinterest_boards", tmp_path, tmp_path / "input")
    assert imported(tmp_path / "input", "boards")["category"].to_pylist() == ["holidays", "holidays", None, None]
    assert imported(tmp_path / "input", "pins")["parent_pin_id"].to_pylist() == [None, 10]
    assert imported(tmp_path / "input", "pins")["image_signature"].to_pylist() == [text_digest("10")] * 2
    assert imported(tmp_path / "input", "users")["user_id"].to_pylist() == [6, 7]


def real_source(name: str) -> Path:
    root = os.environ.get(REAL_DATA)
    if root is None:
        pytest.skip(f"{REAL_DATA} doesn't name the folder that holds {name}/")
    source = Path(root) / name
    if not source.is_dir():
        pytest.skip(f"{REAL_DATA} has no folder {name}/")
    return source


def test_the_interactions_example_on_the_real_data(tmp_path: Path) -> None:
    summary = import_example("pinterest_interactions", real_source("pinterest_interactions"), tmp_path)
    assert [counts.n_written for counts in summary.tables] == [805_742, 37_501, 37_501]
    pins = imported(tmp_path, "pins")
    assert pc.count_distinct(pins["image_signature"]).as_py() == 9_796
    assert pins["parent_pin_id"].null_count == 9_796


def test_the_cooking_example_on_the_real_data(tmp_path: Path) -> None:
    summary = import_example("whats_cooking", real_source("whats_cooking"), tmp_path)
    assert [counts.n_written for counts in summary.tables] == [428_275, 39_774, 39_774]
    assert pc.count_distinct(imported(tmp_path, "pins")["image_signature"]).as_py() == 6_714
    assert summary.categories == CategoryCounts(20, 20, 0, 0, 0)


def test_the_boards_example_on_the_real_data(tmp_path: Path) -> None:
    summary = import_example("pinterest_boards", real_source("pinterest_boards"), tmp_path)
    assert [counts.n_written for counts in summary.tables] == [102, 9_476, 467]
    assert summary.categories is not None
    assert (summary.categories.n_before, summary.categories.n_after) == (127, 103)
    categories = set(imported(tmp_path, "boards")["category"].to_pylist())
    assert {"fashion", "dogs", "pets"} <= categories
    assert not {"Fashion", "None", "none", "sayings", ""} & categories
