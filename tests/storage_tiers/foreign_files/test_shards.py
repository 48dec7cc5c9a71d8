"""Files that somebody else wrote are read shard by shard, and what is damaged is told by column and row group."""

import os
import pickle
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from joins.arrow.file_rows import Damage, FileRows
from joins.errors import RawInputError
from storage_tiers.foreign_files.shards import ForeignFile, ParquetShards, parquet_shards

COLUMNS = ("user_id", "username", "country")
USERS = pa.table(
    {
        "user_id": pa.array(range(40)),
        "username": [f"user number {number}" for number in range(40)],
        "country": ["IS", None] * 20,
        "followers": pa.array(range(40)),
    }
)


def _written(path: Path, rows: pa.Table = USERS, **options: object) -> Path:
    settings = {"row_group_size": 10, "use_dictionary": False, "compression": "zstd"} | options
    pq.write_table(rows, path, **settings)
    return path


def _chunk(path: Path, group: int, column: int) -> tuple[int, int]:
    """Return where the pages of a column of a row group lie in the file, and how many bytes they are."""
    chunk = pq.read_metadata(path).row_group(group).column(column)
    offsets = [chunk.data_page_offset] + [chunk.dictionary_page_offset] * chunk.has_dictionary_page
    return min(offsets), chunk.total_compressed_size


def _broken(path: Path, group: int, column: int, *, keep: int = 0) -> None:
    """Overwrite the pages of a column of a row group with nonsense, but for the first few bytes."""
    start, n_bytes = _chunk(path, group, column)
    stored = bytearray(path.read_bytes())
    stored[start + keep : start + n_bytes] = b"\xa5" * (n_bytes - keep)
    path.write_bytes(stored)


def _shards(path: Path, rows_a_shard: int = 20, columns: tuple[str, ...] = COLUMNS) -> ParquetShards:
    return parquet_shards([ForeignFile(path)], columns, rows_a_shard)


def test_shards_are_runs_of_row_groups_and_say_where_their_rows_stand(tmp_path: Path) -> None:
    shards = pickle.loads(pickle.dumps(_shards(_written(tmp_path / "u.parquet"), rows_a_shard=15)))  # noqa: S301 - our own bytes
    assert (len(shards), shards.n_rows) == (2, 40)
    tables = [shards(number) for number in range(2)]
    assert pa.concat_tables(tables).equals(USERS.select(list(COLUMNS)))
    assert [FileRows.of(table).first_row for table in tables] == [1, 21]
    assert FileRows.of(tables[1]).place_of(3) == f"{tmp_path / 'u.parquet'}, row 24"


def test_columns_that_a_file_lacks_come_from_its_folders_and_nothing_else_does(tmp_path: Path) -> None:
    path = _written(tmp_path / "u.parquet")
    file = ForeignFile(path, (("country", "NO"), ("language", None), ("pin_id", "7")))
    rows = parquet_shards([file], ("user_id", "country", "language", "age"), 100)(0)
    assert rows.schema.names == ["user_id", "country", "language"]
    assert rows["country"].equals(USERS["country"])  # the file's own goes before
    assert rows["language"].to_pylist() == [None] * 40
    only = parquet_shards([file], ("language",), 100)(0)
    assert (only.num_rows, only.schema.names) == (40, ["language"])


def test_shards_without_a_value_of_a_column_are_left_out_as_far_as_footers_tell(tmp_path: Path) -> None:
    images = pa.array([None] * 10 + ["a.jpg"] + [None] * 19)
    table = pa.table({"pin_id": range(30), "image": images, "tags": pa.array([[None]] * 30, pa.list_(pa.string()))})
    path, uncounted = tmp_path / "p.parquet", tmp_path / "uncounted.parquet"
    pq.write_table(table, path, row_group_size=10)
    pq.write_table(table, uncounted, row_group_size=10, write_statistics=False)

    def left(file: ForeignFile, column: str) -> list[int]:
        return [shard.first_row for shard in parquet_shards([file], (column,), 10, column).shards]

    assert left(ForeignFile(path), "image") == [11]
    assert left(ForeignFile(path), "pin_id") == left(ForeignFile(path), "tags") == [1, 11, 21]
    assert left(ForeignFile(path), "no_column") == []
    assert left(ForeignFile(path, (("country", "IS"),)), "country") == [1, 11, 21]
    assert left(ForeignFile(uncounted), "image") == [1, 11, 21]


def test_a_file_without_rows_is_a_shard_without_rows(tmp_path: Path) -> None:
    shards = _shards(_written(tmp_path / "u.parquet", USERS.slice(0, 0)))
    assert (len(shards), shards.n_rows, shards(0).num_rows) == (1, 0, 0)


