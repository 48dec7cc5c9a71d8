"""Folders called column=value, as Hive and Spark write them, hold a column of the files in them."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from joins.errors import SourceError
from joins.raw.mapped.source_form import SourceForm
from workflows.imports.source_files import find_source


def rows_of(root: Path, pattern: str, *columns: str) -> list[dict[str, object]]:
    files = find_source(root, pattern, SourceForm())
    files.require_columns(columns)
    return [row for rows in files.read(columns) for row in rows.batch.to_pylist()]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for number, folder in enumerate(["interest=art", "interest=a%2Fb", "interest=__HIVE_DEFAULT_PARTITION__"], start=1):
        (tmp_path / "pins" / folder).mkdir(parents=True)
        pq.write_table(pa.table({"id": [number, number + 10]}), tmp_path / "pins" / folder / "part-0.parquet")
    return tmp_path


@pytest.mark.parametrize("pattern", ["pins", "pins/*/*.parquet", "**/*.parquet"])
def test_a_folder_s_value_is_a_column_of_its_files(root: Path, pattern: str) -> None:
    assert rows_of(root, pattern, "interest", "id") == [
        {"interest": None, "id": 3},
        {"interest": None, "id": 13},
        {"interest": "a/b", "id": 2},
        {"interest": "a/b", "id": 12},
        {"interest": "art", "id": 1},
        {"interest": "art", "id": 11},
    ]


def test_rows_are_counted_where_no_other_column_is_read(root: Path) -> None:
    assert [row["interest"] for row in rows_of(root, "pins/interest=art/*", "interest")] == ["art", "art"]


def test_a_file_s_own_column_goes_before_its_folder(root: Path) -> None:
    pq.write_table(pa.table({"id": [1], "interest": ["own"]}), root / "pins" / "interest=art" / "part-0.parquet")
    assert rows_of(root, "pins/interest=art/*", "interest") == [{"interest": "own"}]


def test_csv_has_such_folders_too(tmp_path: Path) -> None:
    (tmp_path / "day=7").mkdir()
    (tmp_path / "day=7" / "a.csv").write_text("id\n1\n2\n", encoding="utf-8")
    assert rows_of(tmp_path, "*/a.csv", "id", "day") == [{"id": "1", "day": "7"}, {"id": "2", "day": "7"}]
    assert rows_of(tmp_path, "*/a.csv", "day") == [{"day": "7"}, {"day": "7"}]


def test_a_column_that_only_some_folders_hold_is_an_error(root: Path) -> None:
    pq.write_table(pa.table({"id": [1]}), root / "pins" / "part-0.parquet")
    with pytest.raises(SourceError, match=r"^part-0.parquet has no column 'interest'; columns there: id$"):
        rows_of(root, "pins/**/*.parquet", "id", "interest")
