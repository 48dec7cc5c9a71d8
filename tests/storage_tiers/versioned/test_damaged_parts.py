"""Parts that are as long as they were, and hold something else: every reader says so in one line."""

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
