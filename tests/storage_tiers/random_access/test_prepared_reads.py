"""A prepared read gives what `get_many` gives of the same fields, and no row for keys of another type."""

from collections.abc import Callable
from pathlib import Path

import lmdb
import pyarrow as pa
import pytest

from storage_tiers import DamagedVersionError, Dataset, UnknownFieldError
from storage_tiers.random_access import RandomAccessTier
from storage_tiers.random_access.version_reader import VersionReader


@pytest.fixture
def load(tmp_path: Path, publish: Callable[..., Dataset]) -> Callable[..., VersionReader]:
    """Load a table and open its version."""

    def opened(table: pa.Table, key: str = "board_id") -> VersionReader:
        tier = RandomAccessTier(tmp_path)
        tier.serve(publish(tmp_path, table, "board_joins", key=key, variant="light"))
        return tier.reader("board_joins")

    return opened


@pytest.mark.parametrize("fields", [["name"], ["board_id", "pin_joins.n_pins"], [], ["terms", "owner"]])
def test_it_gives_what_get_many_gives(
    load: Callable[..., VersionReader], wide_table: Callable[[int], pa.Table], fields: list[str]
) -> None:
    with load(wide_table(20)) as reader:
        read = reader.prepared(fields)
        keys = [150, 3, 0, 150, -10, 190]
        assert repr(read(keys)) == repr(reader.get_many(keys, fields))
        assert read([]) == []
        assert reader.counts.n_lookups == len(keys)  # those of get_many


def test_keys_of_another_type_have_no_row(load: Callable[..., VersionReader]) -> None:
    with load(pa.table({"board_id": [0, 1], "name": ["attic", "garden"]})) as reader:
        read = reader.prepared(["name"])
        assert read([1, "1", True, 1.0, None, 2**63, -(2**70)]) == [{"name": "garden"}, *[None] * 6]  # type: ignore[list-item]


def test_texts_that_cannot_be_keys_have_no_row(load: Callable[..., VersionReader]) -> None:
    long = "x" * 2_000
    with load(pa.table({"picture": ["1", long], "n": [3, 4]}), "picture") as reader:
        read = reader.prepared(["n"])
        keys = ["1", 1, long, long + "x", "", "\ud800", b"1"]
        assert read(keys) == [{"n": 3}, None, {"n": 4}, None, None, None, None]  # type: ignore[arg-type]


def test_a_field_that_is_not_there_and_a_value_of_another_layout_are_told(load: Callable[..., VersionReader]) -> None:
    with load(pa.table({"board_id": [1], "name": ["attic"]})) as reader:
        with pytest.raises(UnknownFieldError, match="no field 'nme'"):
            reader.prepared(["nme"])
        reader._first_byte ^= 1
        with pytest.raises(DamagedVersionError, match="the value of 1 has schema id"):
            reader.prepared(["name"])([1])


def test_a_reader_that_was_closed_reads_nothing_more(load: Callable[..., VersionReader]) -> None:
    reader = load(pa.table({"board_id": [1], "name": ["attic"]}))
    read = reader.prepared(["name"])
    assert read([1]) == [{"name": "attic"}]
    for _ in range(2):
        reader.close()
    with pytest.raises(lmdb.Error):
        read([1])
