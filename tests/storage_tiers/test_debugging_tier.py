"""The debugging tier finds one key in the batch files, reading one part of them."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from joins.arrow.hashing import partition_of
from storage_tiers import Dataset, KeyTypeError
from storage_tiers.debugging import lookup, typed_key


def test_every_key_is_found_and_its_row_is_whole(
    tmp_path: Path, publish: Callable[..., Dataset], wide_table: Callable[[int], pa.Table]
) -> None:
    table = wide_table(60)
    dataset = publish(tmp_path, table)
    for row in table.to_pylist():
        assert lookup(dataset, row["board_id"]).to_pylist() == [row]


def test_a_key_that_is_not_there_gives_no_rows_and_the_schema(
    tmp_path: Path, publish: Callable[..., Dataset], wide_table: Callable[[int], pa.Table]
) -> None:
    dataset = publish(tmp_path, wide_table(60))
    for key in (5, -1, 10**15):  # between two keys, before the first, after the last
        rows = lookup(dataset, key)
        assert rows.num_rows == 0
        assert rows.schema.equals(dataset.schema)


def test_an_empty_dataset_has_no_key(
    tmp_path: Path, publish: Callable[..., Dataset], wide_table: Callable[[int], pa.Table]
) -> None:
    rows = lookup(publish(tmp_path, wide_table(0)), 1)
    assert rows.equals(wide_table(0))


def test_keys_in_any_row_group_are_found(tmp_path: Path, publish: Callable[..., Dataset]) -> None:
    table = pa.table({"board_id": range(0, 9_000, 3), "n_pins": range(3_000)})
    dataset = publish(tmp_path, table, n_parts=1)  # three row groups: 1,024, 1,024 and 952 rows
    for row in (0, 1_023, 1_024, 2_047, 2_048, 2_999):
        assert lookup(dataset, 3 * row)["n_pins"].to_pylist() == [row]
    assert lookup(dataset, 3 * 1_023 + 1).num_rows == 0


def test_all_rows_of_a_key_are_found_across_row_groups(tmp_path: Path, publish: Callable[..., Dataset]) -> None:
    keys = [1] * 1_000 + [2] * 2_500 + [3] * 10
    table = pa.table({"board_id": keys, "pin_id": range(len(keys))})
    dataset = publish(tmp_path, table, "facts", key_is_unique=False, n_parts=1)
    assert lookup(dataset, 2)["pin_id"].to_pylist() == [*range(1_000, 3_500)]


def test_the_key_may_stand_after_nested_columns(tmp_path: Path, publish: Callable[..., Dataset]) -> None:
    table = pa.table(
        {
            "owner": [{"user_id": 100 - n, "rank": 0.5} for n in range(50)],
            "terms": [["sofa"], None] * 25,
            "image_signature": [f"{n:04x}" for n in range(50)],
        }
    )
    dataset = publish(tmp_path, table, "pin_joins", key="image_signature", n_parts=2)
    assert lookup(dataset, "000a").to_pylist() == [
        {"owner": {"user_id": 90, "rank": 0.5}, "terms": ["sofa"], "image_signature": "000a"}
    ]
    assert lookup(dataset, "ffff").num_rows == 0


def test_keys_are_found_when_their_text_is_stored_as_large_strings(
    tmp_path: Path, publish: Callable[..., Dataset]
) -> None:
    table = pa.table({"category": pa.array(["diy", "art", "tattoos"], pa.large_string()), "n_boards": [1, 2, 3]})
    dataset = publish(tmp_path, table, "categories", key="category")
    assert lookup(dataset, "art")["n_boards"].to_pylist() == [2]
    assert lookup(dataset, "sports").num_rows == 0


def test_keys_too_long_for_statistics_are_found(tmp_path: Path, publish: Callable[..., Dataset]) -> None:
    links = [f"https://example.com/{letter * 5_000}" for letter in "abc"]
    dataset = publish(tmp_path, pa.table({"link": links, "n_pins": [1, 2, 3]}), "links", key="link", n_parts=1)
    assert lookup(dataset, links[1])["n_pins"].to_pylist() == [2]


def test_text_from_a_command_line_is_a_number_where_keys_are_numbers(
    tmp_path: Path, publish: Callable[..., Dataset], wide_table: Callable[[int], pa.Table]
) -> None:
    dataset = publish(tmp_path, wide_table(5))
    assert lookup(dataset, "20").to_pylist() == lookup(dataset, 20).to_pylist()
    for key in ("attic", "2.5", 2**63):
        with pytest.raises(KeyTypeError, match="is no key of board_joins: board_id is int64"):
            lookup(dataset, key)


def test_only_the_part_of_the_key_is_read(
    tmp_path: Path, publish: Callable[..., Dataset], wide_table: Callable[[int], pa.Table]
) -> None:
    table = wide_table(60)
    dataset = publish(tmp_path, table, n_parts=4)
    number = int(partition_of(table["board_id"].slice(7, 1), 4)[0])
    for path in dataset.part_paths:
        if path != dataset.part_paths[number]:
            path.unlink()
    assert lookup(dataset, 70).num_rows == 1


def test_a_lookup_equals_a_filter_over_the_whole_version(
    tmp_path: Path, publish: Callable[..., Dataset], wide_table: Callable[[int], pa.Table]
) -> None:
    dataset = publish(tmp_path, wide_table(40), variant="light")
    whole = dataset.to_table()
    for key in range(0, 420, 7):
        assert lookup(dataset, key).equals(whole.filter(pc.equal(whole["board_id"], key)))


@pytest.mark.parametrize("key", [None, 1.5, ["aa"], True, b"aa"])
def test_what_is_neither_text_nor_a_whole_number_is_no_key_of_a_text(key: object) -> None:
    with pytest.raises(KeyTypeError, match="is no key of pin_joins: image_signature is string"):
        typed_key("pin_joins", "image_signature", pa.string(), key)  # type: ignore[arg-type]


def test_a_whole_number_stands_for_its_digits_in_a_text() -> None:
    assert typed_key("pin_joins", "image_signature", pa.string(), 12).to_pylist() == ["12"]
