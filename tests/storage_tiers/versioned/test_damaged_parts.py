"""Parts that are as long as they were, and hold something else: every reader says so in one line."""

import random

import pyarrow as pa
import pytest

from storage_tiers import DamagedVersionError
from storage_tiers.debugging import lookup
from storage_tiers.versioned.chosen_rows import rows_with


@pytest.fixture
def damaged(tmp_path, wide_table, publish):
    """Return a version whose parts have lost the pages of their rows."""
    dataset = publish(tmp_path, wide_table(40), n_parts=1)
    (path,) = dataset.part_paths
    content = path.read_bytes()
    path.write_bytes(b"PAR1" + b"\xff" * (len(content) // 2) + content[4 + len(content) // 2 :])
    return dataset


@pytest.mark.parametrize(
    "read",
    [
        lambda dataset: dataset.to_table(),
        lambda dataset: dataset.to_table(["board_id"]),
        lambda dataset: lookup(dataset, 10),
        lambda dataset: rows_with(dataset, "board_id", pa.array([10]), ["name"]),
        lambda dataset: list(dataset.iter_parts()),
    ],
)
def test_every_reader_says_which_part_is_damaged(damaged, read):
    with pytest.raises(DamagedVersionError, match=r"(?s)part-.*: it can't be read: .*; interest-graph verify says"):
        read(damaged)


def test_a_schema_is_read_off_what_is_a_part_alone(damaged):
    (path,) = damaged.part_paths
    path.write_bytes(bytes(path.stat().st_size))
    with pytest.raises(DamagedVersionError, match=r"part-00000.parquet: it can't be read"):
        _ = damaged.schema


@pytest.mark.parametrize(
    "read",
    [
        lambda dataset: dataset.to_table(),
        lambda dataset: dataset.schema,
        lambda dataset: lookup(dataset, 70),
        lambda dataset: rows_with(dataset, "board_id", pa.array([10, 70]), ["board_id"]),
    ],
)
def test_wherever_bytes_are_others_no_reader_ends_with_an_error_of_parquet(tmp_path, wide_table, publish, read):
    dataset = publish(tmp_path, wide_table(500), n_parts=1)
    (path,) = dataset.part_paths
    content, chance, n_told = path.read_bytes(), random.Random(1), 0  # noqa: S311 - repeatable
    for _ in range(120):
        at = chance.randrange(len(content) - 8)
        path.write_bytes(content[:at] + chance.randbytes(8) + content[at + 8 :])
        try:
            read(dataset)
        except DamagedVersionError:
            n_told += 1
    assert n_told
