"""Runs: the encoded rows of a part, in blocks that are smaller where many of them are held at once."""

import pyarrow as pa
import pytest

from storage_tiers.random_access import runs
from storage_tiers.random_access.runs import RunWriter, merged
from storage_tiers.random_access.values import value_layout

N_ROWS = 3_000


@pytest.fixture
def write(tmp_path, publish):
    """Publish so many parts, and write the runs of all of them."""

    def write_runs(n_parts):
        ranks = pa.table({"board_id": range(N_ROWS), "page_rank": [board / N_ROWS for board in range(N_ROWS)]})
        dataset = publish(tmp_path / str(n_parts), ranks, "board_ranks", n_parts=n_parts)
        layout = value_layout(dataset.schema, "board_id", "full")
        folder = tmp_path / str(n_parts)
        return [*map(RunWriter(dataset.reader(), layout, folder), range(n_parts))]

    return write_runs


@pytest.mark.parametrize(("n_parts", "block_rows"), [(1, 1_024), (4, 300), (30, 64)])
def test_blocks_of_many_runs_are_small_and_merge_to_the_same_rows(write, monkeypatch, n_parts, block_rows):
    (whole,) = write(1)
    expected = [pair for block in whole.blocks() for pair in block]
    monkeypatch.setattr(runs, "_ROWS_HELD", 1_200)
    written = write(n_parts)
    assert all(len([*run.blocks()]) == -(-run.n_rows // block_rows) for run in written)
    assert [pair for pairs in merged([run.blocks() for run in written]) for pair in pairs] == expected
