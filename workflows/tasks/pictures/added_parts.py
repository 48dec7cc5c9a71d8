"""Datasets whose versions add up from day to day: read whole, or part by part as the shards of a step."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

import pyarrow as pa

from joins.engine.step import Shuffled
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.parts import PartReader
from storage_tiers.versioned.staging import DatasetSpec


@dataclass(frozen=True, slots=True)
class AddedParts:
    """The parts of several versions of a dataset, one version after the other; picklable.

    Parameters
    ----------
    schema
        The columns that are read.
    readers
        A reader of each version that has parts.
    ends
        How many parts there are up to the end of each version.
    """

    schema: pa.Schema
    readers: tuple[PartReader, ...]
    ends: tuple[int, ...]

    @classmethod
    def of(cls, spec: DatasetSpec, datasets: Iterable[Dataset], columns: Sequence[str] | None = None) -> "AddedParts":
        """Return the parts of versions, all their columns or some."""
        names = list(columns or spec.schema.names)
        schema = pa.schema([spec.schema.field(name) for name in names])
        there = [dataset for dataset in datasets if dataset.n_parts]
        ends = accumulate(dataset.n_parts for dataset in there)
        return cls(schema, tuple(dataset.reader(names) for dataset in there), tuple(ends))

    def __len__(self) -> int:
        """Return how many there are, one at least: where there is no version, it has no rows."""
        return max(1, self.ends[-1] if self.ends else 0)

    @property
    def n_rows(self) -> int:
        """Rows of all parts."""
        return sum(part.n_rows for reader in self.readers for part in reader.parts)

    def __call__(self, number: int) -> pa.Table:
        """Return the rows of a part."""
        if not self.readers:
            return self.schema.empty_table()
        version = bisect_right(self.ends, number)
        before = self.ends[version - 1] if version else 0
        return self.readers[version](number - before).replace_schema_metadata()

    def by(self, key: str) -> Shuffled:
        """Return them as a table that is to be split by a key."""
        return Shuffled(self, len(self), key)


def added_up(spec: DatasetSpec, datasets: Iterable[Dataset], columns: Sequence[str] | None = None) -> pa.Table:
    """Return the rows of several versions of a dataset, in their order."""
    parts = AddedParts.of(spec, datasets, columns)
    return pa.concat_tables(map(parts, range(len(parts))))
