"""Iceberg metadata over the published files: every version is a snapshot with its rows, and no file is copied."""

import datetime as dt
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from storage_tiers import Dataset, DatasetError, open_dataset
from storage_tiers.hive_batch.iceberg_tables import HOME, NAMESPACE, add_version, iceberg_catalog, tag_of

pytestmark = pytest.mark.skipif(not importlib.util.find_spec("pyiceberg"), reason="pyiceberg is not installed")
FRIDAY = dt.date(2026, 11, 20)
RANKS = pa.table({"board_id": [1, 2, 3, 4], "page_rank": [0.1, 0.2, 0.3, 0.4]})
MORE_RANKS = pa.table({"board_id": [1, 2, 3, 4, 5], "page_rank": [0.5] * 5, "rank_order": [1] * 5})


def rows_of(root: Path, name: str, tag: str | None = None) -> list[dict[str, object]]:
    table = iceberg_catalog(root).load_table((NAMESPACE, name))  # by another catalog object: as a reader would
    snapshot = table.metadata.refs[tag].snapshot_id if tag else None
    return table.scan(snapshot_id=snapshot).to_arrow().sort_by("board_id").to_pylist()


@pytest.fixture
def two_versions(tmp_path: Path, publish: Callable[..., Dataset]) -> list[Dataset]:
    datasets = [publish(tmp_path, RANKS, "board_ranks"), publish(tmp_path, MORE_RANKS, "board_ranks", iteration=2)]
    for dataset in datasets:
        add_version(dataset, iceberg_catalog(tmp_path))
    return datasets


@pytest.mark.usefixtures("two_versions")
def test_each_version_is_a_snapshot_with_its_own_rows_and_the_newest_added_is_the_table(tmp_path: Path) -> None:
    assert rows_of(tmp_path, "board_ranks") == MORE_RANKS.to_pylist()
    assert rows_of(tmp_path, "board_ranks", "2026-11-20_iteration_2") == MORE_RANKS.to_pylist()
    assert rows_of(tmp_path, "board_ranks", "2026-11-20_iteration_1") == RANKS.to_pylist()


def test_nothing_is_copied_and_nothing_published_is_touched(tmp_path: Path, two_versions: list[Dataset]) -> None:
    assert [path.name for path in (tmp_path / HOME).rglob("*.parquet")] == []
    for dataset in two_versions:
        dataset.verify()


def test_adding_again_changes_nothing(tmp_path: Path, two_versions: list[Dataset]) -> None:
    before = sorted(path.name for path in (tmp_path / HOME).rglob("*"))
    add_version(two_versions[0], iceberg_catalog(tmp_path))
    assert sorted(path.name for path in (tmp_path / HOME).rglob("*")) == before


def test_nested_and_null_values_are_read_back(
    tmp_path: Path, publish: Callable[..., Dataset], wide_table: Callable[[int], pa.Table]
) -> None:
    add_version(publish(tmp_path, wide_table(30)), iceberg_catalog(tmp_path))
    expected = wide_table(30).to_pylist()
    for row in expected:
        row["pin_joins"] = row["pin_joins"] or []  # as pyiceberg 0.12 reads a list of structs that is null
    assert rows_of(tmp_path, "board_joins") == expected


def test_an_empty_version_is_an_empty_snapshot(tmp_path: Path, publish: Callable[..., Dataset]) -> None:
    add_version(publish(tmp_path, RANKS, "board_ranks"), iceberg_catalog(tmp_path))
    add_version(publish(tmp_path, RANKS.slice(0, 0), "board_ranks", iteration=2), iceberg_catalog(tmp_path))
    assert rows_of(tmp_path, "board_ranks") == []


def test_a_tag_of_another_content_is_told(
    tmp_path: Path, two_versions: list[Dataset], publish: Callable[..., Dataset]
) -> None:
    other = publish(tmp_path / "other", MORE_RANKS, "board_ranks")
    assert tag_of(other.version) == tag_of(two_versions[0].version)
    with pytest.raises(DatasetError, match=r"snapshot 2026-11-20_iteration_1 of board_ranks: digest there=.*drop the"):
        add_version(other, iceberg_catalog(tmp_path))


def test_without_the_library_it_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyiceberg.catalog.sql", None)
    with pytest.raises(DatasetError, match=r"pip install 'interest-graph\[iceberg\]'"):
        iceberg_catalog(tmp_path)


def test_every_dataset_of_a_day_has_as_many_rows_as_its_manifest_says(built_day, tmp_path: Path) -> None:
    catalog = iceberg_catalog(tmp_path)
    for name in ("facts", "board_ranks", "board_categories", "pin_joins", "rejected_rows"):
        dataset = open_dataset(built_day.output_root, name)
        snapshot = add_version(dataset, catalog)
        table = catalog.load_table((NAMESPACE, name))
        assert table.scan(snapshot_id=snapshot).to_arrow().num_rows == dataset.n_rows
