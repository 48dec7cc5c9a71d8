"""A version that is written and not published, as checks see it that read its rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from storage_tiers.errors import DatasetError
from storage_tiers.stores.address import Root
from storage_tiers.versioned.datasets import Dataset
from storage_tiers.versioned.manifest import Part
from storage_tiers.versioned.parts import PartReader
from storage_tiers.versioned.staging import DatasetSpec
from storage_tiers.versioned.versions import Version


@dataclass(frozen=True, slots=True)
class StagedDataset:
    """The full variant of a version in its staging folder, or where workers put it; it reads like a `Dataset`.

    ``made_from`` are the datasets that it was made from, by name, the newest last; ``before`` is the newest version of
    an earlier date, None where there is none.
    """

    folder: Root
    spec: DatasetSpec
    version: Version
    parts: tuple[Part, ...]
    made_from: dict[str, list[Dataset]]
    before: Dataset | None

    @property
    def name(self) -> str:
        """Name of the dataset."""
        return self.spec.name

    @property
    def n_rows(self) -> int:
        """Rows over all parts."""
        return sum(part.n_rows for part in self.parts)

    @property
    def schema(self) -> pa.Schema:
        """The declared schema."""
        return self.spec.schema

    @property
    def part_paths(self) -> list[Root]:
        """The Parquet files, in partition order."""
        return [self.folder / part.name for part in self.parts]

    def iter_parts(self, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
        """Yield the parts one after the other, each sorted by key.

        Raises DatasetError if there is no such column.
        """
        unknown = [name for name in columns or () if name not in self.schema.names]
        if unknown:
            there = ", ".join(self.schema.names)
            raise DatasetError(f"there is no column {unknown[0]!r}; columns there: {there}", where=self.name)
        reader = PartReader(self.folder, self.parts, None if columns is None else tuple(columns))
        yield from map(reader, range(len(self.parts)))

    def to_table(self, columns: Sequence[str] | None = None) -> pa.Table:
        """Read the whole version, part after part."""
        return pa.concat_tables(self.iter_parts(columns))


def differing_row(staged: StagedDataset, other: Dataset, columns: Sequence[str]) -> str:
    """Return the first row, by some columns that both have, that one of two versions has alone; empty if none is found.

    Only versions whose parts of one number hold the same keys can be compared so, a part at a time.
    """
    if len(staged.parts) != other.n_parts:
        return ""
    for one, two in zip(staged.iter_parts(columns), other.iter_parts(columns), strict=True):
        rows = [part.group_by(list(columns)).aggregate([]).to_pylist() for part in (one, two)]
        mine, theirs = ({tuple(row.values()) for row in part} for part in rows)
        for found, whose in ((mine - theirs, "here"), (theirs - mine, f"in {other.name}")):
            if found:
                first = min(found, key=repr)
                said = ", ".join(f"{name} {value!r}" for name, value in zip(columns, first, strict=True))
                return f"{said} is {whose} alone"
    return ""