def test_a_damaged_page_costs_one_column_of_one_row_group(tmp_path: Path) -> None:
    path = _written(tmp_path / "u.parquet")
    _broken(path, group=1, column=1)
    rows = _shards(path)(0)
    (damage,) = FileRows.of(rows).damage
    assert (damage.column, damage.first, damage.n_rows, damage.row_group) == ("username", 10, 10, 1)
    assert rows["user_id"].equals(USERS["user_id"][:20])
    assert rows["username"].to_pylist() == USERS["username"].to_pylist()[:10] + [None] * 10
    assert f"{path}: column username of row group 1 can't be read (" in FileRows.of(rows).damage_lines()[0]
    assert FileRows.of(_shards(path)(1)).damage == ()


def test_damage_in_a_column_that_nobody_asks_for_is_none(tmp_path: Path) -> None:
    path = _written(tmp_path / "u.parquet")
    _broken(path, group=0, column=3)
    assert FileRows.of(_shards(path)(0)).damage == ()


def test_damage_in_several_columns_and_row_groups_is_told_of_each(tmp_path: Path) -> None:
    path = _written(tmp_path / "u.parquet")
    for group, column in ((0, 0), (1, 1), (1, 2)):
        _broken(path, group, column, keep=4)
    damage = FileRows.of(_shards(path)(0)).damage
    assert [(one.column, one.first) for one in damage] == [("user_id", 0), ("username", 10), ("country", 10)]


def test_pages_cut_out_of_the_middle_are_damage(tmp_path: Path) -> None:
    path = _written(tmp_path / "u.parquet", compression="none")
    start, n_bytes = _chunk(path, 3, 1)
    stored = bytearray(path.read_bytes())
    stored[start : start + n_bytes] = bytes(n_bytes)  # as a disk with holes gives them back
    path.write_bytes(stored)
    assert [one.column for one in FileRows.of(_shards(path)(1)).damage] == ["username"]


def test_a_flipped_bit_is_found_where_the_writer_put_checksums_into_the_file(tmp_path: Path) -> None:
    for checksum, found in ((False, 0), (True, 1)):
        path = _written(tmp_path / "u.parquet", compression="none", write_page_checksum=checksum)
        stored = bytearray(path.read_bytes())
        stored[stored.index(b"user number 3")] ^= 1  # it reads "tser number 3" now, which nothing else can tell
        path.write_bytes(stored)
        assert len(FileRows.of(_shards(path)(0)).damage) == found


def test_a_file_that_is_no_parquet_or_ends_too_soon_is_an_error_by_name(tmp_path: Path) -> None:
    path = _written(tmp_path / "u.parquet")
    for content in (b"", b"PAR1", b"a,b\n1,2\n", path.read_bytes()[:-9], path.read_bytes()[:200]):
        path.write_bytes(content)
        with pytest.raises(RawInputError, match=r"u.parquet: it can't be read as Parquet: .*; write it again"):
            _shards(path)


def test_times_of_96_bits_beyond_the_nanoseconds_of_64_are_read_right(tmp_path: Path) -> None:
    seconds = [253_402_214_400, -62_135_596_800]  # 9999-12-31 and 0001-01-01
    path = tmp_path / "u.parquet"
    times = pa.table({"created_at": pa.array(seconds, pa.timestamp("s"))})
    pq.write_table(times, path, use_deprecated_int96_timestamps=True)
    read = _shards(path, columns=("created_at",))(0)["created_at"]
    assert read.cast(pa.timestamp("s")).cast(pa.int64()).to_pylist() == seconds


def test_a_file_in_a_folder_whose_name_is_no_utf8_is_read_and_named(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    folder.mkdir()
    with (folder / "u.parquet").open("wb") as file:
        pq.write_table(USERS, file)
    assert FileRows.of(_shards(folder / "u.parquet")(0)).file == rf"{tmp_path}/caf\xe9/u.parquet"


def test_what_is_known_of_rows_travels_with_them() -> None:
    known = FileRows("u.parquet", 7, (Damage("username", 1, 2, 0, "bad"),))
    rows = known.attached_to(USERS)
    assert FileRows.of(rows.slice(3)) == known
    assert FileRows.of(USERS, "somewhere") == FileRows("somewhere")


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=4), st.booleans())
def test_bytes_changed_anywhere_end_in_rows_damage_or_one_line(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[float, int]], checksum: bool
) -> None:
    path = _written(tmp_path_factory.mktemp("any") / "u.parquet", write_page_checksum=checksum)
    stored = bytearray(path.read_bytes())
    for place, byte in changes:
        stored[int(place * len(stored))] = byte
    path.write_bytes(stored)
    with suppress(RawInputError):
        shards = _shards(path)
        tables = [shards(number) for number in range(len(shards))]
        assert sum(table.num_rows for table in tables) == shards.n_rows
