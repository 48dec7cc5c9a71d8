"""Two versions part by part: a key lies in the part of the same number of both, so that memory holds two parts.

Where one version has more parts than the other, the other's are split anew by the same hash, into files of a scratch
folder that are as large as that version uncompressed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from joins.arrow.chunks import one_batch
from joins.arrow.hashing import partition_of
from storage_tiers.versioned.datasets import Dataset

ReadPart = Callable[[int], pa.Table]
_PIECE = "{number:05d}-{part:05d}.arrow"


@dataclass(frozen=True, slots=True)
class SplitParts:
    """A version whose parts were split into another number of them; rows of equal keys keep their order."""

    folder: Path
    schema: pa.Schema
    key: str

    def __call__(self, number: int) -> pa.Table:
        """Return the rows of one of the new parts, sorted by key."""
        pieces = []
        for path in sorted(self.folder.glob(f"{number:05d}-*")):
            with pa.memory_map(str(path)) as source:
                pieces.append(pa.ipc.open_file(source).read_all())
        rows = pa.concat_tables([self.schema.empty_table(), *pieces])
        return rows.take(pa.compute.sort_indices(rows[self.key])).combine_chunks()


def part_pairs(
    before: Dataset, after: Dataset, columns: list[str], scratch: Path, on_rows: Callable[[int], None]
) -> tuple[int, ReadPart, ReadPart]:
    """Return a number of parts, and what reads those of each version; equal keys are in parts of equal number.

    `on_rows` is told of rows that are split anew.
    """
    n_parts = max(before.n_parts, after.n_parts)
    readers = [
        dataset.reader(columns) if dataset.n_parts == n_parts else _split(dataset, columns, n_parts, scratch, on_rows)
        for dataset in (before, after)
    ]
    return n_parts, readers[0], readers[1]


def _split(
    dataset: Dataset, columns: list[str], n_parts: int, scratch: Path, on_rows: Callable[[int], None]
) -> SplitParts:
    key, schema = dataset.manifest.key, pa.schema([dataset.schema.field(name) for name in columns])
    for part, table in enumerate(dataset.iter_parts(columns)):
        rows = table.replace_schema_metadata().cast(schema.remove_metadata())
        numbers = partition_of(rows[key], n_parts)
        for number in np.unique(numbers).tolist():
            piece = one_batch(rows.filter(pa.array(numbers == number)))
            path = scratch / _PIECE.format(number=number, part=part)
            with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, piece.schema) as writer:
                writer.write_batch(piece)
        on_rows(rows.num_rows)
    return SplitParts(scratch, schema.remove_metadata(), key)
